//! Writing on SQLite: one connection, and one commit for many transactions.
//!
//! SQLite has one writer at a time, and a commit waits for the disk. So transactions that come while a commit is under way
//! share the next one. Each closure runs on its caller's thread, in a savepoint of its own, on the one writing connection,
//! which goes from thread to thread as a value, the [`Seat`]. Whoever has it and finds nobody waiting, or the batch full,
//! commits for all and wakes them. A caller is answered after the commit, also when its closure failed: what the closure
//! saw of others in the batch would not be true if the commit failed.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use cairn_domain::{Code, Error, Result, Work};
use diesel::RunQueryDsl as _;

use crate::connection::{self, Db, Purpose, per_backend};
use crate::library::Cache;
use crate::refusal::{busy, translate, unavailable};
use crate::statement::statement;
use crate::tx::{Extent, Fate, Tx};
use crate::{Config, error};

/// How many transactions a batch has when nobody joins it any more.
const BATCH: usize = 64;

// Every write runs three of these, so they are statements that the connection prepares once.
statement! {
    /// Takes the lock at once: one that begins by reading and wants to write later may find that it can't.
    Begin {} -> () = "BEGIN IMMEDIATE"
}
statement! { Commit {} -> () = "COMMIT" }
statement! { Save {} -> () = "SAVEPOINT turn" }
statement! { Release {} -> () = "RELEASE turn" }
statement! { Undo {} -> () = "ROLLBACK TO turn" }
statement! { Rollback {} -> () = "ROLLBACK" }

/// The writing connection, in turn with whoever holds this.
struct Seat {
    /// `None` before the first use and after a failure that left it in doubt.
    connection: Option<Db>,
    /// The transactions since `BEGIN`.
    batch: Option<Arc<Batch>>,
    /// How many they are.
    size: usize,
}

/// How a commit went: why not, when it did not.
type Outcome = Result<(), Arc<str>>;

/// Transactions that are committed together, and how that went.
#[derive(Default)]
struct Batch {
    ended: Mutex<Option<Outcome>>,
    news: Condvar,
}

impl Batch {
    fn end(&self, how: Outcome) {
        *lock(&self.ended) = Some(how);
        self.news.notify_all();
    }

    fn wait(&self) -> Outcome {
        let ended = self.news.wait_while(lock(&self.ended), |ended| ended.is_none());
        ended.unwrap_or_else(PoisonError::into_inner).clone().unwrap_or(Ok(()))
    }
}

/// Somebody who waits for the seat.
struct Waiter {
    alone: bool,
    given: Mutex<Option<Box<Seat>>>,
    news: Condvar,
}

struct Queue {
    /// The seat, when nobody has it.
    free: Option<Box<Seat>>,
    waiting: VecDeque<Arc<Waiter>>,
}

/// The lock is held for moments, and never while anything foreign runs, so poison means nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one place where an SQLite database is written.
pub(crate) struct Writer {
    config: Config,
    queue: Mutex<Queue>,
    /// Raised before a commit and after it, so that it is odd while one is under way.
    generation: AtomicU64,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

/// How one closure ended.
enum Ended {
    /// Its work stands, or it left none.
    Answered(Result<()>),
    /// Its work is undone.
    Panicked(Box<dyn std::any::Any + Send>),
    /// The batch's transaction is gone, and all work in it.
    Broken(Arc<str>),
}

impl Writer {
    pub(crate) fn new(config: &Config) -> Self {
        let seat = Seat { connection: None, batch: None, size: 0 };
        let queue = Queue { free: Some(Box::new(seat)), waiting: VecDeque::new() };
        Self { config: config.clone(), queue: Mutex::new(queue), generation: AtomicU64::new(0) }
    }

    /// Opens the connection, so that what is wrong with it is known at once.
    pub(crate) fn open(&self) -> error::Result<()> {
        let mut queue = lock(&self.queue);
        if let Some(seat) = queue.free.as_mut().filter(|seat| seat.connection.is_none()) {
            seat.connection = Some(connection::open(&self.config, Purpose::Write)?);
        }
        Ok(())
    }

    pub(crate) fn write(&self, cache: &Cache, alone: bool, work: Work<'_>) -> Result<()> {
        let mut turn = Turn { writer: self, seat: Some(self.sit(alone)?) };
        debug_assert!(!alone || turn.seat().batch.is_none(), "who writes alone begins a batch");
        let ran = turn.seat().take_in(&self.config, cache, alone, work)?;
        turn.pass_on(alone);
        ran.answer(cache).unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// Runs several closures in one turn.
    pub(crate) fn write_each(&self, cache: &Cache, works: &mut [Work<'_>]) -> Vec<Result<()>> {
        let seat = match self.sit(false) {
            Ok(seat) => seat,
            Err(_) => {
                return works.iter().map(|_| Err(busy().because("waited in vain for the turn to write"))).collect();
            }
        };
        let mut turn = Turn { writer: self, seat: Some(seat) };
        // Where a batch can't be begun the first one has waited for that long enough, for all of them.
        let mut refused = None;
        let mut take_in = |work: &mut Work<'_>| match refused {
            Some(Code::Busy) => Err(busy().because("the batch could not be begun")),
            Some(_) => Err(unavailable().because("the batch could not be begun")),
            None => {
                turn.seat().take_in(&self.config, cache, false, *work).inspect_err(|error| refused = Some(error.code()))
            }
        };
        let ran: Vec<_> = works.iter_mut().map(&mut take_in).collect();
        turn.pass_on(false);
        let panicked = |_| Err(Error::internal("a closure panicked"));
        ran.into_iter().map(|ran| ran?.answer(cache).unwrap_or_else(panicked)).collect()
    }

    /// How many batches were ended by a commit; `None` while one is being ended. See
    /// [`Store::generation`](cairn_domain::Store::generation).
    pub(crate) fn generation(&self) -> Option<u64> {
        let raised = self.generation.load(Ordering::SeqCst);
        raised.is_multiple_of(2).then_some(raised / 2)
    }

    /// Ends the batch, if there is one. What it did may be seen by others from somewhere in the middle of this on.
    fn commit(&self, seat: &mut Seat) -> Option<(Arc<Batch>, Outcome)> {
        seat.batch.as_ref()?;
        self.generation.fetch_add(1, Ordering::SeqCst);
        let ended = seat.commit();
        self.generation.fetch_add(1, Ordering::SeqCst);
        ended
    }

    /// Waits for the seat, at most as long as the configuration says.
    fn sit(&self, alone: bool) -> Result<Box<Seat>> {
        let waiter = {
            let mut queue = lock(&self.queue);
            if let Some(seat) = queue.free.take() {
                return Ok(seat);
            }
            let waiter = Arc::new(Waiter { alone, given: Mutex::new(None), news: Condvar::new() });
            queue.waiting.push_back(waiter.clone());
            waiter
        };
        let waited = waiter.news.wait_timeout_while(lock(&waiter.given), self.config.wait, |given| given.is_none());
        let given = waited.unwrap_or_else(PoisonError::into_inner).0.take();
        given.or_else(|| self.leave(&waiter)).ok_or_else(|| busy().because("waited in vain for the turn to write"))
    }

    /// Leaves the queue; gives the seat if it was given meanwhile.
    fn leave(&self, waiter: &Arc<Waiter>) -> Option<Box<Seat>> {
        lock(&self.queue).waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        lock(&waiter.given).take()
    }

    /// Hands the seat to whoever is next, or leaves it free. Its batch is over: the next one may be one who writes
    /// alone, and where there is none nobody would commit it.
    fn hand_over(&self, seat: Box<Seat>) {
        let mut queue = lock(&self.queue);
        match queue.waiting.pop_front() {
            Some(next) => give(queue, &next, seat),
            None => queue.free = Some(seat),
        }
    }
}

fn give(queue: MutexGuard<'_, Queue>, next: &Waiter, seat: Box<Seat>) {
    *lock(&next.given) = Some(seat);
    drop(queue);
    next.news.notify_one();
}

/// Having the seat. Whatever happens, it goes on to the next.
struct Turn<'a> {
    writer: &'a Writer,
    seat: Option<Box<Seat>>,
}

impl Turn<'_> {
    fn seat(&mut self) -> &mut Seat {
        self.seat.get_or_insert_with(|| Box::new(Seat { connection: None, batch: None, size: 0 }))
    }

    /// Gives the seat with its batch to the next who can join, or commits and gives it away.
    fn pass_on(mut self, alone: bool) {
        let Some(mut seat) = self.seat.take() else { return };
        if !alone && seat.size < BATCH {
            // Seen and given under one lock: who waits may leave at any other moment, and nobody would commit.
            let mut queue = lock(&self.writer.queue);
            let joins = queue.waiting.front().is_some_and(|next| !next.alone);
            if joins && let Some(next) = queue.waiting.pop_front() {
                return give(queue, &next, seat);
            }
        }
        let ended = self.writer.commit(&mut seat);
        // The next ones begin before the answers go out, so that the disk is not idle meanwhile.
        self.writer.hand_over(seat);
        if let Some((batch, how)) = ended {
            batch.end(how);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(mut seat) = self.seat.take() {
            // Reached where no batch could be begun, so there is none; after a panic of this module's own there may be,
            // and nobody knows what is in it.
            if seat.batch.is_some() {
                seat.abandon(&"a panic between two closures".into());
            }
            self.writer.hand_over(seat);
        }
    }
}

/// A closure that ran, whose answer waits for the commit.
struct Ran {
    ended: Ended,
    batch: Option<Arc<Batch>>,
    read: Vec<Arc<crate::library::Kept>>,
}

impl Ran {
    /// Waits for the commit. Gives the payload of a panic, or the answer.
    fn answer(self, cache: &Cache) -> std::thread::Result<Result<()>> {
        let answer = match self.ended {
            // Its work is undone whatever becomes of the batch.
            Ended::Panicked(payload) => return Err(payload),
            Ended::Broken(why) => return Ok(Err(unavailable().because(why.to_string()))),
            Ended::Answered(answer) => answer,
        };
        if let Err(why) = self.batch.map_or(Ok(()), |batch| batch.wait()) {
            return Ok(Err(unavailable().because(why.to_string())));
        }
        if answer.is_ok() {
            cache.keep(self.read);
        }
        Ok(answer)
    }
}

impl Seat {
    /// Runs a closure in the batch, which it begins where there is none.
    fn take_in(&mut self, config: &Config, cache: &Cache, alone: bool, work: Work<'_>) -> Result<Ran> {
        self.begin(config)?;
        let mut read = Vec::new();
        let ended = self.run(cache, &mut read, alone, work);
        let batch = self.batch.clone();
        match &ended {
            Ended::Broken(why) => self.abandon(why),
            // Its transaction was the batch's, and there is nothing left of it to commit.
            Ended::Answered(Err(_)) | Ended::Panicked(_) if alone => {
                if let Some(batch) = self.batch.take() {
                    batch.end(Ok(()));
                }
            }
            _ => self.size += 1,
        }
        Ok(Ran { ended, batch, read })
    }

    /// Begins a batch unless one is under way.
    fn begin(&mut self, config: &Config) -> Result<()> {
        if self.batch.is_some() {
            return Ok(());
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connection::open(config, Purpose::Write)?),
        };
        if let Err(refused) = per_backend!(connection, c => Begin {}.execute(c)) {
            let (error, _) = translate(refused);
            if error.code() != Code::Busy {
                self.connection = None;
            }
            return Err(error);
        }
        self.batch = Some(Arc::default());
        self.size = 0;
        Ok(())
    }

    /// Runs a closure: in a savepoint, or straight in the transaction when it is alone in it. In a savepoint SQLite keeps a
    /// copy of each page that was changed, in memory, and goes through all of them after each statement: too much of both for
    /// a large release.
    fn run(&mut self, cache: &Cache, read: &mut Vec<Arc<crate::library::Kept>>, alone: bool, work: Work<'_>) -> Ended {
        let broken = |refused: diesel::result::Error| Ended::Broken(refused.to_string().into());
        let Some(connection) = &mut self.connection else { return Ended::Broken("there is no connection".into()) };
        if !alone && let Err(refused) = per_backend!(&mut *connection, c => Save {}.execute(c)) {
            return broken(refused);
        }
        let mut tx = Tx::new(connection, Extent::Any, cache);
        let given = catch_unwind(AssertUnwindSafe(|| work(&mut tx)));
        let given = given.map(|given| tx.verdict(given));
        let sound = tx.fate == Fate::Sound;
        *read = std::mem::take(&mut tx.read);
        // A disk that is full can have rolled back everything: then there is nothing to undo, which says so.
        let end = per_backend!(connection, c => match (&given, alone) {
            (Ok(Ok(())), false) => Release {}.execute(c),
            (Ok(Ok(())), true) => Ok(0),
            (_, false) => Undo {}.execute(c).and_then(|_| Release {}.execute(c)),
            (_, true) => Rollback {}.execute(c),
        });
        if let Err(refused) = end {
            return match given {
                // What the closure said is closer to the cause.
                Ok(Err(error)) if !sound => Ended::Broken(cause_of(&error).into()),
                _ => broken(refused),
            };
        }
        match given {
            Ok(answer) => Ended::Answered(answer),
            Err(payload) => Ended::Panicked(payload),
        }
    }

    /// Ends the batch; gives it with how that went, for the others.
    fn commit(&mut self) -> Option<(Arc<Batch>, Outcome)> {
        let batch = self.batch.take()?;
        self.size = 0;
        let committed = match &mut self.connection {
            Some(connection) => {
                per_backend!(connection, c => Commit {}.execute(c)).map_err(|refused| refused.to_string())
            }
            None => Err("there is no connection".to_owned()),
        };
        let how = committed.map(|_| ()).map_err(|why| {
            tracing::error!(%why, "a commit failed; all transactions in it are refused");
            // It may have been rolled back already; a new connection is certain to have nothing of it.
            self.connection = None;
            Arc::from(why)
        });
        Some((batch, how))
    }

    /// Gives the batch up: its transaction is gone.
    fn abandon(&mut self, why: &Arc<str>) {
        tracing::error!(%why, "a transaction was lost with all others of its batch");
        self.connection = None;
        if let Some(batch) = self.batch.take() {
            batch.end(Err(why.clone()));
        }
        self.size = 0;
    }
}

fn cause_of(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests;
