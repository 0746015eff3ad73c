//! HTTP drills: steps that are sent to the learner's own service.

mod transcript;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;
use crate::drill::read;

pub use transcript::{Exchange, Response, Transcript};

/// Values by name.
pub type Vars = BTreeMap<String, Value>;

/// Requests, and what is expected of their answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpDrill {}

impl HttpDrill {
    pub(crate) fn parse(fields: Map<String, Value>) -> Result<Self, Vec<Fault>> {
        read(fields)
    }
}
