//! Bins that join late: lists by size with three bits, and in front of them, for
//! each size, a stack of what was freed and not yet joined with its neighbours.
//!
//! Programs ask for few sizes, again and again: most requests are served from a
//! stack, which touches one node and no neighbour. What the stacks hold is free
//! memory like any other; it is joined when a request finds no room or no node
//! otherwise, or when a sixteenth of the payload waits, so that a request is refused
//! only if no range holds it. The fast bins of Lea's malloc do the same.

use super::index::{Fit, Policy};
use super::lists::Lists;
use crate::error::Violation;
use crate::layout::{NodeIndex, to_bytes};
use crate::nodes::table::Table;

const PREVIOUS: usize = 0;
const NEXT: usize = 1;
const WAITS: usize = 3;

/// Ranges above this, in granules (512 KiB), join at once.
const LARGEST: u32 = 1 << 15;

/// As many stacks as sizes up to [`LARGEST`] have classes of five bits; up to 63
/// granules each size has its own.
const STACKS: usize = 512;

/// So much of the payload may wait to be joined.
const WAITING_PART: u32 = 16;

/// The index of the policy `bins`.
#[derive(Debug)]
pub(crate) struct Bins {
    lists: Lists<3>,
    stacks: [Option<NodeIndex>; STACKS],
    /// Granules in the stacks.
    waiting: u32,
    /// No stack from this one on holds anything.
    stacks_end: u32,
}

impl Default for Bins {
    fn default() -> Self {
        Self { lists: Lists::default(), stacks: [None; STACKS], waiting: 0, stacks_end: 0 }
    }
}

impl Policy for Bins {
    const JOINS_LATE: bool = true;

    /// O(1) at an alignment of the granule, as [`Lists::find`].
    #[inline]
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        self.lists.find(table, fit)
    }

    #[inline]
    fn take_waiting(&mut self, table: &mut Table, fit: Fit) -> Option<NodeIndex> {
        let stack = stack_of(fit.size);
        let node = self.stacks[stack]?;
        let entry = &table[node];
        if entry.size != fit.size || fit.pad(entry.start) != 0 {
            return None;
        }
        self.stacks[stack] = entry.link(NEXT);
        self.waiting -= fit.size;
        Some(node)
    }

    #[inline]
    fn keep_waiting(&mut self, table: &mut Table, node: NodeIndex) -> bool {
        let size = table[node].size;
        if size > LARGEST {
            return false;
        }
        let stack = stack_of(size);
        table[node].set_words(None, self.stacks[stack], 0, WAITING);
        self.stacks[stack] = Some(node);
        self.stacks_end = self.stacks_end.max(stack as u32 + 1);
        self.waiting += size;
        true
    }

    #[inline]
    fn waits_too_long(&self, table: &Table) -> bool {
        self.waiting > table.payload_granules() / WAITING_PART
    }

    fn end_waiting(&mut self, table: &mut Table) -> Option<NodeIndex> {
        while self.stacks_end > 0 {
            let stack = self.stacks_end as usize - 1;
            if let Some(node) = self.stacks[stack] {
                self.stacks[stack] = table[node].link(NEXT);
                self.waiting -= table[node].size;
                return Some(node);
            }
            self.stacks_end -= 1;
        }
        None
    }

    /// True where neither waits in a stack.
    fn may_join(&self, table: &Table, _node: NodeIndex, neighbour: NodeIndex) -> bool {
        table[neighbour].word(WAITS) != WAITING
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        self.lists.insert(table, node);
    }

    #[inline]
    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        self.lists.remove(table, node);
    }

    #[inline]
    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        self.lists.resize(table, node);
    }

    /// O(ranges of the highest class and the highest stack).
    fn largest(&self, table: &Table) -> u32 {
        let top = (0..self.stacks_end as usize).rev().find(|&stack| self.stacks[stack].is_some());
        let sizes = top.into_iter().flat_map(|stack| self.stack(table, stack)).map(|node| table[node].size);
        sizes.max().unwrap_or(0).max(self.lists.largest(table))
    }

    fn steps(&self) -> u64 {
        self.lists.steps()
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        let (mut count, mut waiting) = (0, 0);
        // A stack behind the end is not counted, so that the sum is too small.
        for stack in 0..self.stacks_end as usize {
            for node in self.stack(table, stack) {
                count += 1;
                waiting += self.audit_waiting(table, stack, node)?;
                if count > free_ranges {
                    return Err(Violation::IndexCount { indexed: count, free_ranges });
                }
            }
        }
        if waiting != self.waiting {
            return Err(Violation::Figure { name: "waiting", kept: self.waiting.into(), counted: waiting.into() });
        }
        match self.lists.audit(table, free_ranges - count) {
            Err(Violation::IndexCount { indexed, .. }) => {
                Err(Violation::IndexCount { indexed: indexed + count, free_ranges })
            }
            other => other,
        }
    }
}

impl Bins {
    fn stack<'a>(&self, table: &'a Table, stack: usize) -> impl Iterator<Item = NodeIndex> + use<'a> {
        core::iter::successors(self.stacks[stack], |&node| table.get(node)?.link(NEXT))
    }

    /// Checks one range of a stack; gives its granules.
    fn audit_waiting(&self, table: &Table, stack: usize, node: NodeIndex) -> Result<u32, Violation> {
        let entry = table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
        let placed = entry.size <= LARGEST && stack_of(entry.size) == stack;
        if placed && entry.link(PREVIOUS).is_none() && entry.word(WAITS) == WAITING {
            return Ok(entry.size);
        }
        Err(Violation::IndexShape { offset: to_bytes(entry.start) })
    }
}

/// In the last word of a free range: it waits in a stack.
const WAITING: u32 = 1;

/// Where ranges of that size wait.
#[inline]
fn stack_of(size: u32) -> usize {
    Lists::<5>::class(size) as usize % STACKS
}
