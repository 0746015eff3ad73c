//! Who has a database: servers share it, an offline command has it alone.
//!
//! On PostgreSQL the claim is an advisory lock of a session. A server takes it on each connection of its pool, so that it
//! is there again when a connection was lost and made anew. On SQLite it is a lock on a file beside the database,
//! `cairn.lock` beside `cairn.db`, which the system releases when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Mutex;

use diesel::RunQueryDsl as _;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use crate::config::{Claim, Place};
use crate::connection::{self, Db, Purpose, per_backend};
use crate::{Config, Error, Result};

/// The key of the advisory lock: "cairn" and 1.
const KEY: i64 = 0x63_6169_726e_0001;

/// A claim, for as long as this value lives.
#[derive(Debug)]
pub struct Guard {
    #[expect(dead_code, reason = "holding it is its use")]
    held: Held,
}

enum Held {
    Nothing,
    File(#[expect(dead_code, reason = "holding it is its use")] File),
    Session(#[expect(dead_code, reason = "holding it is its use")] Mutex<Db>),
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::File(_) => "File",
            Self::Session(_) => "Session",
        })
    }
}

/// Takes the claim that the configuration names. A store that is opened with it takes it by itself; this is for what is
/// done without a store, such as restoring a backup.
///
/// # Errors
/// [`Error::InUse`] when others are there; those of reaching the database or its folder.
pub fn take(config: &Config) -> Result<Guard> {
    let held = match (config.claim, config.place()?) {
        (Claim::Nothing, _) => Held::Nothing,
        (claim, Place::Sqlite(path)) => Held::File(lock_file(&path, claim)?),
        (Claim::Serve, Place::Postgres(_)) => {
            // The pool's connections hold it; here it is only found out at once whether they can.
            share(&mut connection::open(config, Purpose::Read)?, Claim::Serve)?;
            Held::Nothing
        }
        (Claim::Exclusive, Place::Postgres(_)) => {
            let mut connection = connection::open(config, Purpose::Write)?;
            if !ask(&mut connection, "pg_try_advisory_lock")? {
                return Err(Error::InUse(
                    "The database is in use by a server or another command: stop it, or do this through its API."
                        .into(),
                ));
            }
            Held::Session(Mutex::new(connection))
        }
    };
    Ok(Guard { held })
}

fn lock_file(database: &Path, claim: Claim) -> Result<File> {
    let path = database.with_extension("lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(Error::file("Cannot open the lock", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(match claim {
            Claim::Serve => format!("Another server or command has {}: stop it first.", database.display()),
            _ => {
                format!("A server or another command has {}: stop it, or do this through its API.", database.display())
            }
        })),
        Err(TryLockError::Error(cause)) => Err(Error::File { doing: "Cannot lock", path, cause }),
    }
}

/// A server's part of the lock, on a connection to PostgreSQL.
pub(crate) fn share(connection: &mut Db, claim: Claim) -> Result<()> {
    let postgres = per_backend!(connection, sqlite _s => false, postgres _p => true);
    if claim == Claim::Serve && postgres && !ask(connection, "pg_try_advisory_lock_shared")? {
        return Err(Error::InUse("An offline command has the database: wait until it is done.".into()));
    }
    Ok(())
}

fn ask(connection: &mut Db, function: &str) -> Result<bool> {
    let question = diesel::select(sql::<Bool>(&format!("{function}({KEY})")));
    question.get_result(connection).map_err(Error::database("Cannot claim the database"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_file_has_one_server_or_one_command() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("cairn.db").display());
        let claim = |claim| take(&Config::new(&url).claiming(claim));
        let server = claim(Claim::Serve).unwrap();
        assert!(folder.path().join("cairn.lock").exists());
        assert!(matches!(claim(Claim::Serve), Err(Error::InUse(_))));
        assert!(matches!(claim(Claim::Exclusive), Err(Error::InUse(_))));
        claim(Claim::Nothing).unwrap();
        drop(server);
        let command = claim(Claim::Exclusive).unwrap();
        assert!(matches!(claim(Claim::Serve), Err(Error::InUse(_))));
        drop(command);
        claim(Claim::Serve).unwrap();
    }
}
