//! SQL drills: a question to a database.
//!
//! The learner hands in a query or a script. It runs in a sandbox ([`SqlDrill::job`]), as does the author's reference, and
//! [`SqlDrill::evaluate`] compares what was seen of the two. Its assertions are, in this order:
//!
//! - `result/runs`: the script runs without an error, and a query is one statement;
//! - `result/columns` and `result/rows`: what it gives is what the reference gives ([`Rows`] says what counts as the same);
//! - `result/…` for what [`Test`] asks of the statements, `plan/…` of the plan, `state/…` of the database afterwards;
//! - of a script also `state/transaction`: none is left open, and `state/probe NAME` for each of the author's probes.

mod check;
mod compare;
mod evaluate;
mod plan;
mod sheet;
mod show;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;
use crate::data::{Cell, DataSet, check_name};
use crate::drill::read;
use crate::run::{Job, Limits, NamedQuery, Work};

pub use check::{Check, Construct, Marks, Test};
pub(crate) use compare::same_answer;
pub use compare::{Columns, Rows};
pub(crate) use sheet::{Found, Sheet};
pub(crate) use show::{counted, cut, cut_to};
pub(crate) use words::{name, normal};

/// The most bytes of a script.
pub(crate) const SCRIPT: usize = 20_000;

/// A question to a database, without its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlDrill {
    /// What is in the database.
    pub data: DataSet,
    /// What is handed in.
    #[serde(default)]
    pub answer: AnswerKind,
    /// What a script may do beside reading.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow: BTreeSet<Allow>,
    /// How its rows are compared with the reference's. A query's always are, a script's only where this is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Queries that are asked after a script; their answers have to be what they are after the reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
    /// What else is asked of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// What a run may take.
    #[serde(default)]
    pub limits: Limits,
}

/// What a learner hands in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// One statement that reads.
    #[default]
    Query,
    /// Statements.
    Script,
}

/// What a script may do beside reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allow {
    /// Change rows.
    Writes,
    /// Make and drop indexes.
    Indexes,
}

/// A query of the author that looks at what a script has done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Unique in the drill.
    pub name: String,
    /// One statement that reads, with an order of its own if that is to count.
    pub sql: String,
    /// Whether the order of its rows counts.
    #[serde(default)]
    pub ordered: bool,
    /// What is said to whoever fails it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What it counts beside the others.
    #[serde(default = "one")]
    pub weight: u32,
}

pub(crate) fn one() -> u32 {
    1
}

/// What the answer is compared with. Only a store may serialise it, through [`crate::DrillKey::to_record`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlKey {
    /// A script that answers the question.
    pub reference: String,
}

/// Where rows differ from those that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The first rows that were asked for and are not there.
    pub missing: Vec<Vec<Cell>>,
    /// The first rows that are there and were not asked for.
    pub unexpected: Vec<Vec<Cell>>,
    /// Where the rows are the right ones in another order: the first place, from 1, at which another one is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<u64>,
}

impl SqlDrill {
    pub(crate) fn parse(mut fields: Map<String, Value>) -> Result<(Self, SqlKey), Vec<Fault>> {
        let reference = match fields.remove("reference") {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let drill: Self = read(fields)?;
        let mut faults = drill.faults();
        if reference.trim().is_empty() || reference.len() > SCRIPT {
            let help = format!("Give the script that answers the question, of at most {SCRIPT} bytes.");
            faults.push(Fault::new("reference", "This is no reference.", help));
        }
        if faults.is_empty() { Ok((drill, SqlKey { reference })) } else { Err(faults) }
    }

    /// Every rule that it breaks.
    fn faults(&self) -> Vec<Fault> {
        let mut faults = self.data.faults("data");
        let for_scripts = !self.allow.is_empty() || !self.probes.is_empty();
        if self.answer == AnswerKind::Query && for_scripts {
            let help = "Say `answer: script`, or leave out `allow` and `probes`.";
            faults.push(Fault::new(
                "answer",
                "A query changes nothing, so there is nothing to allow or to probe.",
                help,
            ));
        }
        let mut seen = BTreeSet::new();
        for (i, probe) in self.probes.iter().enumerate() {
            check_name(&probe.name, &format!("probes[{i}].name"), &mut seen, &mut faults);
            if probe.sql.trim().is_empty() || probe.sql.len() > SCRIPT {
                faults.push(Fault::new(
                    format!("probes[{i}].sql"),
                    "This is no query.",
                    "Give one statement that reads.",
                ));
            }
        }
        for (i, check) in self.checks.iter().enumerate() {
            for table in check.test.tables() {
                if self.data.table(table).is_none() {
                    let help = "Name one of `data.tables`.";
                    faults.push(Fault::new(format!("checks[{i}]"), format!("There is no table `{table}`."), help));
                }
            }
        }
        faults
    }

    /// How an answer's rows are compared, if they are.
    pub(crate) fn compared(&self) -> Option<Rows> {
        match self.answer {
            AnswerKind::Query => Some(self.rows.clone().unwrap_or_default()),
            AnswerKind::Script => self.rows.clone(),
        }
    }

    /// What a sandbox is to do with an answer, the reference included.
    #[must_use]
    pub fn job(&self, sql: &str) -> Job {
        let probe = |probe: &Probe| NamedQuery { name: probe.name.clone(), sql: probe.sql.clone() };
        let work = Work::Script {
            sql: sql.to_owned(),
            writes: self.allow.contains(&Allow::Writes),
            indexes: self.allow.contains(&Allow::Indexes),
            probes: self.probes.iter().map(probe).collect(),
        };
        Job { data: self.data.clone(), work, limits: self.limits }
    }
}
