//! Migration drills: a schema with production-shaped data that is changed step by step.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;
use crate::data::DataSet;
use crate::drill::read;
use crate::run::Limits;

/// A schema to change, without how it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationDrill {
    /// What is in the database.
    pub data: DataSet,
    /// What a run may take.
    #[serde(default)]
    pub limits: Limits,
}

/// The reference migration: the SQL of each step by its id. Only a store may serialise it, through
/// [`crate::DrillKey::to_record`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MigrationKey {
    /// Steps by id.
    pub reference: std::collections::BTreeMap<String, String>,
}

impl MigrationDrill {
    pub(crate) fn parse(mut fields: Map<String, Value>) -> Result<(Self, MigrationKey), Vec<Fault>> {
        let reference = fields.remove("reference").unwrap_or_default();
        let drill = read(fields)?;
        let reference = serde_json::from_value(reference).map_err(|error| {
            vec![Fault::new("reference", error.to_string(), "Give the SQL of each step by its id.")]
        })?;
        Ok((drill, MigrationKey { reference }))
    }
}
