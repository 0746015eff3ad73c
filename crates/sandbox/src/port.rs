use std::time::Duration;

use cairn_domain::practice;
use cairn_domain::shared::UserId;
use cairn_domain::{Code, Error, Result};

use crate::{Job, Report, Sandbox, SandboxError};

impl practice::Sandbox for Sandbox {
    fn run(&self, learner: UserId, job: &Job) -> Result<Report> {
        Sandbox::run(self, job, Some(&learner.to_string())).map_err(Error::from)
    }
}

impl From<SandboxError> for Error {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Busy { retry_after_s } => {
                Error::new(Code::Busy, "Too many answers are being run at the moment.")
                    .after(Duration::from_secs(retry_after_s.into()))
            }
            SandboxError::Unprotected(_) => {
                Error::new(Code::SandboxUnavailable, "This server cannot run learners' SQL.").because(error)
            }
            SandboxError::Data(_) | SandboxError::Process(_) | SandboxError::Files(_) => Error::internal(error),
        }
    }
}
