use std::sync::Arc;

use cairn_domain::catalog::{Fault, SourceFile};
use cairn_domain::shared::Revision;
use sha2::{Digest, Sha256};

use crate::faults::{Code, Pos, fault};
use crate::limits::{Limits, shown};

/// A file of a pack.
pub type PackFile = SourceFile;

/// A file of a pack from its path and bytes.
#[must_use]
pub fn pack_file(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> PackFile {
    let bytes = bytes.into();
    SourceFile { path: path.into(), digest: Revision::from_digest(Sha256::digest(&bytes).into()), bytes }
}

/// Keeps count of what a pack has while it is read, so that nothing is read that is too much.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    bytes: u64,
    members: usize,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0, members: 0 }
    }

    /// Counts whatever stands in a folder or an archive. What is refused or left out costs time and memory too.
    ///
    /// # Errors
    /// The fault with which reading ends.
    pub(crate) fn member(&mut self) -> Result<(), Fault> {
        self.members += 1;
        if self.members > self.limits.files { Err(too_many_files(&self.limits)) } else { Ok(()) }
    }

    /// Whether a file of this size may be read.
    ///
    /// # Errors
    /// The fault, and whether reading may go on with the next file.
    pub(crate) fn take(&mut self, path: &str, size: u64) -> Result<(), (Fault, bool)> {
        let most = self.limits.of_file(path);
        if size > most {
            return Err((too_large(path, size, most), true));
        }
        self.bytes += size + Limits::PER_FILE;
        if self.bytes > self.limits.pack {
            return Err((pack_too_large(&self.limits), false));
        }
        Ok(())
    }
}

/// A file's fault of size.
pub(crate) fn too_large(path: &str, size: u64, most: u64) -> Fault {
    let message = format!("The file has {}; at most {} are allowed here.", shown(size), shown(most));
    fault(path, Pos::FILE, Code::TooLarge.as_str(), message, "Split the text, or make the image smaller.")
}

/// The pack's fault of size.
fn pack_too_large(limits: &Limits) -> Fault {
    let message = format!("The pack has more than {} in all, 2 KiB added for each file.", shown(limits.pack));
    fault("", Pos::FILE, Code::TooLarge.as_str(), message, "Divide it into several packs.")
}

fn too_many_files(limits: &Limits) -> Fault {
    let message = format!("The pack has more than {} files, folders and other members.", limits.files);
    let help = "Divide it into several packs, or leave out of the archive what is not part of it.";
    fault("", Pos::FILE, Code::TooManyFiles.as_str(), message, help)
}
