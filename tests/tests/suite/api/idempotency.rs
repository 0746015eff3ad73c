//! Requests that are sent more than once.

use std::time::Duration;

use cairn_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, send};
use super::learning::{enrol, path};
use super::pack;
use super::server::{Backing, Server};

fn keyed(caller: &Caller<'_>, path: &str, key: &str, body: &Value) -> Answer {
    send(caller.request(Method::POST, path).header("idempotency-key", key).json(body))
}

pub(super) fn a_repeated_request_gets_the_first_answer_byte_for_byte(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let body = json!({ "kind": "course", "id": "paths" });
    let first = keyed(&learner, "/api/v1/enrolments", "\"key-1\"", &body);
    first.expect(201);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    server.clock.advance(Duration::from_secs(3600));
    // The bare form is the same key.
    let again = keyed(&learner, "/api/v1/enrolments", "key-1", &body);
    assert_eq!((again.status, &again.bytes), (201, &first.bytes));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name));
    }
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(learner.all("/api/v1/enrolments", 50).len(), 1);
    keyed(&learner, "/api/v1/enrolments", "key-2", &body).problem(409, "already_enrolled");
}

pub(super) fn a_key_belongs_to_one_request_of_one_caller_for_a_day(on: Backing) {
    let server = Server::start(on);
    let (one, two) = (server.program("one@example.org", &[]), server.program("two@example.org", &[]));
    let body = json!({ "kind": "course", "id": "paths" });
    keyed(&one, "/api/v1/enrolments", "key", &body).expect(201);
    keyed(&one, "/api/v1/enrolments", "key", &json!({ "kind": "track", "id": "walking" }))
        .problem(422, "idempotency_key_reused");
    let enrolment = &one.all("/api/v1/enrolments", 50)[0];
    keyed(&one, &path(enrolment, "/lessons/first-steps/attempts"), "key", &json!({}))
        .problem(422, "idempotency_key_reused");
    keyed(&two, "/api/v1/enrolments", "key", &body).expect(201);
    server.clock.advance(Duration::from_secs(24 * 3600));
    keyed(&one, "/api/v1/enrolments", "key", &body).problem(409, "already_enrolled");
    for bad in ["", "\"open", "a b", &"k".repeat(256)] {
        keyed(&one, "/api/v1/enrolments", bad, &body).problem(400, "bad_request");
    }
}

pub(super) fn a_refusal_is_not_kept(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempts = path(&enrolment, "/lessons/steps-quiz/attempts");
    keyed(&learner, &attempts, "key", &json!({})).problem(409, "locked");
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    keyed(&learner, &attempts, "key", &json!({})).expect(201);
}

pub(super) fn five_twins_have_one_effect(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let body = json!({ "kind": "course", "id": "paths" });
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let twins: Vec<_> =
            (0..5).map(|_| scope.spawn(|| keyed(&learner, "/api/v1/enrolments", "\"twin\"", &body))).collect();
        twins.into_iter().map(|twin| twin.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.bytes == answers[0].bytes), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed") != "true").count(), 1);
    assert_eq!(learner.all("/api/v1/enrolments", 50).len(), 1);
    assert_eq!(learner.all("/api/v1/events", 50).len(), 1);
}

pub(super) fn twins_at_two_servers_have_one_effect(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let second = super::running::second(&server);
    let body = json!({ "kind": "course", "id": "paths" });
    let at = |address: std::net::SocketAddr| {
        let request = learner.request(Method::POST, "/api/v1/enrolments").header("idempotency-key", "twin").json(&body);
        let (client, request) = request.build_split();
        let mut request = request.unwrap();
        request.url_mut().set_port(Some(address.port())).unwrap();
        client.execute(request).unwrap().text().unwrap()
    };
    let answers: Vec<String> = std::thread::scope(|scope| {
        let at = &at;
        let twins: Vec<_> = (0..6)
            .map(|n| if n % 2 == 0 { server.api } else { second.api })
            .map(|to| scope.spawn(move || at(to)))
            .collect();
        twins.into_iter().map(|twin| twin.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(learner.all("/api/v1/enrolments", 50).len(), 1);
}

pub(super) fn a_secret_is_not_replayed(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser("ada@example.org", &[]);
    let body = json!({ "name": "laptop", "scopes": ["account:read"], "days": 1 });
    let first = keyed(&browser, "/api/v1/tokens", "key", &body).expect(201);
    let secret = first["token"].as_str().unwrap();
    let again = keyed(&browser, "/api/v1/tokens", "key", &body);
    let replayed = again.expect(201);
    assert_eq!((&replayed["id"], &replayed["token"]), (&first["id"], &json!(null)));
    assert!(replayed["note"].as_str().unwrap().contains("make a new one"));
    assert!(!again.text().contains(secret));
    let user: cairn_domain::shared::UserId = browser.id.parse().unwrap();
    let key = cairn_domain::operations::IdempotencyKey::from_header("key").unwrap();
    use cairn_domain::StoreExt as _;
    let kept = server.store.read(|tx| tx.idempotency().get(user, &key)).unwrap().unwrap();
    assert!(!format!("{kept:?}").contains(secret), "the secret is not in the store");
}

pub(super) fn a_key_stands_for_the_password_too(on: Backing) {
    let server = Server::start(on);
    let admin = server.program("admin@example.org", &[Role::Admin]);
    let body = |password: &str| json!({ "email": "ada@example.org", "name": "Ada", "password": password });
    let first = keyed(&admin, "/api/v1/users", "key", &body("correct horse battery"));
    first.expect(201);
    keyed(&admin, "/api/v1/users", "key", &body("another password")).problem(422, "idempotency_key_reused");
    let again = keyed(&admin, "/api/v1/users", "key", &body("correct horse battery"));
    assert_eq!((again.status, &again.bytes, again.header("idempotency-replayed")), (201, &first.bytes, "true"));
}

pub(super) fn a_release_is_applied_once(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let archive = pack::changed(&[("courses/paths/first-steps.md", "leads", "always leads")]);
    let apply = || {
        let request = author.pack_request("/api/v1/packs/examples/releases", archive.clone());
        send(request.header("idempotency-key", "key"))
    };
    let (first, again) = (apply(), apply());
    assert_eq!((first.status, first.bytes.clone()), (201, again.bytes.clone()));
    assert_eq!(server.anybody().all("/api/v1/packs/examples/releases", 50).len(), 2);
}
