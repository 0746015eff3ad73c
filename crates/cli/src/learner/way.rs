//! Why a lesson is locked, the way to it, and instructors' waivers.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::record::{self, Lesson};
use super::signed_in;
use crate::args::{WaiveArgs, WhyArgs};
use crate::client::Client;
use crate::words::count;
use crate::{Context, Exit, Failure};

/// A lesson as the API shows that its learner stands to it.
#[derive(Deserialize)]
struct Standing {
    #[serde(flatten)]
    lesson: Lesson,
    #[serde(default)]
    completed_at: Option<String>,
    #[serde(default)]
    skipped: bool,
    waiver: Option<Waiver>,
    way: Option<Way>,
    may_challenge: bool,
}

#[derive(Deserialize)]
struct Waiver {
    reason: String,
}

/// Lessons to complete so that a locked one opens.
#[derive(Deserialize)]
pub(super) struct Way {
    minutes: u64,
    lessons: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    slug: String,
    title: String,
    course: String,
    kind: String,
    minutes: u64,
    enrolled: bool,
}

impl Way {
    /// Prints it, a lesson a line, each with the command that takes it or that enrols on its course.
    pub(super) fn show(&self, context: &Context<'_>) {
        let (output, program) = (context.output, context.program);
        let lessons = count(self.lessons.len() as u64, "lesson");
        output.line(format!("  The shortest way: {lessons}, {}", count(self.minutes, "minute")));
        let rows: Vec<Vec<String>> = self
            .lessons
            .iter()
            .enumerate()
            .map(|(at, step)| {
                let command = match (step.enrolled, step.kind.as_str()) {
                    (false, _) => format!("{program} enrol {} --course", step.course),
                    (true, "quiz") => format!("{program} quiz {}", step.slug),
                    (true, _) => format!("{program} read {}", step.slug),
                };
                let title = format!("    {}. {}", at + 1, step.title);
                vec![title, step.kind.clone(), format!("{} min", step.minutes), output.bold(command)]
            })
            .collect();
        output.table(&rows);
    }
}

pub(super) fn why(args: &WhyArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let taking = record::taking(client, Some(&args.lesson), args.on.as_deref())?;
    let reply = client.get(&["enrolments", &taking.enrolment.id, "lessons", &taking.lesson.id])?;
    let standing: Standing = reply.read()?;
    context.output.show(&reply.body, || show(&standing, context));
    Ok(Exit::Ok)
}

fn show(standing: &Standing, context: &Context<'_>) {
    let output = context.output;
    let lesson = &standing.lesson;
    let named = format!("{} ({}, {})", output.bold(&lesson.title), lesson.kind, count(lesson.minutes, "minute"));
    match lesson.state.as_str() {
        "completed" => {
            let day = standing.completed_at.as_deref().and_then(|at| at.get(..10)).unwrap_or_default();
            output.line(match standing.skipped {
                true => format!(
                    "{named} counts as completed since {day}: a quiz that it leads to was passed as a challenge."
                ),
                false => format!("{named} is completed since {day}."),
            });
        }
        "open" => output.line(format!("{named} is open: {}", output.bold(lesson.command(context.program)))),
        _ => {
            output.line(format!("{named} is locked. It needs"));
            for need in &lesson.needs {
                let whose = if need.edge == "course" { ", as all of its course" } else { "" };
                let taught = match need.taught_by.as_slice() {
                    [] => String::new(),
                    by => format!("; taught by {}", by.join(", ")),
                };
                output.line(format!("  {}{whose}{taught}", need.name()));
            }
        }
    }
    if let Some(way) = &standing.way {
        way.show(context);
    }
    if standing.may_challenge {
        let command = format!("{} --challenge", lesson.command(context.program));
        output.line(format!("Or pass it as a challenge: {}", output.bold(command)));
    }
    if let Some(waiver) = &standing.waiver {
        output.line(format!("Your instructor opened it: {}", waiver.reason));
    }
}

pub(super) fn waive(args: &WaiveArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let path = ["enrolments", &args.enrolment, "lessons", &args.lesson, "waiver"];
    let output = context.output;
    match &args.reason {
        Some(reason) => {
            let reply = client.write(Method::PUT, &path, &json!({ "reason": reason }))?;
            let standing: Standing = reply.read()?;
            let title = output.bold(&standing.lesson.title);
            output.show(&reply.body, || output.line(format!("The lesson {title} is open to the learner now.")));
        }
        None => {
            client.write(Method::DELETE, &path, &serde_json::Value::Null)?;
            let value = json!({ "enrolment": args.enrolment, "lesson": args.lesson, "waived": false });
            output.show(&value, || output.line(format!("The lesson {} needs again what it needs.", args.lesson)));
        }
    }
    Ok(Exit::Ok)
}
