//! Numbers that look random and are the same on every run.

/// A stream of numbers (SplitMix64). Streams of different names have nothing in common.
#[derive(Debug, Clone)]
pub(super) struct Stream(u64);

impl Stream {
    /// The stream of a seed for one purpose, such as one lesson's text.
    pub(super) fn new(seed: u64, purpose: &str, number: u64) -> Self {
        let mut stream = Self(seed);
        for word in purpose.bytes().map(u64::from).chain([number]) {
            stream.0 = stream.next() ^ word;
        }
        stream
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, and without, 1.
    pub(super) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 up to, and without, `end`, all as likely; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.part() * end as f64) as usize
    }

    /// As [`Stream::below`], small ones far more often: the n-th about 1/n times as often as the first.
    pub(super) fn skewed(&mut self, end: usize) -> usize {
        ((end as f64 + 1.0).powf(self.part()) as usize).saturating_sub(1).min(end.saturating_sub(1))
    }

    pub(super) fn chance(&mut self, part: f64) -> bool {
        self.part() < part
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn a_stream_is_always_the_same_and_others_are_not() {
        let of = |seed, purpose, number| {
            let mut stream = Stream::new(seed, purpose, number);
            [stream.next(), stream.next()]
        };
        assert_eq!(of(1, "text", 7), of(1, "text", 7));
        for other in [of(2, "text", 7), of(1, "title", 7), of(1, "text", 8)] {
            assert_ne!(of(1, "text", 7), other);
        }
    }

    #[test]
    fn numbers_stay_in_their_range_and_small_ones_are_common() {
        let mut stream = Stream::new(1, "", 0);
        let mut count = [0; 100];
        for _ in 0..10_000 {
            assert!(stream.below(7) < 7);
            count[stream.skewed(100)] += 1;
        }
        assert!(count[0] > 5 * count[20] && count[50..].iter().sum::<u32>() > 500, "{count:?}");
        assert_eq!((stream.below(0), stream.skewed(1), stream.skewed(0)), (0, 0, 0));
    }
}
