//! Why an acquire was a hit or a miss.

use super::evict::DestroyReason;

/// How a hit found its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HitCause {
    /// Of the very size that was asked for, in whole words; every texture.
    Exact,
    /// Of the class that the size was rounded up to.
    Class,
    /// Larger than what would have been created.
    BestFit,
}

/// Hits by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitCauses {
    /// [`HitCause::Exact`].
    pub exact: u64,
    /// [`HitCause::Class`].
    pub class: u64,
    /// [`HitCause::BestFit`].
    pub best_fit: u64,
}

impl HitCauses {
    pub(super) fn note(&mut self, cause: HitCause) {
        *match cause {
            HitCause::Exact => &mut self.exact,
            HitCause::Class => &mut self.class,
            HitCause::BestFit => &mut self.best_fit,
        } += 1;
    }

    /// All hits.
    pub fn total(&self) -> u64 {
        self.exact + self.class + self.best_fit
    }
}

/// Why a miss had to create. The first that is true, in this order: evicted,
/// too wasteful, pending, busy, cold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MissCause {
    /// There is none of this class, nor has one been destroyed; or the class is
    /// forgotten, being one of the thousands that were used before.
    Cold,
    /// Every one of the class is held.
    Busy,
    /// One of the class is released, but not yet safe for the next use.
    Pending,
    /// Only buffers that waste more than the mode allows lay idle.
    TooWasteful,
    /// One of the class was destroyed for this reason. Each destruction is
    /// blamed for one miss at most, so these never exceed the destructions.
    Evicted(DestroyReason),
}

/// Misses by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissCauses {
    /// [`MissCause::Cold`].
    pub cold: u64,
    /// [`MissCause::Busy`].
    pub busy: u64,
    /// [`MissCause::Pending`].
    pub pending: u64,
    /// [`MissCause::TooWasteful`].
    pub too_wasteful: u64,
    evicted: [u64; DestroyReason::ALL.len()],
}

impl MissCauses {
    pub(super) fn note(&mut self, cause: MissCause) {
        *match cause {
            MissCause::Cold => &mut self.cold,
            MissCause::Busy => &mut self.busy,
            MissCause::Pending => &mut self.pending,
            MissCause::TooWasteful => &mut self.too_wasteful,
            MissCause::Evicted(reason) => &mut self.evicted[reason.index()],
        } += 1;
    }

    /// Misses that a destruction for this reason is blamed for.
    pub fn evicted_by(&self, reason: DestroyReason) -> u64 {
        self.evicted[reason.index()]
    }

    /// Misses that any destruction is blamed for.
    pub fn evicted(&self) -> u64 {
        self.evicted.iter().sum()
    }

    /// All misses.
    pub fn total(&self) -> u64 {
        self.cold + self.busy + self.pending + self.too_wasteful + self.evicted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_counts_once() {
        let (mut hits, mut misses) = (HitCauses::default(), MissCauses::default());
        [HitCause::Exact, HitCause::Class, HitCause::BestFit].into_iter().for_each(|cause| hits.note(cause));
        assert_eq!((hits, hits.total()), (HitCauses { exact: 1, class: 1, best_fit: 1 }, 3));
        for cause in [MissCause::Cold, MissCause::Busy, MissCause::Pending, MissCause::TooWasteful] {
            misses.note(cause);
        }
        DestroyReason::ALL.into_iter().for_each(|reason| misses.note(MissCause::Evicted(reason)));
        assert!(DestroyReason::ALL.into_iter().all(|reason| misses.evicted_by(reason) == 1));
        assert_eq!(misses.total(), 4 + DestroyReason::ALL.len() as u64);
    }
}
