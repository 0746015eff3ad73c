//! Cairn's rules as a library: a program publishes a small course, enrols a learner, reads, takes a quiz and shows the
//! progress. It needs `cairn-domain` and `cairn-memory` and nothing else: no server, no database, no files.
//!
//! Run it with `cargo run -p cairn-memory --example learn`.
#![allow(clippy::print_stdout, reason = "showing something is what the example is for")]

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_domain::catalog::{
    Answer, AnswerKey, Choice, Course, Detail, DocKind, Document, Draft, DraftDocument, Expected, GivenAnswer,
    KeyedAnswer, Lesson, PackInfo, Question, QuestionForm, Quiz, QuizRules, Requires, Task, apply_release, find,
};
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{
    AttemptState, EnrolmentState, LessonState, Target, complete_lesson, enrol, next_lesson, progress, progress_of,
    start_attempt, submit_attempt,
};
use cairn_domain::shared::{
    AttemptId, ChoiceId, Clock, ContentId, CourseId, EnrolmentId, Ids, LessonId, PackId, QuestionId, ReleaseId,
    Revision, SkillId, UserId,
};
use cairn_domain::{Code, Result, StoreExt};
use cairn_memory::{ManualClock, MemoryStore, SequentialIds};

pub(crate) fn main() -> Result<()> {
    let store = MemoryStore::new();
    let ids = SequentialIds::new();
    let clock = ManualClock::at("2026-01-31T12:00:00Z".parse()?);

    // What can be learnt. A draft is usually read from a directory of Markdown by cairn-content.
    let draft = draft()?;
    let release = ReleaseId::new(ids.next(clock.now()));
    let applied = store.write(|tx| apply_release(tx, None, &draft, (None, "First"), release, clock.now()))?;
    println!("Release {} of the pack `{}`:", applied.release.number, applied.release.pack.id);
    for change in &applied.plan.changes {
        println!("  {:?} {} `{}`", change.action, change.kind, change.id);
    }

    // Who learns it.
    let id = UserId::new(ids.next(clock.now()));
    let ada = User::new(id, Email::new("ada@example.org")?, "Ada", [Role::Learner], clock.now())?;
    store.write(|tx| tx.users_mut().insert(&ada))?;
    let actor = Actor::new(&ada, Via::Operator);

    let on = Target::Course(CourseId::new("http")?);
    let enrolment = EnrolmentId::new(ids.next(clock.now()));
    store.write(|tx| enrol(tx, &actor, &on, enrolment, clock.now()))?;
    show(&store, &actor, enrolment)?;

    // The quiz asks for the skill that the reading teaches.
    let quiz = LessonId::new("methods-quiz")?;
    let attempt = AttemptId::new(ids.next(clock.now()));
    let early = store.write(|tx| start_attempt(tx, &actor, enrolment, &quiz, (attempt, false), clock.now()));
    assert_eq!(early.map_err(|refused| refused.code()).err(), Some(Code::Locked));

    // Reading.
    let next = store.read(|tx| next_lesson(tx, &actor, enrolment))?;
    assert_eq!(next.lesson, Some(LessonId::new("methods")?));
    let found = store.read(|tx| find(tx, DocKind::Lesson, &ContentId::new("methods")?))?;
    println!("\n{}: {}\n", found.entry.document.title, found.html);
    let now = clock.advance(Duration::from_secs(600));
    store.write(|tx| complete_lesson(tx, &actor, enrolment, &LessonId::new("methods")?, now))?;
    show(&store, &actor, enrolment)?;

    // The quiz: once wrong, once right.
    for choice in ["post", "put"] {
        let attempt = AttemptId::new(ids.next(clock.now()));
        let now = clock.advance(Duration::from_secs(60));
        let (_, questions) = store.write(|tx| start_attempt(tx, &actor, enrolment, &quiz, (attempt, false), now))?;
        let question = &questions.questions[0];
        let answer = Answer::Choices(BTreeSet::from([ChoiceId::new(choice)?]));
        let answers = [GivenAnswer { question: question.id.clone(), answer }];
        let graded = store.write(|tx| submit_attempt(tx, &actor, attempt, &answers, now))?;
        let AttemptState::Graded(graded) = graded.state else { unreachable!("an attempt is graded at once") };
        println!("\n{}: `{choice}`, {} %, passed: {}", question.prompt, graded.grade.percent(), graded.passed);
        assert_eq!(graded.passed, choice == "put");
    }

    let state = show(&store, &actor, enrolment)?;
    assert_eq!(state, EnrolmentState::Completed);
    Ok(())
}

/// Prints where a learner stands, and gives the enrolment's state.
fn show(store: &MemoryStore, actor: &Actor, enrolment: EnrolmentId) -> Result<EnrolmentState> {
    let (standing, library) = store.read(|tx| progress(tx, actor, enrolment))?;
    let (_, catalogue) = library.pack(&standing.enrolment.pack).expect("a pack stays on its server");
    let seen = progress_of(catalogue, &standing);
    println!("{} %: {} of {}, {}", seen.percent(), seen.done, seen.required, standing.enrolment.state.as_str());
    for lesson in &seen.lessons {
        let state = match &lesson.state {
            LessonState::Completed { at } => format!("completed at {at}"),
            LessonState::Open => "open".to_owned(),
            LessonState::Locked { needs } => {
                let needs: Vec<_> = needs.iter().map(|need| need.node.to_string()).collect();
                format!("needs {}", needs.join(" and "))
            }
        };
        println!("  {}: {state}", lesson.lesson.document().title);
    }
    Ok(standing.enrolment.state)
}

fn draft() -> Result<Draft> {
    let skill = Document::new("http.methods", "Choosing a method", Detail::Skill)?;
    let reading = Lesson { teaches: vec![SkillId::new("http.methods")?], ..Lesson::reading(10) };
    let reading = Document::new("methods", "Methods and what they promise", Detail::Lesson(reading))?;
    let rules = QuizRules { pass_mark: 80, attempts: Some(3), cool_down_seconds: 60, questions: 1 };
    let requires = Requires { skills: vec![SkillId::new("http.methods")?], ..Requires::default() };
    let quiz = Lesson { requires, ..Lesson::quiz(5, rules) };
    let quiz = Document::new("methods-quiz", "Quiz: methods", Detail::Lesson(quiz))?;
    let lessons = vec![LessonId::new("methods")?, LessonId::new("methods-quiz")?];
    let course = Document::new("http", "HTTP", Detail::Course(Course { lessons, ..Course::default() }))?;

    let text = "<p>A request that is idempotent can be sent twice and does what it would do once.</p>";
    let document = |document, html: &str, task| DraftDocument { document, html: html.to_owned(), task };
    Ok(Draft {
        pack: PackInfo {
            id: PackId::new("backend")?,
            title: "Backend engineering".to_owned(),
            summary: String::new(),
            language: "en".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            authors: Vec::new(),
        },
        // Revisions and digests are SHA-256 of what is served; any values do that differ when the content does.
        digest: Revision::from_digest([1; 32]),
        documents: vec![
            document(skill, "", None),
            document(reading, text, None),
            document(quiz, "<p>One question.</p>", Some(questions()?)),
            document(course, "<p>How programs talk.</p>", None),
        ],
        moves: Vec::new(),
        links: Vec::new(),
        files: Vec::new(),
    })
}

fn questions() -> Result<Task> {
    let choice =
        |id: &str, text: &str| -> Result<Choice> { Ok(Choice { id: ChoiceId::new(id)?, text: text.to_owned() }) };
    let id = QuestionId::new("idempotent")?;
    let question = Question {
        id: id.clone(),
        points: 1,
        prompt: "Which method is idempotent?".to_owned(),
        form: QuestionForm::Single { choices: vec![choice("post", "POST")?, choice("put", "PUT")?] },
    };
    let answer = KeyedAnswer {
        expected: Expected::Choices(BTreeSet::from([ChoiceId::new("put")?])),
        explanation: "PUT says what the resource shall be; saying it twice changes nothing.".to_owned(),
    };
    Ok(Task::Quiz(Quiz { questions: vec![question] }, AnswerKey::new([(id, answer)])))
}
