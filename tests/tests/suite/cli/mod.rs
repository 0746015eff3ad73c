//! The program `cairn`, from outside.

mod content;
pub(crate) mod harness;
mod learner;
mod operator;
mod practice;
mod serve;
mod trouble;
