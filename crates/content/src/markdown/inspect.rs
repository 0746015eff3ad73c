use std::collections::VecDeque;

use comrak::Node;
use comrak::nodes::NodeValue;

use super::anchors::Anchors;
use super::links::{Destination, Site, Target, destination};
use super::{Columns, Pending, Rendered, Role, Source};
use crate::faults::{Code, Faults, Pos, did_you_mean};
use crate::text::refused_character;

/// Walks a text: reports its faults, puts addresses in place of relative paths, and notes what it links to. Gives the
/// ids of the headings in order.
pub(super) fn inspect<'a>(
    root: Node<'a>,
    source: &Source,
    role: Role,
    path: &str,
    site: &Site<'_>,
    rendered: &mut Rendered,
    faults: &mut Faults,
) -> VecDeque<String> {
    let mut walk = Walk { path, site, rendered, faults, html_seen: false };
    let mut anchors = Anchors::default();
    let mut ids = VecDeque::new();
    let mut columns = Columns::new(source);
    for node in root.descendants() {
        let mut at = || columns.of(node);
        let mut address = None;
        match &node.data().value {
            NodeValue::HtmlBlock(block) => walk.html(&block.literal, at()),
            NodeValue::HtmlInline(literal) => walk.html(literal, at()),
            // Entities may spell what the file may not have.
            NodeValue::Text(text) => {
                if let Some((character, code)) = refused_character(text) {
                    let message = format!("The text has the character U+{:04X}.", u32::from(character));
                    walk.faults.add(at(), code, message, "Remove the entity.");
                }
            }
            NodeValue::Heading(heading) => {
                if heading.level == 1 {
                    let help = "Begin headings at `##`; the title in the front matter is the first level.";
                    walk.faults.add(at(), Code::H1InBody, "The text has a heading of the first level.", help);
                }
                if role == Role::Body {
                    let id = anchors.take(&node.collect_text());
                    walk.rendered.anchors.insert(id.clone());
                    ids.push_back(id);
                }
            }
            NodeValue::Link(link) => {
                walk.title(&link.title, &mut at);
                address = walk.link(&link.url, at());
            }
            NodeValue::Image(image) => {
                if node.collect_text().trim().is_empty() {
                    let help = format!("Write what the image shows: `![…]({})`.", crate::yaml::short(&image.url));
                    walk.faults.add(at(), Code::MissingAltText, "The image has no alternative text.", help);
                }
                walk.title(&image.title, &mut at);
                address = walk.image(&image.url, at());
            }
            _ => {}
        }
        if let Some(address) = address
            && let NodeValue::Link(link) | NodeValue::Image(link) = &mut node.data_mut().value
        {
            link.url = address;
        }
    }
    ids
}

struct Walk<'a> {
    path: &'a str,
    site: &'a Site<'a>,
    rendered: &'a mut Rendered,
    faults: &'a mut Faults,
    html_seen: bool,
}

impl Walk<'_> {
    fn html(&mut self, literal: &str, at: Pos) {
        // The end of an element is reported with its beginning.
        if self.html_seen && literal.starts_with("</") {
            return;
        }
        self.html_seen = true;
        let message = format!("The text has raw HTML: `{}`.", crate::yaml::short(literal.trim()));
        let help = if literal.starts_with("<!--") {
            "Remove the comment: readers of the source would see it, and nobody else."
        } else {
            "Write it in Markdown. To show it as text, put it into backticks or write `&lt;` for `<`."
        };
        self.faults.add(at, Code::UnsafeHtml, message, help);
    }

    fn title(&mut self, title: &str, at: &mut dyn FnMut() -> Pos) {
        if let Some((character, code)) = refused_character(title) {
            let message = format!("The title of the link has the character U+{:04X}.", u32::from(character));
            self.faults.add(at(), code, message, "Remove the entity.");
        }
    }

    /// The address that a link gets, where it is not the one that is written.
    fn link(&mut self, url: &str, at: Pos) -> Option<String> {
        let (path, anchor) = self.internal(url, at)?;
        if path.is_empty() {
            let anchor = anchor.unwrap_or_default();
            self.rendered.pending.push(Pending { at, path: self.path.to_owned(), anchor });
            return None;
        }
        let address = match self.site.get(&path) {
            Some(Target::Document { kind, id, slug }) => {
                self.rendered.links.insert((*kind, id.clone()));
                if let Some(anchor) = &anchor {
                    self.rendered.pending.push(Pending { at, path: path.clone(), anchor: anchor.clone() });
                }
                format!("/{kind}s/{slug}")
            }
            Some(Target::Image(address) | Target::Example(address)) => {
                if anchor.is_some() {
                    let message = format!("The file `{path}` is no document and has no anchors.");
                    self.faults.add(at, Code::DanglingAnchor, message, "Remove `#` and what follows.");
                }
                return Some(address.clone());
            }
            Some(Target::OtherImage | Target::Unserved) => {
                let message = format!("The file `{path}` is not shown to readers.");
                let help = "Link to a document, an image, or an example: py, sh, sql, json, txt, http, rs, js, ts, go or toml.";
                self.faults.add(at, Code::UnservedFile, message, help);
                return None;
            }
            Some(Target::Broken) => return None,
            None => {
                self.dangling(&path, at);
                return None;
            }
        };
        Some(match anchor {
            Some(anchor) => format!("{address}#{anchor}"),
            None => address,
        })
    }

    fn image(&mut self, url: &str, at: Pos) -> Option<String> {
        if let Destination::External = destination(url, self.path) {
            let help = "Put the image into the pack: what others serve may change, go away, or watch who reads.";
            self.faults.add(at, Code::UnsafeLink, "The image is not in the pack.", help);
            return None;
        }
        let (path, _) = self.internal(url, at)?;
        match self.site.get(&path) {
            Some(Target::Image(address)) => Some(address.clone()),
            Some(_) => {
                let message = format!(
                    "`{}` is not an image of a type that is served.",
                    if path.is_empty() { url } else { &path }
                );
                self.faults.add(
                    at,
                    Code::UnknownImageType,
                    message,
                    "Use png, jpg, jpeg, gif, webp or svg, in lower case.",
                );
                None
            }
            None => {
                self.dangling(&path, at);
                None
            }
        }
    }

    /// The path and anchor of a link that stays in the pack; reports one that is bad.
    fn internal(&mut self, url: &str, at: Pos) -> Option<(String, Option<String>)> {
        match destination(url, self.path) {
            Destination::External => None,
            Destination::Internal { path, anchor } => Some((path, anchor)),
            Destination::Unsafe(reason) => {
                let message = format!("The link `{}` is not allowed: {reason}.", crate::yaml::short(url));
                let help = "Link to a file of the pack by its relative path, or to a web address with `https:`.";
                self.faults.add(at, Code::UnsafeLink, message, help);
                None
            }
            Destination::Nowhere(reason) => {
                let message = format!("The link `{}` leads nowhere: {reason}.", crate::yaml::short(url));
                self.faults.add(
                    at,
                    Code::DanglingLink,
                    message,
                    "Write the path of a file of the pack, relative to this one.",
                );
                None
            }
        }
    }

    fn dangling(&mut self, path: &str, at: Pos) {
        let near = self.site.near(path, self.path, &mut self.faults.guesses);
        let help = did_you_mean(near.as_deref(), "Correct the path; it is relative to the file that it stands in.");
        self.faults.add(
            at,
            Code::DanglingLink,
            format!("There is no file `{}` in the pack.", crate::yaml::short(path)),
            help,
        );
    }
}
