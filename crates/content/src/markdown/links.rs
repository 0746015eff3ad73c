use std::collections::{BTreeMap, BTreeSet};

use cairn_domain::catalog::DocKind;
use cairn_domain::shared::ContentId;

use crate::faults::Guesses;

/// What a pack's files are to a link.
#[derive(Debug)]
pub(crate) enum Target {
    /// A document, at the address of its slug.
    Document { kind: DocKind, id: ContentId, slug: ContentId },
    /// A document whose front matter can't be read.
    Broken,
    /// An image, at this address.
    Image(String),
    /// An example program or data, at this address.
    Example(String),
    /// An image of a type that is not served.
    OtherImage,
    /// Any other file.
    Unserved,
}

/// Every file of the pack by its path.
#[derive(Debug, Default)]
pub(crate) struct Site<'a> {
    targets: BTreeMap<&'a str, Target>,
    /// The paths of each name without its folders.
    named: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Site<'a> {
    pub(crate) fn add(&mut self, path: &'a str, target: Target) {
        self.targets.insert(path, target);
        self.named.entry(name(path)).or_default().insert(path);
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Target> {
        self.targets.get(path)
    }

    /// A file whose path is near to one that is not there, as the file at `from` would name it.
    pub(super) fn near(&self, path: &str, from: &str, guesses: &mut Guesses) -> Option<String> {
        let moved = self.named.get(name(path)).filter(|same| same.len() == 1).and_then(BTreeSet::first).copied();
        moved.or_else(|| guesses.near_miss(path, self.targets.keys().copied())).map(|to| relative(from, to))
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Where a link's destination leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// Out of the pack, by `http`, `https` or `mailto`.
    External,
    /// To a file of the pack, and an anchor in it; the path is empty for the text's own file.
    Internal { path: String, anchor: Option<String> },
    /// Somewhere that a link must not lead, for this reason.
    Unsafe(&'static str),
    /// Nowhere, for this reason.
    Nowhere(&'static str),
}

/// Takes apart the destination of a link in the file at `from`, as Markdown gives it: with entities resolved.
pub(super) fn destination(url: &str, from: &str) -> Destination {
    if url.is_empty() {
        return Destination::Nowhere("it has no destination");
    }
    if url.chars().any(char::is_control) {
        return Destination::Unsafe("it has a control character");
    }
    if url.contains('\\') {
        return Destination::Unsafe("it has a backslash");
    }
    let head = url.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((scheme, rest)) = head.split_once(':') {
        let known = ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        let has_host = rest.is_empty() && url[head.len()..].starts_with("//");
        return if !known {
            Destination::Unsafe("only `https:`, `http:` and `mailto:` lead out of a pack")
        } else if url.chars().any(char::is_whitespace) {
            Destination::Unsafe("it has a space")
        } else if !has_host && !scheme.eq_ignore_ascii_case("mailto") {
            Destination::Unsafe("its host is missing")
        } else {
            Destination::External
        };
    }
    if url.starts_with('/') {
        return Destination::Unsafe("it begins with `/`, so that it leads to different places on different servers");
    }
    let (path, anchor) = url.split_once('#').map_or((url, None), |(path, anchor)| (path, Some(anchor)));
    let (Some(path), Some(anchor)) =
        (percent_decode(path), anchor.map(percent_decode).map_or(Some(None), |a| a.map(Some)))
    else {
        return Destination::Nowhere("it has a `%` that is not followed by the digits of a UTF-8 character");
    };
    if path.chars().chain(anchor.iter().flat_map(|a| a.chars())).any(char::is_control) {
        return Destination::Unsafe("it has a control character");
    }
    if path.is_empty() {
        return Destination::Internal { path, anchor };
    }
    match resolve(from, &path) {
        Some(path) => Destination::Internal { path, anchor },
        None => Destination::Nowhere("it leads out of the pack"),
    }
}

/// The path from the pack's root of what the file at `from` calls `path`.
pub(crate) fn resolve(from: &str, path: &str) -> Option<String> {
    let mut names: Vec<&str> = from.split('/').collect();
    names.pop();
    for name in path.split('/') {
        match name {
            "." | "" => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

/// What the file at `from` calls the file at `to`.
fn relative(from: &str, to: &str) -> String {
    let from: Vec<_> = from.split('/').collect();
    let to: Vec<_> = to.split('/').collect();
    let common = from.iter().zip(&to).take(from.len().min(to.len()) - 1).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - 1 - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits =
                std::str::from_utf8(tail.get(..2)?).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(url: &str) -> Destination {
        destination(url, "courses/http/methods.md")
    }
    fn internal(path: &str, anchor: Option<&str>) -> Destination {
        Destination::Internal { path: path.to_owned(), anchor: anchor.map(str::to_owned) }
    }

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(to("messages.md"), internal("courses/http/messages.md", None));
        assert_eq!(to("./messages.md#a-b"), internal("courses/http/messages.md", Some("a-b")));
        assert_eq!(to("../sql/course.md"), internal("courses/sql/course.md", None));
        assert_eq!(to("../../guides/x%20y.md"), internal("guides/x y.md", None));
        assert_eq!(to("#%C3%BCber"), internal("", Some("über")));
        assert!(matches!(to("../../../x.md"), Destination::Nowhere(_)));
        assert!(matches!(to(""), Destination::Nowhere(_)));
        assert!(matches!(to("a%zz.md"), Destination::Nowhere(_)));
        assert!(matches!(to("a%ff.md"), Destination::Nowhere(_)));
    }

    #[test]
    fn only_web_and_mail_lead_out() {
        for good in ["https://example.org/a?b#c", "HTTP://example.org", "mailto:a@example.org"] {
            assert_eq!(to(good), Destination::External, "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://x",
            "//example.org/x",
            "/api/v1/users",
            "\\\\example.org",
            "https:example.org",
            "http:/example.org",
            "https://example.org/a b",
            "x%00.md",
        ] {
            assert!(matches!(to(bad), Destination::Unsafe(_)), "{bad:?}: {:?}", to(bad));
        }
    }

    #[test]
    fn paths_are_named_as_seen_from_a_file() {
        assert_eq!(relative("courses/http/a.md", "courses/http/b.md"), "b.md");
        assert_eq!(relative("courses/http/a.md", "courses/sql/c.md"), "../sql/c.md");
        assert_eq!(relative("a.md", "x/b.md"), "x/b.md");
        assert_eq!(relative("x/y/a.md", "b.md"), "../../b.md");
    }
}
