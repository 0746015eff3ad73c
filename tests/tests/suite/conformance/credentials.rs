//! Sessions, tokens and throttles.

use cairn_domain::identity::{ApiToken, Scope, SecretDigest, Session};
use cairn_domain::shared::{SessionId, Timestamp, TokenId, UserId};
use cairn_domain::{Code, Result, Store, StoreExt};

use super::sample::*;

fn session(n: u128, user: UserId) -> Session {
    let id = SessionId::new(uuid(n));
    Session { id, user, digest: secret(&format!("session {n}")), created_at: at(-5), expires_at: at(100) }
}

fn add_session(store: &dyn Store, session: &Session) {
    store.write(|tx| tx.sessions_mut().insert(session)).unwrap();
}

/// Which of the sessions 1 to 4 there are.
fn sessions(store: &dyn Store) -> Vec<u128> {
    let there = |n: &u128| {
        let digest = secret(&format!("session {n}"));
        store.read(|tx| tx.sessions().by_digest(&digest)).unwrap().is_some()
    };
    (1..=4).filter(there).collect()
}

pub(super) fn a_session_is_found_by_its_digest_with_its_user(store: &dyn Store) {
    let user = add_user(store, 1);
    let session = session(1, user.id);
    add_session(store, &session);
    let find = |digest: &SecretDigest| store.read(|tx| tx.sessions().by_digest(digest)).unwrap();
    assert_eq!(find(&session.digest), Some((session.clone(), user)));
    assert_eq!(find(&secret("another")), None);
    let twin = Session { id: SessionId::new(uuid(2)), ..session };
    assert!(store.write(|tx| tx.sessions_mut().insert(&twin)).is_err(), "a digest is unique");
}

pub(super) fn a_session_needs_its_user(store: &dyn Store) {
    let session = session(1, user_id(1));
    assert_eq!(code(store.write(|tx| tx.sessions_mut().insert(&session))), Code::Internal);
    assert!(sessions(store).is_empty());
    add_user(store, 1);
    add_session(store, &session);
}

pub(super) fn sessions_end_one_by_one_and_all_but_one(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    for (n, user) in [(1, ada), (2, ada), (3, ada), (4, bob)] {
        add_session(store, &session(n, user));
    }
    let end = |n| store.write(|tx| tx.sessions_mut().delete(SessionId::new(uuid(n)))).unwrap();
    end(1);
    end(1);
    assert_eq!(sessions(store), [2, 3, 4]);
    add_session(store, &session(1, ada));
    end(1);
    store.write(|tx| tx.sessions_mut().delete_of_user(ada, Some(SessionId::new(uuid(3))))).unwrap();
    assert_eq!(sessions(store), [3, 4]);
    store.write(|tx| tx.sessions_mut().delete_of_user(ada, Some(SessionId::new(uuid(4))))).unwrap();
    assert_eq!(sessions(store), [4], "another's session is not kept by naming it, nor ended");
    store.write(|tx| tx.sessions_mut().delete_of_user(bob, None)).unwrap();
    assert!(sessions(store).is_empty());
}

pub(super) fn expired_sessions_are_removed(store: &dyn Store) {
    let user = add_user(store, 1).id;
    for (n, expires_at) in [(1, at(-1)), (2, at(99)), (3, at(100)), (4, at(101))] {
        add_session(store, &Session { expires_at, ..session(n, user) });
    }
    assert_eq!(sessions(store), [1, 2, 3, 4], "an expired one is found until it is removed");
    assert_eq!(store.write(|tx| tx.sessions_mut().delete_expired(at(100))).unwrap(), 2);
    assert_eq!(sessions(store), [3, 4], "one that ends at this moment did not end before it");
    assert_eq!(store.write(|tx| tx.sessions_mut().delete_expired(at(100))).unwrap(), 0);
}

fn token(n: u128, user: UserId, name: &str) -> ApiToken {
    ApiToken {
        id: TokenId::new(uuid(n)),
        user,
        name: name.to_owned(),
        scopes: [Scope::LearningRead].into(),
        digest: secret(&format!("token {n}")),
        created_at: at(1),
        expires_at: at(2),
        last_used: None,
    }
}

fn add_token(store: &dyn Store, token: &ApiToken) -> Result<()> {
    store.write(|tx| tx.tokens_mut().insert(token))
}

fn get_token(store: &dyn Store, n: u128) -> Option<ApiToken> {
    store.read(|tx| tx.tokens().get(TokenId::new(uuid(n)))).unwrap()
}

pub(super) fn a_token_is_found_by_id_and_digest(store: &dyn Store) {
    let user = add_user(store, 1);
    let all = ApiToken { scopes: Scope::ALL.into(), ..token(1, user.id, "all 🦀") };
    let used = ApiToken { last_used: Some(at(3_600_000_000)), ..token(2, user.id, "used") };
    for token in [&all, &used] {
        add_token(store, token).unwrap();
        assert_eq!(store.read(|tx| tx.tokens().get(token.id)).unwrap().as_ref(), Some(token));
        let found = store.read(|tx| tx.tokens().by_digest(&token.digest)).unwrap();
        assert_eq!(found, Some((token.clone(), user.clone())));
    }
    assert_eq!(get_token(store, 3), None);
    assert_eq!(store.read(|tx| tx.tokens().by_digest(&secret("another"))).unwrap(), None);
}

pub(super) fn a_token_needs_its_user(store: &dyn Store) {
    let token = token(1, user_id(1), "ci");
    assert_eq!(code(add_token(store, &token)), Code::Internal);
    assert_eq!(get_token(store, 1), None);
    add_user(store, 1);
    add_token(store, &token).unwrap();
}

pub(super) fn token_names_are_unique_for_a_user(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    add_token(store, &token(1, ada, "ci")).unwrap();
    assert_eq!(code(add_token(store, &token(2, ada, "ci"))), Code::Duplicate);
    assert_eq!(get_token(store, 2), None);
    add_token(store, &token(3, bob, "ci")).unwrap();
    add_token(store, &token(4, ada, "CI")).unwrap();
}

pub(super) fn a_revoked_token_is_gone_and_its_name_free(store: &dyn Store) {
    let ada = add_user(store, 1).id;
    add_token(store, &token(1, ada, "ci")).unwrap();
    add_token(store, &token(2, ada, "laptop")).unwrap();
    let revoke = || store.write(|tx| tx.tokens_mut().delete(TokenId::new(uuid(1)))).unwrap();
    revoke();
    revoke();
    assert_eq!(get_token(store, 1), None);
    assert_eq!(store.read(|tx| tx.tokens().by_digest(&secret("token 1"))).unwrap(), None);
    add_token(store, &token(3, ada, "ci")).unwrap();
    let names: Vec<_> = pages(store, 10, |tx, page| tx.tokens().page(ada, page)).into_iter().map(|t| t.name).collect();
    assert_eq!(names, ["laptop", "ci"], "by id");
}

pub(super) fn the_last_use_of_a_token_only_moves_forward(store: &dyn Store) {
    let ada = add_user(store, 1).id;
    for n in 1..=3 {
        add_token(store, &token(n, ada, &format!("t{n}"))).unwrap();
    }
    let touch = |uses: &[(u128, i64)]| {
        let uses: Vec<_> = uses.iter().map(|(n, hour)| (TokenId::new(uuid(*n)), at(hour * 3_600_000_000))).collect();
        store.write(|tx| tx.tokens_mut().touch(&uses)).unwrap();
    };
    let used = |n| get_token(store, n).unwrap().last_used.map(|at| at.micros() / 3_600_000_000);
    touch(&[]);
    touch(&[(1, 5), (2, -5), (99, 1)]);
    assert_eq!([used(1), used(2), used(3)], [Some(5), Some(-5), None]);
    touch(&[(1, 4), (2, 7), (3, 1)]);
    assert_eq!([used(1), used(2), used(3)], [Some(5), Some(7), Some(1)], "an earlier hour changes nothing");
    touch(&[(1, 6), (1, 9), (1, 8)]);
    assert_eq!(used(1), Some(9), "twice in one call");
}

fn throttle(store: &dyn Store, key: &str) -> Option<Timestamp> {
    store.write(|tx| tx.throttles_mut().get(key)).unwrap()
}

pub(super) fn throttles_keep_the_last_state(store: &dyn Store) {
    assert_eq!(throttle(store, "sign_in/a"), None);
    for state in [at(5), at(9), at(3)] {
        store.write(|tx| tx.throttles_mut().put("sign_in/a", state)).unwrap();
        assert_eq!(throttle(store, "sign_in/a"), Some(state), "also an earlier one");
    }
    assert_eq!(throttle(store, "sign_in/b"), None);
    assert_eq!(throttle(store, ""), None);
}

pub(super) fn throttles_in_the_past_are_purged(store: &dyn Store) {
    for (key, state) in [("a", -1), ("b", 9), ("c", 10), ("d", 11)] {
        store.write(|tx| tx.throttles_mut().put(key, at(state))).unwrap();
    }
    assert_eq!(store.write(|tx| tx.throttles_mut().purge(at(10))).unwrap(), 2);
    assert_eq!(["a", "b", "c", "d"].map(|key| throttle(store, key).is_some()), [false, false, true, true]);
}
