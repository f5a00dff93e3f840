//! What one thread has done, as anyone may read it.

use super::super::registry::ThreadNumber;
use crate::units::Bytes;

/// The figures of one attached thread, since its seat was first taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadFigures {
    /// Which thread.
    pub number: ThreadNumber,
    /// Allocations that succeeded.
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
