//! The policies that look at free ranges in the order of their addresses: first fit
//! and next fit, in O(log n).
//!
//! Each node of the tree knows the largest range of its subtree, so that the search
//! passes over whole subtrees in which nothing is large enough, and goes left
//! wherever something is. That is the augmentation of an interval tree.

use super::index::{Fit, Policy};
use super::tree::{ByAddress, LEFT, RIGHT, Tree, reach};
use crate::error::Violation;
use crate::layout::NodeIndex;
use crate::nodes::table::Table;

/// The index of the policies `first_fit`, and with `ROVES` of `next_fit`.
#[derive(Debug, Default)]
pub(crate) struct AddressFit<const ROVES: bool> {
    tree: Tree<ByAddress>,
    /// Where the last allocation ended, in granules; stays 0 for first fit.
    rover: u32,
}

impl<const ROVES: bool> Policy for AddressFit<ROVES> {
    /// O(log n) at an alignment of the granule. At a larger one the search may
    /// turn back from ranges that are large enough but misaligned.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        let root = self.tree.root;
        let ahead = self.search(table, root, fit, self.rover);
        if ROVES { ahead.or_else(|| self.search(table, root, fit, 0)) } else { ahead }
    }

    fn placed(&mut self, end: u32) {
        if ROVES {
            self.rover = end;
        }
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        self.tree.insert(table, node);
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        self.tree.remove(table, node);
    }

    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        self.tree.refresh_from(table, Some(node));
    }

    /// O(1).
    fn largest(&self, table: &Table) -> u32 {
        reach(table, self.tree.root)
    }

    fn steps(&self) -> u64 {
        self.tree.steps
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        self.tree.audit(table, free_ranges)
    }
}

impl<const ROVES: bool> AddressFit<ROVES> {
    /// The first range that ends behind `from` and holds `fit`.
    fn search(&mut self, table: &Table, tree: Option<NodeIndex>, fit: Fit, from: u32) -> Option<NodeIndex> {
        let node = tree.filter(|&node| reach(table, Some(node)) >= fit.size)?;
        self.tree.steps += 1;
        let entry = &table[node];
        if !ROVES || entry.end() > u64::from(from) {
            if let Some(found) = self.search(table, entry.link(LEFT), fit, from) {
                return Some(found);
            }
            if fit.fits(entry.start, entry.size) {
                return Some(node);
            }
        }
        self.search(table, entry.link(RIGHT), fit, from)
    }
}
