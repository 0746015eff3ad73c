//! Holding a pack's drills against their solutions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cairn_content::{Bench, PackDrill, Recording};
use cairn_domain::catalog::{Fault, SourceFile};
use cairn_drill::http::HttpDrill;
use cairn_drill::run::{Job, Report};
use cairn_drill::{Drill, HttpSolution, Solutions};
use cairn_sandbox::{Sandbox, SandboxSettings};
use tempfile::TempDir;

use super::program::record;
use crate::args::CheckArgs;
use crate::output::{Progress, Unit};
use crate::words::count;
use crate::{Context, Exit, Failure};

/// Holds drills against their solutions: scripts and migrations in a sandbox, services by what was recorded of them, or,
/// when the author says so, by running them.
pub(super) fn hold(
    args: &CheckArgs,
    drills: &[PackDrill],
    files: &[SourceFile],
    context: &mut Context<'_>,
) -> Result<Vec<Fault>, Failure> {
    if args.run {
        agree(args, drills, context)?;
    }
    let solutions: usize = drills.iter().map(solutions).sum();
    let what = format!("trying {} of {}", count(solutions as u64, "solution"), count(drills.len() as u64, "drill"));
    let progress = context.output.progress(&what, Unit::Items, solutions as u64);
    let asks_a_database = drills.iter().any(|drill| !matches!(drill.authored.drill, Drill::Http(_)));
    let sandbox = if asks_a_database { Some(Room::open()?) } else { None };
    let mut bench = Workbench { args, files, sandbox, progress };
    Ok(cairn_content::hold(drills, files, &mut bench))
}

/// Shows which programs would be started, and asks.
fn agree(args: &CheckArgs, drills: &[PackDrill], context: &mut Context<'_>) -> Result<(), Failure> {
    let mut commands = BTreeSet::new();
    for drill in drills {
        let Solutions::Http(cases) = &drill.authored.solutions else { continue };
        let folder = drill.file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let good = cases.good.iter().map(|case| &case.solution);
        let all = good.chain(cases.bad.iter().map(|case| &case.solution));
        commands.extend(all.map(|solution| format!("{folder}: {}", solution.program.join(" "))));
    }
    if commands.is_empty() || args.yes {
        return Ok(());
    }
    if context.output.is_json() || !context.ask.interactive() {
        return Err(Failure::usage("Programs of the pack would be started, and nobody is there to agree.")
            .help("Look at them, then add --yes."));
    }
    context.output.line("These programs of the pack run on this machine, as you:");
    for command in &commands {
        context.output.line(format!("  {command}"));
    }
    context.ask.agree("Start them?")
}

/// How many solutions a drill has, the reference with them.
fn solutions(drill: &PackDrill) -> usize {
    match &drill.authored.solutions {
        Solutions::Http(cases) => cases.good.len() + cases.bad.len(),
        Solutions::Sql(cases) => 1 + cases.good.len() + cases.bad.len(),
        Solutions::Migration(cases) => 1 + cases.good.len() + cases.bad.len(),
    }
}

/// A sandbox with a folder for its large data sets, which goes with it.
struct Room {
    sandbox: Sandbox,
    _folder: TempDir,
}

impl Room {
    fn open() -> Result<Self, Failure> {
        let refused = |error: &dyn std::fmt::Display| {
            Failure::new(Exit::Failed, "no_sandbox", format!("Drills that ask a database can't be tried: {error}."))
                .help("Try it on Linux, with room in the folder for temporary files.")
        };
        let folder = tempfile::tempdir().map_err(|error| refused(&error))?;
        let program = std::env::current_exe().map_err(|error| refused(&error))?;
        let settings = SandboxSettings::new(program, folder.path().to_owned(), 1);
        let sandbox = Sandbox::new(settings).map_err(|error| refused(&error))?;
        Ok(Self { sandbox, _folder: folder })
    }
}

struct Workbench<'a> {
    args: &'a CheckArgs,
    files: &'a [SourceFile],
    sandbox: Option<Room>,
    progress: Progress,
}

impl Bench for Workbench<'_> {
    fn begin(&mut self, _: &PackDrill, _: &str) {
        self.progress.add(1);
    }

    fn run(&mut self, job: &Job) -> Result<Report, String> {
        let room = self.sandbox.as_ref().ok_or("There is no sandbox.")?;
        room.sandbox.run(job, None).map_err(|error| format!("It ended without a report: {error}."))
    }

    fn observe(&mut self, drill: &PackDrill, http: &HttpDrill, solution: &HttpSolution) -> Result<Recording, String> {
        if !self.args.run {
            return Recording::read(drill, solution, self.files);
        }
        let file = self.args.dir.join(&drill.file);
        let recording = record(http, &solution.program, file.parent().unwrap_or(Path::new(".")))?;
        if self.args.record {
            let path = Recording::path(drill, solution).ok_or("Its transcript would stand outside of the pack.")?;
            write(&self.args.dir.join(&path), &recording)
                .map_err(|error| format!("`{path}` can't be written: {error}."))?;
        }
        Ok(recording)
    }
}

fn write(path: &Path, recording: &Recording) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, recording.to_bytes()?)
}
