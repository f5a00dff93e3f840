//! The table of live resources: slots that are used again under a new
//! generation, so that a name is never given twice.

use super::entry::Entry;
use super::error::HandleError;
use super::handle::{BufferHandle, PoolId, ResourceId};

/// One place in the table.
#[derive(Clone, Debug, Default)]
struct Slot {
    generation: u32,
    entry: Option<Entry>,
}

/// The table. Every call is O(1).
#[derive(Debug)]
pub(super) struct Slots {
    pool: PoolId,
    limit: u32,
    slots: Vec<Slot>,
    vacant: Vec<u32>,
}

impl Slots {
    /// An empty table of at most `limit` slots.
    pub(super) fn new(pool: PoolId, limit: u32) -> Self {
        Self { pool, limit, slots: Vec::new(), vacant: Vec::new() }
    }

    /// Puts an entry into a slot; `None` where all are taken.
    pub(super) fn insert(&mut self, entry: Entry) -> Option<ResourceId> {
        let slot = self.vacant.pop().or_else(|| self.grow())?;
        let place = self.slots.get_mut(slot as usize)?;
        place.entry = Some(entry);
        Some(ResourceId { slot, generation: place.generation, pool: self.pool })
    }

    /// True where [`Self::insert`] would find no slot.
    pub(super) fn is_full(&self) -> bool {
        self.vacant.is_empty() && self.slots.len() >= self.limit as usize
    }

    fn grow(&mut self) -> Option<u32> {
        let slot = u32::try_from(self.slots.len()).ok().filter(|slot| *slot < self.limit)?;
        self.slots.push(Slot::default());
        Some(slot)
    }

    /// Takes a live entry out; every name of it is stale from now on. A slot
    /// whose generations are used up is never used again.
    ///
    /// # Panics
    /// Where the slot is vacant. The index, which names the slots, names live
    /// ones only; [`Pool::audit`](super::Pool::audit) checks that.
    pub(super) fn remove(&mut self, slot: u32) -> (ResourceId, Entry) {
        let (resource, entry) = self.live_mut(slot);
        let entry = *entry;
        let place = &mut self.slots[slot as usize];
        place.entry = None;
        if let Some(next) = place.generation.checked_add(1) {
            place.generation = next;
            self.vacant.push(slot);
        }
        (resource, entry)
    }

    /// A live entry, to be changed, and its name.
    ///
    /// # Panics
    /// As [`Self::remove`].
    pub(super) fn live_mut(&mut self, slot: u32) -> (ResourceId, &mut Entry) {
        let place = &mut self.slots[slot as usize];
        let resource = ResourceId { slot, generation: place.generation, pool: self.pool };
        (resource, place.entry.as_mut().expect("the index names live slots only"))
    }

    /// A live entry.
    ///
    /// # Panics
    /// As [`Self::remove`].
    pub(super) fn live(&self, slot: u32) -> &Entry {
        self.slots[slot as usize].entry.as_ref().expect("the index names live slots only")
    }

    /// Every live entry, by slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ResourceId, &Entry)> {
        self.slots.iter().zip(0_u32..).filter_map(|(place, slot)| {
            let resource = ResourceId { slot, generation: place.generation, pool: self.pool };
            place.entry.as_ref().map(|entry| (resource, entry))
        })
    }

    /// The entry of a resource.
    ///
    /// # Errors
    /// [`HandleError::Foreign`] or [`HandleError::Destroyed`].
    pub(super) fn resolve(&self, resource: ResourceId) -> Result<&Entry, HandleError> {
        let foreign = HandleError::Foreign { resource };
        let place = self.slots.get(resource.slot as usize).filter(|_| resource.pool == self.pool).ok_or(foreign)?;
        match &place.entry {
            Some(entry) if place.generation == resource.generation => Ok(entry),
            _ => Err(HandleError::Destroyed { resource, current: place.generation }),
        }
    }

    /// The entry that a handle gives the use of.
    ///
    /// # Errors
    /// As [`Self::resolve`], and [`HandleError::Released`].
    pub(super) fn held(&self, handle: BufferHandle) -> Result<&Entry, HandleError> {
        let BufferHandle { resource, lease } = handle;
        let entry = self.resolve(resource)?;
        if entry.lease == lease && entry.state.is_held() {
            return Ok(entry);
        }
        Err(HandleError::Released { resource, lease, current: entry.lease })
    }
}

#[cfg(test)]
mod tests {
    use super::super::cause::MissCause;
    use super::super::entry::State;
    use super::*;
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};
    use arenascope_units::{Bytes, Micros};

    fn entry() -> Entry {
        Entry {
            class: 0,
            size: Bytes::new(4),
            requested: Bytes::new(4),
            state: State::InUse,
            owner: Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0)),
            last_used: Micros::ZERO,
            lease: 0,
            released: 0,
            released_frame: 0,
            released_answered: 0,
            is_capped: false,
            cause: MissCause::Cold,
        }
    }

    #[test]
    fn a_name_is_never_given_twice() {
        let mut slots = Slots::new(PoolId(0), 1);
        let first = slots.insert(entry()).unwrap();
        assert_eq!(slots.insert(entry()), None, "one slot was allowed");
        slots.remove(first.slot);
        let second = slots.insert(entry()).unwrap();
        assert_eq!((second.slot, second.generation), (0, 1));
        assert_eq!(slots.resolve(first), Err(HandleError::Destroyed { resource: first, current: 1 }));
    }

    #[test]
    fn a_slot_without_generations_left_is_retired() {
        let mut slots = Slots::new(PoolId(0), 2);
        let worn = slots.insert(entry()).unwrap();
        slots.slots[0].generation = u32::MAX;
        slots.remove(worn.slot);
        assert_eq!(slots.insert(entry()).map(|name| name.slot), Some(1));
        assert_eq!(slots.insert(entry()), None);
    }
}
