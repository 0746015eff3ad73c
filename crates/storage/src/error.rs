use std::path::PathBuf;

use cairn_domain::Code;

/// The result of an operator's action on a database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a database cannot be opened, migrated, copied or restored. For operators: the text names paths and causes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is of no known form.
    #[error("The database's address is wrong: {0}.")]
    Url(String),
    /// The SQLite library that was linked has a known fault.
    #[error(
        "SQLite {found} can damage a database under load; {least} or newer is needed. Build Cairn with its bundled SQLite."
    )]
    SqliteTooOld {
        /// The version that is linked.
        found: String,
        /// The least that will do.
        least: &'static str,
    },
    /// There is no such file.
    #[error("There is no database at {}.", .0.display())]
    NoDatabase(PathBuf),
    /// The database cannot be reached, or refuses.
    #[error("{doing}: {cause}")]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// What the database said.
        cause: String,
    },
    /// The database was migrated by a newer program.
    #[error("The database has the migration {unknown}, which this program does not know: use a newer cairn.")]
    Newer {
        /// The versions of what is unknown.
        unknown: String,
    },
    /// The schema is not the one this program needs.
    #[error("The database lacks the migration {missing}: run `cairn migrate up`.")]
    NotMigrated {
        /// The names of what is missing.
        missing: String,
    },
    /// A migration failed; nothing of it was kept.
    #[error("The migration {name} failed, and nothing of it was kept: {cause}")]
    Migration {
        /// Which one.
        name: String,
        /// What the database said.
        cause: String,
    },
    /// A server or an offline command has the database.
    #[error("{0}")]
    InUse(String),
    /// A file cannot be read or written.
    #[error("{doing} {}: {cause}", .path.display())]
    File {
        /// What was attempted, such as `Cannot write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// What was asked for is there already.
    #[error("{} exists already; nothing is written over.", .0.display())]
    Exists(PathBuf),
    /// A backup is not whole, or not one.
    #[error("{} is not a backup that can be restored: {fault}.", .path.display())]
    BadBackup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// The action is for SQLite only.
    #[error("This is for SQLite; PostgreSQL has `pg_dump` and `pg_restore`.")]
    SqliteOnly,
}

impl Error {
    pub(crate) fn database(doing: &'static str) -> impl FnOnce(diesel::result::Error) -> Self {
        move |cause| Self::Database { doing, cause: cause.to_string() }
    }

    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { doing, path, cause }
    }
}

impl From<Error> for cairn_domain::Error {
    /// For the port: what is wrong is the cause, which goes to the log.
    fn from(error: Error) -> Self {
        match error {
            Error::InUse(_) => Self::new(Code::Busy, "The database is in use.").because(error),
            _ => crate::refusal::unavailable().because(error),
        }
    }
}
