//! Accounts and roles.

use cairn_domain::identity::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::client::{Caller, send};
use super::server::{Backing, PASSWORD, Server};

pub(super) fn sign_up_is_closed_or_open(on: Backing) {
    let body = json!({ "email": "ada@example.org", "name": "Ada", "password": "twelve letters" });
    let closed = Server::start_with(on, |_| {});
    closed.anybody().post("/api/v1/users", &body).problem(403, "sign_up_closed");
    let open = Server::start_with(on, |settings| settings.sign_up = true);
    let made = open.anybody().post("/api/v1/users", &body);
    assert_eq!(made.expect(201)["roles"], json!(["learner"]));
    assert_eq!((made.etag(), made.header("ratelimit-policy")), ("\"v1\"".to_owned(), "\"sign_up\";q=10;w=3600"));
    assert!(!made.text().contains("twelve letters"));
    open.anybody().post("/api/v1/users", &body).problem(409, "email_taken");
    let mut greedy = body.clone();
    (greedy["email"], greedy["roles"]) = (json!("eve@example.org"), json!(["admin"]));
    open.anybody().post("/api/v1/users", &greedy).problem(403, "role_missing");
    for n in 0..7 {
        let mut more = body.clone();
        more["email"] = json!(format!("more{n}@example.org"));
        open.anybody().post("/api/v1/users", &more).expect(201);
    }
    let refused = open
        .anybody()
        .post("/api/v1/users", &json!({ "email": "x@example.org", "name": "X", "password": "twelve letters" }));
    refused.problem(429, "throttled");
    assert!(refused.header("ratelimit").starts_with("\"sign_up\";r=0;"));
}

pub(super) fn an_admin_makes_and_changes_users(on: Backing) {
    let server = Server::start(on);
    let admin = server.program("admin@example.org", &[Role::Admin]);
    let made = admin.post(
        "/api/v1/users",
        &json!({ "email": "ada@example.org", "name": "Ada", "password": "twelve letters", "roles": ["author"] }),
    );
    assert_eq!(made.expect(201)["roles"], json!(["learner", "author"]));
    let path = made.header("location").to_owned();
    admin.patch(&path, None, &json!({ "name": "A" })).problem(428, "precondition_required");
    admin.patch(&path, Some("*"), &json!({ "name": "A" })).problem(428, "precondition_required");
    let changed = admin.patch(&path, Some("\"v1\""), &json!({ "roles": ["instructor"] }));
    assert_eq!(changed.expect(200)["roles"], json!(["learner", "instructor"]));
    assert_eq!((changed.expect(200)["name"].as_str(), changed.etag().as_str()), (Some("Ada"), "\"v2\""));
    for stale in ["\"v1\"", "W/\"v2\"", "\"v3\"", "\"x\"", "\"v0\", \"v1\""] {
        admin.patch(&path, Some(stale), &json!({ "name": "B" })).problem(412, "stale");
    }
    let null = admin.patch(&path, Some("\"v2\""), &json!({ "name": null, "email": "x" }));
    assert_eq!(
        null.faults(422, "invalid"),
        [("/name".to_owned(), "not_removable".to_owned()), ("/email".to_owned(), "unknown_field".to_owned())]
    );
    let merge = admin
        .request(Method::PATCH, &path)
        .header("content-type", "application/merge-patch+json")
        .header("if-match", "\"v2\"");
    assert_eq!(send(merge.body("{}")).etag(), "\"v3\"");
    assert_eq!(admin.get(&path).etag(), "\"v3\"");
    // Any of several tags that is the present one will do.
    assert_eq!(admin.patch(&path, Some("\"v2\", \"v3\""), &json!({ "name": "C" })).etag(), "\"v4\"");
}

pub(super) fn a_change_reaches_a_remembered_credential_at_once(on: Backing) {
    let server = Server::start(on);
    let admin = server.program("admin@example.org", &[Role::Admin]);
    let user = server.user("ada@example.org", &[Role::Author]);
    let program = Caller::program(&server, &user, &server.token(&user, &Scope::ALL));
    assert_eq!(program.get("/api/v1/packs/examples/archive").status, 200);
    let path = format!("/api/v1/users/{}", user.id);
    admin.patch(&path, Some("\"v1\""), &json!({ "roles": [] })).expect(200);
    program.get("/api/v1/packs/examples/archive").problem(403, "role_missing");
    admin.patch(&path, Some("\"v2\""), &json!({ "state": "disabled" })).expect(200);
    program.get("/api/v1/users/me").problem(401, "credential_expired");
}

pub(super) fn the_last_admin_stays(on: Backing) {
    let server = Server::start(on);
    let admin = server.browser("admin@example.org", &[Role::Admin]);
    for change in [json!({ "roles": ["author"] }), json!({ "state": "disabled" })] {
        admin.patch("/api/v1/users/me", Some("\"v1\""), &change).problem(409, "last_admin");
    }
}

pub(super) fn one_changes_ones_own_name_and_nothing_else(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let (browser, program) =
        (server.session(&user), Caller::program(&server, &user, &server.token(&user, &Scope::ALL)));
    let changed = browser.patch("/api/v1/users/me", Some("\"v1\""), &json!({ "name": " Ada Lovelace " }));
    assert_eq!(changed.expect(200)["name"], "Ada Lovelace");
    program.patch("/api/v1/users/me", Some("\"v2\""), &json!({ "name": "A" })).problem(403, "session_needed");
    for greedy in [json!({ "roles": ["admin"] }), json!({ "state": "active" })] {
        browser.patch("/api/v1/users/me", Some("\"v2\""), &greedy).problem(403, "role_missing");
    }
    let other = server.user("eve@example.org", &[]);
    let path = format!("/api/v1/users/{}", other.id);
    browser.patch(&path, Some("\"v1\""), &json!({ "name": "Ada" })).problem(404, "not_found");
    browser.patch(&path, None, &json!({ "name": "Ada" })).problem(404, "not_found");
}

pub(super) fn one_changes_ones_password(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let (this, other) = (server.session(&user), server.session(&user));
    other.get("/api/v1/session").expect(200);
    let change =
        |current: &str, new: &str| this.put("/api/v1/users/me/password", &json!({ "current": current, "new": new }));
    assert_eq!(
        change("wrong", "another password").faults(422, "invalid"),
        [("/current".to_owned(), "wrong_password".to_owned())]
    );
    assert_eq!(change(PASSWORD, "short").faults(422, "invalid")[0].0, "/new");
    assert_eq!(change(PASSWORD, "another password").status, 204);
    this.get("/api/v1/session").expect(200);
    other.get("/api/v1/session").problem(401, "credential_expired");
    let sign_in = |password: &str| {
        server.anybody().post("/api/v1/session", &json!({ "email": "ada@example.org", "password": password }))
    };
    sign_in(PASSWORD).problem(401, "wrong_credentials");
    sign_in("another password").expect(201);
    let program = Caller::program(&server, &user, &server.token(&user, &Scope::ALL));
    program.put("/api/v1/users/me/password", &json!({ "current": "x", "new": "y" })).problem(403, "session_needed");
}

pub(super) fn a_stolen_session_does_not_guess_the_password_from_many_addresses(on: Backing) {
    let server = Server::start_with(on, |settings| settings.trusted_proxies = vec![[127, 0, 0, 1].into()]);
    let user = server.user("ada@example.org", &[]);
    let (stolen, other) = (server.session(&user), server.browser("eve@example.org", &[]));
    let from = |who: &Caller<'_>, n: u8, current: &str| {
        let request = who
            .request(Method::PUT, "/api/v1/users/me/password")
            .header("x-forwarded-for", [n; 4].map(|n| n.to_string()).join("."));
        send(request.json(&json!({ "current": current, "new": "another password" })))
    };
    for n in 0..10 {
        let tried = from(&stolen, n + 1, "a guess");
        tried.faults(422, "invalid");
        assert!(tried.header("ratelimit").starts_with(&format!("\"password\";r={};", 9 - n)), "{tried:?}");
    }
    let refused = from(&stolen, 11, PASSWORD);
    refused.problem(429, "throttled");
    assert!(refused.header("ratelimit").starts_with("\"password\";r=0;"));
    // Nobody else is held up, and the owner signs in as ever.
    assert_eq!(from(&other, 12, PASSWORD).status, 204);
    let sign_in = json!({ "email": "ada@example.org", "password": PASSWORD });
    server.anybody().post("/api/v1/session", &sign_in).expect(201);
}
