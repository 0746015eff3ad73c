//! Cairn's rules: entities, policies, use cases and ports, free of I/O, clock, randomness and async.
//!
//! The crate is organised by context, each with its aggregates, policy, errors, ports and use cases:
//!
//! - [`catalog`]: what can be learnt. Guides, tracks, courses, lessons, skills, the prerequisite graph, releases.
//! - [`learning`]: what a learner did. Enrolments, the learning record, progress, quiz attempts.
//! - [`practice`]: practice on real things. Attempts at drills with their verdicts, capstones with their reviews.
//! - [`identity`]: who acts. Users, roles, sessions, tokens, and what each may do.
//! - [`search`]: finding documents by their words, in the same order on every store.
//! - [`operations`]: what keeps requests safe to repeat. Idempotent answers.
//! - [`shared`]: ids, time, pages, errors.
//!
//! A use case is one function over a transaction ([`ReadTx`] or [`WriteTx`]) that a [`Store`] opens. The clock,
//! randomness and hashing come in as values or ports, so every rule can be tested, and run, anywhere.
//!
//! # Example
//!
//! Prerequisites decide which lesson is open:
//!
//! ```
//! use cairn_domain::catalog::{Catalogue, Course, Document, Detail, Lesson, LessonKind, Requires};
//! use cairn_domain::shared::{CourseId, LessonId};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let first = Document::new("first", "First steps", Detail::Lesson(Lesson::reading(10)))?;
//! let second = Document::new("second", "Second steps", Detail::Lesson(Lesson {
//!     requires: Requires { lessons: vec![LessonId::new("first")?], ..Requires::default() },
//!     ..Lesson::reading(10)
//! }))?;
//! let course = Document::new("walk", "A walk", Detail::Course(Course {
//!     lessons: vec![LessonId::new("first")?, LessonId::new("second")?],
//!     ..Course::default()
//! }))?;
//! let catalogue = Catalogue::build([first, second, course]).map_err(|faults| faults[0].to_string())?;
//! let order: Vec<_> = catalogue.lessons_of_course(&CourseId::new("walk")?).map(|l| l.id().to_string()).collect();
//! assert_eq!(order, ["first", "second"]);
//! # Ok(()) }
//! ```

pub mod catalog;
pub mod identity;
pub mod learning;
pub mod operations;
pub mod practice;
pub mod search;
pub mod shared;
mod store;

pub use shared::{Code, Error, Kind, Result, Violation, Violations};
pub use store::{ReadTx, Store, StoreExt, Work, WriteTx, write_one_by_one};
