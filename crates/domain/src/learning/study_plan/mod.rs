//! The learner's plan: which lesson in which week. What a release would change is planned elsewhere
//! ([`crate::catalog`]).

mod keep;
mod schedule;
mod settings;
#[cfg(test)]
mod tests;
mod way;

pub use keep::{Planned, remove_study_plan, set_study_plan, study_plan};
pub use schedule::{Blocked, CriticalPath, Moved, PlannedLesson, PlannedWeek, Schedule, Span, schedule_of};
pub use settings::{PlanSettings, StudyPlan, StudyPlanReader, StudyPlanWriter};
pub use way::Why;
