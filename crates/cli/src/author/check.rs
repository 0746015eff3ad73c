//! Checking a pack's files.

use std::path::Path;

use cairn_content::PackDrill;
use cairn_domain::catalog::{DocKind, Draft, Fault, SourceFile};
use serde_json::json;

use super::solutions;
use crate::args::CheckArgs;
use crate::output::Unit;
use crate::words::count;
use crate::{Context, Exit, Failure};

/// A pack with its drills, or its faults.
type Checked = Result<(Draft, Vec<PackDrill>), Vec<Fault>>;

/// Reads, checks and renders the pack in a folder.
fn read(dir: &Path, context: &Context<'_>) -> Result<Checked, Failure> {
    if !dir.is_dir() {
        return Err(
            Failure::usage(format!("{} is not a folder.", dir.display())).help("Name the folder that has `pack.yaml`.")
        );
    }
    let _progress = context.output.progress(&format!("checking {}", dir.display()), Unit::Items, 0);
    Ok(cairn_content::read_dir(dir).and_then(|files| cairn_content::check_with_drills(&files)))
}

pub(super) fn check(args: &CheckArgs, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let checked = match read(&args.dir, context)? {
        Ok((draft, drills)) => match solutions::hold(args, &drills, &draft.files, context)? {
            faults if faults.is_empty() => Ok((draft, drills.len())),
            faults => Err(faults),
        },
        Err(faults) => Err(faults),
    };
    let output = context.output;
    let (pack, faults, documents) = match &checked {
        Ok((draft, _)) => (Some(&draft.pack.id), &[][..], Some(documents(draft))),
        Err(faults) => (None, faults.as_slice(), None),
    };
    let drills = checked.as_ref().map_or(0, |(_, drills)| *drills);
    let value = json!({
        "dir": args.dir,
        "pack": pack,
        "documents": documents.as_ref().map(|counts| {
            counts.iter().map(|(kind, number)| (format!("{kind}s"), json!(number))).collect::<serde_json::Map<_, _>>()
        }),
        "drills": pack.map(|_| drills),
        "faults": faults,
    });
    output.show(&value, || {
        for fault in faults {
            output.line(output.bold(fault));
            if !fault.help.is_empty() {
                output.line(format!("  {} {}", output.dim("help:"), fault.help));
            }
        }
        match (pack, &documents) {
            (Some(pack), Some(counts)) => {
                let parts: Vec<String> =
                    counts.iter().map(|(kind, number)| count(*number as u64, kind.as_str())).collect();
                let held = match drills {
                    0 => String::new(),
                    drills => format!(" {} held against their solutions.", count(drills as u64, "drill")),
                };
                output.line(format!("{} {pack}: {}, no faults.{held}", output.good("✓"), parts.join(", ")));
            }
            _ => {
                let files: std::collections::BTreeSet<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
                let (faults, files) = (count(faults.len() as u64, "fault"), count(files.len() as u64, "file"));
                output.line("");
                output.line(output.bad(format!("{faults} in {files}.")));
            }
        }
    });
    Ok(if faults.is_empty() { Exit::Ok } else { Exit::Found })
}

fn documents(draft: &Draft) -> Vec<(DocKind, usize)> {
    let number = |kind| draft.documents.iter().filter(|d| d.document.kind() == kind).count();
    DocKind::ALL.into_iter().map(|kind| (kind, number(kind))).filter(|(_, number)| *number > 0).collect()
}

/// Reads a pack that has no faults: with faults nothing is sent.
pub(super) fn mended(dir: &Path, context: &Context<'_>) -> Result<(Draft, Vec<SourceFile>), Failure> {
    let (draft, _) = read(dir, context)?.map_err(|faults| {
        let detail =
            format!("The pack in {} has {}; nothing was sent.", dir.display(), count(faults.len() as u64, "fault"));
        Failure::new(Exit::Found, "pack_invalid", detail).help("Mend each, then try again.").faults(faults)
    })?;
    let files = draft.files.clone();
    Ok((draft, files))
}

/// Folders that packs are written to.
pub(super) mod folder {
    use std::fs;
    use std::path::Path;

    use cairn_domain::catalog::SourceFile;

    use crate::Failure;

    /// Refuses a folder that has something in it: files would be mixed.
    pub(in super::super) fn refuse_occupied(dir: &Path) -> Result<(), Failure> {
        match fs::read_dir(dir) {
            Ok(mut entries) => match entries.next() {
                None => Ok(()),
                Some(_) => Err(Failure::usage(format!("{} is not empty.", dir.display()))
                    .help("Name a folder that is empty or does not exist.")),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Failure::file("read", dir, &error)),
        }
    }

    /// Writes a pack's files.
    pub(in super::super) fn write(files: &[SourceFile], dir: &Path) -> Result<(), Failure> {
        cairn_content::write_dir(dir, files).map_err(|error| Failure::file("write", dir, &error))
    }
}
