//! What a store's index is asked: terms that are there or not, nothing that an engine could weigh in its own way.

/// How many classes a search has at most; see [`super::SearchReader::matching`].
pub const CLASSES: usize = 4;

/// How many documents a search ranks at most.
pub const CANDIDATES: usize = 200;

/// Which documents are meant, by the terms that they are indexed under.
///
/// Terms consist of lower-case letters, digits and `+ # _ -`, so that they need no escape in any query language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// Those with this term.
    Term(String),
    /// Those with a term that begins so.
    Prefix(String),
    /// Those that all of these mean; not empty.
    All(Vec<Expression>),
    /// Those that any of these means; none where it is empty, which stands only for a whole expression.
    Any(Vec<Expression>),
    /// Those of the first that the second does not mean.
    Except(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// The expression that means no document.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Any(Vec::new())
    }

    /// Whether it means no document, whatever is indexed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Any(all) if all.is_empty())
    }

    /// The documents of this one that another does not mean.
    #[must_use]
    pub fn except(self, other: &Self) -> Self {
        if self.is_nothing() || other.is_nothing() {
            self
        } else {
            Self::Except(Box::new(self), Box::new(other.clone()))
        }
    }
}
