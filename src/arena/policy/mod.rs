//! Placement policies: which free range serves a request.
//!
//! A policy indexes the free ranges of the node table and searches them; it
//! never makes, splits or joins ranges. That is the mechanism, which is the same
//! for all (`space.rs`) and tells the policy of every change. A policy's memory
//! is the four words of each free node and a fixed handful of fields.

mod first_fit;
mod seed_compat;

use self::first_fit::FirstFit;
use self::seed_compat::SeedCompat;
use super::audit::Violation;
use super::layout::GRANULE_BYTES;
use super::node::NodeIndex;
use super::table::Table;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Which policy an arena places by; chosen when it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// The lowest address that fits; free neighbours join at once. The default.
    #[default]
    FirstFit,
    /// The algorithm of the original design with its memory-safety holes closed:
    /// the baseline.
    SeedCompat,
}

impl PolicyKind {
    /// Every policy, in the order of menus.
    pub const ALL: [Self; 2] = [Self::FirstFit, Self::SeedCompat];

    /// The name in files and in the scripting interface: `first_fit`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::FirstFit => "first_fit",
            Self::SeedCompat => "seed_compat",
        }
    }

    /// The name for people: `First fit`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FirstFit => "First fit",
            Self::SeedCompat => "Original (seed)",
        }
    }

    /// One sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::FirstFit => "The lowest address that fits; free neighbours join at once.",
            Self::SeedCompat => {
                "The original bump and free-list algorithm, its memory-safety holes closed: the baseline."
            }
        }
    }

    /// The policy of that [`key`](Self::key).
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// What a search looks for, in granules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) size: u32,
    /// A power of two.
    pub(super) align: u32,
}

impl Fit {
    /// Granules between `start` and the first aligned one.
    pub(super) const fn pad(self, start: u32) -> u32 {
        start.next_multiple_of(self.align) - start
    }

    /// True where the range holds the size at the alignment.
    pub(super) const fn fits(self, start: u32, size: u32) -> bool {
        // In 64 bits: pad and size may exceed 32 together.
        size >= self.size && self.pad(start) as u64 + self.size as u64 <= size as u64
    }
}

/// An index over the free ranges. Implementations keep their links in the four
/// words of the free nodes.
pub(super) trait Policy {
    /// Granules to set aside for `size` bytes at alignment `align`. At most 1 GiB
    /// and 64 KiB go in, so what comes out fits.
    fn granules(&self, size: u64, _align: u64) -> u32 {
        size.div_ceil(u64::from(GRANULE_BYTES)) as u32
    }

    /// The whole payload has become the one free range `node`.
    fn start(&mut self, table: &mut Table, node: NodeIndex) {
        self.insert(table, node);
    }

    /// The range to cut `fit` from; it must fit.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex>;

    /// True where `rest` granules behind the allocation stay a part of it.
    fn keeps(&self, _node: NodeIndex, _rest: u32) -> bool {
        false
    }

    /// True where `node`, a free range, may join a free neighbour.
    fn may_join(&self, _node: NodeIndex) -> bool {
        true
    }

    /// `node` has become a free range.
    fn insert(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` is about to stop being a free range.
    fn remove(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` has another size or start, in the same place of the address order.
    fn resize(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` has become what an allocation left of it.
    fn shrink(&mut self, table: &mut Table, node: NodeIndex) {
        self.resize(table, node);
    }

    /// A free is complete.
    fn settle(&mut self, _table: &mut Table) {}

    /// Granules of the largest free range.
    fn largest(&self, table: &Table) -> u32;

    /// Nodes visited since the arena was made: the work done, free of clocks.
    fn steps(&self) -> u64;

    /// Checks the index against the table, which holds `free_ranges`. O(n).
    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation>;
}

/// The policy in use. An enum and not a `dyn`: the search is inlined.
#[derive(Debug)]
pub(super) enum Placement {
    FirstFit(FirstFit),
    SeedCompat(SeedCompat),
}

impl Placement {
    pub(super) fn new(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::FirstFit => Self::FirstFit(FirstFit::default()),
            PolicyKind::SeedCompat => Self::SeedCompat(SeedCompat::default()),
        }
    }

    pub(super) const fn kind(&self) -> PolicyKind {
        match self {
            Self::FirstFit(_) => PolicyKind::FirstFit,
            Self::SeedCompat(_) => PolicyKind::SeedCompat,
        }
    }
}

/// Hands a call on to the policy in use.
macro_rules! each {
    ($placement:expr, $policy:ident => $call:expr) => {
        match $placement {
            Placement::FirstFit($policy) => $call,
            Placement::SeedCompat($policy) => $call,
        }
    };
}

impl Policy for Placement {
    fn granules(&self, size: u64, align: u64) -> u32 {
        each!(self, policy => policy.granules(size, align))
    }

    fn start(&mut self, table: &mut Table, node: NodeIndex) {
        each!(self, policy => policy.start(table, node));
    }

    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        each!(self, policy => policy.find(table, fit))
    }

    fn keeps(&self, node: NodeIndex, rest: u32) -> bool {
        each!(self, policy => policy.keeps(node, rest))
    }

    fn may_join(&self, node: NodeIndex) -> bool {
        each!(self, policy => policy.may_join(node))
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        each!(self, policy => policy.insert(table, node));
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        each!(self, policy => policy.remove(table, node));
    }

    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        each!(self, policy => policy.resize(table, node));
    }

    fn shrink(&mut self, table: &mut Table, node: NodeIndex) {
        each!(self, policy => policy.shrink(table, node));
    }

    fn settle(&mut self, table: &mut Table) {
        each!(self, policy => policy.settle(table));
    }

    fn largest(&self, table: &Table) -> u32 {
        each!(self, policy => policy.largest(table))
    }

    fn steps(&self) -> u64 {
        each!(self, policy => policy.steps())
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        each!(self, policy => policy.audit(table, free_ranges))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_their_policy() {
        for kind in PolicyKind::ALL {
            assert_eq!(PolicyKind::from_key(kind.key()), Some(kind));
            assert_eq!(Placement::new(kind).kind(), kind);
        }
        assert_eq!(PolicyKind::from_key("First fit"), None);
    }

    #[test]
    fn a_fit_counts_the_pad() {
        let fit = Fit { size: 4, align: 16 };
        assert_eq!((fit.pad(0), fit.pad(1), fit.pad(16)), (0, 15, 0));
        assert!(fit.fits(1, 19));
        assert!(!fit.fits(1, 18));
        assert!(!fit.fits(16, 3));
    }
}
