//! Placement policies: which free range serves a request.
//!
//! A policy indexes the free ranges of the node table and searches them; cutting
//! and joining is the mechanism's, which is the same for all (`mechanism.rs`) and
//! tells the policy of every change. Only a policy of blocks also divides free ranges,
//! before a cut. A policy's memory is the four words and the mark of each node, and a
//! fixed handful of fields.

mod bins;
mod buddy;
mod by_address;
mod by_size;
mod lists;
mod seed_compat;
mod slab;
mod tree;

use self::bins::Bins;
use self::buddy::Buddy;
use self::by_address::AddressFit;
use self::by_size::SizeFit;
use self::lists::Lists;
use self::seed_compat::SeedCompat;
use self::slab::Slab;
use super::audit::Violation;
use super::layout::GRANULE_BYTES;
use super::mechanism::Refusal;
use super::node::NodeIndex;
use super::statistics::Tally;
use super::table::Table;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Which policy an arena places by; chosen when it is made.
///
/// ```
/// # use arenascope::arena::PolicyKind;
/// assert_eq!(PolicyKind::default(), PolicyKind::FirstFit);
/// assert_eq!(PolicyKind::Tlsf.to_string(), "Two-level segregated fit");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// The lowest address that fits; free neighbours join at once. The default.
    #[default]
    FirstFit,
    /// The smallest free range that fits; of equal ones the lowest address.
    BestFit,
    /// As `FirstFit`, but from where the last allocation ended, and then round.
    NextFit,
    /// The largest free range; of equal ones the lowest address.
    WorstFit,
    /// Two-level segregated fit: free ranges in lists by size, 32 for each doubling;
    /// any range of the next larger list. O(1).
    Tlsf,
    /// As `Tlsf`, 8 lists for each doubling: sizes as floating-point numbers of three
    /// bits, so that a list's sizes differ by 12.5 % at most; and what was freed last
    /// serves the next request of its size before it is joined. O(1), the fastest.
    Bins,
    /// Blocks of a power of two. Finds no room for what is not rounded up to one.
    Buddy,
    /// Spans of 64 KiB, each divided into slots of one size, up to 16 KiB.
    Slab,
    /// The algorithm of the original design with its memory-safety holes closed:
    /// the baseline.
    SeedCompat,
}

impl PolicyKind {
    /// Every policy, in the order of menus.
    ///
    /// ```
    /// # use arenascope::arena::*;
    /// for policy in PolicyKind::ALL {
    ///     let arena = Arena::new(Region::reserve_pages(1)?, policy);
    ///     assert_eq!(arena.policy(), policy);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const ALL: [Self; 9] = [
        Self::FirstFit,
        Self::BestFit,
        Self::NextFit,
        Self::WorstFit,
        Self::Tlsf,
        Self::Bins,
        Self::Buddy,
        Self::Slab,
        Self::SeedCompat,
    ];

    /// The name in files and in the scripting interface: `first_fit`.
    ///
    /// ```
    /// # use arenascope::arena::PolicyKind;
    /// assert_eq!(PolicyKind::BestFit.key(), "best_fit");
    /// ```
    pub const fn key(self) -> &'static str {
        match self {
            Self::FirstFit => "first_fit",
            Self::BestFit => "best_fit",
            Self::NextFit => "next_fit",
            Self::WorstFit => "worst_fit",
            Self::Tlsf => "tlsf",
            Self::Bins => "bins",
            Self::Buddy => "buddy",
            Self::Slab => "slab",
            Self::SeedCompat => "seed_compat",
        }
    }

    /// The name for people: `First fit`.
    ///
    /// ```
    /// # use arenascope::arena::PolicyKind;
    /// assert_eq!(PolicyKind::BestFit.label(), "Best fit");
    /// ```
    pub const fn label(self) -> &'static str {
        match self {
            Self::FirstFit => "First fit",
            Self::BestFit => "Best fit",
            Self::NextFit => "Next fit",
            Self::WorstFit => "Worst fit",
            Self::Tlsf => "Two-level segregated fit",
            Self::Bins => "Floating-point bins",
            Self::Buddy => "Buddy blocks",
            Self::Slab => "Slabs",
            Self::SeedCompat => "Original (seed)",
        }
    }

    /// One sentence for a tooltip.
    ///
    /// ```
    /// # use arenascope::arena::PolicyKind;
    /// assert!(PolicyKind::BestFit.description().starts_with("The smallest free range that fits"));
    /// ```
    pub const fn description(self) -> &'static str {
        match self {
            Self::FirstFit => "The lowest address that fits; free neighbours join at once.",
            Self::BestFit => "The smallest free range that fits: tight, but leaves slivers.",
            Self::NextFit => "The next free range that fits, from where the last allocation ended.",
            Self::WorstFit => "The largest free range: leaves large rests until there are none.",
            Self::Tlsf => "A free range from lists by size, 32 for each doubling, in constant time.",
            Self::Bins => {
                "Lists by size, 8 for each doubling; what was freed last serves its size again before it is joined."
            }
            Self::Buddy => "Blocks of a power of two, halved and joined again: quick, but sizes are rounded up.",
            Self::Slab => "Spans of 64 KiB with slots of one size: small requests do not get in each other's way.",
            Self::SeedCompat => {
                "The original bump and free-list algorithm, its memory-safety holes closed: the baseline."
            }
        }
    }

    /// The policy of that [`key`](Self::key).
    ///
    /// ```
    /// # use arenascope::arena::PolicyKind;
    /// assert_eq!(PolicyKind::from_key("buddy"), Some(PolicyKind::Buddy));
    /// assert_eq!(PolicyKind::from_key("Buddy"), None);
    /// ```
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// The class of `size` granules with five bits of mantissa: sizes below 64 have one
/// each, and each doubling above has 32.
pub(super) const fn class_of_five_bits(size: u32) -> u32 {
    Lists::<5>::class(size)
}

/// The class of `size` granules with three bits of mantissa: each doubling has 8.
pub(super) const fn class_of_three_bits(size: u32) -> u32 {
    Lists::<3>::class(size)
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
        // Not `next_multiple_of`: that divides, a third of an allocation's time.
        start.wrapping_neg() & (self.align - 1)
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
    /// True where a join can make the next one possible: frees then go through
    /// [`Self::ripen`], and join pair by pair.
    const CASCADES: bool = false;

    /// Granules to set aside for `size` bytes at alignment `align`. At most 1 GiB
    /// and 64 KiB go in, so what comes out fits.
    #[inline]
    fn granules(&self, size: u32, _align: u32) -> u32 {
        size.div_ceil(GRANULE_BYTES)
    }

    /// The whole payload has become the one free range `node`.
    fn start(&mut self, table: &mut Table, _tally: &mut Tally, node: NodeIndex) {
        self.insert(table, node);
    }

    /// The range to cut `fit` from; it must fit.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex>;

    /// Divides the range found, as far as the policy's blocks demand it, into free
    /// ranges, and says which one to cut from. A refusal changes nothing.
    #[inline]
    fn isolate(
        &mut self,
        _table: &mut Table,
        _tally: &mut Tally,
        node: NodeIndex,
        _fit: Fit,
    ) -> Result<NodeIndex, Refusal> {
        Ok(node)
    }

    /// True where `rest` granules behind the allocation stay a part of it.
    #[inline]
    fn keeps(&self, _node: NodeIndex, _rest: u32) -> bool {
        false
    }

    /// Takes a range that waits unjoined and is exactly what is wanted.
    #[inline]
    fn take_waiting(&mut self, _table: &mut Table, _fit: Fit) -> Option<NodeIndex> {
        None
    }

    /// Lets `node`, freed and not yet joined, wait for a request of its size; false
    /// where it must join now.
    #[inline]
    fn keep_waiting(&mut self, _table: &mut Table, _node: NodeIndex) -> bool {
        false
    }

    /// True where so much waits that all of it must join.
    #[inline]
    fn waits_too_long(&self, _table: &Table) -> bool {
        false
    }

    /// Takes out any range that waits, for it to be joined.
    #[inline]
    fn end_waiting(&mut self, _table: &mut Table) -> Option<NodeIndex> {
        None
    }

    /// An allocation has been placed that ends at granule `end`.
    #[inline]
    fn placed(&mut self, _end: u32) {}

    /// True where `node` may become one with `neighbour`, a free range.
    #[inline]
    fn may_join(&self, _table: &Table, _node: NodeIndex, _neighbour: NodeIndex) -> bool {
        true
    }

    /// `node`, a free range, has been freed or has grown: last changes to it before
    /// its neighbours are looked at. Only called where [`Self::CASCADES`].
    #[inline]
    fn ripen(&mut self, _table: &mut Table, _node: NodeIndex) {}

    /// `node` has become a free range.
    fn insert(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` is about to stop being a free range.
    fn remove(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` has another size or start, in the same place of the address order.
    fn resize(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` has become what an allocation left of it.
    #[inline]
    fn shrink(&mut self, table: &mut Table, node: NodeIndex) {
        self.resize(table, node);
    }

    /// A free is complete.
    #[inline]
    fn settle(&mut self, _table: &mut Table) {}

    /// True where free neighbours are joined only when a request needs them.
    const JOINS_LATE: bool = false;

    /// Granules of the largest request at `align` granules that the free range of
    /// `size` granules at `start` serves, whose node has that mark.
    fn largest_in(&self, _mark: u16, start: u32, size: u32, align: u32) -> u32 {
        size.saturating_sub(Fit { size, align }.pad(start))
    }

    /// Granules of the largest free range.
    fn largest(&self, table: &Table) -> u32;

    /// Nodes visited since the arena was made: the work done, free of clocks.
    fn steps(&self) -> u64;

    /// Checks the index against the table, which holds `free_ranges`. O(n).
    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation>;
}

/// The policy in use. An enum and not a `dyn`: each operation looks at it once and
/// then runs code that was compiled for that policy.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one per arena; a box would be one more load per operation")]
pub(super) enum Placement {
    FirstFit(AddressFit<false>),
    BestFit(SizeFit<false>),
    NextFit(AddressFit<true>),
    WorstFit(SizeFit<true>),
    Tlsf(Lists<5>),
    Bins(Bins),
    Buddy(Buddy),
    Slab(Slab),
    SeedCompat(SeedCompat),
}

impl Placement {
    pub(super) fn new(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::FirstFit => Self::FirstFit(AddressFit::default()),
            PolicyKind::BestFit => Self::BestFit(SizeFit::default()),
            PolicyKind::NextFit => Self::NextFit(AddressFit::default()),
            PolicyKind::WorstFit => Self::WorstFit(SizeFit::default()),
            PolicyKind::Tlsf => Self::Tlsf(Lists::default()),
            PolicyKind::Bins => Self::Bins(Bins::default()),
            PolicyKind::Buddy => Self::Buddy(Buddy::default()),
            PolicyKind::Slab => Self::Slab(Slab::default()),
            PolicyKind::SeedCompat => Self::SeedCompat(SeedCompat::default()),
        }
    }

    pub(super) const fn kind(&self) -> PolicyKind {
        match self {
            Self::FirstFit(_) => PolicyKind::FirstFit,
            Self::BestFit(_) => PolicyKind::BestFit,
            Self::NextFit(_) => PolicyKind::NextFit,
            Self::WorstFit(_) => PolicyKind::WorstFit,
            Self::Tlsf(_) => PolicyKind::Tlsf,
            Self::Bins(_) => PolicyKind::Bins,
            Self::Buddy(_) => PolicyKind::Buddy,
            Self::Slab(_) => PolicyKind::Slab,
            Self::SeedCompat(_) => PolicyKind::SeedCompat,
        }
    }
}

/// Evaluates an expression with the policy in use, once for each that can be.
macro_rules! each {
    ($placement:expr, $policy:ident => $call:expr) => {
        match $placement {
            $crate::arena::policy::Placement::FirstFit($policy) => $call,
            $crate::arena::policy::Placement::BestFit($policy) => $call,
            $crate::arena::policy::Placement::NextFit($policy) => $call,
            $crate::arena::policy::Placement::WorstFit($policy) => $call,
            $crate::arena::policy::Placement::Tlsf($policy) => $call,
            $crate::arena::policy::Placement::Bins($policy) => $call,
            $crate::arena::policy::Placement::Buddy($policy) => $call,
            $crate::arena::policy::Placement::Slab($policy) => $call,
            $crate::arena::policy::Placement::SeedCompat($policy) => $call,
        }
    };
}
pub(super) use each;

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
