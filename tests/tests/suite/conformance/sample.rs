//! Values to write, and the shortest ways to write them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use cairn_domain::catalog::{
    Answer, AnswerKey, Choice, Course, Detail, Document, Draft, DraftDocument, DrillRules, Expected, GivenAnswer,
    Ignore, KeyedAnswer, Lesson, PackInfo, Question, QuestionForm, Quiz, QuizRules, Release, SourceFile, Task, Track,
    apply_release,
};
use cairn_domain::identity::{Actor, Email, SecretDigest, User, Via};
use cairn_domain::learning::{Event, LearningRecord, RecordChanges, RecordedEvent};
use cairn_domain::shared::{
    ChoiceId, ContentId, CourseId, LessonId, PackId, Page, PageRequest, QuestionId, ReleaseId, Revision, SkillId,
    Timestamp, UserId, Uuid,
};
use cairn_domain::{Code, ReadTx, Result, Store, StoreExt, WriteTx};
use cairn_drill::DrillKind;

pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(super) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// An id that no other test or call gets; later ones are greater.
pub(super) fn fresh() -> Uuid {
    static LAST: AtomicU64 = AtomicU64::new(1);
    uuid(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(LAST.fetch_add(1, Ordering::Relaxed)))
}

pub(super) fn user_id(n: u128) -> UserId {
    UserId::new(uuid(n))
}

/// A revision or digest that follows from a text.
pub(super) fn revision(of: &str) -> Revision {
    let mut digest = [7_u8; 32];
    for (at, byte) in of.bytes().enumerate() {
        let before = digest[(at + 31) % 32];
        digest[at % 32] = digest[at % 32].wrapping_mul(31).wrapping_add(byte) ^ before.rotate_left(3);
    }
    Revision::from_digest(digest)
}

pub(super) fn secret(of: &str) -> SecretDigest {
    SecretDigest::new(revision(of).to_string())
}

pub(super) fn code<T>(result: Result<T>) -> Code {
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => error.code(),
    }
}

pub(super) fn user(n: u128) -> User {
    let email = Email::new(&format!("User{n}@example.org")).unwrap();
    User::new(user_id(n), email, &format!("User {n}"), [], at(1_000_000)).unwrap()
}

pub(super) fn add_user(store: &dyn Store, n: u128) -> User {
    let user = user(n);
    store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    user
}

pub(super) fn actor(user: &User) -> Actor {
    Actor::new(user, Via::Operator)
}

pub(super) fn content_id(id: &str) -> ContentId {
    ContentId::new(id).unwrap()
}
pub(super) fn lesson_id(id: &str) -> LessonId {
    LessonId::new(id).unwrap()
}
pub(super) fn course_id(id: &str) -> CourseId {
    CourseId::new(id).unwrap()
}
pub(super) fn pack_id(id: &str) -> PackId {
    PackId::new(id).unwrap()
}
pub(super) fn skill_id(id: &str) -> SkillId {
    SkillId::new(id).unwrap()
}

pub(super) fn page(limit: u32) -> PageRequest {
    PageRequest::new(Some(limit), None).unwrap()
}

/// All items of a list, read in pages of a size.
pub(super) fn pages<T>(
    store: &dyn Store,
    limit: u32,
    read: impl Fn(&mut dyn ReadTx, &PageRequest) -> Result<Page<T>>,
) -> Vec<T> {
    let (mut items, mut request) = (Vec::new(), page(limit));
    loop {
        let next = store.read(|tx| read(tx, &request)).unwrap();
        assert!(next.items.len() <= request.limit());
        items.extend(next.items);
        match next.next {
            Some(key) => {
                assert_ne!(request.after(), Some(key.as_str()), "the next page begins later");
                request = request.following(key);
            }
            None => return items,
        }
    }
}

/// Appends events with the rows that follow from them; gives the record that is expected then.
pub(super) fn append(tx: &mut dyn WriteTx, user: UserId, events: Vec<(Event, Timestamp)>) -> Result<LearningRecord> {
    let before = tx.records().record(user)?;
    let mut all = Vec::new();
    let mut request = PageRequest::first();
    loop {
        let page = tx.records().events(user, &request)?;
        all.extend(page.items);
        match page.next {
            Some(key) => request = request.following(key),
            None => break,
        }
    }
    let new = (before.seq + 1..).zip(events).map(|(seq, (event, at))| RecordedEvent { user, seq, at, event });
    let new: Vec<_> = new.collect();
    all.extend(new.iter().cloned());
    let after = LearningRecord::replay(user, &all);
    tx.records_mut().save(&RecordChanges {
        user,
        events: new,
        lessons: after.lessons.clone().into_iter().collect(),
        skills: after.skills.clone().into_iter().filter(|(id, _)| !before.skills.contains_key(id)).collect(),
        courses: after.courses.clone().into_iter().filter(|(id, _)| !before.courses.contains_key(id)).collect(),
        enrolments: after.enrolments.values().cloned().collect(),
    })?;
    Ok(after)
}

/// The event of a lesson completed by reading.
pub(super) fn read_event(lesson: &str) -> Event {
    let reason = cairn_domain::learning::Reason::Moved { from: lesson_id("elsewhere") };
    Event::LessonCompleted { lesson: lesson_id(lesson), revision: revision(lesson), reason }
}

/// A document with a text; its revision follows from both.
pub(super) fn document(id: &str, html: &str, detail: Detail) -> DraftDocument {
    let mut document = Document::new(id, &format!("Title of {id}"), detail).unwrap();
    document.revision = revision(&format!("{html} {document:?}"));
    DraftDocument { document, html: html.to_owned(), task: None }
}

pub(super) fn reading(id: &str) -> DraftDocument {
    document(id, &format!("<p>{id}</p>"), Detail::Lesson(Lesson::reading(5)))
}

pub(super) fn course(id: &str, lessons: &[&str]) -> DraftDocument {
    let lessons = lessons.iter().map(|id| lesson_id(id)).collect();
    document(id, "", Detail::Course(Course { lessons, ..Course::default() }))
}

pub(super) fn track(id: &str, courses: &[&str]) -> DraftDocument {
    document(id, "", Detail::Track(Track { courses: courses.iter().map(|id| course_id(id)).collect() }))
}

/// A quiz with a question of each form, that allows so many attempts.
pub(super) fn quiz(id: &str, attempts: Option<u32>) -> DraftDocument {
    let choices =
        || ["a", "b"].map(|id| Choice { id: ChoiceId::new(id).unwrap(), text: format!("<b>{id}</b>") }).to_vec();
    let forms = [
        ("one", QuestionForm::Single { choices: choices() }, Expected::Choices(chosen(&["a"]))),
        ("many", QuestionForm::Multiple { choices: choices() }, Expected::Choices(chosen(&["a", "b"]))),
        (
            "number",
            QuestionForm::Numeric { unit: Some("µs".into()) },
            Expected::Number { value: "0.10".parse().unwrap(), tolerance: "0.01".parse().unwrap() },
        ),
        (
            "word",
            QuestionForm::Text,
            Expected::Text { accept: vec!["Ünïcode 🦀".into()], ignore: [Ignore::Case].into() },
        ),
    ];
    let mut questions = Quiz::default();
    let mut key = Vec::new();
    for (id, form, expected) in forms {
        let id = QuestionId::new(id).unwrap();
        questions.questions.push(Question { id: id.clone(), points: 25, prompt: format!("<p>{id}?</p>"), form });
        key.push((id.clone(), KeyedAnswer { expected, explanation: format!("<p>Because {id}.</p>") }));
    }
    let rules = QuizRules { pass_mark: 80, attempts, cool_down_seconds: 0, questions: 4 };
    let mut quiz = document(id, "<p>Four questions.</p>", Detail::Lesson(Lesson::quiz(5, rules)));
    quiz.task = Some(Task::Quiz(questions, AnswerKey::new(key)));
    quiz
}

/// What a quiz of the sample asks, and its answers.
pub(super) fn asked(draft: &mut DraftDocument) -> (&mut Quiz, &mut AnswerKey) {
    let Some(Task::Quiz(quiz, key)) = &mut draft.task else { panic!("{} is no quiz", draft.document.id) };
    (quiz, key)
}

/// A drill on SQL whose reference is this query.
pub(super) fn drill(id: &str, reference: &str) -> DraftDocument {
    let rules = DrillRules { kind: DrillKind::Sql, attempts: None, cool_down_seconds: 0, open_minutes: 60 };
    let mut draft = document(id, "<p>A question.</p>", Detail::Lesson(Lesson::drill(5, rules)));
    let value = serde_json::json!({
        "drill": "sql/v1", "data": { "seed": 7, "tables": [{ "name": "t", "create": "CREATE TABLE t (n)" }] },
        "reference": reference,
    });
    let authored = cairn_drill::parse(value).unwrap();
    draft.task = Some(Task::drill(authored.drill, authored.key));
    draft
}

pub(super) fn chosen(ids: &[&str]) -> BTreeSet<ChoiceId> {
    ids.iter().map(|id| ChoiceId::new(id).unwrap()).collect()
}

/// The right answers to [`quiz`].
pub(super) fn right_answers() -> Vec<GivenAnswer> {
    let answers = [
        ("one", Answer::Choices(chosen(&["a"]))),
        ("many", Answer::Choices(chosen(&["a", "b"]))),
        ("number", Answer::Number("0.11".into())),
        ("word", Answer::Text("ünïcode 🦀".into())),
    ];
    answers.map(|(id, answer)| GivenAnswer { question: QuestionId::new(id).unwrap(), answer }).into()
}

pub(super) fn file(path: &str, bytes: &[u8]) -> SourceFile {
    SourceFile { path: path.to_owned(), digest: revision(&format!("{bytes:?}")), bytes: bytes.into() }
}

pub(super) fn draft(pack: &str, documents: Vec<DraftDocument>) -> Draft {
    let digest = revision(&format!("{:?}", documents.iter().map(|d| (&d.document, &d.html)).collect::<Vec<_>>()));
    Draft {
        pack: PackInfo {
            id: pack_id(pack),
            title: format!("The pack {pack}"),
            summary: "Sümmary 🦀".into(),
            language: "en".into(),
            licence: "CC-BY-4.0".into(),
            authors: vec!["Ada".into(), "Grace, B. M.".into()],
        },
        files: vec![file("pack.yaml", format!("id: {pack} {digest}").as_bytes())],
        digest,
        documents,
        moves: Vec::new(),
        links: Vec::new(),
    }
}

/// A pack `p` with one course `c` of two readings, `a` and `b`, and a quiz `q` of two attempts.
pub(super) fn small_pack() -> Draft {
    draft("p", vec![course("c", &["a", "b", "q"]), reading("a"), reading("b"), quiz("q", Some(2))])
}

pub(super) fn publish(store: &dyn Store, draft: &Draft) -> Release {
    try_publish(store, draft, None).unwrap()
}

pub(super) fn try_publish(store: &dyn Store, draft: &Draft, expected: Option<u32>) -> Result<Release> {
    let id = ReleaseId::new(fresh());
    store.write_alone(|tx| apply_release(tx, None, draft, (expected, "note"), id, at(5))).map(|applied| applied.release)
}
