//! The command that fills a database: what it writes is the same each time, and holds by every rule.

use std::collections::BTreeMap;

use cairn_domain::identity::PasswordHash;
use cairn_domain::learning::{AttemptState, Event, LearningRecord, RecordedEvent};
use cairn_domain::shared::{PageRequest, UserId};
use cairn_domain::{Code, Store, StoreExt as _};
use cairn_storage::dump::{Rows, row_hashes};
use cairn_storage::{Config, SqlStore, migrate};
use cairn_tests::postgres::cluster;
use cairn_tests::seed::{Done, Size, email, seed};

const SIZE: Size = Size { lessons: 130, learners: 60, events: 1_500 };

fn filled(url: &str, number: u64) -> SqlStore {
    let config = Config::new(url);
    migrate::up(&config).unwrap();
    let store = SqlStore::open(&config).unwrap();
    let mut told = Vec::new();
    seed(&store, (number, SIZE), &PasswordHash::new("hashed once".to_owned()), &mut |done| told.push(done)).unwrap();
    assert_eq!(told, [Done::Lessons(SIZE.lessons), Done::Events(SIZE.events)]);
    store
}

fn on_sqlite(number: u64) -> (tempfile::TempDir, SqlStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&format!("sqlite:{}", folder.path().join("cairn.db").display()), number);
    (folder, store)
}

/// Every learner's events.
fn events(store: &dyn Store) -> BTreeMap<UserId, Vec<RecordedEvent>> {
    let all = |n| {
        store.read(|tx| {
            let address = cairn_domain::identity::Email::new(&email(n))?;
            let user = tx.users().by_email(&address)?.unwrap().id;
            let (mut all, mut page) = (Vec::new(), PageRequest::first());
            loop {
                let part = tx.records().events(user, &page)?;
                all.extend(part.items);
                let Some(key) = part.next else { return Ok((user, all)) };
                page = page.following(key);
            }
        })
    };
    (0..SIZE.learners).map(|n| all(n).unwrap()).collect()
}

fn check_rows(rows: &BTreeMap<String, Rows>) {
    let count = |table: &str| rows[table].0;
    assert_eq!((count("users"), count("passwords")), (SIZE.learners, SIZE.learners));
    assert_eq!(count("learning_events"), SIZE.events);
    assert!(count("attempts") > 50 && count("record_courses") > 5 && count("release_links") > 100, "{rows:?}");
}

#[test]
fn the_same_number_gives_the_same_rows() {
    let (one, same, other) = (on_sqlite(1), on_sqlite(1), on_sqlite(2));
    let rows = row_hashes(&one.1).unwrap();
    check_rows(&rows);
    assert_eq!(rows, row_hashes(&same.1).unwrap());
    let others = row_hashes(&other.1).unwrap();
    for table in ["users", "documents", "answer_keys", "learning_events", "record_lessons", "attempts", "enrolments"] {
        assert_ne!(rows[table], others[table], "{table}");
    }
    let again = seed(&one.1, (1, SIZE), &PasswordHash::new(String::new()), &mut |_| {}).unwrap_err();
    assert_eq!(again.code(), Code::Duplicate);

    let databases = [cluster().fresh_database(), cluster().fresh_database()];
    let [on_postgres, twice] = databases.each_ref().map(|database| filled(database.url(), 1));
    let rows = row_hashes(&on_postgres).unwrap();
    check_rows(&rows);
    assert_eq!(rows, row_hashes(&twice).unwrap());
    assert_eq!(events(&one.1), events(&on_postgres));
}

#[test]
fn what_is_seeded_is_what_its_events_say() {
    let (_folder, store) = on_sqlite(1);
    let all = events(&store);
    let mut counts: Vec<_> = all.values().map(Vec::len).collect();
    counts.sort_unstable();
    assert!(counts[30] < 25 && counts[59] > 100, "few learners do much: {counts:?}");
    for (user, events) in &all {
        let record = store.read(|tx| tx.records().record(*user)).unwrap();
        assert_eq!(record, LearningRecord::replay(*user, events));
        assert!(events.is_sorted_by_key(|event| event.at), "nothing happens before what was before it");
        for event in events {
            let Event::AttemptGraded { attempt, percent, passed, .. } = event.event else { continue };
            let attempt = store.read(|tx| tx.attempts().get(attempt)).unwrap().unwrap();
            let AttemptState::Graded(graded) = attempt.state else { panic!("{attempt:?} is graded") };
            assert_eq!((graded.at, graded.grade.percent(), graded.passed), (event.at, percent, passed));
        }
    }
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let locked = |(user, events): (&UserId, &Vec<RecordedEvent>)| {
        let record = LearningRecord::replay(*user, events);
        let (_, catalogue) = &library.packs()[0];
        catalogue.lessons().any(|lesson| !record.unmet(catalogue, &lesson.id().into()).is_empty())
    };
    assert!(all.iter().any(locked), "lessons have prerequisites");
}
