use serde::{Deserialize, Serialize};

use super::{EnrolmentState, Target};
use crate::shared::{AttemptId, CourseId, EnrolmentId, LessonId, PackId, Revision, SkillId, Timestamp, UserId};

/// What happened in a learner's record. Records are derived from these and from nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The learner enrolled.
    Enrolled {
        /// The new enrolment.
        enrolment: EnrolmentId,
        /// The pack of the target.
        pack: PackId,
        /// What the learner is on.
        target: Target,
        /// The number of the release that was current.
        release: u32,
    },
    /// The learner paused, resumed or gave up.
    EnrolmentChanged {
        /// Which one.
        enrolment: EnrolmentId,
        /// The new state.
        state: EnrolmentState,
    },
    /// The target's id became another.
    EnrolmentMoved {
        /// Which one.
        enrolment: EnrolmentId,
        /// The target it has now.
        target: Target,
    },
    /// All that the target requires is done.
    EnrolmentCompleted {
        /// Which one.
        enrolment: EnrolmentId,
    },
    /// A lesson was completed.
    LessonCompleted {
        /// Which one.
        lesson: LessonId,
        /// The revision that was completed.
        revision: Revision,
        /// How.
        reason: Reason,
    },
    /// A skill was gained.
    SkillGranted {
        /// Which one.
        skill: SkillId,
        /// The lesson that taught it; `None` when the skill's id became another.
        lesson: Option<LessonId>,
    },
    /// All required lessons of a course are completed.
    CourseCompleted {
        /// Which one.
        course: CourseId,
    },
    /// An attempt at a quiz began.
    AttemptStarted {
        /// The new attempt.
        attempt: AttemptId,
        /// The quiz.
        lesson: LessonId,
        /// Its revision.
        revision: Revision,
    },
    /// An attempt at a quiz was graded.
    AttemptGraded {
        /// Which one.
        attempt: AttemptId,
        /// The quiz.
        lesson: LessonId,
        /// Its revision.
        revision: Revision,
        /// The share of points in percent.
        percent: u8,
        /// Whether it reached the pass mark.
        passed: bool,
    },
}

/// How a lesson came to be completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Reason {
    /// The learner read it, on this enrolment.
    Read {
        /// The enrolment.
        enrolment: EnrolmentId,
    },
    /// The learner passed its quiz.
    Passed {
        /// The attempt that passed.
        attempt: AttemptId,
    },
    /// The learner had completed a lesson whose id became this one.
    Moved {
        /// The lesson that was completed.
        from: LessonId,
    },
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Whose record.
    pub user: UserId,
    /// 1, 2, 3, … in the record, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}
