//! The command line.

use std::path::PathBuf;

use cairn_cli::args::{ContentCommand, Global, LearnerCommand};
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::config::Override;

/// The commands by whom they are for: clap lists them flat.
const HELP: &str = "{about-with-newline}
{usage-heading} {usage}

Learners:
  login         Sign in to a server, and keep a token for it on this machine
  logout        Forget the token of a server
  list          List the guides, tracks and courses, and what you are enrolled on
  enrol         Enrol on a course or a track
  next          Tell what to do next, and why
  why           Tell why a lesson is locked, and the shortest way to unlock it
  search        Find guides, tracks, courses and lessons by their words
  read          Read a lesson, or a guide
  quiz          Take a quiz
  check         Check your own service with an HTTP drill
  pull          Take a course's drills along, to practise without a server
  sql           Answer an SQL drill
  migration     Hand in the steps of a migration drill
  status        Show how far you have come
  plan          Plan which lesson to take in which week, and when all is done

Instructors:
  waive         Open a lesson to a learner, whatever it needs; for instructors

Authors:
  content       Check, plan, apply, export and import packs

Operators:
  serve         Run the server
  doctor        Check that everything is in order
  config        Show the configuration, and where each value comes from
  migrate       Move the database's schema up or down
  backup        Copy the database of a running or stopped server, verify and restore copies
  admin         Help yourself when nobody can sign in

Anybody:
  completions   Write a completion script for a shell
  help          Print this, or the help of a command

{options}

Examples:
  cairn serve                                      then open http://127.0.0.1:8080/api/docs
  cairn login && cairn enrol http && cairn next
  cairn check http-validation-drill --dry-run
  cairn content check content/backend

Exit codes: 0 done, 1 refused or failed, 2 usage, 3 faults found, 4 not signed in, 5 server or
database not available, 6 in use, 7 configuration, 8 database schema. See docs/cli.md.
";

/// A self-hosted learning platform: a curriculum in git becomes an API, and learners follow it.
#[derive(Debug, Parser)]
#[command(name = "cairn", version, help_template = HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Learner(LearnerCommand),
    /// Check, plan, apply, export and import packs
    #[command(subcommand)]
    Content(ContentCommand),
    /// Run the server
    #[command(after_help = "Examples:
  cairn serve
  cairn serve --data-dir /var/lib/cairn --http-address 127.0.0.1:8000
  cairn serve --database-url postgres://cairn@db.internal/cairn --log-format json

The first start makes the data folder, the database, a secret key and an admin, whose password is printed once. It ends \
on SIGINT or SIGTERM after the requests under way; a second signal ends it at once.")]
    Serve(ServeArgs),
    /// Check that everything is in order
    #[command(after_help = "Examples:
  cairn doctor
  cairn doctor --json | jq '.checks[] | select(.status != \"ok\")'

The exit code is 3 when a check fails; a warning is not a failure.")]
    Doctor(SettingsArgs),
    /// Show the configuration, and where each value comes from
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Move the database's schema up or down
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Copy the database of a running or stopped server, verify and restore copies
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Help yourself when nobody can sign in
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Write a completion script for a shell to standard output
    #[command(after_help = "Examples:
  cairn completions bash > ~/.local/share/bash-completion/completions/cairn
  cairn completions zsh > \"${fpath[1]}/_cairn\"
  cairn completions fish > ~/.config/fish/completions/cairn.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Settings that can be given as flags; each wins over the environment and the file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsArgs {
    /// The folder for the database, the secret key and the lock
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data_dir: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…`; better in the environment where it holds a password
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The address and port of the API
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) http_address: Option<String>,
    /// The address and port of metrics and health
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) operator_address: Option<String>,
    /// `text` or `json`
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
}

impl SettingsArgs {
    /// The settings given, by key.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let data_dir = self.data_dir.as_ref().map(|dir| dir.display().to_string());
        [
            ("data_dir", "--data-dir", &data_dir),
            ("database.url", "--database-url", &self.database_url),
            ("http.address", "--http-address", &self.http_address),
            ("operator.address", "--operator-address", &self.operator_address),
            ("log.format", "--log-format", &self.log_format),
            ("log.level", "--log-level", &self.log_level),
        ]
        .into_iter()
        .filter_map(|(key, flag, value)| Some((key, flag, value.clone()?)))
        .collect()
    }
}

/// How to run the server.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Refuse to start on a database that needs migrations, instead of making them
    #[arg(long)]
    pub(crate) no_migrate: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every effective value with where it came from; passwords are hidden
    #[command(after_help = "Examples:
  cairn config show
  CAIRN__HTTP__WORKERS=4 cairn config show --json | jq '.settings[] | select(.origin != \"default\")'")]
    Show(SettingsArgs),
}

/// What to do with the schema.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Make every migration that is not made yet
    #[command(after_help = "Example:
  cairn migrate up")]
    Up(SettingsArgs),
    /// Undo the latest migrations; this can lose data
    #[command(after_help = "Examples:
  cairn migrate down                 the latest one
  cairn migrate down --steps 2

Make a backup first: what a migration added is gone with it.")]
    Down {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Do not ask; needed with --json, and where there is no terminal
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// List every migration, and whether it is made; exit code 3 when one is not
    #[command(after_help = "Example:
  cairn migrate status --json")]
    Status(SettingsArgs),
}

/// What to do with backups. On PostgreSQL use its own tools: docs/operations.md says how.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Copy the SQLite database into a file, also while a server runs
    #[command(after_help = "Example:
  cairn backup create /var/backups/cairn-$(date +%F).db

The secret key is not in it: keep a copy of it somewhere else. Without it nobody can sign in with a password.")]
    Create {
        /// The file to make; it must not exist
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Put a backup in the database's place, once it is verified; the server must be stopped
    #[command(after_help = "Example:
  cairn backup restore /var/backups/cairn-2026-11-23.db

The present database is kept beside it under another name.")]
    Restore {
        /// The backup
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Do not ask; needed with --json, and where there is no terminal
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Check that a backup is whole and of a schema that this program knows
    #[command(after_help = "Example:
  cairn backup verify /var/backups/cairn-2026-11-23.db")]
    Verify {
        /// The backup
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// What to do when nobody can sign in. Works on the database, while no server runs on it.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Give an account a new password, and end its sessions
    #[command(after_help = "Examples:
  cairn admin reset-password ada@example.org                       prints a generated password, once
  pass show cairn | cairn admin reset-password ada@example.org --password-stdin")]
    ResetPassword {
        /// The account's e-mail address
        email: String,
        /// Read the password from standard input, up to the first line's end
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Make an account the server's admin, and active
    #[command(after_help = "Example:
  cairn admin promote ada@example.org")]
    Promote {
        /// The account's e-mail address
        email: String,
        #[command(flatten)]
        settings: SettingsArgs,
    },
}

#[cfg(test)]
mod tests {
    use cairn_cli::args::ImportCommand;
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// The template lists commands by hand, by whom they are for.
    #[test]
    fn the_help_lists_every_command_with_its_summary() {
        let mut command = Cli::command();
        command.build();
        for sub in command.get_subcommands() {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            let about = about.split(" to standard output").next().unwrap_or_default();
            let line = HELP.lines().find(|line| line.trim_start().split("  ").next() == Some(sub.get_name()));
            let line = line.unwrap_or_else(|| panic!("`{}` is not in the help", sub.get_name()));
            if sub.get_name() != "help" {
                assert!(line.ends_with(about), "{line:?} should end with {about:?}");
            }
        }
    }

    #[test]
    fn every_command_has_an_example() {
        fn walk(command: &clap::Command, path: &str) {
            for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
                let path = format!("{path} {}", sub.get_name());
                if sub.has_subcommands() {
                    walk(sub, &path);
                } else {
                    let help = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
                    assert!(help.contains(&path), "`{path}` has no example");
                }
            }
        }
        walk(&Cli::command(), "cairn");
    }

    /// A line of help is wrapped at 100 columns, so that a paragraph broken by hand ends up ragged.
    #[test]
    fn a_paragraph_of_help_is_one_line() {
        fn walk(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let text = |line: &str| !line.is_empty() && !line.starts_with(' ') && !line.ends_with(':');
            let lines: Vec<&str> = help.lines().collect();
            let broken = lines.windows(2).find(|pair| text(pair[0]) && text(pair[1]) && !pair[0].ends_with('.'));
            assert!(broken.is_none(), "`{}`: {broken:?}", command.get_name());
            let wide = lines.iter().find(|line| line.starts_with(' ') && line.chars().count() > 100);
            assert!(wide.is_none(), "`{}`: {wide:?}", command.get_name());
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
        let wide = HELP.lines().find(|line| line.chars().count() > 100);
        assert!(wide.is_none(), "{wide:?}");
    }

    /// Names that every command takes are not those of one command's own argument.
    #[test]
    fn a_track_to_import_is_not_the_configuration_file() {
        let args = ["cairn", "--config", "cairn.toml", "content", "import", "exercism", "track.json", "pack"];
        let cli = Cli::try_parse_from(args).unwrap();
        assert_eq!(cli.global.config.as_deref(), Some(std::path::Path::new("cairn.toml")));
        let Command::Content(ContentCommand::Import(ImportCommand::Exercism(given))) = cli.command else {
            panic!("another command");
        };
        assert_eq!(given.track, std::path::Path::new("track.json"));
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        for exit in cairn_cli::Exit::ALL {
            assert!(HELP.contains(&format!("{} ", exit.code())), "{}", exit.code());
        }
    }
}
