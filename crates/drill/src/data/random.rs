/// SplitMix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, with the
/// constants of S. Vigna's public-domain `splitmix64.c`. It is written out here since rows that a drill was checked with
/// must never change with a library.
#[derive(Debug, Clone)]
pub(super) struct SplitMix64(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What stands for a column: the seed and the names, the latter by FNV-1a of 64 bits.
pub(super) fn column_key(seed: u64, table: &str, column: &str) -> u64 {
    let bytes = table.bytes().chain([0]).chain(column.bytes());
    let name =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    mix(mix(seed.wrapping_add(GAMMA)) ^ name)
}

impl SplitMix64 {
    /// The numbers that belong to row `n` of a column.
    pub(super) fn of_row(key: u64, n: u64) -> Self {
        Self(mix(key.wrapping_add(n.wrapping_add(1).wrapping_mul(GAMMA))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// A number below `bound`, 0 where that is 0. One is likelier than another by no more than `bound` / 2^64.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Yes in so many percent.
    pub(super) fn percent(&mut self, percent: u8) -> bool {
        self.below(100) < u64::from(percent)
    }
}

/// The place of `n` in a permutation of the numbers below `size` that follows from `key`: a Feistel network over the next
/// power of four, walked until it is back among them. Of `n` not below `size`, and of sizes above 2^62, nothing is said
/// but that there is an answer.
pub(super) fn permuted(key: u64, n: u64, size: u64) -> u64 {
    if n >= size || size > 1 << 62 {
        return n;
    }
    let half = (64 - (size - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1_u64 << half) - 1;
    let mut at = n;
    loop {
        let (mut left, mut right) = (at >> half, at & mask);
        for round in 0..4 {
            let scrambled = SplitMix64::of_row(key ^ round, right).next() & mask;
            (left, right) = (right, left ^ scrambled);
        }
        at = (left << half) | right;
        if at < size {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_numbers_of_the_published_generator() {
        let mut random = SplitMix64(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
        ];
        assert_eq!(expected, std::array::from_fn(|_| random.next()));
    }

    #[test]
    fn permutes() {
        for size in [1, 2, 3, 5, 16, 17, 1000] {
            let mut seen: Vec<u64> = (0..size).map(|n| permuted(7, n, size)).collect();
            assert!(size < 16 || seen.windows(2).any(|pair| pair[0] > pair[1]), "{size} are in order");
            seen.sort_unstable();
            assert_eq!(seen, (0..size).collect::<Vec<_>>());
        }
    }
}
