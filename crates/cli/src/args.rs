//! The command line of learners and authors.

mod practice;

use std::path::PathBuf;

use cairn_domain::learning::PlanSettings;
use cairn_domain::shared::{ContentId, Date, PackId, Revision};
use clap::{Args, Subcommand, ValueHint};

pub use practice::{DrillArgs, MigrationArgs, PullArgs, SqlArgs};

use crate::output::Manner;

/// What every command understands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Print results as JSON on standard output, and errors as a problem object on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// The server to speak to [default: the one signed in to last, else http://127.0.0.1:8080; or CAIRN_SERVER]
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub server: Option<String>,
    /// The configuration file of a server [default: ./cairn.toml where there is one; or CAIRN_CONFIG]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Say on standard error what is being done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Print without colours, as with NO_COLOR
    #[arg(long, global = true)]
    pub no_color: bool,
}

impl Global {
    /// How to print; `plain` is whether the environment asks for no colours.
    #[must_use]
    pub fn manner(&self, plain: bool) -> Manner {
        Manner { json: self.json, plain: plain || self.no_color, verbose: self.verbose }
    }
}

/// Commands of a learner.
#[derive(Debug, Subcommand)]
pub enum LearnerCommand {
    /// Sign in to a server, and keep a token for it on this machine
    #[command(after_help = "Examples:
  cairn login                                      asks for the e-mail address and the password
  cairn login --server https://learn.example.org
  pass show cairn | cairn login --email ada@example.org --password-stdin

The password is used once, to make a token with the scopes that your roles allow. The token is kept in \
$XDG_CONFIG_HOME/cairn/credentials.json (or ~/.config/cairn), readable by you alone. Where there is no file to keep it \
in, such as in CI, set CAIRN_SERVER and CAIRN_TOKEN instead.")]
    Login(LoginArgs),
    /// Forget the token of a server
    #[command(after_help = "Examples:
  cairn logout
  cairn logout --revoke      asks for the password and ends the token on the server too")]
    Logout(LogoutArgs),
    /// List the guides, tracks and courses, and what you are enrolled on
    #[command(after_help = "Examples:
  cairn list                 guides, tracks, courses and your enrolments
  cairn list http            a course with its lessons, or a track with its courses
  cairn list --json | jq -r '.courses[].slug'")]
    List(ListArgs),
    /// Enrol on a course or a track
    #[command(after_help = "Examples:
  cairn enrol http
  cairn enrol backend --track")]
    Enrol(EnrolArgs),
    /// Tell what to do next, and why
    #[command(after_help = "Examples:
  cairn next                 for each of your enrolments
  cairn next http")]
    Next(NextArgs),
    /// Tell why a lesson is locked, and the shortest way to unlock it
    #[command(after_help = "Examples:
  cairn why http-errors
  cairn why http-errors --json | jq -r '.way.lessons[].slug'")]
    Why(WhyArgs),
    /// Read a lesson, or a guide
    #[command(after_help = "Examples:
  cairn read                 the next lesson
  cairn read http-messages
  cairn read http-messages --done      and note that you have read it
  cairn read backend-engineering --guide")]
    Read(ReadArgs),
    /// Find guides, tracks, courses and lessons by their words
    #[command(after_help = "Examples:
  cairn search conditional requests
  cairn search etag --kind lesson
  cairn search 'C++' --json | jq -r '.items[].slug'

Best first: words in titles count more than those in texts. The last word may be the beginning of one, and a word that \
nothing has is taken for the nearest one of a title. --json prints the server's answer, in which excerpts come in parts.")]
    Search(SearchArgs),
    /// Take a quiz
    #[command(after_help = "Examples:
  cairn quiz                 the next lesson, when it is a quiz
  cairn quiz http-messages-quiz
  cairn quiz http-messages-quiz --questions --json > questions.json
  cairn quiz http-messages-quiz --answers answers.json
  cairn quiz http-methods-quiz --challenge      although it is locked

Whoever passes a locked quiz as a challenge need not read what leads to it. Answers in a file are an object from question to answer: the id of a choice, a list of them, a number or a text. `-` \
reads standard input. Such as:

  {\"first\": \"a\", \"second\": [\"b\", \"c\"], \"third\": 404, \"fourth\": \"idempotent\"}

The exit code is 3 when the quiz is not passed.")]
    Quiz(QuizArgs),
    /// Check your own service with an HTTP drill
    #[command(after_help = "Examples:
  cairn check                          the next lesson, when it is a drill
  cairn check notes-api --base-url http://127.0.0.1:3000
  cairn check notes-api --dry-run      shows each request, and sends none
  cairn check notes-api --watch        practises until it passes, and hands that in
  cairn check --offline notes/notes-api.json
  cairn check --attempt notes/notes-api.attempt.json

Start your service first. Cairn sends it what the drill asks for, from this machine, and hands in what came back; the \
server judges that. Redirects are not followed, since they are part of what is looked at. Only this machine is called, \
unless --allow-host names another. What is practised with --offline or before --watch passes is judged here, and counts \
for nothing.

The exit code is 3 when the drill is not passed, 5 when your service does not answer.")]
    Check(DrillArgs),
    /// Take a course's drills along, to practise without a server
    #[command(after_help = "Examples:
  cairn pull http-services
  cairn pull http-services --dir notes --attempt notes-api

An attempt that is taken along is handed in later with `cairn check --attempt FILE`, before it expires.")]
    Pull(PullArgs),
    /// Answer an SQL drill
    #[command(after_help = "Examples:
  cairn sql late-orders                asks for the SQL, up to an empty line
  cairn sql late-orders --file answer.sql
  echo 'SELECT 1' | cairn sql late-orders

Shows the rows that it gave, where they differ from those that were asked for, and how the database went about it. The \
exit code is 3 when the drill is not passed.")]
    Sql(SqlArgs),
    /// Hand in the steps of a migration drill
    #[command(after_help = "Examples:
  cairn migration split-name --dir migration

The folder has a file for each step, such as expand.sql, backfill.sql, contract.sql and down.sql; `cairn read LESSON` \
names the steps. The exit code is 3 when the drill is not passed.")]
    Migration(MigrationArgs),
    /// Show how far you have come
    #[command(after_help = "Examples:
  cairn status               each enrolment with its progress
  cairn status http          each lesson too")]
    Status(StatusArgs),
    /// Open a lesson to a learner, whatever it needs; for instructors
    #[command(after_help = "Examples:
  cairn waive http-errors --enrolment 0190d6f0-0000-7000-8000-000000000003 \\
    --reason \"Has taught this\"
  cairn waive http-errors --enrolment 0190d6f0-0000-7000-8000-000000000003 --take-back

The learner sees the reason. What was completed stays completed when the waiver is taken back.")]
    Waive(WaiveArgs),
    /// Plan which lesson to take in which week, and when all is done
    #[command(after_help = "Examples:
  cairn plan http --hours 5 --start 2026-12-01      makes the plan, or changes it
  cairn plan                                        shows it
  cairn plan --missing 2026-12-21                   shows what moves when that week is missed
  cairn plan --ics plan.ics                         for a calendar; imported again, it updates it")]
    Plan(StudyPlanArgs),
}

/// How to sign in.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// The account's e-mail address; asked for on a terminal
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    pub email: Option<String>,
    /// Read the password from standard input, up to the first line's end
    #[arg(long)]
    pub password_stdin: bool,
    /// How many days the token lasts
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
}

/// How to sign out.
#[derive(Debug, Args)]
pub struct LogoutArgs {
    /// Ask for the password, and revoke the token on the server
    #[arg(long)]
    pub revoke: bool,
    /// With --revoke, read the password from standard input
    #[arg(long, requires = "revoke")]
    pub password_stdin: bool,
}

/// What to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// A course or track, by id or slug
    pub name: Option<String>,
}

/// What to enrol on.
#[derive(Debug, Args)]
pub struct EnrolArgs {
    /// The course or track, by id or slug
    pub name: String,
    /// Take the course of this name, where a track has it too
    #[arg(long, conflicts_with = "track")]
    pub course: bool,
    /// Take the track of this name, where a course has it too
    #[arg(long)]
    pub track: bool,
}

/// Of which enrolment.
#[derive(Debug, Args)]
pub struct NextArgs {
    /// The course or track, by id or slug
    pub name: Option<String>,
}

/// Which lesson.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// The lesson, by id or slug
    pub lesson: String,
    /// The enrolment, by its course or track, where several have the lesson
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
}

/// Which lesson is opened to whom.
#[derive(Debug, Args)]
pub struct WaiveArgs {
    /// The lesson, by id or slug
    pub lesson: String,
    /// The id of the learner's enrolment
    #[arg(long, value_name = "ID")]
    pub enrolment: String,
    /// Why, in one line of at most 500 characters
    #[arg(long, value_name = "TEXT", required_unless_present = "take_back")]
    pub reason: Option<String>,
    /// Take the waiver back
    #[arg(long, conflicts_with = "reason")]
    pub take_back: bool,
}

/// What to read.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// The lesson, by id or slug [default: the next one]
    pub lesson: Option<String>,
    /// Read the guide of this name
    #[arg(long, requires = "lesson", conflicts_with = "done")]
    pub guide: bool,
    /// Note that you have read it
    #[arg(long)]
    pub done: bool,
    /// The enrolment, by its course or track, where several have the lesson
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
}

/// What to search for.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// The words
    #[arg(required = true)]
    pub words: Vec<String>,
    /// Only documents of this kind
    #[arg(long, value_parser = ["guide", "track", "course", "lesson", "skill"])]
    pub kind: Option<String>,
    /// How many at most, up to 200
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
}

/// Which quiz, and how it is answered.
#[derive(Debug, Args)]
pub struct QuizArgs {
    /// The quiz, by id or slug [default: the next lesson]
    pub lesson: Option<String>,
    /// Answer from a file of JSON; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub answers: Option<PathBuf>,
    /// Only start an attempt and show its questions
    #[arg(long, conflicts_with = "answers")]
    pub questions: bool,
    /// Take it although it is locked
    #[arg(long)]
    pub challenge: bool,
    /// The enrolment, by its course or track, where several have the lesson
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
}

/// Of which enrolment.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The course or track, by id or slug; with each of its lessons
    pub name: Option<String>,
}

/// What to plan, or to see of the plan.
#[derive(Debug, Args)]
pub struct StudyPlanArgs {
    /// The course or track, by id or slug, or the enrolment by id; needed where several are under way
    pub name: Option<String>,
    /// How many hours a week: 0.5 to 80
    #[arg(long, value_name = "HOURS", value_parser = minutes_of_hours)]
    pub hours: Option<u32>,
    /// The first day, such as 2026-12-01; weeks are counted from it
    #[arg(long, value_name = "DATE")]
    pub start: Option<Date>,
    /// Show what moves when the week of this day is missed; may be given several times
    #[arg(long, value_name = "DATE")]
    pub missing: Vec<Date>,
    /// Write the plan as iCalendar into a file; `-` is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "missing")]
    pub ics: Option<PathBuf>,
}

/// Hours in decimals as minutes.
fn minutes_of_hours(text: &str) -> Result<u32, String> {
    let minutes = text.parse::<f64>().map(|hours| (hours * 60.0).round());
    match minutes {
        Ok(minutes)
            if (f64::from(PlanSettings::MIN_MINUTES)..=f64::from(PlanSettings::MAX_MINUTES)).contains(&minutes) =>
        {
            Ok(minutes as u32)
        }
        _ => Err("a week has from 0.5 to 80 hours".to_owned()),
    }
}

/// Commands of an author.
#[derive(Debug, Subcommand)]
pub enum ContentCommand {
    /// Report every fault of a pack, with its place and how to mend it; needs no server
    #[command(after_help = "Examples:
  cairn content check content/backend
  cairn content check . --json | jq -r '.faults[] | \"\\(.file):\\(.line) \\(.code)\"'
  cairn content check . --run              start the services of HTTP drills, and ask them
  cairn content check . --run --record     and write down what is seen of them

Every drill is held against its solutions: the good ones have to pass, the bad ones to fail where they say.
The exit code is 3 when there are faults.")]
    Check(CheckArgs),
    /// Show what applying a pack would change, and how many enrolments each change touches
    #[command(after_help = "Examples:
  cairn content plan content/backend
  cairn content plan content/backend --fail-on-changes     for CI: exit code 3 where it differs
  cairn content plan content/backend --offline             with the database, while no server runs")]
    Plan(PlanArgs),
    /// Make a pack the current release, all or nothing
    #[command(after_help = "Examples:
  cairn content apply content/backend --note \"Say more about caches\"
  cairn content apply content/backend --yes      without asking

What is applied is what the plan showed: when another release came in between, nothing is written.")]
    Apply(ApplyArgs),
    /// Write a pack's files as they were applied, byte for byte
    #[command(after_help = "Examples:
  cairn content export backend ./backend
  cairn content export backend ./backend-1 --release 1")]
    Export(ExportArgs),
    /// Turn another platform's curriculum into a pack
    #[command(subcommand)]
    Import(ImportCommand),
    /// List a pack's releases, newest first
    #[command(after_help = "Example:
  cairn content releases backend")]
    Releases(ReleasesArgs),
    /// Show what a release changed, and how many enrolments each change touches now
    #[command(after_help = "Examples:
  cairn content changes backend 4               against release 3
  cairn content changes backend 4 --since 1     all that came since release 1
  cairn content changes backend 4 --json | jq -r '.changes[] | \"\\(.action) \\(.kind) \\(.id)\"'")]
    Changes(ChangesArgs),
    /// Show how a lesson fares and which question fails most, or where learners stop in a course
    #[command(after_help = "Examples:
  cairn content statistics http-messages-quiz     a lesson, with the worst question on top
  cairn content statistics http                   a course, lesson by lesson
  cairn content statistics http --idle-days 30
  cairn content statistics http-messages-quiz --json | jq '.questions[0]'

A name of both is the lesson; --course chooses the course.")]
    Statistics(StatisticsArgs),
    /// Make a new release with the content of an earlier one
    #[command(after_help = "Example:
  cairn content rollback backend 3 --note \"4 had a wrong answer key\"

Nobody loses anything: lessons that release 3 does not have are retired, and what was completed stays completed.")]
    Rollback(RollbackArgs),
}

/// Where the pack is.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The folder with `pack.yaml`
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Start the programs that HTTP drills name as their solutions, on this machine, after asking
    #[arg(long)]
    pub run: bool,
    /// Write what is seen of them to the drills' transcripts
    #[arg(long, requires = "run")]
    pub record: bool,
    /// Start them without asking
    #[arg(long, requires = "run")]
    pub yes: bool,
}

/// Whether to work on the database itself.
#[derive(Debug, Clone, Copy, Args)]
pub struct Offline {
    /// Open the database of the configuration instead of asking a server; refused while a server has it
    #[arg(long)]
    pub offline: bool,
}

/// What to plan.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The folder with `pack.yaml`
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// End with exit code 3 when there is anything to change
    #[arg(long)]
    pub fail_on_changes: bool,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

/// What to apply.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The folder with `pack.yaml`
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// What to note with the release
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// Do not ask; needed with --json, while without a terminal nothing is asked anyway
    #[arg(short, long)]
    pub yes: bool,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

/// What to export, and where.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The pack's id
    pub pack: PackId,
    /// A folder that is empty or does not exist
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// The number of a release [default: the current one]
    #[arg(long, value_name = "N")]
    pub release: Option<u32>,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

/// From where to import.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// An Exercism track: concepts become skills, exercises lessons, prerequisites edges
    #[command(after_help = "Example:
  cairn content import exercism python/config.json ./python-pack

What can't be carried over is reported; faults of the track are, too, and don't keep the rest from being written. The \
exit code is 3 when the track has faults, and when it can't be used at all and nothing is written.")]
    Exercism(ExercismArgs),
}

/// Which track, and where to.
#[derive(Debug, Args)]
pub struct ExercismArgs {
    /// The track's `config.json`
    // Not named `config`: that is the server's configuration, which every command takes.
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    pub track: PathBuf,
    /// A folder for the pack that is empty or does not exist
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
}

/// Of which pack.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// The pack's id
    pub pack: PackId,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

/// Of which release.
#[derive(Debug, Args)]
pub struct ChangesArgs {
    /// The pack's id
    pub pack: PackId,
    /// The number of the release
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub number: u32,
    /// Compare with this release instead of the one before; 0 for nothing
    #[arg(long, value_name = "N")]
    pub since: Option<u32>,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

/// Of which lesson or course.
#[derive(Debug, Args)]
pub struct StatisticsArgs {
    /// A lesson or a course, by id or slug
    pub name: ContentId,
    /// Take the course of this name, where a lesson has it too
    #[arg(long, conflicts_with = "revision")]
    pub course: bool,
    /// Of a lesson: the attempts at this revision instead of the present one
    #[arg(long, value_name = "HASH", conflicts_with = "idle_days")]
    pub revision: Option<Revision>,
    /// Of a course: after how many days without an event a learner has stopped [default: 14]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=365))]
    pub idle_days: Option<u32>,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

/// To which release.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The pack's id
    pub pack: PackId,
    /// The number of the release to have again
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub number: u32,
    /// What to note with the new release
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// Do not ask; needed with --json, while without a terminal nothing is asked anyway
    #[arg(short, long)]
    pub yes: bool,
    /// At a server, or at the database.
    #[command(flatten)]
    pub at: Offline,
}

impl ContentCommand {
    /// Whether the command is to work on the database itself.
    #[must_use]
    pub fn offline(&self) -> bool {
        match self {
            Self::Check(_) | Self::Import(_) => false,
            Self::Plan(args) => args.at.offline,
            Self::Apply(args) => args.at.offline,
            Self::Export(args) => args.at.offline,
            Self::Releases(args) => args.at.offline,
            Self::Changes(args) => args.at.offline,
            Self::Statistics(args) => args.at.offline,
            Self::Rollback(args) => args.at.offline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::minutes_of_hours;

    #[test]
    fn hours_are_whole_minutes_in_a_range() {
        assert_eq!(
            (minutes_of_hours("5"), minutes_of_hours("2.5"), minutes_of_hours("0.5")),
            (Ok(300), Ok(150), Ok(30))
        );
        assert_eq!(minutes_of_hours("80"), Ok(4800));
        for bad in ["0.4", "80.1", "-1", "five", "NaN", "inf", ""] {
            assert!(minutes_of_hours(bad).is_err(), "{bad}");
        }
    }
}
