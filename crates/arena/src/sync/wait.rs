//! How a thread waits: a bounded spin with back-off, then, where it may, naps that
//! a wake cuts short.
//!
//! The page's main thread may not block (`memory.atomic.wait32` traps there), so no
//! wait is without end, and only who asks for it by its [`Patience`] sleeps.

use crate::error::Contended;
use crate::sync::atomics::{LONGEST_RUN, SPINS_BEFORE_NAPS, pause};

/// How long a caller waits, in spin-loop hints: a bound that needs no clock. A hint
/// is about a nanosecond, more where threads outnumber cores, and a nap counts as
/// many hints as it has nanoseconds.
///
/// ```
/// # use arenascope_arena::Patience;
/// assert!(Patience::NONE < Patience::PAGE && Patience::PAGE < Patience::WORKER);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patience {
    hints: u32,
    naps: bool,
}

impl Patience {
    /// One look, no wait.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// assert!(WordLock::new(7).try_for(Patience::NONE).is_ok());
    /// ```
    pub const NONE: Self = Self::spins(0);
    /// For the page's main thread: some tens of microseconds, and never asleep.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// assert!(WordLock::new(7).try_for(Patience::PAGE).is_ok());
    /// ```
    pub const PAGE: Self = Self::spins(1 << 14);
    /// For a worker: some tens of milliseconds, most of them asleep. More than a turn of
    /// the machine's scheduler: who holds things up may have been taken off its core.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// assert!(WordLock::new(7).try_for(Patience::WORKER).is_ok());
    /// ```
    pub const WORKER: Self = Self::naps(1 << 24);

    /// Waits for `count` hints, awake: the only kind for the page's main thread.
    ///
    /// ```
    /// # use arenascope_arena::Patience;
    /// assert_eq!(Patience::spins(0), Patience::NONE);
    /// ```
    pub const fn spins(count: u32) -> Self {
        Self { hints: count, naps: false }
    }

    /// Waits for `count` hints; after the first [some tens of microseconds](Self::PAGE)
    /// asleep.
    ///
    /// ```
    /// # use arenascope_arena::Patience;
    /// assert_ne!(Patience::naps(1000), Patience::spins(1000));
    /// ```
    pub const fn naps(count: u32) -> Self {
        Self { hints: count, naps: true }
    }
}

/// What a wait took.
///
/// ```
/// # use arenascope_arena::*;
/// let lock = WordLock::new(7);
/// assert_eq!(lock.try_for(Patience::WORKER)?.waited(), Waited { spins: 0, naps: 0 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    /// Spin-loop hints, naps included by their length.
    pub spins: u32,
    /// Times that the thread went to sleep.
    pub naps: u32,
}

/// A wait that ends with the patience.
#[derive(Debug)]
pub(crate) struct Wait {
    patience: Patience,
    waited: Waited,
    run: u32,
}

impl Wait {
    /// The longest nap, in nanoseconds: what a lost wake would cost.
    const NAP: u32 = 1 << 16;
    /// What a nap counts that a wake cut short.
    const SHORT_NAP: u32 = 1 << 10;

    pub(crate) const fn new(patience: Patience) -> Self {
        Self { patience, waited: Waited { spins: 0, naps: 0 }, run: 1 }
    }

    pub(crate) const fn waited(&self) -> Waited {
        self.waited
    }

    /// True where the next turn is a nap.
    pub(crate) const fn is_long(&self) -> bool {
        self.patience.naps && self.waited.spins >= SPINS_BEFORE_NAPS
    }

    /// Waits a little: a run of spin hints, each twice as long as the last one up to 64,
    /// or a nap. `sleep` naps for so many nanoseconds at most, and says whether it was cut
    /// short.
    pub(crate) fn turn(&mut self, sleep: impl FnOnce(u32) -> bool) -> Result<(), Contended> {
        let left = self.patience.hints.saturating_sub(self.waited.spins);
        if left == 0 {
            return Err(Contended { spins: self.waited.spins });
        }
        self.waited.spins += if self.is_long() { self.nap(sleep, left) } else { self.spin(left) };
        Ok(())
    }

    fn spin(&mut self, left: u32) -> u32 {
        let run = self.run.min(left);
        pause(run);
        self.run = (self.run * 2).min(LONGEST_RUN);
        run
    }

    fn nap(&mut self, sleep: impl FnOnce(u32) -> bool, left: u32) -> u32 {
        self.waited.naps += 1;
        let length = Self::NAP.min(left);
        let woken = sleep(length);
        if woken { Self::SHORT_NAP.min(left) } else { length }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sync::lock::WaitWord;

    #[test]
    fn only_who_may_nap_naps_and_says_so() {
        let naps = |patience| {
            let (mut wait, word) = (Wait::new(patience), WaitWord::new(1));
            while wait.turn(|length| word.sleep_while(1, length)).is_ok() {}
            wait.waited().naps
        };
        assert_eq!([Patience::NONE, Patience::PAGE, Patience::spins(SPINS_BEFORE_NAPS + 1)].map(naps), [0; 3]);
        assert_eq!(naps(Patience::naps(SPINS_BEFORE_NAPS)), 0);
        assert_eq!(naps(Patience::naps(SPINS_BEFORE_NAPS + 3 * Wait::NAP)), 3);
    }
}
