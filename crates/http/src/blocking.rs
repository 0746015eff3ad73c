//! The one hop from async to blocking work, behind a bounded queue.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cairn_domain::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::Span;

use crate::problem::{HttpCode, Problem};

/// A queue for work that blocks a thread: so many at a time, so many waiting, for so long.
///
/// The threads are its own and take the next work from the queue themselves: who waits is not woken only to be put in
/// front of a thread that sleeps.
#[derive(Debug)]
pub(crate) struct Blocking {
    /// Runs nothing but its blocking threads. It is `None` only while this is dropped.
    threads: Option<Runtime>,
    counts: Arc<Counts>,
    size: usize,
    waiting_at_most: usize,
    wait: Duration,
    within: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    /// Waiting or at work.
    taken: AtomicUsize,
    at_work: AtomicUsize,
}

/// A place in the queue, until a thread is through with it.
pub(crate) struct Place {
    counts: Arc<Counts>,
    /// By the thread that begins the work, or by the caller who gives it up, whoever comes first.
    claimed: AtomicBool,
}

impl Place {
    /// Whether the work is now the claimer's to do or to give up.
    pub(crate) fn claim(&self) -> bool {
        !self.claimed.swap(true, Ordering::AcqRel)
    }

    /// Counts as being at work until the guard is dropped.
    pub(crate) fn begin(&self) -> AtWork<'_> {
        self.counts.at_work.fetch_add(1, Ordering::Relaxed);
        AtWork(&self.counts)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.counts.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts as being at work, also when the work panics.
pub(crate) struct AtWork<'a>(&'a Counts);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The caller of work. When he goes away it is given up, unless it has begun.
pub(crate) struct Caller(Arc<Place>);

impl Caller {
    /// What its work needs to know of it.
    pub(crate) fn place(&self) -> Arc<Place> {
        self.0.clone()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.claim();
    }
}

impl Blocking {
    /// `size` at a time, `waiting` more for at most `wait`; work that is done only after `within` is not waited for.
    ///
    /// # Errors
    /// When the system refuses what a runtime needs.
    pub(crate) fn new(
        name: &str,
        size: usize,
        waiting: usize,
        wait: Duration,
        within: Duration,
    ) -> std::io::Result<Self> {
        let size = size.max(1);
        let threads = Builder::new_current_thread().max_blocking_threads(size).thread_name(name).build()?;
        let counts = Arc::default();
        Ok(Self { threads: Some(threads), counts, size, waiting_at_most: waiting, wait, within })
    }

    /// How many are at work.
    pub(crate) fn at_work(&self) -> usize {
        self.counts.at_work.load(Ordering::Relaxed)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.counts.taken.load(Ordering::Relaxed).saturating_sub(self.at_work())
    }

    /// Takes a place in the queue. Gives `busy` where there is none.
    pub(crate) fn place(&self) -> Result<Caller, Problem> {
        let place = Place { counts: self.counts.clone(), claimed: AtomicBool::new(false) };
        if self.counts.taken.fetch_add(1, Ordering::Relaxed) < self.size + self.waiting_at_most {
            Ok(Caller(Arc::new(place)))
        } else {
            Err(Problem::busy())
        }
    }

    /// Has a blocking thread do something for whoever has a place.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, Problem> {
        let threads = self.threads.as_ref().ok_or_else(Problem::busy)?;
        #[expect(clippy::disallowed_methods, reason = "this is the one hop")]
        Ok(threads.spawn_blocking(work))
    }

    /// Waits for the answer to a caller's work.
    ///
    /// Gives `busy` when the work was not begun in time, `too_slow` when it was not done in time.
    pub(crate) async fn wait<T>(
        &self,
        caller: &Caller,
        answer: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let mut answer = pin!(answer);
        let wait = self.wait.min(self.within);
        let mut done = timeout(wait, answer.as_mut()).await;
        if done.is_err() {
            if caller.0.claim() {
                return Err(Problem::busy());
            }
            done = timeout(self.within - wait, answer).await;
        }
        done.unwrap_or_else(|_| {
            let detail = "The work was not done in time; it may still be done. Look before you repeat it.";
            Err(Problem::new(HttpCode::TooSlow, detail))
        })
    }

    /// Runs work on a blocking thread, inside `span`. Its thread stays taken until the work is done, also when the
    /// caller has gone.
    ///
    /// Gives `busy` when there was no place or no thread in time, `too_slow` when the work was not done in time,
    /// `internal` when it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        span: Span,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = self.place()?;
        self.run_at(caller, span, work).await
    }

    /// As [`Blocking::run`], for who has taken his place before.
    pub(crate) async fn run_at<T: Send + 'static>(
        &self,
        caller: Caller,
        span: Span,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = caller.place();
        let task = self.spawn(move || {
            place.claim().then(|| {
                let _at_work = place.begin();
                span.in_scope(work)
            })
        })?;
        let answer = async {
            // Nobody but the caller can have given it up.
            task.await.map_err(Error::internal)?.ok_or_else(Problem::busy)
        };
        self.wait(&caller, answer).await
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        // Waiting for its threads is not allowed where this can be dropped, which is anywhere.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn span() -> Span {
        Span::none()
    }

    fn blocking(size: usize, waiting: usize, wait: Duration, within: Duration) -> Blocking {
        Blocking::new("test", size, waiting, wait, within).unwrap()
    }

    /// Occupies a thread until the sender is dropped.
    async fn occupy(blocking: &Arc<Blocking>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
        let (release, wait) = mpsc::channel::<()>();
        let (begun, beginning) = tokio::sync::oneshot::channel();
        let queue = blocking.clone();
        let task = tokio::spawn(async move {
            let work = move || {
                let _ = begun.send(());
                let _ = wait.recv();
            };
            queue.run(span(), work).await.unwrap();
        });
        beginning.await.unwrap();
        (release, task)
    }

    #[tokio::test]
    async fn work_runs_on_another_thread_and_gives_its_value() {
        let here = std::thread::current().id();
        let blocking = blocking(1, 1, Duration::from_secs(5), Duration::from_secs(5));
        let there = blocking.run(span(), || std::thread::current().id()).await.unwrap();
        assert_ne!(here, there);
        assert_eq!(blocking.at_work(), 0);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_in_time() {
        let blocking = Arc::new(blocking(1, 1, Duration::from_millis(20), Duration::from_secs(5)));
        let (release, task) = occupy(&blocking).await;
        assert_eq!(blocking.at_work(), 1);
        let refused = blocking.run(span(), || panic!("was given up")).await.unwrap_err();
        assert_eq!(refused.reason.as_str(), "busy");
        drop(release);
        task.await.unwrap();
        assert!(blocking.run(span(), || ()).await.is_ok());
        assert_eq!((blocking.waiting(), blocking.at_work()), (0, 0));
    }

    #[tokio::test]
    async fn nobody_waits_where_nobody_may() {
        let blocking = Arc::new(blocking(1, 0, Duration::from_secs(3600), Duration::from_secs(5)));
        let (release, task) = occupy(&blocking).await;
        assert_eq!(blocking.run(span(), || ()).await.unwrap_err().reason.as_str(), "busy");
        drop(release);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_problem_and_frees_its_thread() {
        let blocking = blocking(1, 0, Duration::from_secs(1), Duration::from_secs(5));
        let problem = blocking.run(span(), || panic!("the secret")).await.unwrap_err();
        assert_eq!(problem.reason.as_str(), "internal");
        assert!(!serde_json::to_string(&problem.view("x")).unwrap().contains("secret"));
        assert!(blocking.run(span(), || ()).await.is_ok());
    }

    #[tokio::test]
    async fn what_takes_too_long_is_not_waited_for() {
        let blocking = Arc::new(blocking(1, 0, Duration::from_secs(1), Duration::from_millis(700)));
        let (release, wait) = mpsc::channel::<()>();
        let problem = blocking.run(span(), move || _ = wait.recv()).await.unwrap_err();
        assert_eq!(problem.reason.as_str(), "too_slow");
        assert_eq!(blocking.at_work(), 1, "its thread stays taken until it is done");
        drop(release);
    }
}
