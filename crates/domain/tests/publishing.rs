//! Releases over the store's contract: what applying, moving, retiring and rolling back do to learners.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use cairn_domain::catalog::{self, *};
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{self, EnrolmentState, Target};
use cairn_domain::shared::*;
use cairn_domain::{Code, StoreExt};
use cairn_memory::MemoryStore;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

fn actor(n: u128, roles: &[Role]) -> Actor {
    let roles: BTreeSet<_> = roles.iter().copied().chain([Role::Learner]).collect();
    Actor { user: UserId::new(Uuid::from_u128(n)), roles, via: Via::Operator }
}

fn author() -> Actor {
    actor(1000, &[Role::Author])
}

/// A document with a text and a revision that follows from both.
fn document(id: &str, text: &str, detail: Detail) -> DraftDocument {
    let mut document = Document::new(id, &format!("Title of {id}"), detail).unwrap();
    let mut digest = [0_u8; 32];
    for (at, byte) in text.bytes().chain(format!("{:?}", document.detail).bytes()).enumerate() {
        digest[at % 32] = digest[at % 32].wrapping_mul(31).wrapping_add(byte);
    }
    document.revision = Revision::from_digest(digest);
    DraftDocument { document, html: format!("<p>{text}</p>"), task: None }
}

fn reading(id: &str, text: &str) -> DraftDocument {
    document(id, text, Detail::Lesson(Lesson::reading(5)))
}

fn course(id: &str, lessons: &[&str]) -> DraftDocument {
    let lessons = lessons.iter().map(|id| LessonId::new(id).unwrap()).collect();
    document(id, "", Detail::Course(Course { lessons, ..Course::default() }))
}

fn draft(pack: &str, digest: u8, documents: Vec<DraftDocument>) -> Draft {
    Draft {
        pack: PackInfo {
            id: PackId::new(pack).unwrap(),
            title: "Pack".into(),
            summary: String::new(),
            language: "en".into(),
            licence: "CC0-1.0".into(),
            authors: Vec::new(),
        },
        digest: Revision::from_digest([digest; 32]),
        documents,
        moves: Vec::new(),
        links: Vec::new(),
        files: vec![SourceFile {
            path: "pack.yaml".into(),
            digest: Revision::from_digest([digest; 32]),
            bytes: vec![digest].into(),
        }],
    }
}

fn moved(kind: DocKind, from: &str, to: &str) -> Move {
    Move { kind, from: ContentId::new(from).unwrap(), to: ContentId::new(to).unwrap() }
}

struct Server {
    store: MemoryStore,
    releases: std::cell::Cell<u128>,
}

impl Server {
    fn new() -> Self {
        let server = Self { store: MemoryStore::default(), releases: std::cell::Cell::new(0) };
        for n in [1, 2, 1000] {
            let email = Email::new(&format!("user{n}@example.org")).unwrap();
            let user = User::new(UserId::new(Uuid::from_u128(n)), email, "Somebody", [], at(0)).unwrap();
            server.store.write(|tx| tx.users_mut().insert(&user)).unwrap();
        }
        server
    }
    fn id(&self) -> ReleaseId {
        self.releases.set(self.releases.get() + 1);
        ReleaseId::new(Uuid::from_u128(self.releases.get()))
    }
    fn try_apply(&self, draft: &Draft, expected: Option<u32>) -> cairn_domain::Result<Applied> {
        let id = self.id();
        self.store.write(|tx| apply_release(tx, Some(&author()), draft, (expected, "note"), id, at(100)))
    }
    fn apply(&self, draft: &Draft) -> Applied {
        self.try_apply(draft, None).unwrap()
    }
    fn roll_back(&self, number: u32) -> Applied {
        let (id, pack) = (self.id(), PackId::new("p").unwrap());
        self.store.write(|tx| roll_back(tx, &author(), &pack, number, (None, ""), id, at(200))).unwrap()
    }
    fn enrol(&self, learner: u128, target: Target) -> EnrolmentId {
        let id = EnrolmentId::new(Uuid::from_u128(learner * 100 + u128::from(target.id().as_str().len() as u64)));
        self.store.write(|tx| learning::enrol(tx, &actor(learner, &[]), &target, id, at(1))).unwrap();
        id
    }
    fn read(&self, learner: u128, enrolment: EnrolmentId, lesson: &str) {
        let lesson = LessonId::new(lesson).unwrap();
        self.store.write(|tx| learning::complete_lesson(tx, &actor(learner, &[]), enrolment, &lesson, at(2))).unwrap();
    }
    fn record(&self, learner: u128) -> learning::LearningRecord {
        self.store.read(|tx| tx.records().record(UserId::new(Uuid::from_u128(learner)))).unwrap()
    }
    fn done(&self, learner: u128) -> Vec<String> {
        let record = self.record(learner);
        record.lessons.iter().filter(|(_, l)| l.completed.is_some()).map(|(id, _)| id.to_string()).collect()
    }
    fn find(&self, kind: DocKind, name: &str) -> cairn_domain::Result<Found> {
        self.store.read(|tx| catalog::find(tx, kind, &ContentId::new(name)?))
    }
    /// The record is what its events say, whatever a release did.
    fn check_replay(&self, learner: u128) {
        let user = UserId::new(Uuid::from_u128(learner));
        let events = self.store.read(|tx| tx.records().events(user, &PageRequest::first())).unwrap();
        assert_eq!(learning::LearningRecord::replay(user, &events.items), self.record(learner));
    }
}

fn on_course(id: &str) -> Target {
    Target::Course(CourseId::new(id).unwrap())
}

fn on_track(id: &str) -> Target {
    Target::Track(TrackId::new(id).unwrap())
}

fn track(id: &str, courses: &[&str]) -> DraftDocument {
    let courses = courses.iter().map(|id| CourseId::new(id).unwrap()).collect();
    document(id, "", Detail::Track(Track { courses }))
}

/// A reading that teaches and requires these skills.
fn about(id: &str, teaches: &[&str], requires: &[&str]) -> DraftDocument {
    let skills = |ids: &[&str]| ids.iter().map(|id| SkillId::new(id).unwrap()).collect();
    let requires = Requires { skills: skills(requires), ..Requires::default() };
    document(id, id, Detail::Lesson(Lesson { teaches: skills(teaches), requires, ..Lesson::reading(5) }))
}

fn skill(id: &str) -> DraftDocument {
    document(id, "", Detail::Skill)
}

fn base() -> Draft {
    draft("p", 1, vec![course("c", &["a", "b"]), reading("a", "A"), reading("b", "B")])
}

#[test]
fn releases_are_numbered_and_an_unchanged_pack_makes_none() {
    let server = Server::new();
    let first = server.apply(&base());
    assert_eq!((first.release.number, first.created, first.plan.count(Action::Added)), (1, true, 3));
    let again = server.apply(&base());
    assert_eq!((again.release.number, again.created), (1, false));
    let changed = server.apply(&draft("p", 2, vec![course("c", &["a", "b"]), reading("a", "A2"), reading("b", "B")]));
    assert_eq!((changed.release.number, changed.plan.count(Action::Changed)), (2, 1));
    assert_eq!(server.find(DocKind::Lesson, "a").unwrap().html, "<p>A2</p>");
}

#[test]
fn a_plan_is_refused_once_the_pack_has_moved_on() {
    let server = Server::new();
    assert_eq!(server.try_apply(&base(), Some(1)).unwrap_err().code(), Code::ReleaseMoved);
    server.try_apply(&base(), Some(0)).unwrap();
    let next = draft("p", 2, vec![course("c", &["a"]), reading("a", "A")]);
    assert_eq!(server.try_apply(&next, Some(0)).unwrap_err().code(), Code::ReleaseMoved);
    server.try_apply(&next, Some(1)).unwrap();
}

#[test]
fn learners_may_not_publish() {
    let server = Server::new();
    let id = server.id();
    let denied = server
        .store
        .write(|tx| apply_release(tx, Some(&actor(1, &[Role::Instructor])), &base(), (None, ""), id, at(0)));
    assert_eq!(denied.unwrap_err().code(), Code::RoleMissing);
    let denied = server.store.read(|tx| plan_draft(tx, &actor(1, &[]), &base()));
    assert_eq!(denied.unwrap_err().code(), Code::RoleMissing);
    let denied = server.store.read(|tx| export_release(tx, &actor(1, &[]), &base().pack.id, None));
    assert_eq!(denied.unwrap_err().code(), Code::RoleMissing);
}

#[test]
fn ids_and_slugs_belong_to_one_pack() {
    let server = Server::new();
    server.apply(&base());
    let thief = draft("other", 9, vec![course("d", &["a"]), reading("a", "mine")]);
    assert_eq!(server.try_apply(&thief, None).unwrap_err().code(), Code::IdTaken);
    let mut sly = reading("z", "mine");
    sly.document.slug = ContentId::new("a").unwrap();
    let thief = draft("other", 9, vec![course("d", &["z"]), sly]);
    assert_eq!(server.try_apply(&thief, None).unwrap_err().code(), Code::IdTaken);
    assert_eq!(server.store.read(|tx| Ok(tx.catalog().library()?.packs().len())).unwrap(), 1, "nothing half done");
}

#[test]
fn a_removed_lesson_is_retired_and_who_did_the_rest_is_finished() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a");
    let applied = server.apply(&draft("p", 2, vec![course("c", &["a"]), reading("a", "A")]));
    assert_eq!((applied.plan.count(Action::Retired), applied.plan.enrolments, applied.learners), (1, 1, 1));
    assert!(server.find(DocKind::Lesson, "b").unwrap().entry.retired, "kept, not erased");
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
    server.check_replay(1);
}

#[test]
fn a_removed_lesson_that_was_completed_stays_completed() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "b");
    server.apply(&draft("p", 2, vec![course("c", &["a"]), reading("a", "A")]));
    assert_eq!(server.done(1), ["b"]);
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Active);
}

#[test]
fn an_addition_never_reopens_a_finished_course() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a");
    server.read(1, enrolment, "b");
    let finished = server.record(1);
    let more = vec![course("c", &["a", "b", "n"]), reading("a", "A"), reading("b", "B"), reading("n", "N")];
    server.apply(&draft("p", 2, more));
    assert_eq!(server.record(1), finished);
    server.read(1, enrolment, "n");
    assert_eq!(server.done(1), ["a", "b", "n"], "what was added can be done as an extra");
}

#[test]
fn a_moved_lesson_credits_its_new_id_and_a_roll_back_credits_the_old() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a");
    let mut renamed = draft("p", 2, vec![course("c", &["a2", "b"]), reading("a2", "A"), reading("b", "B")]);
    renamed.moves = vec![moved(DocKind::Lesson, "a", "a2")];
    let applied = server.apply(&renamed);
    assert_eq!((applied.plan.count(Action::Moved), applied.plan.count(Action::Retired), applied.learners), (1, 0, 1));
    assert_eq!(server.done(1), ["a", "a2"]);
    assert_eq!(server.find(DocKind::Lesson, "a").unwrap().successor.unwrap().as_str(), "a2");

    // Somebody who completes only the new id has the old one after the roll back.
    let second = server.enrol(2, on_course("c"));
    server.read(2, second, "a2");
    let back = server.roll_back(1);
    assert_eq!((back.release.number, back.release.rolled_back_to), (3, Some(1)));
    assert_eq!(server.done(2), ["a", "a2"]);
    for learner in [1, 2] {
        server.check_replay(learner);
    }
    // The move record still stands in the pack: applying it once more moves once more.
    renamed.digest = Revision::from_digest([4; 32]);
    assert_eq!(server.apply(&renamed).release.number, 4);
    assert_eq!(server.done(1), ["a", "a2"]);
}

#[test]
fn lessons_that_merge_credit_the_merged_one() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "b");
    let mut merged = draft("p", 2, vec![course("c", &["ab"]), reading("ab", "AB")]);
    merged.moves = vec![moved(DocKind::Lesson, "a", "ab"), moved(DocKind::Lesson, "b", "ab")];
    server.apply(&merged);
    assert_eq!(server.done(1), ["ab", "b"]);
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
    server.roll_back(1);
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
    server.check_replay(1);
}

#[test]
fn an_enrolment_follows_its_course_to_a_new_id() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a");
    let mut renamed = draft("p", 2, vec![course("cc", &["a", "b"]), reading("a", "A"), reading("b", "B")]);
    renamed.moves = vec![moved(DocKind::Course, "c", "cc")];
    server.apply(&renamed);
    assert_eq!(server.record(1).enrolments[&enrolment].target, on_course("cc"));
    server.read(1, enrolment, "b");
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
    server.roll_back(1);
    assert_eq!(server.record(1).enrolments[&enrolment].target, on_course("c"));
    server.check_replay(1);
}

#[test]
fn a_retired_course_can_be_finished_but_not_begun() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.apply(&draft("p", 2, vec![course("other", &["x"]), reading("x", "X")]));
    let late = EnrolmentId::new(Uuid::from_u128(999));
    let refused = server.store.write(|tx| learning::enrol(tx, &actor(2, &[]), &on_course("c"), late, at(3)));
    assert_eq!(refused.unwrap_err().code(), Code::TargetRetired);
    server.read(1, enrolment, "a");
    server.read(1, enrolment, "b");
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
}

#[test]
fn a_lock_on_a_retired_course_says_who_teaches_what_it_needs() {
    let server = Server::new();
    let taught = vec![course("c", &["a", "b"]), about("a", &["s"], &[]), about("b", &[], &["s"]), skill("s")];
    server.apply(&draft("p", 1, taught));
    let enrolment = server.enrol(1, on_course("c"));
    server.apply(&draft("p", 2, vec![course("other", &["x"]), reading("x", "X")]));
    let b = LessonId::new("b").unwrap();
    let locked = server.store.write(|tx| learning::complete_lesson(tx, &actor(1, &[]), enrolment, &b, at(2)));
    let expected = "The lesson `b` needs skill `s` (taught by `a`) first. The shortest way takes 5 minutes: `a`.";
    assert_eq!(locked.unwrap_err().message(), expected);
    server.read(1, enrolment, "a");
    server.read(1, enrolment, "b");
}

#[test]
fn a_former_slug_goes_on_resolving() {
    let server = Server::new();
    server.apply(&base());
    let slugged = |slug: &str, digest| {
        let mut lesson = reading("a", slug);
        lesson.document.slug = ContentId::new(slug).unwrap();
        draft("p", digest, vec![course("c", &["a", "b"]), lesson, reading("b", "B")])
    };
    server.apply(&slugged("first", 2));
    server.apply(&slugged("second", 3));
    for name in ["a", "first", "second"] {
        assert_eq!(server.find(DocKind::Lesson, name).unwrap().entry.document.id.as_str(), "a", "{name}");
    }
    assert_eq!(server.find(DocKind::Lesson, "third").unwrap_err().code(), Code::NotFound);
}

#[test]
fn export_gives_the_files_of_each_release() {
    let server = Server::new();
    server.apply(&base());
    server.apply(&draft("p", 2, vec![course("c", &["a"]), reading("a", "A")]));
    let pack = PackId::new("p").unwrap();
    let bytes = |number| {
        let (release, files) = server.store.read(|tx| export_release(tx, &author(), &pack, number)).unwrap();
        (release.number, files[0].bytes.to_vec())
    };
    assert_eq!((bytes(None), bytes(Some(1))), ((2, vec![2]), (1, vec![1])));
    server.roll_back(1);
    assert_eq!(bytes(None), (3, vec![1]));
}

#[test]
fn only_files_meant_for_readers_are_served() {
    let server = Server::new();
    let mut with_image = base();
    let digest = Revision::from_digest([7; 32]);
    with_image.files.push(SourceFile { path: "x.svg".into(), digest: digest.clone(), bytes: vec![7].into() });
    server.apply(&with_image);
    let asset = |digest: &Revision, extension: &str| server.store.read(|tx| asset(tx, digest, extension));
    assert_eq!(asset(&digest, "svg").unwrap(), ("image/svg+xml", vec![7]));
    assert_eq!(asset(&digest, "png").unwrap_err().code(), Code::NotFound);
    assert_eq!(asset(&Revision::from_digest([1; 32]), "yaml").unwrap_err().code(), Code::NotFound);
    assert_eq!(asset(&Revision::from_digest([1; 32]), "txt").unwrap_err().code(), Code::NotFound);
}

#[test]
fn a_skill_that_a_lesson_comes_to_teach_reaches_those_who_completed_it() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a");
    let late = server.enrol(2, on_course("c"));
    let taught = vec![course("c", &["a", "b"]), about("a", &["s"], &[]), about("b", &[], &["s"]), skill("s")];
    assert_eq!(server.apply(&draft("p", 2, taught)).learners, 1, "who has not completed it is left alone");
    assert!(server.record(1).skills.contains_key(&SkillId::new("s").unwrap()));
    assert!(server.record(2).skills.is_empty());
    server.read(1, enrolment, "b");
    server.read(2, late, "a");
    server.read(2, late, "b");
    server.check_replay(1);
}

#[test]
fn a_skill_taught_by_what_a_lesson_became_comes_with_the_move() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a");
    let renamed = vec![course("c", &["a2", "b"]), about("a2", &["s"], &[]), about("b", &[], &["s"]), skill("s")];
    let mut renamed = draft("p", 2, renamed);
    renamed.moves = vec![moved(DocKind::Lesson, "a", "a2")];
    server.apply(&renamed);
    server.read(1, enrolment, "b");
}

#[test]
fn a_retired_course_can_be_finished_where_its_lessons_live_on_in_another() {
    let server = Server::new();
    server.apply(&base());
    let enrolment = server.enrol(1, on_course("c"));
    server.apply(&draft("p", 2, vec![course("d", &["a", "b"]), reading("a", "A"), reading("b", "B")]));
    for lesson in ["a", "b"] {
        let next = server.store.read(|tx| learning::next_lesson(tx, &actor(1, &[]), enrolment)).unwrap();
        assert_eq!(next.lesson.unwrap().as_str(), lesson);
        server.read(1, enrolment, lesson);
    }
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
}

#[test]
fn a_track_is_finished_when_what_was_left_of_one_course_goes_to_a_finished_one() {
    let server = Server::new();
    let lessons = || vec![reading("a", "A"), reading("b", "B"), reading("x", "X"), track("t", &["c", "d"])];
    let with = |digest, c: &[&str], d: &[&str]| {
        draft("p", digest, lessons().into_iter().chain([course("c", c), course("d", d)]).collect())
    };
    server.apply(&with(1, &["a", "b"], &["x"]));
    let enrolment = server.enrol(1, on_track("t"));
    server.read(1, enrolment, "a");
    server.read(1, enrolment, "x");
    assert_eq!(server.apply(&with(2, &["a"], &["x", "b"])).learners, 1);
    assert_eq!(server.record(1).courses.len(), 2);
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
}

#[test]
fn a_track_is_finished_when_what_was_left_of_it_becomes_optional() {
    let server = Server::new();
    let optional = |mut lesson: DraftDocument| {
        if let Detail::Lesson(lesson) = &mut lesson.document.detail {
            lesson.optional = true;
        }
        lesson
    };
    let common = || vec![reading("a", "A"), course("c", &["a"]), course("d", &["x", "y"]), track("t", &["c", "d"])];
    let with = |digest, x, y| draft("p", digest, common().into_iter().chain([x, y]).collect());
    let (x, y) = (reading("x", "X"), optional(reading("y", "Y")));
    server.apply(&with(1, x.clone(), y.clone()));
    let enrolment = server.enrol(1, on_track("t"));
    server.read(1, enrolment, "a");
    server.apply(&with(2, optional(x), y));
    assert_eq!(server.record(1).enrolments[&enrolment].state, EnrolmentState::Completed);
}

#[test]
fn a_roll_back_follows_an_id_through_all_its_moves() {
    let server = Server::new();
    let named =
        |digest, id: &str| draft("p", digest, vec![course("c", &[id, "b"]), reading(id, "A"), reading("b", "B")]);
    server.apply(&named(1, "a"));
    for (digest, from, to) in [(2, "a", "a2"), (3, "a2", "a3")] {
        let mut renamed = named(digest, to);
        renamed.moves = vec![moved(DocKind::Lesson, from, to)];
        server.apply(&renamed);
    }
    let enrolment = server.enrol(1, on_course("c"));
    server.read(1, enrolment, "a3");
    let back = server.roll_back(1);
    assert_eq!(back.release.moves, [moved(DocKind::Lesson, "a3", "a"), moved(DocKind::Lesson, "a2", "a")]);
    assert_eq!(server.done(1), ["a", "a3"]);
    // Forward once more, and back again over the roll back.
    server.roll_back(3);
    assert_eq!(server.done(1), ["a", "a3"]);
    let again = server.roll_back(1);
    assert_eq!(again.release.moves, [moved(DocKind::Lesson, "a3", "a")], "`a2` leads back to `a` already");
    assert_eq!(server.done(1), ["a", "a3"]);
    server.check_replay(1);
}

#[test]
fn of_two_enrolments_that_become_one_the_active_and_then_the_older_stays() {
    use EnrolmentState::{Active, Paused, Withdrawn};
    // Begun on `c`, which moves, and on `d`, which is there already; the states before, and after.
    let cases = [
        ((1, Active), (2, Active), [Active, Withdrawn]),
        ((2, Active), (1, Active), [Withdrawn, Active]),
        ((2, Active), (1, Paused), [Active, Withdrawn]),
        ((1, Paused), (2, Active), [Withdrawn, Active]),
        ((1, Paused), (2, Paused), [Paused, Withdrawn]),
        ((1, Withdrawn), (2, Paused), [Withdrawn, Paused]),
        ((1, Paused), (2, Withdrawn), [Paused, Withdrawn]),
    ];
    for (on_c, on_d, expected) in cases {
        let server = Server::new();
        let lessons = || [reading("a", "A"), reading("b", "B")];
        let two = [course("c", &["a"]), course("d", &["b"])].into_iter().chain(lessons()).collect();
        server.apply(&draft("p", 1, two));
        let ids = [("c", 8, on_c), ("d", 9, on_d)].map(|(course, id, (second, state))| {
            let id = EnrolmentId::new(Uuid::from_u128(id));
            server
                .store
                .write(|tx| {
                    learning::enrol(tx, &actor(1, &[]), &on_course(course), id, at(second))?;
                    learning::change_enrolment(tx, &actor(1, &[]), id, 1, state, at(3))
                })
                .unwrap();
            id
        });
        let mut merged = draft("p", 2, [course("d", &["a", "b"])].into_iter().chain(lessons()).collect());
        merged.moves = vec![moved(DocKind::Course, "c", "d")];
        server.apply(&merged);
        let record = server.record(1);
        assert_eq!(ids.map(|id| record.enrolments[&id].state), expected, "{on_c:?} {on_d:?}");
        assert!(record.enrolments.values().all(|e| !e.state.is_open() || e.target == on_course("d")));
        server.check_replay(1);
    }
}
