use std::collections::BTreeSet;

use super::{Action, Actor, Email, Password, PasswordHash, Role, User, UserSort, UserState, Via, authorise};
use crate::shared::{Code, Error, Page, PageRequest, Result, Timestamp, UserId, Violations, line};
use crate::{ReadTx, WriteTx};

/// What a new user should be, as it was sent.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: String,
    /// What others see.
    pub name: String,
    /// The password in clear; hashed by the caller once [`NewUser::check`] accepted it.
    pub password: String,
    /// Beside learner.
    pub roles: BTreeSet<Role>,
}

impl NewUser {
    /// Checks every field before anything slow is done.
    ///
    /// # Errors
    /// [`Code::Invalid`] with every fault.
    pub fn check(&self) -> Result<(Email, Password)> {
        let mut faults = Violations::new();
        let email = faults.take("/email", Email::new(&self.email));
        faults.take("/name", line(&self.name, 100));
        let password = faults.take("/password", Password::chosen(&self.password));
        faults.check()?;
        email.zip(password).ok_or_else(|| Error::internal("a checked field is missing"))
    }
}

/// Adds a user: anybody as a learner where sign-up is open, an admin with any roles.
///
/// # Errors
/// [`Code::SignUpClosed`] without an actor where sign-up is closed; those of [`authorise`]; [`Code::RoleMissing`] when
/// somebody signing up asks for roles; [`Code::Invalid`]; [`Code::EmailTaken`].
pub fn create_user(
    tx: &mut dyn WriteTx,
    actor: Option<&Actor>,
    sign_up_open: bool,
    new: &NewUser,
    id: UserId,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<User> {
    match actor {
        Some(actor) => authorise(actor, Action::ManageUsers)?,
        None if !sign_up_open => {
            return Err(Error::new(Code::SignUpClosed, "Accounts on this server are made by an admin."));
        }
        None if new.roles.iter().any(|role| *role != Role::Learner) => {
            return Err(Error::new(Code::RoleMissing, "Only an admin gives roles."));
        }
        None => {}
    }
    let (email, _) = new.check()?;
    let user = User::new(id, email, &new.name, new.roles.iter().copied(), now)?;
    insert(tx, &user, hash, now)?;
    Ok(user)
}

fn insert(tx: &mut dyn WriteTx, user: &User, hash: &PasswordHash, now: Timestamp) -> Result<()> {
    tx.users_mut().insert(user)?;
    tx.users_mut().set_password_hash(user.id, hash, now)
}

/// Makes the first admin of an empty server; `None` when there are users already.
///
/// # Errors
/// Those of the store.
pub fn first_admin(
    tx: &mut dyn WriteTx,
    email: Email,
    id: UserId,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<Option<User>> {
    if !tx.users().page(UserSort::Created, &PageRequest::new(Some(1), None)?)?.items.is_empty() {
        return Ok(None);
    }
    let user = User::new(id, email, "Admin", [Role::Admin, Role::Author], now)?;
    insert(tx, &user, hash, now)?;
    Ok(Some(user))
}

/// A user: oneself, or anybody for an admin.
///
/// # Errors
/// Those of [`authorise`] for oneself; [`Code::NotFound`] for another when the actor may not read users, or there is
/// none.
pub fn user(tx: &mut dyn ReadTx, actor: &Actor, id: UserId) -> Result<User> {
    if id == actor.user {
        authorise(actor, Action::ReadAccount)?;
    } else if authorise(actor, Action::ReadUsers).is_err() {
        return Err(Error::not_found("user", id));
    }
    tx.users().get(id)?.ok_or_else(|| Error::not_found("user", id))
}

/// All users, for an admin.
///
/// # Errors
/// Those of [`authorise`].
pub fn list_users(tx: &mut dyn ReadTx, actor: &Actor, sort: UserSort, page: &PageRequest) -> Result<Page<User>> {
    authorise(actor, Action::ReadUsers)?;
    tx.users().page(sort, page)
}

/// What should change of a user; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// The name: by the user or an admin.
    pub name: Option<String>,
    /// The roles: by an admin.
    pub roles: Option<BTreeSet<Role>>,
    /// Whether the user may sign in: by an admin.
    pub state: Option<UserState>,
}

/// Changes a user whose version is the expected one. Disabling ends the user's sessions.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`]; [`Code::Stale`]; [`Code::Invalid`]; [`Code::RoleMissing`] for roles and
/// state when the actor is not an admin; [`Code::LastAdmin`] when no active admin would be left.
pub fn update_user(tx: &mut dyn WriteTx, actor: &Actor, id: UserId, expected: u32, patch: &UserPatch) -> Result<User> {
    let mut changed = user(tx.as_read(), actor, id)?;
    let own = id == actor.user && patch.roles.is_none() && patch.state.is_none();
    authorise(actor, if own { Action::ChangeAccount } else { Action::ManageUsers })?;
    if changed.version != expected {
        return Err(Error::new(Code::Stale, "The user was changed by somebody else."));
    }
    let was_admin = changed.is(Role::Admin);
    if let Some(name) = &patch.name {
        let mut faults = Violations::new();
        if let Some(name) = faults.take("/name", line(name, 100)) {
            changed.name = name;
        }
        faults.check()?;
    }
    if let Some(roles) = &patch.roles {
        changed.roles = roles.iter().copied().chain([Role::Learner]).collect();
    }
    if let Some(state) = patch.state {
        changed.state = state;
    }
    if was_admin && !changed.is(Role::Admin) && tx.users().count_admins()? <= 1 {
        return Err(Error::new(Code::LastAdmin, "This is the last active admin."));
    }
    changed.version += 1;
    tx.users_mut().update(&changed)?;
    if changed.state == UserState::Disabled {
        tx.sessions_mut().delete_of_user(id, None)?;
    }
    Ok(changed)
}

/// The hash that the actor's present password has to match before it is changed.
///
/// # Errors
/// Those of [`authorise`].
pub fn verify_own_password(tx: &mut dyn ReadTx, actor: &Actor) -> Result<Option<PasswordHash>> {
    authorise(actor, Action::ChangeAccount)?;
    tx.users().password_hash(actor.user)
}

/// Changes the actor's password, once the present one was verified, and ends all other sessions.
///
/// # Errors
/// Those of [`authorise`]; [`Code::WrongCredentials`] when the password has changed since it was verified.
pub fn change_password(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    verified: Option<&PasswordHash>,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<()> {
    authorise(actor, Action::ChangeAccount)?;
    if tx.users().password_hash(actor.user)?.as_ref() != verified {
        return Err(Error::new(Code::WrongCredentials, "The password was changed in the meantime."));
    }
    tx.users_mut().set_password_hash(actor.user, hash, now)?;
    let this = if let Via::Session(id) = actor.via { Some(id) } else { None };
    tx.sessions_mut().delete_of_user(actor.user, this)
}
