//! What releases do to learners, on each store.

use cairn_domain::catalog::{Detail, DocKind, Draft, Lesson, Move, export_release, roll_back};
use cairn_domain::identity::{Actor, Role, User};
use cairn_domain::learning::{EnrolmentState, LearningRecord, Target, change_enrolment, complete_lesson, enrol};
use cairn_domain::shared::{EnrolmentId, PageRequest, ReleaseId, TrackId, UserId};
use cairn_domain::{Code, Store, StoreExt};

use super::sample::*;

fn learner(store: &dyn Store, n: u128, target: &Target, lessons: &[&str]) -> (Actor, EnrolmentId) {
    let actor = actor(&add_user(store, n));
    let id = EnrolmentId::new(uuid(1000 + n));
    store.write(|tx| enrol(tx, &actor, target, id, at(10))).unwrap();
    for lesson in lessons {
        store.write(|tx| complete_lesson(tx, &actor, id, &lesson_id(lesson), at(11))).unwrap();
    }
    (actor, id)
}

fn author(store: &dyn Store) -> Actor {
    let user = User { roles: [Role::Learner, Role::Author].into(), ..user(500) };
    store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    actor(&user)
}

/// The record, which is what its events say.
fn record(store: &dyn Store, user: UserId) -> LearningRecord {
    let record = store.read(|tx| tx.records().record(user)).unwrap();
    let events = store.read(|tx| tx.records().events(user, &PageRequest::first())).unwrap();
    assert_eq!(LearningRecord::replay(user, &events.items), record);
    record
}

fn on_course(id: &str) -> Target {
    Target::Course(course_id(id))
}

fn moved(mut draft: Draft, moves: &[(DocKind, &str, &str)]) -> Draft {
    let step =
        |(kind, from, to): &(DocKind, &str, &str)| Move { kind: *kind, from: content_id(from), to: content_id(to) };
    draft.moves = moves.iter().map(step).collect();
    draft
}

fn teaching(id: &str, skill: &str) -> cairn_domain::catalog::DraftDocument {
    document(id, "<p>x</p>", Detail::Lesson(Lesson { teaches: vec![skill_id(skill)], ..Lesson::reading(5) }))
}

fn first() -> Draft {
    let skill = document("s", "", Detail::Skill);
    draft("p", vec![course("c", &["a", "b"]), teaching("a", "s"), reading("b"), skill])
}

pub(super) fn a_release_credits_what_moved_and_a_roll_back_moves_it_back(store: &dyn Store) {
    publish(store, &first());
    let (ada, _) = learner(store, 1, &on_course("c"), &["a"]);
    let second = vec![course("c", &["a2", "b"]), teaching("a2", "s2"), reading("b"), document("s2", "", Detail::Skill)];
    let second = moved(draft("p", second), &[(DocKind::Lesson, "a", "a2"), (DocKind::Skill, "s", "s2")]);
    publish(store, &second);
    let after = record(store, ada.user);
    assert!(["a", "a2"].iter().all(|id| after.completed(&lesson_id(id))));
    assert!(["s", "s2"].iter().all(|id| after.skills.contains_key(&skill_id(id))));
    // Somebody who starts with the second release is credited by the way back.
    let (bob, _) = learner(store, 2, &on_course("c"), &["a2"]);
    let author = author(store);
    let id = ReleaseId::new(fresh());
    let back = store.write(|tx| roll_back(tx, &author, &pack_id("p"), 1, (Some(2), "back"), id, at(20))).unwrap();
    assert_eq!((back.release.number, back.release.rolled_back_to), (3, Some(1)));
    assert!(record(store, bob.user).completed(&lesson_id("a")));
    assert!(record(store, ada.user).completed(&lesson_id("a2")), "nothing shrinks");
}

pub(super) fn a_moved_course_is_credited_to_everybody_who_finished_it(store: &dyn Store) {
    let (a, b) = (reading("a"), reading("b"));
    let before = vec![course("c", &["a"]), course("d", &["b"]), track("t", &["c", "d"]), a.clone(), b.clone()];
    publish(store, &draft("p", before));
    let (through_course, enrolment) = learner(store, 1, &on_course("c"), &["a"]);
    let (through_track, _) = learner(store, 2, &Target::Track(TrackId::new("t").unwrap()), &["a"]);
    let (under_way, open) = learner(store, 3, &on_course("c"), &[]);
    let state = |id| store.read(|tx| tx.records().enrolment(id)).unwrap().unwrap().state;
    assert_eq!(state(enrolment), EnrolmentState::Completed);
    let after = vec![course("c2", &["a"]), course("d", &["b"]), track("t", &["c2", "d"]), a, b];
    publish(store, &moved(draft("p", after), &[(DocKind::Course, "c", "c2")]));
    for actor in [&through_course, &through_track] {
        let finished: Vec<_> = record(store, actor.user).courses.into_keys().map(|id| id.to_string()).collect();
        assert_eq!(finished, ["c", "c2"]);
    }
    assert_eq!(state(enrolment), EnrolmentState::Completed);
    let record = record(store, under_way.user);
    assert!(record.courses.is_empty());
    assert_eq!(record.enrolments[&open].target, on_course("c2"));
}

pub(super) fn a_shrunk_course_is_finished_for_who_has_done_the_rest(store: &dyn Store) {
    publish(store, &first());
    let (ada, of_ada) = learner(store, 1, &on_course("c"), &["a"]);
    let (bob, of_bob) = learner(store, 2, &on_course("c"), &["a"]);
    let paused = EnrolmentState::Paused;
    store.write(|tx| change_enrolment(tx, &bob, of_bob, 1, paused, at(12))).unwrap();
    let shrunk = vec![course("c", &["a"]), teaching("a", "s"), document("s", "", Detail::Skill)];
    publish(store, &draft("p", shrunk));
    assert_eq!(record(store, ada.user).enrolments[&of_ada].state, EnrolmentState::Completed);
    let of_bob = record(store, bob.user).enrolments[&of_bob].clone();
    assert_eq!(of_bob.state, EnrolmentState::Paused, "a paused one is not completed behind the learner's back");
    // What is added later does not reopen it.
    publish(store, &first());
    assert_eq!(record(store, ada.user).enrolments[&of_ada].state, EnrolmentState::Completed);
}

pub(super) fn a_release_that_fails_leaves_the_one_before(store: &dyn Store) {
    publish(store, &first());
    publish(store, &draft("other", vec![course("x", &["y"]), reading("y")]));
    let broken = draft("p", vec![course("c", &["a", "missing"]), reading("a")]);
    assert_eq!(code(try_publish(store, &broken, None)), Code::Invalid);
    let taken = draft("p", vec![course("x", &["z"]), reading("z")]);
    assert_eq!(code(try_publish(store, &taken, None)), Code::IdTaken);
    assert_eq!(code(try_publish(store, &small_pack(), Some(0))), Code::ReleaseMoved);
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let (release, catalogue) = library.pack(&pack_id("p")).unwrap();
    assert!(release.number == 1 && catalogue.lesson(&lesson_id("b")).is_some());
    let [id, digest] = [&broken, &taken].map(|draft| draft.files[0].digest.clone());
    for digest in [id, digest] {
        assert_eq!(store.read(|tx| tx.catalog().file(&digest)).unwrap(), None, "not even its files");
    }
}

pub(super) fn export_gives_back_the_files_of_each_release(store: &dyn Store) {
    let author = author(store);
    let mut second = small_pack();
    second.files.push(file("images/a.png", &[0, 159, 146, 150]));
    second.digest = revision("with an image");
    publish(store, &first());
    publish(store, &second);
    for (number, draft) in [(Some(1), &first()), (Some(2), &second), (None, &second)] {
        let (_, files) = store.read(|tx| export_release(tx, &author, &pack_id("p"), number)).unwrap();
        let mut expected = draft.files.clone();
        expected.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(files, expected);
    }
}
