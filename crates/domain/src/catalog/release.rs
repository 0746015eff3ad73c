use std::sync::Arc;

use cairn_drill::{Drill, DrillKey};
use serde::{Deserialize, Serialize};

use super::{AnswerKey, DocKind, Document, Quiz};
use crate::shared::{ContentId, PackId, ReleaseId, Revision, Timestamp, UserId};

/// What a pack says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackInfo {
    /// Stable for ever.
    pub id: PackId,
    /// One line.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// A BCP 47 tag such as `en`.
    pub language: String,
    /// An SPDX expression such as `CC-BY-4.0`.
    pub licence: String,
    /// Names; may be empty.
    pub authors: Vec<String>,
}

/// An id that became another: who completed, holds or is enrolled on `from` is credited with `to`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Move {
    /// The kind of both.
    pub kind: DocKind,
    /// The id that is no longer used.
    pub from: ContentId,
    /// The id that takes its place.
    pub to: ContentId,
}

impl Move {
    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { kind: self.kind, from: self.to.clone(), to: self.from.clone() }
    }
}

/// A link in one document's text to another document of the pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Where the link stands.
    pub from: (DocKind, ContentId),
    /// Where it leads.
    pub to: (DocKind, ContentId),
}

/// A file of a pack, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the pack's root, with `/`.
    pub path: String,
    /// The SHA-256 of the bytes.
    pub digest: Revision,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// A pack that has been read, checked and rendered, ready to become a release.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What the pack says of itself.
    pub pack: PackInfo,
    /// The SHA-256 over all files and the form they are rendered in: equal digests serve equal content.
    pub digest: Revision,
    /// Every document, skills among them.
    pub documents: Vec<DraftDocument>,
    /// Ids that became others, in this or an earlier release.
    pub moves: Vec<Move>,
    /// Links between documents, each once.
    pub links: Vec<Link>,
    /// Every file, ordered by path.
    pub files: Vec<SourceFile>,
}

/// A document with all that is served of it.
#[derive(Debug, Clone)]
pub struct DraftDocument {
    /// What rules need to know.
    pub document: Document,
    /// The text as HTML, safe to show.
    pub html: String,
    /// What a quiz or a drill asks of its learner.
    pub task: Option<Task>,
}

/// What a lesson asks of its learner and, apart from it, what answers to it are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// The questions of a quiz, and their answers.
    Quiz(Quiz, AnswerKey),
    /// A drill, and its reference.
    Drill(Box<(Drill, DrillKey)>),
}

impl Task {
    /// A drill with its key.
    #[must_use]
    pub fn drill(drill: Drill, key: DrillKey) -> Self {
        Self::Drill(Box::new((drill, key)))
    }

    /// The questions and the answers, of a quiz.
    #[must_use]
    pub fn as_quiz(&self) -> Option<(&Quiz, &AnswerKey)> {
        match self {
            Self::Quiz(quiz, key) => Some((quiz, key)),
            Self::Drill(_) => None,
        }
    }

    /// The drill and its key, of a drill.
    #[must_use]
    pub fn as_drill(&self) -> Option<(&Drill, &DrillKey)> {
        match self {
            Self::Drill(both) => Some((&both.0, &both.1)),
            Self::Quiz(..) => None,
        }
    }
}

/// A document's place in a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The document at its revision.
    pub document: Document,
    /// Whether the pack no longer has it. It is kept, addressable, and not listed.
    pub retired: bool,
    /// The id that took its place.
    pub moved_to: Option<ContentId>,
    /// Slugs of earlier releases, which go on resolving.
    pub former_slugs: Vec<ContentId>,
}

impl Entry {
    /// A document that the pack has.
    #[must_use]
    pub fn live(document: Document) -> Self {
        Self { document, retired: false, moved_to: None, former_slugs: Vec::new() }
    }
}

/// An immutable, numbered, applied version of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// What the pack said of itself.
    pub pack: PackInfo,
    /// 1, 2, 3, … in its pack.
    pub number: u32,
    /// The digest of the draft it was made from.
    pub digest: Revision,
    /// When it was applied.
    pub created_at: Timestamp,
    /// Who applied it; `None` for the server itself.
    pub created_by: Option<UserId>,
    /// What whoever applied it wrote about it; may be empty.
    pub note: String,
    /// The earlier release whose content this one has again.
    pub rolled_back_to: Option<u32>,
    /// The moves it made, so that a roll back can undo them.
    pub moves: Vec<Move>,
}
