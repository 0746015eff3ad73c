use cairn_drill::http::evaluate;
use cairn_drill::run::{Job, Report};
use cairn_drill::{Drill, DrillKey, Verdict};

use super::{HandedIn, Sandbox};
use crate::shared::{AttemptId, Code, Error, Result, Revision, UserId, Violations};

/// What has to run before there is a verdict: the learner's answer, and the reference that it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its learner.
    pub learner: UserId,
    /// The revision that the jobs come from.
    pub revision: Revision,
    /// What was handed in.
    pub handed_in: HandedIn,
    own: Vec<Job>,
    reference: Vec<Job>,
}

/// What was seen of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    own: Vec<Report>,
    reference: Vec<Report>,
}

impl Prepared {
    pub(super) fn new(
        (attempt, learner, revision): (AttemptId, UserId, Revision),
        handed_in: &HandedIn,
        drill: &Drill,
        key: &DrillKey,
    ) -> Result<Self> {
        let (own, reference) = jobs(drill, key, handed_in)?;
        Ok(Self { attempt, learner, revision, handed_in: handed_in.clone(), own, reference })
    }

    /// Runs all of it. It takes as long as the jobs' limits say, so it belongs in no transaction. An HTTP drill has nothing
    /// to run.
    ///
    /// # Errors
    /// Those of [`Sandbox::run`].
    pub fn run(&self, sandbox: &dyn Sandbox) -> Result<Observed> {
        let all = |jobs: &[Job]| jobs.iter().map(|job| sandbox.run(self.learner, job)).collect::<Result<Vec<_>>>();
        Ok(Observed { own: all(&self.own)?, reference: all(&self.reference)? })
    }
}

fn unfit() -> Error {
    Error::internal("what was handed in is not for this kind of drill")
}

/// The jobs of an answer, and those of the reference.
fn jobs(drill: &Drill, key: &DrillKey, handed_in: &HandedIn) -> Result<(Vec<Job>, Vec<Job>)> {
    match (drill, key, handed_in) {
        (Drill::Http(_), DrillKey::Http, HandedIn::Transcript(_)) => Ok((Vec::new(), Vec::new())),
        (Drill::Sql(drill), DrillKey::Sql(key), HandedIn::Sql(sql)) => {
            Ok((vec![drill.job(sql)], vec![drill.job(&key.reference)]))
        }
        (Drill::Migration(drill), DrillKey::Migration(key), HandedIn::Steps(steps)) => {
            Ok((drill.jobs(steps), drill.jobs(&key.reference)))
        }
        _ => Err(unfit()),
    }
}

/// The verdict on what was handed in.
pub(super) fn verdict(drill: &Drill, seed: u128, handed_in: &HandedIn, observed: &Observed) -> Result<Verdict> {
    match (drill, handed_in) {
        (Drill::Http(drill), HandedIn::Transcript(transcript)) => Ok(evaluate(drill, &drill.vars(seed), transcript)),
        (Drill::Sql(drill), HandedIn::Sql(sql)) => {
            let (Some(own), Some(reference)) = (observed.own.first(), observed.reference.first()) else {
                return Err(Error::internal("the sandbox gave no report"));
            };
            Ok(drill.evaluate(sql, own, reference))
        }
        (Drill::Migration(drill), HandedIn::Steps(steps)) => {
            Ok(drill.evaluate(steps, &observed.own, &observed.reference))
        }
        _ => Err(unfit()),
    }
}

/// What is seen where nothing runs.
pub(super) const NOTHING: Observed = Observed { own: Vec::new(), reference: Vec::new() };

/// Refuses what does not fit the drill: a transcript that no run of it gives, and steps that it does not have.
pub(super) fn check(drill: &Drill, handed_in: &HandedIn) -> Result<()> {
    handed_in.check(drill.kind())?;
    match (drill, handed_in) {
        (Drill::Http(drill), HandedIn::Transcript(transcript)) => {
            drill.check(transcript).map_err(|refusal| Error::new(Code::TranscriptInvalid, refusal.to_string()))
        }
        (Drill::Migration(drill), HandedIn::Steps(steps)) => {
            let mut faults = Violations::new();
            for fault in drill.steps_faults("steps", steps) {
                faults.push(format!("/{}", fault.field.replace('.', "/")), "unfit", fault.to_string());
            }
            faults.check()
        }
        _ => Ok(()),
    }
}
