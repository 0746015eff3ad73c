//! Reading a lesson or a guide at the terminal.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::record::{self, Taking};
use super::signed_in;
use crate::args::ReadArgs;
use crate::client::{Client, view};
use crate::words::count;
use crate::{Context, Exit, Failure, html};

#[derive(Deserialize)]
struct Text {
    title: String,
    html: String,
    #[serde(default)]
    minutes: Option<u64>,
    #[serde(default)]
    kind: Option<String>,
}

pub(super) fn read(args: &ReadArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if let (true, Some(name)) = (args.guide, &args.lesson) {
        let reply = client.get(&["guides", name])?;
        let text: Text = reply.read()?;
        context.output.show(&reply.body, || show(&text, context));
        return Ok(Exit::Ok);
    }
    // Whoever only reads needs no account: what is published is public.
    let taking = match &args.lesson {
        Some(name) if !args.done => {
            if client.is_signed_in() {
                record::taking(client, Some(name), args.on.as_deref()).ok()
            } else {
                None
            }
        }
        name => {
            signed_in(client, context)?;
            Some(record::taking(client, name.as_deref(), args.on.as_deref())?)
        }
    };
    let name = taking.as_ref().map(|taking| taking.lesson.id.as_str()).or(args.lesson.as_deref()).unwrap_or_default();
    let reply = client.get(&["lessons", name])?;
    let text: Text = reply.read()?;
    let completed = args.done.then(|| complete(client, taking.as_ref())).transpose()?;
    let output = context.output;
    let value = json!({ "lesson": reply.body, "progress": completed });
    output.show(&value, || show(&text, context));
    let Some(taking) = taking else { return Ok(Exit::Ok) };
    if let Some(progress) = completed {
        tell(&progress, client, &taking, context)?;
    } else if text.kind.as_deref() == Some("quiz") {
        output.line("");
        output.line(format!("Next: {}", output.bold(taking.lesson.command(context.program))));
    } else if taking.lesson.state == "open" && taking.enrolment.is_active() && !output.is_json() {
        if context.ask.interactive() {
            output.line("");
            if context.ask.confirm("Have you read it?", true)? {
                let progress = complete(client, Some(&taking))?;
                tell(&progress, client, &taking, context)?;
            }
        } else {
            output.line("");
            let command = format!("{} --done", taking.lesson.command(context.program));
            output.line(format!("When you have read it: {}", output.bold(command)));
        }
    }
    Ok(Exit::Ok)
}

fn show(text: &Text, context: &Context<'_>) {
    let output = context.output;
    output.line(output.bold(&text.title));
    let about: Vec<String> =
        text.kind.iter().cloned().chain(text.minutes.map(|minutes| count(minutes, "minute"))).collect();
    if !about.is_empty() {
        output.line(output.dim(about.join(", ")));
    }
    output.line("");
    output.line(html::render(&text.html, output.width(), output.colours()));
}

/// Notes that a lesson has been read; gives the enrolment's progress.
fn complete(client: &Client<'_>, taking: Option<&Taking>) -> Result<Value, Failure> {
    let taking = taking.ok_or_else(|| Failure::usage("There is no enrolment to note it on."))?;
    let path = ["enrolments", &taking.enrolment.id, "lessons", &taking.lesson.id, "completion"];
    Ok(client.write(Method::PUT, &path, &json!({}))?.body)
}

/// Tells what a completed lesson led to.
pub(super) fn tell(
    progress: &Value,
    client: &Client<'_>,
    taking: &Taking,
    context: &Context<'_>,
) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Summary {
        done: u64,
        required: u64,
        percent: u64,
    }
    let output = context.output;
    if output.is_json() {
        return Ok(());
    }
    let summary: Summary = match view(progress) {
        Ok(summary) => summary,
        Err(_) => {
            let (_, now) = record::progress(client, &taking.enrolment)?;
            Summary { done: now.done, required: now.required, percent: now.percent }
        }
    };
    output.line("");
    output.line(format!(
        "{} {}  {} of {}",
        output.good("✓"),
        taking.lesson.title,
        summary.done,
        count(summary.required, "lesson")
    ));
    output.line(format!("{} {} %", output.bar(summary.percent, 100, 24), summary.percent));
    let (_, progress) = record::progress(client, &taking.enrolment)?;
    match progress.next_lesson() {
        Some(lesson) => output.line(format!("Next: {}", output.bold(lesson.command(context.program)))),
        None => output
            .line(format!("You have finished the {} {}.", taking.enrolment.target.kind, taking.enrolment.target.title)),
    }
    Ok(())
}
