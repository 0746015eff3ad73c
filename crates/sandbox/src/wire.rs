//! What parent and child tell each other, each as one JSON value: a [`Request`] on standard input, an [`Answer`] on
//! standard output.

use std::fmt;
use std::path::PathBuf;

use cairn_drill::data::DataSet;
use cairn_drill::run::{Job, Report, State};
use serde::{Deserialize, Serialize};

/// What a child is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Whether it must give up where the kernel cannot close the jail.
    pub(crate) strict: bool,
    pub(crate) task: Task,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// To close the jail and say what it is made of.
    Probe,
    /// To write a data set into an empty file.
    Make { data: DataSet, path: PathBuf },
    /// To do a job.
    Run { job: Box<Job>, source: Source },
}

/// Where the data are.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Source {
    /// Nowhere yet: they are made in memory.
    Made,
    /// In a file that is only read.
    File { path: PathBuf, state: State },
    /// In a file of the run's own, which the child removes once it has it open.
    Scratch { path: PathBuf, state: State },
}

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The most memory that it held, in KiB, where the kernel tells.
    pub(crate) peak_kib: Option<u64>,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// Of [`Task::Probe`].
    Probed(Protection),
    /// Of [`Task::Make`]: what is in the file.
    Made(State),
    /// Of [`Task::Run`].
    Ran(Box<Report>),
    /// The data set cannot be made.
    BadData(String),
    /// The jail cannot be closed.
    Unprotected(String),
    /// Something else went wrong before a statement of a learner ran.
    Failed(String),
}

/// What the kernel offers to keep a child in its jail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// The version of Landlock's interface, 0 where there is none. It takes the file system away.
    pub landlock: u32,
    /// Whether system calls are filtered.
    pub seccomp: bool,
}

impl Protection {
    /// Whether nothing is missing.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.landlock > 0 && self.seccomp
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.landlock {
            0 => write!(f, "no Landlock")?,
            version => write!(f, "Landlock (version {version})")?,
        }
        f.write_str(if self.seccomp { " and seccomp" } else { ", no seccomp" })
    }
}
