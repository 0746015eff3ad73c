//! Requests under one idempotency key at the same time: the second waits for the first, then finds its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_domain::Code;
use cairn_domain::identity::SecretDigest;
use cairn_domain::operations::IdempotencyKey;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio::time::timeout;

use crate::problem::Problem;

/// How long a twin waits.
const WAIT: Duration = Duration::from_secs(5);

type Key = (SecretDigest, IdempotencyKey);

/// Whose turn it is under each key in this process. Between processes the database decides.
#[derive(Debug, Default)]
pub(crate) struct Twins(Mutex<HashMap<Key, Arc<Turn<()>>>>);

/// A turn; dropping it lets the next twin go on.
#[derive(Debug)]
pub(crate) struct TurnTaken {
    twins: Arc<Twins>,
    key: Key,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Twins {
    /// Waits for the turn.
    ///
    /// # Errors
    /// `idempotency_key_in_flight` when that takes too long.
    pub(crate) async fn turn(self: &Arc<Self>, key: Key) -> Result<TurnTaken, Problem> {
        self.turn_within(key, WAIT).await
    }

    async fn turn_within(self: &Arc<Self>, key: Key, wait: Duration) -> Result<TurnTaken, Problem> {
        let turn = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default().clone();
        // Made first, so that a twin that is given up takes its row away too.
        let mut taken = TurnTaken { twins: self.clone(), key, guard: None };
        match timeout(wait, turn.lock_owned()).await {
            Ok(guard) => {
                taken.guard = Some(guard);
                Ok(taken)
            }
            Err(_) => {
                Err(Problem::new(Code::KeyInFlight, "A request under this `Idempotency-Key` is being worked on.")
                    .after(Duration::from_secs(1)))
            }
        }
    }
}

impl Drop for TurnTaken {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut all = self.twins.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One is the map's own; whoever waits holds another.
        if all.get(&self.key).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        (SecretDigest::new("ab".repeat(32)), IdempotencyKey::from_header("k").unwrap())
    }

    #[tokio::test]
    async fn one_after_another_and_nothing_stays() {
        let twins = Arc::new(Twins::default());
        let first = twins.turn(key()).await.unwrap();
        let refused = twins.turn_within(key(), Duration::from_millis(5)).await.unwrap_err();
        assert_eq!(refused.reason.as_str(), "idempotency_key_in_flight");
        let other = (SecretDigest::new("cd".repeat(32)), key().1);
        drop(twins.turn(other).await.unwrap());
        let waiting = tokio::spawn({
            let twins = twins.clone();
            async move { twins.turn(key()).await.map(drop) }
        });
        tokio::task::yield_now().await;
        drop(first);
        waiting.await.unwrap().unwrap();
        assert!(twins.0.lock().unwrap().is_empty());
    }
}
