//! The stores that the suite runs on, each fresh and empty.

use std::any::Any;

use cairn_domain::Store;
use cairn_memory::MemoryStore;
use cairn_storage::{Claim, Config, SqlStore, migrate};
use cairn_tests::postgres::cluster;

/// A store with what has to live as long: a folder, a database.
pub(super) struct Subject {
    // Closed before what it stands on is taken away.
    store: Box<dyn Store>,
    _stands_on: Box<dyn Any>,
}

impl Subject {
    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }
}

pub(super) fn memory() -> Subject {
    Subject { store: Box::new(MemoryStore::new()), _stands_on: Box::new(()) }
}

pub(super) fn sqlite() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(format!("sqlite:{}", folder.path().join("cairn.db").display()));
    migrate::up(&config).unwrap();
    // As a server has it: then nobody else writes to the file.
    let config = config.claiming(Claim::Serve);
    Subject { store: Box::new(SqlStore::open(&config).unwrap()), _stands_on: Box::new(folder) }
}

pub(super) fn postgres() -> Subject {
    let prepare = |url: &str| {
        migrate::up(&Config::new(url)).unwrap();
    };
    let database = cluster().fresh_from_template("migrated", prepare);
    let config = Config { pool: 8, ..Config::new(database.url()) };
    Subject { store: Box::new(SqlStore::open(&config).unwrap()), _stands_on: Box::new(database) }
}
