//! What programs read of the site: the sitemap, the feed of releases, and what robots may visit.

use askama::Template;
use cairn_domain::catalog::{DocKind, Library, Release, list_releases};
use cairn_domain::shared::PageRequest;
use cairn_domain::{Error, Result};

use super::{address, render};
use crate::call::Call;
use crate::catalogue::library;
use crate::endpoint::Endpoint;
use crate::headers::Cache;
use crate::problem::Problem;
use crate::reply::Reply;

/// The most addresses that one part of the sitemap may have by its protocol is 50,000; these are some 5 MB.
const MOST: usize = 20_000;
/// How many releases of each pack the feed tells of.
const RELEASES: u32 = 20;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/robots.txt", |call| Box::pin(async move { robots(&call) })),
        Endpoint::page("/sitemap.xml", |call| Box::pin(sitemap(call))),
        Endpoint::page("/sitemaps/{number}", |call| Box::pin(part(call))),
        Endpoint::page("/releases.atom", |call| Box::pin(releases(call))),
    ]
}

/// The origin that addresses begin with: the public one, or that which the request was sent to.
fn origin(call: &Call) -> String {
    call.state.site.origin.clone().unwrap_or_else(|| format!("http://{}", call.host()))
}

/// An answer that may be kept where it is the same for everybody, whatever host they asked.
fn answer(call: &Call, body: String, media_type: &str) -> Result<Reply> {
    let reply = Reply::bytes(body, media_type)?.digest()?;
    Ok(if call.state.site.origin.is_some() { reply.cache(Cache::Public) } else { reply })
}

fn robots(call: &Call) -> std::result::Result<Reply, Problem> {
    let origin = origin(call);
    let text = format!(
        "User-agent: *\nDisallow: /account\nDisallow: /sign-in\nDisallow: /sign-up\nDisallow: /api/v1/\n\n\
         Sitemap: {origin}/sitemap.xml\n"
    );
    Ok(answer(call, text, "text/plain; charset=utf-8")?)
}

/// The paths of every page that search engines may show, in one order.
fn paths(library: &Library) -> Vec<String> {
    let mut all: Vec<_> = ["/", "/guides", "/tracks", "/courses"].map(str::to_owned).into();
    for kind in DocKind::ALL {
        let entries = library.packs().iter().flat_map(|(_, catalogue)| catalogue.entries());
        let live = entries.filter(|entry| !entry.retired && entry.document.kind() == kind);
        all.extend(live.map(|entry| address(kind, &entry.document.slug)));
    }
    all
}

#[derive(Template)]
#[template(path = "sitemap.xml")]
struct Sitemap<'a> {
    origin: String,
    paths: &'a [String],
}

#[derive(Template)]
#[template(path = "sitemaps.xml")]
struct Sitemaps {
    origin: String,
    parts: usize,
}

const XML: &str = "application/xml; charset=utf-8";

async fn sitemap(call: Call) -> std::result::Result<Reply, Problem> {
    let library = library(&call).await?;
    let (paths, origin) = (paths(&library), origin(&call));
    let text = match paths.len().div_ceil(MOST) {
        1 => render(&Sitemap { origin, paths: &paths })?,
        parts => render(&Sitemaps { origin, parts })?,
    };
    Ok(answer(&call, text, XML)?)
}

async fn part(call: Call) -> std::result::Result<Reply, Problem> {
    let name = call.segment_text("number");
    let number = name.strip_suffix(".xml").and_then(|number| number.parse::<usize>().ok());
    let library = library(&call).await?;
    let paths = paths(&library);
    let paths = number.and_then(|number| paths.chunks(MOST).nth(number.checked_sub(1)?));
    let paths = paths.ok_or_else(|| Error::not_found("part of the sitemap", name))?;
    Ok(answer(&call, render(&Sitemap { origin: origin(&call), paths })?, XML)?)
}

#[derive(Template)]
#[template(path = "releases.xml")]
struct Releases {
    origin: String,
    updated: String,
    releases: Vec<Release>,
}

async fn releases(call: Call) -> std::result::Result<Reply, Problem> {
    let library = library(&call).await?;
    let origin = origin(&call);
    let mut releases = call
        .reading(move |state| {
            use cairn_domain::StoreExt as _;
            state.ports.store.read(|tx| {
                let mut all = Vec::new();
                let newest = PageRequest::new(Some(RELEASES), None)?;
                for (release, _) in library.packs() {
                    all.extend(list_releases(tx, &release.pack.id, &newest)?.items);
                }
                Ok(all)
            })
        })
        .await?;
    releases.sort_by(|a, b| (b.created_at, &b.pack.id, b.number).cmp(&(a.created_at, &a.pack.id, a.number)));
    let updated = releases.first().map_or_else(|| "1970-01-01T00:00:00Z".to_owned(), |r| r.created_at.to_string());
    let text = render(&Releases { origin, updated, releases })?;
    Ok(answer(&call, text, "application/atom+xml; charset=utf-8")?)
}
