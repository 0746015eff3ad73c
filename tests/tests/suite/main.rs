//! Cairn's tests across crates, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod api;
mod architecture;
mod browser;
mod cli;
mod conformance;
mod curriculum;
mod migrations;
mod postgres;
mod seed;
