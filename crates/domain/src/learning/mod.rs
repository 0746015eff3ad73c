//! What a learner did: enrolments, the learning record with its events, progress, quiz attempts.
//!
//! The record belongs to the learner: what was proved once need not be proved again. An enrolment's progress is the
//! record seen through the lessons of its course or track in the pack's current release.

mod activity;
mod attempt;
mod carry;
mod enrolment;
mod event;
mod next;
mod ports;
mod progress;
mod record;
mod statistics;
mod study;
mod study_plan;
mod taking;
mod tally;
#[cfg(test)]
mod tests;
mod waiver;
mod way;

pub use activity::{DEFAULT_WEEKS, MOST_WEEKS, WeekActivity, activity};
pub(crate) use attempt::save;
pub use attempt::{
    Attempt, AttemptState, Graded, list_attempts, open_attempt, start_attempt, submit_attempt, view_attempt,
};
pub use carry::{carry_over, kept};
pub use enrolment::{Enrolment, EnrolmentState, Target};
pub use event::{Event, Reason, RecordedEvent};
pub use next::{Because, Next, next_of};
pub use ports::{
    AttemptReader, AttemptWriter, Enrolled, RecordReader, RecordWriter, Standing, StatisticsReader, StatisticsWriter,
    Tally, Touched,
};
pub use progress::{LessonProgress, LessonState, Progress, progress_of};
pub use record::{CompletedLesson, LearningRecord, LessonRecord, RecordChanges};
pub use statistics::{
    AttemptCounts, ChosenWrongly, CourseStatistics, IDLE_DAYS, LearnerCounts, LessonReach, LessonStatistics, NEWEST,
    QuestionStatistics, RevisionCount, Spread, count_attempts, course_statistics, lesson_statistics,
};
pub use study::{
    change_enrolment, complete_lesson, enrol, enrolment, list_enrolments, list_events, may_read, next_lesson, overview,
    progress, progress_version, standing_where,
};
pub use study_plan::{
    Blocked, CriticalPath, Moved, PlanSettings, Planned, PlannedLesson, PlannedWeek, Schedule, Span, StudyPlan,
    StudyPlanReader, StudyPlanWriter, Why, remove_study_plan, schedule_of, set_study_plan, study_plan,
};
pub use taking::Started;
pub use tally::{QuestionTally, QuizTally, ResultTally};
pub use waiver::{Waiver, take_waiver_back, waive_prerequisites};
pub use way::{LessonStanding, lesson_of, way_to};
