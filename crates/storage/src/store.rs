use cairn_domain::{ReadTx, Result, Store, Work, WriteTx, write_one_by_one};
use diesel::RunQueryDsl as _;

use crate::claim::{self, Guard};
use crate::config::{Config, Place};
use crate::connection::per_backend;
use crate::group_commit::Writer;
use crate::library::Cache;
use crate::migrate;
use crate::pool::Pool;
use crate::postgres::Postgres;
use crate::statement::statement;
use crate::tx::{Extent, Fate, Tx};
use crate::{Error, error};

/// The store on SQLite or PostgreSQL, as the address says.
#[derive(Debug)]
pub struct SqlStore {
    backend: Backend,
    cache: Cache,
    guard: Guard,
}

#[derive(Debug)]
enum Backend {
    Sqlite { readers: Pool, writer: Writer },
    Postgres(Postgres),
}

impl SqlStore {
    /// Opens a database that is there and takes the claim that the configuration names.
    ///
    /// It need not be migrated yet; [`Store::ready`] tells whether it is.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Url`], [`Error::NoDatabase`] for an SQLite file that is not there,
    /// [`Error::SqliteTooOld`], [`Error::Database`] when it cannot be reached.
    pub fn open(config: &Config) -> error::Result<Self> {
        let backend = match config.place()? {
            Place::Sqlite(path) if !path.exists() => return Err(Error::NoDatabase(path)),
            Place::Sqlite(_) => {
                let writer = Writer::new(config);
                writer.open()?;
                Backend::Sqlite { readers: Pool::new(config, config.readers, None), writer }
            }
            Place::Postgres(_) => Backend::Postgres(Postgres::new(config)),
        };
        let guard = claim::take(config)?;
        let store = Self { backend, cache: Cache::default(), guard };
        if let Backend::Postgres(postgres) = &store.backend {
            let first = postgres.pool().get();
            first.map_err(|error| Error::Database {
                doing: "Cannot connect to PostgreSQL",
                cause: std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
            })?;
        }
        Ok(store)
    }

    #[cfg(test)]
    pub(crate) fn writer(&self) -> &Writer {
        match &self.backend {
            Backend::Sqlite { writer, .. } => writer,
            Backend::Postgres(_) => panic!("PostgreSQL has no single writer"),
        }
    }

    /// Runs something on a connection for reading, for this crate's own purposes.
    pub(crate) fn look<T>(&self, work: impl FnOnce(&mut crate::connection::Db) -> diesel::QueryResult<T>) -> Result<T> {
        let pool = match &self.backend {
            Backend::Sqlite { readers, .. } => readers,
            Backend::Postgres(postgres) => postgres.pool(),
        };
        let mut link = pool.get()?;
        work(&mut link.connection).map_err(|refused| {
            let (error, after) = crate::refusal::translate(refused);
            link.broken |= after == crate::refusal::After::Lost;
            error
        })
    }
}

statement! {
    /// A snapshot from the first statement on.
    Begin {} -> () = "BEGIN"
}

statement! {
    /// The snapshot's end.
    Commit {} -> () = "COMMIT"
}

fn read_sqlite(readers: &Pool, cache: &Cache, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()> {
    /// Ends the transaction also when a panic passes through.
    struct Ending<'a>(&'a mut crate::pool::Link);
    impl Drop for Ending<'_> {
        fn drop(&mut self) {
            self.0.broken |= per_backend!(&mut self.0.connection, c => Commit {}.execute(c)).is_err();
        }
    }
    let mut link = readers.get()?;
    let begun = per_backend!(&mut link.connection, c => Begin {}.execute(c));
    begun.map_err(|refused| {
        link.broken = true;
        crate::refusal::translate(refused).0
    })?;
    let ending = Ending(&mut link);
    let mut tx = Tx::new(&mut ending.0.connection, Extent::Any, cache);
    let given = work(&mut tx);
    let answer = tx.verdict(given);
    if tx.fate == Fate::Sound {
        cache.keep(std::mem::take(&mut tx.read));
    }
    answer
}

impl Store for SqlStore {
    fn read_with(&self, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()> {
        match &self.backend {
            Backend::Sqlite { readers, .. } => read_sqlite(readers, &self.cache, work),
            Backend::Postgres(postgres) => postgres.read(&self.cache, work),
        }
    }

    fn write_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
        match &self.backend {
            Backend::Sqlite { writer, .. } => writer.write(&self.cache, false, work),
            Backend::Postgres(postgres) => postgres.write(&self.cache, false, work),
        }
    }

    fn write_each_with(&self, works: &mut [Work<'_>]) -> Vec<Result<()>> {
        match &self.backend {
            Backend::Sqlite { writer, .. } => writer.write_each(&self.cache, works),
            Backend::Postgres(_) => write_one_by_one(self, works),
        }
    }

    fn write_alone_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
        match &self.backend {
            Backend::Sqlite { writer, .. } => writer.write(&self.cache, true, work),
            Backend::Postgres(postgres) => postgres.write(&self.cache, true, work),
        }
    }

    fn generation(&self) -> Option<u64> {
        match &self.backend {
            // Whoever has claimed the file is the only one who writes to it.
            Backend::Sqlite { writer, .. } if self.guard.is_alone() => writer.generation(),
            _ => None,
        }
    }

    fn ready(&self) -> Result<()> {
        let found = self.look(|connection| Ok(migrate::applied(connection)))?;
        Ok(migrate::check(&found.map_err(cairn_domain::Error::from)?)?)
    }
}
