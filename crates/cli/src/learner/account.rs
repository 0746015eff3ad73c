//! Signing in and out.

use std::collections::BTreeSet;

use cairn_domain::identity::{Action, Role, Scope};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Place;
use crate::args::{LoginArgs, LogoutArgs};
use crate::client::Client;
use crate::credentials::{Credentials, SavedToken};
use crate::{Context, Exit, Failure};

#[derive(Deserialize)]
struct Account {
    email: String,
    name: String,
    roles: BTreeSet<Role>,
}

#[derive(Deserialize)]
struct NewToken {
    id: String,
    token: String,
    expires_at: String,
}

/// The scopes that are of use to these roles.
fn scopes(roles: &BTreeSet<Role>) -> BTreeSet<Scope> {
    let allowed = |action: &Action| action.roles().iter().any(|role| roles.contains(role));
    Action::ALL.iter().filter(|action| allowed(action)).filter_map(|action| action.scope()).collect()
}

pub(super) fn login(
    args: &LoginArgs,
    client: &Client<'_>,
    place: &Place,
    credentials: &Credentials,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    if client.is_readable_on_the_way() {
        context.output.note(format!(
            "{} {} is plain HTTP: anybody on the way can read the password.",
            context.output.warning("warning:"),
            place.server
        ));
    }
    let email = match &args.email {
        Some(email) => email.clone(),
        None if context.ask.interactive() => {
            context.ask.line(&format!("E-mail address for {}: ", place.server))?.unwrap_or_default()
        }
        None => return Err(Failure::usage("There is no terminal to ask for the e-mail address.").help("Give --email.")),
    };
    let password = password(args.password_stdin, context)?;
    let session = client.sign_in(email.trim(), &password)?;
    let account: Account = crate::client::view(&session.user)?;
    let scopes = scopes(&account.roles);
    let body = json!({ "name": place.token_name, "scopes": scopes, "days": args.days });
    let made = session.client().write(Method::POST, &["tokens"], &body).and_then(|reply| reply.read::<NewToken>());
    // Whether or not there is a token: nobody needs this session any more.
    let ended = session.end();
    let made = made?;
    ended?;
    let token = SavedToken {
        token: made.token,
        id: made.id,
        email: account.email.clone(),
        expires_at: made.expires_at.clone(),
    };
    credentials.keep(&place.server, token)?;
    let value = json!({
        "server": place.server,
        "email": account.email,
        "name": account.name,
        "roles": account.roles,
        "scopes": scopes,
        "expires_at": made.expires_at,
        "kept_in": credentials.path(),
    });
    let output = context.output;
    output.show(&value, || {
        output.line(format!("Signed in to {} as {} ({}).", place.server, account.name, account.email));
        output.line(format!(
            "The token lasts until {} and is kept in {}.",
            day(&made.expires_at),
            credentials.path().display()
        ));
        output.line(format!("Next: {}", output.bold(format!("{} list", context.program))));
    });
    Ok(Exit::Ok)
}

pub(super) fn logout(
    args: &LogoutArgs,
    client: &Client<'_>,
    place: &Place,
    credentials: &Credentials,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let Some(saved) = credentials.token(&place.server)? else {
        let value = json!({ "server": place.server, "signed_out": false, "revoked": false });
        context.output.show(&value, || context.output.line(format!("You were not signed in to {}.", place.server)));
        return Ok(Exit::Ok);
    };
    if args.revoke {
        let password = password(args.password_stdin, context)?;
        let session = client.sign_in(&saved.email, &password)?;
        let revoked = session.client().write(Method::DELETE, &["tokens", &saved.id], &Value::Null);
        session.end()?;
        match revoked {
            Err(failure) if failure.status != Some(404) => return Err(failure),
            _ => {}
        }
    }
    credentials.forget(&place.server)?;
    let value = json!({ "server": place.server, "signed_out": true, "revoked": args.revoke });
    let output = context.output;
    output.show(&value, || {
        output.line(format!("Signed out of {}.", place.server));
        if !args.revoke {
            output.line(format!(
                "The token is gone from this machine. On the server it ends on {}; --revoke ends it at once.",
                day(&saved.expires_at)
            ));
        }
    });
    Ok(Exit::Ok)
}

fn password(from_stdin: bool, context: &mut Context<'_>) -> Result<String, Failure> {
    if from_stdin {
        let all = context.ask.all()?;
        Ok(all.lines().next().unwrap_or_default().to_owned())
    } else if context.ask.interactive() {
        context.ask.secret("Password: ")
    } else {
        Err(Failure::usage("There is no terminal to ask for the password.")
            .help("Give --password-stdin and pipe it in."))
    }
}

/// The day of a time in RFC 3339.
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gets_the_scopes_that_the_roles_can_use() {
        let of = |roles: &[Role]| -> Vec<&str> {
            scopes(&roles.iter().copied().collect()).into_iter().map(Scope::as_str).collect()
        };
        assert_eq!(of(&[Role::Learner]), ["account:read", "learning:read", "learning:write"]);
        assert!(of(&[Role::Learner, Role::Author]).contains(&"content:write"));
        assert_eq!(of(&Role::ALL).len(), Scope::ALL.len());
    }
}
