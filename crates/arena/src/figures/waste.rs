//! What is used beyond what was asked for.

use crate::layout::{GRANULE_BYTES, to_bytes};
use crate::nodes::tally::Tally;
use arenascope_units::Bytes;

/// What `used` has beyond `requested`, by cause. The pads of alignments are no waste:
/// they are free ranges.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// arena.allocate(&request)?;
/// // 100 bytes take seven granules.
/// assert_eq!(arena.statistics().waste, InternalWaste { granule: Bytes::new(12), ..InternalWaste::default() });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InternalWaste {
    /// Rounding up to the granule of 16 B: Σ 16·⌈r ÷ 16⌉ − r for requests of r bytes.
    pub granule: Bytes,
    /// What the policy sets aside beyond that: blocks of `Buddy`, slots of `Slab`,
    /// remainders that `SeedCompat` keeps.
    pub policy: Bytes,
    /// Canaries, but for those in the rounding.
    pub guards: Bytes,
    /// What threads' caches give out beyond what is asked of them: the granule, and
    /// larger slots where no other is left.
    pub threads: Bytes,
}

impl InternalWaste {
    /// Wraps where a damaged tally would go below zero, as the tally itself.
    pub(crate) fn of(tally: &Tally, threads_used: u32, threads_requested: u64) -> Self {
        let rounded = u64::from(tally.rounded) * u64::from(GRANULE_BYTES);
        let policy = tally.used.wrapping_sub(tally.rounded).wrapping_sub(tally.guards);
        Self {
            granule: Bytes::new(rounded.wrapping_sub(tally.requested)),
            policy: to_bytes(policy),
            guards: to_bytes(tally.guards),
            threads: Bytes::new(to_bytes(threads_used).get().wrapping_sub(threads_requested)),
        }
    }

    /// All causes together: `used − requested`.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// arena.allocate(&request)?;
    /// let now = arena.statistics();
    /// assert_eq!(now.waste.total(), now.used.saturating_sub(now.requested));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn total(&self) -> Bytes {
        [self.granule, self.policy, self.guards, self.threads].into_iter().sum()
    }
}
