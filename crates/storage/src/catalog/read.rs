use std::sync::Arc;

use cairn_domain::catalog::{
    AnswerKey, CatalogReader, Catalogue, DocKind, Document, Entry, Library, Link, Quiz, Release,
};
use cairn_domain::shared::{ContentId, PackId, Page, PageRequest, ReleaseId, Revision, Timestamp};
use cairn_domain::{Error, Result};
use cairn_drill::{Drill, DrillKey, DrillKeyRecord};
use diesel::prelude::*;

use crate::connection::per_backend;
use crate::library::Kept;
use crate::schema::{
    answer_keys, documents, drill_keys, files, packs, release_entries, release_files, release_links, releases,
};
use crate::tx::{Tx, foreign_cursor, from_json, number, stored};

/// A row of `releases`, in the table's order.
#[derive(Debug, Queryable)]
struct ReleaseRow {
    id: String,
    _pack_id: String,
    number: i64,
    pack: String,
    digest: String,
    created_at: i64,
    created_by: Option<String>,
    note: String,
    rolled_back_to: Option<i64>,
    moves: String,
}

impl TryFrom<ReleaseRow> for Release {
    type Error = Error;

    fn try_from(row: ReleaseRow) -> Result<Self> {
        Ok(Self {
            id: stored(row.id.parse())?,
            pack: from_json(&row.pack)?,
            number: number(row.number)?,
            digest: stored(row.digest.parse())?,
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by.map(|id| stored(id.parse())).transpose()?,
            note: row.note,
            rolled_back_to: row.rolled_back_to.map(number).transpose()?,
            moves: from_json(&row.moves)?,
        })
    }
}

fn key(kind: &str, id: &str) -> Result<(DocKind, ContentId)> {
    Ok((stored(kind.parse())?, stored(id.parse())?))
}

impl Tx<'_> {
    /// A release with its catalogue: from memory, or read once and for all.
    fn kept(&mut self, id: &str) -> Result<Option<Arc<Kept>>> {
        if let Some(kept) = self.read.iter().find(|kept| kept.id == id) {
            return Ok(Some(kept.clone()));
        }
        if let Some(kept) = self.cache.get(id) {
            return Ok(Some(kept));
        }
        let Some(row) = self.find(|c| per_backend!(c, c => releases::table.find(id).get_result::<ReleaseRow>(c)))?
        else {
            return Ok(None);
        };
        let rows: Vec<(String, bool, Option<String>, String)> = self.run(|c| {
            per_backend!(c, c => {
                release_entries::table
                    .inner_join(
                        documents::table.on(documents::kind
                            .eq(release_entries::kind)
                            .and(documents::id.eq(release_entries::document_id))
                            .and(documents::revision.eq(release_entries::revision))),
                    )
                    .filter(release_entries::release_id.eq(id))
                    .select((
                        documents::metadata,
                        release_entries::retired,
                        release_entries::moved_to,
                        release_entries::former_slugs,
                    ))
                    .load(c)
            })
        })?;
        let entry = |(metadata, retired, moved_to, former_slugs): (String, bool, Option<String>, String)| {
            Ok(Entry {
                document: from_json::<Document>(&metadata)?,
                retired,
                moved_to: moved_to.map(|id| stored(id.parse())).transpose()?,
                former_slugs: from_json(&former_slugs)?,
            })
        };
        let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
        let catalogue = Arc::new(Catalogue::restore(entries));
        let kept = Arc::new(Kept { id: id.to_owned(), release: row.try_into()?, catalogue });
        self.read.push(kept.clone());
        Ok(Some(kept))
    }
}

impl CatalogReader for Tx<'_> {
    fn library(&mut self) -> Result<Arc<Library>> {
        let current = match &self.current {
            Some(current) => current.clone(),
            None => {
                let ids = packs::table.select(packs::release_id).order(packs::id);
                let ids: Vec<String> = self.run(|c| crate::connection::per_backend!(c, c => ids.load(c)))?;
                self.current.insert(ids).clone()
            }
        };
        if let Some(library) = self.cache.library(&current) {
            return Ok(library);
        }
        let mut packs = Vec::new();
        for id in &current {
            let kept = self.kept(id)?;
            let kept = kept.ok_or_else(|| Error::internal(format!("the current release {id} is missing")))?;
            packs.push((kept.release.clone(), kept.catalogue.clone()));
        }
        Ok(Arc::new(Library::new(packs)))
    }

    fn release(&mut self, pack: &PackId, number: u32) -> Result<Option<Release>> {
        let row = self.find(|c| {
            per_backend!(c, c => {
                releases::table
                    .filter(releases::pack_id.eq(pack.as_str()).and(releases::number.eq(i64::from(number))))
                    .get_result::<ReleaseRow>(c)
            })
        })?;
        row.map(Release::try_from).transpose()
    }

    fn releases(&mut self, pack: &PackId, page: &PageRequest) -> Result<Page<Release>> {
        let before = match page.after() {
            Some(key) => i64::from(key.parse::<u32>().map_err(foreign_cursor("releases"))?),
            None => i64::MAX,
        };
        let rows = self.run(|c| {
            per_backend!(c, c => {
                releases::table
                    .filter(releases::pack_id.eq(pack.as_str()).and(releases::number.lt(before)))
                    .order(releases::number.desc())
                    .limit(page.limit() as i64 + 1)
                    .load::<ReleaseRow>(c)
            })
        })?;
        let items = rows.into_iter().map(Release::try_from).collect::<Result<_>>()?;
        Ok(Page::of(items, page, |release: &Release| release.number.to_string()))
    }

    fn catalogue(&mut self, release: ReleaseId) -> Result<Option<Arc<Catalogue>>> {
        Ok(self.kept(&release.to_string())?.map(|kept| kept.catalogue.clone()))
    }

    fn html(&mut self, kind: DocKind, id: &ContentId, revision: &Revision) -> Result<Option<String>> {
        let document = documents::table.find((kind.as_str(), id.as_str(), revision.as_str()));
        self.find(|c| per_backend!(c, c => document.select(documents::html).get_result(c)))
    }

    fn quiz(&mut self, id: &ContentId, revision: &Revision) -> Result<Option<(Quiz, AnswerKey)>> {
        let row: Option<(Option<String>, String)> = self.find(|c| {
            per_backend!(c, c => {
                documents::table
                    .inner_join(
                        answer_keys::table.on(answer_keys::kind
                            .eq(documents::kind)
                            .and(answer_keys::lesson_id.eq(documents::id))
                            .and(answer_keys::revision.eq(documents::revision))),
                    )
                    .filter(documents::kind.eq(DocKind::Lesson.as_str()))
                    .filter(documents::id.eq(id.as_str()).and(documents::revision.eq(revision.as_str())))
                    .select((documents::quiz, answer_keys::answers))
                    .get_result(c)
            })
        })?;
        let Some((Some(quiz), answers)) = row else { return Ok(None) };
        Ok(Some((from_json(&quiz)?, AnswerKey::from_record(from_json(&answers)?)?)))
    }

    fn drill(&mut self, id: &ContentId, revision: &Revision) -> Result<Option<(Drill, DrillKey)>> {
        let row: Option<(Option<String>, String)> = self.find(|c| {
            per_backend!(c, c => {
                documents::table
                    .inner_join(
                        drill_keys::table.on(drill_keys::kind
                            .eq(documents::kind)
                            .and(drill_keys::lesson_id.eq(documents::id))
                            .and(drill_keys::revision.eq(documents::revision))),
                    )
                    .filter(documents::kind.eq(DocKind::Lesson.as_str()))
                    .filter(documents::id.eq(id.as_str()).and(documents::revision.eq(revision.as_str())))
                    .select((documents::drill, drill_keys::key))
                    .get_result(c)
            })
        })?;
        let Some((Some(drill), key)) = row else { return Ok(None) };
        Ok(Some((from_json(&drill)?, from_json::<DrillKeyRecord>(&key)?.into())))
    }

    fn links_to(&mut self, release: ReleaseId, kind: DocKind, id: &ContentId) -> Result<Vec<(DocKind, ContentId)>> {
        let rows: Vec<(String, String)> = self.run(|c| {
            per_backend!(c, c => {
                release_links::table
                    .filter(release_links::release_id.eq(release.to_string()))
                    .filter(release_links::to_kind.eq(kind.as_str()).and(release_links::to_id.eq(id.as_str())))
                    .select((release_links::from_kind, release_links::from_id))
                    .load(c)
            })
        })?;
        let mut from = rows.iter().map(|(kind, id)| key(kind, id)).collect::<Result<Vec<_>>>()?;
        // Kinds have an order of their own, which is not that of their names.
        from.sort();
        Ok(from)
    }

    fn links(&mut self, release: ReleaseId) -> Result<Vec<Link>> {
        let rows: Vec<(String, String, String, String)> = self.run(|c| {
            per_backend!(c, c => {
                release_links::table
                    .filter(release_links::release_id.eq(release.to_string()))
                    .select((
                        release_links::from_kind,
                        release_links::from_id,
                        release_links::to_kind,
                        release_links::to_id,
                    ))
                    .load(c)
            })
        })?;
        let link = |(from_kind, from_id, to_kind, to_id): &(String, String, String, String)| {
            Ok(Link { from: key(from_kind, from_id)?, to: key(to_kind, to_id)? })
        };
        let mut links = rows.iter().map(link).collect::<Result<Vec<_>>>()?;
        links.sort();
        Ok(links)
    }

    fn files(&mut self, release: ReleaseId) -> Result<Vec<(String, Revision)>> {
        let rows: Vec<(String, String)> = self.run(|c| {
            per_backend!(c, c => {
                release_files::table
                    .filter(release_files::release_id.eq(release.to_string()))
                    .order(release_files::path)
                    .select((release_files::path, release_files::digest))
                    .load(c)
            })
        })?;
        rows.into_iter().map(|(path, digest)| Ok((path, stored(digest.parse())?))).collect()
    }

    fn file(&mut self, digest: &Revision) -> Result<Option<Vec<u8>>> {
        self.find(|c| per_backend!(c, c => files::table.find(digest.as_str()).select(files::bytes).get_result(c)))
    }

    fn paths_of(&mut self, digest: &Revision) -> Result<Vec<String>> {
        self.run(|c| {
            per_backend!(c, c => {
                release_files::table
                    .filter(release_files::digest.eq(digest.as_str()))
                    .select(release_files::path)
                    .distinct()
                    .order(release_files::path)
                    .load(c)
            })
        })
    }
}
