use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use cairn_drill::run::{Job, Report, Stop, Work};

use crate::SandboxError;
use crate::cache::Cache;
use crate::places::Places;
use crate::process::{self, Ended};
use crate::wire::{Outcome, Protection, Request, Source, Task};

/// Data sets of more rows are kept in a file instead of being made anew in memory.
const LARGE: u64 = 20_000;

/// How a sandbox works.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// The program to start children of: this one, which calls [`crate::child_main`] when [`crate::CHILD`] is its first
    /// argument.
    pub program: PathBuf,
    /// The folder for large data sets; made when it is not there.
    pub cache_dir: PathBuf,
    /// What large data sets may take there, in MiB; the one that was made first goes first.
    pub cache_mib: u64,
    /// How many children run at a time.
    pub concurrency: usize,
    /// How many runs wait for a place at most.
    pub waiting: usize,
    /// How many runs of one learner run or wait at most.
    pub of_one: usize,
    /// How long a run waits for a place.
    pub patience: Duration,
    /// Whether to refuse to work where the kernel cannot close the jail.
    pub require_protection: bool,
}

impl SandboxSettings {
    /// The settings for a machine with so many cores.
    #[must_use]
    pub fn new(program: PathBuf, cache_dir: PathBuf, cores: usize) -> Self {
        Self {
            program,
            cache_dir,
            cache_mib: 1024,
            concurrency: cores.max(1),
            waiting: cores.max(1) * 8,
            of_one: 2,
            patience: Duration::from_secs(10),
            require_protection: true,
        }
    }
}

/// Runs jobs, each in a child of its own.
#[derive(Debug)]
pub struct Sandbox {
    settings: SandboxSettings,
    places: Places,
    cache: Cache,
    protection: Protection,
}

/// A report, and what the run took.
#[derive(Debug)]
pub struct Observed {
    /// What was seen.
    pub report: Report,
    /// The most memory that the child held, in KiB; none where the kernel ended the child.
    pub peak_kib: Option<u64>,
}

impl Sandbox {
    /// Makes the folder and tries whether a child can be jailed.
    ///
    /// # Errors
    /// [`SandboxError::Unprotected`] when it cannot and must, [`SandboxError::Files`] when there can be no folder,
    /// [`SandboxError::Process`] when no child can be started.
    pub fn new(settings: SandboxSettings) -> Result<Self, SandboxError> {
        let cache = Cache::open(&settings.cache_dir, settings.cache_mib << 20)?;
        let places = Places::new(settings.concurrency, settings.waiting, settings.of_one, settings.patience);
        let request = Request { strict: settings.require_protection, task: Task::Probe };
        let protection = match process::run(&settings.program, &request, Duration::from_secs(30))? {
            Ended::Answered(answer) => match answer.outcome {
                Outcome::Probed(protection) => protection,
                other => return Err(unexpected(other)),
            },
            Ended::Stopped(stop, _) => return Err(SandboxError::Process(std::io::Error::other(stop.message()))),
        };
        Ok(Self { settings, places, cache, protection })
    }

    /// What the kernel offers to keep a child in its jail, for messages at the start.
    #[must_use]
    pub fn probe(&self) -> Protection {
        self.protection
    }

    /// Does a job. `key` names the learner whose it is. Waits for a place and for the child: for a thread that may block.
    ///
    /// # Errors
    /// [`SandboxError`] says which. What a learner's statements do is never one: it is in the report.
    pub fn run(&self, job: &Job, key: Option<&str>) -> Result<Report, SandboxError> {
        self.observe(job, key).map(|observed| observed.report)
    }

    /// As [`Self::run`], with what it took.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn observe(&self, job: &Job, key: Option<&str>) -> Result<Observed, SandboxError> {
        let _place = self.places.take(key)?;
        let mut job = job.clone();
        bound(&mut job);
        let strict = self.settings.require_protection;
        let large = job.data.rows() > LARGE;
        let (source, _scratch) = if large {
            let kept = self.cache.file_of(&job.data, |data, path| self.make(data, path))?;
            // What is in the file need not be told again.
            job.data.tables.clear();
            if matches!(&job.work, Work::Script { writes: false, indexes: false, .. }) {
                (Source::File { path: kept.path, state: kept.state }, None)
            } else {
                let scratch = self.cache.copy(&kept.path)?;
                (Source::Scratch { path: scratch.path.clone(), state: kept.state }, Some(scratch))
            }
        } else {
            (Source::Made, None)
        };
        let wall = Duration::from_millis(job.limits.wall_ms.into());
        let request = Request { strict, task: Task::Run { job: Box::new(job), source } };
        match process::run(&self.settings.program, &request, wall)? {
            Ended::Answered(answer) => match answer.outcome {
                Outcome::Ran(report) => Ok(Observed { report: *report, peak_kib: answer.peak_kib }),
                other => Err(unexpected(other)),
            },
            Ended::Stopped(stop, peak_kib) => {
                Ok(Observed { report: Report { stopped: Some(stop), ..Report::default() }, peak_kib })
            }
        }
    }

    fn make(
        &self,
        data: &cairn_drill::data::DataSet,
        path: &std::path::Path,
    ) -> Result<cairn_drill::run::State, SandboxError> {
        fs::write(path, b"").map_err(SandboxError::Files)?;
        let task = Task::Make { data: data.clone(), path: path.to_owned() };
        let request = Request { strict: self.settings.require_protection, task };
        match process::run(&self.settings.program, &request, Duration::from_secs(120))? {
            Ended::Answered(answer) => match answer.outcome {
                Outcome::Made(state) => Ok(state),
                other => Err(unexpected(other)),
            },
            Ended::Stopped(stop, _) => Err(SandboxError::Data(match stop {
                Stop::Time | Stop::Processor => "it takes too long".into(),
                stop => stop.message(),
            })),
        }
    }
}

/// The sandbox's own bounds.
fn bound(job: &mut Job) {
    let limits = &mut job.limits;
    limits.wall_ms = limits.wall_ms.clamp(100, 120_000);
    limits.cpu_s = limits.cpu_s.clamp(1, 60);
    limits.heap_mib = limits.heap_mib.clamp(8, 256);
    limits.database_mib = limits.database_mib.clamp(1, 512);
    limits.rows = limits.rows.min(100_000);
    limits.bytes = limits.bytes.min(8 << 20);
    limits.statements = limits.statements.min(1_000);
}

fn unexpected(outcome: Outcome) -> SandboxError {
    match outcome {
        Outcome::BadData(why) => SandboxError::Data(why),
        Outcome::Unprotected(why) => SandboxError::Unprotected(why),
        Outcome::Failed(why) => SandboxError::Process(std::io::Error::other(why)),
        Outcome::Probed(_) | Outcome::Made(_) | Outcome::Ran(_) => {
            SandboxError::Process(std::io::Error::other("it answered another question"))
        }
    }
}
