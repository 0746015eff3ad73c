//! One's own API tokens: made, listed, revoked. A secret is shown once, in the answer to the form that made it.

use askama::Template;
use cairn_domain::identity::{self, ApiToken, NewToken, Scope};
use cairn_domain::shared::{Page, TokenId};
use serde_json::Value;

use super::field::{Field, Told, again};
use super::frame::{Frame, Visitor};
use super::{personal, render, text};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::extract::form::{Form, Shape};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::tokens::NewTokenInput;

const SHAPE: Shape = Shape { lists: &["scopes"], numbers: &["days"] };

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/account/tokens", |call| Box::pin(show(call))).query("cursor", "", Value::Null, &[]),
        Endpoint::action("/account/tokens", "create_token", |call| Box::pin(create(call))),
        Endpoint::action("/account/tokens/{id}/revoke", "revoke_token", |call| Box::pin(revoke(call))),
    ]
}

/// A box to tick.
struct Choice {
    scope: Scope,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    tokens: Vec<ApiToken>,
    /// The address of the next page; empty on the last one.
    next: String,
    fields: Vec<Field>,
    choices: Vec<Choice>,
    told: Vec<Told>,
    /// A secret that was just made; empty otherwise.
    secret: String,
}

impl TokensPage {
    fn new(call: &Call, visitor: Visitor, page: Page<ApiToken>, form: &Form, told: Vec<Told>) -> Self {
        let frame = Frame::personal(&call.state.site, visitor, "API tokens", "/account/tokens");
        let next = page.next.map(|key| call.state.ports.cursors.seal("tokens", &key));
        let fields = [
            Field::new("name", "Name", "text", "off").hint("What it is for, such as “laptop”."),
            Field::new("days", "Days", "number", "off").hint("How long it lasts: 1 to 366."),
        ];
        let ticked = |scope: Scope| form.has("scopes", scope.as_str());
        Self {
            frame: frame.below("Home", "/").below("Account", "/account").below("API tokens", ""),
            tokens: page.items,
            next: next.map(|cursor| format!("/account/tokens?cursor={cursor}")).unwrap_or_default(),
            fields: fields.into_iter().map(|field| field.sent(form, &told)).collect(),
            choices: Scope::ALL.into_iter().map(|scope| Choice { scope, ticked: ticked(scope) }).collect(),
            told,
            secret: String::new(),
        }
    }

    /// The faults of the boxes.
    fn faults(&self) -> Vec<&str> {
        self.told.iter().filter(|told| told.field == "scopes").map(|told| told.detail.as_str()).collect()
    }
}

async fn own(call: &Call) -> Result<(Visitor, Page<ApiToken>), Problem> {
    let page = call.page("tokens")?;
    let state = call.state.clone();
    call.read(move |tx, known| Ok((Visitor::of(&state, Some(known)), identity::list_tokens(tx, &known.actor, &page)?)))
        .await
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let (visitor, page) = own(&call).await?;
    Ok(personal(render(&TokensPage::new(&call, visitor, page, &Form::default(), Vec::new()))?)?)
}

async fn create(mut call: Call) -> Result<Reply, Problem> {
    let form = call.form().await?;
    let read = form
        .input(SHAPE, |input: NewTokenInput| Ok(NewToken { name: input.name, scopes: input.scopes, days: input.days }));
    let made = match call.or_refused(read).await {
        Ok(new) => {
            let (id, now) = (call.state.id(TokenId::new), call.now);
            let (secret, digest) = call.state.ports.secrets.token();
            let make = call.write(move |tx, actor| identity::create_token(tx, actor, &new, id, digest.clone(), now));
            make.await.map(|_| secret)
        }
        Err(problem) => Err(problem),
    };
    let own = own(&call).await;
    match (made, own) {
        (Ok(secret), own) => {
            let (visitor, page) = own?;
            let page = TokensPage::new(&call, visitor, page, &Form::default(), Vec::new());
            Ok(personal(render(&TokensPage { secret, ..page })?)?)
        }
        (Err(problem), Ok((visitor, page))) => {
            Err(again(problem, |told| render(&TokensPage::new(&call, visitor, page, &form, told))))
        }
        (Err(problem), Err(_)) => Err(problem),
    }
}

async fn revoke(mut call: Call) -> Result<Reply, Problem> {
    let id: TokenId = call.segment("id", "token")?;
    call.form().await?;
    call.write(move |tx, actor| identity::revoke_token(tx, actor, id)).await?;
    call.state.auth.forget();
    Ok(Reply::see_other("/account/tokens"))
}
