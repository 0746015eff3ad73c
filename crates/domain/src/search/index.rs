//! Under which terms a document is found, and how the index follows releases.
//!
//! A word's term has a digit before it, which says how much the word is about the document: `3` in its title; `2` there,
//! in its summary, in a heading, or often in its text; `1` anywhere. Who asks for `2cach` so gets the documents that are
//! about caches, from any engine, without it weighing anything. `0` begins the whole title: words joined by `_`.
//! `k_lesson` is the kind and `p_backend` the pack; one document in eight has `h_8`, one in 64 also `h_64`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::passage::each_passage;
use super::words::{each_word, stem};
use super::{Indexed, SearchReader};
use crate::catalog::{Catalogue, DocKind, Document};
use crate::shared::{ContentId, PackId, Result};
use crate::{ReadTx, WriteTx};

/// The form of terms. Raise it when the same document becomes other terms, so that servers index all anew at their start.
const FORM: &str = "1";

/// How often a word stands in a text that is about it.
const OFTEN: u32 = 4;

/// How much of terms a document has, in bytes; PostgreSQL takes a mebibyte. Words behind are not found.
const MOST: usize = 400 << 10;

/// How many documents are read, and put into the index, at a time.
const BATCH: usize = 200;

/// The term of one document in 64, and of one in eight, which those have as well: see [`choice`].
pub(super) const FEW: &str = "h_64";
pub(super) const SOME: &str = "h_8";

/// An even choice of documents that depends on nothing but their names, by FNV-1a and more.
fn choice(kind: DocKind, id: &ContentId) -> u64 {
    let bytes = kind.as_str().bytes().chain([b' ']).chain(id.as_str().bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // Names that differ in their last letters differ in few bits; MurmurHash3's last steps spread them.
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

pub(super) fn kind_term(kind: DocKind) -> String {
    format!("k_{kind}")
}

pub(super) fn pack_term(pack: &PackId) -> String {
    format!("p_{}", pack.as_str().replace('.', "#"))
}

/// The stems of a text's words in order, compounds apart.
pub(super) fn stems(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut parts, mut compounds) = (Vec::new(), Vec::new());
    _ = each_word(text, |word| {
        if word.compound { &mut compounds } else { &mut parts }.push(stem(word.folded));
        ControlFlow::Continue(())
    });
    (parts, compounds)
}

/// The term of a title as a whole.
pub(super) fn title_term(parts: &[String]) -> String {
    format!("0{}", parts.join("_"))
}

fn stamp(document: &Document) -> String {
    format!("{FORM}:{}", document.revision)
}

fn terms(pack: &PackId, document: &Document, html: &str) -> Vec<String> {
    let (title, compounds) = stems(&document.title);
    let whole = title_term(&title);
    let mut levels: BTreeMap<String, (u8, u32)> = BTreeMap::new();
    let mut size = 0;
    let mut add = |word: String, level: u8| {
        if let Some((of, times)) = levels.get_mut(&word) {
            *of = level.max(*of);
            *times += 1;
            if *times >= OFTEN {
                *of = 2.max(*of);
            }
        } else if size < MOST {
            size += 2 * (word.len() + 1);
            levels.insert(word, (level, 1));
        }
    };
    title.into_iter().chain(compounds).for_each(|word| add(word, 3));
    let (summary, compounds) = stems(&document.summary);
    summary.into_iter().chain(compounds).for_each(|word| add(word, 2));
    _ = each_passage(html, |passage| {
        let (words, compounds) = stems(passage.text);
        let level = if passage.heading { 2 } else { 1 };
        words.into_iter().chain(compounds).for_each(|word| add(word, level));
        ControlFlow::Continue(())
    });
    let mut terms = vec![whole, kind_term(document.kind()), pack_term(pack)];
    let choice = choice(document.kind(), &document.id);
    terms.extend(
        [(8, SOME), (64, FEW)]
            .into_iter()
            .filter(|(of, _)| choice.is_multiple_of(*of))
            .map(|(_, term)| term.to_owned()),
    );
    for (word, (level, _)) in levels {
        terms.extend((1..=level).map(|level| format!("{level}{word}")));
    }
    terms
}

/// What of a pack's index is not as its catalogue wants it: what has to be put there, and what has to go.
type Difference<'a> = (Vec<&'a Document>, Vec<(DocKind, ContentId)>);

fn difference<'a>(reader: &mut dyn SearchReader, pack: &PackId, catalogue: &'a Catalogue) -> Result<Difference<'a>> {
    let present = reader.indexed(pack)?;
    let live: Vec<_> = catalogue.entries().filter(|entry| !entry.retired).map(|entry| &entry.document).collect();
    let keys: BTreeSet<_> = live.iter().map(|document| document.key()).collect();
    let wanting = live.into_iter().filter(|document| present.get(&document.key()) != Some(&stamp(document))).collect();
    let gone = present.into_keys().filter(|key| !keys.contains(key)).collect();
    Ok((wanting, gone))
}

/// Makes the index of a pack that of its current release: what has changed is indexed anew, what is retired goes.
///
/// # Errors
/// Those of the store.
pub(crate) fn follow(tx: &mut dyn WriteTx, pack: &PackId, catalogue: &Catalogue) -> Result<()> {
    let (wanting, gone) = difference(tx.search(), pack, catalogue)?;
    if !gone.is_empty() {
        tx.search_mut().forget(&gone)?;
    }
    for batch in wanting.chunks(BATCH) {
        let texts = tx.search().texts(batch)?;
        let documents: Vec<_> = batch
            .iter()
            .zip(&texts)
            .map(|(document, html)| Indexed {
                kind: document.kind(),
                id: document.id.clone(),
                stamp: stamp(document),
                terms: terms(pack, document, html),
            })
            .collect();
        tx.search_mut().index(pack, &documents)?;
    }
    Ok(())
}

/// Whether the index is what the current releases want. It is not after an upgrade from a version without it, or after a
/// release that such a version has made.
///
/// # Errors
/// Those of the store.
pub fn is_indexed(tx: &mut dyn ReadTx) -> Result<bool> {
    for (release, catalogue) in tx.catalog().library()?.packs() {
        let (wanting, gone) = difference(tx.search(), &release.pack.id, catalogue)?;
        if !(wanting.is_empty() && gone.is_empty()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the index what the current releases want. Indexes only what is missing or has changed, so it may run at any time.
///
/// # Errors
/// Those of the store.
pub fn index_all(tx: &mut dyn WriteTx) -> Result<()> {
    let library = tx.catalog().library()?;
    library.packs().iter().try_for_each(|(release, catalogue)| follow(tx, &release.pack.id, catalogue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Detail, Lesson};

    #[test]
    fn terms_say_where_a_word_stands() {
        let mut document = Document::new("a", "HTTP caches", Detail::Lesson(Lesson::reading(5))).unwrap();
        document.summary = "Freshness.".to_owned();
        let html = "<h2>Validators</h2><p>An ETag, an etag and an ETag; once more an etag. A store.</p>";
        let terms = terms(&PackId::new("p.q").unwrap(), &document, html);
        let of = |level: char| terms.iter().filter(|term| term.starts_with(level)).cloned().collect::<Vec<_>>();
        assert_eq!(of('0'), ["0http_cache"]);
        assert_eq!(of('3'), ["3cache", "3http"]);
        assert_eq!(of('2'), ["2an", "2cache", "2etag", "2freshness", "2http", "2validator"]);
        assert!(of('1').contains(&"1store".to_owned()) && of('1').contains(&"1cache".to_owned()));
        assert!(terms.contains(&"k_lesson".to_owned()) && terms.contains(&"p_p#q".to_owned()));
    }

    #[test]
    fn a_choice_is_even() {
        let chosen = |of: u64| {
            let all = (0..8_000).map(|n| choice(DocKind::Lesson, &ContentId::new(format!("lesson-{n}")).unwrap()));
            all.filter(|choice| choice.is_multiple_of(of)).count()
        };
        assert!((800..1_200).contains(&chosen(8)) && (90..170).contains(&chosen(64)), "{} {}", chosen(8), chosen(64));
    }

    #[test]
    fn a_text_without_end_has_its_bound() {
        let document = Document::new("a", "A", Detail::Lesson(Lesson::reading(5))).unwrap();
        let words: String = (0..200_000).map(|n| format!("w{n} ")).collect();
        let terms = terms(&PackId::new("p").unwrap(), &document, &words);
        assert!(terms.iter().map(|term| term.len() + 1).sum::<usize>() < 1 << 20);
    }
}
