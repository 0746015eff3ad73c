use cairn_domain::catalog::{CatalogWriter, DraftDocument, Entry, Link, Release, SourceFile, Task};
use cairn_domain::shared::{Revision, refuse_nul};
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use crate::connection::per_backend;
use crate::schema::{release_entries, release_files, release_links, releases};
use crate::statement::statement;
use crate::tx::{Tx, to_json};

/// How many rows PostgreSQL gets in one statement: it takes 65,535 values.
const ROWS: usize = 5_000;

statement! {
    PutDocument<'a> {
        kind: &'a str => Text, id: &'a str => Text, revision: &'a str => Text, metadata: &'a str => Text,
        html: &'a str => Text, quiz: Option<&'a str> => Nullable<Text>, drill: Option<&'a str> => Nullable<Text>,
    } -> () = "INSERT INTO documents (kind, id, revision, metadata, html, quiz, drill) VALUES (?, ?, ?, ?, ?, ?, ?) \
        ON CONFLICT (kind, id, revision) DO NOTHING"
}

statement! {
    PutAnswers<'a> {
        kind: &'a str => Text, lesson_id: &'a str => Text, revision: &'a str => Text, answers: &'a str => Text,
    } -> () = "INSERT INTO answer_keys (kind, lesson_id, revision, answers) VALUES (?, ?, ?, ?) \
        ON CONFLICT (kind, lesson_id, revision) DO NOTHING"
}

statement! {
    PutDrillKey<'a> {
        kind: &'a str => Text, lesson_id: &'a str => Text, revision: &'a str => Text, key: &'a str => Text,
    } -> () = "INSERT INTO drill_keys (kind, lesson_id, revision, key) VALUES (?, ?, ?, ?) \
        ON CONFLICT (kind, lesson_id, revision) DO NOTHING"
}

statement! {
    PutFile<'a> { digest: &'a str => Text, bytes: &'a [u8] => Binary } -> () =
    "INSERT INTO files (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
}

statement! {
    PutCurrent<'a> { id: &'a str => Text, release_id: &'a str => Text } -> () =
    "INSERT INTO packs (id, release_id) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET release_id = excluded.release_id"
}

statement! {
    InsertRelease<'a> {
        id: &'a str => Text, pack_id: &'a str => Text, number: i64 => BigInt, pack: &'a str => Text,
        digest: &'a str => Text, created_at: i64 => BigInt, created_by: Option<&'a str> => Nullable<Text>,
        note: &'a str => Text, rolled_back_to: Option<i64> => Nullable<BigInt>, moves: &'a str => Text,
    } -> () = "INSERT INTO releases (id, pack_id, number, pack, digest, created_at, created_by, note, rolled_back_to, \
        moves) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
}

#[derive(Insertable)]
#[diesel(table_name = release_entries)]
struct EntryRow<'a> {
    release_id: &'a str,
    kind: &'static str,
    document_id: &'a str,
    revision: &'a str,
    retired: bool,
    moved_to: Option<&'a str>,
    former_slugs: String,
}

#[derive(Insertable)]
#[diesel(table_name = release_files)]
struct FileRow<'a> {
    release_id: &'a str,
    path: &'a str,
    digest: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = release_links)]
struct LinkRow<'a> {
    release_id: &'a str,
    from_kind: &'static str,
    from_id: &'a str,
    to_kind: &'static str,
    to_id: &'a str,
}

/// Inserts rows: many in a statement where each is a round trip, one by one where the statement is kept prepared.
macro_rules! insert_all {
    ($tx:expr, $table:path, $rows:expr) => {{
        let rows = $rows;
        if $tx.on_postgres() {
            for rows in rows.chunks(ROWS) {
                $tx.run(|c| {
                    per_backend!(c,
                        sqlite _c => Ok(0),
                        postgres c => diesel::insert_into($table).values(rows).execute(c))
                })?;
            }
        } else {
            for row in &rows {
                $tx.run(|c| {
                    per_backend!(c,
                        sqlite c => diesel::insert_into($table).values(row).execute(c),
                        postgres _c => Ok(0))
                })?;
            }
        }
    }};
}

impl CatalogWriter for Tx<'_> {
    fn put_document(&mut self, document: &DraftDocument) -> Result<()> {
        refuse_nul(&document.html)?;
        let (kind, id) = document.document.key();
        let metadata = to_json(&document.document)?;
        let (mut quiz, mut drill) = (None, None);
        match &document.task {
            None => {}
            Some(Task::Quiz(asked, key)) => quiz = Some((to_json(asked)?, to_json(&key.to_record())?)),
            Some(Task::Drill(both)) => drill = Some((to_json(&both.0)?, to_json(&both.1.to_record())?)),
        }
        let revision = document.document.revision.as_str();
        let put = PutDocument {
            kind: kind.as_str(),
            id: id.as_str(),
            revision,
            metadata: &metadata,
            html: &document.html,
            quiz: quiz.as_ref().map(|(quiz, _)| quiz.as_str()),
            drill: drill.as_ref().map(|(drill, _)| drill.as_str()),
        };
        self.run(|c| per_backend!(c, c => put.execute(c)))?;
        if let Some((_, answers)) = &quiz {
            let put = PutAnswers { kind: kind.as_str(), lesson_id: id.as_str(), revision, answers };
            self.run(|c| per_backend!(c, c => put.execute(c)))?;
        }
        if let Some((_, key)) = &drill {
            let put = PutDrillKey { kind: kind.as_str(), lesson_id: id.as_str(), revision, key };
            self.run(|c| per_backend!(c, c => put.execute(c)))?;
        }
        Ok(())
    }

    fn put_file(&mut self, file: &SourceFile) -> Result<()> {
        let put = PutFile { digest: file.digest.as_str(), bytes: &file.bytes };
        self.run(|c| per_backend!(c, c => put.execute(c))).map(|_| ())
    }

    fn insert_release(
        &mut self,
        release: &Release,
        entries: &[Entry],
        files: &[(String, Revision)],
        links: &[Link],
    ) -> Result<()> {
        refuse_nul(&release.note)?;
        files.iter().try_for_each(|(path, _)| refuse_nul(path))?;
        let (pack, id) = (release.pack.id.as_str(), release.id.to_string());
        let created_by = release.created_by.map(|id| id.to_string());
        let insert = InsertRelease {
            id: &id,
            pack_id: pack,
            number: i64::from(release.number),
            pack: &to_json(&release.pack)?,
            digest: release.digest.as_str(),
            created_at: release.created_at.micros(),
            created_by: created_by.as_deref(),
            note: &release.note,
            rolled_back_to: release.rolled_back_to.map(i64::from),
            moves: &to_json(&release.moves)?,
        };
        let present = releases::table.filter(releases::pack_id.eq(pack)).select(diesel::dsl::max(releases::number));
        let present: Option<i64> = self.run(|c| per_backend!(c, c => present.get_result(c)))?;
        if present.is_some_and(|present| present >= i64::from(release.number)) {
            let message = format!("The pack `{pack}` has a release {} already.", present.unwrap_or_default());
            return Err(Error::new(Code::ReleaseMoved, message));
        }
        self.current = None;
        self.run(|c| per_backend!(c, c => insert.execute(c)))?;
        let rows = entries.iter().map(|entry| {
            Ok(EntryRow {
                release_id: &id,
                kind: entry.document.kind().as_str(),
                document_id: entry.document.id.as_str(),
                revision: entry.document.revision.as_str(),
                retired: entry.retired,
                moved_to: entry.moved_to.as_ref().map(|id| id.as_str()),
                former_slugs: to_json(&entry.former_slugs)?,
            })
        });
        insert_all!(self, release_entries::table, rows.collect::<Result<Vec<_>>>()?);
        let rows = files.iter().map(|(path, digest)| FileRow { release_id: &id, path, digest: digest.as_str() });
        insert_all!(self, release_files::table, rows.collect::<Vec<_>>());
        let links: std::collections::BTreeSet<&Link> = links.iter().collect();
        let rows = links.into_iter().map(|Link { from, to }| LinkRow {
            release_id: &id,
            from_kind: from.0.as_str(),
            from_id: from.1.as_str(),
            to_kind: to.0.as_str(),
            to_id: to.1.as_str(),
        });
        insert_all!(self, release_links::table, rows.collect::<Vec<_>>());
        let put = PutCurrent { id: pack, release_id: &id };
        self.run(|c| per_backend!(c, c => put.execute(c))).map(|_| ())
    }
}
