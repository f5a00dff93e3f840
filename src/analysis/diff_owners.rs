//! Live allocations by owner, and what grew from one snapshot to another: the
//! way to a leak.

use serde_json::Value;
use std::collections::BTreeMap;

/// Live allocations of one category and tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRow {
    /// The category's key.
    pub category: String,
    /// The tag's name or number.
    pub tag: String,
    /// Allocations.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Groups a snapshot's allocations, largest first. Entries without a category
/// or size count under empty names and zero bytes: none is left out.
/// O(n log owners).
pub fn group(allocations: &[Value]) -> Vec<OwnerRow> {
    let mut owners: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    for allocation in allocations {
        let key = (text_of(&allocation["category"]), text_of(&allocation["tag"]));
        let (count, bytes) = owners.entry(key).or_default();
        *count += 1;
        *bytes = bytes.saturating_add(allocation["size"].as_u64().unwrap_or(0));
    }
    let row = |((category, tag), (count, bytes))| OwnerRow { category, tag, count, bytes };
    let mut rows: Vec<_> = owners.into_iter().map(row).collect();
    // Stable: owners of equal size stay in the order of their names.
    rows.sort_by_key(|row| core::cmp::Reverse(row.bytes));
    rows
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What one owner gained or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    /// The category's key.
    pub category: String,
    /// The tag's name or number.
    pub tag: String,
    /// Allocations after less before.
    pub count: i128,
    /// Bytes after less before.
    pub bytes: i128,
}

/// Owners whose count or bytes differ, largest growth first.
pub fn changes(before: &[OwnerRow], after: &[OwnerRow]) -> Vec<OwnerChange> {
    let mut owners: BTreeMap<(&str, &str), (i128, i128)> = BTreeMap::new();
    for (rows, sign) in [(before, -1), (after, 1)] {
        for row in rows {
            let (count, bytes) = owners.entry((&row.category, &row.tag)).or_default();
            *count += sign * i128::from(row.count);
            *bytes += sign * i128::from(row.bytes);
        }
    }
    let change = |((category, tag), (count, bytes)): ((&str, &str), _)| OwnerChange {
        category: category.into(),
        tag: tag.into(),
        count,
        bytes,
    };
    let mut changes: Vec<_> = owners.into_iter().filter(|(_, change)| *change != (0, 0)).map(change).collect();
    changes.sort_by_key(|change| core::cmp::Reverse((change.bytes, change.count)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allocations(rows: &[(&str, u64, u64)]) -> Vec<Value> {
        rows.iter().map(|(category, tag, size)| json!({"category": category, "tag": tag, "size": size})).collect()
    }

    #[test]
    fn owners_are_summed_and_ranked() {
        let rows = group(&allocations(&[("ecs", 1, 10), ("npu_models", 2, 100), ("ecs", 1, 30), ("ecs", 9, 40)]));
        let figures: Vec<_> =
            rows.iter().map(|row| (row.category.as_str(), row.tag.as_str(), row.count, row.bytes)).collect();
        assert_eq!(figures, [("npu_models", "2", 1, 100), ("ecs", "1", 2, 40), ("ecs", "9", 1, 40)]);
    }

    #[test]
    fn growth_comes_first_and_what_stays_is_left_out() {
        let before = group(&allocations(&[("ecs", 1, 10), ("ecs", 2, 50), ("temporary", 3, 5)]));
        let after = group(&allocations(&[("ecs", 1, 10), ("ecs", 1, 10), ("temporary", 3, 5), ("npu_tensors", 4, 90)]));
        let changes = changes(&before, &after);
        let figures: Vec<_> = changes.iter().map(|change| (change.tag.as_str(), change.count, change.bytes)).collect();
        assert_eq!(figures, [("4", 1, 90), ("1", 1, 10), ("2", -1, -50)]);
    }

    #[test]
    fn an_entry_of_nothing_still_counts() {
        assert_eq!(group(&[json!(null), json!({"category": "ecs"})]).iter().map(|row| row.count).sum::<u64>(), 2);
    }
}
