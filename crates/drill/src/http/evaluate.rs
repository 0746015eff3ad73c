use std::collections::BTreeMap;

use super::diff::cut;
use super::run::{Run, Turns};
use super::{HttpDrill, Transcript, Vars};
use crate::Verdict;

/// The longest text of an assertion, in characters.
const MAX_TEXT: usize = 200;
/// What stands where something is kept from view.
const REDACTED: &str = "•••";

/// Makes a verdict of what was seen. It is total: whatever a transcript holds, each assertion of the drill comes out of it,
/// and nothing in it but statuses, headers and bodies decides one that counts. Of two exchanges with the same step and turn
/// the first counts, and what the drill does not ask for is passed over.
#[must_use]
pub fn evaluate(drill: &HttpDrill, vars: &Vars, transcript: &Transcript) -> Verdict {
    let mut steps: BTreeMap<&str, Turns<'_>> = BTreeMap::new();
    for exchange in &transcript.exchanges {
        steps.entry(&exchange.step).or_default().entry(exchange.turn).or_insert(exchange);
    }
    let none = Turns::new();
    let mut run = Run::new(drill, vars, &drill.base_url.default);
    let observed = drill.steps.iter().map(|step| run.observe(step, steps.get(step.id.as_str()).unwrap_or(&none)));
    let mut assertions: Vec<_> = observed.collect::<Vec<_>>().concat();
    for assertion in &mut assertions {
        for text in [&mut assertion.expected, &mut assertion.got] {
            for secret in run.secrets() {
                *text = without(text, secret);
            }
            *text = cut(text, MAX_TEXT).replace(char::is_control, "\u{FFFD}");
        }
    }
    Verdict { assertions, ..Verdict::default() }
}

/// A text with `•••` for a secret, and for as much of its beginning as stands there when it was cut.
fn without(text: &str, secret: &str) -> String {
    let head: String = secret.chars().take(8).collect();
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(&head) {
        shown.push_str(&rest[..at]);
        shown.push_str(REDACTED);
        let common = rest[at..].chars().zip(secret.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8());
        rest = &rest[at + common.sum::<usize>()..];
    }
    shown + rest
}
