use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::run::{Answer, PlanStep, Report, ResultSet, SchemaItem, SqlError, State, Stop, TableState};
use crate::{Outcome, Verdict};

fn drill(more: Value) -> SqlDrill {
    let mut fields = json!({
        "data": { "seed": 1, "tables": [
            { "name": "visits", "create": "CREATE TABLE visits (id INTEGER PRIMARY KEY, hut INTEGER)", "rows": 10,
              "columns": [{ "name": "id", "values": "serial" }] },
            { "name": "huts", "create": "CREATE TABLE huts (id INTEGER PRIMARY KEY)" },
        ] },
        "reference": "SELECT 1",
    });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let Value::Object(fields) = fields else { unreachable!() };
    SqlDrill::parse(fields).unwrap_or_else(|faults| panic!("{faults:?}")).0
}

fn faults(more: Value) -> Vec<String> {
    let mut fields = serde_json::to_value(drill(json!({}))).unwrap();
    fields["reference"] = json!("SELECT 1");
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let Value::Object(fields) = fields else { unreachable!() };
    SqlDrill::parse(fields).unwrap_err().into_iter().map(|fault| fault.field).collect()
}

fn cells(row: &Value) -> Vec<Cell> {
    let literal = |value: &Value| serde_json::from_value::<crate::data::Literal>(value.clone()).unwrap().0;
    row.as_array().unwrap().iter().map(literal).collect()
}

fn gives(columns: &[&str], rows: Value) -> Report {
    let rows = rows.as_array().unwrap().iter().map(cells).collect();
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    Report { statements: 1, result: Some(ResultSet { columns, rows, omitted: 0 }), ..Report::default() }
}

fn outcome(verdict: &Verdict, name: &str) -> (Outcome, String) {
    let found = verdict.assertions.iter().find(|assertion| assertion.is_named(name));
    let found = found.unwrap_or_else(|| panic!("{name} is not among {:?}", verdict.assertions));
    (found.outcome, found.got.clone())
}

fn rows_of(more: Value, mine: Value, reference: Value) -> (Outcome, String) {
    let width = |rows: &Value| ["a", "b", "c"][..rows[0].as_array().map_or(1, Vec::len)].to_vec();
    let (mine, reference) = (gives(&width(&mine), mine), gives(&width(&reference), reference));
    outcome(&drill(more).evaluate("SELECT 1", &mine, &reference), "result/rows")
}

fn same(mine: Value, reference: Value) -> bool {
    rows_of(json!({}), mine, reference).0 == Outcome::Passed
}

#[test]
fn rows_are_a_multiset() {
    assert!(same(json!([[1, "a"], [2, null]]), json!([[2, null], [1, "a"]])));
    assert!(!same(json!([[1], [1], [2]]), json!([[1], [2], [2]])));
    assert!(!same(json!([[1]]), json!([[1], [1]])));
    assert!(same(json!([]), json!([])));
}

#[test]
fn numbers_are_the_same_by_value_and_text_is_no_number() {
    assert!(same(json!([[2]]), json!([[2.0]])));
    assert!(same(json!([[0.1 + 0.2]]), json!([[0.3]])));
    assert!(same(json!([[1.999_999_999_999_999_8]]), json!([[2]])));
    assert!(!same(json!([[0.3]]), json!([[0.301]])));
    assert!(!same(json!([[9_007_199_254_740_993_i64]]), json!([[9_007_199_254_740_992_i64]])));
    assert!(!same(json!([["2"]]), json!([[2]])));
    assert!(!same(json!([[null]]), json!([[0]])));
    assert!(!same(json!([[null]]), json!([[""]])));
    assert!(!same(json!([["å"]]), json!([["Å"]])));
}

#[test]
fn what_differs_is_told() {
    let mine = gives(&["a", "b"], json!([[1, "Åsa"], [2, null], [2, null]]));
    let reference = gives(&["a", "b"], json!([[1, "Åsa"], [2, null], [3, "O'Brien"]]));
    let verdict = drill(json!({ "rows": { "hint": "Look at the last one." } })).evaluate("SELECT 1", &mine, &reference);
    let (found, got) = outcome(&verdict, "result/rows");
    assert_eq!(found, Outcome::Failed);
    assert_eq!(
        got,
        "1 row missing, 1 not asked for; the first that is missing: (3, 'O''Brien'); the first that was not asked for: \
         (2, NULL)"
    );
    let difference = verdict.evidence.difference.unwrap();
    assert_eq!(difference.missing, [cells(&json!([3, "O'Brien"]))]);
    assert_eq!(difference.unexpected, [cells(&json!([2, null]))]);
    assert_eq!(verdict.assertions[2].hint.as_deref(), Some("Look at the last one."));
}

#[test]
fn order_counts_where_the_question_orders() {
    let ordered = json!({ "rows": { "ordered": true } });
    assert_eq!(rows_of(ordered.clone(), json!([[1], [2]]), json!([[1], [2]])).0, Outcome::Passed);
    let (found, got) = rows_of(ordered, json!([[1], [3], [2]]), json!([[1], [2], [3]]));
    assert_eq!(found, Outcome::Failed);
    assert!(got.contains("in place 2 stands (3)"), "{got}");
}

#[test]
fn columns_are_compared_by_position_or_by_name() {
    let (by_position, by_name) = (drill(json!({})), drill(json!({ "rows": { "columns": "by_name" } })));
    let reference = gives(&["name", "n"], json!([["a", 1]]));
    let turned = gives(&["N", "Name"], json!([[1, "a"]]));
    assert!(by_name.evaluate("", &turned, &reference).passed());
    assert!(by_position.evaluate("", &turned, &reference).fails_at("result/rows"));
    let other = gives(&["x", "y"], json!([["a", 1]]));
    assert!(by_position.evaluate("", &other, &reference).passed());
    let verdict = by_name.evaluate("", &other, &reference);
    assert!(verdict.fails_at("result/columns"));
    assert_eq!(outcome(&verdict, "result/columns").1, "x, y");
    let verdict = by_position.evaluate("", &gives(&["x"], json!([["a"]])), &reference);
    assert!(verdict.fails_at("result/columns"));
    assert_eq!(outcome(&verdict, "result/rows").0, Outcome::Skipped);
    let verdict = by_position.evaluate("", &Report { statements: 1, ..Report::default() }, &reference);
    assert_eq!(outcome(&verdict, "result/columns"), (Outcome::Failed, "no rows at all".into()));
}

#[test]
fn rows_beyond_the_bound_are_not_taken_for_the_same() {
    let mut mine = gives(&["a"], json!([[1]]));
    mine.result.as_mut().unwrap().omitted = 1;
    assert!(drill(json!({})).evaluate("", &mine, &gives(&["a"], json!([[1]]))).fails_at("result/rows"));
}

#[test]
fn a_run_that_failed_or_was_stopped_leaves_the_rest_unasked() {
    let drill = drill(json!({ "checks": [{ "no_scan": "visits" }] }));
    let good = gives(&["a"], json!([[1]]));
    let error = SqlError { message: "no such column: x".into(), statement: 0, offset: None };
    let failed = Report { error: Some(error), ..good.clone() };
    let stopped = Report { stopped: Some(Stop::Time), ..good.clone() };
    for (report, got) in [(failed, "no such column: x"), (stopped, "It ran longer than it may.")] {
        let verdict = drill.evaluate("SELECT 1", &report, &good);
        assert_eq!(outcome(&verdict, "result/runs"), (Outcome::Failed, got.into()));
        assert!(verdict.assertions[1..].iter().all(|assertion| assertion.outcome == Outcome::Skipped));
        assert_eq!(verdict.evidence.messages, [got]);
        assert_eq!(verdict.stopped, report.stopped);
        assert!(!verdict.passed());
    }
    let verdict = drill.evaluate("SELECT 1", &good, &Report { stopped: Some(Stop::Crashed), ..Report::default() });
    assert_eq!(outcome(&verdict, "result/rows").0, Outcome::Skipped);
    let two = Report { statements: 2, ..good.clone() };
    assert!(drill.evaluate("SELECT 1; SELECT 1", &two, &good).fails_at("result/runs"));
}

fn plan(details: &[&str]) -> Vec<PlanStep> {
    details.iter().map(|detail| PlanStep { depth: 0, detail: (*detail).to_owned() }).collect()
}

fn with_plan(check: Value, sql: &str, details: &[&str]) -> (Outcome, String) {
    let item = |name: &str, table: &str| SchemaItem {
        kind: "index".into(),
        name: name.into(),
        table: table.into(),
        sql: String::new(),
    };
    let after =
        State { schema: vec![item("visits_by_hut", "visits"), item("huts_by_name", "huts")], ..State::default() };
    let report = Report { plan: plan(details), after, ..gives(&["a"], json!([[1]])) };
    let verdict = drill(json!({ "checks": [check] })).evaluate(sql, &report, &report);
    outcome(&verdict, "plan/0")
}

#[test]
fn a_scan_is_found_under_every_name() {
    let no_scan = |sql: &str, detail: &str| with_plan(json!({ "no_scan": "visits" }), sql, &[detail]).0;
    for (sql, detail) in [
        ("SELECT * FROM visits", "SCAN visits"),
        ("SELECT * FROM main.visits", "SCAN main.visits"),
        ("SELECT * FROM visits v", "SCAN v"),
        ("SELECT * FROM Visits AS V", "SCAN V"),
        ("SELECT * FROM \"visits\" AS \"a b\"", "SCAN a b"),
        ("SELECT hut FROM visits", "SCAN visits USING COVERING INDEX visits_by_hut"),
        ("SELECT * FROM visits ORDER BY hut", "SCAN visits USING INDEX visits_by_hut"),
        ("SELECT * FROM huts h JOIN visits v", "SEARCH v USING AUTOMATIC COVERING INDEX (hut=?)"),
    ] {
        assert_eq!(no_scan(sql, detail), Outcome::Failed, "{sql}");
    }
    for (sql, detail) in [
        ("SELECT * FROM visits WHERE hut = 1", "SEARCH visits USING INDEX visits_by_hut (hut=?)"),
        ("SELECT * FROM visits WHERE id = 1", "SEARCH visits USING INTEGER PRIMARY KEY (rowid=?)"),
        ("SELECT * FROM visits v JOIN huts h", "SCAN h"),
        ("SELECT * FROM visits, visits_old", "SCAN visits_old"),
        ("SELECT 1", "SCAN CONSTANT ROW"),
    ] {
        assert_eq!(no_scan(sql, detail), Outcome::Passed, "{sql}");
    }
    assert_eq!(with_plan(json!({ "no_scan": "visits" }), "SELECT 1", &[]), (Outcome::Failed, "no plan".into()));
}

#[test]
fn an_index_is_used_by_searching_it() {
    let any = json!({ "uses_index": { "table": "visits" } });
    let named = json!({ "uses_index": { "table": "visits", "index": "visits_by_hut" } });
    let uses = |check: &Value, detail: &str| with_plan(check.clone(), "SELECT 1", &["SCAN huts", detail]).0;
    for detail in ["SEARCH v USING INDEX visits_by_hut (hut=?)", "SEARCH v USING COVERING INDEX Visits_By_Hut (hut>?)"]
    {
        assert_eq!((uses(&any, detail), uses(&named, detail)), (Outcome::Passed, Outcome::Passed), "{detail}");
    }
    let of_constraint = "SEARCH visits USING INDEX sqlite_autoindex_visits_1 (hut=?)";
    assert_eq!((uses(&any, of_constraint), uses(&named, of_constraint)), (Outcome::Passed, Outcome::Failed));
    for detail in [
        "SCAN visits USING COVERING INDEX visits_by_hut",
        "SEARCH h USING INDEX huts_by_name (name=?)",
        "SEARCH v USING AUTOMATIC COVERING INDEX (hut=?)",
        "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH v USING INDEX visits_by_hut USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ] {
        assert_eq!((uses(&any, detail), uses(&named, detail)), (Outcome::Failed, Outcome::Failed), "{detail}");
    }
}

#[test]
fn constructs_are_found_by_their_words() {
    for (sql, construct, used) in [
        ("SELECT sum(x) OVER (ORDER BY y) FROM t", Construct::Window, true),
        ("SELECT rank() over w FROM t WINDOW w AS (ORDER BY y)", Construct::Window, true),
        ("SELECT 'sum(x) OVER (y)' -- ) OVER (\n", Construct::Window, false),
        ("SELECT \"OVER\" FROM t", Construct::Window, false),
        ("SELECT 1; /* go */ begin immediate; COMMIT", Construct::Transaction, true),
        ("SAVEPOINT a; RELEASE a", Construct::Transaction, true),
        ("SELECT 1 AS begin", Construct::Transaction, false),
        ("SELECT count(DISTINCT x) FROM t", Construct::Distinct, true),
        ("SELECT x IS NOT DISTINCT FROM y", Construct::Distinct, false),
    ] {
        assert_eq!(words::uses(sql, construct), Some(used), "{sql}");
    }
    let report = gives(&["a"], json!([[1]]));
    let drill = drill(json!({ "checks": [{ "must_use": "window" }, { "must_not_use": "distinct", "advice": true }] }));
    assert!(drill.evaluate("SELECT rank() OVER (ORDER BY 1)", &report, &report).passed());
    let verdict = drill.evaluate("SELECT DISTINCT 1", &report, &report);
    assert!(verdict.fails_at("result/must_use window"));
    assert_eq!(outcome(&verdict, "result/must_not_use distinct").0, Outcome::Failed);
    assert!(!verdict.fails_at("result/must_not_use distinct"), "it only advises");
    assert!(drill.evaluate("SELECT 'x", &report, &report).fails_at("result/must_use window"));
}

#[test]
fn a_script_is_judged_by_what_it_leaves() {
    let drill = drill(json!({
        "answer": "script", "allow": ["writes"],
        "probes": [{ "name": "stock", "sql": "SELECT 1" }],
        "checks": [{ "unchanged": ["huts", "visits"] }, { "rows_changed": 2 }, { "statements": 3, "weight": 5 }],
    }));
    let table = |name: &str, rows| TableState { name: name.into(), rows, hash: "0".into() };
    let answer = |rows: Value| Answer { name: "stock".into(), answer: Ok(gives(&["n"], rows).result.unwrap()) };
    let state = |rows: Value, huts| State {
        tables: vec![table("huts", huts), table("visits", 9)],
        answers: vec![answer(rows)],
        ..State::default()
    };
    let good = Report {
        statements: 3,
        changed: 2,
        before: state(json!([[0]]), 4),
        after: state(json!([[5]]), 4),
        ..Report::default()
    };
    let verdict = drill.evaluate("", &good, &good);
    assert!(verdict.passed(), "{:?}", verdict.assertions);
    let names: Vec<_> = verdict.assertions.iter().map(|it| format!("{}/{}", it.step, it.subject)).collect();
    assert_eq!(
        names,
        [
            "result/runs",
            "result/statements",
            "state/transaction",
            "state/unchanged huts",
            "state/unchanged visits",
            "state/rows_changed",
            "state/probe stock",
        ]
    );
    let fails = |report: Report, name: &str| {
        let verdict = drill.evaluate("", &report, &good);
        let failed = verdict.assertions.iter().filter(|assertion| assertion.outcome == Outcome::Failed).count();
        assert!(verdict.fails_at(name) && failed == 1, "{name}: {:?}", verdict.assertions);
    };
    fails(Report { statements: 4, ..good.clone() }, "result/statements");
    fails(Report { open_transaction: true, ..good.clone() }, "state/transaction");
    fails(Report { changed: 3, ..good.clone() }, "state/rows_changed");
    fails(Report { after: state(json!([[5]]), 3), ..good.clone() }, "state/unchanged huts");
    fails(Report { after: state(json!([[6]]), 4), ..good.clone() }, "state/probe stock");
    fails(Report { after: State { answers: Vec::new(), ..good.after.clone() }, ..good.clone() }, "state/probe stock");
    let mut gone = good.clone();
    gone.after.answers[0].answer = Err("no such table".into());
    fails(gone, "state/probe stock");
}

#[test]
fn a_job_is_the_drill_with_an_answer() {
    let script = drill(json!({
        "answer": "script", "allow": ["indexes"], "probes": [{ "name": "n", "sql": "SELECT 1" }], "limits": { "rows": 7 },
    }));
    let job = script.job("SELECT 2");
    assert_eq!((job.limits.rows, job.limits.statements), (7, Limits::default().statements));
    let probes = vec![NamedQuery { name: "n".into(), sql: "SELECT 1".into() }];
    assert_eq!(job.work, Work::Script { sql: "SELECT 2".into(), writes: false, indexes: true, probes });
}

#[test]
fn a_drill_keeps_its_form() {
    let whole = drill(json!({
        "answer": "script", "allow": ["indexes", "writes"],
        "rows": { "ordered": true, "columns": "by_name", "hint": "h", "weight": 3 },
        "probes": [{ "name": "n", "sql": "SELECT 1", "hint": "h", "ordered": true }],
        "checks": [
            { "uses_index": { "table": "visits", "index": "i" }, "hint": "h", "weight": 2 }, { "no_scan": "visits" },
            { "statements": 2 }, { "unchanged": ["huts"] }, { "rows_changed": 2 }, { "must_use": "window" },
            { "must_not_use": "distinct", "advice": true },
        ],
    }));
    assert_eq!(serde_json::from_value::<SqlDrill>(serde_json::to_value(&whole).unwrap()).unwrap(), whole);
    assert!(!serde_json::to_string(&whole).unwrap().contains("reference"));
}

#[test]
fn every_fault_names_its_field() {
    for (more, field) in [
        (json!({ "reference": null }), "reference"),
        (json!({ "reference": " " }), "reference"),
        (json!({ "allow": ["writes"] }), "answer"),
        (json!({ "answer": "script", "probes": [{ "name": "A", "sql": "x" }] }), "probes[0].name"),
        (json!({ "answer": "script", "probes": [{ "name": "a", "sql": " " }] }), "probes[0].sql"),
        (json!({ "checks": [{ "no_scan": "nobody" }] }), "checks[0]"),
        (json!({ "checks": [{ "no_scan": "visits", "statements": 1 }] }), "checks[0]"),
        (json!({ "checks": [{ "no_skan": "visits" }] }), "checks[0].no_skan"),
        (json!({ "rows": { "orderd": true } }), "rows.orderd"),
        (json!({ "more": 1 }), "more"),
    ] {
        assert!(faults(more.clone()).iter().any(|found| found == field), "{more}: {:?}", faults(more.clone()));
    }
    assert_eq!(faults(json!({ "reference": "", "checks": [{ "no_scan": "a" }, { "no_scan": "b" }] })).len(), 3);
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Null),
        any::<i64>().prop_map(Cell::Integer),
        (0..3_i64).prop_map(Cell::Integer),
        any::<f64>().prop_map(Cell::Real),
        (0..3_u8).prop_map(|n| Cell::Real(n.into())),
        ".{0,4}".prop_map(Cell::Text),
        "[0-9a-fA-F]{0,4}".prop_map(Cell::Blob),
    ]
}

fn any_result() -> impl Strategy<Value = ResultSet> {
    let rows = prop::collection::vec(prop::collection::vec(any_cell(), 0..4), 0..6);
    (prop::collection::vec("[abAB]", 0..4), rows, 0..2_u64).prop_map(|(columns, rows, omitted)| ResultSet {
        columns,
        rows,
        omitted,
    })
}

fn any_report() -> impl Strategy<Value = Report> {
    let plan =
        prop::collection::vec(".{0,20}|(SCAN|SEARCH) (visits|v)( USING (COVERING |AUTOMATIC )?INDEX .{0,3})?", 0..3);
    let answers = prop::collection::vec(("stock|x", prop::result::maybe_ok(any_result(), ".{0,5}")), 0..3);
    let tables = prop::collection::vec(("huts|x", 0..3_u64), 0..3);
    let stop = prop::option::weighted(0.1, Just(Stop::Memory));
    (stop, any::<bool>(), 0..3_u32, prop::option::of(any_result()), plan, answers, tables).prop_map(
        |(stopped, open_transaction, statements, result, details, answers, tables)| {
            let plan = details.into_iter().map(|detail| PlanStep { depth: 0, detail }).collect();
            let answers = answers.into_iter().map(|(name, answer)| Answer { name, answer }).collect();
            let table = |(name, rows)| TableState { name, rows, hash: String::new() };
            let after = State { answers, tables: tables.into_iter().map(table).collect(), ..State::default() };
            Report { stopped, open_transaction, statements, result, plan, after, ..Report::default() }
        },
    )
}

proptest! {
    #[test]
    fn there_is_one_verdict_on_anything(sql in ".{0,60}", mine in any_report(), reference in any_report(), script: bool) {
        let drill = drill(json!({
            "answer": if script { "script" } else { "query" },
            "rows": { "ordered": true, "columns": if script { "by_name" } else { "by_position" } },
            "probes": if script { json!([{ "name": "stock", "sql": "x" }]) } else { json!([]) },
            "checks": [
                { "uses_index": { "table": "visits" } }, { "no_scan": "visits" }, { "unchanged": ["huts"] },
                { "must_use": "window" }, { "rows_changed": 0 }, { "statements": 1 },
            ],
        }));
        let verdict = drill.evaluate(&sql, &mine, &reference);
        prop_assert_eq!(&drill.evaluate(&sql, &mine, &reference), &verdict);
        prop_assert!(mine.stopped.is_none() || !verdict.passed());
        let shape = |verdict: &Verdict| -> Vec<String> {
            verdict.assertions.iter().map(|it| format!("{} {} {}", it.step, it.index, it.subject)).collect()
        };
        prop_assert_eq!(shape(&drill.evaluate("", &Report::default(), &Report::default())), shape(&verdict));
    }

    #[test]
    fn rows_are_like_themselves_in_any_order(rows in prop::collection::vec(prop::collection::vec(any_cell(), 2), 0..8)) {
        let set = |rows: Vec<Vec<Cell>>| ResultSet { columns: vec!["a".into(), "b".into()], rows, omitted: 0 };
        let turned: Vec<_> = rows.iter().rev().cloned().collect();
        let report = |rows| Report { statements: 1, result: Some(set(rows)), ..Report::default() };
        let plain = drill(json!({}));
        prop_assert!(plain.evaluate("", &report(turned), &report(rows.clone())).passed());
        let fewer = rows.iter().skip(1).cloned().collect::<Vec<_>>();
        prop_assert!(rows.is_empty() || !plain.evaluate("", &report(fewer), &report(rows)).passed());
    }
}
