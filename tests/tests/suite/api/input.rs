//! Bad input: what cannot be read, and what breaks a rule.

use reqwest::Method;
use serde_json::json;

use super::client::{Answer, send};
use super::server::{Backing, Server};

fn body(server: &Server, text: impl Into<Vec<u8>>) -> Answer {
    let request = server.anybody().bare(Method::POST, "/api/v1/session").header("content-type", "application/json");
    send(request.body(text.into()))
}

pub(super) fn what_cannot_be_read_is_told_with_its_place(on: Backing) {
    let server = Server::start_with(on, |_| {});
    for (text, code, line, column) in [
        (&b"{\n  \"email\": \"a\",\n}"[..], "syntax", 3, 1),
        (b"{\"email\": \"a\"", "syntax", 1, 13),
        (b"", "empty", 1, 0),
        (b"{\"email\": 1,\n \"email\": 2}", "duplicate_key", 2, 8),
        (b"{\"email\": \"\xff\"}", "not_utf_8", 1, 12),
        (b"\xff\xfe{\x00}\x00", "not_utf_8", 1, 1),
        (b"{'email': 'a'}", "syntax", 1, 2),
    ] {
        let problem = body(&server, text).problem(400, "bad_json");
        let error = &problem["errors"][0];
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
        assert_eq!(
            (error["code"].as_str(), error["line"].as_u64(), error["column"].as_u64()),
            (Some(code), Some(line), Some(column)),
            "{problem}"
        );
    }
    body(&server, "[".repeat(100_000)).problem(400, "bad_json");
}

pub(super) fn every_fault_of_what_can_be_read_is_told_at_once(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let admin = server.program("admin@example.org", &[cairn_domain::identity::Role::Admin]);
    let faults = |body| admin.post("/api/v1/users", &body).faults(422, "invalid");
    let pairs = |all: &[(&str, &str)]| all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    assert_eq!(
        faults(json!({ "email": 1, "password": ["x"], "roles": ["queen", 7, "admin", "admin"], "colour": "red" })),
        pairs(&[
            ("/email", "type"),
            ("/name", "required"),
            ("/password", "type"),
            ("/roles/0", "unknown_role"),
            ("/roles/1", "type"),
            ("/roles/3", "duplicate"),
            ("/colour", "unknown_field")
        ])
    );
    // Rules are asked about whatever could be read.
    assert_eq!(
        faults(json!({ "email": "nope", "name": "", "password": "short", "surplus": 1 })),
        pairs(&[
            ("/surplus", "unknown_field"),
            ("/email", "not_an_email"),
            ("/name", "required"),
            ("/password", "too_short")
        ])
    );
    assert_eq!(
        faults(json!({ "email": 1, "name": "", "password": "short" })),
        pairs(&[("/email", "type"), ("/name", "required"), ("/password", "too_short")])
    );
    let learner = server.browser("learner@example.org", &[]);
    assert_eq!(
        learner.post("/api/v1/enrolments", &json!({ "kind": "guide", "id": "Bad Id" })).faults(422, "invalid"),
        pairs(&[("/kind", "unknown_kind"), ("/id", "not_an_id")])
    );
    assert_eq!(
        learner.put("/api/v1/users/me/password", &json!({ "current": 1, "new": "short" })).faults(422, "invalid"),
        pairs(&[("/current", "type"), ("/new", "too_short")])
    );
    let signing_in = server.anybody().post("/api/v1/session", &json!({ "email": "nobody", "password": "", "more": 1 }));
    assert_eq!(
        signing_in.faults(422, "invalid"),
        pairs(&[("/more", "unknown_field"), ("/email", "not_an_email"), ("/password", "length")])
    );
    assert_eq!(
        faults(json!({ "email": "nobody", "name": "a\nb", "password": "short" })),
        pairs(&[("/email", "not_an_email"), ("/name", "control_character"), ("/password", "too_short")])
    );
    assert_eq!(
        faults(json!({ "email": "a@example.org", "name": "a\u{0}b", "password": "x".repeat(257) })),
        pairs(&[("/name", "nul"), ("/password", "too_long")])
    );
    for other in [json!(null), json!([]), json!("text")] {
        assert_eq!(faults(other), pairs(&[("", "type")]));
    }
}

pub(super) fn who_may_not_call_learns_that_before_what_is_wrong_with_the_body(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let learner = server.program("learner@example.org", &[]);
    learner.post("/api/v1/users", &json!({ "colour": 1 })).problem(403, "role_missing");
    let stranger = format!("cairn_{}", "0".repeat(49));
    let request = server.anybody().bare(Method::POST, "/api/v1/enrolments").bearer_auth(stranger);
    send(request.json(&json!({ "colour": 1 }))).problem(401, "credential_expired");
    server.anybody().post("/api/v1/enrolments", &json!({ "colour": 1 })).problem(401, "unauthenticated");
}

pub(super) fn text_of_every_kind_comes_back_as_it_was(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let admin = server.program("admin@example.org", &[cairn_domain::identity::Role::Admin]);
    for (n, name) in [
        "Zoë 🦀",
        "日本語",
        "e\u{301}",
        "'; DROP TABLE users; --",
        "<script>alert(1)</script>",
        "{{7*7}}",
        &"ß".repeat(100),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("user{n}@example.org");
        let made = admin.post("/api/v1/users", &json!({ "email": email, "name": name, "password": "twelve letters" }));
        made.expect(201);
        assert_eq!(admin.get(made.header("location")).expect(200)["name"], name);
    }
}

pub(super) fn a_fault_tells_nothing_of_the_inside(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let admin = server.program("admin@example.org", &[cairn_domain::identity::Role::Admin]);
    server.store.take_away(true);
    let answer = admin.get("/api/v1/users");
    answer.problem(503, "store_unavailable");
    assert!(!answer.text().contains("db.internal"));
}
