//! Releases and what they serve.

mod read;
mod write;
