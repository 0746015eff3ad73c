//! Handing in SQL: answers to a question, and the steps of a migration.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::{attempt, signed_in};
use crate::args::{MigrationArgs, SqlArgs};
use crate::client::Client;
use crate::{Context, Exit, Failure};

pub(super) fn sql(args: &SqlArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let (taking, published) = attempt::find(client, Some(&args.lesson), args.on.as_deref(), context)?;
    published.is("sql", &taking.lesson.slug, context)?;
    let sql = match args.file.as_deref() {
        Some(path) if path != Path::new("-") => {
            std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?
        }
        None if context.ask.interactive() => typed(context)?,
        _ => context.ask.all()?,
    };
    if sql.trim().is_empty() {
        return Err(Failure::usage("There is no SQL to hand in.").help("Give --file FILE, or pipe it in."));
    }
    let again = format!("{} sql {}", context.program, taking.lesson.slug);
    let (_, attempt) = attempt::open(client, &taking, args.challenge)?;
    let body = json!({ "sql": sql });
    attempt::hand_in(client, (&attempt, "solution", &body), &[], (Some(&taking), &again), context)
}

/// Lines up to an empty one.
fn typed(context: &mut Context<'_>) -> Result<String, Failure> {
    context.output.note("Type your SQL; an empty line hands it in.");
    let mut sql = String::new();
    while let Some(line) = context.ask.line("sql> ")?.filter(|line| !line.trim().is_empty()) {
        sql.push_str(&line);
        sql.push('\n');
    }
    Ok(sql)
}

pub(super) fn migration(args: &MigrationArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let steps = steps(&args.dir)?;
    let (taking, published) = attempt::find(client, Some(&args.lesson), args.on.as_deref(), context)?;
    published.is("migration", &taking.lesson.slug, context)?;
    let again = format!("{} migration {} --dir {}", context.program, taking.lesson.slug, args.dir.display());
    let (_, attempt) = attempt::open(client, &taking, args.challenge)?;
    let body = json!({ "steps": steps });
    attempt::hand_in(client, (&attempt, "solution", &body), &[], (Some(&taking), &again), context)
}

/// The files of a folder that end in `.sql`, by their names without that.
fn steps(folder: &Path) -> Result<BTreeMap<String, Value>, Failure> {
    let mut steps = BTreeMap::new();
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file("read", folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Failure::file("read", folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let sql = std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            steps.insert(name, sql.into());
        }
    }
    if steps.is_empty() {
        return Err(Failure::usage(format!("There is no file `STEP.sql` in {}.", folder.display()))
            .help("Write one for each step of the drill, such as `expand.sql`; `cairn read LESSON` names the steps."));
    }
    Ok(steps)
}
