//! What a pinned thread does where its cache does not help, from cheap to dear: take in
//! what others have freed; under the lock, take a page or a range from the placement
//! tier; give back what its own cache keeps; pause the others and give back what theirs
//! keep; only then refuse.

use super::pinned::Pinned;
use crate::allocator::Arena;
use crate::error::ResizeError;
use crate::error::{AllocError, Contended, FreeError};
use crate::layout::{GRANULE, MAX_ALIGN, NodeIndex, to_bytes};
use crate::policy::index::NoPlace;
use crate::request::{Allocation, AllocationId, Extent, Named, Request};
use crate::shared::Paused;
use crate::sync::lock::LockGuard;
use crate::sync::wait::Patience;
use crate::thread_cache::cache::{Cache, Known, LARGEST, PAGE_GRANULES, SLOT, SLOT_ALIGN, rounded};
use crate::thread_cache::name::Name;
use crate::thread_cache::pages::PAGE;
use crate::thread_cache::sweep::{Reach, collect, give_range_back, give_ranges_back, sweep};
use crate::thread_cache::tier::{Published, Seat, Tier};
use arenascope_units::{Bytes, Micros};
use core::sync::atomic::Ordering::Relaxed;

/// A clock that dates a request once the lock is held; `None` where the request's own time
/// stands.
pub(super) type LockedClock<'c> = Option<&'c mut dyn FnMut() -> Micros>;

/// What the work under the lock came to.
enum Placed {
    /// Served by the thread's cache, after it was given more.
    Cached(Known),
    /// By the placement tier alone.
    Direct(Allocation),
}

impl<'a> Pinned<'a> {
    /// Waits out a pause, if there is one.
    pub(super) fn safepoint(&mut self) -> Result<(), Contended> {
        if self.inside.is_current() {
            return Ok(());
        }
        self.note_exit();
        let entry = self.inside.renew(self.shared.patience)?;
        self.note_entry(entry);
        Ok(())
    }

    /// Runs `job` under the lock.
    fn locked<R>(&mut self, job: impl FnOnce(&mut Arena, &Tier, &Seat, &mut Cache) -> R) -> Result<R, Contended> {
        let mut arena = self.lock()?;
        let (shared, seat, number) = (self.shared, self.seat, self.number());
        arena.fold_peak(number);
        let before = arena.space().tally.used;
        let done = job(&mut arena, &shared.tier, seat, seat.cache.get());
        // What the cache does until the next time is in its own peak.
        if arena.space().tally.used != before {
            arena.fold_peak(number);
        }
        shared.tier.publish(seat, seat.cache.get());
        Ok(done)
    }

    /// Runs `job` while every other thread pauses.
    fn paused<R>(&mut self, job: impl FnOnce(&mut Paused<'_>) -> R) -> Result<R, Contended> {
        let arena = self.lock()?;
        let mut paused = self.shared.pause_under(arena, Some(self.number()), self.shared.patience)?;
        Ok(job(&mut paused))
    }

    /// Takes the lock. Where it is open the thread stays inside: only who holds the lock
    /// pauses, so nobody does, and nobody can from now on.
    pub(super) fn lock(&mut self) -> Result<LockGuard<'a, Arena>, Contended> {
        let (shared, published) = (self.shared, &self.seat.published);
        let open = if self.inside.is_inside() { shared.lock.try_now() } else { None };
        let arena = match open {
            Some(arena) => arena,
            None => self.lock_outside()?,
        };
        Published::count(&published.locks);
        Ok(arena)
    }

    /// Waits for the lock outside, so that who holds it may pause. With the lock in hand
    /// the thread is inside again.
    ///
    /// Where the wait ends in vain the thread stays outside; its next operation comes in.
    #[cold]
    #[inline(never)]
    fn lock_outside(&mut self) -> Result<LockGuard<'a, Arena>, Contended> {
        self.note_exit();
        self.inside.step_out();
        let taken = self.shared.lock.try_for(self.shared.patience);
        Published::count(&self.seat.published.lock_waits);
        let arena = taken?;
        self.step_in(Patience::NONE)?;
        Ok(arena)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn allocate_slowly(
        &mut self,
        request: &Request,
        is_missed: bool,
        clock: LockedClock<'_>,
    ) -> Result<Allocation, AllocError> {
        let answer = self.try_slowly(request, is_missed, clock);
        if answer.as_ref().is_ok_and(|allocation| allocation.id.record().is_none()) {
            Published::count(&self.seat.published.direct_allocations);
        }
        if let Err(refused @ (AllocError::InvalidLayout { .. } | AllocError::Contended(_))) = &answer {
            self.shared.tier.refuse(refused);
        }
        answer
    }

    /// `is_missed` where the cache has just been asked, in vain.
    fn try_slowly(
        &mut self,
        request: &Request,
        is_missed: bool,
        mut clock: LockedClock<'_>,
    ) -> Result<Allocation, AllocError> {
        request.check()?;
        if !is_missed {
            self.safepoint().map_err(AllocError::Contended)?;
            if self.direct {
                return self.allocate_directly(request, clock);
            }
            if let Some(taken) = self.seat.cache.get().allocate(&self.memory, self.pages, request) {
                return Ok(self.say(taken));
            }
        }
        let placed =
            self.locked(|arena, tier, seat, cache| descend(arena, tier, seat, cache, &dated(request, &mut clock)));
        match placed.map_err(AllocError::Contended)? {
            Ok(Placed::Cached(taken)) => Ok(self.say(taken)),
            Ok(Placed::Direct(allocation)) => Ok(allocation),
            Err(_) => self.allocate_last(request, clock),
        }
    }

    /// Past the cache, while the arena is guarded.
    fn allocate_directly(&mut self, request: &Request, mut clock: LockedClock<'_>) -> Result<Allocation, AllocError> {
        let placed = self.locked(|arena, _, _, _| arena.allocate_quietly(&dated(request, &mut clock)));
        placed.map_err(AllocError::Contended)?.or_else(|_| self.allocate_last(request, clock))
    }

    /// The last step: nobody keeps anything that is not live.
    fn allocate_last(&mut self, request: &Request, mut clock: LockedClock<'_>) -> Result<Allocation, AllocError> {
        let (seat, tier) = (self.seat, &*self.shared.tier);
        let answer = self.paused(|paused| {
            paused.give_back();
            let request = &dated(request, &mut clock);
            match place(paused.arena(), tier, seat.cache.get(), request) {
                // Named while the pause lasts: a reset may follow it.
                Ok(Placed::Cached(taken)) => Ok(named(paused.arena(), taken)),
                Ok(Placed::Direct(allocation)) => Ok(allocation),
                Err(_) => paused.arena().allocate(request),
            }
        });
        answer.map_err(AllocError::Contended)?
    }

    #[cold]
    #[inline(never)]
    pub(super) fn deallocate_slowly(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        self.safepoint().map_err(FreeError::Contended)?;
        let name = match self.shared.named(id, self.stamp) {
            Ok(Named::Record(name)) => name,
            Ok(Named::Node(_)) => {
                let freed = self.locked(|arena, _, _, _| arena.deallocate(id));
                let freed = freed.map_err(|contended| self.refuse(FreeError::Contended(contended)))?;
                if freed.is_ok() {
                    Published::count(&self.seat.published.direct_frees);
                }
                return freed;
            }
            Err(refused) => return Err(self.refuse(refused)),
        };
        let tier = &*self.shared.tier;
        let owner = tier.check(name, id).map_err(|refused| self.refuse(refused))?;
        if owner != self.owner {
            let posted = tier.post(name, id).map_err(|refused| self.refuse(refused))?;
            Published::count(&self.seat.published.remote_sent);
            return Ok(posted);
        }
        self.free_range(name, id)
    }

    fn refuse(&self, refused: FreeError) -> FreeError {
        self.shared.tier.refuse(&refused);
        refused
    }

    /// Frees a range of its own that the cache has no room for: it gives ranges back, the
    /// largest first, until half of its part is free, so that this seldom happens.
    fn free_range(&mut self, name: Name, id: AllocationId) -> Result<Extent, FreeError> {
        let freed = self.locked(|arena, tier, _, cache| {
            // The lock was not held for a moment: look again.
            arena.resolve(id)?;
            let extent = tier.extent(name);
            let record = tier.memory.record(name);
            if record.size() <= LARGEST {
                let keep = (cache.idle_limit / 2).saturating_sub(record.size());
                give_ranges_back(arena.space_mut(), tier, cache, keep);
            }
            if cache.free(name, record, record.place(), id.generation()) {
                return Ok(extent);
            }
            cache.end(record, id.generation());
            cache.lent -= give_range_back(arena.space_mut(), &tier.memory, name);
            cache.list(name, record);
            Ok(extent)
        });
        match freed {
            Ok(answer) => answer.map_err(|refused| self.refuse(refused)),
            Err(contended) => Err(self.refuse(FreeError::Contended(contended))),
        }
    }

    /// As [`Arena::resize_in_place`]: inside what is set aside, without the lock where
    /// the allocation is this thread's.
    ///
    /// # Errors
    /// As there.
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
    /// assert_eq!(here.resize_in_place(taken.id, Bytes::new(80))?.offset, taken.offset);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resize_in_place(&mut self, id: AllocationId, new_size: Bytes) -> Result<Allocation, ResizeError> {
        self.safepoint().map_err(|contended| ResizeError::Handle(FreeError::Contended(contended)))?;
        let owner = match self.shared.named(id, self.stamp) {
            Ok(Named::Record(name)) => self.shared.tier.check(name, id).map(|owner| (owner, name)),
            Ok(Named::Node(_)) => Ok((0, 0)),
            Err(refused) => Err(refused),
        };
        match owner.map_err(|refused| self.refuse(refused))? {
            (owner, name) if owner == self.owner => {
                let resized = self.shared.tier.resize(self.seat.cache.get(), name, id, new_size);
                if let Err(refused) = &resized {
                    self.shared.tier.refuse(refused);
                }
                resized
            }
            (0, _) => {
                let resized = self.locked(|arena, _, _, _| arena.resize_in_place(id, new_size));
                resized.map_err(|contended| ResizeError::Handle(self.refuse(FreeError::Contended(contended))))?
            }
            // Another thread's record: its cache may only be touched in a pause.
            _ => {
                let resized = self.paused(|paused| paused.arena().resize_in_place(id, new_size));
                resized.map_err(|contended| ResizeError::Handle(self.refuse(FreeError::Contended(contended))))?
            }
        }
    }
}

/// Serves a request under the lock, giving back what the cache keeps if need be.
fn descend(
    arena: &mut Arena,
    tier: &Tier,
    seat: &Seat,
    cache: &mut Cache,
    request: &Request,
) -> Result<Placed, NoPlace> {
    if seat.has_mail()
        && collect(arena.space_mut(), tier, seat, cache)
        && let Some(taken) = cache.allocate(&tier.memory, &tier.pages, request)
    {
        return Ok(Placed::Cached(taken));
    }
    if let Ok(placed) = place(arena, tier, cache, request) {
        return Ok(placed);
    }
    sweep(arena.space_mut(), tier, seat, cache, Reach::Ranges);
    place(arena, tier, cache, request)
}

/// The request with the time at which it is placed. To be called with the lock in hand.
fn dated(request: &Request, clock: &mut LockedClock<'_>) -> Request {
    let now = clock.as_mut().map_or(request.now, |clock| clock());
    Request { now, ..*request }
}

fn named(arena: &Arena, taken: Known) -> Allocation {
    let Extent { offset, size: usable } = taken.place.extent();
    Allocation { id: AllocationId::of_record(taken.name, taken.ticket, arena.space().stamp()), offset, usable }
}

/// Serves a request from a new page, a larger slot, a new range, or by the placement
/// tier alone.
fn place(arena: &mut Arena, tier: &Tier, cache: &mut Cache, request: &Request) -> Result<Placed, NoPlace> {
    let granules = (request.size.get() as u32).div_ceil(GRANULE.get() as u32);
    if granules <= SLOT && request.align <= SLOT_ALIGN {
        if open_page(arena, tier, cache, request)
            && let Some(taken) = cache.allocate(&tier.memory, &tier.pages, request)
        {
            return Ok(Placed::Cached(taken));
        }
        if request.align <= GRANULE
            && let Some(name) = cache.take_larger(&tier.memory, granules)
        {
            let record = tier.memory.record(name);
            return Ok(Placed::Cached(cache.fill(Known::read(name, record), record, request)));
        }
    }
    let Some(name) = vacant_record(arena, tier, cache, request) else {
        return arena.try_allocate(request).map(Placed::Direct);
    };
    match lend(arena, request, granules, name) {
        Ok(node) => {
            arena.note_end(node);
            let (start, size) = (arena.space().table[node].start, arena.space().table[node].size);
            let record = tier.memory.record(name);
            let place = record.set_range(start, size, Some(node));
            cache.lent += size;
            cache.misses += 1;
            let vacant = Known { name, ticket: record.ticket().word(), place };
            Ok(Placed::Cached(cache.fill(vacant, record, request)))
        }
        Err(refused) => {
            cache.list(name, tier.memory.record(name));
            Err(refused)
        }
    }
}

/// Takes a range of the rounded size, so that it can serve others of about this size;
/// where there is no room for that, of the size itself.
fn lend(arena: &mut Arena, request: &Request, granules: u32, name: Name) -> Result<NodeIndex, NoPlace> {
    if granules <= LARGEST {
        let roomy = Request { size: to_bytes(rounded(granules)), ..*request };
        if let Ok(node) = arena.space_mut().lend(&roomy, name) {
            return Ok(node);
        }
    }
    arena.space_mut().lend(request, name)
}

/// A record for a range: a spare one, or a new one.
fn vacant_record(arena: &mut Arena, tier: &Tier, cache: &mut Cache, request: &Request) -> Option<Name> {
    let begin = |cache: &mut Cache| cache.begin(&tier.memory, &tier.pages, 0).map(|begun| begun.name);
    cache
        .take_spare(&tier.memory)
        .or_else(|| begin(cache))
        .or_else(|| if open_page(arena, tier, cache, request) { begin(cache) } else { None })
}

/// Takes a page from the placement tier as the cache's front.
fn open_page(arena: &mut Arena, tier: &Tier, cache: &mut Cache, request: &Request) -> bool {
    let whole = Request { size: Bytes::from(PAGE), align: MAX_ALIGN, ..*request };
    let Ok(node) = arena.space_mut().lend(&whole, 0) else { return false };
    let entry = &arena.space().table[node];
    if entry.size != PAGE_GRANULES {
        // A policy that sets more aside: not seen, as a page is a power of two.
        arena.space_mut().take_back(node);
        return false;
    }
    let page = entry.start / PAGE_GRANULES;
    arena.note_end(node);
    cache.floor = tier.floor.load(Relaxed);
    cache.open_page(&tier.memory, &tier.pages, page, node.slot() + 1);
    true
}
