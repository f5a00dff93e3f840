//! The arena checks itself: everything that must hold, recomputed from the nodes.

use super::allocator::Arena;
use super::guards::overhead_of;
use super::layout::{GRANULE_BYTES, MAGIC, VERSION, to_bytes};
use super::node::{NodeIndex, NodeState};
use super::policy::{Policy as _, each};
use super::space::Space;
use super::span::audit::{TierCount, audit_lent, audit_tier};
use super::statistics::Tally;
use crate::units::Bytes;
use core::error::Error;
use core::fmt;

/// What does not hold.
///
/// ```
/// # use arenascope::{arena::Violation, units::Bytes};
/// let found = Violation::FreeNeighbours { offset: Bytes::new(96) };
/// assert_eq!(found.to_string(), "two free ranges meet at 96");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The header is not that of this arena.
    Header,
    /// A range's state, holder, size or alignment cannot be.
    Range {
        /// Where the range starts.
        offset: Bytes,
    },
    /// A range does not start where the one in front ends, or their links differ.
    Link {
        /// Where the range starts.
        offset: Bytes,
        /// Where the one in front ends.
        expected: Bytes,
    },
    /// Two free neighbours that should be one.
    FreeNeighbours {
        /// Where the second one starts.
        offset: Bytes,
    },
    /// The ranges do not end where the payload ends.
    End {
        /// Where the last range ends.
        end: Bytes,
        /// The region's size.
        capacity: Bytes,
    },
    /// Slots that are neither in the chain nor vacant, or are both.
    Slots {
        /// Ranges in the chain.
        chained: u32,
        /// Slots in the chain of vacant ones.
        vacant: u32,
        /// Slots that have been handed out.
        touched: u32,
    },
    /// The index holds another number of ranges than are free.
    IndexCount {
        /// In the index.
        indexed: u64,
        /// In the chain.
        free_ranges: u64,
    },
    /// The index holds something that is no free range, or ends wrongly.
    IndexNotFree,
    /// The index is out of order.
    IndexOrder {
        /// At this range.
        offset: Bytes,
    },
    /// Links or sums inside the index disagree.
    IndexShape {
        /// At this range.
        offset: Bytes,
    },
    /// A kept figure differs from the recount.
    Figure {
        /// Which.
        name: &'static str,
        /// As kept.
        kept: u128,
        /// As counted.
        counted: u128,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => write!(f, "the header is not of this arena"),
            Self::Range { offset } => write!(f, "the range at {} cannot be", offset.get()),
            Self::Link { offset, expected } => {
                write!(f, "a range at {} where {} was due, or with other links", offset.get(), expected.get())
            }
            Self::FreeNeighbours { offset } => write!(f, "two free ranges meet at {}", offset.get()),
            Self::End { end, capacity } => write!(f, "the ranges end at {} of {}", end.get(), capacity.get()),
            Self::Slots { chained, vacant, touched } => {
                write!(f, "{chained} ranges and {vacant} vacant slots, of {touched} handed out")
            }
            Self::IndexCount { indexed, free_ranges } => write!(f, "{indexed} of {free_ranges} free ranges indexed"),
            Self::IndexNotFree => write!(f, "the index holds what is not free"),
            Self::IndexOrder { offset } => write!(f, "the index is out of order at {}", offset.get()),
            Self::IndexShape { offset } => write!(f, "the index is damaged at {}", offset.get()),
            Self::Figure { name, kept, counted } => write!(f, "{name} is kept as {kept}, counted as {counted}"),
        }
    }
}

impl Error for Violation {}

impl Arena {
    /// Checks that the ranges tile the payload, that links, index and slots agree,
    /// that nothing is lost, and recounts every figure. O(n); for tests, and
    /// after damage is suspected. Never panics, never loops.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&request)?;
    /// assert_eq!(arena.audit(), Ok(()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audit(&self) -> Result<(), Violation> {
        let space = self.space();
        audit_header(space)?;
        let count = audit_chain(space)?;
        audit_slots(space, count.ranges)?;
        each!(&space.policy, policy => policy.audit(&space.table, u64::from(count.free_ranges)))?;
        audit_tally(&space.tally, &count.tally)?;
        space.tier.as_deref().map_or(Ok(()), |tier| audit_tier(tier, &count.tier))?;
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

fn audit_chain(space: &Space) -> Result<Count, Violation> {
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
        audit_range(space, node, &mut count)?;
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
fn audit_range(space: &Space, node: NodeIndex, count: &mut Count) -> Result<(), Violation> {
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
            let tier = space.tier.as_deref().ok_or(wrong)?;
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

pub(super) fn figure(name: &'static str, kept: impl Into<u128>, counted: impl Into<u128>) -> Result<(), Violation> {
    let (kept, counted) = (kept.into(), counted.into());
    if kept == counted { Ok(()) } else { Err(Violation::Figure { name, kept, counted }) }
}
