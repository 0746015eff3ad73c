//! What passes a drill, and what fails it.

use std::collections::{BTreeMap, BTreeSet};

use cairn_domain::catalog::SourceFile;
use cairn_drill::http::{Transcript, Vars};
use cairn_drill::{DrillKey, DrillKind};
use serde::{Deserialize, Serialize};

use crate::document::{check_root, read_line, read_number};
use crate::faults::{Code, Faults, Pos};
use crate::format;
use crate::quiz::unique_id;
use crate::yaml::Node;

/// A solution of a drill.
#[derive(Debug, Clone)]
pub struct Solution {
    /// `reference`, or what a known-bad solution is called.
    pub id: String,
    /// Where it fails: step and index of the first assertion that does not hold. `None` for the reference.
    pub fails: Option<(String, u32)>,
    /// What is handed in.
    pub work: Work,
    /// Line and column in the drill's file.
    pub at: (u32, u32),
}

/// What is handed in at a drill.
#[derive(Debug, Clone)]
pub enum Work {
    /// A service: the program with its arguments, and what was seen of it.
    Service {
        /// Started in the folder of the drill's file.
        run: Vec<String>,
        /// The path of its recording in the pack.
        recorded_in: String,
        /// What that file has in it; `None` without one, `Err` with what keeps it from being read.
        recording: Option<Result<Recording, String>>,
    },
    /// A script.
    Sql(String),
    /// The statements of a migration's steps, by their ids.
    Steps(BTreeMap<String, String>),
}

/// What was seen of a service, and with what it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Where the service was.
    pub base_url: String,
    /// The values of the attempt's variables.
    pub vars: Vars,
    /// What came back.
    pub transcript: Transcript,
}

/// Reads what stands in `solutions`, and the reference that a key has.
pub(super) fn read(
    kind: DrillKind,
    key: &DrillKey,
    node: Option<&Node>,
    file: &str,
    files: &[SourceFile],
    faults: &mut Faults,
) -> Vec<Solution> {
    let before = faults.len();
    if let Some(node) = node {
        check_root(node, &format::SOLUTIONS, faults);
    }
    if faults.len() > before {
        return Vec::new();
    }
    let service = |node: &Node, id: &str| {
        let recorded_in = format!("{}/{id}.json", file.rsplit_once('.').map_or(file, |(stem, _)| stem));
        let found = files.binary_search_by(|file| file.path.as_str().cmp(&recorded_in)).ok();
        let recording =
            found.map(|at| serde_json::from_slice(&files[at].bytes).map_err(|error| error.to_string()));
        Work::Service { run: node.items().iter().map(|item| read_line(Some(item))).collect(), recorded_in, recording }
    };
    let mut solutions = Vec::new();
    let mut add = |id: &str, fails, work, at: Pos| {
        solutions.push(Solution { id: id.to_owned(), fails, work, at: (at.line, at.column) });
    };
    let at = node.map_or(Pos::new(1, 1), |node| node.at);
    match (key, node.and_then(|node| node.get("reference"))) {
        (DrillKey::Http, Some(reference)) => {
            if let Some(run) = reference.get("run") {
                add(REFERENCE, None, service(run, REFERENCE), reference.at);
            }
        }
        (DrillKey::Http, None) => {}
        (_, Some(reference)) => {
            let message = format!("{} drill has its `reference` beside `solutions`, not in it.", an(kind));
            faults.add(reference.at, Code::UnknownField, message, "Remove it.");
        }
        (DrillKey::Sql(key), None) => add(REFERENCE, None, Work::Sql(key.reference.clone()), at),
        (DrillKey::Migration(key), None) => add(REFERENCE, None, Work::Steps(key.reference.clone()), at),
    }
    let mut seen = BTreeSet::new();
    for bad in node.and_then(|node| node.get("known_bad")).map_or(&[][..], Node::items) {
        let Some(id) = unique_id(bad, &mut seen, "known-bad solution", faults) else { continue };
        if id.as_str() == REFERENCE {
            faults.add(bad.at, Code::BadId, "Only the reference is called `reference`.", "Call this by what is wrong.");
            continue;
        }
        let Some(work) = work(kind, bad, faults) else { continue };
        let work = match kind {
            DrillKind::Http => service(work, id.as_str()),
            DrillKind::Sql => Work::Sql(work.text().unwrap_or_default().to_owned()),
            DrillKind::Migration => Work::Steps(
                work.items()
                    .iter()
                    .map(|step| {
                        let sql = step.get("sql").and_then(Node::text).unwrap_or_default();
                        (read_line(step.get("id")), sql.to_owned())
                    })
                    .collect(),
            ),
        };
        let fails = bad.get("fails").map(|fails| (read_line(fails.get("step")), read_number(fails.get("index"), 0)));
        add(id.as_str(), fails, work, bad.at);
    }
    solutions
}

/// What the reference is called.
pub(super) const REFERENCE: &str = "reference";

/// The one field of a known-bad solution that goes with the form of its drill.
fn work<'a>(kind: DrillKind, bad: &'a Node, faults: &mut Faults) -> Option<&'a Node> {
    let wanted = match kind {
        DrillKind::Http => "run",
        DrillKind::Sql => "sql",
        DrillKind::Migration => "steps",
    };
    for other in ["run", "sql", "steps"].into_iter().filter(|name| *name != wanted) {
        if let Some(node) = bad.get(other) {
            let message = format!("`{other}` does not belong to a solution of {} drill.", an(kind).to_lowercase());
            faults.add(node.at, Code::UnknownField, message, format!("Remove it; this one has `{wanted}`."));
            return None;
        }
    }
    let work = bad.get(wanted);
    if work.is_none() {
        let message = format!("A solution of {} drill needs `{wanted}`.", an(kind).to_lowercase());
        faults.add(bad.at, Code::MissingField, message, format!("Add `{wanted}:`."));
    }
    work
}

/// The kind with its article, as it begins a sentence.
const fn an(kind: DrillKind) -> &'static str {
    match kind {
        DrillKind::Http => "An HTTP",
        DrillKind::Sql => "An SQL",
        DrillKind::Migration => "A migration",
    }
}
