//! Answers kept under idempotency keys.

use cairn_domain::Result;
use cairn_domain::operations::{IdempotencyKey, IdempotencyReader, IdempotencyWriter, Rendered, StoredAnswer};
use cairn_domain::shared::{Timestamp, UserId, refuse_nul};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::connection::per_backend;
use crate::schema::idempotent_answers;
use crate::statement::statement;
use crate::tx::{Tx, from_json, number, stored, to_json};

/// A row of `idempotent_answers` without its key.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = idempotent_answers)]
struct AnswerRow {
    fingerprint: String,
    status: i64,
    headers: String,
    body: String,
    at: i64,
}

statement! {
    PutAnswer<'a> {
        user_id: &'a str => Text, id: &'a str => Text, fingerprint: &'a str => Text, status: i64 => BigInt,
        headers: &'a str => Text, body: &'a str => Text, at: i64 => BigInt,
    } -> () = "INSERT INTO idempotent_answers (user_id, id, fingerprint, status, headers, body, at) \
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, id) DO UPDATE SET fingerprint = excluded.fingerprint, \
        status = excluded.status, headers = excluded.headers, body = excluded.body, at = excluded.at"
}

impl IdempotencyReader for Tx<'_> {
    fn get(&mut self, user: UserId, key: &IdempotencyKey) -> Result<Option<StoredAnswer>> {
        let kept = idempotent_answers::table.find((user.to_string(), key.as_str()));
        let Some(row) = self.find(|c| per_backend!(c, c => kept.select(AnswerRow::as_select()).get_result(c)))? else {
            return Ok(None);
        };
        Ok(Some(StoredAnswer {
            user,
            key: key.clone(),
            fingerprint: stored(row.fingerprint.parse())?,
            answer: Rendered { status: number(row.status)?, headers: from_json(&row.headers)?, body: row.body },
            at: Timestamp::from_micros(row.at),
        }))
    }
}

impl IdempotencyWriter for Tx<'_> {
    fn put(&mut self, answer: &StoredAnswer) -> Result<()> {
        refuse_nul(&answer.answer.body)?;
        let statement = PutAnswer {
            user_id: &answer.user.to_string(),
            id: answer.key.as_str(),
            fingerprint: answer.fingerprint.as_str(),
            status: i64::from(answer.answer.status),
            headers: &to_json(&answer.answer.headers)?,
            body: &answer.answer.body,
            at: answer.at.micros(),
        };
        self.run(|c| per_backend!(c, c => statement.execute(c))).map(|_| ())
    }

    fn purge(&mut self, before: Timestamp) -> Result<u64> {
        let past = idempotent_answers::table.filter(idempotent_answers::at.lt(before.micros()));
        self.run(|c| per_backend!(c, c => diesel::delete(past).execute(c))).map(|count| count as u64)
    }
}
