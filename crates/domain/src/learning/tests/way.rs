//! Locked lessons: the way to them, challenges, waivers, and what is next.

use super::*;
use crate::catalog::Way;

const EASY: QuizRules = QuizRules { pass_mark: 80, attempts: Some(3), cool_down_seconds: 60, questions: 5 };

fn with(mut document: Document, change: impl FnOnce(&mut Lesson)) -> Document {
    if let Detail::Lesson(lesson) = &mut document.detail {
        change(lesson);
    }
    document
}

/// Course `base`: reading `r1` teaches `s1`, quiz `q0` needs `r1`. Course `more`, which requires the skill `s1`: reading
/// `r2` needs lesson `q0` and teaches `s2`, reading `r3` needs skill `s2` and teaches `s3`, reading `r4` teaches `s3` too,
/// quiz `q` needs `s3`, and reading `end` needs `q`.
fn two_courses() -> Catalogue {
    let mut more = course("more", &["r2", "r3", "r4", "q", "end"]);
    if let Detail::Course(course) = &mut more.detail {
        course.requires.skills = skills(&["s1"]);
    }
    let documents = [
        skill("s1"),
        skill("s2"),
        skill("s3"),
        reading("r1", &["s1"], &[], &[]),
        quiz("q0", &[], &["r1"], EASY),
        course("base", &["r1", "q0"]),
        reading("r2", &["s2"], &["q0"], &[]),
        reading("r3", &["s3"], &[], &["s2"]),
        with(reading("r4", &["s3"], &[], &[]), |lesson| lesson.minutes = 60),
        with(quiz("q", &[], &[], EASY), |lesson| lesson.requires.skills = skills(&["s3"])),
        reading("end", &[], &["q"], &[]),
        more,
        track("all", &["base", "more"]),
    ];
    Catalogue::build(documents).unwrap()
}

fn on(catalogue: &Catalogue, target: &Target) -> LearningRecord {
    let mut record = record();
    record.enrol(catalogue, (&pack(), 1), target, enrolment_id(1), at(0)).unwrap();
    record
}
fn read(record: &mut LearningRecord, catalogue: &Catalogue, lesson: &str, second: u64) {
    record.complete_reading(catalogue, enrolment_id(1), &lesson_id(lesson), at(second)).unwrap();
}
fn ids(lessons: &[&str]) -> Vec<LessonId> {
    lessons.iter().map(|id| lesson_id(id)).collect()
}
fn completed(record: &LearningRecord) -> Vec<(&str, bool)> {
    let done =
        |(id, lesson): (&'_ LessonId, &LessonRecord)| lesson.completed.as_ref().map(|done| (id.clone(), done.skipped));
    let names = ["r1", "q0", "r2", "r3", "r4", "q", "end"];
    let found: BTreeMap<_, _> = record.lessons.iter().filter_map(done).collect();
    names.into_iter().filter_map(|name| found.get(&lesson_id(name)).map(|skipped| (name, *skipped))).collect()
}

#[test]
fn a_locked_lesson_tells_by_which_edge_and_the_shortest_way() {
    let catalogue = two_courses();
    let record = on(&catalogue, &track_target("all"));
    let standing = standing(&record, 1);
    let look = |id: &str| lesson_of(&catalogue, &standing, &lesson_id(id)).unwrap();
    let s1 = || Node::Skill(skills(&["s1"])[0].clone());
    let r2 = look("r2");
    let needs = vec![need(Node::Lesson(lesson_id("q0")), Edge::Lesson), need(s1(), Edge::Course)];
    assert_eq!(r2.progress.state, LessonState::Locked { needs });
    assert_eq!(r2.way, Some(Way { lessons: ids(&["r1", "q0"]), minutes: 10, exact: true }));
    assert!(!r2.may_challenge, "a reading");
    // Through r2 and r3 it is shorter than through r4, which takes an hour.
    let q = look("q");
    assert_eq!(q.way.unwrap().lessons, ids(&["r1", "q0", "r2", "r3"]));
    assert!(q.may_challenge);
    assert!(lesson_of(&catalogue, &standing, &lesson_id("none")).is_none());
    let r1 = look("r1");
    assert_eq!((r1.progress.state, r1.way), (LessonState::Open, None));
}

#[test]
fn the_refusal_of_a_locked_quiz_tells_of_the_way_and_of_the_challenge() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    let locked = try_quiz(&mut record, &catalogue, "q", (1, false), 100, 1).unwrap_err();
    assert_eq!(locked.code(), Code::Locked);
    assert_eq!(
        locked.message(),
        "The lesson `q` needs skill `s3` (taught by `r3`, `r4`) and skill `s1` (taught by `r1`) first. The shortest way \
         takes 20 minutes: `r1`, `q0`, `r2`, `r3`. Or take it as a challenge: whoever passes it need not read what leads \
         to it."
    );
    let locked = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("end"), at(1)).unwrap_err();
    assert!(!locked.message().contains("challenge"), "{}", locked.message());
}

#[test]
fn a_passed_challenge_skips_the_readings_of_its_course_and_stops_at_quizzes() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    try_quiz(&mut record, &catalogue, "q", (1, true), 79, 1).unwrap();
    assert!(completed(&record).is_empty() && record.skills.is_empty(), "failing grants nothing");
    let soon = try_quiz(&mut record, &catalogue, "q", (2, true), 100, 2).unwrap_err();
    assert_eq!(soon.code(), Code::CoolDown);
    try_quiz(&mut record, &catalogue, "q", (2, true), 80, 100).unwrap();
    assert_eq!(completed(&record), [("r2", true), ("r3", true), ("r4", true), ("q", false)]);
    assert_eq!(
        record.skills.keys().cloned().collect::<Vec<_>>(),
        skills(&["s2", "s3"]),
        "not that of the other course"
    );
    let events = record.take_changes().unwrap().events;
    let order: Vec<_> = events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::LessonCompleted { lesson, reason, .. } => Some((lesson.as_str(), reason.clone())),
            _ => None,
        })
        .collect();
    let skipped = || Reason::Skipped { quiz: lesson_id("q"), attempt: attempt_id(2) };
    assert_eq!(
        order,
        [("q", Reason::Passed { attempt: attempt_id(2) }), ("r2", skipped()), ("r3", skipped()), ("r4", skipped()),]
    );
    assert_eq!(LearningRecord::replay(record.user, &events), record);
    // What the course itself requires of another one is still to do; then the rest is open, and finishes the course.
    assert_eq!(code(record.complete_reading(&catalogue, enrolment_id(1), &lesson_id("end"), at(101))), Code::Locked);
    read(&mut record, &catalogue, "r1", 102);
    read(&mut record, &catalogue, "end", 103);
    assert!(record.courses.contains_key(&CourseId::new("more").unwrap()));
}

#[test]
fn an_attempt_at_an_open_quiz_is_no_challenge_and_attempts_are_counted_together() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    try_quiz(&mut record, &catalogue, "q0", (1, true), 0, 1).unwrap();
    read(&mut record, &catalogue, "r1", 2);
    let started =
        record.start_attempt(&catalogue, enrolment_id(1), &lesson_id("q0"), (attempt_id(2), true), at(100)).unwrap();
    assert!(!started.challenge);
    try_quiz(&mut record, &catalogue, "q0", (3, false), 0, 200).unwrap();
    assert_eq!(code(try_quiz(&mut record, &catalogue, "q0", (4, true), 100, 300)), Code::AttemptsExhausted);
    let mut fresh = on(&catalogue, &track_target("all"));
    for n in 1..=3 {
        let standing = standing(&fresh, 1);
        assert!(lesson_of(&catalogue, &standing, &lesson_id("q")).unwrap().may_challenge);
        try_quiz(&mut fresh, &catalogue, "q", (n, true), 0, n as u64 * 100).unwrap();
    }
    let standing = standing(&fresh, 1);
    assert!(!lesson_of(&catalogue, &standing, &lesson_id("q")).unwrap().may_challenge);
}

#[test]
fn whatever_was_read_while_a_challenge_was_answered_was_read() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &course_target("base"));
    let started =
        record.start_attempt(&catalogue, enrolment_id(1), &lesson_id("q0"), (attempt_id(1), true), at(1)).unwrap();
    assert!(started.challenge);
    read(&mut record, &catalogue, "r1", 2);
    let which = (attempt_id(1), &lesson_id("q0"), &started.revision, true);
    record.finish_attempt(&catalogue, &pack(), which, (100, true), at(3));
    assert_eq!(completed(&record), [("r1", false), ("q0", false)]);
    assert_eq!(record.enrolments[&enrolment_id(1)].state, EnrolmentState::Completed);
}

#[test]
fn a_waiver_opens_a_lesson_until_it_is_taken_back() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    let teacher = UserId::new(Uuid::from_u128(7));
    let (id, end) = (enrolment_id(1), lesson_id("end"));
    let waive =
        |record: &mut LearningRecord, why: &str, second| record.waive(&catalogue, id, &end, (teacher, why), at(second));
    for faulty in ["", "  ", "two\nlines", &"x".repeat(501)] {
        let refused = waive(&mut record, faulty, 1).unwrap_err();
        assert_eq!(refused.violations()[0].pointer, "/reason", "{faulty:?}");
    }
    waive(&mut record, " knows it ", 2).unwrap();
    let seq = record.seq;
    waive(&mut record, "knows it", 3).unwrap();
    assert_eq!(record.seq, seq, "the same once more changes nothing");
    let waiver = record.lessons[&end].waiver.clone().unwrap();
    assert_eq!(waiver, Waiver { by: teacher, reason: "knows it".into(), at: at(2) });
    read(&mut record, &catalogue, "end", 4);
    record.take_waiver_back(&catalogue, id, &end, teacher, at(5)).unwrap();
    assert!(record.completed(&end), "what was completed stays completed");
    assert_eq!(code(record.take_waiver_back(&catalogue, id, &end, teacher, at(6))), Code::NotFound);
    let r3 = lesson_id("r3");
    record.waive(&catalogue, id, &r3, (teacher, "x"), at(7)).unwrap();
    record.take_waiver_back(&catalogue, id, &r3, teacher, at(8)).unwrap();
    assert_eq!(code(record.complete_reading(&catalogue, id, &r3, at(9))), Code::Locked);
    let elsewhere = record.waive(&catalogue, id, &lesson_id("none"), (teacher, "x"), at(9));
    assert_eq!(code(elsewhere), Code::NotFound);
    record.change_state(&catalogue, id, EnrolmentState::Withdrawn, at(10)).unwrap();
    assert_eq!(code(record.waive(&catalogue, id, &r3, (teacher, "x"), at(11))), Code::WrongState);
    let events = record.take_changes().unwrap().events;
    assert_eq!(LearningRecord::replay(record.user, &events), record);
}

#[test]
fn a_waived_lesson_on_the_way_needs_nothing() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    record.waive(&catalogue, enrolment_id(1), &lesson_id("r3"), (record.user, "x"), at(1)).unwrap();
    let way = way_to(&catalogue, &track_target("all"), &record, &lesson_id("q")).unwrap();
    assert_eq!(way.lessons, ids(&["r3", "r1"]));
}

/// Where a learner stands and what is next: the code, the lesson, what it opens, and the sentence.
fn next(catalogue: &Catalogue, record: &LearningRecord) -> (&'static str, Option<String>, Vec<LessonId>, String) {
    let next = next_of(catalogue, &standing(record, 1));
    (next.because.code(), next.lesson.as_ref().map(ToString::to_string), next.opens.clone(), next.sentence(catalogue))
}

#[test]
fn next_explains_itself() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    let told = |code, lesson: &str, opens: &[&str], why: &str| {
        let lesson = (!lesson.is_empty()).then(|| lesson.to_owned());
        (code, lesson, ids(opens), why.to_owned())
    };
    assert_eq!(
        next(&catalogue, &record),
        told(
            "begins_course",
            "r1",
            &["q0", "r4"],
            "It begins the course “base”. Completing it opens 2 lessons (65 minutes)."
        )
    );
    read(&mut record, &catalogue, "r1", 1);
    assert_eq!(
        next(&catalogue, &record),
        told(
            "continues_course",
            "q0",
            &["r2"],
            "It goes on with the course “base”. Completing it opens 1 lesson (5 minutes)."
        )
    );
    // The other course was gone on with, so it is gone on with.
    read(&mut record, &catalogue, "r4", 2);
    assert_eq!(next(&catalogue, &record).1.as_deref(), Some("q"));
    try_quiz(&mut record, &catalogue, "q", (1, false), 100, 3).unwrap();
    read(&mut record, &catalogue, "end", 4);
    assert_eq!(
        next(&catalogue, &record),
        told(
            "only_open",
            "q0",
            &["r2"],
            "It is the only lesson that is open. Completing it opens 1 lesson (5 minutes)."
        )
    );
    record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Paused, at(5)).unwrap();
    assert_eq!(next(&catalogue, &record), told("paused", "", &[], "The enrolment is paused; resume it to go on."));
    record.change_state(&catalogue, enrolment_id(1), EnrolmentState::Withdrawn, at(6)).unwrap();
    assert_eq!(next(&catalogue, &record).0, "withdrawn");
}

#[test]
fn next_says_why_there_is_nothing() {
    let catalogue = two_courses();
    // The course alone is behind another one.
    let mut record = on(&catalogue, &course_target("more"));
    let locked = next(&catalogue, &record);
    assert_eq!((locked.0, &locked.1), ("all_locked", &None));
    assert_eq!(
        locked.3,
        "Everything that is left is locked: “r2” opens after 2 lessons (10 minutes), beginning on another course."
    );
    record.waive(&catalogue, enrolment_id(1), &lesson_id("q"), (record.user, "x"), at(1)).unwrap();
    assert_eq!(next(&catalogue, &record).1.as_deref(), Some("q"));

    let (mut record, catalogue) = (enrolled(&track_target("t")), super::catalogue());
    finish(&mut record, &catalogue);
    assert_eq!(next(&catalogue, &record).0, "optional_only");
    for lesson in ["extra", "x", "y"] {
        read(&mut record, &catalogue, lesson, 9);
    }
    let done = next(&catalogue, &record);
    assert_eq!((done.0, done.3.as_str()), ("all_done", "Everything that is required is done."));
}

#[test]
fn a_waiver_goes_with_the_lesson_when_its_id_becomes_another() {
    let catalogue = two_courses();
    let mut record = on(&catalogue, &track_target("all"));
    let step = |from: &str, to: &str| Move {
        kind: DocKind::Lesson,
        from: ContentId::new(from).unwrap(),
        to: ContentId::new(to).unwrap(),
    };
    record.waive(&catalogue, enrolment_id(1), &lesson_id("r3"), (record.user, "x"), at(1)).unwrap();
    let before = record.clone();
    assert_eq!(code(kept(&before, &record, &catalogue, &[step("r3", "end")])), Code::ProgressLost);
    record.follow(&catalogue, &pack(), &[step("r3", "end")], at(2));
    kept(&before, &record, &catalogue, &[step("r3", "end")]).unwrap();
    assert!(record.waived(&lesson_id("end")));
}

proptest! {
    /// In whatever state a learner is: completing the way in its order opens the lesson.
    #[test]
    fn the_way_can_be_gone(
        edges in prop::collection::vec((1..14_usize, 0..14_usize, any::<bool>()), 0..40),
        teachers in prop::collection::vec((0..14_usize, 0..14_usize), 0..10),
        done in prop::collection::vec(0..14_usize, 0..8),
    ) {
        // Lesson n teaches skill n, and some lessons teach a smaller one too, so that whatever needs it has a choice.
        let mut lessons: Vec<(Vec<LessonId>, Vec<SkillId>, Vec<SkillId>)> = vec![Default::default(); 14];
        let skill_id = |n: usize| SkillId::new(format!("k{n}")).unwrap();
        let name = |n: usize| format!("n{n}");
        let mut last: Vec<usize> = (0..14).collect();
        for (n, lesson) in lessons.iter_mut().enumerate() { lesson.2.push(skill_id(n)); }
        for (of, by) in teachers {
            if by > of && !lessons[by].2.contains(&skill_id(of)) {
                lessons[by].2.push(skill_id(of));
                last[of] = last[of].max(by);
            }
        }
        for (from, to, by_skill) in edges {
            if by_skill && last[to] < from { lessons[from].1.push(skill_id(to)); }
            if !by_skill && to < from { lessons[from].0.push(lesson_id(&name(to))); }
        }
        let names: Vec<String> = (0..14).map(name).collect();
        let documents = lessons.into_iter().enumerate().map(|(n, (needs, skills, teaches))| {
            with(reading(&names[n], &[], &[], &[]), |lesson| {
                lesson.minutes = n as u16 + 1;
                lesson.teaches = teaches;
                lesson.requires = Requires { skills, lessons: needs };
            })
        });
        let skills = (0..14).map(|n| skill(skill_id(n).as_str()));
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let catalogue = Catalogue::build(documents.chain(skills).chain([course("c", &all)])).unwrap();
        let mut record = on(&catalogue, &course_target("c"));
        for n in done {
            let _ = record.complete_reading(&catalogue, enrolment_id(1), &lesson_id(&name(n)), at(1));
        }
        for id in &all {
            let standing = standing(&record, 1);
            let seen = lesson_of(&catalogue, &standing, &lesson_id(id)).unwrap();
            let locked = matches!(seen.progress.state, LessonState::Locked { .. });
            prop_assert_eq!(locked, seen.way.is_some());
            let Some(way) = seen.way else { continue };
            let mut record = record.clone();
            for step in &way.lessons {
                prop_assert!(record.complete_reading(&catalogue, enrolment_id(1), step, at(2)).is_ok(), "{}", step);
            }
            prop_assert!(record.complete_reading(&catalogue, enrolment_id(1), &lesson_id(id), at(3)).is_ok());
        }
    }
}
