use std::collections::BTreeSet;
use std::ops::{Bound, Deref, DerefMut};
use std::sync::Arc;

use cairn_domain::catalog::{
    AnswerKey, CatalogReader, CatalogWriter, Catalogue, DocKind, DraftDocument, Entry, Library, Link, Quiz, Release,
    SourceFile,
};
use cairn_domain::shared::{ContentId, PackId, Page, PageRequest, ReleaseId, Revision, refuse_nul};
use cairn_domain::{Code, Error, Result};
use cairn_drill::{Drill, DrillKey};

use crate::nul;
use crate::state::{State, StoredRelease, Tx};

impl<S: Deref<Target = State>> Tx<S> {
    fn document(&self, kind: DocKind, id: &ContentId, revision: &Revision) -> Option<&DraftDocument> {
        self.state().documents.get(&(kind, id.clone(), revision.clone())).map(|document| &**document)
    }

    fn links_of(&self, release: ReleaseId) -> &[Link] {
        self.state().release_ids.get(&release).map_or(&[], |release| &release.links)
    }
}

impl<S: Deref<Target = State>> CatalogReader for Tx<S> {
    fn library(&mut self) -> Result<Arc<Library>> {
        Ok(self.state().library.get(&()).cloned().unwrap_or_default())
    }

    fn release(&mut self, pack: &PackId, number: u32) -> Result<Option<Release>> {
        Ok(self.state().releases.get(&(pack.clone(), number)).map(|stored| stored.release.clone()))
    }

    fn releases(&mut self, pack: &PackId, page: &PageRequest) -> Result<Page<Release>> {
        let before = match page.after() {
            Some(key) => {
                let foreign = |_| Error::new(Code::BadCursor, "The cursor does not belong to a list of releases.");
                Bound::Excluded((pack.clone(), key.parse().map_err(foreign)?))
            }
            None => Bound::Included((pack.clone(), u32::MAX)),
        };
        let newest_first = self.state().releases.range((Bound::Included((pack.clone(), 0)), before)).rev();
        let items = newest_first.take(page.limit() + 1).map(|(_, stored)| stored.release.clone()).collect();
        Ok(Page::of(items, page, |release: &Release| release.number.to_string()))
    }

    fn catalogue(&mut self, release: ReleaseId) -> Result<Option<Arc<Catalogue>>> {
        Ok(self.state().release_ids.get(&release).map(|stored| stored.catalogue.clone()))
    }

    fn html(&mut self, kind: DocKind, id: &ContentId, revision: &Revision) -> Result<Option<String>> {
        Ok(self.document(kind, id, revision).map(|document| document.html.clone()))
    }

    fn quiz(&mut self, id: &ContentId, revision: &Revision) -> Result<Option<(Quiz, AnswerKey)>> {
        Ok(self
            .document(DocKind::Lesson, id, revision)
            .and_then(|document| document.task.as_ref()?.as_quiz().map(|(quiz, key)| (quiz.clone(), key.clone()))))
    }

    fn drill(&mut self, id: &ContentId, revision: &Revision) -> Result<Option<(Drill, DrillKey)>> {
        let document = self.document(DocKind::Lesson, id, revision);
        Ok(document
            .and_then(|document| document.task.as_ref()?.as_drill().map(|(drill, key)| (drill.clone(), key.clone()))))
    }

    fn links_to(&mut self, release: ReleaseId, kind: DocKind, id: &ContentId) -> Result<Vec<(DocKind, ContentId)>> {
        let here = self.links_of(release).iter().filter(|link| link.to.0 == kind && link.to.1 == *id);
        // Links are ordered by where they stand, so what is left is too.
        Ok(here.map(|link| link.from.clone()).collect())
    }

    fn links(&mut self, release: ReleaseId) -> Result<Vec<Link>> {
        Ok(self.links_of(release).to_vec())
    }

    fn files(&mut self, release: ReleaseId) -> Result<Vec<(String, Revision)>> {
        Ok(self.state().release_ids.get(&release).map(|stored| stored.files.clone()).unwrap_or_default())
    }

    fn file(&mut self, digest: &Revision) -> Result<Option<Vec<u8>>> {
        Ok(self.state().files.get(digest).map(|bytes| bytes.to_vec()))
    }

    fn paths_of(&mut self, digest: &Revision) -> Result<Vec<String>> {
        let files = self.state().release_ids.values().flat_map(|stored| &stored.files);
        let paths: BTreeSet<_> = files.filter(|(_, of)| of == digest).map(|(path, _)| path).collect();
        Ok(paths.into_iter().cloned().collect())
    }
}

impl<S: DerefMut<Target = State>> CatalogWriter for Tx<S> {
    fn put_document(&mut self, document: &DraftDocument) -> Result<()> {
        nul::draft(document)?;
        let (kind, id) = document.document.key();
        let key = (kind, id, document.document.revision.clone());
        if !self.state().documents.contains(&key) {
            self.state_mut().documents.put(key, Arc::new(document.clone()));
        }
        Ok(())
    }

    fn put_file(&mut self, file: &SourceFile) -> Result<()> {
        if !self.state().files.contains(&file.digest) {
            self.state_mut().files.put(file.digest.clone(), file.bytes.clone());
        }
        Ok(())
    }

    fn insert_release(
        &mut self,
        release: &Release,
        entries: &[Entry],
        files: &[(String, Revision)],
        links: &[Link],
    ) -> Result<()> {
        nul::release(release)?;
        files.iter().try_for_each(|(path, _)| refuse_nul(path))?;
        let pack = &release.pack.id;
        let later = (pack.clone(), release.number)..=(pack.clone(), u32::MAX);
        if self.state().releases.range(later).next().is_some() {
            let message = format!("The pack `{pack}` has a release {} already.", release.number);
            return Err(Error::new(Code::ReleaseMoved, message));
        }
        if self.state().release_ids.contains(&release.id) {
            return Err(Error::internal(format!("there is a release {} already", release.id)));
        }
        release.created_by.map_or(Ok(()), |author| self.state().require_user(author))?;
        for entry in entries {
            let document = &entry.document;
            if self.document(document.kind(), &document.id, &document.revision).is_none() {
                return Err(Error::internal(format!("the {} {} was not kept", document.kind(), document.id)));
            }
        }
        let mut files = files.to_vec();
        files.sort();
        if let Some((path, _)) = files.iter().find(|(_, digest)| !self.state().files.contains(digest)) {
            return Err(Error::internal(format!("the file {path} was not kept")));
        }
        let known: BTreeSet<_> = entries.iter().map(|entry| entry.document.key()).collect();
        if let Some(link) = links.iter().find(|link| !known.contains(&link.from) || !known.contains(&link.to)) {
            return Err(Error::internal(format!("the release lacks an end of the link {link:?}")));
        }
        let links: BTreeSet<Link> = links.iter().cloned().collect();
        let stored = Arc::new(StoredRelease {
            release: release.clone(),
            catalogue: Arc::new(Catalogue::restore(entries.iter().cloned())),
            files,
            links: links.into_iter().collect(),
        });
        let library = self.library()?;
        let others = library.packs().iter().filter(|(other, _)| other.pack.id != *pack).cloned();
        let library = Library::new(others.chain([(release.clone(), stored.catalogue.clone())]).collect());
        let state = self.state_mut();
        state.library.put((), Arc::new(library));
        state.release_ids.put(release.id, stored.clone());
        state.releases.put((pack.clone(), release.number), stored);
        Ok(())
    }
}
