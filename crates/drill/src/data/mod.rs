//! Data sets: a schema, and rows that follow from a seed.
//!
//! A cell depends on the seed, the names of its table and column, and the number of its row alone. So a set has the same
//! rows wherever and in whatever order they are made, and a column that is added changes no other one.

mod cell;
mod check;
mod generate;
mod random;
mod values;
mod words;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use cell::{Cell, Literal};
pub(crate) use check::name as check_name;
pub use values::{Choice, Column, Day, Days, Integers, Reference, Values};

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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The statement that makes it.
    pub create: String,
    /// How many rows are made; 0 where they are given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows: u64,
    /// The columns that are filled, in the order in which they are inserted.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The rows of a small table, each with a value for each of `columns`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows_given: Vec<Vec<Literal>>,
    /// Statements that make its indexes, run once the rows are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<String>,
}

fn is_zero(rows: &u64) -> bool {
    *rows == 0
}

impl DataSet {
    /// The most tables of a set.
    pub const TABLES: usize = 50;
    /// The most rows of a set, of all its tables.
    pub const ROWS: u64 = 2_000_000;
    /// The most bytes of a set, by [`DataSet::bytes`].
    pub const BYTES: u64 = 256 << 20;

    /// How many rows its tables have together.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().fold(0, |sum, table| sum.saturating_add(table.len()))
    }

    /// About how many bytes its rows take, without indexes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tables.iter().fold(0, |sum, table| sum.saturating_add(table.bytes()))
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rows.saturating_add(self.rows_given.len() as u64)
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes its rows take.
    #[must_use]
    fn bytes(&self) -> u64 {
        let row: u64 = self.columns.iter().map(|column| column.values.as_ref().map_or(0, Values::bytes)).sum();
        let given: u64 = self.rows_given.iter().flatten().map(Literal::bytes).sum();
        self.rows.saturating_mul(row.saturating_add(8)).saturating_add(given)
    }
}
