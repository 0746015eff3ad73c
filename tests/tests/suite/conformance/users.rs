//! Users: one address each, versions, password hashes.

use cairn_domain::identity::{Email, PasswordHash, Role, User, UserState};
use cairn_domain::{Code, Store, StoreExt};

use super::sample::*;

fn get(store: &dyn Store, n: u128) -> Option<User> {
    store.read(|tx| tx.users().get(user_id(n))).unwrap()
}

fn update(store: &dyn Store, user: &User) -> cairn_domain::Result<()> {
    store.write(|tx| tx.users_mut().update(user))
}

pub(super) fn a_user_comes_back_as_it_went_in(store: &dyn Store) {
    let email = Email::new("Ada.Löve+lace@Exämple.org").unwrap();
    let mut ada = User::new(user_id(9), email, "Ada 🦀 “Löve”", Role::ALL, at(-1)).unwrap();
    ada.state = UserState::Disabled;
    store.write(|tx| tx.users_mut().insert(&ada)).unwrap();
    let found = get(store, 9).unwrap();
    assert_eq!(found, ada);
    assert_eq!(found.email.as_str(), "Ada.Löve+lace@Exämple.org", "as it was written");
    let by_email = |email: &str| store.read(|tx| tx.users().by_email(&Email::new(email).unwrap())).unwrap();
    assert_eq!(by_email("ADA.LÖVE+LACE@EXÄMPLE.ORG"), Some(ada));
    assert_eq!(by_email("ada.love+lace@example.org"), None, "accents count");
    assert_eq!(get(store, 8), None);
    let plain = add_user(store, 10);
    assert_eq!(get(store, 10), Some(plain), "with one role");
}

pub(super) fn email_is_unique(store: &dyn Store) {
    let first = add_user(store, 1);
    let email = Email::new(&first.email.as_str().to_uppercase()).unwrap();
    let twin = User { id: user_id(2), email, name: "Another".into(), ..first.clone() };
    assert_eq!(code(store.write(|tx| tx.users_mut().insert(&twin))), Code::EmailTaken);
    assert_eq!(get(store, 2), None);
    assert_eq!(get(store, 1), Some(first));
}

pub(super) fn an_update_needs_the_version_before_it(store: &dyn Store) {
    let first = add_user(store, 1);
    let second =
        User { name: "Renamed".into(), roles: [Role::Learner, Role::Admin].into(), version: 2, ..first.clone() };
    update(store, &second).unwrap();
    assert_eq!(get(store, 1), Some(second.clone()));
    for version in [0, 1, 2, 4, u32::MAX] {
        let stale = User { name: "Stale".into(), version, ..first.clone() };
        assert_eq!(code(update(store, &stale)), Code::Stale, "version {version}");
    }
    assert_eq!(code(update(store, &User { version: 2, ..user(7) })), Code::Stale, "there is no such user");
    assert_eq!(get(store, 1), Some(second.clone()));
    let third = User { roles: [Role::Learner].into(), state: UserState::Disabled, version: 3, ..second };
    update(store, &third).unwrap();
    assert_eq!(get(store, 1), Some(third), "a role can go again");
}

pub(super) fn an_address_can_change_but_not_to_a_taken_one(store: &dyn Store) {
    let (one, two) = (add_user(store, 1), add_user(store, 2));
    let taken = User { email: Email::new("USER2@example.org").unwrap(), version: 2, ..one.clone() };
    assert_eq!(code(update(store, &taken)), Code::EmailTaken);
    let recased = User { email: Email::new("USER1@EXAMPLE.ORG").unwrap(), version: 2, ..one.clone() };
    update(store, &recased).unwrap();
    assert_eq!(get(store, 1).unwrap().email.as_str(), "USER1@EXAMPLE.ORG");
    let moved = User { email: Email::new("new@example.org").unwrap(), version: 3, ..one.clone() };
    update(store, &moved).unwrap();
    // The address that was left is free.
    update(store, &User { email: one.email.clone(), version: 2, ..two }).unwrap();
    let at_old = store.read(|tx| tx.users().by_email(&one.email)).unwrap().unwrap();
    assert_eq!(at_old.id, user_id(2));
    let at_new = store.read(|tx| tx.users().by_email(&moved.email)).unwrap().unwrap();
    assert_eq!(at_new.id, user_id(1));
}

pub(super) fn password_hashes_are_set_and_replaced(store: &dyn Store) {
    let user = add_user(store, 1);
    let read = || store.read(|tx| tx.users().password_hash(user.id)).unwrap();
    assert_eq!(read(), None);
    for text in ["v1:00$2b$04$first", "v1:00$2b$04$second"] {
        let hash = PasswordHash::new(text.to_owned());
        store.write(|tx| tx.users_mut().set_password_hash(user.id, &hash, at(2))).unwrap();
        assert_eq!(read(), Some(hash));
    }
    assert_eq!(get(store, 1), Some(user), "the user's version stays");
    assert_eq!(store.read(|tx| tx.users().password_hash(user_id(2))).unwrap(), None);
}

pub(super) fn only_active_admins_are_counted(store: &dyn Store) {
    let count = || store.read(|tx| tx.users().count_admins()).unwrap();
    assert_eq!(count(), 0);
    for (n, roles, state) in [
        (1, &[Role::Admin][..], UserState::Active),
        (2, &[Role::Admin, Role::Author], UserState::Active),
        (3, &[Role::Admin], UserState::Disabled),
        (4, &[Role::Author, Role::Instructor], UserState::Active),
        (5, &[], UserState::Active),
    ] {
        let user = User { roles: roles.iter().copied().chain([Role::Learner]).collect(), state, ..user(n) };
        store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    }
    assert_eq!(count(), 2);
}

pub(super) fn a_password_needs_its_user(store: &dyn Store) {
    let hash = PasswordHash::new("v1:00$2b$04$hash".to_owned());
    let set = |n| store.write(|tx| tx.users_mut().set_password_hash(user_id(n), &hash, at(2)));
    assert_eq!(code(set(1)), Code::Internal);
    assert_eq!(store.read(|tx| tx.users().password_hash(user_id(1))).unwrap(), None);
    add_user(store, 1);
    set(1).unwrap();
}
