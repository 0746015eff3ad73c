//! Holding a pack's drills against their solutions.


use cairn_content::{Bench, PackDrill, Recording};
use cairn_domain::catalog::{Fault, SourceFile};
use cairn_drill::http::HttpDrill;
use cairn_drill::run::{Job, Report};
use cairn_drill::{Drill, HttpSolution, Solutions};
use cairn_sandbox::{Sandbox, SandboxSettings};
use tempfile::TempDir;

use crate::output::{Progress, Unit};
use crate::words::count;
use crate::{Context, Exit, Failure};

/// Holds drills against their solutions: scripts and migrations in a sandbox, services by what was recorded of them.
pub(super) fn hold(
    drills: &[PackDrill],
    files: &[SourceFile],
    context: &Context<'_>,
) -> Result<Vec<Fault>, Failure> {
    let solutions: usize = drills.iter().map(solutions).sum();
    let what = format!("trying {} of {}", count(solutions as u64, "solution"), count(drills.len() as u64, "drill"));
    let progress = context.output.progress(&what, Unit::Items, solutions as u64);
    let asks_a_database = drills.iter().any(|drill| !matches!(drill.authored.drill, Drill::Http(_)));
    let sandbox = if asks_a_database { Some(Room::open()?) } else { None };
    let mut bench = Workbench { files, sandbox, progress };
    Ok(cairn_content::hold(drills, files, &mut bench))
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

    fn observe(&mut self, drill: &PackDrill, _: &HttpDrill, solution: &HttpSolution) -> Result<Recording, String> {
        Recording::read(drill, solution, self.files)
    }
}
