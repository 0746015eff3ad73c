//! The place of a text that shows best why it was found.

use std::ops::{ControlFlow, Range};

use super::passage::each_passage;
use super::query::Wanted;
use super::words::{each_word, stem};

/// How long an excerpt is about, in bytes.
const LENGTH: usize = 220;

/// How much of a text is looked through.
const LOOKED_AT: usize = 64 << 10;

/// A piece of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Plain text.
    pub text: String,
    /// Whether it is a word that was searched for.
    pub matches: bool,
}

/// Where the words of a query stand in a passage.
#[derive(Default)]
struct Seen {
    text: String,
    /// Place of a word in the text, and of the word in the query.
    places: Vec<(Range<usize>, usize)>,
    /// How many of the words there are.
    different: usize,
}

/// Notes the places of words in a text.
fn see(text: &str, words: &[Wanted], places: &mut Vec<(Range<usize>, usize)>) -> usize {
    places.clear();
    let mut which = 0_u32;
    let first: Vec<_> = words.iter().filter_map(|word| word.stem.chars().next()).collect();
    _ = each_word(text, |word| {
        // Most words are told apart by their first letter.
        if word.folded.chars().next().is_some_and(|c| first.contains(&c)) {
            let stem = stem(word.folded);
            if let Some(at) = words.iter().position(|wanted| wanted.answered_by(word.folded, &stem).is_some()) {
                which |= 1 << at;
                places.push((word.at, at));
            }
        }
        ControlFlow::Continue(())
    });
    which.count_ones() as usize
}

/// An excerpt of a document: of the first passage with most of the words, or else of the summary, or the beginning.
pub(super) fn excerpt(summary: &str, html: &str, words: &[Wanted]) -> Vec<Part> {
    let mut best = Seen { text: summary.to_owned(), ..Seen::default() };
    best.different = see(summary, words, &mut best.places);
    let (mut places, mut from_text, mut looked_at) = (Vec::new(), false, 0);
    _ = each_passage(html, |passage| {
        let different = see(passage.text, words, &mut places);
        // What the summary says is shown beside the excerpt, so the text comes first.
        let equal = different > 0 && different == best.different && !from_text;
        if different > best.different || equal || best.text.is_empty() {
            from_text = true;
            best.text.clear();
            best.text.push_str(passage.text);
            std::mem::swap(&mut best.places, &mut places);
            best.different = different;
        }
        looked_at += passage.text.len();
        if from_text && best.different == words.len() || looked_at > LOOKED_AT {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    cut(&best)
}

/// The stretch of a passage that has most of the words, in parts.
fn cut(seen: &Seen) -> Vec<Part> {
    let text = &seen.text;
    let stretch = stretch(seen);
    let mut parts = Vec::new();
    let mut push = |text: &str, matches| {
        if !text.is_empty() {
            parts.push(Part { text: text.to_owned(), matches });
        }
    };
    if stretch.start > 0 {
        push("… ", false);
    }
    let mut at = stretch.start;
    let mut places: Vec<_> = seen.places.iter().map(|(place, _)| place.clone()).collect();
    // A compound comes behind its parts; where it answers, it is marked as a whole.
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    for place in places {
        if place.start >= at && place.end <= stretch.end {
            push(&text[at..place.start], false);
            push(&text[place.clone()], true);
            at = place.end;
        }
    }
    push(&text[at..stretch.end], false);
    if stretch.end < text.len() {
        push(" …", false);
    }
    parts
}

fn stretch(seen: &Seen) -> Range<usize> {
    let text = &seen.text;
    if text.len() <= LENGTH + LENGTH / 4 {
        return 0..text.len();
    }
    let different = |from: usize| {
        let within = seen.places.iter().filter(|(place, _)| place.start >= from && place.end <= from + LENGTH * 3 / 4);
        within.fold(0_u32, |which, (_, word)| which | 1 << word).count_ones()
    };
    // Of equal ones the first.
    let starts = seen.places.iter().map(|(place, _)| place.start);
    let first = starts.max_by_key(|start| (different(*start), std::cmp::Reverse(*start))).unwrap_or(0);
    let from = first.saturating_sub(LENGTH / 4).min(text.len().saturating_sub(LENGTH));
    let (mut start, mut end) = (from, (from + LENGTH).min(text.len()));
    // To the borders of words, unless one is longer than any should be.
    let space = |c: char| c == ' ';
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    if start > 0 {
        let ahead = &text[start..first.max(start)];
        start = ahead.find(space).map_or(start, |at| start + at + 1);
    }
    if end < text.len() {
        end = text[start..end].rfind(space).map_or(end, |at| start + at).max(first + 1);
        while !text.is_char_boundary(end) {
            end += 1;
        }
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::SearchQuery;
    use proptest::prelude::*;

    fn shown(query: &str, summary: &str, html: &str) -> String {
        let words = SearchQuery::new(query).unwrap().words;
        let parts = excerpt(summary, html, &words);
        parts.iter().map(|part| if part.matches { format!("[{}]", part.text) } else { part.text.clone() }).collect()
    }

    #[test]
    fn the_passage_with_most_words_is_shown() {
        let html =
            "<h2>Caches</h2><p>A cache keeps answers.</p><p>An ETag tells a cache whether &lt;they&gt; changed.</p>";
        assert_eq!(shown("cache etag", "S.", html), "An [ETag] tells a [cache] whether <they> changed.");
        assert_eq!(shown("cache", "About a cache.", html), "[Caches]");
        assert_eq!(shown("answer", "", html), "A cache keeps [answers].");
        assert_eq!(shown("nowhere", "A summary.", html), "A summary.");
        assert_eq!(shown("nowhere", "", html), "Caches");
        assert_eq!(shown("summa", "A summary.", html), "A [summary].");
        assert_eq!(
            shown("if-none-match", "", "<p>Send If-None-Match, none else.</p>"),
            "Send [If-None-Match], none else."
        );
        assert_eq!(shown("none", "", "<p>Send If-None-Match.</p>"), "Send If-[None]-Match.");
    }

    #[test]
    fn a_long_passage_is_cut_between_words() {
        let html = format!("<p>{}the needle and the thread {}</p>", "hay ".repeat(200), "straw ".repeat(200));
        let shown = shown("needle thread", "", &html);
        assert!(shown.starts_with("… hay ") && shown.ends_with(" straw …"), "{shown}");
        assert!(shown.contains("[needle] and the [thread]") && shown.len() < 260, "{shown}");
    }

    proptest! {
        #[test]
        fn an_excerpt_is_a_bounded_piece_of_the_text(text in "[a-cäö數\u{301} .-]{0,700}", query in "[a-cäö]{2,3}") {
            let words = SearchQuery::new(&query).unwrap().words;
            let parts = excerpt("", &format!("<p>{text}</p>"), &words);
            let joined: String = parts.iter().map(|part| part.text.as_str()).collect();
            let inner = joined.trim_start_matches("… ").trim_end_matches(" …");
            let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert!(whole.contains(inner), "{joined}");
        }
    }
}
