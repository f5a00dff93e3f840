//! The original design's algorithm, as a baseline: a bump pointer, and a list of
//! freed blocks that is searched first, in list order.
//!
//! Kept as it was: sizes rounded up to the alignment; a remainder of at most
//! 64 B stays in the block; a larger one goes to the list's end; each free sorts
//! the list; a freed block never goes back to the bump pointer. Closed: what the
//! original got wrong about memory (reused blocks ignore the alignment, frees are
//! believed, arithmetic wraps) and what it lost without trace (the pad in front
//! of an aligned bump is a block of the list now).

use super::index::{Fit, Policy};
use crate::error::Violation;
use crate::layout::{GRANULE_BYTES, NodeIndex, to_bytes};
use crate::nodes::table::Table;
use crate::nodes::tally::Tally;

const PREVIOUS: usize = 0;
const NEXT: usize = 1;

/// The largest remainder that stays in a reused block: 64 B.
const KEPT: u32 = 64 / GRANULE_BYTES;

/// The index of the policy `seed_compat`.
#[derive(Debug, Default)]
pub(crate) struct SeedCompat {
    /// What the bump pointer has not reached yet: always the last range.
    wilderness: Option<NodeIndex>,
    front: Option<NodeIndex>,
    back: Option<NodeIndex>,
    /// The first block that was pushed since the list was sorted.
    unsorted: Option<NodeIndex>,
    steps: u64,
}

impl Policy for SeedCompat {
    fn granules(&self, size: u32, align: u32) -> u32 {
        size.next_multiple_of(align.max(GRANULE_BYTES)) / GRANULE_BYTES
    }

    fn start(&mut self, _table: &mut Table, _tally: &mut Tally, node: NodeIndex) {
        self.wilderness = Some(node);
    }

    /// O(free ranges), as it was.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        let fits = |node: &NodeIndex| fit.fits(table[*node].start, table[*node].size);
        let mut visited = 0;
        let found = blocks(table, self.front).inspect(|_| visited += 1).find(fits);
        self.steps += visited;
        found.or(self.wilderness.filter(fits))
    }

    fn keeps(&self, node: NodeIndex, rest: u32) -> bool {
        self.wilderness != Some(node) && rest <= KEPT
    }

    fn may_join(&self, _table: &Table, _node: NodeIndex, neighbour: NodeIndex) -> bool {
        self.wilderness != Some(neighbour)
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        self.push(table, node);
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        if self.wilderness == Some(node) {
            self.wilderness = None;
        } else {
            self.unlink(table, node);
        }
    }

    fn resize(&mut self, _table: &mut Table, _node: NodeIndex) {}

    fn shrink(&mut self, table: &mut Table, node: NodeIndex) {
        if self.wilderness != Some(node) {
            self.unlink(table, node);
            self.push(table, node);
        }
    }

    fn settle(&mut self, table: &mut Table) {
        self.sort(table);
    }

    /// A size is rounded up to its alignment.
    fn largest_in(&self, _mark: u16, start: u32, size: u32, align: u32) -> u32 {
        let room = size.saturating_sub(Fit { size, align }.pad(start));
        room - room % align
    }

    /// O(free ranges): the original kept no statistics at all.
    fn largest(&self, table: &Table) -> u32 {
        blocks(table, self.front).chain(self.wilderness).map(|node| table[node].size).max().unwrap_or(0)
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        let listed = self.audit_list(table, free_ranges)?;
        if let Some(node) = self.wilderness {
            let entry = table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
            if entry.after.is_some() {
                return Err(Violation::IndexOrder { offset: to_bytes(entry.start) });
            }
        }
        let indexed = listed + u64::from(self.wilderness.is_some());
        if indexed == free_ranges { Ok(()) } else { Err(Violation::IndexCount { indexed, free_ranges }) }
    }
}

impl SeedCompat {
    fn push(&mut self, table: &mut Table, node: NodeIndex) {
        self.join(table, self.back, Some(node));
        self.join(table, Some(node), None);
        self.unsorted = self.unsorted.or(Some(node));
    }

    fn unlink(&mut self, table: &mut Table, node: NodeIndex) {
        let (previous, next) = (table[node].link(PREVIOUS), table[node].link(NEXT));
        if self.unsorted == Some(node) {
            self.unsorted = next;
        }
        self.join(table, previous, next);
    }

    /// Makes `next` follow `previous`; `None` stands for the list's end there.
    fn join(&mut self, table: &mut Table, previous: Option<NodeIndex>, next: Option<NodeIndex>) {
        match previous {
            Some(previous) => table[previous].set_link(NEXT, next),
            None => self.front = next,
        }
        match next {
            Some(next) => table[next].set_link(PREVIOUS, previous),
            None => self.back = previous,
        }
    }

    /// Moves each block pushed since the last sort to its place by address.
    fn sort(&mut self, table: &mut Table) {
        while let Some(node) = self.unsorted {
            let next = table[node].link(NEXT);
            self.unlink(table, node);
            let start = table[node].start;
            let mut visited = 0;
            let larger = sorted(table, self.front, next).inspect(|_| visited += 1).find(|&at| table[at].start > start);
            self.steps += visited;
            self.insert_before(table, node, larger.or(next));
            self.unsorted = next;
        }
    }

    /// Puts `node` in front of `next`, or at the list's end.
    fn insert_before(&mut self, table: &mut Table, node: NodeIndex, next: Option<NodeIndex>) {
        let previous = next.map_or(self.back, |next| table[next].link(PREVIOUS));
        self.join(table, previous, Some(node));
        self.join(table, Some(node), next);
    }

    /// The number of blocks in the list, each free, linked both ways, and in
    /// address order as far as the list is sorted.
    fn audit_list(&self, table: &Table, limit: u64) -> Result<u64, Violation> {
        let (mut listed, mut previous, mut at, mut is_sorted) = (0, None, self.front, true);
        while let Some(node) = at {
            let entry = table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
            let offset = to_bytes(entry.start);
            listed += 1;
            if listed > limit {
                return Err(Violation::IndexCount { indexed: listed, free_ranges: limit });
            }
            if entry.link(PREVIOUS) != previous || self.wilderness == at {
                return Err(Violation::IndexShape { offset });
            }
            is_sorted &= self.unsorted != at;
            if is_sorted && previous.is_some_and(|previous| table[previous].start >= entry.start) {
                return Err(Violation::IndexOrder { offset });
            }
            (previous, at) = (at, entry.link(NEXT));
        }
        if self.back == previous { Ok(listed) } else { Err(Violation::IndexNotFree) }
    }
}

/// The list from `front` on.
fn blocks(table: &Table, front: Option<NodeIndex>) -> impl Iterator<Item = NodeIndex> {
    core::iter::successors(front, |&node| table[node].link(NEXT))
}

/// The sorted part of the list: up to `end`.
fn sorted(table: &Table, front: Option<NodeIndex>, end: Option<NodeIndex>) -> impl Iterator<Item = NodeIndex> {
    blocks(table, front).take_while(move |&node| Some(node) != end)
}
