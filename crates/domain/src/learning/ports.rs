use std::collections::{BTreeMap, BTreeSet};

use super::{
    Attempt, Enrolment, LearnerCounts, LearningRecord, LessonRecord, QuizTally, RecordChanges, RecordedEvent, Target,
};
use crate::Result;
use crate::shared::{
    AttemptId, CourseId, EnrolmentId, LessonId, PackId, Page, PageRequest, Revision, SkillId, Timestamp, UserId,
};

/// What a progress view needs, and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// The number of its learner's last event, without which nothing here changes.
    pub seq: u64,
    /// Every lesson that its learner has completed or tried.
    pub lessons: BTreeMap<LessonId, LessonRecord>,
    /// Every skill that its learner holds.
    pub skills: BTreeSet<SkillId>,
}

/// An enrolment with its learner's standing, and when something last happened in the learner's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The enrolment and the standing.
    pub standing: Standing,
    /// When the learner's last event was.
    pub last_event: Timestamp,
}

/// Whom a release concerns: learners with a record of one of these lessons, a skill or a finished course of these, or
/// an enrolment that is active or paused on one of these targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Lessons completed or tried.
    pub lessons: BTreeSet<LessonId>,
    /// Skills held.
    pub skills: BTreeSet<SkillId>,
    /// Courses finished.
    pub courses: BTreeSet<CourseId>,
    /// Targets of enrolments that are active or paused.
    pub targets: BTreeSet<Target>,
}

/// How much all learners have together: what a release must not make less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Completed lessons.
    pub lessons: u64,
    /// Skills held.
    pub skills: u64,
    /// Finished courses.
    pub courses: u64,
    /// Completed enrolments.
    pub enrolments: u64,
}

/// Reads learning records.
pub trait RecordReader {
    /// A learner's record; an empty one for a user without events.
    fn record(&mut self, user: UserId) -> Result<LearningRecord>;
    /// An enrolment.
    fn enrolment(&mut self, id: EnrolmentId) -> Result<Option<Enrolment>>;
    /// A user's enrolments by id, in all states; the page key is the id.
    fn enrolments(&mut self, user: UserId, page: &PageRequest) -> Result<Page<Enrolment>>;
    /// An enrolment with its learner's standing.
    fn standing(&mut self, id: EnrolmentId) -> Result<Option<Standing>>;
    /// Whose an enrolment is, and [`Standing::seq`]: for whoever has seen a standing and asks whether it is still so.
    fn last_event(&mut self, id: EnrolmentId) -> Result<Option<(UserId, u64)>>;
    /// A user's events in order; the page key is the number with leading zeros to 20 digits.
    fn events(&mut self, user: UserId, page: &PageRequest) -> Result<Page<RecordedEvent>>;
    /// A user's events of this moment and later, in order, all at once; found by their time, without reading those before.
    fn events_since(&mut self, user: UserId, since: Timestamp) -> Result<Vec<RecordedEvent>>;
    /// How many enrolments on each target of a pack are active or paused.
    fn enrolments_by_target(&mut self, pack: &PackId) -> Result<BTreeMap<Target, u64>>;
    /// The learners whom a release concerns, by id, after one of them; at most `limit`. Each once.
    fn touched(&mut self, touched: &Touched, after: Option<UserId>, limit: usize) -> Result<Vec<UserId>>;
    /// How much all learners have together.
    fn tally(&mut self) -> Result<Tally>;
}

/// Writes learning records.
pub trait RecordWriter: RecordReader {
    /// Appends events and writes the rows that follow from them, together. A record changes by events only.
    ///
    /// # Errors
    /// [`crate::Code::Stale`] when the first event's number does not follow the last stored one;
    /// [`crate::Code::Internal`] when there is no event, or no such user.
    fn save(&mut self, changes: &RecordChanges) -> Result<()>;
}

/// Reads attempts.
pub trait AttemptReader {
    /// An attempt.
    fn get(&mut self, id: AttemptId) -> Result<Option<Attempt>>;
    /// A user's attempt at a lesson that is still open.
    fn open(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<Attempt>>;
    /// A user's attempts at a lesson by id; the page key is the id.
    fn page(&mut self, user: UserId, lesson: &LessonId, page: &PageRequest) -> Result<Page<Attempt>>;
}

/// Writes attempts.
pub trait AttemptWriter: AttemptReader {
    /// Adds an open attempt.
    ///
    /// # Errors
    /// [`crate::Code::AttemptOpen`] when the user has an open attempt at the lesson; [`crate::Code::Internal`] when there
    /// is no such user or enrolment, or the attempt is not a new one.
    fn insert(&mut self, attempt: &Attempt) -> Result<()>;
    /// Writes the grade of an attempt that is open in the store.
    ///
    /// # Errors
    /// [`crate::Code::AttemptGraded`] when it is not.
    fn update(&mut self, attempt: &Attempt) -> Result<()>;
}

/// Reads what is counted over many learners.
pub trait StatisticsReader {
    /// How many learners have tried and how many have completed a lesson.
    fn learners(&mut self, lesson: &LessonId) -> Result<LearnerCounts>;
    /// How many attempts at a revision of a quiz are open.
    fn open_attempts(&mut self, lesson: &LessonId, revision: &Revision) -> Result<u64>;
    /// The revisions of a quiz that have graded attempts, counted or not, ordered, with how many.
    fn revisions(&mut self, lesson: &LessonId) -> Result<Vec<(Revision, u64)>>;
    /// What the attempts that are counted come to.
    fn counted(&mut self, lesson: &LessonId, revision: &Revision) -> Result<QuizTally>;
    /// Graded attempts that are not counted yet, at a revision of a quiz or at any, in no particular order; at most
    /// `limit`.
    fn uncounted(&mut self, quiz: Option<(&LessonId, &Revision)>, limit: usize) -> Result<Vec<Attempt>>;
    /// The newest enrolments on a target that have not been given up, those of the greatest ids first, or only those
    /// before one of them; at most `limit`.
    fn newest_enrolled(&mut self, target: &Target, before: Option<EnrolmentId>, limit: usize) -> Result<Vec<Enrolled>>;
}

/// Writes what is counted.
pub trait StatisticsWriter: StatisticsReader {
    /// Adds what these attempts come to, and notes that they are counted.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when one of them is not graded, or counted already.
    fn count(&mut self, attempts: &[AttemptId], tallies: &BTreeMap<(LessonId, Revision), QuizTally>) -> Result<()>;
}
