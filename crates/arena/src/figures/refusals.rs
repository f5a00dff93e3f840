//! Refused calls, counted by kind. The totals of [`Statistics`](crate::Statistics)
//! are sums of these.

use crate::error::ResizeError;
use crate::error::{AllocError, FreeError, LayoutFault};
use core::fmt;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Why a call was refused.
///
/// ```
/// # use arenascope_arena::*;
/// let refused = AllocError::OutOfNodes { needed: 2, vacant: 1, nodes: 64 };
/// assert_eq!(RefusalKind::from(&refused), RefusalKind::OutOfNodes);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    /// Out of memory: [`FailureCause::Full`].
    Full,
    /// Out of memory: [`FailureCause::Fragmented`].
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
    /// # use arenascope_arena::RefusalKind;
    /// assert!(RefusalKind::ALL.is_sorted());
    /// ```
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in files and in the scripting interface: `double_free`.
    ///
    /// ```
    /// # use arenascope_arena::RefusalKind;
    /// assert_eq!(RefusalKind::DoubleFree.key(), "double_free");
    /// ```
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// True for refused frees, and handles that a resize refused.
    ///
    /// ```
    /// # use arenascope_arena::RefusalKind;
    /// assert!(RefusalKind::StaleEpoch.is_free() && !RefusalKind::Full.is_free());
    /// ```
    pub const fn is_free(self) -> bool {
        self as usize <= Self::ContendedFree as usize
    }

    /// True for refused allocations and resizes.
    ///
    /// ```
    /// # use arenascope_arena::RefusalKind;
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

/// Why memory ran out. The one definition: counters, notices, events and charts ask here.
///
/// What threads kept and nobody used was given back before, and is free here.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let refused = arena.allocate(&Request { size: Bytes::mib(1), ..request }).unwrap_err();
/// assert_eq!(refused.failure_cause(), Some(FailureCause::Full));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum FailureCause {
    /// Fewer bytes are free than the request needs: only freeing helps.
    Full,
    /// As many bytes are free as the request needs, but not in one range at its
    /// alignment: joined, they would serve it.
    Fragmented,
}

impl FailureCause {
    /// The name in files, and for people: `full`.
    ///
    /// ```
    /// # use arenascope_arena::FailureCause;
    /// assert_eq!(FailureCause::Fragmented.key(), "fragmented");
    /// ```
    pub fn key(self) -> &'static str {
        self.into()
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// // Two holes of 1 KiB each; as much as both is asked for, and then one byte more.
    /// let (largest_free, free) = (Bytes::kib(1), Bytes::kib(2));
    /// let refused = |needed| AllocError::OutOfMemory { requested: needed, needed, largest_free, free, free_ranges: 2 };
    /// assert_eq!(refused(Bytes::kib(2)).failure_cause(), Some(FailureCause::Fragmented));
    /// assert_eq!(refused(Bytes::new(2049)).failure_cause(), Some(FailureCause::Full));
    /// ```
    pub fn failure_cause(&self) -> Option<FailureCause> {
        let Self::OutOfMemory { needed, free, .. } = self else { return None };
        Some(if free < needed { FailureCause::Full } else { FailureCause::Fragmented })
    }
}

/// Refused calls by kind, since the arena was made, resets included.
///
/// ```
/// use arenascope_arena::{Arena, PolicyKind, RefusalKind, Region, Request};
/// # use arenascope_units::owner::{MemoryCategory, Owner, Tag};
/// # use arenascope_units::{Bytes, Micros};
/// let mut arena = Arena::new(Region::reserve_pages(1)?, PolicyKind::FirstFit);
/// # let owner = Owner::new(MemoryCategory::ECS, Tag(0));
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
    /// # use arenascope_arena::*;
    /// assert_eq!(Refusals::default().count(RefusalKind::Full), 0);
    /// ```
    pub const fn count(&self, kind: RefusalKind) -> u64 {
        self.counts[kind as usize]
    }

    /// Every kind with its count, in the order of [`RefusalKind::ALL`].
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// assert!(Refusals::default().iter().map(|(kind, _)| kind).eq(RefusalKind::ALL));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (RefusalKind, u64)> {
        RefusalKind::ALL.into_iter().zip(self.counts)
    }

    /// Refused frees.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
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

    /// The sum of two counts, kind by kind.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        self.counts.iter_mut().zip(other.counts).for_each(|(count, more)| *count += more);
        self
    }

    #[cold]
    pub(crate) fn note(&mut self, kind: impl Into<RefusalKind>) {
        self.add(kind.into(), 1);
    }

    pub(crate) const fn add(&mut self, kind: RefusalKind, count: u64) {
        self.counts[kind as usize] += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
