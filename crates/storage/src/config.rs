use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::{Error, Result};

/// Where the database is and how it is used.
#[derive(Clone)]
pub struct Config {
    /// `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/NAME` with the parameters of libpq.
    pub url: String,
    /// How many connections read at a time on SQLite; at least 1.
    pub readers: u32,
    /// How many connections there are to PostgreSQL; at least 1.
    pub pool: u32,
    /// How long a request waits for a connection or for the lock that writing needs, before it is told that the
    /// database is busy.
    pub wait: Duration,
    /// How long a single statement may take on PostgreSQL; a release may take longer.
    pub statement: Duration,
    /// What is claimed of the database while the store is open.
    pub claim: Claim,
    /// Where each statement is noted that runs, for tests that ask how the database goes about it.
    pub statements: Option<Statements>,
}

/// The texts of statements, each once, without their values.
#[derive(Debug, Clone, Default)]
pub struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl Statements {
    /// What has run so far.
    #[must_use]
    pub fn texts(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note(&self, text: &str) {
        // Behind it stand the values.
        let text = text.split(" -- binds").next().unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
    }
}

/// Who else may use the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// A server: an offline command is refused. Several servers may share a PostgreSQL database; an SQLite file has one.
    Serve,
    /// An offline command: neither a server nor another such command may be there.
    Exclusive,
    /// Neither is asked: for looking, and for backups while a server runs.
    Nothing,
}

impl Config {
    /// The usual settings: 2 readers, 10 connections, 1.5 seconds for a connection, 10 for a statement, no claim.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 2,
            pool: 10,
            wait: Duration::from_millis(1500),
            statement: Duration::from_secs(10),
            claim: Claim::Nothing,
            statements: None,
        }
    }

    /// As [`Config::new`], with a claim.
    #[must_use]
    pub fn claiming(mut self, claim: Claim) -> Self {
        self.claim = claim;
        self
    }

    pub(crate) fn place(&self) -> Result<Place> {
        Place::parse(&self.url)
    }

    /// The file of an SQLite database; `None` for PostgreSQL.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn file(&self) -> Result<Option<PathBuf>> {
        Ok(match self.place()? {
            Place::Sqlite(path) => Some(path),
            Place::Postgres(_) => None,
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        write!(f, "Config({scheme}:…, {:?})", self.claim)
    }
}

/// A database's address, by its scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Place {
    fn parse(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains('\0') {
                return Err(Error::Url(
                    "`sqlite:` needs a path after it, such as `sqlite:/var/lib/cairn/cairn.db`".into(),
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) && !url.contains('\0') {
            return Ok(Self::Postgres(url.to_owned()));
        }
        // The rest of it is not told: there may be a password in it.
        Err(Error::Url("a database's address begins with `sqlite:` or `postgres://`".into()))
    }
}

/// A path as an SQLite URI that opens an existing file only, whatever characters are in it.
pub(crate) fn file_uri(path: &Path, parameters: &str) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push('?');
    uri.push_str(parameters);
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides() {
        let sqlite = |path: &str| Place::Sqlite(PathBuf::from(path));
        assert_eq!(Place::parse("sqlite:a.db").unwrap(), sqlite("a.db"));
        assert_eq!(Place::parse("sqlite:///srv/a.db").unwrap(), sqlite("/srv/a.db"));
        assert_eq!(Place::parse("sqlite:/srv/a.db").unwrap(), sqlite("/srv/a.db"));
        assert!(matches!(Place::parse("postgres://h/x").unwrap(), Place::Postgres(_)));
        assert!(matches!(Place::parse("postgresql://h/x").unwrap(), Place::Postgres(_)));
        for bad in ["", "sqlite:", "mysql://x:secret@h", "/srv/a.db", "sqlite:a\0b"] {
            let error = Place::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_config_does_not_show_its_password() {
        assert!(!format!("{:?}", Config::new("postgres://u:secret@h/x")).contains("secret"));
    }

    #[test]
    fn odd_characters_of_a_path_are_escaped() {
        assert_eq!(file_uri(Path::new("/a b/c?d%.db"), "mode=rw"), "file:/a%20b/c%3Fd%25.db?mode=rw");
    }
}
