//! What this crate's tests share.

use std::path::PathBuf;

use cairn_domain::identity::{Email, SecretDigest, Session, User};
use cairn_domain::shared::{SessionId, Timestamp, UserId, Uuid};
use cairn_domain::{Code, Result};

use crate::{Config, SqlStore, migrate};

/// A migrated SQLite database in a folder of its own.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        migrate::up(&scratch.config()).unwrap();
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> Config {
        Config::new(format!("sqlite:{}", self.path("cairn.db").display()))
    }

    pub(crate) fn store(&self) -> SqlStore {
        SqlStore::open(&Config { wait: std::time::Duration::from_secs(30), ..self.config() }).unwrap()
    }
}

pub(crate) fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

pub(crate) fn user_id(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

pub(crate) fn user(number: u128) -> User {
    let email = Email::new(&format!("user{number}@example.org")).unwrap();
    User::new(user_id(number), email, "Ada 🦀", [], Timestamp::from_micros(1)).unwrap()
}

pub(crate) fn session(number: u128, user: u128) -> Session {
    Session {
        id: SessionId::new(Uuid::from_u128(number)),
        user: user_id(user),
        digest: SecretDigest::new(format!("{number:064x}")),
        created_at: Timestamp::from_micros(1),
        expires_at: Timestamp::from_micros(2),
    }
}
