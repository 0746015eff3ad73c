//! The tokens that `cairn login` keeps, per server.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Exit, Failure};

/// A token that was made by signing in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedToken {
    /// The secret.
    pub token: String,
    /// Its id on the server.
    pub id: String,
    /// The account.
    pub email: String,
    /// When it ends, as the server wrote it.
    pub expires_at: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Contents {
    /// The server that was signed in to last.
    current: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, SavedToken>,
}

/// The file with the tokens, which only its owner can read.
#[derive(Debug, Clone)]
pub struct Credentials {
    path: PathBuf,
}

impl Credentials {
    /// The tokens in this file, which need not exist.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where they are kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn load(&self) -> Result<Contents, Failure> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Failure::new(Exit::Failed, "credentials", format!("{} is damaged: {error}.", self.path.display()))
                    .help("Remove the file and run `cairn login` again.")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contents::default()),
            Err(error) => Err(Failure::file("read", &self.path, &error)),
        }
    }

    /// The server that was signed in to last.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn current(&self) -> Result<Option<String>, Failure> {
        Ok(self.load()?.current)
    }

    /// The token for a server.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn token(&self, server: &str) -> Result<Option<SavedToken>, Failure> {
        Ok(self.load()?.servers.remove(server))
    }

    /// Keeps a token for a server and makes it the current one.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn keep(&self, server: &str, token: SavedToken) -> Result<(), Failure> {
        let mut contents = self.load()?;
        contents.servers.insert(server.to_owned(), token);
        contents.current = Some(server.to_owned());
        self.save(&contents)
    }

    /// Forgets the token for a server; gives it.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn forget(&self, server: &str) -> Result<Option<SavedToken>, Failure> {
        let mut contents = self.load()?;
        let forgotten = contents.servers.remove(server);
        if forgotten.is_some() {
            if contents.current.as_deref() == Some(server) {
                contents.current = contents.servers.keys().next().cloned();
            }
            self.save(&contents)?;
        }
        Ok(forgotten)
    }

    /// Writes beside the file and puts it in place, so that a crash leaves the old one.
    fn save(&self, contents: &Contents) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::file("write", &self.path, &error);
        if let Some(folder) = self.path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let beside = self.path.with_extension("json.new");
        let json = serde_json::to_vec_pretty(contents).map_err(|error| failed(error.into()))?;
        // Taken away first: an existing file would keep its permissions.
        let _ = fs::remove_file(&beside);
        let write = || -> io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(&json)?;
            file.sync_all()?;
            fs::rename(&beside, &self.path)
        };
        write().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn token(text: &str) -> SavedToken {
        SavedToken {
            token: text.into(),
            id: "1".into(),
            email: "a@example.org".into(),
            expires_at: "2027-01-01T00:00:00Z".into(),
        }
    }

    #[test]
    fn tokens_are_kept_per_server_for_the_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = Credentials::at(folder.path().join("cairn/credentials.json"));
        assert_eq!(credentials.current().unwrap(), None);
        credentials.keep("http://a", token("1")).unwrap();
        credentials.keep("http://b", token("2")).unwrap();
        assert_eq!(credentials.current().unwrap().as_deref(), Some("http://b"));
        assert_eq!(credentials.token("http://a").unwrap().unwrap().token, "1");
        let mode = fs::metadata(credentials.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mode = fs::metadata(credentials.path().parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(credentials.forget("http://b").unwrap().unwrap().token, "2");
        assert_eq!(credentials.current().unwrap().as_deref(), Some("http://a"));
        assert!(credentials.forget("http://b").unwrap().is_none());
    }

    #[test]
    fn a_damaged_file_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        fs::write(&path, "{").unwrap();
        let failure = Credentials::at(path).current().unwrap_err();
        assert!(failure.detail.contains("credentials.json") && failure.help.clone().unwrap().contains("cairn login"));
    }
}
