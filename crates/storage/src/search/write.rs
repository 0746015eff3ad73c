use cairn_domain::Result;
use cairn_domain::catalog::DocKind;
use cairn_domain::search::{Indexed, SearchWriter};
use cairn_domain::shared::{ContentId, PackId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::connection::per_backend;
use crate::statement::statement;
use crate::tx::Tx;

statement! {
    PutDocument<'a> {
        kind: &'a str => Text, document_id: &'a str => Text, pack_id: &'a str => Text, stamp: &'a str => Text,
    } -> BigInt = "INSERT INTO search_documents (kind, document_id, pack_id, stamp) VALUES (?, ?, ?, ?) \
        ON CONFLICT (kind, document_id) DO UPDATE SET pack_id = excluded.pack_id, stamp = excluded.stamp \
        RETURNING number"
}

statement! {
    PutWords<'a> { number: i64 => BigInt, words: &'a str => Text } -> () =
    "INSERT OR REPLACE INTO search_words (rowid, words) VALUES (?, ?)"
}

statement! {
    DropDocument<'a> { kind: &'a str => Text, document_id: &'a str => Text } -> BigInt =
    "DELETE FROM search_documents WHERE kind = ? AND document_id = ? RETURNING number"
}

statement! {
    DropWords { number: i64 => BigInt } -> () = "DELETE FROM search_words WHERE rowid = ?"
}

statement! {
    /// Several documents in one round trip: a line for each in every text.
    PutDocuments<'a> {
        pack_id: &'a str => Text, kinds: &'a str => Text, ids: &'a str => Text, stamps: &'a str => Text,
        words: &'a str => Text,
    } -> () = "INSERT INTO search_documents (kind, document_id, pack_id, stamp, words) \
        SELECT k.kind, k.id, ?, k.stamp, array_to_tsvector(string_to_array(k.words, ' ')) \
        FROM unnest(string_to_array(?, E'\\n'), string_to_array(?, E'\\n'), string_to_array(?, E'\\n'), \
        string_to_array(?, E'\\n')) WITH ORDINALITY AS k (kind, id, stamp, words, place) ORDER BY k.place \
        ON CONFLICT (kind, document_id) DO UPDATE SET pack_id = excluded.pack_id, stamp = excluded.stamp, \
        words = excluded.words"
}

statement! {
    /// Several documents in one round trip: a line for each in every text.
    DropDocuments<'a> { kinds: &'a str => Text, ids: &'a str => Text } -> () =
    "DELETE FROM search_documents AS d USING unnest(string_to_array(?, E'\\n'), string_to_array(?, E'\\n')) \
     AS k (kind, id) WHERE d.kind = k.kind AND d.document_id = k.id"
}

fn lines<T>(all: &[T], line: impl Fn(&T) -> String) -> String {
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl SearchWriter for Tx<'_> {
    fn index(&mut self, pack: &PackId, documents: &[Indexed]) -> Result<()> {
        if self.on_postgres() {
            let put = PutDocuments {
                pack_id: pack.as_str(),
                kinds: &lines(documents, |document| document.kind.to_string()),
                ids: &lines(documents, |document| document.id.to_string()),
                stamps: &lines(documents, |document| document.stamp.clone()),
                words: &lines(documents, |document| document.terms.join(" ")),
            };
            return self.run(|c| per_backend!(c, sqlite _c => Ok(0), postgres c => put.execute(c))).map(|_| ());
        }
        for document in documents {
            let put = PutDocument {
                kind: document.kind.as_str(),
                document_id: document.id.as_str(),
                pack_id: pack.as_str(),
                stamp: &document.stamp,
            };
            let number: i64 = self.run(|c| per_backend!(c, c => put.get_result(c)))?;
            let put = PutWords { number, words: &document.terms.join(" ") };
            self.run(|c| per_backend!(c, c => put.execute(c)))?;
        }
        Ok(())
    }

    fn forget(&mut self, documents: &[(DocKind, ContentId)]) -> Result<()> {
        if self.on_postgres() {
            let (kinds, ids) =
                (lines(documents, |(kind, _)| kind.to_string()), lines(documents, |(_, id)| id.to_string()));
            let drop = DropDocuments { kinds: &kinds, ids: &ids };
            return self.run(|c| per_backend!(c, sqlite _c => Ok(0), postgres c => drop.execute(c))).map(|_| ());
        }
        for (kind, id) in documents {
            let drop = DropDocument { kind: kind.as_str(), document_id: id.as_str() };
            let number: Option<i64> = self.find(|c| per_backend!(c, c => drop.get_result(c)))?;
            if let Some(number) = number {
                self.run(|c| per_backend!(c, c => DropWords { number }.execute(c)))?;
            }
        }
        Ok(())
    }
}
