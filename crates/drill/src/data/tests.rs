use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn sample(seed: u64) -> DataSet {
    serde_json::from_value(json!({
        "seed": seed,
        "tables": [
            {
                "name": "huts", "create": "CREATE TABLE huts (id INTEGER PRIMARY KEY, name TEXT, beds INTEGER)",
                "columns": [{ "name": "id" }, { "name": "name" }, { "name": "beds" }],
                "rows_given": [[3, "Refugio Ñandú", 12], [7, "Geltenhütte", null], [9, "Cabane", 1.5]],
            },
            {
                "name": "guests", "create": "CREATE TABLE guests (id INTEGER PRIMARY KEY)", "rows": 2000,
                "columns": [
                    { "name": "id", "values": "serial" },
                    { "name": "name", "values": { "text": "{given} {family}" }, "nulls": 10 },
                    { "name": "mail", "values": { "text": "{word}{n}@example.org" }, "unique": true },
                    { "name": "cents", "values": { "integer": { "from": -500, "to": 9500, "step": 5 } }, "unique": true },
                    { "name": "state", "values": { "pick": [{ "value": "open", "weight": 3 }, { "value": null }] } },
                    { "name": "born", "values": { "date": { "from": "1999-12-30", "to": "2000-03-01" } } },
                    { "name": "seen", "values": { "timestamp": { "from": "2024-02-29", "to": "2024-02-29" } } },
                    { "name": "unix", "values": { "unix": { "from": "1970-01-01", "to": "1970-01-02" } }, "unique": true },
                    { "name": "hut", "values": { "reference": { "table": "huts", "orphans": 20 } } },
                    { "name": "friend", "values": { "reference": { "table": "guests", "skewed": true } }, "nulls": 50 },
                    { "name": "paid", "values": { "bool": 25 } },
                    { "name": "kind", "values": { "constant": true } },
                ],
            },
            {
                "name": "cards", "create": "CREATE TABLE cards (guest INTEGER)", "rows": 2000,
                "columns": [{ "name": "guest", "values": { "reference": { "table": "guests" } }, "unique": true }],
                "indexes": ["CREATE UNIQUE INDEX cards_by_guest ON cards (guest)"],
            },
        ],
    }))
    .expect("it can be read")
}

fn column(set: &DataSet, table: &str, name: &str) -> Vec<Cell> {
    let table = set.table(table).expect("it is there");
    let at = table.columns.iter().position(|column| column.name == name).expect("it is there");
    table.rows(set).map(|row| row[at].clone()).collect()
}

fn integers(cells: &[Cell]) -> Vec<i64> {
    let number = |cell: &Cell| if let Cell::Integer(n) = cell { Some(*n) } else { None };
    cells.iter().filter_map(number).collect()
}

fn texts(cells: &[Cell]) -> Vec<&str> {
    cells.iter().filter_map(|cell| if let Cell::Text(text) = cell { Some(text.as_str()) } else { None }).collect()
}

#[test]
fn the_sample_breaks_no_rule_and_keeps_its_form() {
    let set = sample(1);
    assert_eq!(set.faults("data"), []);
    assert_eq!(set.rows(), 4003);
    assert_eq!(serde_json::from_value::<DataSet>(serde_json::to_value(&set).unwrap()).unwrap(), set);
}

#[test]
fn rows_are_these_for_ever() {
    let set = sample(1);
    let row = set.tables[1].made_row(&set, 0);
    let row: Vec<_> = row.into_iter().map(|cell| serde_json::Value::from(Literal(cell))).collect();
    let expected = json!([
        1,
        null,
        "compass1@example.org",
        105,
        "open",
        "2000-02-22",
        "2024-02-29 13:08:33",
        84355,
        9,
        1065,
        0,
        1
    ]);
    assert_eq!(json!(row), expected);
}

#[test]
fn given_rows_stay_as_they_are() {
    let set = sample(1);
    let rows: Vec<_> = set.tables[0].rows(&set).collect();
    assert_eq!(rows[0], [Cell::Integer(3), Cell::Text("Refugio Ñandú".into()), Cell::Integer(12)]);
    assert_eq!(rows[1][2], Cell::Null);
    assert_eq!(rows[2][2], Cell::Real(1.5));
}

#[test]
fn values_are_of_their_kind() {
    let set = sample(5);
    let of = |name| column(&set, "guests", name);
    assert_eq!(integers(&of("id")), (1..=2000).collect::<Vec<_>>());
    assert!(integers(&of("cents")).iter().all(|n| (-500..=9500).contains(n) && n % 5 == 0));
    let born = of("born");
    let days: BTreeSet<_> = texts(&born).into_iter().collect();
    assert_eq!((days.first(), days.last(), days.len()), (Some(&"1999-12-30"), Some(&"2000-03-01"), 63));
    assert!(days.contains("2000-02-29") && days.contains("1999-12-31"));
    assert!(texts(&of("seen")).iter().all(|second| second.starts_with("2024-02-29 ") && second.len() == 19));
    assert!(integers(&of("unix")).iter().all(|n| (0..2 * 86_400).contains(n)));
    assert!(of("kind").iter().all(|cell| *cell == Cell::Integer(1)));
    let name = of("name");
    let names = texts(&name);
    assert!(names.iter().any(|name| !name.is_ascii()) && names.iter().collect::<BTreeSet<_>>().len() < names.len());
}

#[test]
fn half_of_a_skewed_reference_points_at_a_quarter() {
    let set = sample(5);
    let friends = integers(&column(&set, "guests", "friend"));
    assert!(friends.iter().all(|n| (1..=2000).contains(n)));
    let quarter = friends.iter().filter(|n| **n <= 500).count() * 100 / friends.len();
    assert!((45..=55).contains(&quarter), "{quarter} %");
}

fn share(cells: &[Cell], of: impl Fn(&Cell) -> bool) -> usize {
    cells.iter().filter(|cell| of(cell)).count() * 1000 / cells.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn rows_follow_from_the_seed_and_their_place_alone(seed: u64, n in 0..2000_u64) {
        let set = sample(seed);
        for table in &set.tables[1..] {
            let rows: Vec<_> = table.rows(&set).collect();
            prop_assert_eq!(&table.made_row(&set, n), &rows[n as usize]);
            let other = DataSet { seed: seed.wrapping_add(1), ..set.clone() };
            prop_assert_ne!(table.rows(&other).collect::<Vec<_>>(), rows);
        }
        let mut narrow = set.clone();
        narrow.tables[1].columns.drain(2..6);
        prop_assert_eq!(column(&narrow, "guests", "hut"), column(&set, "guests", "hut"));
    }

    #[test]
    fn shares_are_about_what_they_say(seed: u64) {
        let set = sample(seed);
        let of = |name| column(&set, "guests", name);
        let null = |cell: &Cell| *cell == Cell::Null;
        // Five standard deviations of 2000 draws are at most 56 in a thousand.
        for (seen, said) in [
            (share(&of("name"), null), 100),
            (share(&of("friend"), null), 500),
            (share(&of("state"), null), 250),
            (share(&of("paid"), |cell| *cell == Cell::Integer(1)), 250),
            (share(&of("hut"), |cell| !matches!(cell, Cell::Integer(3 | 7 | 9))), 200),
            (share(&of("hut"), |cell| *cell == Cell::Integer(7)), 267),
        ] {
            prop_assert!(seen.abs_diff(said) <= 56, "{} of 1000 instead of {}", seen, said);
        }
    }

    #[test]
    fn unique_is_unique_and_references_exist(seed: u64) {
        let set = sample(seed);
        let mail = column(&set, "guests", "mail");
        prop_assert_eq!(texts(&mail).into_iter().collect::<BTreeSet<_>>().len(), 2000);
        for name in ["cents", "unix"] {
            let numbers: BTreeSet<_> = integers(&column(&set, "guests", name)).into_iter().collect();
            prop_assert_eq!(numbers.len(), 2000);
        }
        let cards: BTreeSet<_> = integers(&column(&set, "cards", "guest")).into_iter().collect();
        prop_assert_eq!(cards, (1..=2000).collect::<BTreeSet<_>>());
        let mut orphans = BTreeMap::<i64, u32>::new();
        for hut in integers(&column(&set, "guests", "hut")) {
            if ![3, 7, 9].contains(&hut) {
                prop_assert!(hut > 9);
                *orphans.entry(hut).or_default() += 1;
            }
        }
        prop_assert!(orphans.values().all(|times| *times == 1));
    }

    #[test]
    fn sets_that_break_rules_have_rows_too(rows in 0..50_u64, from: i64, to: i64, step: u32, percent: u8, unique: bool) {
        let values = [
            Values::Integer(Integers { from, to, step }),
            Values::Pick(Vec::new()),
            Values::Text("{nobody}".into()),
            Values::Reference(Reference { table: "t".into(), skewed: !unique, orphans: percent }),
            Values::Reference(Reference { table: "none".into(), skewed: unique, orphans: percent }),
            Values::Bool(percent),
        ];
        let column = |values| Column { name: "c".into(), values: Some(values), nulls: percent / 2, unique };
        let table = Table { name: "t".into(), rows, columns: values.map(column).into(), ..Table::default() };
        let set = DataSet { seed: 1, tables: vec![table] };
        prop_assert!(!set.faults("data").is_empty());
        prop_assert_eq!(set.tables[0].rows(&set).count() as u64, rows);
    }
}

/// The faults of the sample after a change of its JSON at a pointer, by field.
fn faults_of(pointer: &str, value: serde_json::Value) -> Vec<String> {
    let mut json = serde_json::to_value(sample(1)).unwrap();
    *json.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = value;
    let set: DataSet = serde_json::from_value(json).unwrap();
    set.faults("data").into_iter().map(|fault| fault.field).collect()
}

#[test]
fn every_rule_names_its_field() {
    let columns = "/tables/1/columns";
    let at = |column: &str, field: &str| format!("{columns}/{column}/{field}");
    for (pointer, value, field) in [
        ("/tables/1/name".into(), json!("Guests"), "tables[1].name"),
        ("/tables/2/name".into(), json!("huts"), "tables[2].name"),
        ("/tables/1/create".into(), json!("SELECT 1"), "tables[1].create"),
        ("/tables/2/indexes/0".into(), json!("DROP TABLE huts"), "tables[2].indexes[0]"),
        ("/tables/0/rows_given/1".into(), json!([1]), "tables[0].rows_given[1]"),
        (at("1", "nulls"), json!(101), "tables[1].columns[1].nulls"),
        (at("0", "name"), json!("a b"), "tables[1].columns[0].name"),
        (at("2", "name"), json!("id"), "tables[1].columns[2].name"),
        (at("1", "values"), json!({ "text": "{nobody}" }), "tables[1].columns[1].values.text"),
        (at("1", "values"), json!({ "text": "{given" }), "tables[1].columns[1].values.text"),
        (at("2", "values"), json!({ "text": "{word}" }), "tables[1].columns[2].unique"),
        (at("3", "values/integer/step"), json!(0), "tables[1].columns[3].values.integer"),
        (at("3", "values/integer/to"), json!(9490), "tables[1].columns[3].unique"),
        (at("4", "values/pick"), json!([{ "value": 1, "weight": 0 }]), "tables[1].columns[4].values.pick"),
        (at("5", "values/date/to"), json!("1999-01-01"), "tables[1].columns[5].values"),
        (at("8", "values/reference/table"), json!("cards"), "tables[1].columns[8].values.reference"),
        (at("8", "values/reference/orphans"), json!(101), "tables[1].columns[8].values.reference"),
        (at("10", "values/bool"), json!(101), "tables[1].columns[10].values.bool"),
    ] {
        let faults = faults_of(&pointer, value);
        assert!(faults.contains(&format!("data.{field}")), "{pointer}: {faults:?}");
    }
    assert_eq!(faults_of("/tables/2/columns/0/values", json!(null)), ["data.tables[2].columns[0].values"]);
    assert_eq!(faults_of("/tables", json!([])), ["data.tables"]);
}

#[test]
fn a_set_has_bounds() {
    let mut set = sample(1);
    set.tables[2].columns[0].unique = false;
    set.tables[2].rows = DataSet::ROWS - 2003;
    assert_eq!(set.faults("data"), []);
    set.tables[2].rows += 1;
    assert_eq!(set.faults("data").len(), 1);
    set.tables[2].rows = u64::MAX;
    assert_eq!(set.rows(), u64::MAX);
    assert_eq!(set.faults("data").len(), 2, "too many rows and too many bytes");
}

#[test]
fn what_is_no_value_is_refused() {
    for value in [json!([1]), json!({ "a": 1 }), json!(u64::MAX)] {
        assert!(serde_json::from_value::<Literal>(value).is_err());
    }
    assert!(serde_json::from_value::<Day>(json!("2026-02-30")).is_err());
}
