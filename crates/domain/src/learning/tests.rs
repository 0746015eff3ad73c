//! The rules of the learning record, on a small catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

mod practice;
mod way;

use super::*;
use crate::catalog::{
    Attained, Catalogue, Course, Detail, DocKind, Document, Edge, Entry, Lesson, Move, Need, Node, QuizRules, Requires,
    Track,
};
use crate::shared::{
    AttemptId, Code, ContentId, CourseId, EnrolmentId, LessonId, PackId, Revision, SkillId, Timestamp, TrackId, UserId,
};

fn at(second: u64) -> Timestamp {
    Timestamp::from_micros(0).plus(Duration::from_secs(second))
}
fn lesson_id(id: &str) -> LessonId {
    LessonId::new(id).unwrap()
}
fn skills(ids: &[&str]) -> Vec<SkillId> {
    ids.iter().map(|id| SkillId::new(id).unwrap()).collect()
}
fn enrolment_id(n: u128) -> EnrolmentId {
    EnrolmentId::new(Uuid::from_u128(n))
}
fn attempt_id(n: u128) -> AttemptId {
    AttemptId::new(Uuid::from_u128(n))
}
fn pack() -> PackId {
    PackId::new("pack").unwrap()
}
fn course_target(id: &str) -> Target {
    Target::Course(CourseId::new(id).unwrap())
}
fn track_target(id: &str) -> Target {
    Target::Track(TrackId::new(id).unwrap())
}
fn record() -> LearningRecord {
    LearningRecord::new(UserId::new(Uuid::nil()))
}

fn reading(id: &str, teaches: &[&str], needs_lessons: &[&str], needs_skills: &[&str]) -> Document {
    let requires =
        Requires { lessons: needs_lessons.iter().map(|id| lesson_id(id)).collect(), skills: skills(needs_skills) };
    Document::new(id, id, Detail::Lesson(Lesson { teaches: skills(teaches), requires, ..Lesson::reading(5) })).unwrap()
}
fn quiz(id: &str, teaches: &[&str], needs: &[&str], rules: QuizRules) -> Document {
    let requires = Requires { lessons: needs.iter().map(|id| lesson_id(id)).collect(), ..Requires::default() };
    Document::new(id, id, Detail::Lesson(Lesson { teaches: skills(teaches), requires, ..Lesson::quiz(5, rules) }))
        .unwrap()
}
fn course(id: &str, lessons: &[&str]) -> Document {
    let lessons = lessons.iter().map(|id| lesson_id(id)).collect();
    Document::new(id, id, Detail::Course(Course { lessons, ..Course::default() })).unwrap()
}
fn track(id: &str, courses: &[&str]) -> Document {
    let courses = courses.iter().map(|id| CourseId::new(id).unwrap()).collect();
    Document::new(id, id, Detail::Track(Track { courses })).unwrap()
}
fn skill(id: &str) -> Document {
    Document::new(id, id, Detail::Skill).unwrap()
}
fn optional(mut document: Document) -> Document {
    if let Detail::Lesson(lesson) = &mut document.detail {
        lesson.optional = true;
    }
    document
}

const RULES: QuizRules = QuizRules { pass_mark: 80, attempts: Some(2), cool_down_seconds: 60, questions: 5 };

/// Track `t` of courses `one` (reading `a`, quiz `b` that needs `a` and teaches `s`) and `two` (reading `c` that needs
/// skill `s`, optional reading `extra`), and `spare`, in which all is optional (readings `x` and `y`).
fn documents() -> Vec<Document> {
    vec![
        skill("s"),
        reading("a", &[], &[], &[]),
        quiz("b", &["s"], &["a"], RULES),
        reading("c", &[], &[], &["s"]),
        optional(reading("extra", &[], &[], &[])),
        course("one", &["a", "b"]),
        optional(reading("x", &[], &[], &[])),
        optional(reading("y", &[], &[], &[])),
        course("two", &["c", "extra"]),
        course("spare", &["x", "y"]),
        track("t", &["one", "spare", "two"]),
        track("leisure", &["spare"]),
    ]
}
fn catalogue() -> Catalogue {
    Catalogue::build(documents()).unwrap()
}
fn enrolled(target: &Target) -> LearningRecord {
    let mut record = record();
    record.enrol(&catalogue(), (&pack(), 1), target, enrolment_id(1), at(0)).unwrap();
    record
}
/// Takes an attempt with this result.
fn attempt(record: &mut LearningRecord, catalogue: &Catalogue, n: u128, percent: u8, second: u64) -> crate::Result<()> {
    try_quiz(record, catalogue, "b", (n, false), percent, second)
}
/// Takes an attempt at a quiz with this result; also one that is locked when it is to be a challenge.
fn try_quiz(
    record: &mut LearningRecord,
    catalogue: &Catalogue,
    quiz: &str,
    (n, challenge): (u128, bool),
    percent: u8,
    second: u64,
) -> crate::Result<()> {
    let attempt = (attempt_id(n), challenge);
    let started = record.start_attempt(catalogue, enrolment_id(1), &lesson_id(quiz), attempt, at(second))?;
    let result = (percent, percent >= started.rules.pass_mark);
    let which = (attempt_id(n), &lesson_id(quiz), &started.revision, started.challenge);
    record.finish_attempt(catalogue, &pack(), which, result, at(second));
    Ok(())
}
fn standing(record: &LearningRecord, n: u128) -> Standing {
    record.clone().into_standing(enrolment_id(n)).unwrap()
}
fn code<T: std::fmt::Debug>(result: crate::Result<T>) -> Code {
    result.unwrap_err().code()
}

fn need(node: Node, edge: Edge) -> Need {
    Need { node, edge }
}

#[test]
fn one_open_enrolment_on_a_target() {
    let mut record = enrolled(&track_target("t"));
    let catalogue = catalogue();
    let again = record.enrol(&catalogue, (&pack(), 1), &track_target("t"), enrolment_id(2), at(1));
    assert_eq!(code(again), Code::AlreadyEnrolled);
    record.enrol(&catalogue, (&pack(), 1), &course_target("one"), enrolment_id(3), at(1)).unwrap();
    record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Withdrawn, at(2)).unwrap();
    record.enrol(&catalogue, (&pack(), 1), &track_target("t"), enrolment_id(4), at(3)).unwrap();
}

#[test]
fn nobody_enrols_on_what_is_not_there_or_retired() {
    let mut record = record();
    let missing = record.enrol(&catalogue(), (&pack(), 1), &course_target("none"), enrolment_id(1), at(0));
    assert_eq!(code(missing), Code::NotFound);
    let retired = documents().into_iter().map(|d| Entry { retired: d.id.as_str() == "one", ..Entry::live(d) });
    let catalogue = Catalogue::restore(retired);
    let gone = record.enrol(&catalogue, (&pack(), 1), &course_target("one"), enrolment_id(1), at(0));
    assert_eq!(code(gone), Code::TargetRetired);
    assert!(record.take_changes().is_none(), "a refusal notes nothing");
}

#[test]
fn a_lesson_stays_locked_until_its_prerequisites_are_met() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    let early = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("c"), at(1)).unwrap_err();
    assert_eq!(early.code(), Code::Locked);
    assert_eq!(
        early.message(),
        "The lesson `c` needs skill `s` (taught by `b`) first. The shortest way takes 10 minutes: `a`, `b`."
    );
    assert_eq!(code(attempt(&mut record, &catalogue, 1, 100, 1)), Code::Locked);
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(2)).unwrap();
    attempt(&mut record, &catalogue, 2, 100, 3).unwrap();
    assert_eq!(record.skills.get(&skills(&["s"])[0]), Some(&at(3)));
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("c"), at(4)).unwrap();
}

#[test]
fn each_kind_of_lesson_is_completed_in_its_own_way() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    let quiz_as_reading = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("b"), at(1));
    assert_eq!(code(quiz_as_reading), Code::WrongLessonKind);
    let reading_as_quiz =
        record.start_attempt(&catalogue, enrolment_id(1), &lesson_id("a"), (attempt_id(1), true), at(1));
    assert_eq!(code(reading_as_quiz), Code::WrongLessonKind);
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(1)).unwrap();
    let before = record.clone();
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(9)).unwrap();
    assert_eq!(record, before, "a second time changes nothing");
}

#[test]
fn only_lessons_of_the_target_count_on_an_enrolment() {
    let (mut record, catalogue) = (enrolled(&course_target("two")), catalogue());
    let foreign = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(1));
    assert_eq!(code(foreign), Code::NotFound);
    let nobodys = record.complete_reading(&catalogue, enrolment_id(7), &lesson_id("extra"), at(1));
    assert_eq!(code(nobodys), Code::NotFound);
}

#[test]
fn a_paused_enrolment_waits_and_a_withdrawn_one_is_over() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Paused, at(1)).unwrap();
    let paused = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(2));
    assert_eq!(code(paused), Code::WrongState);
    record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Active, at(3)).unwrap();
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(4)).unwrap();
    record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Withdrawn, at(5)).unwrap();
    let back = record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Active, at(6));
    assert_eq!(code(back), Code::WrongState);
    assert!(record.completed(&lesson_id("a")), "what was proved stays proved");
    assert_eq!(record.enrolments[&enrolment_id(1)].version, 4);
}

#[test]
fn a_quiz_has_a_pass_mark_a_pause_and_an_end() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(0)).unwrap();
    attempt(&mut record, &catalogue, 1, 79, 100).unwrap();
    assert!(!record.completed(&lesson_id("b")));
    let soon = attempt(&mut record, &catalogue, 2, 100, 159).unwrap_err();
    assert_eq!((soon.code(), soon.retry_after()), (Code::CoolDown, Some(Duration::from_secs(1))));
    attempt(&mut record, &catalogue, 2, 50, 160).unwrap();
    assert_eq!(record.lessons[&lesson_id("b")].best, Some(79));
    assert_eq!(code(attempt(&mut record, &catalogue, 3, 100, 9999)), Code::AttemptsExhausted);
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_pause() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(0)).unwrap();
    let day = 86_400;
    attempt(&mut record, &catalogue, 1, 0, day).unwrap();
    // Clocks that differ a little cost no more than that beside the pause, and give nothing away.
    let skewed = attempt(&mut record, &catalogue, 2, 100, day - 2).unwrap_err();
    assert_eq!((skewed.code(), skewed.retry_after()), (Code::CoolDown, Some(Duration::from_secs(62))));
    attempt(&mut record, &catalogue, 2, 0, 100).unwrap();
    assert_eq!(record.lessons[&lesson_id("b")].failed_at, Some(at(100)), "which puts the clock of the pause right");
}

#[test]
fn a_new_revision_of_a_quiz_allows_new_attempts() {
    let (mut record, old) = (enrolled(&track_target("t")), catalogue());
    record.complete_reading(&old, enrolment_id(1), &lesson_id("a"), at(0)).unwrap();
    attempt(&mut record, &old, 1, 0, 100).unwrap();
    attempt(&mut record, &old, 2, 0, 200).unwrap();
    let mended = documents().into_iter().map(|d| {
        let revision = if d.id.as_str() == "b" { Revision::from_digest([1; 32]) } else { d.revision.clone() };
        Document { revision, ..d }
    });
    attempt(&mut record, &Catalogue::build(mended).unwrap(), 3, 80, 300).unwrap();
    assert!(record.completed(&lesson_id("b")));
    assert_eq!(record.lessons[&lesson_id("b")].attempts, 1);
    // So does the way back to the revision before: counting starts anew whenever the quiz changes.
    attempt(&mut record, &old, 4, 0, 400).unwrap();
    attempt(&mut record, &old, 5, 0, 500).unwrap();
    assert_eq!(code(attempt(&mut record, &old, 6, 0, 600)), Code::AttemptsExhausted);
}

fn finish(record: &mut LearningRecord, catalogue: &Catalogue) {
    record.complete_reading(catalogue, enrolment_id(1), &lesson_id("a"), at(1)).unwrap();
    attempt(record, catalogue, 1, 100, 2).unwrap();
    record.complete_reading(catalogue, enrolment_id(1), &lesson_id("c"), at(3)).unwrap();
}

#[test]
fn a_track_is_complete_with_the_required_lessons_of_all_its_courses() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    finish(&mut record, &catalogue);
    let enrolment = &record.enrolments[&enrolment_id(1)];
    assert_eq!((enrolment.state, enrolment.completed_at), (EnrolmentState::Completed, Some(at(3))));
    assert_eq!(record.courses.values().copied().collect::<Vec<_>>(), [at(2), at(3)]);
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("extra"), at(4)).unwrap();
}

#[test]
fn what_was_proved_once_counts_on_every_enrolment() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    finish(&mut record, &catalogue);
    record.enrol(&catalogue, (&pack(), 1), &course_target("one"), enrolment_id(2), at(9)).unwrap();
    assert_eq!(record.enrolments[&enrolment_id(2)].state, EnrolmentState::Completed);
}

#[test]
fn progress_tells_states_counts_and_what_is_next() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(1)).unwrap();
    let standing = standing(&record, 1);
    let progress = progress_of(&catalogue, &standing);
    let states: Vec<_> = progress.lessons.iter().map(|l| (l.lesson.id().as_str(), l.state.clone())).collect();
    assert_eq!(
        states,
        [
            ("a", LessonState::Completed { at: at(1) }),
            ("b", LessonState::Open),
            ("x", LessonState::Open),
            ("y", LessonState::Open),
            ("c", LessonState::Locked { needs: vec![need(Node::Skill(skills(&["s"])[0].clone()), Edge::Lesson)] }),
            ("extra", LessonState::Open),
        ]
    );
    assert_eq!((progress.done, progress.required, progress.percent()), (1, 3, 33));
    assert_eq!(progress.next, Some(lesson_id("b")));
}

#[test]
fn an_optional_lesson_is_next_only_when_nothing_else_is() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    finish(&mut record, &catalogue);
    let standing = standing(&record, 1);
    let progress = progress_of(&catalogue, &standing);
    assert_eq!((progress.next.clone(), progress.percent()), (Some(lesson_id("x")), 100));
}

#[test]
fn what_is_optional_alone_is_finished_as_a_whole() {
    for target in [course_target("spare"), track_target("leisure")] {
        let (mut record, catalogue) = (enrolled(&target), catalogue());
        record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("x"), at(1)).unwrap();
        let half = standing(&record, 1);
        let progress = progress_of(&catalogue, &half);
        assert_eq!((progress.done, progress.required, progress.percent()), (1, 2, 50), "{target}");
        assert_eq!(progress.next, Some(lesson_id("y")));
        record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("y"), at(2)).unwrap();
        assert_eq!(record.enrolments[&enrolment_id(1)].completed_at, Some(at(2)), "{target}");
        assert_eq!(record.courses.len(), 1);
    }
}

fn entries_without(gone: &str) -> Catalogue {
    Catalogue::restore(documents().into_iter().map(|d| Entry { retired: d.id.as_str() == gone, ..Entry::live(d) }))
}

#[test]
fn a_retired_lesson_is_no_longer_needed_and_a_finished_course_stays_finished() {
    let mut record = enrolled(&course_target("one"));
    record.complete_reading(&catalogue(), enrolment_id(1), &lesson_id("a"), at(1)).unwrap();
    let smaller = entries_without("b");
    let before = record.clone();
    record.settle(&smaller, &pack(), at(5));
    assert_eq!(record.enrolments[&enrolment_id(1)].state, EnrolmentState::Completed);
    kept(&before, &record, &catalogue(), &[]).unwrap();
    // It comes back, as an addition would: nothing is reopened.
    let finished = record.clone();
    record.settle(&catalogue(), &pack(), at(6));
    assert_eq!(record, finished);
    assert_eq!(progress_of(&catalogue(), &standing(&record, 1)).percent(), 100);
}

#[test]
fn keeping_is_checked_for_lessons_skills_courses_and_enrolments() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    finish(&mut record, &catalogue);
    kept(&record, &record, &catalogue, &[]).unwrap();
    type Break = fn(&mut LearningRecord);
    let broken: [(&str, Break); 5] = [
        ("lesson", |r| _ = r.lessons.remove(&lesson_id("a"))),
        ("lesson", |r| r.lessons.get_mut(&lesson_id("c")).unwrap().completed = None),
        ("skill", |r| r.skills.clear()),
        ("course", |r| _ = r.courses.pop_first()),
        ("enrolment", |r| r.enrolments.get_mut(&enrolment_id(1)).unwrap().state = EnrolmentState::Active),
    ];
    for (what, breaks) in broken {
        let mut after = record.clone();
        breaks(&mut after);
        let error = kept(&record, &after, &catalogue, &[]).unwrap_err();
        assert_eq!(error.code(), Code::ProgressLost);
        assert!(error.message().contains(what), "{}", error.message());
    }
    let moved = Move { kind: DocKind::Lesson, from: ContentId::new("a").unwrap(), to: ContentId::new("z").unwrap() };
    assert_eq!(code(kept(&record, &record, &catalogue, &[moved])), Code::ProgressLost, "a move owes the new id");
    let more = documents().into_iter().map(|d| if d.id.as_str() == "a" { reading("a", &["s2"], &[], &[]) } else { d });
    let more = Catalogue::build(more.chain([skill("s2")])).unwrap();
    let error = kept(&record, &record, &more, &[]).unwrap_err();
    assert!(error.message().contains("the skill `s2`"), "what a lesson has come to teach is owed as well");
}

#[test]
fn rows_to_write_are_those_that_changed() {
    let (mut record, catalogue) = (enrolled(&track_target("t")), catalogue());
    record.take_changes().unwrap();
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(1)).unwrap();
    let changes = record.take_changes().unwrap();
    assert_eq!(changes.lessons.len(), 1);
    assert!(changes.skills.is_empty() && changes.courses.is_empty() && changes.enrolments.is_empty());
    assert_eq!((changes.events.len(), changes.events[0].seq), (1, 2));
    assert!(record.take_changes().is_none());
}

/// What a learner may try in a property test, in any order.
#[derive(Debug, Clone)]
enum Step {
    Enrol(usize),
    Change(u128, EnrolmentState),
    Read(u128, usize),
    Try(u128, u8, bool),
    Waive(u128, usize),
    TakeBack(u128, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..5_usize).prop_map(Step::Enrol),
        (1..6_u128, 0..4_usize).prop_map(|(n, state)| Step::Change(n, EnrolmentState::ALL[state])),
        (1..6_u128, 0..6_usize).prop_map(|(n, lesson)| Step::Read(n, lesson)),
        (1..6_u128, 0..=100_u8, any::<bool>()).prop_map(|(n, percent, challenge)| Step::Try(n, percent, challenge)),
        (1..6_u128, 0..6_usize).prop_map(|(n, lesson)| Step::Waive(n, lesson)),
        (1..6_u128, 0..6_usize).prop_map(|(n, lesson)| Step::TakeBack(n, lesson)),
    ]
}

fn play(
    steps: &[Step],
    mut after_each: impl FnMut(&LearningRecord, &LearningRecord),
) -> (LearningRecord, Vec<RecordedEvent>) {
    let catalogue = catalogue();
    let targets = [
        track_target("t"),
        course_target("one"),
        course_target("two"),
        course_target("spare"),
        track_target("leisure"),
    ];
    let lesson = |n: &usize| lesson_id(["a", "c", "extra", "b", "x", "y"][*n]);
    let (mut record, mut events) = (record(), Vec::new());
    for (n, step) in steps.iter().enumerate() {
        let (before, now) = (record.clone(), at(n as u64 * 100));
        let next = enrolment_id(record.enrolments.len() as u128 + 1);
        let _ = match step {
            Step::Enrol(target) => record.enrol(&catalogue, (&pack(), 1), &targets[*target], next, now),
            Step::Change(n, state) => record.change_state(&catalogue, enrolment_id(*n), *state, now),
            Step::Read(n, which) => record.complete_reading(&catalogue, enrolment_id(*n), &lesson(which), now),
            Step::Try(on, percent, challenge) => {
                let attempt = attempt_id(n as u128);
                let started =
                    record.start_attempt(&catalogue, enrolment_id(*on), &lesson_id("b"), (attempt, *challenge), now);
                started.map(|started| {
                    let result = (*percent, *percent >= started.rules.pass_mark);
                    let which = (attempt, &lesson_id("b"), &started.revision, started.challenge);
                    record.finish_attempt(&catalogue, &pack(), which, result, now);
                })
            }
            Step::Waive(n, which) => {
                let by = (UserId::new(Uuid::from_u128(9)), "because");
                record.waive(&catalogue, enrolment_id(*n), &lesson(which), by, now)
            }
            Step::TakeBack(n, which) => {
                record.take_waiver_back(&catalogue, enrolment_id(*n), &lesson(which), record.user, now)
            }
        };
        after_each(&before, &record);
        if let Some(changes) = record.take_changes() {
            events.extend(changes.events);
        }
    }
    (record, events)
}

proptest! {
    /// State and events never differ.
    #[test]
    fn replaying_the_events_gives_the_record(steps in prop::collection::vec(step(), 0..60)) {
        let (record, events) = play(&steps, |_, _| ());
        prop_assert_eq!(LearningRecord::replay(record.user, &events), record);
        prop_assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq), "numbers have no gaps");
    }

    /// Whatever is tried: what was achieved only grows, no lesson is completed before what it needs, and a refusal
    /// leaves no trace.
    #[test]
    fn achievements_only_grow_and_respect_the_graph(steps in prop::collection::vec(step(), 0..60)) {
        let mut waived = BTreeSet::new();
        let (record, _) = play(&steps, |before, after| {
            for (id, lesson) in &after.lessons {
                if lesson.waiver.is_some() { waived.insert(id.clone()); }
            }
            let without = |record: &LearningRecord| {
                let mut record = record.clone();
                record.lessons.values_mut().for_each(|lesson| lesson.waiver = None);
                record
            };
            kept(&without(before), after, &catalogue(), &[]).unwrap();
        });
        let done = |id: &str| record.lessons.get(&lesson_id(id)).and_then(|l| l.completed.as_ref()).map(|c| c.at);
        let waived = |id: &str| waived.contains(&lesson_id(id));
        if let (Some(b), false) = (done("b"), waived("b")) { prop_assert!(done("a").unwrap() <= b); }
        if let (Some(c), false) = (done("c"), waived("c")) { prop_assert!(done("b").unwrap() <= c); }
        for enrolment in record.enrolments.values() {
            let standing = record.clone().into_standing(enrolment.id).unwrap();
            let catalogue = catalogue();
            let progress = progress_of(&catalogue, &standing);
            // What is next is open, and there is always a next lesson while one is open.
            let next = next_of(&catalogue, &standing);
            prop_assert_eq!(&next.lesson, &progress.next);
            let going = matches!(enrolment.state, EnrolmentState::Active | EnrolmentState::Completed);
            let open: Vec<_> = progress.lessons.iter().filter(|of| of.state == LessonState::Open).collect();
            prop_assert_eq!(next.lesson.is_some(), going && !open.is_empty());
            if let Some(next) = &next.lesson {
                prop_assert!(open.iter().any(|of| LessonId::from(of.lesson.id()) == *next));
            }
            prop_assert!(!next.sentence(&catalogue).is_empty());
            let complete = progress.done == progress.required;
            prop_assert_eq!(progress.percent() == 100, complete);
            if enrolment.state == EnrolmentState::Active { prop_assert!(!complete, "a complete enrolment was left active"); }
        }
    }

    /// Only one enrolment on a target is open at a time.
    #[test]
    fn open_enrolments_are_unique(steps in prop::collection::vec(step(), 0..60)) {
        let (record, _) = play(&steps, |_, _| ());
        let mut open: BTreeMap<Target, u32> = BTreeMap::new();
        for enrolment in record.enrolments.values().filter(|e| e.state.is_open()) {
            *open.entry(enrolment.target.clone()).or_default() += 1;
        }
        prop_assert!(open.values().all(|&n| n == 1));
    }
}
