//! The out-of-memory fallback: what is tried, one step after another, when a
//! creation is refused, before the error is passed on.

use strum::{EnumCount, VariantArray};

/// One step of the fallback, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumCount, VariantArray)]
pub enum FallbackStep {
    /// Idle resources of the same use are destroyed, until there is room:
    /// [`Pool::reclaim_like`](super::Pool::reclaim_like).
    TrimClass,
    /// Idle resources of any use are destroyed, all of them where need be:
    /// [`Pool::reclaim`](super::Pool::reclaim).
    TrimIdle,
    /// Other owners of memory that can be spared give it back.
    Borrowers,
}

impl FallbackStep {
    /// Every step, the first to be tried first.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The step to try after this one; `None` after the last, when only the error is left.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }
}

/// How refused creations ended in this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FallbackCounts {
    helped: [u64; FallbackStep::COUNT],
    /// Creations for which no step made room: the error was passed on.
    pub refused: u64,
}

impl FallbackCounts {
    /// Counts a creation that succeeded after this step.
    pub fn note_help(&mut self, step: FallbackStep) {
        self.helped[step as usize] += 1;
    }

    /// Creations that succeeded after this step.
    pub fn helped(&self, step: FallbackStep) -> u64 {
        self.helped[step as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_to_the_end() {
        let tried: Vec<FallbackStep> =
            std::iter::successors(Some(FallbackStep::TrimClass), |step| step.next()).collect();
        assert_eq!(tried, FallbackStep::ALL);
        let mut counts = FallbackCounts::default();
        counts.note_help(FallbackStep::TrimIdle);
        assert_eq!(FallbackStep::ALL.map(|step| counts.helped(step)), [0, 1, 0]);
    }
}
