//! Planning, applying, exporting and rolling back.

use cairn_domain::catalog::{Action, Change, Plan};

use super::check::{folder, mended};
use super::{AppliedView, Connect};
use crate::args::{ApplyArgs, ChangesArgs, ExportArgs, PlanArgs, ReleasesArgs, RollbackArgs};
use crate::words::count;
use crate::{Context, Exit, Failure};

pub(super) fn plan(args: &PlanArgs, connect: &Connect<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (draft, files) = mended(&args.dir, context)?;
    let plan = connect()?.plan(&draft.pack.id, &files)?;
    context.output.show(&plan, || show(&plan, context));
    Ok(if args.fail_on_changes && !plan.changes.is_empty() { Exit::Found } else { Exit::Ok })
}

/// Refuses to ask where only a value is printed: whoever is asked would not see what the question is about. Without a
/// terminal as well, so that a script does the same everywhere.
fn sure(yes: bool, context: &Context<'_>) -> Result<(), Failure> {
    if yes || !context.output.is_json() {
        Ok(())
    } else {
        Err(Failure::usage("With --json nothing is asked, so that --yes has to be given too.")
            .help("Add --yes; `content plan` shows beforehand what `apply` would change."))
    }
}

pub(super) fn apply(args: &ApplyArgs, connect: &Connect<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    sure(args.yes, context)?;
    let (draft, files) = mended(&args.dir, context)?;
    let publisher = connect()?;
    let plan = publisher.plan(&draft.pack.id, &files)?;
    if !args.yes && context.ask.interactive() {
        show(&plan, context);
        context.ask.agree("Apply this?")?;
    }
    let applied = publisher.apply(&draft.pack.id, &files, &args.note, plan.from.unwrap_or(0))?;
    context.output.show(&applied, || tell(&applied, context));
    Ok(Exit::Ok)
}

pub(super) fn roll_back(
    args: &RollbackArgs,
    connect: &Connect<'_>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    sure(args.yes, context)?;
    let publisher = connect()?;
    if !args.yes && context.ask.interactive() {
        let question = format!("Make a new release of `{}` with the content of release {}?", args.pack, args.number);
        context.ask.agree(&question)?;
    }
    let applied = publisher.roll_back(&args.pack, args.number, &args.note)?;
    context.output.show(&applied, || tell(&applied, context));
    Ok(Exit::Ok)
}

pub(super) fn export(args: &ExportArgs, connect: &Connect<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    folder::refuse_occupied(&args.dir)?;
    let files = connect()?.export(&args.pack, args.release)?;
    folder::write(&files, &args.dir)?;
    let output = context.output;
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    let value = serde_json::json!({ "pack": args.pack, "release": args.release, "dir": args.dir, "files": files.len(), "bytes": bytes });
    output.show(&value, || {
        output.line(format!("{} written to {}.", count(files.len() as u64, "file"), args.dir.display()));
    });
    Ok(Exit::Ok)
}

pub(super) fn releases(args: &ReleasesArgs, connect: &Connect<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let releases = connect()?.releases(&args.pack)?;
    let output = context.output;
    output.show(&serde_json::json!({ "items": releases }), || {
        let rows: Vec<Vec<String>> = releases
            .iter()
            .map(|release| {
                let origin = release.rolled_back_to.map(|number| format!("as {number}")).unwrap_or_default();
                let by = if release.created_by.is_some() { "" } else { "by the server" };
                let day: String = release.created_at.chars().take(19).collect();
                vec![output.bold(release.number), day.replace('T', " "), origin, by.to_owned(), release.note.clone()]
            })
            .collect();
        output.table(&rows);
    });
    Ok(Exit::Ok)
}

pub(super) fn changes(args: &ChangesArgs, connect: &Connect<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let changes = connect()?.changes(&args.pack, args.number, args.since)?;
    let output = context.output;
    output.show(&changes, || {
        let (pack, number) = (output.bold(&changes.pack), changes.number);
        match changes.from {
            Some(from) => output.line(format!("Release {number} of {pack}, against release {from}:")),
            None => output.line(format!("Release {number} of {pack}, against nothing:")),
        }
        list(&changes, context);
    });
    Ok(Exit::Ok)
}

fn show(plan: &Plan, context: &Context<'_>) {
    let output = context.output;
    match plan.from {
        Some(from) if plan.changes.is_empty() => {
            output.line(format!(
                "The pack {} is at release {from}; nothing that is served changes.",
                output.bold(&plan.pack)
            ));
            return;
        }
        Some(from) => output.line(format!(
            "The pack {} is at release {from}; this would be {}.",
            output.bold(&plan.pack),
            plan.number
        )),
        None => output.line(format!("The pack {} is new; this would be release 1.", output.bold(&plan.pack))),
    }
    list(plan, context);
}

/// The changes, and how many they are.
fn list(plan: &Plan, context: &Context<'_>) {
    let output = context.output;
    let rows: Vec<Vec<String>> = plan.changes.iter().map(|change| row(change, context)).collect();
    output.table(&rows);
    output.line("");
    output.line(format!("{}; {} touched.", tally(plan), count(plan.enrolments, "enrolment")));
}

fn row(change: &Change, context: &Context<'_>) -> Vec<String> {
    let output = context.output;
    let action = match change.action {
        Action::Added | Action::Restored => output.good(format!("  + {}", change.action.as_str())),
        Action::Retired => output.bad(format!("  - {}", change.action.as_str())),
        Action::Changed | Action::Moved => output.warning(format!("  ~ {}", change.action.as_str())),
    };
    let mut remarks = Vec::new();
    if let Some(from) = &change.from {
        remarks.push(format!("was {from}"));
    }
    if let Some(slug) = &change.former_slug {
        remarks.push(format!("slug was {slug}"));
    }
    remarks.extend(change.parts.iter().map(|part| part.as_str().to_owned()));
    if change.enrolments > 0 {
        remarks.push(count(change.enrolments, "enrolment"));
    }
    vec![action, change.kind.to_string(), change.id.to_string(), change.title.clone(), output.dim(remarks.join(", "))]
}

fn tally(plan: &Plan) -> String {
    let all = [Action::Added, Action::Changed, Action::Moved, Action::Retired, Action::Restored];
    let parts: Vec<String> = all
        .into_iter()
        .filter(|action| plan.count(*action) > 0)
        .map(|action| format!("{} {}", plan.count(action), action.as_str()))
        .collect();
    if parts.is_empty() { "No document changes".to_owned() } else { parts.join(", ") }
}

fn tell(applied: &AppliedView, context: &Context<'_>) {
    let (output, release) = (context.output, &applied.release);
    if !applied.created {
        output.line(format!(
            "Release {} of {} has these files already; nothing was changed.",
            release.number, release.pack
        ));
        return;
    }
    output.line(format!(
        "{} Release {} of {} is current: {}.",
        output.good("✓"),
        release.number,
        output.bold(&release.pack),
        tally(&applied.plan).to_lowercase()
    ));
    output.line(match applied.learners {
        0 => "No learner's record had to change.".to_owned(),
        many => format!("Brought along: {}. Nobody lost anything.", count(many, "learner")),
    });
}
