//! Attempts at quizzes.

use cairn_domain::catalog::{Grade, QuestionGrade};
use cairn_domain::learning::{Attempt, AttemptState, Graded};
use cairn_domain::shared::{AttemptId, EnrolmentId, LessonId, PageRequest, QuestionId, UserId};
use cairn_domain::{Code, Result, Store, StoreExt};

use super::sample::*;

pub(super) fn attempt(n: u128, user: UserId, lesson: &str) -> Attempt {
    Attempt {
        id: AttemptId::new(uuid(n)),
        user,
        enrolment: EnrolmentId::new(uuid(77)),
        lesson: lesson_id(lesson),
        revision: revision("quiz"),
        pass_mark: 80,
        challenge: n % 2 == 1,
        started_at: at(-3),
        state: AttemptState::Open,
    }
}

pub(super) fn graded(attempt: &Attempt, passed: bool) -> Attempt {
    let correct = |id: &str| QuestionGrade { question: QuestionId::new(id).unwrap(), correct: passed };
    let grade = Grade { points: 75, out_of: 100, questions: ["one", "many", "number", "word"].map(correct).into() };
    let graded = Graded { at: at(99), answers: right_answers(), grade, passed };
    Attempt { state: AttemptState::Graded(graded), ..attempt.clone() }
}

/// The enrolment that [`attempt`] refers to.
pub(super) fn prepare(store: &dyn Store, user: UserId) {
    let target = cairn_domain::learning::Target::Course(course_id("c"));
    let id = EnrolmentId::new(uuid(77));
    let enrolled = cairn_domain::learning::Event::Enrolled { enrolment: id, pack: pack_id("p"), target, release: 1 };
    store.write(|tx| append(tx, user, vec![(enrolled.clone(), at(1))])).unwrap();
}

fn insert(store: &dyn Store, attempt: &Attempt) -> Result<()> {
    store.write(|tx| tx.attempts_mut().insert(attempt))
}

fn update(store: &dyn Store, attempt: &Attempt) -> Result<()> {
    store.write(|tx| tx.attempts_mut().update(attempt))
}

fn get(store: &dyn Store, n: u128) -> Option<Attempt> {
    store.read(|tx| tx.attempts().get(AttemptId::new(uuid(n)))).unwrap()
}

fn open(store: &dyn Store, user: UserId, lesson: &LessonId) -> Option<Attempt> {
    store.read(|tx| tx.attempts().open(user, lesson)).unwrap()
}

pub(super) fn an_attempt_comes_back_open_and_graded(store: &dyn Store) {
    let user = add_user(store, 1).id;
    prepare(store, user);
    let begun = attempt(1, user, "q");
    insert(store, &begun).unwrap();
    assert_eq!(get(store, 1), Some(begun.clone()));
    assert_eq!(open(store, user, &begun.lesson), Some(begun.clone()));
    let done = graded(&begun, false);
    update(store, &done).unwrap();
    assert_eq!(get(store, 1), Some(done));
    assert_eq!(open(store, user, &begun.lesson), None);
    assert_eq!(get(store, 2), None);
    let second = attempt(2, user, "q");
    insert(store, &second).unwrap();
    let nothing = Grade { points: 0, out_of: 0, questions: Vec::new() };
    let empty = Graded { at: at(-99), answers: Vec::new(), grade: nothing, passed: true };
    let empty = Attempt { state: AttemptState::Graded(empty), ..second };
    update(store, &empty).unwrap();
    assert_eq!(get(store, 2), Some(empty));
}

pub(super) fn an_attempt_needs_its_user_and_its_enrolment(store: &dyn Store) {
    let ada = add_user(store, 1).id;
    assert_eq!(code(insert(store, &attempt(1, ada, "q"))), Code::Internal, "there is no enrolment");
    prepare(store, ada);
    assert_eq!(code(insert(store, &attempt(1, user_id(2), "q"))), Code::Internal, "there is no user");
    assert_eq!(get(store, 1), None);
    assert_eq!(open(store, user_id(2), &lesson_id("q")), None);
    insert(store, &attempt(1, ada, "q")).unwrap();
}

pub(super) fn one_attempt_is_open_at_a_time(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    prepare(store, ada);
    insert(store, &attempt(1, ada, "q")).unwrap();
    assert_eq!(code(insert(store, &attempt(2, ada, "q"))), Code::AttemptOpen);
    assert_eq!(get(store, 2), None);
    insert(store, &attempt(3, ada, "q2")).unwrap();
    insert(store, &attempt(4, bob, "q")).unwrap();
    update(store, &graded(&attempt(1, ada, "q"), true)).unwrap();
    insert(store, &attempt(5, ada, "q")).unwrap();
    assert_eq!(open(store, ada, &lesson_id("q")).unwrap().id.uuid(), uuid(5));
}

pub(super) fn an_attempt_is_graded_once(store: &dyn Store) {
    let user = add_user(store, 1).id;
    prepare(store, user);
    let first = attempt(1, user, "q");
    assert_eq!(code(update(store, &graded(&first, true))), Code::AttemptGraded, "there is none that is open");
    insert(store, &first).unwrap();
    update(store, &graded(&first, false)).unwrap();
    assert_eq!(code(update(store, &graded(&first, true))), Code::AttemptGraded);
    assert_eq!(get(store, 1), Some(graded(&first, false)), "the first grade stays");
}

pub(super) fn grading_changes_the_grade_alone(store: &dyn Store) {
    let user = add_user(store, 1).id;
    prepare(store, user);
    let first = attempt(1, user, "q");
    insert(store, &first).unwrap();
    let other = Attempt { pass_mark: 1, started_at: at(55), revision: revision("other"), ..first.clone() };
    update(store, &graded(&other, true)).unwrap();
    assert_eq!(get(store, 1), Some(graded(&first, true)));
}

pub(super) fn attempts_are_listed_by_user_and_lesson(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    prepare(store, ada);
    for (n, user, lesson) in [(5, ada, "q"), (2, ada, "q"), (3, ada, "q2"), (4, bob, "q")] {
        let attempt = attempt(n, user, lesson);
        insert(store, &attempt).unwrap();
        update(store, &graded(&attempt, false)).unwrap();
    }
    insert(store, &attempt(9, ada, "q")).unwrap();
    let list = |user, lesson: &str| {
        let (lesson, page) = (lesson_id(lesson), PageRequest::first());
        let found = store.read(|tx| tx.attempts().page(user, &lesson, &page)).unwrap();
        found.items.iter().map(|attempt| attempt.id.uuid().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(list(ada, "q"), [2, 5, 9], "open and graded, by id");
    assert_eq!(list(ada, "q2"), [3]);
    assert_eq!(list(bob, "q"), [4]);
    assert!(list(bob, "q2").is_empty());
}
