//! Every refusal, with its numbers. A refusal changes nothing but a counter.

mod resize;
mod violation;

pub use self::resize::ResizeError;
pub use self::violation::Violation;
pub(crate) use self::violation::figure;
use arenascope_units::{Bytes, Ratio};
use core::fmt;
use thiserror::Error;

/// Why no region could be reserved.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// let refused = Region::reserve(Bytes::mib(1)).unwrap_err();
/// assert!(matches!(refused, ReserveError::OutOfRange { min, .. } if min == Region::MIN));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReserveError {
    /// Too small or too large.
    #[error("an arena of {requested} was asked for; {min} to {max} can be had")]
    OutOfRange {
        /// What was asked for.
        requested: Bytes,
        /// The smallest that is accepted.
        min: Bytes,
        /// The largest that is accepted.
        max: Bytes,
    },
    /// Not a multiple of the page.
    #[error("an arena of {} bytes is not a multiple of {page}", .requested.get())]
    NotWholePages {
        /// What was asked for.
        requested: Bytes,
        /// Bytes of a page: 64 KiB.
        page: Bytes,
    },
    /// The machine does not have so much.
    #[error("no memory for an arena of {requested}")]
    OutOfMemory {
        /// What was asked for.
        requested: Bytes,
    },
}

/// What is wrong with a size or an alignment.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let nothing = Request { size: Bytes::ZERO, ..request };
/// let refused = arena.allocate(&nothing).unwrap_err();
/// assert!(matches!(refused, AllocError::InvalidLayout { why: LayoutFault::SizeZero, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutFault {
    /// A size of zero would share its address with the next allocation.
    SizeZero,
    /// Larger than any arena.
    SizeTooLarge,
    /// Zero, or not a power of two.
    AlignNotPowerOfTwo,
    /// Above 64 KiB, to which a region's base is aligned.
    AlignTooLarge,
}

impl fmt::Display for LayoutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SizeZero => "the size is zero",
            Self::SizeTooLarge => "the size is larger than any arena",
            Self::AlignNotPowerOfTwo => "the alignment is not a power of two",
            Self::AlignTooLarge => "the alignment is above 64 KiB",
        })
    }
}

/// Why an allocation was refused.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let refused = arena.allocate(&Request { size: Bytes::mib(1), ..request }).unwrap_err();
/// assert!(matches!(refused, AllocError::OutOfMemory { free_ranges: 1, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AllocError {
    /// No free range holds it at its alignment.
    #[error(
        "out of memory: {requested} asked for, the largest of {free_ranges} free ranges has {largest_free} of {free}"
    )]
    OutOfMemory {
        /// What was asked for.
        requested: Bytes,
        /// What it would have taken: rounded up to granules and to the policy's blocks,
        /// with the guards' canaries. At least `requested`.
        needed: Bytes,
        /// The largest free range.
        largest_free: Bytes,
        /// All free ranges together.
        free: Bytes,
        /// How many they are.
        free_ranges: u64,
    },
    /// The node table has no slot for the ranges that the allocation would make.
    #[error("out of nodes: {needed} needed, {vacant} of {nodes} vacant")]
    OutOfNodes {
        /// Slots that it takes.
        needed: u32,
        /// Slots that are vacant.
        vacant: u32,
        /// Slots of the table.
        nodes: u32,
    },
    /// The request makes no sense.
    #[error("{} bytes at alignment {}: {why}", .size.get(), .align.get())]
    InvalidLayout {
        /// What was asked for.
        size: Bytes,
        /// The alignment asked for.
        align: Bytes,
        /// What is wrong with them.
        why: LayoutFault,
    },
    /// Another thread held the arena for too long.
    #[error(transparent)]
    Contended(#[from] Contended),
}

impl AllocError {
    /// How scattered the free bytes were when memory ran out, for a request of that
    /// size: near 0 where few ranges, near 1 where many small ones hold them; `None` for
    /// every other refusal. Below 0 counts as 0. It does not tell full from fragmented,
    /// which [`Self::failure_cause`] does: of 500 holes of 64 KiB a request of 65 537 B
    /// gives 0, though fifteen times as much is free.
    ///
    /// 1 − (1 + F/s)/n for F bytes free in n ranges and a request of s: the
    /// fragmentation index of Linux (`mm/vmstat.c`), for any size. 0 where F < s: then
    /// no joining would help, though the formula nears 1 for many ranges.
    ///
    /// ```
    /// # use arenascope_arena::AllocError;
    /// # use arenascope_units::*;
    /// // Four holes of 1 KiB each; 2 KiB are asked for.
    /// let (needed, largest_free, free) = (Bytes::kib(2), Bytes::kib(1), Bytes::kib(4));
    /// let refused = AllocError::OutOfMemory { requested: needed, needed, largest_free, free, free_ranges: 4 };
    /// assert_eq!(refused.failure_index().map(Ratio::get), Some(0.25));
    /// ```
    pub fn failure_index(&self) -> Option<Ratio> {
        let Self::OutOfMemory { requested, free, free_ranges, .. } = *self else { return None };
        if free_ranges == 0 || requested.is_zero() || free < requested {
            return Some(Ratio::ZERO);
        }
        let fill = free.get() as f64 / requested.get() as f64;
        Some(Ratio::new((1.0 - (1.0 + fill) / free_ranges as f64).max(0.0)))
    }
}

/// Why a handle was refused.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let mut other = Arena::new(Region::reserve_pages(1)?, PolicyKind::FirstFit);
/// let taken = arena.allocate(&request)?;
/// assert!(matches!(other.deallocate(taken.id), Err(FreeError::OtherArena { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FreeError {
    /// A handle that no arena gave.
    #[error("allocation {id} is not of this arena")]
    Unknown {
        /// The handle's stable number.
        id: u64,
    },
    /// The handle of another arena.
    #[error("handle of arena {handle}: this is arena {arena}")]
    OtherArena {
        /// The number of the handle's arena: arenas are numbered as they are made.
        handle: u32,
        /// The number of this arena.
        arena: u32,
    },
    /// The allocation has been freed already.
    #[error("allocation {id} is freed already")]
    DoubleFree {
        /// The handle's stable number.
        id: u64,
    },
    /// The allocation has been freed, and its slot holds another one.
    #[error("handle of generation {handle}: its slot is at generation {slot}")]
    StaleGeneration {
        /// The generation that the handle names.
        handle: u32,
        /// The generation that the slot is at now.
        slot: u32,
    },
    /// The allocation ended when the arena was reset.
    #[error("handle of epoch {handle}: the arena is at epoch {arena}")]
    StaleEpoch {
        /// The epoch that the handle was given in.
        handle: u32,
        /// The epoch that the arena is in now.
        arena: u32,
    },
    /// The range's links to its neighbours do not agree: the table is damaged.
    #[error("the node table is damaged at offset {}", .offset.get())]
    Corrupted {
        /// Where the range starts, from the region's base.
        offset: Bytes,
    },
    /// Another thread held the arena for too long; the handle stays good.
    #[error(transparent)]
    Contended(#[from] Contended),
}

/// The lock was not to be had within the caller's patience.
///
/// ```
/// # use arenascope_arena::*;
/// let refused = AllocError::from(Contended { spins: 64 });
/// assert_eq!(refused.to_string(), "another thread held the arena for 64 spins");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("another thread held the arena for {spins} spins")]
pub struct Contended {
    /// Spin-loop hints that were waited.
    pub spins: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(requested: u64, free: u64, free_ranges: u64) -> Option<f64> {
        let (requested, free) = (Bytes::new(requested), Bytes::new(free));
        let needed = requested;
        let refused = AllocError::OutOfMemory { requested, needed, largest_free: Bytes::ZERO, free, free_ranges };
        refused.failure_index().map(Ratio::get)
    }

    #[test]
    fn the_failure_index_grows_with_the_number_of_ranges() {
        assert_eq!(index(1024, 0, 0), Some(0.0));
        assert_eq!(index(1024, 512, 1), Some(0.0));
        // 1000 ranges of 512 B hold 500 requests of 1 KiB, were they together.
        assert_eq!(index(1024, 512_000, 1000), Some(1.0 - 501.0 / 1000.0));
        assert!(index(256_000, 512_000, 1000) > Some(0.99));
        assert_eq!(index(1 << 20, 512_000, 1000), Some(0.0), "less is free than is asked for");
        assert_eq!(AllocError::Contended(Contended { spins: 1 }).failure_index(), None);
    }

    #[test]
    fn errors_read_as_sentences_with_their_numbers() {
        let refused = AllocError::OutOfMemory {
            requested: Bytes::kib(64),
            needed: Bytes::kib(64),
            largest_free: Bytes::kib(1),
            free: Bytes::kib(3),
            free_ranges: 4,
        };
        assert_eq!(
            refused.to_string(),
            "out of memory: 64.0 KiB asked for, the largest of 4 free ranges has 1.0 KiB of 3.0 KiB"
        );
        assert_eq!(
            FreeError::StaleEpoch { handle: 1, arena: 2 }.to_string(),
            "handle of epoch 1: the arena is at epoch 2"
        );
    }
}
