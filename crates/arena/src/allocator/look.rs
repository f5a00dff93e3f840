//! What can be seen of an arena: its figures, its ranges, the payload of one.

use super::*;

impl Arena {
    /// Every figure. All but the largest free range are kept as they change; that one
    /// takes O(1) with `FirstFit` and `NextFit`, O(log n) with `BestFit` and
    /// `WorstFit`, O(ranges of the highest class) with `Tlsf`, `Bins` and `Buddy`, and
    /// O(ranges) with `SeedCompat`, and with `Slab` once no free range has 64 KiB.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// arena.allocate(&request)?;
    /// assert_eq!(arena.statistics().requested, request.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(&self) -> Statistics {
        let (space, tally, totals) = (&self.space, &self.space.tally, &self.totals);
        let division = space.table.division();
        let tier = self.tier().map(TierTally::of).unwrap_or_default();
        let refusals = totals.refusals.plus(&tier.refusals);
        Statistics {
            capacity: Bytes::new(division.capacity),
            used: to_bytes(tally.used.wrapping_add(tier.used)),
            requested: Bytes::new(tally.requested.wrapping_add(tier.requested)),
            free: to_bytes(space.free()),
            cached: to_bytes(tally.lent.wrapping_sub(tier.used).wrapping_add(tally.quarantined)),
            metadata: space.table.metadata(),
            largest_free: to_bytes(space.largest()),
            used_peak: to_bytes(totals.used_peak.max(tally.used.wrapping_add(tier.used_peak))),
            requested_peak: Bytes::new(totals.requested_peak.max(tally.requested.wrapping_add(tier.requested_peak))),
            footprint: to_bytes(totals.used_end.saturating_sub(division.first_granule())),
            live_at_first_failure: totals.live_at_first_failure,
            waste: InternalWaste::of(tally, tier.used, tier.requested),
            guard_hits_total: self.guard_hits_total(),
            free_range_count: u64::from(space.free_ranges()),
            allocation_count: u64::from(tally.allocations) + tier.live,
            node_count: u64::from(division.node_count),
            vacant_node_count: u64::from(space.table.vacant_count()),
            allocations_total: u64::from(tally.allocations) + totals.frees + totals.dropped + tier.allocations,
            frees_total: totals.frees + tier.frees,
            dropped_total: totals.dropped + tier.dropped,
            allocation_failures_total: refusals.allocations(),
            free_failures_total: refusals.frees(),
            contended_total: 0,
            refusals,
            steps_total: totals.steps + space.steps(),
            free_squares: tally.free_squares_in_bytes(),
        }
    }

    /// Free bytes by the size of the free ranges they are in. O(classes).
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let free: Bytes = arena.free_profile().classes().map(|(_, free)| free).sum();
    /// assert_eq!(free, arena.statistics().free);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_profile(&self) -> FreeProfile {
        FreeProfile::of(&self.space.tally)
    }

    /// Every range of the payload, free and used, in address order: they tile it.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let ranges: Bytes = arena.walk().map(|range| range.size).sum();
    /// assert_eq!(ranges, arena.sections().payload.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn walk(&self) -> Walk<'_> {
        Walk::new(&self.space, self.tier())
    }

    /// A live allocation's range; `None` for a handle that is not good. O(1).
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// assert_eq!(arena.get(taken.id).map(|range| range.offset), Some(taken.offset));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self, id: AllocationId) -> Option<Range> {
        match self.resolve(id).ok()? {
            Named::Node(node) => range(&self.space, node),
            Named::Record(name) => record_range(&self.space, self.tier()?, name),
        }
    }

    /// The bytes of an allocation: as many as were asked for. O(1).
    ///
    /// # Errors
    /// [`FreeError`] for a handle that is not good; not counted as a failed free.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// assert_eq!(arena.payload(taken.id)?.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload(&self, id: AllocationId) -> Result<&[u8], FreeError> {
        let (offset, size) = self.held(id)?;
        self.space.table.memory().payload(offset, size).ok_or(FreeError::Corrupted { offset })
    }

    /// As [`Self::payload`], to write to.
    ///
    /// # Errors
    /// As [`Self::payload`].
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// arena.payload_mut(taken.id)?.fill(7);
    /// assert_eq!(arena.payload(taken.id)?, [7; 100]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload_mut(&mut self, id: AllocationId) -> Result<&mut [u8], FreeError> {
        let (offset, size) = self.held(id)?;
        self.space.table.memory_mut().payload_mut(offset, size).ok_or(FreeError::Corrupted { offset })
    }

    pub(crate) fn held(&self, id: AllocationId) -> Result<(Bytes, Bytes), FreeError> {
        match self.resolve(id)? {
            Named::Node(node) => {
                let node = &self.space.table[node];
                Ok((payload_offset(node), Bytes::from(node.requested())))
            }
            Named::Record(name) => {
                let tier = self.tier.as_ref().ok_or(FreeError::Unknown { id: id.to_bits() })?;
                Ok(tier.memory.record(name).bytes())
            }
        }
    }

    /// Where header, node table and payload lie.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let payload = arena.sections().payload;
    /// assert_eq!(payload.offset.checked_add(payload.size), Some(Bytes::kib(256)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sections(&self) -> Sections {
        let Division { capacity, payload, .. } = *self.space.table.division();
        let extent = |from, to| Extent { offset: Bytes::new(from), size: Bytes::new(to - from) };
        Sections {
            base: self.space.table.memory().address(),
            header: extent(0, Division::TABLE),
            nodes: extent(Division::TABLE, payload),
            payload: extent(payload, capacity),
        }
    }
}
