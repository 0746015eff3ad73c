//! Transactions that write, on their way to the store.
//!
//! Those that wait at the same time reach the store together, where they may share a commit: one thread runs them all, and
//! none of their callers needs a thread to wait on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use cairn_domain::{Error, Result, Store, Work, WriteTx};
use tokio::sync::oneshot;
use tracing::Span;

use crate::blocking::{Blocking, Place};
use crate::problem::Problem;

/// The queue in front of the store for writing.
pub(crate) struct Writing {
    /// Its threads, for other work that writes too.
    pub(crate) blocking: Blocking,
    waiting: Arc<Mutex<VecDeque<Job>>>,
    store: Arc<dyn Store>,
    share: usize,
}

struct Job {
    place: Arc<Place>,
    span: Span,
    transaction: Box<dyn Transaction>,
}

/// A transaction and whoever waits for what it gives.
trait Transaction: Send {
    fn run(&mut self, tx: &mut dyn WriteTx) -> Result<()>;
    fn end(self: Box<Self>, how: Result<()>);
}

struct Asked<T, W> {
    work: W,
    value: Option<T>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T: Send, W: FnMut(&mut dyn WriteTx) -> Result<T> + Send> Transaction for Asked<T, W> {
    fn run(&mut self, tx: &mut dyn WriteTx) -> Result<()> {
        self.value = None;
        self.value = Some((self.work)(tx)?);
        Ok(())
    }

    fn end(self: Box<Self>, how: Result<()>) {
        let Self { value, answer, .. } = *self;
        let lost = || Error::internal("the store did not run the closure");
        // A caller who has gone does not want to know.
        let _ = answer.send(how.and_then(|()| value.ok_or_else(lost)));
    }
}

impl Writing {
    /// At most `share` transactions reach the store together.
    pub(crate) fn new(blocking: Blocking, store: Arc<dyn Store>, share: usize) -> Self {
        Self { blocking, waiting: Arc::default(), store, share: share.max(1) }
    }

    /// Runs a transaction; the closure may run more than once. It is done also when the caller has gone, unless it was
    /// not begun.
    ///
    /// The outer errors are those of [`Blocking::run`], the inner ones the store's.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        span: Span,
        work: impl FnMut(&mut dyn WriteTx) -> Result<T> + Send + 'static,
    ) -> Result<Result<T>, Problem> {
        let caller = self.blocking.place()?;
        let (answer, given) = oneshot::channel();
        let transaction = Box::new(Asked { work, value: None, answer });
        let job = Job { place: caller.place(), span, transaction };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        // A turn for each job, so that none is left; most find that another turn has taken theirs along.
        let (waiting, store, share) = (self.waiting.clone(), self.store.clone(), self.share);
        self.blocking.spawn(move || take_turn(&waiting, &*store, share))?;
        let given = async { given.await.map_err(|_| Problem::from(Error::internal("a write was dropped"))) };
        self.blocking.wait(&caller, given).await
    }
}

fn take_turn(waiting: &Mutex<VecDeque<Job>>, store: &dyn Store, share: usize) {
    let mut jobs: Vec<Job> = {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let some = waiting.len().min(share);
        waiting.drain(..some).collect()
    };
    jobs.retain(|job| job.place.claim());
    let places: Vec<_> = jobs.iter().map(|job| job.place.clone()).collect();
    let _at_work: Vec<_> = places.iter().map(|place| place.begin()).collect();
    let mut closures: Vec<_> = jobs
        .iter_mut()
        .map(|Job { span, transaction, .. }| move |tx: &mut dyn WriteTx| span.in_scope(|| transaction.run(tx)))
        .collect();
    let mut works: Vec<Work<'_>> = closures.iter_mut().map(|closure| closure as Work<'_>).collect();
    if works.is_empty() {
        return;
    }
    let answers = store.write_each_with(&mut works);
    for (job, answer) in jobs.into_iter().zip(answers) {
        job.transaction.end(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use cairn_domain::ReadTx;
    use cairn_memory::MemoryStore;
    use tokio::task::JoinHandle;

    use super::*;

    /// A store that notes how many transactions reach it together.
    #[derive(Default)]
    struct Noting {
        inner: MemoryStore,
        together: Mutex<Vec<usize>>,
    }

    impl Noting {
        fn together(&self) -> Vec<usize> {
            self.together.lock().unwrap().clone()
        }
    }

    impl Store for Noting {
        fn read_with(&self, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()> {
            self.inner.read_with(work)
        }
        fn write_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
            self.inner.write_with(work)
        }
        fn write_each_with(&self, works: &mut [Work<'_>]) -> Vec<Result<()>> {
            self.together.lock().unwrap().push(works.len());
            self.inner.write_each_with(works)
        }
        fn ready(&self) -> Result<()> {
            self.inner.ready()
        }
    }

    /// One thread that writes, which the tests hold up with a transaction of their own until all others wait.
    struct Queue {
        writing: Arc<Writing>,
        store: Arc<Noting>,
    }

    impl Queue {
        fn new(share: usize) -> Self {
            let store = Arc::new(Noting::default());
            let blocking = Blocking::new("test", 1, 100, Duration::from_secs(60), Duration::from_secs(60)).unwrap();
            Self { writing: Arc::new(Writing::new(blocking, store.clone(), share)), store }
        }

        fn write<T: Send + 'static>(
            &self,
            work: impl FnMut(&mut dyn WriteTx) -> Result<T> + Send + 'static,
        ) -> JoinHandle<Result<Result<T>, Problem>> {
            let writing = self.writing.clone();
            tokio::spawn(async move { writing.run(Span::none(), work).await })
        }

        /// Holds the thread until the sender is dropped.
        async fn hold(&self) -> mpsc::Sender<()> {
            let (release, held) = mpsc::channel::<()>();
            let hold = move |_: &mut dyn WriteTx| {
                _ = held.recv();
                Ok(())
            };
            self.write(hold);
            self.until(|| self.writing.blocking.at_work() == 1).await;
            release
        }

        /// Waits until so many wait.
        async fn waiting(&self, so_many: usize) {
            self.until(|| self.writing.waiting.lock().unwrap().len() == so_many).await;
        }

        async fn until(&self, so: impl Fn() -> bool) {
            while !so() {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn who_waits_together_is_written_together_and_answered_each() {
        let queue = Queue::new(64);
        let held = queue.hold().await;
        let all: Vec<_> = (0..10)
            .map(|n| queue.write(move |_| if n == 3 { Err(Error::not_found("thing", n)) } else { Ok(n) }))
            .collect();
        queue.waiting(10).await;
        drop(held);
        for (n, one) in all.into_iter().enumerate() {
            let answer = one.await.unwrap().unwrap().map_err(|error| error.message().to_owned());
            assert_eq!(answer, if n == 3 { Err("There is no thing `3`.".to_owned()) } else { Ok(n) });
        }
        assert_eq!(queue.store.together(), [1, 10]);
    }

    #[tokio::test]
    async fn no_more_than_the_share_are_written_together() {
        let queue = Queue::new(4);
        let held = queue.hold().await;
        let all: Vec<_> = (0..10).map(|n| queue.write(move |_| Ok(n))).collect();
        queue.waiting(10).await;
        drop(held);
        for (n, one) in all.into_iter().enumerate() {
            assert_eq!(one.await.unwrap().unwrap().unwrap(), n);
        }
        assert_eq!(queue.store.together(), [1, 4, 4, 2]);
    }

    #[tokio::test]
    async fn who_went_away_before_the_start_is_not_run() {
        let queue = Queue::new(64);
        let ran = Arc::new(AtomicUsize::new(0));
        let count = |ran: &Arc<AtomicUsize>| {
            let ran = ran.clone();
            move |_: &mut dyn WriteTx| {
                ran.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        };
        let held = queue.hold().await;
        let (leaves, stays) = (queue.write(count(&ran)), queue.write(count(&ran)));
        queue.waiting(2).await;
        leaves.abort();
        assert!(leaves.await.unwrap_err().is_cancelled());
        drop(held);
        stays.await.unwrap().unwrap().unwrap();
        assert_eq!((ran.load(Ordering::SeqCst), queue.store.together()), (1, vec![1, 1]));
        queue.until(|| queue.writing.blocking.at_work() == 0).await;
        assert_eq!(queue.writing.blocking.waiting(), 0, "its place is free again");
    }

    #[tokio::test]
    async fn a_panic_is_internal_for_its_own_caller_alone() {
        let queue = Queue::new(64);
        let held = queue.hold().await;
        let before = queue.write(|_| Ok(1));
        queue.waiting(1).await;
        let panics = queue.write(|_| -> Result<u8> { panic!("the secret") });
        queue.waiting(2).await;
        let after = queue.write(|_| Ok(3));
        queue.waiting(3).await;
        drop(held);
        let problem = Problem::from(panics.await.unwrap().unwrap().unwrap_err());
        assert_eq!(problem.reason.as_str(), "internal");
        assert!(!serde_json::to_string(&problem.view("x")).unwrap().contains("secret"));
        assert_eq!((before.await.unwrap().unwrap().unwrap(), after.await.unwrap().unwrap().unwrap()), (1, 3));
        assert_eq!(queue.store.together(), [1, 3]);
        assert_eq!(queue.write(|_| Ok(4)).await.unwrap().unwrap().unwrap(), 4, "the thread goes on");
    }
}
