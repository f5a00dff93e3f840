//! The arena's bytes, and the only place that turns them into values.
//!
//! A [`Region`] is reserved once. On the web it lies in the module's linear
//! memory, whose buffer is the SharedArrayBuffer that every thread of the page
//! sees; natively it comes from the same allocator. All references handed out
//! are tied to a borrow of the owner, so the borrow checker keeps readers and
//! writers apart; across threads the lock of the front does.

use super::error::ReserveError;
use super::layout::{Division, Header, MAX_ALIGN};
use super::node::Node;
use super::span::memory::Ground;
use crate::units::Bytes;
use core::fmt;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc_zeroed, dealloc};

/// A range of memory to build an arena in: aligned to 64 KiB, given back on drop.
///
/// ```
/// # use arenascope::{arena::Region, units::Bytes};
/// let region = Region::reserve(Bytes::mib(16))?;
/// assert!(region.address().is_multiple_of(1 << 16));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Region {
    base: NonNull<u8>,
    layout: Layout,
    /// True until an arena has been in it: all zero still.
    is_fresh: bool,
}

// SAFETY: a region owns its bytes alone, like a `Box<[u8]>`.
unsafe impl Send for Region {}
// SAFETY: through a shared reference the bytes can only be read.
unsafe impl Sync for Region {}

impl Region {
    /// The smallest region that [`Self::reserve`] accepts.
    ///
    /// ```
    /// # use arenascope::{arena::Region, units::Bytes};
    /// assert_eq!(Region::reserve(Region::MIN)?.size(), Bytes::mib(16));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const MIN: Bytes = Bytes::mib(16);
    /// The largest region there is.
    ///
    /// ```
    /// # use arenascope::{arena::Region, units::Bytes};
    /// assert_eq!(Region::MAX, Bytes::mib(1024));
    /// assert!(Region::reserve(Bytes::mib(1025)).is_err());
    /// ```
    pub const MAX: Bytes = Bytes::mib(1024);

    /// Reserves `size` bytes, all zero.
    ///
    /// # Errors
    /// [`ReserveError`] where `size` is not a multiple of 64 KiB, lies outside
    /// 16 MiB to 1 GiB, or cannot be had; nothing is reserved then.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Bytes};
    /// assert_eq!(Region::reserve(Bytes::mib(32))?.size(), Bytes::mib(32));
    /// assert!(matches!(Region::reserve(Bytes::new((16 << 20) + 1)), Err(ReserveError::NotWholePages { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reserve(size: Bytes) -> Result<Self, ReserveError> {
        if !(Self::MIN..=Self::MAX).contains(&size) {
            return Err(ReserveError::OutOfRange { requested: size, min: Self::MIN, max: Self::MAX });
        }
        if !size.get().is_multiple_of(MAX_ALIGN.get()) {
            return Err(ReserveError::NotWholePages { requested: size, page: MAX_ALIGN });
        }
        Self::reserve_zeroed(size)
    }

    /// Reserves `pages` × 64 KiB, all zero: also regions too small for an engine,
    /// for tests and for replaying small traces.
    ///
    /// # Errors
    /// [`ReserveError`] where `pages` is zero, more than 1 GiB, or cannot be had.
    ///
    /// ```
    /// # use arenascope::{arena::Region, units::Bytes};
    /// assert_eq!(Region::reserve_pages(3)?.size(), Bytes::kib(192));
    /// assert!(Region::reserve_pages(0).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reserve_pages(pages: u32) -> Result<Self, ReserveError> {
        let size = Bytes::new(u64::from(pages) * MAX_ALIGN.get());
        if size.is_zero() || size > Self::MAX {
            return Err(ReserveError::OutOfRange { requested: size, min: MAX_ALIGN, max: Self::MAX });
        }
        Self::reserve_zeroed(size)
    }

    fn reserve_zeroed(size: Bytes) -> Result<Self, ReserveError> {
        let refused = ReserveError::OutOfMemory { requested: size };
        let bytes = size.to_usize().ok_or(refused)?;
        let layout = Layout::from_size_align(bytes, MAX_ALIGN.get() as usize).map_err(|_| refused)?;
        // SAFETY: both callers refuse a size of zero.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(refused)?;
        Ok(Self { base, layout, is_fresh: true })
    }

    /// The number of bytes.
    ///
    /// ```
    /// # use arenascope::{arena::Region, units::Bytes};
    /// assert_eq!(Region::reserve_pages(1)?.size(), Bytes::kib(64));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn size(&self) -> Bytes {
        Bytes::from(self.layout.size())
    }

    /// The address of the first byte: on the web, its position in the buffer of
    /// the module's memory.
    ///
    /// ```
    /// # use arenascope::arena::Region;
    /// assert!(Region::reserve_pages(1)?.address().is_multiple_of(1 << 16));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn address(&self) -> usize {
        self.base.addr().get()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: `base` came from `alloc_zeroed` with this very layout, and the
        // region is its only owner.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("address", &self.address()).field("size", &self.size()).finish()
    }
}

/// A region divided into header, node table and payload.
#[derive(Debug)]
pub(super) struct Memory {
    region: Region,
    division: Division,
}

impl Memory {
    /// Divides `region` and clears its metadata, unless the region is fresh from the
    /// allocator and so clear. The payload keeps its bytes.
    pub(super) fn divide(mut region: Region) -> Self {
        let division = Division::of(region.size().get());
        if !core::mem::take(&mut region.is_fresh) {
            // SAFETY: the division's payload starts inside the region, which is ours
            // alone; header and nodes accept any bytes, zero among them.
            unsafe { region.base.write_bytes(0, division.payload as usize) };
        }
        Self { region, division }
    }

    /// Where the parts lie.
    pub(super) const fn division(&self) -> &Division {
        &self.division
    }

    /// Address of the region's first byte.
    pub(super) fn address(&self) -> usize {
        self.region.address()
    }

    /// The region's bytes as the threads' tier sees them; kept no longer than `self`.
    pub(super) const fn ground(&self) -> Ground {
        Ground::new(self.region.base, self.division.capacity)
    }

    /// Gives the region back, contents as they are.
    pub(super) fn into_region(self) -> Region {
        self.region
    }

    pub(super) fn header(&self) -> &Header {
        // SAFETY: the base is aligned to 64 KiB and the region is longer than a
        // header, initialised, and valid for any bits; `&self` keeps writers out.
        unsafe { self.region.base.cast::<Header>().as_ref() }
    }

    pub(super) fn header_mut(&mut self) -> &mut Header {
        // SAFETY: as in `header`; `&mut self` keeps every other reference out.
        unsafe { self.region.base.cast::<Header>().as_mut() }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        // SAFETY: `table` points at `node_count` nodes inside the region, all
        // initialised and valid for any bits; `&self` keeps writers out.
        unsafe { NonNull::slice_from_raw_parts(self.table(), self.division.node_count as usize).as_ref() }
    }

    pub(super) fn nodes_mut(&mut self) -> &mut [Node] {
        // SAFETY: as in `nodes`; `&mut self` keeps every other reference out.
        unsafe { NonNull::slice_from_raw_parts(self.table(), self.division.node_count as usize).as_mut() }
    }

    /// The node table: 64 bytes behind a base aligned to 64 KiB, so aligned.
    fn table(&self) -> NonNull<Node> {
        // SAFETY: the header's end lies inside the region.
        unsafe { self.region.base.add(Division::TABLE as usize) }.cast()
    }

    /// `size` payload bytes at `offset` from the region's base; `None` where they
    /// are not all payload.
    pub(super) fn payload(&self, offset: Bytes, size: Bytes) -> Option<&[u8]> {
        let (offset, size) = self.check(offset, size)?;
        // SAFETY: `check` holds the range inside the payload, which is initialised
        // and holds no header or node; `&self` keeps writers out.
        Some(unsafe { NonNull::slice_from_raw_parts(self.region.base.add(offset), size).as_ref() })
    }

    /// As [`Self::payload`], to write to.
    pub(super) fn payload_mut(&mut self, offset: Bytes, size: Bytes) -> Option<&mut [u8]> {
        let (offset, size) = self.check(offset, size)?;
        // SAFETY: as in `payload`; `&mut self` keeps every other reference out.
        Some(unsafe { NonNull::slice_from_raw_parts(self.region.base.add(offset), size).as_mut() })
    }

    fn check(&self, offset: Bytes, size: Bytes) -> Option<(usize, usize)> {
        let end = offset.checked_add(size)?.get();
        let inside = offset.get() >= self.division.payload && end <= self.division.capacity;
        if inside { Some((offset.to_usize()?, size.to_usize()?)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_outside_the_limits_are_refused_with_their_numbers() {
        let refused = |size| Region::reserve(size).unwrap_err();
        let range = |requested| ReserveError::OutOfRange { requested, min: Region::MIN, max: Region::MAX };
        assert_eq!(refused(Bytes::mib(15)), range(Bytes::mib(15)));
        assert_eq!(refused(Bytes::new(u64::MAX)), range(Bytes::new(u64::MAX)));
        let odd = Bytes::new(Bytes::mib(16).get() + 1);
        assert_eq!(refused(odd), ReserveError::NotWholePages { requested: odd, page: Bytes::kib(64) });
        assert!(Region::reserve_pages(0).is_err());
        assert!(Region::reserve_pages(u32::MAX).is_err());
    }

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
