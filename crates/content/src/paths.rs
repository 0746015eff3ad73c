//! Which paths a pack's files may have, wherever they come from.

use std::collections::BTreeMap;

use cairn_domain::catalog::Fault;
use unicode_normalization::UnicodeNormalization;

use crate::faults::{Code, Pos, fault};

/// The longest path, in bytes.
pub(crate) const MAX_PATH: usize = 400;
/// The longest name in a path, in bytes: what file systems take.
const MAX_NAME: usize = 255;
/// How many folders deep a file may lie.
const MAX_DEPTH: usize = 16;

/// What keeps a path from being that of a pack's file; `None` for a good one.
///
/// A good path is relative, has `/` between its names, and leads nowhere but down.
pub(crate) fn refuse(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.starts_with('/') {
        return Some("it is absolute");
    }
    if path.contains('\\') {
        return Some("it has a backslash");
    }
    if path.chars().any(char::is_control) {
        return Some("it has a control character");
    }
    // `C:` would lead elsewhere on Windows, `a:b` into a stream of `a`.
    if path.contains(':') {
        return Some("it has a colon");
    }
    if path.len() > MAX_PATH || path.split('/').any(|name| name.len() > MAX_NAME) {
        return Some("it is too long");
    }
    if path.split('/').count() > MAX_DEPTH + 1 {
        return Some("it is too deep");
    }
    path.split('/').find_map(|name| match name {
        "" => Some("it has an empty name"),
        "." | ".." => Some("it has `.` or `..`"),
        _ => None,
    })
}

/// Whether any name in the path begins with a dot: such files are not part of a pack.
pub(crate) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|name| name.starts_with('.') && name != "." && name != "..")
}

/// Reports paths that are bad or that can't stand beside one another.
pub(crate) fn check_all<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<Fault> {
    let mut faults = Vec::new();
    // By folded form: the spelling seen first, and whether it is a folder's.
    let mut seen: BTreeMap<String, (&str, bool)> = BTreeMap::new();
    for path in paths {
        if let Some(reason) = refuse(path) {
            faults.push(bad_path(path, reason));
            continue;
        }
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
        for (part, is_folder) in folders.chain([(path, false)]) {
            let Some((other, was_folder)) = seen.insert(fold(part), (part, is_folder)) else { continue };
            let found = if other != part {
                let message = format!("It differs from `{other}` only in case or in how accents are composed.");
                Some((Code::PathCollision, message, "Rename one of them: many systems can't hold both."))
            } else if is_folder != was_folder {
                Some((Code::DuplicatePath, format!("`{part}` is both a file and a folder."), "Rename one of them."))
            } else if !is_folder {
                Some((Code::DuplicatePath, "The file is there twice.".to_owned(), "Keep one of them."))
            } else {
                None
            };
            if let Some((code, message, help)) = found {
                faults.push(fault(path, Pos::FILE, code.as_str(), message, help));
                break;
            }
        }
    }
    faults
}

/// The fault of a path that [`refuse`] refuses.
pub(crate) fn bad_path(path: &str, reason: &str) -> Fault {
    let shown: String = path.chars().take(200).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    let message = format!("The path can't be that of a pack's file: {reason}.");
    fault(
        &shown,
        Pos::FILE,
        Code::BadPath.as_str(),
        message,
        "Use relative paths with `/`, at most 400 bytes and 16 folders deep.",
    )
}

fn fold(path: &str) -> String {
    if path.is_ascii() { path.to_ascii_lowercase() } else { path.nfkc().flat_map(char::to_lowercase).nfkc().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(paths: &[&str]) -> Vec<String> {
        check_all(paths.iter().copied()).into_iter().map(|f| format!("{} {}", f.file, f.code)).collect()
    }

    #[test]
    fn only_relative_paths_that_lead_down_are_taken() {
        for good in ["a", "a/b.md", "courses/ä/ö b.md", "a..b/c...d", ".hidden/x"] {
            assert_eq!(refuse(good), None, "{good}");
        }
        let long = "x".repeat(256);
        let deep = "a/".repeat(17) + "b";
        let far = "abcdefgh/".repeat(50);
        for bad in [
            "", "/a", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "a\\b", "C:/a", "a\0b", "a\nb", &long, &deep, &far,
        ] {
            assert!(refuse(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn paths_that_can_not_stand_together_are_told() {
        assert!(codes(&["a/b", "a/c", "ab"]).is_empty());
        assert_eq!(codes(&["a", "a"]), ["a duplicate-path"]);
        assert_eq!(codes(&["a", "a/b"]), ["a/b duplicate-path"]);
        assert_eq!(codes(&["a/b", "a"]), ["a duplicate-path"]);
        assert_eq!(codes(&["Read.md", "read.md"]), ["read.md path-collision"]);
        assert_eq!(codes(&["A/x", "a/y"]), ["a/y path-collision"]);
        assert_eq!(codes(&["\u{e9}", "e\u{301}"]), ["e\u{301} path-collision"]);
        assert_eq!(codes(&["../x"]), ["../x bad-path"]);
    }

    #[test]
    fn hidden_names_count_anywhere_in_the_path() {
        assert!(is_hidden(".git/config") && is_hidden("a/.b/c") && is_hidden("a/.b"));
        assert!(!is_hidden("a.b/c") && !is_hidden("../a"));
    }
}
