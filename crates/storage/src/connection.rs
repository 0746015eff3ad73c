//! Connections to either database.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

use crate::config::{Place, file_uri};
use crate::{Config, Error, Result, refusal};

/// A connection to one of the two databases. Queries that both understand go through it as it is.
#[derive(diesel::MultiConnection)]
pub(crate) enum Db {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Runs the same expression, or one for each, on the connection that is inside. What is the same for both but too hot to
/// be translated on each run, and what Diesel can only say to one of them, goes through it.
macro_rules! per_backend {
    ($connection:expr, $inner:ident => $run:expr) => {
        match $connection {
            $crate::connection::Db::Sqlite($inner) => $run,
            $crate::connection::Db::Postgres($inner) => $run,
        }
    };
    ($connection:expr, sqlite $sqlite:ident => $on_sqlite:expr, postgres $postgres:ident => $on_postgres:expr $(,)?) => {
        match $connection {
            $crate::connection::Db::Sqlite($sqlite) => $on_sqlite,
            $crate::connection::Db::Postgres($postgres) => $on_postgres,
        }
    };
}
pub(crate) use per_backend;

/// Older ones can damage a WAL when two checkpoints meet.
const LEAST_SQLITE: (&str, [u32; 3]) = ("3.51.3", [3, 51, 3]);

/// What an SQLite connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Writing; the file is made when it is missing.
    Write,
    /// Reading; the file must be there, and nothing can be written through the connection.
    Read,
    /// Migrating: as writing, with foreign keys off, since a table may have to be made anew.
    Migrate,
}

/// Names this connection for the operators of PostgreSQL.
const APPLICATION: &str = "cairn";

pub(crate) fn open(config: &Config, purpose: Purpose) -> Result<Db> {
    match config.place()? {
        Place::Sqlite(path) => open_sqlite(&path, purpose, config.wait).map(Db::Sqlite),
        Place::Postgres(url) => open_postgres(&url, config).map(Db::Postgres),
    }
}

pub(crate) fn open_sqlite(path: &Path, purpose: Purpose, wait: Duration) -> Result<SqliteConnection> {
    if purpose == Purpose::Read {
        if !path.exists() {
            return Err(Error::NoDatabase(path.to_owned()));
        }
    } else {
        // Made here, so that nobody else can read it: SQLite's other files take over its mode.
        let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        made.map_err(Error::file("Cannot open the database", path))?;
    }
    // SQLite writes to the file that shares readers' places even for readers, so `mode=ro` would not do.
    let mut connection = SqliteConnection::establish(&file_uri(path, "mode=rw"))
        .map_err(|error| Error::Database { doing: "Cannot open the database", cause: error.to_string() })?;
    let set_up = || Error::database("Cannot set up the database");
    // First, since all that follows may have to wait.
    connection.batch_execute(&format!("PRAGMA busy_timeout = {}", wait.as_millis())).map_err(set_up())?;
    check_version(&mut connection)?;
    if purpose != Purpose::Read {
        use_log(&mut connection).map_err(set_up())?;
    }
    let pragmas = format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = {keys};
         PRAGMA cache_size = -{cache};
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA query_only = {query_only};",
        keys = if purpose == Purpose::Migrate { "OFF" } else { "ON" },
        cache = if purpose == Purpose::Read { 2_000 } else { 8_000 },
        query_only = if purpose == Purpose::Read { "ON" } else { "OFF" },
    );
    connection.batch_execute(&pragmas).map_err(set_up())?;
    Ok(connection)
}

/// Changes to the write-ahead log. Where two do it at once SQLite refuses one without waiting, whatever the time-out says.
fn use_log(connection: &mut SqliteConnection) -> QueryResult<()> {
    const TRIES: u32 = 20;
    let mut tried = 0;
    loop {
        tried += 1;
        match connection.batch_execute("PRAGMA journal_mode = WAL") {
            Err(refused) if tried < TRIES && refusal::is_lock(&refused.to_string()) => {
                // This does wait for whoever has the lock.
                connection.batch_execute("BEGIN IMMEDIATE; COMMIT")?;
            }
            done => return done,
        }
    }
}

fn check_version(connection: &mut SqliteConnection) -> Result<()> {
    let version = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("sqlite_version()"))
        .get_result::<String>(connection)
        .map_err(Error::database("Cannot ask SQLite for its version"))?;
    least(&version)
}

fn least(version: &str) -> Result<()> {
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if parts.as_slice() >= LEAST_SQLITE.1.as_slice() {
        Ok(())
    } else {
        Err(Error::SqliteTooOld { found: version.to_owned(), least: LEAST_SQLITE.0 })
    }
}

fn open_postgres(url: &str, config: &Config) -> Result<PgConnection> {
    let failed = |cause: String| Error::Database { doing: "Cannot connect to PostgreSQL", cause };
    let mut connection =
        PgConnection::establish(&with_timeouts(url, config.wait)).map_err(|error| failed(error.to_string()))?;
    // A statement outside a transaction is one of its own, under these defaults: a read of one statement needs no more.
    let settings = format!(
        "SET application_name = '{APPLICATION}';
         SET client_encoding = 'UTF8';
         SET client_min_messages = warning;
         SET default_transaction_isolation = 'serializable';
         SET default_transaction_read_only = on;
         SET statement_timeout = {statement};
         SET lock_timeout = {wait};
         SET idle_in_transaction_session_timeout = 60000;
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        statement = config.statement.as_millis(),
        wait = config.wait.as_millis(),
    );
    connection.batch_execute(&settings).map_err(|error| failed(error.to_string()))?;
    Ok(connection)
}

/// Adds what bounds the time to connect and to notice that the server is gone, unless the operator has set it.
fn with_timeouts(url: &str, wait: Duration) -> String {
    let mut url = url.to_owned();
    let gone = wait.as_millis().max(1000).to_string();
    for (name, value) in [
        ("connect_timeout", "2"),
        ("tcp_user_timeout", gone.as_str()),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "3"),
        ("keepalives_count", "3"),
    ] {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_refused_with_what_to_do() {
        for good in ["3.51.3", "3.51.10", "3.53.0", "4.0.0"] {
            least(good).unwrap();
        }
        for bad in ["3.51.2", "3.9.0", "", "x"] {
            assert!(least(bad).unwrap_err().to_string().contains("bundled"), "{bad}");
        }
    }

    #[test]
    fn what_the_operator_set_stays() {
        let url = with_timeouts("postgres://h/x?connect_timeout=9", Duration::from_millis(1500));
        assert!(url.starts_with("postgres://h/x?connect_timeout=9&tcp_user_timeout=1500&"), "{url}");
        assert_eq!(url.matches("connect_timeout").count(), 1);
        assert!(with_timeouts("postgres://h/x", Duration::ZERO).starts_with("postgres://h/x?connect_timeout=2&"));
    }

    #[test]
    fn a_reading_connection_writes_nothing_and_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b?.db");
        let wait = Duration::from_millis(100);
        assert!(matches!(open_sqlite(&path, Purpose::Read, wait), Err(Error::NoDatabase(_))));
        open_sqlite(&path, Purpose::Write, wait).unwrap().batch_execute("CREATE TABLE t (a)").unwrap();
        let mut reader = open_sqlite(&path, Purpose::Read, wait).unwrap();
        assert!(reader.batch_execute("INSERT INTO t VALUES (1)").is_err());
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
