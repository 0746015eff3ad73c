//! Turning another platform's curriculum into a pack.

use cairn_content::exercism;
use serde_json::json;

use super::check::folder;
use crate::args::{ExercismArgs, ImportCommand};
use crate::words::count;
use crate::{Context, Exit, Failure};

pub(super) fn import(command: &ImportCommand, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match command {
        ImportCommand::Exercism(args) => exercism_track(args, context),
    }
}

/// Writes the pack even where the track has faults: they are reported, and what they concern is left out.
fn exercism_track(args: &ExercismArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    folder::refuse_occupied(&args.dir)?;
    let config = std::fs::read(&args.track).map_err(|error| Failure::file("read", &args.track, &error))?;
    let imported = exercism::import(&config).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let detail = format!("{} can't be imported:\n  {}", args.track.display(), lines.join("\n  "));
        Failure::new(Exit::Found, "not_importable", detail).help("Name the `config.json` of an Exercism track.")
    })?;
    folder::write(&imported.files, &args.dir)?;
    let (output, report) = (context.output, &imported.report);
    output.show(&json!({ "dir": args.dir, "files": imported.files.len(), "report": report }), || {
        output.line(report.to_string().trim_end());
        output.line("");
        let files = count(imported.files.len() as u64, "file");
        output.line(format!("{} {files} written to {}.", output.good("✓"), args.dir.display()));
        let next = format!("{} content check {}", context.program, args.dir.display());
        output.line(format!("Next: {}", output.bold(next)));
    });
    Ok(if report.faults.is_empty() { Exit::Ok } else { Exit::Found })
}
