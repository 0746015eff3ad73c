//! The one hop from async to blocking work, behind a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::Span;

use crate::problem::{HttpCode, Problem};

/// A queue for work that blocks a thread: so many at a time, so many waiting, for so long.
#[derive(Debug)]
pub(crate) struct Blocking {
    permits: Arc<Semaphore>,
    size: usize,
    waiting: AtomicUsize,
    waiting_at_most: usize,
    wait: Duration,
    within: Duration,
}

/// Takes a waiter off the count again, also when its caller went away.
struct Waiter<'a>(&'a AtomicUsize);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Blocking {
    /// `size` at a time, `waiting` more for at most `wait`; work that is done only after `within` is not waited for.
    pub(crate) fn new(size: usize, waiting: usize, wait: Duration, within: Duration) -> Self {
        let size = size.max(1);
        Self {
            permits: Arc::new(Semaphore::new(size)),
            size,
            waiting: AtomicUsize::new(0),
            waiting_at_most: waiting,
            wait,
            within,
        }
    }

    /// How many are at work.
    pub(crate) fn at_work(&self) -> usize {
        self.size - self.permits.available_permits()
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.waiting_at_most {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Problem::busy());
        }
        let _waiter = Waiter(&self.waiting);
        match timeout(self.wait, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Problem::busy()),
        }
    }

    /// Runs work on a blocking thread, inside `span`. A permit is kept until the work is done, also when the caller
    /// has gone.
    ///
    /// Gives `busy` when no permit was free in time, `too_slow` when the work was not done in time, `internal` when it
    /// panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        span: Span,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = self.permit().await?;
        #[expect(clippy::disallowed_methods, reason = "this is the one hop")]
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(work)
        });
        match timeout(self.within, task).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => Err(Problem::from(cairn_domain::Error::internal(panic))),
            Err(_) => Err(Problem::new(
                HttpCode::TooSlow,
                "The work was not done in time; it may still be done. Look before you repeat it.",
            )),
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

    /// Occupies a permit until the sender is dropped.
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
        let blocking = Blocking::new(1, 1, Duration::from_secs(5), Duration::from_secs(5));
        let there = blocking.run(span(), || std::thread::current().id()).await.unwrap();
        assert_ne!(here, there);
        assert_eq!(blocking.at_work(), 0);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_in_time() {
        let blocking = Arc::new(Blocking::new(1, 1, Duration::from_millis(20), Duration::from_secs(5)));
        let (release, task) = occupy(&blocking).await;
        assert_eq!(blocking.at_work(), 1);
        let refused = blocking.run(span(), || ()).await.unwrap_err();
        assert_eq!(refused.reason.as_str(), "busy");
        assert_eq!(blocking.waiting(), 0);
        drop(release);
        task.await.unwrap();
        assert!(blocking.run(span(), || ()).await.is_ok());
    }

    #[tokio::test]
    async fn nobody_waits_where_nobody_may() {
        let blocking = Arc::new(Blocking::new(1, 0, Duration::from_secs(3600), Duration::from_secs(5)));
        let (release, task) = occupy(&blocking).await;
        assert_eq!(blocking.run(span(), || ()).await.unwrap_err().reason.as_str(), "busy");
        drop(release);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_problem_and_frees_its_permit() {
        let blocking = Blocking::new(1, 0, Duration::from_secs(1), Duration::from_secs(5));
        let problem = blocking.run(span(), || panic!("the secret")).await.unwrap_err();
        assert_eq!(problem.reason.as_str(), "internal");
        assert!(!serde_json::to_string(&problem.view("x")).unwrap().contains("secret"));
        assert!(blocking.run(span(), || ()).await.is_ok());
    }

    #[tokio::test]
    async fn what_takes_too_long_is_not_waited_for() {
        let blocking = Arc::new(Blocking::new(1, 0, Duration::from_secs(1), Duration::from_millis(10)));
        let (release, wait) = mpsc::channel::<()>();
        let problem = blocking.run(span(), move || _ = wait.recv()).await.unwrap_err();
        assert_eq!(problem.reason.as_str(), "too_slow");
        assert_eq!(blocking.at_work(), 1, "its permit stays taken until it is done");
        drop(release);
    }
}
