//! What a report of a script says.

use cairn_drill::run::{Limits, Stop};

use super::{huts, json, query, run, sandbox, script, table};

#[test]
fn the_last_rows_and_their_plan_are_kept() {
    let report = run(&script(
        "SELECT 1 AS first; SELECT guest AS who, nights FROM visit WHERE hut = 2 AND id < 12 ORDER BY id; -- done",
        false,
        false,
        Vec::new(),
    ));
    let result = report.result.unwrap();
    assert_eq!(result.columns, ["who", "nights"]);
    assert_eq!(json(&result.rows), serde_json::json!([["Ben", 2], ["Ben", 3], ["Ben", 4]]));
    assert_eq!(report.statements, 2);
    assert_eq!(report.plan.len(), 1);
    assert!(report.plan[0].detail.starts_with("SEARCH visit USING INDEX visit_by_hut (hut=?"), "{:?}", report.plan);
    assert_eq!((report.before, report.changed), (report.after, 0));
}

#[test]
fn a_plan_has_its_depth() {
    let report = run(&script("SELECT 1 UNION SELECT id FROM hut", false, false, Vec::new()));
    let depths: Vec<u32> = report.plan.iter().map(|step| step.depth).collect();
    assert_eq!(depths, [0, 1, 2, 1, 2], "{:?}", report.plan);
    let own = run(&script("EXPLAIN QUERY PLAN SELECT * FROM hut", false, false, Vec::new()));
    assert!(own.plan.is_empty() && own.result.unwrap().rows.len() == 1);
}

#[test]
fn an_error_has_the_engines_words_and_its_place() {
    let sql = "SELECT 1;\nSELECT nme FROM hut;";
    let error = run(&script(sql, false, false, Vec::new())).error.unwrap();
    assert_eq!((error.message.as_str(), error.statement), ("no such column: nme", 1));
    assert!(sql[error.offset.unwrap() as usize..].starts_with("nme"));
    let error = run(&script("INSERT INTO hut (id, name) VALUES (1, 'x')", true, false, Vec::new())).error.unwrap();
    assert_eq!((error.message.as_str(), error.offset), ("UNIQUE constraint failed: hut.id", None));
}

#[test]
fn what_was_written_is_seen_by_the_probes() {
    let probes =
        vec![query("huts", "SELECT count(*) FROM hut"), query("wrong", "SELECT nope"), query("no", "DELETE FROM hut")];
    let sql = "BEGIN; INSERT INTO hut (name) VALUES ('x'), ('y'); UPDATE hut SET height = 1 WHERE id = 1; COMMIT";
    let report = run(&script(sql, true, false, probes));
    assert_eq!((report.stopped, report.error, report.changed), (None, None, 3));
    let answers = report.after.answers;
    assert_eq!(json(&answers[0].answer.as_ref().unwrap().rows), serde_json::json!([[8]]));
    assert_eq!(answers[1].answer.as_ref().unwrap_err(), "no such column: nope");
    assert_eq!(answers[2].answer.as_ref().unwrap_err(), "This is not allowed here: DELETE.");
    let of = |tables: &[_], name| table(tables, name).hash.clone();
    assert_eq!((table(&report.before.tables, "hut").rows, table(&report.after.tables, "hut").rows), (6, 8));
    assert_ne!(of(&report.before.tables, "hut"), of(&report.after.tables, "hut"));
    assert_eq!(of(&report.before.tables, "visit"), of(&report.after.tables, "visit"));
}

#[test]
fn what_is_not_committed_is_not_there() {
    let report = run(&script("BEGIN; DELETE FROM visit; SELECT count(*) FROM visit", true, false, Vec::new()));
    assert!(report.open_transaction);
    assert_eq!(json(&report.result.unwrap().rows), serde_json::json!([[0]]));
    assert_eq!(report.before, report.after);
    assert_eq!(report.changed, 60);
    let failed =
        run(&script("DELETE FROM visit WHERE id = 1; BEGIN; DELETE FROM visit; SELEC", true, false, Vec::new()));
    assert_eq!(table(&failed.after.tables, "visit").rows, 59, "what was committed before the error stays");
}

#[test]
fn a_hash_follows_the_rows_and_not_their_order() {
    let hash = |sql: &str| table(&run(&script(sql, true, false, Vec::new())).after.tables, "hut").hash.clone();
    let same = hash("DELETE FROM hut WHERE id = 6; INSERT INTO hut VALUES (6, 'Fels', 2100, 'Val')");
    assert_eq!(same, hash("SELECT 1"));
    let other =
        hash("UPDATE hut SET height = '2100' || '' WHERE id = 6; UPDATE hut SET name = name || ' ' WHERE id = 1");
    assert_ne!(same, other);
}

#[test]
fn an_index_may_be_made_where_the_drill_says_so() {
    let sql = "CREATE INDEX hut_by_height ON hut (height); SELECT id FROM hut WHERE height = 2100 ORDER BY id";
    let report = run(&script(sql, false, true, Vec::new()));
    assert_eq!((report.stopped, report.error), (None, None));
    assert_eq!(json(&report.result.unwrap().rows), serde_json::json!([[2], [6]]));
    assert!(report.plan[0].detail.contains("hut_by_height"));
    let names: Vec<_> = report.after.schema.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["hut_by_height", "visit_by_hut", "hut", "visit"]);
    let dropped = run(&script("DROP INDEX visit_by_hut", false, true, Vec::new()));
    assert_eq!(dropped.after.unindexed_foreign_keys, ["visit(hut)"]);
    assert!(dropped.before.unindexed_foreign_keys.is_empty());
}

#[test]
fn time_on_the_wall_is_kept_by_the_parent() {
    // The engine's own look at the clock comes after two seconds, the parent's before.
    let mut job =
        script("SELECT count(*) FROM visit a, visit b, visit c, visit d, visit e, visit f", false, false, Vec::new());
    job.limits = Limits { wall_ms: 300, cpu_s: 5, ..Limits::default() };
    let observed = sandbox().observe(&job, None).unwrap();
    assert_eq!(observed.report.stopped, Some(Stop::Time));
    assert!(observed.peak_kib.is_some());
}

#[test]
fn a_data_set_that_cannot_be_made_is_its_authors_fault() {
    let mut job = script("SELECT 1", false, false, Vec::new());
    job.data.tables.push(super::made("bad", "CREATE TABLE bad (a; b)"));
    let said = sandbox().run(&job, None).unwrap_err().to_string();
    assert!(said.contains("near \";\": syntax error") && said.contains("CREATE TABLE bad"), "{said}");
    job.data.tables = vec![super::made("bad", "ATTACH '/tmp/x' AS y")];
    assert!(sandbox().run(&job, None).unwrap_err().to_string().contains("ATTACH"));
}

#[test]
fn rows_of_a_seed_are_there() {
    use cairn_drill::data::{Column, Literal, Table, Values};
    let column = |name: &str, values| Column { name: name.into(), values, ..Column::default() };
    let given = Table {
        name: "kind".into(),
        create: "CREATE TABLE kind (id INTEGER, name TEXT)".into(),
        columns: vec![column("id", None), column("name", None)],
        rows_given: serde_json::from_str::<Vec<Vec<Literal>>>("[[1, \"a\"], [2, null]]").unwrap(),
        ..Table::default()
    };
    let many = Table {
        name: "many".into(),
        create: "CREATE TABLE many (id INTEGER PRIMARY KEY, name TEXT)".into(),
        rows: 1_000,
        columns: vec![column("id", Some(Values::Serial)), column("name", Some(Values::Text("no {n}".into())))],
        indexes: vec!["CREATE INDEX many_by_name ON many (name)".into()],
        ..Table::default()
    };
    let mut job =
        script("SELECT name FROM kind UNION ALL SELECT name FROM many WHERE id = 999", false, false, Vec::new());
    job.data = huts();
    job.data.tables.extend([given, many]);
    let report = run(&job);
    assert_eq!(json(&report.result.unwrap().rows), serde_json::json!([["a"], [null], ["no 999"]]));
    assert_eq!(table(&report.before.tables, "many").rows, 1_000);
}
