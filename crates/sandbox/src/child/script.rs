//! A learner's script.

use cairn_drill::run::{Limits, NamedQuery, PlanStep, Report, Stop};
use rusqlite::{Batch, Connection, Statement, fallible_iterator::FallibleIterator as _};

use super::Place;
use super::guard::{Ending, Guard, Mode, SQL_BYTES};
use super::look::Rows;

/// Runs it, and looks at what it left.
pub(super) fn run(
    place: Place,
    sql: &str,
    mode: Mode,
    probes: &[NamedQuery],
    limits: &Limits,
    report: &mut Report,
) -> Result<(), Stop> {
    let guard = Guard::over(place.db(), mode, limits).map_err(|_| Stop::Memory)?;
    let changes = place.db().total_changes();
    let ended = statements(place.db(), &guard, sql, limits, report);
    report.changed = place.db().total_changes() - changes;
    match ended {
        Ok(()) => {}
        Err(Ending::Stop(stop)) => return Err(stop),
        Err(Ending::Error(error)) => report.error = Some(error),
    }
    report.open_transaction = !place.db().is_autocommit();
    roll_back(place.db());
    // Where nothing could be changed, a large data set is not read from end to end to see that nothing was.
    if !mode.writes && !mode.indexes {
        report.after = report.before.clone();
        report.after.answers = place.beside(|db| super::look::answers(db, probes, limits)).map_err(stop)?;
    } else {
        report.after = place.state(probes, limits).map_err(|ending| match ending {
            Ending::Stop(stop) => stop,
            Ending::Error(_) => Stop::Crashed,
        })?;
    }
    Ok(())
}

fn stop(error: rusqlite::Error) -> Stop {
    match super::guard::ending(&error, 0, "") {
        Ending::Stop(stop) => stop,
        Ending::Error(_) => Stop::Crashed,
    }
}

/// Undoes what is not committed.
pub(super) fn roll_back(db: &Connection) {
    if !db.is_autocommit() {
        let _ = super::guard::disarm(db).and_then(|()| db.execute_batch("ROLLBACK"));
    }
}

/// Why a script is not even begun.
pub(super) fn too_much(sql: &str) -> Option<Stop> {
    if sql.len() > SQL_BYTES {
        return Some(Stop::Refused(format!("a script of more than {SQL_BYTES} bytes")));
    }
    // The engine would take it for the end, and what follows would not run.
    sql.contains('\0').then(|| Stop::Refused("the character NUL".into()))
}

fn statements(db: &Connection, guard: &Guard, sql: &str, limits: &Limits, report: &mut Report) -> Result<(), Ending> {
    if let Some(stop) = too_much(sql) {
        return Err(Ending::Stop(stop));
    }
    let mut batch = Batch::new(db, sql);
    loop {
        let number = report.statements;
        let failed = |error: &rusqlite::Error| guard.ending(error, number, sql);
        let Some(mut statement) = batch.next().map_err(|error| failed(&error))? else { return Ok(()) };
        if number >= limits.statements {
            return Err(Ending::Stop(Stop::Statements));
        }
        if statement.column_count() == 0 {
            statement.execute(()).map_err(|error| failed(&error))?;
        } else {
            let mut rows = Rows::new(&statement, limits);
            let mut found = statement.query(()).map_err(|error| failed(&error))?;
            while let Some(row) = found.next().map_err(|error| failed(&error))? {
                rows.take(row).map_err(Ending::Stop)?;
            }
            drop(found);
            report.result = Some(rows.set);
            report.plan = plan(db, &statement);
        }
        report.statements += 1;
    }
}

/// How the engine goes about a statement; nothing for one that is a plan itself.
fn plan(db: &Connection, statement: &Statement<'_>) -> Vec<PlanStep> {
    let Some(sql) = statement.expanded_sql().filter(|_| statement.is_explain() == 0) else { return Vec::new() };
    let read = || -> rusqlite::Result<Vec<PlanStep>> {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut depths = std::collections::HashMap::from([(0i64, 0u32)]);
        let step = |row: &rusqlite::Row<'_>| {
            let (id, parent): (i64, i64) = (row.get(0)?, row.get(1)?);
            let depth = depths.get(&parent).copied().unwrap_or(0);
            depths.insert(id, depth + 1);
            Ok(PlanStep { depth, detail: row.get(3)? })
        };
        statement.query_map((), step)?.collect()
    };
    read().unwrap_or_default()
}
