use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cairn_domain::shared::{Clock, Timestamp};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves the clock to a moment, later or earlier.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves the clock forward; gives what it shows then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let forward = |micros| Timestamp::from_micros(micros).plus(by).micros();
        let before = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |micros| Some(forward(micros)));
        Timestamp::from_micros(forward(before.unwrap_or_else(|micros| micros)))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_until_it_is_moved() {
        let clock = ManualClock::at(Timestamp::from_micros(5));
        assert_eq!((clock.now().micros(), clock.now().micros()), (5, 5));
        assert_eq!(clock.advance(Duration::from_secs(1)).micros(), 1_000_005);
        clock.set(Timestamp::from_micros(-1));
        assert_eq!(clock.now().micros(), -1);
        assert_eq!(clock.advance(Duration::MAX), Timestamp::from_micros(i64::MAX));
    }
}
