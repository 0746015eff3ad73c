//! Attempts at quizzes.

use cairn_domain::identity::Role;
use serde_json::{Value, json};

use super::client::Caller;
use super::learning::{enrol, path};
use super::pack;
use super::server::{Backing, Server};

fn ready(learner: &Caller<'_>) -> Value {
    let enrolment = enrol(learner);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    enrolment
}

fn answers_path(attempt: &Value) -> String {
    format!("/api/v1/attempts/{}/answers", attempt["id"].as_str().unwrap())
}

pub(super) fn an_attempt_never_tells_the_answer_before_it_is_graded(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let started = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({}));
    let attempt = started.expect(201);
    let shown = learner.get(started.header("location"));
    assert_eq!(shown.expect(200), attempt);
    for text in [started.text(), shown.text()] {
        assert!(!text.contains("correct") && !text.contains("explanation") && !text.contains("says so"), "{text}");
    }
    assert_eq!(attempt["questions"][0]["choices"].as_array().unwrap().len(), 2);
    let graded = learner
        .post(&answers_path(&attempt), &json!({ "answers": [{ "question": "q-way", "choices": ["a"] }] }))
        .expect(200);
    assert_eq!((&graded["state"], &graded["percent"], &graded["passed"]), (&json!("graded"), &json!(0), &json!(false)));
    let question = &graded["questions"][0];
    assert_eq!((&question["correct"], &question["answer"]), (&json!(false), &json!({ "choices": ["a"] })));
    assert!(question["explanation"].as_str().unwrap().contains("says so"));
    learner.post(&answers_path(&attempt), &json!({ "answers": [] })).problem(409, "attempt_graded");
    assert_eq!(learner.get(started.header("location")).expect(200), graded);
    let listed = learner.all(&path(&enrolment, "/lessons/steps-quiz/attempts"), 50);
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &json!("graded")));
}

pub(super) fn one_attempt_at_a_time_and_each_ones_own(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempts = path(&enrolment, "/lessons/steps-quiz/attempts");
    let attempt = learner.post(&attempts, &json!({})).expect(201);
    let open = learner.post(&attempts, &json!({})).problem(409, "attempt_open");
    assert!(open["detail"].as_str().unwrap().contains(attempt["id"].as_str().unwrap()));
    let instructor = server.program("instructor@example.org", &[Role::Instructor, Role::Admin]);
    instructor.post(&answers_path(&attempt), &json!({ "answers": [] })).problem(404, "not_found");
}

pub(super) fn an_instructor_sees_attempts_as_their_learner_does(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempts = path(&enrolment, "/lessons/steps-quiz/attempts");
    let attempt = learner.post(&attempts, &json!({})).expect(201);
    let address = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    let instructor = server.program("instructor@example.org", &[Role::Instructor]);
    let stranger = server.program("stranger@example.org", &[Role::Author]);
    assert_eq!(instructor.all(&attempts, 50), learner.all(&attempts, 50));
    assert_eq!(instructor.all(&attempts, 50)[0]["id"], attempt["id"]);
    let shown = instructor.get(&address);
    assert_eq!(shown.expect(200), attempt, "the questions alone while it is open");
    assert!(!shown.text().contains("correct") && !shown.text().contains("explanation"), "{}", shown.text());
    let answers = json!({ "answers": [{ "question": "q-way", "choices": ["a"] }] });
    let graded = learner.post(&answers_path(&attempt), &answers).expect(200);
    assert_eq!(instructor.get(&address).expect(200), graded);
    assert_eq!(instructor.all(&attempts, 50)[0]["state"], "graded");
    for path in [&attempts, &address] {
        stranger.get(path).problem(404, "not_found");
    }
}

pub(super) fn answers_have_a_form(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempt = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    let faults =
        |answers: Value| learner.post(&answers_path(&attempt), &json!({ "answers": answers })).faults(422, "invalid");
    let pairs = |all: &[(&str, &str)]| all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    assert_eq!(
        faults(
            json!([{ "question": "q-way" }, { "question": "q-way", "choices": ["a"], "text": "a" }, { "choices": ["a"] },
            { "question": "q-way", "number": 4 }, { "question": "Q", "text": "a", "why": 1 }, 7])
        ),
        pairs(&[
            ("/answers/0", "one_of"),
            ("/answers/1", "one_of"),
            ("/answers/2/question", "required"),
            ("/answers/3/number", "type"),
            ("/answers/4/question", "not_an_id"),
            ("/answers/4/why", "unknown_field"),
            ("/answers/5", "type")
        ])
    );
    assert_eq!(
        faults(
            json!([{ "question": "q-way", "choices": ["a", "b"] }, { "question": "other", "text": "a" }, { "question": "q-way", "text": "b" }])
        ),
        pairs(&[
            ("/answers/0/choices", "too_many"),
            ("/answers/1/question", "unknown"),
            ("/answers/2/question", "duplicate"),
            ("/answers/2", "wrong_form")
        ])
    );
    learner.post(&answers_path(&attempt), &json!({ "answers": [] })).expect(200);
}

pub(super) fn attempts_end_and_pause(on: Backing) {
    let server = Server::start(on);
    server.apply(&pack::changed(&[(
        "courses/paths/steps-quiz.md",
        "  pass_mark: 80\n",
        "  pass_mark: 80\n  attempts: 2\n  cool_down: 1m\n",
    )]));
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempts = path(&enrolment, "/lessons/steps-quiz/attempts");
    let fail = || {
        let attempt = learner.post(&attempts, &json!({})).expect(201);
        learner.post(&answers_path(&attempt), &json!({ "answers": [] })).expect(200);
    };
    fail();
    let pause = learner.post(&attempts, &json!({}));
    pause.problem(429, "cool_down");
    assert_eq!(pause.header("retry-after"), "60");
    server.clock.advance(std::time::Duration::from_secs(60));
    fail();
    server.clock.advance(std::time::Duration::from_secs(60));
    learner.post(&attempts, &json!({})).problem(409, "attempts_exhausted");
}

pub(super) fn an_attempt_stays_with_its_revision(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let author = server.program("author@example.org", &[Role::Author]);
    let enrolment = ready(&learner);
    let attempt = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
    let turned = pack::changed(&[
        ("courses/paths/steps-quiz.md", "text: Nowhere }", "text: Nowhere, correct: true }"),
        ("courses/paths/steps-quiz.md", "Somewhere, correct: true", "Somewhere"),
    ]);
    author.send_pack("/api/v1/packs/examples/releases", turned).expect(201);
    let graded = learner
        .post(&answers_path(&attempt), &json!({ "answers": [{ "question": "q-way", "choices": ["b"] }] }))
        .expect(200);
    assert_eq!((&graded["passed"], &graded["revision"]), (&json!(true), &attempt["revision"]));
}
