//! One's own account: name and password.

use askama::Template;
use cairn_domain::identity::{self, User, UserPatch};
use serde_json::Value;

use super::field::{Field, Told, again};
use super::frame::{Frame, Visitor};
use super::{personal, render, text};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::extract::form::{Form, Shape};
use crate::extract::input::input;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::users::{PASSWORD, change_own_password, passwords};

input! {
    /// One's own name, with the version of the account that it was typed for.
    struct NameInput {
        /// One line of 1 to 100 characters.
        name: String,
        /// What the form was made from.
        version: u32,
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/account", |call| Box::pin(show(call))).query(
            "saved",
            "What was just changed.",
            Value::Null,
            &["name", "password"],
        ),
        Endpoint::action("/account", "change_user", |call| Box::pin(rename(call))),
        Endpoint::page("/account/password", |call| Box::pin(show_password(call))),
        Endpoint::action("/account/password", "change_password", |call| Box::pin(change_password(call)))
            .limited(PASSWORD),
    ]
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    user: User,
    fields: Vec<Field>,
    told: Vec<Told>,
    saved: String,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    email: String,
    fields: Vec<Field>,
    told: Vec<Told>,
}

fn frame(call: &Call, visitor: Visitor) -> Frame {
    Frame::personal(&call.state.site, visitor, "Account", "/account").below("Home", "/").below("Account", "")
}

/// The visitor with the account.
async fn own(call: &Call) -> Result<(Visitor, User), Problem> {
    let state = call.state.clone();
    call.read(move |tx, known| {
        let user = identity::user(tx, &known.actor, known.actor.user)?;
        Ok((Visitor::of(&state, Some(known)), user))
    })
    .await
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let (visitor, user) = own(&call).await?;
    let fields = vec![name().value(&user.name)];
    let saved = call.parameters.get("saved").unwrap_or_default().to_owned();
    Ok(personal(render(&AccountPage { frame: frame(&call, visitor), user, fields, told: Vec::new(), saved })?)?)
}

fn name() -> Field {
    Field::new("name", "Name", "text", "name").hint("What others see.")
}

async fn rename(mut call: Call) -> Result<Reply, Problem> {
    let form = call.form().await?;
    let read = form.input(Shape { numbers: &["version"], ..Shape::default() }, |input: NameInput| Ok(input));
    let input = match call.or_refused(read).await {
        Ok(input) => input,
        Err(problem) => return Err(rename_again(&call, &form, problem).await),
    };
    let (patch, expected) = (UserPatch { name: Some(input.name), ..UserPatch::default() }, input.version);
    let done = call.write(move |tx, actor| identity::update_user(tx, actor, actor.user, expected, &patch)).await;
    match done {
        Ok(_) => {
            call.state.auth.forget();
            Ok(Reply::see_other("/account?saved=name"))
        }
        Err(problem) => Err(rename_again(&call, &form, problem).await),
    }
}

async fn rename_again(call: &Call, form: &Form, problem: Problem) -> Problem {
    match own(call).await {
        Ok((visitor, user)) => again(problem, |told| {
            let fields = vec![name().sent(form, &told)];
            render(&AccountPage { frame: frame(call, visitor), user, fields, told, saved: String::new() })
        }),
        Err(_) => problem,
    }
}

fn password_page(call: &Call, visitor: Visitor, user: &User, told: Vec<Told>) -> cairn_domain::Result<String> {
    let frame = Frame::personal(&call.state.site, visitor, "Change the password", "/account/password");
    let frame = frame.below("Home", "/").below("Account", "/account").below("Password", "");
    let fields = [
        Field::new("current", "Present password", "password", "current-password"),
        Field::new("new", "New password", "password", "new-password").hint("12 characters or more."),
    ];
    let fields = fields.into_iter().map(|field| field.sent(&Form::default(), &told)).collect();
    render(&PasswordPage { frame, email: user.email.to_string(), fields, told })
}

async fn show_password(call: Call) -> Result<Reply, Problem> {
    let (visitor, user) = own(&call).await?;
    Ok(personal(password_page(&call, visitor, &user, Vec::new())?)?)
}

async fn change_password(mut call: Call) -> Result<Reply, Problem> {
    let form = call.form().await?;
    let read = form.input(Shape::default(), passwords);
    let done = match call.or_refused(read).await {
        Ok((current, new)) => change_own_password(&call, current, new).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Reply::see_other("/account?saved=password")),
        Err(problem) => Err(match own(&call).await {
            Ok((visitor, user)) => again(problem, |told| password_page(&call, visitor, &user, told)),
            Err(_) => problem,
        }),
    }
}
