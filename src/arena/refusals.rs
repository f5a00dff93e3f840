//! Refused calls, counted by kind. The totals of [`Statistics`](super::Statistics)
//! are sums of these.

use super::error::{AllocError, FreeError, LayoutFault};
use super::resize::ResizeError;
use crate::units::Ratio;
use core::fmt;

/// Why a call was refused.
///
/// ```
/// # use arenascope::arena::*;
/// let refused = AllocError::OutOfNodes { needed: 2, vacant: 1, nodes: 64 };
/// assert_eq!(RefusalKind::from(&refused), RefusalKind::OutOfNodes);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum RefusalKind {
    /// A free of what has been freed already.
    DoubleFree,
    /// A free of what has been freed, and its slot holds another allocation.
    StaleGeneration,
    /// A free of what a reset ended.
    StaleEpoch,
    /// A free with the handle of another arena.
    OtherArena,
    /// A free with a handle that no arena gave.
    Unknown,
    /// A free of a range whose links are damaged.
    Corrupted,
    /// A free that gave up waiting for another thread.
    ContendedFree,
    /// A request for no bytes.
    SizeZero,
    /// A request for more than any arena has.
    SizeTooLarge,
    /// An alignment of zero, or not a power of two.
    AlignNotPowerOfTwo,
    /// An alignment above 64 KiB.
    AlignTooLarge,
    /// Out of memory, because too little is free.
    Full,
    /// Out of memory, because what is free lies scattered.
    Fragmented,
    /// A resize that found too little room behind the allocation.
    NoRoomInPlace,
    /// The node table has no slot left.
    OutOfNodes,
    /// An allocation that gave up waiting for another thread.
    ContendedAllocation,
    /// Any other call that gave up waiting for another thread.
    ContendedOther,
}

impl RefusalKind {
    /// Every kind, in order: frees first, then allocations, then other calls.
    ///
    /// ```
    /// # use arenascope::arena::RefusalKind;
    /// assert!(RefusalKind::ALL.is_sorted());
    /// ```
    pub const ALL: [Self; 17] = [
        Self::DoubleFree,
        Self::StaleGeneration,
        Self::StaleEpoch,
        Self::OtherArena,
        Self::Unknown,
        Self::Corrupted,
        Self::ContendedFree,
        Self::SizeZero,
        Self::SizeTooLarge,
        Self::AlignNotPowerOfTwo,
        Self::AlignTooLarge,
        Self::Full,
        Self::Fragmented,
        Self::NoRoomInPlace,
        Self::OutOfNodes,
        Self::ContendedAllocation,
        Self::ContendedOther,
    ];

    /// The name in files and in the scripting interface: `double_free`.
    ///
    /// ```
    /// # use arenascope::arena::RefusalKind;
    /// assert_eq!(RefusalKind::DoubleFree.key(), "double_free");
    /// ```
    pub const fn key(self) -> &'static str {
        match self {
            Self::DoubleFree => "double_free",
            Self::StaleGeneration => "stale_generation",
            Self::StaleEpoch => "stale_epoch",
            Self::OtherArena => "other_arena",
            Self::Unknown => "unknown",
            Self::Corrupted => "corrupted",
            Self::ContendedFree => "contended_free",
            Self::SizeZero => "size_zero",
            Self::SizeTooLarge => "size_too_large",
            Self::AlignNotPowerOfTwo => "align_not_power_of_two",
            Self::AlignTooLarge => "align_too_large",
            Self::Full => "full",
            Self::Fragmented => "fragmented",
            Self::NoRoomInPlace => "no_room_in_place",
            Self::OutOfNodes => "out_of_nodes",
            Self::ContendedAllocation => "contended_allocation",
            Self::ContendedOther => "contended_other",
        }
    }

    /// True for refused frees, and handles that a resize refused.
    ///
    /// ```
    /// # use arenascope::arena::RefusalKind;
    /// assert!(RefusalKind::StaleEpoch.is_free() && !RefusalKind::Full.is_free());
    /// ```
    pub const fn is_free(self) -> bool {
        self as usize <= Self::ContendedFree as usize
    }

    /// True for refused allocations and resizes.
    ///
    /// ```
    /// # use arenascope::arena::RefusalKind;
    /// assert!(RefusalKind::Full.is_allocation() && !RefusalKind::ContendedOther.is_allocation());
    /// ```
    pub const fn is_allocation(self) -> bool {
        !self.is_free() && !matches!(self, Self::ContendedOther)
    }
}

impl fmt::Display for RefusalKind {
    /// For people: `Double free`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::DoubleFree => "Double free",
            Self::StaleGeneration => "Stale handle",
            Self::StaleEpoch => "Handle from before a reset",
            Self::OtherArena => "Handle of another arena",
            Self::Unknown => "Unknown handle",
            Self::Corrupted => "Damaged range",
            Self::ContendedFree => "Free, contended",
            Self::SizeZero => "Size zero",
            Self::SizeTooLarge => "Size too large",
            Self::AlignNotPowerOfTwo => "Alignment not a power of two",
            Self::AlignTooLarge => "Alignment too large",
            Self::Full => "Out of memory: full",
            Self::Fragmented => "Out of memory: fragmented",
            Self::NoRoomInPlace => "No room to grow in place",
            Self::OutOfNodes => "Out of nodes",
            Self::ContendedAllocation => "Allocation, contended",
            Self::ContendedOther => "Other call, contended",
        })
    }
}

impl From<&FreeError> for RefusalKind {
    fn from(error: &FreeError) -> Self {
        match error {
            FreeError::Unknown { .. } => Self::Unknown,
            FreeError::OtherArena { .. } => Self::OtherArena,
            FreeError::DoubleFree { .. } => Self::DoubleFree,
            FreeError::StaleGeneration { .. } => Self::StaleGeneration,
            FreeError::StaleEpoch { .. } => Self::StaleEpoch,
            FreeError::Corrupted { .. } => Self::Corrupted,
            FreeError::Contended(_) => Self::ContendedFree,
        }
    }
}

impl From<&AllocError> for RefusalKind {
    fn from(error: &AllocError) -> Self {
        match error {
            AllocError::OutOfMemory { .. } => match error.failure_cause() {
                Some(FailureCause::Fragmented) => Self::Fragmented,
                _ => Self::Full,
            },
            AllocError::OutOfNodes { .. } => Self::OutOfNodes,
            AllocError::InvalidLayout { why: LayoutFault::SizeZero, .. } => Self::SizeZero,
            AllocError::InvalidLayout { why: LayoutFault::SizeTooLarge, .. } => Self::SizeTooLarge,
            AllocError::InvalidLayout { why: LayoutFault::AlignNotPowerOfTwo, .. } => Self::AlignNotPowerOfTwo,
            AllocError::InvalidLayout { why: LayoutFault::AlignTooLarge, .. } => Self::AlignTooLarge,
            AllocError::Contended(_) => Self::ContendedAllocation,
        }
    }
}

impl From<&ResizeError> for RefusalKind {
    fn from(error: &ResizeError) -> Self {
        match error {
            ResizeError::Handle(error) => Self::from(error),
            ResizeError::InvalidSize { requested } if requested.is_zero() => Self::SizeZero,
            ResizeError::InvalidSize { .. } => Self::SizeTooLarge,
            ResizeError::NoRoom { .. } => Self::NoRoomInPlace,
            ResizeError::OutOfNodes { .. } => Self::OutOfNodes,
        }
    }
}

/// Why memory ran out.
///
/// ```
/// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
/// let refused = arena.allocate(&Request { size: Bytes::mib(1), ..request }).unwrap_err();
/// assert_eq!(refused.failure_cause(), Some(FailureCause::Full));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureCause {
    /// Too little is free, or it lies in one piece that is too small.
    Full,
    /// Enough would be free, were it together.
    Fragmented,
}

/// From this failure index on, fragmentation is to blame. Linux compacts memory
/// above the same half (`extfrag_threshold`, 500 of 1000, `mm/compaction.c`).
///
/// ```
/// # use arenascope::{arena::*, units::Ratio};
/// assert_eq!(FailureCause::of(Ratio::new(FRAGMENTED_FROM)), FailureCause::Fragmented);
/// ```
pub const FRAGMENTED_FROM: f64 = 0.5;

impl FailureCause {
    /// The cause behind a [failure index](AllocError::failure_index). The one
    /// definition: counters, notices, events and charts ask here.
    ///
    /// ```
    /// # use arenascope::{arena::FailureCause, units::Ratio};
    /// assert_eq!(FailureCause::of(Ratio::new(0.1)), FailureCause::Full);
    /// ```
    pub fn of(index: Ratio) -> Self {
        if index.get() < FRAGMENTED_FROM { Self::Full } else { Self::Fragmented }
    }

    /// The name in files, and for people: `full`.
    ///
    /// ```
    /// # use arenascope::arena::FailureCause;
    /// assert_eq!(FailureCause::Fragmented.key(), "fragmented");
    /// ```
    pub const fn key(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Fragmented => "fragmented",
        }
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl AllocError {
    /// Full or fragmented; `None` for every refusal but [`AllocError::OutOfMemory`].
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Bytes};
    /// // Ten holes of 1 KiB each; 2 KiB are asked for.
    /// let (requested, largest_free, free) = (Bytes::kib(2), Bytes::kib(1), Bytes::kib(10));
    /// let refused = AllocError::OutOfMemory { requested, largest_free, free, free_ranges: 10 };
    /// assert_eq!(refused.failure_cause(), Some(FailureCause::Full));
    /// ```
    pub fn failure_cause(&self) -> Option<FailureCause> {
        self.failure_index().map(FailureCause::of)
    }
}

/// Refused calls by kind, since the arena was made, resets included.
///
/// ```
/// use arenascope::arena::{Arena, PolicyKind, RefusalKind, Region, Request};
/// # use arenascope::owner::{MemoryCategory, Owner, Tag};
/// # use arenascope::units::{Bytes, Micros};
/// let mut arena = Arena::new(Region::reserve_pages(1)?, PolicyKind::FirstFit);
/// # let owner = Owner::new(MemoryCategory::Ecs, Tag(0));
/// let taken = arena.allocate(&Request { size: Bytes::new(9), align: Bytes::new(8), owner, now: Micros::ZERO })?;
/// arena.deallocate(taken.id)?;
/// arena.deallocate(taken.id).unwrap_err();
/// assert_eq!(arena.statistics().refusals.count(RefusalKind::DoubleFree), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    counts: [u64; RefusalKind::ALL.len()],
}

impl Refusals {
    /// Refusals of one kind.
    ///
    /// ```
    /// # use arenascope::arena::*;
    /// assert_eq!(Refusals::default().count(RefusalKind::Full), 0);
    /// ```
    pub const fn count(&self, kind: RefusalKind) -> u64 {
        self.counts[kind as usize]
    }

    /// Every kind with its count, in the order of [`RefusalKind::ALL`].
    ///
    /// ```
    /// # use arenascope::arena::*;
    /// assert!(Refusals::default().iter().map(|(kind, _)| kind).eq(RefusalKind::ALL));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (RefusalKind, u64)> {
        RefusalKind::ALL.into_iter().zip(self.counts)
    }

    /// Refused frees.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// arena.reset();
    /// arena.deallocate(taken.id).unwrap_err();
    /// assert_eq!(arena.statistics().refusals.frees(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn frees(&self) -> u64 {
        self.sum(RefusalKind::is_free)
    }

    /// Refused allocations and resizes.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&Request { align: Bytes::new(3), ..request }).unwrap_err();
    /// assert_eq!(arena.statistics().refusals.allocations(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allocations(&self) -> u64 {
        self.sum(RefusalKind::is_allocation)
    }

    /// Calls that gave up waiting for another thread.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Bytes};
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let paused = shared.pause(Patience::WORKER)?;
    /// shared.try_with(Patience::NONE, |_| ()).unwrap_err();
    /// drop(paused);
    /// assert_eq!(shared.statistics()?.refusals.contended(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contended(&self) -> u64 {
        use RefusalKind::{ContendedAllocation, ContendedFree, ContendedOther};
        [ContendedAllocation, ContendedFree, ContendedOther].into_iter().map(|kind| self.count(kind)).sum()
    }

    fn sum(&self, counts: impl Fn(RefusalKind) -> bool) -> u64 {
        self.iter().filter(|&(kind, _)| counts(kind)).map(|(_, count)| count).sum()
    }

    /// Both together.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.counts.iter_mut().zip(other.counts).for_each(|(count, more)| *count += more);
        self
    }

    #[cold]
    pub(super) fn note(&mut self, kind: impl Into<RefusalKind>) {
        self.add(kind.into(), 1);
    }

    pub(super) const fn add(&mut self, kind: RefusalKind, count: u64) {
        self.counts[kind as usize] += count;
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripts::{arena, request};
    use super::*;
    use crate::arena::PolicyKind;
    use core::num::NonZeroU32;

    #[test]
    fn kinds_stand_at_their_number_and_each_in_one_sum() {
        for (at, kind) in RefusalKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
            let mut refusals = Refusals::default();
            refusals.note(kind);
            assert_eq!(refusals.iter().filter(|it| it.1 > 0).collect::<Vec<_>>(), [(kind, 1)]);
            let sums = (refusals.frees(), refusals.allocations());
            assert_eq!(sums.0 + sums.1, u64::from(kind != RefusalKind::ContendedOther), "{kind}");
            assert_eq!(refusals.contended(), u64::from(kind.key().starts_with("contended")), "{kind}");
        }
    }

    /// Handles that no arena gave can only be made in here.
    #[test]
    fn a_forged_handle_is_unknown() {
        for policy in PolicyKind::ALL {
            let mut arena = arena(policy);
            let taken = arena.allocate(&request(64, 16)).unwrap().id;
            let before: Vec<_> = arena.walk().collect();
            for name in [21, 1 << 18, (1 << 31) - 1, u32::MAX - 1] {
                let forged = taken.forged(NonZeroU32::new(name).unwrap());
                assert_eq!(arena.deallocate(forged), Err(FreeError::Unknown { id: forged.to_bits() }), "{policy}");
            }
            assert_eq!(arena.statistics().refusals.count(RefusalKind::Unknown), 4);
            assert_eq!(arena.statistics().failures_total(), 4);
            assert_eq!(arena.walk().collect::<Vec<_>>(), before);
            assert_eq!(arena.audit(), Ok(()));
        }
    }
}
