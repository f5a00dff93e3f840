//! The policies that look at free ranges in the order of their sizes: best fit takes
//! the smallest that holds the request, worst fit the largest, in O(log n). Of
//! several of one size, both take the one with the lowest address.

use super::index::{Fit, Policy};
use super::tree::{BySize, Tree, next};
use crate::error::Violation;
use crate::layout::NodeIndex;
use crate::nodes::table::Table;

/// The index of the policies `best_fit`, and with `WORST` of `worst_fit`.
#[derive(Debug, Default)]
pub(crate) struct SizeFit<const WORST: bool> {
    tree: Tree<BySize>,
}

impl<const WORST: bool> Policy for SizeFit<WORST> {
    /// O(log n) at an alignment of the granule. At a larger one the search goes on,
    /// size by size, past ranges that are large enough but misaligned.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        if WORST { self.find_worst(table, fit) } else { self.find_from(table, fit, fit.size) }
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        self.tree.insert(table, node);
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        self.tree.remove(table, node);
    }

    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        self.tree.remove(table, node);
        self.tree.insert(table, node);
    }

    /// O(log n).
    fn largest(&self, table: &Table) -> u32 {
        self.tree.last(table).map_or(0, |node| table[node].size)
    }

    fn steps(&self) -> u64 {
        self.tree.steps
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        self.tree.audit(table, free_ranges)
    }
}

impl<const WORST: bool> SizeFit<WORST> {
    /// The first range of at least `size` that holds `fit`.
    fn find_from(&mut self, table: &Table, fit: Fit, size: u32) -> Option<NodeIndex> {
        let mut at = self.tree.first_from(table, (size, 0));
        while let Some(node) = at.filter(|&node| !fit.fits(table[node].start, table[node].size)) {
            self.tree.steps += 1;
            at = next(table, node);
        }
        at
    }

    /// From the largest size down, the lowest address of each size first.
    fn find_worst(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        let mut size = self.largest(table);
        while size >= fit.size && size > 0 {
            let found = self.find_among(table, fit, size);
            if found.is_some() {
                return found;
            }
            size = self.size_below(table, size);
        }
        None
    }

    /// The first range of exactly `size` that holds `fit`.
    fn find_among(&mut self, table: &Table, fit: Fit, size: u32) -> Option<NodeIndex> {
        let mut at = self.tree.first_from(table, (size, 0));
        while let Some(node) = at.filter(|&node| table[node].size == size) {
            self.tree.steps += 1;
            if fit.fits(table[node].start, size) {
                return at;
            }
            at = next(table, node);
        }
        None
    }

    /// The next smaller size that a range has; 0 for none.
    fn size_below(&mut self, table: &Table, size: u32) -> u32 {
        let first = self.tree.first_from(table, (size, 0));
        first.and_then(|node| super::tree::previous(table, node)).map_or(0, |node| table[node].size)
    }
}
