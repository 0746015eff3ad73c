//! A memory of so many bytes.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// What an entry takes beside what is told of its size, roughly, so that very many small ones have their bound too.
const EACH: usize = 512;

/// Values under keys, up to so many bytes; beyond that all are forgotten, and made again.
#[derive(Debug)]
pub(crate) struct Bounded<K, V> {
    entries: HashMap<K, (V, usize)>,
    bytes: usize,
    most: usize,
}

impl<K: Hash + Eq, V> Bounded<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { entries: HashMap::new(), bytes: 0, most }
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).map(|(value, _)| value)
    }

    /// To change a value without changing its size.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(value, _)| value)
    }

    /// Forgets what is kept under a key.
    pub(crate) fn forget(&mut self, key: &K) {
        if let Some((_, size)) = self.entries.remove(key) {
            self.bytes -= size;
        }
    }

    /// Keeps a value of this size, unless it is larger than all may be together.
    pub(crate) fn keep(&mut self, key: K, value: V, size: usize) {
        let size = size + EACH;
        if size > self.most {
            return;
        }
        if self.bytes + size > self.most {
            self.entries.clear();
            self.bytes = 0;
        }
        self.bytes += size;
        if let Some((_, before)) = self.entries.insert(key, (value, size)) {
            self.bytes -= before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut kept = Bounded::new(10_000);
        for n in 0..1_000 {
            kept.keep(n, n, 100);
            // The same again takes no more room.
            kept.keep(n, n + 1, 200);
            let bytes: usize = kept.entries.values().map(|(_, size)| size).sum();
            assert!(bytes == kept.bytes && bytes <= 10_000, "{bytes}");
        }
        assert_eq!((kept.get(&999), kept.get(&0)), (Some(&1_000), None));
        kept.forget(&999);
        kept.forget(&999);
        let bytes: usize = kept.entries.values().map(|(_, size)| size).sum();
        assert_eq!((kept.get(&999), kept.bytes), (None, bytes));
        kept.keep(999, 1_000, 200);
        kept.keep(0, 0, 10_000);
        assert_eq!((kept.get(&999), kept.get(&0)), (Some(&1_000), None), "what never fits costs the others nothing");
    }
}
