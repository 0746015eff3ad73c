use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cairn_domain::shared::Timestamp;
use cairn_domain::{Code, Store as _, StoreExt as _, WriteTx};
use diesel::connection::{Connection as _, InstrumentationEvent, SimpleConnection as _};

use super::*;
use crate::testing::{Scratch, code};
use crate::{Claim, SqlStore, connection};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn put(store: &SqlStore, key: &str) -> Result<()> {
    store.write(|tx| tx.throttles_mut().put(key, at(1)))
}

fn there(store: &SqlStore, key: &str) -> bool {
    store.write(|tx| tx.throttles_mut().get(key)).unwrap().is_some()
}

fn count_up(tx: &mut dyn WriteTx) -> Result<i64> {
    let next = tx.throttles_mut().get("count")?.map_or(1, |state| state.micros() + 1);
    tx.throttles_mut().put("count", at(next))?;
    Ok(next)
}

/// Waits until so many wait for their turn.
fn until_waiting(store: &SqlStore, many: usize) {
    while lock(&store.writer().queue).waiting.len() < many {
        std::thread::yield_now();
    }
}

/// Does something to the writing connection, which nobody has at the moment.
fn in_seat(store: &SqlStore, work: impl FnOnce(&mut Db)) {
    let mut queue = lock(&store.writer().queue);
    work(queue.free.as_mut().unwrap().connection.as_mut().unwrap());
}

type Other<'a> = Box<dyn FnOnce() -> Result<()> + Send + 'a>;

/// Begins a closure that holds the seat, lets others queue up behind it one by one in their order, lets it go, and gives
/// the others' results. They share a commit as far as the rules let them.
fn behind_a_long_one(store: &SqlStore, others: Vec<Other<'_>>) -> Vec<Result<()>> {
    let (begun, go_on) = (Barrier::new(2), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let long = scope.spawn(|| {
            store.write(|tx| {
                begun.wait();
                while !go_on.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                tx.throttles_mut().put("long", at(1))
            })
        });
        begun.wait();
        let mut waiting = Vec::new();
        for (n, other) in others.into_iter().enumerate() {
            waiting.push(scope.spawn(other));
            until_waiting(store, n + 1);
        }
        go_on.store(true, Ordering::SeqCst);
        let results = waiting.into_iter().map(|thread| thread.join().unwrap()).collect();
        // What was committed with it decides its own fate too, so whether it is kept is the tests' matter.
        let _ = long.join().unwrap();
        results
    })
}

/// Makes a commit fail once the throttle `poison` was put: a reference is checked at the commit only.
fn make_poison(scratch: &Scratch) {
    let mut connection = connection::open(&scratch.config(), Purpose::Write).unwrap();
    connection
        .batch_execute(
            "CREATE TABLE poison (of TEXT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER poison AFTER INSERT ON throttles WHEN new.id = 'poison'
             BEGIN INSERT INTO poison VALUES ('nobody'); END;",
        )
        .unwrap();
}

#[test]
fn eight_times_a_hundred_updates_of_one_row_all_succeed() {
    let scratch = Scratch::new();
    let store = scratch.store();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..100).for_each(|_| _ = store.write(count_up).unwrap()));
        }
    });
    assert_eq!(store.write(count_up).unwrap(), 801);
}

#[test]
fn sixty_four_threads_take_turns_and_share_commits() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let commits = store.writer().generation().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let store = &store;
            scope.spawn(move || (0..20).for_each(|n| put(store, &format!("{thread}-{n}")).unwrap()));
        }
    });
    let commits = store.writer().generation().unwrap() - commits;
    assert!(commits < 64 * 20, "{commits} commits for {} writes", 64 * 20);
    for thread in 0..64 {
        assert!(there(&store, &format!("{thread}-19")));
    }
}

#[test]
fn those_who_wait_share_a_commit_and_the_batch_has_a_bound() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let before = store.writer().generation().unwrap();
    let keys: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let writes = keys.iter().map(|key| Box::new(|| put(&store, key)) as Other<'_>).collect();
    for result in behind_a_long_one(&store, writes) {
        result.unwrap();
    }
    // The long one and 63 others, then 37.
    assert_eq!(store.writer().generation().unwrap() - before, 2);
}

#[test]
fn an_error_undoes_its_own_work_alone() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let failing = || {
        store.write(|tx| {
            tx.throttles_mut().put("bad", at(1))?;
            Err(Error::new(Code::WrongState, "no"))
        })
    };
    let results = behind_a_long_one(
        &store,
        vec![Box::new(|| put(&store, "a")), Box::new(failing), Box::new(|| put(&store, "b"))],
    );
    assert_eq!(results.into_iter().map(code).collect::<Vec<_>>(), [None, Some(Code::WrongState), None]);
    assert!(there(&store, "a") && there(&store, "b") && there(&store, "long") && !there(&store, "bad"));
}

#[test]
fn a_panic_undoes_its_own_work_alone_and_is_passed_on() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let panicking = || {
        let work = AssertUnwindSafe(|| {
            store.write(|tx| {
                tx.throttles_mut().put("bad", at(1)).unwrap();
                assert!(tx.throttles_mut().get("bad").unwrap().is_none(), "on purpose");
                Ok(())
            })
        });
        let payload = catch_unwind(work).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"on purpose"));
        Ok(())
    };
    // The last in the batch is the one who has to commit for the others.
    let results = behind_a_long_one(
        &store,
        vec![Box::new(|| put(&store, "a")), Box::new(panicking), Box::new(|| put(&store, "b")), Box::new(panicking)],
    );
    assert!(results.into_iter().all(|result| result.is_ok()));
    assert!(there(&store, "a") && there(&store, "b") && !there(&store, "bad"));
}

#[test]
fn a_commit_that_fails_refuses_the_whole_batch_and_nothing_after_it() {
    let scratch = Scratch::new();
    make_poison(&scratch);
    let store = scratch.store();
    let failing = || store.write(|_| Err(Error::new(Code::WrongState, "no")));
    let results = behind_a_long_one(
        &store,
        vec![Box::new(|| put(&store, "a")), Box::new(|| put(&store, "poison")), Box::new(failing)],
    );
    // The one that failed may have seen what the others did, so its answer does not count either.
    assert_eq!(results.into_iter().map(code).collect::<Vec<_>>(), [Some(Code::StoreUnavailable); 3]);
    assert!(!there(&store, "long") && !there(&store, "a") && !there(&store, "poison"));
    put(&store, "after").unwrap();
    assert!(there(&store, "after"));
}

#[test]
fn closures_that_come_together_share_a_commit_and_its_failure() {
    let scratch = Scratch::new();
    make_poison(&scratch);
    let store = scratch.store();
    let before = store.writer().generation().unwrap();
    let write_each = |keys: [&str; 3]| {
        let mut closures = keys.map(|key| move |tx: &mut dyn WriteTx| tx.throttles_mut().put(key, at(1)));
        let mut works: Vec<Work<'_>> = closures.iter_mut().map(|closure| closure as Work<'_>).collect();
        store.write_each_with(&mut works).into_iter().map(code).collect::<Vec<_>>()
    };
    assert_eq!(write_each(["a", "b", "c"]), [None; 3]);
    assert_eq!(store.writer().generation().unwrap(), before + 1);
    assert_eq!(write_each(["d", "poison", "e"]), [Some(Code::StoreUnavailable); 3]);
    assert!(there(&store, "a") && there(&store, "c") && !there(&store, "d"));
    assert_eq!(write_each(["d", "e", "f"]), [None; 3]);
}

#[test]
fn who_writes_alone_shares_no_commit() {
    let scratch = Scratch::new();
    make_poison(&scratch);
    let store = scratch.store();
    let alone = || store.write_alone(|tx| tx.throttles_mut().put("alone", at(1)));
    let results = behind_a_long_one(
        &store,
        vec![Box::new(|| put(&store, "a")), Box::new(alone), Box::new(|| put(&store, "poison"))],
    );
    assert_eq!(results.into_iter().map(code).collect::<Vec<_>>(), [None, None, Some(Code::StoreUnavailable)]);
    assert!(there(&store, "long") && there(&store, "a") && there(&store, "alone"));
}

#[test]
fn a_full_disk_refuses_and_keeps_what_was_there() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "before").unwrap();
    let limit = |pages: u32| {
        in_seat(&store, |connection| connection.batch_execute(&format!("PRAGMA max_page_count = {pages}")).unwrap());
    };
    // The least that is possible is what there is.
    limit(1);
    let long = "x".repeat(100_000);
    assert_eq!(code(put(&store, &long)), Some(Code::StoreUnavailable));
    assert!(there(&store, "before"));
    assert!(store.read(|tx| tx.catalog().library()).is_ok());
    limit(1_000_000);
    put(&store, &long).unwrap();
    store.ready().unwrap();
}

#[test]
fn another_program_that_holds_the_lock_is_waited_for_with_a_bound() {
    let scratch = Scratch::new();
    let store = SqlStore::open(&Config { wait: Duration::from_millis(150), ..scratch.config() }).unwrap();
    let mut other = connection::open(&scratch.config(), Purpose::Write).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let refused = put(&store, "a").unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (Code::Busy, Some(Duration::from_secs(1))));
    // Reading goes on.
    store.read(|tx| tx.catalog().library()).unwrap();
    other.batch_execute("ROLLBACK").unwrap();
    put(&store, "a").unwrap();
}

#[test]
fn those_that_come_together_wait_once_for_another_program() {
    let scratch = Scratch::new();
    let store = SqlStore::open(&Config { wait: Duration::from_millis(150), ..scratch.config() }).unwrap();
    let mut other = connection::open(&scratch.config(), Purpose::Write).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let (done, until_done) = std::sync::mpsc::channel::<()>();
    let answers: Vec<_> = std::thread::scope(|scope| {
        scope.spawn(move || {
            // Longer than one of them waits, and not as long as all of them one after the other.
            let _ = until_done.recv_timeout(Duration::from_millis(1000));
            other.batch_execute("ROLLBACK").unwrap();
        });
        let mut closures: Vec<_> =
            (0..64).map(|n| move |tx: &mut dyn WriteTx| tx.throttles_mut().put(&format!("key{n}"), at(1))).collect();
        let mut works: Vec<Work<'_>> = closures.iter_mut().map(|closure| closure as Work<'_>).collect();
        let answers = store.write_each_with(&mut works).into_iter().map(code).collect();
        let _ = done.send(());
        answers
    });
    assert_eq!(answers, [Some(Code::Busy); 64]);
    put(&store, "a").unwrap();
    assert!(!there(&store, "key63"));
}

#[test]
fn nobody_waits_for_the_turn_for_ever() {
    let scratch = Scratch::new();
    let store = SqlStore::open(&Config { wait: Duration::from_millis(50), ..scratch.config() }).unwrap();
    // It holds the seat until the other one has given up.
    let inner = store.write(|tx| {
        let refused = std::thread::scope(|scope| scope.spawn(|| put(&store, "b")).join().unwrap());
        tx.throttles_mut().put("a", at(1))?;
        Ok(code(refused))
    });
    assert_eq!(inner.unwrap(), Some(Code::Busy));
    assert!(lock(&store.writer().queue).waiting.is_empty());
    assert!(there(&store, "a") && !there(&store, "b"));
}

#[test]
fn the_statements_around_each_write_are_prepared_once() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let prepared = Arc::new(Mutex::new(Vec::new()));
    let noted = prepared.clone();
    let note = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::CacheQuery { sql, .. } = event {
            lock(&noted).push(sql.to_owned());
        }
    };
    in_seat(&store, |connection| per_backend!(connection, c => c.set_instrumentation(note)));
    for _ in 0..3 {
        put(&store, "a").unwrap();
        store.write(|_| Err::<(), _>(Error::new(Code::WrongState, "no"))).unwrap_err();
    }
    let prepared = lock(&prepared);
    for text in ["BEGIN IMMEDIATE", "SAVEPOINT turn", "RELEASE turn", "ROLLBACK TO turn", "COMMIT"] {
        assert_eq!(prepared.iter().filter(|sql| *sql == text).count(), 1, "{text} in {prepared:?}");
    }
}

#[test]
fn who_leaves_at_the_last_moment_leaves_no_open_batch() {
    let scratch = Scratch::new();
    let store = std::sync::Arc::new(scratch.store());
    for round in 0..600_u32 {
        let writer = store.writer();
        let waiter = Arc::new(Waiter { alone: false, given: Mutex::new(None), news: Condvar::new() });
        let (ending, (done, ended)) = (Arc::new(AtomicBool::new(false)), std::sync::mpsc::channel());
        let (others_store, others_ending, others_waiter) = (store.clone(), ending.clone(), waiter.clone());
        // Not in a scope, which would wait for a thread that hangs.
        std::thread::spawn(move || {
            let written = others_store.write(|tx| {
                tx.throttles_mut().put("a", at(1))?;
                lock(&others_store.writer().queue).waiting.push_back(others_waiter.clone());
                others_ending.store(true, Ordering::SeqCst);
                Ok(())
            });
            done.send(written).unwrap();
        });
        while !ending.load(Ordering::SeqCst) {
            std::hint::spin_loop();
        }
        // The other one is about to see that somebody waits, and to give the seat on.
        (0..round % 60 * 5).for_each(|_| std::hint::spin_loop());
        if let Some(seat) = writer.leave(&waiter) {
            Turn { writer, seat: Some(seat) }.pass_on(false);
        }
        let written = ended.recv_timeout(Duration::from_secs(10));
        written.unwrap_or_else(|_| panic!("its batch was committed by nobody, in round {round}")).unwrap();
    }
}

#[test]
fn a_closure_that_goes_on_after_a_refusal_is_not_committed() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let nobody = crate::testing::session(7, 8);
    let result = store.write(|tx| {
        tx.throttles_mut().put("a", at(1))?;
        // There is no such user.
        assert_eq!(code(tx.sessions_mut().insert(&nobody)), Some(Code::Internal));
        Ok(())
    });
    assert_eq!(code(result), Some(Code::Internal));
    assert!(!there(&store, "a"));
}

#[test]
fn only_who_has_claimed_the_file_knows_of_every_commit() {
    let scratch = Scratch::new();
    assert_eq!(scratch.store().generation(), None, "another process may write");
    let store = SqlStore::open(&scratch.config().claiming(Claim::Serve)).unwrap();
    let before = store.generation().unwrap();
    put(&store, "a").unwrap();
    assert_eq!(store.generation(), Some(before + 1));
    store.writer().generation.fetch_add(1, Ordering::SeqCst);
    assert_eq!(store.generation(), None, "a commit is under way: some see it already, and some do not");
}
