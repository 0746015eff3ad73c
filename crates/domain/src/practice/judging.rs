use cairn_drill::http::Transcript;
use cairn_drill::{Drill, Verdict};

use super::evaluate::{NOTHING, check, verdict};
use super::starting::{found, pack_of, seen, stored_drill};
use super::{DrillAttempt, DrillState, HandedIn, Judged, Observed, Prepared, Provenance};
use crate::identity::{Action, Actor, authorise};
use crate::learning::save;
use crate::shared::{AttemptId, Code, Error, Result, Timestamp};
use crate::{ReadTx, WriteTx};

/// Judges the actor's open attempt at an HTTP drill by what the learner's machine saw. Gives it with the drill.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or it is somebody else's; [`Code::AttemptJudged`], also for
/// the same transcript once more; [`Code::AttemptExpired`]; [`Code::NonceWrong`]; [`Code::WrongLessonKind`] at a drill that
/// takes no transcript; [`Code::TranscriptTooLarge`]; [`Code::TranscriptInvalid`] for one that no run of the drill gives.
pub fn judge_transcript(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    id: AttemptId,
    (nonce, transcript): (&str, &Transcript),
    now: Timestamp,
) -> Result<(DrillAttempt, Drill)> {
    authorise(actor, Action::Learn)?;
    let attempt = found(tx.as_read(), id, Some(actor.user))?;
    attempt.check_open(now)?;
    if !attempt.nonce.matches(nonce) {
        return Err(Error::new(Code::NonceWrong, "The nonce is not the one that this attempt was given."));
    }
    let handed_in = HandedIn::Transcript(transcript.clone());
    let (drill, _) = stored_drill(tx.as_read(), &attempt.lesson, &attempt.revision)?;
    check(&drill, &handed_in)?;
    let verdict = verdict(&drill, attempt.seed, &handed_in, &NOTHING)?;
    let attempt = conclude(tx, attempt, (handed_in, verdict, Provenance::ObservedByLearner), now)?;
    Ok((attempt, drill))
}

/// Looks whether the actor's open attempt at an SQL or migration drill takes this, and gives what has to run for its verdict.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or it is somebody else's; [`Code::AttemptJudged`];
/// [`Code::AttemptExpired`]; [`Code::WrongLessonKind`] for what this drill does not take; [`Code::Invalid`] at `/sql` or
/// `/steps`.
pub fn prepare_solution(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    id: AttemptId,
    handed_in: &HandedIn,
    now: Timestamp,
) -> Result<Prepared> {
    authorise(actor, Action::Learn)?;
    let attempt = found(tx, id, Some(actor.user))?;
    attempt.check_open(now)?;
    if matches!(handed_in, HandedIn::Transcript(_)) {
        return Err(Error::new(Code::WrongLessonKind, "A transcript is handed in with its nonce."));
    }
    let (drill, key) = stored_drill(tx, &attempt.lesson, &attempt.revision)?;
    check(&drill, handed_in)?;
    Prepared::new((id, attempt.user, attempt.revision), handed_in, &drill, &key)
}

/// Judges an attempt by what the sandbox saw of [`prepare_solution`]. `now` is the moment at which it was handed in, so that
/// an attempt does not expire while it waits for the sandbox. Gives it with the drill.
///
/// # Errors
/// As [`prepare_solution`]: another answer may have been judged meanwhile.
pub fn record_solution_verdict(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    prepared: &Prepared,
    observed: &Observed,
    now: Timestamp,
) -> Result<(DrillAttempt, Drill)> {
    authorise(actor, Action::Learn)?;
    let attempt = found(tx.as_read(), prepared.attempt, Some(actor.user))?;
    attempt.check_open(now)?;
    let (drill, _) = stored_drill(tx.as_read(), &attempt.lesson, &attempt.revision)?;
    let verdict = verdict(&drill, attempt.seed, &prepared.handed_in, observed)?;
    let outcome = (prepared.handed_in.clone(), verdict, Provenance::RunByServer);
    Ok((conclude(tx, attempt, outcome, now)?, drill))
}

/// Writes the outcome of an attempt, and what follows from it in the learner's record.
fn conclude(
    tx: &mut dyn WriteTx,
    mut attempt: DrillAttempt,
    (handed_in, verdict, provenance): (HandedIn, Verdict, Provenance),
    now: Timestamp,
) -> Result<DrillAttempt> {
    let result = (verdict.percent(), verdict.passed());
    let revision = attempt.revision.clone();
    let judged = Judged { at: now, revision, handed_in: Some(handed_in), verdict, provenance };
    attempt.state = DrillState::Judged(Box::new(judged));
    tx.drill_attempts_mut().judge_drill_attempt(&attempt)?;
    note_result(tx, &attempt, result, now)?;
    Ok(attempt)
}

/// Notes a result in the learner's record, and what follows from it.
pub(super) fn note_result(
    tx: &mut dyn WriteTx,
    attempt: &DrillAttempt,
    result: (u8, bool),
    now: Timestamp,
) -> Result<()> {
    let mut record = tx.records().record(attempt.user)?;
    let pack = pack_of(&record, attempt.enrolment)?;
    let library = tx.catalog().library()?;
    let (_, catalogue) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    let which = (attempt.id, &attempt.lesson, &attempt.revision, attempt.challenge);
    record.finish_attempt(catalogue, &pack, which, result, now);
    save(tx, &mut record)
}

/// What has to run so that a judged attempt can be evaluated once more under the revision of its verdict: one's own, or
/// anybody's for an instructor.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is none or the actor may not know of it; [`Code::NothingToReplay`]
/// when it is not judged, or what was handed in is forgotten.
pub fn prepare_replay(tx: &mut dyn ReadTx, actor: &Actor, id: AttemptId) -> Result<Prepared> {
    let attempt = seen(tx, actor, id)?;
    let (judged, handed_in) = replayable(&attempt)?;
    let (drill, key) = stored_drill(tx, &attempt.lesson, &judged.revision)?;
    Prepared::new((id, attempt.user, judged.revision.clone()), handed_in, &drill, &key)
}

/// Evaluates a judged attempt once more, by what the sandbox saw of [`prepare_replay`]. Gives the verdict, and whether it is
/// the one that is stored. Writes nothing.
///
/// # Errors
/// As [`prepare_replay`].
pub fn replay(tx: &mut dyn ReadTx, actor: &Actor, prepared: &Prepared, observed: &Observed) -> Result<(Verdict, bool)> {
    let attempt = seen(tx, actor, prepared.attempt)?;
    let (judged, _) = replayable(&attempt)?;
    let (drill, _) = stored_drill(tx, &attempt.lesson, &prepared.revision)?;
    let again = verdict(&drill, attempt.seed, &prepared.handed_in, observed)?;
    let same = again == judged.verdict;
    Ok((again, same))
}

fn replayable(attempt: &DrillAttempt) -> Result<(&Judged, &HandedIn)> {
    let judged = attempt.judged().ok_or("This attempt has not been judged.");
    let both = judged.and_then(|judged| {
        let handed_in = judged.handed_in.as_ref().ok_or("What was handed in is no longer kept; its verdict is.")?;
        Ok((judged, handed_in))
    });
    both.map_err(|message| Error::new(Code::NothingToReplay, message))
}
