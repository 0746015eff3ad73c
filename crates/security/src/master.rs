use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::random;

/// The one secret of a server: 256 bits from which all keys follow. Shown nowhere.
///
/// Who loses it loses every password, session and token of the server; who copies it can forge them. It belongs in the
/// backup, apart from the database.
#[derive(Clone)]
pub struct MasterSecret([u8; 32]);

/// Why there is no master secret, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MasterSecretError {
    /// The text is not 64 hexadecimal digits, or so uniform that nobody drew it at random.
    #[error(
        "a master secret is 64 hexadecimal digits drawn at random; restore it from a backup, or make one with \
         `openssl rand -hex 32` if the server has no users yet"
    )]
    Malformed,
    /// The file holds no master secret.
    #[error("the file {} is no master secret: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with its text.
        source: Box<MasterSecretError>,
    },
    /// Others than the owner may read or change the file.
    #[error(
        "the master secret in {} has mode {mode:04o}, so that others on this machine can read or change it; run \
         `chmod 600 {}`, and replace the secret if somebody may have read it", path.display(), path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The system refused.
    #[error("cannot {action} the master secret {}: {source}; check the folder's owner, rights and space", path.display())]
    System {
        /// `read` or `create`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl MasterSecret {
    /// A new secret.
    #[must_use]
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// A secret from its 64 hexadecimal digits, with white space around them.
    ///
    /// # Errors
    /// [`MasterSecretError::Malformed`], also for fewer than eight different bytes, such as all zeros.
    pub fn parse(text: &str) -> Result<Self, MasterSecretError> {
        let digits = text.trim().as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return Err(MasterSecretError::Malformed);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |c: u8| char::from(c).to_digit(16).ok_or(MasterSecretError::Malformed);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        let different: std::collections::BTreeSet<_> = bytes.iter().collect();
        if different.len() < 8 { Err(MasterSecretError::Malformed) } else { Ok(Self(bytes)) }
    }

    /// The secret in a file; a new one, written there with mode 0600, when there is no such file. The folder exists.
    ///
    /// Of several processes that create it at once, one wins, and all get its secret. A crash leaves a whole file or
    /// none.
    ///
    /// # Errors
    /// [`MasterSecretError::File`] when it holds something else, [`MasterSecretError::Exposed`] when its mode lets
    /// anybody else write, or anybody but owner and group read, [`MasterSecretError::System`].
    pub fn load_or_create(path: &Path) -> Result<Self, MasterSecretError> {
        match Self::load(path) {
            Err(MasterSecretError::System { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        let secret = Self::generate();
        match secret.create(path) {
            Ok(()) => Ok(secret),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(source) => Err(MasterSecretError::System { action: "create", path: path.to_owned(), source }),
        }
    }

    /// The secret in a file.
    ///
    /// # Errors
    /// As [`MasterSecret::load_or_create`], and when there is no such file.
    pub fn load(path: &Path) -> Result<Self, MasterSecretError> {
        let refused = |source| MasterSecretError::System { action: "read", path: path.to_owned(), source };
        let file = File::open(path).map_err(refused)?;
        if let Some(mode) = exposed(&file).map_err(refused)? {
            return Err(MasterSecretError::Exposed { path: path.to_owned(), mode });
        }
        let mut bytes = Vec::new();
        // More than a secret is read only to tell that it is none.
        file.take(1024).read_to_end(&mut bytes).map_err(refused)?;
        let parsed = std::str::from_utf8(&bytes).map_err(|_| MasterSecretError::Malformed).and_then(Self::parse);
        parsed.map_err(|source| MasterSecretError::File { path: path.to_owned(), source: Box::new(source) })
    }

    /// Writes the secret beside its place, then links it there, which fails when something is there already.
    fn create(&self, path: &Path) -> io::Result<()> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let draft = folder.join(format!(".{}.{}", name.display(), random::text(b"abcdefghijklmnopqrstuvwxyz", 12)));
        let written = self.write_new(&draft).and_then(|()| fs::hard_link(&draft, path));
        let removed = fs::remove_file(&draft);
        written?;
        removed?;
        File::open(folder)?.sync_all()
    }

    fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        file.write_all(format!("{digits}\n").as_bytes())?;
        file.sync_all()
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The file's mode when it lets too many in. A group may read, as secrets mounted into containers do.
#[cfg(unix)]
fn exposed(file: &File) -> io::Result<Option<u32>> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o777;
    Ok((mode & 0o027 != 0).then_some(mode))
}

#[cfg(not(unix))]
fn exposed(_file: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(…)")
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const GOOD: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
    }

    #[test]
    fn sixty_four_digits_are_a_secret() {
        assert_eq!(MasterSecret::parse(&format!(" {}\n", GOOD.to_uppercase())).unwrap().bytes()[31], 0x1f);
        let zeros = "0".repeat(64);
        let signs = "+1".repeat(32);
        for bad in ["", "secret", &GOOD[1..], &format!("{GOOD}0"), &"g".repeat(64), &zeros, &signs, &"é".repeat(32)] {
            assert!(matches!(MasterSecret::parse(bad), Err(MasterSecretError::Malformed)), "{bad}");
        }
    }

    #[test]
    fn a_new_file_is_the_owners_alone_and_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let made = MasterSecret::load_or_create(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(MasterSecret::load_or_create(&path).unwrap().bytes(), made.bytes());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        assert_ne!(MasterSecret::generate().bytes(), made.bytes());
    }

    #[test]
    fn of_many_creators_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let got: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| MasterSecret::load_or_create(&path).unwrap().0)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(got.iter().all(|secret| *secret == got[0]));
    }

    #[test]
    fn a_file_that_others_can_read_or_change_is_refused_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        MasterSecret::load_or_create(&path).unwrap();
        for (mode, fine) in [(0o400, true), (0o640, true), (0o644, false), (0o620, false), (0o602, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match MasterSecret::load_or_create(&path) {
                Ok(_) => assert!(fine, "{mode:o}"),
                Err(error) => {
                    assert!(!fine && matches!(error, MasterSecretError::Exposed { .. }), "{mode:o}: {error}");
                    assert!(error.to_string().contains(&format!("run `chmod 600 {}`", path.display())), "{error}");
                }
            }
        }
    }

    #[test]
    fn a_file_with_something_else_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        for bytes in [&b""[..], b"hunter2\n", &[0xff; 32], &[b'a'; 100_000]] {
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = MasterSecret::load_or_create(&path).unwrap_err();
            assert!(matches!(error, MasterSecretError::File { .. }), "{error}");
            assert!(error.to_string().contains("restore it from a backup"));
            assert!(!error.to_string().contains("hunter2"));
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn a_missing_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = MasterSecret::load_or_create(&folder.path().join("none/secret.key")).unwrap_err();
        assert!(matches!(error, MasterSecretError::System { action: "create", .. }), "{error}");
    }
}
