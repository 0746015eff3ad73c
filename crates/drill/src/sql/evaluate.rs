use super::compare::compare;
use super::sheet::{Found, Sheet, found};
use super::show::{counted, cut, evidence};
use super::words::{names_of, uses};
use super::{AnswerKind, Check, Columns, Construct, Marks, SqlDrill, Test, plan, same_answer};
use crate::run::{Answer, Report, State};
use crate::{Evidence, Verdict};

use Found::{Fails, Holds, Unasked};

impl SqlDrill {
    /// Compares what was seen of an answer with what was seen of the reference, both after [`SqlDrill::job`]. `sql` is the
    /// answer. There is a verdict on any reports; its assertions and their order follow from the drill alone.
    ///
    /// A run that was ended by a limit, or by an error, leaves everything but `result/runs` skipped.
    #[must_use]
    pub fn evaluate(&self, sql: &str, mine: &Report, reference: &Report) -> Verdict {
        let ran = mine.stopped.is_none() && mine.error.is_none();
        let ready = ran && reference.stopped.is_none() && reference.error.is_none();
        let ask = |found: &dyn Fn() -> Found| if ready { found() } else { Unasked };
        let mut sheet = Sheet::default();
        let mut shown = Evidence::default();

        let (expected, one) = match self.answer {
            AnswerKind::Query => ("one statement that runs without an error", mine.statements == 1),
            AnswerKind::Script => ("statements that run without an error", true),
        };
        let said = match (&mine.stopped, &mine.error) {
            (Some(stop), _) => Some(stop.message()),
            (None, Some(error)) => Some(error.message.clone()),
            (None, None) => None,
        };
        shown.messages.extend(said.clone().map(cut));
        let runs = said.map_or_else(|| found(one, counted(mine.statements.into(), "statement")), Fails);
        sheet.note("result", "runs".into(), &Marks::default(), expected, runs);

        if let Some(how) = self.compared() {
            let pair = mine.result.as_ref().zip(reference.result.as_ref());
            let compared = pair.map(|(mine, reference)| compare(&how, mine, reference));
            let expected = match &reference.result {
                Some(result) if how.columns == Columns::ByName => result.columns.join(", "),
                Some(result) => counted(result.columns.len() as u64, "column"),
                None => "the columns asked for".into(),
            };
            let nothing = || found(reference.result.is_none(), "no rows at all");
            let columns = ask(&|| match &compared {
                None if reference.result.is_none() => Unasked,
                None => nothing(),
                Some(compared) => compared.columns.clone().map_or_else(|| Holds(expected.clone()), Fails),
            });
            sheet.note("result", "columns".into(), &Marks::default(), expected.clone(), columns);
            let rows = ask(&|| match &compared {
                Some(compared) if compared.columns.is_none() => {
                    let right = || Holds(counted(mine.result.as_ref().map_or(0, |it| it.rows.len() as u64), "row"));
                    compared.rows.as_ref().map_or_else(right, |(got, _)| Fails(got.clone()))
                }
                _ => Unasked,
            });
            let order = if how.ordered { "in the order asked for" } else { "in any order" };
            let expected = match &reference.result {
                Some(result) => format!("{}, {order}", counted(result.rows.len() as u64, "row")),
                None => format!("the rows asked for, {order}"),
            };
            sheet.note("result", "rows".into(), &Marks::counting(how.hint.clone(), how.weight), expected, rows);
            if ready {
                shown.difference = compared.and_then(|compared| compared.rows).map(|(_, difference)| difference);
            }
        }
        for step in ["result", "plan", "state"] {
            if step == "state" && self.answer == AnswerKind::Script {
                let closed = ask(&|| match mine.open_transaction {
                    true => Fails("one that was begun and never ended, and is undone with that".into()),
                    false => Holds("none is open".into()),
                });
                sheet.note(step, "transaction".into(), &Marks::default(), "no transaction left open", closed);
            }
            for Check { test, marks } in &self.checks {
                if test.step() == step {
                    for (subject, expected, look) in test.looks(sql, mine) {
                        sheet.note(step, subject, marks, expected, ask(&look));
                    }
                }
            }
        }
        for probe in &self.probes {
            let found = ask(&|| probe_found(probe.ordered, &probe.name, &mine.after, &reference.after));
            let expected = format!("what `{}` gives after the reference", probe.name);
            let marks = Marks::counting(probe.hint.clone(), probe.weight);
            sheet.note("state", format!("probe {}", probe.name), &marks, expected, found);
        }
        shown.result = mine.result.as_ref().map(evidence);
        shown.plan = mine.plan.iter().take(100).cloned().collect();
        shown.plan.iter_mut().for_each(|step| step.detail = cut(std::mem::take(&mut step.detail)));
        Verdict { assertions: sheet.0, stopped: mine.stopped.clone(), evidence: shown }
    }
}

fn answer<'a>(state: &'a State, name: &str) -> Option<&'a Answer> {
    state.answers.iter().find(|answer| answer.name == name)
}

fn probe_found(ordered: bool, name: &str, mine: &State, reference: &State) -> Found {
    match (answer(mine, name).map(|it| &it.answer), answer(reference, name).map(|it| &it.answer)) {
        (_, None | Some(Err(_))) => Unasked,
        (None, _) => Fails("no answer".into()),
        (Some(Err(message)), _) => Fails(message.clone()),
        (Some(Ok(mine)), Some(Ok(reference))) => match same_answer(ordered, mine, reference) {
            Ok(()) => Holds(counted(mine.rows.len() as u64, "row")),
            Err(got) => Fails(got),
        },
    }
}

type Look<'a> = Box<dyn Fn() -> Found + 'a>;

impl Test {
    /// The step of the verdict that it belongs to.
    const fn step(&self) -> &'static str {
        match self {
            Self::Statements(_) | Self::MustUse(_) | Self::MustNotUse(_) => "result",
            Self::UsesIndex { .. } | Self::NoScan(_) => "plan",
            Self::Unchanged(_) | Self::RowsChanged(_) => "state",
        }
    }

    /// Its assertions: subject, what is expected, and how to find out.
    fn looks<'a>(&'a self, sql: &'a str, mine: &'a Report) -> Vec<(String, String, Look<'a>)> {
        let one = |subject: String, expected: String, look: Look<'a>| vec![(subject, expected, look)];
        match self {
            Self::Statements(most) => one(
                "statements".into(),
                format!("at most {}", counted((*most).into(), "statement")),
                Box::new(|| found(mine.statements <= *most, counted(mine.statements.into(), "statement"))),
            ),
            Self::MustUse(construct) => construct_look(sql, *construct, true),
            Self::MustNotUse(construct) => construct_look(sql, *construct, false),
            Self::UsesIndex { table, index } => one(
                format!("uses_index {table}"),
                match index {
                    Some(index) => format!("a search of {table} by the index {index}"),
                    None => format!("a search of {table} by one of its indexes"),
                },
                Box::new(move || {
                    let uses = plan::uses_index(&mine.plan, &mine.after, table, index.as_deref());
                    if mine.plan.is_empty() { Fails("no plan".into()) } else { found(uses, plan_text(mine)) }
                }),
            ),
            Self::NoScan(table) => one(
                format!("no_scan {table}"),
                format!("no reading of {table} from one end to the other"),
                Box::new(move || {
                    let scans = plan::scans(&mine.plan, &names_of(sql, table));
                    match scans.first() {
                        _ if mine.plan.is_empty() => Fails("no plan".into()),
                        Some(scan) => Fails((*scan).to_owned()),
                        None => Holds(plan_text(mine)),
                    }
                }),
            ),
            Self::Unchanged(tables) => {
                let each = |table: &'a String| {
                    let state = |state: &'a State| state.tables.iter().find(|it| it.name.eq_ignore_ascii_case(table));
                    let look: Look<'a> = Box::new(move || match (state(&mine.before), state(&mine.after)) {
                        (Some(before), Some(after)) if before == after => Holds("the same rows".into()),
                        (Some(before), Some(after)) => {
                            Fails(format!("{} before, {} after, not the same", before.rows, counted(after.rows, "row")))
                        }
                        _ => Fails("no such table".into()),
                    });
                    (format!("unchanged {table}"), format!("the same rows in {table} as before"), look)
                };
                tables.iter().map(each).collect()
            }
            Self::RowsChanged(most) => one(
                "rows_changed".into(),
                format!("at most {} changed", counted(*most, "row")),
                Box::new(|| found(mine.changed <= *most, counted(mine.changed, "row"))),
            ),
        }
    }
}

fn construct_look(sql: &str, construct: Construct, wanted: bool) -> Vec<(String, String, Look<'_>)> {
    let title = construct.title();
    let (verb, expected) =
        if wanted { ("must_use", title.to_owned()) } else { ("must_not_use", format!("no {title}")) };
    let look = move || match uses(sql, construct) {
        None => Fails("a text or a comment without an end".into()),
        Some(used) => found(used == wanted, if used { format!("it uses {title}") } else { format!("no {title}") }),
    };
    vec![(format!("{verb} {}", construct.name()), expected.replace("no a ", "no "), Box::new(look))]
}

fn plan_text(mine: &Report) -> String {
    mine.plan.iter().map(|step| step.detail.as_str()).collect::<Vec<_>>().join("; ")
}
