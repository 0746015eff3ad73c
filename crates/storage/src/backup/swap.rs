//! Putting one database file in the place of another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use crate::connection::{self, Purpose};
use crate::{Error, Result, refusal};

/// The path with more at its end.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(more);
    PathBuf::from(name)
}

/// What SQLite keeps beside a database: the log and its index.
fn companions(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// Makes a change of names in a file's folder last.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file("Cannot sync the folder", folder))
}

/// Puts `new` in the place of `path`; gives where what was there is now.
pub(super) fn replace(path: &Path, new: &Path) -> Result<Option<PathBuf>> {
    let failed = |path: &Path| Error::file("Cannot put the database in place at", path.to_owned());
    let mut kept = None;
    if path.exists() {
        settle(path)?;
        let aside = free_name(path);
        // The old one has both names until the new one takes the first, so that there is a database at every moment.
        fs::hard_link(path, &aside).map_err(failed(&aside))?;
        // A log that is still here belongs to a database that SQLite could not open. Beside the new one it would damage it.
        for (from, to) in companions(path).iter().zip(companions(&aside)) {
            if from.exists() {
                fs::rename(from, to).map_err(failed(from))?;
            }
        }
        sync_folder(path)?;
        kept = Some(aside);
    } else {
        for left in companions(path).iter().filter(|left| left.exists()) {
            fs::remove_file(left).map_err(failed(left))?;
        }
    }
    fs::rename(new, path).map_err(failed(path))?;
    sync_folder(path)?;
    Ok(kept)
}

/// Brings all of a database into its one file, which SQLite does only when nobody else has it open.
fn settle(path: &Path) -> Result<()> {
    let in_use =
        || Error::InUse(format!("{} is open: stop the server, and every other program that has it.", path.display()));
    let mut connection = match connection::open_sqlite(path, Purpose::Write, Duration::from_millis(500)) {
        Ok(connection) => connection,
        Err(Error::Database { cause, .. }) if refusal::is_lock(&cause) => return Err(in_use()),
        // It is damaged, which may be why it is replaced.
        Err(_) => return Ok(()),
    };
    match connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)") {
        Err(refused) if !refusal::is_lock(&refused.to_string()) => return Ok(()),
        _ => {}
    }
    let mode = diesel::sql_query("PRAGMA journal_mode = DELETE").load::<Mode>(&mut connection);
    match mode {
        Ok(modes) if modes.iter().all(|mode| mode.journal_mode == "delete") => Ok(()),
        Ok(_) => Err(in_use()),
        Err(refused) if refusal::is_lock(&refused.to_string()) => Err(in_use()),
        Err(_) => Ok(()),
    }
}

#[derive(QueryableByName)]
struct Mode {
    #[diesel(sql_type = diesel::sql_types::Text)]
    journal_mode: String,
}

fn free_name(path: &Path) -> PathBuf {
    let name = |number: u32| match number {
        1 => beside(path, "before-restore"),
        number => beside(path, &format!("before-restore-{number}")),
    };
    (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| beside(path, "before-restore"))
}
