//! Learning records: events and the rows that follow from them.

use cairn_domain::learning::{
    EnrolmentState, Event, LearningRecord, RecordChanges, RecordedEvent, Tally, Target, Touched,
};
use cairn_domain::shared::{AttemptId, EnrolmentId, PageRequest, SkillId, Timestamp, TrackId, UserId};
use cairn_domain::{Code, Result, Store, StoreExt};

use super::sample::*;

fn enrolment(n: u128) -> EnrolmentId {
    EnrolmentId::new(uuid(n))
}

fn on_course(id: &str) -> Target {
    Target::Course(course_id(id))
}

fn on_track(id: &str) -> Target {
    Target::Track(TrackId::new(id).unwrap())
}

fn enrolled(n: u128, pack: &str, target: Target) -> Event {
    Event::Enrolled { enrolment: enrolment(n), pack: pack_id(pack), target, release: 3 }
}

fn changed(n: u128, state: EnrolmentState) -> Event {
    Event::EnrolmentChanged { enrolment: enrolment(n), state }
}

fn granted(skill: &str) -> Event {
    Event::SkillGranted { skill: SkillId::new(skill).unwrap(), lesson: Some(lesson_id("a")) }
}

fn finished(course: &str) -> Event {
    Event::CourseCompleted { course: course_id(course) }
}

fn tried(lesson: &str, percent: u8) -> [Event; 2] {
    let (attempt, lesson) = (AttemptId::new(fresh()), lesson_id(lesson));
    let revision = revision("quiz");
    [
        Event::AttemptStarted { attempt, lesson: lesson.clone(), revision: revision.clone(), challenge: percent > 50 },
        Event::AttemptGraded { attempt, lesson, revision, percent, passed: percent >= 80 },
    ]
}

fn skipped(lesson: &str) -> Event {
    let reason = cairn_domain::learning::Reason::Skipped { quiz: lesson_id("q"), attempt: AttemptId::new(uuid(5)) };
    Event::LessonCompleted { lesson: lesson_id(lesson), revision: revision(lesson), reason }
}

fn waived(lesson: &str, why: &str) -> Event {
    Event::PrerequisitesWaived { lesson: lesson_id(lesson), waived_by: user_id(77), why: why.to_owned() }
}

fn save(store: &dyn Store, user: UserId, events: impl IntoIterator<Item = Event>) -> LearningRecord {
    let events: Vec<_> = events.into_iter().map(|event| (event, at(10))).collect();
    store.write(|tx| append(tx, user, events.clone())).unwrap()
}

fn record(store: &dyn Store, user: UserId) -> LearningRecord {
    store.read(|tx| tx.records().record(user)).unwrap()
}

pub(super) fn a_record_begins_empty(store: &dyn Store) {
    let user = add_user(store, 1).id;
    assert_eq!(record(store, user), LearningRecord::new(user));
    store
        .read(|tx| {
            let records = tx.records();
            assert_eq!(records.enrolment(enrolment(1))?, None);
            assert_eq!(records.standing(enrolment(1))?, None);
            assert!(records.enrolments(user, &PageRequest::first())?.items.is_empty());
            assert!(records.events(user, &PageRequest::first())?.items.is_empty());
            assert!(records.enrolments_by_target(&pack_id("p"))?.is_empty());
            assert_eq!(records.tally()?, Tally::default());
            let everything = Touched { lessons: [lesson_id("a")].into(), ..Touched::default() };
            assert!(records.touched(&everything, None, 10)?.is_empty());
            Ok(())
        })
        .unwrap();
}

/// Every event there is, with times of their own.
fn every_event() -> Vec<(Event, Timestamp)> {
    let [started, graded] = tried("q", 40);
    let [again, passed] = tried("q", 100);
    let read = |lesson: &str| Event::LessonCompleted {
        lesson: lesson_id(lesson),
        revision: revision(lesson),
        reason: cairn_domain::learning::Reason::Read { enrolment: enrolment(1) },
    };
    let events = [
        enrolled(1, "p", on_course("c")),
        enrolled(2, "p", on_track("t")),
        changed(2, EnrolmentState::Paused),
        Event::EnrolmentMoved { enrolment: enrolment(2), target: on_track("t2") },
        read("a"),
        read_event("b"),
        granted("s1"),
        Event::SkillGranted { skill: skill_id("s2"), lesson: None },
        started,
        graded,
        again,
        passed,
        skipped("d"),
        Event::LessonCompleted {
            lesson: lesson_id("e"),
            revision: revision("e"),
            reason: cairn_domain::learning::Reason::Moved { from: lesson_id("d") },
        },
        waived("d", "Knows \"d\" 🦀"),
        waived("f", "x"),
        Event::WaiverTakenBack { lesson: lesson_id("f"), taken_back_by: user_id(78) },
        waived("q", "after trying"),
        finished("c"),
        Event::EnrolmentCompleted { enrolment: enrolment(1) },
        changed(2, EnrolmentState::Withdrawn),
    ];
    events.into_iter().enumerate().map(|(n, event)| (event, at(n as i64 * 1_000_003 - 7))).collect()
}

pub(super) fn events_and_rows_are_written_together(store: &dyn Store) {
    let user = add_user(store, 1).id;
    // In one call and in one call each; the outcome is the same.
    let other = add_user(store, 2).id;
    let at_once = store.write(|tx| append(tx, user, every_event())).unwrap();
    assert_eq!(record(store, user), at_once);
    let ids = [(enrolment(1), enrolment(3)), (enrolment(2), enrolment(4))];
    for (event, at) in every_event() {
        let event = renumbered(event, &ids);
        let expected = store.write(|tx| append(tx, other, vec![(event.clone(), at)])).unwrap();
        assert_eq!(record(store, other), expected);
    }
    let events = pages(store, 200, |tx, page| tx.records().events(user, page));
    let expected: Vec<_> = (1..).zip(every_event()).map(|(seq, (event, at))| (seq, at, tag(&event))).collect();
    assert_eq!(events.iter().map(|e| (e.seq, e.at, tag(&e.event))).collect::<Vec<_>>(), expected);
    assert!(events.iter().all(|event| event.user == user));
    assert_eq!(LearningRecord::replay(user, &events), at_once);
    for (id, enrolment) in &at_once.enrolments {
        assert_eq!(store.read(|tx| tx.records().enrolment(*id)).unwrap().as_ref(), Some(enrolment));
    }
    assert_eq!(at_once.enrolments[&enrolment(2)].version, 4);
}

/// The event with other enrolments, which belong to one user each.
fn renumbered(mut event: Event, ids: &[(EnrolmentId, EnrolmentId)]) -> Event {
    if let Event::Enrolled { enrolment, .. }
    | Event::EnrolmentChanged { enrolment, .. }
    | Event::EnrolmentMoved { enrolment, .. }
    | Event::EnrolmentCompleted { enrolment } = &mut event
    {
        *enrolment = ids.iter().find(|(from, _)| from == enrolment).unwrap().1;
    }
    event
}

/// An event without the attempt's id, which is made anew in each call.
fn tag(event: &Event) -> String {
    match event {
        Event::AttemptStarted { lesson, .. } => format!("started {lesson}"),
        Event::AttemptGraded { lesson, percent, .. } => format!("graded {lesson} {percent}"),
        other => format!("{other:?}"),
    }
}

pub(super) fn events_have_no_gaps(store: &dyn Store) {
    let user = add_user(store, 1).id;
    let at_seq = |seq: u64| {
        let event = RecordedEvent { user, seq, at: at(1), event: finished("c") };
        let courses = vec![(course_id("c"), at(1))];
        let (lessons, skills, enrolments) = (Vec::new(), Vec::new(), Vec::new());
        let changes = RecordChanges { user, events: vec![event], lessons, skills, courses, enrolments };
        store.write(|tx| tx.records_mut().save(&changes))
    };
    for seq in [0, 2, 5] {
        assert_eq!(code(at_seq(seq)), Code::Stale, "{seq} on an empty record");
    }
    assert_eq!(record(store, user), LearningRecord::new(user));
    let saved = save(store, user, [granted("s1"), granted("s2")]);
    for seq in [1, 2, 4, u64::from(u32::MAX)] {
        assert_eq!(code(at_seq(seq)), Code::Stale, "{seq} after 2");
    }
    assert_eq!(record(store, user), saved, "nothing of it was written");
    at_seq(3).unwrap();
    assert_eq!(record(store, user).seq, 3);
}

pub(super) fn a_record_needs_its_user(store: &dyn Store) {
    let user = user_id(1);
    let save = || store.write(|tx| append(tx, user, vec![(enrolled(1, "p", on_course("c")), at(1))]));
    assert_eq!(code(save()), Code::Internal);
    assert_eq!(record(store, user), LearningRecord::new(user));
    assert_eq!(store.read(|tx| tx.records().enrolment(enrolment(1))).unwrap(), None);
    add_user(store, 1);
    save().unwrap();
}

pub(super) fn a_record_changes_by_events_only(store: &dyn Store) {
    let user = add_user(store, 1).id;
    let saved = save(store, user, [granted("s1")]);
    let courses = vec![(course_id("c"), at(1))];
    let (events, lessons, skills, enrolments) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let changes = RecordChanges { user, events, lessons, skills, courses, enrolments };
    assert_eq!(code(store.write(|tx| tx.records_mut().save(&changes))), Code::Internal);
    assert_eq!(record(store, user), saved);
}

pub(super) fn a_standing_has_what_progress_needs(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    let of_ada = save(store, ada, every_event().into_iter().map(|(event, _)| event));
    save(store, bob, [enrolled(9, "p", on_course("c")), read_event("x"), granted("s9")]);
    let standing = store.read(|tx| tx.records().standing(enrolment(2))).unwrap().unwrap();
    assert_eq!(standing.enrolment, of_ada.enrolments[&enrolment(2)]);
    assert_eq!((standing.enrolment.user, standing.seq), (of_ada.user, of_ada.seq));
    let last = |id| store.read(|tx| tx.records().last_event(id)).unwrap();
    assert_eq!(last(enrolment(2)), Some((of_ada.user, of_ada.seq)));
    assert_eq!(last(enrolment(77)), None);
    assert_eq!(standing.lessons, of_ada.lessons);
    assert_eq!(standing.skills, of_ada.skills.into_keys().collect());
    let fresh = store.read(|tx| tx.records().standing(enrolment(9))).unwrap().unwrap();
    assert_eq!((fresh.lessons.len(), fresh.skills.len()), (1, 1), "nothing of others");
}

pub(super) fn what_is_skipped_or_waived_is_kept(store: &dyn Store) {
    let user = add_user(store, 1).id;
    let saved = save(store, user, every_event().into_iter().map(|(event, _)| event));
    let found = record(store, user);
    assert_eq!(found, saved);
    let skipped = |id: &str| found.lessons[&lesson_id(id)].completed.as_ref().map(|done| done.skipped);
    assert_eq!((skipped("a"), skipped("d"), skipped("e")), (Some(false), Some(true), Some(true)));
    let waiver = |id: &str| found.lessons[&lesson_id(id)].waiver.as_ref().map(|waiver| waiver.reason.as_str());
    assert_eq!((waiver("d"), waiver("f"), waiver("q")), (Some("Knows \"d\" 🦀"), None, Some("after trying")));
    assert_eq!(found.lessons[&lesson_id("q")].attempts, 2);
}

pub(super) fn events_are_found_by_their_time(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    // The clock was set back between the third and the fourth.
    let times = [5, 10, 20, 8, 15, 20];
    let events: Vec<_> = (0..).zip(times).map(|(n, time)| (granted(&format!("s{n}")), at(time))).collect();
    store.write(|tx| append(tx, ada, events.clone())).unwrap();
    save(store, bob, [granted("s9")]);
    let since = |user, time| -> Vec<u64> {
        let found = store.read(|tx| tx.records().events_since(user, at(time))).unwrap();
        found.into_iter().inspect(|event| assert_eq!(event.user, user)).map(|event| event.seq).collect()
    };
    assert_eq!(since(ada, 10), [2, 3, 5, 6], "in order, that moment itself among them");
    assert_eq!(since(ada, 6), [2, 3, 4, 5, 6]);
    assert_eq!(since(ada, i64::MIN), [1, 2, 3, 4, 5, 6]);
    assert_eq!((since(ada, 21), since(bob, 11)), (vec![], vec![]));
    let all = store.read(|tx| tx.records().events(ada, &PageRequest::first())).unwrap().items;
    assert_eq!(store.read(|tx| tx.records().events_since(ada, at(0))).unwrap(), all);
}

pub(super) fn open_enrolments_are_counted_by_target(store: &dyn Store) {
    let users = [1, 2, 3].map(|n| add_user(store, n).id);
    save(
        store,
        users[0],
        [enrolled(1, "p", on_course("c")), enrolled(2, "p", on_track("c")), enrolled(3, "q", on_course("d"))],
    );
    save(store, users[1], [enrolled(4, "p", on_course("c")), changed(4, EnrolmentState::Paused)]);
    save(
        store,
        users[2],
        [
            enrolled(5, "p", on_course("c")),
            changed(5, EnrolmentState::Withdrawn),
            enrolled(6, "p", on_course("done")),
            Event::EnrolmentCompleted { enrolment: enrolment(6) },
        ],
    );
    let counts = |pack: &str| store.read(|tx| tx.records().enrolments_by_target(&pack_id(pack))).unwrap();
    assert_eq!(counts("p"), [(on_course("c"), 2), (on_track("c"), 1)].into());
    assert_eq!(counts("q"), [(on_course("d"), 1)].into());
    assert!(counts("r").is_empty());
}

fn touched(store: &dyn Store, touched: &Touched) -> Vec<u128> {
    let found = store.read(|tx| tx.records().touched(touched, None, 1000)).unwrap();
    found.into_iter().map(|user| user.uuid().as_u128()).collect()
}

pub(super) fn a_release_finds_whom_it_concerns(store: &dyn Store) {
    let users = [1, 2, 3, 4, 5, 6, 7].map(|n| add_user(store, n).id);
    save(store, users[0], [read_event("a"), enrolled(1, "p", on_course("c"))]);
    save(store, users[1], tried("a", 10));
    save(store, users[2], [granted("a"), enrolled(3, "p", on_track("c"))]);
    save(store, users[3], [enrolled(4, "p", on_course("c")), changed(4, EnrolmentState::Paused)]);
    save(store, users[4], [enrolled(5, "p", on_course("c")), changed(5, EnrolmentState::Withdrawn), finished("c")]);
    save(store, users[5], [enrolled(6, "p", on_course("c")), Event::EnrolmentCompleted { enrolment: enrolment(6) }]);
    let none = Touched::default;
    assert!(touched(store, &none()).is_empty());
    assert_eq!(touched(store, &Touched { lessons: [lesson_id("a")].into(), ..none() }), [1, 2]);
    assert_eq!(touched(store, &Touched { skills: [skill_id("a")].into(), ..none() }), [3]);
    assert_eq!(touched(store, &Touched { courses: [course_id("c")].into(), ..none() }), [5]);
    assert_eq!(touched(store, &Touched { targets: [on_course("c")].into(), ..none() }), [1, 4]);
    assert_eq!(touched(store, &Touched { targets: [on_track("c")].into(), ..none() }), [3]);
    let all = Touched {
        lessons: ["a", "b", "never"].map(lesson_id).into(),
        skills: [skill_id("a")].into(),
        courses: [course_id("c"), course_id("never")].into(),
        targets: [on_course("c"), on_track("c")].into(),
    };
    assert_eq!(touched(store, &all), [1, 2, 3, 4, 5], "each once, by id");
}

pub(super) fn whom_it_concerns_is_found_in_batches(store: &dyn Store) {
    let mut expected: Vec<_> = [0x50, 0x0a, 0xff00, 0x1000_0000_0000, 0x9, 0xb, 0x10].map(user_id).into();
    for user in &expected {
        add_user(store, user.uuid().as_u128());
        save(store, *user, [read_event("a"), read_event("b"), granted("s")]);
    }
    expected.sort();
    let whom =
        Touched { lessons: ["a", "b"].map(lesson_id).into(), skills: [skill_id("s")].into(), ..Touched::default() };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let batch = store.read(|tx| tx.records().touched(&whom, after, 2)).unwrap();
        assert!(batch.len() <= 2);
        after = batch.last().copied().or(after);
        if batch.is_empty() {
            break;
        }
        found.extend(batch);
        assert!(found.len() <= expected.len(), "none twice: {found:?}");
    }
    assert_eq!(found, expected);
    // More ids than a database takes parameters in one statement.
    let many = (0..40_000).map(|n| lesson_id(&format!("l{n}"))).chain([lesson_id("a")]).collect();
    let many = Touched { lessons: many, ..Touched::default() };
    let found: Result<_> = store.read(|tx| tx.records().touched(&many, None, 1000));
    assert_eq!(found.unwrap(), expected);
}

pub(super) fn the_tally_counts_everybody(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    save(store, ada, every_event().into_iter().map(|(event, _)| event));
    save(store, bob, [read_event("a"), granted("s1")]);
    save(store, bob, tried("q", 100));
    let tally = store.read(|tx| tx.records().tally()).unwrap();
    assert_eq!(tally, Tally { lessons: 5, skills: 3, courses: 1, enrolments: 1 }, "a lesson only tried does not count");
}
