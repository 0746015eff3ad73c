use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use cairn_domain::{ReadTx, Result, Store, WriteTx};

use crate::state::{State, Tx};

/// A store that keeps everything in memory.
///
/// Any number of transactions read at once; one that writes is alone. A closure must not open another transaction on
/// the same store: it would wait for itself.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RwLock<State>,
    commits: AtomicU64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// Undoes what was done to the state unless it is kept, also when a panic passes through.
struct Undo<'a> {
    state: &'a mut State,
    kept: bool,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.state.roll_back();
        }
    }
}

impl Store for MemoryStore {
    fn read_with(&self, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()> {
        // A panic in a writing closure has been undone when the lock is free again, so poison means nothing here.
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        work(&mut Tx(&*state))
    }

    fn write_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut undo = Undo { state: &mut state, kept: false };
        work(&mut Tx(&mut *undo.state))?;
        undo.state.commit();
        undo.kept = true;
        // Before the lock is given back: nobody has seen the new state yet.
        self.commits.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn generation(&self) -> Option<u64> {
        Some(self.commits.load(Ordering::SeqCst))
    }

    fn ready(&self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;

    use cairn_domain::shared::Timestamp;
    use cairn_domain::{Code, Error, StoreExt};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1);

    fn throttle(store: &MemoryStore, key: &str) -> Option<Timestamp> {
        store.write(|tx| tx.throttles_mut().get(key)).unwrap()
    }

    #[test]
    fn an_error_and_a_panic_leave_nothing_and_the_store_goes_on() {
        let store = MemoryStore::new();
        let refused = store.write(|tx| {
            tx.throttles_mut().put("a", NOW)?;
            Err::<(), _>(Error::new(Code::Busy, "no"))
        });
        assert_eq!(refused.unwrap_err().code(), Code::Busy);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            store.write(|tx| {
                tx.throttles_mut().put("a", NOW)?;
                assert!(tx.throttles_mut().get("a")?.is_none(), "this fails");
                Ok(())
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(throttle(&store, "a"), None);
        store.write(|tx| tx.throttles_mut().put("a", NOW)).unwrap();
        assert_eq!(throttle(&store, "a"), Some(NOW));
    }

    #[test]
    fn readers_do_not_wait_for_one_another() {
        let store = MemoryStore::new();
        // Each waits inside its closure until both are there: one at a time, and neither would get out.
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| store.read(|_| Ok(barrier.wait())).unwrap());
            }
        });
    }
}
