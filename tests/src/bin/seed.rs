//! Fills a new database with learners, what they did, and lessons: `just seed --help`.

#![expect(clippy::print_stderr, reason = "a tool of the project's own, which says on the terminal what it does")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use cairn_domain::identity::{Password, PasswordHasher as _};
use cairn_security::{BcryptHasher, Keyring, MasterSecret};
use cairn_storage::{Claim, Config, SqlStore, migrate};
use cairn_tests::seed::{Done, Size, email, seed};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

/// Fill a new database with lessons, learners and what they did; the same number gives the same rows.
///
/// Then `CAIRN__DATA_DIR=DIR cairn serve` serves it. Every learner signs in as `seeded-N@example.org`, N from 0, with the
/// password that is shown at the end.
#[derive(Parser)]
struct Arguments {
    /// The data folder, for the secret key and an SQLite database; made when it is not there
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// A PostgreSQL database instead, such as postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// How many learners
    #[arg(long, default_value_t = Size::FULL.learners)]
    learners: u64,
    /// How many events in all their records together
    #[arg(long, default_value_t = Size::FULL.events)]
    events: u64,
    /// How many lessons, in packs of up to 5,000
    #[arg(long, default_value_t = Size::FULL.lessons)]
    lessons: usize,
    /// Another number gives other rows
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const PASSWORD: &str = "correct horse battery";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The database was not seeded: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(&arguments.data_dir)?;
    let file = || format!("sqlite:{}", arguments.data_dir.join("cairn.db").display());
    let mut config = Config::new(arguments.database.clone().unwrap_or_else(file)).claiming(Claim::Exclusive);
    // A batch of learners takes longer than a request may.
    config.statement = Duration::from_secs(600);
    migrate::up(&config)?;
    let store = SqlStore::open(&config)?;
    let keyring = Keyring::new(&MasterSecret::load_or_create(&arguments.data_dir.join("secret.key"))?);
    let password = BcryptHasher::new(&keyring, BcryptHasher::LEAST_COST)?.hash(&Password::chosen(PASSWORD)?)?;
    let size = Size { lessons: arguments.lessons, learners: arguments.learners, events: arguments.events };
    let lessons = bar(size.lessons as u64, "lessons");
    let mut events = None;
    seed(&store, (arguments.seed, size), &password, &mut |done| match done {
        Done::Lessons(done) => lessons.set_position(done as u64),
        Done::Events(done) => {
            events
                .get_or_insert_with(|| {
                    lessons.finish();
                    bar(size.events, "events of learners")
                })
                .set_position(done);
        }
    })?;
    for bar in events.iter().chain([&lessons]) {
        bar.finish();
    }
    let last = email(size.learners.saturating_sub(1));
    eprintln!("Seeded. Sign in as {} to {last} with the password `{PASSWORD}`.", email(0));
    Ok(())
}

fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:20} {wide_bar} {human_pos}/{human_len} {elapsed} (left {eta})");
    let bar = ProgressBar::new(length).with_message(what);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}
