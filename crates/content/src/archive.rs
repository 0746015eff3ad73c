use std::io::{self, Read};

use cairn_domain::catalog::{Draft, Fault, PackFormat, SourceFile};
use cairn_domain::{Error, Result as DomainResult};
use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use tar::{Archive, Builder, Entry, EntryType, Header};

use crate::faults::{Code, Pos, fault, listed};
use crate::files::{Budget, PackFile, pack_file, too_large};
use crate::limits::{Limits, shown};
use crate::{check, image, paths};

/// How long a name, or the header that tells one, may be: more than any path that is allowed.
const MAX_NAME_HEADER: u64 = 16 << 10;
/// An archive may unpack to this many times the largest pack: there may be folders and hidden files in it, which are
/// left out. None of it is kept, so that it costs time alone.
const UNPACKED: u64 = 2;

/// Packs as gzipped tar archives, whose members are the pack's files by their paths, `pack.yaml` among them.
///
/// Reading is bounded, whatever the archive says of itself. Writing depends on the files alone: no times, no owners.
#[derive(Debug, Clone, Copy, Default)]
pub struct TarGz;

impl PackFormat for TarGz {
    fn media_type(&self) -> &'static str {
        "application/gzip"
    }

    fn read(&self, archive: &[u8]) -> Result<Draft, Vec<Fault>> {
        check(&unpack(archive)?)
    }

    fn write(&self, files: &[SourceFile]) -> DomainResult<Vec<u8>> {
        write(files).map_err(Error::internal)
    }
}

fn write(files: &[SourceFile]) -> io::Result<Vec<u8>> {
    let mut files: Vec<_> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    // 255 is "unknown" for the system that it was made on.
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    let mut tar = Builder::new(gzip);
    for file in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(file.bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, &file.path, &*file.bytes)?;
    }
    tar.into_inner()?.finish()
}

/// Reads the files of an archive, ordered by path. Folders and names that begin with a dot are left out.
///
/// # Errors
/// Every member that does not belong in a pack; one fault when the archive can't be read at all.
pub fn unpack(archive: &[u8]) -> Result<Vec<PackFile>, Vec<Fault>> {
    unpack_within(archive, Limits::PACK)
}

fn unpack_within(archive: &[u8], limits: Limits) -> Result<Vec<PackFile>, Vec<Fault>> {
    if archive.len() as u64 > limits.archive {
        return Err(vec![too_large("", archive.len() as u64, limits.archive)]);
    }
    let most = UNPACKED * limits.pack;
    let mut bounded = GzDecoder::new(archive).take(most);
    let mut reader = Reader { budget: Budget::new(limits), long_name: None, files: Vec::new(), faults: Vec::new() };
    let read = reader.members(Archive::new(&mut bounded)).and_then(|()| rest_is_padding(&mut bounded));
    if bounded.limit() == 0 {
        let message = format!("The archive unpacks to more than {}.", shown(most));
        let help = "Divide the pack, or leave out of the archive what is not part of it.";
        reader.faults.push(fault("", Pos::FILE, Code::TooLarge.as_str(), message, help));
    } else if let Err(stop) = read {
        reader.faults.push(match stop {
            Stop::Fault(fault) => fault,
            Stop::Io(error) => unreadable(&format!("The archive can't be read: {error}.")),
        });
    } else if !bounded.into_inner().into_inner().iter().all(|byte| *byte == 0) {
        reader.faults.push(unreadable("Something follows after the end of the archive."));
    }
    reader.files.sort_by(|a, b| a.path.cmp(&b.path));
    reader.faults.extend(paths::check_all(reader.files.iter().map(|file| file.path.as_str())));
    if reader.faults.is_empty() { Ok(reader.files) } else { Err(listed(reader.faults, false)) }
}

fn unreadable(message: &str) -> Fault {
    let help = "Make a gzipped tar of the pack's folder, for instance with `tar czf pack.tar.gz -C FOLDER .`.";
    fault("", Pos::FILE, Code::BadArchive.as_str(), message, help)
}

/// Reads to the end, which checks gzip's sums, and refuses what is hidden behind the end of the tar.
fn rest_is_padding(reader: &mut impl Read) -> Result<(), Stop> {
    let mut block = [0_u8; 8192];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(()),
            n if block[..n].iter().all(|byte| *byte == 0) => {}
            _ => return Err(Stop::Fault(unreadable("Something follows after the end of the tar."))),
        }
    }
}

enum Stop {
    Io(io::Error),
    Fault(Fault),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

struct Reader {
    budget: Budget,
    /// The name that the member before gave to this one.
    long_name: Option<Vec<u8>>,
    files: Vec<PackFile>,
    faults: Vec<Fault>,
}

impl Reader {
    fn members(&mut self, mut archive: Archive<impl Read>) -> Result<(), Stop> {
        // Raw: the members that only carry names are bounded here, and not by the library.
        for member in archive.entries()?.raw(true) {
            self.member(member?)?;
        }
        Ok(())
    }

    fn member(&mut self, mut member: Entry<'_, impl Read>) -> Result<(), Stop> {
        let size = member.header().entry_size()?;
        let kind = member.header().entry_type();
        match kind {
            EntryType::XGlobalHeader => return Ok(()),
            EntryType::GNULongName => {
                let mut name = read_name(&mut member, size)?;
                while name.last() == Some(&0) {
                    name.pop();
                }
                self.long_name = Some(name);
                return Ok(());
            }
            EntryType::XHeader => {
                if let Some(name) = pax_path(&read_name(&mut member, size)?)? {
                    self.long_name = Some(name);
                }
                return Ok(());
            }
            // The target's name is of no interest: the link itself is refused.
            EntryType::GNULongLink => return Ok(()),
            _ => {}
        }
        // What is refused counts as well: each is a fault, and a header of nothing costs a sender two bytes.
        self.budget.member().map_err(Stop::Fault)?;
        let name = self.long_name.take().unwrap_or_else(|| member.path_bytes().into_owned());
        let Some(path) = self.path(&name, kind) else { return Ok(()) };
        match kind {
            EntryType::Directory => {}
            EntryType::Regular | EntryType::Continuous => self.file(&mut member, path, size)?,
            EntryType::Symlink => {
                self.faults.push(fault(
                    &path,
                    Pos::FILE,
                    Code::Symlink.as_str(),
                    "It is a symbolic link.",
                    "Replace it by what it leads to.",
                ));
            }
            _ => {
                let message = match kind {
                    EntryType::Link => "It is a hard link.",
                    EntryType::GNUSparse => "It is a sparse file.",
                    _ => "It is neither a file nor a folder.",
                };
                self.faults.push(fault(
                    &path,
                    Pos::FILE,
                    Code::NotAFile.as_str(),
                    message,
                    "Put a plain file in its place, or remove it.",
                ));
            }
        }
        Ok(())
    }

    /// The path of a member; `None` for the root and for what is hidden or refused.
    fn path(&mut self, name: &[u8], kind: EntryType) -> Option<String> {
        let Ok(name) = std::str::from_utf8(name) else {
            self.faults.push(paths::bad_path(&String::from_utf8_lossy(name), "it is not UTF-8"));
            return None;
        };
        let mut path = name;
        while let Some(rest) = path.strip_prefix("./") {
            path = rest;
        }
        if kind.is_dir() {
            path = path.strip_suffix('/').unwrap_or(path);
            if path.is_empty() || path == "." {
                return None;
            }
        }
        if let Some(reason) = paths::refuse(path) {
            self.faults.push(paths::bad_path(name, reason));
            return None;
        }
        (!paths::is_hidden(path)).then(|| path.to_owned())
    }

    fn file(&mut self, member: &mut Entry<'_, impl Read>, path: String, size: u64) -> Result<(), Stop> {
        match self.budget.take(&path, size) {
            Ok(()) => {}
            Err((fault, true)) => {
                self.faults.push(fault);
                return Ok(());
            }
            Err((fault, false)) => return Err(Stop::Fault(fault)),
        }
        // The archive's word for the size reserves no memory: bytes have to come.
        let mut bytes = Vec::new();
        let mut content = member.take(size);
        content.by_ref().take(image::HEAD).read_to_end(&mut bytes)?;
        if !image::begins_right(&path, &bytes) {
            self.faults.push(image::broken(&path));
            return Ok(());
        }
        content.read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(Stop::Fault(unreadable(&format!("The archive ends in the middle of `{path}`."))));
        }
        self.files.push(pack_file(path, bytes));
        Ok(())
    }
}

fn read_name(member: &mut impl Read, size: u64) -> Result<Vec<u8>, Stop> {
    if size > MAX_NAME_HEADER {
        return Err(Stop::Fault(paths::bad_path("", "it is too long")));
    }
    let mut name = Vec::new();
    member.take(size).read_to_end(&mut name)?;
    Ok(name)
}

/// The path in a pax header: lines `LENGTH KEY=VALUE`. Other keys don't matter to a pack, but a size or a sparse map
/// would mean that the member is not what its header says.
fn pax_path(records: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
    let refused = || Stop::Fault(unreadable("The archive has an extended header that can't be read."));
    let mut rest = records;
    let mut path = None;
    while !rest.is_empty() {
        let space = rest.iter().position(|b| *b == b' ').ok_or_else(refused)?;
        let length: usize =
            std::str::from_utf8(&rest[..space]).ok().and_then(|n| n.parse().ok()).ok_or_else(refused)?;
        if length <= space + 1 || length > rest.len() || rest[length - 1] != b'\n' {
            return Err(refused());
        }
        let record = &rest[space + 1..length - 1];
        let equals = record.iter().position(|b| *b == b'=').ok_or_else(refused)?;
        match &record[..equals] {
            b"path" => path = Some(record[equals + 1..].to_vec()),
            b"size" => return Err(Stop::Fault(unreadable("The archive has a member of a size that no pack needs."))),
            key if key.starts_with(b"GNU.sparse") => {
                return Err(Stop::Fault(fault(
                    "",
                    Pos::FILE,
                    Code::NotAFile.as_str(),
                    "The archive has a sparse file.",
                    "Make it without `--sparse`.",
                )));
            }
            _ => {}
        }
        rest = &rest[length..];
    }
    Ok(path)
}

#[cfg(test)]
mod tests;
