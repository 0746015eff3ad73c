//! Rust source told apart into code, strings and comments, as far as the checks of text need it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A source file without its comments and its tests.
pub(super) struct Source {
    /// Relative to the project's root, with `/`.
    pub(super) path: String,
    /// The code. Each string, comment and `#[cfg(test)]` item in it is blanked, and lines keep their numbers.
    pub(super) code: String,
    /// The string literals outside comments and tests, with the lines they begin in.
    pub(super) strings: Vec<(usize, String)>,
}

impl Source {
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let (mut code, strings) = split(text);
        let tests = test_items(&code);
        let mut kept = Vec::new();
        for (at, string) in strings {
            if !tests.iter().any(|range| range.contains(&at)) {
                kept.push((line_of(text, at), string));
            }
        }
        for range in tests {
            let blank = blanked(&code[range.clone()]);
            code.replace_range(range, &blank);
        }
        Self { path: path.to_owned(), code, strings: kept }
    }

    /// The lines in which one of `needles` stands in the code, not as a part of a longer word.
    pub(super) fn lines_with<'a>(&self, needles: &'a [&'a str]) -> Vec<(usize, &'a str)> {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let mut found = Vec::new();
        for needle in needles {
            for (at, _) in self.code.match_indices(needle) {
                let before = self.code[..at].chars().next_back().is_some_and(word);
                let after = self.code[at + needle.len()..].chars().next().is_some_and(word);
                let (begins, ends) = (needle.starts_with(word), needle.ends_with(word));
                if !(begins && before || ends && after) {
                    found.push((line_of(&self.code, at), *needle));
                }
            }
        }
        found
    }
}

/// The Rust files under `folder` of `root`, but for files of tests (`tests.rs`, `tests/`, `benches/`).
pub(super) fn sources(root: &Path, folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    assert!(!files.is_empty(), "there is no Rust file in {folder}, so nothing was checked");
    let read = |path: &PathBuf| {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        Source::parse(&relative, &fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["tests", "benches", "target"].contains(&name) {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "build.rs" {
            files.push(path);
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// As many bytes, with every line's end in its place.
fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The code with strings and comments blanked, and the strings with the places where they begin.
fn split(text: &str) -> (String, Vec<(usize, String)>) {
    let mut code = String::with_capacity(text.len());
    let mut strings = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let in_word = code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((length, content)) = raw_string(rest).filter(|_| !in_word).or_else(|| string(rest)) {
            strings.push((at, content));
            length
        } else if let Some(length) = character(rest) {
            length
        } else {
            let c = rest.chars().next().unwrap();
            code.push(c);
            at += c.len_utf8();
            continue;
        };
        code += &blanked(&rest[..taken]);
        at += taken;
    }
    (code, strings)
}

/// The length of a comment `/* … */`, which may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest[at..].chars().next().unwrap().len_utf8();
        }
    }
    at
}

/// `"…"` with escapes left as they are: its length and its content.
fn string(rest: &str) -> Option<(usize, String)> {
    let inner = rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((at + 2, inner[..at].to_owned())),
            _ => {}
        }
    }
    Some((rest.len(), inner.to_owned()))
}

/// `r"…"`, `r#"…"#` and so on, with `b` or `c` before them: its length and its content.
fn raw_string(rest: &str) -> Option<(usize, String)> {
    let marked = rest.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let hashes = marked.len() - marked.trim_start_matches('#').len();
    let inner = marked[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inner.find(&end).unwrap_or(inner.len());
    let total = (rest.len() - inner.len()) + length + end.len();
    Some((total.min(rest.len()), inner[..length].to_owned()))
}

/// The length of a character such as `'"'` or `'\n'`; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return Some(2 + first + escape[first..].find('\'')? + 1);
    }
    let first = inner.chars().next()?.len_utf8();
    inner[first..].starts_with('\'').then_some(first + 2)
}

/// Where the items marked `#[cfg(test)]` stand, in code without strings and comments.
fn test_items(code: &str) -> Vec<std::ops::Range<usize>> {
    let mut items: Vec<std::ops::Range<usize>> = Vec::new();
    for (start, _) in code.match_indices("#[cfg(test)]") {
        if items.last().is_some_and(|last| last.contains(&start)) {
            continue;
        }
        let mut depth = 0;
        let mut end = code.len();
        for (at, c) in code[start..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ';' if depth == 0 => {}
                _ => continue,
            }
            if depth == 0 {
                end = start + at + 1;
                break;
            }
        }
        items.push(start..end);
    }
    items
}

#[test]
fn code_strings_and_comments_are_told_apart() {
    let source = Source::parse(
        "x.rs",
        "fn a<'a>() { let q = '\"'; // \"no\" unsafe\n\
         /* \"no\" /* nested */ unsafe */ call(\"one \\\" still\", r#\"two \"quoted\" //\"#, b\"three\");\n\
         let c = '\\''; let r = for_r\"x\"; }\n\
         let many = \"first\nsecond\"; end()",
    );
    let strings: Vec<_> = source.strings.iter().map(|(line, text)| (*line, text.as_str())).collect();
    let expected = [(2, "one \\\" still"), (2, "two \"quoted\" //"), (2, "three"), (3, "x"), (4, "first\nsecond")];
    assert_eq!(strings, expected);
    assert!(!source.code.contains("unsafe") && source.code.contains("call(") && source.code.contains("end()"));
    assert_eq!(source.lines_with(&["end("]), [(5, "end(")]);
}

#[test]
fn tests_in_a_file_are_left_out() {
    let source = Source::parse(
        "x.rs",
        "fn a() { b() }\n#[cfg(test)]\nuse secret::only;\n#[cfg(test)]\nmod tests { fn t() { secret(\"s\") } }\nfn z() {}",
    );
    assert!(!source.code.contains("secret") && source.strings.is_empty());
    assert_eq!(source.lines_with(&["z"]), [(6, "z")]);
}

#[test]
fn a_part_of_a_word_is_not_the_word() {
    let source = Source::parse("x.rs", "unsafe_code(); not_unsafe(); env::vars(); env::var(x)");
    assert_eq!(source.lines_with(&["unsafe"]), []);
    assert_eq!(source.lines_with(&["env::var"]), [(1, "env::var")]);
}
