//! Signing up, in and out.

use askama::Template;
use cairn_domain::Code;
use cairn_domain::identity::Password;
use serde_json::Value;

use super::field::{Field, Told, again};
use super::frame::{Frame, Visitor};
use super::{personal, render, visitor};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::extract::form::{Form, Shape};
use crate::extract::query::escaped;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::session::{SIGN_IN, close, open, proof};
use crate::users::{SIGN_UP, new_user, sign_up};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let about = "The page of this server to go on to.";
    vec![
        Endpoint::page("/sign-in", |call| Box::pin(show_sign_in(call))).query("return_to", about, Value::Null, &[]),
        Endpoint::action("/sign-in", "sign_in", |call| Box::pin(send_sign_in(call))).limited(SIGN_IN),
        Endpoint::page("/sign-up", |call| Box::pin(show_sign_up(call))).query("return_to", about, Value::Null, &[]),
        Endpoint::action("/sign-up", "create_user", |call| Box::pin(send_sign_up(call))).limited(SIGN_UP),
        Endpoint::action("/sign-out", "sign_out", |call| Box::pin(send_sign_out(call))),
    ]
}

/// A path of this server, in which no browser reads another host: `//host`, `/\host` and what becomes one of them once a
/// browser has taken tabs and line breaks out are none.
pub(super) fn own_path(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (plain && text.len() <= 2048 && text.starts_with('/') && !text.starts_with("//")).then_some(text)
}

/// The page to sign in, which leads on to a path.
pub(super) fn sign_in_address(return_to: &str) -> String {
    format!("/sign-in?return_to={}", escaped(return_to))
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    frame: Frame,
    fields: Vec<Field>,
    told: Vec<Told>,
    return_to: String,
}

impl SignInPage {
    fn new(call: &Call, form: &Form, told: Vec<Told>, return_to: &str) -> Self {
        let frame = Frame::personal(&call.state.site, Visitor::Nobody, "Sign in", "/sign-in").below("Home", "/");
        let fields = [
            Field::new("email", "E-mail address", "email", "username"),
            Field::new("password", "Password", "password", "current-password"),
        ];
        let fields = fields.into_iter().map(|field| field.sent(form, &told)).collect();
        Self { frame: frame.below("Sign in", ""), fields, told, return_to: return_to.to_owned() }
    }
}

#[derive(Template)]
#[template(path = "sign-up.html")]
struct SignUpPage {
    frame: Frame,
    fields: Vec<Field>,
    told: Vec<Told>,
    return_to: String,
}

impl SignUpPage {
    fn new(call: &Call, form: &Form, told: Vec<Told>, return_to: &str) -> Self {
        let frame = Frame::personal(&call.state.site, Visitor::Nobody, "Sign up", "/sign-up").below("Home", "/");
        let fields = [
            Field::new("name", "Name", "text", "name").hint("What others see."),
            Field::new("email", "E-mail address", "email", "username").hint("To sign in with."),
            Field::new("password", "Password", "password", "new-password").hint("12 characters or more."),
        ];
        let fields = fields.into_iter().map(|field| field.sent(form, &told)).collect();
        Self { frame: frame.below("Sign up", ""), fields, told, return_to: return_to.to_owned() }
    }
}

/// Where to go on to: what the address asks for, when it is a path of this server.
fn asked(call: &Call) -> &str {
    call.parameters.get("return_to").and_then(own_path).unwrap_or("/")
}

/// Where to go on to: what the form carried along, when it is a path of this server.
fn carried(form: &mut Form) -> String {
    let asked = form.take("return_to").unwrap_or_default();
    own_path(&asked).unwrap_or("/").to_owned()
}

async fn show_sign_in(call: Call) -> Result<Reply, Problem> {
    let return_to = asked(&call);
    if visitor(&call).await?.is_somebody() {
        return Ok(Reply::see_other(return_to));
    }
    Ok(personal(render(&SignInPage::new(&call, &Form::default(), Vec::new(), return_to))?)?)
}

async fn send_sign_in(mut call: Call) -> Result<Reply, Problem> {
    let mut form = call.form().await?;
    let return_to = carried(&mut form);
    let opened = match form.input(Shape::default(), proof) {
        Ok((email, password)) => open(&call, email, password).await,
        Err(problem) => Err(problem),
    };
    match opened {
        Ok(opened) => Ok(Reply::see_other(return_to).cookie(&opened.cookie)?),
        Err(problem) => Err(again(problem, |told| render(&SignInPage::new(&call, &form, told, &return_to)))),
    }
}

fn closed(call: &Call) -> Result<(), Problem> {
    if call.state.site.sign_up {
        return Ok(());
    }
    Err(Problem::new(Code::SignUpClosed, "Accounts on this server are made by an admin."))
}

async fn show_sign_up(call: Call) -> Result<Reply, Problem> {
    closed(&call)?;
    let return_to = asked(&call);
    if visitor(&call).await?.is_somebody() {
        return Ok(Reply::see_other(return_to));
    }
    Ok(personal(render(&SignUpPage::new(&call, &Form::default(), Vec::new(), return_to))?)?)
}

async fn send_sign_up(mut call: Call) -> Result<Reply, Problem> {
    closed(&call)?;
    let mut form = call.form().await?;
    let return_to = carried(&mut form);
    let made = match form.input(Shape::default(), new_user) {
        Ok((new, password)) => sign_up(&call, new, password).await,
        Err(problem) => Err(problem),
    };
    let user = match made {
        Ok(user) => user,
        Err(problem) => return Err(again(problem, |told| render(&SignUpPage::new(&call, &form, told, &return_to)))),
    };
    // The account is there, whatever comes of signing in at once.
    let password = Password::presented(form.get("password"))?;
    Ok(match open(&call, user.email, password).await {
        Ok(opened) => Reply::see_other(return_to).cookie(&opened.cookie)?,
        Err(_) => Reply::see_other(sign_in_address(&return_to)),
    })
}

async fn send_sign_out(mut call: Call) -> Result<Reply, Problem> {
    call.form().await?;
    let cookie = close(&call).await?;
    Ok(Reply::see_other("/").cookie(&cookie)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_led_on_to() {
        for own in ["/", "/lessons/a", "/tracks/b?x=1#y", "/a//b", "/a%0d%0aSet-Cookie:x"] {
            assert_eq!(own_path(own), Some(own));
        }
        for foreign in [
            "",
            "lessons",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            "/ /evil.example",
            " //evil.example",
            "/a\r\nSet-Cookie: x=1",
            "/é",
            &format!("/{}", "a".repeat(2048)),
        ] {
            assert_eq!(own_path(foreign), None, "{foreign:?}");
        }
        assert_eq!(sign_in_address("/a?b=c&d"), "/sign-in?return_to=%2Fa%3Fb%3Dc%26d");
    }
}
