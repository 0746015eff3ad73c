use cairn_drill::Drill;
use cairn_drill::http::Vars;

use super::{DrillAttempt, DrillState, Nonce};
use crate::catalog::DocKind;
use crate::identity::{Action, Actor, authorise};
use crate::learning::{LearningRecord, save};
use crate::shared::{
    AttemptId, Code, ContentId, EnrolmentId, Error, LessonId, PackId, Page, PageRequest, Result, Revision, Timestamp,
    UserId,
};
use crate::{ReadTx, WriteTx};

/// What a new attempt at a drill is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewDrillAttempt {
    /// Its id.
    pub id: AttemptId,
    /// Whether it may be one at a locked drill.
    pub challenge: bool,
    /// 128 bits that nobody can guess, for the nonce.
    pub nonce: u128,
    /// 128 bits that nobody can guess, for the variables.
    pub seed: u128,
}

/// Starts an attempt on one of the actor's enrolments; gives it with the drill. With `challenge` also at a locked one. It
/// takes the place of an attempt that has expired.
///
/// # Errors
/// Those of [`authorise`] and of [`LearningRecord::start_drill`]; [`Code::NotFound`] when the enrolment is somebody else's;
/// [`Code::AttemptOpen`] while another attempt at the drill is open.
pub fn start_drill_attempt(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    new: NewDrillAttempt,
    now: Timestamp,
) -> Result<(DrillAttempt, Drill)> {
    authorise(actor, Action::Learn)?;
    let mut record = tx.records().record(actor.user)?;
    let pack = pack_of(&record, enrolment)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    if let Some(open) = tx.drill_attempts().open_drill_attempt(actor.user, lesson)? {
        if open.check_open(now).is_ok() {
            let message = format!("The attempt `{}` at this drill is open until {}.", open.id, open.expires_at);
            return Err(Error::new(Code::AttemptOpen, message));
        }
        tx.drill_attempts_mut().expire_drill_attempt(open.id)?;
    }
    let started = record.start_drill(catalogue, enrolment, lesson, (new.id, new.challenge), now)?;
    let attempt = DrillAttempt {
        id: new.id,
        user: actor.user,
        enrolment,
        lesson: lesson.clone(),
        revision: started.revision,
        kind: started.rules.kind,
        challenge: started.challenge,
        nonce: Nonce::new(new.nonce),
        seed: new.seed,
        started_at: now,
        expires_at: now.plus(started.rules.open_for()),
        state: DrillState::Open,
    };
    let (drill, _) = stored_drill(tx.as_read(), lesson, &attempt.revision)?;
    tx.drill_attempts_mut().insert_drill_attempt(&attempt)?;
    save(tx, &mut record)?;
    Ok((attempt, drill))
}

pub(super) fn pack_of(record: &LearningRecord, enrolment: EnrolmentId) -> Result<PackId> {
    let found = record.enrolments.get(&enrolment).ok_or_else(|| Error::not_found("enrolment", enrolment))?;
    Ok(found.pack.clone())
}

pub(super) fn stored_drill(
    tx: &mut dyn ReadTx,
    lesson: &LessonId,
    revision: &Revision,
) -> Result<(Drill, cairn_drill::DrillKey)> {
    let stored = tx.catalog().drill(&lesson.into(), revision)?;
    stored.ok_or_else(|| Error::internal(format!("there is no drill {lesson} at {revision}")))
}

/// An attempt of this learner, or of anybody.
pub(super) fn found(tx: &mut dyn ReadTx, id: AttemptId, learner: Option<UserId>) -> Result<DrillAttempt> {
    let found = tx.drill_attempts().drill_attempt(id)?;
    let found = found.filter(|attempt| learner.is_none_or(|learner| attempt.user == learner));
    found.ok_or_else(|| Error::not_found("attempt", id))
}

/// An attempt that an actor may see: one's own, or anybody's for an instructor.
pub(super) fn seen(tx: &mut dyn ReadTx, actor: &Actor, id: AttemptId) -> Result<DrillAttempt> {
    authorise(actor, Action::ReadLearning)?;
    let learner = if authorise(actor, Action::ReadLearners).is_ok() { None } else { Some(actor.user) };
    found(tx, id, learner)
}

/// An attempt with its drill: one's own, or anybody's for an instructor.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or the actor may not know of it.
pub fn view_drill_attempt(tx: &mut dyn ReadTx, actor: &Actor, id: AttemptId) -> Result<(DrillAttempt, Drill)> {
    let attempt = seen(tx, actor, id)?;
    let (drill, _) = stored_drill(tx, &attempt.lesson, &attempt.revision)?;
    Ok((attempt, drill))
}

/// The variables of an attempt; none but at an HTTP drill.
#[must_use]
pub fn vars_of(attempt: &DrillAttempt, drill: &Drill) -> Vars {
    match drill {
        Drill::Http(drill) => drill.vars(attempt.seed),
        Drill::Sql(_) | Drill::Migration(_) => Vars::new(),
    }
}

/// The actor's attempt at a drill that takes something, on whichever enrolment it was started; `None` when there is none.
///
/// # Errors
/// Those of [`authorise`].
pub fn open_drill_attempt(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    lesson: &LessonId,
    now: Timestamp,
) -> Result<Option<AttemptId>> {
    authorise(actor, Action::ReadLearning)?;
    let open = tx.drill_attempts().open_drill_attempt(actor.user, lesson)?;
    Ok(open.filter(|attempt| attempt.check_open(now).is_ok()).map(|attempt| attempt.id))
}

/// The attempts at a drill of an enrolment's learner, on whichever enrolment they were started: one's own, or anybody's for
/// an instructor.
///
/// # Errors
/// As [`crate::learning::enrolment`].
pub fn list_drill_attempts(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    page: &PageRequest,
) -> Result<Page<DrillAttempt>> {
    let learner = crate::learning::enrolment(tx, actor, enrolment)?.user;
    tx.drill_attempts().drill_attempts(learner, lesson, page)
}

/// A drill of a current release, by the lesson's id or slug, with its lesson and revision.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is no such lesson; [`Code::WrongLessonKind`] when it is no drill.
pub fn drill_of(tx: &mut dyn ReadTx, actor: &Actor, name: &ContentId) -> Result<(LessonId, Revision, Drill)> {
    authorise(actor, Action::ReadLearning)?;
    let (lesson, revision, drill, _) = current_drill(tx, name)?;
    Ok((lesson, revision, drill))
}

/// A drill of a current release with its key.
pub(super) fn current_drill(
    tx: &mut dyn ReadTx,
    name: &ContentId,
) -> Result<(LessonId, Revision, Drill, cairn_drill::DrillKey)> {
    let library = tx.catalog().library()?;
    let (_, _, entry) = library.resolve(DocKind::Lesson, name).ok_or_else(|| Error::not_found("lesson", name))?;
    let (lesson, revision) = (LessonId::from(&entry.document.id), entry.document.revision.clone());
    let stored = tx.catalog().drill(&entry.document.id, &revision)?;
    let (drill, key) =
        stored.ok_or_else(|| Error::new(Code::WrongLessonKind, format!("The lesson `{lesson}` is no drill.")))?;
    Ok((lesson, revision, drill, key))
}

/// Forgets what was handed in at drills before a moment, of at most `limit` attempts; their verdicts stay. For the operator's
/// policy of how long it is kept. Gives how many.
///
/// # Errors
/// Those of the store.
pub fn forget_handed_in(tx: &mut dyn WriteTx, before: Timestamp, limit: usize) -> Result<u64> {
    tx.drill_attempts_mut().forget_handed_in(before, limit)
}
