use serde::{Deserialize, Serialize};

use super::{EnrolmentState, Target};
use crate::shared::{
    AttemptId, CourseId, EnrolmentId, LessonId, PackId, Revision, SkillId, SubmissionId, Timestamp, UserId,
};

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
    /// An attempt at a quiz or a drill began.
    AttemptStarted {
        /// The new attempt.
        attempt: AttemptId,
        /// The quiz or drill.
        lesson: LessonId,
        /// Its revision.
        revision: Revision,
        /// Whether that was locked, so that passing it proves what it needs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        challenge: bool,
    },
    /// An attempt at a quiz was graded, or one at a drill judged.
    AttemptGraded {
        /// Which one.
        attempt: AttemptId,
        /// The quiz or drill.
        lesson: LessonId,
        /// Its revision.
        revision: Revision,
        /// The share of points in percent.
        percent: u8,
        /// Whether it reached the pass mark, or all of a drill holds.
        passed: bool,
    },
    /// An instructor opened a lesson, whatever it needs.
    PrerequisitesWaived {
        /// The lesson.
        lesson: LessonId,
        /// The instructor.
        waived_by: UserId,
        /// The reason.
        why: String,
    },
    /// A waiver was taken back.
    WaiverTakenBack {
        /// The lesson.
        lesson: LessonId,
        /// The instructor.
        taken_back_by: UserId,
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
    /// The learner passed it, a quiz or a drill.
    Passed {
        /// The attempt that passed.
        attempt: AttemptId,
    },
    /// An instructor accepted the learner's work, at a capstone.
    Accepted {
        /// The work.
        submission: SubmissionId,
    },
    /// It is a reading that leads to a quiz or a drill which the learner passed as a challenge.
    Skipped {
        /// The quiz or drill.
        quiz: LessonId,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As they were written before attempts could be challenges.
    #[test]
    fn events_of_earlier_releases_are_read_and_written_as_they_were() {
        let attempt = "0190d6f0-0000-7000-8000-000000000004";
        let revision = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for text in [
            format!(r#"{{"event":"attempt_started","attempt":"{attempt}","lesson":"q","revision":"{revision}"}}"#),
            format!(
                r#"{{"event":"lesson_completed","lesson":"q","revision":"{revision}","reason":{{"by":"passed","attempt":"{attempt}"}}}}"#
            ),
        ] {
            let event: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), text);
            assert!(!matches!(event, Event::AttemptStarted { challenge: true, .. }));
        }
    }
}
