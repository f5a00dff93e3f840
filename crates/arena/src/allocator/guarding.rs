//! An arena under guard: what happens to each allocation and each free.

use crate::allocator::Arena;
use crate::error::{AllocError, FreeError};
use crate::guards::state::Guarding;
use crate::guards::{CANARY, FREED, GuardFault, GuardHit, Guards, lead_of, overhead_of, payload_offset};
use crate::layout::{GRANULE_BYTES, NodeIndex, to_bytes};
use crate::nodes::memory::Memory;
use crate::nodes::node::Holding;
use crate::request::{Allocation, AllocationId, Extent, Named, Request};
use arenascope_units::Bytes;

impl Arena {
    /// Switches guards on, changes their bounds, or switches them off. Allocations
    /// made before stay as they are, without canaries; but they go through the
    /// quarantine when they are freed. Those made while guards were on keep their
    /// canaries, and are checked when they are freed, whatever is set then. Off
    /// ends the quarantine.
    ///
    /// Cost: reserves memory for the quarantine, outside of the region; O(what leaves
    /// the quarantine).
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// arena.set_guards(Some(Guards::default()));
    /// let taken = arena.allocate(&request)?;
    /// assert_eq!(arena.sweep_guards(), 0);
    /// arena.set_guards(None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_guards(&mut self, guards: Option<Guards>) {
        if guards.is_none() && self.guarding.is_none() {
            return;
        }
        let nodes = self.space().table.division().node_count;
        let state = self.guarding.get_or_insert_with(|| Box::new(Guarding::new()));
        state.mode = guards;
        if let Some(guards) = guards {
            // One more: a range enters before the oldest leaves.
            let wanted = guards.quarantine_frees.min(nodes) as usize + 1;
            state.quarantine.reserve_exact(wanted.saturating_sub(state.quarantine.len()));
        }
        self.shorten_quarantine();
    }

    /// How the arena is guarded; `None` while it is not.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.guards(), None);
    /// arena.set_guards(Some(Guards::default()));
    /// assert_eq!(arena.guards(), Some(Guards::default()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn guards(&self) -> Option<Guards> {
        self.guarding.as_ref()?.mode
    }

    /// Checks all canaries and the whole quarantine now, and says how many stray
    /// writes that found. O(ranges and their guarded bytes).
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # arena.set_guards(Some(Guards::default()));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// arena.poke(taken.offset.saturating_sub(Bytes::new(1)), 0);
    /// assert_eq!(arena.sweep_guards(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sweep_guards(&mut self) -> u64 {
        let Some(before) = self.guarding.as_ref().map(|state| state.hits_total) else { return 0 };
        let mut at = self.space().table.first();
        let mut left = self.space().table.header().node_count;
        while let Some(node) = at.filter(|&node| left > 0 && self.space().table.get(node).is_some()) {
            self.check(node);
            at = self.space().table[node].after;
            left -= 1;
        }
        self.guard_hits_total() - before
    }

    /// The stray writes found since the last call, the first 64 of them; all of them
    /// are counted in [`Statistics::guard_hits_total`](crate::Statistics). Allocates
    /// the list.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # arena.set_guards(Some(Guards::default()));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// arena.deallocate(taken.id)?;
    /// arena.poke(taken.offset, 1);
    /// arena.sweep_guards();
    /// assert_eq!(arena.take_guard_hits()[0].fault, GuardFault::AfterFree);
    /// assert!(arena.take_guard_hits().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn take_guard_hits(&mut self) -> Vec<GuardHit> {
        self.guarding.as_mut().map_or_else(Vec::new, |state| state.hits.drain(..).collect())
    }

    /// Writes a byte of the payload past all handles: a stray write on purpose, to
    /// see that guards find it. False, and nothing is written, outside of the payload
    /// and in a page that a thread divides by itself: what links its slots lies there.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// assert!(arena.poke(taken.offset, 9));
    /// assert_eq!(arena.payload(taken.id)?[0], 9);
    /// assert!(!arena.poke(Bytes::ZERO, 9), "the header is no payload");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poke(&mut self, offset: Bytes, byte: u8) -> bool {
        if self.tier().is_some_and(|tier| tier.is_in_page(offset)) {
            return false;
        }
        let place = self.space_mut().table.memory_mut().payload_mut(offset, Bytes::new(1));
        place.map(|bytes| bytes[0] = byte).is_some()
    }

    pub(crate) fn guard_hits_total(&self) -> u64 {
        self.guarding.as_ref().map_or(0, |state| state.hits_total)
    }

    /// [`Arena::allocate`] with guards: takes room for the canaries and writes them.
    #[cold]
    pub(crate) fn place_guarded(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        if self.guards().is_none() {
            return self.place(request);
        }
        request.check()?;
        let overhead = overhead_of(request.align.get() as u32);
        // At most 1 GiB and 272 B: fits 32 bits, which is all that placing asks.
        let size = Bytes::new(request.size.get() + u64::from(overhead));
        let enlarged = Request { size, ..*request };
        let node = loop {
            match self.space_mut().place(&enlarged) {
                Ok(node) => break node,
                Err(_) if self.release(size) => (),
                Err(refusal) => return Err(self.space.word(refusal, request, overhead)),
            }
        };
        self.space_mut().tally.guards += overhead / GRANULE_BYTES;
        self.set_payload(node, request.size.get() as u32);
        self.note_placed(node);
        let entry = &self.space().table[node];
        Ok(Allocation { id: self.space().id_of(node), offset: payload_offset(entry), usable: to_bytes(entry.size) })
    }

    /// Makes a placed range, whatever was asked of the policy for it, a guarded one of
    /// `requested` bytes, and writes its canaries.
    pub(crate) fn set_payload(&mut self, node: NodeIndex, requested: u32) {
        let space = self.space_mut();
        let entry = &mut space.table[node];
        let (size, enlarged) = (entry.size, entry.requested());
        entry.set_requested(requested);
        entry.set_guarded();
        space.tally.remove_used(size, enlarged);
        space.tally.add_used(size, requested);
        for (extent, pattern, _) in self.watched(node).into_iter().flatten() {
            fill(self.space_mut().table.memory_mut(), extent, pattern);
        }
    }

    /// [`Arena::deallocate`] with guards: checks the canaries, and holds the range back.
    #[cold]
    pub(crate) fn vacate_guarded(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        let node = match self.resolve(id)? {
            Named::Node(node) => node,
            // A thread's cache gave it out, before guards were switched on.
            Named::Record(name) => return self.post(name, id),
        };
        let entry = &self.space().table[node];
        let extent = Extent { offset: to_bytes(entry.start), size: to_bytes(entry.size) };
        let overhead = if entry.is_guarded() { overhead_of(entry.align()) } else { 0 };
        if !self.space().table.is_linked(node) {
            return Err(FreeError::Corrupted { offset: extent.offset });
        }
        self.check(node);
        self.space_mut().tally.guards -= overhead / GRANULE_BYTES;
        if self.guards().is_some() {
            self.hold(node);
        } else {
            self.space_mut().vacate(node);
        }
        Ok(extent)
    }

    /// Puts a used range into quarantine.
    fn hold(&mut self, node: NodeIndex) {
        let space = self.space_mut();
        let entry = &mut space.table[node];
        entry.set_quarantined();
        let (size, requested) = (entry.size, entry.requested());
        space.tally.remove_used(size, requested);
        space.tally.add_quarantined(size);
        for (extent, pattern, _) in self.watched(node).into_iter().flatten() {
            fill(self.space_mut().table.memory_mut(), extent, pattern);
        }
        if let Some(state) = &mut self.guarding {
            state.quarantine.push_back(node);
        }
        self.shorten_quarantine();
    }

    /// Ends the quarantine of what is over its bounds, all of it where guards are off.
    fn shorten_quarantine(&mut self) {
        let bounds = self.guards().unwrap_or(Guards { quarantine_frees: 0, quarantine_bytes: Bytes::ZERO });
        let over = |arena: &Self| {
            let ranges = arena.guarding.as_ref().map_or(0, |state| state.held());
            ranges as u64 > u64::from(bounds.quarantine_frees)
                || to_bytes(arena.space().tally.quarantined) > bounds.quarantine_bytes
        };
        while over(self) && self.release_oldest().is_some() {}
    }

    /// Ends the quarantine of the oldest ranges, `wanted` bytes of them; false where
    /// there was none left.
    fn release(&mut self, wanted: Bytes) -> bool {
        let mut released = 0;
        while released < wanted.get()
            && let Some(size) = self.release_oldest()
        {
            released += size.get();
        }
        released > 0
    }

    /// Ends the quarantine of the oldest range: it is checked, and free from now on.
    fn release_oldest(&mut self) -> Option<Bytes> {
        let node = self.guarding.as_mut()?.quarantine.pop_front()?;
        self.check(node);
        let space = self.space_mut();
        let (size, requested) = (space.table[node].size, space.table[node].requested());
        // `vacate` takes its bytes from those that are used.
        space.tally.remove_quarantined(size);
        space.tally.add_used(size, requested);
        if !space.vacate(node) {
            // Damaged: held for ever, for the audit to report.
            space.tally.remove_used(size, requested);
            space.tally.add_quarantined(size);
        }
        Some(to_bytes(size))
    }

    /// Before a reset: what is corrupted by now would never be found.
    pub(crate) fn reset_guards(&mut self) {
        self.sweep_guards();
        if let Some(state) = &mut self.guarding {
            state.quarantine.clear();
        }
    }

    /// Looks for stray writes in what is watched of a range, and notes and restores
    /// what it finds.
    pub(crate) fn check(&mut self, node: NodeIndex) {
        for (extent, expected, fault) in self.watched(node).into_iter().flatten() {
            let memory = self.space_mut().table.memory_mut();
            if let Some((offset, found)) = first_other(memory, extent, expected) {
                fill(memory, extent, expected);
                self.note_hit(node, fault, offset, expected, found);
            }
        }
    }

    fn note_hit(&mut self, node: NodeIndex, fault: GuardFault, offset: Bytes, expected: u8, found: u8) {
        let entry = &self.space().table[node];
        let Some(Holding { requested, owner, born, .. }) = entry.holding() else { return };
        let payload = Extent { offset: payload_offset(entry), size: Bytes::from(requested) };
        let id = self.space().id_of(node);
        if let Some(state) = &mut self.guarding {
            state.note(GuardHit { fault, offset, expected, found, owner, id, payload, born });
        }
    }

    /// What must hold which pattern: lead and tail of a guarded allocation, all of a
    /// range in quarantine.
    fn watched(&self, node: NodeIndex) -> [Option<(Extent, u8, GuardFault)>; 2] {
        let entry = &self.space().table[node];
        let (start, size) = (to_bytes(entry.start), to_bytes(entry.size));
        if entry.is_quarantined() {
            return [Some((Extent { offset: start, size }, FREED, GuardFault::AfterFree)), None];
        }
        if !entry.is_guarded() {
            return [None, None];
        }
        let lead = u64::from(lead_of(entry.align()));
        let front = lead + u64::from(entry.requested());
        let tail = Extent { offset: Bytes::new(start.get() + front), size: size.saturating_sub(Bytes::new(front)) };
        let lead = Extent { offset: start, size: Bytes::new(lead) };
        [Some((lead, CANARY, GuardFault::Underrun)), Some((tail, CANARY, GuardFault::Overrun))]
    }
}

fn fill(memory: &mut Memory, extent: Extent, pattern: u8) {
    // Only a damaged range is not all payload; the audit reports it.
    if let Some(bytes) = memory.payload_mut(extent.offset, extent.size) {
        bytes.fill(pattern);
    }
}

/// The first byte that is not `expected`, and what it is. O(bytes), 16 at a time.
fn first_other(memory: &Memory, extent: Extent, expected: u8) -> Option<(Bytes, u8)> {
    const STEP: usize = 16;
    let bytes = memory.payload(extent.offset, extent.size)?;
    let whole = u128::from_ne_bytes([expected; STEP]);
    let (steps, _) = bytes.as_chunks::<STEP>();
    let clean = steps.iter().take_while(|step| u128::from_ne_bytes(**step) == whole).count() * STEP;
    let at = clean + bytes[clean..].iter().position(|&byte| byte != expected)?;
    Some((Bytes::new(extent.offset.get() + at as u64), bytes[at]))
}
