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
