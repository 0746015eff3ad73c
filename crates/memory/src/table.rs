use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// Rows in the order of their keys, with a log of what a transaction has changed, so that it can be undone.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    /// What stood under a key before each change, in the order of the changes.
    undo: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), undo: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.rows.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    pub(crate) fn range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.range(keys)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.rows.values()
    }

    /// Inserts or replaces.
    pub(crate) fn put(&mut self, key: K, value: V) {
        let before = self.rows.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.rows.remove(key)?;
        self.undo.push((key.clone(), Some(before.clone())));
        Some(before)
    }

    /// Removes the rows for which `gone` holds; gives how many.
    pub(crate) fn remove_where(&mut self, gone: impl Fn(&K, &V) -> bool) -> u64 {
        let keys: Vec<K> = self.rows.iter().filter(|(key, row)| gone(key, row)).map(|(key, _)| key.clone()).collect();
        for key in &keys {
            self.remove(key);
        }
        keys.len() as u64
    }

    pub(crate) fn commit(&mut self) {
        self.undo.clear();
    }

    pub(crate) fn roll_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(value) => _ = self.rows.insert(key, value),
                None => _ = self.rows.remove(&key),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &Table<u8, &'static str>) -> Vec<(u8, &'static str)> {
        table.range(..).map(|(key, value)| (*key, *value)).collect()
    }

    #[test]
    fn rolling_back_undoes_everything_since_the_last_commit() {
        let mut table = Table::default();
        table.put(1, "a");
        table.put(2, "b");
        table.commit();
        table.put(1, "x");
        table.put(1, "y");
        table.remove(&2);
        table.put(2, "z");
        table.put(3, "new");
        table.remove(&3);
        table.put(4, "new");
        assert_eq!(table.remove_where(|key, _| *key > 1), 2);
        table.roll_back();
        assert_eq!(rows(&table), [(1, "a"), (2, "b")]);
        table.roll_back();
        assert_eq!(rows(&table), [(1, "a"), (2, "b")], "what was committed stays");
    }
}
