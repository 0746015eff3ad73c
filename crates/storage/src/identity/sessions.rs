use cairn_domain::identity::{SecretDigest, Session, SessionReader, SessionWriter, User};
use cairn_domain::shared::{SessionId, Timestamp, UserId, refuse_nul};
use cairn_domain::{Error, Result};
use diesel::prelude::*;

use super::users::UserRow;
use crate::connection::per_backend;
use crate::schema::{sessions, users};
use crate::tx::{Tx, stored};

/// A row of `sessions`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: String,
    user_id: String,
    digest: String,
    created_at: i64,
    expires_at: i64,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            user_id: session.user.to_string(),
            digest: session.digest.as_str().to_owned(),
            created_at: session.created_at.micros(),
            expires_at: session.expires_at.micros(),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self> {
        Ok(Self {
            id: stored(row.id.parse())?,
            user: stored(row.user_id.parse())?,
            digest: SecretDigest::new(row.digest),
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        })
    }
}

impl SessionReader for Tx<'_> {
    fn by_digest(&mut self, digest: &SecretDigest) -> Result<Option<(Session, User)>> {
        refuse_nul(digest.as_str())?;
        // Asked with each request that comes with a cookie.
        let found: Option<(SessionRow, UserRow)> = self.find(|c| {
            let query = sessions::table
                .inner_join(users::table)
                .filter(sessions::digest.eq(digest.as_str()))
                .select((sessions::all_columns, users::all_columns));
            per_backend!(c, c => query.get_result(c))
        })?;
        found.map(|(session, user)| Ok((session.try_into()?, user.try_into()?))).transpose()
    }
}

impl SessionWriter for Tx<'_> {
    fn insert(&mut self, session: &Session) -> Result<()> {
        refuse_nul(session.digest.as_str())?;
        let row = SessionRow::from(session);
        self.run(|c| per_backend!(c, c => diesel::insert_into(sessions::table).values(&row).execute(c))).map(|_| ())
    }

    fn delete(&mut self, id: SessionId) -> Result<()> {
        self.run(|c| per_backend!(c, c => diesel::delete(sessions::table.find(id.to_string())).execute(c))).map(|_| ())
    }

    fn delete_of_user(&mut self, user: UserId, but: Option<SessionId>) -> Result<()> {
        let but = but.map(|id| id.to_string()).unwrap_or_default();
        let others = sessions::user_id.eq(user.to_string()).and(sessions::id.ne(but));
        self.run(|c| per_backend!(c, c => diesel::delete(sessions::table.filter(others)).execute(c))).map(|_| ())
    }

    fn delete_expired(&mut self, now: Timestamp) -> Result<u64> {
        let ended = sessions::table.filter(sessions::expires_at.lt(now.micros()));
        self.run(|c| per_backend!(c, c => diesel::delete(ended).execute(c))).map(|count| count as u64)
    }
}
