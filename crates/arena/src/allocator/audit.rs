//! The arena checks itself: everything that must hold, recomputed from the nodes.

use crate::allocator::Arena;
use crate::error::{Violation, figure};
use crate::guards::overhead_of;
use crate::layout::{GRANULE_BYTES, NodeIndex, to_bytes};
use crate::nodes::division::{MAGIC, VERSION};
use crate::nodes::node::NodeState;
use crate::nodes::tally::Tally;
use crate::policy::each;
use crate::policy::index::Policy as _;
use crate::split_coalesce::space::Space;
use crate::thread_cache::audit::{TierCount, audit_lent, audit_tier};
use crate::thread_cache::tier::Tier;
use arenascope_units::Bytes;

impl Arena {
    /// Checks that the ranges tile the payload, that links, index and slots agree,
    /// that nothing is lost, and recounts every figure. O(n); for tests, and
    /// after damage is suspected. Never panics, never loops.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// arena.allocate(&request)?;
    /// assert_eq!(arena.audit(), Ok(()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audit(&self) -> Result<(), Violation> {
        let space = self.space();
        audit_header(space)?;
        let count = audit_chain(space, self.tier())?;
        audit_slots(space, count.ranges)?;
        each!(&space.policy, policy => policy.audit(&space.table, u64::from(count.free_ranges)))?;
        audit_tally(&space.tally, &count.tally)?;
        self.tier().map_or(Ok(()), |tier| audit_tier(tier, &count.tier))?;
        audit_figures(self, &count)
    }
}

/// What a walk of the chain counts.
#[derive(Default)]
struct Count {
    ranges: u32,
    tally: Tally,
    free: u64,
    free_ranges: u32,
    largest_free: Bytes,
    tier: TierCount,
}

fn audit_header(space: &Space) -> Result<(), Violation> {
    let (header, division) = (space.table.header(), space.table.division());
    let named = header.magic == MAGIC && header.version == VERSION;
    let sized = header.capacity == division.capacity && header.node_count == division.node_count;
    if named && sized && header.touched <= header.node_count { Ok(()) } else { Err(Violation::Header) }
}

fn audit_chain(space: &Space, tier: Option<&Tier>) -> Result<Count, Violation> {
    let division = space.table.division();
    let mut count = Count::default();
    let (mut before, mut at) = (None, space.table.first());
    let mut end = u64::from(division.first_granule());
    while let Some(node) = at {
        let expected = Bytes::new(end * u64::from(GRANULE_BYTES));
        let entry = space.table.get(node).ok_or(Violation::Link { offset: expected, expected })?;
        let offset = to_bytes(entry.start);
        if u64::from(entry.start) != end || entry.before != before || count.ranges >= division.node_count {
            return Err(Violation::Link { offset, expected });
        }
        audit_neighbours(space, before, node)?;
        audit_range(space, tier, node, &mut count)?;
        end = entry.end();
        (before, at) = (Some(node), entry.after);
    }
    if end == u64::from(division.end_granule()) {
        return Ok(count);
    }
    let end = Bytes::new(end * u64::from(GRANULE_BYTES));
    Err(Violation::End { end, capacity: Bytes::new(division.capacity) })
}

fn audit_neighbours(space: &Space, before: Option<NodeIndex>, node: NodeIndex) -> Result<(), Violation> {
    let table = &space.table;
    let join = |front: NodeIndex| {
        let free = table[front].is_free() && table[node].is_free();
        let may = |one, other| each!(&space.policy, policy => policy.may_join(table, one, other));
        free && may(front, node) && may(node, front)
    };
    if before.is_some_and(join) {
        return Err(Violation::FreeNeighbours { offset: to_bytes(table[node].start) });
    }
    Ok(())
}

/// Checks one range by itself and adds it to the count.
fn audit_range(space: &Space, tier: Option<&Tier>, node: NodeIndex, count: &mut Count) -> Result<(), Violation> {
    let entry = &space.table[node];
    let (offset, size) = (to_bytes(entry.start), to_bytes(entry.size));
    let wrong = Violation::Range { offset };
    count.ranges += 1;
    match entry.state() {
        Some(NodeState::Free) if !size.is_zero() => {
            count.tally.add_free(entry.size);
            count.free += size.get();
            count.free_ranges += 1;
            count.largest_free = count.largest_free.max(size);
            Ok(())
        }
        Some(NodeState::Used) => {
            let holding = entry.holding().ok_or(wrong)?;
            let requested = Bytes::from(holding.requested);
            let overhead = if entry.is_guarded() { overhead_of(entry.align()) } else { 0 };
            count.tally.add_used(entry.size, holding.requested);
            count.tally.guards = count.tally.guards.wrapping_add(overhead / GRANULE_BYTES);
            let aligned = u64::from(offset.get().trailing_zeros()) >= u64::from(holding.align_log2);
            let fits = !requested.is_zero() && requested.get() + u64::from(overhead) <= size.get();
            if aligned && fits { Ok(()) } else { Err(wrong) }
        }
        Some(NodeState::Quarantined) if !size.is_zero() => {
            count.tally.add_quarantined(entry.size);
            Ok(())
        }
        Some(NodeState::Lent) => {
            count.tally.lent = count.tally.lent.wrapping_add(entry.size);
            count.tally.lent_ranges += 1;
            let tier = tier.ok_or(wrong)?;
            audit_lent(tier, entry, &mut count.tier).then_some(()).ok_or(wrong)
        }
        _ => Err(wrong),
    }
}

fn audit_slots(space: &Space, chained: u32) -> Result<(), Violation> {
    let header = space.table.header();
    let (mut vacant, mut at) = (0, header.vacant);
    while let Some(node) = at.filter(|_| vacant <= header.touched) {
        let entry = space.table.get(node).filter(|entry| entry.state() == Some(NodeState::Vacant));
        at = entry.ok_or(Violation::Slots { chained, vacant, touched: header.touched })?.after;
        vacant += 1;
    }
    if vacant == header.vacant_count && vacant.checked_add(chained) == Some(header.touched) {
        return Ok(());
    }
    Err(Violation::Slots { chained, vacant, touched: header.touched })
}

fn audit_tally(kept: &Tally, counted: &Tally) -> Result<(), Violation> {
    figure("used", kept.used, counted.used)?;
    figure("requested", kept.requested, counted.requested)?;
    figure("free squares", kept.free_squares, counted.free_squares)?;
    for (kept, counted) in kept.by_exponent.into_iter().zip(counted.by_exponent) {
        figure("free by size", kept, counted)?;
    }
    figure("lent", kept.lent, counted.lent)?;
    figure("lent ranges", kept.lent_ranges, counted.lent_ranges)?;
    figure("rounded", kept.rounded, counted.rounded)?;
    figure("guards", kept.guards, counted.guards)?;
    figure("quarantined", kept.quarantined, counted.quarantined)?;
    figure("quarantined ranges", kept.quarantined_ranges, counted.quarantined_ranges)?;
    figure("allocations", kept.allocations, counted.allocations)
}

fn audit_figures(arena: &Arena, count: &Count) -> Result<(), Violation> {
    let it = arena.statistics();
    let parts: Bytes = [it.used, it.free, it.cached, it.metadata].into_iter().sum();
    figure("capacity", it.capacity.get(), parts.get())?;
    figure("free", it.free.get(), count.free)?;
    figure("free ranges", it.free_range_count, count.free_ranges)?;
    figure("largest free", it.largest_free.get(), count.largest_free.get())?;
    let held = arena.guarding.as_ref().map_or(0, |state| state.held());
    figure("quarantine", held as u64, count.tally.quarantined_ranges)?;
    figure("waste", it.waste.total().get(), it.used.get().wrapping_sub(it.requested.get()))?;
    figure("peak", it.used_peak.get(), it.used_peak.get().max(it.used.get()))
}
