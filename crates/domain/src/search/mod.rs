//! Finding documents by their words.
//!
//! Each store keeps an index of terms ([`SearchReader`], [`SearchWriter`]) and is asked only which documents have them;
//! what a word is, what a document is found by, and which comes first is decided here, so that the order is the same on
//! every store. A search asks for four classes of documents, the best first, and takes at most [`CANDIDATES`] of them;
//! within a class a score of whole numbers decides, then kind and id.
//!
//! The index follows what is current: releases and roll-backs bring it along in their own transaction.

mod excerpt;
mod expression;
mod find;
mod index;
mod passage;
mod ports;
mod query;
mod score;
mod typo;
mod words;

pub use excerpt::Part;
pub use expression::{CANDIDATES, CLASSES, Expression};
pub use find::{Correction, Hit, Results, Search, search};
pub(crate) use index::follow;
pub use index::{index_all, is_indexed};
pub use ports::{Indexed, SearchReader, SearchWriter};
pub use query::SearchQuery;
pub(crate) use typo::TitleWords;
