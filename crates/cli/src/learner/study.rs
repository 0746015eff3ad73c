//! Enrolling, and seeing how far one has come.

use reqwest::Method;
use serde_json::{Value, json};

use super::record::{self, Enrolment, Progress};
use super::signed_in;
use crate::args::{EnrolArgs, NextArgs, StatusArgs};
use crate::client::Client;
use crate::words::count;
use crate::{Context, Exit, Failure};

pub(super) fn enrol(args: &EnrolArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let kind = match (args.course, args.track) {
        (true, _) => "course",
        (_, true) => "track",
        _ => {
            let course = client.find(&["courses", &args.name])?.is_some();
            let track = client.find(&["tracks", &args.name])?.is_some();
            match (course, track) {
                (true, true) => {
                    let detail = format!("There are a course and a track called `{}`.", args.name);
                    return Err(Failure::usage(detail).help("Add --course or --track."));
                }
                (true, false) => "course",
                (false, true) => "track",
                (false, false) => {
                    let detail = format!("There is no course or track called `{}`.", args.name);
                    return Err(Failure::new(Exit::Failed, "not_found", detail)
                        .help(format!("`{} list` shows what there is.", context.program)));
                }
            }
        }
    };
    let reply = client.write(Method::POST, &["enrolments"], &json!({ "kind": kind, "id": args.name }))?;
    let enrolment: Enrolment = reply.read()?;
    let output = context.output;
    output.show(&reply.body, || {
        output.line(format!(
            "You are enrolled on the {} {}.",
            enrolment.target.kind,
            output.bold(&enrolment.target.title)
        ));
        output.line(format!("Next: {}", output.bold(format!("{} next", context.program))));
    });
    Ok(Exit::Ok)
}

/// The enrolments that a command is about: those of a name, or all under way.
fn chosen(client: &Client<'_>, name: Option<&str>, all: bool) -> Result<Vec<(Value, Enrolment)>, Failure> {
    match name {
        Some(name) => record::named(client, name),
        None => {
            let mut found = record::enrolments(client)?;
            found.retain(|(_, enrolment)| all || enrolment.is_active());
            Ok(found)
        }
    }
}

fn nothing(context: &Context<'_>) {
    context.output.line("You have no enrolment under way.");
    context.output.line(format!("Next: {}", context.output.bold(format!("{} list", context.program))));
}

pub(super) fn next(args: &NextArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let mut items = Vec::new();
    let mut seen: Vec<(Enrolment, Progress)> = Vec::new();
    for (_, enrolment) in chosen(client, args.name.as_deref(), false)? {
        let (_, progress) = record::progress(client, &enrolment)?;
        let lesson = progress.next_lesson().map(|lesson| {
            json!({ "id": lesson.id, "slug": lesson.slug, "title": lesson.title, "kind": lesson.kind,
                    "minutes": lesson.minutes, "command": lesson.command(context.program) })
        });
        items.push(json!({
            "enrolment": enrolment.id,
            "target": { "kind": enrolment.target.kind, "id": enrolment.target.id, "title": enrolment.target.title },
            "state": enrolment.state,
            "lesson": lesson,
        }));
        seen.push((enrolment, progress));
    }
    let output = context.output;
    output.show(&json!({ "items": items }), || {
        if seen.is_empty() {
            nothing(context);
        }
        for (at, (enrolment, progress)) in seen.iter().enumerate() {
            if at > 0 {
                output.line("");
            }
            output.line(format!("{} ({})", output.bold(&enrolment.target.title), enrolment.target.kind));
            match progress.next_lesson() {
                Some(lesson) => {
                    output.line(format!("  {} ({}, {})", lesson.title, lesson.kind, count(lesson.minutes, "minute")));
                    output.line(format!("  {}", output.bold(lesson.command(context.program))));
                }
                None if progress.done == progress.required => output.line("  All done."),
                None => {
                    let command = format!("{} status {}", context.program, enrolment.target.slug);
                    output.line(format!("  Nothing is open; see what is missing with `{command}`."));
                }
            }
        }
    });
    Ok(Exit::Ok)
}

pub(super) fn status(args: &StatusArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let mut items = Vec::new();
    let mut seen: Vec<(Enrolment, Progress)> = Vec::new();
    for (value, enrolment) in chosen(client, args.name.as_deref(), true)? {
        let (raw, progress) = record::progress(client, &enrolment)?;
        items.push(json!({ "enrolment": value, "progress": raw }));
        seen.push((enrolment, progress));
    }
    let output = context.output;
    output.show(&json!({ "items": items }), || {
        if seen.is_empty() {
            nothing(context);
        }
        for (at, (enrolment, progress)) in seen.iter().enumerate() {
            if at > 0 {
                output.line("");
            }
            summary(enrolment, progress, context);
            if args.name.is_some() {
                lessons(progress, context);
            } else if let Some(lesson) = progress.next_lesson().filter(|_| enrolment.is_active()) {
                output.line(format!("  next: {}", lesson.command(context.program)));
            }
        }
    });
    Ok(Exit::Ok)
}

fn summary(enrolment: &Enrolment, progress: &Progress, context: &Context<'_>) {
    let output = context.output;
    output.line(format!("{} ({}, {})", output.bold(&enrolment.target.title), enrolment.target.kind, enrolment.state));
    output.line(format!(
        "  {} {:>3} %  {} of {}",
        output.bar(progress.percent, 100, 24),
        progress.percent,
        progress.done,
        count(progress.required, "lesson")
    ));
}

fn lessons(progress: &Progress, context: &Context<'_>) {
    let output = context.output;
    let rows: Vec<Vec<String>> = progress
        .lessons
        .iter()
        .map(|lesson| {
            let mark = match lesson.state.as_str() {
                "completed" => output.good("✓"),
                "locked" => output.dim("·"),
                _ if progress.next.as_ref() == Some(&lesson.id) => output.warning("→"),
                _ => "○".to_owned(),
            };
            let needs: Vec<String> = lesson
                .needs
                .iter()
                .map(|need| format!("the {} {}", need.kind, need.title.as_deref().unwrap_or(need.id.as_str())))
                .collect();
            let remark = match (needs.is_empty(), lesson.optional) {
                (false, _) => output.dim(format!("needs {}", needs.join(", "))),
                (true, true) => output.dim("optional"),
                (true, false) => String::new(),
            };
            vec![format!("  {mark}"), lesson.slug.clone(), lesson.kind.clone(), lesson.title.clone(), remark]
        })
        .collect();
    output.table(&rows);
}
