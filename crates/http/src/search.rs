//! Search over what is published. Public.

use std::sync::Arc;

use cairn_domain::StoreExt as _;
use cairn_domain::catalog::{DocKind, Library};
use cairn_domain::search::{Correction, Hit, Part, Results, Search, SearchQuery, search};
use cairn_domain::shared::PackId;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::catalogue::examples::reference;
use crate::catalogue::library;
use crate::catalogue::view::Reference;
use crate::endpoint::{Endpoint, Verb};
use crate::headers::Cache;
use crate::problem::{Problem, Success};
use crate::reply::Reply;

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchView {
    /// The best first.
    pub(crate) items: Vec<HitView>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    pub(crate) next: Option<String>,
    /// Words that no document has, and the words of titles that were searched for in their place.
    pub(crate) corrected: Vec<CorrectionView>,
    /// Whether each document has all words. Where none has, those with any of them are listed.
    pub(crate) all_words: bool,
    /// Whether more than 200 documents were found, beyond which none is listed.
    pub(crate) more: bool,
}

/// A word that was taken for another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CorrectionView {
    /// As it was typed, in lower case.
    #[schema(example = "conditionel")]
    pub(crate) from: String,
    /// What was searched for.
    #[schema(example = "conditional")]
    pub(crate) to: String,
}

/// A document that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitView {
    #[serde(flatten)]
    pub(crate) document: Reference,
    /// Plain text, at most 300 characters; may be empty.
    pub(crate) summary: String,
    /// The id of the pack that it belongs to.
    pub(crate) pack: String,
    /// The course that a lesson stands in; null for what is no lesson.
    #[schema(required)]
    pub(crate) course: Option<Reference>,
    /// A piece of its text, in parts; joined they are plain text.
    pub(crate) excerpt: Vec<PartView>,
}

/// A part of an excerpt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartView {
    /// Plain text.
    pub(crate) text: String,
    /// Whether it is a word that was searched for.
    #[serde(rename = "match")]
    pub(crate) matches: bool,
}

impl From<Part> for PartView {
    fn from(Part { text, matches }: Part) -> Self {
        Self { text, matches }
    }
}

impl From<Correction> for CorrectionView {
    fn from(Correction { from, to }: Correction) -> Self {
        Self { from, to }
    }
}

impl From<Hit> for HitView {
    fn from(hit: Hit) -> Self {
        Self {
            document: Reference::to(&hit.document),
            summary: hit.document.summary,
            pack: hit.pack.to_string(),
            course: hit.course.as_ref().map(Reference::to),
            excerpt: hit.excerpt.into_iter().map(PartView::from).collect(),
        }
    }
}

fn example() -> Value {
    let mut item = reference("course", "paths", "Paths");
    item["summary"] = json!("From the first step to the last.");
    item["pack"] = json!("examples");
    item["course"] = Value::Null;
    item["excerpt"] = json!([{ "text": "From the first step to the last.", "match": false }]);
    json!({ "items": [item], "next": null, "corrected": [], "all_words": true, "more": false })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const KINDS: &[&str] = &["guide", "track", "course", "lesson", "skill"];
    let endpoint = Endpoint::new(Verb::Get, "/api/v1/search", "search", |call| Box::pin(find(call)))
        .describe(
            "Catalogue",
            "Searches what is published",
            "Finds documents by their words: in the title, the summary, the headings and the text, in this order. Case, \
             diacritics and the English plural do not count, and the last word may be the beginning of one. A document has \
             all words; only where none has are those with any of them listed, with `all_words` false. A word that no \
             document has is taken for the nearest word of a title, which `corrected` tells. At most 200 documents are \
             listed; `more` tells whether others were found. Questions and answers of quizzes are not searched.",
        )
        .query("q", "One to eight words, at most 200 characters.", "path", &[])
        .query("kind", "Only documents of this kind.", "course", KINDS)
        .query("pack", "Only those of this pack.", "examples", &[])
        .gives::<SearchView>(Success::Ok, "A page of what was found.", example())
        .paged()
        .tagged();
    vec![endpoint]
}

async fn find(call: Call) -> Result<Reply, Problem> {
    let library = library(&call).await?;
    let pack: Option<PackId> = call.parameters.parse("pack")?;
    if pack.as_ref().is_some_and(|pack| library.pack(pack).is_none()) {
        return Err(Call::field("/pack", "unknown", "There is no such pack."));
    }
    let kind: Option<DocKind> = call.parameters.parse("kind")?;
    let text = call.parameters.get("q").unwrap_or_default().to_owned();
    let view = results(&call, &library, &text, kind, pack, "").await?;
    let mut reply = Reply::ok(&view)?;
    if let Some(link) = call.link(view.next.as_deref()) {
        reply = reply.link(&link)?;
    }
    let reply = reply.digest()?.cache(Cache::Public);
    call.keep(&library, &reply);
    Ok(reply)
}

/// A page of what the words of a text find; `place` tells the cursors of one list from those of another.
pub(crate) async fn results(
    call: &Call,
    library: &Arc<Library>,
    text: &str,
    kind: Option<DocKind>,
    pack: Option<PackId>,
    place: &str,
) -> Result<SearchView, Problem> {
    let list = format!("{place}search?{}", call.parameters.canonical(&["cursor", "limit"]));
    let page = call.page(&list)?;
    let wanted = Search { query: SearchQuery::new(text)?, kind, pack };
    let seen = library.clone();
    let found: Results =
        call.reading(move |state| state.ports.store.read(|tx| search(tx, &seen, &wanted, &page))).await?;
    let next = found.page.next.as_ref().map(|key| call.state.ports.cursors.seal(&list, key));
    Ok(SearchView {
        items: found.page.items.into_iter().map(HitView::from).collect(),
        next,
        corrected: found.corrected.into_iter().map(CorrectionView::from).collect(),
        all_words: found.all_words,
        more: found.more,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_tells_how_many_are_listed() {
        assert_eq!(cairn_domain::search::CANDIDATES, 200);
    }
}
