use std::fmt;

use serde::{Deserialize, Serialize};

use super::DocKind;
use crate::shared::ContentId;

/// What breaks a rule of the catalogue as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// Two documents of a kind have one id.
    DuplicateId,
    /// Two documents of a kind have one slug, or a slug is another's id.
    DuplicateSlug,
    /// A document names one that is not there.
    DanglingReference,
    /// A lesson stands in no course.
    UnlistedLesson,
    /// A lesson stands in two courses, or twice in one; or a course twice in a track.
    ListedTwice,
    /// A prerequisite names a skill or lesson that is not there.
    DanglingPrerequisite,
    /// A prerequisite names a skill that no lesson teaches.
    NeverTaught,
    /// Prerequisites go round in a circle.
    Cycle,
    /// A moved record contradicts the documents.
    BadMove,
}

impl FaultKind {
    /// The stable code in kebab case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateId => "duplicate-id",
            Self::DuplicateSlug => "duplicate-slug",
            Self::DanglingReference => "dangling-reference",
            Self::UnlistedLesson => "unlisted-lesson",
            Self::ListedTwice => "listed-twice",
            Self::DanglingPrerequisite => "dangling-prerequisite",
            Self::NeverTaught => "never-taught",
            Self::Cycle => "prerequisite-cycle",
            Self::BadMove => "bad-move",
        }
    }
}

/// A fault in how documents refer to one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueFault {
    /// Which rule.
    pub kind: FaultKind,
    /// The document that has to be mended.
    pub document: (DocKind, ContentId),
    /// The field and index in it, such as `requires.skills[0]`; empty when it is the document itself.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl fmt::Display for CatalogueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`: {} {}", self.document.0, self.document.1, self.message, self.help)
    }
}

/// A fault in a pack's files, with its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// The file, relative to the pack's root, with `/`.
    pub file: String,
    /// The line, from 1; 0 when the fault is of the file as a whole.
    pub line: u32,
    /// The column in characters, from 1; 0 when the fault is of the file as a whole.
    pub column: u32,
    /// Which rule, in kebab case, such as `unknown-field`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {} [{}]", self.file, self.message, self.code)
        } else {
            write!(f, "{}:{}:{}: {} [{}]", self.file, self.line, self.column, self.message, self.code)
        }
    }
}
