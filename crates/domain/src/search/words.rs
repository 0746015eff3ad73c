//! What a word is: the same for documents and for what is searched for, so that no store's own idea of it counts.
//!
//! A word is a run of letters and digits, in lower case and without diacritics ("Größe" is `grosse`); each Chinese or
//! Japanese character is one by itself. Parts that are joined by `-`, `_` or `'` are words each, and together one more:
//! "If-None-Match" is `if`, `none`, `match` and `ifnonematch`. So are those that are joined by `. / : @` or `::`:
//! "HTTP/1.1" is `http`, `1` and `http11`, and "std::unique_ptr" also `uniqueptr` and `stduniqueptr`. One or two `+` or `#`
//! at the end belong to a word: "C++" is `c` and `c++`. The English plural is taken off: see [`stem`].

use std::ops::{ControlFlow, Range};

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The longest word, in characters; what is behind does not count.
const LONGEST: usize = 40;

/// A word of a text.
#[derive(Debug)]
pub(super) struct Word<'a> {
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// Folded, with its plural.
    pub(super) folded: &'a str,
    /// Whether it is made of others, which come before it.
    pub(super) compound: bool,
}

/// Tells each word of a text in turn, until it is told to stop.
pub(super) fn each_word(text: &str, tell: impl FnMut(Word<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut reader = Reader { tell, part: String::new(), start: 0, tight: Joined::default(), whole: Joined::default() };
    reader.read(text)
}

/// Parts that are joined.
#[derive(Default)]
struct Joined {
    text: String,
    parts: usize,
    start: usize,
}

impl Joined {
    fn push(&mut self, part: &str, start: usize) {
        if self.parts == 0 {
            self.start = start;
        }
        self.parts += 1;
        self.text.push_str(part);
    }

    /// Tells it when it is more than one part, and begins anew.
    fn end(&mut self, at: usize, tell: &mut impl FnMut(Word<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let more = self.parts > 1;
        self.parts = 0;
        if more {
            cut(&mut self.text);
            tell(Word { at: self.start..at, folded: &self.text, compound: true })?;
        }
        self.text.clear();
        ControlFlow::Continue(())
    }
}

struct Reader<F> {
    tell: F,
    part: String,
    start: usize,
    /// The parts joined by `-`, `_` and `'`.
    tight: Joined,
    /// What is joined by other signs, in parts that may be joined themselves.
    whole: Joined,
}

impl<F: FnMut(Word<'_>) -> ControlFlow<()>> Reader<F> {
    fn read(&mut self, text: &str) -> ControlFlow<()> {
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c.is_ascii_alphanumeric() {
                // Most words are of these letters alone, and are taken a stretch at a time.
                if self.part.is_empty() {
                    self.start = at;
                }
                let length = text[at..].bytes().take_while(u8::is_ascii_alphanumeric).count();
                let from = self.part.len();
                self.part.push_str(&text[at..at + length]);
                self.part[from..].make_ascii_lowercase();
                if length > 1 {
                    // The letters are one byte each, so that this is the last of them.
                    _ = chars.nth(length - 2);
                }
            } else if is_single(c) {
                self.end(at)?;
                fold(c, &mut self.part);
                self.start = at;
                self.end(at + c.len_utf8())?;
            } else if c.is_alphanumeric() {
                if self.part.is_empty() {
                    self.start = at;
                }
                fold(c, &mut self.part);
            } else if self.part.is_empty() {
                self.end(at)?;
            } else if is_combining_mark(c) {
                // It belongs to the letter before it.
            } else if matches!(c, '+' | '#') {
                self.suffixed(text, at)?;
            } else {
                let tight = matches!(c, '-' | '_' | '\'' | '’');
                if c == ':' {
                    // `::` joins as one.
                    _ = chars.next_if(|(_, next)| *next == ':');
                }
                let goes_on = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric() && !is_single(*next));
                if tight && goes_on {
                    self.end_part(at)?;
                } else if matches!(c, '.' | '/' | ':' | '@') && goes_on {
                    self.end_tight(at)?;
                } else {
                    self.end(at)?;
                }
            }
        }
        self.end(text.len())
    }

    /// The part before a `+` or `#`, and with it.
    fn suffixed(&mut self, text: &str, at: usize) -> ControlFlow<()> {
        let signs = text[at..].bytes().take_while(|byte| matches!(byte, b'+' | b'#')).count();
        let next = text[at + signs..].chars().next();
        if signs > 2 || next.is_some_and(char::is_alphanumeric) {
            return self.end(at);
        }
        cut(&mut self.part);
        let (part, start) = (self.part.clone() + &text[at..at + signs], self.start);
        self.end(at)?;
        (self.tell)(Word { at: start..at + signs, folded: &part, compound: true })
    }

    fn end_part(&mut self, at: usize) -> ControlFlow<()> {
        if self.part.is_empty() {
            return ControlFlow::Continue(());
        }
        self.tight.push(&self.part, self.start);
        cut(&mut self.part);
        (self.tell)(Word { at: self.start..at, folded: &self.part, compound: false })?;
        self.part.clear();
        ControlFlow::Continue(())
    }

    /// The end of a part and of what it is joined to most tightly.
    fn end_tight(&mut self, at: usize) -> ControlFlow<()> {
        self.end_part(at)?;
        if self.tight.parts > 0 {
            self.whole.push(&self.tight.text, self.tight.start);
        }
        self.tight.end(at, &mut self.tell)
    }

    /// The end of a part and of all that it is joined to.
    fn end(&mut self, at: usize) -> ControlFlow<()> {
        self.end_tight(at)?;
        self.whole.end(at, &mut self.tell)
    }
}

/// Whether a character is a word by itself: scripts that are written without spaces.
fn is_single(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

fn cut(word: &mut String) {
    if word.len() > LONGEST
        && let Some((at, _)) = word.char_indices().nth(LONGEST)
    {
        word.truncate(at);
    }
}

/// Adds a letter or digit in the form that is compared; nothing of it is anything else than a letter or digit.
fn fold(c: char, into: &mut String) {
    if c.is_ascii() {
        into.push(c.to_ascii_lowercase());
        return;
    }
    decompose_compatible(c, |part| {
        for part in part.to_lowercase() {
            match part {
                'ß' => into.push_str("ss"),
                part if part.is_alphanumeric() && !is_combining_mark(part) => into.push(part),
                _ => {}
            }
        }
    });
}

/// A word without its English plural, in the form that is indexed: "queries" and "query" are one, "caches" and "cache",
/// "indexes" and "index". Words without a vowel (`https`, `dns`) and those with a digit or a foreign letter stay.
pub(super) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    let plain = word.bytes().all(|byte| byte.is_ascii_lowercase());
    if word.len() < 4 || !plain || !word.bytes().any(|byte| b"aeiou".contains(&byte)) {
        return stem;
    }
    if word.len() > 4 && word.ends_with("ies") {
        stem.truncate(word.len() - 2);
        return stem;
    }
    if word.ends_with("xes") {
        stem.truncate(word.len() - 2);
    } else if word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") {
        stem.pop();
    }
    if stem.len() >= 6 && stem.ends_with('e') {
        stem.pop();
    } else if stem.len() >= 4 && stem.ends_with('y') {
        stem.pop();
        stem.push('i');
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        _ = each_word(text, |word| {
            all.push((word.folded.to_owned(), text[word.at].to_owned()));
            ControlFlow::Continue(())
        });
        all
    }

    fn folded(text: &str) -> String {
        words(text).into_iter().map(|(word, _)| word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_folded_and_parted() {
        for (text, expected) in [
            ("If-None-Match: *", "if none match ifnonematch"),
            ("HTTP/1.1", "http 1 1 http11"),
            ("C++, C# and C", "c c++ c c# and c"),
            ("a+b x+++", "a b x"),
            ("Größe, ÉTÉ, e\u{301}te\u{301}, İstanbul, ﬁn", "grosse ete ete istanbul fin"),
            (
                "Vec::new() self.read_file, snake_case",
                "vec new vecnew self read file readfile selfreadfile snake case snakecase",
            ),
            ("don't e-mail me@example.org.", "don t dont e mail email me example org meexampleorg"),
            ("数据库 index かな", "数 据 库 index か な"),
            ("“quoted” — dashed … 12½", "quoted dashed 1212"),
            ("", ""),
            ("-- ++ :: .", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn words_tell_where_they_stand() {
        assert_eq!(
            words("see If-Match, C++"),
            [("see", "see"), ("if", "If"), ("match", "Match"), ("ifmatch", "If-Match"), ("c", "C"), ("c++", "C++")]
                .map(|(word, text)| (word.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn the_plural_is_taken_off() {
        for (one, many) in [
            ("index", "indexes"),
            ("query", "queries"),
            ("cache", "caches"),
            ("branch", "branches"),
            ("table", "tables"),
            ("box", "boxes"),
            ("status", "statuses"),
            ("class", "classes"),
            ("key", "keys"),
            ("api", "apis"),
            ("delay", "delays"),
            ("message", "messages"),
        ] {
            assert_eq!(stem(one), stem(many), "{one}");
        }
        assert_ne!(stem("https"), stem("http"));
        assert_ne!(stem("notes"), stem("not"));
        assert_eq!((stem("dns"), stem("s3s")), ("dns".into(), "s3s".into()));
    }

    proptest! {
        #[test]
        fn words_are_letters_and_digits_within_the_text(text in "\\PC{0,60}") {
            _ = each_word(&text, |word| {
                assert!(text.is_char_boundary(word.at.start) && text.is_char_boundary(word.at.end));
                assert!(word.at.start < word.at.end && word.folded.chars().count() <= LONGEST + 2);
                assert!(word.folded.chars().all(|c| c.is_alphanumeric() || matches!(c, '+' | '#')), "{:?}", word.folded);
                assert!(!word.folded.bytes().any(|byte| byte.is_ascii_uppercase()));
                ControlFlow::Continue(())
            });
        }
    }
}
