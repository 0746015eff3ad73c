//! Attempts at a quiz, and answers kept under an idempotency key, over the store's contract.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use cairn_domain::catalog::*;
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{self, AttemptState, Target};
use cairn_domain::operations::{IdempotencyKey, Outcome, Rendered, once};
use cairn_domain::shared::*;
use cairn_domain::{Code, Error, StoreExt};
use cairn_memory::MemoryStore;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}
fn learner(n: u128) -> Actor {
    Actor { user: UserId::new(Uuid::from_u128(n)), roles: [Role::Learner].into(), via: Via::Operator }
}
fn lesson() -> LessonId {
    LessonId::new("quiz").unwrap()
}
fn enrolment(n: u128) -> EnrolmentId {
    EnrolmentId::new(Uuid::from_u128(n))
}
fn attempt(n: u128) -> AttemptId {
    AttemptId::new(Uuid::from_u128(n))
}
fn word(text: &str) -> Vec<GivenAnswer> {
    vec![GivenAnswer { question: QuestionId::new("q").unwrap(), answer: Answer::Text(text.into()) }]
}

/// A course of one quiz whose only question wants this word.
fn apply(store: &MemoryStore, number: u8, right: &str) {
    let rules = QuizRules { pass_mark: 100, attempts: None, cool_down_seconds: 0, questions: 1 };
    let question =
        Question { id: QuestionId::new("q").unwrap(), points: 1, prompt: "?".into(), form: QuestionForm::Text };
    let expected = Expected::Text { accept: vec![right.into()], ignore: BTreeSet::new() };
    let keyed = KeyedAnswer { expected, explanation: format!("It is {right}.") };
    let key = AnswerKey::new([(question.id.clone(), keyed)]);
    let mut quiz = Document::new("quiz", "Quiz", Detail::Lesson(Lesson::quiz(5, rules))).unwrap();
    quiz.revision = Revision::from_digest([number; 32]);
    let course = Detail::Course(Course { lessons: vec![lesson()], ..Course::default() });
    let course = Document::new("course", "Course", course).unwrap();
    let info = PackInfo {
        id: PackId::new("p").unwrap(),
        title: "P".into(),
        summary: String::new(),
        language: "en".into(),
        licence: "CC0-1.0".into(),
        authors: Vec::new(),
    };
    let draft = Draft {
        pack: info,
        digest: Revision::from_digest([number; 32]),
        documents: vec![
            DraftDocument {
                document: quiz,
                html: String::new(),
                task: Some(Task::Quiz(Quiz { questions: vec![question] }, key)),
            },
            DraftDocument { document: course, html: String::new(), task: None },
        ],
        moves: Vec::new(),
        links: Vec::new(),
        files: Vec::new(),
    };
    let id = ReleaseId::new(Uuid::from_u128(u128::from(number)));
    store.write(|tx| apply_release(tx, None, &draft, (None, ""), id, at(0))).unwrap();
}

/// A store with two users.
fn store() -> MemoryStore {
    let store = MemoryStore::default();
    for n in [1, 2] {
        let email = Email::new(&format!("user{n}@example.org")).unwrap();
        let user = User::new(learner(n).user, email, "Somebody", [], at(0)).unwrap();
        store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    }
    store
}

fn enrolled() -> MemoryStore {
    let store = store();
    apply(&store, 1, "yes");
    let target = Target::Course(CourseId::new("course").unwrap());
    for n in [1, 2] {
        store.write(|tx| learning::enrol(tx, &learner(n), &target, enrolment(n), at(1))).unwrap();
    }
    store
}
fn start(store: &MemoryStore, n: u128, id: u128) -> cairn_domain::Result<(learning::Attempt, Quiz)> {
    store.write(|tx| learning::start_attempt(tx, &learner(n), enrolment(n), &lesson(), (attempt(id), false), at(2)))
}
fn submit(store: &MemoryStore, n: u128, id: u128, answers: &[GivenAnswer]) -> cairn_domain::Result<learning::Attempt> {
    store.write(|tx| learning::submit_attempt(tx, &learner(n), attempt(id), answers, at(3)))
}

#[test]
fn one_attempt_is_open_at_a_time_and_graded_once() {
    let store = enrolled();
    start(&store, 1, 1).unwrap();
    assert_eq!(start(&store, 1, 2).unwrap_err().code(), Code::AttemptOpen);
    start(&store, 2, 3).unwrap();
    let graded = submit(&store, 1, 1, &word("no")).unwrap();
    assert!(matches!(graded.state, AttemptState::Graded(ref g) if !g.passed && g.grade.percent() == 0));
    assert_eq!(submit(&store, 1, 1, &word("yes")).unwrap_err().code(), Code::AttemptGraded);
    start(&store, 1, 4).unwrap();
    submit(&store, 1, 4, &word("yes")).unwrap();
    let record = store.read(|tx| tx.records().record(learner(1).user)).unwrap();
    assert!(record.completed(&lesson()));
    assert!(record.enrolments[&enrolment(1)].completed_at.is_some());
}

#[test]
fn anothers_attempt_does_not_exist() {
    let store = enrolled();
    start(&store, 1, 1).unwrap();
    assert_eq!(submit(&store, 2, 1, &word("yes")).unwrap_err().code(), Code::NotFound);
    let seen = store.read(|tx| learning::view_attempt(tx, &learner(2), attempt(1)).map(|_| ()));
    assert_eq!(seen.unwrap_err().code(), Code::NotFound);
    let stolen = store.write(|tx| {
        learning::start_attempt(tx, &learner(2), enrolment(1), &lesson(), (attempt(9), false), at(2)).map(|_| ())
    });
    assert_eq!(stolen.unwrap_err().code(), Code::NotFound);
}

#[test]
fn explanations_come_with_the_grade_and_not_before() {
    let store = enrolled();
    start(&store, 1, 1).unwrap();
    let explanations = || store.read(|tx| learning::view_attempt(tx, &learner(1), attempt(1))).unwrap().2;
    assert!(explanations().is_empty());
    submit(&store, 1, 1, &word("no")).unwrap();
    assert_eq!(explanations(), ["It is yes."]);
}

#[test]
fn an_attempt_is_graded_by_the_revision_it_began_with() {
    let store = enrolled();
    start(&store, 1, 1).unwrap();
    apply(&store, 2, "no");
    let graded = submit(&store, 1, 1, &word("yes")).unwrap();
    assert!(matches!(graded.state, AttemptState::Graded(ref g) if g.passed));
    start(&store, 2, 2).unwrap();
    let graded = submit(&store, 2, 2, &word("yes")).unwrap();
    assert!(matches!(graded.state, AttemptState::Graded(ref g) if !g.passed), "the new revision asks otherwise");
}

#[test]
fn answers_that_do_not_fit_leave_the_attempt_open() {
    let store = enrolled();
    start(&store, 1, 1).unwrap();
    let number = GivenAnswer { question: QuestionId::new("q").unwrap(), answer: Answer::Number("1".into()) };
    let error = submit(&store, 1, 1, &[number]).unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/answers/0");
    submit(&store, 1, 1, &word("yes")).unwrap();
}

fn rendered(body: &str) -> Rendered {
    Rendered { status: 201, headers: vec![("Location".into(), "/x".into())], body: body.into() }
}

#[test]
fn a_key_does_its_work_once() {
    let store = store();
    let (user, key) = (learner(1).user, IdempotencyKey::from_header("k").unwrap());
    let run = |user, body: u8, second, answer: cairn_domain::Result<&str>| {
        store.write(|tx| {
            once(tx, (user, &key), &Revision::from_digest([body; 32]), at(second), &mut |_| match &answer {
                Ok(text) => Ok((rendered(&format!("{text} secret")), rendered(text))),
                Err(error) => Err(Error::new(error.code(), error.message())),
            })
        })
    };
    let failed = run(user, 1, 0, Err(Error::new(Code::Locked, "no")));
    assert_eq!(failed.unwrap_err().code(), Code::Locked);
    assert_eq!(run(user, 1, 1, Ok("first")).unwrap(), Outcome::Done(rendered("first secret")));
    assert_eq!(run(user, 1, 2, Ok("second")).unwrap(), Outcome::Replayed(rendered("first")));
    assert_eq!(run(user, 2, 3, Ok("third")).unwrap_err().code(), Code::KeyReused);
    assert_eq!(run(learner(2).user, 2, 3, Ok("theirs")).unwrap(), Outcome::Done(rendered("theirs secret")));
    let day = 24 * 3600;
    assert_eq!(
        run(user, 2, 1 + day, Ok("fourth")).unwrap(),
        Outcome::Done(rendered("fourth secret")),
        "forgotten by now"
    );
}
