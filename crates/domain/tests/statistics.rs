//! What authors learn of how lessons and courses fare, over the store's contract.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_domain::catalog::*;
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{
    self, CourseStatistics, EnrolmentState, LearnerCounts, LessonStatistics, NEWEST, Target, count_attempts,
};
use cairn_domain::shared::*;
use cairn_domain::{Code, Result, StoreExt};
use cairn_memory::MemoryStore;
use uuid::Uuid;

/// A moment, in days.
fn day(days: u64) -> Timestamp {
    Timestamp::from_micros(0).plus(Duration::from_secs(days * 86_400))
}

fn actor(n: u128, roles: &[Role]) -> Actor {
    let roles: BTreeSet<_> = roles.iter().copied().chain([Role::Learner]).collect();
    Actor { user: UserId::new(Uuid::from_u128(n)), roles, via: Via::Operator }
}

fn author() -> Actor {
    actor(1_000_000, &[Role::Author])
}

fn lesson_id(text: &str) -> LessonId {
    LessonId::new(text).unwrap()
}

fn draft_of(document: Document) -> DraftDocument {
    DraftDocument { document, html: String::new(), task: None }
}

fn reading(id: &str, requires: &[&str]) -> DraftDocument {
    let requires = Requires { lessons: requires.iter().map(|id| lesson_id(id)).collect(), ..Requires::default() };
    draft_of(Document::new(id, id, Detail::Lesson(Lesson { requires, ..Lesson::reading(5) })).unwrap())
}

fn course(id: &str, lessons: &[&str]) -> DraftDocument {
    let lessons = lessons.iter().map(|id| lesson_id(id)).collect();
    draft_of(Document::new(id, id, Detail::Course(Course { lessons, ..Course::default() })).unwrap())
}

fn track(id: &str, courses: &[&str]) -> DraftDocument {
    let courses = courses.iter().map(|id| CourseId::new(id).unwrap()).collect();
    draft_of(Document::new(id, id, Detail::Track(Track { courses })).unwrap())
}

/// A quiz of two questions: `one`, for which choice `a` is right, and `two`, for which `a` and `b` are.
fn quiz(id: &str, revision: u8, requires: &[&str]) -> DraftDocument {
    let choice = |id: &str| ChoiceId::new(id).unwrap();
    let choices = || ["a", "b", "c"].map(|id| Choice { id: choice(id), text: id.to_owned() }).to_vec();
    let forms = [
        ("one", QuestionForm::Single { choices: choices() }, BTreeSet::from([choice("a")])),
        ("two", QuestionForm::Multiple { choices: choices() }, BTreeSet::from([choice("a"), choice("b")])),
    ];
    let mut quiz = Quiz::default();
    let mut key = Vec::new();
    for (id, form, right) in forms {
        let id = QuestionId::new(id).unwrap();
        quiz.questions.push(Question { id: id.clone(), points: 1, prompt: format!("<p>{id}?</p>"), form });
        key.push((id, KeyedAnswer { expected: Expected::Choices(right), explanation: String::new() }));
    }
    let rules = QuizRules { pass_mark: 100, attempts: None, cool_down_seconds: 0, questions: 2 };
    let requires = Requires { lessons: requires.iter().map(|id| lesson_id(id)).collect(), ..Requires::default() };
    let lesson = Lesson { requires, ..Lesson::quiz(5, rules) };
    let mut document = Document::new(id, id, Detail::Lesson(lesson)).unwrap();
    document.revision = Revision::from_digest([revision; 32]);
    DraftDocument { document, html: String::new(), task: Some(Task::Quiz(quiz, AnswerKey::new(key))) }
}

struct Server {
    store: MemoryStore,
    ids: std::cell::Cell<u128>,
}

impl Server {
    /// Courses `c` (reading `a`, reading `b` that needs it, quiz `q` that needs `b`) and `d` (reading `x`), and the track
    /// `t` of `d` and then `c`.
    fn new() -> Self {
        let server = Self { store: MemoryStore::new(), ids: std::cell::Cell::new(0) };
        server.apply(1);
        server
    }

    fn apply(&self, revision: u8) {
        let draft = Draft {
            pack: PackInfo {
                id: PackId::new("p").unwrap(),
                title: "P".into(),
                summary: String::new(),
                language: "en".into(),
                licence: "CC0-1.0".into(),
                authors: Vec::new(),
            },
            digest: Revision::from_digest([revision; 32]),
            documents: vec![
                track("t", &["d", "c"]),
                course("d", &["x"]),
                course("c", &["a", "b", "q"]),
                reading("x", &[]),
                reading("a", &[]),
                reading("b", &["a"]),
                quiz("q", revision, &["b"]),
            ],
            moves: Vec::new(),
            links: Vec::new(),
            files: Vec::new(),
        };
        let id = ReleaseId::new(self.id());
        self.store.write(|tx| apply_release(tx, None, &draft, (None, ""), id, day(0))).unwrap();
    }

    fn id(&self) -> Uuid {
        self.ids.set(self.ids.get() + 1);
        Uuid::from_u128(self.ids.get())
    }

    /// A new learner on a target.
    fn learner(&self, target: &str, at: u64) -> (u128, EnrolmentId) {
        let n = 10 + self.ids.get();
        let email = Email::new(&format!("user{n}@example.org")).unwrap();
        let user = User::new(UserId::new(Uuid::from_u128(n)), email, "Somebody", [], day(0)).unwrap();
        self.store.write(|tx| tx.users_mut().insert(&user)).unwrap();
        (n, self.enrol(n, target, at))
    }

    fn enrol(&self, learner: u128, target: &str, at: u64) -> EnrolmentId {
        let id = EnrolmentId::new(self.id());
        let target = match target {
            "t" => Target::Track(target.parse().unwrap()),
            _ => Target::Course(target.parse().unwrap()),
        };
        self.store.write(|tx| learning::enrol(tx, &actor(learner, &[]), &target, id, day(at))).unwrap();
        id
    }

    fn read(&self, (learner, enrolment): (u128, EnrolmentId), lesson: &str, at: u64) {
        let lesson = lesson_id(lesson);
        let done = |tx: &mut dyn cairn_domain::WriteTx| {
            learning::complete_lesson(tx, &actor(learner, &[]), enrolment, &lesson, day(at))
        };
        self.store.write(done).unwrap();
    }

    fn start(&self, (learner, enrolment): (u128, EnrolmentId), at: u64) -> AttemptId {
        let id = AttemptId::new(self.id());
        let start = |tx: &mut dyn cairn_domain::WriteTx| {
            learning::start_attempt(tx, &actor(learner, &[]), enrolment, &lesson_id("q"), (id, false), day(at))
        };
        self.store.write(start).unwrap();
        id
    }

    /// Takes the quiz with these choices for its questions; none leaves one out.
    fn take(&self, who: (u128, EnrolmentId), one: &[&str], two: &[&str], at: u64) {
        let id = self.start(who, at);
        let answer = |question: &str, choices: &[&str]| GivenAnswer {
            question: QuestionId::new(question).unwrap(),
            answer: Answer::Choices(choices.iter().map(|id| ChoiceId::new(id).unwrap()).collect()),
        };
        let answers = [("one", one), ("two", two)].into_iter().filter(|(_, choices)| !choices.is_empty());
        let answers: Vec<_> = answers.map(|(question, choices)| answer(question, choices)).collect();
        let actor = actor(who.0, &[]);
        self.store.write(|tx| learning::submit_attempt(tx, &actor, id, &answers, day(at))).unwrap();
    }

    fn lesson(&self, name: &str, revision: Option<u8>) -> Result<LessonStatistics> {
        let (name, revision) = (ContentId::new(name).unwrap(), revision.map(|byte| Revision::from_digest([byte; 32])));
        self.store.read(|tx| learning::lesson_statistics(tx, &author(), &name, revision.as_ref(), day(100)))
    }

    fn course(&self, name: &str, idle_days: u32, now: u64) -> Result<CourseStatistics> {
        let name = ContentId::new(name).unwrap();
        self.store.read(|tx| learning::course_statistics(tx, &author(), &name, idle_days, day(now)))
    }
}

/// Lesson, reached, completed, stopped, and the median of days.
fn rows(found: &CourseStatistics) -> Vec<(&str, u64, u64, u64, Option<u64>)> {
    let row = |l: &'_ learning::LessonReach| (l.reached, l.completed, l.stopped, l.median_idle_days);
    let rows = found.lessons.iter().map(|lesson| (lesson.lesson.as_str(), row(lesson)));
    rows.map(|(id, (reached, completed, stopped, median))| (id, reached, completed, stopped, median)).collect()
}

#[test]
fn a_lesson_is_counted_at_once_and_the_same_when_it_is_folded_in() {
    let server = Server::new();
    let learners: Vec<_> = (0..3).map(|_| server.learner("c", 1)).collect();
    for who in &learners {
        server.read(*who, "a", 1);
        server.read(*who, "b", 1);
    }
    let nothing = server.lesson("q", None).unwrap();
    assert_eq!((nothing.attempts.started, nothing.percent, nothing.questions.len()), (0, None, 2));
    server.take(learners[0], &["b"], &["a", "c"], 2);
    server.take(learners[0], &["a"], &["a", "b"], 3);
    server.take(learners[1], &["b"], &[], 3);
    server.start(learners[2], 4);
    let expected = |found: &LessonStatistics| {
        assert_eq!(found.learners, LearnerCounts { tried: 3, completed: 1 });
        let attempts = &found.attempts;
        assert_eq!((attempts.started, attempts.graded, attempts.passed), (4, 3, 1));
        assert_eq!(found.percent.unwrap().tenths, [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let questions: Vec<_> = found
            .questions
            .iter()
            .map(|q| {
                let wrong = q.most_chosen_wrong.as_ref().map(|wrong| (wrong.choice.to_string(), wrong.times));
                (q.question.to_string(), q.answered, q.wrong, q.unanswered, q.failed_percent, wrong)
            })
            .collect();
        let wrong = |choice: &str, times| Some((choice.to_owned(), times));
        assert_eq!(
            questions,
            [("one".to_owned(), 3, 2, 0, 67, wrong("b", 2)), ("two".to_owned(), 2, 1, 1, 67, wrong("c", 1)),]
        );
    };
    let before = server.lesson("q", None).unwrap();
    expected(&before);
    assert_eq!(server.store.write(|tx| count_attempts(tx, 2)).unwrap(), 2);
    assert_eq!(server.lesson("q", None).unwrap(), before, "some of them counted");
    assert_eq!(server.store.write(|tx| count_attempts(tx, 2)).unwrap(), 1);
    assert_eq!(server.lesson("q", None).unwrap(), before, "all of them counted");
}

#[test]
fn each_revision_has_its_own_counts() {
    let server = Server::new();
    let who = server.learner("c", 1);
    server.read(who, "a", 1);
    server.read(who, "b", 1);
    server.take(who, &["b"], &["a", "b"], 2);
    server.apply(2);
    server.take(who, &["a"], &["a", "b"], 3);
    let present = server.lesson("q", None).unwrap();
    assert_eq!((present.attempts.graded, present.attempts.passed, present.current), (1, 1, true));
    assert_eq!(present.revisions.iter().map(|one| one.graded).collect::<Vec<_>>(), [1, 1]);
    let earlier = server.lesson("q", Some(1)).unwrap();
    assert_eq!((earlier.attempts.graded, earlier.attempts.passed, earlier.current), (1, 0, false));
    assert_eq!(earlier.percent.unwrap().median, 50);
    assert_eq!(earlier.questions[0].question.as_str(), "one");
    let never = server.lesson("q", Some(3)).unwrap_err();
    assert_eq!((never.code(), never.violations()[0].pointer.as_str()), (Code::Invalid, "/revision"));
    let reading = server.lesson("a", None).unwrap();
    assert_eq!((reading.learners.completed, reading.questions.len(), reading.percent), (1, 0, None));
    assert_eq!(server.lesson("nothing", None).unwrap_err().code(), Code::NotFound);
}

#[test]
fn a_course_tells_how_far_learners_come_and_where_they_stop() {
    let server = Server::new();
    let (fresh, first, second, third, done, paused, gone) = (
        server.learner("c", 19),
        server.learner("c", 1),
        server.learner("c", 1),
        server.learner("c", 1),
        server.learner("c", 1),
        server.learner("c", 1),
        server.learner("c", 1),
    );
    for (who, at) in [(second, 2), (third, 5), (done, 2), (paused, 2)] {
        server.read(who, "a", at);
    }
    server.read(done, "b", 2);
    server.take(done, &["a"], &["a", "b"], 2);
    let change = |(n, enrolment): (u128, EnrolmentId), state| {
        let actor = actor(n, &[]);
        server.store.write(|tx| learning::change_enrolment(tx, &actor, enrolment, 1, state, day(2))).unwrap();
    };
    change(paused, EnrolmentState::Paused);
    change(gone, EnrolmentState::Withdrawn);
    let found = server.course("c", 14, 20).unwrap();
    assert_eq!((found.learners, found.newest_only, found.idle_days), (6, false, 14));
    // `fresh` is not idle, `first` stands before `a` for 19 days; `second` and `third` before `b` for 18 and 15.
    assert_eq!(
        rows(&found),
        [("a", 6, 4, 1, Some(19)), ("b", 4, 1, 2, Some(15)), ("q", 1, 1, 0, None)],
        "{fresh:?} {first:?}"
    );
    assert_eq!(rows(&server.course("c", 16, 20).unwrap())[1], ("b", 4, 1, 1, Some(18)));
    assert_eq!(rows(&server.course("c", 365, 20).unwrap()).iter().map(|row| row.3).sum::<u64>(), 0);
}

#[test]
fn who_learns_a_course_in_a_track_stops_where_the_track_goes_on() {
    let server = Server::new();
    let at_x = server.learner("t", 1);
    let past_x = server.learner("t", 1);
    server.read(past_x, "x", 2);
    // One learner on both counts once, whatever the enrolment.
    let both = server.learner("t", 1);
    server.enrol(both.0, "c", 1);
    let found = server.course("c", 14, 30).unwrap();
    assert_eq!((found.learners, found.newest_only), (3, false));
    // For `both` the next lesson is `a` on the course, and `x` on the track.
    assert_eq!(rows(&found)[0], ("a", 3, 0, 2, Some(28)), "{at_x:?}");
    let other = server.course("d", 14, 30).unwrap();
    assert_eq!(rows(&other), [("x", 3, 1, 2, Some(29))]);
}

#[test]
fn only_the_newest_enrolments_are_looked_at() {
    let server = Server::new();
    let oldest = server.learner("d", 1);
    server.read(oldest, "x", 1);
    for _ in 0..NEWEST / 2 - 1 {
        server.learner("d", 1);
    }
    // The course has a track with it, so that each has half of the places.
    let found = server.course("d", 14, 30).unwrap();
    assert_eq!((found.learners, found.newest_only), (NEWEST as u64 / 2, false));
    assert_eq!(rows(&found)[0].2, 1);
    server.learner("d", 1);
    let found = server.course("d", 14, 30).unwrap();
    assert_eq!((found.learners, found.newest_only), (NEWEST as u64 / 2, true));
    assert_eq!(rows(&found)[0].2, 0, "the oldest is left out");
}

#[test]
fn statistics_are_for_authors() {
    let server = Server::new();
    let name = ContentId::new("q").unwrap();
    for roles in [&[][..], &[Role::Instructor]] {
        let denied = server.store.read(|tx| learning::lesson_statistics(tx, &actor(1, roles), &name, None, day(1)));
        assert_eq!(denied.unwrap_err().code(), Code::RoleMissing);
        let course = ContentId::new("c").unwrap();
        let denied = server.store.read(|tx| learning::course_statistics(tx, &actor(1, roles), &course, 14, day(1)));
        assert_eq!(denied.unwrap_err().code(), Code::RoleMissing);
    }
    for idle_days in [0, 366] {
        let refused = server.course("c", idle_days, 20).unwrap_err();
        assert_eq!((refused.code(), refused.violations()[0].pointer.as_str()), (Code::Invalid, "/idle_days"));
    }
    assert_eq!(server.course("nothing", 14, 20).unwrap_err().code(), Code::NotFound);
}
