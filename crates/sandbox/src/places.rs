//! Who may run now, who waits, and who is sent away.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::SandboxError;

/// A bounded number of places with a bounded queue in front.
#[derive(Debug)]
pub(crate) struct Places {
    state: Mutex<State>,
    freed: Condvar,
    most: usize,
    waiting: usize,
    of_one: usize,
    patience: Duration,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    waiting: usize,
    /// Running and waiting, by learner.
    of: HashMap<String, usize>,
}

/// A place that is taken; dropping it frees it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    places: &'a Places,
    key: Option<String>,
}

impl Places {
    /// `most` run and `waiting` wait at a time, and of one learner `of_one` do either; whoever waits does so for `patience`.
    pub(crate) fn new(most: usize, waiting: usize, of_one: usize, patience: Duration) -> Self {
        Self { state: Mutex::default(), freed: Condvar::new(), most: most.max(1), waiting, of_one, patience }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`SandboxError::Busy`].
    pub(crate) fn take(&self, key: Option<&str>) -> Result<Place<'_>, SandboxError> {
        let busy = || SandboxError::Busy { retry_after_s: u32::try_from(self.patience.as_secs()).unwrap_or(1).max(1) };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this_one = key.and_then(|key| state.of.get(key)).copied().unwrap_or(0);
        if of_this_one >= self.of_one || (state.running >= self.most && state.waiting >= self.waiting) {
            return Err(busy());
        }
        if let Some(key) = key {
            *state.of.entry(key.to_owned()).or_default() += 1;
        }
        state.waiting += 1;
        let full = |state: &mut State| state.running >= self.most;
        let waited = self.freed.wait_timeout_while(state, self.patience, full);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        if timeout.timed_out() && state.running >= self.most {
            state.forget(key);
            return Err(busy());
        }
        state.running += 1;
        Ok(Place { places: self, key: key.map(str::to_owned) })
    }
}

impl State {
    fn forget(&mut self, key: Option<&str>) {
        if let Some(key) = key
            && let Some(count) = self.of.get_mut(key)
        {
            *count -= 1;
            if *count == 0 {
                self.of.remove(key);
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.places.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.running -= 1;
        state.forget(self.key.as_deref());
        drop(state);
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_queue_and_learners_are_bounded() {
        let places = Places::new(2, 0, 1, Duration::from_secs(3));
        let first = places.take(Some("a")).unwrap();
        assert!(matches!(places.take(Some("a")), Err(SandboxError::Busy { retry_after_s: 3 })), "one of each learner");
        let second = places.take(None).unwrap();
        assert!(places.take(Some("b")).is_err(), "no place and nobody may wait");
        drop(first);
        let third = places.take(Some("a")).unwrap();
        assert!(places.take(None).is_err());
        drop((second, third));
        assert!(places.state.lock().unwrap().of.is_empty());
    }

    #[test]
    fn whoever_waits_gets_the_place_that_is_freed() {
        let places = Places::new(1, 1, 5, Duration::from_secs(60));
        let first = places.take(Some("a")).unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| places.take(Some("a")).map(drop));
            while places.state.lock().unwrap().waiting == 0 {
                std::thread::yield_now();
            }
            assert!(places.take(None).is_err(), "the queue is full");
            drop(first);
            waiter.join().unwrap().unwrap();
        });
    }

    #[test]
    fn patience_ends() {
        let places = Places::new(1, 1, 5, Duration::ZERO);
        let _first = places.take(None).unwrap();
        assert!(places.take(Some("a")).is_err());
        let state = places.state.lock().unwrap();
        assert!(state.waiting == 0 && state.of.is_empty());
    }
}
