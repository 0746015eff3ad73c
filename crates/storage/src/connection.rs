//! Connections to either database.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use diesel::connection::{Connection as _, InstrumentationEvent, SimpleConnection as _};
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
    let mut connection = match config.place()? {
        Place::Sqlite(path) => open_sqlite(&path, purpose, config.wait).map(Db::Sqlite),
        Place::Postgres(url) => open_postgres(&url, config).map(Db::Postgres),
    }?;
    if let Some(statements) = config.statements.clone() {
        let note = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                statements.note(&query.to_string());
            }
        };
        per_backend!(&mut connection, c => c.set_instrumentation(note));
    }
    Ok(connection)
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
        PgConnection::establish(&with_timeouts(url, config.wait)).map_err(|refused| match refused {
            ConnectionError::BadConnection(text) if !may_be_told(&text, url) => Error::Url(UNREADABLE.to_owned()),
            other => failed(other.to_string()),
        })?;
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

/// The `lc_messages` of a PostgreSQL server whose messages are not in English. Some refusals are known by their text
/// alone, so there a deadlock is not run again, and a server that is being stopped looks like a refused statement.
///
/// # Errors
/// Those of reaching the database.
pub fn messages_in_another_language(config: &Config) -> Result<Option<String>> {
    foreign_language(&mut open(config, Purpose::Read)?)
}

/// The language of PostgreSQL's messages, unless it is the one in which they are understood; `None` also for SQLite.
pub(crate) fn foreign_language(connection: &mut Db) -> Result<Option<String>> {
    let Db::Postgres(connection) = connection else { return Ok(None) };
    let asked = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('lc_messages')"));
    let found: String = asked.get_result(connection).map_err(Error::database("Cannot ask for lc_messages"))?;
    Ok(Some(found).filter(|found| !refusal::is_english(found)))
}

/// What is said instead of libpq's text.
const UNREADABLE: &str = "libpq cannot use it; write the special characters of the user's name and the password as \
     percent codes (`@` is %40, `/` is %2F, `%` is %25), and check its host, port and parameters";

/// Whether libpq's text on why it cannot connect holds nothing of the password. It quotes what it cannot read of an
/// address, so it has to be one of the texts that come once it has read it, and it must have read it as it was meant.
fn may_be_told(text: &str, url: &str) -> bool {
    // With an `@` left here, or a `/` before it, libpq takes the end of the password for a host or a database.
    let as_meant = !Parts::of(url).place.contains('@');
    as_meant && ["connection to server ", "could not translate host name "].iter().any(|begin| text.starts_with(begin))
}

/// An address as libpq reads it, without its scheme and its credentials.
struct Parts<'a> {
    /// Hosts, ports and the database.
    place: &'a str,
    parameters: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        // Credentials end at the first `@`, and there are none when a `/` comes before it. They may hold a `?`.
        let rest = match rest.split_once('@') {
            Some((credentials, rest)) if !credentials.contains('/') => rest,
            _ => rest,
        };
        match rest.split_once('?') {
            Some((place, parameters)) => Self { place, parameters: Some(parameters) },
            None => Self { place: rest, parameters: None },
        }
    }
}

/// Adds what bounds the time to connect and to notice that the server is gone, unless the operator has set it.
fn with_timeouts(url: &str, wait: Duration) -> String {
    let parameters = Parts::of(url).parameters;
    let set = |name: &str| parameters.is_some_and(|all| all.split('&').any(|one| one.split('=').next() == Some(name)));
    let gone = wait.as_millis().max(1000).to_string();
    let mut all = url.to_owned();
    let mut separator = if parameters.is_some() { '&' } else { '?' };
    for (name, value) in [
        ("connect_timeout", "2"),
        ("tcp_user_timeout", gone.as_str()),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "3"),
        ("keepalives_count", "3"),
    ] {
        if !set(name) {
            all.push(separator);
            all.push_str(name);
            all.push('=');
            all.push_str(value);
            separator = '&';
        }
    }
    all
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
    fn parameters_begin_behind_the_password() {
        let url = with_timeouts("postgres://cairn:s3?cr&connect_timeout=@db/cairn", Duration::from_millis(1500));
        assert!(url.starts_with("postgres://cairn:s3?cr&connect_timeout=@db/cairn?connect_timeout=2&"), "{url}");
        let url = with_timeouts("postgres://db/cairn?user=a@b&keepalives_idle=9", Duration::from_millis(1500));
        assert!(url.starts_with("postgres://db/cairn?user=a@b&keepalives_idle=9&connect_timeout=2&"), "{url}");
        assert_eq!(url.matches("keepalives_idle").count(), 1);
    }

    #[test]
    fn no_part_of_a_password_is_told() {
        let refused = |url: &str| match open(&Config::new(url), Purpose::Read) {
            Ok(_) => panic!("{url} leads to nobody"),
            Err(error) => error.to_string(),
        };
        for (url, parts) in [
            ("postgres://cairn:s3%zzcr@127.0.0.1:1/cairn", ["s3", "zzcr"]),
            ("postgres://cairn:s3cr/et@127.0.0.1:1/cairn", ["s3cr", "/et"]),
            ("postgres://127.0.0.1:1/cairn?password=s3%zzcr", ["s3", "zzcr"]),
            ("postgres://cairn:s3@cr.invalid@127.0.0.1:1/cairn", ["s3", "cr.invalid"]),
            ("postgres://cairn:s3@[cr@127.0.0.1:1/cairn", ["s3", "cr@"]),
            ("postgres://cairn:1/s3cr@127.0.0.1:1/cairn", ["s3", "cr@"]),
        ] {
            let told = refused(url);
            assert!(!parts.iter().any(|part| told.contains(part)), "{url}: {told}");
            assert!(told.contains("percent codes"), "{url}: {told}");
        }
        // It is read as it was meant, so what is wrong is told.
        let told = refused("postgres://cairn:s3?cr@127.0.0.1:1/cairn");
        assert!(told.contains("port 1 failed") && !told.contains("s3") && !told.contains("cr@"), "{told}");
        let told = refused("postgres://cairn:s3cret@db.invalid/cairn");
        assert!(told.contains("\"db.invalid\"") && !told.contains("s3cret"), "{told}");
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
