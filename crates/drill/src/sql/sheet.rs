use super::{Marks, cut};
use crate::{Assertion, Outcome};

/// What an assertion comes to: it holds, it does not and this is there instead, or it could not be asked.
pub(crate) enum Found {
    Holds(String),
    Fails(String),
    Unasked,
}

use Found::{Fails, Holds, Unasked};

pub(super) fn found(holds: bool, got: impl Into<String>) -> Found {
    if holds { Holds(got.into()) } else { Fails(got.into()) }
}

/// Assertions as they come up, numbered in their step.
#[derive(Default)]
pub(crate) struct Sheet(pub(crate) Vec<Assertion>);

impl Sheet {
    pub(crate) fn note(
        &mut self,
        step: &str,
        subject: String,
        marks: &Marks,
        expected: impl Into<String>,
        found: Found,
    ) {
        let index = self.0.iter().filter(|assertion| assertion.step == step).count() as u32;
        let (outcome, got) = match found {
            Holds(got) => (Outcome::Passed, got),
            Fails(got) => (Outcome::Failed, got),
            Unasked => (Outcome::Skipped, String::new()),
        };
        self.0.push(Assertion {
            step: step.to_owned(),
            index,
            subject,
            outcome,
            expected: cut(expected),
            got: cut(got),
            hint: marks.hint.clone(),
            weight: marks.weight,
            advice: marks.advice,
        });
    }
}
