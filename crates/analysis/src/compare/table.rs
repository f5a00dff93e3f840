//! Sums by key before and after: what grew comes first, what stayed the same is counted, and
//! what does not fit the table is summed up, so that all rows together are the totals.

use super::change::{Change, When};
use core::cmp::Reverse;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one key has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// Bytes.
    pub bytes: Change,
    /// Of how many things.
    pub count: Change,
}

impl Amounts {
    /// Whether nothing changed.
    pub const fn is_same(&self) -> bool {
        self.bytes.is_same() && self.count.is_same()
    }

    /// The sum of two.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes.plus(other.bytes), count: self.count.plus(other.count) }
    }

    /// With the two documents in the other order.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self { bytes: self.bytes.mirrored(), count: self.count.mirrored() }
    }

    /// The order of tables: growth first.
    fn growth(&self) -> (i128, i128) {
        (self.bytes.difference(), self.count.difference())
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row<K> {
    /// What it is of.
    #[serde(flatten)]
    pub key: K,
    /// What changed.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// Several keys together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Several {
    /// How many keys.
    pub keys: u64,
    /// Their sum.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// What differs by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table<K> {
    /// Keys that changed, the largest growth first, the largest loss last.
    pub rows: Vec<Row<K>>,
    /// Keys that changed, but less than those in `rows`.
    pub rest: Several,
    /// Keys that are the same on both sides.
    pub same: Several,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { rows: Vec::new(), rest: Several::default(), same: Several::default() }
    }
}

impl<K> Table<K> {
    /// All keys together: the totals. O(rows).
    pub fn total(&self) -> Amounts {
        let rows = self.rows.iter().fold(Amounts::default(), |sum, row| sum.plus(row.amounts));
        rows.plus(self.rest.amounts).plus(self.same.amounts)
    }

    /// Whether no key changed.
    pub const fn is_same(&self) -> bool {
        self.rows.is_empty() && self.rest.keys == 0
    }
}

/// Sums by key, on their way to a table.
#[derive(Clone, Debug)]
pub struct Sums<K>(BTreeMap<K, Amounts>);

impl<K> Default for Sums<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Sums<K> {
    /// Adds what a key has on one side. O(log keys).
    pub fn add(&mut self, key: K, when: When, bytes: u64, count: u64) {
        let amounts = self.0.entry(key).or_default();
        amounts.bytes.add(when, bytes);
        amounts.count.add(when, count);
    }

    /// The table, of at most `most` rows: of those that changed, the largest changes. Equals
    /// in the order of their keys. O(keys · log keys).
    pub fn table(self, most: usize) -> Table<K> {
        let mut table = Table::default();
        for (key, amounts) in self.0 {
            if amounts.is_same() {
                table.same = with(table.same, amounts);
            } else {
                table.rows.push(Row { key, amounts });
            }
        }
        // Stable: equals stay in the order of their keys.
        table.rows.sort_by_key(|row| {
            let (bytes, count) = row.amounts.growth();
            Reverse((bytes.unsigned_abs(), count.unsigned_abs()))
        });
        for row in table.rows.drain(most.min(table.rows.len())..) {
            table.rest = with(table.rest, row.amounts);
        }
        table.rows.sort_by_key(|row| Reverse(row.amounts.growth()));
        table
    }
}

const fn with(several: Several, amounts: Amounts) -> Several {
    Several { keys: several.keys + 1, amounts: several.amounts.plus(amounts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Held = BTreeMap<u8, (u64, u64)>;

    fn table(before: &Held, after: &Held, most: usize) -> Table<u8> {
        let mut sums = Sums::default();
        for (when, held) in [(When::Before, before), (When::After, after)] {
            held.iter().for_each(|(key, (bytes, count))| sums.add(*key, when, *bytes, *count));
        }
        sums.table(most)
    }

    fn held() -> impl Strategy<Value = Held> {
        prop::collection::btree_map(any::<u8>(), (0..5_000_u64, 0..9_u64), 0..60)
    }

    proptest! {
        #[test]
        fn rows_are_the_totals_and_mirror_each_other(before in held(), after in held(), most in 0..70_usize) {
            let (there, back) = (table(&before, &after, most), table(&after, &before, most));
            let sum = |held: &Held| held.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let ((bytes_before, count_before), (bytes_after, count_after)) = (sum(&before), sum(&after));
            let total = there.total();
            prop_assert_eq!(total.bytes, Change { before: bytes_before, after: bytes_after });
            prop_assert_eq!(total.count, Change { before: count_before, after: count_after });
            prop_assert!(there.rows.len() <= most);
            let growth = |row: &Row<u8>| row.amounts.growth();
            prop_assert!(there.rows.is_sorted_by(|one, next| growth(one) >= growth(next)));
            let sorted = |table: &Table<u8>, mirrors: bool| {
                let amounts = |row: &Row<u8>| if mirrors { row.amounts.mirrored() } else { row.amounts };
                table.rows.iter().map(|row| (row.key, amounts(row).growth())).collect::<std::collections::BTreeSet<_>>()
            };
            prop_assert_eq!(sorted(&there, false), sorted(&back, true));
            prop_assert_eq!((there.rest.amounts, there.same), (back.rest.amounts.mirrored(), back.same));
        }

        #[test]
        fn nothing_differs_from_itself(held in held()) {
            let same = table(&held, &held, 10);
            prop_assert!(same.is_same());
            prop_assert_eq!(same.same.keys as usize, held.len());
        }
    }
}
