//! What is alive in a heap, by number: an open table with linear probing, one
//! look at memory for most questions.

use arenascope_units::owner::{MemoryCategory, Owner, Tag};

/// Something alive, as its last event told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    /// The event it was last heard of in.
    pub(super) event: u64,
    pub(super) offset: u64,
    pub(super) size: u64,
    /// Who pays for it.
    pub(super) category: MemoryCategory,
    pub(super) owner: Owner,
}

impl Thing {
    /// Whether a range lies in its own.
    pub(super) const fn holds(&self, offset: u64, size: u64) -> bool {
        self.offset <= offset && offset.saturating_add(size) <= self.offset.saturating_add(self.size)
    }
}

/// Things by number. Its room is a power of two and stays when things go.
#[derive(Default)]
pub(super) struct Things {
    slots: Vec<Slot>,
    count: usize,
}

/// A thing in half a cache line, so that finding it costs one miss.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Slot {
    id: u64,
    /// Event 48 bits, payer 8, holder's category 7, and whether anything is here 1.
    head: u64,
    offset: u64,
    /// Size 48 bits, tag 16: as in a record.
    tail: u64,
}

impl Slot {
    fn of(id: u64, thing: Thing) -> Self {
        let Thing { event, offset, size, category, owner } = thing;
        let categories = (category.index() as u64) << 8 | (owner.category.index() as u64) << 1;
        Self { id, head: event << 16 | categories | 1, offset, tail: size << 16 | u64::from(owner.tag.0) }
    }

    const fn is_taken(&self) -> bool {
        self.head & 1 == 1
    }

    fn thing(&self) -> Option<Thing> {
        if !self.is_taken() {
            return None;
        }
        let category = |from: u32| MemoryCategory::from_index((self.head >> from & 0x7f) as usize);
        Some(Thing {
            event: self.head >> 16,
            offset: self.offset,
            size: self.tail >> 16,
            category: category(8)?,
            owner: Owner::new(category(1)?, Tag(self.tail as u16)),
        })
    }
}

/// Things that there is room for at first.
const ROOM: usize = 64;

impl Things {
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Bytes of memory held.
    pub(super) fn bytes(&self) -> u64 {
        (self.slots.capacity() * size_of::<Slot>()) as u64
    }

    /// The thing of a number.
    #[inline]
    pub(super) fn get(&self, id: u64) -> Option<Thing> {
        self.slots.get(self.find(id)?)?.thing()
    }

    /// Puts a thing under a number; returns the one that it takes the place of.
    pub(super) fn insert(&mut self, id: u64, thing: Thing) -> Option<Thing> {
        // At most five eighths full, so that probes stay short.
        if 8 * (self.count + 1) > 5 * self.slots.len() {
            self.grow();
        }
        let at = self.place(id);
        let former = self.slots[at].thing();
        self.slots[at] = Slot::of(id, thing);
        self.count += usize::from(former.is_none());
        former
    }

    /// Takes a thing out.
    pub(super) fn remove(&mut self, id: u64) -> Option<Thing> {
        let mut hole = self.find(id)?;
        let removed = self.slots[hole].thing();
        self.count -= 1;
        // What was pushed on by the removed one moves up, so that no probe ends early.
        let mask = self.slots.len() - 1;
        let mut at = (hole + 1) & mask;
        while self.slots[at].is_taken() {
            let home = self.home(self.slots[at].id);
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = (at + 1) & mask;
        }
        self.slots[hole] = Slot::default();
        removed
    }

    /// Forgets everything; the room stays.
    pub(super) fn clear(&mut self) {
        self.slots.fill(Slot::default());
        self.count = 0;
    }

    /// Everything, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Thing)> {
        self.slots.iter().filter_map(|slot| Some((slot.id, slot.thing()?)))
    }

    #[inline]
    fn find(&self, id: u64) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let at = self.place(id);
        self.slots[at].is_taken().then_some(at)
    }

    /// The slot that holds a number, or the empty one where it would go.
    #[inline]
    fn place(&self, id: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(id);
        // Ends: some slots are never taken.
        while self.slots[at].is_taken() && self.slots[at].id != id {
            at = (at + 1) & mask;
        }
        at
    }

    /// Where a number would lie alone. Fibonacci hashing (Knuth, volume 3, 6.4);
    /// nobody who could choose numbers gains by a collision.
    #[inline]
    fn home(&self, id: u64) -> usize {
        // Numbers differ in their low bits, products in their high ones.
        let spread = (id ^ id >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        spread as usize & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        let room = (2 * self.slots.len()).max(ROOM);
        let former = core::mem::replace(&mut self.slots, vec![Slot::default(); room]);
        for slot in former.into_iter().filter(Slot::is_taken) {
            let at = self.place(slot.id);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn thing(event: u64) -> Thing {
        let category = MemoryCategory::TEMPORARY;
        Thing { event, offset: event * 16, size: 16, category, owner: Owner::new(category, Tag(1)) }
    }

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0..120_u64, 0..5_u32, any::<bool>()), 1..2_000)) {
            let (mut things, mut model) = (Things::default(), BTreeMap::new());
            for ((id, generation, inserts), event) in steps.into_iter().zip(0..) {
                let id = id | u64::from(generation) << 26;
                prop_assert_eq!(things.get(id), model.get(&id).copied());
                if inserts {
                    prop_assert_eq!(things.insert(id, thing(event)), model.insert(id, thing(event)));
                } else {
                    prop_assert_eq!(things.remove(id), model.remove(&id));
                }
                prop_assert_eq!(things.len(), model.len());
            }
            let all: BTreeMap<u64, Thing> = things.iter().collect();
            prop_assert_eq!(&all, &model);
            things.clear();
            prop_assert!(things.len() == 0 && model.keys().all(|id| things.get(*id).is_none()));
        }
    }
}
