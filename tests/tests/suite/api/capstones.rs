//! Work at capstones: handing it in, writing about it, reviewing it.

use cairn_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, send};
use super::learning::path;
use super::practice::{enrol, server, try_drill};
use super::server::{Backing, Server};

const WORK: &str = "/lessons/steps-capstone/submission";

fn work(text: &str) -> Value {
    json!({ "text": text })
}

/// Enrols, and passes the capstone's drill.
fn ready(learner: &Caller<'_>) -> String {
    let enrolment = enrol(learner);
    try_drill(learner, &enrolment, 200);
    path(&enrolment, WORK)
}

fn review(caller: &Caller<'_>, address: &str, etag: &str, points: &Value) -> Answer {
    let request = caller.request(Method::PUT, &format!("{address}/review")).json(&json!({ "points": points }));
    send(if etag.is_empty() { request } else { request.header("if-match", etag) })
}

fn instructor(server: &Server) -> Caller<'_> {
    server.program("instructor@example.org", &[Role::Instructor])
}

fn pairs(faults: &[(String, String)]) -> Vec<(&str, &str)> {
    faults.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect()
}

pub(super) fn work_is_handed_in_returned_and_accepted(on: Backing) {
    let server = server(on);
    let (learner, instructor) = (server.program("learner@example.org", &[]), instructor(&server));
    let enrolment = enrol(&learner);
    let address = path(&enrolment, WORK);
    let state = || {
        let progress = learner.get(&path(&enrolment, "/progress")).expect(200);
        progress["lessons"].as_array().unwrap().last().unwrap()["state"].clone()
    };
    learner.get(&address).problem(404, "not_found");
    learner.put(&address, &work("How I went.")).problem(409, "locked");
    try_drill(&learner, &enrolment, 500);
    learner.put(&address, &work("How I went.")).problem(409, "locked");
    try_drill(&learner, &enrolment, 200);
    let first = learner.put(&address, &work("How I went."));
    let handed_in = first.expect(200);
    assert_eq!((&handed_in["state"], &handed_in["comments"]), (&json!("submitted"), &json!([])));
    assert_eq!((&handed_in["versions"][0]["text"], state()), (&json!("How I went."), json!("open")));
    let shown = instructor.get(&address);
    assert_eq!((shown.expect(200), shown.etag()), (handed_in.clone(), first.etag()));
    // A review is of what was looked at.
    let second = learner.put(&address, &work("How I went, and back."));
    assert_eq!(second.expect(200)["versions"].as_array().unwrap().len(), 2);
    review(&instructor, &address, &first.etag(), &json!({ "way-back": 4 })).problem(412, "stale");
    review(&instructor, &address, "", &json!({ "way-back": 4 })).problem(428, "precondition_required");
    let returned = review(&instructor, &address, &second.etag(), &json!({ "way-back": 2 }));
    let found = returned.expect(200);
    assert_eq!((&found["state"], state()), (&json!("returned"), json!("open")));
    assert_eq!(found["versions"][0]["review"], json!(null));
    let noted = &found["versions"][1]["review"];
    assert_eq!((&noted["by"], &noted["points"]), (&json!(instructor.id), &json!({ "way-back": 2 })));
    assert_eq!((&noted["accepted"], &learner.get(&address).expect(200)), (&json!(false), &found));
    review(&instructor, &address, &returned.etag(), &json!({ "way-back": 4 })).problem(409, "already_reviewed");
    let third = learner.put(&address, &work("Both ways."));
    assert_eq!(third.expect(200)["state"], "submitted");
    let accepted = review(&instructor, &address, &third.etag(), &json!({ "way-back": 3 })).expect(200);
    assert_eq!((&accepted["state"], state()), (&json!("accepted"), json!("completed")));
    learner.put(&address, &work("Once more.")).problem(409, "submission_accepted");
    assert_eq!(learner.get(&address).expect(200), accepted);
}

pub(super) fn nobody_reviews_their_own_work_and_no_learner_any(on: Backing) {
    let server = server(on);
    let both = server.program("both@example.org", &[Role::Instructor]);
    let address = ready(&both);
    let handed_in = both.put(&address, &work("How I went."));
    handed_in.expect(200);
    let full = json!({ "way-back": 4 });
    review(&both, &address, &handed_in.etag(), &full).problem(403, "own_work");
    let stranger = server.program("stranger@example.org", &[Role::Author]);
    review(&stranger, &address, &handed_in.etag(), &full).problem(403, "role_missing");
    stranger.get(&address).problem(404, "not_found");
    stranger.put(&address, &work("Mine.")).problem(404, "not_found");
    stranger.post(&format!("{address}/comments"), &work("Well!")).problem(404, "not_found");
    instructor(&server).put(&address, &work("Mine.")).problem(404, "not_found");
    assert_eq!(both.get(&address).expect(200), handed_in.json(), "nothing was written");
}

pub(super) fn work_and_reviews_have_a_form(on: Backing) {
    let server = server(on);
    let (learner, instructor) = (server.program("learner@example.org", &[]), instructor(&server));
    let address = ready(&learner);
    let faults = |body: Value| learner.put(&address, &body).faults(422, "invalid");
    assert_eq!(pairs(&faults(json!({}))), [("/text", "required")]);
    let link = json!({ "text": "a", "link": "https://example.org/a" });
    assert_eq!(pairs(&faults(link)), [("/link", "not_asked")]);
    assert_eq!(pairs(&faults(work(&"ä".repeat(20_001)))), [("/text", "too_long")]);
    assert_eq!(pairs(&faults(json!({ "text": "a", "state": "accepted" }))), [("/state", "unknown_field")]);
    learner.get(&address).problem(404, "not_found");
    let other = address.replace("steps-capstone", "steps-drill");
    learner.put(&other, &work("a")).problem(409, "wrong_lesson_kind");
    let etag = learner.put(&address, &work("a")).etag();
    let faults = |points: Value| review(&instructor, &address, &etag, &points).faults(422, "invalid");
    assert_eq!(pairs(&faults(json!({}))), [("/points/way-back", "required")]);
    assert_eq!(pairs(&faults(json!({ "way-back": 5 }))), [("/points/way-back", "range")]);
    assert_eq!(pairs(&faults(json!({ "way-back": 70_000 }))), [("/points/way-back", "range")]);
    assert_eq!(pairs(&faults(json!({ "way-back": 4, "beauty": 4 }))), [("/points/beauty", "unknown")]);
    assert_eq!(learner.get(&address).etag(), etag, "nothing was written");
}

pub(super) fn work_is_written_about(on: Backing) {
    let server = server(on);
    let (learner, instructor) = (server.program("learner@example.org", &[]), instructor(&server));
    let address = ready(&learner);
    let comments = format!("{address}/comments");
    learner.post(&comments, &work("Well?")).problem(404, "not_found");
    let before = learner.put(&address, &work("How I went."));
    let asked = instructor.post(&comments, &work("And <b>back</b>?"));
    let comment = asked.expect(201);
    assert_eq!((&comment["number"], &comment["author"]), (&json!(1), &json!(instructor.id)));
    assert_eq!(asked.header("location"), address);
    let keyed = || send(learner.request(Method::POST, &comments).header("idempotency-key", "k").json(&work("So.")));
    assert_eq!((keyed().expect(201)["number"].clone(), keyed().expect(201)["number"].clone()), (json!(2), json!(2)));
    let shown = learner.get(&address);
    let texts: Vec<_> = shown.expect(200)["comments"].as_array().unwrap().iter().map(|of| of["text"].clone()).collect();
    assert_eq!(texts, ["And <b>back</b>?", "So."]);
    assert_ne!(shown.etag(), before.etag());
    assert_eq!(pairs(&learner.post(&comments, &work("")).faults(422, "invalid")), [("/text", "required")]);
    let long = work(&"a".repeat(4_001));
    assert_eq!(pairs(&learner.post(&comments, &long).faults(422, "invalid")), [("/text", "too_long")]);
    // What was written meanwhile does not stand in the way of a review.
    review(&instructor, &address, &before.etag(), &json!({ "way-back": 4 })).expect(200);
}

pub(super) fn instructors_find_the_work_that_waits(on: Backing) {
    let server = server(on);
    let instructor = instructor(&server);
    let learners: Vec<_> = (0..3).map(|n| server.program(&format!("learner{n}@example.org"), &[])).collect();
    let addresses: Vec<_> = learners.iter().map(ready).collect();
    let mut made = Vec::new();
    for (learner, address) in learners.iter().zip(&addresses) {
        made.push(learner.put(address, &work("How I went.")));
    }
    let ids = |path: &str| {
        let all = instructor.all(path, 2);
        all.iter().map(|of| of["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let id = |at: usize| made[at].json()["id"].as_str().unwrap().to_owned();
    assert_eq!(ids("/api/v1/submissions"), [id(0), id(1), id(2)]);
    review(&instructor, &addresses[1], &made[1].etag(), &json!({ "way-back": 4 })).expect(200);
    review(&instructor, &addresses[2], &made[2].etag(), &json!({ "way-back": 0 })).expect(200);
    assert_eq!(ids("/api/v1/submissions"), [id(0)]);
    assert_eq!(ids("/api/v1/submissions?state=accepted"), [id(1)]);
    assert_eq!(ids("/api/v1/submissions?state=returned"), [id(2)]);
    let faults = instructor.get("/api/v1/submissions?state=lost").faults(422, "invalid");
    assert_eq!(pairs(&faults), [("/state", "unknown_value")]);
    learners[0].get("/api/v1/submissions").problem(403, "role_missing");
    server.anybody().get("/api/v1/submissions").problem(401, "unauthenticated");
}
