//! The bytes of the threads' pages as records, and the caches of the threads: what
//! is reached without the lock.
//!
//! Records and headers are made of atomics and of cells alone, so any number of threads
//! may hold references to them; a cell is its owner's ([`Own`]). They lie in pages that the placement tier has lent out, so no
//! reference to payload that the arena hands out covers them. Everything else that the
//! lock protects (header, node table) lies apart from the pages.

use super::name::{Name, RECORD};
use super::pages::{PAGE, RECORDS};
use crate::layout::GRANULE_BYTES;
use crate::nodes::memory::Memory;
use crate::sync::remote::Remote;
use crate::sync::ticket::Ticket;
use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64};

/// A word of a record that its owner writes and reads by plain moves. Every bit pattern
/// of the number in it is a valid value.
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct Own<T>(UnsafeCell<T>);

// SAFETY: `get` and `set` say who may call them, and when: one thread at a time.
unsafe impl<T: Copy + Send> Sync for Own<T> {}

/// Both are for the thread that owns the page, while it is pinned or holds the arena's
/// lock, and for who has paused all threads or owns the arena alone: the same protocol as
/// that of [`CacheCell`], since who may touch a thread's cache may touch its records. A page
/// changes hands under the lock, and a seat through the registry, which both order memory.
impl<T: Copy> Own<T> {
    #[cfg(all(test, not(loom)))]
    pub(super) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(super) fn get(&self) -> T {
        // SAFETY: nobody writes meanwhile, by the protocol above; initialised, as the whole
        // region is.
        unsafe { *self.0.get() }
    }

    #[inline(always)]
    pub(super) fn set(&self, value: T) {
        // SAFETY: nobody reads or writes meanwhile, by the protocol above; no reference to
        // the value ever leaves this type.
        unsafe { *self.0.get() = value }
    }
}

/// One allocation, or a vacant place for one. Every bit pattern is a valid value (on the
/// machine's atomics; the model checker's have a size of their own, and no model makes a
/// region's bytes into records).
#[derive(Debug)]
#[repr(C, align(32))]
pub(crate) struct Record {
    /// Live: birth, category, alignment. Vacant: the next record of its list.
    pub(super) word: Own<u64>,
    pub(super) ticket: Ticket,
    /// Low half: first granule, from the region's base, and above it the node's high bits.
    /// High half: size, which is looked at most.
    pub(super) place: AtomicU64,
    pub(super) requested: AtomicU32,
    pub(super) tag: Own<u16>,
    pub(super) node_low: Own<u16>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Record>() == RECORD as usize);

/// What stands at a page's start. Every bit pattern is a valid value.
#[derive(Debug)]
#[repr(C, align(16))]
pub(crate) struct PageHeader {
    /// Records that other threads have freed, by their place in the page.
    pub(crate) remote: Remote<{ (RECORDS / 64) as usize }>,
    /// The page's node in the placement tier, counted from one.
    pub(crate) node: AtomicU32,
    /// The owner's next page, counted from one; zero at the end.
    next: AtomicU16,
    /// The first granule of the page that no slot takes.
    bump: AtomicU16,
}

impl PageHeader {
    /// The owner's next page, counted from one; zero at the end.
    pub(crate) fn next(&self) -> u32 {
        self.next.load(Relaxed).into()
    }

    /// Sets the owner's next page: a region has at most 2¹⁴ of them.
    pub(crate) fn set_next(&self, page: u32) {
        debug_assert!(page <= u32::from(u16::MAX), "a region has few pages");
        self.next.store(page as u16, Relaxed);
    }

    /// The first granule that no slot takes, counted in the page.
    pub(crate) fn bump(&self) -> u32 {
        self.bump.load(Relaxed).into()
    }

    /// Sets it: a page has 2¹² granules.
    pub(crate) fn set_bump(&self, granule: u32) {
        debug_assert!(granule <= PAGE / GRANULE_BYTES, "a granule of the page");
        self.bump.store(granule as u16, Relaxed);
    }
}

/// Granules of a page's header.
pub(crate) const HEADER: u32 = size_of::<PageHeader>() as u32 / GRANULE_BYTES;

#[cfg(not(loom))]
const _: () = assert!(size_of::<PageHeader>() == 272);

/// The region's bytes, seen from the threads' tier. Lives no longer than the region:
/// it is kept beside the arena, and by threads that keep the arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageMemory {
    base: NonNull<u8>,
    capacity: u64,
}

// SAFETY: a the memory hands out references to atomics and cells only, which threads may share.
unsafe impl Send for PageMemory {}
// SAFETY: as above.
unsafe impl Sync for PageMemory {}

impl PageMemory {
    /// The bytes that `memory` divides.
    pub(crate) const fn of(memory: &Memory) -> Self {
        Self { base: memory.base(), capacity: memory.division().capacity }
    }

    /// The record of that name.
    #[inline(always)]
    pub(crate) fn record(&self, name: Name) -> &Record {
        debug_assert!(u64::from(name) * u64::from(RECORD) < self.capacity);
        // SAFETY: names come from the lists of a cache, which hold what the cache has
        // begun, or from handles whose page says that the record has been begun
        // (`Pages::owner_of`). So the record lies inside a page of the region, at a
        // multiple of its size, and its bytes are initialised, as the whole region is.
        unsafe { self.base.add(name as usize * RECORD as usize).cast::<Record>().as_ref() }
    }

    /// The header of a page that a thread owns.
    #[inline]
    pub(crate) fn header(&self, page: u32) -> &PageHeader {
        assert!((u64::from(page) + 1) * u64::from(PAGE) <= self.capacity, "a page of the region");
        // SAFETY: inside the region by the assertion, aligned to a page, initialised;
        // callers name pages that a thread owns, so no payload lies there.
        unsafe { self.base.add(page as usize * PAGE as usize).cast::<PageHeader>().as_ref() }
    }

    /// Granules of payload as words that any thread may touch.
    pub(crate) fn words(&self, start: u32, words: usize) -> &[AtomicU32] {
        let end = u64::from(start) * u64::from(GRANULE_BYTES) + words as u64 * 4;
        assert!(end <= self.capacity, "inside the region");
        // SAFETY: inside the region by the assertion, aligned to a granule, and
        // initialised. `Pinned::words` sees to it that the granules stay payload for as
        // long: it is inside, and its own allocations, slots, and what it holds the lock
        // for do not become records before it leaves. Plain references to payload exist
        // only while every thread is paused.
        unsafe {
            let first = self.base.add(start as usize * GRANULE_BYTES as usize).cast::<AtomicU32>();
            NonNull::slice_from_raw_parts(first, words).as_ref()
        }
    }
}

/// A place for one thread's cache.
#[derive(Debug, Default)]
pub(crate) struct CacheCell<C>(UnsafeCell<C>);

// SAFETY: `get` says who may look at the cache, and when: one thread at a time, which it
// may be sent to.
unsafe impl<C: Send> Sync for CacheCell<C> {}

impl<C> CacheCell<C> {
    pub(crate) fn new(cache: C) -> Self {
        Self(UnsafeCell::new(cache))
    }

    /// The cache, for one operation.
    ///
    /// Called by the thread that has the seat, while it is pinned or holds the arena's
    /// lock, and by who has paused all threads or owns the arena alone; so by one
    /// thread at a time. No two results are held at once: each is used up by one
    /// operation, before the next safepoint.
    #[inline(always)]
    #[expect(clippy::mut_from_ref, reason = "the protocol above is what makes it unique")]
    pub(crate) fn get(&self) -> &mut C {
        // SAFETY: the protocol above keeps every other reference out.
        unsafe { &mut *self.0.get() }
    }
}
