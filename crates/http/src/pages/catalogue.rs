//! Lists of what is taught.

use askama::Template;
use cairn_domain::catalog::{Detail, DocKind, Document, Library};
use cairn_domain::shared::Page;
use serde_json::Value;

use super::frame::Frame;
use super::{address, render, shared, text, visitor};
use crate::call::Call;
use crate::catalogue::view::From;
use crate::catalogue::{library, select};
use crate::endpoint::Endpoint;
use crate::problem::Problem;
use crate::published::collection;
use crate::reply::Reply;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let list = |endpoint: Endpoint| endpoint.query("cursor", "", Value::Null, &[]);
    vec![
        list(Endpoint::page("/guides", |call| Box::pin(show(call, DocKind::Guide)))),
        list(Endpoint::page("/tracks", |call| Box::pin(show(call, DocKind::Track)))),
        list(Endpoint::page("/courses", |call| Box::pin(show(call, DocKind::Course)))),
    ]
}

/// A document in a list.
pub(super) struct Item {
    pub(super) title: String,
    pub(super) address: String,
    pub(super) summary: String,
    /// The time that it takes; empty where nobody says.
    pub(super) time: String,
}

impl Item {
    fn of(from: From<'_>, document: &Document) -> Self {
        let minutes = match &document.detail {
            Detail::Track(track) => Some(from.track_item(document, track).minutes),
            Detail::Course(_) => Some(from.course_item(document).minutes),
            _ => None,
        };
        Self {
            title: document.title.clone(),
            address: address(document.kind(), &document.slug),
            summary: document.summary.clone(),
            time: minutes.as_ref().map(text::duration).unwrap_or_default(),
        }
    }
}

/// The first documents of a kind, ordered by id, and how many there are beside them. Guides that show a way come before
/// those about one thing.
pub(super) fn first(library: &Library, kind: DocKind, most: usize) -> (Vec<Item>, usize) {
    let packs = library.packs().iter();
    let mut all: Vec<_> = packs
        .flat_map(|(release, catalogue)| {
            let from = From { pack: &release.pack.id, catalogue };
            catalogue.live_after(kind, None).map(move |entry| (from, &entry.document))
        })
        .collect();
    let is_hub = |document: &Document| matches!(&document.detail, Detail::Guide(guide) if !guide.stages.is_empty());
    all.sort_by_key(|(_, document)| (!is_hub(document), &document.id));
    let more = all.len().saturating_sub(most);
    (all.into_iter().take(most).map(|(from, document)| Item::of(from, document)).collect(), more)
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    frame: Frame,
    items: Vec<Item>,
    /// The address of the next page; empty on the last one.
    next: String,
}

async fn show(call: Call, kind: DocKind) -> Result<Reply, Problem> {
    let library = library(&call).await?;
    let visitor = visitor(&call).await?;
    let (title, description) = match kind {
        DocKind::Guide => ("Guides", "Pages about a whole subject, and where each leads."),
        DocKind::Track => ("Tracks", "Courses in the order in which they build on each other."),
        _ => ("Courses", "Lessons in the order in which they build on each other."),
    };
    let path = format!("/{}", collection(kind));
    let list = format!("pages/{}", collection(kind));
    let request = call.page(&list)?;
    let found = select(&library, kind, (None, None), &request)?;
    let page = Page::of_ordered(found, &request, |(key, ..)| key.clone());
    let next = page.next.as_ref().map(|key| call.state.ports.cursors.seal(&list, key));
    let frame = Frame::public(&call.state.site, visitor.clone(), title, path.as_str()).described(description);
    let page = ListPage {
        frame: frame.below("Home", "/").below(title, ""),
        items: page.items.into_iter().map(|(_, from, document)| Item::of(from, document)).collect(),
        next: next.map(|cursor| format!("{path}?cursor={cursor}")).unwrap_or_default(),
    };
    let reply = shared(render(&page)?, &visitor)?;
    if visitor.is_nobody() {
        call.keep(&library, &reply);
    }
    Ok(reply)
}
