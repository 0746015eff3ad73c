//! What authors learn of how their lessons fare, and of what a release changed.

use std::time::Duration;

use cairn_domain::StoreExt as _;
use cairn_domain::identity::Role;
use cairn_domain::learning::count_attempts;
use serde_json::{Value, json};

use super::client::Caller;
use super::learning::{enrol, path};
use super::pack;
use super::server::{Backing, Server};

const LESSON: &str = "/api/v1/lessons/steps-quiz/statistics";
const COURSE: &str = "/api/v1/courses/paths/statistics";
const CHANGES: &str = "/api/v1/packs/examples/releases/2/changes";
const DAY: Duration = Duration::from_secs(86_400);

fn read_on(learner: &Caller<'_>) -> Value {
    let enrolment = enrol(learner);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    enrolment
}

fn answer(learner: &Caller<'_>, enrolment: &Value, answers: &Value) {
    let attempt = learner.post(&path(enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    let address = format!("/api/v1/attempts/{}/answers", attempt["id"].as_str().unwrap());
    learner.post(&address, &json!({ "answers": answers })).expect(200);
}

fn takes(choice: &str) -> Value {
    json!([{ "question": "q-way", "choices": [choice] }])
}

pub(super) fn a_lesson_tells_which_question_fails(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let (ada, bob) = (server.program("ada@example.org", &[]), server.program("bob@example.org", &[]));
    let (of_ada, of_bob) = (read_on(&ada), read_on(&bob));
    for (learner, enrolment, answers) in [
        (&ada, &of_ada, takes("a")),
        (&ada, &of_ada, json!([])),
        (&ada, &of_ada, takes("b")),
        (&bob, &of_bob, takes("a")),
    ] {
        answer(learner, enrolment, &answers);
    }
    bob.post(&path(&of_bob, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    let shown = author.get(LESSON);
    let found = shown.expect(200);
    assert_eq!(found["learners"], json!({ "tried": 2, "completed": 1 }));
    assert_eq!(found["attempts"], json!({ "started": 5, "graded": 4, "passed": 1 }));
    assert_eq!(
        found["percent"],
        json!({ "lower_quartile": 0, "median": 0, "upper_quartile": 100, "tenths": [3, 0, 0, 0, 0, 0, 0, 0, 0, 1] })
    );
    let question = &found["questions"][0];
    assert_eq!((&question["question"], &question["failed_percent"]), (&json!("q-way"), &json!(75)));
    assert_eq!((&question["answered"], &question["wrong"], &question["unanswered"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(question["most_chosen_wrong"]["choice"], "a");
    assert_eq!(question["most_chosen_wrong"]["times"], 2);
    assert!(question["prompt"].as_str().unwrap().contains("Where does a path lead?"));
    for name in ["ada@", "bob@", ada.id.as_str(), bob.id.as_str()] {
        assert!(!shown.text().contains(name), "{}", shown.text());
    }
    // What was counted is kept for a minute, for whoever may ask, however the server counted it meanwhile.
    answer(&ada, &of_ada, &takes("b"));
    assert_eq!(author.get(LESSON).expect(200), found);
    assert_eq!(author.get(LESSON).etag(), shown.etag());
    bob.get(LESSON).problem(403, "role_missing");
    server.anybody().get(LESSON).problem(401, "unauthenticated");
    server.clock.advance(Duration::from_secs(60));
    let later = author.get(LESSON).expect(200);
    assert_eq!((&later["attempts"]["graded"], &later["attempts"]["passed"]), (&json!(5), &json!(2)));
    while server.store.write(|tx| count_attempts(tx, 2)).unwrap() > 0 {}
    server.clock.advance(Duration::from_secs(60));
    let mut folded = author.get(LESSON).expect(200);
    folded["at"] = later["at"].clone();
    assert_eq!(folded, later);
    let revision = found["revision"].as_str().unwrap();
    assert_eq!(later["revisions"], json!([{ "revision": revision, "graded": 5 }]));
    author.get(&format!("{LESSON}?revision={revision}")).expect(200);
    let other = format!("{LESSON}?revision={}", "0".repeat(64));
    assert_eq!(author.get(&other).faults(422, "invalid"), [("/revision".to_owned(), "unknown".to_owned())]);
    assert_eq!(author.get(&format!("{LESSON}?revision=x")).status, 422);
    bob.get(&format!("{LESSON}?revision=x")).problem(403, "role_missing");
    author.get("/api/v1/lessons/nothing/statistics").problem(404, "not_found");
    author.get("/api/v1/lessons/NO/statistics").problem(404, "not_found");
}

pub(super) fn a_course_tells_where_learners_stop(on: Backing) {
    let server = Server::start(on);
    let learners: Vec<_> = (0..3).map(|n| server.program(&format!("learner{n}@example.org"), &[])).collect();
    enrol(&learners[0]);
    read_on(&learners[1]);
    let done = read_on(&learners[2]);
    answer(&learners[2], &done, &takes("b"));
    server.clock.advance(DAY * 20);
    // No token is good for so many days.
    let author = server.program("author@example.org", &[Role::Author]);
    let found = author.get(COURSE).expect(200);
    assert_eq!(
        (&found["learners"], &found["newest_only"], &found["idle_days"]),
        (&json!(3), &json!(false), &json!(14))
    );
    let lesson = |at: usize| {
        let lesson = &found["lessons"][at];
        ["reached", "completed", "stopped", "median_idle_days"].map(|field| lesson[field].clone())
    };
    assert_eq!(lesson(0), [json!(3), json!(2), json!(1), json!(20)]);
    assert_eq!(lesson(1), [json!(2), json!(1), json!(1), json!(20)]);
    let longer = author.get(&format!("{COURSE}?idle_days=21")).expect(200);
    assert_eq!((&longer["lessons"][0]["stopped"], &longer["lessons"][1]["stopped"]), (&json!(0), &json!(0)));
    for (value, rule) in
        [("0", "out_of_range"), ("366", "out_of_range"), ("x", "not_a_number"), ("014", "not_a_number")]
    {
        let faults = author.get(&format!("{COURSE}?idle_days={value}")).faults(422, "invalid");
        assert_eq!(faults, [("/idle_days".to_owned(), rule.to_owned())]);
    }
    server.program("learner9@example.org", &[]).get(COURSE).problem(403, "role_missing");
    author.get("/api/v1/courses/first-steps/statistics").problem(404, "not_found");
}

pub(super) fn a_release_tells_what_it_changed(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let learner = server.program("learner@example.org", &[]);
    enrol(&learner);
    let second = pack::changed(&[
        ("courses/paths/first-steps.md", "leads", "always leads"),
        ("courses/paths/first-steps.md", "title: First steps", "title: The first steps"),
        ("courses/paths/steps-quiz.md", "pass_mark: 80", "pass_mark: 90"),
        ("courses/paths/steps-quiz.md", "text: Nowhere", "text: To nowhere"),
    ]);
    let plan = author.send_pack("/api/v1/packs/examples/plans", second.clone()).expect(200);
    let applied = author.send_pack("/api/v1/packs/examples/releases", second).expect(201);
    let changes = author.get(CHANGES);
    assert_eq!(changes.expect(200), plan);
    assert_eq!(changes.expect(200), applied["plan"]);
    assert!(!changes.etag().is_empty());
    assert_eq!(
        plan["changes"],
        json!([
            {
                "action": "changed", "kind": "lesson", "id": "first-steps", "title": "The first steps",
                "parts": ["title", "text"], "enrolments": 1,
            },
            {
                "action": "changed", "kind": "lesson", "id": "steps-quiz", "title": "Steps: quiz",
                "parts": ["rules", "questions"], "enrolments": 1,
            },
        ])
    );
    assert!(!changes.text().contains("nowhere"), "no question and no answer stands in it");
    let all = author.get(&format!("{CHANGES}?since=0")).expect(200);
    assert_eq!((&all["from"], &all["number"], all["changes"].as_array().unwrap().len()), (&json!(null), &json!(2), 6));
    for (since, rule) in [("2", "out_of_range"), ("3", "out_of_range"), ("-1", "not_a_number"), ("x", "not_a_number")] {
        let faults = author.get(&format!("{CHANGES}?since={since}")).faults(422, "invalid");
        assert_eq!(faults, [("/since".to_owned(), rule.to_owned())]);
    }
    author.get("/api/v1/packs/examples/releases/3/changes").problem(404, "not_found");
    author.get("/api/v1/packs/nothing/releases/1/changes").problem(404, "not_found");
    learner.get(CHANGES).problem(403, "role_missing");
    learner.get(&format!("{CHANGES}?since=x")).problem(403, "role_missing");
}
