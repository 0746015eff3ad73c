//! Drills as their files give them, with the solutions that they are held against.

mod hold;
mod solution;

use std::collections::BTreeMap;

use cairn_domain::catalog::SourceFile;
use cairn_domain::shared::LessonId;
use cairn_drill::{Authored, DrillKind};

use crate::faults::{Code, Faults, Pos};
use crate::text::{Text, refused_character};
use crate::yaml::{Node, Value, parse};

pub use hold::{Progress, hold};
pub use solution::{Recording, Solution, Work};

/// A drill of a pack as its author wrote it.
#[derive(Debug, Clone)]
pub struct AuthoredDrill {
    /// The lesson that it belongs to.
    pub lesson: LessonId,
    /// The path of its file in the pack.
    pub file: String,
    /// The drill, and what is kept from learners.
    pub authored: Authored,
    /// What passes it and what fails it: the reference first, then the known-bad ones in their order.
    pub solutions: Vec<Solution>,
}

/// What a drill's file gives.
pub(crate) struct DrillSource {
    pub(crate) authored: Authored,
    pub(crate) solutions: Vec<Solution>,
}

/// Reads a drill's file. `files` are those of the pack, in order.
pub(crate) fn read_drill(file: &SourceFile, files: &[SourceFile], faults: &mut Faults) -> Option<DrillSource> {
    let before = faults.len();
    let text = Text::decode(&file.bytes, faults)?;
    let Some(mut node) = parse(text.as_str(), 1, faults) else {
        if faults.len() == before {
            faults.add(Pos::new(1, 1), Code::BadDrill, "The file is empty.", "Begin it with `drill: http/v1`.");
        }
        return None;
    };
    refuse_characters(&node, faults);
    let solutions = take(&mut node, "solutions");
    match cairn_drill::parse(node.json()) {
        Ok(authored) => {
            let kind = authored.drill.kind();
            let solutions = solution::read(kind, &authored.key, solutions.as_ref(), &file.path, files, faults);
            (faults.len() == before).then_some(DrillSource { authored, solutions })
        }
        Err(found) => {
            for fault in found {
                let help = if fault.help.is_empty() { "Correct this field." } else { &fault.help };
                faults.add(node.place(&fault.field), Code::BadDrill, fault.to_string(), help);
            }
            None
        }
    }
}

/// Takes a field out of a record.
fn take(node: &mut Node, name: &str) -> Option<Node> {
    let Value::Map(entries) = &mut node.value else { return None };
    let at = entries.iter().position(|entry| entry.key == name)?;
    Some(entries.remove(at).value)
}

/// Reports the characters that stand in YAML's escapes and that no store takes.
fn refuse_characters(node: &Node, faults: &mut Faults) {
    let mut look = |text: &str, at| {
        if let Some((character, code)) = refused_character(text).filter(|(character, _)| *character == '\0') {
            let message = format!("The character U+{:04X} does not belong in a text.", u32::from(character));
            faults.add(at, code, message, "Remove it.");
        }
    };
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Scalar(scalar) => look(&scalar.text, node.at),
            Value::List(items) => open.extend(items),
            Value::Map(entries) => {
                for entry in entries {
                    look(&entry.key, entry.at);
                    open.push(&entry.value);
                }
            }
        }
    }
}

/// The kinds of drills, by the paths of the files that were read.
pub(crate) type Drills = BTreeMap<String, Option<DrillSource>>;

/// What kind of drill a file holds.
pub(crate) fn kind(drills: &Drills, path: &str) -> Option<DrillKind> {
    drills.get(path)?.as_ref().map(|drill| drill.authored.drill.kind())
}

#[cfg(test)]
mod tests;
