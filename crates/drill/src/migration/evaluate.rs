use std::collections::{BTreeMap, BTreeSet};

use super::danger::Reader;
use super::{DOWN, Danger, Leftover, MigrationDrill, New, Old, Step, Steps};
use crate::run::{Answer, Report, ResultSet, Stage, State};
use crate::sql::{Found, Marks, Sheet, counted, cut, normal, same_answer};
use crate::{Evidence, Verdict};

use Found::{Fails, Holds, Unasked};

impl MigrationDrill {
    /// Judges a solution by what was seen of it and of the reference, both after [`MigrationDrill::jobs`] and in that order.
    /// There is a verdict on any reports; its assertions and their order follow from the drill alone. A run that was ended
    /// by a limit leaves everything skipped.
    #[must_use]
    pub fn evaluate(&self, solution: &Steps, mine: &[Report], reference: &[Report]) -> Verdict {
        let stopped = mine.iter().find_map(|report| report.stopped.clone());
        let runs = Runs {
            straight: mine.first(),
            interrupted: mine.get(1).filter(|_| self.interrupts()),
            down: mine.get(1 + usize::from(self.interrupts())).filter(|_| self.down.is_some()),
            reference: reference.first(),
        };
        let mut reader = Reader::new(&self.data);
        let mut sheet = Sheet::default();
        let mut shown = Evidence::default();
        shown.messages.extend(stopped.as_ref().map(crate::run::Stop::message));
        for step in &self.steps {
            let found = solution.get(&step.id).map(|sql| reader.read(sql));
            shown.messages.extend(self.notes(&step.id, found.as_deref().unwrap_or_default()));
            let mut notes = Notes { sheet: &mut sheet, step: &step.id, hints: &step.hints, stopped: stopped.is_some() };
            let state = notes.begin(runs.straight);
            shown.messages.extend(error(runs.straight, &step.id));
            if let Some(batches) = &step.batches {
                let stage = runs.straight.and_then(|report| stage(report, &step.id)).filter(|_| state.is_some());
                notes.add(
                    "finished",
                    format!("an end within {} runs", batches.at_most),
                    stage.map(|stage| {
                        let got = counted(stage.runs.into(), "run");
                        if stage.runs < batches.at_most { Holds(got) } else { Fails(format!("none after {got}")) }
                    }),
                );
                let expected = format!("at most {} changed in a run", counted(batches.of, "row"));
                notes.add(
                    "batches",
                    expected,
                    stage.map(|stage| {
                        let got = counted(stage.most_changed, "row");
                        if stage.most_changed <= batches.of { Holds(got) } else { Fails(got) }
                    }),
                );
            }
            notes.add("dangers", self.unwanted(), found.map(|found| self.dangers_found(&found)));
            self.look(&mut notes, step, state, &runs);
        }
        if let Some(down) = &self.down {
            let found = solution.get(DOWN).map(|sql| Reader::new(&self.data).read(sql));
            let mut notes = Notes { sheet: &mut sheet, step: DOWN, hints: &down.hints, stopped: stopped.is_some() };
            let state = notes.begin(runs.down);
            shown.messages.extend(error(runs.down, DOWN));
            notes.add("dangers", self.unwanted(), found.map(|found| self.dangers_found(&found)));
            let pair = runs.down.map(|report| &report.before).zip(state);
            notes.add(
                "schema",
                "the schema as it was at the beginning",
                pair.map(|(before, after)| schema(before, after)),
            );
            notes.add(
                "tables",
                "the rows as they were at the beginning",
                pair.map(|(before, after)| tables(before, after)),
            );
            for query in &self.queries.old {
                let name = format!("old {}", query.name);
                let found = pair.map(|(before, after)| answers(&name, after, before, "before"));
                notes.add(&name, "what it gave at the beginning", found);
            }
        }
        Verdict { assertions: sheet.0, stopped, evidence: shown }
    }

    fn look(&self, notes: &mut Notes<'_>, step: &Step, state: Option<&State>, runs: &Runs<'_>) {
        let before = runs.straight.map(|report| &report.before);
        let pair = before.zip(state);
        if step.old != Old::Gone {
            for query in &self.queries.old {
                let name = format!("old {}", query.name);
                let (expected, found) = match step.old {
                    Old::AsBefore => (
                        "what it gave at the beginning",
                        pair.map(|(before, after)| answers(&name, after, before, "before")),
                    ),
                    _ => ("an answer", state.map(|state| works(&name, state))),
                };
                notes.add(&name, expected, found);
            }
        }
        if step.new != New::Unasked {
            let wanted = runs.reference.and_then(|report| stage(report, &step.id)).map(|stage| &stage.after);
            for query in &self.queries.new {
                let name = format!("new {}", query.name);
                let (expected, found) = match step.new {
                    New::LikeReference => (
                        "what it gives after the reference",
                        state.zip(wanted).map(|(state, wanted)| answers(&name, state, wanted, "after the reference")),
                    ),
                    _ => ("an answer", state.map(|state| works(&name, state))),
                };
                notes.add(&name, expected, found);
            }
        }
        for table in &self.keeps {
            let rows = |state: &State| state.tables.iter().find(|it| it.name == *table).map(|it| it.rows);
            let found = pair.map(|(before, after)| match (rows(before), rows(after)) {
                (Some(before), Some(after)) if before == after => Holds(counted(after, "row")),
                (_, None) => Fails("no such table".into()),
                (before, Some(after)) => {
                    Fails(format!("{} instead of {}", counted(after, "row"), before.unwrap_or_default()))
                }
            });
            notes.add(&format!("rows {table}"), format!("as many rows in {table} as before"), found);
        }
        let keys = pair.map(|(before, after)| foreign_keys(before, after));
        notes.add("foreign_keys", "an index on each new foreign key, and no row that has lost what it refers to", keys);
        let left = pair.map(|(before, after)| self.leftovers(before, after));
        notes.add("leftovers", "no new triggers or views, unless they are allowed", left);
        if step.interrupted_after.is_some() {
            let found = runs.interrupted.zip(state).and_then(|(report, straight)| {
                let stage = stage(report, &step.id)?;
                Some(match &stage.error {
                    Some(error) => Fails(error.message.clone()),
                    None => tables(straight, &stage.after),
                })
            });
            notes.add("resumes", "the same rows after it was broken off and run again", found);
        }
    }

    fn leftovers(&self, before: &State, after: &State) -> Found {
        let unwanted = |kind: &str| match kind {
            "trigger" => !self.may_leave.contains(&Leftover::Triggers),
            "view" => !self.may_leave.contains(&Leftover::Views),
            _ => false,
        };
        let new = after.schema.iter().filter(|item| unwanted(&item.kind) && !before.schema.contains(item));
        none_of(new.map(|item| format!("{} {}", item.kind, item.name)).collect())
    }

    fn unwanted(&self) -> String {
        let titles: Vec<_> = self.dangers.iter().map(|kind| kind.title()).collect();
        if titles.is_empty() { "anything".into() } else { format!("none of: {}", titles.join(", ")) }
    }

    fn dangers_found(&self, found: &[Danger]) -> Found {
        let bad = found.iter().filter(|danger| self.dangers.contains(&danger.kind));
        none_of(
            bad.map(|danger| format!("{} `{}` {} {}", danger.kind.title(), danger.sql, danger.suffers, danger.instead))
                .collect(),
        )
    }

    /// Dangers that don't count, for a person.
    fn notes<'a>(&'a self, step: &'a str, found: &'a [Danger]) -> impl Iterator<Item = String> + 'a {
        let others = found.iter().filter(|danger| !self.dangers.contains(&danger.kind));
        others.map(move |danger| cut(format!("{step}: `{}` {} {}", danger.sql, danger.suffers, danger.instead)))
    }
}

/// What was seen, by what it was for.
struct Runs<'a> {
    straight: Option<&'a Report>,
    interrupted: Option<&'a Report>,
    down: Option<&'a Report>,
    reference: Option<&'a Report>,
}

/// A step's assertions.
struct Notes<'a> {
    sheet: &'a mut Sheet,
    step: &'a str,
    hints: &'a BTreeMap<String, String>,
    stopped: bool,
}

impl Notes<'_> {
    fn add(&mut self, subject: &str, expected: impl Into<String>, found: Option<Found>) {
        let found = found.filter(|_| !self.stopped).unwrap_or(Unasked);
        let marks = Marks { hint: self.hints.get(subject).cloned(), ..Marks::default() };
        self.sheet.note(self.step, subject.to_owned(), &marks, expected, found);
    }

    /// Notes whether the step runs; the database afterwards, if it does.
    fn begin<'b>(&mut self, report: Option<&'b Report>) -> Option<&'b State> {
        let stage = report.and_then(|report| stage(report, self.step));
        let found = stage.map(|stage| match &stage.error {
            Some(error) => Fails(format!("statement {}: {}", error.statement.saturating_add(1), error.message)),
            None if stage.open_transaction => Fails("a transaction that was begun and never ended".into()),
            None => Holds("it runs".into()),
        });
        let ran = matches!(found, Some(Holds(_)));
        self.add("runs", "statements that run without an error and leave no transaction open", found);
        stage.filter(|_| ran).map(|stage| &stage.after)
    }
}

fn stage<'a>(report: &'a Report, step: &str) -> Option<&'a Stage> {
    report.stages.iter().find(|stage| stage.step == step)
}

fn error(report: Option<&Report>, step: &str) -> Option<String> {
    let error = report.and_then(|report| stage(report, step))?.error.as_ref()?;
    Some(cut(format!("{step}: {}", error.message)))
}

fn none_of(found: Vec<String>) -> Found {
    if found.is_empty() { Holds("none".into()) } else { Fails(found.join("; ")) }
}

fn answer<'a>(state: &'a State, name: &str) -> Option<&'a Result<ResultSet, String>> {
    let is = |answer: &&Answer| answer.name == name;
    state.answers.iter().find(is).map(|answer| &answer.answer)
}

fn works(name: &str, state: &State) -> Found {
    match answer(state, name) {
        None => Unasked,
        Some(Err(message)) => Fails(message.clone()),
        Some(Ok(rows)) => Holds(counted(rows.rows.len() as u64, "row")),
    }
}

fn answers(name: &str, mine: &State, wanted: &State, when: &str) -> Found {
    match (answer(mine, name), answer(wanted, name)) {
        (None, _) | (_, None | Some(Err(_))) => Unasked,
        (Some(Err(message)), _) => Fails(message.clone()),
        (Some(Ok(mine)), Some(Ok(wanted))) => match same_answer(false, mine, wanted) {
            Ok(()) => Holds(counted(mine.rows.len() as u64, "row")),
            Err(got) => Fails(format!("not the same as {when}: {got}")),
        },
    }
}

fn foreign_keys(before: &State, after: &State) -> Found {
    let new = |before: &[String], after: &[String]| -> Vec<String> {
        after.iter().filter(|it| !before.contains(it)).cloned().collect()
    };
    let mut found = new(&before.broken_foreign_keys, &after.broken_foreign_keys);
    found.iter_mut().for_each(|it| *it = format!("rows that refer to nothing: {it}"));
    let unindexed = new(&before.unindexed_foreign_keys, &after.unindexed_foreign_keys);
    found.extend(unindexed.into_iter().map(|it| format!("no index on {it}")));
    none_of(found)
}

fn schema(before: &State, after: &State) -> Found {
    let items = |state: &State| -> BTreeSet<_> {
        state.schema.iter().map(|it| (it.kind.clone(), it.name.to_lowercase(), normal(&it.sql))).collect()
    };
    let (before, after) = (items(before), items(after));
    let named = |of: &BTreeSet<(String, String, String)>, kind: &str, name: &str| {
        of.iter().any(|item| item.0 == kind && item.1 == name)
    };
    let mut found: Vec<_> = (before.difference(&after))
        .map(|(kind, name, _)| {
            let how = if named(&after, kind, name) { "is not as it was" } else { "is gone" };
            format!("the {kind} {name} {how}")
        })
        .collect();
    let left = after.iter().filter(|item| !named(&before, &item.0, &item.1));
    found.extend(left.map(|(kind, name, _)| format!("the {kind} {name} is left")));
    if found.is_empty() { Holds("the same".into()) } else { Fails(found.join("; ")) }
}

fn tables(wanted: &State, mine: &State) -> Found {
    let mut found = Vec::new();
    for table in &wanted.tables {
        match mine.tables.iter().find(|it| it.name == table.name) {
            None => found.push(format!("{} is gone", table.name)),
            Some(it) if it.rows != table.rows => {
                found.push(format!("{} has {} instead of {}", table.name, counted(it.rows, "row"), table.rows));
            }
            Some(it) if it.hash != table.hash => found.push(format!("{} has other rows or columns", table.name)),
            Some(_) => {}
        }
    }
    let more = mine.tables.iter().filter(|it| wanted.tables.iter().all(|other| other.name != it.name));
    found.extend(more.map(|it| format!("{} is left", it.name)));
    if found.is_empty() { Holds("the same".into()) } else { Fails(found.join("; ")) }
}
