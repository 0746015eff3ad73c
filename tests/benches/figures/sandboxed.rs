//! The sandbox: what a run costs beside its query, what a child holds, and what others notice of hostile runs.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cairn_drill::data::{Column, DataSet, Integers, Reference, Table, Values};
use cairn_drill::run::{Job, Limits, MigrationStep, Stop, Work};
use cairn_sandbox::{Observed, Sandbox, SandboxSettings};

use crate::process::Server;
use crate::report::{alternate, line, note};
use crate::{load, raw, seed};

const QUERY: &str = "SELECT h.name, count(*) AS stays, sum(s.nights) AS nights FROM hut h JOIN stay s ON s.hut = h.id \
                     GROUP BY h.id ORDER BY nights DESC, h.name LIMIT 10";

/// Huts, and stays in them.
fn stays(rows: u64) -> DataSet {
    let column = |name: &str, values| Column { name: name.into(), values: Some(values), ..Column::default() };
    let huts = Table {
        name: "hut".into(),
        create: "CREATE TABLE hut (id INTEGER PRIMARY KEY, name TEXT NOT NULL)".into(),
        rows: 20,
        columns: vec![column("id", Values::Serial), column("name", Values::Text("{place} {n}".into()))],
        ..Table::default()
    };
    let hut = Reference { table: "hut".into(), skewed: false, orphans: 0 };
    let nights = Integers { from: 1, to: 9, step: 1 };
    let stays = Table {
        name: "stay".into(),
        create:
            "CREATE TABLE stay (id INTEGER PRIMARY KEY, hut INTEGER REFERENCES hut (id), guest TEXT, nights INTEGER)"
                .into(),
        rows,
        columns: vec![
            column("id", Values::Serial),
            column("hut", Values::Reference(hut)),
            column("guest", Values::Text("{given} {family}".into())),
            column("nights", Values::Integer(nights)),
        ],
        indexes: vec!["CREATE INDEX stay_by_hut ON stay (hut)".into()],
        ..Table::default()
    };
    DataSet { seed: 7, tables: vec![huts, stays] }
}

fn script(data: &DataSet, sql: &str, limits: Limits) -> Job {
    let work = Work::Script { sql: sql.into(), writes: false, indexes: false, probes: Vec::new() };
    Job { data: data.clone(), work, limits }
}

/// All figures of the sandbox.
pub(crate) fn figures(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let settings = SandboxSettings::new(program.to_owned(), folder.path().join("sets"), 4);
    let sandbox = Sandbox::new(settings).unwrap();
    note(&sandbox.probe().to_string());
    overhead(&sandbox);
    memory(&sandbox);
    million(&sandbox);
    neighbours(&sandbox, program);
}

/// A whole run against the query alone, on 500 rows.
fn overhead(sandbox: &Sandbox) {
    let data = stays(500);
    let job = script(&data, QUERY, Limits::default());
    let db = rusqlite::Connection::open_in_memory().unwrap();
    for table in &data.tables {
        db.execute_batch(&table.create).unwrap();
        for row in table.rows(&data) {
            let values = row.iter().map(|cell| match cell {
                cairn_drill::data::Cell::Integer(number) => rusqlite::types::Value::from(*number),
                cairn_drill::data::Cell::Text(text) => rusqlite::types::Value::from(text.clone()),
                other => panic!("{other:?}"),
            });
            let places = vec!["?"; row.len()].join(", ");
            let insert = format!("INSERT INTO {} VALUES ({places})", table.name);
            db.execute(&insert, rusqlite::params_from_iter(values)).unwrap();
        }
        table.indexes.iter().for_each(|index| db.execute_batch(index).unwrap());
    }
    let millis = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64() * 1e3
    };
    let (ours, query) = alternate(
        101,
        || millis(&mut || assert_eq!(sandbox.run(&job, None).unwrap().result.unwrap().rows.len(), 10)),
        || {
            millis(&mut || {
                let mut statement = db.prepare(QUERY).unwrap();
                let mut rows = statement.query(()).unwrap();
                while rows.next().unwrap().is_some() {}
            })
        },
    );
    let more = ours - query;
    line("a run of SQL over the query alone, 520 rows", &format!("{more:.1} ms"), "< 25 ms", more < 25.0);
    note(&format!("{ours:.2} ms against {query:.3} ms"));
}

/// Statements that hold as much memory as they are let.
const GREEDY: &[&str] = &[
    "SELECT count(*) FROM (SELECT DISTINCT randomblob(60000) AS r FROM stay a, stay b)",
    "SELECT a.id % 2, sum(a.nights * b.nights) FROM stay a, stay b, stay c GROUP BY 1",
    "SELECT count(*) FROM (SELECT a.id AS i, b.id AS j FROM stay a, stay b, stay c ORDER BY a.guest)",
    "WITH RECURSIVE n(x, y) AS (SELECT 1, randomblob(60000) UNION SELECT x + 1, randomblob(60000) FROM n) \
     SELECT count(*) FROM n",
    "WITH m AS MATERIALIZED (SELECT a.guest || b.guest AS g FROM stay a, stay b) SELECT count(*) FROM m, m AS o",
    "SELECT hex(zeroblob(500)) FROM stay a, hut b LIMIT 900",
];

fn memory(sandbox: &Sandbox) {
    let data = stays(500);
    let peaks = GREEDY.iter().filter_map(|sql| {
        let Observed { report, peak_kib } = sandbox.observe(&script(&data, sql, Limits::default()), None).unwrap();
        note(&format!("{:<12} {:>6} KiB  {}…", outcome(report.stopped.as_ref()), peak_kib.unwrap_or(0), &sql[..60]));
        peak_kib
    });
    let most = peaks.max().unwrap() as f64 / 1024.0;
    line("the most memory of a child", &format!("{most:.0} MiB"), "≤ 128 MiB", most <= 128.0);
}

fn outcome(stop: Option<&Stop>) -> String {
    stop.map_or_else(|| "done".to_owned(), |stop| format!("{stop:?}"))
}

/// A million rows: made once, read, and changed in batches on a copy.
fn million(sandbox: &Sandbox) {
    let data = stays(1_000_000);
    let limits = Limits { wall_ms: 60_000, cpu_s: 30, database_mib: 256, ..Limits::default() };
    let batch = "UPDATE stay SET hours = nights * 24 WHERE id IN \
                 (SELECT id FROM stay WHERE hours IS NULL ORDER BY id LIMIT 50000)";
    let step = |id: &str, sql: &str, repeat_at_most| MigrationStep {
        id: id.into(),
        sql: sql.into(),
        interrupted_after: None,
        repeat_at_most,
    };
    let steps = vec![
        step(
            "expand",
            "ALTER TABLE stay ADD COLUMN hours INTEGER; CREATE INDEX todo ON stay (id) WHERE hours IS NULL",
            None,
        ),
        step("backfill", batch, Some(100)),
    ];
    let migration = Job { data: data.clone(), work: Work::Migration { steps, queries: Vec::new() }, limits };
    let read = script(&data, QUERY, limits);
    for (what, job) in [("made and read", &read), ("read", &read), ("filled in batches of 50,000", &migration)] {
        let began = Instant::now();
        let Observed { report, peak_kib } = sandbox.observe(job, None).unwrap();
        let (seconds, outcome) = (began.elapsed().as_secs_f64(), outcome(report.stopped.as_ref()));
        let errors: Vec<_> = report.stages.iter().filter_map(|stage| stage.error.clone()).collect();
        note(&format!("a million rows {what}: {outcome} {errors:?} in {seconds:.2} s, {} KiB", peak_kib.unwrap_or(0)));
    }
}

/// A published lesson while four hostile runs go on, against one that has the machine to itself.
fn neighbours(sandbox: &Sandbox, program: &Path) {
    const RUN: Duration = Duration::from_secs(3);
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let request = load::get(&format!("/api/v1/lessons/{}", seed::lesson(0)), &[]);
    let data = stays(500);
    let hostile = script(&data, "SELECT count(*) FROM stay a, stay b, stay c, stay d", Limits::default());
    let p99 = || load::run(cairn.target(), RUN, 200, |_, _| Some(request.clone())).percentile(99.0);
    let (mut ended, mut rounds) = (0, 0);
    let (loaded, alone) = alternate(
        5,
        || {
            let over = AtomicBool::new(false);
            rounds += 1;
            std::thread::scope(|scope| {
                let hostile_ones: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            let mut runs = 0;
                            while !over.load(Ordering::Relaxed) {
                                assert!(sandbox.run(&hostile, None).unwrap().stopped.is_some());
                                runs += 1;
                            }
                            runs
                        })
                    })
                    .collect();
                let seen = p99();
                over.store(true, Ordering::Relaxed);
                ended += hostile_ones.into_iter().map(|runs| runs.join().unwrap()).sum::<i32>();
                seen
            })
        },
        p99,
    );
    let ratio = loaded / alone;
    line("a published lesson's p99 beside four hostile runs", &format!("{ratio:.2} of alone"), "≤ 2", ratio <= 2.0);
    note(&format!("{loaded:.2} ms against {alone:.2} ms; {} runs ended a round", ended / rounds.max(1)));
}
