//! Migration drills: a schema with production-shaped data that is changed step by step, while an old application and a new
//! one are using it.
//!
//! The learner hands in the SQL of each step. It runs in a sandbox ([`MigrationDrill::jobs`]): once straight through, once
//! broken off and resumed where a step has to bear that, and once down again. [`MigrationDrill::evaluate`] looks at the
//! database after each step, and reads the statements for what a large table would suffer ([`dangers`]). The assertions
//! of a step are, in this order:
//!
//! - `STEP/runs`: it runs without an error and leaves no transaction open;
//! - `STEP/finished` and `STEP/batches`, where it is a batch: it comes to an end, and no batch changes more rows than it may;
//! - `STEP/dangers`: none of [`MigrationDrill::dangers`];
//! - `STEP/old NAME` and `STEP/new NAME`: the queries of the two applications;
//! - `STEP/rows TABLE`: none is lost or doubled in those that [`MigrationDrill::keeps`] names;
//! - `STEP/foreign_keys`: each new one has an index, and none finds nothing that found something before;
//! - `STEP/leftovers`: no trigger and no view that was not there before, unless [`MigrationDrill::may_leave`] allows it;
//! - `STEP/resumes`, where it is to be broken off: the rows are what they are without that.
//!
//! Those of the way down are `down/runs`, `down/dangers`, `down/schema`, `down/tables` and `down/old NAME`.

mod danger;
mod evaluate;
mod statement;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;
use crate::data::{DataSet, check_name};
use crate::drill::read;
use crate::run::{Job, Limits, NamedQuery, Work};
use crate::sql::SCRIPT;

pub use danger::{Danger, DangerKind, dangers};

/// The SQL of steps by their ids: what a learner hands in, and what a reference is.
pub type Steps = BTreeMap<String, String>;

/// The id of the step that goes back.
pub const DOWN: &str = "down";

/// The most steps of a drill, the way down apart.
const STEPS: usize = 8;
/// The most queries of an application.
const QUERIES: usize = 20;

/// A schema to change, without how it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationDrill {
    /// What is in the database.
    pub data: DataSet,
    /// What the applications ask.
    pub queries: Queries,
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
    /// The way back, if there has to be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<Down>,
    /// Tables that have the same number of rows after each step as before the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<String>,
    /// What steps may leave in the schema.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub may_leave: BTreeSet<Leftover>,
    /// What must not befall a large table.
    #[serde(default = "DangerKind::usual")]
    pub dangers: BTreeSet<DangerKind>,
    /// What a run may take.
    #[serde(default)]
    pub limits: Limits,
}

/// What the two versions of an application ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queries {
    /// The version that runs when the migration begins.
    pub old: Vec<NamedQuery>,
    /// The version that is deployed on the way.
    #[serde(default)]
    pub new: Vec<NamedQuery>,
}

/// A step that the learner hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, such as `expand`.
    pub id: String,
    /// What it is to do, in a line.
    pub title: String,
    /// What the old version's queries have to do after it.
    #[serde(default)]
    pub old: Old,
    /// What the new version's queries have to do after it.
    #[serde(default)]
    pub new: New,
    /// After so many changed rows it is broken off, as if the machine had failed, and then run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted_after: Option<u64>,
    /// It is one batch, which is run until it changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches: Option<Batches>,
    /// What is said to whoever fails an assertion, by its subject, such as `dangers` or `old prices`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hints: BTreeMap<String, String>,
}

/// What a step in batches is held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    /// The most rows that one run may change.
    pub of: u64,
    /// How often it is run at most. It has to come to a run that changes nothing before that.
    pub at_most: u32,
}

/// What the queries of the old version have to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Old {
    /// They answer what they answered before the first step.
    #[default]
    AsBefore,
    /// They answer.
    Works,
    /// Nothing: nobody asks them any more.
    Gone,
}

/// What the queries of the new version have to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum New {
    /// Nothing: nobody asks them yet.
    #[default]
    Unasked,
    /// They answer.
    Works,
    /// They answer what they answer after the same step of the reference.
    LikeReference,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Down {
    /// What it is to do, in a line.
    pub title: String,
    /// The last step that it takes back; the last of all where this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// As in [`Step::hints`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hints: BTreeMap<String, String>,
}

/// What a migration may leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leftover {
    /// Triggers.
    Triggers,
    /// Views.
    Views,
}

/// The reference migration. Only a store may serialise it, through [`crate::DrillKey::to_record`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MigrationKey {
    /// The SQL of each step.
    pub reference: Steps,
}

impl MigrationDrill {
    pub(crate) fn parse(mut fields: Map<String, Value>) -> Result<(Self, MigrationKey), Vec<Fault>> {
        let reference = fields.remove("reference").unwrap_or_default();
        let drill: Self = read(fields)?;
        let mut faults = drill.faults();
        let reference: Steps = serde_json::from_value(reference).unwrap_or_default();
        faults.extend(drill.steps_faults("reference", &reference));
        if drill.ids().any(|id| reference.get(id).is_none_or(|sql| sql.trim().is_empty())) {
            let help = "Give the SQL of each step by its id, that of the way down as `down`.";
            faults.push(Fault::new("reference", "A step of the reference is missing.", help));
        }
        if faults.is_empty() { Ok((drill, MigrationKey { reference })) } else { Err(faults) }
    }

    /// The ids of all that is handed in, the way down last.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let down = self.down.as_ref().map(|_| DOWN);
        self.steps.iter().map(|step| step.id.as_str()).chain(down)
    }

    /// What is wrong with the form of what is handed in: steps that there are not, and SQL that is too long. `at` is the
    /// field that holds it.
    #[must_use]
    pub fn steps_faults(&self, at: &str, steps: &Steps) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (id, sql) in steps {
            if !self.ids().any(|known| known == id) {
                let help = format!("The steps are {}.", self.ids().collect::<Vec<_>>().join(", "));
                faults.push(Fault::new(format!("{at}.{id}"), format!("There is no step `{id}`."), help));
            } else if sql.len() > SCRIPT {
                let message = format!("The step has {} bytes.", sql.len());
                faults.push(Fault::new(format!("{at}.{id}"), message, format!("It may have {SCRIPT}.")));
            }
        }
        faults
    }

    /// Every rule that it breaks.
    fn faults(&self) -> Vec<Fault> {
        let mut faults = self.data.faults("data");
        let mut seen = BTreeSet::from([DOWN.to_owned()]);
        if self.steps.is_empty() || self.steps.len() > STEPS {
            faults.push(Fault::new("steps", format!("There are {} steps.", self.steps.len()), "Give 1 to 8."));
        }
        for (i, step) in self.steps.iter().enumerate() {
            check_name(&step.id, &format!("steps[{i}].id"), &mut seen, &mut faults);
            let known = self.subjects(&step.id);
            self.hint_faults(&format!("steps[{i}].hints"), &step.hints, &known, &mut faults);
            if step.batches.as_ref().is_some_and(|batches| batches.of == 0 || batches.at_most < 2) {
                let help = "A batch changes at least 1 row, and is run at least twice.";
                faults.push(Fault::new(format!("steps[{i}].batches"), "Nothing can be done in these batches.", help));
            }
            if step.new != New::Unasked && self.queries.new.is_empty() {
                let help = "Give `queries.new`, or leave `new` out.";
                faults.push(Fault::new(format!("steps[{i}].new"), "The new version asks nothing.", help));
            }
        }
        if let Some(down) = &self.down {
            let known = self.subjects(DOWN);
            self.hint_faults("down.hints", &down.hints, &known, &mut faults);
            if down.after.as_ref().is_some_and(|after| self.steps.iter().all(|step| step.id != *after)) {
                faults.push(Fault::new("down.after", "There is no such step.", "Name one of `steps`."));
            }
        }
        for (which, queries) in [("old", &self.queries.old), ("new", &self.queries.new)] {
            if queries.len() > QUERIES {
                let message = format!("There are {} queries.", queries.len());
                faults.push(Fault::new(format!("queries.{which}"), message, "Give at most 20."));
            }
            let mut seen = BTreeSet::new();
            for (i, query) in queries.iter().enumerate() {
                check_name(&query.name, &format!("queries.{which}[{i}].name"), &mut seen, &mut faults);
                if query.sql.trim().is_empty() || query.sql.len() > SCRIPT {
                    let field = format!("queries.{which}[{i}].sql");
                    faults.push(Fault::new(field, "This is no query.", "Give one statement that reads."));
                }
            }
        }
        if self.queries.old.is_empty() {
            let help = "Give what the running version asks, so that its needs can be seen.";
            faults.push(Fault::new("queries.old", "The old version asks nothing.", help));
        }
        for (i, table) in self.keeps.iter().enumerate() {
            if self.data.table(table).is_none() {
                let message = format!("There is no table `{table}`.");
                faults.push(Fault::new(format!("keeps[{i}]"), message, "Name one of `data.tables`."));
            }
        }
        faults
    }

    /// The subjects of a step's assertions.
    fn subjects(&self, step: &str) -> Vec<String> {
        let verdict = self.evaluate(&Steps::new(), &[], &[]);
        verdict.assertions.into_iter().filter(|it| it.step == step).map(|it| it.subject).collect()
    }

    fn hint_faults(&self, at: &str, hints: &BTreeMap<String, String>, known: &[String], faults: &mut Vec<Fault>) {
        for subject in hints.keys().filter(|subject| !known.contains(subject)) {
            let help = format!("Its assertions are {}.", known.join(", "));
            faults.push(Fault::new(format!("{at}.{subject}"), "No assertion of the step is called so.", help));
        }
    }

    /// What a sandbox is to do with a solution, the reference included: the straight run; then, if a step is to be broken
    /// off, a run with that; then, if there is a way down, a run down again.
    #[must_use]
    pub fn jobs(&self, solution: &Steps) -> Vec<Job> {
        let sql = |id: &str| solution.get(id).cloned().unwrap_or_default();
        let step = |step: &Step, interrupted: bool| crate::run::MigrationStep {
            id: step.id.clone(),
            sql: sql(&step.id),
            interrupted_after: step.interrupted_after.filter(|_| interrupted),
            repeat_at_most: step.batches.as_ref().map(|batches| batches.at_most),
        };
        let all = |interrupted: bool| self.steps.iter().map(|it| step(it, interrupted)).collect::<Vec<_>>();
        let mut runs = vec![all(false)];
        if self.interrupts() {
            runs.push(all(true));
        }
        if let Some(down) = &self.down {
            let last = down.after.as_ref().and_then(|after| self.steps.iter().position(|step| step.id == *after));
            let mut steps = all(false);
            steps.truncate(last.map_or(steps.len(), |last| last + 1));
            let (interrupted_after, repeat_at_most) = (None, None);
            steps.push(crate::run::MigrationStep {
                id: DOWN.into(),
                sql: sql(DOWN),
                interrupted_after,
                repeat_at_most,
            });
            runs.push(steps);
        }
        let job = |steps| {
            let work = Work::Migration { steps, queries: self.all_queries() };
            Job { data: self.data.clone(), work, limits: self.limits }
        };
        runs.into_iter().map(job).collect()
    }

    fn interrupts(&self) -> bool {
        self.steps.iter().any(|step| step.interrupted_after.is_some())
    }

    /// The queries of both versions, under names that tell them apart.
    fn all_queries(&self) -> Vec<NamedQuery> {
        let named = |version: &'static str| {
            move |query: &NamedQuery| NamedQuery { name: format!("{version} {}", query.name), sql: query.sql.clone() }
        };
        let old = self.queries.old.iter().map(named("old"));
        old.chain(self.queries.new.iter().map(named("new"))).collect()
    }
}
