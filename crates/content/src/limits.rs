/// How large a pack may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest Markdown or YAML file, in bytes.
    pub text: u64,
    /// The largest other file, in bytes.
    pub asset: u64,
    /// The largest pack, in bytes of all its files together, each with [`Limits::PER_FILE`] added.
    pub pack: u64,
    /// The largest archive of a pack, in bytes. Every pack within the limits fits into one of this size, even where
    /// nothing in it can be compressed: what is applied without an archive can be exported as one.
    pub archive: u64,
    /// How many files a pack may have, and an archive or a folder members of any kind.
    pub files: usize,
}

impl Limits {
    /// The limits of packs.
    pub const PACK: Self = Self { text: 1 << 20, asset: 5 << 20, pack: 64 << 20, archive: 65 << 20, files: 10_000 };

    /// What a file takes in an archive beside its bytes, at most: a header, another two blocks for a long path, and
    /// what fills up its last block. It bounds what many small files cost in memory as well.
    pub const PER_FILE: u64 = 4 * 512;

    /// The largest file at this path, in bytes.
    pub(crate) fn of_file(&self, path: &str) -> u64 {
        let is_text = [".md", ".yaml", ".yml"].iter().any(|end| path.ends_with(end));
        if is_text { self.text } else { self.asset }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::PACK
    }
}

/// Bytes as a reader likes them.
pub(crate) fn shown(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)) } else { format!("{bytes} bytes") }
}
