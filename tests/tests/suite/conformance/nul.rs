//! U+0000, which PostgreSQL cannot store: refused by every store, so that none takes what another would not.

use cairn_domain::catalog::{Answer, Detail, DocKind, Draft, DraftDocument, Guide, QuestionForm, Stage};
use cairn_domain::identity::{ApiToken, PasswordHash, Scope, SecretDigest, Session, User};
use cairn_domain::learning::{AttemptState, Event};
use cairn_domain::operations::{IdempotencyKey, Rendered, StoredAnswer};
use cairn_domain::shared::{ReleaseId, SessionId, TokenId};
use cairn_domain::{Code, Result, Store, StoreExt, WriteTx};

use super::attempts::{attempt, graded, prepare};
use super::sample::*;

const NUL: &str = "with\0nul";

type Write = fn(&mut dyn WriteTx) -> Result<()>;

fn put(tx: &mut dyn WriteTx, change: fn(&mut DraftDocument)) -> Result<()> {
    let mut draft = quiz("n", None);
    change(&mut draft);
    tx.catalog_mut().put_document(&draft)
}

fn prompt(tx: &mut dyn WriteTx, at: usize, change: fn(&mut QuestionForm)) -> Result<()> {
    let mut draft = quiz("n", None);
    change(&mut asked(&mut draft).0.questions[at].form);
    tx.catalog_mut().put_document(&draft)
}

fn stage(title: &str, summary: &str) -> DraftDocument {
    let stage =
        Stage { title: title.into(), summary: summary.into(), target: Some((DocKind::Course, content_id("c"))) };
    document("n", "", Detail::Guide(Guide { stages: vec![stage] }))
}

fn release(tx: &mut dyn WriteTx, note: &str, change: fn(&mut Draft)) -> Result<()> {
    let mut draft = draft("n", Vec::new());
    change(&mut draft);
    let stored = tx.catalog().release(&pack_id("p"), 1)?.expect("the small pack is there");
    let id = ReleaseId::new(uuid(3));
    let release = cairn_domain::catalog::Release { id, pack: draft.pack, note: note.into(), ..stored };
    tx.catalog_mut().put_file(&draft.files[0])?;
    let files: Vec<_> = draft.files.iter().map(|file| (file.path.clone(), file.digest.clone())).collect();
    tx.catalog_mut().insert_release(&release, &[], &files, &[])
}

fn token(name: &str, digest: &str) -> ApiToken {
    let (id, digest) = (TokenId::new(uuid(3)), SecretDigest::new(digest.to_owned()));
    let (created_at, expires_at, scopes) = (at(1), at(2), [Scope::AccountRead].into());
    ApiToken { id, user: user_id(1), name: name.to_owned(), scopes, digest, created_at, expires_at, last_used: None }
}

fn answer(header: (&str, &str), body: &str) -> StoredAnswer {
    StoredAnswer {
        user: user_id(1),
        key: IdempotencyKey::from_header("k").unwrap(),
        fingerprint: revision("f"),
        answer: Rendered { status: 200, headers: vec![(header.0.into(), header.1.into())], body: body.into() },
        at: at(1),
    }
}

fn grade(tx: &mut dyn WriteTx, answer: Answer) -> Result<()> {
    let mut done = graded(&attempt(1, user_id(1), "q"), true);
    if let AttemptState::Graded(graded) = &mut done.state {
        graded.answers[0].answer = answer;
    }
    tx.attempts_mut().update(&done)
}

const WRITES: &[(&str, Write)] = &[
    ("a user's name", |tx| tx.users_mut().insert(&User { name: NUL.into(), ..user(2) })),
    ("a user's new name", |tx| tx.users_mut().update(&User { name: NUL.into(), version: 2, ..user(1) })),
    ("a password's hash", |tx| tx.users_mut().set_password_hash(user_id(1), &PasswordHash::new(NUL.into()), at(1))),
    ("a session's digest", |tx| {
        let (digest, created_at, expires_at) = (SecretDigest::new(NUL.into()), at(1), at(2));
        tx.sessions_mut().insert(&Session {
            id: SessionId::new(uuid(1)),
            user: user_id(1),
            digest,
            created_at,
            expires_at,
        })
    }),
    ("a token's name", |tx| tx.tokens_mut().insert(&token(NUL, "d"))),
    ("a token's digest", |tx| tx.tokens_mut().insert(&token("n", NUL))),
    ("a throttle's key", |tx| tx.throttles_mut().put(NUL, at(1))),
    ("an answer's body", |tx| tx.idempotency_mut().put(&answer(("a", "b"), NUL))),
    ("a header's name", |tx| tx.idempotency_mut().put(&answer((NUL, "b"), ""))),
    ("a header's value", |tx| tx.idempotency_mut().put(&answer(("a", NUL), ""))),
    ("a waiver's reason", |tx| {
        let why = NUL.to_owned();
        let waived = Event::PrerequisitesWaived { lesson: lesson_id("a"), waived_by: user_id(2), why };
        append(tx, user_id(1), vec![(waived, at(1))]).map(drop)
    }),
    ("a document's title", |tx| put(tx, |draft| draft.document.title = NUL.into())),
    ("a document's summary", |tx| put(tx, |draft| draft.document.summary = NUL.into())),
    ("a document's text", |tx| put(tx, |draft| draft.html = NUL.into())),
    ("a stage's title", |tx| tx.catalog_mut().put_document(&stage(NUL, ""))),
    ("a stage's summary", |tx| tx.catalog_mut().put_document(&stage("", NUL))),
    ("a question", |tx| put(tx, |draft| asked(draft).0.questions[0].prompt = NUL.into())),
    ("a choice", |tx| {
        prompt(tx, 0, |form| match form {
            QuestionForm::Single { choices } => choices[1].text = NUL.into(),
            other => panic!("{other:?}"),
        })
    }),
    ("a unit", |tx| prompt(tx, 2, |form| *form = QuestionForm::Numeric { unit: Some(NUL.into()) })),
    ("an explanation", |tx| {
        put(tx, |draft| {
            let (quiz, key) = asked(draft);
            let expected = cairn_domain::catalog::Expected::Choices(chosen(&["a"]));
            let keyed = cairn_domain::catalog::KeyedAnswer { expected, explanation: NUL.into() };
            *key = cairn_domain::catalog::AnswerKey::new([(quiz.questions[0].id.clone(), keyed)]);
        })
    }),
    ("a drill's reference", |tx| tx.catalog_mut().put_document(&drill("n", NUL))),
    ("a pack's title", |tx| release(tx, "", |draft| draft.pack.title = NUL.into())),
    ("a pack's summary", |tx| release(tx, "", |draft| draft.pack.summary = NUL.into())),
    ("a pack's language", |tx| release(tx, "", |draft| draft.pack.language = NUL.into())),
    ("a pack's licence", |tx| release(tx, "", |draft| draft.pack.licence = NUL.into())),
    ("a pack's author", |tx| release(tx, "", |draft| draft.pack.authors = vec!["a".into(), NUL.into()])),
    ("a release's note", |tx| release(tx, NUL, |_| ())),
    ("a file's path", |tx| release(tx, "", |draft| draft.files[0].path = NUL.into())),
    ("a short text", |tx| grade(tx, Answer::Text(NUL.into()))),
    ("a number", |tx| grade(tx, Answer::Number(NUL.into()))),
];

pub(super) fn nul_is_refused_everywhere(store: &dyn Store) {
    publish(store, &small_pack());
    add_user(store, 1);
    prepare(store, user_id(1));
    store.write(|tx| tx.attempts_mut().insert(&attempt(1, user_id(1), "q"))).unwrap();
    let mut wrong = Vec::new();
    for (what, write) in WRITES {
        match store.write(|tx| write(tx)) {
            Ok(()) => wrong.push(format!("{what}: taken")),
            Err(error) if error.code() == Code::Invalid && error.violations()[0].rule == "nul" => {}
            Err(error) => wrong.push(format!("{what}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What escapes a NUL in JSON is no NUL.
    let escaped = User { name: "\\u0000 \\\\u0000".into(), ..user(5) };
    store.write(|tx| tx.users_mut().insert(&escaped)).unwrap();
    store.write(|tx| tx.idempotency_mut().put(&answer(("a", "\\u0000"), "{\"a\": \"\\u0000\"}"))).unwrap();
    store.write(|tx| grade(tx, Answer::Text("\\u0000".into()))).unwrap();
}

pub(super) fn looking_for_nul_finds_nothing(store: &dyn Store) {
    store.write(|tx| tx.throttles_mut().put("with", at(1))).unwrap();
    let digest = SecretDigest::new(NUL.into());
    let found = [
        store.write(|tx| tx.throttles_mut().get(NUL)).map(|found| found.is_some()),
        store.read(|tx| tx.sessions().by_digest(&digest)).map(|found| found.is_some()),
        store.read(|tx| tx.tokens().by_digest(&digest)).map(|found| found.is_some()),
    ];
    for found in found {
        match found {
            Ok(found) => assert!(!found),
            Err(error) => assert_eq!(error.code(), Code::Invalid, "the caller's fault, not the server's: {error:?}"),
        }
    }
}
