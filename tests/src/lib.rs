//! What Cairn's tests across crates share. The tests themselves are one binary, `tests/suite`.

pub mod browser;
pub mod generated;
pub mod postgres;
mod processes;
pub mod seed;
