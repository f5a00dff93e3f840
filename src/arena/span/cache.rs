//! One thread's cache: lists of vacant records by size, and the page that new slots
//! are cut from. Plain numbers, no lock, no atomic read-modify-write.

mod cut;
mod lists;

use super::super::layout::{GRANULE, GRANULE_BYTES};
use super::super::policy::class_of_five_bits;
use super::super::request::Request;
use super::memory::Ground;
use super::pages::{PAGE, Pages};
use super::record::{Name, Record};
use crate::units::Bytes;
use cut::Front;

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

/// How many of the lists a step of an eighth takes.
const LISTS_OF_AN_EIGHTH: usize = 4;

/// A range may serve a request whose rounded size is so many eighths smaller.
const NEAR: usize = 2;

/// Granules of a page.
pub(in super::super) const PAGE_GRANULES: u32 = PAGE / GRANULE_BYTES;

/// The granules that a request of so many is given: few sizes, so that what is freed
/// serves the next of about its size. None more up to 1 KiB, a 32nd at most for a larger
/// slot, an eighth for a range.
#[inline(always)]
pub(in super::super) const fn rounded(granules: u32) -> u32 {
    let bits = if granules > SLOT { 3 } else { 5 };
    let shift = (granules | 1 << bits).ilog2() - bits;
    (granules + (1 << shift) - 1) >> shift << shift
}

/// The list of a range of so many granules, above [`SLOT`], rounded up.
#[inline(always)]
const fn list_of_range(granules: u32) -> usize {
    // As `class_of_five_bits(rounded(granules))`, with one look for the highest bit: of
    // the five bits the last two are zero.
    let shift = (granules - 1).ilog2() - 3;
    let eighths = ((granules - 1) >> shift) + 1;
    (((shift - 2) << 5) + eighths * LISTS_OF_AN_EIGHTH as u32) as usize
}

/// The granules of a vacant record that count as idle: those of ranges.
#[inline(always)]
pub(in super::super) const fn idle_part(size: u32) -> u32 {
    if size > SLOT { size } else { 0 }
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
    /// As many may be.
    pub(in super::super) idle_limit: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Cache {
    /// An empty cache of thread `owner`, which may keep no ranges yet.
    pub(in super::super) const fn new(owner: u32) -> Self {
        Self {
            heads: [0; LISTS],
            front: Front::NONE,
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
    pub(in super::super) fn forget(&mut self) {
        self.dropped += self.live();
        self.heads = [0; LISTS];
        self.front = Front::NONE;
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

    /// The most granules used at once since this was last called, and the bytes asked
    /// for at that moment.
    pub(in super::super) const fn take_peak(&mut self) -> (u32, u64) {
        let peaks = (self.peak(), self.requested_at_peak());
        self.peak = self.sum;
        peaks
    }

    /// Serves a request from a list or the front page; `None` where neither can, or the
    /// request is another one.
    #[inline(always)]
    pub(in super::super) fn allocate(&mut self, ground: &Ground, pages: &Pages, request: &Request) -> Option<Name> {
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
        self.fill(record, request);
        Some(name)
    }

    /// Makes a vacant record, in no list, the request's.
    #[inline(always)]
    pub(in super::super) fn fill(&mut self, record: &Record, request: &Request) {
        record.fill(request);
        self.sum += u64::from(record.size()) << 32 | request.size.get();
        self.peak = self.peak.max(self.sum);
        self.allocations += 1;
    }

    /// Takes a range from the list of its size or of the next ones, or a larger slot.
    #[inline(never)]
    fn allocate_range(&mut self, ground: &Ground, pages: &Pages, request: &Request) -> Option<Name> {
        let (size, align) = (request.size.get(), request.align.get());
        if !align.is_power_of_two() || size.wrapping_sub(1) >= u64::from(LARGEST * GRANULE_BYTES) {
            return None;
        }
        let granules = (size as u32).div_ceil(GRANULE_BYTES);
        if granules <= SLOT {
            return self.allocate_slot(ground, pages, granules, request);
        }
        let list = list_of_range(granules);
        match self.take_from(ground, list, request) {
            Some(name) => Some(name),
            None => self.take_near(ground, list, request),
        }
    }

    /// Takes a range that is up to [`NEAR`] eighths larger than the rounded size.
    #[inline(never)]
    fn take_near(&mut self, ground: &Ground, list: usize, request: &Request) -> Option<Name> {
        (1..=NEAR).find_map(|step| self.take_from(ground, list + step * LISTS_OF_AN_EIGHTH, request))
    }

    /// Takes a slot above 1 KiB, or of a larger alignment, from its list or the front
    /// page.
    #[inline(never)]
    fn allocate_slot(&mut self, ground: &Ground, pages: &Pages, granules: u32, request: &Request) -> Option<Name> {
        let granules = rounded(granules);
        self.take_from(ground, class_of_five_bits(granules) as usize, request)
            .or_else(|| self.cut_aligned(ground, pages, granules, request))
    }

    /// Takes the first record of a list, every one of which is large enough, if it is
    /// aligned as asked.
    #[inline(always)]
    fn take_from(&mut self, ground: &Ground, list: usize, request: &Request) -> Option<Name> {
        let head = self.heads.get_mut(list)?;
        let name = *head;
        if name == 0 {
            return None;
        }
        let record = ground.record(name);
        if request.align > GRANULE && !record.bytes().0.get().is_multiple_of(request.align.get()) {
            return None;
        }
        *head = record.next();
        self.idle -= idle_part(record.size());
        self.fill(record, request);
        Some(name)
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
            if !self.keeps(size) {
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
    fn keeps(&mut self, size: u32) -> bool {
        let idle = self.idle + idle_part(size);
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_rounded_up_by_an_eighth_at_most() {
        for granules in (1..5_000).chain((12..=18).flat_map(|bits| (1 << bits) - 1..=1 << bits)) {
            let most = match granules {
                0..=63 => granules,
                64..=SLOT => granules + granules / 32,
                _ => granules + granules / 8,
            };
            assert!((granules..=most).contains(&rounded(granules)), "{granules}");
            assert_eq!(rounded(rounded(granules)), rounded(granules));
        }
    }

    #[test]
    fn a_range_is_looked_for_where_its_rounded_size_is_listed() {
        for granules in (SLOT + 1..5_000).chain((12..=18).flat_map(|bits| (1 << bits) - 1..=1 << bits)) {
            assert_eq!(list_of_range(granules), class_of_five_bits(rounded(granules)) as usize, "{granules}");
        }
    }
}
