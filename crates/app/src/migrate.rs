//! Moving the database's schema.

use cairn_cli::output::Unit;
use cairn_cli::{Context, Exit, Failure, words};
use serde_json::json;

use crate::args::{MigrateCommand, SettingsArgs};
use crate::config::Configuration;
use crate::database;

/// Gives the configuration with flags laid over it.
pub(crate) type Configure<'a> = dyn Fn(&SettingsArgs) -> Result<Configuration, Failure> + 'a;

pub(crate) fn run(
    command: &MigrateCommand,
    configure: &Configure<'_>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    match command {
        MigrateCommand::Up(settings) => up(&configure(settings)?, context),
        MigrateCommand::Down { steps, yes, settings } => down(*steps, *yes, &configure(settings)?, context),
        MigrateCommand::Status(settings) => status(&configure(settings)?, context),
    }
}

fn up(configuration: &Configuration, context: &Context<'_>) -> Result<Exit, Failure> {
    let settings = &configuration.settings;
    database::make_folder(settings)?;
    let _guard = database::lock(settings)?;
    let made = {
        let _progress = context.output.progress("migrating", Unit::Items, 0);
        database::migrate_up(settings)?
    };
    let output = context.output;
    output.show(&json!({ "database": settings.database_url_shown(), "made": made }), || {
        for name in &made {
            output.line(format!("{} {name}", output.good("✓")));
        }
        output.line(match made.len() {
            0 => "Every migration was made already.".to_owned(),
            many => format!("{} made.", words::count(many as u64, "migration")),
        });
    });
    Ok(Exit::Ok)
}

fn down(steps: u32, yes: bool, configuration: &Configuration, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let settings = &configuration.settings;
    if !yes {
        if context.output.is_json() || !context.ask.interactive() {
            let why = "Undoing a migration can lose data, and with --json or without a terminal nobody is asked.";
            return Err(Failure::usage(why).help("Make a backup, then add --yes."));
        }
        let what = words::count(u64::from(steps), "migration");
        let question = format!("Undo {what} on {}? What they added is lost.", settings.database_url_shown());
        context.ask.agree(&question)?;
    }
    let _guard = database::lock(settings)?;
    let undone = database::migrate_down(settings, steps)?;
    let output = context.output;
    output.show(&json!({ "database": settings.database_url_shown(), "undone": undone }), || {
        for name in &undone {
            output.line(format!("{} {name}", output.warning("↓")));
        }
        output.line(format!("{} undone.", words::count(undone.len() as u64, "migration")));
    });
    Ok(Exit::Ok)
}

fn status(configuration: &Configuration, context: &Context<'_>) -> Result<Exit, Failure> {
    let settings = &configuration.settings;
    let migrations = database::migrations(settings)?;
    let output = context.output;
    let value = json!({ "database": settings.database_url_shown(), "migrations": migrations });
    output.show(&value, || {
        output.line(settings.database_url_shown());
        for migration in &migrations {
            let mark = if migration.applied { output.good("made   ") } else { output.warning("to make") };
            output.line(format!("  {mark}  {}", migration.name));
        }
    });
    Ok(if migrations.iter().all(|migration| migration.applied) { Exit::Ok } else { Exit::Found })
}
