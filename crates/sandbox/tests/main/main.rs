//! The sandbox with its real child: statements of all kinds, migrations, large data sets, and what the kernel saw.

#![allow(clippy::unwrap_used, missing_docs)]

mod large;
mod migrations;
mod parent;
mod scripts;
mod statements;
mod traced;

use std::path::PathBuf;
use std::sync::LazyLock;

use cairn_drill::data::{DataSet, Table};
use cairn_drill::run::{Job, Limits, NamedQuery, Report, TableState, Work};
use cairn_sandbox::{Sandbox, SandboxSettings};

/// What stands in for the program.
const CHILD: &str = env!("CARGO_BIN_EXE_cairn-sandbox-child");

/// A sandbox, and the folder that goes with it.
struct Place {
    sandbox: Sandbox,
    _folder: tempfile::TempDir,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = SandboxSettings::new(PathBuf::from(CHILD), folder.path().join("sets"), 2);
    // Tests are many at once, and none of them is sent away.
    settings.waiting = 1_000;
    settings.patience = std::time::Duration::from_secs(600);
    Place { sandbox: Sandbox::new(settings).unwrap(), _folder: folder }
});

fn sandbox() -> &'static Sandbox {
    &PLACE.sandbox
}

/// The huts and visits that most tests are about.
fn huts() -> DataSet {
    DataSet { seed: 1, tables: vec![made("hut", include_str!("../statements/data.sql"))] }
}

fn made(name: &str, create: &str) -> Table {
    Table { name: name.into(), create: create.into(), ..Table::default() }
}

/// A second of the processor, however long it takes to get that beside everything else on the machine.
fn limits() -> Limits {
    Limits { wall_ms: 120_000, cpu_s: 1, ..Limits::default() }
}

fn query(name: &str, sql: &str) -> NamedQuery {
    NamedQuery { name: name.into(), sql: sql.into() }
}

fn script(sql: &str, writes: bool, indexes: bool, probes: Vec<NamedQuery>) -> Job {
    Job { data: huts(), work: Work::Script { sql: sql.into(), writes, indexes, probes }, limits: limits() }
}

fn run(job: &Job) -> Report {
    sandbox().run(job, None).unwrap()
}

fn table<'a>(tables: &'a [TableState], name: &str) -> &'a TableState {
    tables.iter().find(|table| table.name == name).unwrap()
}

/// Cells as JSON says them: numbers and text as themselves, bytes as `{"blob": "hex"}`.
fn json(rows: &[Vec<cairn_drill::data::Cell>]) -> serde_json::Value {
    use cairn_drill::data::Cell;
    let cell = |cell: &Cell| match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Integer(number) => (*number).into(),
        Cell::Real(number) => (*number).into(),
        Cell::Text(text) => text.clone().into(),
        Cell::Blob(hex) => serde_json::json!({ "blob": hex }),
    };
    rows.iter().map(|row| row.iter().map(cell).collect::<serde_json::Value>()).collect()
}
