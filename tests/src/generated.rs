//! Files that are kept in the project although they follow from its code: a test compares them with what the code says
//! now, so that a change of theirs is seen in review, and writes them when `CAIRN_UPDATE=1` is set.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Compares the file at `path`, relative to the project's root, with `now`; writes it when `CAIRN_UPDATE=1` is set.
///
/// # Panics
/// When they differ, with the first line that does and the command that writes the file, of which `test` is a part: a
/// beginning of the test's name that no other test shares. Also when the file can't be written.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so by the environment")]
pub fn assert_same(path: &str, now: &str, test: &str) {
    let file = root().join(path);
    if env::var("CAIRN_UPDATE").is_ok_and(|value| value == "1") {
        if let Err(error) = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, now)) {
            panic!("{path} can't be written: {error}");
        }
        return;
    }
    if let Some(difference) = difference(fs::read_to_string(&file).ok().as_deref(), now) {
        panic!(
            "{path} {difference}\nIf the change is meant: CAIRN_UPDATE=1 cargo test --locked -p cairn-tests --test \
             suite {test}\nThen read what changed in it before you commit it."
        );
    }
}

fn difference(kept: Option<&str>, now: &str) -> Option<String> {
    let Some(kept) = kept else { return Some("does not exist.".to_owned()) };
    if kept == now {
        return None;
    }
    let (mut kept_lines, mut now_lines) = (kept.lines(), now.lines());
    for number in 1.. {
        let (was, is) = (kept_lines.next(), now_lines.next());
        if was != is {
            let show = |line: Option<&str>| line.map_or("(the end)".to_owned(), |line| format!("`{line}`"));
            return Some(format!("differs in line {number}: it has {}, the code says {}.", show(was), show(is)));
        }
        if was.is_none() {
            break;
        }
    }
    Some("differs in its ends of lines.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn the_first_difference_is_told() {
        assert_eq!(difference(Some("a\nb\n"), "a\nb\n"), None);
        assert_eq!(difference(None, "a").unwrap(), "does not exist.");
        assert_eq!(difference(Some("a\nb\n"), "a\nc\n").unwrap(), "differs in line 2: it has `b`, the code says `c`.");
        assert_eq!(difference(Some("a\nb"), "a").unwrap(), "differs in line 2: it has `b`, the code says (the end).");
        assert_eq!(difference(Some("a\r\n"), "a\n").unwrap(), "differs in its ends of lines.");
    }

    #[test]
    #[should_panic(expected = "no-such-file.json does not exist.")]
    fn a_file_that_is_gone_fails() {
        super::assert_same("no-such-file.json", "{}", "x");
    }
}
