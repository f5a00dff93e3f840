//! What the threads of an arena share without its lock: the pages, and a seat for
//! each thread.

use super::cache::{Cache, PAGE_GRANULES};
use super::counts::ThreadFigures;
use super::memory::{CacheCell, PageMemory};
use super::name::Name;
use super::pages::{NOBODY, PAGE, Pages, RECORDS};
use crate::error::FreeError;
use crate::error::ResizeError;
use crate::figures::refusals::{RefusalKind, Refusals};
use crate::layout::to_bytes;
use crate::region::Region;
use crate::request::{Allocation, AllocationId, Extent};
use crate::sync::inbox::Inbox;
use crate::sync::registry::{Registry, ThreadNumber};
use crate::sync::remote::Sent;
use crate::sync::ticket::Refused;
use arenascope_units::Bytes;
use core::sync::atomic::AtomicU32;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::Relaxed;

/// The threads together may keep this part of the payload in ranges.
const IDLE_PART: u32 = 4;

/// A place for one thread. What its cache holds outlives the thread, and serves the
/// next one.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Seat {
    /// Its pages in which others have freed something.
    inbox: Inbox,
    pub(crate) cache: CacheCell<Cache>,
    pub(crate) published: Published,
}

impl Seat {
    /// True where others have freed something; old news by the time it is read.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        !self.inbox.is_empty()
    }
}

/// Counters of a thread: written by it alone, read by anyone.
#[derive(Debug, Default)]
pub(crate) struct Published {
    pub(crate) allocations: AtomicU64,
    pub(crate) frees: AtomicU64,
    /// Past the cache: what the arena placed itself, and what was freed there.
    pub(crate) direct_allocations: AtomicU64,
    pub(crate) direct_frees: AtomicU64,
    pub(crate) cuts: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) remote_sent: AtomicU64,
    pub(crate) remote_received: AtomicU64,
    pub(crate) locks: AtomicU64,
    pub(crate) lock_waits: AtomicU64,
    pub(crate) safepoint_waits: AtomicU64,
    pub(crate) cached: AtomicU64,
}

impl Published {
    /// Raises a counter of the calling thread.
    pub(crate) fn count(counter: &AtomicU64) {
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }
}

/// The threads' tier of one arena.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) memory: PageMemory,
    pub(crate) pages: Pages,
    pub(crate) seats: Box<[Seat]>,
    /// Which of them are taken.
    pub(crate) registry: Registry,
    /// Refused calls that did not come to the arena itself, by kind; second frees among
    /// them that were found to be ones only when they were collected.
    refused: [AtomicU64; RefusalKind::ALL.len()],
    /// Granules of live allocations of each seat, as published last. Together, since who
    /// reads one reads all.
    used: [AtomicU32; ThreadNumber::COUNT],
    /// Bytes asked for by the live allocations of each seat, likewise.
    requested: [AtomicU64; ThreadNumber::COUNT],
    /// The ticket that records of a page begin with. Written under the lock.
    pub(crate) floor: AtomicU32,
    /// Granules of ranges that the threads together may keep.
    idle_limit: u32,
    /// No seat from this one on has ever been taken.
    seats_end: AtomicU32,
}

impl Tier {
    /// For a region of `capacity` bytes with a payload of so many granules.
    pub(crate) fn new(memory: PageMemory, capacity: u64, payload: u32) -> Self {
        let seat = |number: ThreadNumber| Seat {
            inbox: Inbox::default(),
            cache: CacheCell::new(Cache::new(owner(number))),
            published: Published::default(),
        };
        Self {
            memory,
            pages: Pages::new(capacity),
            seats: ThreadNumber::all().map(seat).collect(),
            registry: Registry::default(),
            refused: [const { AtomicU64::new(0) }; RefusalKind::ALL.len()],
            used: [const { AtomicU32::new(0) }; ThreadNumber::COUNT],
            requested: [const { AtomicU64::new(0) }; ThreadNumber::COUNT],
            floor: AtomicU32::new(0),
            idle_limit: payload / IDLE_PART,
            seats_end: AtomicU32::new(0),
        }
    }

    /// Takes a seat; `None` where all are taken.
    pub(crate) fn claim(&self) -> Option<ThreadNumber> {
        let number = self.registry.claim()?;
        // Relaxed: who looks has the lock, and the seat's thread had it, or has come out of
        // the safepoint, since it first used the seat.
        self.seats_end.fetch_max(number.index() as u32 + 1, Relaxed);
        Some(number)
    }

    /// Counts a refused call.
    #[cold]
    pub(crate) fn refuse(&self, kind: impl Into<RefusalKind>) {
        self.refused[kind.into() as usize].fetch_add(1, Relaxed);
    }

    /// Ends everything that the threads hold. All of them are paused.
    pub(crate) fn forget(&self) {
        self.pages.clear();
        self.floor.store(0, Relaxed);
        for seat in self.seats_taken() {
            seat.inbox.clear();
            seat.cache.get().forget();
            self.publish(seat, seat.cache.get());
        }
    }

    /// Every cache that may hold something. All threads are paused.
    pub(crate) fn caches(&self) -> impl Iterator<Item = &mut Cache> {
        self.seats_taken().iter().map(|seat| seat.cache.get())
    }

    /// The seats up to the last that was ever taken: the others are as they were made,
    /// and a reset need not drive everything else out of the processor's cache for them.
    fn seats_taken(&self) -> &[Seat] {
        let end = self.seats_end.load(Relaxed) as usize;
        &self.seats[..end.min(self.seats.len())]
    }

    /// Granules of ranges that one thread may keep: an equal part, as if seats up to the
    /// highest one taken, rounded up to a power of two, were taken.
    #[inline]
    pub(crate) fn idle_share(&self) -> u32 {
        let others = self.registry.highest();
        self.idle_limit >> (u32::BITS - others.leading_zeros())
    }

    /// The owner of a live allocation's page, or why the handle is no good. The stamp
    /// has been compared.
    #[inline(always)]
    pub(crate) fn check(&self, name: Name, id: AllocationId) -> Result<u32, FreeError> {
        let owner = self.pages.owner_of(name);
        if owner == NOBODY {
            // Its page went back to the placement tier, which takes a free of all in it.
            return Err(fault(Refused::Freed, id));
        }
        let checked = self.memory.record(name).ticket().check(id.generation());
        checked.map(|()| owner).map_err(|refused| fault(refused, id))
    }

    /// Makes a live allocation `new_size` bytes long inside what it has.
    pub(crate) fn resize(
        &self,
        cache: &mut Cache,
        name: Name,
        id: AllocationId,
        new_size: Bytes,
    ) -> Result<Allocation, ResizeError> {
        let record = self.memory.record(name);
        let (offset, usable) = (to_bytes(record.start()), to_bytes(record.size()));
        if new_size.is_zero() || new_size > Region::MAX {
            return Err(ResizeError::InvalidSize { requested: new_size });
        }
        if new_size > usable {
            return Err(ResizeError::NoRoom { requested: new_size, available: usable });
        }
        cache.rewrite(record, new_size.get() as u32);
        Ok(Allocation { id, offset, usable })
    }

    /// True where a byte lies in a page that some thread divides.
    pub(crate) fn is_in_page(&self, offset: Bytes) -> bool {
        let page = offset.get() / u64::from(PAGE);
        u32::try_from(page).is_ok_and(|page| self.pages.owner(page) != NOBODY)
    }

    /// True where a record stands for a slot of its own page, and not for a range, which
    /// is never in a page. For every thread that is inside.
    pub(crate) fn is_slot(&self, name: Name) -> bool {
        self.memory.record(name).start() / PAGE_GRANULES == name / RECORDS
    }

    /// Where the bytes of a record lie.
    pub(crate) fn extent(&self, name: Name) -> Extent {
        self.memory.record(name).place().extent()
    }

    /// Frees another thread's allocation: tells its owner, and waits for nobody.
    pub(crate) fn post(&self, name: Name, id: AllocationId) -> Result<Extent, FreeError> {
        // Looked up before the post: after it the owner may use the record again.
        let owner = self.check(name, id)?;
        let extent = self.extent(name);
        self.memory.record(name).ticket().post(id.generation()).map_err(|refused| fault(refused, id))?;
        let page = name / RECORDS;
        if self.memory.header(page).remote.send(name % RECORDS) == Sent::First
            && let (Some(seat), Some(link)) = (self.seats.get(owner as usize - 1), self.pages.link(page))
        {
            seat.inbox.push(page, link);
        }
        Ok(extent)
    }

    /// Takes in what other threads have freed; true where there was something. `freed`
    /// gets ranges that the cache does not keep, vacant.
    pub(crate) fn collect(&self, seat: &Seat, cache: &mut Cache, mut freed: impl FnMut(Name)) -> bool {
        let mut any = false;
        for page in seat.inbox.take_all(self.pages.count(), |page| self.pages.link(page)) {
            any = true;
            // A page that went back at once after a second free of the same moment is
            // nobody's, or another thread's.
            if self.pages.owner(page) == cache.owner() {
                let collect = |place| self.collect_record(page * RECORDS + place, cache, &mut freed);
                self.memory.header(page).remote.collect(collect);
            }
        }
        any
    }

    fn collect_record(&self, name: Name, cache: &mut Cache, freed: &mut impl FnMut(Name)) {
        let record = self.memory.record(name);
        let Some(handle) = record.ticket().posted() else {
            // Its owner freed it at the same moment: one of the two was a second free.
            self.refuse(RefusalKind::DoubleFree);
            return;
        };
        cache.remote_received += 1;
        if !cache.free(name, record, record.place(), handle) {
            cache.end(record, handle);
            freed(name);
        }
    }

    /// Publishes the counters of a cache.
    pub(crate) fn publish(&self, seat: &Seat, cache: &Cache) {
        let it = &seat.published;
        it.allocations.store(cache.allocations, Relaxed);
        it.frees.store(cache.frees, Relaxed);
        it.cuts.store(cache.cuts, Relaxed);
        it.misses.store(cache.misses, Relaxed);
        it.remote_received.store(cache.remote_received, Relaxed);
        self.used[place_of(cache)].store(cache.used(), Relaxed);
        self.requested[place_of(cache)].store(cache.requested(), Relaxed);
        it.cached.store(to_bytes(cache.lent - cache.used()).get(), Relaxed);
    }

    /// Granules of live allocations of every seat but one, and the bytes that they asked
    /// for, as published last.
    pub(crate) fn used_by_others(&self, own: ThreadNumber) -> (u32, u64) {
        if self.seats_taken().len() <= 1 {
            return (0, 0);
        }
        let others = || (0..self.seats_taken().len()).filter(|seat| *seat != own.index());
        let used = others().map(|seat| self.used[seat].load(Relaxed)).fold(0, u32::wrapping_add);
        (used, others().map(|seat| self.requested[seat].load(Relaxed)).fold(0, u64::wrapping_add))
    }

    /// The counters of every thread that is attached.
    pub(crate) fn figures(&self) -> impl Iterator<Item = ThreadFigures> {
        self.registry.attached().map(|number| self.figures_of(number))
    }

    /// What was published last of that thread.
    pub(crate) fn figures_of(&self, number: ThreadNumber) -> ThreadFigures {
        figures(number, &self.seat(number).published)
    }

    /// The seat of that thread.
    pub(crate) fn seat(&self, number: ThreadNumber) -> &Seat {
        &self.seats[number.index()]
    }
}

#[cold]
const fn fault(refused: Refused, id: AllocationId) -> FreeError {
    match refused {
        Refused::Freed => FreeError::DoubleFree { id: id.to_bits() },
        Refused::Stale { ticket } => FreeError::StaleGeneration { handle: id.generation() >> 1, slot: ticket >> 1 },
    }
}

/// What all caches hold and have done, added up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TierTally {
    /// Granules of live allocations.
    pub(crate) used: u32,
    /// At most so many were used at once since the peaks were last taken.
    pub(crate) used_peak: u32,
    pub(crate) requested: u64,
    pub(crate) live: u64,
    pub(crate) allocations: u64,
    pub(crate) frees: u64,
    pub(crate) dropped: u64,
    /// Bytes asked for when the most granules were used, as `used_peak`.
    pub(crate) requested_peak: u64,
    pub(crate) refusals: Refusals,
}

impl TierTally {
    /// Adds up the caches. All threads are paused.
    pub(crate) fn of(tier: &Tier) -> Self {
        let mut sum = Self::default();
        for (kind, count) in RefusalKind::ALL.into_iter().zip(&tier.refused) {
            sum.refusals.add(kind, count.load(Relaxed));
        }
        for cache in tier.caches() {
            sum.used += cache.used();
            sum.used_peak += cache.peak();
            sum.requested_peak += cache.requested_at_peak();
            sum.requested += cache.requested();
            sum.live += cache.live();
            sum.allocations += cache.allocations;
            sum.frees += cache.frees;
            sum.dropped += cache.dropped;
        }
        sum
    }
}

/// The place of a cache's seat.
const fn place_of(cache: &Cache) -> usize {
    (cache.owner() as usize).wrapping_sub(1) % ThreadNumber::COUNT
}

/// The number by which pages name their owner, counted from one.
pub(crate) const fn owner(number: ThreadNumber) -> u32 {
    number.index() as u32 + 1
}

fn figures(number: ThreadNumber, it: &Published) -> ThreadFigures {
    let read = |counter: &AtomicU64| counter.load(Relaxed);
    let (allocations, cache_cuts, cache_misses) = (read(&it.allocations), read(&it.cuts), read(&it.misses));
    ThreadFigures {
        number,
        allocations: allocations + read(&it.direct_allocations),
        frees: read(&it.frees) + read(&it.direct_frees),
        cache_hits: allocations.saturating_sub(cache_cuts).saturating_sub(cache_misses),
        cache_cuts,
        cache_misses,
        remote_frees_sent: read(&it.remote_sent),
        remote_frees_received: read(&it.remote_received),
        lock_acquisitions: read(&it.locks),
        lock_waits: read(&it.lock_waits),
        safepoint_waits: read(&it.safepoint_waits),
        cached: Bytes::new(read(&it.cached)),
    }
}
