//! Making an allocation larger or smaller where it is.

use super::allocator::Arena;
use super::error::FreeError;
use super::guards::{overhead_of, payload_offset};
use super::layout::to_bytes;
use super::mechanism::Mechanism;
use super::memory::Region;
use super::node::NodeIndex;
use super::policy::{Policy, each};
use super::request::{Allocation, AllocationId, Named};
use crate::units::Bytes;
use core::error::Error;
use core::fmt;

/// Why an allocation stayed as it was.
///
/// ```
/// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// arena.allocate(&request)?;
/// let refused = arena.resize_in_place(taken.id, Bytes::kib(1)).unwrap_err();
/// assert_eq!(refused, ResizeError::NoRoom { requested: Bytes::kib(1), available: taken.usable });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeError {
    /// The handle is not good.
    Handle(FreeError),
    /// Zero, or larger than any arena.
    InvalidSize {
        /// What was asked for.
        requested: Bytes,
    },
    /// What follows the allocation is not free, or too little of it.
    NoRoom {
        /// What was asked for.
        requested: Bytes,
        /// As large as the allocation could get where it is.
        available: Bytes,
    },
    /// The node table has no slot for the range that would become free.
    OutOfNodes {
        /// Slots of the table, none of them vacant.
        nodes: u32,
    },
}

impl fmt::Display for ResizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle(refused) => refused.fmt(f),
            Self::InvalidSize { requested } => write!(f, "no allocation has {} bytes", requested.get()),
            Self::NoRoom { requested, available } => {
                write!(f, "no room in place: {requested} asked for, {available} can be had")
            }
            Self::OutOfNodes { nodes } => write!(f, "out of nodes: 1 needed, 0 of {nodes} vacant"),
        }
    }
}

impl Error for ResizeError {}

impl From<FreeError> for ResizeError {
    fn from(refused: FreeError) -> Self {
        Self::Handle(refused)
    }
}

/// Why the mechanism left a range as it was.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    /// As many granules could be had.
    NoRoom(u32),
    NoNodes,
}

impl Arena {
    /// Makes a live allocation `new_size` bytes long without moving it; the handle
    /// stays good, and so do the bytes up to the smaller of both sizes.
    ///
    /// It grows into the free range behind it, and what it gives back joins that
    /// range. What a thread's cache gave out grows only inside what was set aside, and
    /// gives nothing back. A block of `Buddy` or `Slab` keeps its size: it only serves what fits.
    /// Cost: as one allocation, without the search.
    ///
    /// # Errors
    /// [`ResizeError`]; the allocation is as it was. A refused handle counts as a
    /// failed free, any other refusal as a failed allocation.
    ///
    /// ```
    /// # use arenascope::arena::{Arena, PolicyKind, Region, Request};
    /// # use arenascope::owner::{MemoryCategory, Owner, Tag};
    /// # use arenascope::units::{Bytes, Micros};
    /// let mut arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Tlsf);
    /// let owner = Owner::new(MemoryCategory::Ecs, Tag(0));
    /// let list = arena.allocate(&Request { size: Bytes::new(100), align: Bytes::new(8), owner, now: Micros::ZERO })?;
    /// let longer = arena.resize_in_place(list.id, Bytes::new(1000))?;
    /// assert_eq!((longer.offset, longer.usable), (list.offset, Bytes::new(1008)));
    /// assert_eq!(arena.payload(list.id)?.len(), 1000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resize_in_place(&mut self, id: AllocationId, new_size: Bytes) -> Result<Allocation, ResizeError> {
        let resized = self.resize(id, new_size);
        match resized {
            Ok(_) => self.note_resized(id),
            Err(ref error) => self.totals_mut().refusals.note(error),
        }
        resized
    }

    fn resize(&mut self, id: AllocationId, new_size: Bytes) -> Result<Allocation, ResizeError> {
        let node = match self.resolve(id)? {
            Named::Node(node) => node,
            Named::Record(name) => return self.resize_record(name, id, new_size),
        };
        if new_size.is_zero() || new_size > Region::MAX {
            return Err(ResizeError::InvalidSize { requested: new_size });
        }
        let entry = &self.space().table[node];
        let (offset, guarded) = (payload_offset(entry), entry.is_guarded());
        let overhead = if guarded { overhead_of(entry.align()) } else { 0 };
        if !self.space().table.is_linked(node) {
            return Err(FreeError::Corrupted { offset: to_bytes(entry.start) }.into());
        }
        if guarded {
            self.check(node);
        }
        let space = self.space_mut();
        // At most 1 GiB and 272 B: fits 32 bits.
        let requested = new_size.get() as u32 + overhead;
        let (table, tally) = (&mut space.table, &mut space.tally);
        each!(&mut space.policy, policy => Mechanism { table, tally, policy }.resize(node, requested)).map_err(
            |refusal| match refusal {
                Refusal::NoRoom(granules) => {
                    let available = to_bytes(granules).saturating_sub(Bytes::from(overhead));
                    ResizeError::NoRoom { requested: new_size, available }
                }
                Refusal::NoNodes => ResizeError::OutOfNodes { nodes: self.space().table.division().node_count },
            },
        )?;
        if guarded {
            self.set_payload(node, new_size.get() as u32);
        }
        Ok(Allocation { id, offset, usable: self.space().size(node) })
    }
}

impl Arena {
    /// All threads are paused.
    fn resize_record(&mut self, name: u32, id: AllocationId, new_size: Bytes) -> Result<Allocation, ResizeError> {
        let unknown = FreeError::Unknown { id: id.to_bits() };
        let tier = self.space().tier.as_deref().ok_or(unknown)?;
        let owner = tier.check(name, id)?;
        let cache = tier.caches().nth(owner as usize - 1).ok_or(unknown)?;
        tier.resize(cache, name, id, new_size)
    }
}

impl<P: Policy> Mechanism<'_, P> {
    fn resize(&mut self, node: NodeIndex, requested: u32) -> Result<(), Refusal> {
        let align = self.table[node].align();
        let (old, old_requested) = (self.table[node].size, self.table[node].requested());
        let wanted = self.policy.granules(requested, align);
        let size = if wanted > old {
            self.take_behind(node, wanted)?
        } else if P::CASCADES || self.policy.keeps(node, old - wanted) {
            old
        } else {
            self.give_behind(node, wanted)?
        };
        let entry = &mut self.table[node];
        entry.size = size;
        entry.set_requested(requested);
        self.tally.remove_used(old, old_requested);
        self.tally.add_used(size, requested);
        Ok(())
    }

    /// Takes what `node` lacks to `size` from the free range behind it.
    fn take_behind(&mut self, node: NodeIndex, size: u32) -> Result<u32, Refusal> {
        let lack = size - self.table[node].size;
        let mut behind = self.joinable_behind(node);
        if behind.is_none() && self.join_waiting() {
            behind = self.joinable_behind(node);
        }
        let room = behind.map_or(0, |behind| self.table[behind].size);
        let Some(behind) = behind.filter(|_| room >= lack) else {
            return Err(Refusal::NoRoom(self.table[node].size + room));
        };
        if room == lack {
            self.absorb(behind);
        } else {
            self.grow(behind, self.table[behind].start + lack, room - lack);
        }
        Ok(size)
    }

    /// Gives what `node` has beyond `size` to the free range behind it, or makes one.
    fn give_behind(&mut self, node: NodeIndex, size: u32) -> Result<u32, Refusal> {
        let rest = self.table[node].size - size;
        let start = self.table[node].start + size;
        if rest == 0 {
            return Ok(size);
        }
        if let Some(behind) = self.joinable_behind(node) {
            self.grow(behind, start, self.table[behind].size + rest);
            return Ok(size);
        }
        let free = self.table.take(start, rest).ok_or(Refusal::NoNodes)?;
        self.table.link_after(free, node);
        self.policy.insert(self.table, free);
        self.tally.add_free(rest);
        Ok(size)
    }

    /// The free range behind, if it may be had: not of a policy with blocks.
    fn joinable_behind(&self, node: NodeIndex) -> Option<NodeIndex> {
        self.table[node].after.filter(|&behind| !P::CASCADES && self.joins(node, behind))
    }
}
