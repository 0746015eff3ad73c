//! Where learners' SQL runs: this program again, jailed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cairn_cli::{Exit, Failure};
use cairn_domain::practice::Sandbox as Port;
use cairn_domain::shared::UserId;
use cairn_domain::{Code, Error};
use cairn_sandbox::{Job, Report, Sandbox, SandboxError, SandboxSettings};

use crate::config::Settings;

/// The sandbox, or why there is none.
pub(crate) type Opened = Result<Sandbox, String>;

/// Tries what the kernel offers. Large data sets of drills are kept in `cache_dir`.
///
/// # Errors
/// When no process can be started or the folder cannot be used.
pub(crate) fn open(cache_dir: PathBuf, unprotected: bool) -> Result<Opened, Failure> {
    let program = std::env::current_exe().map_err(|error| failed(&SandboxError::Process(error)))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let settings =
        SandboxSettings { require_protection: !unprotected, ..SandboxSettings::new(program, cache_dir, cores) };
    match Sandbox::new(settings) {
        Ok(sandbox) => Ok(Ok(sandbox)),
        Err(error @ SandboxError::Unprotected(_)) => Ok(Err(error.to_string())),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &SandboxError) -> Failure {
    Failure::new(Exit::Failed, "sandbox", format!("Learners' SQL has nowhere to run: {error}."))
}

/// Where a server keeps large data sets of drills.
pub(crate) fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("sandbox")
}

/// The sandbox as the domain knows it.
struct Runs(Sandbox);

impl Port for Runs {
    fn run(&self, learner: UserId, job: &Job) -> cairn_domain::Result<Report> {
        self.0.run(job, Some(&learner.to_string())).map_err(|error| match error {
            SandboxError::Busy { retry_after_s } => {
                Error::new(Code::Busy, "Too many answers are being run at the moment.")
                    .after(Duration::from_secs(retry_after_s.into()))
            }
            SandboxError::Unprotected(_) => {
                Error::new(Code::SandboxUnavailable, "This server cannot run learners' SQL.").because(error)
            }
            SandboxError::Data(_) | SandboxError::Process(_) | SandboxError::Files(_) => Error::internal(error),
        })
    }
}

/// What learners' SQL gets where the kernel cannot close the sandbox and the operator has not allowed that.
struct Refusing;

impl Port for Refusing {
    fn run(&self, _: UserId, _: &Job) -> cairn_domain::Result<Report> {
        Err(Error::new(
            Code::SandboxUnavailable,
            "This server cannot run learners' SQL; its operator finds the reason in the log.",
        ))
    }
}

/// The server's sandbox, and what is said of it at the start.
///
/// # Errors
/// As [`open`].
pub(crate) fn for_server(settings: &Settings) -> Result<(Arc<dyn Port>, String), Failure> {
    Ok(match open(folder(settings), settings.sandbox_unprotected)? {
        Ok(sandbox) => {
            let protection = sandbox.probe();
            if !protection.is_complete() {
                tracing::warn!("learners' SQL runs without all protections: {protection} (sandbox.unprotected)");
            }
            (Arc::new(Runs(sandbox)), protection.to_string())
        }
        Err(why) => {
            tracing::warn!(
                "no SQL of learners is run: {why}; sandbox.unprotected says whether it may be run all the same"
            );
            (Arc::new(Refusing), "runs no SQL of learners: see the log".to_owned())
        }
    })
}
