//! Learners' records, enrolments, attempts and study plans.

mod attempts;
mod lists;
mod records;
mod rows;
mod save;
mod study_plans;
