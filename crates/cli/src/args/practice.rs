//! The command line of drills.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Which drill, and where the service is.
#[derive(Debug, Clone, Default, Args)]
pub struct DrillArgs {
    /// The lesson, by id or slug [default: the next lesson]
    pub lesson: Option<String>,
    /// Where your service is [default: what the drill says, mostly http://127.0.0.1:8080]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub base_url: Option<String>,
    /// A host that is not this machine and yet yours; as often as there are any
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub allow_host: Vec<String>,
    /// Show each request, and send none
    #[arg(long)]
    pub dry_run: bool,
    /// Practise on Enter and whenever a file in this folder changes; hand in once it passes
    #[arg(long, conflicts_with_all = ["dry_run", "attempt"])]
    pub watch: bool,
    /// Practise with a drill that `cairn pull` stored, without a server
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["lesson", "on", "challenge"])]
    pub offline: Option<PathBuf>,
    /// Run an attempt that `cairn pull --attempt` stored, and hand it in
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
          conflicts_with_all = ["lesson", "on", "challenge", "offline"])]
    pub attempt: Option<PathBuf>,
    /// Take it although it is locked
    #[arg(long)]
    pub challenge: bool,
    /// The enrolment, by its course or track, where several have the lesson
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
}

/// What to take along, and where to.
#[derive(Debug, Args)]
pub struct PullArgs {
    /// The course, by id or slug
    pub course: String,
    /// The folder to write to; it is made where there is none [default: the course's name]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// Start an attempt at this lesson, to hand in before it expires
    #[arg(long, value_name = "LESSON")]
    pub attempt: Option<String>,
}

/// Which question, and where its answer is.
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// The lesson, by id or slug
    pub lesson: String,
    /// Read the SQL from a file; `-` is standard input [default: asked for on a terminal, else standard input]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// Take it although it is locked
    #[arg(long)]
    pub challenge: bool,
    /// The enrolment, by its course or track, where several have the lesson
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
}

/// Which migration, and where its steps are.
#[derive(Debug, Args)]
pub struct MigrationArgs {
    /// The lesson, by id or slug
    pub lesson: String,
    /// The folder with a file `STEP.sql` for each step
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Take it although it is locked
    #[arg(long)]
    pub challenge: bool,
    /// The enrolment, by its course or track, where several have the lesson
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
}
