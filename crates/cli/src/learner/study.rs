//! Enrolling, and seeing how far one has come.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::record::{self, Enrolment, Lesson, Need, Progress};
use super::signed_in;
use super::way::Way;
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

/// What is next on an enrolment, as the API tells it.
#[derive(Deserialize)]
struct Next {
    lesson: Option<Lesson>,
    because: String,
    sentence: String,
    opens: Value,
    opens_minutes: u64,
    locked: Option<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    way: Option<Way>,
}

pub(super) fn next(args: &NextArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let mut items = Vec::new();
    let mut seen: Vec<(Enrolment, Next)> = Vec::new();
    for (_, enrolment) in chosen(client, args.name.as_deref(), false)? {
        let reply = client.get(&["enrolments", &enrolment.id, "next"])?;
        let next: Next = reply.read()?;
        let lesson = next.lesson.as_ref().map(|lesson| {
            json!({ "id": lesson.id, "slug": lesson.slug, "title": lesson.title, "kind": lesson.kind,
                    "minutes": lesson.minutes, "command": lesson.command(context.program) })
        });
        items.push(json!({
            "enrolment": enrolment.id,
            "target": { "kind": enrolment.target.kind, "id": enrolment.target.id, "title": enrolment.target.title },
            "state": enrolment.state,
            "lesson": lesson,
            "because": next.because,
            "sentence": next.sentence,
            "opens": next.opens,
            "opens_minutes": next.opens_minutes,
            "locked": reply.body["locked"],
        }));
        seen.push((enrolment, next));
    }
    let output = context.output;
    output.show(&json!({ "items": items }), || {
        if seen.is_empty() {
            nothing(context);
        }
        for (at, (enrolment, next)) in seen.iter().enumerate() {
            if at > 0 {
                output.line("");
            }
            output.line(format!("{} ({})", output.bold(&enrolment.target.title), enrolment.target.kind));
            if let Some(lesson) = &next.lesson {
                output.line(format!("  {} ({}, {})", lesson.title, lesson.kind, count(lesson.minutes, "minute")));
            }
            output.line(format!("  {}", next.sentence));
            if let Some(lesson) = &next.lesson {
                output.line(format!("  {}", output.bold(lesson.command(context.program))));
            }
            if let Some(way) = next.locked.as_ref().and_then(|locked| locked.way.as_ref()) {
                way.show(context);
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
    let activity = match args.name {
        None => Some(client.get(&["activity"])?),
        Some(_) => None,
    };
    let weeks: Option<Weeks> = activity.as_ref().map(|reply| reply.read()).transpose()?;
    let mut value = json!({ "items": items });
    if let Some(activity) = &activity {
        value["weeks"] = activity.body["items"].clone();
    }
    let output = context.output;
    output.show(&value, || {
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
        if let Some(weeks) = weeks.filter(|_| !seen.is_empty()) {
            weeks.show(context);
        }
    });
    Ok(Exit::Ok)
}

/// What was done in the last weeks.
#[derive(Deserialize)]
struct Weeks {
    items: Vec<Week>,
}

#[derive(Deserialize)]
struct Week {
    lessons: u64,
    minutes: u64,
}

impl Weeks {
    /// A column for each week, as high as the minutes of the lessons that were completed in it.
    fn show(&self, context: &Context<'_>) {
        const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let output = context.output;
        let most = self.items.iter().map(|week| week.minutes).max().unwrap_or(0);
        let column = |week: &Week| match week.minutes {
            0 => '·',
            minutes => HEIGHTS[((minutes * 8).div_ceil(most) as usize).clamp(1, 8) - 1],
        };
        let plot: String = self.items.iter().map(column).collect();
        output.line("");
        output.line(format!("Your last {}", count(self.items.len() as u64, "week")));
        output.line(format!("  {}  at most {} in a week", output.good(plot), count(most, "minute")));
        if let Some(now) = self.items.last() {
            output.line(format!("  this week {} ({})", count(now.lessons, "lesson"), count(now.minutes, "minute")));
        }
    }
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
            let needs: Vec<String> = lesson.needs.iter().map(Need::name).collect();
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
