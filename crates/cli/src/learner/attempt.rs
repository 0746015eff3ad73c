//! Attempts at drills, as the API shows them.

use std::path::Path;

use cairn_drill::Drill;
use cairn_drill::Verdict;
use cairn_drill::http::{HttpDrill, Vars};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use super::record::{self, Taking};
use crate::client::{Client, view};
use crate::drill::{Called, show};
use crate::{Context, Exit, Failure};

/// An attempt at a drill.
#[derive(Deserialize)]
pub(super) struct Attempt {
    pub(super) id: String,
    state: String,
    #[serde(default)]
    pub(super) nonce: Option<String>,
    #[serde(default)]
    pub(super) vars: Vars,
    #[serde(default)]
    pub(super) drill: Value,
    #[serde(default)]
    pub(super) expires_at: Option<String>,
    #[serde(default)]
    passed: Option<bool>,
    #[serde(default)]
    percent: Option<u64>,
    #[serde(default)]
    verdict: Option<Verdict>,
}

/// A lesson's drill.
#[derive(Deserialize)]
pub(super) struct Published {
    kind: String,
    pub(super) drill: Value,
}

impl Published {
    /// Refuses a drill of another kind than `kind`, and names the command for it.
    ///
    /// # Errors
    /// `wrong_drill_kind`.
    pub(super) fn is(self, kind: &str, lesson: &str, context: &Context<'_>) -> Result<Self, Failure> {
        if self.kind == kind {
            return Ok(self);
        }
        let (name, rest) = match self.kind.as_str() {
            "http" => ("check", ""),
            "migration" => ("migration", " --dir DIR"),
            _ => ("sql", ""),
        };
        let detail = format!("`{lesson}` is a drill of the kind `{}`.", self.kind);
        let help = format!("Run `{} {name} {lesson}{rest}`.", context.program);
        Err(Failure::new(Exit::Failed, "wrong_drill_kind", detail).help(help))
    }

    /// The HTTP drill that it is.
    pub(super) fn http(&self) -> Result<HttpDrill, Failure> {
        http(&self.drill)
    }
}

/// A value as an HTTP drill. It is held to the rules here too: it may come out of a file, and says what this machine sends.
pub(super) fn http(drill: &Value) -> Result<HttpDrill, Failure> {
    if drill.get("drill").and_then(Value::as_str) != Some("http/v1") {
        let detail = "This is no HTTP drill of a form that this program knows.";
        return Err(Failure::new(Exit::Failed, "wrong_drill_kind", detail)
            .help("Other kinds run on the server only; a newer form needs a newer `cairn`."));
    }
    match cairn_drill::parse(drill.clone()).map(|authored| authored.drill) {
        Ok(Drill::Http(drill)) => Ok(drill),
        Ok(_) => Err(Failure::new(Exit::Failed, "wrong_drill_kind", "This is no HTTP drill.")),
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let detail = format!("The drill can't be run: {}.", faults.join("; ").trim_end_matches('.'));
            Err(Failure::new(Exit::Failed, "drill_invalid", detail)
                .help("Use the version of `cairn` that the server has."))
        }
    }
}

/// Finds a lesson that is a drill, and the drill.
pub(super) fn find(
    client: &Client<'_>,
    lesson: Option<&str>,
    on: Option<&str>,
    context: &Context<'_>,
) -> Result<(Taking, Published), Failure> {
    let taking = record::taking(client, lesson, on)?;
    if matches!(taking.lesson.kind.as_str(), "reading" | "quiz") {
        let detail = format!("`{}` is a {}, not a drill.", taking.lesson.slug, taking.lesson.kind);
        let help = format!("Run `{}`.", taking.lesson.command(context.program));
        return Err(Failure::new(Exit::Failed, "wrong_lesson_kind", detail).help(help));
    }
    let published = client.get(&["lessons", &taking.lesson.id, "drill"])?.read()?;
    Ok((taking, published))
}

/// Starts an attempt, or goes on with the one that is open.
pub(super) fn open(client: &Client<'_>, taking: &Taking, challenge: bool) -> Result<(Value, Attempt), Failure> {
    let path = ["enrolments", &taking.enrolment.id, "lessons", &taking.lesson.id, "drill-attempts"];
    let how = if challenge { json!({ "challenge": true }) } else { json!({}) };
    let body = match client.write(Method::POST, &path, &how) {
        Ok(reply) => reply.body,
        Err(failure) if failure.code == "attempt_open" => {
            let is_open = |attempt: &Value| attempt.get("state").and_then(Value::as_str) == Some("open");
            let id = |attempt: Value| attempt.get("id").and_then(Value::as_str).map(str::to_owned);
            let open = client.list(&path, &[])?.into_iter().find(is_open).and_then(id).ok_or(failure)?;
            client.get(&["drill-attempts", &open])?.body
        }
        Err(failure) => return Err(failure),
    };
    let attempt = still_open(&body)?;
    Ok((body, attempt))
}

/// An attempt that something can be handed in to.
pub(super) fn still_open(value: &Value) -> Result<Attempt, Failure> {
    let attempt: Attempt = view(value)?;
    if attempt.state == "open" {
        Ok(attempt)
    } else {
        Err(Failure::new(Exit::Failed, "attempt_judged", "The attempt has been judged already.")
            .help("Start a new one."))
    }
}

/// Hands something in to an attempt, and prints the verdict; `again` is the command for another try.
pub(super) fn hand_in(
    client: &Client<'_>,
    (attempt, what, body): (&Attempt, &str, &Value),
    called: &[Called],
    (taking, again): (Option<&Taking>, &str),
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let reply = client.write(Method::POST, &["drill-attempts", &attempt.id, what], body)?;
    let judged: Attempt = reply.read()?;
    let output = context.output;
    output.show(&reply.body, || {
        if let Some(verdict) = &judged.verdict {
            show::verdict(verdict, called, output);
        }
        output.line("");
        let verdict = if judged.passed == Some(true) { output.good("Passed") } else { output.bad("Not passed") };
        output.line(format!("{verdict}: {} %.", judged.percent.unwrap_or(0)));
    });
    if judged.passed != Some(true) {
        output.line(format!("Try again: {}", output.bold(again)));
        return Ok(Exit::Found);
    }
    if let Some(taking) = taking {
        read::tell(&Value::Null, client, taking, context)?;
    }
    Ok(Exit::Ok)
}

/// A file of JSON.
pub(super) fn read_json(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(Exit::Failed, "file", format!("{} is not JSON: {error}.", path.display()))
            .help("`cairn pull` writes such files.")
    })
}
