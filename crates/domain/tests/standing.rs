//! Waivers, activity and what is next, over the store's contract.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_domain::catalog::*;
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{self, MOST_WEEKS, Target, WeekActivity};
use cairn_domain::shared::*;
use cairn_domain::{Code, StoreExt};
use cairn_memory::MemoryStore;
use uuid::Uuid;

const WEEK: u64 = 7 * 86_400;

/// So many seconds after a Monday at noon.
fn at(second: u64) -> Timestamp {
    let noon: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    noon.plus(Duration::from_secs(second))
}
fn actor(n: u128, roles: &[Role]) -> Actor {
    let roles: BTreeSet<Role> = roles.iter().copied().chain([Role::Learner]).collect();
    Actor { user: UserId::new(Uuid::from_u128(n)), roles, via: Via::Operator }
}
fn lesson(id: &str) -> LessonId {
    LessonId::new(id).unwrap()
}
fn enrolment(n: u128) -> EnrolmentId {
    EnrolmentId::new(Uuid::from_u128(n))
}

/// Learners 1 and 2 on a course of the readings `a` and `b`, of which `b` needs `a`, and a quiz without questions that
/// nobody can pass; 3 is their instructor.
fn store() -> MemoryStore {
    let store = MemoryStore::default();
    for n in [1, 2, 3] {
        let email = Email::new(&format!("user{n}@example.org")).unwrap();
        let user = User::new(actor(n, &[]).user, email, "Somebody", [], at(0)).unwrap();
        store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    }
    let rules = QuizRules { pass_mark: 100, attempts: None, cool_down_seconds: 0, questions: 1 };
    let question =
        Question { id: QuestionId::new("x").unwrap(), points: 1, prompt: "?".into(), form: QuestionForm::Text };
    let expected = Expected::Text { accept: vec!["yes".into()], ignore: BTreeSet::new() };
    let key = AnswerKey::new([(question.id.clone(), KeyedAnswer { expected, explanation: String::new() })]);
    let b = Lesson { requires: Requires { lessons: vec![lesson("a")], ..Requires::default() }, ..Lesson::reading(20) };
    let plain = |id: &str, detail| DraftDocument {
        document: Document::new(id, id, detail).unwrap(),
        html: String::new(),
        task: None,
    };
    let course = Course { lessons: ["a", "b", "q"].map(lesson).into(), ..Course::default() };
    let info = PackInfo {
        id: PackId::new("p").unwrap(),
        title: "P".into(),
        summary: String::new(),
        language: "en".into(),
        licence: "CC0-1.0".into(),
        authors: Vec::new(),
    };
    let task = Some(Task::Quiz(Quiz { questions: vec![question] }, key));
    let draft = Draft {
        pack: info,
        digest: Revision::from_digest([1; 32]),
        documents: vec![
            plain("a", Detail::Lesson(Lesson::reading(10))),
            plain("b", Detail::Lesson(b)),
            DraftDocument { task, ..plain("q", Detail::Lesson(Lesson::quiz(5, rules))) },
            plain("course", Detail::Course(course)),
        ],
        moves: Vec::new(),
        links: Vec::new(),
        files: Vec::new(),
    };
    let id = ReleaseId::new(Uuid::from_u128(1));
    store.write(|tx| apply_release(tx, None, &draft, (None, ""), id, at(0))).unwrap();
    let target = Target::Course(CourseId::new("course").unwrap());
    for n in [1, 2] {
        store.write(|tx| learning::enrol(tx, &actor(n, &[]), &target, enrolment(n), at(1))).unwrap();
    }
    store
}

fn read(store: &MemoryStore, id: &str, second: u64) -> cairn_domain::Result<()> {
    let done = |tx: &mut dyn cairn_domain::WriteTx| {
        learning::complete_lesson(tx, &actor(1, &[]), enrolment(1), &lesson(id), at(second))
    };
    store.write(done).map(drop)
}

#[test]
fn an_instructor_waives_prerequisites_for_one_learner() {
    let store = store();
    let waive = |who: &Actor, of: u128, reason: &str| {
        store.write(|tx| learning::waive_prerequisites(tx, who, enrolment(of), &lesson("b"), reason, at(2)))
    };
    let take_back = |who: &Actor, of: u128| {
        store.write(|tx| learning::take_waiver_back(tx, who, enrolment(of), &lesson("b"), at(4)))
    };
    let instructor = actor(3, &[Role::Instructor]);
    assert_eq!(waive(&actor(1, &[Role::Author]), 1, "me").unwrap_err().code(), Code::RoleMissing);
    assert_eq!(take_back(&actor(1, &[]), 1).unwrap_err().code(), Code::RoleMissing);
    assert_eq!(waive(&instructor, 9, "nobody").unwrap_err().code(), Code::NotFound);
    assert_eq!(take_back(&instructor, 1).unwrap_err().code(), Code::NotFound);
    let standing = waive(&instructor, 1, "She taught it.").unwrap();
    assert_eq!(standing.lessons[&lesson("b")].waiver.as_ref().unwrap().reason, "She taught it.");
    read(&store, "b", 3).unwrap();
    let other =
        store.write(|tx| learning::complete_lesson(tx, &actor(2, &[]), enrolment(2), &lesson("b"), at(3)).map(drop));
    assert_eq!(other.unwrap_err().code(), Code::Locked, "it was for one learner");
    take_back(&actor(3, &[Role::Admin]), 1).unwrap();
    let record = store.read(|tx| tx.records().record(actor(1, &[]).user)).unwrap();
    assert!(record.completed(&lesson("b")) && record.lessons[&lesson("b")].waiver.is_none());
}

#[test]
fn weeks_have_what_was_done_in_them() {
    let store = store();
    read(&store, "a", WEEK).unwrap();
    let sunday = WEEK + 6 * 86_400 + 43_199;
    let attempt = |n: u128| AttemptId::new(Uuid::from_u128(n));
    let learner = actor(1, &[]);
    let try_it = |n: u128, word: &str, second: u64| {
        let given = GivenAnswer { question: QuestionId::new("x").unwrap(), answer: Answer::Text(word.into()) };
        store
            .write(|tx| {
                let which = (attempt(n), false);
                learning::start_attempt(tx, &learner, enrolment(1), &lesson("q"), which, at(second))?;
                learning::submit_attempt(tx, &learner, attempt(n), std::slice::from_ref(&given), at(second + 1))
            })
            .unwrap()
    };
    try_it(1, "no", sunday - 60);
    try_it(2, "yes", sunday);
    let weeks = |who: &Actor, of: u128, weeks: u32, second: u64| {
        store.read(|tx| learning::activity(tx, who, actor(of, &[]).user, weeks, at(second)))
    };
    let told = |all: Vec<WeekActivity>| -> Vec<(String, u32, u32, u32, u32)> {
        all.into_iter().map(|w| (w.name(), w.lessons, w.minutes, w.attempts, w.passed)).collect()
    };
    let none = |name: &str| (name.to_owned(), 0, 0, 0, 0);
    assert_eq!(
        told(weeks(&learner, 1, 4, 3 * WEEK).unwrap()),
        [
            none("2026-W02"),
            // The second attempt was answered a second later, which is Monday.
            ("2026-W03".to_owned(), 1, 10, 2, 0),
            ("2026-W04".to_owned(), 1, 5, 0, 1),
            none("2026-W05"),
        ]
    );
    assert_eq!(told(weeks(&learner, 1, 1, 3 * WEEK).unwrap()), [none("2026-W05")]);
    assert_eq!(weeks(&learner, 1, MOST_WEEKS, 3 * WEEK).unwrap().len(), 104);
    for bad in [0, MOST_WEEKS + 1] {
        assert_eq!(weeks(&learner, 1, bad, 0).unwrap_err().violations()[0].pointer, "/weeks");
    }
    assert_eq!(weeks(&actor(2, &[]), 1, 4, 0).unwrap_err().code(), Code::RoleMissing);
    let seen = weeks(&actor(3, &[Role::Instructor]), 1, 4, 3 * WEEK).unwrap();
    assert_eq!(seen, weeks(&learner, 1, 4, 3 * WEEK).unwrap());
}
