//! Making an allocation larger or smaller where it is.

use crate::allocator::Arena;
use crate::error::{FreeError, ResizeError};
use crate::guards::{overhead_of, payload_offset};
use crate::layout::to_bytes;
use crate::policy::each;
use crate::region::Region;
use crate::request::{Allocation, AllocationId, Named};
use crate::split_coalesce::{NoResize, SplitCoalesce};
use arenascope_units::Bytes;

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
    /// # use arenascope_arena::{Arena, PolicyKind, Region, Request};
    /// # use arenascope_units::owner::{MemoryCategory, Owner, Tag};
    /// # use arenascope_units::{Bytes, Micros};
    /// let mut arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Tlsf);
    /// let owner = Owner::new(MemoryCategory::ECS, Tag(0));
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
        each!(&mut space.policy, policy => SplitCoalesce { table, tally, policy }.resize(node, requested)).map_err(
            |refusal| match refusal {
                NoResize::NoRoom(granules) => {
                    let available = to_bytes(granules).saturating_sub(Bytes::from(overhead));
                    ResizeError::NoRoom { requested: new_size, available }
                }
                NoResize::NoNodes => ResizeError::OutOfNodes { nodes: self.space().table.division().node_count },
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
        let tier = self.tier().ok_or(unknown)?;
        let owner = tier.check(name, id)?;
        let cache = tier.caches().nth(owner as usize - 1).ok_or(unknown)?;
        tier.resize(cache, name, id, new_size)
    }
}
