//! Users and their roles.

use std::collections::BTreeSet;

use cairn_domain::identity::{
    self, Action, NewUser, Password, Quota, Role, User, UserPatch, UserSort, UserState, authorise,
};
use cairn_domain::shared::{Timestamp, UserId};
use cairn_domain::{Code, Error, ReadTx, StoreExt as _, Violations};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;
use utoipa::ToSchema;

use crate::auth::Known;
use crate::call::Call;
use crate::endpoint::{Endpoint, Limit, Precondition, Verb};
use crate::extract::condition;
use crate::extract::input::{Change, input};
use crate::limits;
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Users";
pub(crate) const SIGN_UP: Limit =
    Limit { name: "sign_up", quota: Quota { limit: 10, period: Duration::from_secs(3600) } };
pub(crate) const PASSWORD: Limit =
    Limit { name: "password", quota: Quota { limit: 10, period: Duration::from_secs(60) } };

/// A user as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// Its id.
    #[schema(value_type = String)]
    id: UserId,
    /// The address to sign in with.
    email: String,
    /// What others see.
    name: String,
    /// `learner` and what else: `author`, `instructor`, `admin`.
    #[schema(value_type = Vec<String>)]
    roles: BTreeSet<Role>,
    /// `active`, or `disabled`: may not sign in.
    #[schema(value_type = String)]
    state: UserState,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email.to_string(),
            name: user.name,
            roles: user.roles,
            state: user.state,
            created_at: user.created_at,
        }
    }
}

input! {
    /// A new user.
    struct NewUserInput {
        /// The address to sign in with; unique without regard to case.
        email: String,
        /// One line of 1 to 100 characters.
        name: String,
        /// 12 to 256 characters.
        password: String,
        /// Beside `learner`; given by admins alone.
        #[schema(value_type = Option<Vec<String>>)]
        roles: Option<BTreeSet<Role>>,
    }

    /// What should change of a user, as a JSON Merge Patch (RFC 7396): what is left out stays.
    struct UserPatchInput {
        /// One line of 1 to 100 characters.
        #[schema(value_type = String, required = false)]
        name: Change<String>,
        /// By an admin. `learner` stays whether it is named or not.
        #[schema(value_type = Vec<String>, required = false)]
        roles: Change<BTreeSet<Role>>,
        /// By an admin: `active` or `disabled`. Disabling ends the user's sessions.
        #[schema(value_type = String, required = false)]
        state: Change<UserState>,
    }

    /// A new password for oneself.
    struct PasswordInput {
        /// The present password.
        current: String,
        /// 12 to 256 characters.
        new: String,
    }
}

/// The example of a user.
pub(crate) fn example() -> Value {
    json!({
        "id": "0190d6f0-0000-7000-8000-000000000001",
        "email": "ada@example.org",
        "name": "Ada",
        "roles": ["learner", "author"],
        "state": "active",
        "created_at": "2026-01-31T12:00:00.000000Z",
    })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Verb::Post, "/api/v1/users", "create_user", |call| Box::pin(create(call)))
            .describe(
                TAG,
                "Makes an account",
                "For oneself where sign-up is open, or as an admin for somebody else, then with roles. \
                 `Idempotency-Key` is honoured for admins.",
            )
            .takes::<NewUserInput>(json!({
                "email": "grace@example.org", "name": "Grace", "password": "correct horse battery", "roles": ["author"],
            }))
            .gives::<UserView>(Success::Created, "The account.", example())
            .tagged()
            .keyed()
            .limited(SIGN_UP)
            .refuses(&[Code::SignUpClosed, Code::RoleMissing, Code::ScopeMissing, Code::EmailTaken]),
        Endpoint::new(Verb::Get, "/api/v1/users", "list_users", |call| Box::pin(list(call)))
            .describe(TAG, "Lists users", "For admins.")
            .query("sort", "By `created` (the default) or `email`, ascending.", "created", &["created", "email"])
            .lists::<UserView>("A page of users.", example()),
        Endpoint::new(Verb::Get, "/api/v1/users/{id}", "get_user", |call| Box::pin(show(call)))
            .describe(TAG, "Shows a user", "`me` is oneself. Others are found by admins alone.")
            .gives::<UserView>(Success::Ok, "The user.", example())
            .tagged(),
        Endpoint::new(Verb::Patch, "/api/v1/users/{id}", "change_user", |call| Box::pin(change(call)))
            .describe(TAG, "Changes a user", "One's own name with a session; roles and state of anybody as an admin.")
            .takes::<UserPatchInput>(json!({ "name": "Ada Lovelace" }))
            .gives::<UserView>(Success::Ok, "The user as it is now.", example())
            .tagged()
            .precondition(Precondition::Required)
            .refuses(&[Code::LastAdmin, Code::SessionNeeded]),
        Endpoint::new(Verb::Put, "/api/v1/users/me/password", "change_password", |call| {
            Box::pin(change_password(call))
        })
        .describe(
            TAG,
            "Changes one's password",
            "Ends all other sessions of oneself. Tokens stay. Tries are counted per address and per account.",
        )
        .takes::<PasswordInput>(json!({ "current": "correct horse battery", "new": "battery staple horse" }))
        .gives_other(Success::NoContent, "", "The password is changed.")
        .limited(PASSWORD)
        .refuses(&[Code::WrongCredentials]),
    ]
}

fn location(id: UserId) -> String {
    format!("/api/v1/users/{id}")
}

/// A user as an answer with its version.
fn reply(user: User) -> cairn_domain::Result<Reply> {
    let version = user.version;
    Reply::ok(&UserView::from(user))?.version(version)
}

/// A new user and the password, checked.
pub(crate) fn new_user(input: NewUserInput) -> cairn_domain::Result<(NewUser, Password)> {
    let NewUserInput { email, name, password, roles } = input;
    let new = NewUser { email, name, password, roles: roles.unwrap_or_default() };
    let (_, password) = new.check()?;
    Ok((new, password))
}

async fn create(mut call: Call) -> Result<Reply, Problem> {
    let sign_up = call.state.settings.sign_up;
    if call.has_credential() {
        call.read(|_, known| authorise(&known.actor, Action::ManageUsers)).await?;
    } else if !sign_up {
        return Err(Problem::new(Code::SignUpClosed, "Accounts on this server are made by an admin."));
    }
    let ((new, password), _) = call.json_by(new_user).await?;
    if !call.has_credential() {
        let user = self::sign_up(&call, new, password).await?;
        let (location, version) = (location(user.id), user.version);
        return Ok(Reply::created(&UserView::from(user), location)?.version(version)?);
    }
    // What an idempotency key stands for is kept with the answer, as a quick digest: of the password, only one that nobody
    // can guess against without the server's key.
    let of = json!([new.email, new.name, new.roles, call.state.ports.secrets.password_digest(&password).as_str()]);
    let of = of.to_string();
    let hash = hash(&call, password).await?;
    let (id, now) = (call.state.id(UserId::new), call.now);
    call.create(of.as_bytes(), false, move |tx, actor| {
        let user = identity::create_user(tx, Some(actor), sign_up, &new, id, &hash, now)?;
        let version = user.version;
        Ok((Reply::created(&UserView::from(user), location(id))?.version(version)?, None))
    })
    .await
}

/// Makes an account for whoever asks, where sign-up is open.
///
/// # Errors
/// `throttled`; those of [`identity::create_user`].
pub(crate) async fn sign_up(call: &Call, new: NewUser, password: Password) -> Result<User, Problem> {
    count(call, SIGN_UP, None).await?;
    let hash = hash(call, password).await?;
    let (id, now) = (call.state.id(UserId::new), call.now);
    call.writing(move |state| {
        let open = state.settings.sign_up;
        state.ports.store.write(|tx| identity::create_user(tx, None, open, &new, id, &hash, now))
    })
    .await
}

/// Counts a call of a limited route for its address, and for the account that it is about.
async fn count(call: &Call, limit: Limit, account: Option<UserId>) -> Result<(), Problem> {
    let (address, now) = (call.address(), call.now);
    let account = account.map(|account| account.to_string());
    call.writing(move |state| {
        let whose: Vec<&str> = [address.as_str()].into_iter().chain(account.as_deref()).collect();
        match state.ports.store.write(|tx| limits::count(tx, limit, &whose, now)) {
            Ok(allowance) => state.limits.note(limit, &address, &allowance, now),
            Err(error) => {
                if let Some(wait) = error.retry_after() {
                    state.limits.note_refusal(limit, &address, wait, now);
                }
                return Err(error);
            }
        }
        Ok(())
    })
    .await
}

/// Hashes a password, behind the queue for it.
async fn hash(call: &Call, password: Password) -> Result<identity::PasswordHash, Problem> {
    let hasher = call.state.ports.hasher.clone();
    Ok(call.state.hashing.run(call.span(), move || hasher.hash(&password)).await??)
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let sort = match call.parameters.get("sort") {
        Some("email") => UserSort::Email,
        _ => UserSort::Created,
    };
    let name = format!("users?sort={sort:?}");
    let page = call.page(&name)?;
    let found = call.read(move |tx, known| identity::list_users(tx, &known.actor, sort, &page)).await?;
    call.page_reply(found, &name, UserView::from)
}

/// The user that the path names; `None` for oneself.
fn named(call: &Call) -> Result<Option<UserId>, Problem> {
    if call.segment_text("id") == "me" { Ok(None) } else { call.segment("id", "user").map(Some) }
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id = named(&call)?;
    call.read(move |tx, known| reply(identity::user(tx, &known.actor, id.unwrap_or(known.actor.user))?)).await
}

async fn change(mut call: Call) -> Result<Reply, Problem> {
    let id = named(&call)?;
    let (input, _) = call.json::<UserPatchInput>().await?;
    let patch = UserPatch { name: input.name.0, roles: input.roles.0, state: input.state.0 };
    let expected = match condition::required(call.headers()) {
        Ok(expected) => expected,
        Err(problem) => {
            call.read(move |tx, known| identity::user(tx, &known.actor, id.unwrap_or(known.actor.user))).await?;
            return Err(problem);
        }
    };
    let done = call.write(move |tx, actor| {
        let id = id.unwrap_or(actor.user);
        let expected = expected.version(|| Ok(identity::user(tx.as_read(), actor, id)?.version))?;
        reply(identity::update_user(tx, actor, id, expected, &patch)?)
    });
    let reply = done.await?;
    call.state.auth.forget();
    Ok(reply)
}

/// The present password and the new one.
pub(crate) fn passwords(input: PasswordInput) -> cairn_domain::Result<(Password, Password)> {
    let mut faults = Violations::new();
    let current = faults.take("/current", Password::presented(&input.current));
    let new = faults.take("/new", Password::chosen(&input.new));
    faults.check()?;
    current.zip(new).ok_or_else(|| Error::internal("a checked password is missing"))
}

async fn change_password(mut call: Call) -> Result<Reply, Problem> {
    let ((current, new), _) = call.json_by(passwords).await?;
    change_own_password(&call, current, new).await?;
    Ok(Reply::no_content())
}

/// Changes the caller's password: counts the try, compares and hashes behind the queue for it, and writes.
///
/// # Errors
/// `throttled`; `invalid` at `/current` for a wrong password; those of [`identity::change_password`].
pub(crate) async fn change_own_password(call: &Call, current: Password, new: Password) -> Result<(), Problem> {
    let of =
        |tx: &mut dyn ReadTx, known: &Known| Ok((known.actor.user, identity::verify_own_password(tx, &known.actor)?));
    let (user, present) = call.read(of).await?;
    // For the account too: a stolen session can be used from any number of addresses.
    count(call, PASSWORD, Some(user)).await?;
    let hasher = call.state.ports.hasher.clone();
    let (compared, stored) = (current, present.clone());
    let span = call.span();
    let right = call.state.hashing.run(span, move || hasher.verify(&compared, stored.as_ref())).await?;
    if !right {
        return Err(Call::field("/current", "wrong_password", "This is not your present password."));
    }
    let hash = hash(call, new).await?;
    let now = call.now;
    call.write(move |tx, actor| identity::change_password(tx, actor, present.as_ref(), &hash, now)).await?;
    call.state.auth.forget();
    Ok(())
}
