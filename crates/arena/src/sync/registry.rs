//! Who takes part: a number for each attached thread.

use crate::sync::atomics::{AtomicU32, Ordering};

/// The number of an attached thread: below [`Self::COUNT`], and another's again once
/// the thread is gone.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
/// # let shared = std::sync::Arc::new(SharedArena::new(arena));
/// let (first, second) = (shared.attach()?, shared.attach()?);
/// assert!(first.number() < second.number());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadNumber(
    /// A whole word: what holds a number and padding is copied in pieces that overlap, on
    /// which the processor waits.
    u32,
);

impl ThreadNumber {
    /// Threads that can be attached to one arena at a time.
    ///
    /// ```
    /// assert_eq!(arenascope_arena::ThreadNumber::COUNT, 16);
    /// ```
    pub const COUNT: usize = 16;

    /// Every number there is.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u32).map(Self)
    }

    /// The plain number, from 0.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// assert_eq!(shared.attach()?.number().get(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn get(self) -> u8 {
        self.0 as u8
    }

    /// Its place in a table of [`Self::COUNT`].
    #[inline]
    pub(crate) const fn index(self) -> usize {
        // Only numbers below the count are made; this tells the compiler.
        self.0 as usize % Self::COUNT
    }

    const fn bit(self) -> u32 {
        1 << self.0
    }
}

/// The numbers that are taken.
#[derive(Debug)]
pub(crate) struct Registry {
    /// A bit for each.
    taken: AtomicU32,
}

impl Default for Registry {
    fn default() -> Self {
        Self { taken: AtomicU32::new(0) }
    }
}

impl Registry {
    /// Takes the lowest number that is free; `None` where all are taken.
    pub(crate) fn claim(&self) -> Option<ThreadNumber> {
        // Acquire: what the last holder of the number did at its place in other tables
        // is over. Relaxed looks: the exchange decides.
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let number = ThreadNumber::all().find(|it| taken & it.bit() == 0)?;
            let after = taken | number.bit();
            match self.taken.compare_exchange_weak(taken, after, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(number),
                Err(found) => taken = found,
            }
        }
    }

    /// Gives a number back.
    pub(crate) fn release(&self, number: ThreadNumber) {
        // Release: see `claim`.
        self.taken.fetch_and(!number.bit(), Ordering::Release);
    }

    /// The index of the highest number that is taken; zero where none is.
    #[inline]
    pub(crate) fn highest(&self) -> u32 {
        (self.taken.load(Ordering::Relaxed) | 1).ilog2()
    }

    /// The numbers that are taken, from the lowest.
    pub(crate) fn attached(&self) -> impl Iterator<Item = ThreadNumber> + use<> {
        let taken = self.taken.load(Ordering::Acquire);
        ThreadNumber::all().filter(move |it| taken & it.bit() != 0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_and_no_more_than_there_are() {
        let registry = Registry::default();
        let all: Vec<_> = (0..ThreadNumber::COUNT).map(|_| registry.claim().unwrap()).collect();
        assert_eq!(registry.attached().map(ThreadNumber::index).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
        assert_eq!(registry.claim(), None);
        registry.release(all[9]);
        registry.release(all[3]);
        assert_eq!(registry.attached().count(), 14);
        assert_eq!([registry.claim(), registry.claim()], [Some(all[3]), Some(all[9])]);
    }

    #[test]
    fn threads_that_come_and_go_never_share_a_number() {
        let registry = Registry::default();
        let held: [AtomicU32; ThreadNumber::COUNT] = core::array::from_fn(|_| AtomicU32::new(0));
        let come_and_go = || {
            let number = registry.claim().unwrap();
            assert_eq!(held[number.index()].swap(1, Ordering::Relaxed), 0);
            std::thread::yield_now();
            held[number.index()].store(0, Ordering::Relaxed);
            registry.release(number);
        };
        let turns = if cfg!(miri) { 5 } else { 200 };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..turns).for_each(|_| come_and_go()));
            }
        });
        assert_eq!(registry.attached().count(), 0);
    }
}

/// Every order of events, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::sync::atomics::check;
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
                let place = &table.1[number.index()];
                place.set(place.get() + 1);
                table.0.release(number);
            };
            let other = table.clone();
            let thread = thread::spawn(move || hold(&other));
            hold(&table);
            thread.join().unwrap();
            assert_eq!(table.0.attached().count(), 0);
        });
    }
}
