//! Data sets: a schema, and rows that follow from a seed.

use serde::{Deserialize, Serialize};

/// A value of a row, typed as SQLite types it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating number; in JSON as text, since JSON has no infinities.
    Real(#[serde(with = "real")] f64),
    /// Text.
    Text(String),
    /// Bytes, in hex.
    Blob(String),
}

mod real {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is in a database before a learner's statements run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// What the rows follow from.
    pub seed: u64,
    /// The tables, each after those that it refers to.
    pub tables: Vec<Table>,
}

/// A table with its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The statement that makes it.
    pub create: String,
    /// How many rows are made.
    #[serde(default)]
    pub rows: u64,
    /// How the columns of a row are made, in the order in which they are inserted.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Statements that make its indexes, run once the rows are there.
    #[serde(default)]
    pub indexes: Vec<String>,
}

/// A column of generated rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
}
