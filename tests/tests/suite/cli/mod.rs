//! The program `cairn`, from outside.

mod content;
mod harness;
mod learner;
mod operator;
mod serve;
mod trouble;
