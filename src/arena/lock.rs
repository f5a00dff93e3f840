//! A lock of one word: spins for as long as the caller has patience, then says so.
//!
//! The page's main thread may not block (`memory.atomic.wait32` traps there), so
//! nothing here ever waits without end, parks, or poisons: a panic inside the
//! lock releases it, and the arena's audit tells whether anything broke.

use super::error::Contended;
use core::cell::UnsafeCell;
use core::fmt;
use core::hint::spin_loop;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, Ordering};

const OPEN: u32 = 0;
const HELD: u32 = 1;

/// The longest run of spin hints between two looks at the word.
const MAX_RUN: u32 = 64;

/// How long a caller waits for the lock, in spin-loop hints: a bound that needs
/// no clock. A hint is about a nanosecond, more where threads outnumber cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patience(u32);

impl Patience {
    /// One look, no wait.
    pub const NONE: Self = Self(0);
    /// For the page's main thread: some tens of microseconds.
    pub const PAGE: Self = Self(1 << 14);
    /// For a worker: some milliseconds.
    pub const WORKER: Self = Self(1 << 22);

    /// As many spin-loop hints.
    pub(super) const fn hints(self) -> u32 {
        self.0
    }

    /// Waits for `count` hints.
    pub const fn spins(count: u32) -> Self {
        Self(count)
    }
}

/// A value that one thread at a time may touch.
pub struct WordLock<T> {
    word: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: a guard is the only way to the value, and `word` lets one guard exist
// at a time, so sharing the lock only ever sends the value between threads.
unsafe impl<T: Send> Sync for WordLock<T> {}

impl<T> WordLock<T> {
    /// A lock that nobody holds.
    pub const fn new(value: T) -> Self {
        Self { word: AtomicU32::new(OPEN), value: UnsafeCell::new(value) }
    }

    /// Takes the lock if nobody holds it.
    pub fn try_now(&self) -> Option<Guard<'_, T>> {
        // Acquire: what the last holder wrote is seen by this one.
        let taken = self.word.compare_exchange(OPEN, HELD, Ordering::Acquire, Ordering::Relaxed);
        // Not `then_some`: a guard that is made and dropped opens the lock.
        taken.is_ok().then(|| Guard { lock: self, value: PhantomData })
    }

    /// Takes the lock, waiting as long as `patience` lasts: runs of spin hints that
    /// double up to 64, and the thread yields after each of the longest.
    ///
    /// # Errors
    /// [`Contended`] when the patience is at an end.
    pub fn try_for(&self, patience: Patience) -> Result<Guard<'_, T>, Contended> {
        let (mut spins, mut run) = (0, 1);
        loop {
            // Look before the attempt: reading leaves the cache line shared.
            if !self.is_held()
                && let Some(guard) = self.try_now()
            {
                return Ok(guard);
            }
            if spins >= patience.0 {
                return Err(Contended { spins });
            }
            spins += back_off(run.min(patience.0 - spins));
            run = (run * 2).min(MAX_RUN);
        }
    }

    /// True while some thread holds the lock; old news by the time it is read.
    pub fn is_held(&self) -> bool {
        self.word.load(Ordering::Relaxed) == HELD
    }

    /// Ends the lock and gives its value back.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

/// Waits for `run` hints, and gives way to other threads where that is long. (On
/// the web giving way does nothing, which is all that is allowed there.)
fn back_off(run: u32) -> u32 {
    (0..run).for_each(|_| spin_loop());
    if run == MAX_RUN {
        std::thread::yield_now();
    }
    run
}

impl<T> fmt::Debug for WordLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordLock").field("held", &self.is_held()).finish_non_exhaustive()
    }
}

/// The right to touch a [`WordLock`]'s value; ends when dropped, also by a panic.
#[derive(Debug)]
#[must_use = "the lock is released at once"]
pub struct Guard<'a, T> {
    lock: &'a WordLock<T>,
    /// Shared between threads only where the value may be.
    value: PhantomData<&'a mut T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard is the only one, and `&self` keeps writers out.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard is the only one, and `&mut self` keeps readers out.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // Release: the next holder sees what this one wrote.
        self.lock.word.store(OPEN, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn one_holder_at_a_time_and_a_bounded_wait() {
        let lock = WordLock::new(1);
        let guard = lock.try_now().unwrap();
        assert!(lock.try_now().is_none());
        assert_eq!(lock.try_for(Patience::NONE).unwrap_err(), Contended { spins: 0 });
        assert_eq!(lock.try_for(Patience::spins(1000)).unwrap_err(), Contended { spins: 1000 });
        drop(guard);
        assert_eq!(*lock.try_for(Patience::NONE).unwrap(), 1);
    }

    #[test]
    fn a_panic_inside_releases() {
        let lock = WordLock::new(());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = lock.try_now();
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert!(lock.try_now().is_some());
    }

    #[test]
    fn threads_never_meet_inside() {
        const EACH: u64 = 500;
        let lock = WordLock::new((0_u64, 0_u64));
        let visit = |_| {
            let mut guard = lock.try_for(Patience::spins(u32::MAX)).unwrap();
            guard.0 += 1;
            let (entered, left) = *guard;
            // Another thread would change the pair here, were it let in.
            std::thread::yield_now();
            assert_eq!((entered, left + 1), (guard.0, entered));
            guard.1 = entered;
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..EACH).for_each(visit));
            }
        });
        assert_eq!(lock.into_inner(), (4 * EACH, 4 * EACH));
    }
}
