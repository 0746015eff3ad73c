//! What goes in comes out, to the last bit.

use cairn_domain::catalog::{Detail, DocKind, Grade, Lesson, QuizRules, Task};
use cairn_domain::identity::{PasswordHash, Session, User};
use cairn_domain::learning::{
    AttemptState, Enrolment, EnrolmentState, Event, LearningRecord, LessonRecord, RecordChanges,
};
use cairn_domain::operations::{IdempotencyKey, Rendered, StoredAnswer};
use cairn_domain::shared::{AttemptId, EnrolmentId, ReleaseId, SessionId, Timestamp};
use cairn_domain::{Store, StoreExt};

use super::attempts::{attempt, graded};
use super::sample::*;

pub(super) fn times_come_back_exactly(store: &dyn Store) {
    let times = [
        i64::MIN,
        i64::MAX,
        -1,
        0,
        1,
        999_999,
        1_795_428_000_123_457,
        -62_135_596_799_999_999,
        i64::from(u32::MAX) * 7,
    ];
    for (n, time) in (1_u128..).zip(times.map(at)) {
        let later = time.plus(std::time::Duration::from_micros(1));
        let user = User { created_at: time, ..user(n) };
        let session = SessionId::new(uuid(n));
        let digest = secret(&format!("s{n}"));
        let session = Session { id: session, user: user.id, digest, created_at: time, expires_at: later };
        let answer = StoredAnswer {
            user: user.id,
            key: IdempotencyKey::from_header("k").unwrap(),
            fingerprint: revision("f"),
            answer: Rendered { status: 200, headers: Vec::new(), body: String::new() },
            at: time,
        };
        let target = cairn_domain::learning::Target::Course(course_id("c"));
        let enrolment = EnrolmentId::new(uuid(n));
        let enrolled = Event::Enrolled { enrolment, pack: pack_id("p"), target, release: 1 };
        let events = vec![(enrolled, time), (Event::EnrolmentCompleted { enrolment }, later), (read_event("a"), later)];
        let mut done = graded(&attempt(n, user.id, "q"), true);
        done.started_at = time;
        done.enrolment = enrolment;
        if let AttemptState::Graded(graded) = &mut done.state {
            graded.at = later;
        }
        let open = cairn_domain::learning::Attempt { state: AttemptState::Open, ..done.clone() };
        let expected = store
            .write(|tx| {
                tx.users_mut().insert(&user)?;
                tx.sessions_mut().insert(&session)?;
                tx.throttles_mut().put(&format!("t{n}"), time)?;
                tx.idempotency_mut().put(&answer)?;
                let expected = append(tx, user.id, events.clone())?;
                tx.attempts_mut().insert(&open)?;
                tx.attempts_mut().update(&done)?;
                Ok(expected)
            })
            .unwrap();
        store
            .write(|tx| {
                assert_eq!(tx.users().get(user.id)?.as_ref(), Some(&user));
                assert_eq!(tx.sessions().by_digest(&session.digest)?, Some((session.clone(), user.clone())));
                assert_eq!(tx.throttles_mut().get(&format!("t{n}"))?, Some(time));
                assert_eq!(tx.idempotency().get(user.id, &answer.key)?.as_ref(), Some(&answer));
                assert_eq!(tx.attempts().get(AttemptId::new(uuid(n)))?.as_ref(), Some(&done));
                assert_eq!(tx.records().record(user.id)?, expected);
                let page = tx.records().events(user.id, &page(9))?;
                assert_eq!(page.items.iter().map(|event| event.at).collect::<Vec<_>>(), [time, later, later]);
                Ok(())
            })
            .unwrap();
    }
    // Moments before 1970 are before those after it.
    assert_eq!(store.write(|tx| tx.throttles_mut().purge(at(0))).unwrap(), 3);
}

/// Texts that encodings, collations, JSON and SQL have stumbled over.
const TEXTS: &[&str] = &[
    "",
    " leading and trailing ",
    "'; DROP TABLE users; --",
    "%_\\'\"`$1?:name{}",
    "line\nfeed\r\n\ttab\u{1}\u{7f}\u{85}",
    "\\u0000 \\x00 \\0",
    "é e\u{301} ß İ ı",
    "🦀 👩\u{200d}👩\u{200d}👧 🏳\u{fe0f}\u{200d}🌈 \u{10ffff}",
    "مرحبا שלום 日本語 \u{202e}abc",
    "\u{feff}bom \u{fffd} \u{fffe} \u{200b}",
    "null",
    "{\"a\": [1, 2]}",
];

pub(super) fn texts_come_back_exactly(store: &dyn Store) {
    for (n, text) in (1_u128..).zip(TEXTS) {
        let user = User { name: (*text).to_owned(), ..user(n) };
        let hash = PasswordHash::new((*text).to_owned());
        let mut draft = quiz(&format!("q{n}"), None);
        draft.html = (*text).to_owned();
        draft.document.title = (*text).to_owned();
        draft.document.summary = (*text).to_owned();
        asked(&mut draft).0.questions[0].prompt = (*text).to_owned();
        let mut pack =
            self::draft(&format!("p{n}"), vec![course(&format!("c{n}"), &[&format!("q{n}")]), draft.clone()]);
        pack.pack.title = (*text).to_owned();
        pack.pack.authors = vec![(*text).to_owned(), String::new()];
        pack.files.push(file(&format!("f/{text}"), text.as_bytes()));
        store
            .write(|tx| {
                tx.users_mut().insert(&user)?;
                tx.users_mut().set_password_hash(user.id, &hash, at(1))?;
                tx.throttles_mut().put(&format!("k{text}"), at(1))
            })
            .unwrap();
        let release = publish(store, &pack);
        store
            .write(|tx| {
                assert_eq!(tx.users().get(user.id)?.as_ref(), Some(&user));
                assert_eq!(tx.users().password_hash(user.id)?.as_ref(), Some(&hash));
                assert_eq!(tx.throttles_mut().get(&format!("k{text}"))?, Some(at(1)));
                let (kind, id) = draft.document.key();
                assert_eq!(tx.catalog().html(kind, &id, &draft.document.revision)?.as_ref(), Some(&draft.html));
                assert!(
                    tx.catalog().quiz(&id, &draft.document.revision)?.map(|(quiz, key)| Task::Quiz(quiz, key))
                        == draft.task
                );
                let catalogue = tx.catalog().catalogue(release.id)?.unwrap();
                assert_eq!(catalogue.entry(kind, &id).unwrap().document, draft.document);
                assert_eq!(
                    tx.catalog().release(&pack.pack.id, 1)?.as_ref().map(|release| &release.pack),
                    Some(&pack.pack)
                );
                assert_eq!(tx.catalog().paths_of(&pack.files[1].digest)?, [format!("f/{text}")]);
                Ok(())
            })
            .unwrap();
    }
}

pub(super) fn long_texts_come_back_exactly(store: &dyn Store) {
    let long = "<p>Sehr lang 🦀, \u{10ffff}</p>\n".repeat(40_000);
    assert!(long.len() > 1_000_000);
    let reading = document("a", &long, Detail::Lesson(Lesson::reading(5)));
    let mut pack = draft("p", vec![course("c", &["a"]), reading.clone()]);
    pack.files.push(file("big", long.as_bytes()));
    publish(store, &pack);
    let html = store.read(|tx| tx.catalog().html(DocKind::Lesson, &content_id("a"), &reading.document.revision));
    assert!(html.unwrap().unwrap() == long);
    assert!(store.read(|tx| tx.catalog().file(&pack.files[1].digest)).unwrap().unwrap() == long.as_bytes());
    let user = add_user(store, 1).id;
    let answer = StoredAnswer {
        user,
        key: IdempotencyKey::from_header(&"k".repeat(255)).unwrap(),
        fingerprint: revision("f"),
        answer: Rendered { status: 200, headers: vec![("X".into(), long.clone())], body: long },
        at: at(1),
    };
    store.write(|tx| tx.idempotency_mut().put(&answer)).unwrap();
    assert!(store.read(|tx| tx.idempotency().get(user, &answer.key)).unwrap() == Some(answer));
    let key = "t".repeat(1000);
    store.write(|tx| tx.throttles_mut().put(&key, at(1))).unwrap();
    assert_eq!(store.write(|tx| tx.throttles_mut().get(&key)).unwrap(), Some(at(1)));
}

pub(super) fn greatest_numbers_come_back_exactly(store: &dyn Store) {
    let most = u32::MAX;
    let before = User { version: most - 1, ..user(1) };
    let after = User { version: most, ..before.clone() };
    store.write(|tx| tx.users_mut().insert(&before)).unwrap();
    store.write(|tx| tx.users_mut().update(&after)).unwrap();
    assert_eq!(store.read(|tx| tx.users().get(after.id)).unwrap(), Some(after.clone()));

    let id = EnrolmentId::new(uuid(1));
    let target = cairn_domain::learning::Target::Course(course_id("c"));
    let enrolment = Enrolment {
        id,
        user: after.id,
        pack: pack_id("p"),
        target,
        release: most,
        state: EnrolmentState::Completed,
        enrolled_at: at(i64::MIN),
        completed_at: Some(at(i64::MAX)),
        version: most,
    };
    let tried = LessonRecord { tried: Some(revision("q")), attempts: most, best: Some(100), ..LessonRecord::default() };
    let event = cairn_domain::learning::RecordedEvent { user: after.id, seq: 1, at: at(1), event: read_event("a") };
    let changes = RecordChanges {
        user: after.id,
        events: vec![event],
        lessons: vec![(lesson_id("a"), tried.clone())],
        skills: Vec::new(),
        courses: Vec::new(),
        enrolments: vec![enrolment.clone()],
    };
    store.write(|tx| tx.records_mut().save(&changes)).unwrap();
    let mut expected = LearningRecord::new(after.id);
    (expected.seq, expected.lessons) = (1, [(lesson_id("a"), tried)].into());
    expected.enrolments.insert(id, enrolment);
    assert_eq!(store.read(|tx| tx.records().record(after.id)).unwrap(), expected);

    let mut done = graded(&attempt(1, after.id, "q"), true);
    (done.pass_mark, done.enrolment) = (100, id);
    if let AttemptState::Graded(graded) = &mut done.state {
        graded.grade = Grade { points: most, out_of: most, questions: Vec::new() };
    }
    let open = cairn_domain::learning::Attempt { state: AttemptState::Open, ..done.clone() };
    store.write(|tx| tx.attempts_mut().insert(&open)).unwrap();
    store.write(|tx| tx.attempts_mut().update(&done)).unwrap();
    assert_eq!(store.read(|tx| tx.attempts().get(done.id)).unwrap(), Some(done));

    let rules = QuizRules { pass_mark: 100, attempts: Some(most), cool_down_seconds: most, questions: u16::MAX };
    let lesson = document("l", "", Detail::Lesson(Lesson::quiz(u16::MAX, rules)));
    let mut pack = draft("p", vec![course("c", &["l"]), lesson.clone()]);
    pack.pack.title = i64::MIN.to_string();
    publish(store, &pack);
    let release = cairn_domain::catalog::Release {
        id: ReleaseId::new(uuid(9)),
        number: most,
        rolled_back_to: Some(most - 1),
        ..store.read(|tx| tx.catalog().release(&pack_id("p"), 1)).unwrap().unwrap()
    };
    let entry = cairn_domain::catalog::Entry::live(lesson.document.clone());
    store.write(|tx| tx.catalog_mut().insert_release(&release, std::slice::from_ref(&entry), &[], &[])).unwrap();
    assert_eq!(store.read(|tx| tx.catalog().release(&pack_id("p"), most)).unwrap(), Some(release.clone()));
    let catalogue = store.read(|tx| tx.catalog().catalogue(release.id)).unwrap().unwrap();
    assert_eq!(catalogue.entry(DocKind::Lesson, &content_id("l")), Some(&entry));
    let page = store.read(|tx| tx.catalog().releases(&pack_id("p"), &page(1))).unwrap();
    assert_eq!((page.items[0].number, page.next.as_deref()), (most, Some("4294967295")));
}

pub(super) fn keys_differ_by_case_and_accent(store: &dyn Store) {
    let keys = ["a", "A", "á", "a\u{301}", "ａ", "a ", "ß", "ss", "İ", "i"];
    let state = |n: usize| Timestamp::from_micros(n as i64);
    for (n, key) in keys.iter().enumerate() {
        store.write(|tx| tx.throttles_mut().put(key, state(n))).unwrap();
    }
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(store.write(|tx| tx.throttles_mut().get(key)).unwrap(), Some(state(n)), "{key}");
    }
}
