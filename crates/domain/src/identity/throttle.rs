use std::time::Duration;

use crate::shared::Timestamp;

/// So many in so much time, spread evenly after a first burst: the generic cell rate algorithm (ITU-T I.371).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many may come at once, and how many come back in a `period`; at least 1.
    pub limit: u32,
    /// The time in which the whole limit comes back.
    pub period: Duration,
}

/// What a quota says to one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether the try may go on.
    pub allowed: bool,
    /// The state to keep: the theoretical arrival time. Unchanged when the try is refused.
    pub state: Timestamp,
    /// How many more may come at once.
    pub remaining: u32,
    /// Until the whole limit is back, for an allowed try; until the next try may come, for a refused one.
    pub wait: Duration,
}

impl Quota {
    /// Takes one try at `now` against the kept state; `None` for the first.
    #[must_use]
    pub fn take(&self, state: Option<Timestamp>, now: Timestamp) -> Allowance {
        let step = self.period / self.limit.max(1);
        let used = state.map_or(Duration::ZERO, |state| state.since(now));
        let after = used + step;
        if after > self.period {
            return Allowance { allowed: false, state: now.plus(used), remaining: 0, wait: after - self.period };
        }
        let left = (self.period - after).as_micros() / step.as_micros().max(1);
        let remaining = u32::try_from(left).unwrap_or(u32::MAX);
        Allowance { allowed: true, state: now.plus(after), remaining, wait: after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { limit: 3, period: Duration::from_secs(60) };

    #[test]
    fn a_burst_then_one_by_one() {
        let at = |second: u64| Timestamp::from_micros(0).plus(Duration::from_secs(second));
        let mut state = None;
        for left in [2, 1, 0] {
            let one = QUOTA.take(state, at(0));
            assert!(one.allowed);
            assert_eq!(one.remaining, left);
            state = Some(one.state);
        }
        let refused = QUOTA.take(state, at(0));
        assert!(!refused.allowed);
        assert_eq!(refused.wait, Duration::from_secs(20));
        assert_eq!(Some(refused.state), state, "a refused try costs nothing");
        assert!(!QUOTA.take(state, at(19)).allowed);
        let later = QUOTA.take(state, at(20));
        assert!(later.allowed && later.remaining == 0);
        assert_eq!(QUOTA.take(Some(later.state), at(200)).remaining, 2);
    }

    proptest::proptest! {
        #[test]
        fn never_more_than_the_limit_in_any_period(gaps in proptest::collection::vec(0..30_000_u64, 1..200)) {
            let (mut now, mut state, mut passed) = (Timestamp::from_micros(0), None, Vec::new());
            for gap in gaps {
                now = now.plus(Duration::from_millis(gap));
                let one = QUOTA.take(state, now);
                state = Some(one.state);
                if one.allowed { passed.push(now); }
            }
            for window in passed.windows(2 * QUOTA.limit as usize) {
                let span = window[window.len() - 1].since(window[0]);
                proptest::prop_assert!(span >= QUOTA.period, "a burst and its refill took only {:?}", span);
            }
        }
    }
}
