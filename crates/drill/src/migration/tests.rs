use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::data::Cell;
use crate::run::{Answer, Report, ResultSet, SchemaItem, SqlError, Stage, State, Stop, TableState};
use crate::{Outcome, Verdict};

fn fields(more: Value) -> Map<String, Value> {
    let mut fields = json!({
        "data": { "seed": 1, "tables": [
            { "name": "huts", "create": "CREATE TABLE huts (id INTEGER PRIMARY KEY, name TEXT)", "rows": 20,
              "columns": [{ "name": "id", "values": "serial" }] },
            { "name": "stays", "rows": 5000,
              "create": "CREATE TABLE stays (id INTEGER PRIMARY KEY, hut INTEGER REFERENCES huts (id), price REAL)",
              "columns": [{ "name": "id", "values": "serial" }],
              "indexes": ["CREATE INDEX stays_by_hut ON stays (hut)"] },
        ] },
        "queries": { "old": [{ "name": "prices", "sql": "SELECT price FROM stays" }],
                     "new": [{ "name": "cents", "sql": "SELECT cents FROM stays" }] },
        "steps": [
            { "id": "expand", "title": "Add the column", "hints": { "dangers": "Think of the old version." } },
            { "id": "backfill", "title": "Fill it", "interrupted_after": 10, "batches": { "of": 100, "at_most": 60 },
              "new": "like_reference" },
            { "id": "contract", "title": "Drop the old one", "old": "gone", "new": "works" },
        ],
        "down": { "title": "Go back", "after": "backfill" },
        "keeps": ["stays"],
        "reference": { "expand": "A", "backfill": "B", "contract": "C", "down": "D" },
    });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let Value::Object(fields) = fields else { unreachable!() };
    fields
}

fn drill(more: Value) -> MigrationDrill {
    MigrationDrill::parse(fields(more)).unwrap_or_else(|faults| panic!("{faults:?}")).0
}

fn kinds(sql: &str) -> Vec<DangerKind> {
    dangers(sql, &drill(json!({})).data).into_iter().map(|danger| danger.kind).collect()
}

#[test]
fn what_hurts_a_large_table_is_named() {
    use DangerKind::{Drop, IndexBuild, LongWrite, MissingIndex, NotNullWithoutDefault, Rename, Rewrite, Unread};
    for (sql, kind) in [
        ("ALTER TABLE stays ADD COLUMN cents INTEGER NOT NULL", NotNullWithoutDefault),
        ("ALTER TABLE huts ADD cents INTEGER NOT NULL DEFAULT NULL", NotNullWithoutDefault),
        ("ALTER TABLE stays RENAME COLUMN price TO cents", Rename),
        ("alter table \"Stays\" rename to bookings", Rename),
        ("ALTER TABLE stays DROP COLUMN price", Drop),
        ("DROP TABLE IF EXISTS stays", Drop),
        ("UPDATE stays SET cents = round(price * 100)", LongWrite),
        ("UPDATE stays SET cents = 1 WHERE cents IS NULL", LongWrite),
        ("UPDATE stays SET cents = 1 WHERE 1 = 1", LongWrite),
        ("UPDATE stays SET cents = 1 WHERE id = id", LongWrite),
        ("UPDATE stays SET cents = 1 WHERE hut IN (SELECT id FROM huts WHERE id = 1)", LongWrite),
        ("DELETE FROM stays", LongWrite),
        ("DELETE FROM main.stays WHERE NOT EXISTS (SELECT 1 FROM huts WHERE id = 3)", LongWrite),
        ("CREATE TABLE stays_new AS SELECT * FROM stays", Rewrite),
        ("INSERT INTO other (id) SELECT s.id FROM huts h JOIN stays s ON s.hut = h.id", Rewrite),
        ("REPLACE INTO other SELECT * FROM stays", Rewrite),
        ("CREATE INDEX stays_by_price ON stays (price)", IndexBuild),
        ("ALTER TABLE stays ADD COLUMN guest INTEGER REFERENCES guests (id)", MissingIndex),
        ("CREATE TABLE notes (id INTEGER PRIMARY KEY, stay INTEGER NOT NULL REFERENCES stays (id))", MissingIndex),
        (
            "CREATE TABLE notes (a INTEGER, b INTEGER, FOREIGN KEY (b) REFERENCES stays (id), UNIQUE (a, b))",
            MissingIndex,
        ),
        ("FROB THE KNOB", Unread),
        ("SELECT 'no end", Unread),
        ("SELECT 1 ORDER", Unread),
    ] {
        assert_eq!(kinds(sql), [kind], "{sql}");
    }
}

#[test]
fn what_hurts_nobody_is_not() {
    for sql in [
        "",
        " ; -- nothing\n;",
        "ALTER TABLE stays ADD COLUMN cents INTEGER",
        "ALTER TABLE stays ADD COLUMN cents INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE stays ADD COLUMN cents INTEGER GENERATED ALWAYS AS (price * 100) VIRTUAL NOT NULL",
        "UPDATE huts SET name = 'x'",
        "DELETE FROM huts",
        "UPDATE stays SET cents = 1 WHERE id IN (SELECT id FROM stays WHERE cents IS NULL LIMIT 100)",
        "UPDATE stays SET cents = 1 WHERE id BETWEEN 1 AND 100",
        "UPDATE stays SET cents = 1 WHERE id <= 100",
        "UPDATE stays SET cents = 1 WHERE id = 5",
        "UPDATE stays SET cents = 1 WHERE id IN (1, 2)",
        "INSERT INTO other SELECT * FROM stays WHERE id <= 100",
        "INSERT INTO other SELECT * FROM stays LIMIT 100",
        "INSERT INTO stays (id) VALUES (1), (2)",
        "CREATE INDEX huts_by_name ON huts (name)",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, stay INTEGER REFERENCES stays (id)); CREATE INDEX n ON notes (stay, id)",
        "CREATE TABLE notes (stay INTEGER PRIMARY KEY REFERENCES stays (id))",
        "CREATE TABLE notes_new (hut INTEGER REFERENCES huts (id)); ALTER TABLE notes_new RENAME TO notes; \
         CREATE INDEX notes_by_hut ON notes (hut)",
        "SELECT * FROM stays",
        "DROP TABLE IF EXISTS notes",
    ] {
        assert_eq!(kinds(sql), [], "{sql}");
    }
}

#[test]
fn an_index_that_goes_with_its_table_is_missed() {
    let rebuild = "CREATE TABLE s (id INTEGER PRIMARY KEY, hut INTEGER REFERENCES huts (id)); DROP TABLE stays; \
                   ALTER TABLE s RENAME TO stays;";
    assert_eq!(kinds(rebuild), [DangerKind::MissingIndex, DangerKind::Drop]);
}

#[test]
fn a_danger_says_where_it_is_and_what_to_do() {
    let sql = "SELECT 1;\n  UPDATE stays\n  SET cents = ';';";
    let found = dangers(sql, &drill(json!({})).data);
    assert_eq!((found[0].statement, found[0].sql.as_str()), (1, "UPDATE stays SET cents = ';'"));
    assert!(found[0].suffers.contains("stays") && found[0].instead.contains("LIMIT"));
}

#[test]
fn a_trigger_is_one_statement() {
    let sql = "CREATE TRIGGER sync AFTER UPDATE ON stays BEGIN UPDATE stays SET cents = 1; DELETE FROM stays; END; \
               DELETE FROM stays";
    let found = dangers(sql, &drill(json!({})).data);
    assert_eq!(found.last().map(|it| (it.kind, it.statement)), Some((DangerKind::LongWrite, 1)), "{found:?}");
}

#[test]
fn what_is_made_to_take_long_is_refused() {
    let nested = |n: usize| format!("SELECT * FROM {}stays{}", "(".repeat(n), ")".repeat(n));
    let sum = |n: usize| format!("SELECT 1{}", " + 1".repeat(n));
    for sql in [
        nested(13),
        nested(9000),
        sum(1500),
        format!("SELECT {}1", "NOT ".repeat(4000)),
        format!("SELECT {}1", "- ".repeat(1900)),
        "x".repeat(SCRIPT + 1),
    ] {
        assert_eq!(kinds(&sql), [DangerKind::Unread], "{}", &sql[..40]);
    }
    for sql in [nested(NESTED_READ), sum(900), format!("SELECT {}1{}", "(".repeat(12), ")".repeat(12))] {
        assert_eq!(kinds(&sql), [], "{}", &sql[..40]);
    }
}

/// As deep as is still read.
const NESTED_READ: usize = 12;

fn steps(all: &[(&str, &str)]) -> Steps {
    all.iter().map(|(id, sql)| ((*id).to_owned(), (*sql).to_owned())).collect()
}

fn table(name: &str, rows: u64, hash: &str) -> TableState {
    TableState { name: name.into(), rows, hash: hash.into() }
}

fn item(kind: &str, name: &str, sql: &str) -> SchemaItem {
    SchemaItem { kind: kind.into(), name: name.into(), table: name.into(), sql: sql.into() }
}

fn gives(name: &str, values: &[i64]) -> Answer {
    let rows = values.iter().map(|value| vec![Cell::Integer(*value)]).collect();
    Answer { name: name.into(), answer: Ok(ResultSet { columns: vec!["c".into()], rows, omitted: 0 }) }
}

fn state(hash: &str) -> State {
    State {
        schema: vec![item("table", "stays", "CREATE TABLE stays (id INTEGER)")],
        tables: vec![table("huts", 20, "h"), table("stays", 5000, hash)],
        answers: vec![gives("old prices", &[1, 2, 2]), gives("new cents", &[100, 200, 200])],
        ..State::default()
    }
}

/// What is seen of a solution that does everything right: straight, broken off, and down.
fn reports() -> Vec<Report> {
    let stage = |step: &str, hash: &str| Stage { step: step.into(), after: state(hash), ..Stage::default() };
    let fill = Stage { runs: 51, most_changed: 100, ..stage("backfill", "filled") };
    let run = |stages| Report { before: state("old"), stages, ..Report::default() };
    let forth = vec![stage("expand", "wide"), fill.clone(), stage("contract", "new")];
    vec![run(forth.clone()), run(forth), run(vec![stage("expand", "wide"), fill, stage("down", "old")])]
}

fn good() -> Steps {
    steps(&[
        ("expand", "ALTER TABLE stays ADD COLUMN cents INTEGER"),
        ("backfill", "UPDATE stays SET cents = 1 WHERE id IN (SELECT id FROM stays WHERE cents IS NULL LIMIT 100)"),
        ("contract", "ALTER TABLE stays DROP COLUMN price"),
        ("down", "ALTER TABLE stays DROP COLUMN cents"),
    ])
}

fn judge(change: impl FnOnce(&mut Vec<Report>)) -> Verdict {
    let mut mine = reports();
    change(&mut mine);
    drill(json!({})).evaluate(&good(), &mine, &reports())
}

fn failed(verdict: &Verdict) -> Vec<String> {
    let failed = verdict.assertions.iter().filter(|it| it.outcome == Outcome::Failed);
    failed.map(|it| format!("{}/{}", it.step, it.subject)).collect()
}

#[test]
fn what_is_right_passes() {
    let verdict = judge(|_| {});
    assert!(verdict.passed(), "{:?}", verdict.assertions);
    let names: Vec<_> = verdict.assertions.iter().map(|it| format!("{}/{}", it.step, it.subject)).collect();
    assert_eq!(
        names,
        [
            "expand/runs",
            "expand/dangers",
            "expand/old prices",
            "expand/rows stays",
            "expand/foreign_keys",
            "expand/leftovers",
            "backfill/runs",
            "backfill/finished",
            "backfill/batches",
            "backfill/dangers",
            "backfill/old prices",
            "backfill/new cents",
            "backfill/rows stays",
            "backfill/foreign_keys",
            "backfill/leftovers",
            "backfill/resumes",
            "contract/runs",
            "contract/dangers",
            "contract/new cents",
            "contract/rows stays",
            "contract/foreign_keys",
            "contract/leftovers",
            "down/runs",
            "down/dangers",
            "down/schema",
            "down/tables",
            "down/old prices",
        ]
    );
    assert!(verdict.evidence.messages[0].starts_with("contract: `ALTER TABLE stays DROP COLUMN price`"));
}

#[test]
fn every_rule_can_be_broken() {
    type Change = fn(&mut Vec<Report>);
    let cases: [(&str, Change); 19] = [
        ("expand/old prices", |mine| mine[0].stages[0].after.answers[0] = gives("old prices", &[1, 2])),
        ("expand/old prices", |mine| mine[0].stages[0].after.answers[0].answer = Err("no such column".into())),
        ("expand/rows stays", |mine| mine[0].stages[0].after.tables[1].rows = 4999),
        ("contract/rows stays", |mine| drop(mine[0].stages[2].after.tables.pop())),
        ("expand/foreign_keys", |mine| mine[0].stages[0].after.unindexed_foreign_keys.push("stays(guest)".into())),
        ("expand/foreign_keys", |mine| mine[0].stages[0].after.broken_foreign_keys.push("stays: 3".into())),
        ("expand/leftovers", |mine| mine[0].stages[0].after.schema.push(item("trigger", "t", "CREATE TRIGGER t"))),
        ("contract/leftovers", |mine| mine[0].stages[2].after.schema.push(item("view", "v", "CREATE VIEW v"))),
        ("backfill/finished", |mine| mine[0].stages[1].runs = 60),
        ("backfill/batches", |mine| mine[0].stages[1].most_changed = 101),
        ("backfill/new cents", |mine| mine[0].stages[1].after.answers[1] = gives("new cents", &[100, 200, 201])),
        ("contract/new cents", |mine| mine[0].stages[2].after.answers[1].answer = Err("no such column".into())),
        ("backfill/resumes", |mine| mine[1].stages[1].after = state("doubled")),
        ("backfill/resumes", |mine| {
            mine[1].stages[1].error = Some(SqlError { message: "UNIQUE".into(), statement: 0, offset: None });
        }),
        ("down/schema", |mine| mine[2].stages[2].after.schema.push(item("index", "i", "CREATE INDEX i"))),
        ("down/schema", |mine| mine[2].stages[2].after.schema[0].sql = "CREATE TABLE stays (id TEXT)".into()),
        ("down/tables", |mine| mine[2].stages[2].after = state("other")),
        ("down/tables", |mine| mine[2].stages[2].after.tables.push(table("x", 0, ""))),
        ("down/old prices", |mine| mine[2].stages[2].after.answers[0] = gives("old prices", &[])),
    ];
    for (name, change) in cases {
        let verdict = judge(change);
        assert_eq!(failed(&verdict), [name]);
        assert!(verdict.fails_at(name));
    }
}

#[test]
fn a_step_that_fails_leaves_the_rest_unasked() {
    let error = SqlError { message: "near \"x\": syntax error".into(), statement: 1, offset: None };
    let verdict = judge(|mine| {
        mine[0].stages.truncate(2);
        mine[0].stages[1].error = Some(error);
    });
    assert_eq!(failed(&verdict), ["backfill/runs"]);
    assert!(verdict.assertions.iter().any(|it| it.got == "statement 2: near \"x\": syntax error"));
    assert!(verdict.evidence.messages.contains(&"backfill: near \"x\": syntax error".to_owned()));
    let skipped = |name: &str| verdict.assertions.iter().any(|it| it.is_named(name) && it.outcome == Outcome::Skipped);
    assert!(skipped("backfill/new cents") && skipped("contract/runs") && skipped("backfill/finished"));
    assert_eq!(failed(&judge(|mine| mine[0].stages[0].open_transaction = true)), ["expand/runs"]);
}

#[test]
fn a_run_that_was_stopped_passes_nothing() {
    let verdict = judge(|mine| mine[2].stopped = Some(Stop::DatabaseSize));
    assert_eq!(verdict.stopped, Some(Stop::DatabaseSize));
    assert!(verdict.assertions.iter().all(|it| it.outcome == Outcome::Skipped));
    assert_eq!(verdict.evidence.messages[0], Stop::DatabaseSize.message());
}

#[test]
fn dangers_count_where_the_drill_says_so() {
    let rename = steps(&[("expand", "ALTER TABLE stays RENAME COLUMN price TO cents")]);
    let verdict = drill(json!({})).evaluate(&rename, &reports(), &reports());
    assert_eq!(failed(&verdict), ["expand/dangers"]);
    assert_eq!(verdict.assertions[1].hint.as_deref(), Some("Think of the old version."));
    let verdict = drill(json!({ "dangers": ["drop"] })).evaluate(&rename, &reports(), &reports());
    assert_eq!(failed(&verdict), [""; 0]);
    assert!(verdict.evidence.messages[0].contains("RENAME COLUMN"));
    let verdict = drill(json!({ "dangers": ["drop"] })).evaluate(&good(), &reports(), &reports());
    assert_eq!(failed(&verdict), ["contract/dangers", "down/dangers"]);
}

#[test]
fn an_index_of_an_earlier_step_counts() {
    let two = steps(&[
        ("expand", "ALTER TABLE stays ADD COLUMN guest INTEGER; CREATE INDEX stays_by_guest ON stays (guest)"),
        ("backfill", "CREATE TABLE x (guest INTEGER REFERENCES huts (id))"),
    ]);
    assert_eq!(failed(&drill(json!({})).evaluate(&two, &reports(), &reports())), ["backfill/dangers"]);
}

#[test]
fn leftovers_may_be_allowed() {
    let mut mine = reports();
    mine[0].stages[0].after.schema.push(item("trigger", "t", "CREATE TRIGGER t"));
    let verdict = drill(json!({ "may_leave": ["triggers"] })).evaluate(&good(), &mine, &reports());
    assert!(verdict.passed());
}

#[test]
fn a_schema_is_the_same_in_another_hand() {
    let verdict = judge(|mine| {
        let sql = "create table \"stays\"\n ( [id] integer /* the number */ )";
        mine[2].stages[2].after.schema = vec![item("table", "stays", sql)];
    });
    assert!(verdict.passed(), "{:?}", failed(&verdict));
}

#[test]
fn jobs_are_forth_broken_off_and_back() {
    let jobs = drill(json!({})).jobs(&good());
    let run = |at: usize| match &jobs[at].work {
        Work::Migration { steps, queries } => {
            assert_eq!(queries.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["old prices", "new cents"]);
            let step = |it: &crate::run::MigrationStep| (it.id.clone(), it.interrupted_after, it.repeat_at_most);
            steps.iter().map(step).collect::<Vec<_>>()
        }
        Work::Script { .. } => panic!("it is a migration"),
    };
    let step = |id: &str, interrupted, repeat| (id.to_owned(), interrupted, repeat);
    let forth = |interrupted| {
        vec![step("expand", None, None), step("backfill", interrupted, Some(60)), step("contract", None, None)]
    };
    assert_eq!((jobs.len(), run(0), run(1)), (3, forth(None), forth(Some(10))));
    assert_eq!(run(2), [step("expand", None, None), step("backfill", None, Some(60)), step(DOWN, None, None)]);
    let plain = json!({ "steps": [{ "id": "up", "title": "Up" }], "down": null, "reference": { "up": "A" } });
    assert_eq!(drill(plain).jobs(&Steps::new()).len(), 1);
}

#[test]
fn a_drill_keeps_its_form() {
    let whole = drill(json!({ "may_leave": ["views"], "dangers": ["drop", "rename"] }));
    assert_eq!(serde_json::from_value::<MigrationDrill>(serde_json::to_value(&whole).unwrap()).unwrap(), whole);
    assert_eq!(drill(json!({})).dangers, DangerKind::usual());
}

#[test]
fn every_fault_names_its_field() {
    let with = |pointer: &str, value: Value| {
        let mut all = Value::Object(fields(json!({})));
        *all.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = value;
        all
    };
    for (all, field) in [
        (with("/reference", json!({ "expand": "A" })), "reference"),
        (with("/reference/down", json!(" ")), "reference"),
        (with("/reference", json!({ "other": "A" })), "reference.other"),
        (with("/steps", json!([])), "steps"),
        (with("/steps/0/id", json!("down")), "steps[0].id"),
        (with("/steps/1/id", json!("expand")), "steps[1].id"),
        (with("/steps/0/hints", json!({ "danger": "x" })), "steps[0].hints.danger"),
        (with("/steps/1/batches/of", json!(0)), "steps[1].batches"),
        (with("/steps/1/new", json!("perhaps")), "steps[1].new"),
        (with("/queries/new", json!([])), "steps[1].new"),
        (with("/queries/old", json!([])), "queries.old"),
        (with("/queries/old/0/sql", json!("")), "queries.old[0].sql"),
        (with("/down/after", json!("nothing")), "down.after"),
        (with("/down", json!({ "title": "x", "hints": { "x": "y" } })), "down.hints.x"),
        (with("/keeps", json!(["nobody"])), "keeps[0]"),
        (Value::Object(fields(json!({ "dangers": ["x"] }))), "dangers[0]"),
    ] {
        let Value::Object(all) = all else { unreachable!() };
        let found = MigrationDrill::parse(all).unwrap_err();
        assert!(found.iter().any(|fault| fault.field == field), "{field}: {found:?}");
    }
}

fn any_state() -> impl Strategy<Value = State> {
    let answer = ("old prices|new cents|x", prop::result::maybe_ok(prop::collection::vec(0..3_i64, 0..3), ".{0,4}"));
    let tables = prop::collection::vec(("huts|stays|x", 0..3_u64, "[ab]"), 0..3);
    let schema = prop::collection::vec(("table|index|view|trigger", "[ab]", ".{0,12}"), 0..3);
    let keys = prop::collection::vec("[ab]", 0..2);
    (prop::collection::vec(answer, 0..3), tables, schema, keys).prop_map(|(answers, tables, schema, keys)| State {
        schema: schema.into_iter().map(|(kind, name, sql)| item(&kind, &name, &sql)).collect(),
        tables: tables.into_iter().map(|(name, rows, hash)| table(&name, rows, &hash)).collect(),
        answers: answers
            .into_iter()
            .map(|(name, answer)| match answer {
                Ok(values) => gives(&name, &values),
                Err(message) => Answer { name, answer: Err(message) },
            })
            .collect(),
        unindexed_foreign_keys: keys.clone(),
        broken_foreign_keys: keys,
    })
}

fn any_report() -> impl Strategy<Value = Report> {
    let stage =
        ("expand|backfill|contract|down|x", any::<bool>(), any::<u32>(), any::<u64>(), any_state(), any::<bool>())
            .prop_map(|(step, open_transaction, runs, most_changed, after, failed)| Stage {
                step,
                error: failed.then(|| SqlError { message: "no".into(), statement: u32::MAX, offset: None }),
                open_transaction,
                runs,
                most_changed,
                after,
            });
    let stop = prop::option::weighted(0.05, Just(Stop::Crashed));
    (stop, any_state(), prop::collection::vec(stage, 0..5)).prop_map(|(stopped, before, stages)| Report {
        stopped,
        before,
        stages,
        ..Report::default()
    })
}

const SQL: &str =
    "([A-Za-z]{1,6}|ALTER TABLE|ADD COLUMN|UPDATE|stays|SET|WHERE|SELECT|FROM|[();,='\"*-]|[0-9]| |\\n){0,30}";

proptest! {
    #[test]
    fn there_is_one_verdict_on_anything(
        mine in prop::collection::vec(any_report(), 0..4),
        reference in prop::collection::vec(any_report(), 0..4),
        sql in SQL,
    ) {
        let drill = drill(json!({}));
        let solution = steps(&[("expand", &sql), ("down", &sql), ("more", &sql)]);
        let verdict = drill.evaluate(&solution, &mine, &reference);
        prop_assert_eq!(&drill.evaluate(&solution, &mine, &reference), &verdict);
        let shape = |verdict: &Verdict| -> Vec<String> {
            verdict.assertions.iter().map(|it| format!("{} {} {}", it.step, it.index, it.subject)).collect()
        };
        prop_assert_eq!(shape(&drill.evaluate(&Steps::new(), &[], &[])), shape(&verdict));
        prop_assert!(mine.iter().all(|report| report.stopped.is_none()) || !verdict.passed());
    }

    #[test]
    fn dangers_of_anything_can_be_told(sql in SQL, other in ".{0,200}") {
        let data = drill(json!({})).data;
        prop_assert_eq!(dangers(&sql, &data), dangers(&sql, &data));
        prop_assert_eq!(dangers(&other, &data), dangers(&other, &data));
    }
}
