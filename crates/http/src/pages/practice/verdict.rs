//! A verdict as a page shows it.

use cairn_domain::practice::{HandedIn, Judged, Provenance};
use cairn_drill::run::PlanStep;
use cairn_drill::{Assertion, Drill, Outcome, Verdict};

use super::asked::step_words;
use super::grid::Grid;
use crate::pages::text;

/// The assertions of a step.
pub(crate) struct Group {
    pub(crate) title: String,
    /// What was sent, of an HTTP drill; else empty.
    pub(crate) note: String,
    pub(crate) assertions: Vec<Assertion>,
}

impl Group {
    fn held(&self) -> usize {
        self.assertions.iter().filter(|one| one.outcome == Outcome::Passed).count()
    }

    /// How many of them hold, such as `2 of 3 hold`.
    pub(crate) fn tally(&self) -> String {
        format!("{} of {} hold", self.held(), self.assertions.len())
    }
}

/// A step of a plan, and where the list that it stands in begins and ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlanLine {
    pub(crate) detail: String,
    /// Whether the next one stands within it.
    pub(crate) opens: bool,
    /// How many lists end behind it.
    pub(crate) closes: usize,
}

/// A plan as lists within lists. A step stands at most one deeper than the one before.
fn plan(steps: &[PlanStep]) -> Vec<PlanLine> {
    let mut depths: Vec<usize> = Vec::with_capacity(steps.len());
    for step in steps {
        let most = depths.last().map_or(0, |before| before + 1);
        depths.push(usize::try_from(step.depth).unwrap_or(most).min(most));
    }
    let line = |(at, step): (usize, &PlanStep)| {
        let depth = depths.get(at).copied().unwrap_or_default();
        let next = depths.get(at + 1).copied().unwrap_or_default();
        PlanLine { detail: step.detail.clone(), opens: next > depth, closes: depth.saturating_sub(next) }
    };
    steps.iter().enumerate().map(line).collect()
}

/// What a verdict says, for its page.
pub(crate) struct VerdictShown {
    pub(crate) passed: bool,
    pub(crate) percent: u8,
    /// Which limit ended the run; empty where none did.
    pub(crate) stopped: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) result: Option<Grid>,
    /// How many rows the result has beyond those shown.
    pub(crate) omitted: u64,
    pub(crate) missing: Option<Grid>,
    pub(crate) unexpected: Option<Grid>,
    /// From which row on the order is another one, from 1.
    pub(crate) misplaced: Option<u64>,
    pub(crate) plan: Vec<PlanLine>,
    pub(crate) messages: Vec<String>,
}

impl VerdictShown {
    pub(crate) fn of(verdict: &Verdict, drill: &Drill) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for assertion in &verdict.assertions {
            match groups.last_mut().filter(|group| group.assertions[0].step == assertion.step) {
                Some(group) => group.assertions.push(assertion.clone()),
                None => {
                    let (title, note) = step_words(drill, &assertion.step);
                    groups.push(Group { title, note, assertions: vec![assertion.clone()] });
                }
            }
        }
        let evidence = &verdict.evidence;
        let names = evidence.result.as_ref().map_or(&[][..], |result| &result.columns);
        let rows = |rows: &Vec<_>| (!rows.is_empty()).then(|| Grid::new(names, rows));
        Self {
            passed: verdict.passed(),
            percent: verdict.percent(),
            stopped: verdict.stopped.as_ref().map(cairn_drill::run::Stop::message).unwrap_or_default(),
            groups,
            result: evidence.result.as_ref().map(|result| Grid::new(&result.columns, &result.rows)),
            omitted: evidence.result.as_ref().map_or(0, |result| result.omitted),
            missing: evidence.difference.as_ref().and_then(|difference| rows(&difference.missing)),
            unexpected: evidence.difference.as_ref().and_then(|difference| rows(&difference.unexpected)),
            misplaced: evidence.difference.as_ref().and_then(|difference| difference.misplaced),
            plan: plan(&evidence.plan),
            messages: evidence.messages.clone(),
        }
    }
}

/// Who saw what a verdict was made of, in words.
pub(crate) const fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::ObservedByLearner => "observed by the learner's machine",
        Provenance::RunByServer => "run by the server",
    }
}

/// SQL that was handed in, with what it was for.
pub(crate) struct Sent {
    pub(crate) title: String,
    pub(crate) sql: String,
}

/// The SQL that was handed in, step by step; nothing of a transcript, and of what is no longer kept.
pub(crate) fn sent(judged: &Judged, drill: &Drill) -> Vec<Sent> {
    match &judged.handed_in {
        Some(HandedIn::Sql(sql)) => vec![Sent { title: String::new(), sql: sql.clone() }],
        Some(HandedIn::Steps(steps)) => {
            let sent = |(id, sql): (&String, &String)| Sent { title: step_words(drill, id).0, sql: sql.clone() };
            steps.iter().map(sent).collect()
        }
        Some(HandedIn::Transcript(_)) | None => Vec::new(),
    }
}

/// When something was judged, such as `2026-01-31 12:00 UTC`.
pub(crate) fn moment(at: &cairn_domain::shared::Timestamp) -> String {
    format!("{} UTC", text::hour(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(depths: &[u32]) -> Vec<PlanStep> {
        depths.iter().map(|depth| PlanStep { depth: *depth, detail: format!("{depth}") }).collect()
    }

    #[test]
    fn a_plan_is_lists_within_lists_that_all_end() {
        for depths in [&[][..], &[0], &[0, 1, 2, 0], &[0, 1, 1, 2], &[3, 9, 1], &[0, 0]] {
            let lines = plan(&steps(depths));
            assert_eq!(lines.len(), depths.len());
            let mut open = 0_usize;
            for line in &lines {
                open += usize::from(line.opens);
                assert!(line.closes <= open, "{depths:?}: {lines:?}");
                open -= line.closes;
            }
            assert_eq!(open, 0, "{depths:?}: {lines:?}");
        }
        let shown: Vec<_> = plan(&steps(&[0, 1, 2, 0])).iter().map(|line| (line.opens, line.closes)).collect();
        assert_eq!(shown, [(true, 0), (true, 0), (false, 2), (false, 0)]);
    }
}
