//! The memo: what a pickle put aside, by number.

use std::collections::{HashMap, HashSet};

use super::value::Value;

/// What was put aside. Keys are counted exactly, since `MEMOIZE` takes its key from their number;
/// values are kept while there is room.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Every key below this is there.
    dense: u32,
    /// The other keys that are there.
    sparse: HashSet<u32>,
    values: HashMap<u32, Value>,
    dropped: bool,
}

/// There are more keys far apart than are followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// How many values are kept.
const MOST_VALUES: usize = 1 << 20;
/// How many keys that do not follow one another are kept.
const MOST_SPARSE: usize = 1 << 20;

impl Memo {
    /// Puts a value aside under the next free number.
    pub(super) fn memoize(&mut self, value: Value) -> Result<(), Full> {
        let count = self.sparse.len() + self.dense as usize;
        self.put(u32::try_from(count).unwrap_or(u32::MAX), value)
    }

    /// Puts a value aside.
    pub(super) fn put(&mut self, key: u32, value: Value) -> Result<(), Full> {
        if key == self.dense {
            self.dense = self.dense.saturating_add(1);
            while !self.sparse.is_empty() && self.sparse.remove(&self.dense) {
                self.dense = self.dense.saturating_add(1);
            }
        } else if key > self.dense {
            self.sparse.insert(key);
            if self.sparse.len() > MOST_SPARSE {
                return Err(Full);
            }
        }
        if matches!(value, Value::Other) {
            self.values.remove(&key);
        } else if self.values.len() < MOST_VALUES || self.values.contains_key(&key) {
            self.values.insert(key, value);
        } else {
            self.dropped = true;
        }
        Ok(())
    }

    /// What was put aside; nothing where that was never.
    pub(super) fn get(&self, key: u32) -> Option<Value> {
        if let Some(value) = self.values.get(&key) {
            return Some(value.clone());
        }
        let there = key < self.dense || self.sparse.contains(&key);
        let value = if self.dropped {
            Value::Dropped
        } else {
            Value::Other
        };
        there.then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(memo: &Memo, key: u32) -> Option<i64> {
        match memo.get(key)? {
            Value::Integer(number) => Some(number),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn memoize_counts_keys_as_python_does() {
        let mut memo = Memo::default();
        memo.put(2, Value::Integer(2)).unwrap();
        memo.memoize(Value::Integer(1)).unwrap();
        memo.put(0, Value::Integer(0)).unwrap();
        memo.memoize(Value::Integer(3)).unwrap();
        let found: Vec<_> = (0..4).map(|key| number(&memo, key)).collect();
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(3)]);
        assert!(memo.get(4).is_none());
    }

    #[test]
    fn an_enormous_key_costs_nothing() {
        let mut memo = Memo::default();
        memo.put(u32::MAX, Value::Integer(1)).unwrap();
        assert_eq!(number(&memo, u32::MAX), Some(1));
        memo.put(u32::MAX, Value::Other).unwrap();
        assert!(matches!(memo.get(u32::MAX), Some(Value::Other)));
    }
}
