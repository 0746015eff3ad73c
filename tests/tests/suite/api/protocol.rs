//! What HTTP itself can get wrong, and what every answer carries.

use std::time::Duration;

use cairn_domain::identity::Role;
use reqwest::Method;

use super::client::{raw, send};
use super::server::{Backing, Server};

pub(super) fn an_unknown_address_is_a_problem(on: Backing) {
    let server = Server::start(on);
    for path in [
        "/nothing",
        "/api",
        "/api/v1",
        "/api/v2/lessons",
        "/api/v1/lessons/",
        "/API/v1/lessons",
        "/api/v1/lessons/a/b",
        "/metrics",
        "/.env",
        "/assets/",
        "/api/docs/../../etc/passwd",
    ] {
        server.anybody().get(path).problem(404, "no_route");
    }
}

pub(super) fn a_wrong_method_is_told_the_right_ones(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    for (method, path, allow) in [
        (Method::POST, "/api/v1/lessons", "GET, HEAD"),
        (Method::DELETE, "/api/v1/lessons/first-steps", "GET, HEAD"),
        (Method::PATCH, "/api/v1/tokens", "POST, GET, HEAD"),
        (Method::GET, "/api/v1/users/me/password", "PUT"),
        (Method::OPTIONS, "/livez", "GET, HEAD"),
        (Method::from_bytes(b"BREW").unwrap(), "/livez", "GET, HEAD"),
    ] {
        let answer = send(anybody.bare(method, path));
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

pub(super) fn bodies_have_a_type(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let send_as = |media_type: &str, encoding: Option<&str>| {
        let mut request = learner.request(Method::POST, "/api/v1/enrolments").body(r#"{"kind":"course","id":"paths"}"#);
        if !media_type.is_empty() {
            request = request.header("content-type", media_type);
        }
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        send(request)
    };
    for wrong in ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"] {
        send_as(wrong, None).problem(415, "wrong_media_type");
    }
    send_as("application/json", Some("gzip")).problem(415, "wrong_media_type");
    send_as("application/json; charset=UTF-8", None).expect(201);
    let author = server.program("author@example.org", &[Role::Author]);
    author.post("/api/v1/packs/examples/plans", &serde_json::json!({})).problem(415, "wrong_media_type");
}

pub(super) fn bodies_have_a_size(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let large = format!(r#"{{"kind":"course","id":"{}"}}"#, "x".repeat(256 * 1024));
    let request = || learner.request(Method::POST, "/api/v1/enrolments").header("content-type", "application/json");
    send(request().body(large.clone())).problem(413, "body_too_large");
    // Without its length being told beforehand.
    let streamed = reqwest::blocking::Body::new(std::io::Cursor::new(large.into_bytes()));
    send(request().body(streamed)).problem(413, "body_too_large");
    let author = server.program("author@example.org", &[Role::Author]);
    let archive = vec![0; cairn_http::Settings::default().archive_limit + 1];
    author.send_pack("/api/v1/packs/examples/plans", archive).problem(413, "body_too_large");
}

pub(super) fn headers_and_addresses_have_a_size(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let with = |size: usize| send(anybody.bare(Method::GET, "/livez").header("x-filler", "a".repeat(size)));
    with(8 * 1024).expect(200);
    with(17 * 1024).problem(431, "headers_too_large");
    anybody.get(&format!("/api/v1/lessons/{}", "a".repeat(9 * 1024))).problem(414, "address_too_long");
    // Beyond what the framework reads at all it answers by itself.
    let huge = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx-filler: {}\r\n\r\n", "a".repeat(200 * 1024));
    assert!(raw(server.api, huge.as_bytes(), "\r\n\r\n").starts_with("HTTP/1.1 431 "));
}

pub(super) fn a_body_that_does_not_come_is_not_waited_for(on: Backing) {
    let server = Server::start_with(on, |settings| settings.body_within = Duration::from_millis(50));
    let half =
        "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    let answer = raw(server.api, half.as_bytes(), "body_timeout");
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("application/problem+json"), "{answer}");
}

pub(super) fn what_is_not_http_is_refused(on: Backing) {
    let server = Server::start(on);
    for bytes in ["\x16\x03\x01\x02\x00\x01\x00", "GET / HTTP/9.9\r\n\r\n", "NONSENSE\r\n\r\n"] {
        let answer = raw(server.api, bytes.as_bytes(), "\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{bytes:?}: {answer}");
    }
    let smuggled =
        "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer = raw(server.api, smuggled.as_bytes(), "\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

pub(super) fn a_trace_is_continued_and_every_request_has_an_id(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let (a, b) = (anybody.get("/livez"), anybody.get("/livez"));
    assert_ne!(a.header("x-request-id"), b.header("x-request-id"));
    // What a caller sends as its own id is not taken over: the log must not hold what callers write.
    let own = send(anybody.bare(Method::GET, "/livez").header("x-request-id", "mine"));
    assert_ne!(own.header("x-request-id"), "mine");
    let traced = anybody.bare(Method::GET, "/livez");
    send(traced.header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).expect(200);
    send(anybody.bare(Method::GET, "/livez").header("traceparent", "nonsense")).expect(200);
}

pub(super) fn strict_transport_is_said_only_behind_tls(on: Backing) {
    let plain = Server::start_with(on, |_| {});
    assert!(!plain.anybody().get("/livez").headers.contains_key("strict-transport-security"));
    let tls = Server::start_with(on, |settings| settings.tls = true);
    for path in ["/livez", "/nothing"] {
        // For this host, and not for others of its operator.
        assert_eq!(tls.anybody().get(path).header("strict-transport-security"), "max-age=63072000");
    }
}

pub(super) fn the_documentation_needs_no_other_host_and_no_script_in_line(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let anybody = server.anybody();
    let page = anybody.get("/api/docs");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && policy.contains("connect-src 'self'"), "{policy}");
    let html = page.text();
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("//"), "{html}");
    for part in html.split("<script").skip(1) {
        assert!(part.starts_with(" src=\"/api/docs/") && part.contains("></script>"), "a script in line: {part}");
    }
    for attribute in ["src=\"", "href=\""] {
        for path in html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let file = anybody.get(path);
            assert_eq!(file.status, 200, "{path}");
            assert!(!file.bytes.is_empty());
        }
    }
    let script = anybody.get("/api/docs/start.js");
    assert!(script.header("content-type").starts_with("text/javascript"));
    assert!(script.text().contains("/api/openapi.json"));
    anybody.get("/api/docs/index.html").problem(404, "not_found");
    let document = anybody.get("/api/openapi.json");
    assert_eq!(document.expect(200)["openapi"], "3.1.0");
    assert_eq!(document.text(), cairn_http::openapi());
}

pub(super) fn problems_lead_to_what_they_mean(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let anybody = server.anybody();
    let problem = anybody.get("/nothing").problem(404, "no_route");
    let meaning = anybody.get(problem["type"].as_str().unwrap()).expect(200);
    assert_eq!((meaning["code"].as_str(), meaning["status"].as_u64()), (Some("no_route"), Some(404)));
    let all = anybody.get("/api/problems").expect(200);
    assert!(all["items"].as_array().unwrap().len() > 40);
    anybody.get("/api/problems/nothing").problem(404, "not_found");
}
