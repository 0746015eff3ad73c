//! Accounts that the program itself makes or mends: the first admin, and a way back in for the operator.

use std::collections::BTreeSet;

use cairn_cli::Failure;
use cairn_domain::identity::{
    Actor, Email, Password, PasswordHasher, Role, SecretMaker, User, UserPatch, UserState, Via, change_password,
    first_admin, update_user,
};
use cairn_domain::shared::{Clock, Error, Ids, UserId};
use cairn_domain::{Store, StoreExt as _};

/// What accounts are made with.
pub(crate) struct Tools<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) hasher: &'a dyn PasswordHasher,
    pub(crate) secrets: &'a dyn SecretMaker,
    pub(crate) ids: &'a dyn Ids,
    pub(crate) clock: &'a dyn Clock,
}

impl Tools<'_> {
    /// Makes the first admin of a server without users; gives it with its password, which is kept nowhere else.
    ///
    /// # Errors
    /// Those of the store and of hashing.
    pub(crate) fn first_admin(&self, email: &Email) -> Result<Option<(User, Password)>, Failure> {
        // Hashing takes a third of a second: only where it is of use.
        if self.has_users()? {
            return Ok(None);
        }
        let (password, now) = (self.secrets.password(), self.clock.now());
        let hash = self.hasher.hash(&password)?;
        let id = UserId::new(self.ids.next(now));
        let made = self.store.write(|tx| first_admin(tx, email.clone(), id, &hash, now))?;
        Ok(made.map(|user| (user, password)))
    }

    fn has_users(&self) -> Result<bool, Failure> {
        use cairn_domain::identity::UserSort;
        use cairn_domain::shared::PageRequest;
        let one = PageRequest::new(Some(1), None)?;
        Ok(self.store.read(|tx| Ok(!tx.users().page(UserSort::Created, &one)?.items.is_empty()))?)
    }

    fn find(&self, email: &str) -> Result<User, Failure> {
        let email = Email::new(email)?;
        let found = self.store.read(|tx| tx.users().by_email(&email))?;
        Ok(found.ok_or_else(|| Error::not_found("account", &email))?)
    }

    /// Gives an account a new password, a generated one when none is given, and ends its sessions.
    ///
    /// # Errors
    /// When there is no such account or the password is too short.
    pub(crate) fn reset_password(&self, email: &str, chosen: Option<&str>) -> Result<(User, Password), Failure> {
        let user = self.find(email)?;
        let password = match chosen {
            Some(text) => Password::chosen(text)?,
            None => self.secrets.password(),
        };
        let hash = self.hasher.hash(&password)?;
        let (actor, now) = (Actor::new(&user, Via::Operator), self.clock.now());
        self.store.write(|tx| {
            let present = tx.users().password_hash(user.id)?;
            change_password(tx, &actor, present.as_ref(), &hash, now)
        })?;
        Ok((user, password))
    }

    /// Makes an account an admin, and active.
    ///
    /// # Errors
    /// When there is no such account.
    pub(crate) fn promote(&self, email: &str) -> Result<User, Failure> {
        let user = self.find(email)?;
        let operator = Actor { user: user.id, roles: BTreeSet::from(Role::ALL), via: Via::Operator };
        let roles = user.roles.iter().copied().chain([Role::Admin]).collect();
        let patch = UserPatch { name: None, roles: Some(roles), state: Some(UserState::Active) };
        Ok(self.store.write(|tx| update_user(tx, &operator, user.id, user.version, &patch))?)
    }
}

#[cfg(test)]
mod tests {
    use cairn_memory::MemoryStore;
    use cairn_security::{BcryptHasher, Keyring, MasterSecret, OrderedIds, Secrets, SystemClock};

    use super::*;

    fn with(check: impl FnOnce(Tools<'_>)) {
        let (store, keyring) = (MemoryStore::new(), Keyring::new(&MasterSecret::generate()));
        let hasher = BcryptHasher::new(&keyring, BcryptHasher::LEAST_COST).unwrap();
        let (secrets, ids) = (Secrets::new(&keyring), OrderedIds::new());
        check(Tools { store: &store, hasher: &hasher, secrets: &secrets, ids: &ids, clock: &SystemClock });
    }

    fn email() -> Email {
        Email::new("admin@localhost").unwrap()
    }

    #[test]
    fn an_admin_is_made_once() {
        with(|tools| {
            let (user, password) = tools.first_admin(&email()).unwrap().unwrap();
            assert!(user.is(Role::Admin) && password.expose().len() >= 20);
            assert!(tools.first_admin(&email()).unwrap().is_none());
        });
    }

    #[test]
    fn a_password_can_be_reset_and_is_checked_as_a_new_one() {
        with(|tools| {
            tools.first_admin(&email()).unwrap();
            let (user, password) = tools.reset_password("Admin@localhost", None).unwrap();
            let hash = tools.store.read(|tx| tx.users().password_hash(user.id)).unwrap();
            assert!(tools.hasher.verify(&password, hash.as_ref()));
            assert!(tools.reset_password("admin@localhost", Some("short")).is_err());
            assert_eq!(tools.reset_password("nobody@localhost", None).unwrap_err().code, "not_found");
        });
    }

    #[test]
    fn a_disabled_account_is_promoted_and_active_again() {
        with(|tools| {
            let (admin, _) = tools.first_admin(&email()).unwrap().unwrap();
            let ada = User::new(
                UserId::new(tools.ids.next(tools.clock.now())),
                Email::new("ada@example.org").unwrap(),
                "Ada",
                [],
                tools.clock.now(),
            )
            .unwrap();
            tools.store.write(|tx| tx.users_mut().insert(&ada)).unwrap();
            let operator = Actor::new(&admin, Via::Operator);
            let off = UserPatch { state: Some(UserState::Disabled), ..UserPatch::default() };
            tools.store.write(|tx| update_user(tx, &operator, ada.id, 1, &off)).unwrap();
            let promoted = tools.promote("ada@example.org").unwrap();
            assert!(promoted.is(Role::Admin) && promoted.state == UserState::Active);
        });
    }
}
