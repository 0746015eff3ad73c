//! The index of documents: FTS5 on SQLite, a `tsvector` under a GIN index on PostgreSQL. Neither parses anything: both
//! keep the terms that the domain makes, and are asked which documents have them.

mod expression;
mod read;
mod write;
