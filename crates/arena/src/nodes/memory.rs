//! The arena's bytes, and the only place that turns them into values.
//!
//! A [`Region`] is reserved once. On the web it lies in the module's linear
//! memory, whose buffer is the SharedArrayBuffer that every thread of the page
//! sees; natively it comes from the same allocator. All references handed out
//! are tied to a borrow of the owner, so the borrow checker keeps readers and
//! writers apart; across threads the lock of the front does.

use super::division::{Division, Header};
use super::node::Node;
use crate::region::Region;
use arenascope_units::Bytes;
use core::ptr::NonNull;

/// A region divided into header, node table and payload.
#[derive(Debug)]
pub(crate) struct Memory {
    region: Region,
    division: Division,
    /// Whether the payload lies in the region. Of a span it lies nowhere.
    is_backed: bool,
}

impl Memory {
    /// Divides `region` and clears its metadata, unless the region is fresh from the
    /// allocator and so clear. The payload keeps its bytes.
    pub(crate) fn divide(mut region: Region) -> Self {
        let division = Division::of(region.size().get());
        if !region.take_fresh() {
            // SAFETY: the division's payload starts inside the region, which is ours
            // alone; header and nodes accept any bytes, zero among them.
            unsafe { region.base().write_bytes(0, division.payload as usize) };
        }
        Self { region, division, is_backed: true }
    }

    /// Memory for the header and the nodes of `division`, whose payload lies nowhere;
    /// `None` where they do not fit into `region`, which is fresh.
    pub(crate) fn without_payload(region: Region, division: Division) -> Option<Self> {
        let fits = division.table_end() <= region.size().get();
        fits.then_some(Self { region, division, is_backed: false })
    }

    /// Where the parts lie.
    pub(crate) const fn division(&self) -> &Division {
        &self.division
    }

    /// Address of the region's first byte.
    pub(crate) fn address(&self) -> usize {
        self.region.address()
    }

    /// Address of the region's first byte, to make threads' pages of: kept no longer than
    /// `self`.
    pub(crate) const fn base(&self) -> NonNull<u8> {
        self.region.base()
    }

    /// Gives the region back, contents as they are.
    pub(crate) fn into_region(self) -> Region {
        self.region
    }

    pub(crate) fn header(&self) -> &Header {
        // SAFETY: the base is aligned to 64 KiB and the region is longer than a
        // header, initialised, and valid for any bits; `&self` keeps writers out.
        unsafe { self.region.base().cast::<Header>().as_ref() }
    }

    pub(crate) fn header_mut(&mut self) -> &mut Header {
        // SAFETY: as in `header`; `&mut self` keeps every other reference out.
        unsafe { self.region.base().cast::<Header>().as_mut() }
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        // SAFETY: `table` points at `node_count` nodes inside the region, as both constructors
        // see to, all initialised and valid for any bits; `&self` keeps writers out.
        unsafe { NonNull::slice_from_raw_parts(self.table(), self.division.node_count as usize).as_ref() }
    }

    pub(crate) fn nodes_mut(&mut self) -> &mut [Node] {
        // SAFETY: as in `nodes`; `&mut self` keeps every other reference out.
        unsafe { NonNull::slice_from_raw_parts(self.table(), self.division.node_count as usize).as_mut() }
    }

    /// The node table: 64 bytes behind a base aligned to 64 KiB, so aligned.
    fn table(&self) -> NonNull<Node> {
        // SAFETY: the header's end lies inside the region.
        unsafe { self.region.base().add(Division::TABLE as usize) }.cast()
    }

    /// `size` payload bytes at `offset` from the region's base; `None` where they
    /// are not all payload.
    pub(crate) fn payload(&self, offset: Bytes, size: Bytes) -> Option<&[u8]> {
        let (offset, size) = self.check(offset, size)?;
        // SAFETY: `check` holds the range inside the payload, which is initialised
        // and holds no header or node; `&self` keeps writers out.
        Some(unsafe { NonNull::slice_from_raw_parts(self.region.base().add(offset), size).as_ref() })
    }

    /// As [`Self::payload`], to write to.
    pub(crate) fn payload_mut(&mut self, offset: Bytes, size: Bytes) -> Option<&mut [u8]> {
        let (offset, size) = self.check(offset, size)?;
        // SAFETY: as in `payload`; `&mut self` keeps every other reference out.
        Some(unsafe { NonNull::slice_from_raw_parts(self.region.base().add(offset), size).as_mut() })
    }

    fn check(&self, offset: Bytes, size: Bytes) -> Option<(usize, usize)> {
        let end = offset.checked_add(size)?.get();
        let inside = self.is_backed && offset.get() >= self.division.payload && end <= self.division.capacity;
        if inside { Some((offset.to_usize()?, size.to_usize()?)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_zeroed_aligned_and_as_large_as_asked() {
        for region in [Region::reserve(Region::MIN).unwrap(), Region::reserve_pages(256).unwrap()] {
            assert_eq!(region.size(), Bytes::mib(16));
            assert!(region.address().is_multiple_of(64 << 10));
        }
        let memory = Memory::divide(Region::reserve_pages(1).unwrap());
        let start = Bytes::new(memory.division().payload);
        let payload = memory.payload(start, Bytes::kib(64).checked_sub(start).unwrap()).unwrap();
        assert!(payload.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn a_region_that_was_used_is_cleared_when_it_is_divided_again() {
        let mut used = Memory::divide(Region::reserve_pages(1).unwrap());
        let payload = Bytes::new(used.division().payload);
        used.payload_mut(payload, Bytes::new(1)).unwrap()[0] = 7;
        let last = used.nodes().len() - 1;
        (used.header_mut().capacity, used.nodes_mut()[last].start) = (5, 6);
        let again = Memory::divide(used.into_region());
        assert_eq!((again.header().capacity, again.nodes()[last].start), (0, 0));
        assert_eq!(again.payload(payload, Bytes::new(1)).unwrap(), [7]);
    }

    #[test]
    fn header_table_and_payload_lie_apart_inside_the_region() {
        let memory = Memory::divide(Region::reserve_pages(1).unwrap());
        let base = memory.address();
        let payload = Bytes::new(memory.division().payload);
        let nodes = memory.nodes().as_ptr_range();
        let bytes = memory.payload(payload, Bytes::kib(64).checked_sub(payload).unwrap()).unwrap().as_ptr_range();
        assert_eq!(core::ptr::from_ref(memory.header()).addr(), base);
        assert_eq!(nodes.start.addr(), base + 64);
        assert!(nodes.end.addr() <= bytes.start.addr());
        assert_eq!(bytes.end.addr(), base + (64 << 10));
    }

    #[test]
    fn only_payload_can_be_looked_at() {
        let mut memory = Memory::divide(Region::reserve_pages(1).unwrap());
        let payload = Bytes::new(memory.division().payload);
        assert!(memory.payload(Bytes::ZERO, Bytes::new(16)).is_none());
        assert!(memory.payload(payload, Bytes::kib(64)).is_none());
        assert!(memory.payload(Bytes::new(u64::MAX), Bytes::new(2)).is_none());
        memory.payload_mut(payload, Bytes::new(1)).unwrap()[0] = 7;
        assert_eq!(memory.payload(payload, Bytes::new(2)).unwrap(), [7, 0]);
    }
}
