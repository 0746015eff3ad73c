use cairn_domain::{Code, Store as _};
use diesel::connection::SimpleConnection as _;

use super::*;
use crate::SqlStore;
use crate::testing::{Scratch, code};

#[test]
fn both_dialects_have_the_same_names() {
    let postgres: Vec<Box<dyn Migration<diesel::pg::Pg>>> = ON_POSTGRES.migrations().unwrap();
    let mut others: Vec<String> = postgres.iter().map(|migration| migration.name().to_string()).collect();
    others.sort();
    assert_eq!(names(), others);
    assert_eq!(names()[0], "0001_identity");
    assert!(names().is_sorted_by_key(|name| version(name).to_owned()));
}

#[test]
fn a_database_newer_than_the_program_is_refused_by_name_and_left_alone() {
    let scratch = Scratch::new();
    let store = scratch.store();
    store.ready().unwrap();
    let mut connection = connection::open(&scratch.config(), Purpose::Write).unwrap();
    connection.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").unwrap();
    for refused in [up(&scratch.config()), down(&scratch.config(), 1)] {
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("9999") && text.contains("newer cairn"), "{text}");
    }
    let unready = store.ready().unwrap_err();
    assert_eq!(unready.code(), Code::StoreUnavailable);
    assert!(std::error::Error::source(&unready).unwrap().to_string().contains("9999"));
    let last = status(&scratch.config()).unwrap().pop().unwrap();
    assert_eq!(last, Status { name: "9999".into(), applied: true, known: false });
}

#[test]
fn what_is_not_there_is_told_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let config = Config::new(format!("sqlite:{}", path.display()));
    assert!(matches!(status(&config), Err(Error::NoDatabase(_))));
    assert!(matches!(down(&config, 1), Err(Error::NoDatabase(_))));
    assert!(matches!(SqlStore::open(&config), Err(Error::NoDatabase(_))));
    assert!(!path.exists());
}

#[test]
fn of_many_that_migrate_at_once_each_migration_is_made_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(format!("sqlite:{}", folder.path().join("cairn.db").display()));
    let mut made: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| up(&config).unwrap())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    made.sort();
    assert_eq!(made, names());
}

#[test]
fn a_migration_that_fails_leaves_nothing_of_itself() {
    let scratch = Scratch::new();
    let again = names().split_off(3);
    down(&scratch.config(), u32::try_from(again.len()).unwrap()).unwrap();
    assert_eq!(code(SqlStore::open(&scratch.config()).unwrap().ready()), Some(Code::StoreUnavailable));
    let mut connection = connection::open(&scratch.config(), Purpose::Write).unwrap();
    connection.batch_execute("CREATE INDEX idempotent_answers_by_time ON users (name)").unwrap();
    let text = up(&scratch.config()).unwrap_err().to_string();
    assert!(text.contains("0004_operations") && text.contains("already exists"), "{text}");
    connection.batch_execute("DROP INDEX idempotent_answers_by_time").unwrap();
    assert_eq!(up(&scratch.config()).unwrap(), again);
}
