//! Searching what is published.

use askama::Template;
use cairn_domain::catalog::DocKind;
use serde_json::Value;

use super::field::{Told, told};
use super::frame::Frame;
use super::{render, shared, visitor};
use crate::call::Call;
use crate::catalogue::library;
use crate::endpoint::Endpoint;
use crate::extract::query::escaped;
use crate::problem::{Problem, Reason};
use crate::reply::Reply;
use crate::search::{SearchView, results};

const KINDS: &[&str] = &["guide", "track", "course", "lesson", "skill"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let page = Endpoint::page("/search", |call| Box::pin(show(call)))
        .query("q", "The words.", Value::Null, &[])
        .query("kind", "Only documents of this kind.", Value::Null, KINDS)
        .query("cursor", "", Value::Null, &[]);
    vec![page]
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    words: String,
    kind: String,
    found: Option<SearchView>,
    /// The address of the next page; empty on the last one.
    next: String,
    told: Vec<Told>,
}

impl SearchPage {
    fn kinds(&self) -> &'static [&'static str] {
        KINDS
    }
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let library = library(&call).await?;
    let visitor = visitor(&call).await?;
    let words = call.parameters.get("q").unwrap_or_default().to_owned();
    // The form's field for any kind is empty.
    let kind = call.parameters.get("kind").unwrap_or_default().to_owned();
    let only: Option<DocKind> = if kind.is_empty() { None } else { call.parameters.parse("kind")? };
    let (found, faults) = if words.trim().is_empty() {
        (None, Vec::new())
    } else {
        match results(&call, &library, &words, only, None, "pages/").await {
            Ok(found) => (Some(found), Vec::new()),
            Err(problem) if problem.reason == Reason::Domain(cairn_domain::Code::Invalid) => (None, told(&problem)),
            Err(problem) => return Err(problem),
        }
    };
    let frame = Frame { public: false, ..Frame::public(&call.state.site, visitor.clone(), "Search", "/search") };
    let next = found.as_ref().and_then(|found| found.next.clone()).map(|cursor| {
        let kind = if kind.is_empty() { String::new() } else { format!("&kind={kind}") };
        format!("/search?q={}{kind}&cursor={cursor}", escaped(&words))
    });
    let frame = frame.below("Home", "/").below("Search", "");
    let page = SearchPage { frame, words, kind, found, next: next.unwrap_or_default(), told: faults };
    let reply = shared(render(&page)?, &visitor)?;
    if visitor.is_nobody() {
        call.keep(&library, &reply);
    }
    Ok(reply)
}
