use std::fmt;

use serde::Serialize;

/// What an import could not carry over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LossReport {
    /// How many skills were made.
    pub skills: usize,
    /// How many lessons were made.
    pub lessons: usize,
    /// How many prerequisites were carried over.
    pub prerequisites: usize,
    /// Where the source contradicts itself, by place.
    pub faults: Vec<SourceFault>,
    /// What is carried over otherwise than it was.
    pub notes: Vec<SourceFault>,
    /// What the source has and a pack does not.
    pub left: Vec<Left>,
}

/// A remark on a place of the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SourceFault {
    /// The place in the JSON, such as `exercises.concept[12].prerequisites[1]`; empty for the whole.
    pub path: String,
    /// What is there, and what became of it.
    pub message: String,
}

/// Something that was left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The place in the JSON; `[]` stands for every index.
    pub path: String,
    /// How many there are.
    pub count: usize,
    /// What it is and why it is not carried over.
    pub message: String,
}

impl LossReport {
    pub(super) fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.faults.push(SourceFault { path: path.to_owned(), message: message.into() });
    }

    /// Puts remarks in the order of their places, indices by their numbers.
    pub(super) fn sort(&mut self) {
        let key = |remark: &SourceFault| -> Vec<(String, usize)> {
            let parts = remark.path.split(['.', '[']);
            parts
                .map(|part| {
                    part.trim_end_matches(']').parse().map_or_else(|_| (part.to_owned(), 0), |n| (String::new(), n))
                })
                .collect()
        };
        self.faults.sort_by_cached_key(key);
        self.notes.sort_by_cached_key(key);
    }

    pub(super) fn note(&mut self, path: &str, message: impl Into<String>) {
        self.notes.push(SourceFault { path: path.to_owned(), message: message.into() });
    }

    /// Counts what was left behind; what there is none of is not mentioned.
    pub(super) fn left(&mut self, path: &str, count: usize, message: &str) {
        if count > 0 {
            self.left.push(Left { path: path.to_owned(), count, message: message.to_owned() });
        }
    }
}

impl fmt::Display for SourceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} skills, {} lessons, {} prerequisites.", self.skills, self.lessons, self.prerequisites)?;
        for (title, remarks) in [("Faults of the source", &self.faults), ("Carried over otherwise", &self.notes)] {
            if !remarks.is_empty() {
                writeln!(f, "\n{title}:")?;
            }
            for remark in remarks {
                writeln!(f, "  {remark}")?;
            }
        }
        if !self.left.is_empty() {
            writeln!(f, "\nNot carried over:")?;
            for left in &self.left {
                writeln!(f, "  {} ({}): {}", left.path, left.count, left.message)?;
            }
        }
        Ok(())
    }
}
