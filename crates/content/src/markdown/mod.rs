//! Markdown becomes HTML, once: checked, with links resolved, code highlighted and everything sanitised.

mod anchors;
mod highlight;
mod html;
mod inspect;
mod links;
mod sanitise;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cairn_domain::catalog::DocKind;
use cairn_domain::shared::ContentId;
use comrak::nodes::NodeValue;
use comrak::{Arena, Node, Options};

use crate::faults::{Code, Faults, Pos};

pub(crate) use links::{Site, Target, resolve};

/// How deep lists, quotes and emphasis may be nested. Readers lose the thread long before.
const MAX_DEPTH: usize = 48;

/// The longest text, in bytes. It is taken apart into its parts at once, and where it is nothing but marks they need some
/// four hundred times its size.
const MAX_TEXT: usize = 256 << 10;

/// The longest HTML that a text may become, in bytes: a note referred to ten thousand times makes more of it.
const MAX_HTML: usize = 2 << 20;

/// A text in Markdown and where it stands in its file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// Where the characters of a text stand in its file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin {
    /// From this line on, each line after so many characters.
    Lines { line: u32, indent: u32 },
    /// Somewhere in the value that begins here.
    Value(Pos),
    /// One line that begins here.
    Line(Pos),
}

/// Tells where nodes stand. The parser counts columns in bytes; counting characters is left for the few nodes that are
/// asked about, each going on from the one before, so that a text of one long line does not take the square of its length.
struct Columns<'a> {
    origin: Origin,
    lines: Vec<&'a str>,
    line: usize,
    bytes: usize,
    characters: usize,
}

impl<'a> Columns<'a> {
    fn new(source: &'a Source) -> Self {
        Self { origin: source.origin, lines: source.text.split('\n').collect(), line: 0, bytes: 0, characters: 0 }
    }

    /// The place of the beginning of a node.
    fn of(&mut self, node: Node<'_>) -> Pos {
        let start = node.data().sourcepos.start;
        let text = start.line.checked_sub(1).and_then(|n| self.lines.get(n)).copied().unwrap_or_default();
        let bytes = start.column.saturating_sub(1).min(text.len());
        if start.line != self.line || bytes < self.bytes {
            (self.line, self.bytes, self.characters) = (start.line, 0, 0);
        }
        // A character is counted by its first byte.
        let new = &text.as_bytes()[self.bytes..bytes];
        self.characters += new.iter().filter(|byte| (**byte as i8) >= -0x40).count();
        self.bytes = bytes;
        self.origin.place(start.line, self.characters + 1)
    }
}

impl Origin {
    fn place(self, line: usize, column: usize) -> Pos {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (line, column) = (small(line.max(1)), small(column.max(1)));
        match self {
            Self::Lines { line: first, indent } => {
                Pos::new(first.saturating_add(line - 1), column.saturating_add(indent))
            }
            Self::Line(at) if line == 1 => Pos::new(at.line, at.column.saturating_add(column - 1)),
            Self::Line(at) | Self::Value(at) => at,
        }
    }
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The text of a document: it has footnotes, and its headings can be linked to.
    Body,
    /// Part of a quiz.
    Fragment,
    /// A choice: inline where it is one paragraph, so that it can label a field.
    Choice,
}

/// A text as it is served, and what it is connected to.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) html: String,
    /// The ids of its headings.
    pub(crate) anchors: BTreeSet<String>,
    /// The documents that it links to.
    pub(crate) links: BTreeSet<(DocKind, ContentId)>,
    /// Anchors of other texts, or of this document, that it links to.
    pub(crate) pending: Vec<Pending>,
}

/// A link whose anchor is looked for when all texts are known.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) at: Pos,
    pub(crate) path: String,
    pub(crate) anchor: String,
}

static OPTIONS: LazyLock<[Options<'static>; 2]> = LazyLock::new(|| [true, false].map(options));

fn options(footnotes: bool) -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = footnotes;
    options
}

/// Renders a text of the file at `path`. When it has faults its HTML is left empty.
pub(crate) fn render(source: &Source, role: Role, path: &str, site: &Site<'_>, faults: &mut Faults) -> Rendered {
    let mut rendered = Rendered::default();
    let before = faults.len();
    if source.text.len() > MAX_TEXT {
        too_much(source, format!("The text has {} bytes; at most {MAX_TEXT} are allowed.", source.text.len()), faults);
        return rendered;
    }
    let options = if role == Role::Body { &OPTIONS[0] } else { &OPTIONS[1] };
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, &source.text, options);
    if let Some(deep) = too_deep(root) {
        refuse_depth(Columns::new(source).of(deep), faults);
        return rendered;
    }
    let ids = inspect::inspect(root, source, role, path, site, &mut rendered, faults);
    if faults.len() == before {
        if role == Role::Choice {
            unwrap_paragraph(root);
        }
        let html = html::format(root, options, ids);
        if html.len() > MAX_HTML || sanitise::is_too_costly(&html) {
            let message =
                "The text is too much for a page: it has passages without end, or becomes more than 2 MiB of HTML.";
            too_much(source, message.to_owned(), faults);
            return rendered;
        }
        rendered.html = sanitise::sanitise(&html);
    }
    rendered
}

fn too_much(source: &Source, message: String, faults: &mut Faults) {
    let help = "Divide it into paragraphs, and into several lessons.";
    faults.add(source.origin.place(1, 1), Code::TooLarge, message, help);
}

fn refuse_depth(at: Pos, faults: &mut Faults) {
    let message = format!("The text is nested more than {MAX_DEPTH} deep here.");
    faults.add(at, Code::TooDeep, message, "Flatten it: use headings in place of lists in lists and quotes in quotes.");
}

/// The first node that is deeper than is allowed.
fn too_deep(root: Node<'_>) -> Option<Node<'_>> {
    let (mut node, mut depth) = (root, 0);
    loop {
        if depth > MAX_DEPTH {
            return Some(node);
        }
        if let Some(child) = node.first_child() {
            (node, depth) = (child, depth + 1);
            continue;
        }
        loop {
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            (node, depth) = (node.parent()?, depth - 1);
        }
    }
}

/// Puts the content of the only paragraph in its place.
fn unwrap_paragraph(root: Node<'_>) {
    if let Some(only) = root.first_child().filter(|child| child.next_sibling().is_none())
        && matches!(only.data().value, NodeValue::Paragraph)
    {
        while let Some(child) = only.first_child() {
            child.detach();
            only.insert_before(child);
        }
        only.detach();
    }
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
