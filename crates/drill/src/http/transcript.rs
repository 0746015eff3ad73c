use serde::{Deserialize, Serialize};

/// What was seen while a drill ran: raw observations, never verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// In the order in which they began.
    pub exchanges: Vec<Exchange>,
}

/// A request that was sent, and what came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The step's id.
    pub step: String,
    /// Which request of the step, from 0: those of a burst, or the tries of one that waits, of which
    /// only the last has to be there.
    pub turn: u32,
    /// The address that was called.
    pub url: String,
    /// How long it took, by the learner's clock.
    pub duration_ms: u32,
    /// What came back; none when nothing did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<Response>,
    /// Why nothing came back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// An answer as it came, redirects not followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case and values, in the order in which they came, a name as often as it came. Bytes that are not ASCII
    /// stand as characters of the same number.
    pub headers: Vec<(String, String)>,
    /// The body in base64 (RFC 4648, with padding), at most so much of it as the drill allows.
    pub body: String,
    /// Whether there was more than that.
    #[serde(default)]
    pub cut: bool,
}
