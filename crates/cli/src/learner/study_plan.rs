//! Planning, and seeing the plan.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::header::ETAG;
use serde::Deserialize;
use serde_json::json;

use super::record::{self, Enrolment};
use super::signed_in;
use crate::args::StudyPlanArgs;
use crate::client::{Client, Reply};
use crate::output::Progress;
use crate::words::count;
use crate::{Context, Exit, Failure};

/// A plan, as the API shows it.
#[derive(Debug, Deserialize)]
struct Plan {
    minutes_a_week: u64,
    start: String,
    missed: Vec<String>,
    finish: Option<String>,
    minutes: u64,
    overdue: u64,
    critical_path: CriticalPath,
    weeks: Vec<Week>,
    lessons: Vec<Lesson>,
    blocked: Vec<Blocked>,
    difference: Option<Difference>,
}

#[derive(Debug, Deserialize)]
struct CriticalPath {
    minutes: u64,
    lessons: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Week {
    begins: String,
    missed: bool,
    minutes: u64,
    lessons: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Lesson {
    id: String,
    slug: String,
    title: String,
    course: String,
    minutes: u64,
    why: String,
    begins: String,
    critical: bool,
    overdue: bool,
}

#[derive(Debug, Deserialize)]
struct Blocked {
    slug: String,
    title: String,
    needs: Vec<Need>,
}

#[derive(Debug, Deserialize)]
struct Need {
    kind: String,
    id: String,
}

#[derive(Debug, Deserialize)]
struct Difference {
    finish_before: Option<String>,
    finish_after: Option<String>,
    moved: Vec<Moved>,
}

#[derive(Debug, Deserialize)]
struct Moved {
    slug: String,
    title: String,
    before: Span,
    after: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    begins: String,
}

pub(super) fn plan(args: &StudyPlanArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let enrolment = chosen(args.name.as_deref(), client)?;
    let path = ["enrolments", &enrolment.id, "plan"];
    let stored = client.find(&path)?;
    let reply = if args.hours.is_some() || args.start.is_some() {
        set(args, client, &path, stored.as_ref())?
    } else {
        stored.ok_or_else(|| {
            let name = &enrolment.target.slug;
            Failure::new(Exit::Failed, "no_plan", format!("There is no plan for `{name}` yet."))
                .help(format!("Make one: `{} plan {name} --hours 5 --start YYYY-MM-DD`.", context.program))
        })?
    };
    if let Some(file) = &args.ics {
        return calendar(file, client, &enrolment, context);
    }
    let reply = if args.missing.is_empty() {
        reply
    } else {
        let days: Vec<String> = args.missing.iter().map(ToString::to_string).collect();
        client.get_with(&path, &[("missing", &days.join(","))])?
    };
    let plan: Plan = reply.read()?;
    context.output.show(&reply.body, || show(&enrolment, &plan, context));
    Ok(Exit::Ok)
}

/// The enrolment of a name, or the only one under way.
fn chosen(name: Option<&str>, client: &Client<'_>) -> Result<Enrolment, Failure> {
    let mut found = match name {
        Some(name) => record::named(client, name)?,
        None => record::enrolments(client)?.into_iter().filter(|(_, enrolment)| enrolment.is_active()).collect(),
    };
    match (found.len(), name) {
        (0, _) => Err(Failure::new(Exit::Failed, "not_enrolled", "You have no enrolment under way.")
            .help("`cairn list` shows what there is; `cairn enrol NAME` adds a course or track.")),
        // A course and a track of one name, or an enrolment after another: the one under way stands first.
        (1, _) | (_, Some(_)) => Ok(found.swap_remove(0).1),
        (_, None) => {
            let names: Vec<_> = found.iter().map(|(_, enrolment)| enrolment.target.slug.as_str()).collect();
            Err(Failure::usage("Several enrolments are under way.").help(format!("Name one of {}.", names.join(", "))))
        }
    }
}

fn set(args: &StudyPlanArgs, client: &Client<'_>, path: &[&str], stored: Option<&Reply>) -> Result<Reply, Failure> {
    let before: Option<Plan> = stored.map(Reply::read).transpose()?;
    let start = args.start.map(|day| day.to_string()).or_else(|| before.as_ref().map(|plan| plan.start.clone()));
    let minutes = args.hours.map(u64::from).or_else(|| before.as_ref().map(|plan| plan.minutes_a_week));
    let (Some(start), Some(minutes)) = (start, minutes) else {
        return Err(Failure::usage("A new plan needs --hours and --start."));
    };
    // A week before the new start is none any more; text order is time order.
    let missed: Vec<String> =
        before.into_iter().flat_map(|plan| plan.missed).filter(|week| week.as_str() >= start.as_str()).collect();
    let body = json!({ "minutes_a_week": minutes, "start": start, "missed": missed });
    client.replace(path, &body, stored.and_then(|reply| reply.headers.get(ETAG)))
}

fn calendar(
    file: &Path,
    client: &Client<'_>,
    enrolment: &Enrolment,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let bytes = client.download(&["enrolments", &enrolment.id, "plan.ics"], &Progress::hidden())?;
    if file.as_os_str() == "-" {
        context.output.raw(String::from_utf8_lossy(&bytes).trim_end());
        return Ok(Exit::Ok);
    }
    std::fs::write(file, &bytes).map_err(|error| {
        Failure::new(Exit::Failed, "not_written", format!("Could not write {}: {error}.", file.display()))
    })?;
    let file = file.display().to_string();
    context.output.show(&json!({ "file": file }), || {
        context
            .output
            .line(format!("Wrote {file}. Import it into your calendar; do so again when the plan has changed."));
    });
    Ok(Exit::Ok)
}

/// Minutes as hours and minutes.
fn time(minutes: u64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn show(enrolment: &Enrolment, plan: &Plan, context: &Context<'_>) {
    let output = context.output;
    output.line(format!("{} ({})", output.bold(&enrolment.target.title), enrolment.target.kind));
    output.line(format!("  {} a week from {}", time(plan.minutes_a_week), plan.start));
    match &plan.finish {
        Some(finish) => output.line(format!("  done by {}; {} are left", output.bold(finish), time(plan.minutes))),
        None if plan.blocked.is_empty() => output.line(format!("  {}", output.good("All done."))),
        None => {}
    }
    if plan.overdue > 0 {
        let what = format!("{} overdue", count(plan.overdue, "lesson"));
        output.line(format!("  {}", output.warning(what)));
    }
    if !plan.weeks.is_empty() {
        output.line("");
        output.table(&weeks(plan, context));
        output.line("");
        let on_it = count(plan.critical_path.lessons.len() as u64, "lesson");
        let path = time(plan.critical_path.minutes);
        output.line(format!("◆ the critical path: {on_it}, {path}; no pace is faster than that"));
    }
    for blocked in &plan.blocked {
        let needs: Vec<_> = blocked.needs.iter().map(|need| format!("the {} {}", need.kind, need.id)).collect();
        let reason = format!("cannot be planned: it needs {}, which is out of reach", needs.join(", "));
        output.line(format!("{} {} ({}) {reason}", output.bad("✗"), blocked.title, blocked.slug));
    }
    if let Some(difference) = &plan.difference {
        moved(difference, context);
    }
}

fn weeks(plan: &Plan, context: &Context<'_>) -> Vec<Vec<String>> {
    let output = context.output;
    let mut rows = Vec::new();
    for week in &plan.weeks {
        let mut head = format!("  {}", week.begins);
        if week.missed {
            rows.push(vec![head, String::new(), output.dim("missed")]);
            continue;
        }
        let within: BTreeSet<&str> = week.lessons.iter().map(String::as_str).collect();
        for lesson in plan.lessons.iter().filter(|lesson| within.contains(lesson.id.as_str())) {
            let mut remarks = Vec::new();
            if lesson.overdue {
                remarks.push(output.warning("overdue"));
            }
            match lesson.why.as_str() {
                "elsewhere" => remarks.push(output.dim(format!("from the course {}", lesson.course))),
                "leads" => remarks.push(output.dim("optional, and the only way")),
                _ => {}
            }
            let minutes = if lesson.begins == week.begins { time(lesson.minutes) } else { "goes on".to_owned() };
            let mark = if lesson.critical { "◆" } else { " " };
            let head = std::mem::take(&mut head);
            let title = lesson.title.clone();
            rows.push(vec![head, mark.to_owned(), lesson.slug.clone(), minutes, title, remarks.join(", ")]);
        }
        if week.minutes == 0 {
            rows.push(vec![head, String::new(), output.dim("nothing more")]);
        }
    }
    rows
}

fn moved(difference: &Difference, context: &Context<'_>) {
    let output = context.output;
    output.line("");
    let date = |date: &Option<String>| date.clone().unwrap_or_else(|| "never".to_owned());
    let (before, after) = (date(&difference.finish_before), date(&difference.finish_after));
    if difference.moved.is_empty() {
        output.line("Nothing moves.");
        return;
    }
    let what = count(difference.moved.len() as u64, "lesson");
    output.line(match before == after {
        true => format!("{what} moved; done by {after} all the same"),
        false => format!("{what} moved; done by {} instead of {before}", output.bold(after)),
    });
    let rows = difference.moved.iter().map(|lesson| {
        let weeks = format!("{} → {}", lesson.before.begins, lesson.after.begins);
        vec![format!("  {}", lesson.slug), weeks, lesson.title.clone()]
    });
    output.table(&rows.collect::<Vec<_>>());
}
