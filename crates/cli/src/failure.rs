use std::fmt;

use cairn_domain::catalog::Fault;
use serde::Serialize;

use crate::Exit;

/// Why a command did not do what was asked: what is wrong, where, and what to do.
///
/// Shown as text, or with `--json` as a problem object in the manner of RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(Box<Details>);

/// What a [`Failure`] consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// How the program ends.
    pub exit: Exit,
    /// A stable name: the server's code where the refusal is the server's.
    pub code: String,
    /// What is wrong, in a sentence or a few.
    pub detail: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The status of the server's answer.
    pub status: Option<u16>,
    /// The id of the request, to find it in the server's log.
    pub request: Option<String>,
    /// Faults of a pack, with their places.
    pub faults: Vec<Fault>,
}

impl Failure {
    /// A failure without help.
    #[must_use]
    pub fn new(exit: Exit, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            exit,
            code: code.to_owned(),
            detail: detail.into(),
            help: None,
            status: None,
            request: None,
            faults: Vec::new(),
        }))
    }

    /// A command line that is well formed and yet can't be followed.
    #[must_use]
    pub fn usage(detail: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", detail)
    }

    /// A file or folder that could not be read or written: `doing` is such as `"read"`.
    #[must_use]
    pub fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => "Check the path.",
            std::io::ErrorKind::PermissionDenied => "Check whose it is, and who may use it (`ls -ld`).",
            _ => "Check the path, and the disk that it is on.",
        };
        Self::new(Exit::Failed, "file", format!("Could not {doing} {}: {error}.", path.display())).help(help)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the faults of a pack.
    #[must_use]
    pub fn faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults;
        self
    }
}

impl std::ops::Deref for Failure {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl std::ops::DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Failure {}

impl From<cairn_domain::Error> for Failure {
    /// A rule's refusal, for commands that work without a server. The cause of an internal error is told: whoever has
    /// the database in hand may see it.
    fn from(error: cairn_domain::Error) -> Self {
        use cairn_domain::Kind;
        let exit = match error.kind() {
            Kind::Unavailable => Exit::Unavailable,
            Kind::Unauthenticated => Exit::SignedOut,
            _ => Exit::Failed,
        };
        let mut detail = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            detail.push_str(&format!(" ({cause})"));
            source = cause.source();
        }
        for violation in error.violations().iter().filter(|_| error.violations().len() > 1) {
            detail.push_str(&format!("\n  {}: {}", violation.pointer.trim_start_matches('/'), violation.detail));
        }
        Self::new(exit, error.code().as_str(), detail).help(error.code().remedy())
    }
}

impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Problem<'a> {
            title: &'a str,
            detail: &'a str,
            code: &'a str,
            exit_code: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            help: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            status: Option<u16>,
            #[serde(skip_serializing_if = "Option::is_none")]
            instance: Option<&'a str>,
            #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
            errors: &'a [Fault],
        }
        let title = self.exit.meaning();
        Problem {
            title,
            detail: &self.detail,
            code: &self.code,
            exit_code: self.exit.code(),
            help: self.help.as_deref(),
            status: self.status,
            instance: self.request.as_deref(),
            errors: &self.faults,
        }
        .serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_domain::{Code, Error};

    #[test]
    fn as_json_it_is_a_problem_object() {
        let failure = Failure::new(Exit::InUse, "in_use", "Taken.").help("Stop the other.");
        let value = serde_json::to_value(&failure).unwrap();
        assert_eq!(value["code"], "in_use");
        assert_eq!(value["exit_code"], 6);
        assert_eq!(value["help"], "Stop the other.");
        assert!(value.get("errors").is_none() && value.get("status").is_none());
    }

    #[test]
    fn a_rules_refusal_keeps_its_code_and_tells_its_cause() {
        let failure = Failure::from(Error::new(Code::StoreUnavailable, "No database.").because("disk on fire"));
        assert_eq!(failure.exit, Exit::Unavailable);
        assert_eq!(failure.code, Code::StoreUnavailable.as_str());
        assert!(failure.detail.contains("disk on fire") && failure.help.is_some());
    }
}
