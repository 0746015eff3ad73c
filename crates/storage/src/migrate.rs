//! Moving a database's schema to the one this program needs, and back.

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{self, Db, Purpose, per_backend};
use crate::{Config, Error, Result};

const ON_SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const ON_POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The key of the advisory lock: "cairn" and 2.
const KEY: i64 = 0x63_6169_726e_0002;

/// How long one server waits for another that migrates.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// A migration, and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name, such as `0001_identity`; of one that this program does not know, its number.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
    /// Whether this program knows it.
    pub known: bool,
}

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Makes what is missing; gives the names of it, in order. An SQLite database that is not there is made.
///
/// Each migration is in a transaction of its own, under a lock: of two servers that start at once one waits.
///
/// # Errors
/// [`Error::Newer`], with nothing changed, when the database has migrations that this program does not know;
/// [`Error::Migration`]; those of reaching the database.
pub fn up(config: &Config) -> Result<Vec<String>> {
    go(config, Way::Up, u32::MAX)
}

/// Undoes the last `steps` migrations; gives the names of them, in the order they were undone in.
///
/// # Errors
/// As [`up`].
pub fn down(config: &Config, steps: u32) -> Result<Vec<String>> {
    if let Some(path) = config.file()?.filter(|path| !path.exists()) {
        return Err(Error::NoDatabase(path));
    }
    go(config, Way::Down, steps)
}

/// Every migration in order, those that this program does not know last. Changes nothing.
///
/// # Errors
/// [`Error::NoDatabase`] for an SQLite file that is not there; those of reaching the database.
pub fn status(config: &Config) -> Result<Vec<Status>> {
    let mut connection = connection::open(config, Purpose::Read)?;
    let applied = applied(&mut connection)?;
    let known = names();
    let mut all: Vec<Status> = known
        .iter()
        .map(|name| Status { name: name.clone(), applied: applied.contains(&version(name).to_owned()), known: true })
        .collect();
    let unknown = applied.into_iter().filter(|found| !known.iter().any(|name| version(name) == found));
    all.extend(unknown.map(|name| Status { name, applied: true, known: false }));
    Ok(all)
}

/// The names of the migrations that this program knows, in order. Both dialects have the same.
#[must_use]
pub fn names() -> Vec<String> {
    let all: Vec<Box<dyn Migration<Sqlite>>> = ON_SQLITE.migrations().unwrap_or_default();
    let mut names: Vec<String> = all.iter().map(|migration| migration.name().to_string()).collect();
    names.sort();
    names
}

/// The part of a name that the database keeps.
fn version(name: &str) -> &str {
    name.split('_').next().unwrap_or(name)
}

/// The versions of the migrations that a database has, in order; none when it was never migrated.
pub(crate) fn applied(connection: &mut Db) -> Result<Vec<String>> {
    let failed = Error::database("Cannot ask the database for its migrations");
    let there = per_backend!(&mut *connection,
        sqlite c => diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations')",
        )).get_result::<bool>(c),
        postgres c => diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "to_regclass('__diesel_schema_migrations') IS NOT NULL",
        )).get_result::<bool>(c),
    );
    match there {
        Ok(true) => {}
        Ok(false) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    }
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
    let all = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
    all.order(__diesel_schema_migrations::version).load(connection).map_err(failed)
}

/// Whether a database with these migrations is the one this program needs.
///
/// # Errors
/// [`Error::Newer`], [`Error::NotMigrated`].
pub(crate) fn check(applied: &[String]) -> Result<()> {
    check_known(applied)?;
    let missing: Vec<String> =
        names().into_iter().filter(|name| !applied.iter().any(|found| found == version(name))).collect();
    if missing.is_empty() { Ok(()) } else { Err(Error::NotMigrated { missing: missing.join(", ") }) }
}

fn check_known(applied: &[String]) -> Result<()> {
    let known = names();
    let unknown: Vec<&str> =
        applied.iter().filter(|found| !known.iter().any(|name| version(name) == **found)).map(String::as_str).collect();
    if unknown.is_empty() { Ok(()) } else { Err(Error::Newer { unknown: unknown.join(", ") }) }
}

fn go(config: &Config, way: Way, steps: u32) -> Result<Vec<String>> {
    let config = Config { wait: PATIENCE, statement: std::time::Duration::ZERO, ..config.clone() };
    let mut done = Vec::new();
    let mut connection = connection::open(&config, Purpose::Migrate)?;
    while done.len() < steps as usize {
        // Asked again under the lock each time: another server may have gone the same way meanwhile.
        let step = per_backend!(&mut connection,
            sqlite c => step_sqlite(c, way),
            postgres c => step_postgres(c, way),
        );
        match step? {
            Some(name) => done.push(name),
            None => break,
        }
    }
    Ok(done)
}

fn step_sqlite(connection: &mut SqliteConnection, way: Way) -> Result<Option<String>> {
    begin(connection, "BEGIN IMMEDIATE")?;
    let step = step(connection, ON_SQLITE, way).and_then(|name| {
        let Some(name) = name else { return Ok(None) };
        // Foreign keys are off meanwhile, since a table may have had to be made anew.
        let rows = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "(SELECT count(*) FROM pragma_foreign_key_check())",
        ))
        .get_result::<i64>(connection);
        match rows.map_err(Error::database("Cannot check the references between tables"))? {
            0 => Ok(Some(name)),
            rows => {
                Err(Error::Migration { name, cause: format!("{rows} rows would refer to rows that are not there") })
            }
        }
    });
    end(connection, step)
}

fn step_postgres(connection: &mut PgConnection, way: Way) -> Result<Option<String>> {
    // Not serialisable: what is read after the lock was waited for must be newer than the wait.
    begin(connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
    let locked = connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({KEY})"));
    let locked = locked.map_err(Error::database("Cannot get the lock for migrating"));
    let step = locked.and_then(|()| step(connection, ON_POSTGRES, way));
    end(connection, step)
}

fn begin<C>(connection: &mut C, sql: &str) -> Result<()>
where
    C: Counted,
{
    AnsiTransactionManager::begin_transaction_sql(connection, sql)
        .map_err(Error::database("Cannot get the lock for migrating"))
}

fn end<C: Counted>(connection: &mut C, step: Result<Option<String>>) -> Result<Option<String>> {
    let name = match step {
        Ok(name) => name,
        Err(error) => {
            let _ = AnsiTransactionManager::rollback_transaction(connection);
            return Err(error);
        }
    };
    let committed = AnsiTransactionManager::commit_transaction(connection);
    committed.map_err(|cause| Error::Migration { name: name.clone().unwrap_or_default(), cause: cause.to_string() })?;
    Ok(name)
}

/// A connection whose transactions Diesel counts, so that a migration's own becomes a savepoint.
trait Counted: diesel::Connection<TransactionManager = AnsiTransactionManager> {}
impl Counted for SqliteConnection {}
impl Counted for PgConnection {}

/// Goes one step, in the transaction that is open; `None` when there is none to go.
fn step<C, B>(connection: &mut C, source: EmbeddedMigrations, way: Way) -> Result<Option<String>>
where
    B: diesel::backend::Backend,
    C: MigrationHarness<B>,
    EmbeddedMigrations: MigrationSource<B>,
{
    let failed = |name: &str, cause: Box<dyn std::error::Error + Send + Sync>| {
        // Diesel's text tells the migration's name once more; the cause beneath is what is wrong.
        let cause = cause.source().map_or_else(|| cause.to_string(), ToString::to_string);
        Error::Migration { name: name.to_owned(), cause }
    };
    let applied = connection.applied_migrations().map_err(|cause| failed("of the list of migrations", cause))?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    check_known(&applied)?;
    let mut all: Vec<Box<dyn Migration<B>>> =
        source.migrations().map_err(|cause| failed("inside the program", cause))?;
    all.sort_by_key(|migration| migration.name().to_string());
    let is_applied = |migration: &dyn Migration<B>| applied.contains(&migration.name().version().to_string());
    let next = match way {
        Way::Up => all.iter().find(|migration| !is_applied(&***migration)),
        Way::Down => all.iter().rev().find(|migration| is_applied(&***migration)),
    };
    let Some(next) = next else { return Ok(None) };
    let name = next.name().to_string();
    let went = match way {
        Way::Up => connection.run_migration(&**next),
        Way::Down => connection.revert_migration(&**next),
    };
    went.map_err(|cause| failed(&name, cause))?;
    Ok(Some(name))
}

#[cfg(test)]
mod tests;
