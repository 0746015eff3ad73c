//! What a release changed is told afterwards as its plan told it before.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use cairn_domain::catalog::*;
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{self, Target};
use cairn_domain::shared::*;
use cairn_domain::{Code, Result, StoreExt};
use cairn_memory::MemoryStore;
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn actor(n: u128, roles: &[Role]) -> Actor {
    let roles: BTreeSet<_> = roles.iter().copied().chain([Role::Learner]).collect();
    Actor { user: UserId::new(Uuid::from_u128(n)), roles, via: Via::Operator }
}

fn pack() -> PackId {
    PackId::new("p").unwrap()
}

fn id(text: &str) -> ContentId {
    ContentId::new(text).unwrap()
}

/// A document whose revision follows from all of it.
fn document(id: &str, html: &str, detail: Detail, quiz: Option<(Quiz, AnswerKey)>) -> DraftDocument {
    let mut document = Document::new(id, id, detail).unwrap();
    let key = quiz.as_ref().map(|(quiz, key)| (quiz, serde_json::to_string(&key.to_record()).unwrap()));
    let mut digest = [0_u8; 32];
    for (at, byte) in format!("{html} {document:?} {key:?}").bytes().enumerate() {
        digest[at % 32] = digest[at % 32].wrapping_mul(31).wrapping_add(byte);
    }
    document.revision = Revision::from_digest(digest);
    DraftDocument { document, html: html.to_owned(), task: quiz.map(|(quiz, key)| Task::Quiz(quiz, key)) }
}

fn reading(id: &str, html: &str) -> DraftDocument {
    document(id, html, Detail::Lesson(Lesson::reading(5)), None)
}

fn course(id: &str, lessons: &[&str]) -> DraftDocument {
    let lessons = lessons.iter().map(|id| LessonId::new(id).unwrap()).collect();
    document(id, "", Detail::Course(Course { lessons, ..Course::default() }), None)
}

/// A quiz of one question with this prompt and right choice.
fn quiz(id: &str, prompt: &str, right: &str) -> DraftDocument {
    let choice = |id: &str| ChoiceId::new(id).unwrap();
    let choices = ["a", "b"].map(|id| Choice { id: choice(id), text: id.to_owned() }).to_vec();
    let question = QuestionId::new("one").unwrap();
    let form = QuestionForm::Single { choices };
    let quiz = Quiz { questions: vec![Question { id: question.clone(), points: 1, prompt: prompt.to_owned(), form }] };
    let keyed = KeyedAnswer { expected: Expected::Choices([choice(right)].into()), explanation: String::new() };
    let rules = QuizRules { pass_mark: 80, attempts: None, cool_down_seconds: 0, questions: 1 };
    document(id, "Try", Detail::Lesson(Lesson::quiz(5, rules)), Some((quiz, AnswerKey::new([(question, keyed)]))))
}

fn draft(documents: Vec<DraftDocument>, moves: &[(&str, &str)]) -> Draft {
    let mut digest = [1_u8; 32];
    for document in &documents {
        for (at, byte) in
            document.document.revision.as_str().bytes().chain(document.document.id.as_str().bytes()).enumerate()
        {
            digest[at % 32] = digest[at % 32].wrapping_mul(31).wrapping_add(byte);
        }
    }
    let lesson = |(from, to): &(&str, &str)| Move { kind: DocKind::Lesson, from: id(from), to: id(to) };
    Draft {
        pack: PackInfo {
            id: pack(),
            title: "Pack".into(),
            summary: String::new(),
            language: "en".into(),
            licence: "CC0-1.0".into(),
            authors: Vec::new(),
        },
        digest: Revision::from_digest(digest),
        documents,
        moves: moves.iter().map(lesson).collect(),
        links: Vec::new(),
        files: Vec::new(),
    }
}

#[derive(Default)]
struct Server {
    store: MemoryStore,
    releases: std::cell::Cell<u128>,
}

impl Server {
    fn new() -> Self {
        let server = Self::default();
        for n in [1, 1000] {
            let email = Email::new(&format!("user{n}@example.org")).unwrap();
            let user = User::new(UserId::new(Uuid::from_u128(n)), email, "Somebody", [], NOW).unwrap();
            server.store.write(|tx| tx.users_mut().insert(&user)).unwrap();
        }
        server
    }

    fn author() -> Actor {
        actor(1000, &[Role::Author])
    }

    fn id(&self) -> ReleaseId {
        self.releases.set(self.releases.get() + 1);
        ReleaseId::new(Uuid::from_u128(self.releases.get()))
    }

    /// Applies a draft; what is planned, done and told afterwards is the same.
    fn apply(&self, draft: &Draft) -> Plan {
        let planned = self.store.read(|tx| plan_draft(tx, &Self::author(), draft)).unwrap();
        let id = self.id();
        let applied =
            self.store.write(|tx| apply_release(tx, Some(&Self::author()), draft, (None, ""), id, NOW)).unwrap();
        if applied.created {
            assert_eq!(applied.plan, planned);
            assert_eq!(self.changes(planned.number, None).unwrap(), planned);
        }
        applied.plan
    }

    fn roll_back(&self, number: u32) -> Plan {
        let id = self.id();
        let applied =
            self.store.write(|tx| roll_back(tx, &Self::author(), &pack(), number, (None, ""), id, NOW)).unwrap();
        assert_eq!(self.changes(applied.release.number, None).unwrap(), applied.plan);
        applied.plan
    }

    fn changes(&self, number: u32, since: Option<u32>) -> Result<Plan> {
        self.store.read(|tx| release_changes(tx, &Self::author(), &pack(), number, since))
    }
}

fn summary(plan: &Plan) -> Vec<String> {
    let row = |change: &Change| {
        let from = change.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        let parts: Vec<_> = change.parts.iter().map(|part| part.as_str()).collect();
        format!("{} {}{from} [{}] {}", change.action.as_str(), change.id, parts.join(" "), change.enrolments)
    };
    plan.changes.iter().map(row).collect()
}

fn base() -> Draft {
    draft(vec![course("c", &["a", "b", "q"]), reading("a", "A"), reading("b", "B"), quiz("q", "Which?", "a")], &[])
}

#[test]
fn a_release_tells_what_it_changed() {
    let server = Server::new();
    assert_eq!(server.apply(&base()).from, None);
    let target = Target::Course(CourseId::new("c").unwrap());
    let enrolment = EnrolmentId::new(Uuid::from_u128(7));
    server.store.write(|tx| learning::enrol(tx, &actor(1, &[]), &target, enrolment, NOW)).unwrap();
    let second = draft(
        vec![course("c", &["a", "d", "q"]), reading("a", "Better"), reading("d", "B"), quiz("q", "Which?", "b")],
        &[("b", "d")],
    );
    server.apply(&second);
    let told = server.changes(2, None).unwrap();
    assert_eq!((told.from, told.number, told.enrolments), (Some(1), 2, 1));
    assert_eq!(
        summary(&told),
        ["changed c [contents] 1", "changed a [text] 1", "changed q [questions] 1", "moved d from b [title] 1"]
    );
    let first = server.changes(1, None).unwrap();
    assert_eq!((first.from, first.number), (None, 1));
    assert_eq!(summary(&first), ["added c [] 1", "added a [] 1", "added b [] 1", "added q [] 1"]);
    assert_eq!(summary(&server.changes(2, Some(0)).unwrap()).len(), 4);
    let back = server.roll_back(1);
    assert_eq!(
        summary(&back),
        ["changed c [contents] 1", "changed a [text] 1", "changed q [questions] 1", "moved b from d [title] 1"]
    );
    assert_eq!(summary(&server.changes(3, Some(1)).unwrap()), [""; 0], "there and back is as it was");
}

#[test]
fn a_span_of_releases_follows_what_moved_twice() {
    let server = Server::new();
    let one = |lesson: &str, moves: &[(&str, &str)]| draft(vec![course("c", &[lesson]), reading(lesson, "A")], moves);
    server.apply(&one("a", &[]));
    server.apply(&one("b", &[("a", "b")]));
    server.apply(&one("d", &[("b", "d")]));
    let plan = server.changes(3, Some(1)).unwrap();
    assert_eq!(summary(&plan), ["changed c [contents] 0", "moved d from a [title] 0"]);
    assert_eq!(plan.from, Some(1));
}

#[test]
fn what_was_gone_is_told_as_back() {
    let server = Server::new();
    server.apply(&base());
    server.apply(&draft(vec![course("c", &["a"]), reading("a", "A")], &[]));
    assert_eq!(
        summary(&server.changes(2, None).unwrap()),
        ["changed c [contents] 0", "retired b [] 0", "retired q [] 0"]
    );
    server.apply(&draft(vec![course("c", &["a", "b"]), reading("a", "A"), reading("b", "New")], &[]));
    assert_eq!(summary(&server.changes(3, None).unwrap()), ["changed c [contents] 0", "restored b [text] 0"]);
    let since_first = ["changed c [contents] 0", "changed b [text] 0", "retired q [] 0"];
    assert_eq!(summary(&server.changes(3, Some(1)).unwrap()), since_first);
}

#[test]
fn changes_are_for_authors_and_compare_with_what_came_before() {
    let server = Server::new();
    server.apply(&base());
    for roles in [&[][..], &[Role::Instructor]] {
        let denied = server.store.read(|tx| release_changes(tx, &actor(1, roles), &pack(), 1, None));
        assert_eq!(denied.unwrap_err().code(), Code::RoleMissing);
    }
    assert_eq!(server.changes(2, None).unwrap_err().code(), Code::NotFound);
    for since in [1, 2, 9] {
        let error = server.changes(1, Some(since)).unwrap_err();
        assert_eq!((error.code(), error.violations()[0].pointer.as_str()), (Code::Invalid, "/since"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is applied and rolled back in turn: afterwards it is told as it was planned, which `Server` asserts.
    #[test]
    fn plans_and_changes_agree(steps in prop::collection::vec((prop::collection::btree_set(0..5_usize, 1..5), 0..3_u8, any::<bool>()), 1..8)) {
        let server = Server::new();
        let names = ["a", "b", "d", "e", "f"];
        let mut number = 0;
        for (lessons, text, back) in steps {
            if back && number > 1 {
                server.roll_back(number - 1);
                number += 1;
                continue;
            }
            let listed: Vec<_> = lessons.iter().map(|at| names[*at]).collect();
            let gone = names.iter().find(|name| !listed.contains(name)).copied();
            let moves: Vec<_> = gone.filter(|_| text == 1).map(|gone| (gone, listed[0])).into_iter().collect();
            let texts = listed.iter().map(|name| reading(name, &format!("{text}")));
            let plan = server.apply(&draft(std::iter::once(course("c", &listed)).chain(texts).collect(), &moves));
            number = number.max(plan.number);
        }
        // Against nothing, all that is live is new.
        let all = server.changes(number, Some(0)).unwrap();
        prop_assert!(all.changes.iter().all(|change| change.action == Action::Added));
    }
}
