//! Drills as their files give them.

mod hold;

use cairn_domain::catalog::SourceFile;
use cairn_domain::shared::LessonId;
use cairn_drill::Authored;

use crate::faults::{Code, Faults, Guesses, Pos};
use crate::text::{Text, refused_character};
use crate::yaml::{Node, Value, parse};

pub use hold::{Bench, Recording, hold};

/// A drill of a pack as its author wrote it.
#[derive(Debug, Clone)]
pub struct PackDrill {
    /// The lesson that it belongs to.
    pub lesson: LessonId,
    /// The path of its file in the pack.
    pub file: String,
    /// The drill, what is kept from learners, and what it is held against.
    pub authored: Authored,
}

/// Reads a drill's file. `None` after a fault.
pub(crate) fn read_drill(bytes: &[u8], faults: &mut Faults) -> Option<Authored> {
    let before = faults.len();
    let node = read_yaml(bytes, faults)?;
    refuse_characters(&node, faults);
    match cairn_drill::parse(node.json()) {
        Ok(authored) => (faults.len() == before).then_some(authored),
        Err(found) => {
            for fault in found {
                let help = if fault.help.is_empty() { "Correct this field." } else { &fault.help };
                faults.add(node.place(&fault.field), Code::BadDrill, fault.to_string(), help);
            }
            None
        }
    }
}

fn read_yaml(bytes: &[u8], faults: &mut Faults) -> Option<Node> {
    let before = faults.len();
    let text = Text::decode(bytes, faults)?;
    let node = parse(text.as_str(), 1, faults);
    if node.is_none() && faults.len() == before {
        faults.add(Pos::new(1, 1), Code::BadDrill, "The file is empty.", "Begin it with `drill: http/v1`.");
    }
    node
}

/// The place of a field in a drill's file that was read before.
fn place(file: &SourceFile, field: &str) -> Pos {
    read_yaml(&file.bytes, &mut Faults::of(&file.path, Guesses::OF_PACK)).map_or(Pos::FILE, |node| node.place(field))
}

/// Reports U+0000, which stands in YAML's escapes only and which no store takes.
fn refuse_characters(node: &Node, faults: &mut Faults) {
    let mut look = |text: &str, at| {
        if let Some((_, code)) = refused_character(text).filter(|_| text.contains('\0')) {
            faults.add(at, code, "The character U+0000 does not belong in a text.", "Remove it.");
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

#[cfg(test)]
mod tests;
