//! Published answers, kept ready: bytes and `ETag` of what current releases serve, as data and as pages for whoever is
//! not signed in.
//!
//! They need no database, so they are served while it is away. A release that this process applies replaces them at
//! once; one that another process applies is noticed by [`Published::refresh`], which runs at short intervals.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use actix_web::HttpRequest;
use actix_web::http::Method;
use arc_swap::ArcSwapOption;
use cairn_domain::catalog::{Catalogue, DocKind, Entry, Library, Release};
use cairn_domain::shared::{ContentId, ReleaseId};
use cairn_domain::{Code, Error, ReadTx, Result, Store, StoreExt as _};

use crate::bounded::Bounded;
use crate::catalogue::view;
use crate::endpoint::Endpoint;
use crate::extract::query::Parameters;
use crate::headers::Cache;
use crate::pages::{self, Site};
use crate::reply::Reply;

/// The beginning of every address that may be kept.
const BASE: &str = "/api/v1/";
/// How many bytes of answers are kept that were asked for: lists in all their forms, of which a caller can ask for many,
/// and documents that were over the budget.
const LISTS: usize = 8 * 1024 * 1024;

/// The answers of the present library.
#[derive(Debug)]
pub(crate) struct Published {
    current: ArcSwapOption<Snapshot>,
    /// Only one refreshes at a time, so that an older library never replaces a newer one.
    refreshing: Mutex<()>,
    budget: usize,
    site: Site,
}

/// Answers under their addresses.
type Ready = Vec<(Box<str>, Arc<Reply>)>;

#[derive(Debug)]
struct Snapshot {
    library: Arc<Library>,
    documents: HashMap<Box<str>, Arc<Reply>>,
    releases: Vec<(ReleaseId, Ready)>,
    others: RwLock<Bounded<Box<str>, Arc<Reply>>>,
}

/// The collection that documents of a kind stand in.
pub(crate) const fn collection(kind: DocKind) -> &'static str {
    match kind {
        DocKind::Guide => "guides",
        DocKind::Track => "tracks",
        DocKind::Course => "courses",
        DocKind::Lesson => "lessons",
        DocKind::Skill => "skills",
    }
}

/// The releases of a library, which tell it from any other: a store may make it anew at each look.
fn present(library: &Library) -> impl Iterator<Item = ReleaseId> {
    library.packs().iter().map(|(release, _)| release.id)
}

/// The address of a document.
pub(crate) fn address(kind: DocKind, name: &ContentId) -> String {
    format!("{BASE}{}/{name}", collection(kind))
}

/// A document's answer.
pub(crate) fn render(
    release: &Release,
    catalogue: &Catalogue,
    entry: &Entry,
    html: String,
    linked_from: &[(DocKind, ContentId)],
) -> Result<Reply> {
    let from = view::From { pack: &release.pack.id, catalogue };
    data(&from.document(entry, html, linked_from))
}

fn data(view: &view::DocumentView) -> Result<Reply> {
    Ok(Reply::ok(view)?.digest()?.cache(Cache::Public))
}

impl Published {
    /// Keeps documents up to this many bytes; further ones are rendered when they are asked for.
    pub(crate) fn new(budget: usize, site: Site) -> Self {
        Self { current: ArcSwapOption::empty(), refreshing: Mutex::new(()), budget, site }
    }

    /// The answer to a request for an endpoint, when it is ready.
    pub(crate) fn ready(&self, request: &HttpRequest, endpoint: &Endpoint) -> Option<Reply> {
        let path = path(request);
        let kept = endpoint.is_page() || path.starts_with(BASE);
        if !kept || !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let snapshot = self.current.load();
        let snapshot = snapshot.as_ref()?;
        let others = || snapshot.others.read().unwrap_or_else(PoisonError::into_inner);
        // An address without a query is its own key; only one with a query has to be put together.
        if request.query_string().is_empty() {
            let document = snapshot.documents.get(path).map(|reply| Reply::clone(reply));
            return document.or_else(|| others().get(path).map(|reply| Reply::clone(reply)));
        }
        // What is wrong with a query is told where the request is handled.
        let read = if endpoint.is_page() { Parameters::read_known } else { Parameters::read };
        let parameters = read(request.query_string(), &endpoint.query).ok()?;
        if endpoint.is_page() && endpoint.query.is_empty() {
            let document = snapshot.documents.get(path).map(|reply| Reply::clone(reply));
            return document.or_else(|| others().get(path).map(|reply| Reply::clone(reply)));
        }
        others().get(key(request, &parameters).as_str()).map(|reply| Reply::clone(reply))
    }

    /// The present library.
    ///
    /// # Errors
    /// `store_unavailable` before it was read for the first time.
    pub(crate) fn library(&self) -> Result<Arc<Library>> {
        let snapshot = self.current.load();
        let snapshot = snapshot
            .as_ref()
            .ok_or_else(|| Error::new(Code::StoreUnavailable, "The catalogue could not be read yet."))?;
        Ok(snapshot.library.clone())
    }

    /// Whether the library was read.
    pub(crate) fn is_ready(&self) -> bool {
        self.current.load().is_some()
    }

    /// Keeps an answer that was rendered over `library`, as long as that is the present one.
    pub(crate) fn keep(&self, library: &Arc<Library>, key: String, reply: &Reply) {
        let snapshot = self.current.load();
        let Some(snapshot) = snapshot.as_ref().filter(|snapshot| present(&snapshot.library).eq(present(library)))
        else {
            return;
        };
        let mut others = snapshot.others.write().unwrap_or_else(PoisonError::into_inner);
        let size = key.len() + reply.size();
        others.keep(key.into_boxed_str(), Arc::new(reply.clone()), size);
    }

    /// Reads the library and, where releases have changed, renders their documents. Blocks on the store. Gives whether
    /// anything changed.
    ///
    /// # Errors
    /// Those of the store; what was ready stays so.
    pub(crate) fn refresh(&self, store: &dyn Store) -> Result<bool> {
        let _one = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current.load_full();
        let snapshot = store.read(|tx| {
            let library = tx.catalog().library()?;
            if before.as_ref().is_some_and(|before| present(&before.library).eq(present(&library))) {
                return Ok(None);
            }
            Ok(Some(self.snapshot(tx, library, before.as_deref())?))
        })?;
        let changed = snapshot.is_some();
        if let Some(snapshot) = snapshot {
            self.current.store(Some(Arc::new(snapshot)));
        }
        Ok(changed)
    }

    fn snapshot(&self, tx: &mut dyn ReadTx, library: Arc<Library>, before: Option<&Snapshot>) -> Result<Snapshot> {
        let mut left = self.budget;
        let mut releases = Vec::new();
        for (release, catalogue) in library.packs() {
            let kept = before.and_then(|before| before.releases.iter().find(|(id, _)| *id == release.id));
            let replies = match kept {
                Some((_, replies)) => replies.clone(),
                None => documents(tx, &self.site, release, catalogue, left)?,
            };
            let size: usize = replies.iter().map(|(_, reply)| reply.size()).sum();
            left = left.saturating_sub(size);
            releases.push((release.id, replies));
        }
        let documents = releases.iter().flat_map(|(_, replies)| replies.iter().cloned()).collect();
        Ok(Snapshot { library, documents, releases, others: RwLock::new(Bounded::new(LISTS.min(self.budget))) })
    }
}

/// The path of an address as it was routed, so that one written with other escapes is no other path.
pub(crate) fn path(request: &HttpRequest) -> &str {
    request.match_info().as_str()
}

/// What an answer is kept under: one key for each answer, however its address is written.
pub(crate) fn key(request: &HttpRequest, parameters: &Parameters) -> String {
    format!("{}{}", path(request), parameters.canonical(&[]))
}

/// The answers of a release's documents under their addresses, by id and by slug, up to so many bytes.
fn documents(
    tx: &mut dyn ReadTx,
    site: &Site,
    release: &Release,
    catalogue: &Catalogue,
    budget: usize,
) -> Result<Ready> {
    if budget == 0 {
        return Ok(Vec::new());
    }
    let mut linked: HashMap<(DocKind, ContentId), Vec<(DocKind, ContentId)>> = HashMap::new();
    for link in tx.catalog().links(release.id)? {
        linked.entry(link.to).or_default().push(link.from);
    }
    let mut replies = Vec::new();
    let mut left = budget;
    // What took the place of another document answers for it by a redirect, which needs no keeping.
    for entry in catalogue.entries().filter(|entry| entry.moved_to.is_none()) {
        let document = &entry.document;
        let kind = document.kind();
        let html = tx.catalog().html(kind, &document.id, &document.revision)?;
        let html = html.ok_or_else(|| Error::internal(format!("no text for {kind} {}", document.id)))?;
        let from = linked.get(&document.key()).map_or(&[][..], Vec::as_slice);
        let view = view::From { pack: &release.pack.id, catalogue }.document(entry, html, from);
        let reply = Arc::new(data(&view)?);
        let page = Arc::new(pages::published(site, (release, catalogue), &view, pages::asked(tx, document)?)?);
        match left.checked_sub(reply.size() + page.size()) {
            Some(rest) => left = rest,
            None => break,
        }
        if catalogue.resolve(kind, &document.slug).is_some_and(|found| found.document.id == document.id) {
            replies.push((pages::address(kind, &document.slug).into_boxed_str(), page));
        }
        for name in [&document.id, &document.slug] {
            // A slug that another document has as well leads to the one that resolving finds.
            if catalogue.resolve(kind, name).is_some_and(|found| found.document.id == document.id) {
                replies.push((address(kind, name).into_boxed_str(), reply.clone()));
            }
        }
    }
    Ok(replies)
}

#[cfg(test)]
mod tests {
    use cairn_domain::catalog::PackInfo;
    use cairn_domain::shared::{PackId, Revision, Timestamp, Uuid};
    use cairn_memory::MemoryStore;

    use super::*;

    fn release() -> Release {
        Release {
            id: ReleaseId::new(Uuid::from_u128(1)),
            pack: PackInfo {
                id: PackId::new("p").unwrap(),
                title: String::new(),
                summary: String::new(),
                language: "en".into(),
                licence: String::new(),
                authors: Vec::new(),
            },
            number: 1,
            digest: Revision::from_digest([0; 32]),
            created_at: Timestamp::from_micros(0),
            created_by: None,
            note: String::new(),
            rolled_back_to: None,
            moves: Vec::new(),
        }
    }

    #[test]
    fn lists_in_all_their_forms_take_no_more_than_their_share() {
        let published = Published::new(64 * 1024 * 1024, Site::default());
        published.refresh(&MemoryStore::new()).unwrap();
        let (library, list) = (published.library().unwrap(), Reply::ok(&"x".repeat(LISTS / 4)).unwrap());
        let kept = || {
            let snapshot = published.current.load();
            let others = snapshot.as_ref().unwrap().others.read().unwrap();
            (0..=100)
                .filter(|n| others.get(format!("/api/v1/lessons?limit={n}").as_str()).is_some())
                .collect::<Vec<_>>()
        };
        for n in 0..100 {
            published.keep(&library, format!("/api/v1/lessons?limit={n}"), &list);
            assert!(kept().len() <= 3 && kept().contains(&n), "the newest is kept: {:?}", kept());
        }
        published.keep(
            &Arc::new(Library::new(vec![(release(), Arc::default())])),
            "/api/v1/lessons?limit=100".to_owned(),
            &list,
        );
        assert!(kept().contains(&99) && !kept().contains(&100), "what was rendered over another library is not kept");
    }
}
