//! A lock of one word, and the word itself, which threads can sleep on.
//!
//! Nothing here waits without end or poisons: a panic inside the lock releases it,
//! and the arena's audit tells whether anything broke.
//!
//! The word has three states, as in Drepper's "Futexes are tricky" (2011), mutex 2:
//! open, held, and held with somebody asleep. Who naps marks the word first, and
//! the release swaps it, so it wakes somebody exactly where a mark was left. Both
//! are read-modify-writes of one word, so one of them sees the other: no wake is
//! lost between the mark and the sleep, which itself looks at the word again.

use crate::error::Contended;
use crate::sync::atomics::{AtomicU32, Ordering};
use crate::sync::wait::{Patience, Wait, Waited};
use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

const OPEN: u32 = 0;
const HELD: u32 = 1;
/// Held, and somebody may be asleep. May be left by one who gave up: then the next
/// release wakes nobody, and the mark is gone.
const AWAITED: u32 = 2;

/// A word that threads can sleep on.
#[derive(Debug)]
pub(crate) struct WaitWord {
    word: AtomicU32,
    bed: sleep::Bed,
}

impl WaitWord {
    pub(crate) fn new(value: u32) -> Self {
        Self { word: AtomicU32::new(value), bed: sleep::Bed::new() }
    }

    /// Sleeps for `nanoseconds` at most, unless the word is not `value`; true where
    /// that was so or somebody woke this thread.
    pub(crate) fn sleep_while(&self, value: u32, nanoseconds: u32) -> bool {
        self.bed.sleep_while(&self.word, value, nanoseconds)
    }

    /// Ends the sleep of one thread, if one sleeps here.
    pub(crate) fn wake_one(&self) {
        self.bed.wake(&self.word, 1);
    }

    /// Ends the sleep of all threads that sleep here.
    pub(crate) fn wake_all(&self) {
        self.bed.wake(&self.word, u32::MAX);
    }
}

impl Deref for WaitWord {
    type Target = AtomicU32;

    #[inline]
    fn deref(&self) -> &AtomicU32 {
        &self.word
    }
}

/// On the web: the instructions made for it.
#[cfg(all(target_arch = "wasm32", target_feature = "atomics", not(loom)))]
mod sleep {
    use core::arch::wasm32::{memory_atomic_notify, memory_atomic_wait32};
    use core::sync::atomic::AtomicU32;

    #[derive(Debug)]
    pub(super) struct Bed;

    impl Bed {
        pub(super) const fn new() -> Self {
            Self
        }

        pub(super) fn sleep_while(&self, word: &AtomicU32, value: u32, nanoseconds: u32) -> bool {
            const TIMED_OUT: i32 = 2;
            // SAFETY: the word lives as long as the borrow, is aligned by its type, and
            // is only ever touched atomically, as this instruction does.
            let ended = unsafe { memory_atomic_wait32(word.as_ptr().cast(), value.cast_signed(), nanoseconds.into()) };
            ended != TIMED_OUT
        }

        pub(super) fn wake(&self, word: &AtomicU32, count: u32) {
            // SAFETY: as above; the instruction only uses the address.
            unsafe { memory_atomic_notify(word.as_ptr().cast(), count) };
        }
    }
}

/// Natively: std has no wait on a word, so a sleep lasts as long as it was meant
/// to, and the next look at the word is the wake. Not `park_timeout`: it would eat
/// the unpark that the program meant for something else.
#[cfg(not(any(target_arch = "wasm32", loom)))]
mod sleep {
    use core::sync::atomic::{AtomicU32, Ordering};
    use core::time::Duration;

    #[derive(Debug)]
    pub(super) struct Bed;

    impl Bed {
        pub(super) const fn new() -> Self {
            Self
        }

        pub(super) fn sleep_while(&self, word: &AtomicU32, value: u32, nanoseconds: u32) -> bool {
            let changed = word.load(Ordering::Relaxed) != value;
            if !changed {
                std::thread::sleep(Duration::from_nanos(nanoseconds.into()));
            }
            changed
        }

        pub(super) fn wake(&self, _word: &AtomicU32, _count: u32) {}
    }
}

/// A module without shared memory has one thread: nobody to wait for.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics"), not(loom)))]
mod sleep {
    use core::sync::atomic::AtomicU32;

    #[derive(Debug)]
    pub(super) struct Bed;

    impl Bed {
        pub(super) const fn new() -> Self {
            Self
        }

        pub(super) fn sleep_while(&self, _word: &AtomicU32, _value: u32, _nanoseconds: u32) -> bool {
            false
        }

        pub(super) fn wake(&self, _word: &AtomicU32, _count: u32) {}
    }
}

/// In a model: a sleep without a limit, as the instruction's without a timeout. So a
/// wake that is lost is a deadlock, which the checker reports.
#[cfg(loom)]
mod sleep {
    use loom::sync::atomic::{AtomicU32, Ordering};
    use loom::sync::{Condvar, Mutex};

    #[derive(Debug)]
    pub(super) struct Bed {
        gate: Mutex<()>,
        bell: Condvar,
    }

    impl Bed {
        pub(super) fn new() -> Self {
            Self { gate: Mutex::new(()), bell: Condvar::new() }
        }

        pub(super) fn sleep_while(&self, word: &AtomicU32, value: u32, _nanoseconds: u32) -> bool {
            let gate = self.gate.lock().unwrap();
            if word.load(Ordering::Relaxed) == value {
                drop(self.bell.wait(gate).unwrap());
            }
            true
        }

        pub(super) fn wake(&self, _word: &AtomicU32, count: u32) {
            let _gate = self.gate.lock().unwrap();
            if count == 1 { self.bell.notify_one() } else { self.bell.notify_all() }
        }
    }
}

/// A value that one thread at a time may touch.
///
/// ```
/// # use arenascope_arena::*;
/// let lock = WordLock::new(1);
/// *lock.try_for(Patience::WORKER)? += 1;
/// assert_eq!(lock.into_inner(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WordLock<T> {
    word: WaitWord,
    value: UnsafeCell<T>,
}

// SAFETY: a guard is the only way to the value, and `word` lets one guard exist
// at a time, so sharing the lock only ever sends the value between threads.
unsafe impl<T: Send> Sync for WordLock<T> {}

impl<T> WordLock<T> {
    /// A lock that nobody holds.
    ///
    /// ```
    /// # use arenascope_arena::WordLock;
    /// assert!(!WordLock::new(7).is_held());
    /// ```
    pub fn new(value: T) -> Self {
        Self { word: WaitWord::new(OPEN), value: UnsafeCell::new(value) }
    }

    /// Takes the lock if nobody holds it.
    ///
    /// ```
    /// # use arenascope_arena::WordLock;
    /// let lock = WordLock::new(7);
    /// let held = lock.try_now();
    /// assert!(held.is_some() && lock.try_now().is_none());
    /// ```
    #[inline]
    pub fn try_now(&self) -> Option<LockGuard<'_, T>> {
        self.is_taken().then(|| self.guard(Waited::default()))
    }

    /// Takes the lock, waiting as long as `patience` lasts: runs of spin hints that
    /// double up to 64, the thread yields after each of the longest, and then naps
    /// where the patience allows them.
    ///
    /// # Errors
    /// [`Contended`] when the patience is at an end.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// let lock = WordLock::new(7);
    /// let held = lock.try_for(Patience::WORKER)?;
    /// assert!(lock.try_for(Patience::spins(100)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_for(&self, patience: Patience) -> Result<LockGuard<'_, T>, Contended> {
        if self.is_taken() { Ok(self.guard(Waited::default())) } else { self.wait(patience) }
    }

    #[cold]
    fn wait(&self, patience: Patience) -> Result<LockGuard<'_, T>, Contended> {
        let mut wait = Wait::new(patience);
        loop {
            // Who has slept cannot know whether others still do: it leaves the mark.
            let taken = if wait.is_long() {
                self.word.swap(AWAITED, Ordering::Acquire) == OPEN
            } else {
                // Look before the attempt: reading leaves the cache line shared.
                !self.is_held() && self.is_taken()
            };
            if taken {
                return Ok(self.guard(wait.waited()));
            }
            wait.turn(|length| self.word.sleep_while(AWAITED, length))?;
        }
    }

    /// Tries to take the lock; true means that it is the caller's.
    #[inline]
    fn is_taken(&self) -> bool {
        // Acquire: what the last holder wrote is seen by this one.
        self.word.compare_exchange(OPEN, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// For who has just taken the lock: a guard that is made and dropped opens it.
    const fn guard(&self, waited: Waited) -> LockGuard<'_, T> {
        LockGuard { lock: self, waited, value: PhantomData }
    }

    /// True while some thread holds the lock; old news by the time it is read.
    ///
    /// ```
    /// # use arenascope_arena::WordLock;
    /// let lock = WordLock::new(7);
    /// let held = lock.try_now();
    /// assert!(lock.is_held());
    /// drop(held);
    /// assert!(!lock.is_held());
    /// ```
    pub fn is_held(&self) -> bool {
        self.word.load(Ordering::Relaxed) != OPEN
    }

    /// Ends the lock and gives its value back.
    ///
    /// ```
    /// # use arenascope_arena::WordLock;
    /// assert_eq!(WordLock::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T> fmt::Debug for WordLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordLock").field("held", &self.is_held()).finish_non_exhaustive()
    }
}

/// The right to touch a [`WordLock`]'s value; ends when dropped, also by a panic.
///
/// ```
/// # use arenascope_arena::*;
/// let lock = WordLock::new(vec![1]);
/// lock.try_for(Patience::WORKER)?.push(2);
/// assert_eq!(*lock.try_for(Patience::WORKER)?, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the lock is released at once"]
pub struct LockGuard<'a, T> {
    lock: &'a WordLock<T>,
    waited: Waited,
    /// Shared between threads only where the value may be.
    value: PhantomData<&'a mut T>,
}

impl<T> LockGuard<'_, T> {
    /// What it took to get it; nothing where the lock was open.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// let lock = WordLock::new(7);
    /// assert_eq!(lock.try_for(Patience::WORKER)?.waited(), Waited::default());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn waited(&self) -> Waited {
        self.waited
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard is the only one, and `&self` keeps writers out.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard is the only one, and `&mut self` keeps readers out.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Release: the next holder sees what this one wrote.
        if self.lock.word.swap(OPEN, Ordering::Release) == AWAITED {
            self.lock.word.wake_one();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sync::atomics::SPINS_BEFORE_NAPS;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn one_holder_at_a_time_and_a_bounded_wait() {
        let lock = WordLock::new(1);
        let guard = lock.try_now().unwrap();
        assert!(lock.try_now().is_none());
        assert_eq!(guard.waited(), Waited::default());
        let long = if cfg!(miri) { SPINS_BEFORE_NAPS + 10 } else { 1 << 20 };
        for patience in [0, 1000, long] {
            let refused = [Patience::spins(patience), Patience::naps(patience)].map(|it| lock.try_for(it).unwrap_err());
            assert_eq!(refused, [Contended { spins: patience }; 2]);
        }
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
        const EACH: u64 = if cfg!(miri) { 20 } else { 500 };
        let lock = WordLock::new((0_u64, 0_u64));
        let visit = |turn| {
            let patience = if turn % 2 == 0 { Patience::spins(u32::MAX) } else { Patience::naps(u32::MAX) };
            let mut guard = lock.try_for(patience).unwrap();
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

#[cfg(all(test, loom))]
mod models;
