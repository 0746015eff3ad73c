//! The steps of a learner's migration.

use std::sync::Arc;

use cairn_drill::run::{Limits, MigrationStep, NamedQuery, Report, Stage, Stop};
use rusqlite::{Batch, Connection, fallible_iterator::FallibleIterator as _};

use super::Place;
use super::guard::{Ending, Guard, Mode};
use super::script::{roll_back, too_much};

/// Runs the steps until one fails, and looks at the database after each.
pub(super) fn run(
    mut place: Place,
    steps: &[MigrationStep],
    queries: &[NamedQuery],
    limits: &Limits,
    report: &mut Report,
) -> Result<(), Stop> {
    let stop = |ending| match ending {
        Ending::Stop(stop) => stop,
        Ending::Error(_) => Stop::Crashed,
    };
    report.before.answers = place.beside(|db| super::look::answers(db, queries, limits)).map_err(|_| Stop::Memory)?;
    for step in steps {
        let mut stage = Stage { step: step.id.clone(), ..Stage::default() };
        // No step sees what another has set on its connection.
        place = place.renewed().map_err(|_| Stop::Memory)?;
        let ended = run_step(place.db(), step, limits, &mut stage);
        roll_back(place.db());
        let stopped = match ended {
            Ok(()) => None,
            Err(Ending::Error(error)) => {
                stage.error = Some(error);
                None
            }
            Err(Ending::Stop(stop)) => Some(stop),
        };
        if let Some(stop) = stopped {
            report.stages.push(stage);
            return Err(stop);
        }
        stage.after = place.state(queries, limits).map_err(stop)?;
        let over = stage.error.is_some() || stage.open_transaction;
        report.stages.push(stage);
        if over {
            break;
        }
    }
    Ok(())
}

/// A step with all its runs.
fn run_step(db: &Connection, step: &MigrationStep, limits: &Limits, stage: &mut Stage) -> Result<(), Ending> {
    if let Some(stop) = too_much(&step.sql) {
        return Err(Ending::Stop(stop));
    }
    let most = step.repeat_at_most.map_or(1, |most| most.max(1));
    if let Some(rows) = step.interrupted_after {
        let guard = guarded(db, limits)?;
        guard.break_after(db, limits, rows).map_err(|error| guard.ending(&error, 0, ""))?;
        let began = db.total_changes();
        let mut broken = false;
        for _ in 0..most {
            let before = db.total_changes();
            let ended = once(db, &guard, step, limits, stage);
            broken = guard.broken(db.total_changes() - began);
            if broken {
                roll_back(db);
                break;
            }
            ended?;
            if db.total_changes() == before {
                break;
            }
        }
        db.update_hook(None::<fn(rusqlite::hooks::Action, &str, &str, i64)>)
            .map_err(|error| guard.ending(&error, 0, ""))?;
        // It came to its end before it could be broken off, so there is nothing to resume.
        if !broken {
            return Ok(());
        }
        stage.open_transaction = false;
        (stage.runs, stage.most_changed) = (0, 0);
    }
    let guard = guarded(db, limits)?;
    for _ in 0..most {
        let before = db.total_changes();
        once(db, &guard, step, limits, stage)?;
        if db.total_changes() == before || stage.open_transaction {
            break;
        }
    }
    Ok(())
}

fn guarded(db: &Connection, limits: &Limits) -> Result<Arc<Guard>, Ending> {
    Guard::over(db, Mode { writes: true, indexes: true, schema: true }, limits)
        .map_err(|error| super::guard::ending(&error, 0, ""))
}

/// One run. A step that does not begin a transaction itself is in one; `PRAGMA`s at its start are before it, since
/// `foreign_keys` has no effect inside.
fn once(
    db: &Connection,
    guard: &Arc<Guard>,
    step: &MigrationStep,
    limits: &Limits,
    stage: &mut Stage,
) -> Result<(), Ending> {
    let sql = &step.sql;
    let before = db.total_changes();
    stage.runs += 1;
    let (mut number, mut ours) = (0, None);
    let mut work = || -> Result<(), Ending> {
        let mut batch = Batch::new(db, sql);
        loop {
            let failed = |error: &rusqlite::Error| guard.ending(error, number, sql);
            let Some(mut statement) = batch.next().map_err(|error| failed(&error))? else { break };
            if number >= limits.statements {
                return Err(Ending::Stop(Stop::Statements));
            }
            if ours.is_none() {
                match first_word(&statement.expanded_sql().unwrap_or_default()).as_str() {
                    "pragma" => {}
                    "begin" | "savepoint" => ours = Some(false),
                    _ => {
                        db.execute_batch("BEGIN").map_err(|error| failed(&error))?;
                        ours = Some(true);
                    }
                }
            }
            let mut rows = statement.query(()).map_err(|error| failed(&error))?;
            while rows.next().map_err(|error| failed(&error))?.is_some() {}
            drop(rows);
            drop(statement);
            // The learner ended it.
            if db.is_autocommit() && ours == Some(true) {
                ours = Some(false);
            }
            number += 1;
            if guard.broken(0) {
                break;
            }
        }
        Ok(())
    };
    let worked = work();
    let ended = match worked {
        Ok(()) if ours == Some(true) && !guard.broken(0) => {
            db.execute_batch("COMMIT").map_err(|error| guard.ending(&error, number, sql))
        }
        other => other,
    };
    stage.open_transaction = ended.is_ok() && !db.is_autocommit();
    if ended.is_ok() {
        stage.most_changed = stage.most_changed.max(db.total_changes() - before);
    }
    ended
}

/// The first word of a statement in lower case, past comments.
fn first_word(mut sql: &str) -> String {
    loop {
        sql = sql.trim_start();
        if let Some(rest) = sql.strip_prefix("--") {
            sql = rest.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(rest) = sql.strip_prefix("/*") {
            sql = rest.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            break;
        }
    }
    sql.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
}
