use cairn_domain::identity::{ApiToken, Scope, SecretDigest, TokenReader, TokenWriter, User};
use cairn_domain::shared::{Page, PageRequest, Timestamp, TokenId, UserId, refuse_nul};
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::users::UserRow;
use crate::connection::per_backend;
use crate::schema::{api_tokens, users};
use crate::statement::statement;
use crate::tx::{Tx, from_json, stored, to_json};

/// A row of `api_tokens`.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct TokenRow {
    id: String,
    user_id: String,
    name: String,
    scopes: String,
    digest: String,
    created_at: i64,
    expires_at: i64,
    last_used: Option<i64>,
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = Error;

    fn try_from(row: TokenRow) -> Result<Self> {
        Ok(Self {
            id: stored(row.id.parse())?,
            user: stored(row.user_id.parse())?,
            name: row.name,
            scopes: from_json(&row.scopes)?,
            digest: SecretDigest::new(row.digest),
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            last_used: row.last_used.map(Timestamp::from_micros),
        })
    }
}

statement! {
    InsertToken<'a> {
        id: &'a str => Text, user_id: &'a str => Text, name: &'a str => Text, scopes: &'a str => Text,
        digest: &'a str => Text, created_at: i64 => BigInt, expires_at: i64 => BigInt,
        last_used: Option<i64> => Nullable<BigInt>,
    } -> () = "INSERT INTO api_tokens (id, user_id, name, scopes, digest, created_at, expires_at, last_used) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, name) DO NOTHING"
}

impl TokenReader for Tx<'_> {
    fn get(&mut self, id: TokenId) -> Result<Option<ApiToken>> {
        let row =
            self.find(|c| per_backend!(c, c => api_tokens::table.find(id.to_string()).get_result::<TokenRow>(c)))?;
        row.map(ApiToken::try_from).transpose()
    }

    fn by_digest(&mut self, digest: &SecretDigest) -> Result<Option<(ApiToken, User)>> {
        refuse_nul(digest.as_str())?;
        // Asked with each request that comes with a token.
        let found: Option<(TokenRow, UserRow)> = self.find(|c| {
            let query = api_tokens::table
                .inner_join(users::table)
                .filter(api_tokens::digest.eq(digest.as_str()))
                .select((api_tokens::all_columns, users::all_columns));
            per_backend!(c, c => query.get_result(c))
        })?;
        found.map(|(token, user)| Ok((token.try_into()?, user.try_into()?))).transpose()
    }

    fn page(&mut self, user: UserId, page: &PageRequest) -> Result<Page<ApiToken>> {
        let rows = self.run(|c| per_backend!(c, c => {
            api_tokens::table
                .filter(
                    api_tokens::user_id.eq(user.to_string()).and(api_tokens::id.gt(page.after().unwrap_or_default())),
                )
                .order(api_tokens::id)
                .limit(page.limit() as i64 + 1)
                .load::<TokenRow>(c)
        }))?;
        let items = rows.into_iter().map(ApiToken::try_from).collect::<Result<_>>()?;
        Ok(Page::of(items, page, |token: &ApiToken| token.id.to_string()))
    }
}

impl TokenWriter for Tx<'_> {
    fn insert(&mut self, token: &ApiToken) -> Result<()> {
        refuse_nul(&token.name)?;
        refuse_nul(token.digest.as_str())?;
        let (id, user) = (token.id.to_string(), token.user.to_string());
        let scopes: Vec<Scope> = token.scopes.iter().copied().collect();
        let statement = InsertToken {
            id: &id,
            user_id: &user,
            name: &token.name,
            scopes: &to_json(&scopes)?,
            digest: token.digest.as_str(),
            created_at: token.created_at.micros(),
            expires_at: token.expires_at.micros(),
            last_used: token.last_used.map(Timestamp::micros),
        };
        match self.run(|c| per_backend!(c, c => statement.execute(c)))? {
            0 => Err(Error::new(Code::Duplicate, format!("You have a token named `{}` already.", token.name))),
            _ => Ok(()),
        }
    }

    fn delete(&mut self, id: TokenId) -> Result<()> {
        self.run(|c| per_backend!(c, c => diesel::delete(api_tokens::table.find(id.to_string())).execute(c)))
            .map(|_| ())
    }

    fn touch(&mut self, uses: &[(TokenId, Timestamp)]) -> Result<()> {
        // In one order, so that two servers do not wait for one another in a circle.
        let mut uses = uses.to_vec();
        uses.sort_unstable();
        for (id, at) in uses {
            let older = api_tokens::last_used.is_null().or(api_tokens::last_used.lt(at.micros()));
            let token = api_tokens::table.filter(api_tokens::id.eq(id.to_string())).filter(older);
            self.run(
                |c| per_backend!(c, c => diesel::update(token).set(api_tokens::last_used.eq(at.micros())).execute(c)),
            )?;
        }
        Ok(())
    }
}
