//! The arena itself: what the engine talks to.

pub(crate) mod audit;
mod free_space;
mod guarding;
mod look;
mod marks;
pub(crate) mod resize;
pub(crate) mod walk;

use crate::error::{AllocError, FreeError};
use crate::figures::statistics::{FreeProfile, Statistics, Totals};
use crate::figures::waste::InternalWaste;
use crate::guards::payload_offset;
use crate::guards::state::Guarding;
use crate::layout::{NodeIndex, to_bytes};
use crate::nodes::division::Division;
use crate::policy::index::NoPlace;
use crate::policy::kind::PolicyKind;
use crate::region::Region;
use crate::request::{Allocation, AllocationId, Epoch, Extent, Named, Range, Request, Sections};
use crate::split_coalesce::space::Space;
use crate::sync::registry::ThreadNumber;
use crate::thread_cache::memory::PageMemory;
use crate::thread_cache::tier::{Tier, TierTally};
use arenascope_units::Bytes;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use walk::{Walk, range, record_range};

/// Numbers the arenas of the process, so that a handle of another is refused.
static ARENAS: AtomicU32 = AtomicU32::new(1);

/// A region of memory that hands out ranges by a policy and loses none.
///
/// For one thread at a time; [`SharedArena`](crate::SharedArena) is for several.
///
/// ```
/// use arenascope_arena::{Arena, PolicyKind, Region, Request};
/// use arenascope_units::owner::{MemoryCategory, Owner, Tag};
/// use arenascope_units::{Bytes, Micros};
///
/// let mut arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::FirstFit);
/// let owner = Owner::new(MemoryCategory::ECS, Tag(0));
/// let mesh = arena.allocate(&Request { size: Bytes::new(100), align: Bytes::new(64), owner, now: Micros::ZERO })?;
/// arena.payload_mut(mesh.id)?.fill(7);
/// assert_eq!(arena.deallocate(mesh.id)?.size, Bytes::new(112));
/// assert!(arena.deallocate(mesh.id).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Arena {
    space: Space,
    /// The threads' caches, once the arena is shared.
    tier: Option<Arc<Tier>>,
    totals: Totals,
    pub(crate) guarding: Option<Box<Guarding>>,
}

impl Arena {
    /// Makes an arena of all of `region`. The payload keeps its bytes, the
    /// metadata is cleared. O(nodes).
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::BestFit);
    /// assert_eq!(arena.statistics().capacity, Bytes::kib(256));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(region: Region, policy: PolicyKind) -> Self {
        let number = ARENAS.fetch_add(1, Ordering::Relaxed);
        Self { space: Space::new(region, number, policy), tier: None, totals: Totals::default(), guarding: None }
    }

    /// Gives the region back; every handle ends.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.into_region().size(), Bytes::kib(256));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_region(self) -> Region {
        self.space.table.into_memory().into_region()
    }

    /// The policy that places.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.policy(), PolicyKind::FirstFit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn policy(&self) -> PolicyKind {
        self.space.policy.kind()
    }

    /// The number of resets so far.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let before = arena.epoch();
    /// assert_eq!(arena.reset(), arena.epoch());
    /// assert!(arena.epoch() > before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn epoch(&self) -> Epoch {
        Epoch(self.space.table.header().epoch)
    }

    /// Takes memory. The bytes are what the last holder left there.
    ///
    /// Cost: the policy's search and one change of its index; nothing else grows.
    ///
    /// # Errors
    /// [`AllocError`]: no room, no node, or a request that makes no sense. The
    /// refusal is counted and changes nothing.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// assert!(taken.usable >= request.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn allocate(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        // Inlined, so that the answer stays in registers: see `Pinned::allocate`.
        if self.guarding.is_some() || !request.is_sound() {
            return self.allocate_slowly(request);
        }
        match self.space.place(request) {
            Ok(node) => {
                self.note_placed(node);
                Ok(self.allocation(node))
            }
            Err(refusal) => Err(self.refuse(refusal, request)),
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_slowly(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        self.allocate_quietly(request).inspect_err(|error| self.note_refused(error))
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, refusal: NoPlace, request: &Request) -> AllocError {
        let error = self.space.word(refusal, request, 0);
        self.note_refused(&error);
        error
    }

    /// As [`Self::allocate`]; a refusal is not counted.
    #[inline]
    pub(crate) fn allocate_quietly(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        if self.guarding.is_none() { self.place(request) } else { self.place_guarded(request) }
    }

    /// As [`Self::allocate_quietly`] for a checked request, without guards.
    pub(crate) fn try_allocate(&mut self, request: &Request) -> Result<Allocation, NoPlace> {
        let node = self.space.place(request)?;
        self.note_placed(node);
        Ok(self.allocation(node))
    }

    #[inline(always)]
    fn allocation(&self, node: NodeIndex) -> Allocation {
        let entry = &self.space.table[node];
        Allocation { id: self.space.id_of(node), offset: to_bytes(entry.start), usable: to_bytes(entry.size) }
    }

    #[inline]
    pub(crate) fn place(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        request.check()?;
        let node = self.space.place(request).map_err(|refusal| self.space.word(refusal, request, 0))?;
        self.note_placed(node);
        Ok(self.allocation(node))
    }

    /// Gives memory back, and says which bytes were given back.
    ///
    /// Cost: O(1) joins and one change of the policy's index.
    ///
    /// # Errors
    /// [`FreeError`]: not a live allocation of this arena, or a damaged table.
    /// The refusal is counted and changes nothing.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// assert_eq!(arena.deallocate(taken.id)?.offset, taken.offset);
    /// assert!(matches!(arena.deallocate(taken.id), Err(FreeError::DoubleFree { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn deallocate(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        if self.guarding.is_none()
            && let Some(node) = self.live_node(id)
        {
            let entry = &self.space.table[node];
            let extent = Extent { offset: to_bytes(entry.start), size: to_bytes(entry.size) };
            if self.space.vacate(node) {
                self.totals.frees = self.totals.frees.wrapping_add(1);
                return Ok(extent);
            }
        }
        self.deallocate_slowly(id)
    }

    /// What a handle names, if that is a live allocation of the arena itself.
    #[inline(always)]
    fn live_node(&self, id: AllocationId) -> Option<NodeIndex> {
        let Some(Named::Node(index)) = id.named() else { return None };
        let node = self.space.table.get(index)?;
        let is_good = id.stamp == self.space.stamp() && node.generation == id.generation() && node.is_used();
        is_good.then_some(index)
    }

    #[cold]
    #[inline(never)]
    fn deallocate_slowly(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        let freed = if self.guarding.is_none() { self.vacate(id) } else { self.vacate_guarded(id) };
        match freed {
            Ok(_) => self.totals.frees = self.totals.frees.wrapping_add(1),
            Err(ref error) => self.totals.refusals.note(error),
        }
        freed
    }

    #[inline]
    fn vacate(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        match self.resolve(id)? {
            Named::Node(node) => {
                let extent = Extent { offset: to_bytes(self.space.table[node].start), size: self.space.size(node) };
                if self.space.vacate(node) { Ok(extent) } else { Err(FreeError::Corrupted { offset: extent.offset }) }
            }
            Named::Record(name) => self.post(name, id),
        }
    }

    /// Frees an allocation of the threads' tier; the thread that took it counts the free.
    #[cold]
    pub(crate) fn post(&mut self, name: u32, id: AllocationId) -> Result<Extent, FreeError> {
        let tier = self.tier.as_ref().ok_or(FreeError::Unknown { id: id.to_bits() })?;
        let posted = tier.post(name, id)?;
        // Not here: the caller counts one.
        self.totals.frees = self.totals.frees.wrapping_sub(1);
        Ok(posted)
    }

    /// What is behind a handle, if it is good.
    #[inline]
    pub(crate) fn resolve(&self, id: AllocationId) -> Result<Named, FreeError> {
        let stamp = self.space.stamp();
        if id.stamp != stamp {
            return Err(id.stale_for(stamp));
        }
        let Some(Named::Node(index)) = id.named() else { return self.resolve_record(id) };
        let node = self.space.table.get(index).ok_or(FreeError::Unknown { id: id.to_bits() })?;
        if node.generation != id.generation() {
            return Err(FreeError::StaleGeneration { handle: id.generation(), slot: node.generation });
        }
        if !node.is_used() {
            return Err(FreeError::DoubleFree { id: id.to_bits() });
        }
        Ok(Named::Node(index))
    }

    #[cold]
    fn resolve_record(&self, id: AllocationId) -> Result<Named, FreeError> {
        let (Some(Named::Record(name)), Some(tier)) = (id.named(), &self.tier) else {
            return Err(FreeError::Unknown { id: id.to_bits() });
        };
        tier.check(name, id)?;
        Ok(Named::Record(name))
    }

    /// Ends every allocation at once and starts the next epoch. O(1); with guards on,
    /// one last sweep.
    ///
    /// Peak and totals go on; what was live counts as dropped.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// arena.reset();
    /// assert!(matches!(arena.deallocate(taken.id), Err(FreeError::StaleEpoch { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset(&mut self) -> Epoch {
        self.totals.used_peak = self.peak();
        self.reset_guards();
        self.totals.dropped += u64::from(self.space.tally.allocations);
        self.totals.steps += self.space.steps();
        self.space.reset();
        if let Some(tier) = &self.tier {
            tier.forget();
        }
        self.epoch()
    }

    /// Makes the arena one that threads can share.
    pub(crate) fn share(&mut self) -> Arc<Tier> {
        let table = &self.space.table;
        let make = || {
            let memory = PageMemory::of(table.memory());
            Arc::new(Tier::new(memory, table.division().capacity, table.payload_granules()))
        };
        Arc::clone(self.tier.get_or_insert_with(make))
    }

    /// The number of this arena among those of the process.
    pub(crate) fn number(&self) -> u32 {
        self.space.table.header().arena
    }

    pub(crate) fn tier(&self) -> Option<&Tier> {
        self.tier.as_deref()
    }

    pub(crate) const fn space(&self) -> &Space {
        &self.space
    }

    pub(crate) const fn totals_mut(&mut self) -> &mut Totals {
        &mut self.totals
    }

    pub(crate) const fn space_mut(&mut self) -> &mut Space {
        &mut self.space
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("policy", &self.policy())
            .field("epoch", &self.epoch())
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
