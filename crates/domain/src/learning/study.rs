use std::cmp::Reverse;
use std::sync::Arc;

use super::attempt::save;
use super::{Enrolment, EnrolmentState, Next, RecordedEvent, Standing, Target, next_of};
use crate::catalog::Library;
use crate::identity::{Action, Actor, authorise};
use crate::shared::{Code, EnrolmentId, Error, LessonId, Page, PageRequest, Result, Timestamp, UserId};
use crate::{ReadTx, WriteTx};

/// Enrols the actor on a course or track, named by id or slug.
///
/// # Errors
/// Those of [`authorise`] and of [`super::LearningRecord::enrol`].
pub fn enrol(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    target: &Target,
    id: EnrolmentId,
    now: Timestamp,
) -> Result<Enrolment> {
    authorise(actor, Action::Learn)?;
    let library = tx.catalog().library()?;
    let (kind, name) = (target.kind(), target.id());
    let (release, catalogue, entry) =
        library.resolve(kind, &name).ok_or_else(|| Error::not_found(kind.as_str(), &name))?;
    let target = Target::new(kind, entry.document.id.clone()).ok_or_else(|| Error::not_found(kind.as_str(), &name))?;
    let mut record = tx.records().record(actor.user)?;
    record.enrol(catalogue, (&release.pack.id, release.number), &target, id, now)?;
    save(tx, &mut record)?;
    record.enrolments.get(&id).cloned().ok_or_else(|| Error::internal("the new enrolment is missing"))
}

/// Completes a reading on one of the actor's enrolments; doing it again changes nothing. Gives the enrolment with its
/// learner's standing after it, to be seen through the library with [`super::progress_of`].
///
/// # Errors
/// Those of [`authorise`] and of [`super::LearningRecord::complete_reading`].
pub fn complete_lesson(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    now: Timestamp,
) -> Result<Standing> {
    authorise(actor, Action::Learn)?;
    let mut record = tx.records().record(actor.user)?;
    let known = record.enrolments.get(&enrolment).ok_or_else(|| Error::not_found("enrolment", enrolment))?;
    let (library, pack) = (tx.catalog().library()?, known.pack.clone());
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    record.complete_reading(catalogue, enrolment, lesson, now)?;
    save(tx, &mut record)?;
    record.into_standing(enrolment).ok_or_else(|| Error::not_found("enrolment", enrolment))
}

/// Pauses, resumes or gives up one of the actor's enrolments whose version is the expected one.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`]; [`Code::Stale`]; [`Code::WrongState`].
pub fn change_enrolment(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    id: EnrolmentId,
    expected: u32,
    state: EnrolmentState,
    now: Timestamp,
) -> Result<Enrolment> {
    authorise(actor, Action::Learn)?;
    let mut record = tx.records().record(actor.user)?;
    let known = record.enrolments.get(&id).ok_or_else(|| Error::not_found("enrolment", id))?;
    if known.version != expected {
        return Err(Error::new(Code::Stale, "The enrolment has changed since you fetched it."));
    }
    let (library, pack) = (tx.catalog().library()?, known.pack.clone());
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    record.change_state(catalogue, id, state, now)?;
    save(tx, &mut record)?;
    record.enrolments.get(&id).cloned().ok_or_else(|| Error::not_found("enrolment", id))
}

/// Refuses an enrolment that is not the actor's, unless the actor may read other learners'; `learner` is whose it is.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when the actor may not know of it.
pub fn may_read(actor: &Actor, id: EnrolmentId, learner: UserId) -> Result<()> {
    if learner == actor.user {
        authorise(actor, Action::ReadLearning)
    } else {
        authorise(actor, Action::ReadLearners).map_err(|_| Error::not_found("enrolment", id))
    }
}

/// An enrolment: one's own, or anybody's for an instructor.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or the actor may not know of it.
pub fn enrolment(tx: &mut dyn ReadTx, actor: &Actor, id: EnrolmentId) -> Result<Enrolment> {
    let found = tx.records().enrolment(id)?.ok_or_else(|| Error::not_found("enrolment", id))?;
    may_read(actor, id, found.user)?;
    Ok(found)
}

/// A learner's enrolments: one's own, or anybody's for an instructor.
///
/// # Errors
/// Those of [`authorise`].
pub fn list_enrolments(tx: &mut dyn ReadTx, actor: &Actor, of: UserId, page: &PageRequest) -> Result<Page<Enrolment>> {
    authorise(actor, if of == actor.user { Action::ReadLearning } else { Action::ReadLearners })?;
    tx.records().enrolments(of, page)
}

/// The actor's own events, in order.
///
/// # Errors
/// Those of [`authorise`].
pub fn list_events(tx: &mut dyn ReadTx, actor: &Actor, page: &PageRequest) -> Result<Page<RecordedEvent>> {
    authorise(actor, Action::ReadLearning)?;
    tx.records().events(actor.user, page)
}

/// An enrolment with its learner's standing and the library to see it through with [`super::progress_of`], [`super::lesson_of`] and
/// [`super::next_of`]: one's own, or
/// anybody's for an instructor.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or the actor may not know of it.
pub fn progress(tx: &mut dyn ReadTx, actor: &Actor, id: EnrolmentId) -> Result<(Standing, Arc<Library>)> {
    let standing = tx.records().standing(id)?.ok_or_else(|| Error::not_found("enrolment", id))?;
    may_read(actor, id, standing.enrolment.user)?;
    Ok((standing, tx.catalog().library()?))
}

/// The actor's standing on the first of the own enrolments that fits and is not withdrawn; `None` where there is none.
///
/// # Errors
/// Those of [`authorise`].
pub fn standing_where(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    fits: &dyn Fn(&Enrolment) -> bool,
) -> Result<Option<Standing>> {
    authorise(actor, Action::ReadLearning)?;
    let mut page = PageRequest::first();
    loop {
        let found = tx.records().enrolments(actor.user, &page)?;
        let mut held = found.items.iter().filter(|enrolment| enrolment.state != EnrolmentState::Withdrawn);
        if let Some(enrolment) = held.find(|enrolment| fits(enrolment)) {
            return tx.records().standing(enrolment.id);
        }
        match found.next {
            Some(key) => page = page.following(key),
            None => return Ok(None),
        }
    }
}

/// Where a learner stands on each of their enrolments, with the library to see it through: one's own, or anybody's for an
/// instructor. Those under way come first, then paused, completed and withdrawn ones, and the newest of each first.
///
/// # Errors
/// Those of [`authorise`].
pub fn overview(tx: &mut dyn ReadTx, actor: &Actor, of: UserId) -> Result<(Vec<Standing>, Arc<Library>)> {
    authorise(actor, if of == actor.user { Action::ReadLearning } else { Action::ReadLearners })?;
    let record = tx.records().record(of)?;
    let mut standings: Vec<_> = record.enrolments.keys().filter_map(|id| record.clone().into_standing(*id)).collect();
    let first = [EnrolmentState::Active, EnrolmentState::Paused, EnrolmentState::Completed];
    let place = |state| first.iter().position(|of| *of == state).unwrap_or(first.len());
    standings.sort_by_key(|standing| (place(standing.enrolment.state), Reverse(standing.enrolment.id)));
    Ok((standings, tx.catalog().library()?))
}

/// What [`progress`] follows from, without reading it: the number of the learner's last event, and the library. Progress
/// is as it was seen before as long as both are.
///
/// # Errors
/// As [`progress`].
pub fn progress_version(tx: &mut dyn ReadTx, actor: &Actor, id: EnrolmentId) -> Result<(u64, Arc<Library>)> {
    let (learner, seq) = tx.records().last_event(id)?.ok_or_else(|| Error::not_found("enrolment", id))?;
    may_read(actor, id, learner)?;
    Ok((seq, tx.catalog().library()?))
}

/// The lesson to take next on an enrolment, and why it, or why none.
///
/// # Errors
/// As [`progress`].
pub fn next_lesson(tx: &mut dyn ReadTx, actor: &Actor, id: EnrolmentId) -> Result<Next> {
    let (standing, library) = progress(tx, actor, id)?;
    let pack = &standing.enrolment.pack;
    let (_, catalogue) = library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
    Ok(next_of(catalogue, &standing))
}
