use serde::{Deserialize, Serialize};

use crate::run::{PlanStep, ResultSet, Stop};
use crate::sql::Difference;

/// What an assertion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It could not be asked, since something before it is missing.
    Skipped,
}

/// One thing that a drill demands, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// The id of the step of an HTTP drill, `result`, `plan` or `state` of an SQL drill, the stage of a migration.
    pub step: String,
    /// Its place in the step, from 0.
    pub index: u32,
    /// What is looked at, such as `status`, `$.title` or `rows`.
    pub subject: String,
    /// How it went.
    pub outcome: Outcome,
    /// What was wanted, for a person.
    pub expected: String,
    /// What was there, for a person, cut to a bounded length.
    pub got: String,
    /// What the author says to whoever fails it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// What it counts, 1 by default.
    pub weight: u32,
    /// Whether it counts for nothing and only advises.
    pub advice: bool,
}

impl Assertion {
    /// Whether it is called so; see [`Verdict::fails_at`].
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(step, which)| {
            step == self.step && (which == self.subject || which == self.index.to_string())
        })
    }
}

/// What a learner is shown beside the assertions of an SQL or migration drill.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// What the learner's statement gave, the first rows of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultSet>,
    /// Where that differs from what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// How the engine goes about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<PlanStep>,
    /// What the engine said, where it refused something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// The evaluator's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Every assertion in the drill's order.
    pub assertions: Vec<Assertion>,
    /// The limit that ended the run, if one did; then nothing is passed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stopped: Option<Stop>,
    /// What is shown beside them.
    #[serde(default)]
    pub evidence: Evidence,
}

impl Verdict {
    fn counted(&self) -> impl Iterator<Item = &Assertion> {
        self.assertions.iter().filter(|assertion| !assertion.advice)
    }

    /// Whether everything that counts holds. A verdict without anything that counts is not passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        let mut counted = self.counted().peekable();
        self.stopped.is_none()
            && counted.peek().is_some()
            && counted.all(|assertion| assertion.outcome == Outcome::Passed)
    }

    /// Whether an assertion that counts fails and has this name: its step, `/`, and its subject or its place in the step,
    /// such as `result/rows` or `create/2`.
    #[must_use]
    pub fn fails_at(&self, name: &str) -> bool {
        self.counted().any(|assertion| assertion.outcome == Outcome::Failed && assertion.is_named(name))
    }

    /// The share of weights that hold in whole percent, rounded down; 100 only for a verdict that is passed.
    #[must_use]
    pub fn percent(&self) -> u8 {
        if self.passed() {
            return 100;
        }
        let sum = |held: bool| -> u64 {
            let counts = |assertion: &&Assertion| !held || assertion.outcome == Outcome::Passed;
            self.counted().filter(counts).map(|assertion| u64::from(assertion.weight)).sum()
        };
        let (held, all) = (sum(true), sum(false));
        (held * 100).checked_div(all).unwrap_or(0).min(99) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assertion(outcome: Outcome, weight: u32, advice: bool) -> Assertion {
        Assertion {
            step: "a".into(),
            index: 0,
            subject: "status".into(),
            outcome,
            expected: String::new(),
            got: String::new(),
            hint: None,
            weight,
            advice,
        }
    }

    fn verdict(assertions: Vec<Assertion>) -> Verdict {
        Verdict { assertions, ..Verdict::default() }
    }

    #[test]
    fn all_that_counts_has_to_hold() {
        use Outcome::{Failed, Passed, Skipped};
        assert!(verdict(vec![assertion(Passed, 1, false), assertion(Failed, 1, true)]).passed());
        assert!(!verdict(vec![assertion(Passed, 1, false), assertion(Skipped, 1, false)]).passed());
        assert!(!verdict(vec![assertion(Passed, 1, true)]).passed(), "nothing counts");
        assert!(!verdict(Vec::new()).passed());
        let stopped = Verdict { stopped: Some(Stop::Time), ..verdict(vec![assertion(Passed, 1, false)]) };
        assert!(!stopped.passed() && stopped.percent() == 99);
    }

    #[test]
    fn a_failure_has_a_name() {
        let failed = verdict(vec![assertion(Outcome::Failed, 1, false)]);
        assert!(failed.fails_at("a/status") && failed.fails_at("a/0"));
        assert!(!failed.fails_at("a/1") && !failed.fails_at("b/status") && !failed.fails_at("a"));
        for other in [assertion(Outcome::Failed, 1, true), assertion(Outcome::Skipped, 1, false)] {
            assert!(!verdict(vec![other]).fails_at("a/status"));
        }
    }

    #[test]
    fn percent_follows_weights_and_is_whole_only_when_passed() {
        use Outcome::{Failed, Passed};
        let of =
            |all: &[(Outcome, u32)]| verdict(all.iter().map(|(o, w)| assertion(*o, *w, false)).collect()).percent();
        assert_eq!(of(&[(Passed, 2), (Failed, 1)]), 66);
        assert_eq!(of(&[(Passed, u32::MAX), (Failed, 0)]), 99);
        assert_eq!(of(&[(Passed, 1)]), 100);
        assert_eq!(of(&[]), 0);
    }
}
