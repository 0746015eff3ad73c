use serde::{Deserialize, Serialize};

use super::attempt::save;
use super::{Enrolment, EnrolmentState, Event, LearningRecord, Standing};
use crate::catalog::{Attained, Catalogue};
use crate::identity::{Action, Actor, authorise};
use crate::shared::{Code, EnrolmentId, Error, LessonId, Result, Timestamp, UserId, Violations, line};
use crate::{ReadTx, WriteTx};

/// An instructor's word that a lesson is open to a learner, whatever it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The instructor.
    pub by: UserId,
    /// Why: one line of 1 to 500 characters.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

impl LearningRecord {
    /// Waives the prerequisites of a lesson of an enrolment's target, for all enrolments that have it. Another waiver takes
    /// the place of one that is there; the same once more changes nothing.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the enrolment's target has no such lesson; [`Code::WrongState`] for an enrolment that is
    /// given up; [`Code::Invalid`] at `/reason`.
    pub fn waive(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
        (by, reason): (UserId, &str),
        now: Timestamp,
    ) -> Result<()> {
        let mut faults = Violations::new();
        let reason = faults.take("/reason", line(reason, 500));
        faults.check()?;
        let why = reason.unwrap_or_default();
        let enrolment = self.enrolment_with(catalogue, id, lesson)?;
        if enrolment.state == EnrolmentState::Withdrawn {
            return Err(Error::new(
                Code::WrongState,
                "The enrolment is withdrawn; there is nobody to open the lesson to.",
            ));
        }
        let known = self.lessons.get(lesson).and_then(|lesson| lesson.waiver.as_ref());
        if known.is_none_or(|known| known.by != by || known.reason != why) {
            let lesson = lesson.clone();
            self.note(Event::PrerequisitesWaived { lesson, waived_by: by, why }, now);
        }
        Ok(())
    }

    /// Takes a waiver back. What was completed meanwhile stays completed.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the enrolment's target has no such lesson, or there is no waiver.
    pub fn take_waiver_back(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
        by: UserId,
        now: Timestamp,
    ) -> Result<()> {
        self.enrolment_with(catalogue, id, lesson)?;
        if !self.waived(lesson) {
            let message = format!("The prerequisites of the lesson `{lesson}` are not waived.");
            return Err(Error::new(Code::NotFound, message));
        }
        self.note(Event::WaiverTakenBack { lesson: lesson.clone(), taken_back_by: by }, now);
        Ok(())
    }
}

/// The record of an enrolment's learner, for an actor who may waive prerequisites.
fn learner(tx: &mut dyn ReadTx, actor: &Actor, id: EnrolmentId) -> Result<(LearningRecord, Enrolment)> {
    authorise(actor, Action::WaivePrerequisites)?;
    let enrolment = tx.records().enrolment(id)?.ok_or_else(|| Error::not_found("enrolment", id))?;
    Ok((tx.records().record(enrolment.user)?, enrolment))
}

/// Waives a lesson's prerequisites for an enrolment's learner. Gives the enrolment with its learner's standing after it.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is no such enrolment; those of [`LearningRecord::waive`].
pub fn waive_prerequisites(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    id: EnrolmentId,
    lesson: &LessonId,
    reason: &str,
    now: Timestamp,
) -> Result<Standing> {
    let (mut record, enrolment) = learner(tx.as_read(), actor, id)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&enrolment.pack).ok_or_else(|| Error::not_found("pack", &enrolment.pack))?;
    record.waive(catalogue, id, lesson, (actor.user, reason), now)?;
    save(tx, &mut record)?;
    record.into_standing(id).ok_or_else(|| Error::not_found("enrolment", id))
}

/// Takes a waiver back.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is no such enrolment; those of
/// [`LearningRecord::take_waiver_back`].
pub fn take_waiver_back(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    id: EnrolmentId,
    lesson: &LessonId,
    now: Timestamp,
) -> Result<()> {
    let (mut record, enrolment) = learner(tx.as_read(), actor, id)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&enrolment.pack).ok_or_else(|| Error::not_found("pack", &enrolment.pack))?;
    record.take_waiver_back(catalogue, id, lesson, actor.user, now)?;
    save(tx, &mut record)
}
