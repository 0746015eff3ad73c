use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::drill::read;
use crate::run::Report;
use crate::{Drill, DrillKind, Fault};

/// What an author holds a drill against. It belongs to the pack's source alone and reaches neither learners nor a store.
#[derive(Debug, Clone, PartialEq)]
pub enum Solutions {
    /// Of an HTTP drill.
    Http(Cases<HttpSolution>),
    /// Of an SQL drill.
    Sql(Cases<SqlSolution>),
    /// Of a migration drill.
    Migration(Cases<MigrationSolution>),
}

/// Solutions of one kind, the reference apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Cases<S> {
    /// Those that have to pass.
    pub good: Vec<Good<S>>,
    /// Those that have to fail.
    pub bad: Vec<Bad<S>>,
}

/// A solution that has to pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Good<S> {
    /// Unique in its drill.
    pub name: String,
    /// What is handed in.
    pub solution: S,
}

/// A solution that has to fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Bad<S> {
    /// Unique in its drill.
    pub name: String,
    /// What is handed in.
    pub solution: S,
    /// The assertion that it has to fail at, as [`crate::Verdict::fails_at`] takes it.
    pub fails: String,
}

/// What was seen of a service, and the program that it was seen of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSolution {
    /// A file with the variables and the transcript, by its path from the drill's folder.
    pub transcript: String,
    /// The command that starts the service in the drill's folder, word by word.
    #[serde(default)]
    pub program: Vec<String>,
}

/// An answer to the question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlSolution {
    /// The script.
    pub sql: String,
}

/// A migration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationSolution {
    /// The SQL of each step by its id.
    pub steps: BTreeMap<String, String>,
}

impl Solutions {
    /// Reads the author's field `solutions`, which may be absent.
    pub(crate) fn parse(kind: DrillKind, value: Option<Value>) -> Result<Self, Vec<Fault>> {
        match kind {
            DrillKind::Http => Cases::parse(value).map(Self::Http),
            DrillKind::Sql => Cases::parse(value).map(Self::Sql),
            DrillKind::Migration => Cases::parse(value).map(Self::Migration),
        }
    }
}

impl Solutions {
    /// What in them does not fit the drill: names of assertions that it does not have, and steps. Those of an HTTP drill
    /// are known once a transcript is evaluated.
    pub(crate) fn faults(&self, drill: &Drill) -> Vec<Fault> {
        let (mut faults, verdict, fails) = match (self, drill) {
            (Self::Sql(cases), Drill::Sql(drill)) => {
                let nothing = Report::default();
                (Vec::new(), drill.evaluate("", &nothing, &nothing), cases.fails())
            }
            (Self::Migration(cases), Drill::Migration(drill)) => {
                let steps = |at: String, it: &MigrationSolution| drill.steps_faults(&format!("{at}.steps"), &it.steps);
                let verdict = drill.evaluate(&BTreeMap::new(), &[], &[]);
                (cases.each().flat_map(|(at, it)| steps(at, it)).collect(), verdict, cases.fails())
            }
            _ => return Vec::new(),
        };
        for (i, fails) in (0..).zip(fails) {
            if !verdict.assertions.iter().any(|assertion| assertion.is_named(fails)) {
                let names: Vec<_> = verdict.assertions.iter().map(|it| format!("{}/{}", it.step, it.subject)).collect();
                let help = format!("They are {}.", names.join(", "));
                faults.push(Fault::new(format!("solutions.bad[{i}].fails"), "No assertion is called so.", help));
            }
        }
        faults
    }
}

impl<S> Cases<S> {
    fn fails(&self) -> Vec<&str> {
        self.bad.iter().map(|bad| bad.fails.as_str()).collect()
    }

    /// Every solution with the field that holds it.
    fn each(&self) -> impl Iterator<Item = (String, &S)> {
        let good = (0..).zip(&self.good).map(|(i, good)| (format!("solutions.good[{i}]"), &good.solution));
        good.chain((0..).zip(&self.bad).map(|(i, bad)| (format!("solutions.bad[{i}]"), &bad.solution)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    #[serde(default)]
    good: Vec<Map<String, Value>>,
    #[serde(default)]
    bad: Vec<Map<String, Value>>,
}

impl<S: DeserializeOwned> Cases<S> {
    fn parse(value: Option<Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Map::new();
        fields.insert("solutions".into(), value.unwrap_or_else(|| Value::Object(Map::new())));
        #[derive(Deserialize)]
        struct Whole {
            solutions: Lists,
        }
        let Lists { good, bad } = read::<Whole>(fields)?.solutions;
        let mut faults = Vec::new();
        let mut names = Vec::new();
        let mut entry = |at: String, mut fields: Map<String, Value>, fails: bool| {
            let mut text = |field: &str, faults: &mut Vec<Fault>| match fields.remove(field) {
                Some(Value::String(text)) if !text.is_empty() => text,
                _ => {
                    faults.push(Fault::new(format!("{at}.{field}"), "This text is missing.", ""));
                    String::new()
                }
            };
            let name = text("name", &mut faults);
            let fails = if fails { text("fails", &mut faults) } else { String::new() };
            if names.contains(&name) {
                let help = "Give each solution a name of its own.";
                faults.push(Fault::new(format!("{at}.name"), format!("`{name}` is there already."), help));
            }
            names.push(name.clone());
            let solution = read::<S>(fields).map_err(|mut inner| {
                inner.iter_mut().for_each(|fault| fault.field = format!("{at}.{}", fault.field));
                faults.append(&mut inner);
            });
            solution.ok().map(|solution| Bad { name, solution, fails })
        };
        let good: Vec<_> =
            (0..).zip(good).filter_map(|(i, it)| entry(format!("solutions.good[{i}]"), it, false)).collect();
        let bad = (0..).zip(bad).filter_map(|(i, it)| entry(format!("solutions.bad[{i}]"), it, true)).collect();
        let good = good.into_iter().map(|Bad { name, solution, .. }| Good { name, solution }).collect();
        if faults.is_empty() { Ok(Self { good, bad }) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn solutions_are_read_by_their_kind() {
        let value = json!({
            "good": [{ "name": "other way", "sql": "SELECT 1" }],
            "bad": [{ "name": "slow", "sql": "SELECT 2", "fails": "plan/no_scan visits" }],
        });
        let Ok(Solutions::Sql(cases)) = Solutions::parse(DrillKind::Sql, Some(value)) else { panic!("it can be read") };
        assert_eq!((cases.good[0].name.as_str(), cases.bad[0].fails.as_str()), ("other way", "plan/no_scan visits"));
        assert!(matches!(Solutions::parse(DrillKind::Http, None), Ok(Solutions::Http(cases)) if cases.bad.is_empty()));
    }

    #[test]
    fn solutions_have_to_fit_the_drill() {
        let table = json!({ "name": "t", "create": "CREATE TABLE t (id INTEGER)" });
        let data = json!({ "seed": 1, "tables": [table] });
        let faults = |drill| {
            let found = crate::parse(drill).unwrap_err();
            found.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        let sql = json!({
            "drill": "sql/v1", "data": data, "reference": "SELECT 1",
            "solutions": { "bad": [
                { "name": "a", "sql": "SELECT 2", "fails": "result/rows" },
                { "name": "b", "sql": "SELECT 2", "fails": "result/lines" },
            ] },
        });
        assert_eq!(faults(sql), ["solutions.bad[1].fails"]);
        let migration = json!({
            "drill": "migration/v1", "data": data, "reference": { "up": "SELECT 1" },
            "queries": { "old": [{ "name": "a", "sql": "SELECT 1" }] },
            "steps": [{ "id": "up", "title": "Up" }],
            "solutions": {
                "good": [{ "name": "a", "steps": { "on": "SELECT 1" } }],
                "bad": [{ "name": "b", "steps": { "up": "SELECT 1" }, "fails": "up/old b" }],
            },
        });
        assert_eq!(faults(migration), ["solutions.good[0].steps.on", "solutions.bad[0].fails"]);
    }

    #[test]
    fn all_faults_are_told_with_their_place() {
        let value = json!({
            "good": [{ "name": "a", "sql": 1 }],
            "bad": [{ "name": "a", "sql": "x" }, { "sql": "x", "fails": "y", "more": 1 }],
        });
        let faults = Solutions::parse(DrillKind::Sql, Some(value)).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "solutions.good[0].sql",
                "solutions.bad[0].fails",
                "solutions.bad[0].name",
                "solutions.bad[1].name",
                "solutions.bad[1].more"
            ]
        );
        assert!(Solutions::parse(DrillKind::Sql, Some(json!("x"))).is_err());
    }
}
