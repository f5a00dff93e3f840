//! Who takes part: a number for each attached thread, and what each has counted.
//!
//! A thread counts in plain fields of its own ([`ThreadCounts`]) and publishes them
//! now and then: on the web every atomic store costs as much as an exchange, so none
//! is on the way of an allocation. Anyone reads what was published last.

use super::sync::{AtomicU32, AtomicU64, Ordering, Padded};
use crate::units::Bytes;
use core::error::Error;
use core::fmt;
use core::iter::Sum;
use core::ops::Add;

/// The number of an attached thread: below [`Self::COUNT`], and another's again once
/// the thread is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadNumber(u8);

impl ThreadNumber {
    /// Threads that can be attached to one arena at a time.
    pub const COUNT: usize = 16;

    /// Every number there is.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// From 0.
    pub const fn get(self) -> usize {
        // Only numbers below the count are made; this tells the compiler.
        self.0 as usize % Self::COUNT
    }

    const fn bit(self) -> u32 {
        1 << self.0
    }
}

/// Why a thread could not be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachError {
    /// Threads that are attached: as many as can be.
    pub attached: usize,
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} threads are attached to the arena, which is all that can be", self.attached)
    }
}

impl Error for AttachError {}

/// What one thread has counted since it was attached, or several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadCounts {
    /// Successful allocations.
    pub allocations: u64,
    /// Successful frees, of whosever memory.
    pub frees: u64,
    /// Allocations that a span of the thread served, without the lock.
    pub span_hits: u64,
    /// Allocations that a quick list of the thread served, without the lock.
    pub quick_hits: u64,
    /// Allocations that went to the placement policy.
    pub misses: u64,
    /// Frees of slots in other threads' spans: sent, without the lock.
    pub remote_frees_sent: u64,
    /// Slots of its own spans that other threads freed and the thread collected.
    pub remote_frees_received: u64,
    /// Frees left to the next holder of the lock because it was taken.
    pub deferred_frees: u64,
    /// Times that the thread took the lock.
    pub lock_acquisitions: u64,
    /// Those that had to wait for it.
    pub lock_waits: u64,
    /// Spin-loop hints that these waits took, naps included by their length.
    pub lock_spins: u64,
    /// Times that the thread waited at its safepoint for a pause to end.
    pub safepoint_waits: u64,
    /// Bytes in the thread's caches at the moment.
    pub cached: Bytes,
}

const COUNTS: usize = 13;

impl ThreadCounts {
    /// Allocations and frees together.
    pub const fn operations(&self) -> u64 {
        self.allocations.saturating_add(self.frees)
    }

    /// Allocations that took no lock.
    pub const fn cache_hits(&self) -> u64 {
        self.span_hits.saturating_add(self.quick_hits)
    }

    const fn words(&self) -> [u64; COUNTS] {
        [
            self.allocations,
            self.frees,
            self.span_hits,
            self.quick_hits,
            self.misses,
            self.remote_frees_sent,
            self.remote_frees_received,
            self.deferred_frees,
            self.lock_acquisitions,
            self.lock_waits,
            self.lock_spins,
            self.safepoint_waits,
            self.cached.get(),
        ]
    }

    const fn of(words: [u64; COUNTS]) -> Self {
        let [
            allocations,
            frees,
            span_hits,
            quick_hits,
            misses,
            remote_frees_sent,
            remote_frees_received,
            deferred_frees,
            lock_acquisitions,
            lock_waits,
            lock_spins,
            safepoint_waits,
            cached,
        ] = words;
        Self {
            allocations,
            frees,
            span_hits,
            quick_hits,
            misses,
            remote_frees_sent,
            remote_frees_received,
            deferred_frees,
            lock_acquisitions,
            lock_waits,
            lock_spins,
            safepoint_waits,
            cached: Bytes::new(cached),
        }
    }
}

impl Add for ThreadCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let other = other.words();
        let mut words = self.words();
        words.iter_mut().zip(other).for_each(|(word, other)| *word = word.saturating_add(other));
        Self::of(words)
    }
}

impl Sum for ThreadCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

/// What an attached thread published last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadFigures {
    /// Which thread.
    pub thread: ThreadNumber,
    /// Its counts. Each is exact; two of them may come from two publications.
    pub counts: ThreadCounts,
}

/// The counts of one thread, where others can read them.
#[derive(Debug)]
struct Board([AtomicU64; COUNTS]);

impl Default for Board {
    fn default() -> Self {
        Self(core::array::from_fn(|_| AtomicU64::new(0)))
    }
}

// Relaxed throughout: the numbers order nothing and are ordered by nothing.
impl Board {
    fn publish(&self, counts: &ThreadCounts) {
        self.0.iter().zip(counts.words()).for_each(|(word, count)| word.store(count, Ordering::Relaxed));
    }

    fn read(&self) -> ThreadCounts {
        ThreadCounts::of(core::array::from_fn(|count| self.0[count].load(Ordering::Relaxed)))
    }

    fn add(&self, counts: &ThreadCounts) {
        for (word, count) in self.0.iter().zip(counts.words()) {
            word.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// The attached threads.
#[derive(Debug)]
pub(super) struct Registry {
    /// A bit for each number that is taken.
    taken: AtomicU32,
    boards: [Padded<Board>; ThreadNumber::COUNT],
    /// What the threads that are gone have counted.
    gone: Board,
}

impl Default for Registry {
    fn default() -> Self {
        let boards = core::array::from_fn(|_| Padded::default());
        Self { taken: AtomicU32::new(0), boards, gone: Board::default() }
    }
}

impl Registry {
    /// Takes the lowest number that is free. Its counts start at zero.
    ///
    /// # Errors
    /// [`AttachError`] where all are taken; nothing changed then.
    pub(super) fn claim(&self) -> Result<ThreadNumber, AttachError> {
        // Acquire: what the last holder of the number did at its place in other tables
        // is over. Relaxed looks: the exchange decides.
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let free = ThreadNumber::all().find(|it| taken & it.bit() == 0);
            let number = free.ok_or(AttachError { attached: ThreadNumber::COUNT })?;
            let after = taken | number.bit();
            match self.taken.compare_exchange_weak(taken, after, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Ok(number),
                Err(found) => taken = found,
            }
        }
    }

    /// Gives a number back: `counts` are its last.
    pub(super) fn release(&self, number: ThreadNumber, counts: &ThreadCounts) {
        // What is gone caches nothing.
        self.gone.add(&ThreadCounts { cached: Bytes::ZERO, ..*counts });
        self.publish(number, &ThreadCounts::default());
        // Release: see `claim`.
        self.taken.fetch_and(!number.bit(), Ordering::Release);
    }

    /// Lets others read `counts`. For the thread of that number alone.
    pub(super) fn publish(&self, number: ThreadNumber, counts: &ThreadCounts) {
        self.boards[number.get()].publish(counts);
    }

    /// What the thread of that number published last.
    pub(super) fn figures_of(&self, thread: ThreadNumber) -> ThreadFigures {
        ThreadFigures { thread, counts: self.boards[thread.get()].read() }
    }

    /// The attached threads, by number.
    pub(super) fn figures(&self) -> impl Iterator<Item = ThreadFigures> {
        let taken = self.taken.load(Ordering::Relaxed);
        ThreadNumber::all().filter(move |it| taken & it.bit() != 0).map(|it| self.figures_of(it))
    }

    /// Threads that are attached.
    pub(super) fn attached(&self) -> usize {
        self.taken.load(Ordering::Relaxed).count_ones() as usize
    }

    /// All threads together, those that are gone included. A thread that is just going
    /// may be missing or counted twice.
    pub(super) fn totals(&self) -> ThreadCounts {
        self.gone.read() + self.figures().map(|it| it.counts).sum()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn numbers(registry: &Registry) -> Vec<usize> {
        registry.figures().map(|it| it.thread.get()).collect()
    }

    /// Counts that are all different.
    fn counts(first: u64) -> ThreadCounts {
        ThreadCounts::of(core::array::from_fn(|place| first + place as u64))
    }

    #[test]
    fn the_lowest_free_number_and_no_more_than_there_are() {
        let registry = Registry::default();
        let all: Vec<_> = (0..ThreadNumber::COUNT).map(|_| registry.claim().unwrap()).collect();
        assert_eq!(numbers(&registry), (0..16).collect::<Vec<_>>());
        assert_eq!(registry.claim(), Err(AttachError { attached: 16 }));
        registry.release(all[9], &ThreadCounts::default());
        registry.release(all[3], &ThreadCounts::default());
        assert_eq!(registry.attached(), 14);
        assert_eq!(registry.claim(), Ok(all[3]));
        assert_eq!(registry.claim(), Ok(all[9]));
    }

    #[test]
    fn counts_are_read_as_they_were_published() {
        let registry = Registry::default();
        let [first, second] = [(); 2].map(|()| registry.claim().unwrap());
        registry.publish(first, &counts(1));
        registry.publish(second, &counts(100));
        assert_eq!(registry.figures_of(first).counts, counts(1));
        assert_eq!(registry.figures().map(|it| it.counts).sum::<ThreadCounts>(), counts(1) + counts(100));
        assert_eq!((counts(1).operations(), counts(1).cache_hits()), (1 + 2, 3 + 4));
    }

    #[test]
    fn who_goes_stays_in_the_totals_and_leaves_its_number_clean() {
        let registry = Registry::default();
        let number = registry.claim().unwrap();
        registry.publish(number, &counts(1));
        registry.release(number, &counts(10));
        assert_eq!(registry.totals(), ThreadCounts { cached: Bytes::ZERO, ..counts(10) });
        let next = registry.claim().unwrap();
        assert_eq!((next, registry.figures_of(next).counts), (number, ThreadCounts::default()));
    }

    #[test]
    fn threads_that_come_and_go_never_share_a_number() {
        let registry = Registry::default();
        let held: [AtomicU32; ThreadNumber::COUNT] = core::array::from_fn(|_| AtomicU32::new(0));
        let come_and_go = || {
            let number = registry.claim().unwrap();
            assert_eq!(held[number.get()].swap(1, Ordering::Relaxed), 0);
            std::thread::yield_now();
            held[number.get()].store(0, Ordering::Relaxed);
            registry.release(number, &ThreadCounts { frees: 1, ..ThreadCounts::default() });
        };
        let turns = if cfg!(miri) { 5 } else { 200 };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..turns).for_each(|_| come_and_go()));
            }
        });
        assert_eq!((registry.attached(), registry.totals().frees), (0, 4 * turns));
    }
}

/// Every order of events, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::arena::sync::check;
    use loom::cell::Cell;
    use loom::sync::Arc;
    use loom::thread;

    #[test]
    fn loom_a_number_has_one_holder_and_the_next_comes_after_the_last() {
        check(|| {
            let table = Arc::new((Registry::default(), [0, 0].map(Cell::new)));
            let hold = |table: &(Registry, [Cell<u32>; 2])| {
                let number = table.0.claim().unwrap();
                // The checker reports two who touch one place without an order.
                let place = &table.1[number.get()];
                place.set(place.get() + 1);
                table.0.release(number, &ThreadCounts::default());
            };
            let other = table.clone();
            let thread = thread::spawn(move || hold(&other));
            hold(&table);
            thread.join().unwrap();
            assert_eq!(table.0.attached(), 0);
        });
    }
}
