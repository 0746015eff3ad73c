use cairn_drill::http::{Transcript, Vars};
use serde::{Deserialize, Serialize};

/// What was seen of a service, and with what it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The values of the attempt's variables.
    pub vars: Vars,
    /// What came back.
    pub transcript: Transcript,
}
