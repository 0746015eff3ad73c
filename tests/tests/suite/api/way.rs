//! Locked lessons: why, the way to them, challenges, waivers; and what was done by week.

use std::time::Duration;

use cairn_domain::identity::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Caller, send};
use super::learning::{enrol, path};
use super::pack;
use super::server::{Backing, Server};

/// The pack with a course more, whose one lesson needs a skill of the other course.
fn with_another_course() -> Vec<u8> {
    let mut files = pack::files();
    let course = "---\nid: further\ntitle: Further\nsummary: On.\nlessons: [far]\nrequires: { skills: [paths.reading] }\n---\nOn.\n";
    let lesson = "---\nid: far\ntitle: Far\nsummary: Away.\nkind: reading\nminutes: 20\n---\nAway.\n";
    files.push(("courses/further/course.md".to_owned(), course.as_bytes().to_vec()));
    files.push(("courses/further/far.md".to_owned(), lesson.as_bytes().to_vec()));
    files.sort();
    pack::archive(&files)
}

fn steps(way: &Value) -> Vec<&str> {
    way["lessons"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect()
}

pub(super) fn a_locked_lesson_tells_why_and_the_way(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let address = path(&enrolment, "/lessons/steps-quiz");
    let answer = learner.get(&address);
    let locked = answer.expect(200);
    assert_eq!((&locked["state"], &locked["may_challenge"]), (&json!("locked"), &json!(true)));
    assert_eq!((&locked["needs"][0]["id"], &locked["needs"][0]["edge"]), (&json!("paths.reading"), &json!("lesson")));
    assert_eq!(
        locked["way"],
        json!({
            "lessons": [{
                "id": "first-steps", "slug": "first-steps", "title": "First steps", "course": "paths",
                "kind": "reading", "minutes": 10, "enrolled": true,
            }],
            "minutes": 10,
            "exact": true,
        })
    );
    let known = learner.request(Method::GET, &address).header("if-none-match", answer.etag());
    assert_eq!(send(known).status, 304);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    let changed = learner.request(Method::GET, &address).header("if-none-match", answer.etag());
    let open = send(changed).expect(200);
    assert_eq!((&open["state"], &open["way"], &open["may_challenge"]), (&json!("open"), &json!(null), &json!(false)));
    learner.get(&path(&enrolment, "/lessons/nothing")).problem(404, "not_found");
    learner.get(&path(&enrolment, "/lessons/NO")).problem(404, "not_found");
}

pub(super) fn a_way_leads_through_other_courses(on: Backing) {
    let server = Server::start(on);
    server.apply(&with_another_course());
    let learner = server.program("learner@example.org", &[]);
    let enrolment = learner.post("/api/v1/enrolments", &json!({ "kind": "course", "id": "further" })).expect(201);
    let next = learner.get(&path(&enrolment, "/next")).expect(200);
    assert_eq!((&next["lesson"], &next["because"]), (&json!(null), &json!("all_locked")));
    assert_eq!(next["locked"]["lesson"]["id"], "far");
    assert_eq!(steps(&next["locked"]["way"]), ["first-steps"]);
    assert_eq!(next["locked"]["way"]["lessons"][0]["enrolled"], false);
    let far = learner.get(&path(&enrolment, "/lessons/far")).expect(200);
    assert_eq!((&far["needs"][0]["edge"], &far["way"]), (&json!("course"), &next["locked"]["way"]));
    learner.get(&path(&enrolment, "/lessons/first-steps")).problem(404, "not_found");
    // The way is gone on the other course, and the lesson opens here.
    let other = enrol(&learner);
    learner.put(&path(&other, "/lessons/first-steps/completion"), &json!({})).expect(200);
    assert_eq!(learner.get(&path(&enrolment, "/next")).expect(200)["lesson"]["id"], "far");
}

fn answer(learner: &Caller<'_>, attempt: &Value, choice: &str) -> Value {
    let answers = json!({ "answers": [{ "question": "q-way", "choices": [choice] }] });
    learner.post(&format!("/api/v1/attempts/{}/answers", attempt["id"].as_str().unwrap()), &answers).expect(200)
}

pub(super) fn a_passed_challenge_skips_what_leads_to_it(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempts = path(&enrolment, "/lessons/steps-quiz/attempts");
    for without in [json!({}), json!({ "challenge": false }), json!({ "challenge": null })] {
        let locked = learner.post(&attempts, &without).problem(409, "locked");
        let detail = locked["detail"].as_str().unwrap();
        assert!(detail.contains("`first-steps`") && detail.contains("10 minutes") && detail.contains("challenge"));
    }
    send(learner.request(Method::POST, &attempts)).problem(409, "locked");
    let wrong = learner.post(&attempts, &json!({ "challenge": "yes", "x": 1 })).faults(422, "invalid");
    assert_eq!(wrong, [("/challenge".to_owned(), "type".to_owned()), ("/x".to_owned(), "unknown_field".to_owned())]);
    let challenge = || learner.post(&attempts, &json!({ "challenge": true })).expect(201);
    let failed = answer(&learner, &challenge(), "a");
    assert_eq!((&failed["challenge"], &failed["passed"]), (&json!(true), &json!(false)));
    let progress = learner.get(&path(&enrolment, "/progress")).expect(200);
    assert_eq!((&progress["done"], &progress["lessons"][0]["state"]), (&json!(0), &json!("open")));
    assert_eq!(answer(&learner, &challenge(), "b")["passed"], true);
    let progress = learner.get(&path(&enrolment, "/progress")).expect(200);
    assert_eq!((&progress["percent"], &progress["enrolment"]["state"]), (&json!(100), &json!("completed")));
    let states: Vec<_> = progress["lessons"].as_array().unwrap().iter().map(|of| of["skipped"].clone()).collect();
    assert_eq!(states, [true, false]);
    let events = learner.all("/api/v1/events", 50);
    let reasons: Vec<_> = events.iter().filter_map(|event| event["reason"]["by"].as_str()).collect();
    assert_eq!(reasons, ["passed", "skipped"]);
    let listed = learner.all(&attempts, 50);
    assert!(listed.len() == 2 && listed.iter().all(|attempt| attempt["challenge"] == true), "{listed:?}");
}

pub(super) fn an_instructor_waives_prerequisites(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let instructor = server.program("instructor@example.org", &[Role::Instructor]);
    let (lesson, waiver) = (path(&enrolment, "/lessons/steps-quiz"), path(&enrolment, "/lessons/steps-quiz/waiver"));
    let reason = |text: &str| json!({ "reason": text });
    learner.put(&waiver, &reason("please")).problem(403, "role_missing");
    learner.delete(&waiver).problem(403, "role_missing");
    instructor.delete(&waiver).problem(404, "not_found");
    for (body, code) in [(reason(""), "required"), (reason(&"x".repeat(501)), "too_long"), (json!({}), "required")] {
        assert_eq!(instructor.put(&waiver, &body).faults(422, "invalid"), [("/reason".to_owned(), code.to_owned())]);
    }
    let opened = instructor.put(&waiver, &reason("Has taught it.")).expect(200);
    assert_eq!((&opened["state"], &opened["waiver"]["by"]), (&json!("open"), &json!(instructor.id)));
    assert_eq!(instructor.put(&waiver, &reason("Has taught it.")).expect(200), opened, "once more changes nothing");
    let progress = learner.get(&path(&enrolment, "/progress")).expect(200);
    assert_eq!(progress["lessons"][1]["waiver"], opened["waiver"], "the learner sees who, why and when");
    let events = learner.all("/api/v1/events", 50);
    assert_eq!((events.len(), &events[1]["event"]), (2, &json!("prerequisites_waived")));
    assert_eq!((&events[1]["why"], &events[1]["waived_by"]), (&json!("Has taught it."), &json!(instructor.id)));
    let attempt = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    assert_eq!(attempt["challenge"], false, "it is open");
    assert_eq!(instructor.delete(&waiver).status, 204);
    assert_eq!(learner.get(&lesson).expect(200)["state"], "locked");
    assert_eq!(answer(&learner, &attempt, "b")["passed"], true);
    assert_eq!(learner.get(&lesson).expect(200)["state"], "completed");
    let nowhere = "/api/v1/enrolments/0190d6f0-0000-7000-8000-000000000009/lessons/steps-quiz/waiver";
    instructor.put(nowhere, &reason("x")).problem(404, "not_found");
}

pub(super) fn a_waiver_needs_a_scope_of_its_own(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let waiver = path(&enrolment, "/lessons/steps-quiz/waiver");
    let user = server.user("instructor@example.org", &[Role::Instructor]);
    let with = |scopes: &[Scope]| {
        let caller = Caller::program(&server, &user, &server.token(&user, scopes));
        caller.put(&waiver, &json!({ "reason": "x" })).status
    };
    assert_eq!(with(&[Scope::LearningRead, Scope::LearningWrite]), 403);
    assert_eq!(with(&[Scope::LearningWaive]), 200);
}

pub(super) fn activity_is_told_week_by_week(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    server.clock.advance(Duration::from_secs(7 * 86_400));
    let attempt = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    answer(&learner, &attempt, "b");
    let weeks = |who: &Caller<'_>, query: &str| who.get(&format!("/api/v1/activity{query}"));
    let told = weeks(&learner, "?weeks=3").expect(200);
    let numbers: Vec<_> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|week| ["lessons", "minutes", "attempts", "passed"].map(|name| week[name].as_u64().unwrap()))
        .collect();
    assert_eq!(numbers, [[0, 0, 0, 0], [1, 10, 0, 0], [1, 5, 1, 1]]);
    assert_eq!(weeks(&learner, "").expect(200)["items"].as_array().unwrap().len(), 26);
    for bad in ["0", "105", "x", "-1"] {
        let faults = weeks(&learner, &format!("?weeks={bad}")).faults(422, "invalid");
        assert_eq!(faults, [("/weeks".to_owned(), "range".to_owned())]);
    }
    let instructor = server.program("instructor@example.org", &[Role::Instructor]);
    let seen = weeks(&instructor, &format!("?weeks=3&user={}", learner.id));
    assert_eq!(seen.expect(200), told);
    let known = instructor
        .request(Method::GET, &format!("/api/v1/activity?weeks=3&user={}", learner.id))
        .header("if-none-match", seen.etag());
    assert_eq!(send(known).status, 304);
    let stranger = server.program("stranger@example.org", &[]);
    weeks(&stranger, &format!("?user={}", learner.id)).problem(403, "role_missing");
}
