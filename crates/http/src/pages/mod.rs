//! The pages for people: HTML made on the server, from the same use cases as the API's answers.
//!
//! A page is a row like a route of the API ([`Endpoint::page`]); what its forms are sent to is a row that names the
//! operation of the API which does the same ([`Endpoint::action`]). Templates stand in `templates/`.

mod account;
mod attempt;
mod author;
mod catalogue;
mod document;
mod feeds;
mod field;
mod frame;
mod graph;
mod home;
mod learning;
mod own;
mod plan;
mod practice;
mod refusal;
mod search;
mod session;
mod structured;
mod study;
mod style;
#[cfg(test)]
mod tests;
mod text;
mod tokens;
mod weeks;

use actix_web::http::header::{HeaderValue, VARY};
use askama::Template;
use cairn_domain::{Error, Result};

pub(crate) use document::{address, published};
pub(crate) use frame::{Frame, Site, Visitor};
pub(crate) use practice::asked;
pub(crate) use refusal::{asks_for_page, refuse};

use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::headers::{Cache, Policy};
use crate::problem::Problem;
use crate::reply::Reply;

/// The media type of pages.
const HTML: &str = "text/html; charset=utf-8";

/// The routes of all pages; what is called most comes first.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let parts = [
        document::endpoints(),
        home::endpoints(),
        catalogue::endpoints(),
        style::endpoints(),
        session::endpoints(),
        learning::endpoints(),
        study::endpoints(),
        attempt::endpoints(),
        plan::endpoints(),
        practice::endpoints(),
        search::endpoints(),
        account::endpoints(),
        tokens::endpoints(),
        feeds::endpoints(),
        author::endpoints(),
    ];
    parts.into_iter().flatten().collect()
}

/// A template as text.
fn render(page: &impl Template) -> Result<String> {
    page.render().map_err(Error::internal)
}

/// A page that everybody sees alike who is not signed in: for them it may be kept, and a visitor's own is kept by nobody.
fn shared(page: String, visitor: &Visitor) -> Result<Reply> {
    let reply = Reply::bytes(page, HTML)?.policy(Policy::Page).header(VARY, HeaderValue::from_static("cookie"));
    Ok(if visitor.is_somebody() { reply } else { reply.digest()?.cache(Cache::Public) })
}

/// A page that is its visitor's own.
fn personal(page: String) -> Result<Reply> {
    Ok(Reply::bytes(page, HTML)?.policy(Policy::Page))
}

/// Who looks at a page, for one that needs nothing else of the store.
async fn visitor(call: &Call) -> std::result::Result<Visitor, Problem> {
    if !call.has_credential() {
        return Ok(Visitor::Nobody);
    }
    let state = call.state.clone();
    call.look(move |_, known| Ok(Visitor::of(&state, known))).await
}
