//! The start page: what this place teaches.

use askama::Template;
use cairn_domain::catalog::{DocKind, Library};
use serde_json::json;

use super::catalogue::{Item, first};
use super::frame::{Frame, Visitor};
use super::{render, shared, structured, visitor};
use crate::call::Call;
use crate::catalogue::library;
use crate::endpoint::Endpoint;
use crate::problem::Problem;
use crate::reply::Reply;

/// The most of a kind that are named here.
const MOST: usize = 12;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::page("/", |call| Box::pin(show(call)))]
}

/// What is taught of one kind.
struct Shelf {
    title: &'static str,
    address: &'static str,
    items: Vec<Item>,
    more: usize,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    summary: String,
    shelves: Vec<Shelf>,
}

fn shelf(library: &Library, kind: DocKind, title: &'static str, address: &'static str) -> Shelf {
    let (items, more) = first(library, kind, MOST);
    Shelf { title, address, items, more }
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let library = library(&call).await?;
    let visitor = visitor(&call).await?;
    let reply = shared(page(&call, &library, visitor.clone())?, &visitor)?;
    if visitor.is_nobody() {
        call.keep(&library, &reply);
    }
    Ok(reply)
}

fn page(call: &Call, library: &Library, visitor: Visitor) -> cairn_domain::Result<String> {
    let (title, summary) = match library.packs() {
        [(release, _)] => (release.pack.title.clone(), release.pack.summary.clone()),
        [] => ("Nothing is taught here yet".to_owned(), String::new()),
        _ => ("What is taught here".to_owned(), String::new()),
    };
    let site = &call.state.site;
    let mut frame = Frame::public(site, visitor, &title, "/").described(&summary);
    let thing =
        json!({ "@context": "https://schema.org", "@type": "WebSite", "name": title, "url": frame.canonical() });
    frame.structured = structured::embedded(&thing);
    let shelves = [
        shelf(library, DocKind::Guide, "Guides", "/guides"),
        shelf(library, DocKind::Track, "Tracks", "/tracks"),
        shelf(library, DocKind::Course, "Courses", "/courses"),
    ];
    let shelves = shelves.into_iter().filter(|shelf| !shelf.items.is_empty()).collect();
    render(&HomePage { frame, summary, shelves })
}
