//! HTTP drills: steps that are sent to the learner's own service.
//!
//! [`Run`] gives the requests and takes the answers; whoever sends them keeps a [`Transcript`] of what came back, and
//! [`evaluate`] makes a verdict of that alone: it renders the requests again and takes the captures again.

mod answer;
mod check;
mod cookies;
mod diff;
mod evaluate;
mod look;
mod path;
mod predicate;
mod random;
mod request;
mod rules;
mod run;
mod template;
#[cfg(test)]
mod tests;
mod transcript;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;
use crate::drill::read;

pub use check::{MAX_HEADER_BYTES, MAX_HEADERS, MAX_TRANSCRIPT_BYTES, Refusal};
pub use evaluate::evaluate;
pub use look::{
    Capture, Class, Conditions, Expectation, Group, GroupExpectation, Look, MAX_PATTERN_BYTES, Note, Order, Pattern,
    Pick, Predicate, SortedBy, Source, Type,
};
pub use path::{JsonPath, MAX_PATH_BYTES};
pub use request::{Obstacle, Rendered};
pub use rules::{
    MAX_BODY_BYTES, MAX_BURST, MAX_EXPECTATIONS, MAX_OBSERVED_BYTES, MAX_REQUESTS, MAX_STEPS, MAX_VARS, MAX_WAIT_MS,
    MIN_EVERY_MS,
};
pub use run::Run;
pub use transcript::{Exchange, Response, Transcript};

/// Values by name.
pub type Vars = BTreeMap<String, Value>;

/// Requests, and what is expected of their answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpDrill {
    /// Where the service is.
    #[serde(default)]
    pub base_url: BaseUrl,
    /// Values that are made anew for each attempt; `{{random.uuid}}` and its like stand in them.
    #[serde(default)]
    pub vars: BTreeMap<String, Value>,
    /// How much of each body is looked at, in bytes.
    #[serde(default = "default_body_bytes")]
    pub body_bytes: u32,
    /// What is sent, one after the other.
    pub steps: Vec<Step>,
}

const fn default_body_bytes() -> u32 {
    16 << 10
}

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaseUrl {
    /// The address before each path.
    pub default: String,
    /// Whether the learner may say another one.
    #[serde(rename = "override")]
    pub may_override: bool,
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self { default: "http://127.0.0.1:8080".into(), may_override: true }
    }
}

/// A request with what is expected of its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in the drill.
    pub id: String,
    /// What is sent.
    pub request: Request,
    /// How often it is sent, all at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub burst: Option<u32>,
    /// Sends it again until what counts of `expect` holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub eventually: Option<Eventually>,
    /// What is kept of the answer, by its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub capture: BTreeMap<String, Capture>,
    /// What is expected of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub expect: Vec<Expectation>,
    /// What is expected of the answers of a burst together.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub expect_group: Vec<GroupExpectation>,
}

impl Step {
    /// How many requests it sends at most.
    #[must_use]
    pub fn turns(&self) -> u32 {
        let tries = |wait: &Eventually| wait.timeout_ms.checked_div(wait.every_ms).unwrap_or(0).saturating_add(1);
        self.burst.or_else(|| self.eventually.as_ref().map(tries)).unwrap_or(1)
    }
}

/// How long to wait for something that comes about later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eventually {
    /// For how long it is tried, in milliseconds.
    pub timeout_ms: u32,
    /// How long from one try to the next, in milliseconds.
    pub every_ms: u32,
}

/// A request. Everywhere but in the method, `{{name}}` stands for a variable or a capture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// An earlier step whose request this is, but for what is said here. Headers and query are added to its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// The path, from `/`; or `{{name}}` alone, which may also be an address of the same service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The query: scalars, or lists of them for a name that comes several times.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    /// The headers, scalars. An empty `Cookie` sends none; without one, cookies that were set earlier are sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Value>,
    /// A body of JSON. It brings its `Content-Type`, as `form` does.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub json: Option<Value>,
    /// A body as it is, in UTF-8, without a `Content-Type` of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A body of form fields: scalars, or lists of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<BTreeMap<String, Value>>,
}

/// Null that is written is a value.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The methods of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Reads without the body.
    Head,
    /// Makes.
    Post,
    /// Puts in place.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
    /// Asks what is possible.
    Options,
}

impl Method {
    /// The name in capitals, such as `"GET"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

impl HttpDrill {
    pub(crate) fn parse(fields: Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let drill: Self = read(fields)?;
        let faults = rules::faults(&drill);
        if faults.is_empty() { Ok(drill) } else { Err(faults) }
    }

    /// The variables of an attempt. The same seed gives the same values; a seed that nobody can guess gives values that
    /// nobody can.
    #[must_use]
    pub fn vars(&self, seed: u128) -> Vars {
        random::vars(self, seed)
    }

    /// Refuses a transcript that no run of this drill gives, whatever the service answers: whoever takes one from a
    /// stranger asks this before [`evaluate`].
    ///
    /// # Errors
    /// What it has that it cannot have.
    pub fn check(&self, transcript: &Transcript) -> Result<(), Refusal> {
        check::check(self, transcript)
    }
}
