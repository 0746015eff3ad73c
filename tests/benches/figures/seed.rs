//! The data under measurement: a course of 40 readings, and learners who are enrolled on it with a token each.

use cairn_domain::catalog::{
    Course, Detail, Document, Draft, DraftDocument, Lesson, PackInfo, SourceFile, apply_release,
};
use cairn_domain::identity::{ApiToken, Email, Role, Scope, SecretMaker, User};
use cairn_domain::learning::{LearningRecord, Target};
use cairn_domain::shared::{
    ContentId, CourseId, EnrolmentId, LessonId, PackId, ReleaseId, Revision, Timestamp, TokenId, UserId,
};
use cairn_domain::{Store, StoreExt};
use cairn_security::Secrets;
use uuid::Uuid;

/// Lessons of the course.
pub(crate) const LESSONS: usize = 40;

/// A learner with an enrolment on the course.
pub(crate) struct Learner {
    /// Who.
    pub(crate) user: UserId,
    /// On the course.
    pub(crate) enrolment: EnrolmentId,
    /// For `Authorization`.
    pub(crate) token: String,
}

/// When everything was made.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_micros(1_750_000_000_000_000)
}

/// The id of the n-th lesson.
pub(crate) fn lesson(n: usize) -> LessonId {
    LessonId::new(format!("lesson-{n:02}")).unwrap()
}

fn document(id: &str, html: String, detail: Detail) -> DraftDocument {
    let mut document = Document::new(id, &format!("About {id}"), detail).unwrap();
    document.revision = Revision::from_digest([html.len() as u8; 32]);
    DraftDocument { document, html, task: None }
}

/// Applies the course.
pub(crate) fn course(store: &dyn Store) {
    let text = "<p>A request is a message, and so is its answer; both are text that you can read.</p>\n".repeat(120);
    let lessons = (0..LESSONS).map(|n| document(lesson(n).as_str(), text.clone(), Detail::Lesson(Lesson::reading(5))));
    let list = Course { lessons: (0..LESSONS).map(lesson).collect(), ..Course::default() };
    let documents = lessons.chain([document("course", text.clone(), Detail::Course(list))]).collect();
    // Not one of those that a seeded database has.
    apply(store, documents, 0x1_0000_0000);
}

/// Applies documents as the pack `bench`.
pub(crate) fn apply(store: &dyn Store, documents: Vec<DraftDocument>, release: u128) {
    let digest = Revision::from_digest([1; 32]);
    let draft = Draft {
        pack: PackInfo {
            id: PackId::new("bench").unwrap(),
            title: "Benchmark".into(),
            summary: String::new(),
            language: "en".into(),
            licence: "CC0-1.0".into(),
            authors: Vec::new(),
        },
        documents,
        moves: Vec::new(),
        links: Vec::new(),
        files: vec![SourceFile { path: "pack.yaml".into(), digest: digest.clone(), bytes: (*b"x").into() }],
        digest,
    };
    let id = ReleaseId::new(Uuid::from_u128(release));
    store.write_alone(|tx| apply_release(tx, None, &draft, (None, ""), id, start())).unwrap();
}

/// Adds learners, numbered from `first`, each enrolled and with `done` of the lessons completed.
pub(crate) fn learners(store: &dyn Store, secrets: &Secrets, first: usize, count: usize, done: usize) -> Vec<Learner> {
    let catalogue = store.read(|tx| tx.catalog().library()).unwrap();
    let (_, catalogue) = catalogue.pack(&PackId::new("bench").unwrap()).unwrap();
    let target = Target::Course(CourseId::from(ContentId::new("course").unwrap()));
    let made: Vec<_> = (first..first + count).map(|n| (n, secrets.token())).collect();
    for chunk in made.chunks(200) {
        store
            .write_alone(|tx| {
                for (n, (_, digest)) in chunk {
                    let id = Uuid::from_u128(0x1_0000_0000 + *n as u128);
                    let email = Email::new(&format!("learner{n}@example.org"))?;
                    let user = User::new(UserId::new(id), email, "Learner", [Role::Learner], start())?;
                    tx.users_mut().insert(&user)?;
                    tx.tokens_mut().insert(&ApiToken {
                        id: TokenId::new(id),
                        user: user.id,
                        name: "bench".into(),
                        scopes: Scope::ALL.into_iter().collect(),
                        digest: digest.clone(),
                        created_at: start(),
                        expires_at: Timestamp::from_micros(i64::MAX),
                        last_used: None,
                    })?;
                    let mut record = LearningRecord::new(user.id);
                    let enrolment = EnrolmentId::new(id);
                    record.enrol(catalogue, (&PackId::new("bench")?, 1), &target, enrolment, start())?;
                    for lesson in (0..done).map(lesson) {
                        record.complete_reading(catalogue, enrolment, &lesson, start())?;
                    }
                    if let Some(changes) = record.take_changes() {
                        tx.records_mut().save(&changes)?;
                    }
                }
                Ok(())
            })
            .unwrap();
    }
    made.into_iter()
        .map(|(n, (token, _))| {
            let id = Uuid::from_u128(0x1_0000_0000 + n as u128);
            Learner { user: UserId::new(id), enrolment: EnrolmentId::new(id), token }
        })
        .collect()
}
