//! Searches on 50,000 lessons, against the bare query on the same index.

use std::time::Instant;

use cairn_domain::StoreExt;
use cairn_domain::catalog::{Course, Detail, Document, DraftDocument, Lesson};
use cairn_domain::search::{Search, SearchQuery, search};
use cairn_domain::shared::{LessonId, PageRequest, Revision};

use crate::raw::Place;
use crate::report::{alternate, line, note};
use crate::seed;

const ROUNDS: usize = 5;
const LESSONS: usize = 50_000;
const LESSONS_OF_A_COURSE: usize = 50;
/// Words of a lesson, of which some stand there often, as in any text.
const WORDS: usize = 400;
/// How often each search is run in a round.
const TIMES: usize = 100;
/// How many documents a query takes that is not asked for the best.
const ANY: Option<u32> = Some(200);
/// Hits of a page.
const PAGE: u32 = 20;

/// What is searched for, and the bare query as terms that are all wanted; `*` marks a beginning.
const CASES: [(&str, &str, &[&str]); 5] = [
    ("a word of 20,000 lessons", "index ", &["1index"]),
    ("a word of 10 lessons", "needle ", &["1needle"]),
    ("two words, of 20,000 and 5,000 lessons", "index lock ", &["1index", "1lock"]),
    ("the beginning of a word", "transac", &["1transac*"]),
    ("a misspelt word of 500 titles", "isolatoin ", &["1isolation"]),
];

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }

    /// One of 20,000 words, the first ones far more often than the last.
    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 16] =
            ["ba", "co", "di", "fu", "ga", "he", "jo", "ku", "la", "mi", "no", "pe", "ra", "so", "tu", "ve"];
        let bound = self.below(20_000) + 1;
        let mut n = self.below(bound) + 16;
        let mut word = String::new();
        while n > 0 {
            word.push_str(SYLLABLES[n % 16]);
            n /= 16;
        }
        word
    }
}

fn document(id: &str, title: String, html: String, detail: Detail) -> DraftDocument {
    let mut document = Document::new(id, &title, detail).unwrap();
    document.revision = Revision::from_digest([html.len() as u8; 32]);
    DraftDocument { document, html, task: None }
}

fn lesson(n: usize, numbers: &mut Numbers) -> DraftDocument {
    let mut title: Vec<String> = (0..4).map(|_| numbers.word()).collect();
    for (every, word) in [(33, "index"), (100, "isolation"), (150, "transactions"), (300, "locks")] {
        if n.is_multiple_of(every) {
            title.push(word.to_owned());
        }
    }
    let mut words: Vec<String> = (0..WORDS).map(|_| numbers.word()).collect();
    for (of, word) in [(40, "index"), (10, "lock"), (5, "transaction"), (5, "transactional")] {
        if numbers.below(100) < of {
            let at = numbers.below(WORDS);
            words[at] = word.to_owned();
        }
    }
    if n.is_multiple_of(5_000) {
        words[0] = "needle".to_owned();
    }
    let paragraphs: String = words.chunks(50).map(|words| format!("<p>{}.</p>\n", words.join(" "))).collect();
    document(&format!("lesson-{n:05}"), title.join(" "), paragraphs, Detail::Lesson(Lesson::reading(5)))
}

fn fill(place: &Place) -> std::time::Duration {
    let mut numbers = Numbers(1);
    let mut documents: Vec<_> = (0..LESSONS).map(|n| lesson(n, &mut numbers)).collect();
    for n in 0..LESSONS / LESSONS_OF_A_COURSE {
        let ids = (0..LESSONS_OF_A_COURSE).map(|m| LessonId::new(format!("lesson-{:05}", n * LESSONS_OF_A_COURSE + m)));
        let course = Course { lessons: ids.map(Result::unwrap).collect(), ..Course::default() };
        documents.push(document(
            &format!("course-{n:04}"),
            format!("Course {n}"),
            String::new(),
            Detail::Course(course),
        ));
    }
    let start = Instant::now();
    seed::apply(place.store(), documents, 1);
    start.elapsed()
}

/// Microseconds for each search, a page of hits with their excerpts.
fn ours(place: &Place, text: &str) -> f64 {
    let wanted = Search { query: SearchQuery::new(text).unwrap(), kind: None, pack: None };
    let page = PageRequest::new(Some(PAGE), None).unwrap();
    let library = place.store().read(|tx| tx.catalog().library()).unwrap();
    let start = Instant::now();
    for _ in 0..TIMES {
        let found = place.store().read(|tx| search(tx, &library, &wanted, &page)).unwrap();
        assert!(found.page.items.len() >= 10);
    }
    start.elapsed().as_secs_f64() * 1e6 / TIMES as f64
}

/// A search of each kind on both databases.
pub(crate) fn search_figures() {
    for (name, place) in [("SQLite", Place::sqlite()), ("PostgreSQL", Place::postgres())] {
        note(&format!("{name}: 51,000 documents applied and indexed in {:.1} s", fill(&place).as_secs_f64()));
        place.settle();
        for (what, text, terms) in CASES {
            // Which are the best is not known before all were found.
            let (found, raw) = alternate(ROUNDS, || ours(&place, text), || place.search_micros(terms, None, TIMES));
            let ratio = found / raw;
            line(&format!("{what}, on {name}"), &format!("{ratio:.2} of the raw query"), "<= 3", ratio <= 3.0);
            let (again, any) = alternate(ROUNDS, || ours(&place, text), || place.search_micros(terms, ANY, TIMES));
            note(&format!("{found:.0} µs against {raw:.0} µs; {:.1} of whichever 200 come first", again / any));
        }
    }
}
