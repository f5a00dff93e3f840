//! The arena for several threads: one short lock around all of it.
//!
//! Every call waits for a bounded time and then answers [`Contended`]; none
//! blocks, none poisons, none allocates. The lock orders memory: who gets a range
//! sees what its last holder wrote.

use super::allocator::Arena;
use super::error::{AllocError, Contended, FreeError};
use super::lock::{Patience, WordLock};
use super::refusals::RefusalKind;
use super::request::{Allocation, AllocationId, Epoch, Extent, Request};
use super::statistics::Statistics;
use core::sync::atomic::{AtomicU64, Ordering};

/// An [`Arena`] that threads share by reference.
#[derive(Debug)]
pub struct SharedArena {
    lock: WordLock<Arena>,
    patience: Patience,
    refused: Refused,
}

/// Calls that gave up, by kind. They cannot be counted under the lock.
#[derive(Debug, Default)]
struct Refused {
    allocations: AtomicU64,
    frees: AtomicU64,
    others: AtomicU64,
}

impl SharedArena {
    /// Shares `arena`; calls wait with a worker's patience.
    pub fn new(arena: Arena) -> Self {
        Self::with_patience(arena, Patience::WORKER)
    }

    /// Shares `arena`; calls wait as long as `patience` lasts.
    pub fn with_patience(arena: Arena, patience: Patience) -> Self {
        Self { lock: WordLock::new(arena), patience, refused: Refused::default() }
    }

    /// As [`Arena::allocate`].
    ///
    /// # Errors
    /// As there, and [`AllocError::Contended`].
    pub fn allocate(&self, request: &Request) -> Result<Allocation, AllocError> {
        self.enter(self.patience, &self.refused.allocations, |arena| arena.allocate(request))?
    }

    /// As [`Arena::deallocate`].
    ///
    /// # Errors
    /// As there, and [`FreeError::Contended`]: the handle stays good then.
    pub fn deallocate(&self, id: AllocationId) -> Result<Extent, FreeError> {
        self.enter(self.patience, &self.refused.frees, |arena| arena.deallocate(id))?
    }

    /// As [`Arena::reset`]: whole, in the eyes of every other thread.
    ///
    /// # Errors
    /// [`Contended`]; nothing was reset then.
    pub fn reset(&self) -> Result<Epoch, Contended> {
        self.with(Arena::reset)
    }

    /// Every figure, the calls that gave up included.
    ///
    /// # Errors
    /// [`Contended`].
    pub fn statistics(&self) -> Result<Statistics, Contended> {
        let mut statistics = self.with(|arena| arena.statistics())?;
        let [allocations, frees, others] = [&self.refused.allocations, &self.refused.frees, &self.refused.others]
            .map(|count| count.load(Ordering::Relaxed));
        let refusals = &mut statistics.refusals;
        refusals.add(RefusalKind::ContendedAllocation, allocations);
        refusals.add(RefusalKind::ContendedFree, frees);
        refusals.add(RefusalKind::ContendedOther, others);
        statistics.allocation_failures_total = refusals.allocations();
        statistics.free_failures_total = refusals.frees();
        statistics.contended_total = refusals.contended();
        Ok(statistics)
    }

    /// Runs `job` on the arena while no other thread touches it. Keep it short.
    ///
    /// # Errors
    /// [`Contended`]; `job` did not run then.
    pub fn with<R>(&self, job: impl FnOnce(&mut Arena) -> R) -> Result<R, Contended> {
        self.try_with(self.patience, job)
    }

    /// As [`Self::with`], with a patience of its own: the page's main thread has
    /// less than a worker.
    ///
    /// # Errors
    /// As [`Self::with`].
    pub fn try_with<R>(&self, patience: Patience, job: impl FnOnce(&mut Arena) -> R) -> Result<R, Contended> {
        self.enter(patience, &self.refused.others, job)
    }

    fn enter<R>(
        &self,
        patience: Patience,
        refused: &AtomicU64,
        job: impl FnOnce(&mut Arena) -> R,
    ) -> Result<R, Contended> {
        match self.lock.try_for(patience) {
            Ok(mut arena) => Ok(job(&mut arena)),
            Err(contended) => {
                refused.fetch_add(1, Ordering::Relaxed);
                Err(contended)
            }
        }
    }

    /// Ends the sharing.
    pub fn into_arena(self) -> Arena {
        self.lock.into_inner()
    }
}
