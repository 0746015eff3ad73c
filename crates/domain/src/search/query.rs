//! What somebody searches for.

use std::ops::ControlFlow;

use super::index::{FEW, SOME, kind_term, pack_term, title_term};
use super::words::{each_word, stem};
use super::{CLASSES, Expression};
use crate::catalog::DocKind;
use crate::shared::{Error, PackId, Result, check_text};

/// The longest query, in characters.
const MAX_LENGTH: usize = 200;

/// The most words of a query.
const MAX_WORDS: usize = 8;

/// What somebody searches for, as it was typed: one to eight words, of which the last may be the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    pub(super) words: Vec<Wanted>,
}

/// A word that is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As it was typed, folded.
    pub(super) folded: String,
    pub(super) stem: String,
    /// Whether words that begin so do as well.
    pub(super) prefix: bool,
}

/// How a word of a text answers one that is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answers {
    /// It begins so.
    Begins,
    /// It is the word, or its plural.
    Is,
}

impl Wanted {
    fn new(folded: &str, prefix: bool) -> Self {
        Self { folded: folded.to_owned(), stem: stem(folded), prefix }
    }

    /// Another word in its place.
    pub(super) fn replaced(&self, by: &str) -> Self {
        Self::new(by, false)
    }

    pub(super) fn answered_by(&self, folded: &str, stem: &str) -> Option<Answers> {
        if self.stem == stem {
            Some(Answers::Is)
        } else if self.prefix && (stem.starts_with(&self.stem) || folded.starts_with(&self.folded)) {
            Some(Answers::Begins)
        } else {
            None
        }
    }

    /// The documents that have it at a level.
    pub(super) fn at(&self, level: u8) -> Expression {
        let term = |word: &str| format!("{level}{word}");
        match (self.prefix, self.folded == self.stem) {
            (false, _) => Expression::Term(term(&self.stem)),
            (true, true) => Expression::Prefix(term(&self.stem)),
            // The stem of what was typed need not be how a longer word begins.
            (true, false) => {
                Expression::Any(vec![Expression::Prefix(term(&self.stem)), Expression::Prefix(term(&self.folded))])
            }
        }
    }
}

impl SearchQuery {
    /// Reads a query. Case, diacritics and punctuation do not count. The last word is taken for the beginning of one too,
    /// unless something follows it or it is a single letter.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] at `/q` when it has fewer than two letters or digits, more than 200 characters or more than
    /// eight words.
    pub fn new(text: &str) -> Result<Self> {
        let fault = |rule, detail: String| Error::field("/q", rule, detail);
        if check_text(text, 0, MAX_LENGTH).is_err() {
            return Err(fault("too_long", format!("`q` has at most {MAX_LENGTH} characters, none of them U+0000.")));
        }
        let mut words: Vec<(Wanted, std::ops::Range<usize>)> = Vec::new();
        _ = each_word(text, |word| {
            if word.compound {
                // What is joined is wanted as it was joined.
                words.retain(|(_, at)| at.start < word.at.start);
            }
            words.push((Wanted::new(word.folded, false), word.at));
            ControlFlow::Continue(())
        });
        if words.iter().map(|(word, _)| word.folded.chars().count()).sum::<usize>() < 2 {
            return Err(fault("too_short", "Search for a word: `q` needs two letters or digits at least.".to_owned()));
        }
        if let Some((last, at)) = words.last_mut() {
            last.prefix = at.end == text.len() && last.folded.chars().nth(1).is_some();
        }
        let mut all: Vec<Wanted> = Vec::new();
        for (word, _) in words {
            match all.iter().position(|other| other.stem == word.stem) {
                Some(at) if word.prefix => {
                    all.remove(at);
                    all.push(word);
                }
                Some(_) => {}
                None => all.push(word),
            }
        }
        if all.len() > MAX_WORDS {
            return Err(fault("too_many", format!("Search for at most {MAX_WORDS} words; there are {}.", all.len())));
        }
        Ok(Self { words: all })
    }

    /// The classes of documents that have all words: in the title, so that they are about them, with one of them in the
    /// title, and all others.
    pub(super) fn all_words(&self, filters: &[Expression]) -> [Expression; CLASSES] {
        let every = |level| self.words.iter().map(move |word| word.at(level));
        let within =
            |parts: Vec<Expression>| Expression::All(parts.into_iter().chain(filters.iter().cloned()).collect());
        let [text, about, title] = [1, 2, 3].map(|level| within(every(level).collect()));
        let (is_about, in_title) = (about.clone(), title.clone());
        if self.words.len() == 1 {
            return [title, about.except(&in_title), Expression::nothing(), text.except(&is_about)];
        }
        let one = within(every(1).chain([Expression::Any(every(3).collect())]).collect());
        let before = Expression::Any(vec![is_about.clone(), one.clone()]);
        [title, about.except(&in_title), one.except(&is_about), text.except(&before)]
    }

    /// The documents of a class that has too many, in parts: those whose title begins with the words, then an even choice
    /// from all others, so that an engine need not look at each to tell which come first.
    pub(super) fn parted(&self, class: &Expression) -> [Expression; CLASSES] {
        let stems: Vec<_> = self.words.iter().map(|word| word.stem.clone()).collect();
        let begins = match self.words.last() {
            Some(last) if last.prefix => Expression::Prefix(title_term(&stems)),
            _ => Expression::Term(title_term(&stems)),
        };
        let both = |other: &Expression| Expression::All(vec![class.clone(), other.clone()]);
        let (few, some) = (Expression::Term(FEW.to_owned()), Expression::Term(SOME.to_owned()));
        [
            both(&begins),
            both(&few).except(&begins),
            both(&some).except(&few).except(&begins),
            class.clone().except(&some).except(&begins),
        ]
    }

    /// The classes of documents that have any of the words: in the title, so that they are about it, and all others.
    pub(super) fn any_word(&self, filters: &[Expression]) -> [Expression; CLASSES] {
        let any = |level| {
            let any = Expression::Any(self.words.iter().map(|word| word.at(level)).collect());
            Expression::All(std::iter::once(any).chain(filters.iter().cloned()).collect())
        };
        let [text, about, title] = [1, 2, 3].map(any);
        let (is_about, in_title) = (about.clone(), title.clone());
        let nothing = Expression::nothing();
        [title, about.except(&in_title), nothing, text.except(&is_about)]
    }
}

/// Only documents of a kind, and only those of a pack.
pub(super) fn filters(kind: Option<DocKind>, pack: Option<&PackId>) -> Vec<Expression> {
    let terms = kind.map(kind_term).into_iter().chain(pack.map(pack_term));
    terms.map(Expression::Term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let query = SearchQuery::new(text).unwrap();
        query.words.iter().map(|word| format!("{}{}", word.folded, if word.prefix { "*" } else { "" })).collect()
    }

    fn rule(text: &str) -> String {
        SearchQuery::new(text).unwrap_err().violations()[0].rule.clone()
    }

    #[test]
    fn a_query_is_words_of_which_the_last_may_go_on() {
        for (text, expected) in [
            ("Conditional requ", vec!["conditional", "requ*"]),
            ("conditional requests ", vec!["conditional", "requests"]),
            ("If-None-Match", vec!["ifnonematch*"]),
            ("C++", vec!["c++*"]),
            ("HTTP/1.1 cache", vec!["http11", "cache*"]),
            ("index Indexes", vec!["indexes*"]),
            ("to C", vec!["to", "c"]),
            ("\"etag\"", vec!["etag"]),
            ("数据", vec!["数", "据"]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_query_is_told() {
        for short in ["", " ", "a", "?!", "-"] {
            assert_eq!(rule(short), "too_short", "{short:?}");
        }
        assert_eq!(rule(&"x".repeat(201)), "too_long");
        assert_eq!(rule("a\0b"), "too_long");
        assert_eq!(rule("a b c d e f g h i"), "too_many");
        assert_eq!(SearchQuery::new("a a a a b b b b c").unwrap().words.len(), 3);
    }

    #[test]
    fn a_word_answers_as_itself_its_plural_and_its_beginning() {
        let query = SearchQuery::new("queries delay").unwrap();
        let answer = |at: usize, word: &str| query.words[at].answered_by(word, &stem(word));
        assert_eq!((answer(0, "query"), answer(0, "queried")), (Some(Answers::Is), None));
        assert_eq!((answer(1, "delays"), answer(1, "delayed")), (Some(Answers::Is), Some(Answers::Begins)));
    }
}
