use std::sync::{Mutex, PoisonError};

use cairn_domain::shared::{Ids, Timestamp, Uuid};

/// Ids that are the same in each run: version 7, with the time they are asked for and a number that counts up.
#[derive(Debug, Default)]
pub struct SequentialIds {
    /// The greatest millisecond so far, and how many were made.
    last: Mutex<(u64, u64)>,
}

impl SequentialIds {
    /// A maker that has made none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ids for SequentialIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = u64::try_from(now.micros().div_euclid(1000)).unwrap_or(0).max(last.0);
        *last = (millis, last.1 + 1);
        Uuid::from_u128(u128::from(millis) << 80 | 7 << 76 | 0b10 << 62 | u128::from(last.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_between_runs_and_rise_within_one() {
        let moments = [5_000, 5_000, -1, 9_000_000];
        let run = || {
            let ids = SequentialIds::new();
            moments.map(|micros| ids.next(Timestamp::from_micros(micros)))
        };
        assert_eq!(run(), run());
        assert!(run().is_sorted_by(|a, b| a < b));
        assert_eq!(run()[0].to_string(), "00000000-0005-7000-8000-000000000001");
    }
}
