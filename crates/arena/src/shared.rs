//! The arena for several threads: a placement tier under one short lock, and a cache
//! of its own for each thread that attaches.
//!
//! Every call waits for a bounded time and then answers [`Contended`]; none
//! blocks, none poisons, none allocates. The lock orders memory: who gets a range
//! sees what its last holder wrote.

use crate::allocator::Arena;
use crate::error::{AllocError, Contended, FreeError};
use crate::figures::refusals::RefusalKind;
use crate::figures::statistics::Statistics;
use crate::request::{Allocation, AllocationId, Epoch, Extent, Named, Request, Stamp};
use crate::sync::lock::{LockGuard, WordLock};
use crate::sync::registry::ThreadNumber;
use crate::sync::safepoint::{Pause, Safepoint};
use crate::sync::wait::Patience;
use crate::thread_cache::sweep::{Reach, collect, sweep};
use crate::thread_cache::tier::Tier;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

/// An [`Arena`] that threads share by reference.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
/// # let shared = std::sync::Arc::new(SharedArena::new(arena));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// std::thread::scope(|scope| {
///     let jobs = [0, 1].map(|_| scope.spawn(|| shared.allocate(&request).is_ok()));
///     assert!(jobs.into_iter().all(|job| job.join().unwrap()));
/// });
/// assert_eq!(shared.statistics()?.allocation_count, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SharedArena {
    pub(crate) lock: WordLock<Arena>,
    pub(crate) patience: Patience,
    refused: Refused,
    pub(crate) tier: Arc<Tier>,
    pub(crate) safepoint: Safepoint,
    /// True while caches are passed by: under guards, each call goes to the arena.
    pub(crate) direct: AtomicBool,
    /// The arena's, for handles.
    pub(crate) number: u32,
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
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let shared = SharedArena::new(arena);
    /// assert_eq!(shared.statistics()?.capacity, Bytes::kib(256));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(arena: Arena) -> Self {
        Self::with_patience(arena, Patience::WORKER)
    }

    /// Shares `arena`; calls wait as long as `patience` lasts.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let shared = SharedArena::with_patience(arena, Patience::PAGE);
    /// assert_eq!(shared.statistics()?.contended_total, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_patience(mut arena: Arena, patience: Patience) -> Self {
        let (tier, number, epoch) = (arena.share(), arena.number(), arena.epoch());
        let safepoint = Safepoint::new(epoch.get());
        let direct = AtomicBool::new(arena.guards().is_some());
        Self { lock: WordLock::new(arena), patience, refused: Refused::default(), tier, safepoint, direct, number }
    }

    /// As [`Arena::allocate`], under the lock, without a thread's cache.
    ///
    /// # Errors
    /// As there, and [`AllocError::Contended`].
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// assert!(shared.allocate(&request)?.usable >= request.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allocate(&self, request: &Request) -> Result<Allocation, AllocError> {
        let placed = self.enter(self.patience, &self.refused.allocations, |arena| arena.allocate_quietly(request))?;
        match placed {
            Ok(allocation) => Ok(allocation),
            // Refused for good only once no cache keeps anything.
            Err(_) => self.enter_paused(self.patience, &self.refused.allocations, |mut paused| {
                if request.check().is_ok() {
                    paused.give_back();
                }
                paused.arena().allocate(request)
            })?,
        }
    }

    /// As [`Arena::deallocate`]; what a thread's cache gave out is left for that thread to
    /// take in.
    ///
    /// # Errors
    /// As there, and [`FreeError::Contended`]: the handle stays good then.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = shared.allocate(&request)?;
    /// assert_eq!(shared.deallocate(taken.id)?.offset, taken.offset);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deallocate(&self, id: AllocationId) -> Result<Extent, FreeError> {
        self.enter(self.patience, &self.refused.frees, |arena| arena.deallocate(id))?
    }

    /// As [`Arena::reset`]: whole, in the eyes of every other thread.
    ///
    /// # Errors
    /// [`Contended`]; nothing was reset then.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let taken = shared.allocate(&request)?;
    /// assert!(shared.reset()? > taken.id.epoch());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset(&self) -> Result<Epoch, Contended> {
        self.with(Arena::reset)
    }

    /// Every figure, the calls that gave up included.
    ///
    /// # Errors
    /// [`Contended`].
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// shared.allocate(&request)?;
    /// assert_eq!(shared.statistics()?.allocations_total, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(&self) -> Result<Statistics, Contended> {
        self.statistics_beside(|| ()).map(|(statistics, ())| statistics)
    }

    /// As [`Self::statistics`], and what `look` says at that very moment, while no
    /// thread is inside an operation: figures that threads keep beside the arena's
    /// then agree with them.
    ///
    /// # Errors
    /// [`Contended`]; `look` was not called then.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let (statistics, beside) = shared.statistics_beside(|| 7)?;
    /// assert_eq!((statistics.allocation_count, beside), (0, 7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics_beside<R>(&self, look: impl FnOnce() -> R) -> Result<(Statistics, R), Contended> {
        // Not counted where it gives up: a look is no call that anybody was refused.
        let mut paused = self.pause(self.patience)?;
        let (mut statistics, seen) = (paused.arena().statistics(), look());
        drop(paused);
        let [allocations, frees, others] = [&self.refused.allocations, &self.refused.frees, &self.refused.others]
            .map(|count| count.load(Ordering::Relaxed));
        let refusals = &mut statistics.refusals;
        refusals.add(RefusalKind::ContendedAllocation, allocations);
        refusals.add(RefusalKind::ContendedFree, frees);
        refusals.add(RefusalKind::ContendedOther, others);
        statistics.allocation_failures_total = refusals.allocations();
        statistics.free_failures_total = refusals.frees();
        statistics.contended_total = refusals.contended();
        Ok((statistics, seen))
    }

    /// Runs `job` on the arena while no other thread touches it: attached threads
    /// pause. Keep it short. The calling thread must not hold a [`Pinned`](crate::Pinned)
    /// of this arena: that would wait for itself, and end as [`Contended`].
    ///
    /// # Errors
    /// [`Contended`]; `job` did not run then.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// assert_eq!(shared.with(|arena| arena.audit())?, Ok(()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with<R>(&self, job: impl FnOnce(&mut Arena) -> R) -> Result<R, Contended> {
        self.try_with(self.patience, job)
    }

    /// As [`Self::with`], with a patience of its own: the page's main thread has
    /// less than a worker.
    ///
    /// # Errors
    /// As [`Self::with`].
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let policy = shared.try_with(Patience::PAGE, |arena| arena.policy())?;
    /// assert_eq!(policy, PolicyKind::Bins);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_with<R>(&self, patience: Patience, job: impl FnOnce(&mut Arena) -> R) -> Result<R, Contended> {
        self.enter_paused(patience, &self.refused.others, |mut paused| job(paused.arena()))
    }

    /// Lets every attached thread come to rest, and holds them there.
    ///
    /// # Errors
    /// [`Contended`] where the lock cannot be had, or a thread does not come to the end of
    /// its operation; all of them go on then.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let paused = shared.pause(Patience::WORKER)?;
    /// assert!(matches!(shared.try_with(Patience::NONE, |_| ()), Err(Contended { .. })));
    /// drop(paused);
    /// assert!(shared.try_with(Patience::NONE, |_| ()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pause(&self, patience: Patience) -> Result<Paused<'_>, Contended> {
        let arena = self.lock.try_for(patience)?;
        self.pause_under(arena, None, patience)
    }

    /// As [`Self::pause`], for who holds the lock; `own` is its number where it is a
    /// thread inside.
    pub(crate) fn pause_under<'a>(
        &'a self,
        arena: LockGuard<'a, Arena>,
        own: Option<ThreadNumber>,
        patience: Patience,
    ) -> Result<Paused<'a>, Contended> {
        let pause = self.safepoint.pause(own, patience)?;
        let mut paused = Paused { shared: self, pause, arena };
        paused.collect();
        Ok(paused)
    }

    fn enter_paused<R>(
        &self,
        patience: Patience,
        refused: &AtomicU64,
        job: impl FnOnce(Paused<'_>) -> R,
    ) -> Result<R, Contended> {
        self.pause(patience).map(job).inspect_err(|_| {
            refused.fetch_add(1, Ordering::Relaxed);
        })
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

    /// What a handle of stamp `stamp` names.
    pub(crate) fn named(&self, id: AllocationId, stamp: Stamp) -> Result<Named, FreeError> {
        if id.stamp != stamp {
            return Err(id.stale_for(stamp));
        }
        id.named().ok_or(FreeError::Unknown { id: id.to_bits() })
    }

    /// Ends the sharing.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let shared = SharedArena::new(arena);
    /// assert_eq!(shared.into_arena().policy(), PolicyKind::FirstFit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_arena(self) -> Arena {
        self.lock.into_inner()
    }
}

/// An arena at rest: every attached thread waits at its safepoint until this is dropped.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
/// # let shared = std::sync::Arc::new(SharedArena::new(arena));
/// let mut paused = shared.pause(Patience::WORKER)?;
/// assert_eq!(paused.arena().audit(), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the threads go on at once"]
pub struct Paused<'a> {
    shared: &'a SharedArena,
    /// Before the lock, as fields are dropped in this order: who gets the lock finds no
    /// pause on.
    pause: Pause<'a>,
    arena: LockGuard<'a, Arena>,
}

impl Paused<'_> {
    /// The arena, threads' caches included.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// shared.allocate(&request)?;
    /// let mut paused = shared.pause(Patience::WORKER)?;
    /// assert_eq!(paused.arena().statistics().allocation_count, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }

    /// Gives back what the caches of all threads keep, as far as nothing in it is live.
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
    /// let taken = thread.pin()?.allocate(&request)?;
    /// thread.pin()?.deallocate(taken.id)?;
    /// let mut paused = shared.pause(Patience::WORKER)?;
    /// assert!(!paused.arena().statistics().cached.is_zero());
    /// paused.give_back();
    /// assert!(paused.arena().statistics().cached.is_zero());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn give_back(&mut self) {
        let tier = &*self.shared.tier;
        for seat in &tier.seats {
            sweep(self.arena.space_mut(), tier, seat, seat.cache.get(), Reach::Pages);
        }
    }

    /// Takes in what threads have freed for each other.
    fn collect(&mut self) {
        let tier = &*self.shared.tier;
        for seat in &tier.seats {
            collect(self.arena.space_mut(), tier, seat, seat.cache.get());
        }
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.shared.direct.store(self.arena.guards().is_some(), Ordering::Relaxed);
        self.pause.set_epoch(self.arena.epoch().get());
    }
}
