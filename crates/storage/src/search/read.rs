use std::collections::BTreeMap;
use std::sync::LazyLock;

use cairn_domain::catalog::{DocKind, Document};
use cairn_domain::search::{CANDIDATES, CLASSES, Expression, SearchReader};
use cairn_domain::shared::{ContentId, PackId};
use cairn_domain::{Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::expression::{fts5, tsquery};
use crate::connection::per_backend;
use crate::schema::{documents, search_documents};
use crate::statement::statement;
use crate::tx::{Tx, number, stored};

/// The classes one after the other, so that those behind are not looked for once there are enough. (PostgreSQL wants a
/// name for what is read from until version 16.)
fn classes(class: impl Fn(usize) -> String, name: &str) -> String {
    let most = CANDIDATES + 1;
    let all: Vec<String> = (0..CLASSES).map(|n| format!("SELECT * FROM ({} LIMIT {most}){name}", class(n))).collect();
    format!("{} LIMIT {most}", all.join(" UNION ALL "))
}

/// In the order of the numbers, which is that of the index anyway.
static ON_SQLITE: LazyLock<String> = LazyLock::new(|| {
    let class = |n| {
        format!(
            "SELECT {n} AS class, d.kind, d.document_id FROM search_words AS w CROSS JOIN search_documents AS d \
             ON d.number = w.rowid WHERE w.search_words MATCH ? ORDER BY w.rowid"
        )
    };
    classes(class, "")
});

/// The query stands in a statement of its own, so that PostgreSQL does not guess from it how many rows there are: for a
/// frequent word it would read all texts rather than the index.
fn on_postgres(n: usize) -> String {
    format!("SELECT {n} AS class, kind, document_id FROM search_documents WHERE words @@ (SELECT CAST(? AS tsquery))")
}

static ANY_ON_POSTGRES: LazyLock<String> = LazyLock::new(|| classes(on_postgres, " AS class"));

static FOREMOST_ON_POSTGRES: LazyLock<String> =
    LazyLock::new(|| classes(|n| format!("{} ORDER BY number", on_postgres(n)), " AS class"));

statement! {
    OnSqlite<'a> { a: &'a str => Text, b: &'a str => Text, c: &'a str => Text, d: &'a str => Text }
    -> (Integer, Text, Text) = ON_SQLITE
}

statement! {
    AnyOnPostgres<'a> { a: &'a str => Text, b: &'a str => Text, c: &'a str => Text, d: &'a str => Text }
    -> (Integer, Text, Text) = ANY_ON_POSTGRES
}

statement! {
    ForemostOnPostgres<'a> { a: &'a str => Text, b: &'a str => Text, c: &'a str => Text, d: &'a str => Text }
    -> (Integer, Text, Text) = FOREMOST_ON_POSTGRES
}

statement! {
    /// Several texts in one round trip; the parts of their keys come joined by spaces, which no key has.
    Texts<'a> { kinds: &'a str => Text, ids: &'a str => Text, revisions: &'a str => Text } -> Text =
    "SELECT d.html FROM unnest(string_to_array(?, ' '), string_to_array(?, ' '), string_to_array(?, ' ')) \
     WITH ORDINALITY AS k (kind, id, revision, place) JOIN documents AS d \
     ON d.kind = k.kind AND d.id = k.id AND d.revision = k.revision ORDER BY k.place"
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(" ")
}

/// Class, kind and id.
type Rows = Vec<(i32, String, String)>;

fn keys(rows: Rows) -> Result<Vec<(usize, DocKind, ContentId)>> {
    let key = |(class, kind, id): (i32, String, String)| {
        Ok((number(i64::from(class))?, stored(kind.parse())?, stored(id.parse())?))
    };
    rows.into_iter().map(key).collect()
}

fn on_sqlite(c: &mut SqliteConnection, classes: &[Expression; CLASSES]) -> QueryResult<Rows> {
    let [one, two, three, four] = classes.each_ref().map(fts5);
    OnSqlite { a: &one, b: &two, c: &three, d: &four }.load(c)
}

impl SearchReader for Tx<'_> {
    fn matching(&mut self, classes: &[Expression; CLASSES]) -> Result<Vec<(usize, DocKind, ContentId)>> {
        keys(self.run(|c| {
            per_backend!(c, sqlite c => on_sqlite(c, classes), postgres c => {
                let [one, two, three, four] = classes.each_ref().map(tsquery);
                AnyOnPostgres { a: &one, b: &two, c: &three, d: &four }.load(c)
            })
        })?)
    }

    fn foremost(&mut self, classes: &[Expression; CLASSES]) -> Result<Vec<(usize, DocKind, ContentId)>> {
        keys(self.run(|c| {
            per_backend!(c, sqlite c => on_sqlite(c, classes), postgres c => {
                let [one, two, three, four] = classes.each_ref().map(tsquery);
                ForemostOnPostgres { a: &one, b: &two, c: &three, d: &four }.load(c)
            })
        })?)
    }

    fn indexed(&mut self, pack: &PackId) -> Result<BTreeMap<(DocKind, ContentId), String>> {
        let rows: Vec<(String, String, String)> = self.run(|c| {
            per_backend!(c, c => {
                search_documents::table
                    .filter(search_documents::pack_id.eq(pack.as_str()))
                    .select((search_documents::kind, search_documents::document_id, search_documents::stamp))
                    .load(c)
            })
        })?;
        rows.into_iter().map(|(kind, id, stamp)| Ok(((stored(kind.parse())?, stored(id.parse())?), stamp))).collect()
    }

    fn texts(&mut self, all: &[&Document]) -> Result<Vec<String>> {
        let texts: Vec<String> = if self.on_postgres() {
            let kinds = joined(all.iter().map(|document| document.kind().as_str()));
            let ids = joined(all.iter().map(|document| document.id.as_str()));
            let revisions = joined(all.iter().map(|document| document.revision.as_str()));
            let texts = Texts { kinds: &kinds, ids: &ids, revisions: &revisions };
            self.run(|c| per_backend!(c, sqlite _c => Ok(Vec::new()), postgres c => texts.load(c)))?
        } else {
            let text = |document: &&Document| {
                let key = (document.kind().as_str(), document.id.as_str(), document.revision.as_str());
                let text = documents::table.find(key).select(documents::html);
                self.find(|c| per_backend!(c, c => text.get_result(c)))
            };
            all.iter().map(text).filter_map(Result::transpose).collect::<Result<_>>()?
        };
        if texts.len() != all.len() {
            return Err(Error::internal(format!("{} texts of {} are there", texts.len(), all.len())));
        }
        Ok(texts)
    }
}
