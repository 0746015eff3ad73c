//! What every transaction promises, whatever it does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::time::Duration;

use cairn_domain::identity::{Email, Session, UserSort};
use cairn_domain::learning::Event;
use cairn_domain::operations::{IdempotencyKey, Rendered, StoredAnswer};
use cairn_domain::shared::{PageRequest, ReleaseId, SessionId};
use cairn_domain::{Code, Error, Result, Store, StoreExt, WriteTx};

use super::sample::*;

fn users(store: &dyn Store) -> usize {
    store.read(|tx| tx.users().page(UserSort::Created, &PageRequest::first())).unwrap().items.len()
}

pub(super) fn values_come_out_of_closures(store: &dyn Store) {
    assert_eq!(store.read(|_| Ok(7)).unwrap(), 7);
    let one = |tx: &mut dyn WriteTx| tx.users_mut().insert(&user(1)).map(|()| "one");
    assert_eq!(store.write(one).unwrap(), "one");
    let two = |tx: &mut dyn WriteTx| tx.users_mut().insert(&user(2)).map(|()| "two");
    assert_eq!(store.write_alone(two).unwrap(), "two");
    assert_eq!(users(store), 2);
    let refused = |_: &mut dyn cairn_domain::ReadTx| Err::<(), _>(Error::not_found("thing", 1));
    assert_eq!(code(store.read(refused)), Code::NotFound);
}

pub(super) fn a_failed_closure_leaves_nothing(store: &dyn Store) {
    let fail = |tx: &mut dyn WriteTx| -> Result<()> {
        tx.users_mut().insert(&user(1))?;
        Err(Error::new(Code::KeyInFlight, "given up").after(Duration::from_secs(3)))
    };
    for error in [store.write(fail).unwrap_err(), store.write_alone(fail).unwrap_err()] {
        assert_eq!((error.code(), error.message()), (Code::KeyInFlight, "given up"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3)), "the closure's own error comes out");
    }
    assert_eq!(users(store), 0);
    add_user(store, 1);
}

/// Writes to every aggregate.
fn write_everywhere(tx: &mut dyn WriteTx) -> Result<()> {
    let user = user(1);
    tx.users_mut().insert(&user)?;
    let session = SessionId::new(uuid(1));
    let (created_at, expires_at) = (at(1), at(2));
    tx.sessions_mut().insert(&Session { id: session, user: user.id, digest: secret("s"), created_at, expires_at })?;
    tx.throttles_mut().put("throttle", at(1))?;
    for document in &small_pack().documents {
        tx.catalog_mut().put_document(document)?;
    }
    let id = ReleaseId::new(uuid(1));
    cairn_domain::catalog::apply_release(tx, None, &small_pack(), (None, ""), id, at(1))?;
    append(tx, user.id, vec![(read_event("a"), at(1)), (Event::CourseCompleted { course: course_id("c") }, at(1))])?;
    let key = IdempotencyKey::from_header("key")?;
    let answer = Rendered { status: 200, headers: Vec::new(), body: String::new() };
    let fingerprint = revision("request");
    tx.idempotency_mut().put(&StoredAnswer { user: user.id, key, fingerprint, answer, at: at(1) })
}

fn check_empty(store: &dyn Store) {
    store
        .write(|tx| {
            let key = IdempotencyKey::from_header("key")?;
            assert_eq!(tx.users().get(user_id(1))?, None);
            assert_eq!(tx.users().by_email(&Email::new("user1@example.org")?)?, None);
            assert_eq!(tx.sessions().by_digest(&secret("s"))?, None);
            assert_eq!(tx.throttles_mut().get("throttle")?, None);
            assert!(tx.catalog().library()?.packs().is_empty());
            assert_eq!(tx.catalog().release(&pack_id("p"), 1)?, None);
            assert!(tx.catalog().catalogue(ReleaseId::new(uuid(1)))?.is_none());
            assert_eq!(tx.records().record(user_id(1))?.seq, 0);
            assert!(tx.records().events(user_id(1), &PageRequest::first())?.items.is_empty());
            assert_eq!(tx.records().tally()?, cairn_domain::learning::Tally::default());
            assert_eq!(tx.idempotency().get(user_id(1), &key)?, None);
            Ok(())
        })
        .unwrap();
}

pub(super) fn closures_that_come_together_are_answered_one_by_one(store: &dyn Store) {
    add_user(store, 9);
    let mut good = |tx: &mut dyn WriteTx| tx.users_mut().insert(&user(1));
    let mut refused = |tx: &mut dyn WriteTx| {
        tx.users_mut().insert(&user(2))?;
        tx.users_mut().insert(&cairn_domain::identity::User { id: user_id(5), ..user(9) })
    };
    let mut panicking = |tx: &mut dyn WriteTx| -> Result<()> {
        tx.users_mut().insert(&user(3))?;
        std::panic::panic_any("the payload");
    };
    let mut last = |tx: &mut dyn WriteTx| {
        assert_eq!(tx.users().get(user_id(1))?, Some(user(1)), "those before it are done");
        assert_eq!((tx.users().get(user_id(2))?, tx.users().get(user_id(3))?), (None, None));
        tx.users_mut().insert(&user(4))
    };
    let answers = store.write_each_with(&mut [&mut good, &mut refused, &mut panicking, &mut last]);
    let codes: Vec<_> = answers.into_iter().map(|answer| answer.map_err(|error| error.code())).collect();
    assert_eq!(codes, [Ok(()), Err(Code::EmailTaken), Err(Code::Internal), Ok(())]);
    assert_eq!(users(store), 3);
    assert!(store.write_each_with(&mut []).is_empty());
}

pub(super) fn a_failure_after_partial_writes_leaves_nothing_anywhere(store: &dyn Store) {
    let refused = store.write(|tx| {
        write_everywhere(tx)?;
        // The refusal comes from the store itself, in the middle of the work.
        tx.users_mut().insert(&cairn_domain::identity::User { id: user_id(2), ..user(1) })
    });
    assert_eq!(code(refused), Code::EmailTaken);
    check_empty(store);
    store.write(write_everywhere).unwrap();
    assert_eq!(users(store), 1);
}

pub(super) fn a_panic_leaves_nothing_and_the_store_goes_on(store: &dyn Store) {
    for alone in [false, true] {
        let panicking = |tx: &mut dyn WriteTx| -> Result<()> {
            write_everywhere(tx)?;
            std::panic::panic_any("the payload");
        };
        let caught = catch_unwind(AssertUnwindSafe(|| match alone {
            true => store.write_alone(panicking),
            false => store.write(panicking),
        }));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"the payload"), "the panic is passed on");
        check_empty(store);
    }
    let reading = catch_unwind(AssertUnwindSafe(|| store.read::<()>(|_| std::panic::panic_any("the payload"))));
    assert!(reading.is_err());
    store.write(write_everywhere).unwrap();
    assert_eq!(users(store), 1);
}

pub(super) fn a_refusal_that_a_closure_swallows_is_no_silent_loss(store: &dyn Store) {
    let result = store.write(|tx| {
        tx.users_mut().insert(&user(1))?;
        let twin = cairn_domain::identity::User { id: user_id(2), ..user(1) };
        assert_eq!(code(tx.users_mut().insert(&twin)), Code::EmailTaken);
        tx.users_mut().insert(&user(3))
    });
    let there: Vec<_> = pages(store, 10, |tx, page| tx.users().page(UserSort::Created, page));
    let ids: Vec<_> = there.iter().map(|user| user.id).collect();
    match result {
        Ok(()) => assert_eq!(ids, [user_id(1), user_id(3)], "what was not refused is there"),
        Err(error) => assert!(ids.is_empty(), "{error}: all or nothing"),
    }
}

pub(super) fn a_transaction_reads_what_it_wrote(store: &dyn Store) {
    store
        .write(|tx| {
            write_everywhere(tx)?;
            assert_eq!(tx.as_read().users().get(user_id(1))?, Some(user(1)));
            assert_eq!(tx.users_mut().get(user_id(1))?, Some(user(1)));
            assert_eq!(tx.sessions().by_digest(&secret("s"))?.unwrap().1, user(1));
            assert_eq!(tx.catalog().library()?.pack(&pack_id("p")).unwrap().0.number, 1);
            assert_eq!(tx.catalog_mut().release(&pack_id("p"), 1)?.unwrap().number, 1);
            assert_eq!(tx.records().record(user_id(1))?.seq, 2);
            assert_eq!(tx.records_mut().tally()?.lessons, 1);
            Ok(())
        })
        .unwrap();
}

pub(super) fn a_reading_closure_sees_one_moment(store: &dyn Store) {
    add_user(store, 1);
    let (begin, begun) = channel::<()>();
    let (end, ended) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for (n, ()) in (2..).zip(begun) {
                add_user(store, n);
                let _ = end.send(());
            }
        });
        // A reading closure may be run again too; each run asks for another write in its midst.
        let seen = store.read(|tx| {
            let mut count = || tx.users().page(UserSort::Created, &PageRequest::first()).map(|page| page.items.len());
            let before = count()?;
            begin.send(()).unwrap();
            // The writer commits now, or waits for this reader to end, as it does in memory.
            let _ = ended.recv_timeout(Duration::from_millis(300));
            assert_eq!(count()?, before);
            Ok(before)
        });
        assert!(seen.unwrap() >= 1);
        drop(begin);
    });
    assert!(users(store) >= 2);
}

pub(super) fn a_writing_closure_may_be_run_twice(store: &dyn Store) {
    // Its value is that of the run that was committed: with many writers on one row, PostgreSQL runs some again.
    store.write(|tx| tx.throttles_mut().put("count", at(0))).unwrap();
    let count = |tx: &mut dyn WriteTx| {
        let next = at(tx.throttles_mut().get("count")?.unwrap().micros() + 1);
        tx.throttles_mut().put("count", next)?;
        Ok(next.micros())
    };
    let mut seen: Vec<i64> = std::thread::scope(|scope| {
        let run = || (0..25).map(|_| store.write(count).unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    seen.sort_unstable();
    assert_eq!(seen, (1..=100).collect::<Vec<_>>());
}

pub(super) fn the_store_is_ready(store: &dyn Store) {
    store.ready().unwrap();
}

pub(super) fn the_generation_tells_of_each_commit(store: &dyn Store) {
    let before = store.generation();
    assert_eq!((users(store), store.generation()), (0, before), "reading changes nothing");
    let ways: [&dyn Fn(u128); 3] = [
        &|n| store.write(|tx| tx.users_mut().insert(&user(n))).unwrap(),
        &|n| store.write_alone(|tx| tx.users_mut().insert(&user(n))).unwrap(),
        &|n| store.write_each_with(&mut [&mut |tx| tx.users_mut().insert(&user(n))]).remove(0).unwrap(),
    ];
    for (n, write) in (1..).zip(ways) {
        let before = store.generation();
        write(n);
        let after = store.generation();
        assert_eq!(before.is_some(), after.is_some(), "a store either knows of every commit or of none");
        assert!(after > before || after.is_none(), "{before:?}, {after:?}");
    }
}
