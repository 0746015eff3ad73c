//! The order within a class: by whole numbers that follow from title and summary.

use std::ops::ControlFlow;

use super::query::{Answers, Wanted};
use super::words::{each_word, stem};
use crate::catalog::Document;

/// What a word is worth where it is found as itself, and as a beginning.
const TITLE: [u32; 2] = [40, 25];
const SUMMARY: [u32; 2] = [8, 4];
/// What each further time in the summary is worth, at most twice.
const AGAIN: u32 = 2;
/// What two words that follow each other as they were typed are worth.
const PAIR_IN_TITLE: u32 = 15;
const PAIR_IN_SUMMARY: u32 = 5;
/// What a title is worth that has all words and nothing else.
const WHOLE: u32 = 60;

/// How a text answers a query's words.
struct Found {
    best: Vec<Option<Answers>>,
    times: Vec<u32>,
    pairs: u32,
    answered: u32,
    parts: u32,
}

fn look(text: &str, words: &[Wanted]) -> Found {
    let none = vec![None; words.len()];
    let mut found = Found { best: none, times: vec![0; words.len()], pairs: 0, answered: 0, parts: 0 };
    let first: Vec<_> = words.iter().map(|word| word.stem.chars().next()).collect();
    let mut before = None;
    _ = each_word(text, |word| {
        // Most words are told apart by their first letter.
        let answer = first.contains(&word.folded.chars().next()).then(|| {
            let stem = stem(word.folded);
            let answers = words.iter().enumerate();
            answers
                .filter_map(|(at, wanted)| Some((wanted.answered_by(word.folded, &stem)?, std::cmp::Reverse(at))))
                .max()
        });
        let answer = answer.flatten();
        if let Some((how, std::cmp::Reverse(at))) = answer {
            found.best[at] = found.best[at].max(Some(how));
            found.times[at] += 1;
            found.pairs += u32::from(before.is_some_and(|before: usize| before + 1 == at));
        }
        if !word.compound {
            found.parts += 1;
            found.answered += u32::from(answer.is_some());
        }
        before = answer.map(|(_, std::cmp::Reverse(at))| at);
        ControlFlow::Continue(())
    });
    found
}

fn worth(found: &Found, [whole, begun]: [u32; 2]) -> u32 {
    let worth = |answer: &Option<Answers>| match answer {
        Some(Answers::Is) => whole,
        Some(Answers::Begins) => begun,
        None => 0,
    };
    found.best.iter().map(worth).sum()
}

/// How well a document's title and summary answer a query; less than 10,000.
pub(super) fn score(document: &Document, words: &[Wanted]) -> u32 {
    let (title, summary) = (look(&document.title, words), look(&document.summary, words));
    let again: u32 = summary.times.iter().map(|times| AGAIN * times.saturating_sub(1).min(2)).sum();
    let (all, had) = (words.len() as u32, title.best.iter().flatten().count() as u32);
    worth(&title, TITLE)
        + PAIR_IN_TITLE * title.pairs.min(8)
        + WHOLE * title.answered * had / (title.parts * all).max(1)
        + worth(&summary, SUMMARY)
        + again
        + PAIR_IN_SUMMARY * summary.pairs.min(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Detail;
    use crate::search::SearchQuery;

    /// The documents, given as title and summary, from the best to the worst.
    fn ordered(query: &str, documents: &[(&str, &str)]) {
        let words = SearchQuery::new(query).unwrap().words;
        let scores: Vec<u32> = documents
            .iter()
            .map(|(title, summary)| {
                let document = Document::new("a", title, Detail::Skill).unwrap();
                score(&Document { summary: (*summary).to_owned(), ..document }, &words)
            })
            .collect();
        assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{query}: {scores:?}");
    }

    #[test]
    fn titles_count_before_summaries_and_words_before_beginnings() {
        ordered(
            "cache",
            &[
                ("Caches", ""),
                ("Caches and more", "About a cache"),
                ("Caches and more", ""),
                ("Cached pages", ""),
                ("Pages", "A cache of a cache"),
                ("Pages", "A cache"),
                ("Pages", "A cached page"),
                ("Pages", ""),
            ],
        );
    }

    #[test]
    fn words_in_their_order_count_more() {
        ordered(
            "conditional requests",
            &[
                ("Conditional requests", ""),
                ("Conditional requests in HTTP", ""),
                ("Requests in HTTP conditional", ""),
                ("Requests", "Conditional requests"),
                ("Requests", "Requests, conditional"),
                ("Requests", ""),
            ],
        );
    }

    #[test]
    fn the_greatest_score_has_four_digits() {
        let words = SearchQuery::new("a b c d e f g hh").unwrap().words;
        let document = Document::new("a", &"a b c d e f g hh ".repeat(10), Detail::Skill).unwrap();
        let document = Document { summary: document.title.clone(), ..document };
        assert!(score(&document, &words) < 10_000);
    }
}
