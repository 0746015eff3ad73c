//! What a learner or an author runs against a Cairn server.
//!
//! The crate has the commands ([`learner`], [`author`]), their command line ([`args`]), and what they stand on: a
//! client of the API ([`client`]), a client of learners' own services (`drill`), the tokens it keeps ([`credentials`]), the one place that prints ([`output`]) and the
//! one that asks ([`ask`]). The program's own crate adds the operator's commands, reads the environment and says with
//! which [`Exit`] a run ended.
//!
//! Authors' commands work through [`author::Publisher`]: a server's API here, the database itself in the program.

pub mod args;
pub mod ask;
pub mod author;
pub mod client;
pub mod credentials;
mod drill;
mod exit;
mod failure;
pub mod html;
pub mod learner;
pub mod output;
pub mod words;

pub use exit::Exit;
pub use failure::{Details, Failure};
pub use output::Output;

/// What a command is run with.
pub struct Context<'a> {
    /// Where results go.
    pub output: &'a Output,
    /// Who answers questions.
    pub ask: &'a mut dyn ask::Ask,
    /// How this program is called, for the commands that it suggests.
    pub program: &'a str,
}
