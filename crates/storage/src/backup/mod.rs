//! Copies of an SQLite database, and the way back.
//!
//! A backup is an SQLite database in one file, with a line after its last page that holds the SHA-256 of all before it.
//! SQLite's own check does not find a changed letter in a text; the digest finds every change. Other tools open the file
//! as it is, and take no notice of the line.

mod seal;
mod swap;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;

use crate::claim::Guard;
use crate::config::file_uri;
use crate::connection::{self, Db, Purpose};
use crate::{Config, Error, Result, dump, migrate};

pub(crate) use seal::digest;

/// What a backup holds; nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The migrations that its database has.
    pub migrations: Vec<String>,
    /// How many rows each table has.
    pub tables: BTreeMap<String, u64>,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What was restored.
    pub summary: Summary,
    /// Where the database that was there before is now; `None` when there was none.
    pub kept: Option<PathBuf>,
}

/// Copies the database into a new file that only its owner can read, verifies the copy, and syncs it. Servers may read
/// and write meanwhile; the copy is the database as it was at one moment.
///
/// # Errors
/// [`Error::Exists`] when the target is there, [`Error::SqliteOnly`], [`Error::NoDatabase`]; those of reading and writing,
/// after which no file is left.
pub fn create(config: &Config, target: &Path) -> Result<Summary> {
    let path = config.file()?.ok_or(Error::SqliteOnly)?;
    if !path.exists() {
        return Err(Error::NoDatabase(path));
    }
    if target.exists() {
        return Err(Error::Exists(target.to_owned()));
    }
    let part = swap::beside(target, &format!("part-{}", std::process::id()));
    let made = copy(config, &path, &part).and_then(|()| {
        let summary = verify(&part)?;
        // A link, unlike a renaming, does not replace what has come there meanwhile.
        fs::hard_link(&part, target).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists(target.to_owned()),
            _ => Error::file("Cannot write", target)(cause),
        })?;
        swap::sync_folder(target)?;
        Ok(summary)
    });
    let removed = fs::remove_file(&part);
    let summary = made?;
    removed.map_err(Error::file("Cannot remove", &part))?;
    Ok(summary)
}

fn copy(config: &Config, path: &Path, part: &Path) -> Result<()> {
    let Some(text) = part.to_str() else {
        let cause = std::io::Error::new(std::io::ErrorKind::InvalidInput, "its name is not UTF-8");
        return Err(Error::file("Cannot write", part)(cause));
    };
    // SQLite writes into a file that is there and empty, and leaves it its mode.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
    file.map_err(Error::file("Cannot write", part))?;
    let mut connection = connection::open_sqlite(path, Purpose::Write, config.wait)?;
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(text)
        .execute(&mut connection)
        .map_err(Error::database("Cannot copy the database"))?;
    seal::close(part)
}

/// Checks a backup in full: the digest over all of it, SQLite's own checks, and that it is a database of this program or
/// an older one. Changes nothing.
///
/// # Errors
/// [`Error::BadBackup`] with what is wrong, [`Error::File`] when it cannot be read.
pub fn verify(path: &Path) -> Result<Summary> {
    let bad = |fault: String| Error::BadBackup { path: path.to_owned(), fault };
    seal::check(path)?;
    // Nobody changes it, so SQLite need neither lock it nor look for a log beside it.
    let mut connection = SqliteConnection::establish(&file_uri(path, "mode=ro&immutable=1"))
        .map_err(|error| bad(format!("SQLite cannot open it: {error}")))?;
    let summary = examine(&mut connection).map_err(|fault| bad(fault.to_string()))?;
    let mut connection = Db::Sqlite(connection);
    let applied = migrate::applied(&mut connection).map_err(|error| bad(error.to_string()))?;
    if applied.is_empty() {
        return Err(bad("it is an SQLite database, but not Cairn's".into()));
    }
    match migrate::check(&applied) {
        Ok(()) | Err(Error::NotMigrated { .. }) => {}
        Err(Error::Newer { unknown }) => {
            return Err(bad(format!("a newer cairn made it (migration {unknown}): use that one")));
        }
        Err(error) => return Err(error),
    }
    if let Some(fault) = summary {
        return Err(bad(fault));
    }
    let tables = dump::row_counts(&mut connection).map_err(|error| bad(error.to_string()))?;
    let bytes = fs::metadata(path).map_err(Error::file("Cannot read", path))?.len();
    Ok(Summary { bytes, migrations: applied, tables })
}

/// What SQLite finds wrong; `None` when that is nothing.
fn examine(connection: &mut SqliteConnection) -> QueryResult<Option<String>> {
    let said: String = diesel::select(diesel::dsl::sql::<Text>("(SELECT * FROM pragma_integrity_check LIMIT 1)"))
        .get_result(connection)?;
    if said != "ok" {
        return Ok(Some(format!("SQLite's check says: {said}")));
    }
    let loose: i64 = diesel::select(diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM pragma_foreign_key_check())"))
        .get_result(connection)?;
    Ok((loose > 0).then(|| format!("{loose} rows refer to rows that are not there")))
}

/// Asks SQLite whether the database of a store is sound. Reads all of it.
///
/// # Errors
/// [`Error::Database`] with what is wrong; [`Error::SqliteOnly`], [`Error::NoDatabase`].
pub fn check_live(config: &Config) -> Result<()> {
    let path = config.file()?.ok_or(Error::SqliteOnly)?;
    let mut connection = connection::open_sqlite(&path, Purpose::Read, config.wait)?;
    let failed = Error::database("Cannot check the database");
    match examine(&mut connection).map_err(failed)? {
        None => Ok(()),
        Some(cause) => Err(Error::Database { doing: "The database is damaged", cause }),
    }
}

/// Puts a backup in the place of the database. The backup is verified in full before anything is touched; the database
/// that was there is kept under another name. A process that is killed half-way leaves one of the two in place, whole.
///
/// The caller shows that it has the database for itself; an open one is refused all the same.
///
/// # Errors
/// [`Error::BadBackup`], [`Error::InUse`], [`Error::SqliteOnly`], [`Error::File`]; the database is then as it was.
pub fn restore(config: &Config, backup: &Path, _exclusive: &Guard) -> Result<Restored> {
    let path = config.file()?.ok_or(Error::SqliteOnly)?;
    let summary = verify(backup)?;
    let part = swap::beside(&path, &format!("part-{}", std::process::id()));
    let swapped = seal::open_into(backup, &part).and_then(|()| {
        // What was copied is what was verified, unless the disk or somebody changed it in between.
        let mut copied = SqliteConnection::establish(&file_uri(&part, "mode=ro&immutable=1"))
            .map_err(|error| Error::Database { doing: "Cannot open the copy", cause: error.to_string() })?;
        match examine(&mut copied).map_err(Error::database("Cannot check the copy"))? {
            Some(fault) => Err(Error::BadBackup { path: backup.to_owned(), fault }),
            None => swap::replace(&path, &part),
        }
    });
    if swapped.is_err() {
        let _ = fs::remove_file(&part);
    }
    Ok(Restored { summary, kept: swapped? })
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(Error::file("Cannot read", path))
}

#[cfg(test)]
mod tests;
