//! Enrolments and progress.

use cairn_domain::identity::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Caller, send};
use super::server::{Backing, Server};

pub(super) fn enrol(caller: &Caller<'_>) -> Value {
    caller.post("/api/v1/enrolments", &json!({ "kind": "course", "id": "paths" })).expect(201)
}

pub(super) fn path(enrolment: &Value, rest: &str) -> String {
    format!("/api/v1/enrolments/{}{rest}", enrolment["id"].as_str().unwrap())
}

pub(super) fn a_course_is_followed_from_start_to_end(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let made = learner.post("/api/v1/enrolments", &json!({ "kind": "course", "id": "paths" }));
    let enrolment = made.expect(201);
    assert_eq!(made.header("location"), path(&enrolment, ""));
    assert_eq!(enrolment["target"], json!({ "kind": "course", "id": "paths", "slug": "paths", "title": "Paths" }));
    let next = learner.get(&path(&enrolment, "/next")).expect(200);
    assert_eq!((&next["lesson"]["id"], &next["because"]), (&json!("first-steps"), &json!("begins_course")));
    assert_eq!((&next["opens"], &next["opens_minutes"]), (&json!(["steps-quiz"]), &json!(5)));
    assert_eq!(next["sentence"], "It begins the course “Paths”. Completing it opens 1 lesson (5 minutes).");
    let progress = learner.get(&path(&enrolment, "/progress")).expect(200);
    assert_eq!((&progress["percent"], &progress["done"], &progress["required"]), (&json!(0), &json!(0), &json!(2)));
    let locked = &progress["lessons"][1];
    assert_eq!(locked["state"], "locked");
    assert_eq!(
        locked["needs"],
        json!([{
            "kind": "skill", "id": "paths.reading", "title": "Reading a path", "edge": "lesson",
            "taught_by": ["first-steps"],
        }])
    );
    let done = learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    assert_eq!((&done["percent"], &done["next"]), (&json!(50), &json!("steps-quiz")));
    let again = send(learner.request(Method::PUT, &path(&enrolment, "/lessons/first-steps/completion")));
    assert_eq!(again.expect(200), done, "a second time changes nothing, and no body will do");
    let attempt = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    let answers = json!({ "answers": [{ "question": "q-way", "choices": ["b"] }] });
    learner.post(&format!("/api/v1/attempts/{}/answers", attempt["id"].as_str().unwrap()), &answers).expect(200);
    let progress = learner.get(&path(&enrolment, "/progress")).expect(200);
    assert_eq!((&progress["percent"], &progress["next"]), (&json!(100), &json!(null)));
    assert_eq!(progress["enrolment"]["state"], "completed");
    assert_eq!(progress["lessons"][1]["best_percent"], 100);
    let next = learner.get(&path(&enrolment, "/next")).expect(200);
    assert_eq!((&next["lesson"], &next["because"]), (&json!(null), &json!("all_done")));
    let events: Vec<_> =
        learner.all("/api/v1/events", 2).iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        events,
        [
            "enrolled",
            "lesson_completed",
            "skill_granted",
            "attempt_started",
            "attempt_graded",
            "lesson_completed",
            "course_completed",
            "enrolment_completed"
        ]
    );
}

pub(super) fn what_one_cannot_enrol_on_is_refused(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let with = |kind: &str, id: &str| learner.post("/api/v1/enrolments", &json!({ "kind": kind, "id": id }));
    with("course", "nothing").problem(404, "not_found");
    assert_eq!(with("lesson", "first-steps").faults(422, "invalid"), [("/kind".to_owned(), "unknown_kind".to_owned())]);
    assert_eq!(with("course", "NO").faults(422, "invalid"), [("/id".to_owned(), "not_an_id".to_owned())]);
    with("course", "paths").expect(201);
    with("course", "paths").problem(409, "already_enrolled");
    with("track", "walking").expect(201);
    assert_eq!(learner.all("/api/v1/enrolments", 1).len(), 2);
}

pub(super) fn an_enrolment_is_paused_resumed_and_given_up(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let change =
        |etag: Option<&str>, state: &str| learner.patch(&path(&enrolment, ""), etag, &json!({ "state": state }));
    change(None, "paused").problem(428, "precondition_required");
    let paused = change(Some("\"v1\""), "paused");
    assert_eq!((paused.expect(200)["state"].as_str(), paused.etag().as_str()), (Some("paused"), "\"v2\""));
    change(Some("\"v1\""), "active").problem(412, "stale");
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).problem(409, "wrong_state");
    change(Some("\"v2\""), "completed").problem(409, "wrong_state");
    assert_eq!(change(Some("\"v2\""), "flying").faults(422, "invalid")[0].1, "unknown_state");
    change(Some("\"v2\""), "active").expect(200);
    change(Some("\"v1\", \"v2\""), "withdrawn").problem(412, "stale");
    change(Some("\"v1\", \"v3\""), "withdrawn").expect(200);
    change(Some("\"v4\""), "active").problem(409, "wrong_state");
}

pub(super) fn anothers_enrolment_is_not_found_but_by_an_instructor(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let stranger = server.program("stranger@example.org", &[Role::Author]);
    for rest in ["", "/progress", "/next", "/lessons/steps-quiz", "/lessons/steps-quiz/attempts"] {
        stranger.get(&path(&enrolment, rest)).problem(404, "not_found");
    }
    let state = json!({ "state": "paused" });
    stranger.patch(&path(&enrolment, ""), Some("\"v1\""), &state).problem(404, "not_found");
    stranger.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).problem(404, "not_found");
    stranger.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).problem(404, "not_found");
    let instructor = server.program("instructor@example.org", &[Role::Instructor]);
    instructor.get(&path(&enrolment, "/progress")).expect(200);
    assert_eq!(instructor.all(&format!("/api/v1/enrolments?user={}", learner.id), 50).len(), 1);
    instructor.patch(&path(&enrolment, ""), Some("\"v1\""), &state).problem(404, "not_found");
    for id in ["nothing", "0190d6f0-0000-7000-8000-000000000009", "0190D6F0-0000-7000-8000-00000000000A"] {
        learner.get(&format!("/api/v1/enrolments/{id}")).problem(404, "not_found");
    }
}

pub(super) fn lessons_are_completed_in_their_way_and_order(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let complete = |lesson: &str| learner.put(&path(&enrolment, &format!("/lessons/{lesson}/completion")), &json!({}));
    complete("steps-quiz").problem(409, "wrong_lesson_kind");
    complete("nothing").problem(404, "not_found");
    complete("NO").problem(404, "not_found");
    let start = |lesson: &str| learner.post(&path(&enrolment, &format!("/lessons/{lesson}/attempts")), &json!({}));
    let locked = start("steps-quiz").problem(409, "locked");
    assert!(locked["detail"].as_str().unwrap().contains("paths.reading"), "{locked}");
    start("first-steps").problem(409, "wrong_lesson_kind");
    let surplus = learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({ "percent": 100 }));
    assert_eq!(surplus.faults(422, "invalid"), [("/percent".to_owned(), "unknown_field".to_owned())]);
}

pub(super) fn what_is_personal_is_kept_by_nobody(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    for path in [
        path(&enrolment, ""),
        path(&enrolment, "/progress"),
        "/api/v1/enrolments".to_owned(),
        "/api/v1/users/me".to_owned(),
    ] {
        let answer = learner.get(&path);
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{path}");
    }
    let progress = learner.get(&path(&enrolment, "/progress"));
    let known = learner.request(Method::GET, &path(&enrolment, "/progress")).header("if-none-match", progress.etag());
    assert_eq!(send(known).status, 304);
}

pub(super) fn progress_that_has_not_changed_is_given_again_to_whom_it_may_be_shown(on: Backing) {
    let server = Server::start(on);
    let user = server.user("learner@example.org", &[]);
    let learner = Caller::program(&server, &user, &server.token(&user, &Scope::ALL));
    let enrolment = enrol(&learner);
    let address = path(&enrolment, "/progress");
    let first = learner.get(&address).expect(200);
    let (stranger, instructor) =
        (server.program("stranger@example.org", &[]), server.program("instructor@example.org", &[Role::Instructor]));
    let poor = Caller::program(&server, &user, &server.token(&user, &[Scope::AccountRead]));
    // Each is asked for twice: the second time memory knows who calls, and the answer.
    for _ in 0..2 {
        assert_eq!(learner.get(&address).expect(200), first);
        assert_eq!(instructor.get(&address).expect(200), first);
        stranger.get(&address).problem(404, "not_found");
        poor.get(&address).problem(403, "scope_missing");
    }
    // Where no other process writes, the database is not even asked.
    server.store.take_away(true);
    match on {
        Backing::Memory | Backing::Sqlite => assert_eq!(learner.get(&address).expect(200), first),
        Backing::Postgres => _ = learner.get(&address).problem(503, "store_unavailable"),
    }
    server.clock.advance(std::time::Duration::from_secs(1));
    learner.get(&address).problem(503, "store_unavailable");
    server.store.take_away(false);
    // The learner's own change shows at once, to everybody; another's changes nothing.
    let another = server.program("another@example.org", &[]);
    enrol(&another);
    assert_eq!(learner.get(&address).expect(200), first);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    for _ in 0..2 {
        assert_eq!(learner.get(&address).expect(200)["percent"], 50);
        assert_eq!(instructor.get(&address).expect(200)["percent"], 50);
    }
}
