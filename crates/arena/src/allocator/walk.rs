//! The ranges of the payload in address order.

use crate::layout::{NodeIndex, to_bytes};
use crate::nodes::node::Holding;
use crate::request::{AllocationId, Range, RangeState};
use crate::split_coalesce::space::Space;
use crate::thread_cache::cache::PAGE_GRANULES;
use crate::thread_cache::name::Name;
use crate::thread_cache::pages::RECORDS;
use crate::thread_cache::tier::Tier;
use arenascope_units::Bytes;

/// Yields every range of an arena's payload, those that threads have cut from their
/// pages included; what a thread keeps is one range from one live allocation to the
/// next. O(1) a step, but for the vacant records that it passes over.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// arena.allocate(&request)?;
/// let mut walk: Walk<'_> = arena.walk();
/// assert!(matches!(walk.next().map(|range| range.state), Some(RangeState::Used { .. })));
/// assert!(matches!(walk.next().map(|range| range.state), Some(RangeState::Free)));
/// assert!(walk.next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    space: &'a Space,
    tier: Option<&'a Tier>,
    next: Option<NodeIndex>,
    /// Steps left: a damaged chain ends, it does not go round.
    left: u32,
    /// The page in progress.
    page: Option<PageWalk>,
}

/// A page in progress: its slots lie in the order in which their records were begun,
/// from the highest name down.
#[derive(Clone, Copy, Debug)]
struct PageWalk {
    /// The granule that comes next.
    at: u32,
    end: u32,
    /// One above the record that comes next.
    name: Name,
    lowest: Name,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(space: &'a Space, tier: Option<&'a Tier>) -> Self {
        let table = &space.table;
        Self { space, tier, next: table.first(), left: table.header().node_count, page: None }
    }

    fn next_in_page(&mut self) -> Option<Range> {
        let tier = self.tier?;
        let page = self.page.as_mut()?;
        while page.name > page.lowest {
            let name = page.name - 1;
            let record = tier.memory.record(name);
            let start = record.start();
            if record.node().is_some() || record.size() == 0 || !record.is_live() {
                page.name = name;
                continue;
            }
            if start > page.at {
                let cached = cached(page.at, start - page.at);
                page.at = start;
                return Some(cached);
            }
            (page.name, page.at) = (name, start + record.size());
            return record_range(self.space, tier, name);
        }
        let rest = cached(page.at, page.end - page.at);
        self.page = None;
        Some(rest)
    }
}

impl Iterator for Walk<'_> {
    type Item = Range;

    fn next(&mut self) -> Option<Range> {
        if self.page.is_some() {
            return self.next_in_page();
        }
        let node = self.next.filter(|_| self.left > 0)?;
        self.left -= 1;
        let entry = self.space.table.get(node)?;
        self.next = entry.after;
        if !entry.is_lent() {
            return range(self.space, node);
        }
        let tier = self.tier?;
        match entry.lent_name() {
            0 => {
                let page = entry.start / PAGE_GRANULES;
                let lowest = page * RECORDS + tier.pages.lowest(page);
                let end = entry.start + entry.size;
                self.page = Some(PageWalk { at: entry.start, end, name: (page + 1) * RECORDS, lowest });
                self.next_in_page()
            }
            name if tier.memory.record(name).is_live() => record_range(self.space, tier, name),
            _ => Some(cached(entry.start, entry.size)),
        }
    }
}

fn cached(start: u32, size: u32) -> Range {
    Range { offset: to_bytes(start), size: to_bytes(size), state: RangeState::Cached }
}

/// The range of a live record; `None` where it is vacant or damaged.
pub(crate) fn record_range(space: &Space, tier: &Tier, name: Name) -> Option<Range> {
    let record = tier.memory.record(name);
    let id = AllocationId::of_record(name, record.ticket().word(), space.stamp());
    let state = used(id, record.holding()?)?;
    Some(Range { offset: to_bytes(record.start()), size: to_bytes(record.size()), state })
}

fn used(id: AllocationId, holding: Holding) -> Option<RangeState> {
    let Holding { requested, align_log2, owner, born } = holding;
    let align = Bytes::new(1_u64.checked_shl(u32::from(align_log2))?);
    Some(RangeState::Used { id, requested: Bytes::from(requested), align, owner, born })
}

/// The range of a node; `None` where it is vacant or damaged.
pub(crate) fn range(space: &Space, node: NodeIndex) -> Option<Range> {
    let entry = space.table.get(node)?;
    let state = if entry.is_free() {
        RangeState::Free
    } else if entry.is_quarantined() {
        RangeState::Quarantined { id: space.id_of(node), owner: entry.holding()?.owner }
    } else {
        used(space.id_of(node), entry.holding()?)?
    };
    Some(Range { offset: to_bytes(entry.start), size: to_bytes(entry.size), state })
}
