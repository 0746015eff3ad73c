//! Who may call what: every route of the document, and the ways in which a credential can be wrong.

use cairn_domain::identity::{Role, Scope};
use reqwest::Method;
use serde_json::Value;

use super::client::{Caller, send};
use super::server::{Backing, Server};

/// A path of the document with something of the right form in its places.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{id}" => "0190d6f0-0000-7000-8000-000000000001",
        "{pack}" => "examples",
        "{number}" => "1",
        "{lesson}" => "first-steps",
        other => other,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn guarded() -> Vec<(Method, String, Value)> {
    let document: Value = serde_json::from_str(&cairn_http::openapi()).unwrap();
    let mut all = Vec::new();
    for route in cairn_http::routes() {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        let optional = operation["security"].as_array().is_some_and(|all| all.contains(&serde_json::json!({})));
        if operation.get("security").is_some() && !optional {
            all.push((Method::from_bytes(route.method.as_bytes()).unwrap(), filled(route.path), operation.clone()));
        }
    }
    assert!(all.len() > 20);
    all
}

pub(super) fn no_guarded_route_lets_anybody_in(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    for (method, path, _) in guarded() {
        let answer = send(anybody.bare(method.clone(), &path));
        answer.problem(401, "unauthenticated");
        assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"cairn\""), "{path}");
        let stranger = format!("cairn_{}", "0".repeat(49));
        send(anybody.bare(method, &path).bearer_auth(stranger)).problem(401, "credential_expired");
    }
}

pub(super) fn a_token_without_the_scope_does_nothing(on: Backing) {
    let server = Server::start(on);
    let user = server.user("all@example.org", &Role::ALL);
    let empty_handed = |but: &[Scope]| {
        let scopes: Vec<_> = Scope::ALL.into_iter().filter(|scope| !but.contains(scope)).collect();
        Caller::program(&server, &user, &server.token(&user, &scopes))
    };
    for (method, path, operation) in guarded() {
        let about = operation["description"].as_str().unwrap();
        let scope = Scope::ALL.into_iter().find(|scope| about.contains(&format!("the scope `{scope}`")));
        let caller = empty_handed(scope.as_slice());
        let mut request = caller.request(method, &path).header("if-match", "\"v1\"");
        if let Some(content) = operation["requestBody"]["content"].as_object() {
            let (media_type, content) = content.iter().next().unwrap();
            request = request.header("content-type", media_type).body(content["example"].to_string());
        }
        let code = if scope.is_some() { "scope_missing" } else { "session_needed" };
        send(request).problem(403, code);
    }
}

pub(super) fn a_learner_does_not_reach_beyond(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("learner@example.org", &[]);
    let other = server.user("other@example.org", &[]);
    learner.get("/api/v1/users").problem(403, "role_missing");
    learner.get(&format!("/api/v1/users/{}", other.id)).problem(404, "not_found");
    learner.get(&format!("/api/v1/enrolments?user={}", other.id)).problem(403, "role_missing");
    learner.get("/api/v1/packs/examples/archive").problem(403, "role_missing");
    learner.send_pack("/api/v1/packs/examples/plans", vec![1]).problem(403, "role_missing");
    learner.send_pack("/api/v1/packs/examples/releases", vec![1]).problem(403, "role_missing");
}

pub(super) fn other_schemes_and_broken_tokens_are_refused(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let token = server.token(&user, &Scope::ALL);
    let with =
        |value: &str| send(server.anybody().bare(Method::GET, "/api/v1/users/me").header("authorization", value));
    with(&format!("Bearer {token}")).expect(200);
    with(&format!("bearer {token}")).expect(200);
    with("Basic YWRhOmFkYQ==").problem(401, "unauthenticated");
    let (start, end) = token.split_at(20);
    let other = if end.starts_with('x') { 'y' } else { 'x' };
    for broken in [start.to_owned(), format!("{start}{other}{}", &end[1..]), format!("{token}x"), String::new()] {
        let answer = with(&format!("Bearer {broken}"));
        answer.problem(401, "credential_expired");
        assert!(answer.header("www-authenticate").contains("invalid_token"));
    }
}

pub(super) fn a_token_in_an_address_is_refused(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let token = server.token(&user, &Scope::ALL);
    for name in ["access_token", "token", "key"] {
        let answer = server.anybody().get(&format!("/api/v1/users/me?{name}={token}"));
        assert_eq!(answer.faults(422, "invalid"), [(format!("/{name}"), "secret_in_address".to_owned())]);
        assert!(!answer.text().contains(&token));
    }
}

pub(super) fn a_cookie_needs_the_csrf_token_and_an_origin_of_this_server(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let (browser, other) = (server.session(&user), server.session(&user));
    let body = serde_json::json!({ "kind": "course", "id": "paths" });
    let try_with = |csrf: Option<&str>, origin: Option<&str>| {
        let mut request = browser.with_cookie(browser.bare(Method::POST, "/api/v1/enrolments")).json(&body);
        if let Some(csrf) = csrf {
            request = request.header("x-csrf-token", csrf);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        send(request)
    };
    let csrf = browser.get("/api/v1/session").expect(200)["csrf_token"].as_str().unwrap().to_owned();
    let foreign_csrf = other.get("/api/v1/session").expect(200)["csrf_token"].as_str().unwrap().to_owned();
    let own = browser.origin();
    try_with(Some(&csrf), None).problem(403, "cross_origin");
    for origin in ["null", "http://evil.example", "https://127.0.0.1", &format!("{own}.evil.example")] {
        try_with(Some(&csrf), Some(origin)).problem(403, "cross_origin");
    }
    try_with(None, Some(&own)).problem(403, "csrf_invalid");
    try_with(Some("x"), Some(&own)).problem(403, "csrf_invalid");
    try_with(Some(&foreign_csrf), Some(&own)).problem(403, "csrf_invalid");
    assert!(browser.all("/api/v1/enrolments", 50).is_empty(), "none of these did anything");
    try_with(Some(&csrf), Some(&own)).expect(201);
}

pub(super) fn nobodys_page_signs_a_visitor_in(on: Backing) {
    let server = Server::start(on);
    server.user("ada@example.org", &[]);
    let body = serde_json::json!({ "email": "ada@example.org", "password": super::server::PASSWORD });
    let request = server.anybody().bare(Method::POST, "/api/v1/session").header("origin", "http://evil.example");
    send(request.json(&body)).problem(403, "cross_origin");
}
