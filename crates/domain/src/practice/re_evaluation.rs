use cairn_drill::{Drill, DrillKey, Verdict};

use super::evaluate::{check, verdict};
use super::judging::note_result;
use super::starting::current_drill;
use super::{DrillAttempt, DrillState, Judged, Prepared, Sandbox};
use crate::identity::{Action, Actor, authorise};
use crate::shared::{AttemptId, Code, ContentId, Error, LessonId, Result, Revision, Timestamp};
use crate::{ReadTx, WriteTx};

/// How many attempts are looked at together.
pub const LOOKED_AT: usize = 20;

/// What evaluating the stored attempts at a drill under its present revision would change. It names nobody.
#[derive(Debug, Clone)]
pub struct ReEvaluation {
    /// The drill.
    pub lesson: LessonId,
    /// Its present revision.
    pub revision: Revision,
    /// How many attempts were evaluated.
    pub evaluated: u64,
    /// How many could not be, since what was handed in is no longer kept or the present drill does not take it.
    pub skipped: u64,
    /// The verdicts that would be others, by attempt.
    pub changes: Vec<VerdictChange>,
    drill: Drill,
    key: DrillKey,
    last: Option<AttemptId>,
}

/// A verdict that would be another one.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictChange {
    /// Which attempt.
    pub attempt: AttemptId,
    /// Whether it is passed now, and its share in percent.
    pub was: (bool, u8),
    /// The verdict that it would get.
    pub verdict: Verdict,
    /// The verdict that it has, to see whether that is still so.
    stored: Verdict,
}

/// Begins to evaluate the stored attempts at a drill, named by id or slug, under its present revision. [`next_judged`] gives
/// them, and [`ReEvaluation::take`] evaluates them.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is no such lesson; [`Code::WrongLessonKind`] when it is no drill.
pub fn begin_re_evaluation(tx: &mut dyn ReadTx, actor: &Actor, name: &ContentId) -> Result<ReEvaluation> {
    authorise(actor, Action::ReadContent)?;
    let (lesson, revision, drill, key) = current_drill(tx, name)?;
    Ok(ReEvaluation { lesson, revision, evaluated: 0, skipped: 0, changes: Vec::new(), drill, key, last: None })
}

/// The judged attempts at a drill after [`ReEvaluation::last`], at most [`LOOKED_AT`]; none when it has taken all.
///
/// # Errors
/// Those of [`authorise`].
pub fn next_judged(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    lesson: &LessonId,
    after: Option<AttemptId>,
) -> Result<Vec<DrillAttempt>> {
    authorise(actor, Action::ReadContent)?;
    tx.drill_attempts().judged_drill_attempts(lesson, after, LOOKED_AT)
}

impl ReEvaluation {
    /// The last attempt that was taken.
    #[must_use]
    pub fn last(&self) -> Option<AttemptId> {
        self.last
    }

    /// Evaluates attempts. SQL runs in the sandbox, so this belongs in no transaction.
    ///
    /// # Errors
    /// Those of [`Sandbox::run`].
    pub fn take(&mut self, attempts: &[DrillAttempt], sandbox: &dyn Sandbox) -> Result<()> {
        for attempt in attempts {
            self.last = Some(attempt.id);
            let Some(judged) = attempt.judged() else { continue };
            let Some(handed_in) = judged.handed_in.as_ref().filter(|given| check(&self.drill, given).is_ok()) else {
                self.skipped += 1;
                continue;
            };
            let of = (attempt.id, attempt.user, self.revision.clone());
            let observed = Prepared::new(of, handed_in, &self.drill, &self.key)?.run(sandbox)?;
            let again = verdict(&self.drill, attempt.seed, handed_in, &observed)?;
            self.evaluated += 1;
            if again != judged.verdict {
                self.changes.push(VerdictChange {
                    attempt: attempt.id,
                    was: (judged.verdict.passed(), judged.verdict.percent()),
                    verdict: again,
                    stored: judged.verdict.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Writes the verdicts of a re-evaluation. Whoever passes by it completes the lesson; whoever does not pass any more keeps
/// what was completed.
///
/// # Errors
/// Those of [`authorise`]; [`Code::Stale`] when the drill or a verdict has changed since it was evaluated.
pub fn apply_re_evaluation(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    evaluated: &ReEvaluation,
    now: Timestamp,
) -> Result<()> {
    authorise(actor, Action::PublishContent)?;
    let stale = || Error::new(Code::Stale, "The drill or its attempts have changed since you looked.");
    let (lesson, revision, ..) = current_drill(tx.as_read(), &(&evaluated.lesson).into())?;
    if lesson != evaluated.lesson || revision != evaluated.revision {
        return Err(stale());
    }
    for change in &evaluated.changes {
        let mut attempt = tx.drill_attempts().drill_attempt(change.attempt)?.ok_or_else(stale)?;
        let judged = attempt.judged().filter(|judged| judged.verdict == change.stored).ok_or_else(stale)?.clone();
        let verdict = change.verdict.clone();
        let now_passed = verdict.passed() && !judged.verdict.passed();
        let result = (verdict.percent(), verdict.passed());
        let judged = Judged { revision: revision.clone(), verdict, ..judged };
        attempt.state = DrillState::Judged(Box::new(judged));
        tx.drill_attempts_mut().re_judge_drill_attempt(&attempt)?;
        if now_passed {
            note_result(tx, &attempt, result, now)?;
        }
    }
    Ok(())
}
