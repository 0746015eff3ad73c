use std::sync::{Mutex, PoisonError};

use cairn_domain::shared::{Ids, Timestamp};
use uuid::Uuid;

use crate::random;

/// How many bits follow the milliseconds: 12 and 62 around version and variant.
const TAIL: u32 = 74;

/// UUIDs of version 7, each greater than the one before, however often the same millisecond is asked for and even
/// when the clock steps back (RFC 9562, 6.2, method 2: the random part grows by a random step).
///
/// Two makers, in one process or in two, do not agree on an order within a millisecond.
#[derive(Debug, Default)]
pub struct OrderedIds {
    /// Milliseconds and tail of the last id as one number.
    last: Mutex<u128>,
}

impl OrderedIds {
    /// A maker that has made none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ids for OrderedIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let millis = u128::from(u64::try_from(now.micros().div_euclid(1000)).unwrap_or(0));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = following(*last, millis, u128::from_ne_bytes(random::bytes()));
        uuid(*last)
    }
}

/// The number after `last` for a moment, with randomness from `random`.
fn following(last: u128, millis: u128, random: u128) -> u128 {
    if millis > last >> TAIL {
        // The top bit of the tail stays clear, so that there is room to grow within the millisecond.
        (millis << TAIL) | (random >> (128 - TAIL + 1))
    } else {
        // What overflows the tail goes into the milliseconds, which then run ahead of the clock.
        last + 1 + (random & 0xffff_ffff)
    }
}

fn uuid(number: u128) -> Uuid {
    const VARIANT: u128 = 0b10 << 62;
    const VERSION: u128 = 7 << 76;
    let low = number & ((1 << 62) - 1);
    let middle = (number >> 62) & 0xfff;
    Uuid::from_u128((number >> TAIL) << 80 | VERSION | middle << 64 | VARIANT | low)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_428_000_123_456);

    #[test]
    fn an_id_is_version_7_and_holds_the_millisecond() {
        let id = OrderedIds::new().next(NOW);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.as_u128() >> 80, 1_795_428_000_123);
    }

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_steps_back() {
        let ids = OrderedIds::new();
        let moments = (0..10_000).map(|n| match n % 4 {
            0 => NOW,
            1 => Timestamp::from_micros(NOW.micros() - 60_000_000),
            2 => Timestamp::from_micros(-1),
            _ => Timestamp::from_micros(NOW.micros() + n),
        });
        let made: Vec<_> = moments.map(|now| ids.next(now)).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn a_full_millisecond_flows_over_into_the_next() {
        let full = (5_u128 << TAIL) | ((1 << TAIL) - 1);
        let next = following(full, 5, 0);
        assert_eq!(next >> TAIL, 6);
        assert!(uuid(next) > uuid(full));
    }

    #[test]
    fn threads_share_one_order_without_repeats() {
        let ids = OrderedIds::new();
        let all: Vec<Vec<_>> = std::thread::scope(|scope| {
            let run = || scope.spawn(|| (0..1_000).map(|_| ids.next(NOW)).collect::<Vec<_>>());
            [run(), run(), run(), run()].into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|made| made.is_sorted()));
        assert_eq!(all.into_iter().flatten().collect::<BTreeSet<_>>().len(), 4_000);
    }

    #[test]
    fn two_makers_differ() {
        assert_ne!(OrderedIds::new().next(NOW), OrderedIds::new().next(NOW));
    }
}
