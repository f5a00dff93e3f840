//! What an allocation of the threads' tier says about itself.
//!
//! A record ([`Record`]) is written by the thread that owns its page. What other threads
//! may read at any time is atomic; the rest is its owner's alone and, in a pause,
//! everybody's. On the web each atomic store is an exchange, whatever its ordering, so
//! there are few: two for an allocation and one for a free. The [`Ticket`] is what counts:
//! it says which handle is good.

use super::memory::Record;
use super::name::Name;
use crate::layout::{GRANULE_BYTES, NodeIndex, to_bytes};
use crate::nodes::node::Holding;
use crate::request::{Extent, Request};
use crate::sync::ticket::Ticket;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use core::sync::atomic::Ordering::Relaxed;

/// Bits of category and alignment, below the birth: 2⁵⁵ µs are 1141 years.
const KIND_BITS: u32 = 9;
const CATEGORY_BITS: u32 = 4;
/// Bits of a first granule, below 2²⁶; the node's high bits lie above.
const START_BITS: u32 = 26;
const START_MASK: u32 = (1 << START_BITS) - 1;

/// Which granules a record stands for, by one look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(u64);

impl Place {
    /// First granule, from the region's base.
    #[inline(always)]
    pub(crate) const fn start(self) -> u32 {
        self.0 as u32 & START_MASK
    }

    /// Granules of the range; 0 where it has none.
    #[inline(always)]
    pub(crate) const fn size(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Offset and size in bytes.
    #[inline(always)]
    pub(crate) const fn extent(self) -> Extent {
        Extent { offset: to_bytes(self.start()), size: to_bytes(self.size()) }
    }

    const fn node_high(self) -> u32 {
        self.0 as u32 >> START_BITS
    }
}

const _: () = assert!(MemoryCategory::MAX == 1 << CATEGORY_BITS);

impl Record {
    /// Makes a vacant record of a place that holds anything.
    #[inline(always)]
    pub(crate) fn begin(&self, ticket: u32, start: u32, size: u32) -> Place {
        let place = self.set_range(start, size, None);
        self.ticket.begin(ticket);
        place
    }

    /// Says which granules the record stands for, and which node they have in the
    /// placement tier if they are no slot.
    #[inline(always)]
    pub(crate) fn set_range(&self, start: u32, size: u32, node: Option<NodeIndex>) -> Place {
        let node = node.map_or(0, |node| node.slot() + 1);
        let low = start | (node >> 16) << START_BITS;
        let place = Place(u64::from(size) << 32 | u64::from(low));
        self.place.store(place.0, Relaxed);
        self.node_low.set(node as u16);
        place
    }

    /// Says which handle is good.
    #[inline(always)]
    pub(crate) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// True while an allocation is live, and not freed by another thread.
    pub(crate) fn is_live(&self) -> bool {
        self.ticket.is_live()
    }

    /// True while nobody holds it, and no free of another thread waits here either.
    pub(crate) fn is_vacant(&self) -> bool {
        self.ticket.word() & 1 == 0
    }

    /// Makes the record, vacant with `ticket`, that of an allocation: its handle's ticket.
    #[inline(always)]
    pub(crate) fn fill(&self, ticket: u32, request: &Request) -> u32 {
        let Owner { category, tag } = request.owner;
        let kind = category.index() as u64 | u64::from(request.align.get().trailing_zeros()) << CATEGORY_BITS;
        self.word.set(request.now.get() << KIND_BITS | kind);
        self.requested.store(request.size.get() as u32, Relaxed);
        self.tag.set(tag.0);
        self.ticket.occupy(ticket)
    }

    /// Ends the live allocation of `handle` and puts the record in front of `next`.
    #[inline(always)]
    pub(crate) fn vacate(&self, handle: u32, next: Name) {
        self.ticket.vacate(handle);
        self.set_next(next);
    }

    /// The next record of its list, while vacant.
    #[inline(always)]
    pub(crate) fn next(&self) -> Name {
        self.word.get() as u32
    }

    /// Sets the next record of its list, while vacant.
    #[inline(always)]
    pub(crate) fn set_next(&self, next: Name) {
        self.word.set(u64::from(next));
    }

    /// Which granules it stands for.
    #[inline(always)]
    pub(crate) fn place(&self) -> Place {
        Place(self.place.load(Relaxed))
    }

    /// First granule, from the region's base.
    pub(crate) fn start(&self) -> u32 {
        self.place().start()
    }

    /// Granules of its range; 0 where it has none.
    pub(crate) fn size(&self) -> u32 {
        self.place().size()
    }

    /// Bytes that were asked for.
    #[inline(always)]
    pub(crate) fn requested(&self) -> u32 {
        self.requested.load(Relaxed)
    }

    /// Sets the bytes that were asked for.
    pub(crate) fn set_requested(&self, requested: u32) {
        self.requested.store(requested, Relaxed);
    }

    /// The node of the range in the placement tier; `None` for a slot of the page.
    pub(crate) fn node(&self) -> Option<NodeIndex> {
        NodeIndex::from_slot((self.place().node_high() << 16 | u32::from(self.node_low.get())).wrapping_sub(1))
    }

    /// Who holds it; `None` where nobody does, or the record is damaged. For the owner, or
    /// in a pause.
    pub(crate) fn holding(&self) -> Option<Holding> {
        let word = self.word.get();
        let kind = word & ((1 << KIND_BITS) - 1);
        self.is_live().then(|| Holding {
            requested: self.requested(),
            align_log2: (kind >> CATEGORY_BITS) as u8,
            owner: Owner::new(MemoryCategory::from_low_bits(kind), Tag(self.tag.get())),
            born: Micros::new(word >> KIND_BITS),
        })
    }

    /// Where the bytes lie, and how many were asked for.
    pub(crate) fn bytes(&self) -> (Bytes, Bytes) {
        (to_bytes(self.start()), Bytes::from(self.requested().min(self.size() * GRANULE_BYTES)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::thread_cache::memory::Own;
    use core::sync::atomic::{AtomicU32, AtomicU64};

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
        let owner = Owner::new(MemoryCategory::every()[MemoryCategory::MAX - 1], Tag(u16::MAX));
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
