//! Large data sets as files: made once, read by many, copied for whoever changes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cairn_drill::data::DataSet;
use cairn_drill::run::State;
use sha2::{Digest as _, Sha256};

use crate::SandboxError;

/// Changes when the same data set would be made otherwise.
const FORM: &str = concat!(env!("CARGO_PKG_VERSION"), " 1");

/// A folder of data sets, each as `KEY.db` with what is in it as `KEY.json`.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    bytes: u64,
    /// One is made at a time.
    making: Mutex<()>,
    copies: AtomicU64,
}

/// A file, and what is in it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) path: PathBuf,
    pub(crate) state: State,
}

/// A copy that goes when this is dropped, if it has not gone before.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) path: PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Cache {
    /// Makes the folder and removes what an earlier process left half done.
    pub(crate) fn open(folder: &Path, bytes: u64) -> Result<Self, SandboxError> {
        let open = || {
            fs::create_dir_all(folder)?;
            let folder = folder.canonicalize()?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "part" || extension == "scratch") {
                    fs::remove_file(path)?;
                }
            }
            Ok(Self { folder, bytes, making: Mutex::new(()), copies: AtomicU64::new(0) })
        };
        open().map_err(SandboxError::Files)
    }

    /// The file of a data set, made by `make` in the file it is given when there is none.
    pub(crate) fn file_of(
        &self,
        data: &DataSet,
        make: impl FnOnce(&DataSet, &Path) -> Result<State, SandboxError>,
    ) -> Result<Kept, SandboxError> {
        let json = serde_json::to_vec(data).map_err(|error| SandboxError::Files(error.into()))?;
        let digest = Sha256::new().chain_update(FORM).chain_update(json).finalize();
        let key: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let (path, beside) = (self.folder.join(format!("{key}.db")), self.folder.join(format!("{key}.json")));
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        // The state is written last, so where it is the file is whole.
        if let Some(state) = fs::read(&beside).ok().and_then(|json| serde_json::from_slice(&json).ok())
            && path.exists()
        {
            return Ok(Kept { path, state });
        }
        let part = Scratch { path: self.own("part") };
        let state = make(data, &part.path)?;
        let keep = || {
            let file = fs::File::open(&part.path)?;
            file.sync_all()?;
            self.make_room(file.metadata()?.len())?;
            fs::rename(&part.path, &path)?;
            fs::write(&part.path, serde_json::to_vec(&state)?)?;
            fs::rename(&part.path, &beside)
        };
        keep().map_err(SandboxError::Files)?;
        Ok(Kept { path, state })
    }

    /// A copy of a file for one run.
    pub(crate) fn copy(&self, path: &Path) -> Result<Scratch, SandboxError> {
        let scratch = Scratch { path: self.own("scratch") };
        fs::copy(path, &scratch.path).map_err(SandboxError::Files)?;
        Ok(scratch)
    }

    /// A name that no other run and no other process has.
    fn own(&self, extension: &str) -> PathBuf {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        self.folder.join(format!("{}-{number}.{extension}", std::process::id()))
    }

    /// Removes data sets, the oldest first, until so many bytes more have room. Whoever has one open keeps it.
    fn make_room(&self, more: u64) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let (path, metadata) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
            if path.extension().is_some_and(|extension| extension == "db") {
                files.push((metadata.modified()?, metadata.len(), path));
            }
        }
        files.sort();
        let mut taken: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in files {
            if taken + more <= self.bytes {
                break;
            }
            fs::remove_file(path.with_extension("json"))?;
            fs::remove_file(&path)?;
            taken -= bytes;
        }
        Ok(())
    }
}
