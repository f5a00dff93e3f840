//! What is allocated inside a wasm memory.

use std::collections::BTreeMap;

/// No wasm memory reaches further: 16 GiB of 64-bit addresses.
pub(super) const ADDRESS_MAX: u64 = 1 << 34;

/// A range that lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) event_id: u64,
    pub(super) bytes: u64,
}

/// The ranges that live in a wasm memory, none over another.
#[derive(Debug, Default)]
pub(super) struct Heap {
    living: BTreeMap<u64, Range>,
    /// Bytes of the memory that were reserved.
    pub(super) reserved_bytes: u64,
}

impl Heap {
    pub(super) fn insert(&mut self, address: u64, range: Range) {
        self.living.insert(address, range);
    }

    pub(super) fn remove(&mut self, address: u64) -> Option<Range> {
        self.living.remove(&address)
    }

    /// Gives the range at `address` another size; its number.
    pub(super) fn resize(&mut self, address: u64, bytes: u64) -> Option<u64> {
        let range = self.living.get_mut(&address)?;
        range.bytes = bytes;
        Some(range.event_id)
    }

    /// Removes the last range that reaches into `bytes` from `address` on, but one that
    /// begins at `but`: its end was lost.
    pub(super) fn remove_over(&mut self, address: u64, bytes: u64, but: Option<u64>) -> Option<Range> {
        let end = address.saturating_add(bytes.max(1));
        let mut before = self.living.range(..end).rev().filter(|(start, _)| Some(**start) != but);
        let (&start, range) = before.next()?;
        if start.saturating_add(range.bytes.max(1)) <= address {
            return None;
        }
        self.living.remove(&start)
    }

    /// Removes the first range.
    pub(super) fn pop(&mut self) -> Option<Range> {
        self.living.pop_first().map(|(_, range)| range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_never_lie_over_each_other(steps in prop::collection::vec((0_u64..64, 0_u64..16), 0..60)) {
            let (mut heap, mut model) = (Heap::default(), BTreeMap::new());
            for (event_id, &(address, bytes)) in (1..).zip(&steps) {
                let mut removed = Vec::new();
                while let Some(range) = heap.remove_over(address, bytes, None) {
                    removed.push(range.event_id);
                }
                removed.sort_unstable();
                let is_over = |&(&id, &(start, length)): &(&u64, &(u64, u64))| {
                    let _: u64 = id;
                    start < address + bytes.max(1) && address < start + u64::max(length, 1)
                };
                let expected: Vec<u64> = model.iter().filter(is_over).map(|(&id, _)| id).collect();
                prop_assert_eq!(&removed, &expected);
                expected.iter().for_each(|id| _ = model.remove(id));
                heap.insert(address, Range { event_id, bytes });
                model.insert(event_id, (address, bytes));
            }
        }
    }
}
