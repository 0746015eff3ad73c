//! `pack.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use cairn_domain::catalog::{Detail, DocKind, Document, FaultKind, Move, PackInfo};
use cairn_domain::shared::{ContentId, PackId};

use crate::document::{Places, document, parse_record, read_id, read_line};
use crate::faults::{Code, Faults, Pos, did_you_mean};
use crate::format::{PACK, VERSION};
use crate::text::Text;
use crate::yaml::Node;

/// What `pack.yaml` gives.
#[derive(Debug, Default)]
pub(crate) struct PackSource {
    /// `None` without an id.
    pub(crate) info: Option<PackInfo>,
    pub(crate) skills: Vec<(Document, Places)>,
    pub(crate) moves: Vec<MoveSource>,
    /// Whether the skills could be read.
    pub(crate) has_skills: bool,
}

/// A `moved` record and where its ends stand.
#[derive(Debug)]
pub(crate) struct MoveSource {
    pub(crate) step: Move,
    pub(crate) from: Pos,
    pub(crate) to: Pos,
}

pub(crate) fn read_pack(bytes: &[u8], faults: &mut Faults) -> PackSource {
    let mut pack = PackSource::default();
    let Some(text) = Text::decode(bytes, faults) else { return pack };
    let Some(node) = parse_record(text.as_str(), 1, &PACK, faults) else { return pack };
    if let Some(format) = node.get("format")
        && format.text().is_some_and(|text| text != VERSION)
    {
        let message = format!("The format `{}` is not known.", crate::yaml::short(format.text().unwrap_or_default()));
        faults.add(format.at, Code::UnsupportedFormat, message, format!("This program reads `{VERSION}`."));
    }
    pack.info = read_id(node.get("id")).and_then(|id| PackId::new(id.as_str()).ok()).map(|id| PackInfo {
        id,
        title: read_line(node.get("title")),
        summary: read_line(node.get("summary")),
        language: read_line(node.get("language")),
        licence: read_line(node.get("licence")),
        authors: node.get("authors").map_or(&[][..], Node::items).iter().map(|a| read_line(Some(a))).collect(),
    });
    let mut seen = BTreeMap::new();
    pack.has_skills = true;
    for item in node.get("skills").map_or(&[][..], Node::items) {
        let Some(skill) = document(item, Detail::Skill) else {
            pack.has_skills = false;
            continue;
        };
        let mut places = Places::default();
        if let Some(id) = item.get("id") {
            places.note("id", id);
        }
        let at = places.find("id").0;
        if let Some(first) = seen.insert(skill.id.clone(), at) {
            let message = format!("The skill `{}` is declared on line {} already.", skill.id, first.line);
            faults.add_code(at, FaultKind::DuplicateId.as_str(), message, "Give one of them another id, or remove it.");
            continue;
        }
        pack.skills.push((skill, places));
    }
    for item in node.get("moved").map_or(&[][..], Node::items) {
        let end = |field: &str| item.get(field).map(|node| node.at).zip(read_id(item.get(field)));
        let kind = item.get("kind").and_then(Node::text).and_then(|kind| kind.parse::<DocKind>().ok());
        if let (Some(kind), Some((from_at, from)), Some((to_at, to))) = (kind, end("from"), end("to")) {
            pack.moves.push(MoveSource { step: Move { kind, from, to }, from: from_at, to: to_at });
        }
    }
    pack
}

/// Reports `moved` records that contradict the documents or one another. Of the kinds in `unknown` some documents could
/// not be read, so that none can be said to be missing.
pub(crate) fn check_moves(
    moves: &[MoveSource],
    present: &BTreeSet<(DocKind, ContentId)>,
    unknown: &BTreeSet<DocKind>,
    faults: &mut Faults,
) {
    let mut first: BTreeMap<_, &MoveSource> = BTreeMap::new();
    // The last of an id wins, which is a fault of its own.
    let onward: BTreeMap<_, _> =
        moves.iter().filter(|m| m.step.from != m.step.to).map(|m| ((m.step.kind, &m.step.from), m)).collect();
    for step in moves {
        let Move { kind, from, to } = &step.step;
        let bad = FaultKind::BadMove.as_str();
        if present.contains(&(*kind, from.clone())) {
            let message = format!("The {kind} `{from}` is still in the pack, so it has not moved.");
            faults.add_code(step.from, bad, message, "Remove the record, or the document.");
        }
        if let Some(other) = first.insert((*kind, from), step) {
            let message = format!("Where {kind} `{from}` went is told on line {} already.", other.from.line);
            faults.add_code(step.from, bad, message, "Keep one of the records.");
        }
        if from == to {
            faults.add_code(step.to, bad, format!("The {kind} `{from}` moves to itself."), "Remove the record.");
        } else if !present.contains(&(*kind, to.clone())) && !unknown.contains(kind) {
            let onward = onward.get(&(*kind, to)).filter(|onward| onward.step.to != *from);
            let (message, help) = match onward {
                Some(onward) => (
                    format!("The {kind} `{to}` has itself moved."),
                    format!("Name the last one: `to: {}`.", onward.step.to),
                ),
                None => {
                    let ids = present.iter().filter(|(k, _)| k == kind).map(|(_, id)| id.as_str());
                    let near = faults.guesses.near_miss(to.as_str(), ids);
                    let otherwise = "Name a document of the pack; for one that is gone without another in its place, remove the record.";
                    (format!("There is no {kind} `{to}`."), did_you_mean(near, otherwise))
                }
            };
            faults.add_code(step.to, bad, message, help);
        }
    }
}
