//! Giving back what a cache keeps: idle ranges, and pages none of whose records is
//! live. Under the lock; O(records of the cache).

use super::cache::{Cache, PAGE_GRANULES};
use super::memory::PageMemory;
use super::name::Name;
use super::pages::{NOBODY, RECORDS};
use super::tier::{Seat, Tier};
use crate::layout::NodeIndex;
use crate::split_coalesce::space::Space;
use core::sync::atomic::Ordering::Relaxed;

/// Whether pages may go back too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Ranges only: other threads may be looking at records.
    Ranges,
    /// Pages too: no other thread is at work.
    Pages,
}

/// Takes in what others have freed, and gives back what is not live, as far as
/// `reach` goes; the lists are made anew from what stays.
pub(crate) fn sweep(space: &mut Space, tier: &Tier, seat: &Seat, cache: &mut Cache, reach: Reach) {
    collect(space, tier, seat, cache);
    let memory = &tier.memory;
    let mut given_back = 0;
    cache.empty_lists(memory, |name| given_back += give_range_back(space, memory, name));
    (cache.idle, cache.lent) = (0, cache.lent - given_back);
    let open = cache.opened_page();
    cache.close_page(memory);
    let mut next = core::mem::take(&mut cache.first_page);
    while let Some(page) = next.checked_sub(1) {
        next = memory.header(page).next();
        if reach == Reach::Pages && is_vacant(tier, page) && give_page_back(space, tier, page) {
            cache.lent -= PAGE_GRANULES;
            continue;
        }
        memory.header(page).set_next(cache.first_page);
        cache.first_page = page + 1;
        begun(tier, page)
            .filter(|&name| memory.record(name).is_vacant())
            .for_each(|name| cache.list(name, memory.record(name)));
        if open == Some(page) {
            cache.reopen(memory, &tier.pages, page);
        }
    }
}

/// Takes in what others have freed; ranges that the cache does not keep go back.
pub(crate) fn collect(space: &mut Space, tier: &Tier, seat: &Seat, cache: &mut Cache) -> bool {
    let mut given_back = 0;
    let mut spare = 0;
    let any = tier.collect(seat, cache, |name| {
        given_back += give_range_back(space, &tier.memory, name);
        tier.memory.record(name).set_next(spare);
        spare = name;
    });
    cache.lent -= given_back;
    while spare != 0 {
        let next = tier.memory.record(spare).next();
        cache.list(spare, tier.memory.record(spare));
        spare = next;
    }
    any
}

/// Gives the range of a vacant record back, which stands for none then; nothing for
/// a slot. The granules that went back.
pub(crate) fn give_range_back(space: &mut Space, memory: &PageMemory, name: Name) -> u32 {
    let record = memory.record(name);
    let Some(node) = record.node() else { return 0 };
    let size = record.size();
    // Damaged links: the range stays, for the audit to report.
    if !space.take_back(node) {
        return 0;
    }
    record.set_range(0, 0, None);
    size
}

/// Gives idle ranges back, to be joined, until no more than `keep` granules are left.
pub(crate) fn give_ranges_back(space: &mut Space, tier: &Tier, cache: &mut Cache, keep: u32) {
    let mut given_back = 0;
    cache.drain_ranges(&tier.memory, keep, |name| given_back += give_range_back(space, &tier.memory, name));
    cache.lent -= given_back;
}

fn give_page_back(space: &mut Space, tier: &Tier, page: u32) -> bool {
    let highest = begun(tier, page).map(|name| tier.memory.record(name).ticket().word()).max().unwrap_or(0);
    let node = NodeIndex::from_slot(tier.memory.header(page).node.load(Relaxed).wrapping_sub(1));
    if !node.is_some_and(|node| space.take_back(node)) {
        return false;
    }
    // What lies here next begins above every ticket that handles may know.
    tier.floor.store(tier.floor.load(Relaxed).max(highest), Relaxed);
    tier.pages.set(page, NOBODY, 0);
    true
}

/// The records of a page that have been begun.
pub(crate) fn begun(tier: &Tier, page: u32) -> impl Iterator<Item = Name> + use<> {
    page * RECORDS + tier.pages.lowest(page)..(page + 1) * RECORDS
}

fn is_vacant(tier: &Tier, page: u32) -> bool {
    begun(tier, page).all(|name| tier.memory.record(name).is_vacant())
}
