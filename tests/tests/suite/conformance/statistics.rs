//! What is counted over many learners.

use cairn_domain::learning::{
    Attempt, AttemptState, Enrolled, EnrolmentState, Event, Graded, LearnerCounts, LearningRecord, QuizTally,
    ResultTally, Target, count_attempts,
};
use cairn_domain::shared::{AttemptId, ChoiceId, EnrolmentId, QuestionId, Timestamp, UserId};
use cairn_domain::{Code, Store, StoreExt};

use super::attempts::{attempt, graded, prepare};
use super::sample::*;

fn question(id: &str) -> QuestionId {
    QuestionId::new(id).unwrap()
}

fn choice(id: &str) -> ChoiceId {
    ChoiceId::new(id).unwrap()
}

/// Puts an attempt in the store, and grades it unless it is left open.
fn add(store: &dyn Store, attempt: &Attempt) {
    let open = Attempt { state: AttemptState::Open, ..attempt.clone() };
    store.write(|tx| tx.attempts_mut().insert(&open)).unwrap();
    if attempt.state != AttemptState::Open {
        store.write(|tx| tx.attempts_mut().update(attempt)).unwrap();
    }
}

fn waiting(store: &dyn Store, lesson: &str, limit: usize) -> Vec<u128> {
    let (lesson, revision) = (lesson_id(lesson), revision("quiz"));
    let found = store.read(|tx| tx.statistics().uncounted(Some((&lesson, &revision)), limit)).unwrap();
    let mut ids: Vec<_> = found.iter().map(|attempt| attempt.id.uuid().as_u128()).collect();
    ids.sort_unstable();
    ids
}

fn counted(store: &dyn Store, lesson: &str) -> QuizTally {
    store.read(|tx| tx.statistics().counted(&lesson_id(lesson), &revision("quiz"))).unwrap()
}

fn count(store: &dyn Store, limit: usize) -> usize {
    store.write(|tx| count_attempts(tx, limit)).unwrap()
}

pub(super) fn attempts_are_counted_once_and_add_up(store: &dyn Store) {
    let user = add_user(store, 1).id;
    prepare(store, user);
    assert_eq!((count(store, 10), counted(store, "q")), (0, QuizTally::default()));
    for n in 1..=4 {
        add(store, &graded(&attempt(n, user, "q"), n == 1));
    }
    add(store, &graded(&attempt(5, user, "q2"), true));
    add(store, &Attempt { revision: revision("other"), ..graded(&attempt(6, user, "q"), true) });
    add(store, &attempt(7, user, "q"));
    assert_eq!(waiting(store, "q", 10), [1, 2, 3, 4], "one that is open has nothing to count");
    assert_eq!(waiting(store, "q", 3).len(), 3);
    let found = store.read(|tx| tx.statistics().uncounted(None, 10)).unwrap();
    assert_eq!(found.len(), 6);
    let first = found.into_iter().find(|attempt| attempt.id.uuid() == uuid(1)).unwrap();
    assert_eq!(first, graded(&attempt(1, user, "q"), true), "it comes whole");
    let numbers = |store: &dyn Store| {
        let rows = store.read(|tx| tx.statistics().revisions(&lesson_id("q"))).unwrap();
        rows.into_iter().collect::<std::collections::BTreeMap<_, _>>()
    };
    let revisions = numbers(store);
    assert_eq!((revisions[&revision("quiz")], revisions[&revision("other")], revisions.len()), (4, 1, 2));

    assert_eq!((count(store, 2), count(store, 3), count(store, 10), count(store, 10)), (2, 3, 1, 0));
    assert!(waiting(store, "q", 10).is_empty());
    assert_eq!(numbers(store), revisions, "counted or not");
    let tally = counted(store, "q");
    assert_eq!(tally.results, [(75, ResultTally { attempts: 4, passed: 1 })].into());
    let one = &tally.questions[&question("one")];
    assert_eq!((one.right, one.wrong, one.unanswered), (1, 3, 0));
    assert_eq!(one.in_wrong, [(choice("a"), 3)].into());
    assert_eq!(tally.questions[&question("many")].in_wrong, [(choice("a"), 3), (choice("b"), 3)].into());
    assert_eq!(tally.questions[&question("word")].in_wrong, [].into());
    assert_eq!((counted(store, "q2").graded(), counted(store, "nothing")), (1, QuizTally::default()));

    // Later ones are added to what is there.
    let Attempt { state: AttemptState::Graded(done), .. } = graded(&attempt(8, user, "q3"), false) else { panic!() };
    let done = Graded { answers: Vec::new(), ..done };
    add(store, &Attempt { state: AttemptState::Graded(done), lesson: lesson_id("q2"), ..attempt(8, user, "q2") });
    assert_eq!(count(store, 10), 1);
    let tally = counted(store, "q2");
    assert_eq!(tally.results, [(75, ResultTally { attempts: 2, passed: 1 })].into());
    let one = &tally.questions[&question("one")];
    assert_eq!((one.right, one.wrong, one.unanswered), (1, 0, 1));
}

pub(super) fn only_what_waits_is_counted(store: &dyn Store) {
    let user = add_user(store, 1).id;
    prepare(store, user);
    add(store, &graded(&attempt(1, user, "q"), true));
    add(store, &graded(&attempt(2, user, "q"), true));
    assert_eq!(count(store, 1), 1);
    add(store, &attempt(3, user, "q"));
    let id = |n| AttemptId::new(uuid(n));
    for wrong in [vec![id(1), id(2)], vec![id(3)], vec![id(9)]] {
        let refused = store.write(|tx| tx.statistics_mut().count(&wrong, &[].into()));
        assert_eq!(code(refused), Code::Internal, "{wrong:?}");
    }
    let left = waiting(store, "q", 10);
    assert_eq!(left.len(), 1, "a refusal leaves all as it was");
    assert_eq!(counted(store, "q").graded(), 1);
}

pub(super) fn many_count_each_attempt_once(store: &dyn Store) {
    let users: Vec<_> = (1..=8).map(|n| add_user(store, n).id).collect();
    users.iter().for_each(|user| prepare_own(store, *user));
    std::thread::scope(|scope| {
        for (at, user) in (0..).zip(&users) {
            scope.spawn(move || {
                for n in 0..10 {
                    let id = 1_000 * (at + 1) + n;
                    add(store, &own(&graded(&attempt(id, *user, "q"), true)));
                    count(store, 3);
                }
            });
        }
    });
    while count(store, 50) > 0 {}
    assert_eq!(counted(store, "q").graded(), 80);
    assert_eq!(counted(store, "q").questions[&question("one")].right, 80);
}

/// An enrolment of the user's own.
fn own_enrolment(user: UserId) -> EnrolmentId {
    EnrolmentId::new(uuid(7_000 + user.uuid().as_u128()))
}

fn own(attempt: &Attempt) -> Attempt {
    Attempt { enrolment: own_enrolment(attempt.user), ..attempt.clone() }
}

fn prepare_own(store: &dyn Store, user: UserId) {
    let target = Target::Course(course_id("c"));
    enrol(store, user, own_enrolment(user).uuid().as_u128(), target, at(1));
}

fn enrol(store: &dyn Store, user: UserId, id: u128, target: Target, at: Timestamp) -> LearningRecord {
    let enrolment = EnrolmentId::new(uuid(id));
    let event = Event::Enrolled { enrolment, pack: pack_id("p"), target, release: 1 };
    store.write(|tx| append(tx, user, vec![(event.clone(), at)])).unwrap()
}

pub(super) fn learners_and_open_attempts_are_counted(store: &dyn Store) {
    let (ada, bob, eve) = (add_user(store, 1).id, add_user(store, 2).id, add_user(store, 3).id);
    let tried = |n| Event::AttemptStarted {
        attempt: AttemptId::new(uuid(n)),
        lesson: lesson_id("q"),
        revision: revision("quiz"),
        challenge: false,
    };
    for (user, events) in
        [(ada, vec![tried(1), tried(2), read_event("q")]), (bob, vec![tried(3)]), (eve, vec![read_event("a")])]
    {
        let events: Vec<_> = events.into_iter().map(|event| (event, at(1))).collect();
        store.write(|tx| append(tx, user, events.clone())).unwrap();
    }
    let learners = |lesson: &str| store.read(|tx| tx.statistics().learners(&lesson_id(lesson))).unwrap();
    assert_eq!(learners("q"), LearnerCounts { tried: 2, completed: 1 });
    assert_eq!(learners("a"), LearnerCounts { tried: 0, completed: 1 });
    assert_eq!(learners("b"), LearnerCounts::default());
    prepare(store, ada);
    add(store, &attempt(1, ada, "q"));
    add(store, &attempt(2, bob, "q"));
    add(store, &Attempt { revision: revision("other"), ..attempt(3, eve, "q") });
    add(store, &graded(&attempt(4, ada, "q2"), true));
    let open = |lesson: &str, of: &str| {
        store.read(|tx| tx.statistics().open_attempts(&lesson_id(lesson), &revision(of))).unwrap()
    };
    assert_eq!((open("q", "quiz"), open("q", "other"), open("q2", "quiz")), (2, 1, 0));
}

pub(super) fn the_newest_enrolments_come_with_their_standings(store: &dyn Store) {
    let (ada, bob, eve) = (add_user(store, 1).id, add_user(store, 2).id, add_user(store, 3).id);
    let (course, track) = (Target::Course(course_id("c")), Target::Track("c".parse().unwrap()));
    enrol(store, ada, 11, course.clone(), at(1));
    enrol(store, bob, 12, course.clone(), at(2));
    enrol(store, eve, 13, course.clone(), at(3));
    enrol(store, ada, 14, track.clone(), at(4));
    enrol(store, bob, 15, Target::Course(course_id("other")), at(5));
    let withdrawn =
        |id| Event::EnrolmentChanged { enrolment: EnrolmentId::new(uuid(id)), state: EnrolmentState::Withdrawn };
    store.write(|tx| append(tx, bob, vec![(withdrawn(12), at(6))])).unwrap();
    enrol(store, bob, 16, course.clone(), at(7));
    let read = vec![(read_event("a"), at(8)), (Event::SkillGranted { skill: skill_id("s"), lesson: None }, at(9))];
    let record = store.write(|tx| append(tx, ada, read.clone())).unwrap();
    let newest = |target: &Target, before: Option<u128>, limit| {
        let before = before.map(|id| EnrolmentId::new(uuid(id)));
        store.read(|tx| tx.statistics().newest_enrolled(target, before, limit)).unwrap()
    };
    let ids = |found: Vec<Enrolled>| -> Vec<u128> {
        found.iter().map(|one| one.standing.enrolment.id.uuid().as_u128()).collect()
    };
    assert_eq!(ids(newest(&course, None, 10)), [16, 13, 11], "what was given up is left out");
    assert_eq!(ids(newest(&course, None, 2)), [16, 13]);
    assert_eq!(ids(newest(&course, Some(13), 10)), [11]);
    assert_eq!(ids(newest(&course, Some(11), 10)), [0_u128; 0]);
    assert_eq!(ids(newest(&track, None, 10)), [14]);
    assert_eq!(ids(newest(&Target::Course(course_id("nobody")), None, 10)), [0_u128; 0]);
    for found in newest(&course, None, 10) {
        let (id, user) = (found.standing.enrolment.id, found.standing.enrolment.user);
        assert_eq!(Some(found.standing), store.read(|tx| tx.records().standing(id)).unwrap());
        let last = [(ada, at(9)), (bob, at(7)), (eve, at(3))].into_iter().find(|(of, _)| *of == user).unwrap();
        assert_eq!(found.last_event, last.1);
    }
    assert_eq!(newest(&course, Some(13), 1)[0].standing.lessons, record.lessons);
}
