use super::excerpt::excerpt;
use super::query::{Wanted, filters};
use super::score::score;
use super::{CANDIDATES, CLASSES, Expression, Part, SearchQuery, SearchReader};
use crate::ReadTx;
use crate::catalog::{Catalogue, DocKind, Document, Library};
use crate::shared::{ContentId, LessonId, PackId, Page, PageRequest, Result};

/// What is searched for, and where.
#[derive(Debug, Clone)]
pub struct Search {
    /// The words.
    pub query: SearchQuery,
    /// Only documents of this kind.
    pub kind: Option<DocKind>,
    /// Only documents of this pack.
    pub pack: Option<PackId>,
}

/// A document that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The pack that it belongs to.
    pub pack: PackId,
    /// The document as it is served now.
    pub document: Document,
    /// Of a lesson: its course.
    pub course: Option<Document>,
    /// A piece of its text with the words marked.
    pub excerpt: Vec<Part>,
}

/// A word that was taken for another, since no document has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// As it was typed, in lower case.
    pub from: String,
    /// The word of a title that was searched for in its place.
    pub to: String,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// The best documents first.
    pub page: Page<Hit>,
    /// Words that were taken for others.
    pub corrected: Vec<Correction>,
    /// Whether the documents have all words, as they do unless none has.
    pub all_words: bool,
    /// Whether more were found than [`CANDIDATES`], beyond which none is listed.
    pub more: bool,
}

/// A document that was found, with its place in the order.
struct Candidate<'a> {
    key: String,
    pack: &'a PackId,
    catalogue: &'a Catalogue,
    document: &'a Document,
}

impl Candidate<'_> {
    /// Of a lesson: its course.
    fn course(&self) -> Option<Document> {
        if self.document.kind() != DocKind::Lesson {
            return None;
        }
        let course = self.catalogue.course(self.catalogue.course_of(&LessonId::from(&self.document.id))?)?;
        Some(course.document().clone())
    }
}

/// Finds the documents of the current releases that have the words, the best first.
///
/// `library` is what the server teaches now; what the index has beside it is left out.
///
/// # Errors
/// Those of the store.
pub fn search(tx: &mut dyn ReadTx, library: &Library, search: &Search, page: &PageRequest) -> Result<Results> {
    let filters = filters(search.kind, search.pack.as_ref());
    let mut query = search.query.clone();
    let mut classes = query.all_words(&filters);
    let mut found = tx.search().matching(&classes)?;
    let (mut corrected, mut all_words) = (Vec::new(), true);
    if found.is_empty() {
        corrected = correct(tx.search(), library, &mut query)?;
        if !corrected.is_empty() {
            classes = query.all_words(&filters);
            found = tx.search().matching(&classes)?;
        }
        if found.is_empty() && query.words.len() > 1 {
            all_words = false;
            classes = query.any_word(&filters);
            found = tx.search().matching(&classes)?;
        }
    }
    let more = found.len() > CANDIDATES;
    if let Some((last, ..)) = found.last().cloned().filter(|_| more) {
        // Which of the last class are among the best must be the same wherever it is asked.
        found.retain(|(class, ..)| *class < last);
        let parts = tx.search().foremost(&query.parted(&classes[last]))?;
        found.extend(parts.into_iter().map(|(_, kind, id)| (last, kind, id)));
        found.truncate(CANDIDATES);
    }
    let mut candidates: Vec<_> =
        found.iter().filter_map(|(class, kind, id)| candidate(library, *class, *kind, id, &query.words)).collect();
    candidates.sort_by(|a, b| a.key.cmp(&b.key));
    let page = Page::of_ordered(candidates, page, |candidate| candidate.key.clone());
    let documents: Vec<_> = page.items.iter().map(|candidate| candidate.document).collect();
    let mut texts = if documents.is_empty() { Vec::new() } else { tx.search().texts(&documents)? }.into_iter();
    let page = page.map(|candidate| Hit {
        pack: candidate.pack.clone(),
        excerpt: excerpt(&candidate.document.summary, &texts.next().unwrap_or_default(), &query.words),
        document: candidate.document.clone(),
        course: candidate.course(),
    });
    Ok(Results { page, corrected, all_words, more })
}

fn candidate<'a>(
    library: &'a Library,
    class: usize,
    kind: DocKind,
    id: &ContentId,
    words: &[Wanted],
) -> Option<Candidate<'a>> {
    library.packs().iter().find_map(|(release, catalogue)| {
        let entry = catalogue.entry(kind, id).filter(|entry| !entry.retired)?;
        let document = &entry.document;
        let worse = 9_999 - score(document, words).min(9_999);
        let key = format!("{class}{worse:04}{}{id}", kind as u8);
        Some(Candidate { key, pack: &release.pack.id, catalogue, document })
    })
}

/// Puts the nearest word of a title in the place of each word that no document has.
fn correct(reader: &mut dyn SearchReader, library: &Library, query: &mut SearchQuery) -> Result<Vec<Correction>> {
    let mut corrected = Vec::new();
    for word in &mut query.words {
        let classes: [_; CLASSES] =
            std::array::from_fn(|class| if class == 0 { word.at(1) } else { Expression::nothing() });
        if !reader.matching(&classes)?.is_empty() {
            continue;
        }
        let words = library.packs().iter().map(|(_, catalogue)| catalogue.title_words());
        if let Some((_, _, near)) = words.filter_map(|words| words.nearest(&word.folded)).min() {
            corrected.push(Correction { from: word.folded.clone(), to: near.to_owned() });
            *word = word.replaced(near);
        }
    }
    Ok(corrected)
}
