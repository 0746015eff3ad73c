//! What a drill asks, in words.

use cairn_drill::data::{DataSet, Table};
use cairn_drill::http::{HttpDrill, Step};
use cairn_drill::migration::{DOWN, MigrationDrill, New, Old};
use cairn_drill::run::NamedQuery;
use cairn_drill::sql::{Allow, AnswerKind, SqlDrill, Test};
use cairn_drill::{Drill, DrillKind};

/// What a drill asks.
pub(crate) enum Asked {
    /// Requests to the learner's own service.
    Http(HttpAsked),
    /// A question to a database.
    Sql(SqlAsked),
    /// A schema to change.
    Migration(MigrationAsked),
}

/// Requests that are sent.
pub(crate) struct HttpAsked {
    /// Where the service is expected.
    pub(crate) address: String,
    pub(crate) may_override: bool,
    pub(crate) steps: Vec<HttpStep>,
}

/// One of them.
pub(crate) struct HttpStep {
    pub(crate) id: String,
    /// Method and path.
    pub(crate) request: String,
    /// How it is sent, where that is not simply once.
    pub(crate) note: String,
    /// How many things have to hold.
    pub(crate) assertions: usize,
}

/// A table of the database.
pub(crate) struct TableShown {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) columns: Vec<String>,
    /// The statements that make it and its indexes.
    pub(crate) made_by: String,
}

/// A question to a database.
pub(crate) struct SqlAsked {
    /// What is handed in.
    pub(crate) answer: &'static str,
    pub(crate) tables: Vec<TableShown>,
    pub(crate) checks: Vec<String>,
}

/// A step of a migration.
pub(crate) struct MigrationStep {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) checks: Vec<String>,
}

/// A schema to change.
pub(crate) struct MigrationAsked {
    pub(crate) tables: Vec<TableShown>,
    pub(crate) steps: Vec<MigrationStep>,
    pub(crate) old: Vec<NamedQuery>,
    pub(crate) new: Vec<NamedQuery>,
    /// What is checked after every step.
    pub(crate) checks: Vec<String>,
}

/// A kind of drill in words.
pub(crate) const fn kind_words(kind: DrillKind) -> &'static str {
    match kind {
        DrillKind::Http => "HTTP drill",
        DrillKind::Sql => "SQL drill",
        DrillKind::Migration => "migration drill",
    }
}

impl Asked {
    pub(crate) fn of(drill: &Drill) -> Self {
        match drill {
            Drill::Http(drill) => Self::Http(http(drill)),
            Drill::Sql(drill) => Self::Sql(sql(drill)),
            Drill::Migration(drill) => Self::Migration(migration(drill)),
        }
    }

    /// Whether it is run on the learner's machine.
    pub(crate) const fn is_http(&self) -> bool {
        matches!(self, Self::Http(_))
    }
}

/// The method and path of a step, which may be those of an earlier one.
fn request(drill: &HttpDrill, step: &Step) -> String {
    let mut of = Some(step);
    let (mut method, mut path) = (None, None);
    // A step repeats an earlier one, so this ends.
    for _ in 0..=drill.steps.len() {
        let Some(step) = of else { break };
        method = method.or(step.request.method);
        path = path.or(step.request.path.as_deref());
        of = step.request.same_as.as_ref().and_then(|id| drill.steps.iter().find(|step| step.id == *id));
    }
    let method = method.unwrap_or(cairn_drill::http::Method::Get);
    format!("{} {}", method.as_str(), path.unwrap_or("/"))
}

fn http_step(drill: &HttpDrill, step: &Step) -> HttpStep {
    let again = step.request.same_as.as_ref().map(|id| format!("as in `{id}`"));
    let burst = step.burst.map(|times| format!("{times} times at once"));
    let eventually = step.eventually.as_ref();
    let wait = eventually.map(|wait| format!("again and again for up to {}, until it holds", time(wait.timeout_ms)));
    HttpStep {
        id: step.id.clone(),
        request: request(drill, step),
        note: [again, burst, wait].into_iter().flatten().collect::<Vec<_>>().join(", "),
        assertions: step.expect.len() + step.expect_group.len(),
    }
}

fn time(ms: u32) -> String {
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}

fn http(drill: &HttpDrill) -> HttpAsked {
    HttpAsked {
        address: drill.base_url.default.clone(),
        may_override: drill.base_url.may_override,
        steps: drill.steps.iter().map(|step| http_step(drill, step)).collect(),
    }
}

fn tables(data: &DataSet) -> Vec<TableShown> {
    let made_by = |table: &Table| {
        let statements = std::iter::once(&table.create).chain(&table.indexes);
        statements.map(|sql| format!("{};", sql.trim().trim_end_matches(';'))).collect::<Vec<_>>().join("\n\n")
    };
    let shown = |table: &Table| TableShown {
        name: table.name.clone(),
        rows: table.len(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        made_by: made_by(table),
    };
    data.tables.iter().map(shown).collect()
}

fn test(test: &Test) -> String {
    match test {
        Test::UsesIndex { table, index: Some(index) } => {
            format!("The plan searches `{table}` by the index `{index}`.")
        }
        Test::UsesIndex { table, index: None } => format!("The plan searches `{table}` by an index."),
        Test::NoScan(table) => format!("No step of the plan goes through all of `{table}`."),
        Test::Statements(most) => format!("At most {most} statements run."),
        Test::Unchanged(tables) => format!("The rows stay as they are in {}.", listed(tables)),
        Test::RowsChanged(most) => format!("At most {most} rows are inserted, changed or deleted."),
        Test::MustUse(construct) => format!("It uses {}.", construct.title()),
        Test::MustNotUse(construct) => format!("It does without {}.", construct.title()),
    }
}

/// Names in a sentence.
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn sql(drill: &SqlDrill) -> SqlAsked {
    let allowed = |what| drill.allow.contains(&what);
    let answer = match (drill.answer, allowed(Allow::Writes), allowed(Allow::Indexes)) {
        (AnswerKind::Query, ..) => "one query",
        (AnswerKind::Script, false, false) => "a script that reads",
        (AnswerKind::Script, true, false) => "a script, which may change rows",
        (AnswerKind::Script, false, true) => "a script, which may make and drop indexes",
        (AnswerKind::Script, true, true) => "a script, which may change rows, and make and drop indexes",
    };
    let rows = match (drill.answer, &drill.rows) {
        (AnswerKind::Script, None) => None,
        (_, rows) => {
            let ordered = rows.as_ref().is_some_and(|rows| rows.ordered);
            Some(format!("The rows are those that are asked for, in {} order.", if ordered { "that" } else { "any" }))
        }
    };
    let probes = drill.probes.iter().map(|probe| format!("Afterwards `{}` finds what it should.", probe.name));
    let checks = drill.checks.iter().map(|check| {
        let words = test(&check.test);
        if check.marks.advice { format!("{words} This is advice, and does not count.") } else { words }
    });
    SqlAsked { answer, tables: tables(&drill.data), checks: rows.into_iter().chain(checks).chain(probes).collect() }
}

fn migration(drill: &MigrationDrill) -> MigrationAsked {
    let steps = drill.steps.iter().map(|step| {
        let old = match step.old {
            Old::AsBefore => Some("The old version's queries answer as before.".to_owned()),
            Old::Works => Some("The old version's queries answer.".to_owned()),
            Old::Gone => None,
        };
        let new = match step.new {
            New::Unasked => None,
            New::Works => Some("The new version's queries answer.".to_owned()),
            New::LikeReference => Some("The new version's queries answer what they should.".to_owned()),
        };
        let batches = step.batches.as_ref().map(|batches| {
            let (of, most) = (batches.of, batches.at_most);
            format!(
                "It is one batch of at most {of} rows, which is run until it changes nothing, at most {most} times."
            )
        });
        let broken = step.interrupted_after;
        let broken =
            broken.map(|rows| format!("It is broken off after {rows} changed rows and run again, to the same end."));
        let checks = [batches, broken, old, new].into_iter().flatten().collect();
        MigrationStep { id: step.id.clone(), title: step.title.clone(), checks }
    });
    let down = drill.down.as_ref().map(|down| {
        let after = down.after.as_ref().or_else(|| drill.steps.last().map(|step| &step.id));
        let after =
            after.map(|id| format!("It is run after `{id}`. Schema and rows are then as they were at the beginning."));
        MigrationStep { id: DOWN.to_owned(), title: down.title.clone(), checks: after.into_iter().collect() }
    });
    let keeps = (!drill.keeps.is_empty()).then(|| format!("No row is lost or doubled in {}.", listed(&drill.keeps)));
    let dangers: Vec<_> = drill.dangers.iter().map(|danger| danger.title()).collect();
    let dangers = (!dangers.is_empty()).then(|| format!("No large table suffers: no {}.", dangers.join(", no ")));
    let others = [
        "Every new foreign key has an index, and no row has lost what it refers to.".to_owned(),
        "No trigger or view is left behind, unless that is allowed.".to_owned(),
    ];
    MigrationAsked {
        tables: tables(&drill.data),
        steps: steps.chain(down).collect(),
        old: drill.queries.old.clone(),
        new: drill.queries.new.clone(),
        checks: keeps.into_iter().chain(dangers).chain(others).collect(),
    }
}

/// A step of a verdict in words, and what was sent for it.
pub(crate) fn step_words(drill: &Drill, id: &str) -> (String, String) {
    match drill {
        Drill::Http(drill) => {
            let found = drill.steps.iter().find(|step| step.id == id);
            (id.to_owned(), found.map(|step| request(drill, step)).unwrap_or_default())
        }
        Drill::Sql(_) => {
            let title = match id {
                "result" => "The result",
                "plan" => "The plan",
                "state" => "The database afterwards",
                other => other,
            };
            (title.to_owned(), String::new())
        }
        Drill::Migration(drill) => {
            let step = drill.steps.iter().find(|step| step.id == id).map(|step| &step.title);
            let title = step.or_else(|| drill.down.as_ref().filter(|_| id == DOWN).map(|down| &down.title));
            (title.map_or_else(|| id.to_owned(), |title| format!("{id}: {title}")), String::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drill(value: serde_json::Value) -> Drill {
        cairn_drill::parse(value).unwrap().drill
    }

    #[test]
    fn the_steps_of_an_http_drill_are_told_in_words() {
        let drill = drill(json!({
            "drill": "http/v1",
            "steps": [
                { "id": "make", "request": { "method": "POST", "path": "/huts" }, "expect": [{ "status": 201 }, { "status": 201 }] },
                { "id": "race", "burst": 20, "request": { "same_as": "make" }, "expect_group": [{ "all": { "status": 201 } }] },
                { "id": "read", "eventually": { "timeout_ms": 2000, "every_ms": 100 },
                  "request": { "method": "GET", "path": "/huts" }, "expect": [{ "status": 200 }] },
            ],
        }));
        let Asked::Http(asked) = Asked::of(&drill) else { panic!("another kind") };
        let told: Vec<_> =
            asked.steps.iter().map(|step| (step.request.as_str(), step.note.as_str(), step.assertions)).collect();
        let wanted = [
            ("POST /huts", "", 2),
            ("POST /huts", "as in `make`, 20 times at once", 1),
            ("GET /huts", "again and again for up to 2 s, until it holds", 1),
        ];
        assert_eq!(told, wanted);
        assert_eq!(step_words(&drill, "race"), ("race".into(), "POST /huts".into()));
    }
}
