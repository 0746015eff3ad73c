//! Data sets that are kept in files.

use std::fs;

use cairn_drill::data::{Column, DataSet, Integers, Reference, Table, Values};
use cairn_drill::run::{Job, Limits, MigrationStep, Stop, Work};
use cairn_sandbox::{Sandbox, SandboxSettings};

use super::{CHILD, json, query, table};

fn column(name: &str, values: Values) -> Column {
    Column { name: name.into(), values: Some(values), ..Column::default() }
}

/// 50,000 stays in 100 huts.
fn stays(seed: u64) -> DataSet {
    let huts = Table {
        name: "hut".into(),
        create: "CREATE TABLE hut (id INTEGER PRIMARY KEY, name TEXT)".into(),
        rows: 100,
        columns: vec![column("id", Values::Serial), column("name", Values::Text("{place}".into()))],
        ..Table::default()
    };
    let hut = Reference { table: "hut".into(), skewed: false, orphans: 0 };
    let stays = Table {
        name: "stay".into(),
        create: "CREATE TABLE stay (id INTEGER PRIMARY KEY, hut INTEGER REFERENCES hut (id), nights INTEGER)".into(),
        rows: 50_000,
        columns: vec![
            column("id", Values::Serial),
            column("hut", Values::Reference(hut)),
            column("nights", Values::Integer(Integers { from: 1, to: 9, step: 1 })),
        ],
        indexes: vec!["CREATE INDEX stay_by_hut ON stay (hut)".into()],
        ..Table::default()
    };
    DataSet { seed, tables: vec![huts, stays] }
}

fn limits() -> Limits {
    Limits { wall_ms: 60_000, cpu_s: 30, ..Limits::default() }
}

fn script(data: DataSet, sql: &str, writes: bool) -> Job {
    let probes = vec![query("sum", "SELECT count(*), sum(nights) FROM stay")];
    Job { data, work: Work::Script { sql: sql.into(), writes, indexes: false, probes }, limits: limits() }
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_large_set_is_made_once_read_as_it_is_and_copied_for_whoever_writes() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxSettings::new(CHILD.into(), folder.path().into(), 2)).unwrap();
    let read = script(stays(7), "SELECT count(*), min(id), max(id), count(DISTINCT hut) FROM stay", false);
    let first = sandbox.run(&read, None).unwrap();
    assert_eq!((&first.stopped, &first.error), (&None, &None));
    assert_eq!(json(&first.result.as_ref().unwrap().rows), serde_json::json!([[50_000, 1, 50_000, 100]]));
    let kept = files(folder.path());
    assert_eq!(kept.len(), 2, "{kept:?}");
    let bytes = fs::read(folder.path().join(&kept[0])).unwrap();

    assert_eq!(sandbox.run(&read, None).unwrap(), first, "from the file");

    let wrote = sandbox.run(&script(stays(7), "UPDATE stay SET nights = 0 WHERE id <= 10", true), None).unwrap();
    assert_eq!((&wrote.stopped, &wrote.error, wrote.changed), (&None, &None, 10));
    assert_eq!(wrote.before.tables, first.before.tables);
    assert_ne!(table(&wrote.after.tables, "stay").hash, table(&wrote.before.tables, "stay").hash);
    assert_eq!(table(&wrote.after.tables, "hut"), table(&wrote.before.tables, "hut"));
    let answers = json(&wrote.after.answers[0].answer.as_ref().unwrap().rows);
    assert_eq!(answers[0][0], 50_000);

    let refused = sandbox.run(&script(stays(7), "DELETE FROM stay", false), None).unwrap();
    assert_eq!(refused.stopped, Some(Stop::Refused("DELETE".into())));
    assert_eq!(files(folder.path()), kept, "no copy is left");
    assert_eq!(fs::read(folder.path().join(&kept[0])).unwrap(), bytes);
}

#[test]
fn a_migration_of_a_large_set_is_broken_off_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxSettings::new(CHILD.into(), folder.path().into(), 2)).unwrap();
    let step = |id: &str, sql: &str| MigrationStep {
        id: id.into(),
        sql: sql.into(),
        interrupted_after: None,
        repeat_at_most: None,
    };
    let batch = "UPDATE stay SET hours = nights * 24 WHERE id IN (SELECT id FROM stay WHERE hours IS NULL LIMIT 10000)";
    let steps = vec![
        step("expand", "ALTER TABLE stay ADD COLUMN hours INTEGER"),
        MigrationStep { interrupted_after: Some(15_000), repeat_at_most: Some(20), ..step("backfill", batch) },
        step("contract", "ALTER TABLE stay DROP COLUMN nights"),
    ];
    let queries = vec![query("empty", "SELECT count(*) FROM stay WHERE hours IS NULL")];
    let job = Job { data: stays(3), work: Work::Migration { steps, queries }, limits: limits() };
    let report = sandbox.run(&job, None).unwrap();
    assert_eq!((report.stopped, report.stages.len()), (None, 3));
    assert!(report.stages.iter().all(|stage| stage.error.is_none()), "{:?}", report.stages);
    let filled = &report.stages[1];
    assert_eq!((filled.runs, filled.most_changed), (5, 10_000), "one batch of five was committed before the break");
    assert_eq!(json(&filled.after.answers[0].answer.as_ref().unwrap().rows), serde_json::json!([[0]]));
    assert_eq!(table(&report.stages[2].after.tables, "stay").rows, 50_000);
}

#[test]
fn a_copy_grows_no_further_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxSettings::new(CHILD.into(), folder.path().into(), 2)).unwrap();
    let mut job = script(stays(4), "INSERT INTO hut (name) SELECT zeroblob(5000) FROM stay", true);
    job.limits.database_mib = 8;
    assert_eq!(sandbox.run(&job, None).unwrap().stopped, Some(Stop::DatabaseSize));
}

#[test]
fn the_folder_keeps_to_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = SandboxSettings::new(CHILD.into(), folder.path().into(), 2);
    settings.cache_mib = 3;
    let sandbox = Sandbox::new(settings.clone()).unwrap();
    for seed in 0..4 {
        assert_eq!(sandbox.run(&script(stays(seed), "SELECT 1", false), None).unwrap().error, None);
    }
    let kept = files(folder.path());
    assert!(kept.len() < 8 && kept.len() >= 2, "{kept:?}");
    fs::write(folder.path().join("1-1.part"), "half").unwrap();
    drop(Sandbox::new(settings).unwrap());
    assert_eq!(files(folder.path()), kept);
}
