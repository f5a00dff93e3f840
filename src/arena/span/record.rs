//! What an allocation of the threads' tier says about itself.
//!
//! A record is written by the thread that owns its page. What other threads may read at
//! any time is atomic; the rest is [`Own`]: theirs alone and, in a pause, everybody's. On
//! the web each atomic store is an exchange, whatever its ordering, so there are few: two
//! for an allocation and one for a free. The [`Ticket`] is what counts: it says which
//! handle is good.

use super::super::layout::{GRANULE_BYTES, to_bytes};
use super::super::node::{Holding, NodeIndex};
use super::super::request::{Extent, Request};
use super::super::ticket::Ticket;
use super::memory::Own;
use crate::owner::{MemoryCategory, Owner, Tag};
use crate::units::{Bytes, Micros};
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// Where a record lies: its offset from the region's base, in records. Never zero,
/// where the arena's header lies.
pub(in super::super) type Name = u32;

/// Bytes of a record.
pub(in super::super) const RECORD: u32 = 32;

/// Bits of category and alignment, below the birth: 2⁵⁶ µs are 2283 years.
const KIND_BITS: u32 = 8;
const CATEGORY_BITS: u32 = 3;
/// Bits of a first granule, below 2²⁶; the node's high bits lie above.
const START_BITS: u32 = 26;
const START_MASK: u32 = (1 << START_BITS) - 1;

/// One allocation, or a vacant place for one. Every bit pattern is a valid value (on the
/// machine's atomics; the model checker's have a size of their own, and no model makes a
/// region's bytes into records).
#[derive(Debug)]
#[repr(C, align(32))]
pub(in super::super) struct Record {
    /// Live: birth, category, alignment. Vacant: the next record of its list.
    word: Own<u64>,
    ticket: Ticket,
    /// Low half: first granule, from the region's base, and above it the node's high bits.
    /// High half: size, which is looked at most.
    place: AtomicU64,
    requested: AtomicU32,
    tag: Own<u16>,
    node_low: Own<u16>,
}

/// Which granules a record stands for, by one look.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Place(u64);

impl Place {
    /// First granule, from the region's base.
    #[inline(always)]
    pub(in super::super) const fn start(self) -> u32 {
        self.0 as u32 & START_MASK
    }

    /// Granules.
    #[inline(always)]
    pub(in super::super) const fn size(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// As bytes.
    #[inline(always)]
    pub(in super::super) const fn extent(self) -> Extent {
        Extent { offset: to_bytes(self.start()), size: to_bytes(self.size()) }
    }

    const fn node_high(self) -> u32 {
        self.0 as u32 >> START_BITS
    }
}

const _: () = assert!(MemoryCategory::ALL.len() <= 1 << CATEGORY_BITS);
#[cfg(not(loom))]
const _: () = assert!(size_of::<Record>() == RECORD as usize);

impl Record {
    /// Makes a vacant record of a place that holds anything.
    #[inline(always)]
    pub(in super::super) fn begin(&self, ticket: u32, start: u32, size: u32) -> Place {
        let place = self.set_range(start, size, None);
        self.ticket.begin(ticket);
        place
    }

    /// Says which granules the record stands for, and which node they have in the
    /// placement tier if they are no slot.
    #[inline(always)]
    pub(in super::super) fn set_range(&self, start: u32, size: u32, node: Option<NodeIndex>) -> Place {
        let node = node.map_or(0, |node| node.slot() + 1);
        let low = start | (node >> 16) << START_BITS;
        let place = Place(u64::from(size) << 32 | u64::from(low));
        self.place.store(place.0, Relaxed);
        self.node_low.set(node as u16);
        place
    }

    /// Says which handle is good.
    #[inline(always)]
    pub(in super::super) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// True while an allocation is live, and not freed by another thread.
    pub(in super::super) fn is_live(&self) -> bool {
        self.ticket.is_live()
    }

    /// True while nobody holds it, and no free of another thread waits here either.
    pub(in super::super) fn is_vacant(&self) -> bool {
        self.ticket.word() & 1 == 0
    }

    /// Makes the record, vacant with `ticket`, that of an allocation: its handle's ticket.
    #[inline(always)]
    pub(in super::super) fn fill(&self, ticket: u32, request: &Request) -> u32 {
        let Owner { category, tag } = request.owner;
        let kind = category.index() as u64 | u64::from(request.align.get().trailing_zeros()) << CATEGORY_BITS;
        self.word.set(request.now.get() << KIND_BITS | kind);
        self.requested.store(request.size.get() as u32, Relaxed);
        self.tag.set(tag.0);
        self.ticket.occupy(ticket)
    }

    /// Ends the live allocation of `handle` and puts the record in front of `next`.
    #[inline(always)]
    pub(in super::super) fn vacate(&self, handle: u32, next: Name) {
        self.ticket.vacate(handle);
        self.set_next(next);
    }

    /// The next record of its list, while vacant.
    #[inline(always)]
    pub(in super::super) fn next(&self) -> Name {
        self.word.get() as u32
    }

    /// Sets the next record of its list, while vacant.
    #[inline(always)]
    pub(in super::super) fn set_next(&self, next: Name) {
        self.word.set(u64::from(next));
    }

    /// Which granules it stands for.
    #[inline(always)]
    pub(in super::super) fn place(&self) -> Place {
        Place(self.place.load(Relaxed))
    }

    /// First granule, from the region's base.
    pub(in super::super) fn start(&self) -> u32 {
        self.place().start()
    }

    /// Granules.
    pub(in super::super) fn size(&self) -> u32 {
        self.place().size()
    }

    /// Bytes that were asked for.
    #[inline(always)]
    pub(in super::super) fn requested(&self) -> u32 {
        self.requested.load(Relaxed)
    }

    /// Sets the bytes that were asked for.
    pub(in super::super) fn set_requested(&self, requested: u32) {
        self.requested.store(requested, Relaxed);
    }

    /// The node of the range in the placement tier; `None` for a slot of the page.
    pub(in super::super) fn node(&self) -> Option<NodeIndex> {
        NodeIndex::from_slot((self.place().node_high() << 16 | u32::from(self.node_low.get())).wrapping_sub(1))
    }

    /// Who holds it; `None` where nobody does, or the record is damaged. For the owner, or
    /// in a pause.
    pub(in super::super) fn holding(&self) -> Option<Holding> {
        let word = self.word.get();
        let kind = word as u8;
        let category = MemoryCategory::from_index(usize::from(kind & ((1 << CATEGORY_BITS) - 1)))?;
        self.is_live().then(|| Holding {
            requested: self.requested(),
            align_log2: kind >> CATEGORY_BITS,
            owner: Owner::new(category, Tag(self.tag.get())),
            born: Micros::new(word >> KIND_BITS),
        })
    }

    /// Where the bytes lie, and how many were asked for.
    pub(in super::super) fn bytes(&self) -> (Bytes, Bytes) {
        (to_bytes(self.start()), Bytes::from(self.requested().min(self.size() * GRANULE_BYTES)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_largest_numbers_fit_beside_each_other() {
        let record = Record {
            word: Own::new(0),
            ticket: Ticket::new(0),
            place: AtomicU64::new(0),
            requested: AtomicU32::new(0),
            tag: Own::new(0),
            node_low: Own::new(0),
        };
        // Of 1 GiB: granules, and more nodes than its table has.
        let (start, size, node) = (START_MASK, 1 << 26, NodeIndex::from_slot((1 << 22) - 2));
        let place = record.set_range(start, size, node);
        assert_eq!((place.start(), place.size(), record.node()), (start, size, node));
        assert_eq!((record.start(), record.size()), (start, size));
        let owner = Owner::new(MemoryCategory::ALL[MemoryCategory::ALL.len() - 1], Tag(u16::MAX));
        let born = Micros::new(u64::MAX >> KIND_BITS);
        let request = Request { size: Bytes::new(7), align: Bytes::kib(64), owner, now: born };
        assert_eq!(record.fill(0, &request), 1);
        assert_eq!(record.holding(), Some(Holding { requested: 7, align_log2: 16, owner, born }));
        record.vacate(1, Name::MAX);
        assert_eq!((record.next(), record.holding()), (Name::MAX, None));
        assert_eq!((record.start(), record.size(), record.node()), (start, size, node));
        assert_eq!(record.set_range(0, 0, None).size(), 0);
        assert_eq!(record.node(), None);
    }
}
