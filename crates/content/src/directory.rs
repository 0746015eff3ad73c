use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use cairn_domain::catalog::Fault;

use crate::faults::{Code, Pos, fault, listed};
use crate::files::{Budget, PackFile, pack_file};
use crate::limits::Limits;
use crate::paths;

/// Reads a pack's files, ordered by path. Names that begin with a dot are left out, and so are empty folders.
///
/// # Errors
/// Every file that does not belong in a pack: symbolic links, devices, names that are not portable, files that are too
/// large or can't be read.
pub fn read_dir(dir: &Path) -> Result<Vec<PackFile>, Vec<Fault>> {
    read_within(dir, Limits::PACK)
}

fn read_within(dir: &Path, limits: Limits) -> Result<Vec<PackFile>, Vec<Fault>> {
    let mut reader = Reader { budget: Budget::new(limits), files: Vec::new(), faults: Vec::new() };
    let _ = reader.folder(dir, "");
    reader.files.sort_by(|a, b| a.path.cmp(&b.path));
    reader.faults.extend(paths::check_all(reader.files.iter().map(|file| file.path.as_str())));
    if reader.faults.is_empty() { Ok(reader.files) } else { Err(listed(reader.faults, false)) }
}

struct Reader {
    budget: Budget,
    files: Vec<PackFile>,
    faults: Vec<Fault>,
}

/// A limit of the whole pack is reached.
struct Full;

impl Reader {
    fn fault(&mut self, path: &str, code: Code, message: impl Into<String>, help: &str) {
        self.faults.push(fault(path, Pos::FILE, code.as_str(), message, help));
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.fault(
            path,
            Code::Unreadable,
            format!("It can't be read: {error}."),
            "Look at its permissions, and whether it is there.",
        );
    }

    fn folder(&mut self, dir: &Path, prefix: &str) -> Result<(), Full> {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) => {
                self.unreadable(prefix, &error);
                return Ok(());
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable(prefix, &error);
                    continue;
                }
            };
            let name = entry.file_name();
            let shown = name.to_string_lossy();
            if shown.starts_with('.') {
                continue;
            }
            if let Err(fault) = self.budget.member() {
                self.faults.push(fault);
                return Err(Full);
            }
            let path = if prefix.is_empty() { shown.to_string() } else { format!("{prefix}/{shown}") };
            let reason = if name.to_str().is_none() { Some("it is not UTF-8") } else { paths::refuse(&path) };
            if let Some(reason) = reason {
                self.faults.push(paths::bad_path(&path, reason));
                continue;
            }
            match entry.file_type() {
                Err(error) => self.unreadable(&path, &error),
                Ok(kind) if kind.is_symlink() => {
                    self.fault(&path, Code::Symlink, "It is a symbolic link.", "Replace it by what it leads to.");
                }
                Ok(kind) if kind.is_dir() => self.folder(&entry.path(), &path)?,
                Ok(kind) if kind.is_file() => self.file(&entry.path(), path)?,
                Ok(_) => self.fault(&path, Code::NotAFile, "It is neither a file nor a folder.", "Remove it."),
            }
        }
        Ok(())
    }

    fn file(&mut self, at: &Path, path: String) -> Result<(), Full> {
        let size = match fs::metadata(at) {
            Ok(metadata) => metadata.len(),
            Err(error) => {
                self.unreadable(&path, &error);
                return Ok(());
            }
        };
        if let Err((fault, go_on)) = self.budget.take(&path, size) {
            self.faults.push(fault);
            return if go_on { Ok(()) } else { Err(Full) };
        }
        // A file that grows while it is read is cut off at the size that was allowed.
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        match fs::File::open(at).and_then(|file| file.take(size).read_to_end(&mut bytes)) {
            Ok(_) => self.files.push(pack_file(path, bytes)),
            Err(error) => self.unreadable(&path, &error),
        }
        Ok(())
    }
}

/// Writes a pack's files into a folder, which is made when it is not there.
///
/// # Errors
/// [`io::ErrorKind::DirectoryNotEmpty`] when the folder has something in it, [`io::ErrorKind::InvalidInput`] for a path
/// that leads out of it, and what the system refuses. Nothing is written in the first two cases.
pub fn write_dir(dir: &Path, files: &[PackFile]) -> io::Result<()> {
    if let Some(bad) = paths::check_all(files.iter().map(|file| file.path.as_str())).first() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{}`: {}", bad.file, bad.message)));
    }
    fs::create_dir_all(dir)?;
    if fs::read_dir(dir)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, "the folder is not empty"));
    }
    for file in files {
        let at = dir.join(&file.path);
        if let Some(parent) = at.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::File::create_new(&at)?.write_all(&file.bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::MAX_FAULTS;

    fn paths(result: Result<Vec<PackFile>, Vec<Fault>>) -> Vec<String> {
        result.unwrap().into_iter().map(|file| file.path).collect()
    }
    fn codes(result: Result<Vec<PackFile>, Vec<Fault>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|f| format!("{} {}", f.file, f.code)).collect()
    }
    fn put(dir: &Path, path: &str, bytes: &[u8]) {
        let at = dir.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, bytes).unwrap();
    }

    #[test]
    fn files_are_read_in_order_without_hidden_ones() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["pack.yaml", "a/b.md", "a-b", ".git/config", "a/.DS_Store", ".hidden"] {
            put(dir.path(), path, path.as_bytes());
        }
        fs::create_dir(dir.path().join("empty")).unwrap();
        assert_eq!(paths(read_dir(dir.path())), ["a-b", "a/b.md", "pack.yaml"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_odd_names_are_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "a", b"");
        std::os::unix::fs::symlink("a", dir.path().join("b")).unwrap();
        std::os::unix::fs::symlink("/", dir.path().join("root")).unwrap();
        std::os::unix::fs::symlink("a", dir.path().join(".ignored")).unwrap();
        put(dir.path(), "c\\d", b"");
        put(dir.path(), "A", b"");
        fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff")), b"").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        let expected = [
            "a path-collision",
            "b symlink",
            "c\\d bad-path",
            "root symlink",
            "socket not-a-file",
            "\u{FFFD} bad-path",
        ];
        assert_eq!(codes(read_dir(dir.path())), expected);
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_fault() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(codes(read_dir(&dir.path().join("none"))), [" unreadable"]);
    }

    #[test]
    fn sizes_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "big.md", &vec![b'x'; (1 << 20) + 1]);
        put(dir.path(), "fits.md", &vec![b'x'; 1 << 20]);
        put(dir.path(), "big.png", &vec![b'x'; (1 << 20) + 1]);
        assert_eq!(codes(read_dir(dir.path())), ["big.md too-large"]);
    }

    #[test]
    fn the_number_of_members_and_of_faults_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits { files: 3, ..Limits::PACK };
        for name in ["a", "b", "c", ".hidden"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        assert_eq!(read_within(dir.path(), limits), Ok(Vec::new()));
        put(dir.path(), "d", b"");
        assert_eq!(codes(read_within(dir.path(), limits)), [" too-many-files"]);
        for number in 0..=MAX_FAULTS {
            put(dir.path(), &format!("{number}\\x"), b"");
        }
        let faults = read_dir(dir.path()).unwrap_err();
        assert_eq!(faults.len(), MAX_FAULTS + 1);
        assert_eq!(faults.last().unwrap().code, "too-many-faults");
    }

    #[test]
    fn writing_takes_only_an_empty_folder_and_safe_paths() {
        let dir = tempfile::tempdir().unwrap();
        let files = [pack_file("a/b.md", *b"one"), pack_file("c", *b"two")];
        let at = dir.path().join("x/y");
        write_dir(&at, &files).unwrap();
        assert_eq!(fs::read(at.join("a/b.md")).unwrap(), b"one");
        assert_eq!(write_dir(&at, &files).unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
        let outside = dir.path().join("z");
        let error = write_dir(&outside, &[pack_file("../z2", *b"")]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(!outside.exists() && !dir.path().join("z2").exists());
    }
}
