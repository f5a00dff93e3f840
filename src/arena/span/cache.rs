//! One thread's cache: lists of vacant records by size, and the page that new slots
//! are cut from. Plain numbers, no lock, no atomic read-modify-write.

use super::super::layout::GRANULE_BYTES;
use super::super::policy::class_of_five_bits;
use super::super::request::Request;
use super::memory::{Ground, HEADER};
use super::pages::{PAGE, Pages, RECORDS};
use super::record::{Name, Record};
use crate::units::Bytes;
use core::sync::atomic::Ordering::Relaxed;

/// The largest request that the short path serves, in granules: up to it, each size
/// has a list of its own.
const SMALL: u32 = 63;

/// The largest request that is given a slot of a page, in granules (2 KiB).
pub(in super::super) const SLOT: u32 = 128;

/// The largest alignment that slots are cut to, in bytes.
pub(in super::super) const SLOT_ALIGN: Bytes = Bytes::new(256);

/// Ranges above this, in granules (4 MiB), go back to the placement tier at once.
pub(in super::super) const LARGEST: u32 = 1 << 18;

/// Lists by size: one for each number of granules up to 63, then 32 for each doubling.
const LISTS: usize = class_of_five_bits(LARGEST) as usize + 1;

/// Ranges without room after which the lists are emptied.
const OVERFLOWS: u32 = 32;

/// Granules of a page.
pub(in super::super) const PAGE_GRANULES: u32 = PAGE / GRANULE_BYTES;

/// Granules that as many records take.
const RECORD_GRANULES: u32 = PAGE_GRANULES / RECORDS;

/// A page that a thread cuts slots from.
#[derive(Clone, Copy, Debug, Default)]
struct Front {
    page: u32,
    /// The first granule that no slot takes.
    bump: u32,
    /// The lowest record that has been begun.
    lowest: Name,
}

/// One thread's part of the arena.
#[derive(Debug)]
pub(in super::super) struct Cache {
    heads: [Name; LISTS],
    front: Front,
    /// Used granules in the high half, bytes asked for in the low one: what this
    /// thread has allocated and nobody has freed.
    sum: u64,
    /// The highest `sum` since the peak was last taken.
    peak: u64,
    pub(in super::super) allocations: u64,
    pub(in super::super) frees: u64,
    /// Allocations that resets ended.
    pub(in super::super) dropped: u64,
    pub(in super::super) cuts: u64,
    pub(in super::super) misses: u64,
    pub(in super::super) remote_received: u64,
    /// The owner's number, counted from one.
    owner: u32,
    /// The ticket that new records begin with: even, and above any that their places
    /// may have had.
    pub(in super::super) floor: u32,
    /// Its pages, counted from one, the newest first; linked by their headers.
    pub(in super::super) first_page: u32,
    /// Records without a range, for ranges to come.
    pub(in super::super) spare: Name,
    /// Granules that the placement tier has lent: pages and ranges.
    pub(in super::super) lent: u32,
    /// Granules of the ranges in the lists.
    pub(in super::super) idle: u32,
    /// Ranges that there was no room for.
    overflows: u32,
    /// As many may be.
    pub(in super::super) idle_limit: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl Cache {
    /// An empty cache of thread `owner`, which may keep `idle_limit` granules of
    /// ranges.
    pub(in super::super) const fn new(owner: u32, idle_limit: u32) -> Self {
        Self {
            heads: [0; LISTS],
            front: Front { page: 0, bump: 0, lowest: 0 },
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
            overflows: 0,
            idle_limit,
        }
    }

    /// Forgets everything that an epoch held; the counts go on.
    pub(in super::super) fn forget(&mut self) {
        self.dropped += self.live();
        self.heads = [0; LISTS];
        self.front = Front::default();
        (self.sum, self.peak, self.floor) = (0, 0, 0);
        (self.first_page, self.spare, self.idle, self.lent) = (0, 0, 0, 0);
    }

    /// Live allocations.
    pub(in super::super) const fn live(&self) -> u64 {
        self.allocations - self.frees - self.dropped
    }

    /// Granules of live allocations.
    pub(in super::super) const fn used(&self) -> u32 {
        (self.sum >> 32) as u32
    }

    /// Bytes that the live allocations asked for.
    pub(in super::super) const fn requested(&self) -> u64 {
        self.sum & 0xFFFF_FFFF
    }

    /// The most granules used since the peak was last taken.
    pub(in super::super) const fn peak(&self) -> u32 {
        (self.peak >> 32) as u32
    }

    /// Bytes asked for when the most granules were used.
    pub(in super::super) const fn requested_at_peak(&self) -> u64 {
        self.peak & 0xFFFF_FFFF
    }

    /// The most granules ever used at once since this was last called.
    pub(in super::super) const fn take_peak(&mut self) -> u32 {
        let peak = (self.peak >> 32) as u32;
        self.peak = self.sum;
        peak
    }

    /// Serves a request from a list or the front page; `None` where neither can, or the
    /// request is another one.
    #[inline(always)]
    pub(in super::super) fn allocate<'g>(
        &mut self,
        ground: &'g Ground,
        pages: &Pages,
        request: &Request,
    ) -> Option<(Name, u32, &'g Record)> {
        let (size, align) = (request.size.get(), request.align.get());
        let aligned = align.wrapping_sub(1) < u64::from(GRANULE_BYTES) && align & align.wrapping_sub(1) == 0;
        if !aligned || size.wrapping_sub(1) >= u64::from(SMALL * GRANULE_BYTES) {
            return self.allocate_range(ground, pages, request);
        }
        let granules = (size as u32).div_ceil(GRANULE_BYTES);
        let name = self.heads[granules as usize];
        if name == 0 {
            return self.cut(ground, pages, granules, request);
        }
        let record = ground.record(name);
        self.heads[granules as usize] = record.next();
        Some(self.fill(name, record, request))
    }

    /// Makes a vacant record, in no list, the request's.
    #[inline(always)]
    pub(in super::super) fn fill<'g>(
        &mut self,
        name: Name,
        record: &'g Record,
        request: &Request,
    ) -> (Name, u32, &'g Record) {
        let ticket = record.fill(request);
        self.sum += u64::from(record.size()) << 32 | request.size.get();
        self.peak = self.peak.max(self.sum);
        self.allocations += 1;
        (name, ticket, record)
    }

    /// Cuts a slot from the front page.
    #[inline(always)]
    fn cut<'g>(
        &mut self,
        ground: &'g Ground,
        pages: &Pages,
        granules: u32,
        request: &Request,
    ) -> Option<(Name, u32, &'g Record)> {
        let name = self.begin(ground, pages, granules)?;
        self.cuts += 1;
        Some(self.fill(name, ground.record(name), request))
    }

    /// Begins a record with a slot of so many granules, none for a range to come.
    #[inline(always)]
    pub(in super::super) fn begin(&mut self, ground: &Ground, pages: &Pages, granules: u32) -> Option<Name> {
        let Front { page, bump, lowest } = self.front;
        let end = bump + granules;
        // Written so that an empty front, all zero, has no room.
        if end + RECORD_GRANULES > lowest * RECORD_GRANULES {
            return None;
        }
        let name = lowest - 1;
        (self.front.bump, self.front.lowest) = (end, name);
        ground.record(name).begin(self.floor, bump, granules);
        pages.set(page, self.owner, name % RECORDS);
        Some(name)
    }

    /// Takes a range of the request's size class from its list.
    #[inline(never)]
    fn allocate_range<'g>(
        &mut self,
        ground: &'g Ground,
        pages: &Pages,
        request: &Request,
    ) -> Option<(Name, u32, &'g Record)> {
        let size = request.size.get();
        let align = request.align.get();
        if !align.is_power_of_two() || size.wrapping_sub(1) >= u64::from(LARGEST * GRANULE_BYTES) {
            return None;
        }
        let granules = (size as u32).div_ceil(GRANULE_BYTES);
        let class = class_of_five_bits(granules) as usize;
        // What is in the next class is large enough, and at most a sixteenth too large;
        // of small sizes it would be too large by more.
        let next = if granules > SMALL { (class + 1).min(LISTS - 1) } else { class };
        for list in [class, next] {
            let name = self.heads[list];
            if name == 0 {
                continue;
            }
            let record = ground.record(name);
            let misaligned = (u64::from(record.start()) * u64::from(GRANULE_BYTES)) & (align - 1) != 0;
            if record.size() >= granules && !misaligned {
                self.heads[list] = record.next();
                self.note_taken(record);
                return Some(self.fill(name, record, request));
            }
        }
        self.cut_aligned(ground, pages, granules, request)
    }

    /// Cuts a slot of an alignment above the granule; the pad becomes a slot too.
    fn cut_aligned<'g>(
        &mut self,
        ground: &'g Ground,
        pages: &Pages,
        granules: u32,
        request: &Request,
    ) -> Option<(Name, u32, &'g Record)> {
        if granules > SLOT || request.align > SLOT_ALIGN {
            return None;
        }
        let align = (request.align.get() as u32).div_ceil(GRANULE_BYTES);
        let pad = self.front.bump.wrapping_neg() & (align - 1);
        // The pad is cut only if the slot behind it can be.
        let Front { bump, lowest, .. } = self.front;
        if bump + pad + granules + 2 * RECORD_GRANULES > lowest * RECORD_GRANULES {
            return None;
        }
        if pad > 0 {
            let front = self.begin(ground, pages, pad)?;
            self.list(front, ground.record(front));
        }
        self.cut(ground, pages, granules, request)
    }

    /// A vacant record has left its list.
    #[inline(always)]
    fn note_taken(&mut self, record: &Record) {
        self.idle -= Self::idle_of(record);
    }

    /// Frees the live allocation of `ticket`: the record goes in front of its list.
    /// False, and nothing is done, where it is a range and enough of those are idle, or
    /// too large for any list.
    #[inline(always)]
    pub(in super::super) fn free(&mut self, name: Name, record: &Record, ticket: u32) -> bool {
        let size = record.size();
        let list = if size <= SMALL {
            size as usize
        } else {
            if !self.keeps(record, size) {
                return false;
            }
            class_of_five_bits(size) as usize
        };
        self.sum -= u64::from(size) << 32 | u64::from(record.requested());
        self.frees += 1;
        let head = &mut self.heads[list];
        record.vacate(ticket, *head);
        *head = name;
        true
    }

    #[inline(always)]
    fn keeps(&mut self, record: &Record, size: u32) -> bool {
        if record.node().is_none() {
            return true;
        }
        let idle = self.idle + size;
        if size > LARGEST || idle > self.idle_limit {
            return false;
        }
        self.idle = idle;
        true
    }

    /// Ends the live allocation of `ticket` without a list; the record is the caller's.
    pub(in super::super) fn end(&mut self, record: &Record, ticket: u32) {
        self.sum -= u64::from(record.size()) << 32 | u64::from(record.requested());
        self.frees += 1;
        record.vacate(ticket, 0);
    }

    /// Puts a vacant record with a range or a slot into its list, or among the spare.
    pub(in super::super) fn list(&mut self, name: Name, record: &Record) {
        let head = match record.size() {
            0 => &mut self.spare,
            size => &mut self.heads[class_of_five_bits(size) as usize],
        };
        record.set_next(*head);
        *head = name;
    }

    /// Every list with its number and its first record; the spare records are list zero.
    pub(in super::super) fn lists(&self) -> impl Iterator<Item = (usize, Name)> {
        let sized = self.heads.iter().copied().enumerate().skip(1);
        sized.chain([(0, self.spare)])
    }

    /// The list that a vacant record belongs into.
    pub(in super::super) fn list_of(record: &Record) -> usize {
        class_of_five_bits(record.size()) as usize
    }

    /// The granules of a vacant record that count as idle.
    #[inline(always)]
    pub(in super::super) fn idle_of(record: &Record) -> u32 {
        if record.size() > SMALL && record.node().is_some() { record.size() } else { 0 }
    }

    /// A spare record.
    pub(in super::super) fn take_spare(&mut self, ground: &Ground) -> Option<Name> {
        let name = Some(self.spare).filter(|&name| name != 0)?;
        self.spare = ground.record(name).next();
        Some(name)
    }

    /// A slot of at most an eighth more than needed, where neither the own list nor
    /// the front has one.
    pub(in super::super) fn take_larger(&mut self, ground: &Ground, granules: u32) -> Option<Name> {
        let larger = granules + 1..=(granules + granules / 8 + 1).min(SMALL);
        let list = larger.map(|size| size as usize).find(|&size| self.heads[size] != 0)?;
        let name = self.heads[list];
        self.heads[list] = ground.record(name).next();
        Some(name)
    }

    /// Empties every list, the spare ones included, into `each`.
    pub(in super::super) fn empty_lists(&mut self, ground: &Ground, mut each: impl FnMut(Name)) {
        for list in 0..=LISTS {
            let head = if list < LISTS { &mut self.heads[list] } else { &mut self.spare };
            let mut name = core::mem::take(head);
            while name != 0 {
                let next = ground.record(name).next();
                each(name);
                name = next;
            }
        }
    }

    /// Takes the idle ranges out of their lists, into `each`, which puts their records
    /// among the spare.
    pub(in super::super) fn drain_ranges(&mut self, ground: &Ground, mut each: impl FnMut(Name)) {
        for list in SMALL as usize + 1..LISTS {
            let mut name = core::mem::take(&mut self.heads[list]);
            while name != 0 {
                let record = ground.record(name);
                let next = record.next();
                if record.node().is_some() {
                    each(name);
                }
                self.list(name, record);
                name = next;
            }
        }
        self.idle = 0;
    }

    /// True for every so manieth range that there is no room for: the lists may hold
    /// sizes that nobody asks for any more.
    pub(in super::super) const fn is_clogged(&mut self) -> bool {
        self.overflows = self.overflows.wrapping_add(1);
        self.overflows.is_multiple_of(OVERFLOWS)
    }

    /// Takes the page behind `node`, lent to this thread, as its front. What was left of
    /// the front before stays in its page, cached.
    pub(in super::super) fn open_page(&mut self, ground: &Ground, pages: &Pages, page: u32, node: u32) {
        self.close_front(ground);
        let header = ground.header(page);
        header.remote.clear();
        header.set_next(self.first_page);
        header.node.store(node, Relaxed);
        header.set_bump(HEADER);
        self.first_page = page + 1;
        self.lent += PAGE_GRANULES;
        self.front = Front { page, bump: page * PAGE_GRANULES + HEADER, lowest: (page + 1) * RECORDS };
        pages.set(page, self.owner, RECORDS);
    }

    /// Writes the front's end into its page, and has no front.
    pub(in super::super) fn close_front(&mut self, ground: &Ground) {
        if self.front.lowest != 0 {
            ground.header(self.front.page).set_bump(self.front.bump - self.front.page * PAGE_GRANULES);
        }
        self.front = Front::default();
    }

    /// Goes on with a page of its own where it was left.
    pub(in super::super) fn reopen(&mut self, ground: &Ground, pages: &Pages, page: u32) {
        self.close_front(ground);
        let bump = page * PAGE_GRANULES + ground.header(page).bump();
        self.front = Front { page, bump, lowest: page * RECORDS + pages.lowest(page) };
    }

    /// The page that slots are cut from.
    pub(in super::super) const fn front_page(&self) -> Option<u32> {
        if self.front.lowest == 0 { None } else { Some(self.front.page) }
    }

    /// The owner's number, counted from one.
    pub(in super::super) const fn owner(&self) -> u32 {
        self.owner
    }

    /// Changes what a live allocation asked for.
    pub(in super::super) fn rewrite(&mut self, record: &Record, requested: u32) {
        self.sum = self.sum - u64::from(record.requested()) + u64::from(requested);
        self.peak = self.peak.max(self.sum);
        record.set_requested(requested);
    }
}
