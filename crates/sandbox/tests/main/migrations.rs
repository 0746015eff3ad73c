//! What a report of a migration says.

use cairn_drill::run::{Job, MigrationStep, Report, Stop, Work};

use super::{huts, json, limits, query, run, table};

fn step(id: &str, sql: &str) -> MigrationStep {
    MigrationStep { id: id.into(), sql: sql.into(), interrupted_after: None, repeat_at_most: None }
}

fn migrate(steps: Vec<MigrationStep>) -> Report {
    let queries = vec![
        query("names", "SELECT name FROM hut ORDER BY id LIMIT 1"),
        query("nights", "SELECT sum(nights) FROM visit"),
    ];
    run(&Job { data: huts(), work: Work::Migration { steps, queries }, limits: limits() })
}

#[test]
fn up_and_down_come_back_to_where_they_began() {
    let report = migrate(vec![
        step("up", "ALTER TABLE hut ADD COLUMN open INTEGER NOT NULL DEFAULT 1; CREATE INDEX hut_open ON hut (open)"),
        step("down", "DROP INDEX hut_open; ALTER TABLE hut DROP COLUMN open"),
    ]);
    assert_eq!((report.stopped, report.stages.len()), (None, 2));
    let [up, down] = &report.stages[..] else { panic!() };
    assert_eq!((&up.error, &down.error), (&None, &None));
    assert_ne!(up.after.schema, report.before.schema);
    assert_ne!(table(&up.after.tables, "hut").hash, table(&report.before.tables, "hut").hash);
    assert_eq!(down.after, report.before);
    assert_eq!(json(&up.after.answers[0].answer.as_ref().unwrap().rows), serde_json::json!([["Älplerhütte"]]));
}

#[test]
fn every_way_to_alter_a_table_works() {
    let report = migrate(vec![
        step("rename", "ALTER TABLE hut RENAME COLUMN name TO title; ALTER TABLE visit RENAME TO stay"),
        step(
            "rebuild",
            "PRAGMA foreign_keys = OFF;
             CREATE TABLE hut_new (id INTEGER PRIMARY KEY, title TEXT NOT NULL CHECK (title <> ''), height INTEGER);
             INSERT INTO hut_new SELECT id, title, height FROM hut;
             DROP TABLE hut;
             ALTER TABLE hut_new RENAME TO hut;
             PRAGMA foreign_key_check;",
        ),
        step(
            "view",
            "CREATE VIEW high AS SELECT * FROM hut WHERE height > 2000;
                      CREATE TRIGGER no_more BEFORE INSERT ON hut BEGIN SELECT raise(ABORT, 'enough'); END",
        ),
        step(
            "add",
            "ALTER TABLE hut ADD COLUMN beds INTEGER CHECK (beds > 0);
                     CREATE TABLE copied AS SELECT * FROM high; DROP VIEW high; REINDEX; ANALYZE",
        ),
    ]);
    let errors: Vec<_> = report.stages.iter().filter_map(|stage| stage.error.clone()).collect();
    assert!(errors.is_empty() && report.stopped.is_none(), "{errors:?} {:?}", report.stopped);
    let rebuilt = &report.stages[1].after;
    assert_eq!(table(&rebuilt.tables, "hut").rows, 6);
    assert_eq!(table(&rebuilt.tables, "stay").rows, 60, "no cascade took its rows");
    assert!(rebuilt.broken_foreign_keys.is_empty());
    assert_eq!(rebuilt.answers[0].answer.as_ref().unwrap_err(), "no such column: name");
    let planted: Vec<_> =
        report.stages[2].after.schema.iter().map(|item| (item.kind.as_str(), item.name.as_str())).collect();
    assert!(planted.contains(&("trigger", "no_more")) && planted.contains(&("view", "high")), "{planted:?}");
}

#[test]
fn a_step_that_fails_leaves_nothing_and_ends_it() {
    let report = migrate(vec![
        step("good", "UPDATE hut SET height = 0"),
        step("bad", "UPDATE hut SET height = 1; ALTER TABLE hut ADD COLUMN x NOT NULL"),
        step("never", "DROP TABLE visit"),
    ]);
    assert_eq!(report.stages.len(), 2);
    let error = report.stages[1].error.as_ref().unwrap();
    assert_eq!((error.message.as_str(), error.statement), ("Cannot add a NOT NULL column with default value NULL", 1));
    assert_eq!(report.stages[1].after, report.stages[0].after);
}

#[test]
fn an_open_transaction_is_seen_and_undone() {
    let report = migrate(vec![step("open", "BEGIN; DELETE FROM visit"), step("never", "SELECT 1")]);
    assert_eq!(report.stages.len(), 1);
    assert!(report.stages[0].open_transaction);
    assert_eq!(report.stages[0].after, report.before);
    let own = migrate(vec![step(
        "own",
        "-- mine\nBEGIN; DELETE FROM visit WHERE id = 1; COMMIT; DELETE FROM visit WHERE id = 2",
    )]);
    assert!(!own.stages[0].open_transaction && own.stages[0].error.is_none());
    assert_eq!(table(&own.stages[0].after.tables, "visit").rows, 58);
    let ended = migrate(vec![step("ended", "DELETE FROM visit WHERE id = 1; COMMIT; DELETE FROM visit WHERE id = 2")]);
    assert_eq!((ended.stages[0].open_transaction, table(&ended.stages[0].after.tables, "visit").rows), (false, 58));
}

#[test]
fn a_batch_is_repeated_until_it_finds_nothing() {
    let batch =
        "UPDATE visit SET guest = '?' WHERE id IN (SELECT id FROM visit WHERE guest IS NULL ORDER BY id LIMIT 3)";
    let repeated = |most| MigrationStep { repeat_at_most: Some(most), ..step("backfill", batch) };
    let report = migrate(vec![repeated(100)]);
    let stage = &report.stages[0];
    assert_eq!((stage.runs, stage.most_changed), (4, 3), "eight rows: 3, 3, 2, and one that finds none");
    let short = migrate(vec![repeated(2)]);
    assert_eq!((short.stages[0].runs, short.stages[0].error.is_none()), (2, true));
}

#[test]
fn an_interrupted_step_is_run_again_on_what_was_committed() {
    let whole = "UPDATE visit SET nights = nights + 100";
    let broken = |sql: &str, after| MigrationStep { interrupted_after: Some(after), ..step("fill", sql) };
    let nights = |report: &Report| {
        json(&report.stages[0].after.answers[1].answer.as_ref().unwrap().rows)[0][0].as_i64().unwrap()
    };
    let before = migrate(Vec::new()).before.answers[1].clone();
    let before = json(&before.answer.unwrap().rows)[0][0].as_i64().unwrap();
    // In a transaction of its own nothing of the broken run stays.
    let once = migrate(vec![broken(whole, 17)]);
    assert_eq!((nights(&once), once.stages[0].most_changed, once.stages[0].runs), (before + 6_000, 60, 1));
    // Of one that commits on its way, what it committed stays, and is done twice.
    let halves = "BEGIN; UPDATE visit SET nights = nights + 100 WHERE id <= 30; COMMIT; \
                  BEGIN; UPDATE visit SET nights = nights + 100 WHERE id > 30; COMMIT";
    let twice = migrate(vec![broken(halves, 40)]);
    assert_eq!(nights(&twice), before + 9_000);
    // One that comes to its end first is not run again.
    let early = migrate(vec![broken(whole, 61)]);
    assert_eq!(nights(&early), before + 6_000);
    // Batches that were committed stay, and those that remain are done.
    let batch = "UPDATE visit SET nights = nights + 100 WHERE id IN (SELECT id FROM visit WHERE nights < 100 LIMIT 7)";
    let batches = MigrationStep { repeat_at_most: Some(100), ..broken(batch, 20) };
    let resumed = migrate(vec![batches]);
    assert_eq!((nights(&resumed), resumed.stages[0].most_changed), (before + 6_000, 7));
    assert_eq!(resumed.stages[0].runs, 8, "46 rows were left of two batches: six of 7, one of 4, one that finds none");
}

#[test]
fn broken_references_are_counted() {
    let report = migrate(vec![step("orphans", "PRAGMA foreign_keys = OFF; DELETE FROM hut WHERE id = 2")]);
    assert!(report.before.broken_foreign_keys.is_empty());
    assert_eq!(report.stages[0].after.broken_foreign_keys, ["visit: 12"]);
    let kept = migrate(vec![step("off", "PRAGMA foreign_keys = OFF"), step("on", "DELETE FROM hut WHERE id = 2")]);
    assert_eq!(kept.stages[1].error.as_ref().unwrap().message, "FOREIGN KEY constraint failed", "a step begins anew");
}

#[test]
fn keys_without_an_index_are_named() {
    let report = migrate(vec![step(
        "keys",
        "CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
         CREATE TABLE child (
             id INTEGER PRIMARY KEY REFERENCES hut (id), x INTEGER, y INTEGER, z INTEGER REFERENCES hut (id), w REFERENCES hut,
             FOREIGN KEY (x, y) REFERENCES pair (a, b)
         );
         CREATE INDEX covers ON child (y, x, z);
         CREATE INDEX partial ON child (z) WHERE z > 3",
    )]);
    assert_eq!(report.stages[0].error, None);
    assert_eq!(report.stages[0].after.unindexed_foreign_keys, ["child(w)", "child(z)"]);
}

#[test]
fn a_limit_ends_it_with_the_step_named() {
    let report = migrate(vec![step("fine", "SELECT 1"), step("attach", "ATTACH 'x' AS y")]);
    assert_eq!(report.stopped, Some(Stop::Refused("ATTACH".into())));
    assert_eq!(report.stages.len(), 2);
    assert_eq!(report.stages[1].step, "attach");
}
