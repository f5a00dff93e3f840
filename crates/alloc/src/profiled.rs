//! The allocator.

use crate::operation::{Kind, Operation};
use crate::ring::Ring;
use crate::thread;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Where the ring of this program lies; null before its first operation.
static PLACE: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Whether several threads can be there at once.
const HAS_THREADS: bool = cfg!(any(not(target_family = "wasm"), target_feature = "atomics"));

/// The address of the ring in the program's memory, 0 before its first operation: what the
/// probe looks for among a module's exports.
///
/// ```
/// use arenascope_alloc::{Profiled, arenascope_ring_ptr};
/// use std::alloc::System;
/// #[global_allocator]
/// static ALLOCATOR: Profiled<System> = Profiled::new(System);
/// let _memory = Box::new(1);
/// assert!(!arenascope_ring_ptr().is_null());
/// ```
#[cfg(not(loom))]
#[unsafe(no_mangle)]
pub extern "C" fn arenascope_ring_ptr() -> *const u8 {
    PLACE.load(Ordering::Acquire)
}

/// An allocator that records what `A` does, in a ring of `N` records of 32 bytes: a power of
/// two, 65 536 (2 MiB) unless said otherwise. One in a program, as its global allocator.
///
/// A recorded operation costs about as much as an uncontended atomic exchange and a write
/// of 32 bytes (`cargo bench -p arenascope-alloc`).
///
/// ```
/// use arenascope_alloc::Profiled;
/// use std::alloc::System;
/// static SMALL: Profiled<System, 1024> = Profiled::new(System);
/// assert_eq!(SMALL.lost(), 0);
/// ```
#[derive(Debug)]
pub struct Profiled<A, const N: usize = 65_536> {
    inner: A,
    ring: Ring<N>,
}

#[cfg(not(loom))]
impl<A, const N: usize> Profiled<A, N> {
    /// Records what `inner` does.
    pub const fn new(inner: A) -> Self {
        Self { inner, ring: Ring::new() }
    }
}

impl<A, const N: usize> Profiled<A, N> {
    /// Takes the oldest operation out of the ring; `None` where there is none. For one
    /// reader: where the probe drains the ring, nobody else does.
    ///
    /// ```
    /// # use arenascope_alloc::Profiled;
    /// # use std::alloc::System;
    /// static ALLOCATOR: Profiled<System, 64> = Profiled::new(System);
    /// assert_eq!(ALLOCATOR.take(), None);
    /// ```
    pub fn take(&self) -> Option<Operation> {
        self.ring.take()
    }

    /// Operations that found no room in the ring, modulo 2³².
    ///
    /// ```
    /// # use arenascope_alloc::Profiled;
    /// # use std::alloc::{GlobalAlloc, Layout, System};
    /// static ALLOCATOR: Profiled<System, 2> = Profiled::new(System);
    /// let layout = Layout::new::<u64>();
    /// for _ in 0..2 {
    ///     let memory = unsafe { ALLOCATOR.alloc(layout) };
    ///     unsafe { ALLOCATOR.dealloc(memory, layout) };
    /// }
    /// assert_eq!(ALLOCATOR.lost(), 2);
    /// ```
    pub fn lost(&self) -> u32 {
        self.ring.lost()
    }

    #[inline]
    fn record(&self, kind: Kind, address: *mut u8, old_address: *mut u8, bytes: usize) {
        let operation = Operation {
            kind,
            thread: thread::current(),
            address: address.addr() as u64,
            old_address: old_address.addr() as u64,
            bytes: bytes as u64,
        };
        // The first of all, and one of 2³² after it.
        if self.ring.push(operation) == Some(0) {
            self.show();
        }
    }

    /// Lets the probe find the ring.
    #[cold]
    fn show(&self) {
        self.ring.sign();
        PLACE.store(ptr::from_ref(&self.ring).cast_mut().cast(), Ordering::Release);
    }

    #[inline]
    fn allocated(&self, memory: *mut u8, layout: Layout) -> *mut u8 {
        self.record(Kind::Allocate, memory, ptr::null_mut(), layout.size());
        memory
    }
}

// SAFETY: memory comes from `inner` and goes back to it, under the layouts of the caller;
// what is recorded are numbers, in memory that is the ring's alone. Nothing here allocates
// or unwinds: the ring is an array of atomics, and its indices are masked.
unsafe impl<A: GlobalAlloc, const N: usize> GlobalAlloc for Profiled<A, N> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        self.allocated(unsafe { self.inner.alloc(layout) }, layout)
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same.
        self.allocated(unsafe { self.inner.alloc_zeroed(layout) }, layout)
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // Before others can get it.
        self.record(Kind::Free, memory, ptr::null_mut(), 0);
        // SAFETY: the caller keeps the contract of `dealloc`, which is the same, and `memory`
        // came from `inner`.
        unsafe { self.inner.dealloc(memory, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        if HAS_THREADS {
            self.record(Kind::Free, memory, ptr::null_mut(), 0);
        }
        // SAFETY: the caller keeps the contract of `realloc`, which is the same, and `memory`
        // came from `inner`.
        let moved = unsafe { self.inner.realloc(memory, layout, bytes) };
        match (HAS_THREADS, moved.is_null()) {
            (false, _) => self.record(Kind::Reallocate, moved, memory, bytes),
            (true, false) => self.record(Kind::Allocate, moved, ptr::null_mut(), bytes),
            // Refused: the old one stays.
            (true, true) => self.record(Kind::Allocate, memory, ptr::null_mut(), layout.size()),
        }
        moved
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::cell::RefCell;
    use std::alloc::System;
    use std::vec;
    use std::vec::Vec;

    std::thread_local! {
        /// What was in the ring each time that the allocator behind it was called.
        static SEEN: RefCell<Vec<Vec<Operation>>> = const { RefCell::new(Vec::new()) };
    }

    static ALLOCATOR: Profiled<Witness, 64> = Profiled::new(Witness);
    /// More than there is.
    const REFUSED: usize = 1 << 40;

    /// Looks at what was told before it does anything.
    struct Witness;

    fn look() {
        let told = core::iter::from_fn(|| ALLOCATOR.take()).collect();
        SEEN.with_borrow_mut(|seen| seen.push(told));
    }

    // SAFETY: all of it is System's, or refused.
    unsafe impl GlobalAlloc for Witness {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            look();
            // SAFETY: the caller keeps the contract.
            if layout.size() == REFUSED { ptr::null_mut() } else { unsafe { System.alloc(layout) } }
        }

        unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
            look();
            // SAFETY: the caller keeps the contract, and memory is System's.
            unsafe { System.dealloc(memory, layout) }
        }

        unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
            look();
            // SAFETY: the caller keeps the contract, and memory is System's.
            if bytes == REFUSED { ptr::null_mut() } else { unsafe { System.realloc(memory, layout, bytes) } }
        }
    }

    /// The words of what was told: kind and bytes, and whether it names `address`.
    fn words(told: &[Operation], address: *mut u8) -> Vec<(Kind, u64, bool)> {
        told.iter().map(|it| (it.kind, it.bytes, it.address == address.addr() as u64)).collect()
    }

    /// A free is told before the memory goes back, an allocation after it came: between, it
    /// is nobody else's.
    #[test]
    fn what_is_told_is_told_while_the_memory_is_the_callers() {
        let layout = Layout::from_size_align(24, 8).unwrap();
        // SAFETY: sizes are not 0, and each memory goes back once, by its layout.
        let (first, moved) = unsafe {
            let first = ALLOCATOR.alloc(layout);
            let moved = ALLOCATOR.realloc(first, layout, 4000);
            let layout = Layout::from_size_align(4000, 8).unwrap();
            assert!(ALLOCATOR.realloc(moved, layout, REFUSED).is_null());
            ALLOCATOR.dealloc(moved, layout);
            assert!(ALLOCATOR.alloc(Layout::from_size_align(REFUSED, 8).unwrap()).is_null());
            (first, moved)
        };
        let last: Vec<_> = core::iter::from_fn(|| ALLOCATOR.take()).collect();
        let seen = SEEN.take();
        use Kind::{Allocate, Free};
        assert_eq!(words(&seen[0], first), []);
        assert_eq!(words(&seen[1], first), [(Allocate, 24, true), (Free, 0, true)]);
        assert_eq!(words(&seen[2], moved), [(Allocate, 4000, true), (Free, 0, true)]);
        // It was refused: the old one is there again.
        assert_eq!(words(&seen[3], moved), [(Allocate, 4000, true), (Free, 0, true)]);
        assert_eq!(words(&seen[4], moved), []);
        assert_eq!(words(&last, ptr::null_mut()), vec![(Allocate, REFUSED as u64, true)]);
        assert!(!arenascope_ring_ptr().is_null());
    }
}
