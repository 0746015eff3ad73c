use std::sync::Arc;

use super::{DocKind, Entry, Library, Release, media_type};
use crate::ReadTx;
use crate::shared::{ContentId, Error, PackId, Page, PageRequest, Result, Revision};

/// A document as it is served now.
#[derive(Debug, Clone)]
pub struct Found {
    /// All that the server teaches, to look up what the document refers to.
    pub library: Arc<Library>,
    /// The current release of its pack.
    pub release: Release,
    /// The document with its place.
    pub entry: Entry,
    /// Its text.
    pub html: String,
    /// The documents of the pack whose text links here.
    pub linked_from: Vec<(DocKind, ContentId)>,
    /// The id that took its place, when its own id became another.
    pub successor: Option<ContentId>,
}

/// Finds a document by its id, slug or a former slug. A retired one is found too; [`Entry::retired`] says so.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub fn find(tx: &mut dyn ReadTx, kind: DocKind, name: &ContentId) -> Result<Found> {
    let library = tx.catalog().library()?;
    let (release, catalogue, entry) =
        library.resolve(kind, name).ok_or_else(|| Error::not_found(kind.as_str(), name))?;
    let (release, entry) = (release.clone(), entry.clone());
    let id = &entry.document.id;
    let successor = catalogue.successor(kind, id).cloned();
    let html = tx.catalog().html(kind, id, &entry.document.revision)?;
    let html = html.ok_or_else(|| Error::internal(format!("no text for {kind} {id}")))?;
    let linked_from = tx.catalog().links_to(release.id, kind, id)?;
    Ok(Found { release, entry, html, linked_from, successor, library })
}

/// A pack's releases, newest first.
///
/// # Errors
/// [`crate::Code::NotFound`] when there is no such pack.
pub fn list_releases(tx: &mut dyn ReadTx, pack: &PackId, page: &PageRequest) -> Result<Page<Release>> {
    let library = tx.catalog().library()?;
    library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
    tx.catalog().releases(pack, page)
}

/// A release of a pack.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub fn release(tx: &mut dyn ReadTx, pack: &PackId, number: u32) -> Result<Release> {
    tx.catalog().release(pack, number)?.ok_or_else(|| Error::not_found("release", format!("{pack}/{number}")))
}

/// An image or example program that a text shows or links, with its media type.
///
/// Only files that a release has under a name with this extension, and only the extensions of
/// [`media_type`], are given: a lesson's source holds its answers.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub fn asset(tx: &mut dyn ReadTx, digest: &Revision, extension: &str) -> Result<(&'static str, Vec<u8>)> {
    let name = format!("{digest}.{extension}");
    let not_found = || Error::not_found("asset", &name);
    let media_type = media_type(&name).ok_or_else(not_found)?;
    let suffix = format!(".{extension}");
    if !tx.catalog().paths_of(digest)?.iter().any(|path| path.ends_with(&suffix)) {
        return Err(not_found());
    }
    let bytes = tx.catalog().file(digest)?.ok_or_else(not_found)?;
    Ok((media_type, bytes))
}
