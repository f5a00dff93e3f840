//! One thread's cache: lists of vacant records by size, and the page that new slots
//! are cut from. Plain numbers, no lock, no atomic read-modify-write.

mod cut;
mod lists;
mod open_page;
mod sizes;

use super::memory::{PageMemory, Record};
use super::name::Name;
use super::pages::{PAGE, Pages};
use super::record::Place;
use crate::layout::GRANULE_BYTES;
use crate::request::Request;
use open_page::OpenPage;
pub(crate) use sizes::{LARGEST, SLOT, SLOT_ALIGN, rounded};
use sizes::{LISTS, NEAR, SMALL, first_list_for, list_of, list_of_range};

/// Granules of a page.
pub(crate) const PAGE_GRANULES: u32 = PAGE / GRANULE_BYTES;

/// The granules of a vacant record that count as idle: those of ranges.
#[inline(always)]
pub(crate) const fn idle_part(size: u32) -> u32 {
    if size > SLOT { size } else { 0 }
}

/// A record as its owner has just read or written it, so that nobody need look again: what
/// was stored a moment ago is slow to load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) name: Name,
    /// The ticket of the handle; of a vacant record, the one before the next.
    pub(crate) ticket: u32,
    pub(crate) place: Place,
}

impl Known {
    /// The record of that name, looked at.
    #[inline(always)]
    pub(crate) fn read(name: Name, record: &Record) -> Self {
        Self { name, ticket: record.ticket().word(), place: record.place() }
    }
}

/// One thread's part of the arena.
#[derive(Debug)]
pub(crate) struct Cache {
    /// The first vacant record of each list; behind them some that stay empty, so that who
    /// looks for the near ones need not look for the end.
    heads: [Name; LISTS + NEAR],
    open: OpenPage,
    /// Used granules in the high half, bytes asked for in the low one: what this
    /// thread has allocated and nobody has freed.
    sum: u64,
    /// The highest `sum` since the peak was last taken.
    peak: u64,
    pub(crate) allocations: u64,
    pub(crate) frees: u64,
    /// Allocations that resets ended.
    pub(crate) dropped: u64,
    pub(crate) cuts: u64,
    pub(crate) misses: u64,
    pub(crate) remote_received: u64,
    /// The owner's number, counted from one.
    owner: u32,
    /// The ticket that new records begin with: even, and above any that their places
    /// may have had.
    pub(crate) floor: u32,
    /// Its pages, counted from one, the newest first; linked by their headers.
    pub(crate) first_page: u32,
    /// Records without a range, for ranges to come.
    pub(crate) spare: Name,
    /// Granules that the placement tier has lent: pages and ranges.
    pub(crate) lent: u32,
    /// Granules of the ranges in the lists.
    pub(crate) idle: u32,
    /// As many may be.
    pub(crate) idle_limit: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Cache {
    /// An empty cache of thread `owner`, which may keep no ranges yet.
    pub(crate) const fn new(owner: u32) -> Self {
        Self {
            heads: [0; LISTS + NEAR],
            open: OpenPage::NONE,
            sum: 0,
            peak: 0,
            allocations: 0,
            frees: 0,
            dropped: 0,
            cuts: 0,
            misses: 0,
            remote_received: 0,
            owner,
            floor: 0,
            first_page: 0,
            spare: 0,
            lent: 0,
            idle: 0,
            idle_limit: 0,
        }
    }

    /// Forgets everything that an epoch held; the counts go on.
    pub(crate) fn forget(&mut self) {
        self.dropped += self.live();
        self.heads = [0; LISTS + NEAR];
        self.open = OpenPage::NONE;
        (self.sum, self.peak, self.floor) = (0, 0, 0);
        (self.first_page, self.spare, self.idle, self.lent) = (0, 0, 0, 0);
    }

    /// Number of live allocations of this thread's cache.
    pub(crate) const fn live(&self) -> u64 {
        self.allocations - self.frees - self.dropped
    }

    /// Granules of live allocations.
    pub(crate) const fn used(&self) -> u32 {
        (self.sum >> 32) as u32
    }

    /// Bytes that the live allocations asked for.
    pub(crate) const fn requested(&self) -> u64 {
        self.sum & 0xFFFF_FFFF
    }

    /// The most granules used since the peak was last taken.
    pub(crate) const fn peak(&self) -> u32 {
        (self.peak >> 32) as u32
    }

    /// Bytes asked for when the most granules were used.
    pub(crate) const fn requested_at_peak(&self) -> u64 {
        self.peak & 0xFFFF_FFFF
    }

    /// The most granules used at once since this was last called, and the bytes asked
    /// for at that moment.
    pub(crate) const fn take_peak(&mut self) -> (u32, u64) {
        let peaks = (self.peak(), self.requested_at_peak());
        self.peak = self.sum;
        peaks
    }

    /// Serves a request from a list or the open page; `None` where neither can, or the
    /// request is another one.
    #[inline(always)]
    pub(crate) fn allocate(&mut self, memory: &PageMemory, pages: &Pages, request: &Request) -> Option<Known> {
        let (size, align) = (request.size.get(), request.align.get());
        let aligned = align.wrapping_sub(1) < u64::from(GRANULE_BYTES) && align & align.wrapping_sub(1) == 0;
        if !aligned || size.wrapping_sub(1) >= u64::from(SMALL * GRANULE_BYTES) {
            // The name alone, which comes in registers.
            let name = if aligned {
                self.allocate_large(memory, pages, request)?
            } else {
                self.allocate_aligned(memory, pages, request)?
            };
            return Some(Known::read(name, memory.record(name)));
        }
        let granules = (size as u32).div_ceil(GRANULE_BYTES);
        let name = self.heads[granules as usize];
        if name == 0 {
            return self.cut(memory, pages, granules, request);
        }
        let record = memory.record(name);
        self.heads[granules as usize] = record.next();
        Some(self.fill(Known::read(name, record), record, request))
    }

    /// Makes a vacant record, in no list, the request's.
    #[inline(always)]
    pub(crate) fn fill(&mut self, vacant: Known, record: &Record, request: &Request) -> Known {
        let ticket = record.fill(vacant.ticket, request);
        self.sum += u64::from(vacant.place.size()) << 32 | request.size.get();
        self.peak = self.peak.max(self.sum);
        self.allocations += 1;
        Known { ticket, ..vacant }
    }

    /// Takes a range from the list of its size or of the next ones, or a slot above 1 KiB;
    /// at the alignment of the granule.
    #[inline(never)]
    fn allocate_large(&mut self, memory: &PageMemory, pages: &Pages, request: &Request) -> Option<Name> {
        let size = request.size.get();
        if size.wrapping_sub(u64::from(SLOT * GRANULE_BYTES) + 1) >= u64::from((LARGEST - SLOT) * GRANULE_BYTES) {
            return self.allocate_slot(memory, pages, request);
        }
        let first = first_list_for(size as u32);
        let near = self.heads.get(first..)?.first_chunk::<{ NEAR + 1 }>()?;
        let step = near.iter().position(|&name| name != 0)?;
        let (list, name) = (first + step, near[step]);
        let record = memory.record(name);
        self.heads[list] = record.next();
        self.idle -= self.fill(Known::read(name, record), record, request).place.size();
        Some(name)
    }

    /// Takes a slot above 1 KiB from its list or the open page.
    #[inline(never)]
    fn allocate_slot(&mut self, memory: &PageMemory, pages: &Pages, request: &Request) -> Option<Name> {
        if request.size.get().wrapping_sub(1) >= u64::from(SLOT * GRANULE_BYTES) {
            return None;
        }
        let granules = rounded((request.size.get() as u32).div_ceil(GRANULE_BYTES));
        let list = list_of(granules);
        match self.heads[list] {
            0 => self.cut(memory, pages, granules, request).map(|known| known.name),
            name => Some(self.take(memory, list, name, request)),
        }
    }

    /// Serves a request of an alignment above the granule's, if that is one that an arena
    /// has: above 64 KiB an offset says nothing of the address.
    #[inline(never)]
    fn allocate_aligned(&mut self, memory: &PageMemory, pages: &Pages, request: &Request) -> Option<Name> {
        let (size, align) = (request.size.get(), request.align.get());
        if !request.is_sound() || size > u64::from(LARGEST * GRANULE_BYTES) {
            return None;
        }
        let granules = rounded((size as u32).div_ceil(GRANULE_BYTES));
        let (first, near) = (list_of(granules), if granules > SLOT { NEAR } else { 0 });
        for list in first..=first + near {
            let name = self.heads[list];
            if name != 0 && memory.record(name).place().extent().offset.get().is_multiple_of(align) {
                return Some(self.take(memory, list, name, request));
            }
        }
        if granules > SLOT { None } else { self.cut_aligned(memory, pages, granules, request) }
    }

    /// Takes the first record, `name`, of a list, every one of which is large enough.
    fn take(&mut self, memory: &PageMemory, list: usize, name: Name, request: &Request) -> Name {
        let record = memory.record(name);
        self.heads[list] = record.next();
        self.idle -= idle_part(self.fill(Known::read(name, record), record, request).place.size());
        name
    }

    /// Frees the live allocation of `ticket`, which has those granules: the record goes in
    /// front of its list. False, and nothing is done, where it is a range and enough of
    /// those are idle, or too large for any list.
    #[inline(always)]
    pub(crate) fn free(&mut self, name: Name, record: &Record, place: Place, ticket: u32) -> bool {
        let size = place.size();
        let list = if size <= SMALL { Some(size as usize) } else { self.keep(size) };
        let Some(head) = list.and_then(|list| self.heads.get_mut(list)) else { return false };
        self.sum -= u64::from(size) << 32 | u64::from(record.requested());
        self.frees += 1;
        record.vacate(ticket, *head);
        *head = name;
        true
    }

    /// The list that keeps a slot above 1 KiB or a range; none where enough are idle.
    #[inline(always)]
    fn keep(&mut self, size: u32) -> Option<usize> {
        if size <= SLOT {
            return Some(list_of(size));
        }
        let idle = self.idle + size;
        if size > LARGEST || idle > self.idle_limit {
            return None;
        }
        self.idle = idle;
        Some(list_of_range(size))
    }

    /// Ends the live allocation of `ticket` without a list; the record is the caller's.
    pub(crate) fn end(&mut self, record: &Record, ticket: u32) {
        self.sum -= u64::from(record.size()) << 32 | u64::from(record.requested());
        self.frees += 1;
        record.vacate(ticket, 0);
    }

    /// The owner's number, counted from one.
    pub(crate) const fn owner(&self) -> u32 {
        self.owner
    }

    /// Changes what a live allocation asked for.
    pub(crate) fn rewrite(&mut self, record: &Record, requested: u32) {
        self.sum = self.sum - u64::from(record.requested()) + u64::from(requested);
        self.peak = self.peak.max(self.sum);
        record.set_requested(requested);
    }
}
