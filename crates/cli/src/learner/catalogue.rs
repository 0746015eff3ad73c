//! What there is to learn.

use serde::Deserialize;
use serde_json::{Value, json};

use super::record;
use crate::args::ListArgs;
use crate::client::{Client, view};
use crate::words::count;
use crate::{Context, Exit, Failure};

/// A track, course or lesson in a list.
#[derive(Deserialize)]
struct Item {
    slug: String,
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    minutes: Option<u64>,
    #[serde(default)]
    kind: Option<String>,
    /// What a course or track says of itself.
    #[serde(default)]
    html: String,
}

pub(super) fn list(args: &ListArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match &args.name {
        Some(name) => one(name, client, context),
        None => all(client, context),
    }
}

fn all(client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let guides = client.list(&["guides"], &[])?;
    let tracks = client.list(&["tracks"], &[])?;
    let courses = client.list(&["courses"], &[])?;
    let enrolments = if client.is_signed_in() { record::enrolments(client)? } else { Vec::new() };
    let values: Vec<&Value> = enrolments.iter().map(|(value, _)| value).collect();
    let output = context.output;
    output.show(&json!({ "guides": guides, "tracks": tracks, "courses": courses, "enrolments": values }), || {
        section("Guides", &guides, context);
        section("Tracks", &tracks, context);
        section("Courses", &courses, context);
        if !enrolments.is_empty() {
            output.line(output.bold("Your enrolments"));
            let rows: Vec<Vec<String>> = enrolments
                .iter()
                .map(|(_, e)| {
                    let target = &e.target;
                    vec![format!("  {}", target.slug), target.kind.clone(), e.state.clone(), target.title.clone()]
                })
                .collect();
            output.table(&rows);
            output.line("");
        }
        let then = if enrolments.is_empty() { "enrol NAME" } else { "next" };
        output.line(format!("Next: {}", output.bold(format!("{} {then}", context.program))));
        if !guides.is_empty() {
            output.line(format!("A guide: {}", output.bold(format!("{} read NAME --guide", context.program))));
        }
    });
    Ok(Exit::Ok)
}

fn section(title: &str, values: &[Value], context: &Context<'_>) {
    let output = context.output;
    if values.is_empty() {
        return;
    }
    output.line(output.bold(title));
    for item in values.iter().filter_map(|value| view::<Item>(value).ok()) {
        let minutes = item.minutes.map(|minutes| format!(" ({})", count(minutes, "minute"))).unwrap_or_default();
        output.line(format!("  {}  {}{minutes}", output.good(&item.slug), item.title));
        for line in crate::html::wrap(&item.summary, output.width().saturating_sub(4)) {
            output.line(format!("    {}", output.dim(line)));
        }
    }
    output.line("");
}

fn one(name: &str, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    if let Some(course) = client.find(&["courses", name])? {
        let head: Item = course.read()?;
        let id = course.body.get("id").and_then(Value::as_str).unwrap_or(name).to_owned();
        let lessons = client.list(&["lessons"], &[("course", &id)])?;
        output.show(&json!({ "course": course.body, "lessons": lessons }), || {
            heading(&head, context);
            let rows: Vec<Vec<String>> = lessons
                .iter()
                .filter_map(|lesson| view::<Item>(lesson).ok())
                .map(|lesson| {
                    let kind = lesson.kind.unwrap_or_default();
                    let minutes = lesson.minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default();
                    vec![format!("  {}", output.good(&lesson.slug)), kind, minutes, lesson.title]
                })
                .collect();
            output.table(&rows);
            output.line("");
            output.line(format!("Next: {}", output.bold(format!("{} enrol {}", context.program, head.slug))));
        });
        return Ok(Exit::Ok);
    }
    let Some(track) = client.find(&["tracks", name])? else {
        return Err(Failure::new(Exit::Failed, "not_found", format!("There is no course or track called `{name}`."))
            .help(format!("`{} list` shows what there is.", context.program)));
    };
    let head: Item = track.read()?;
    output.show(&json!({ "track": track.body }), || {
        heading(&head, context);
        section("Courses", track.body.get("courses").and_then(Value::as_array).map_or(&[][..], Vec::as_slice), context);
        output.line(format!("Next: {}", output.bold(format!("{} enrol {}", context.program, head.slug))));
    });
    Ok(Exit::Ok)
}

fn heading(item: &Item, context: &Context<'_>) {
    let output = context.output;
    output.line(output.bold(&item.title));
    for line in crate::html::wrap(&item.summary, output.width()) {
        output.line(line);
    }
    output.line("");
    if !item.html.is_empty() {
        output.line(crate::html::render(&item.html, output.width(), output.colours()));
        output.line("");
    }
}
