//! The threads' tier checked against what it says: every record recounted.

use super::cache::{Cache, PAGE_GRANULES, idle_part};
use super::memory::{HEADER, Record};
use super::name::Name;
use super::pages::{NOBODY, RECORDS};
use super::sweep::begun;
use super::tier::{Tier, TierTally};
use crate::error::{Violation, figure};
use crate::layout::to_bytes;
use crate::nodes::node::Node;
use crate::sync::registry::ThreadNumber;

/// What the lent ranges hold, recounted from their records.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TierCount {
    used: u32,
    requested: u64,
    live: u64,
    lent: [u32; ThreadNumber::COUNT],
    /// Vacant records, which must all be in lists.
    vacant: [u64; ThreadNumber::COUNT],
}

impl TierCount {
    fn add(&mut self, seat: usize, record: &Record) {
        if record.is_live() {
            self.used += record.size();
            self.requested += u64::from(record.requested());
            self.live += 1;
        } else if record.is_vacant() {
            self.vacant[seat] += 1;
        }
    }
}

/// Checks a lent range and counts what it holds; false where something cannot be.
pub(crate) fn audit_lent(tier: &Tier, entry: &Node, count: &mut TierCount) -> bool {
    match entry.lent_name() {
        0 => audit_page(tier, entry, count),
        name => {
            // Counted with the page that the record lies in.
            let owner = tier.pages.owner_of(name);
            let Some(lent) = (owner as usize).checked_sub(1).and_then(|seat| count.lent.get_mut(seat)) else {
                return false;
            };
            *lent += entry.size;
            let record = tier.memory.record(name);
            let at = tier.memory.record(name).node().map(|node| node.slot());
            at.is_some() && (record.start(), record.size()) == (entry.start, entry.size) && is_sound(record)
        }
    }
}

fn audit_page(tier: &Tier, entry: &Node, count: &mut TierCount) -> bool {
    let page = entry.start / PAGE_GRANULES;
    let owner = tier.pages.owner(page);
    if owner == NOBODY || !entry.start.is_multiple_of(PAGE_GRANULES) || entry.size != PAGE_GRANULES {
        return false;
    }
    let seat = owner as usize - 1;
    count.lent[seat] += entry.size;
    // The slots follow each other from the header on, without a gap.
    let mut at = entry.start + HEADER;
    let mut sound = true;
    let mut names: core::iter::Rev<core::ops::Range<Name>> = begun_range(tier, page).rev();
    sound &= names.by_ref().all(|name| {
        let record = tier.memory.record(name);
        count.add(seat, record);
        if record.node().is_some() || record.size() == 0 {
            return record.node().is_some() || record.is_vacant();
        }
        let fits = record.start() == at && is_sound(record);
        at += record.size();
        fits
    });
    let records = entry.start + PAGE_GRANULES - (RECORDS - tier.pages.lowest(page)) * 2;
    sound && at <= records
}

fn begun_range(tier: &Tier, page: u32) -> core::ops::Range<Name> {
    let mut names = begun(tier, page);
    let first = names.next().unwrap_or((page + 1) * RECORDS);
    first..(page + 1) * RECORDS
}

/// True where a record's numbers can be.
fn is_sound(record: &Record) -> bool {
    if !record.is_live() {
        return true;
    }
    let Some(holding) = record.holding() else { return false };
    let (offset, requested) = record.bytes();
    let aligned = offset.get().trailing_zeros() >= u32::from(holding.align_log2);
    aligned && !requested.is_zero() && u64::from(holding.requested) <= to_bytes(record.size()).get()
}

/// Compares the caches with the recount.
pub(crate) fn audit_tier(tier: &Tier, count: &TierCount) -> Result<(), Violation> {
    let kept = TierTally::of(tier);
    figure("used by threads", kept.used, count.used)?;
    figure("requested by threads", kept.requested, count.requested)?;
    figure("allocations of threads", kept.live, count.live)?;
    for (seat, cache) in tier.caches().enumerate() {
        figure("lent to a thread", cache.lent, count.lent[seat])?;
        audit_lists(tier, cache, count.vacant[seat])?;
    }
    Ok(())
}

/// Every vacant record is in one list, that of its size.
fn audit_lists(tier: &Tier, cache: &Cache, vacant: u64) -> Result<(), Violation> {
    let (mut listed, mut idle) = (0, 0);
    for (list, mut name) in cache.lists() {
        while name != 0 {
            if listed == vacant || tier.pages.owner_of(name) != cache.owner() {
                return Err(Violation::IndexCount { indexed: listed + 1, free_ranges: vacant });
            }
            let record = tier.memory.record(name);
            if !record.is_vacant() {
                return Err(Violation::IndexNotFree);
            }
            if Cache::list_of(record) != list {
                return Err(Violation::IndexShape { offset: to_bytes(record.start()) });
            }
            idle += idle_part(record.size());
            listed += 1;
            name = record.next();
        }
    }
    figure("idle", cache.idle, idle)?;
    if listed == vacant { Ok(()) } else { Err(Violation::IndexCount { indexed: listed, free_ranges: vacant }) }
}
