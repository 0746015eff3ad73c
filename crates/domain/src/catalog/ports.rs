use std::sync::Arc;

use cairn_drill::{Drill, DrillKey};

use super::{
    AnswerKey, Catalogue, DocKind, Draft, DraftDocument, Entry, Fault, Library, Link, Quiz, Release, SourceFile,
};
use crate::Result;
use crate::shared::{ContentId, PackId, Page, PageRequest, ReleaseId, Revision};

/// Reads releases and what they serve.
pub trait CatalogReader {
    /// Each pack's current release with its catalogue. Catalogues of releases never change, so a store may keep them.
    fn library(&mut self) -> Result<Arc<Library>>;

    /// A release of a pack by its number; `None` when there is none.
    fn release(&mut self, pack: &PackId, number: u32) -> Result<Option<Release>>;

    /// A pack's releases, newest first; the page key is the number in decimal.
    fn releases(&mut self, pack: &PackId, page: &PageRequest) -> Result<Page<Release>>;

    /// The catalogue of a release, current or not; `None` when there is no such release.
    fn catalogue(&mut self, release: ReleaseId) -> Result<Option<Arc<Catalogue>>>;

    /// The HTML of a document at a revision.
    fn html(&mut self, kind: DocKind, id: &ContentId, revision: &Revision) -> Result<Option<String>>;

    /// The questions and the answers of a quiz at a revision; `None` for what is not a quiz.
    fn quiz(&mut self, id: &ContentId, revision: &Revision) -> Result<Option<(Quiz, AnswerKey)>>;

    /// A drill and its key at a revision; `None` for what is not a drill.
    fn drill(&mut self, id: &ContentId, revision: &Revision) -> Result<Option<(Drill, DrillKey)>>;

    /// The documents of a release whose text links to this one, ordered by kind and id, each once.
    fn links_to(&mut self, release: ReleaseId, kind: DocKind, id: &ContentId) -> Result<Vec<(DocKind, ContentId)>>;

    /// All links of a release, ordered, each once.
    fn links(&mut self, release: ReleaseId) -> Result<Vec<Link>>;

    /// Paths and digests of a release's files, ordered by path.
    fn files(&mut self, release: ReleaseId) -> Result<Vec<(String, Revision)>>;

    /// A file's bytes by their digest.
    fn file(&mut self, digest: &Revision) -> Result<Option<Vec<u8>>>;

    /// The paths, each once, under which releases have a file.
    fn paths_of(&mut self, digest: &Revision) -> Result<Vec<String>>;
}

/// Writes releases.
pub trait CatalogWriter: CatalogReader {
    /// Keeps a document's revision; does nothing when it is kept already.
    fn put_document(&mut self, document: &DraftDocument) -> Result<()>;

    /// Keeps a file; does nothing when its digest is kept already.
    fn put_file(&mut self, file: &SourceFile) -> Result<()>;

    /// Adds a release and makes it its pack's current one. Documents and files it names are kept before.
    ///
    /// # Errors
    /// [`crate::Code::ReleaseMoved`] when the pack has a release of this number or a later one;
    /// [`crate::Code::Internal`] when its author, a document, a file or an end of a link is not there.
    fn insert_release(
        &mut self,
        release: &Release,
        entries: &[Entry],
        files: &[(String, Revision)],
        links: &[Link],
    ) -> Result<()>;
}

/// Reads packs from archives and writes them to archives: the form in which they travel through the API.
pub trait PackFormat: Send + Sync {
    /// The media type of an archive.
    fn media_type(&self) -> &'static str;

    /// Reads, checks and renders an archive (a gzipped tar of the pack's directory).
    ///
    /// # Errors
    /// Every fault of the pack; of the archive itself, with the file `""` or the member's name, when it is not
    /// readable, too large, or has members that do not belong in a pack.
    fn read(&self, archive: &[u8]) -> std::result::Result<Draft, Vec<Fault>>;

    /// Writes files as an archive; equal files give equal bytes.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when writing fails.
    fn write(&self, files: &[SourceFile]) -> Result<Vec<u8>>;
}
