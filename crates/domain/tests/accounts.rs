//! Users, sign-in and tokens over the store's contract.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_domain::identity::*;
use cairn_domain::shared::*;
use cairn_domain::{Code, StoreExt};
use cairn_memory::MemoryStore;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}
fn user_id(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}
fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.into())
}
fn digest(n: u8) -> SecretDigest {
    SecretDigest::new(format!("{n:064x}"))
}
fn new_user(email: &str, roles: &[Role]) -> NewUser {
    NewUser {
        email: email.into(),
        name: "Ada".into(),
        password: "correct horse battery".into(),
        roles: roles.iter().copied().collect(),
    }
}
fn admin(store: &MemoryStore) -> Actor {
    let email = Email::new("admin@localhost").unwrap();
    let user = store.write(|tx| first_admin(tx, email.clone(), user_id(1), &hash("h"), at(0))).unwrap().unwrap();
    Actor::new(&user, Via::Session(SessionId::new(Uuid::from_u128(1))))
}
fn add(store: &MemoryStore, by: Option<&Actor>, open: bool, n: u128, new: &NewUser) -> cairn_domain::Result<User> {
    store.write(|tx| create_user(tx, by, open, new, user_id(n), &hash("h"), at(1)))
}
fn learner(store: &MemoryStore) -> Actor {
    let user = add(store, None, true, 2, &new_user("ada@example.org", &[])).unwrap();
    Actor::new(&user, Via::Session(SessionId::new(Uuid::from_u128(2))))
}

#[test]
fn the_first_admin_is_made_once() {
    let store = MemoryStore::default();
    let actor = admin(&store);
    assert!(actor.roles.contains(&Role::Admin));
    let email = Email::new("second@localhost").unwrap();
    assert!(store.write(|tx| first_admin(tx, email.clone(), user_id(9), &hash("h"), at(0))).unwrap().is_none());
}

#[test]
fn sign_up_needs_an_open_door_and_gives_no_roles() {
    let store = MemoryStore::default();
    let code = |open, roles: &[Role]| add(&store, None, open, 5, &new_user("a@b.de", roles)).unwrap_err().code();
    assert_eq!(code(false, &[]), Code::SignUpClosed);
    assert_eq!(code(true, &[Role::Admin]), Code::RoleMissing);
    let learner = learner(&store);
    assert_eq!(add(&store, Some(&learner), true, 6, &new_user("b@b.de", &[])).unwrap_err().code(), Code::RoleMissing);
    let admin = admin_of(&store);
    let author = add(&store, Some(&admin), false, 7, &new_user("c@b.de", &[Role::Author])).unwrap();
    assert!(author.is(Role::Author));
}

fn admin_of(store: &MemoryStore) -> Actor {
    // The store has users, so the first admin is inserted as an operator would.
    let user = User::new(user_id(1), Email::new("root@localhost").unwrap(), "Root", [Role::Admin], at(0)).unwrap();
    store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    Actor::new(&user, Via::Session(SessionId::new(Uuid::from_u128(1))))
}

#[test]
fn every_fault_of_a_new_user_is_told() {
    let fields = NewUser { email: "nobody".into(), name: " ".into(), password: "short".into(), roles: BTreeSet::new() };
    let error = fields.check().unwrap_err();
    let pointers: Vec<_> = error.violations().iter().map(|v| v.pointer.as_str()).collect();
    assert_eq!(pointers, ["/email", "/name", "/password"]);
}

#[test]
fn an_address_has_one_account_whatever_its_case() {
    let store = MemoryStore::default();
    learner(&store);
    let taken = add(&store, None, true, 3, &new_user("ADA@example.org", &[]));
    assert_eq!(taken.unwrap_err().code(), Code::EmailTaken);
}

#[test]
fn others_accounts_do_not_exist_for_a_learner() {
    let store = MemoryStore::default();
    let (root, ada) = (admin(&store), learner(&store));
    assert_eq!(store.read(|tx| user(tx, &ada, root.user)).unwrap_err().code(), Code::NotFound);
    assert_eq!(store.read(|tx| user(tx, &ada, ada.user)).unwrap().id, ada.user);
    assert_eq!(store.read(|tx| user(tx, &root, ada.user)).unwrap().id, ada.user);
    let list = store.read(|tx| list_users(tx, &ada, UserSort::Created, &PageRequest::first()));
    assert_eq!(list.unwrap_err().code(), Code::RoleMissing);
}

#[test]
fn changing_a_user_needs_the_right_version_and_the_right() {
    let store = MemoryStore::default();
    let (root, ada) = (admin(&store), learner(&store));
    let change = |actor: &Actor, of: &Actor, version, patch: UserPatch| {
        store.write(|tx| update_user(tx, actor, of.user, version, &patch))
    };
    let name = || UserPatch { name: Some("Countess".into()), ..UserPatch::default() };
    assert_eq!(change(&ada, &ada, 2, name()).unwrap_err().code(), Code::Stale);
    assert_eq!(change(&ada, &ada, 1, name()).unwrap().version, 2);
    let roles = || UserPatch { roles: Some([Role::Admin].into()), ..UserPatch::default() };
    assert_eq!(change(&ada, &ada, 2, roles()).unwrap_err().code(), Code::RoleMissing, "nobody makes themselves admin");
    let off = || UserPatch { state: Some(UserState::Disabled), ..UserPatch::default() };
    assert_eq!(change(&root, &root, 1, off()).unwrap_err().code(), Code::LastAdmin);
    change(&root, &ada, 2, roles()).unwrap();
    change(&root, &root, 1, off()).unwrap();
    let bad = UserPatch { name: Some(String::new()), ..UserPatch::default() };
    assert_eq!(change(&ada, &ada, 3, bad).unwrap_err().violations()[0].pointer, "/name");
}

fn sign_in(store: &MemoryStore, email: &str, right: bool, second: i64) -> cairn_domain::Result<(Session, User)> {
    let email = Email::new(email).unwrap();
    let challenge = store.write(|tx| begin_sign_in(tx, &email, "127.0.0.1", at(second)))?;
    let id = SessionId::new(Uuid::from_u128(u128::from(second.unsigned_abs()) + 100));
    let session = || (id, digest(second as u8));
    store.write(|tx| finish_sign_in(tx, &challenge, right, None, session(), at(second)))
}

#[test]
fn signing_in_opens_a_session_that_ends() {
    let store = MemoryStore::default();
    learner(&store);
    let (session, user) = sign_in(&store, "Ada@Example.org", true, 10).unwrap();
    let actor = |second| store.read(|tx| actor_of_session(tx, &digest(10), at(second)));
    assert_eq!(actor(11).unwrap().0.user, user.id);
    let end = 10 + SESSION_LIFETIME.as_secs() as i64;
    assert!(actor(end - 1).is_ok());
    assert_eq!(actor(end).unwrap_err().code(), Code::CredentialExpired);
    let ada = Actor::new(&user, Via::Session(session.id));
    store.write(|tx| sign_out(tx, &ada)).unwrap();
    assert_eq!(actor(11).unwrap_err().code(), Code::CredentialExpired);
}

#[test]
fn a_wrong_password_an_unknown_address_and_a_disabled_account_look_alike() {
    let store = MemoryStore::default();
    let (root, ada) = (admin(&store), learner(&store));
    let refusal = |result: cairn_domain::Result<(Session, User)>| {
        let error = result.unwrap_err();
        (error.code(), error.message().to_owned())
    };
    let wrong = refusal(sign_in(&store, "ada@example.org", false, 1));
    let unknown = refusal(sign_in(&store, "nobody@example.org", false, 2));
    let off = UserPatch { state: Some(UserState::Disabled), ..UserPatch::default() };
    store.write(|tx| update_user(tx, &root, ada.user, 1, &off)).unwrap();
    let disabled = refusal(sign_in(&store, "ada@example.org", true, 3));
    assert_eq!(wrong.0, Code::WrongCredentials);
    assert!(wrong == unknown && unknown == disabled);
}

#[test]
fn guessing_is_slowed_for_the_guesser_and_not_for_the_owner() {
    let store = MemoryStore::default();
    learner(&store);
    for _ in 0..SIGN_IN_LIMIT.limit {
        assert_eq!(sign_in(&store, "ada@example.org", false, 1).unwrap_err().code(), Code::WrongCredentials);
    }
    let slowed = sign_in(&store, "ada@example.org", true, 1).unwrap_err();
    assert_eq!((slowed.code(), slowed.retry_after()), (Code::Throttled, Some(Duration::from_secs(12))));
    let email = Email::new("ada@example.org").unwrap();
    assert!(store.write(|tx| begin_sign_in(tx, &email, "192.0.2.7", at(1))).is_ok(), "the owner, from elsewhere");
    assert!(sign_in(&store, "ada@example.org", true, 13).is_ok());
}

#[test]
fn a_password_changed_between_the_steps_ends_the_sign_in() {
    let store = MemoryStore::default();
    let ada = learner(&store);
    let email = Email::new("ada@example.org").unwrap();
    let challenge = store.write(|tx| begin_sign_in(tx, &email, "::1", at(1))).unwrap();
    store.write(|tx| change_password(tx, &ada, challenge.hash(), &hash("new"), at(1))).unwrap();
    let session = (SessionId::new(Uuid::from_u128(77)), digest(77));
    let late = store.write(|tx| finish_sign_in(tx, &challenge, true, None, session.clone(), at(2)));
    assert_eq!(late.unwrap_err().code(), Code::WrongCredentials);
}

#[test]
fn changing_the_password_ends_other_sessions() {
    let store = MemoryStore::default();
    learner(&store);
    let (kept, user) = sign_in(&store, "ada@example.org", true, 10).unwrap();
    sign_in(&store, "ada@example.org", true, 11).unwrap();
    let ada = Actor::new(&user, Via::Session(kept.id));
    let present = store.read(|tx| verify_own_password(tx, &ada)).unwrap();
    store.write(|tx| change_password(tx, &ada, present.as_ref(), &hash("new"), at(12))).unwrap();
    assert!(store.read(|tx| actor_of_session(tx, &digest(10), at(13))).is_ok());
    assert!(store.read(|tx| actor_of_session(tx, &digest(11), at(13))).is_err());
    let stale = store.write(|tx| change_password(tx, &ada, present.as_ref(), &hash("newer"), at(14)));
    assert_eq!(stale.unwrap_err().code(), Code::WrongCredentials);
}

fn new_token(name: &str) -> NewToken {
    NewToken { name: name.into(), scopes: [Scope::LearningRead].into(), days: 1 }
}
fn make(store: &MemoryStore, actor: &Actor, n: u8, new: &NewToken) -> cairn_domain::Result<ApiToken> {
    let id = TokenId::new(Uuid::from_u128(u128::from(n)));
    store.write(|tx| create_token(tx, actor, new, id, digest(n), at(0)))
}

#[test]
fn a_token_works_until_it_ends_or_is_revoked() {
    let store = MemoryStore::default();
    let ada = learner(&store);
    let token = make(&store, &ada, 1, &new_token("ci")).unwrap();
    let actor = |second| store.read(|tx| actor_of_token(tx, &digest(1), at(second)));
    assert_eq!(actor(86_399).unwrap().0.via, Via::Token(token.id, [Scope::LearningRead].into()));
    assert_eq!(actor(86_400).unwrap_err().code(), Code::CredentialExpired);
    let bred = make(&store, &actor(1).unwrap().0, 2, &new_token("more"));
    assert_eq!(bred.unwrap_err().code(), Code::SessionNeeded, "a token must not breed others");
    store.write(|tx| revoke_token(tx, &ada, token.id)).unwrap();
    assert_eq!(actor(1).unwrap_err().code(), Code::CredentialExpired);
}

#[test]
fn tokens_have_rules_and_owners() {
    let store = MemoryStore::default();
    let (root, ada) = (admin(&store), learner(&store));
    let bad = NewToken { name: String::new(), scopes: BTreeSet::new(), days: 0 };
    let error = make(&store, &ada, 1, &bad).unwrap_err();
    assert_eq!(
        error.violations().iter().map(|v| v.pointer.as_str()).collect::<Vec<_>>(),
        ["/name", "/scopes", "/days"]
    );
    let mine = make(&store, &ada, 1, &new_token("ci")).unwrap();
    assert_eq!(make(&store, &ada, 2, &new_token("ci")).unwrap_err().code(), Code::Duplicate);
    make(&store, &root, 3, &new_token("ci")).unwrap();
    assert_eq!(store.write(|tx| revoke_token(tx, &root, mine.id)).unwrap_err().code(), Code::NotFound);
    assert_eq!(store.read(|tx| list_tokens(tx, &ada, &PageRequest::first())).unwrap().items.len(), 1);
}

#[test]
fn disabling_ends_sessions_and_tokens() {
    let store = MemoryStore::default();
    let (root, ada) = (admin(&store), learner(&store));
    sign_in(&store, "ada@example.org", true, 10).unwrap();
    make(&store, &ada, 1, &new_token("ci")).unwrap();
    let off = UserPatch { state: Some(UserState::Disabled), ..UserPatch::default() };
    store.write(|tx| update_user(tx, &root, ada.user, 1, &off)).unwrap();
    assert!(store.read(|tx| actor_of_session(tx, &digest(10), at(11))).is_err());
    assert!(store.read(|tx| actor_of_token(tx, &digest(1), at(11))).is_err());
}
