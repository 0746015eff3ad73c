use std::io;

/// Why a run gave no report.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// As many runs are under way or wait as may be, of all or of one learner.
    #[error("the sandbox is busy: try again in {retry_after_s} s")]
    Busy {
        /// When it is worth trying again, in seconds.
        retry_after_s: u32,
    },
    /// The data set cannot be made: the fault is its author's.
    #[error("the data set cannot be made: {0}")]
    Data(String),
    /// This machine cannot keep a child in its jail, and the settings say not to run without.
    #[error("this machine cannot keep a sandbox closed: {0}")]
    Unprotected(String),
    /// A child could not be started, or said what is no answer.
    #[error("the sandbox's process could not be run: {0}")]
    Process(#[source] io::Error),
    /// A large data set could not be kept in a file, or copied.
    #[error("the sandbox's files could not be used: {0}")]
    Files(#[source] io::Error),
}
