//! API tokens: named secrets for programs.

use std::collections::BTreeSet;

use cairn_domain::Code;
use cairn_domain::identity::{self, ApiToken, NewToken, Scope};
use cairn_domain::shared::{Timestamp, TokenId};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::extract::input::input;
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Tokens";

input! {
    /// A new token.
    struct NewTokenInput {
        /// One line of 1 to 100 characters; unique among one's tokens.
        name: String,
        /// What it may be used for; at least one. It never does more than its user's roles allow.
        #[schema(value_type = Vec<String>)]
        scopes: BTreeSet<Scope>,
        /// How many days it lasts: 1 to 366.
        days: u32,
    }
}

/// A token as it is sent, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// Its id, which is no secret.
    #[schema(value_type = String)]
    id: TokenId,
    /// What its user calls it.
    name: String,
    /// What it may be used for.
    #[schema(value_type = Vec<String>)]
    scopes: BTreeSet<Scope>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The hour in which it was last used; null when it never was.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_used: Option<Timestamp>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewTokenView {
    #[serde(flatten)]
    view: TokenView,
    /// The secret, shown this once; null when the answer is replayed under its idempotency key.
    #[schema(required)]
    token: Option<String>,
    /// What to do where the secret is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used: token.last_used,
        }
    }
}

fn example() -> Value {
    json!({
        "id": "0190d6f0-0000-7000-8000-000000000002",
        "name": "laptop",
        "scopes": ["account:read", "learning:read", "learning:write"],
        "created_at": "2026-01-31T12:00:00.000000Z",
        "expires_at": "2026-05-01T12:00:00.000000Z",
        "last_used": null,
    })
}

fn example_of_new() -> Value {
    let mut example = example();
    example["token"] = json!("cairn_0123456789abcdefghijABCDEFGHIJ0123456789abcdefg");
    example
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Verb::Post, "/api/v1/tokens", "create_token", |call| Box::pin(create(call)))
            .describe(
                TAG,
                "Makes a token",
                "With a session. The secret is in this answer alone; send it as `Authorization: Bearer …`.",
            )
            .takes::<NewTokenInput>(json!({
                "name": "laptop", "scopes": ["account:read", "learning:read", "learning:write"], "days": 90,
            }))
            .gives::<NewTokenView>(Success::Created, "The token with its secret.", example_of_new())
            .keyed()
            .refuses(&[Code::Duplicate]),
        Endpoint::new(Verb::Get, "/api/v1/tokens", "list_tokens", |call| Box::pin(list(call)))
            .describe(TAG, "Lists one's tokens", "Without their secrets, which nobody can show again.")
            .lists::<TokenView>("A page of tokens.", example()),
        Endpoint::new(Verb::Get, "/api/v1/tokens/{id}", "get_token", |call| Box::pin(show(call)))
            .describe(TAG, "Shows one of one's tokens", "Without its secret.")
            .gives::<TokenView>(Success::Ok, "The token.", example())
            .tagged(),
        Endpoint::new(Verb::Delete, "/api/v1/tokens/{id}", "revoke_token", |call| Box::pin(revoke(call)))
            .describe(TAG, "Revokes a token", "With a session. It works nowhere any more within a second.")
            .gives_other(Success::NoContent, "", "The token is revoked."),
    ]
}

async fn create(mut call: Call) -> Result<Reply, Problem> {
    let (input, body) = call.json::<NewTokenInput>().await?;
    let new = NewToken { name: input.name, scopes: input.scopes, days: input.days };
    let (id, now) = (call.state.id(TokenId::new), call.now);
    let (secret, digest) = call.state.ports.secrets.token();
    call.create(&body, false, move |tx, actor| {
        let view = TokenView::from(identity::create_token(tx, actor, &new, id, digest.clone(), now)?);
        let location = || format!("/api/v1/tokens/{id}");
        let shown = NewTokenView { view: view.clone(), token: Some(secret.clone()), note: None };
        let hidden = NewTokenView {
            view,
            token: None,
            note: Some("The secret was shown once, in the first answer. Revoke this token and make a new one."),
        };
        Ok((Reply::created(&shown, location())?, Some(Reply::created(&hidden, location())?)))
    })
    .await
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let page = call.page("tokens")?;
    let found = call.read(move |tx, known| identity::list_tokens(tx, &known.actor, &page)).await?;
    call.page_reply(found, "tokens", TokenView::from)
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id: TokenId = call.segment("id", "token")?;
    call.read(move |tx, known| Reply::ok(&TokenView::from(identity::token(tx, &known.actor, id)?))?.quick_tag()).await
}

async fn revoke(call: Call) -> Result<Reply, Problem> {
    let id: TokenId = call.segment("id", "token")?;
    call.write(move |tx, actor| identity::revoke_token(tx, actor, id)).await?;
    call.state.auth.forget();
    Ok(Reply::no_content())
}
