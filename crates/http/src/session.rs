//! Signing in and out with a password.

use cairn_domain::identity::{self, Email, Password, SESSION_LIFETIME, SIGN_IN_LIMIT, Session};
use cairn_domain::shared::{SessionId, Timestamp};
use cairn_domain::{Code, Error, StoreExt as _, Violations};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::AppState;
use crate::call::Call;
use crate::endpoint::{Endpoint, Limit, Verb};
use crate::extract::input::input;
use crate::problem::{Problem, Success};
use crate::reply::Reply;
use crate::users::{self, UserView};

const TAG: &str = "Session";
pub(crate) const SIGN_IN: Limit = Limit { name: "sign_in", quota: SIGN_IN_LIMIT };

input! {
    /// Who signs in.
    struct SignInInput {
        /// The address of the account.
        email: String,
        /// Its password.
        password: String,
    }
}

/// A session as it is sent. Its secret is in the cookie alone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Who is signed in.
    user: UserView,
    /// What requests with the cookie that change something send as `X-CSRF-Token`.
    csrf_token: String,
    /// When the session ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

fn example() -> Value {
    json!({
        "user": users::example(),
        "csrf_token": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "expires_at": "2026-02-14T12:00:00.000000Z",
    })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Verb::Post, "/api/v1/session", "sign_in", |call| Box::pin(sign_in(call)))
            .describe(
                TAG,
                "Signs in",
                "Sets the session's cookie. Requests with the cookie that change something also need `X-CSRF-Token` and \
                 an `Origin` of this server. Programs better use a token.",
            )
            .takes::<SignInInput>(json!({ "email": "ada@example.org", "password": "correct horse battery" }))
            .gives::<SessionView>(Success::Created, "The session.", example())
            .limited(SIGN_IN)
            .refuses(&[Code::WrongCredentials])
            .refuses(&[crate::problem::HttpCode::CrossOrigin]),
        Endpoint::new(Verb::Get, "/api/v1/session", "get_session", |call| Box::pin(show(call)))
            .describe(TAG, "Shows the session", "Who is signed in, and the CSRF token of the session.")
            .gives::<SessionView>(Success::Ok, "The session.", example())
            .tagged(),
        Endpoint::new(Verb::Delete, "/api/v1/session", "sign_out", |call| Box::pin(sign_out(call)))
            .describe(TAG, "Signs out", "Ends the session and takes the cookie away.")
            .gives_other(Success::NoContent, "", "The session has ended."),
    ]
}

fn cookie(state: &AppState, secret: &str, seconds: u64) -> String {
    let secure = if state.settings.insecure_http_cookies { "" } else { "; Secure" };
    format!("{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", state.cookie_name())
}

fn view(state: &AppState, session: &Session, user: identity::User) -> SessionView {
    let csrf_token = state.ports.secrets.csrf(session.id);
    SessionView { user: user.into(), csrf_token, expires_at: session.expires_at }
}

/// The address and the password that somebody claims to have.
pub(crate) fn proof(input: SignInInput) -> cairn_domain::Result<(Email, Password)> {
    let mut faults = Violations::new();
    let email = faults.take("/email", Email::new(&input.email));
    let password = faults.take("/password", Password::presented(&input.password));
    faults.check()?;
    email.zip(password).ok_or_else(|| Error::internal("a checked field is missing"))
}

/// A session that was just opened.
pub(crate) struct Opened {
    session: Session,
    user: identity::User,
    /// What to set in the browser.
    pub(crate) cookie: String,
}

async fn sign_in(mut call: Call) -> Result<Reply, Problem> {
    let ((email, password), _) = call.json_by(proof).await?;
    let opened = open(&call, email, password).await?;
    let view = view(&call.state, &opened.session, opened.user);
    Ok(Reply::created(&view, "/api/v1/session".to_owned())?.cookie(&opened.cookie)?)
}

/// Opens a session for whoever knows the password: counts the try, compares behind the queue for hashing, and writes.
///
/// # Errors
/// `throttled`, `wrong_credentials`, and those of the queues and the store.
pub(crate) async fn open(call: &Call, email: Email, password: Password) -> Result<Opened, Problem> {
    let (address, now) = (call.address(), call.now);
    let challenge = call
        .writing(move |state| match state.ports.store.write(|tx| identity::begin_sign_in(tx, &email, &address, now)) {
            Ok(challenge) => {
                state.limits.note(SIGN_IN, &address, &challenge.allowance, now);
                Ok(challenge)
            }
            Err(error) => {
                if let Some(wait) = error.retry_after() {
                    state.limits.note_refusal(SIGN_IN, &address, wait, now);
                }
                Err(error)
            }
        })
        .await?;
    let hasher = call.state.ports.hasher.clone();
    let verifying = move || -> cairn_domain::Result<_> {
        let verified = hasher.verify(&password, challenge.hash());
        let outdated = verified && challenge.hash().is_some_and(|hash| hasher.outdated(hash));
        let rehashed = if outdated { Some(hasher.hash(&password)?) } else { None };
        Ok((challenge, verified, rehashed))
    };
    let (challenge, verified, rehashed) = call.state.hashing.run(call.span(), verifying).await??;
    let (secret, digest) = call.state.ports.secrets.session();
    let id = call.state.id(SessionId::new);
    let now = call.state.now();
    call.writing(move |state| {
        let (session, user) = state.ports.store.write(|tx| {
            identity::finish_sign_in(tx, &challenge, verified, rehashed.as_ref(), (id, digest.clone()), now)
        })?;
        Ok(Opened { session, user, cookie: cookie(state, &secret, SESSION_LIFETIME.as_secs()) })
    })
    .await
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let state = call.state.clone();
    call.read(move |tx, known| {
        let user = identity::user(tx, &known.actor, known.actor.user)?;
        let session = known.session.as_ref().ok_or_else(|| Error::internal("a session is missing"))?;
        Reply::ok(&view(&state, session, user))?.quick_tag()
    })
    .await
}

async fn sign_out(call: Call) -> Result<Reply, Problem> {
    let cookie = close(&call).await?;
    Ok(Reply::no_content().cookie(&cookie)?)
}

/// Ends the caller's session; gives the cookie that takes the present one away.
///
/// # Errors
/// Those of [`identity::sign_out`].
pub(crate) async fn close(call: &Call) -> Result<String, Problem> {
    call.write(identity::sign_out).await?;
    call.state.auth.forget();
    Ok(cookie(&call.state, "", 0))
}
