//! Memory to build an arena in.
//!
//! A [`Region`] is reserved once. On the web it lies in the module's linear
//! memory, whose buffer is the SharedArrayBuffer that every thread of the page
//! sees; natively it comes from the same allocator.

use crate::error::ReserveError;
use crate::layout::MAX_ALIGN;
use arenascope_units::Bytes;
use core::fmt;
use core::ptr::NonNull;
#[cfg(not(target_arch = "wasm32"))]
use native::Block;
#[cfg(target_arch = "wasm32")]
use web::Block;

#[cfg(any(target_arch = "wasm32", test))]
mod idle_pages;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

/// A range of memory to build an arena in: aligned to 64 KiB, given back on drop.
///
/// ```
/// # use arenascope_arena::Region;
/// # use arenascope_units::Bytes;
/// let region = Region::reserve(Bytes::mib(16))?;
/// assert!(region.address().is_multiple_of(1 << 16));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Region {
    block: Block,
    size: usize,
    /// True until an arena has been in it: all zero still.
    is_fresh: bool,
}

impl Region {
    /// The smallest region that [`Self::reserve`] accepts.
    ///
    /// ```
    /// # use arenascope_arena::Region;
    /// # use arenascope_units::Bytes;
    /// assert_eq!(Region::reserve(Region::MIN)?.size(), Bytes::mib(16));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const MIN: Bytes = Bytes::mib(16);
    /// The largest region there is.
    ///
    /// ```
    /// # use arenascope_arena::Region;
    /// # use arenascope_units::Bytes;
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
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
    /// # use arenascope_arena::Region;
    /// # use arenascope_units::Bytes;
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
        let size = size.to_usize().ok_or(refused)?;
        let block = Block::zeroed(size).ok_or(refused)?;
        Ok(Self { block, size, is_fresh: true })
    }

    /// The number of bytes.
    ///
    /// ```
    /// # use arenascope_arena::Region;
    /// # use arenascope_units::Bytes;
    /// assert_eq!(Region::reserve_pages(1)?.size(), Bytes::kib(64));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn size(&self) -> Bytes {
        Bytes::from(self.size)
    }

    /// The address of the first byte: on the web, its position in the buffer of
    /// the module's memory.
    ///
    /// ```
    /// # use arenascope_arena::Region;
    /// assert!(Region::reserve_pages(1)?.address().is_multiple_of(1 << 16));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn address(&self) -> usize {
        self.block.base().addr().get()
    }

    /// Where its first byte lies.
    pub(crate) const fn base(&self) -> NonNull<u8> {
        self.block.base()
    }

    /// True the first time it is asked: all zero still.
    pub(crate) const fn take_fresh(&mut self) -> bool {
        core::mem::replace(&mut self.is_fresh, false)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("address", &self.address()).field("size", &self.size()).finish()
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

    /// Zeroing by hand would touch each page of a gibibyte: that took half a second, and
    /// the memory.
    #[cfg(all(target_os = "linux", not(miri)))]
    #[test]
    fn reserving_touches_no_page() {
        let resident = || -> u64 {
            let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
            pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
        };
        let before = resident();
        let region = Region::reserve(Region::MAX).unwrap();
        // Other tests run beside this one: what they take is far below.
        let grown = resident().saturating_sub(before);
        assert!(grown < region.size().get() / 2, "{grown} bytes became resident");
    }
}
