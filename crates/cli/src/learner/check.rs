//! Checking one's own service with an HTTP drill.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, SystemTime};

use cairn_drill::http::{HttpDrill, Vars, evaluate};
use serde_json::json;

use super::attempt::{self, Attempt};
use super::record::Taking;
use super::signed_in;
use crate::args::DrillArgs;
use crate::client::Client;
use crate::drill::{Performed, Service, perform, planned, show};
use crate::output::Unit;
use crate::{Context, Exit, Failure};

pub(super) fn check(args: &DrillArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if args.watch && context.output.is_json() {
        return Err(Failure::usage("--watch prints for somebody who looks on.").help("Leave --json or --watch out."));
    }
    let service = |drill: &HttpDrill| Service::new(drill, args.base_url.as_deref(), &args.allow_host);
    if let Some(file) = &args.offline {
        let stored = attempt::read_json(file)?;
        let drill = attempt::http(&stored["drill"])?;
        let service = service(&drill)?;
        return if args.dry_run {
            dry_run(&drill, &drill.vars(seed()), &service, context)
        } else if args.watch {
            Ok(if watch(&drill, &service, context)? { Exit::Ok } else { Exit::Found })
        } else {
            Ok(if practise(&drill, &service, context)? { Exit::Ok } else { Exit::Found })
        };
    }
    if let Some(file) = &args.attempt {
        let attempt = attempt::still_open(&attempt::read_json(file)?)?;
        let drill = attempt::http(&attempt.drill)?;
        let service = service(&drill)?;
        if args.dry_run {
            return dry_run(&drill, &attempt.vars, &service, context);
        }
        signed_in(client, context)?;
        return run(client, &attempt, (None, &format!("{} check", context.program)), &service, context);
    }
    signed_in(client, context)?;
    let (taking, published) = attempt::find(client, args.lesson.as_deref(), args.on.as_deref(), context)?;
    let drill = published.is("http", &taking.lesson.slug, context)?.http()?;
    let service = service(&drill)?;
    if args.dry_run {
        return dry_run(&drill, &drill.vars(seed()), &service, context);
    }
    if args.watch && !watch(&drill, &service, context)? {
        return Ok(Exit::Found);
    }
    let (_, attempt) = attempt::open(client, &taking, args.challenge)?;
    let again = taking.lesson.command(context.program);
    run(client, &attempt, (Some(&taking), &again), &service, context)
}

/// Runs an attempt, and hands in what was seen.
fn run(
    client: &Client<'_>,
    attempt: &Attempt,
    (taking, again): (Option<&Taking>, &str),
    service: &Service,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let drill = attempt::http(&attempt.drill)?;
    let performed = performed(&drill, &attempt.vars, service, context)?;
    let body = json!({ "nonce": attempt.nonce, "transcript": performed.transcript });
    attempt::hand_in(client, (attempt, "transcript", &body), &performed.called, (taking, again), context)
}

/// Runs a drill; a service that is not there is no answer to hand in.
fn performed(drill: &HttpDrill, vars: &Vars, service: &Service, context: &Context<'_>) -> Result<Performed, Failure> {
    let progress = context.output.progress("Running the drill", Unit::Items, drill.steps.len() as u64);
    let performed = perform(drill, vars, service, &progress);
    match performed.silence() {
        None => Ok(performed),
        Some(reason) => {
            let detail = format!("Your service does not answer at {}: {reason}.", service.base());
            let help = "Start it, or say with --base-url where it is. Nothing was handed in.";
            Err(Failure::new(Exit::Unavailable, "service_unreachable", detail).help(help))
        }
    }
}

/// Shows what would be sent.
fn dry_run(drill: &HttpDrill, vars: &Vars, service: &Service, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let requests = planned(drill, vars, service);
    output.show(&show::planned_value(&requests), || {
        output.line("These would be sent; nothing was. Values in braces come out of earlier answers.");
        show::planned(&requests, output);
    });
    Ok(Exit::Ok)
}

/// Runs a drill with values of its own, and evaluates it here. Whether it passes.
fn practise(drill: &HttpDrill, service: &Service, context: &Context<'_>) -> Result<bool, Failure> {
    let vars = drill.vars(seed());
    let performed = performed(drill, &vars, service, context)?;
    let verdict = evaluate(drill, &vars, &performed.transcript);
    let (passed, percent, output) = (verdict.passed(), verdict.percent(), context.output);
    output.show(&json!({ "passed": passed, "percent": percent, "verdict": verdict }), || {
        show::verdict(&verdict, &performed.called, output);
        output.line("");
        let said = if passed { output.good("This would pass") } else { output.bad("This would not pass") };
        output.line(format!("{said}: {percent} %. It was practice; nothing was handed in."));
    });
    Ok(passed)
}

/// Practises again and again, until it passes or whoever looks on has had enough. Whether it passed.
fn watch(drill: &HttpDrill, service: &Service, context: &mut Context<'_>) -> Result<bool, Failure> {
    /// How often the folder is looked at.
    const EVERY: Duration = Duration::from_millis(500);
    let asked = context.ask.enters();
    loop {
        let before = newest(Path::new("."));
        match practise(drill, service, context) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            // It is being built, or has not been started yet.
            Err(failure) if failure.exit == Exit::Unavailable => context.output.failure(&failure),
            Err(failure) => return Err(failure),
        }
        context.output.note("It runs again when a file in this folder changes, or on Enter; Ctrl-D ends it.");
        loop {
            match asked.recv_timeout(EVERY) {
                Ok(()) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
                Err(RecvTimeoutError::Timeout) if newest(Path::new(".")) != before => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// How many files a folder has and when the last of them was changed, without what is hidden or made by tools.
fn newest(folder: &Path) -> (usize, Option<SystemTime>) {
    /// So many are looked at.
    const MOST: usize = 20_000;
    let (mut count, mut last, mut open) = (0, None, vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let made = ["target", "node_modules", "__pycache__", "dist", "build", "venv"].contains(&name.as_ref());
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') || made || count >= MOST {
                continue;
            }
            if kind.is_dir() {
                open.push(entry.path());
            } else if let Ok(changed) = entry.metadata().and_then(|about| about.modified()) {
                count += 1;
                last = last.max(Some(changed));
            }
        }
    }
    (count, last)
}

/// A seed for values that are only for practice: hash maps are seeded by the system, which is as much chance as it takes.
fn seed() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_and_what_tools_make_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::create_dir(folder.path().join("target")).unwrap();
        let before = newest(folder.path());
        std::fs::write(folder.path().join("target/out"), "x").unwrap();
        std::fs::write(folder.path().join(".hidden"), "x").unwrap();
        assert_eq!(newest(folder.path()), before);
        std::fs::write(folder.path().join("src/main.py"), "x").unwrap();
        assert_ne!(newest(folder.path()), before);
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(seed(), seed());
    }
}
