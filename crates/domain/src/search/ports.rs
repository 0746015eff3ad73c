use std::collections::BTreeMap;

use super::{CLASSES, Expression};
use crate::Result;
use crate::catalog::{DocKind, Document};
use crate::shared::{ContentId, PackId};

/// A document as it is indexed.
#[derive(Debug, Clone)]
pub struct Indexed {
    /// Its kind.
    pub kind: DocKind,
    /// Its id.
    pub id: ContentId,
    /// What its terms were made of and how: equal stamps mean equal terms.
    pub stamp: String,
    /// What it is found by, each once.
    pub terms: Vec<String>,
}

/// Finds documents by the terms that they are indexed under.
pub trait SearchReader {
    /// The documents that expressions mean, each with the place of its expression: those of the first expression first,
    /// and of one in any order. At most [`super::CANDIDATES`] and one more; which of the last expression's are left out then
    /// is not said.
    ///
    /// No document is meant by two of the expressions.
    fn matching(&mut self, classes: &[Expression; CLASSES]) -> Result<Vec<(usize, DocKind, ContentId)>>;

    /// As [`SearchReader::matching`], and of one expression those first that were in the index first, so that it is said
    /// which are left out.
    fn foremost(&mut self, classes: &[Expression; CLASSES]) -> Result<Vec<(usize, DocKind, ContentId)>>;

    /// What the index holds of a pack: the stamp of each document.
    fn indexed(&mut self, pack: &PackId) -> Result<BTreeMap<(DocKind, ContentId), String>>;

    /// The HTML of documents at their revisions, in their order.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when one is not there.
    fn texts(&mut self, documents: &[&Document]) -> Result<Vec<String>>;
}

/// Keeps the index.
pub trait SearchWriter: SearchReader {
    /// Puts documents of a pack into the index, in this order behind all that are there; one that is there already keeps
    /// its place and gets these terms in the place of its own.
    fn index(&mut self, pack: &PackId, documents: &[Indexed]) -> Result<()>;

    /// Takes documents out of the index; those that are not there are no fault.
    fn forget(&mut self, documents: &[(DocKind, ContentId)]) -> Result<()>;
}
