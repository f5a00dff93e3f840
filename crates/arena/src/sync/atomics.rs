//! What the thread protocols stand on: the machine's atomics, or, under
//! `--cfg loom`, those of the model checker, which tries every order of events
//! that the memory model allows.
//!
//! The protocols (`lock`, `safepoint`, `remote`, `inbox`, `ticket`, `registry`)
//! name nothing else of `core::sync` or `std::thread`, so what is modelled is what
//! runs. `make test-loom` runs the models.

use core::ops::Deref;

#[cfg(not(loom))]
pub(crate) use machine::{AtomicU32, AtomicU64, Ordering, SPINS_BEFORE_NAPS, fence, pause};
#[cfg(all(test, loom))]
pub(crate) use model::check;
#[cfg(loom)]
pub(crate) use model::{AtomicU32, AtomicU64, Ordering, SPINS_BEFORE_NAPS, fence, pause};

/// The longest run of spin hints between two looks at a word.
pub(crate) const LONGEST_RUN: u32 = 64;

#[cfg(not(loom))]
mod machine {
    use super::LONGEST_RUN;
    pub(crate) use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

    /// Hints after which one who may sleep does: some tens of microseconds, more
    /// than a short critical section and less than two switches of threads.
    pub(crate) const SPINS_BEFORE_NAPS: u32 = if cfg!(miri) { 1 << 6 } else { 1 << 14 };

    /// Waits for `run` spin hints, and gives way to other threads after the
    /// longest runs. (On the web giving way does nothing, which is all that is
    /// allowed on the page.)
    pub(crate) fn pause(run: u32) {
        (0..run).for_each(|_| core::hint::spin_loop());
        if run == LONGEST_RUN {
            std::thread::yield_now();
        }
    }
}

#[cfg(loom)]
mod model {
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

    /// Runs `history` in every order of events that the memory model allows, as far as
    /// three preemptions reach; switches at a wait, a sleep or an end are not counted.
    /// Nearly all faults of protocols need two; without a bound, three threads that
    /// sleep take hours.
    #[cfg(test)]
    pub(crate) fn check(history: impl Fn() + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(history);
    }

    /// None: a spin lets the others go first, and while models spin nobody sleeps.
    pub(crate) const SPINS_BEFORE_NAPS: u32 = 0;

    /// Lets another thread go first: without that a spin has endless histories.
    pub(crate) fn pause(_run: u32) {
        loom::thread::yield_now();
    }
}

/// A value with its cache lines to itself, so that writing it disturbs no
/// neighbour. 128 bytes: x86 fetches lines in pairs, and some Arm lines are so long.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

impl<T> Deref for Padded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}
