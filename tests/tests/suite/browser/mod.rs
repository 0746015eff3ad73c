//! The pages as a person meets them: headless Chromium through the real program.

mod harness;
mod journey;
mod people;
mod pictures;
mod trail;
mod walk;
