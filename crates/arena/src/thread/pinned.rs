//! The operations of a pinned thread: those that a cache serves, in full; all others
//! fall back (`fallback`).

use super::ThreadArena;
use crate::error::{AllocError, Contended, FreeError};
use crate::request::{Allocation, AllocationId, Extent, Request, Stamp};
use crate::shared::SharedArena;
use crate::sync::registry::ThreadNumber;
use crate::sync::safepoint::{Entered, Inside};
use crate::sync::wait::{Patience, Waited};
use crate::thread_cache::cache::Known;
use crate::thread_cache::memory::PageMemory;
use crate::thread_cache::pages::Pages;
use crate::thread_cache::tier::{Published, Seat, owner};
use arenascope_units::Micros;
use core::marker::PhantomData;
use core::sync::atomic::Ordering::Relaxed;

/// A thread at work in its part of a [`SharedArena`].
///
/// Each operation first looks whether the arena is to pause, and waits then.
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
/// let mut here = thread.pin()?;
/// let taken = here.allocate(&request)?;
/// assert_eq!(here.deallocate(taken.id)?.offset, taken.offset);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pinned<'a> {
    pub(super) inside: Inside<'a>,
    /// True where the cache is passed by: while the arena is guarded.
    pub(super) direct: bool,
    /// What control is as long as the cache may be used without a further look: as on the
    /// way in. What it never is while the thread is outside, or passes its cache by.
    ready: u64,
    pub(super) owner: u32,
    pub(super) stamp: Stamp,
    pub(super) memory: PageMemory,
    pub(super) pages: &'a Pages,
    pub(super) seat: &'a Seat,
    pub(super) shared: &'a SharedArena,
    /// One thread works with it, the one that attached.
    _thread: PhantomData<&'a mut ThreadArena>,
    _not_sync: PhantomData<*const ()>,
}

impl ThreadArena {
    /// Begins a batch of work. Keep it short: whoever wants to look at the arena, or to
    /// reset it, waits for the end of the operation in progress.
    ///
    /// # Errors
    /// [`Contended`] where the arena stays paused for longer than its patience.
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
    /// let mut here = thread.pin()?;
    /// assert!(here.allocate(&request)?.usable >= request.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn pin(&mut self) -> Result<Pinned<'_>, Contended> {
        Pinned::new(self)
    }
}

impl<'a> Pinned<'a> {
    #[inline]
    fn new(thread: &'a mut ThreadArena) -> Result<Self, Contended> {
        let (shared, number): (&'a SharedArena, _) = (&thread.shared, thread.number);
        let tier = &*shared.tier;
        let (inside, entry) = shared.safepoint.enter(number, shared.patience)?;
        let mut pinned = Self {
            inside,
            direct: true,
            ready: Inside::NOWHERE,
            owner: owner(number),
            stamp: Stamp::new(shared.number, 0),
            memory: tier.memory,
            pages: &tier.pages,
            seat: tier.seat(number),
            shared,
            _thread: PhantomData,
            _not_sync: PhantomData,
        };
        pinned.note_entry(entry);
        pinned.seat.cache.get().idle_limit = tier.idle_share();
        Ok(pinned)
    }

    pub(super) const fn number(&self) -> ThreadNumber {
        self.inside.thread()
    }

    /// Comes inside again after a step out.
    pub(super) fn step_in(&mut self, patience: Patience) -> Result<(), Contended> {
        let entry = self.inside.step_in(patience)?;
        self.note_entry(entry);
        Ok(())
    }

    #[inline]
    pub(super) fn note_entry(&mut self, entry: Entered) {
        if entry.waited != Waited::default() {
            Published::count(&self.seat.published.safepoint_waits);
        }
        // Written in a pause, which everyone who comes in has behind it.
        self.direct = self.shared.direct.load(Relaxed);
        self.stamp = Stamp::new(self.shared.number, entry.epoch);
        self.ready = if self.direct { Inside::NOWHERE } else { self.inside.seen() };
    }

    /// To be called before the thread steps out.
    pub(super) const fn note_exit(&mut self) {
        self.ready = Inside::NOWHERE;
    }

    /// True where the cache may be used at once.
    #[inline(always)]
    fn is_ready(&self) -> bool {
        self.inside.is_at(self.ready)
    }

    /// Takes memory, from this thread's cache if it can. The bytes are what the last
    /// holder left there.
    ///
    /// Cost: some twenty instructions where the cache has what is wanted; else the
    /// policy's search under the lock. Nothing grows.
    ///
    /// # Errors
    /// [`AllocError`], after everything that any cache keeps has been given back.
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
    /// let mut here = thread.pin()?;
    /// assert_ne!(here.allocate(&request)?.offset, here.allocate(&request)?.offset);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn allocate(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        let is_ready = self.is_ready();
        if is_ready {
            let cache = self.seat.cache.get();
            if let Some(taken) = cache.allocate(&self.memory, self.pages, request) {
                return Ok(self.say(taken));
            }
        }
        // Taken apart, so that the answer of the short path stays in registers: one place
        // for both would be written in small parts and read in large ones, which stalls
        // the processor.
        match self.allocate_slowly(request, is_ready, None) {
            Ok(allocation) => Ok(allocation),
            Err(refused) => Err(refused),
        }
    }

    /// As [`Self::allocate`], for a caller that orders the allocations of several threads
    /// by their times: where the request goes past the cache, `clock` is read with the lock
    /// in hand, and what it says takes the place of `request.now`. A thread may wait long
    /// for the lock; what held the same bytes meanwhile was allocated and freed before.
    ///
    /// # Errors
    /// As [`Self::allocate`].
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
    /// let mut here = thread.pin()?;
    /// let mut readings = 0;
    /// let mut clock = || {
    ///     readings += 1;
    ///     Micros::new(7)
    /// };
    /// here.allocate_by_clock(&request, &mut clock)?;
    /// here.allocate_by_clock(&request, &mut clock)?;
    /// assert_eq!(readings, 1, "the cache was empty, and then it was not");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn allocate_by_clock(
        &mut self,
        request: &Request,
        clock: &mut dyn FnMut() -> Micros,
    ) -> Result<Allocation, AllocError> {
        let is_ready = self.is_ready();
        if is_ready && let Some(taken) = self.seat.cache.get().allocate(&self.memory, self.pages, request) {
            return Ok(self.say(taken));
        }
        self.allocate_slowly(request, is_ready, Some(clock))
    }

    #[inline(always)]
    pub(super) fn say(&self, known: Known) -> Allocation {
        let Extent { offset, size: usable } = known.place.extent();
        Allocation { id: AllocationId::of_record(known.name, known.ticket, self.stamp), offset, usable }
    }

    /// Gives memory back, whichever thread took it, and says which bytes.
    ///
    /// Never waits for the lock where a thread's cache took it: own memory goes into the
    /// cache, another thread's is left for that thread to find.
    ///
    /// # Errors
    /// [`FreeError`]: not a live allocation of this arena. Of two threads that free the
    /// same allocation at the same moment, its owner among them, both may be told that
    /// it is done; it is done once, and the other one counts as a failure.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// // What one thread took, another gives back.
    /// let (mut one, mut other) = (shared.attach()?, shared.attach()?);
    /// let taken = one.pin()?.allocate(&request)?;
    /// assert_eq!(other.pin()?.deallocate(taken.id)?.offset, taken.offset);
    /// assert!(one.pin()?.deallocate(taken.id).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn deallocate(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        if self.is_ready()
            && id.stamp == self.stamp
            && let Some(name) = id.record()
            && self.pages.is_of(name, self.owner)
        {
            let record = self.memory.record(name);
            if record.ticket().check(id.generation()).is_ok() {
                let place = record.place();
                if self.seat.cache.get().free(name, record, place, id.generation()) {
                    return Ok(place.extent());
                }
            }
        }
        match self.deallocate_slowly(id) {
            Ok(extent) => Ok(extent),
            Err(refused) => Err(refused),
        }
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        // Only the thread's own counters: they may be written without a pause.
        if self.inside.is_inside() {
            self.shared.tier.publish(self.seat, self.seat.cache.get());
        }
    }
}
