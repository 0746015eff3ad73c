/// How large a pack may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest Markdown or YAML file, in bytes.
    pub text: u64,
    /// The largest other file, in bytes.
    pub asset: u64,
    /// The largest pack, in bytes of all its files together.
    pub pack: u64,
    /// The largest archive of a pack, in bytes.
    pub archive: u64,
    /// How many files a pack may have.
    pub files: usize,
}

impl Limits {
    /// The limits of packs.
    pub const PACK: Self = Self { text: 1 << 20, asset: 5 << 20, pack: 256 << 20, archive: 64 << 20, files: 100_000 };

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
