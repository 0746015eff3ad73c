//! Learners' records, enrolments, attempts and study plans.

mod attempts;
mod lists;
mod records;
mod rows;
mod save;
mod statistics;
mod study_plans;
