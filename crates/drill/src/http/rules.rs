//! What a drill has to keep to beyond its form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::look::{Conditions, Group, Look, Note, Predicate, Source};
use super::random::KINDS;
use super::template::{Part, is_plain_name, parts};
use super::{HttpDrill, Request, Step};
use crate::Fault;

/// The most steps of a drill.
pub const MAX_STEPS: usize = 100;
/// The most requests that are sent at once.
pub const MAX_BURST: u32 = 100;
/// The most requests of a run.
pub const MAX_REQUESTS: u32 = 300;
/// The most variables of a drill, and the most captures.
pub const MAX_VARS: usize = 50;
/// The most expectations of a drill.
pub const MAX_EXPECTATIONS: usize = 500;
/// The most bytes of a body that are looked at.
pub const MAX_BODY_BYTES: u32 = 256 << 10;
/// The most bytes of all bodies of a run together.
pub const MAX_OBSERVED_BYTES: u64 = 1 << 20;
/// The longest that a step waits, in milliseconds.
pub const MAX_WAIT_MS: u32 = 30_000;
/// The shortest time from one try to the next, in milliseconds.
pub const MIN_EVERY_MS: u32 = 50;
const MAX_TRIES: u32 = 100;
const MAX_ID_BYTES: usize = 40;
const MAX_HINT_CHARS: usize = 500;
const MAX_WEIGHT: u32 = 100;
const MAX_DEPTH: usize = 4;
const MAX_REQUEST_BYTES: usize = 64 << 10;

/// Headers that say how a message is sent, which is not the drill's to say.
const FRAMING: &[&str] = &["host", "content-length", "transfer-encoding", "connection"];

/// Every fault of a drill.
pub(super) fn faults(drill: &HttpDrill) -> Vec<Fault> {
    let mut rules = Rules { known: drill.vars.keys().map(String::as_str).collect(), faults: Vec::new() };
    rules.drill(drill);
    rules.faults
}

struct Rules<'d> {
    /// Variables, and the captures of the steps so far.
    known: BTreeSet<&'d str>,
    faults: Vec<Fault>,
}

impl<'d> Rules<'d> {
    fn fault(&mut self, field: impl Into<String>, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault::new(field, message, help));
    }

    fn drill(&mut self, drill: &'d HttpDrill) {
        let base = &drill.base_url.default;
        let host = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://")).unwrap_or_default();
        let odd = |c: char| c.is_whitespace() || c.is_control() || "?#@{}\\".contains(c);
        if host.is_empty() || host.starts_with('/') || base.len() > 200 || base.contains(odd) {
            self.fault(
                "base_url.default",
                "This is no address of a service.",
                "Write one such as `http://127.0.0.1:8080`.",
            );
        }
        if !(1..=MAX_BODY_BYTES).contains(&drill.body_bytes) {
            self.fault("body_bytes", format!("This has to be from 1 to {MAX_BODY_BYTES}."), "");
        }
        if drill.vars.len() > MAX_VARS {
            self.fault("vars", format!("There are more than {MAX_VARS}."), "");
        }
        for (name, value) in &drill.vars {
            let field = format!("vars.{name}");
            self.name(&field, name);
            self.random(&field, value);
        }
        if !(1..=MAX_STEPS).contains(&drill.steps.len()) {
            self.fault("steps", format!("There have to be from 1 to {MAX_STEPS} of them."), "");
        }
        let requests = drill.steps.iter().fold(0, |sum: u32, step| sum.saturating_add(step.turns()));
        if requests > MAX_REQUESTS {
            self.fault(
                "steps",
                format!("They send {requests} requests, with all tries; {MAX_REQUESTS} are the most."),
                "",
            );
        }
        // Of tries only the last one is kept.
        let kept = drill.steps.iter().fold(0, |sum: u32, step| sum.saturating_add(step.burst.unwrap_or(1)));
        if u64::from(kept) * u64::from(drill.body_bytes) > MAX_OBSERVED_BYTES {
            let help = "Look at less of each body, or send fewer requests.";
            let message = format!("{kept} answers of so many bytes are more than {MAX_OBSERVED_BYTES}.");
            self.fault("body_bytes", message, help);
        }
        let mut ids = BTreeMap::new();
        for (place, step) in drill.steps.iter().enumerate() {
            let field = format!("steps[{place}]");
            self.step(&field, step, &ids);
            if let Some(first) = ids.insert(step.id.as_str(), place) {
                self.fault(format!("{field}.id"), format!("steps[{first}] has this id too."), "");
            }
        }
        let captures: usize = drill.steps.iter().map(|step| step.capture.len()).sum();
        if captures > MAX_VARS {
            self.fault("steps", format!("They capture more than {MAX_VARS} values."), "");
        }
        let notes = |step: &'d Step| {
            step.expect.iter().map(|one| &one.note).chain(step.expect_group.iter().map(|one| &one.note))
        };
        let notes: Vec<&Note> = drill.steps.iter().flat_map(notes).collect();
        if notes.len() > MAX_EXPECTATIONS {
            self.fault("steps", format!("They have more than {MAX_EXPECTATIONS} expectations."), "");
        }
        if notes.iter().all(|note| note.advice || note.weight == 0) {
            self.fault("steps", "Nothing that counts is expected.", "Expect something that is no advice.");
        }
    }

    fn step(&mut self, field: &str, step: &'d Step, before: &BTreeMap<&str, usize>) {
        let id = step.id.replace('-', "_");
        if !is_plain_name(&id) || id.len() > MAX_ID_BYTES {
            let help = format!("Use at most {MAX_ID_BYTES} of a to z, digits, `-` and `_`, a letter first.");
            self.fault(format!("{field}.id"), "This is no id.", help);
        }
        self.request(&format!("{field}.request"), &step.request, before);
        self.turns(field, step);
        for (name, capture) in &step.capture {
            let field = format!("{field}.capture.{name}");
            self.name(&field, name);
            self.source(&field, &capture.source);
            if !self.known.insert(name) {
                self.fault(&field, "There is a variable or a capture of this name before.", "Give it another name.");
            }
        }
        for (place, expected) in step.expect.iter().enumerate() {
            let field = format!("{field}.expect[{place}]");
            self.note(&field, &expected.note);
            self.look(&field, &expected.look, expected.note.advice);
        }
        for (place, expected) in step.expect_group.iter().enumerate() {
            let field = format!("{field}.expect_group[{place}]");
            let advice = expected.note.advice;
            self.note(&field, &expected.note);
            match &expected.group {
                Group::Distinct(pick, _) => self.source(&format!("{field}.distinct"), &pick.source),
                Group::CountWhere(look, _) => self.look(&format!("{field}.count_where"), look, advice),
                Group::All(look) => self.look(&format!("{field}.all"), look, advice),
            }
        }
    }

    fn turns(&mut self, field: &str, step: &Step) {
        if let Some(burst) = step.burst {
            if !(2..=MAX_BURST).contains(&burst) {
                self.fault(format!("{field}.burst"), format!("This has to be from 2 to {MAX_BURST}."), "");
            }
            let beside = [
                ("expect", !step.expect.is_empty()),
                ("capture", !step.capture.is_empty()),
                ("eventually", step.eventually.is_some()),
            ];
            for (name, _) in beside.into_iter().filter(|(_, there)| *there) {
                let help = "Expect things of all its answers with `expect_group`; capture in a step of its own.";
                self.fault(format!("{field}.{name}"), "A burst has no such thing.", help);
            }
        } else if !step.expect_group.is_empty() {
            self.fault(
                format!("{field}.expect_group"),
                "Only a burst has answers to look at together.",
                "Add `burst`.",
            );
        }
        if let Some(wait) = &step.eventually {
            let field = format!("{field}.eventually");
            if !(1..=MAX_WAIT_MS).contains(&wait.timeout_ms) {
                self.fault(format!("{field}.timeout_ms"), format!("This has to be from 1 to {MAX_WAIT_MS}."), "");
            }
            if wait.every_ms < MIN_EVERY_MS || wait.every_ms > wait.timeout_ms {
                let message = format!("This has to be from {MIN_EVERY_MS} to `timeout_ms`.");
                self.fault(format!("{field}.every_ms"), message, "");
            } else if step.turns() > MAX_TRIES {
                self.fault(
                    &field,
                    format!("That is more than {MAX_TRIES} tries."),
                    "Wait longer from one to the next.",
                );
            }
            if step.expect.iter().all(|expected| expected.note.advice) {
                self.fault(field, "There is nothing to wait for.", "Expect something that is no advice.");
            }
        }
    }

    fn request(&mut self, field: &str, request: &Request, before: &BTreeMap<&str, usize>) {
        match &request.same_as {
            Some(id) if !before.contains_key(id.as_str()) => {
                self.fault(format!("{field}.same_as"), format!("There is no step `{id}` before this one."), "");
            }
            Some(_) => {}
            None => {
                for (name, there) in [("method", request.method.is_some()), ("path", request.path.is_some())] {
                    if !there {
                        self.fault(format!("{field}.{name}"), "This is missing.", "Give it, or a step with `same_as`.");
                    }
                }
            }
        }
        if let Some(path) = &request.path {
            let field = format!("{field}.path");
            let whole = matches!(parts(path).as_deref(), Ok([Part::Name(_)]));
            let bare = outside_names(path);
            if !whole && (!path.starts_with('/') || path.starts_with("//")) {
                self.fault(&field, "A path begins with one `/`.", "The address before it is `base_url`.");
            } else if bare.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#' || c == '\\') {
                self.fault(
                    &field,
                    "There is a character in it that has to be escaped.",
                    "Write it as `%20` and its like.",
                );
            }
            self.text(&field, path);
        }
        let lists = request.form.iter().flatten().map(|pair| ("form", pair));
        for (of, (name, value)) in request.query.iter().map(|pair| ("query", pair)).chain(lists) {
            let field = format!("{field}.{of}.{name}");
            let scalar = |value: &Value| !value.is_object() && !value.is_array();
            if !scalar(value) && !value.as_array().is_some_and(|items| items.iter().all(scalar)) {
                self.fault(&field, "This has to be a scalar, or a list of them.", "");
            }
            self.value(&field, value);
        }
        for (name, value) in &request.headers {
            let field = format!("{field}.headers.{name}");
            self.header(&field, name);
            if FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
                self.fault(&field, "This header follows from the request itself.", "Leave it out.");
            }
            if value.is_object() || value.is_array() {
                self.fault(&field, "This has to be a scalar.", "");
            }
            self.value(&field, value);
        }
        if let Some(json) = &request.json {
            self.value(&format!("{field}.json"), json);
        }
        if let Some(body) = &request.body {
            self.text(&format!("{field}.body"), body);
        }
        let bodies = [request.json.is_some(), request.body.is_some(), request.form.is_some()];
        if bodies.into_iter().filter(|there| *there).count() > 1 {
            self.fault(field, "There is one body at most.", "Give one of `json`, `body` and `form`.");
        }
        if serde_json::to_vec(request).map_or(0, |bytes| bytes.len()) > MAX_REQUEST_BYTES {
            self.fault(field, format!("It has more than {MAX_REQUEST_BYTES} bytes."), "");
        }
    }

    fn note(&mut self, field: &str, note: &Note) {
        if note.hint.as_ref().is_some_and(|hint| hint.chars().count() > MAX_HINT_CHARS) {
            self.fault(format!("{field}.hint"), format!("It has more than {MAX_HINT_CHARS} characters."), "");
        }
        if note.weight > MAX_WEIGHT {
            self.fault(format!("{field}.weight"), format!("This has to be from 0 to {MAX_WEIGHT}."), "");
        }
    }

    fn look(&mut self, field: &str, look: &Look, advice: bool) {
        let field = format!("{field}.{}", key(&look.source));
        if look.source == Source::DurationMs && !advice {
            let help = "It is the learner's clock that measures it. Add `advice: true`.";
            self.fault(&field, "How long it took may only advise.", help);
        } else {
            self.source(&field, &look.source);
        }
        self.conditions(&field, &look.is, &look.source, 0);
    }

    fn source(&mut self, field: &str, source: &Source) {
        match source {
            Source::Header(name) | Source::Cookie { name, .. } => self.header(field, name),
            _ => {}
        }
    }

    fn conditions(&mut self, field: &str, is: &Conditions, source: &Source, depth: usize) {
        if is.0.is_empty() {
            self.fault(field, "Nothing is said of how it has to be.", "Add something like `eq: 1` or `exists: true`.");
        }
        if depth > MAX_DEPTH {
            self.fault(field, format!("Conditions stand at most {MAX_DEPTH} deep in each other."), "");
            return;
        }
        for predicate in &is.0 {
            match predicate {
                Predicate::Eq(value)
                | Predicate::Ne(value)
                | Predicate::Contains(value)
                | Predicate::JsonSubset(value) => self.value(field, value),
                Predicate::Lt(value) | Predicate::Le(value) | Predicate::Gt(value) | Predicate::Ge(value) => {
                    if !value.is_number() && !value.is_string() {
                        self.fault(field, "Only numbers and texts are less or greater.", "");
                    }
                    self.value(field, value);
                }
                Predicate::In(values) => {
                    if values.is_empty() {
                        self.fault(format!("{field}.in"), "Nothing is one of none.", "");
                    }
                    values.iter().for_each(|value| self.value(field, value));
                }
                Predicate::StartsWith(text) | Predicate::EndsWith(text) => self.text(field, text),
                Predicate::Matches(pattern) if pattern.as_str().contains("{{") => {
                    self.fault(
                        format!("{field}.matches"),
                        "A regular expression takes no values.",
                        "Use `eq` or `contains`.",
                    );
                }
                Predicate::Class(_) if *source != Source::Status => {
                    self.fault(format!("{field}.class"), "Only a status has a class.", "");
                }
                Predicate::Count(is) => self.conditions(&format!("{field}.count"), is, source, depth + 1),
                Predicate::Each(is) => self.conditions(&format!("{field}.each"), is, source, depth + 1),
                Predicate::Not(is) => self.conditions(&format!("{field}.not"), is, source, depth + 1),
                _ => {}
            }
        }
    }

    fn name(&mut self, field: &str, name: &str) {
        if !is_plain_name(name) || name.len() > MAX_ID_BYTES {
            let help = format!("Use at most {MAX_ID_BYTES} of a to z, digits and `_`, a letter first.");
            self.fault(field, format!("`{name}` is no name."), help);
        }
    }

    /// Names of headers and cookies (RFC 9110, section 5.6.2).
    fn header(&mut self, field: &str, name: &str) {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(token) {
            self.fault(field, format!("`{}` is no name of a header or cookie.", super::diff::cut(name, 40)), "");
        }
    }

    fn value(&mut self, field: &str, value: &Value) {
        match value {
            Value::String(text) => self.text(field, text),
            Value::Array(items) => items.iter().for_each(|item| self.value(field, item)),
            Value::Object(fields) => fields.values().for_each(|value| self.value(field, value)),
            _ => {}
        }
    }

    fn text(&mut self, field: &str, text: &str) {
        match parts(text) {
            Err(message) => self.fault(field, message, "Close it, or write a name such as `{{title}}`."),
            Ok(parts) => {
                let names =
                    parts.into_iter().filter_map(|part| if let Part::Name(name) = part { Some(name) } else { None });
                let unknown: Vec<&str> = names.filter(|name| !self.known.contains(name)).collect();
                for name in unknown {
                    let known: Vec<&str> = self.known.iter().copied().collect();
                    let help = match (name.starts_with("random."), known.is_empty()) {
                        (true, _) => "Random values stand in `vars` only.".to_owned(),
                        (_, true) => "There are no variables, and no captures so far.".into(),
                        _ => format!("Known here are: {}.", known.join(", ")),
                    };
                    self.fault(field, format!("`{{{{{name}}}}}` is not known here."), help);
                }
            }
        }
    }

    /// As [`Self::value`], for what stands in a variable.
    fn random(&mut self, field: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.random(field, item)),
            Value::Object(fields) => fields.values().for_each(|value| self.random(field, value)),
            Value::String(text) => match parts(text) {
                Err(message) => self.fault(field, message, "Close it, or write one such as `{{random.word}}`."),
                Ok(parts) => {
                    for part in parts {
                        let Part::Name(name) = part else { continue };
                        if !name.strip_prefix("random.").is_some_and(|kind| KINDS.contains(&kind)) {
                            let help = format!("There are: random.{}.", KINDS.join(", random."));
                            self.fault(field, format!("`{{{{{name}}}}}` is not known in a variable."), help);
                        }
                    }
                }
            },
            _ => {}
        }
    }
}

/// The field in which a source is written.
const fn key(source: &Source) -> &'static str {
    match source {
        Source::Status => "status",
        Source::Header(_) => "header",
        Source::Cookie { .. } => "cookie",
        Source::Body => "body",
        Source::JsonPath(_) => "jsonpath",
        Source::Url => "url",
        Source::DurationMs => "duration_ms",
    }
}

fn outside_names(template: &str) -> String {
    let text = |part| if let Part::Text(text) = part { text } else { "" };
    parts(template).map(|parts| parts.into_iter().map(text).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
