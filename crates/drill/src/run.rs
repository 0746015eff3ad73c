//! What a sandbox is asked to do with a learner's SQL, and what it reports of it. Expected rows are no part of a job, so
//! nothing that runs beside a learner's statements knows them.

use serde::{Deserialize, Serialize};

use crate::data::{Cell, DataSet};

/// A run: one engine, one database that is made for it and thrown away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What is in the database at the start.
    pub data: DataSet,
    /// What is run.
    pub work: Work,
    /// What it may take.
    pub limits: Limits,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Statements of a learner, one after the other.
    Script {
        /// The statements.
        sql: String,
        /// Whether they may change rows; else only reading is allowed. Neither may change the schema, `indexes` apart.
        writes: bool,
        /// Whether they may make and drop indexes. The database is then a copy of its own, as it is for `writes`.
        #[serde(default)]
        indexes: bool,
        /// Queries of the author, asked afterwards on a connection of their own.
        probes: Vec<NamedQuery>,
    },
    /// Steps of a migration, each committed before the next.
    Migration {
        /// The steps.
        steps: Vec<MigrationStep>,
        /// Queries of the author, asked before the first step and after each.
        queries: Vec<NamedQuery>,
    },
}

/// A query with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedQuery {
    /// Unique among those beside it.
    pub name: String,
    /// One statement.
    pub sql: String,
}

/// A step of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationStep {
    /// Its name, such as `expand`.
    pub id: String,
    /// The learner's statements.
    pub sql: String,
    /// Runs it once, breaks that off after so many changed rows as if the machine had failed, and then runs it again: what
    /// was committed before the break stays.
    pub interrupted_after: Option<u64>,
    /// Runs the statements again and again, each time in a transaction of its own, until they change no row; at most so
    /// often. A backfill in batches is written as one batch.
    pub repeat_at_most: Option<u32>,
}

/// What a run may take. The sandbox has bounds of its own above these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Time on the wall, in milliseconds.
    pub wall_ms: u32,
    /// Processor time, in seconds.
    pub cpu_s: u32,
    /// The engine's memory, in MiB.
    pub heap_mib: u32,
    /// The database, in MiB.
    pub database_mib: u32,
    /// Rows that a statement may give.
    pub rows: u32,
    /// Bytes that a statement may give.
    pub bytes: u32,
    /// Statements in a script.
    pub statements: u32,
}

impl Default for Limits {
    /// For small data sets.
    fn default() -> Self {
        Self { wall_ms: 5_000, cpu_s: 2, heap_mib: 64, database_mib: 16, rows: 2_000, bytes: 1 << 20, statements: 50 }
    }
}

/// Why a run was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "limit", content = "detail")]
pub enum Stop {
    /// [`Limits::wall_ms`].
    Time,
    /// [`Limits::cpu_s`], or too many steps of the engine.
    Processor,
    /// [`Limits::heap_mib`].
    Memory,
    /// [`Limits::database_mib`].
    DatabaseSize,
    /// [`Limits::rows`].
    Rows,
    /// [`Limits::bytes`].
    Bytes,
    /// [`Limits::statements`].
    Statements,
    /// What the sandbox does not allow, such as `ATTACH`.
    Refused(String),
    /// The run ended in another way than by an answer.
    Crashed,
}

impl Stop {
    /// What was hit, for a person.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Time => "It ran longer than it may.".into(),
            Self::Processor => "It took more processor time than it may.".into(),
            Self::Memory => "It took more memory than it may.".into(),
            Self::DatabaseSize => "The database grew larger than it may.".into(),
            Self::Rows => "It gave more rows than it may.".into(),
            Self::Bytes => "It gave more bytes than it may.".into(),
            Self::Statements => "It has more statements than it may.".into(),
            Self::Refused(what) => format!("This is not allowed here: {what}."),
            Self::Crashed => "The run ended without an answer.".into(),
        }
    }
}

/// What the engine said against a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlError {
    /// The engine's words.
    pub message: String,
    /// Which statement, from 0.
    pub statement: u32,
    /// Where in the script, in bytes, when the engine says so.
    pub offset: Option<u32>,
}

/// Typed rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultSet {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// How many more there were.
    #[serde(default)]
    pub omitted: u64,
}

/// A line of `EXPLAIN QUERY PLAN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// How deep it stands in the tree, from 0.
    pub depth: u32,
    /// The engine's words, such as `SEARCH visits USING INDEX visits_by_hut (hut=?)`.
    pub detail: String,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableState {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// Equal for the same rows in any order and with the same columns' names and types in their order; SHA-256 in hex.
    pub hash: String,
}

/// A query's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The query's name.
    pub name: String,
    /// Its rows, or the engine's words against it.
    pub answer: Result<ResultSet, String>,
}

/// A database as a run leaves it, looked at on a fresh connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The statements that make its schema, as the engine keeps them, ordered by kind and name.
    pub schema: Vec<SchemaItem>,
    /// Its tables by name.
    pub tables: Vec<TableState>,
    /// The author's queries in their order.
    pub answers: Vec<Answer>,
    /// Foreign keys, each as `table(columns)`, that no index of their table begins with.
    pub unindexed_foreign_keys: Vec<String>,
    /// Rows whose foreign key finds nothing, each as `table: count`.
    pub broken_foreign_keys: Vec<String>,
}

/// A table, index, view or trigger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchemaItem {
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table that it belongs to.
    pub table: String,
    /// What makes it, with white space of any length as one space.
    pub sql: String,
}

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The limit that ended the run.
    pub stopped: Option<Stop>,
    /// Of a script: what the engine said against it.
    pub error: Option<SqlError>,
    /// Of a script: how many statements ran.
    pub statements: u32,
    /// Of a script: what its last statement that gives rows gave.
    pub result: Option<ResultSet>,
    /// Of a script: the plan of that statement.
    pub plan: Vec<PlanStep>,
    /// Of a script: whether it left a transaction open.
    pub open_transaction: bool,
    /// Of a script: how many rows its statements inserted, changed or deleted, also where that was undone later.
    #[serde(default)]
    pub changed: u64,
    /// The database before anything ran.
    pub before: State,
    /// Of a script: the database afterwards.
    pub after: State,
    /// Of a migration: each step that was begun.
    pub stages: Vec<Stage>,
}

/// What was seen of a step of a migration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The step's name.
    pub step: String,
    /// What the engine said against it; what it had done is undone, and no further step runs.
    pub error: Option<SqlError>,
    /// Whether it left a transaction open.
    pub open_transaction: bool,
    /// How often it ran, where it was to be repeated.
    pub runs: u32,
    /// The most rows that one run of it changed.
    pub most_changed: u64,
    /// The database afterwards.
    pub after: State,
}
