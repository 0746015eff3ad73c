//! SQL drills: a question to a database.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;
use crate::data::{Cell, DataSet};
use crate::drill::read;
use crate::run::Limits;

/// A question to a database, without its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlDrill {
    /// What is in the database.
    pub data: DataSet,
    /// What a run may take.
    #[serde(default)]
    pub limits: Limits,
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
}

impl SqlDrill {
    pub(crate) fn parse(mut fields: Map<String, Value>) -> Result<(Self, SqlKey), Vec<Fault>> {
        let reference = fields.remove("reference").and_then(|value| value.as_str().map(str::to_owned));
        let drill = read(fields)?;
        let help = "Give the script that answers the question.";
        let reference = reference.ok_or_else(|| vec![Fault::new("reference", "There is no reference.", help)])?;
        Ok((drill, SqlKey { reference }))
    }
}
