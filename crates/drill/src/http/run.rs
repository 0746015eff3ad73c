//! A run of a drill: requests out, answers in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::Answer;
use super::cookies::Jar;
use super::diff::cut;
use super::look::{Group, GroupExpectation, Look, Note, Source};
use super::predicate::{bind, canonical, explain, hold, say, show, whole};
use super::request::{Obstacle, Rendered, build, resolve};
use super::template::Missing;
use super::transcript::Exchange;
use super::{HttpDrill, Step, Vars};
use crate::{Assertion, Outcome};

/// What a drill knows in the middle of a run: variables, captures, cookies. Who sends requests and who evaluates what
/// came back goes through the steps with it alike: [`Run::request`], then [`Run::take`], step by step in their order.
#[derive(Debug, Clone)]
pub struct Run<'d> {
    drill: &'d HttpDrill,
    base: String,
    values: BTreeMap<String, Value>,
    jar: Jar,
    secrets: Vec<String>,
}

/// The exchanges of a step by their turn.
pub(super) type Turns<'e> = BTreeMap<u32, &'e Exchange>;

impl<'d> Run<'d> {
    /// A run against the service at `base_url`.
    #[must_use]
    pub fn new(drill: &'d HttpDrill, vars: &Vars, base_url: &str) -> Self {
        let base = base_url.trim_end_matches('/').to_owned();
        Self { drill, base, values: vars.clone(), jar: Jar::default(), secrets: Vec::new() }
    }

    /// What a step sends, each time the same.
    ///
    /// # Errors
    /// Why it sends nothing.
    pub fn request(&self, step: &Step) -> Result<Rendered, Obstacle> {
        build(&resolve(self.drill, step), &self.base, &self.values, |target| self.jar.header(target))
    }

    /// Takes what came of a step: cookies and captures.
    pub fn take(&mut self, step: &Step, exchanges: &[Exchange]) {
        self.observe(step, &turns(exchanges));
    }

    /// Whether a step that waits need not be tried again, since all that counts holds.
    #[must_use]
    pub fn is_settled(&self, step: &Step, exchange: &Exchange) -> bool {
        let assertions = self.clone().observe(step, &[(exchange.turn, exchange)].into());
        assertions.iter().all(|assertion| assertion.advice || assertion.outcome == Outcome::Passed)
    }

    /// What must not be shown, as far as the run has come.
    pub(super) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Takes what came of a step, and tells what its expectations came to.
    pub(super) fn observe(&mut self, step: &Step, turns: &Turns<'_>) -> Vec<Assertion> {
        let request = match self.request(step) {
            Ok(request) => request,
            Err(Obstacle::Missing(name)) => return all(step, Outcome::Skipped, &self.lacking(&name)),
            Err(Obstacle::Unsendable(why)) => return all(step, Outcome::Failed, &format!("not sent: {why}")),
        };
        let answer = |turn| Answer::new(turn, &request.url, self.drill.body_bytes);
        if let Some(burst) = step.burst {
            let answers: Vec<Answer<'_>> = (0..burst).map(|turn| answer(turns.get(&turn).copied())).collect();
            answers.iter().for_each(|answer| self.jar.take(&request.target, answer.lines("set-cookie")));
            let judged = step.expect_group.iter().map(|expected| self.judge_group(expected, &answers));
            return numbered(step, judged.collect());
        }
        // Of one that waits, the last try counts.
        let answer = answer(turns.range(..step.turns()).next_back().map(|(_, exchange)| *exchange));
        self.jar.take(&request.target, answer.lines("set-cookie"));
        let captured: Vec<Assertion> = step.capture.keys().map(|name| self.capture(step, name, &answer)).collect();
        let judged = step.expect.iter().map(|expected| self.judge(&expected.look, &expected.note, &answer));
        let judged: Vec<Assertion> = judged.collect();
        numbered(step, judged.into_iter().chain(captured).collect())
    }

    fn lacking(&self, name: &str) -> String {
        let giver = self.drill.steps.iter().find(|step| step.capture.contains_key(name));
        giver.map_or_else(|| format!("`{name}` is not known"), |step| format!("step `{}` gave no `{name}`", step.id))
    }

    fn capture(&mut self, step: &Step, name: &str, answer: &Answer<'_>) -> Assertion {
        let capture = &step.capture[name];
        let (outcome, got) = match answer.find(&capture.source).map(|found| found.taken()) {
            Err(why) => (Outcome::Failed, why),
            Ok(None) => (Outcome::Failed, "nothing".into()),
            Ok(Some(value)) => {
                let got = value.to_string();
                if capture.redact {
                    self.secrets.extend(spellings(super::template::text_of(&value)));
                }
                self.values.insert(name.to_owned(), value);
                (Outcome::Passed, got)
            }
        };
        let expected = format!("{} to go on with", capture.source);
        assertion(&format!("capture {name}"), &Note::default(), outcome, expected, got)
    }

    fn judge(&self, look: &Look, note: &Note, answer: &Answer<'_>) -> Assertion {
        let subject = look.source.to_string();
        let is = match bind(&look.is, &self.values) {
            Ok(is) => is,
            Err(Missing(name)) => {
                return assertion(&subject, note, Outcome::Skipped, say(&look.is), self.lacking(&name));
            }
        };
        let textual = look.source.is_textual();
        let at = if let Source::JsonPath(path) = &look.source { path.as_str() } else { "it" };
        let (outcome, got) = match answer.find(&look.source) {
            Err(why) => (Outcome::Failed, why),
            Ok(found) if hold(&is, &found, textual) => (Outcome::Passed, show(&found)),
            Ok(found) => (Outcome::Failed, explain(&is, &found, textual, at)),
        };
        assertion(&subject, note, outcome, say(&is), got)
    }

    fn judge_group(&self, expected: &GroupExpectation, answers: &[Answer<'_>]) -> Assertion {
        let note = &expected.note;
        let passed = |held: bool| if held { Outcome::Passed } else { Outcome::Failed };
        match &expected.group {
            Group::Distinct(pick, is) => {
                let taken = |answer: &Answer<'_>| match answer.find(&pick.source).map(|found| found.taken()) {
                    Ok(Some(value)) => canonical(&value),
                    Ok(None) | Err(_) => "nothing".into(),
                };
                let mut values: Vec<String> = answers.iter().map(taken).collect();
                values.sort();
                values.dedup();
                let shown: Vec<String> = values.iter().take(5).map(|value| cut(value, 40)).collect();
                let more = if values.len() > shown.len() { ", …" } else { "" };
                let got = format!("{}: {}{more}", values.len(), shown.join(", "));
                let outcome = passed(hold(is, &whole(values.len()), false));
                assertion(&format!("distinct {}", pick.source), note, outcome, say(is), got)
            }
            Group::CountWhere(look, is) => {
                let subject = format!("answers whose {}", look.source);
                let judged: Vec<Assertion> = answers.iter().map(|answer| self.judge(look, note, answer)).collect();
                let Some(first) = judged.first() else {
                    return assertion(&subject, note, Outcome::Failed, say(is), "no answers".into());
                };
                let subject = format!("{subject} {}", fits(&first.expected));
                if first.outcome == Outcome::Skipped {
                    return assertion(&subject, note, Outcome::Skipped, say(is), first.got.clone());
                }
                let count = judged.iter().filter(|judged| judged.outcome == Outcome::Passed).count();
                let got = format!("{count} of {}", answers.len());
                assertion(&subject, note, passed(hold(is, &whole(count), false)), say(is), got)
            }
            Group::All(look) => {
                let judged: Vec<Assertion> = answers.iter().map(|answer| self.judge(look, note, answer)).collect();
                let subject = format!("{} of all", look.source);
                let worst = judged.iter().position(|judged| judged.outcome != Outcome::Passed);
                let count = judged.iter().filter(|judged| judged.outcome == Outcome::Failed).count();
                let wanted = judged.first().map(|judged| judged.expected.clone()).unwrap_or_else(|| say(&look.is));
                match worst.map(|place| (place, &judged[place])) {
                    None => {
                        assertion(&subject, note, passed(!judged.is_empty()), wanted, format!("all {}", judged.len()))
                    }
                    Some((_, skipped)) if skipped.outcome == Outcome::Skipped => {
                        assertion(&subject, note, Outcome::Skipped, wanted, skipped.got.clone())
                    }
                    Some((place, failed)) => {
                        let got =
                            format!("{count} of {} do not; the first is answer {place}: {}", judged.len(), failed.got);
                        assertion(&subject, note, Outcome::Failed, wanted, got)
                    }
                }
            }
        }
    }
}

/// How conditions are said behind the place that they are about.
fn fits(said: &str) -> String {
    let verb = ["is ", "contains ", "begins ", "ends ", "matches ", "has "].iter().any(|verb| said.starts_with(verb));
    if verb { said.to_owned() } else { format!("is {said}") }
}

/// How a secret may stand in a text: as it is, in JSON, and in a body of JSON that is itself shown as JSON. The longest
/// first, so that none leaves a piece of another.
fn spellings(secret: String) -> impl Iterator<Item = String> {
    let quoted = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let once = quoted(&secret);
    [quoted(&once), once, secret].into_iter().filter(|text| !text.is_empty())
}

pub(super) fn turns(exchanges: &[Exchange]) -> Turns<'_> {
    exchanges.iter().rev().map(|exchange| (exchange.turn, exchange)).collect()
}

fn assertion(subject: &str, note: &Note, outcome: Outcome, expected: String, got: String) -> Assertion {
    let Note { hint, weight, advice } = note.clone();
    let subject = subject.to_owned();
    Assertion { step: String::new(), index: 0, subject, outcome, expected, got, hint, weight, advice }
}

fn numbered(step: &Step, mut assertions: Vec<Assertion>) -> Vec<Assertion> {
    for (assertion, index) in assertions.iter_mut().zip(0..) {
        (assertion.step, assertion.index) = (step.id.clone(), index);
    }
    assertions
}

/// Every assertion of a step with the same outcome, since nothing was sent.
fn all(step: &Step, outcome: Outcome, why: &str) -> Vec<Assertion> {
    let expect = step.expect.iter().map(|expected| {
        assertion(&expected.look.source.to_string(), &expected.note, outcome, say(&expected.look.is), why.into())
    });
    let group = step.expect_group.iter().map(|expected| {
        let (subject, wanted) = match &expected.group {
            Group::Distinct(pick, is) => (format!("distinct {}", pick.source), say(is)),
            Group::CountWhere(look, is) => (format!("answers whose {} {}", look.source, fits(&say(&look.is))), say(is)),
            Group::All(look) => (format!("{} of all", look.source), say(&look.is)),
        };
        assertion(&subject, &expected.note, outcome, wanted, why.into())
    });
    let capture = step.capture.iter().map(|(name, capture)| {
        let expected = format!("{} to go on with", capture.source);
        assertion(&format!("capture {name}"), &Note::default(), outcome, expected, why.into())
    });
    // In the order in which they stand when something was sent.
    numbered(step, if step.burst.is_some() { group.collect() } else { expect.chain(capture).collect() })
}
