//! What a transcript may have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::HttpDrill;
use super::transcript::{Exchange, Transcript};

/// The most headers of an answer that are kept.
pub const MAX_HEADERS: usize = 100;
/// The most bytes of an answer's headers that are kept, names and values together.
pub const MAX_HEADER_BYTES: usize = 8 << 10;
/// The most bytes of a transcript's addresses, headers and bodies (in base64) together. No run comes near it unless the
/// service floods with headers.
pub const MAX_TRANSCRIPT_BYTES: usize = 2 << 20;
/// The longest address and the longest reason for no answer, in bytes.
const MAX_TEXT_BYTES: usize = 8 << 10;

/// Why a transcript is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The drill has no such step.
    UnknownStep(String),
    /// The step sends fewer requests.
    UnknownTurn(String, u32),
    /// It is there twice.
    Duplicate(String, u32),
    /// More headers than [`MAX_HEADERS`] or [`MAX_HEADER_BYTES`].
    Headers(String),
    /// A body longer than the drill looks at.
    Body(String),
    /// An address or a reason of more than 8 KiB.
    Text(String),
    /// Both or neither of an answer and the reason for none.
    Answer(String),
    /// More than [`MAX_TRANSCRIPT_BYTES`] in all.
    Size,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (step, what) = match self {
            Self::UnknownStep(step) => return write!(f, "There is no step `{}`.", super::diff::cut(step, 40)),
            Self::UnknownTurn(step, turn) => (step, format!("sends no request {turn}")),
            Self::Duplicate(step, turn) => (step, format!("has request {turn} twice")),
            Self::Size => return write!(f, "It has more than {MAX_TRANSCRIPT_BYTES} bytes."),
            Self::Headers(step) => (
                step,
                format!(
                    "has an answer with more than {MAX_HEADERS} headers, or more than {MAX_HEADER_BYTES} bytes of them"
                ),
            ),
            Self::Body(step) => (step, "has a body that is longer than the drill looks at".into()),
            Self::Text(step) => (step, format!("has a text of more than {MAX_TEXT_BYTES} bytes")),
            Self::Answer(step) => (step, "needs either an answer or the reason for none".into()),
        };
        write!(f, "The step `{step}` {what}.")
    }
}

impl std::error::Error for Refusal {}

pub(super) fn check(drill: &HttpDrill, transcript: &Transcript) -> Result<(), Refusal> {
    let turns: BTreeMap<&str, u32> = drill.steps.iter().map(|step| (step.id.as_str(), step.turns())).collect();
    let (mut seen, mut size) = (BTreeSet::new(), 0);
    for Exchange { step, turn, url, duration_ms: _, response, error } in &transcript.exchanges {
        let id = || step.clone();
        let turns = turns.get(step.as_str()).ok_or_else(|| Refusal::UnknownStep(id()))?;
        if turn >= turns {
            return Err(Refusal::UnknownTurn(id(), *turn));
        }
        if !seen.insert((step, turn)) {
            return Err(Refusal::Duplicate(id(), *turn));
        }
        size += url.len()
            + response.as_ref().map_or(0, |response| {
                let headers = response.headers.iter().map(|(name, value)| name.len() + value.len());
                response.body.len() + headers.sum::<usize>()
            });
        if size > MAX_TRANSCRIPT_BYTES {
            return Err(Refusal::Size);
        }
        if url.len() > MAX_TEXT_BYTES || error.as_ref().is_some_and(|error| error.len() > MAX_TEXT_BYTES) {
            return Err(Refusal::Text(id()));
        }
        let Some(response) = response.as_ref().filter(|_| error.is_none()) else {
            if response.is_some() || error.is_none() {
                return Err(Refusal::Answer(id()));
            }
            continue;
        };
        let bytes: usize = response.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        if response.headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
            return Err(Refusal::Headers(id()));
        }
        if response.body.len() > (drill.body_bytes as usize).div_ceil(3) * 4 {
            return Err(Refusal::Body(id()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Response;
    use super::*;

    fn exchange(step: &str, turn: u32) -> Exchange {
        let response = Response { status: 200, headers: Vec::new(), body: String::new(), cut: false };
        Exchange { step: step.into(), turn, url: "x".into(), duration_ms: 0, response: Some(response), error: None }
    }

    fn checked(change: impl FnOnce(&mut Vec<Exchange>)) -> Result<(), Refusal> {
        let request = json!({"method": "GET", "path": "/"});
        let drill: HttpDrill = serde_json::from_value(json!({"body_bytes": 10, "steps": [
            {"id": "a", "request": request},
            {"id": "b", "request": request, "burst": 3},
            {"id": "c", "request": request, "eventually": {"timeout_ms": 100, "every_ms": 50}},
        ]}))
        .unwrap();
        let mut exchanges = vec![exchange("a", 0), exchange("b", 2), exchange("b", 0), exchange("c", 2)];
        change(&mut exchanges);
        drill.check(&Transcript { exchanges })
    }

    #[test]
    fn what_a_run_gives_is_taken() {
        assert_eq!(checked(|_| {}), Ok(()));
        assert_eq!(checked(Vec::clear), Ok(()));
        assert_eq!(checked(|all| (all[0].response, all[0].error) = (None, Some("refused".into()))), Ok(()));
        assert_eq!(checked(|all| all[0].response.as_mut().unwrap().body = "A".repeat(16)), Ok(()));
    }

    #[test]
    fn what_no_run_gives_is_refused() {
        let of = |change: fn(&mut Vec<Exchange>)| checked(change).unwrap_err();
        assert_eq!(of(|all| all[0].step = "x".into()), Refusal::UnknownStep("x".into()));
        assert_eq!(of(|all| all[0].turn = 1), Refusal::UnknownTurn("a".into(), 1));
        assert_eq!(of(|all| all[1].turn = 3), Refusal::UnknownTurn("b".into(), 3));
        assert_eq!(of(|all| all[3].turn = 3), Refusal::UnknownTurn("c".into(), 3));
        assert_eq!(of(|all| all[1].turn = 0), Refusal::Duplicate("b".into(), 0));
        assert_eq!(of(|all| all[0].url = "x".repeat(MAX_TRANSCRIPT_BYTES + 1)), Refusal::Size);
        assert_eq!(of(|all| all[0].error = Some(String::new())), Refusal::Answer("a".into()));
        assert_eq!(of(|all| all[0].response = None), Refusal::Answer("a".into()));
        assert_eq!(of(|all| all[0].url = "x".repeat(9_000)), Refusal::Text("a".into()));
        assert_eq!(of(|all| all[0].response.as_mut().unwrap().body = "A".repeat(17)), Refusal::Body("a".into()));
        let flood =
            |all: &mut Vec<Exchange>| all[0].response.as_mut().unwrap().headers = vec![("a".into(), "b".into()); 101];
        assert_eq!(of(flood), Refusal::Headers("a".into()));
        let flood =
            |all: &mut Vec<Exchange>| all[0].response.as_mut().unwrap().headers = vec![("a".into(), "b".repeat(9_000))];
        assert_eq!(of(flood), Refusal::Headers("a".into()));
        assert_eq!(
            of(flood).to_string(),
            "The step `a` has an answer with more than 100 headers, or more than 8192 bytes of them."
        );
    }
}
