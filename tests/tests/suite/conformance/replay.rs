//! Random sequences of use cases: what a store keeps is what the events say, and what the store in memory keeps.

use cairn_domain::catalog::{Detail, DocKind, Draft, Lesson, Move};
use cairn_domain::identity::{Actor, Role};
use cairn_domain::learning::{
    AttemptState, EnrolmentState, LearningRecord, Target, Touched, change_enrolment, complete_lesson, enrol,
    start_attempt, submit_attempt, take_waiver_back, waive_prerequisites,
};
use cairn_domain::shared::{AttemptId, EnrolmentId, PageRequest, ReleaseId, TrackId, Uuid};
use cairn_domain::{Code, Result, Store, StoreExt};
use cairn_memory::MemoryStore;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::sample::*;

const LESSONS: [&str; 5] = ["a", "b", "b2", "q", "x"];

#[derive(Debug, Clone)]
enum Command {
    Enrol { target: usize },
    Change { which: usize, state: EnrolmentState },
    Read { which: usize, lesson: usize },
    Start { which: usize, challenge: bool },
    Waive { which: usize, lesson: usize },
    TakeBack { which: usize, lesson: usize },
    Submit { right: bool },
    Publish { version: usize },
}

fn commands() -> impl Strategy<Value = Vec<(usize, Command)>> {
    let state =
        prop_oneof![Just(EnrolmentState::Active), Just(EnrolmentState::Paused), Just(EnrolmentState::Withdrawn)];
    let command = prop_oneof![
        2 => (0..4_usize).prop_map(|target| Command::Enrol { target }),
        2 => (0..3_usize, state).prop_map(|(which, state)| Command::Change { which, state }),
        8 => (0..3_usize, 0..LESSONS.len()).prop_map(|(which, lesson)| Command::Read { which, lesson }),
        4 => (0..3_usize, any::<bool>()).prop_map(|(which, challenge)| Command::Start { which, challenge }),
        1 => (0..3_usize, 0..LESSONS.len()).prop_map(|(which, lesson)| Command::Waive { which, lesson }),
        1 => (0..3_usize, 0..LESSONS.len()).prop_map(|(which, lesson)| Command::TakeBack { which, lesson }),
        4 => any::<bool>().prop_map(|right| Command::Submit { right }),
        2 => (0..VERSIONS).prop_map(|version| Command::Publish { version }),
    ];
    // Each begins on the course or on the track: most commands need an enrolment.
    let begin = |who| prop_oneof![Just(0_usize), Just(2)].prop_map(move |target| (who, Command::Enrol { target }));
    let then = proptest::collection::vec((0..2_usize, command), 10..50);
    (begin(0), begin(1), then).prop_map(|(one, two, then)| [one, two].into_iter().chain(then).collect())
}

fn targets() -> [Target; 4] {
    let track = Target::Track(TrackId::new("t").unwrap());
    [Target::Course(course_id("c")), Target::Course(course_id("d")), track, Target::Course(course_id("d2"))]
}

const VERSIONS: usize = 4;

/// Four versions of a pack that move, retire, add and bring back lessons, a skill and a course, and let a lesson teach a
/// new skill that another requires.
fn version(n: usize) -> Draft {
    let lesson = |id: &str, teaches: &[&str], needs: &[&str]| {
        let mut lesson = Lesson { teaches: teaches.iter().map(|id| skill_id(id)).collect(), ..Lesson::reading(5) };
        lesson.requires.skills = needs.iter().map(|id| skill_id(id)).collect();
        document(id, "<p>x</p>", Detail::Lesson(lesson))
    };
    let skill = |id: &str| document(id, "", Detail::Skill);
    let common = vec![lesson("a", &["s"], &[]), quiz("q", Some(2)), skill("s")];
    let (own, moves) = match n {
        0 => (
            vec![
                course("c", &["a", "b", "q"]),
                course("d", &["x"]),
                track("t", &["c", "d"]),
                lesson("b", &[], &["s"]),
                lesson("x", &[], &[]),
            ],
            vec![],
        ),
        1 => (
            vec![
                course("c", &["a", "b2", "q"]),
                course("d2", &["x"]),
                track("t", &["c", "d2"]),
                lesson("b2", &["s2"], &[]),
                lesson("x", &[], &[]),
                skill("s2"),
            ],
            vec![(DocKind::Lesson, "b", "b2"), (DocKind::Course, "d", "d2"), (DocKind::Skill, "s", "s2")],
        ),
        2 => (vec![course("c", &["a", "q"]), course("d", &["x"]), track("t", &["c"]), lesson("x", &[], &[])], vec![]),
        _ => (
            vec![
                course("c", &["a", "b", "q"]),
                course("d", &["x"]),
                track("t", &["c", "d"]),
                lesson("b", &["s3"], &["s"]),
                lesson("x", &[], &["s3"]),
                skill("s3"),
            ],
            vec![],
        ),
    };
    let mut draft = draft("p", common.into_iter().chain(own).collect());
    let step = |(kind, from, to): (DocKind, &str, &str)| Move { kind, from: content_id(from), to: content_id(to) };
    draft.moves = moves.into_iter().map(step).collect();
    draft
}

/// Carries out a command; the same ids on every store.
fn run(store: &dyn Store, actor: &Actor, command: &Command, id: Uuid, second: i64) -> Result<(), Code> {
    let now = at(second * 1_000_001);
    let enrolments = || store.read(|tx| tx.records().enrolments(actor.user, &PageRequest::first())).unwrap().items;
    let enrolment = |which: usize| {
        let all = enrolments();
        let found = all.get(which % all.len().max(1)).map(|it| (it.id, it.version));
        found.unwrap_or((EnrolmentId::new(uuid(0)), 1))
    };
    let quiz = lesson_id("q");
    let outcome = match command {
        Command::Enrol { target } => {
            store.write(|tx| enrol(tx, actor, &targets()[*target], EnrolmentId::new(id), now)).map(drop)
        }
        Command::Change { which, state } => {
            let (id, version) = enrolment(*which);
            store.write(|tx| change_enrolment(tx, actor, id, version, *state, now)).map(drop)
        }
        Command::Read { which, lesson } => {
            let (id, _) = enrolment(*which);
            store.write(|tx| complete_lesson(tx, actor, id, &lesson_id(LESSONS[*lesson]), now)).map(drop)
        }
        Command::Start { which, challenge } => {
            let ((on, _), attempt) = (enrolment(*which), (AttemptId::new(id), *challenge));
            store.write(|tx| start_attempt(tx, actor, on, &quiz, attempt, now)).map(drop)
        }
        Command::Waive { which, lesson } => {
            let ((on, _), lesson) = (enrolment(*which), lesson_id(LESSONS[*lesson]));
            store.write(|tx| waive_prerequisites(tx, &instructor(), on, &lesson, "knows it", now)).map(drop)
        }
        Command::TakeBack { which, lesson } => {
            let ((on, _), lesson) = (enrolment(*which), lesson_id(LESSONS[*lesson]));
            store.write(|tx| take_waiver_back(tx, &instructor(), on, &lesson, now))
        }
        Command::Submit { right } => {
            let open = store.read(|tx| tx.attempts().open(actor.user, &quiz)).unwrap();
            let attempt = open.map_or(AttemptId::new(uuid(0)), |attempt| attempt.id);
            let answers = if *right { right_answers() } else { Vec::new() };
            store.write(|tx| submit_attempt(tx, actor, attempt, &answers, now)).map(drop)
        }
        Command::Publish { version } => {
            let (draft, id) = (self::version(*version), ReleaseId::new(id));
            let apply = |tx: &mut dyn cairn_domain::WriteTx| {
                cairn_domain::catalog::apply_release(tx, None, &draft, (None, ""), id, now)
            };
            store.write_alone(apply).map(drop)
        }
    };
    outcome.map_err(|error| error.code())
}

/// Whoever waives what lessons need: a user who is in no store, which a waiver does not ask for.
fn instructor() -> Actor {
    let mut instructor = actor(&user(999));
    instructor.roles.insert(Role::Instructor);
    instructor
}

/// All that a store says of a learner and of all learners together.
fn observe(store: &dyn Store, actor: &Actor) -> Vec<String> {
    let user = actor.user;
    let record = store.read(|tx| tx.records().record(user)).unwrap();
    let events = pages(store, 7, |tx, page| tx.records().events(user, page));
    assert_eq!(LearningRecord::replay(user, &events), record, "the record is what its events say");
    store
        .read(|tx| {
            let mut seen = vec![format!("{record:#?}"), format!("{events:#?}")];
            for id in record.enrolments.keys() {
                seen.push(format!("{:#?}", tx.records().standing(*id)?));
            }
            let attempts = tx.attempts().page(user, &lesson_id("q"), &PageRequest::first())?.items;
            let open = attempts.iter().find(|attempt| attempt.state == AttemptState::Open);
            assert_eq!(tx.attempts().open(user, &lesson_id("q"))?.as_ref(), open);
            seen.push(format!("{attempts:#?}"));
            seen.push(format!("{:?}", tx.records().tally()?));
            seen.push(format!("{:?}", tx.records().enrolments_by_target(&pack_id("p"))?));
            let whom = Touched {
                lessons: [lesson_id("b2")].into(),
                skills: [skill_id("s2")].into(),
                courses: [course_id("d")].into(),
                targets: [targets()[0].clone()].into(),
            };
            seen.push(format!("{:?}", tx.records().touched(&whom, None, 1000)?));
            let library = tx.catalog().library()?;
            for lesson in library.packs().iter().flat_map(|(_, catalogue)| catalogue.lessons()) {
                let holds = lesson.detail.teaches.iter().all(|skill| record.skills.contains_key(skill));
                assert!(holds || !record.completed(&lesson.id().into()), "what completed lessons teach is held");
            }
            let entries: Vec<_> = library.packs().iter().flat_map(|(_, catalogue)| catalogue.entries()).collect();
            seen.push(format!("{entries:#?}"));
            Ok(seen)
        })
        .unwrap()
}

pub(super) fn the_record_is_what_its_events_say_and_what_memory_says(store: &dyn Store) {
    let twin = MemoryStore::new();
    for store in [store, &twin] {
        let apply = |tx: &mut dyn cairn_domain::WriteTx| {
            let id = ReleaseId::new(uuid(1));
            cairn_domain::catalog::apply_release(tx, None, &version(0), (None, ""), id, at(0))
        };
        store.write(apply).unwrap();
    }
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&commands(), |commands| {
            // Learners of their own for each sequence, so that one does not begin with another's record.
            let learners = [fresh(), fresh()].map(|id| user(id.as_u128()));
            for user in &learners {
                store.write(|tx| tx.users_mut().insert(user)).unwrap();
                twin.write(|tx| tx.users_mut().insert(user)).unwrap();
            }
            for (second, (who, command)) in (1..).zip(&commands) {
                let (actor, id) = (actor(&learners[*who]), fresh());
                let (here, there) = (run(store, &actor, command, id, second), run(&twin, &actor, command, id, second));
                prop_assert_eq!(here, there, "{:?}", command);
            }
            for user in &learners {
                let (here, there) = (observe(store, &actor(user)), observe(&twin, &actor(user)));
                prop_assert_eq!(here.len(), there.len());
                for (here, there) in here.iter().zip(&there) {
                    prop_assert_eq!(here, there);
                }
            }
            Ok(())
        })
        .unwrap();
}
