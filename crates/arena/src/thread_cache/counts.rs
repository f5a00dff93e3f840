//! What one thread has done, as anyone may read it.

use crate::sync::registry::ThreadNumber;
use arenascope_units::Bytes;

/// The figures of one attached thread, since its seat was first taken.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
/// # let shared = std::sync::Arc::new(SharedArena::new(arena));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let mut thread = shared.attach()?;
/// thread.pin()?.allocate(&request)?;
/// let figures: ThreadFigures = thread.figures();
/// assert_eq!((figures.number, figures.allocations, figures.frees), (thread.number(), 1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadFigures {
    /// The thread, by its number among the attached.
    pub number: ThreadNumber,
    /// Allocations of this thread that succeeded.
    pub allocations: u64,
    /// Frees that succeeded, of its own allocations, those by other threads included.
    pub frees: u64,
    /// Allocations served by a list of the cache.
    pub cache_hits: u64,
    /// Allocations that cut a new slot from a page of its own.
    pub cache_cuts: u64,
    /// Allocations that needed the placement tier.
    pub cache_misses: u64,
    /// Frees of other threads' allocations.
    pub remote_frees_sent: u64,
    /// Own allocations that other threads freed.
    pub remote_frees_received: u64,
    /// Times that it took the arena's lock.
    pub lock_acquisitions: u64,
    /// Times that it waited for the lock.
    pub lock_waits: u64,
    /// Times that it waited for a pause to end.
    pub safepoint_waits: u64,
    /// Bytes that its cache keeps: neither used nor free to others.
    pub cached: Bytes,
}
