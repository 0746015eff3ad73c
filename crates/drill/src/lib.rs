//! Drills: lessons whose passing a machine checks. Pure: no I/O, no clock, no randomness.
//!
//! A [`Drill`] is what a learner is given, a [`DrillKey`] what is kept from them. Somebody else runs things and reports what
//! they saw, a [`http::Transcript`] or a [`run::Report`]; this crate makes a [`Verdict`] of it, the same one wherever it is
//! asked.

pub mod data;
mod drill;
mod fault;
pub mod http;
pub mod migration;
pub mod run;
mod solutions;
pub mod sql;
mod verdict;

pub use drill::{Authored, Drill, DrillKey, DrillKeyRecord, DrillKind, parse};
pub use fault::Fault;
pub use solutions::{Bad, Cases, Good, HttpSolution, MigrationSolution, Solutions, SqlSolution};
pub use verdict::{Assertion, Evidence, Outcome, Verdict};
