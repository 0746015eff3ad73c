//! Learners' SQL and migrations, run in a jailed process of their own.
//!
//! A [`Job`] goes in, a [`Report`] comes out. Between them stands a child: this program again, started with
//! [`CHILD`] as its first argument, which must call [`child_main`] before it does anything else. The child has no
//! environment and no descriptors, limits that the kernel keeps, and, before a statement of anybody else is read, neither
//! files nor network nor processes. Inside it the engine is asked of every statement what it wants, and refuses what is not
//! on a list. A child that goes on for too long is ended by its parent.
//!
//! Nothing here decides whether a learner passed: expected rows never enter the child.

mod cache;
mod child;
mod error;
mod places;
mod process;
mod sandbox;
mod wire;

pub use child::child_main;
pub use error::SandboxError;
pub use sandbox::{Observed, Sandbox, SandboxSettings};
pub use wire::Protection;

pub use cairn_drill::run::{Job, Report};

/// The first argument of a child.
pub const CHILD: &str = "__sandbox";
