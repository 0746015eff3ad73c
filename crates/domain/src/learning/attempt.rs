use super::LearningRecord;
use crate::catalog::{GivenAnswer, Grade, Quiz};
use crate::identity::{Action, Actor, authorise};
use crate::shared::{
    AttemptId, Code, EnrolmentId, Error, LessonId, Page, PageRequest, Result, Revision, Timestamp, UserId,
};
use crate::{ReadTx, WriteTx};

/// One try at a quiz, pinned to the revision that was current when it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// The learner.
    pub user: UserId,
    /// The enrolment it was started on.
    pub enrolment: EnrolmentId,
    /// The quiz.
    pub lesson: LessonId,
    /// The revision of the quiz that is answered and graded.
    pub revision: Revision,
    /// The pass mark of that revision in percent.
    pub pass_mark: u8,
    /// Whether the quiz was locked when it began: passing proves what the quiz needs.
    pub challenge: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// Open or graded.
    pub state: AttemptState,
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// Waiting for answers.
    Open,
    /// Answered and graded, for good.
    Graded(Graded),
}

/// The outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// When the answers came.
    pub at: Timestamp,
    /// What the learner answered.
    pub answers: Vec<GivenAnswer>,
    /// What it achieved.
    pub grade: Grade,
    /// Whether it reached the pass mark.
    pub passed: bool,
}

/// Starts an attempt on one of the actor's enrolments; gives it with the questions. With `challenge` also at a locked
/// quiz.
///
/// # Errors
/// Those of [`authorise`] and of [`LearningRecord::start_attempt`]; [`Code::NotFound`] when the enrolment is somebody
/// else's; [`Code::AttemptOpen`] while another attempt at the quiz is open.
pub fn start_attempt(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    (id, challenge): (AttemptId, bool),
    now: Timestamp,
) -> Result<(Attempt, Quiz)> {
    authorise(actor, Action::Learn)?;
    let mut record = tx.records().record(actor.user)?;
    let pack = pack_of(&record, enrolment)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    if let Some(open) = tx.attempts().open(actor.user, lesson)? {
        let message = format!("The attempt `{}` at this quiz is waiting for answers.", open.id);
        return Err(Error::new(Code::AttemptOpen, message));
    }
    let started = record.start_attempt(catalogue, enrolment, lesson, (id, challenge), now)?;
    let attempt = Attempt {
        id,
        user: actor.user,
        enrolment,
        lesson: lesson.clone(),
        revision: started.revision,
        pass_mark: started.rules.pass_mark,
        challenge: started.challenge,
        started_at: now,
        state: AttemptState::Open,
    };
    let quiz = questions(tx.as_read(), &attempt)?;
    tx.attempts_mut().insert(&attempt)?;
    save(tx, &mut record)?;
    Ok((attempt, quiz))
}

fn pack_of(record: &LearningRecord, enrolment: EnrolmentId) -> Result<crate::shared::PackId> {
    let found = record.enrolments.get(&enrolment).ok_or_else(|| Error::not_found("enrolment", enrolment))?;
    Ok(found.pack.clone())
}

fn questions(tx: &mut dyn ReadTx, attempt: &Attempt) -> Result<Quiz> {
    let stored = tx.catalog().quiz(&(&attempt.lesson).into(), &attempt.revision)?;
    stored.map(|(quiz, _)| quiz).ok_or_else(|| Error::internal(format!("no quiz for attempt {}", attempt.id)))
}

pub(crate) fn save(tx: &mut dyn WriteTx, record: &mut LearningRecord) -> Result<()> {
    match record.take_changes() {
        Some(changes) => tx.records_mut().save(&changes),
        None => Ok(()),
    }
}

/// Grades the actor's open attempt. Questions without an answer count as wrong.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or it is somebody else's; [`Code::AttemptGraded`];
/// [`Code::Invalid`] under `/answers` for answers that do not fit the questions.
pub fn submit_attempt(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    id: AttemptId,
    answers: &[GivenAnswer],
    now: Timestamp,
) -> Result<Attempt> {
    authorise(actor, Action::Learn)?;
    let mut attempt = found(tx.as_read(), id, Some(actor.user))?;
    if attempt.state != AttemptState::Open {
        return Err(Error::new(Code::AttemptGraded, "This attempt has been graded; answers cannot change any more."));
    }
    let stored = tx.catalog().quiz(&(&attempt.lesson).into(), &attempt.revision)?;
    let (quiz, key) = stored.ok_or_else(|| Error::internal(format!("no quiz for attempt {id}")))?;
    let mut faults = crate::Violations::new();
    faults.take("/answers", quiz.check(answers));
    faults.check()?;
    let grade = quiz.grade(&key, answers);
    let (percent, passed) = (grade.percent(), grade.percent() >= attempt.pass_mark);
    attempt.state = AttemptState::Graded(Graded { at: now, answers: answers.to_vec(), grade, passed });
    tx.attempts_mut().update(&attempt)?;

    let mut record = tx.records().record(actor.user)?;
    let pack = pack_of(&record, attempt.enrolment)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    let which = (id, &attempt.lesson, &attempt.revision, attempt.challenge);
    record.finish_attempt(catalogue, &pack, which, (percent, passed), now);
    save(tx, &mut record)?;
    Ok(attempt)
}

/// An attempt of this learner, or of anybody.
fn found(tx: &mut dyn ReadTx, id: AttemptId, learner: Option<UserId>) -> Result<Attempt> {
    let found = tx.attempts().get(id)?.filter(|attempt| learner.is_none_or(|learner| attempt.user == learner));
    found.ok_or_else(|| Error::not_found("attempt", id))
}

/// An attempt with its questions and, once it is graded, their explanations in the same order: one's own, or anybody's
/// for an instructor, who sees what its learner sees and no more.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or the actor may not know of it.
pub fn view_attempt(tx: &mut dyn ReadTx, actor: &Actor, id: AttemptId) -> Result<(Attempt, Quiz, Vec<String>)> {
    authorise(actor, Action::ReadLearning)?;
    let learner = if authorise(actor, Action::ReadLearners).is_ok() { None } else { Some(actor.user) };
    let attempt = found(tx, id, learner)?;
    let stored = tx.catalog().quiz(&(&attempt.lesson).into(), &attempt.revision)?;
    let (quiz, key) = stored.ok_or_else(|| Error::internal(format!("no quiz for attempt {id}")))?;
    let explanations = match attempt.state {
        AttemptState::Open => Vec::new(),
        AttemptState::Graded(_) => {
            quiz.questions.iter().map(|q| key.explanation(&q.id).unwrap_or_default().to_owned()).collect()
        }
    };
    Ok((attempt, quiz, explanations))
}

/// The actor's attempt at a quiz that is waiting for answers, on whichever enrolment it was started; `None` when there is
/// none.
///
/// # Errors
/// Those of [`authorise`].
pub fn open_attempt(tx: &mut dyn ReadTx, actor: &Actor, lesson: &LessonId) -> Result<Option<AttemptId>> {
    authorise(actor, Action::ReadLearning)?;
    Ok(tx.attempts().open(actor.user, lesson)?.map(|attempt| attempt.id))
}

/// The attempts at a lesson of an enrolment's learner, on whichever enrolment they were started: one's own, or anybody's
/// for an instructor.
///
/// # Errors
/// As [`super::enrolment`].
pub fn list_attempts(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    page: &PageRequest,
) -> Result<Page<Attempt>> {
    let learner = super::enrolment(tx, actor, enrolment)?.user;
    tx.attempts().page(learner, lesson, page)
}
