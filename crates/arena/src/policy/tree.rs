//! A balanced search tree of free ranges: a treap, with its links in the nodes.
//!
//! Priorities are a hash of the slot: no random source, the same run gives the same
//! tree. Aragon and Seidel, "Randomized search trees", Algorithmica 16 (1996). What
//! it is ordered by, and what each node knows of its subtree, is the [`Order`]'s.

use crate::error::Violation;
use crate::layout::{NodeIndex, to_bytes};
use crate::nodes::table::Table;
use core::marker::PhantomData;

pub(super) const LEFT: usize = 0;
pub(super) const RIGHT: usize = 1;
const UP: usize = 2;
const REACH: usize = 3;

/// What a tree is ordered by.
pub(super) trait Order: core::fmt::Debug + Default {
    /// True where each node keeps the largest size of its subtree: [`reach`].
    const REACHES: bool;

    /// What sorts the nodes; no two have the same.
    fn key(table: &Table, node: NodeIndex) -> (u32, u32);
}

/// By address, with reach.
#[derive(Debug, Default)]
pub(super) struct ByAddress;

impl Order for ByAddress {
    const REACHES: bool = true;

    fn key(table: &Table, node: NodeIndex) -> (u32, u32) {
        (table[node].start, 0)
    }
}

/// The small ones first; those of one size from the low address to the high one.
#[derive(Debug, Default)]
pub(super) struct BySize;

impl Order for BySize {
    const REACHES: bool = false;

    fn key(table: &Table, node: NodeIndex) -> (u32, u32) {
        (table[node].size, table[node].start)
    }
}

/// The tree. All its operations are O(log n).
#[derive(Debug, Default)]
pub(super) struct Tree<O> {
    pub(super) root: Option<NodeIndex>,
    /// Nodes visited since the arena was made.
    pub(super) steps: u64,
    order: PhantomData<O>,
}

impl<O: Order> Tree<O> {
    pub(super) fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        let size = table[node].size;
        let place = self.parent_for(table, node);
        table[node].set_word(REACH, size);
        (0..REACH).for_each(|link| table[node].set_link(link, None));
        match place {
            Some((parent, side)) => attach(table, parent, side, Some(node)),
            None => self.root = Some(node),
        }
        while let Some(parent) = table[node].link(UP).filter(|&parent| priority(node) > priority(parent)) {
            self.rotate_up(table, node, parent);
        }
        self.refresh_from(table, table[node].link(UP));
    }

    pub(super) fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        while let Some(child) = higher_child(table, node) {
            self.rotate_up(table, child, node);
        }
        let parent = table[node].link(UP);
        self.replace(table, parent, node, None);
        self.refresh_from(table, parent);
    }

    /// The node has another size, but the same place in the order.
    pub(super) fn refresh_from(&mut self, table: &mut Table, from: Option<NodeIndex>) {
        let mut at = from.filter(|_| O::REACHES);
        while let Some(node) = at {
            self.steps += 1;
            if !refresh(table, node) {
                return;
            }
            at = table[node].link(UP);
        }
    }

    /// The first node whose key is at least `key`.
    pub(super) fn first_from(&mut self, table: &Table, key: (u32, u32)) -> Option<NodeIndex> {
        let (mut at, mut found) = (self.root, None);
        while let Some(node) = at {
            self.steps += 1;
            if O::key(table, node) >= key {
                found = at;
                at = table[node].link(LEFT);
            } else {
                at = table[node].link(RIGHT);
            }
        }
        found
    }

    /// The last node of the order.
    pub(super) fn last(&self, table: &Table) -> Option<NodeIndex> {
        core::iter::successors(self.root, |&node| table[node].link(RIGHT)).last()
    }

    /// The leaf position of a node that is not in the tree; `None` for the root.
    fn parent_for(&mut self, table: &Table, node: NodeIndex) -> Option<(NodeIndex, usize)> {
        let key = O::key(table, node);
        let mut parent = self.root?;
        loop {
            self.steps += 1;
            let side = if key < O::key(table, parent) { LEFT } else { RIGHT };
            match table[parent].link(side) {
                Some(child) => parent = child,
                None => return Some((parent, side)),
            }
        }
    }

    /// Lifts `node` above its parent; the order stays.
    fn rotate_up(&mut self, table: &mut Table, node: NodeIndex, parent: NodeIndex) {
        let side = if table[parent].link(LEFT) == Some(node) { LEFT } else { RIGHT };
        let other = LEFT + RIGHT - side;
        let grandparent = table[parent].link(UP);
        let inner = table[node].link(other);
        attach(table, parent, side, inner);
        attach(table, node, other, Some(parent));
        self.replace(table, grandparent, parent, Some(node));
        if O::REACHES {
            refresh(table, parent);
            refresh(table, node);
        }
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

    /// Checks shape and order, and that the tree holds `free_ranges`. O(n).
    pub(super) fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        let mut audit = Audit::<O> { table, last: None, seen: 0, limit: free_ranges, order: PhantomData };
        audit.subtree(self.root, None)?;
        if audit.seen == free_ranges { Ok(()) } else { Err(Violation::IndexCount { indexed: audit.seen, free_ranges }) }
    }
}

/// The node that follows in the order.
pub(super) fn next(table: &Table, node: NodeIndex) -> Option<NodeIndex> {
    neighbour(table, node, RIGHT)
}

/// The node in front in the order.
pub(super) fn previous(table: &Table, node: NodeIndex) -> Option<NodeIndex> {
    neighbour(table, node, LEFT)
}

fn neighbour(table: &Table, node: NodeIndex, side: usize) -> Option<NodeIndex> {
    let other = LEFT + RIGHT - side;
    if let Some(child) = table[node].link(side) {
        return core::iter::successors(Some(child), |&child| table[child].link(other)).last();
    }
    let mut at = node;
    loop {
        let parent = table[at].link(UP)?;
        if table[parent].link(other) == Some(at) {
            return Some(parent);
        }
        at = parent;
    }
}

fn attach(table: &mut Table, parent: NodeIndex, side: usize, child: Option<NodeIndex>) {
    table[parent].set_link(side, child);
    if let Some(child) = child {
        table[child].set_link(UP, Some(parent));
    }
}

/// The largest size in a subtree, of a tree that keeps it.
pub(super) fn reach(table: &Table, tree: Option<NodeIndex>) -> u32 {
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
struct Audit<'a, O> {
    table: &'a Table,
    last: Option<(u32, u32)>,
    seen: u64,
    limit: u64,
    order: PhantomData<O>,
}

impl<O: Order> Audit<'_, O> {
    fn subtree(&mut self, tree: Option<NodeIndex>, parent: Option<NodeIndex>) -> Result<(), Violation> {
        let Some(node) = tree else { return Ok(()) };
        let entry = self.table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
        let offset = to_bytes(entry.start);
        self.seen += 1;
        if self.seen > self.limit {
            return Err(Violation::IndexCount { indexed: self.seen, free_ranges: self.limit });
        }
        let heap = parent.is_none_or(|parent| priority(parent) > priority(node));
        let reached = !O::REACHES || entry.word(REACH) == true_reach(self.table, node);
        if entry.link(UP) != parent || !heap || !reached {
            return Err(Violation::IndexShape { offset });
        }
        self.subtree(entry.link(LEFT), Some(node))?;
        let key = O::key(self.table, node);
        if self.last.replace(key).is_some_and(|last| last >= key) {
            return Err(Violation::IndexOrder { offset });
        }
        self.subtree(entry.link(RIGHT), Some(node))
    }
}
