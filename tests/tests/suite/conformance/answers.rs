//! Answers kept under idempotency keys.

use std::time::Duration;

use cairn_domain::operations::{IdempotencyKey, KEPT_FOR, Outcome, Rendered, StoredAnswer, once};
use cairn_domain::shared::{Timestamp, UserId};
use cairn_domain::{Code, Error, Result, Store, StoreExt, WriteTx};

use super::sample::*;

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::from_header(text).unwrap()
}

fn rendered(body: &str) -> Rendered {
    Rendered { status: 201, headers: vec![("Location".into(), "/x".into())], body: body.to_owned() }
}

fn stored(user: UserId, name: &str, body: &str, at: Timestamp) -> StoredAnswer {
    StoredAnswer { user, key: key(name), fingerprint: revision("request"), answer: rendered(body), at }
}

fn put(store: &dyn Store, answer: &StoredAnswer) {
    store.write(|tx| tx.idempotency_mut().put(answer)).unwrap();
}

fn get(store: &dyn Store, user: UserId, name: &str) -> Option<StoredAnswer> {
    store.read(|tx| tx.idempotency().get(user, &key(name))).unwrap()
}

pub(super) fn an_answer_comes_back_byte_for_byte(store: &dyn Store) {
    let user = add_user(store, 1).id;
    let headers = [("ETag", "\"1\""), ("X-A", ""), ("X-A", "twice, \"ünï\" 🦀"), ("A", "last")];
    let answer = Rendered {
        status: 599,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: "{\"a\": \"\\u0000 \\\\ 🦀\u{1}\r\n\"}".to_owned(),
    };
    let stored = StoredAnswer { answer, ..stored(user, "\"!~ #'%&\"", "", at(-7)) };
    put(store, &stored);
    assert_eq!(get(store, user, "\"!~ #'%&\""), Some(stored));
    let empty = StoredAnswer {
        answer: Rendered { status: 204, headers: Vec::new(), body: String::new() },
        ..self::stored(user, "empty", "", at(0))
    };
    put(store, &empty);
    assert_eq!(get(store, user, "empty"), Some(empty));
}

pub(super) fn an_answer_needs_its_user(store: &dyn Store) {
    let answer = stored(user_id(1), "k", "body", at(1));
    assert_eq!(code(store.write(|tx| tx.idempotency_mut().put(&answer))), Code::Internal);
    assert_eq!(get(store, user_id(1), "k"), None);
    add_user(store, 1);
    put(store, &answer);
}

pub(super) fn keys_belong_to_users(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    put(store, &stored(ada, "k", "ada's", at(1)));
    assert_eq!(get(store, bob, "k"), None);
    assert_eq!(get(store, ada, "K"), None, "case counts");
    put(store, &stored(bob, "k", "bob's", at(1)));
    assert_eq!(get(store, ada, "k").unwrap().answer.body, "ada's");
    assert_eq!(get(store, bob, "k").unwrap().answer.body, "bob's");
}

pub(super) fn a_later_answer_replaces_the_one_before(store: &dyn Store) {
    let user = add_user(store, 1).id;
    put(store, &stored(user, "k", "first", at(1)));
    let second = StoredAnswer { fingerprint: revision("another request"), ..stored(user, "k", "second", at(2)) };
    put(store, &second);
    assert_eq!(get(store, user, "k"), Some(second));
}

pub(super) fn old_answers_are_purged(store: &dyn Store) {
    let user = add_user(store, 1).id;
    for (name, given) in [("a", -1), ("b", 9), ("c", 10), ("d", 11)] {
        put(store, &stored(user, name, "", at(given)));
    }
    assert_eq!(store.write(|tx| tx.idempotency_mut().purge(at(10))).unwrap(), 2);
    assert_eq!(["a", "b", "c", "d"].map(|name| get(store, user, name).is_some()), [false, false, true, true]);
}

/// Adds a user of this number once for the key `k` of user 1.
fn add_once(store: &dyn Store, n: u128, request: &str, now: Timestamp) -> Result<Outcome> {
    store.write(|tx| {
        once(tx, (user_id(1), &key("k")), &revision(request), now, &mut |tx: &mut dyn WriteTx| {
            tx.users_mut().insert(&user(n))?;
            Ok((rendered(&format!("user {n} with a secret")), rendered(&format!("user {n}"))))
        })
    })
}

pub(super) fn work_is_done_once_for_a_key(store: &dyn Store) {
    add_user(store, 1);
    let first = add_once(store, 2, "request", at(0)).unwrap();
    assert_eq!(first, Outcome::Done(rendered("user 2 with a secret")));
    let again = add_once(store, 3, "request", at(1)).unwrap();
    assert_eq!(again, Outcome::Replayed(rendered("user 2")), "without the secret");
    assert_eq!(store.read(|tx| tx.users().get(user_id(3))).unwrap(), None, "the work was not done again");
    assert_eq!(code(add_once(store, 3, "another request", at(1))), Code::KeyReused);
    let kept = at(0).plus(KEPT_FOR);
    assert!(matches!(add_once(store, 3, "request", at(kept.micros() - 1)).unwrap(), Outcome::Replayed(_)));
    assert!(matches!(add_once(store, 3, "another request", kept).unwrap(), Outcome::Done(_)), "the key is free again");
    let late = kept.plus(Duration::from_secs(1));
    assert_eq!(add_once(store, 4, "another request", late).unwrap(), Outcome::Replayed(rendered("user 3")));
}

pub(super) fn failed_work_leaves_its_key_free(store: &dyn Store) {
    add_user(store, 1);
    // User 1 is there, so adding it is refused.
    assert_eq!(code(add_once(store, 1, "request", at(0)).map_err(|error| taken(&error))), Code::EmailTaken);
    assert_eq!(get(store, user_id(1), "k"), None);
    assert!(matches!(add_once(store, 2, "another request", at(0)).unwrap(), Outcome::Done(_)));
}

/// Inserting the very same user again breaks two rules; which one a store names is its own affair.
fn taken(error: &Error) -> Error {
    assert!(matches!(error.code(), Code::EmailTaken | Code::Internal), "{error:?}");
    Error::new(Code::EmailTaken, "")
}

pub(super) fn an_answer_and_its_work_commit_together(store: &dyn Store) {
    add_user(store, 1);
    let refused = store.write(|tx| {
        once(tx, (user_id(1), &key("k")), &revision("request"), at(0), &mut |tx: &mut dyn WriteTx| {
            tx.users_mut().insert(&user(2))?;
            Ok((rendered("a"), rendered("a")))
        })?;
        Err::<(), _>(Error::new(Code::Busy, "after the answer was kept"))
    });
    assert_eq!(code(refused), Code::Busy);
    assert_eq!(get(store, user_id(1), "k"), None);
    assert_eq!(store.read(|tx| tx.users().get(user_id(2))).unwrap(), None);
}
