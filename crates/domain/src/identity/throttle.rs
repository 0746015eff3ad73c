use std::time::Duration;

use crate::shared::Timestamp;

/// So many in so much time, spread evenly after a first burst: the generic cell rate algorithm (ITU-T I.371).
///
/// A whole burst and what comes back meanwhile may fall into one period: at most `2 * limit` pass within a period whose
/// two ends both count, and one fewer in less than that. What must not be passed is therefore twice the limit.
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
        let ahead = state.map_or(Duration::ZERO, |state| state.since(now));
        // A state further ahead than any skew of clocks explains was kept before the clock was set back. To wait for it
        // would lock everybody out for as long, and a refusal keeps nothing: one try goes on and puts the state right.
        let set_back = ahead > self.period.saturating_mul(2);
        let used = if set_back { self.period - step } else { ahead };
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

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let at = |second: u64| Timestamp::from_micros(0).plus(Duration::from_secs(second));
        let full = (0..QUOTA.limit).fold(None, |state, _| Some(QUOTA.take(state, at(86_400)).state));
        let first = QUOTA.take(full, at(0));
        assert_eq!((first.allowed, first.remaining), (true, 0), "one goes on, and puts the state right");
        let second = QUOTA.take(Some(first.state), at(0));
        assert_eq!((second.allowed, second.wait), (false, Duration::from_secs(20)), "it opens no second burst");
    }

    proptest::proptest! {
        #[test]
        fn fewer_than_twice_the_limit_in_less_than_a_period(
            gaps in proptest::collection::vec(proptest::prop_oneof![0..1_u64, 0..30_000_u64], 1..200)
        ) {
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

        /// However the clocks differ: who waits as long as the answer says is let through, and that is never long.
        #[test]
        fn waiting_as_told_is_enough(ahead in 0..1_000_000_u64) {
            let now = Timestamp::from_micros(0);
            let refused = QUOTA.take(Some(now.plus(Duration::from_millis(ahead))), now);
            proptest::prop_assert!(refused.wait <= 2 * QUOTA.period);
            if !refused.allowed {
                proptest::prop_assert!(QUOTA.take(Some(refused.state), now.plus(refused.wait)).allowed);
            }
        }
    }
}
