//! Whether a thread still turns: each counts in shared memory while its event loop
//! goes round, even when it has nothing to do, and the page looks whether the count moves.

use core::sync::atomic::{AtomicU32, Ordering};

/// One thread's count. Only its thread adds, anyone reads.
#[derive(Debug, Default)]
pub struct Heartbeat(AtomicU32);

impl Heartbeat {
    /// Says that the thread is there.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has said so; goes round after 2³².
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Mutators that are told apart.
pub const MUTATORS: usize = 8;

/// The counts of the threads of a run.
#[derive(Debug, Default)]
pub struct Heartbeats {
    /// Raised by the engine's worker.
    pub engine: Heartbeat,
    /// Raised by the recorder's worker.
    pub recorder: Heartbeat,
    /// Those of the mutators, by their number on the board.
    pub mutators: [Heartbeat; MUTATORS],
}

/// What a look at a thread found that was not known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It has said nothing for [`Watch::PATIENCE_MS`].
    Silent {
        /// How long, as far as it could be watched.
        silent_ms: u32,
    },
    /// It was silent, and is there again.
    Back {
        /// How long it was silent.
        silent_ms: u32,
    },
}

/// Looks at one thread's count, as often as the page can.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    count: u32,
    silent_ms: u32,
    is_told: bool,
}

impl Watch {
    /// Time between two looks.
    pub const LOOK_MS: u32 = 250;
    /// A thread that is silent for so long is told of.
    pub const PATIENCE_MS: u32 = 1_500;

    /// Begins to watch a thread whose count is this now.
    pub const fn new(count: u32) -> Self {
        Self { count, silent_ms: 0, is_told: false }
    }

    /// Looks, `elapsed_ms` after the last look. Time in which the page was hidden does
    /// not count, as browsers hold back timers then; of a longer time than two looks
    /// only so much counts: the page itself did not turn, and the thread's time to speak
    /// may have been the page's.
    pub fn look(&mut self, count: u32, elapsed_ms: u32, is_visible: bool) -> Option<Finding> {
        let silent_ms = self.silent_ms;
        if count != self.count {
            let was_told = self.is_told;
            *self = Self::new(count);
            return was_told.then_some(Finding::Back { silent_ms });
        }
        if is_visible {
            self.silent_ms = silent_ms.saturating_add(elapsed_ms.min(2 * Self::LOOK_MS));
        }
        if self.is_told || self.silent_ms < Self::PATIENCE_MS {
            return None;
        }
        self.is_told = true;
        Some(Finding::Silent { silent_ms: self.silent_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks so often at a count that stands still; the findings, by the number of the look.
    fn look_at_silence(watch: &mut Watch, looks: u32, elapsed_ms: u32, is_visible: bool) -> Vec<(u32, Finding)> {
        (1..=looks).filter_map(|look| Some((look, watch.look(7, elapsed_ms, is_visible)?))).collect()
    }

    #[test]
    fn a_thread_that_beats_is_left_alone() {
        let heart = Heartbeat::default();
        let mut watch = Watch::new(heart.count());
        for _ in 0..100 {
            heart.beat();
            assert_eq!(watch.look(heart.count(), Watch::LOOK_MS, true), None);
        }
        assert_eq!(heart.count(), 100);
    }

    #[test]
    fn silence_is_told_once_and_within_two_seconds() {
        let mut watch = Watch::new(7);
        let found = look_at_silence(&mut watch, 100, Watch::LOOK_MS, true);
        assert_eq!(found, [(6, Finding::Silent { silent_ms: 1_500 })]);
        const { assert!(6 * Watch::LOOK_MS <= 2_000) };
    }

    #[test]
    fn a_thread_that_comes_back_is_told_and_watched_again() {
        let mut watch = Watch::new(7);
        look_at_silence(&mut watch, 8, Watch::LOOK_MS, true);
        assert_eq!(watch.look(8, Watch::LOOK_MS, true), Some(Finding::Back { silent_ms: 2_000 }));
        assert_eq!(watch.look(9, Watch::LOOK_MS, true), None);
        assert_eq!(watch.look(7, Watch::LOOK_MS, true), None);
        assert_eq!(look_at_silence(&mut watch, 6, Watch::LOOK_MS, true).len(), 1);
    }

    #[test]
    fn a_short_silence_is_not_told() {
        let mut watch = Watch::new(7);
        assert_eq!(look_at_silence(&mut watch, 5, Watch::LOOK_MS, true), []);
        assert_eq!(watch.look(8, Watch::LOOK_MS, true), None, "nobody heard that it was away");
        assert_eq!(look_at_silence(&mut Watch::new(7), 5, Watch::LOOK_MS, true), []);
    }

    #[test]
    fn a_hidden_page_accuses_nobody() {
        let mut watch = Watch::new(7);
        assert_eq!(look_at_silence(&mut watch, 1_000, 60_000, false), []);
        assert_eq!(look_at_silence(&mut watch, 6, Watch::LOOK_MS, true).len(), 1, "but what it sees afterwards counts");
    }

    #[test]
    fn a_page_that_stood_still_accuses_nobody() {
        let mut watch = Watch::new(7);
        assert_eq!(watch.look(7, 30_000, true), None);
        assert_eq!(watch.look(8, Watch::LOOK_MS, true), None);
    }
}
