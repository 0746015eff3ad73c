//! Learners' records, enrolments and attempts.

mod attempts;
mod lists;
mod records;
mod rows;
mod save;
mod statistics;
