//! Copies of the SQLite database.

use std::path::Path;

use cairn_cli::output::Unit;
use cairn_cli::{Context, Exit, Failure, words};
use serde_json::json;

use crate::args::BackupCommand;
use crate::config::Settings;
use crate::database;
use crate::migrate::Configure;

pub(crate) fn run(
    command: &BackupCommand,
    configure: &Configure<'_>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    match command {
        BackupCommand::Create { file, settings } => create(file, &configure(settings)?.settings, context),
        BackupCommand::Restore { file, yes, settings } => restore(file, *yes, &configure(settings)?.settings, context),
        BackupCommand::Verify { file } => verify(file, context),
    }
}

fn sqlite_only(settings: &Settings, instead: &str) -> Result<(), Failure> {
    if settings.is_sqlite() {
        Ok(())
    } else {
        Err(Failure::usage("The database is PostgreSQL, which has its own tools for this.")
            .help(format!("Use {instead}; docs/operations.md says how.")))
    }
}

fn create(file: &Path, settings: &Settings, context: &Context<'_>) -> Result<Exit, Failure> {
    sqlite_only(settings, "`pg_dump`")?;
    if file.exists() {
        let detail = format!("{} exists already.", file.display());
        return Err(Failure::usage(detail).help("Name a file that does not exist: a backup is never written over."));
    }
    let made = {
        let _progress = context.output.progress("copying", Unit::Bytes, 0);
        database::backup(settings, file)?
    };
    let output = context.output;
    output.show(&summary(file, &made), || {
        let rows = words::count(made.tables.values().sum(), "row");
        let size = words::size(made.bytes);
        output.line(format!("{} {} ({size}, {rows}), verified.", output.good("✓"), file.display()));
        output.line(format!("The secret key is not in it: keep a copy of {} elsewhere.", settings.key_file.display()));
    });
    Ok(Exit::Ok)
}

fn verify(file: &Path, context: &Context<'_>) -> Result<Exit, Failure> {
    std::fs::metadata(file).map_err(|error| Failure::file("read", file, &error))?;
    let found = {
        let _progress = context.output.progress("checking", Unit::Bytes, 0);
        database::verify(file)?
    };
    let output = context.output;
    output.show(&summary(file, &found), || {
        let rows = words::count(found.tables.values().sum(), "row");
        output.line(format!("{} {} is whole: {rows}.", output.good("✓"), file.display()));
    });
    Ok(Exit::Ok)
}

fn summary(file: &Path, summary: &cairn_storage::backup::Summary) -> serde_json::Value {
    json!({
        "file": file,
        "bytes": summary.bytes,
        "migrations": summary.migrations,
        "rows": summary.tables,
        "verified": true,
    })
}

fn restore(file: &Path, yes: bool, settings: &Settings, context: &mut Context<'_>) -> Result<Exit, Failure> {
    sqlite_only(settings, "`pg_restore`")?;
    std::fs::metadata(file).map_err(|error| Failure::file("read", file, &error))?;
    if !yes {
        if context.output.is_json() || !context.ask.interactive() {
            let why = "A restore replaces the database, and with --json or without a terminal nobody is asked.";
            return Err(Failure::usage(why).help("Add --yes."));
        }
        let question = format!("Replace {} by {}?", settings.database_url_shown(), file.display());
        context.ask.agree(&question)?;
    }
    database::make_folder(settings)?;
    let restored = {
        let _progress = context.output.progress("restoring", Unit::Bytes, 0);
        database::restore(settings, file)?
    };
    let output = context.output;
    let value = json!({ "database": settings.database_url_shown(), "from": file, "kept": restored.kept });
    output.show(&value, || {
        output.line(format!(
            "{} {} is restored from {}.",
            output.good("✓"),
            settings.database_url_shown(),
            file.display()
        ));
        if let Some(kept) = &restored.kept {
            output.line(format!("What was there is kept in {}.", kept.display()));
        }
        output.line(format!(
            "It needs the secret key of the server that it comes from, in {}.",
            settings.key_file.display()
        ));
        output.line(format!("Next: {}", output.bold(format!("{} doctor", context.program))));
    });
    Ok(Exit::Ok)
}
