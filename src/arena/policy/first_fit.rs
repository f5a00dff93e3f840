//! Address-ordered first fit in O(log n): a treap of the free ranges, ordered by
//! address, in which each node knows the largest range of its subtree (`reach`).
//!
//! The search goes left wherever something large enough lies there, so it finds
//! the lowest address. Priorities are a hash of the slot: no random source, the
//! same run gives the same tree. Aragon and Seidel, "Randomized search trees",
//! Algorithmica 16 (1996); the augmentation is that of an interval tree.

use super::super::audit::Violation;
use super::super::layout::to_bytes;
use super::super::node::NodeIndex;
use super::super::table::Table;
use super::{Fit, Policy};

const LEFT: usize = 0;
const RIGHT: usize = 1;
const UP: usize = 2;
const REACH: usize = 3;

/// The index of the policy `first_fit`.
#[derive(Debug, Default)]
pub(in super::super) struct FirstFit {
    root: Option<NodeIndex>,
    steps: u64,
}

impl Policy for FirstFit {
    /// O(log n) at an alignment of the granule. At a larger one the search may
    /// turn back from ranges that are large enough but misaligned.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        self.search(table, self.root, fit)
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        let size = table[node].size;
        table[node].set_word(REACH, size);
        match self.parent_for(table, node) {
            Some((parent, side)) => attach(table, parent, side, Some(node)),
            None => self.root = Some(node),
        }
        while let Some(parent) = table[node].link(UP).filter(|&parent| priority(node) > priority(parent)) {
            self.rotate_up(table, node, parent);
        }
        self.refresh_from(table, table[node].link(UP));
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        while let Some(child) = higher_child(table, node) {
            self.rotate_up(table, child, node);
        }
        let parent = table[node].link(UP);
        self.replace(table, parent, node, None);
        self.refresh_from(table, parent);
    }

    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        self.refresh_from(table, Some(node));
    }

    /// O(1).
    fn largest(&self, table: &Table) -> u32 {
        reach(table, self.root)
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        let mut audit = Audit { table, last_start: None, seen: 0, limit: free_ranges };
        audit.subtree(self.root, None)?;
        if audit.seen == free_ranges { Ok(()) } else { Err(Violation::IndexCount { indexed: audit.seen, free_ranges }) }
    }
}

impl FirstFit {
    fn search(&mut self, table: &Table, tree: Option<NodeIndex>, fit: Fit) -> Option<NodeIndex> {
        let node = tree.filter(|&node| table[node].word(REACH) >= fit.size)?;
        self.steps += 1;
        if let Some(found) = self.search(table, table[node].link(LEFT), fit) {
            return Some(found);
        }
        if fit.fits(table[node].start, table[node].size) {
            return Some(node);
        }
        self.search(table, table[node].link(RIGHT), fit)
    }

    /// The leaf position of a node that is not in the tree; `None` for the root.
    fn parent_for(&mut self, table: &Table, node: NodeIndex) -> Option<(NodeIndex, usize)> {
        let start = table[node].start;
        let mut parent = self.root?;
        loop {
            self.steps += 1;
            let side = if start < table[parent].start { LEFT } else { RIGHT };
            match table[parent].link(side) {
                Some(child) => parent = child,
                None => return Some((parent, side)),
            }
        }
    }

    /// Lifts `node` above its parent; the address order stays.
    fn rotate_up(&mut self, table: &mut Table, node: NodeIndex, parent: NodeIndex) {
        let side = if table[parent].link(LEFT) == Some(node) { LEFT } else { RIGHT };
        let other = LEFT + RIGHT - side;
        let grandparent = table[parent].link(UP);
        let inner = table[node].link(other);
        attach(table, parent, side, inner);
        attach(table, node, other, Some(parent));
        self.replace(table, grandparent, parent, Some(node));
        refresh(table, parent);
        refresh(table, node);
        self.steps += 1;
    }

    /// Puts `new` where `old` hangs below `parent`.
    fn replace(&mut self, table: &mut Table, parent: Option<NodeIndex>, old: NodeIndex, new: Option<NodeIndex>) {
        match parent {
            Some(parent) => {
                let side = if table[parent].link(LEFT) == Some(old) { LEFT } else { RIGHT };
                attach(table, parent, side, new);
            }
            None => {
                self.root = new;
                if let Some(new) = new {
                    table[new].set_link(UP, None);
                }
            }
        }
    }

    /// Sets the reach right from `from` upwards, as far as it changes.
    fn refresh_from(&mut self, table: &mut Table, from: Option<NodeIndex>) {
        let mut at = from;
        while let Some(node) = at {
            self.steps += 1;
            if !refresh(table, node) {
                return;
            }
            at = table[node].link(UP);
        }
    }
}

fn attach(table: &mut Table, parent: NodeIndex, side: usize, child: Option<NodeIndex>) {
    table[parent].set_link(side, child);
    if let Some(child) = child {
        table[child].set_link(UP, Some(parent));
    }
}

fn reach(table: &Table, tree: Option<NodeIndex>) -> u32 {
    tree.map_or(0, |node| table[node].word(REACH))
}

fn true_reach(table: &Table, node: NodeIndex) -> u32 {
    let below = reach(table, table[node].link(LEFT)).max(reach(table, table[node].link(RIGHT)));
    table[node].size.max(below)
}

/// Sets the reach of `node` from its children's; true where it changed.
fn refresh(table: &mut Table, node: NodeIndex) -> bool {
    let reach = true_reach(table, node);
    let changed = table[node].word(REACH) != reach;
    table[node].set_word(REACH, reach);
    changed
}

fn higher_child(table: &Table, node: NodeIndex) -> Option<NodeIndex> {
    match (table[node].link(LEFT), table[node].link(RIGHT)) {
        (Some(left), Some(right)) => Some(if priority(left) > priority(right) { left } else { right }),
        (left, right) => left.or(right),
    }
}

/// The finaliser of MurmurHash3: a bijection, so no two slots have one priority.
fn priority(node: NodeIndex) -> u32 {
    let mut hash = node.slot().wrapping_add(0x9e37_79b9);
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// A walk in order that checks as it goes.
struct Audit<'a> {
    table: &'a Table,
    last_start: Option<u32>,
    seen: u64,
    limit: u64,
}

impl Audit<'_> {
    fn subtree(&mut self, tree: Option<NodeIndex>, parent: Option<NodeIndex>) -> Result<(), Violation> {
        let Some(node) = tree else { return Ok(()) };
        let entry = self.table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
        let offset = to_bytes(entry.start);
        self.seen += 1;
        if self.seen > self.limit {
            return Err(Violation::IndexCount { indexed: self.seen, free_ranges: self.limit });
        }
        let heap = parent.is_none_or(|parent| priority(parent) > priority(node));
        if entry.link(UP) != parent || !heap || entry.word(REACH) != true_reach(self.table, node) {
            return Err(Violation::IndexShape { offset });
        }
        self.subtree(entry.link(LEFT), Some(node))?;
        if self.last_start.replace(entry.start).is_some_and(|last| last >= entry.start) {
            return Err(Violation::IndexOrder { offset });
        }
        self.subtree(entry.link(RIGHT), Some(node))
    }
}
