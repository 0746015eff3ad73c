use cairn_drill::run::{Job, Report};

use super::{Comment, DrillAttempt, Submission, SubmissionState};
use crate::Result;
use crate::shared::{AttemptId, LessonId, Page, PageRequest, SubmissionId, Timestamp, UserId};

/// Runs learners' SQL where it can do no harm.
pub trait Sandbox: Send + Sync {
    /// Runs a job on a database that is made for it and thrown away, for this learner, of whose jobs few run at a time. It
    /// takes up to the job's limit of time, and a wait in the queue before it.
    ///
    /// Whatever the statements do is in the report: that they are wrong, not allowed, or hit a limit is no error.
    ///
    /// # Errors
    /// [`crate::Code::Busy`] when too many jobs wait; [`crate::Code::SandboxUnavailable`] when nothing can run here.
    fn run(&self, learner: UserId, job: &Job) -> Result<Report>;
}

/// Reads attempts at drills.
pub trait DrillAttemptReader {
    /// An attempt.
    fn drill_attempt(&mut self, id: AttemptId) -> Result<Option<DrillAttempt>>;
    /// A user's attempt at a lesson that is open in the store, expired by now or not.
    fn open_drill_attempt(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<DrillAttempt>>;
    /// A user's attempts at a lesson by id; the page key is the id.
    fn drill_attempts(&mut self, user: UserId, lesson: &LessonId, page: &PageRequest) -> Result<Page<DrillAttempt>>;
    /// The judged attempts of all learners at a lesson by id, after one of them; at most `limit`.
    fn judged_drill_attempts(
        &mut self,
        lesson: &LessonId,
        after: Option<AttemptId>,
        limit: usize,
    ) -> Result<Vec<DrillAttempt>>;
}

/// Writes attempts at drills.
pub trait DrillAttemptWriter: DrillAttemptReader {
    /// Adds an open attempt.
    ///
    /// # Errors
    /// [`crate::Code::AttemptOpen`] when the user has an open attempt at the lesson; [`crate::Code::Internal`] when there
    /// is no such user or enrolment, or the attempt is not a new one.
    fn insert_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()>;
    /// Closes an attempt that is open in the store; nothing was handed in.
    ///
    /// # Errors
    /// [`crate::Code::AttemptJudged`] when it is not open.
    fn expire_drill_attempt(&mut self, id: AttemptId) -> Result<()>;
    /// Writes the outcome, and nothing else, of an attempt that is open in the store.
    ///
    /// # Errors
    /// [`crate::Code::AttemptJudged`] when it is not; [`crate::Code::Internal`] when there is no outcome to write.
    fn judge_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()>;
    /// Writes another verdict, and the revision that it was made under, of an attempt that is judged in the store.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when it is not, or there is no verdict to write.
    fn re_judge_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()>;
    /// Forgets what was handed in before a moment, of at most `limit` attempts; their verdicts stay. Gives how many.
    fn forget_handed_in(&mut self, before: Timestamp, limit: usize) -> Result<u64>;
}

/// Reads what was handed in at capstones.
pub trait SubmissionReader {
    /// A user's submission at a capstone.
    fn submission(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<Submission>>;
    /// What learners and instructors wrote about a submission, in the order in which they wrote it.
    fn comments(&mut self, id: SubmissionId) -> Result<Vec<Comment>>;
    /// All submissions of a state by id; the page key is the id.
    fn submissions(&mut self, state: SubmissionState, page: &PageRequest) -> Result<Page<Submission>>;
}

/// Writes what was handed in at capstones.
pub trait SubmissionWriter: SubmissionReader {
    /// Writes a submission whose stored version is `submission.version - 1`; version 1 is a new one. Versions of the work
    /// that are there already stay as they are but for the review of the last one.
    ///
    /// # Errors
    /// [`crate::Code::Stale`] when the stored version is another, or the user has another submission at the capstone;
    /// [`crate::Code::Internal`] when there is no such user or enrolment.
    fn put_submission(&mut self, submission: &Submission) -> Result<()>;
    /// Adds a comment; its number follows that of the last one, from 1.
    ///
    /// # Errors
    /// [`crate::Code::Stale`] when the number is taken; [`crate::Code::Internal`] when there is no such submission or
    /// author.
    fn add_comment(&mut self, comment: &Comment) -> Result<()>;
}
