//! Signing in and out.

use std::time::Duration;

use cairn_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, send};
use super::server::{Backing, PASSWORD, Server};

fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    server.anybody().post("/api/v1/session", &json!({ "email": email, "password": password }))
}

pub(super) fn a_session_opens_and_ends(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[Role::Author]);
    let opened = sign_in(&server, "ADA@example.org", PASSWORD);
    let session = opened.expect(201);
    assert_eq!(session["user"]["id"], user.id.to_string());
    assert_eq!(opened.header("location"), "/api/v1/session");
    assert_eq!(opened.header("cache-control"), "no-store");
    let cookie = opened.header("set-cookie");
    let secret = cookie.strip_prefix("__Host-cairn-session=").unwrap().split(';').next().unwrap();
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=1209600"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(!opened.text().contains(secret), "the secret is in the cookie alone");
    let with = |method| {
        let request = server.anybody().bare(method, "/api/v1/session");
        request.header("cookie", format!("a=b; __Host-cairn-session={secret}"))
    };
    let shown = send(with(Method::GET)).expect(200);
    assert_eq!((&shown["csrf_token"], &shown["expires_at"]), (&session["csrf_token"], &session["expires_at"]));
    let ending = with(Method::DELETE)
        .header("origin", format!("http://{}", server.api))
        .header("x-csrf-token", session["csrf_token"].as_str().unwrap());
    let ended = send(ending);
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    send(with(Method::GET)).problem(401, "credential_expired");
}

pub(super) fn a_session_ends_by_itself(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser("ada@example.org", &[]);
    browser.get("/api/v1/session").expect(200);
    server.clock.advance(Duration::from_secs(14 * 24 * 3600));
    browser.get("/api/v1/session").problem(401, "credential_expired");
}

pub(super) fn whatever_is_wrong_is_told_the_same(on: Backing) {
    let server = Server::start(on);
    let admin = server.program("admin@example.org", &[Role::Admin]);
    let user = server.user("ada@example.org", &[]);
    let mut told: Vec<Value> = Vec::new();
    let mut tell = |answer: Answer| {
        let mut problem = answer.problem(401, "wrong_credentials");
        problem["instance"] = Value::Null;
        assert!(!answer.headers.contains_key("set-cookie"));
        told.push(problem);
    };
    tell(sign_in(&server, "ada@example.org", "not the password"));
    tell(sign_in(&server, "nobody@example.org", PASSWORD));
    admin.patch(&format!("/api/v1/users/{}", user.id), Some("\"v1\""), &json!({ "state": "disabled" })).expect(200);
    tell(sign_in(&server, "ada@example.org", PASSWORD));
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
}

pub(super) fn tries_are_limited_and_told(on: Backing) {
    let server = Server::start(on);
    server.user("ada@example.org", &[]);
    let left = |answer: &Answer| {
        assert_eq!(answer.header("ratelimit-policy"), "\"sign_in\";q=5;w=60");
        let text = answer.header("ratelimit").to_owned();
        text.strip_prefix("\"sign_in\";r=").unwrap().split(';').next().unwrap().parse::<u32>().unwrap()
    };
    // What never became a try is told the limit as well.
    let unread = send(server.anybody().bare(Method::POST, "/api/v1/session").body("x"));
    unread.problem(415, "wrong_media_type");
    assert_eq!(left(&unread), 5);
    for n in 0..5 {
        let answer = sign_in(&server, "ada@example.org", "not the password");
        answer.problem(401, "wrong_credentials");
        assert_eq!(left(&answer), 4 - n);
    }
    let refused = sign_in(&server, "ada@example.org", PASSWORD);
    refused.problem(429, "throttled");
    assert_eq!((left(&refused), refused.header("retry-after")), (0, "12"));
    let session = server.browser("admin@example.org", &[Role::Admin]);
    assert!(!session.get("/api/v1/users").headers.contains_key("ratelimit"), "other routes are not limited");
    server.clock.advance(Duration::from_secs(12));
    sign_in(&server, "ada@example.org", PASSWORD).expect(201);
}

pub(super) fn a_cookie_over_plain_http_is_an_explicit_setting(on: Backing) {
    let server = Server::start_with(on, |settings| settings.insecure_http_cookies = true);
    server.user("ada@example.org", &[]);
    let opened = sign_in(&server, "ada@example.org", PASSWORD);
    let cookie = opened.header("set-cookie");
    assert!(cookie.starts_with("cairn-session=") && !cookie.contains("Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    send(server.anybody().bare(Method::GET, "/api/v1/session").header("cookie", pair)).expect(200);
}

pub(super) fn a_session_is_not_a_token(on: Backing) {
    let server = Server::start(on);
    let program = server.program("ada@example.org", &[]);
    program.get("/api/v1/session").problem(403, "session_needed");
    program.delete("/api/v1/session").problem(403, "session_needed");
}

pub(super) fn hashing_is_bounded(on: Backing) {
    // No permit is free while nothing may wait: the queue is there, and it is short.
    let server = Server::start_with(on, |settings| {
        settings.hashing_permits = 1;
        settings.hashing_waiting = 0;
    });
    server.user("ada@example.org", &[]);
    // As many at once as the throttle lets through.
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..5).map(|_| scope.spawn(|| sign_in(&server, "ada@example.org", PASSWORD).status)).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(codes.contains(&201), "{codes:?}");
    assert!(codes.iter().all(|code| [201, 503].contains(code)), "{codes:?}");
}
