use std::collections::BTreeMap;

use super::starting::pack_of;
use super::{Comment, HandedWork, Submission, SubmissionState};
use crate::catalog::{CapstoneRules, Catalogue, LessonKind};
use crate::identity::{Action, Actor, authorise};
use crate::learning::save;
use crate::shared::{
    Code, CriterionId, EnrolmentId, Error, LessonId, Page, PageRequest, Result, Revision, SubmissionId, Timestamp,
    UserId, Violations, check_text,
};
use crate::{ReadTx, WriteTx};

/// The rules of a capstone and its revision.
fn capstone<'a>(catalogue: &'a Catalogue, lesson: &LessonId) -> Result<(&'a CapstoneRules, &'a Revision)> {
    let found = catalogue.lesson(lesson).ok_or_else(|| Error::not_found("lesson", lesson))?;
    match &found.detail.lesson_kind {
        LessonKind::Capstone(rules) => Ok((rules, &found.document().revision)),
        kind => {
            let message = format!("The lesson `{lesson}` is a {}; nothing is handed in there.", kind.as_str());
            Err(Error::new(Code::WrongLessonKind, message))
        }
    }
}

/// Hands in work at a capstone of one of the actor's enrolments, or another version of it.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when the enrolment is somebody else's or has no such lesson;
/// [`Code::WrongState`]; [`Code::WrongLessonKind`]; [`Code::Locked`] while its drills are not passed;
/// [`Code::SubmissionAccepted`]; [`Code::Invalid`] at `/text` and `/link`.
pub fn hand_in(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    (id, work): (SubmissionId, HandedWork),
    now: Timestamp,
) -> Result<(Submission, Vec<Comment>)> {
    authorise(actor, Action::Learn)?;
    let record = tx.records().record(actor.user)?;
    let pack = pack_of(&record, enrolment)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    record.may_work_on(catalogue, enrolment, lesson)?;
    let of = capstone(catalogue, lesson)?;
    let before = tx.submissions().submission(actor.user, lesson)?;
    let submission = Submission::hand_in(before, (id, actor.user, enrolment, lesson), of, work, now)?;
    tx.submissions_mut().put_submission(&submission)?;
    let comments = tx.submissions().comments(submission.id)?;
    Ok((submission, comments))
}

fn of_learner(tx: &mut dyn ReadTx, learner: UserId, lesson: &LessonId) -> Result<Submission> {
    let found = tx.submissions().submission(learner, lesson)?;
    found.ok_or_else(|| Error::new(Code::NotFound, format!("Nothing was handed in at the lesson `{lesson}`.")))
}

/// The work of an enrolment's learner at a capstone with what was written about it: one's own, or anybody's for an
/// instructor.
///
/// # Errors
/// As [`crate::learning::enrolment`]; [`Code::NotFound`] when nothing was handed in.
pub fn submission(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
) -> Result<(Submission, Vec<Comment>)> {
    let learner = crate::learning::enrolment(tx, actor, enrolment)?.user;
    let found = of_learner(tx, learner, lesson)?;
    let comments = tx.submissions().comments(found.id)?;
    Ok((found, comments))
}

/// Writes a comment on work: the learner, or an instructor.
///
/// # Errors
/// Those of [`authorise`]; as [`submission`]; [`Code::Invalid`] at `/text` unless it has 1 to 4,000 characters.
pub fn comment(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    lesson: &LessonId,
    text: &str,
    now: Timestamp,
) -> Result<Comment> {
    let (found, comments) = submission(tx.as_read(), actor, enrolment, lesson)?;
    authorise(actor, if found.user == actor.user { Action::Learn } else { Action::ReviewWork })?;
    let mut faults = Violations::new();
    faults.take("/text", check_text(text, 1, 4_000));
    faults.check()?;
    let number = comments.last().map_or(1, |last| last.number.saturating_add(1));
    let comment = Comment { submission: found.id, number, author: actor.user, at: now, text: text.to_owned() };
    tx.submissions_mut().add_comment(&comment)?;
    Ok(comment)
}

/// Notes what the actor, an instructor, found in the work of an enrolment's learner. Work with enough points is accepted,
/// which completes the lesson; other work is returned.
///
/// # Errors
/// Those of [`authorise`]; as [`submission`]; [`Code::Stale`] when the submission is not at the `expected` version;
/// [`Code::OwnWork`]; [`Code::AlreadyReviewed`]; [`Code::Invalid`] under `/points`.
pub fn review(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    (enrolment, lesson): (EnrolmentId, &LessonId),
    expected: u32,
    points: &BTreeMap<CriterionId, u16>,
    now: Timestamp,
) -> Result<(Submission, Vec<Comment>)> {
    authorise(actor, Action::ReviewWork)?;
    let (mut found, comments) = submission(tx.as_read(), actor, enrolment, lesson)?;
    if found.version != expected {
        return Err(Error::new(Code::Stale, "The work has changed since you fetched it."));
    }
    let mut record = tx.records().record(found.user)?;
    let pack = pack_of(&record, found.enrolment)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    let (rules, revision) = capstone(catalogue, lesson)?;
    let accepted = found.review(rules, actor.user, points, now)?;
    tx.submissions_mut().put_submission(&found)?;
    if accepted {
        record.accept_work(catalogue, &pack, (found.id, lesson, revision), now);
        save(tx, &mut record)?;
    }
    Ok((found, comments))
}

/// The work of all learners in a state, for an instructor.
///
/// # Errors
/// Those of [`authorise`].
pub fn list_submissions(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    state: SubmissionState,
    page: &PageRequest,
) -> Result<Page<Submission>> {
    authorise(actor, Action::ReadLearners)?;
    tx.submissions().submissions(state, page)
}
