//! The line at the end of a backup, by which it is known to be whole.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::open;
use crate::{Error, Result};

const BEFORE: &[u8] = b"\ncairn-backup/v1 sha256:";
const DIGITS: usize = 64;
const LENGTH: usize = BEFORE.len() + DIGITS + 1;

/// What every SQLite database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of pieces, one after the other.
pub(crate) fn digest<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    pieces.into_iter().for_each(|piece| digest.update(piece));
    hex(digest.finalize())
}

/// Reads `length` bytes, giving each piece on; gives their digest.
fn through(
    file: &mut File,
    length: u64,
    mut piece: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut left = length;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let got = file.read(&mut buffer[..most])?;
        if got == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        digest.update(&buffer[..got]);
        piece(&buffer[..got])?;
        left -= got as u64;
    }
    Ok(hex(digest.finalize()))
}

/// Adds the line to a copy that SQLite has written, and syncs it.
pub(super) fn close(path: &Path) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        let digest = through(&mut file, length, |_| Ok(()))?;
        file.write_all(BEFORE)?;
        file.write_all(digest.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(Error::file("Cannot write", path))
}

/// The digest that the line tells, and the length of what is before it.
fn line(file: &mut File, path: &Path) -> Result<(String, u64)> {
    let bad = |fault: &str| Error::BadBackup { path: path.to_owned(), fault: fault.to_owned() };
    let failed = |cause| Error::file("Cannot read", path)(cause);
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(bad("it is not a file"));
    }
    let mut magic = [0; MAGIC.len()];
    if about.len() < MAGIC.len() as u64 {
        return Err(bad("it is too short to be one"));
    }
    file.read_exact(&mut magic).map_err(failed)?;
    if magic != MAGIC {
        return Err(bad("it is not an SQLite database"));
    }
    let mut end = [0; LENGTH];
    let length = about.len().checked_sub(LENGTH as u64).ok_or_else(|| bad("it is cut off"))?;
    file.seek(SeekFrom::Start(length)).map_err(failed)?;
    file.read_exact(&mut end).map_err(failed)?;
    let digits = end.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(b"\n"));
    let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    let digits = digits.ok_or_else(|| {
        bad("it does not end as `cairn backup create` ends it, so it is cut off, or a copy made otherwise")
    })?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok((digits.to_owned(), length))
}

/// Refuses a file that is not, byte for byte, what [`close`] left.
pub(super) fn check(path: &Path) -> Result<()> {
    let mut file = open(path)?;
    let (expected, length) = line(&mut file, path)?;
    let found = through(&mut file, length, |_| Ok(())).map_err(Error::file("Cannot read", path))?;
    if found == expected {
        Ok(())
    } else {
        Err(Error::BadBackup {
            path: path.to_owned(),
            fault: "its bytes are not those that were written: it is damaged".into(),
        })
    }
}

/// Writes what is before the line into a new file, checks it once more on the way, and syncs it.
pub(super) fn open_into(path: &Path, target: &Path) -> Result<()> {
    let mut file = open(path)?;
    let (expected, length) = line(&mut file, path)?;
    let mut copy = || -> std::io::Result<String> {
        let mut to = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(target)?;
        let found = through(&mut file, length, |piece| to.write_all(piece))?;
        to.sync_all()?;
        Ok(found)
    };
    if copy().map_err(Error::file("Cannot write", target))? == expected {
        Ok(())
    } else {
        Err(Error::BadBackup { path: path.to_owned(), fault: "it was changed while it was read".into() })
    }
}
