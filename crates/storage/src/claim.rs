//! Who has a database: servers share it, an offline command has it alone.
//!
//! On PostgreSQL the claim is an advisory lock of a session. A server takes it on each connection of its pool, so that it
//! is there again when a connection was lost and made anew. On SQLite it is a lock on a file beside the database,
//! `cairn.db.lock` beside `cairn.db`, which the system releases when the process ends, however it ends. A database that
//! is named through a link is locked where it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
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
    held: Held,
}

impl Guard {
    /// Whether nobody else has a claim as long as this one is held.
    pub(crate) fn is_alone(&self) -> bool {
        !matches!(self.held, Held::Nothing)
    }
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
    let mut name = place_of(database).map_err(Error::file("Cannot find the place of", database))?.into_os_string();
    name.push(".lock");
    let path = PathBuf::from(name);
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

/// Where a file is, or will be made, when links are followed.
fn place_of(file: &Path) -> io::Result<PathBuf> {
    match file.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found,
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match file.read_link() {
        // A link in a circle is another error than that nothing is there, so this ends.
        Ok(target) => place_of(&folder.join(target)),
        Err(_) => {
            let name = file.file_name().ok_or(ErrorKind::InvalidFilename)?;
            Ok(folder.canonicalize()?.join(name))
        }
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
        assert!(folder.path().join("cairn.db.lock").exists());
        assert!(matches!(claim(Claim::Serve), Err(Error::InUse(_))));
        assert!(matches!(claim(Claim::Exclusive), Err(Error::InUse(_))));
        claim(Claim::Nothing).unwrap();
        drop(server);
        let command = claim(Claim::Exclusive).unwrap();
        assert!(matches!(claim(Claim::Serve), Err(Error::InUse(_))));
        drop(command);
        claim(Claim::Serve).unwrap();
    }
    #[test]
    fn each_database_has_a_lock_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let claim = |name: &str| {
            let url = format!("sqlite:{}", folder.path().join(name).display());
            take(&Config::new(url).claiming(Claim::Exclusive))
        };
        let _all = ["cairn.prod", "cairn.test", "cairn.lock"].map(|name| claim(name).unwrap());
        assert!(!folder.path().join("cairn.lock").exists(), "the database itself is not the lock");
    }

    #[test]
    fn a_link_leads_to_the_same_lock() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("data")).unwrap();
        symlink("data", path("folder")).unwrap();
        symlink("data/cairn.db", path("link.db")).unwrap();
        symlink("link.db", path("link-to-link.db")).unwrap();
        let claim =
            |name: &str| take(&Config::new(format!("sqlite:{}", path(name).display())).claiming(Claim::Exclusive));
        let all = ["data/cairn.db", "folder/cairn.db", "link.db", "link-to-link.db", "data/../data/cairn.db"];
        // Before it is made, and afterwards.
        for _ in 0..2 {
            for held in all {
                let _held = claim(held).unwrap();
                for other in all {
                    assert!(matches!(claim(other), Err(Error::InUse(_))), "{held}, {other}");
                }
            }
            std::fs::write(path("data/cairn.db"), "").unwrap();
        }
        symlink("round.db", path("round.db")).unwrap();
        for nowhere in ["round.db", "none/cairn.db"] {
            assert!(matches!(claim(nowhere), Err(Error::File { .. })), "{nowhere}");
        }
    }
}
