//! API tokens.

use cairn_domain::identity::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::client::{Caller, send};
use super::server::{Backing, Server};

pub(super) fn a_token_is_made_shown_used_and_revoked(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser("ada@example.org", &[]);
    let made = browser.post("/api/v1/tokens", &json!({ "name": "laptop", "scopes": ["account:read"], "days": 30 }));
    let token = made.expect(201);
    let secret = token["token"].as_str().unwrap();
    assert!(secret.starts_with("cairn_") && secret.len() == 55);
    assert_eq!(made.header("location"), format!("/api/v1/tokens/{}", token["id"].as_str().unwrap()));
    assert_eq!(token["expires_at"], "2026-03-02T12:00:00.000000Z");
    let shown = browser.get(made.header("location"));
    assert_eq!(shown.expect(200)["last_used"], json!(null));
    assert!(!shown.text().contains(secret) && shown.expect(200).get("token").is_none());
    let again = browser.request(Method::GET, made.header("location")).header("if-none-match", shown.etag());
    assert_eq!(send(again).status, 304);
    let me = || send(server.anybody().bare(Method::GET, "/api/v1/users/me").bearer_auth(secret));
    assert_eq!(me().expect(200)["email"], "ada@example.org");
    assert_eq!(browser.all("/api/v1/tokens", 50).len(), 1);
    assert_eq!(browser.delete(made.header("location")).status, 204);
    me().problem(401, "credential_expired");
    browser.get(made.header("location")).problem(404, "not_found");
    browser.delete(made.header("location")).problem(404, "not_found");
}

pub(super) fn a_token_ends_by_itself(on: Backing) {
    let server = Server::start(on);
    let program = server.program("ada@example.org", &[]);
    program.get("/api/v1/users/me").expect(200);
    server.clock.advance(std::time::Duration::from_secs(30 * 86_400));
    program.get("/api/v1/users/me").problem(401, "credential_expired");
}

pub(super) fn faults_of_a_new_token_are_told(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser("ada@example.org", &[]);
    let pairs = |all: &[(&str, &str)]| all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let faults = |body| browser.post("/api/v1/tokens", &body).faults(422, "invalid");
    assert_eq!(
        faults(json!({ "name": "", "scopes": [], "days": 367 })),
        pairs(&[("/name", "required"), ("/scopes", "required"), ("/days", "range")])
    );
    assert_eq!(
        faults(json!({ "name": "a", "scopes": ["everything"], "days": "1" })),
        pairs(&[("/scopes/0", "unknown_scope"), ("/days", "type")])
    );
    let body = json!({ "name": "laptop", "scopes": ["account:read"], "days": 1 });
    browser.post("/api/v1/tokens", &body).expect(201);
    browser.post("/api/v1/tokens", &body).problem(409, "duplicate");
}

pub(super) fn no_token_breeds_tokens_and_others_are_not_found(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let program = Caller::program(&server, &user, &server.token(&user, &Scope::ALL));
    let body = json!({ "name": "laptop", "scopes": ["account:read"], "days": 1 });
    program.post("/api/v1/tokens", &body).problem(403, "session_needed");
    let own = program.all("/api/v1/tokens", 50);
    let path = format!("/api/v1/tokens/{}", own[0]["id"].as_str().unwrap());
    program.delete(&path).problem(403, "session_needed");
    let stranger = server.browser("eve@example.org", &[Role::Admin]);
    stranger.get(&path).problem(404, "not_found");
    stranger.delete(&path).problem(404, "not_found");
    stranger.get("/api/v1/tokens/not-an-id").problem(404, "not_found");
    program.get(&path).expect(200);
}
