//! Drills and capstones in a learner's record.

use super::*;
use crate::catalog::{CapstoneRules, Criterion, DrillRules, HandIn};
use crate::shared::CriterionId;
use cairn_drill::DrillKind;

const RULES: DrillRules =
    DrillRules { kind: DrillKind::Sql, attempts: Some(2), cool_down_seconds: 60, open_minutes: 30 };

fn drill(id: &str, needs: &[&str]) -> Document {
    let requires = Requires { lessons: needs.iter().map(|id| lesson_id(id)).collect(), ..Requires::default() };
    Document::new(id, id, Detail::Lesson(Lesson { requires, ..Lesson::drill(5, RULES) })).unwrap()
}
fn capstone(id: &str, drills: &[&str]) -> Document {
    let criterion = Criterion {
        id: CriterionId::new("way-back").unwrap(),
        title: "A way back".into(),
        about: "x".into(),
        points: 4,
    };
    let drills = drills.iter().map(|id| lesson_id(id)).collect();
    let rules = CapstoneRules { drills, rubric: vec![criterion], pass: 3, hand_in: HandIn::Text };
    Document::new(id, id, Detail::Lesson(Lesson::capstone(30, rules))).unwrap()
}
/// Course `c`: reading `a`, drill `d` that needs it, reading `b` that needs the drill, quiz `q` that needs `b`, and capstone
/// `end` on the drill.
fn practice() -> Catalogue {
    let documents = [
        reading("a", &[], &[], &[]),
        drill("d", &["a"]),
        reading("b", &[], &["d"], &[]),
        quiz("q", &[], &["b"], super::RULES),
        capstone("end", &["d"]),
        course("c", &["a", "d", "b", "q", "end"]),
    ];
    Catalogue::build(documents).unwrap()
}
fn on(catalogue: &Catalogue) -> LearningRecord {
    let mut record = record();
    record.enrol(catalogue, (&pack(), 1), &course_target("c"), enrolment_id(1), at(0)).unwrap();
    record
}
fn try_drill(
    record: &mut LearningRecord,
    (n, challenge): (u128, bool),
    passed: bool,
    second: u64,
) -> crate::Result<()> {
    let catalogue = practice();
    let started =
        record.start_drill(&catalogue, enrolment_id(1), &lesson_id("d"), (attempt_id(n), challenge), at(second))?;
    let which = (attempt_id(n), &lesson_id("d"), &started.revision, started.challenge);
    record.finish_attempt(&catalogue, &pack(), which, (if passed { 100 } else { 50 }, passed), at(second));
    Ok(())
}

#[test]
fn a_drill_is_completed_by_passing_and_by_nothing_else() {
    let (catalogue, mut record) = (practice(), on(&practice()));
    assert_eq!(code(try_drill(&mut record, (1, false), true, 1)), Code::Locked);
    record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("a"), at(2)).unwrap();
    let read = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("d"), at(3));
    assert_eq!(code(read), Code::WrongLessonKind);
    assert_eq!(code(try_quiz(&mut record, &catalogue, "d", (1, false), 100, 3)), Code::WrongLessonKind);
    let quiz = record.start_drill(&catalogue, enrolment_id(1), &lesson_id("q"), (attempt_id(1), true), at(3));
    assert_eq!(code(quiz), Code::WrongLessonKind);
    try_drill(&mut record, (1, false), false, 4).unwrap();
    assert!(!record.completed(&lesson_id("d")) && record.lessons[&lesson_id("d")].best == Some(50));
    assert_eq!(code(try_drill(&mut record, (2, false), true, 5)), Code::CoolDown);
    try_drill(&mut record, (2, false), true, 100).unwrap();
    assert!(record.completed(&lesson_id("d")));
    assert_eq!(code(try_drill(&mut record, (3, false), true, 200)), Code::AttemptsExhausted);
}

#[test]
fn a_challenged_quiz_does_not_skip_a_drill_but_a_challenged_drill_skips_what_leads_to_it() {
    let (catalogue, mut record) = (practice(), on(&practice()));
    try_quiz(&mut record, &catalogue, "q", (1, true), 100, 1).unwrap();
    let done = |record: &LearningRecord, id: &str| record.completed(&lesson_id(id));
    assert!(done(&record, "b") && !done(&record, "d") && !done(&record, "a"));
    let seen = standing(&record, 1);
    assert!(lesson_of(&catalogue, &seen, &lesson_id("d")).unwrap().may_challenge);
    try_drill(&mut record, (2, true), true, 2).unwrap();
    assert!(done(&record, "d") && done(&record, "a"));
    assert!(record.lessons[&lesson_id("a")].completed.as_ref().unwrap().skipped);
}

#[test]
fn a_capstone_opens_with_its_drills_and_takes_no_attempts() {
    let (catalogue, mut record) = (practice(), on(&practice()));
    let state = |record: &LearningRecord| {
        let standing = standing(record, 1);
        let seen = lesson_of(&catalogue, &standing, &lesson_id("end")).unwrap();
        (seen.progress.state, seen.may_challenge)
    };
    let needs = vec![need(Node::Lesson(lesson_id("d")), Edge::Lesson)];
    assert_eq!(state(&record), (LessonState::Locked { needs }, false));
    try_drill(&mut record, (1, true), true, 1).unwrap();
    assert_eq!(state(&record), (LessonState::Open, false));
    let read = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("end"), at(3));
    assert_eq!(code(read), Code::WrongLessonKind);
    let tried = record.start_drill(&catalogue, enrolment_id(1), &lesson_id("end"), (attempt_id(2), true), at(3));
    assert_eq!(code(tried), Code::WrongLessonKind);
}

#[test]
fn the_drills_of_a_capstone_are_drills_and_go_round_in_no_circle() {
    let faults = |documents: Vec<Document>| Catalogue::build(documents).unwrap_err();
    let wrong = faults(vec![capstone("end", &["a", "gone"]), reading("a", &[], &[], &[]), course("c", &["a", "end"])]);
    let fields: Vec<_> = wrong.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["capstone.drills[0]", "capstone.drills[1]"]);
    let round = faults(vec![capstone("end", &["d"]), drill("d", &["end"]), course("c", &["d", "end"])]);
    assert!(round[0].message.contains("lesson `d` needs lesson `end` needs lesson `d`"), "{}", round[0].message);
}
