//! Why an acquire was a hit or a miss.

use super::destroyed::DestroyReason;
use strum::IntoStaticStr;

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

/// Acquires that were served from the pool, by how the resource was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitCauses {
    /// Hits of [`HitCause::Exact`].
    pub exact: u64,
    /// Hits of [`HitCause::Class`].
    pub class: u64,
    /// Hits of [`HitCause::BestFit`].
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

    /// Hits over all causes.
    pub fn total(&self) -> u64 {
        self.exact + self.class + self.best_fit
    }
}

/// Why a miss had to create. The first that is true, in this order: evicted,
/// too wasteful, pending, busy, cold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
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

impl MissCause {
    /// The name in files, without the reason of a destruction.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// Acquires that had to create, by why nothing served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissCauses {
    /// Misses of [`MissCause::Cold`].
    pub cold: u64,
    /// Misses of [`MissCause::Busy`].
    pub busy: u64,
    /// Misses of [`MissCause::Pending`].
    pub pending: u64,
    /// Misses of [`MissCause::TooWasteful`].
    pub too_wasteful: u64,
    evicted: [u64; DestroyReason::ALL.len()],
}

impl MissCauses {
    pub(super) fn note(&mut self, cause: MissCause) {
        *self.count(cause) += 1;
    }

    pub(super) fn undo(&mut self, cause: MissCause) {
        *self.count(cause) -= 1;
    }

    fn count(&mut self, cause: MissCause) -> &mut u64 {
        match cause {
            MissCause::Cold => &mut self.cold,
            MissCause::Busy => &mut self.busy,
            MissCause::Pending => &mut self.pending,
            MissCause::TooWasteful => &mut self.too_wasteful,
            MissCause::Evicted(reason) => &mut self.evicted[reason.index()],
        }
    }

    /// Misses that a destruction for this reason is blamed for.
    pub fn evicted_by(&self, reason: DestroyReason) -> u64 {
        self.evicted[reason.index()]
    }

    /// Misses that any destruction is blamed for.
    pub fn evicted(&self) -> u64 {
        self.evicted.iter().sum()
    }

    /// Misses over all causes.
    pub fn total(&self) -> u64 {
        self.cold + self.busy + self.pending + self.too_wasteful + self.evicted()
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::DEPARTED_MAX;
    use super::super::*;
    use super::*;
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};
    use arenascope_units::{Bytes, Micros};

    /// A pool, and what its last acquire was.
    struct Bench(Pool);

    impl Bench {
        fn new(mode: PoolMode) -> Self {
            Self(Pool::new(PoolConfig { mode, ..PoolConfig::default() }))
        }

        /// Acquires and confirms; what was counted, in words.
        fn acquire(&mut self, size: u64, next: NextUse) -> (BufferHandle, String) {
            let before = self.0.statistics();
            let spec = BufferSpec::new(Bytes::new(size), BufferUsage::STORAGE).into();
            let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
            let acquired = self.0.acquire_for(next, &spec, Contents::Undefined, owner, Micros::ZERO).unwrap();
            if let Acquired::Fresh { handle, .. } = acquired {
                self.0.confirm(handle.resource()).unwrap();
            }
            self.0.audit().unwrap();
            (acquired.handle(), told(&before, &self.0.statistics()))
        }

        fn cause(&mut self, size: u64) -> String {
            self.acquire(size, NextUse::CountAsFreed).1
        }

        /// Acquires and gives back, last used by a submission.
        fn used(&mut self, size: u64, last_use: Serial) {
            let (handle, _) = self.acquire(size, NextUse::CountAsFreed);
            self.0.release(handle, last_use, Micros::ZERO).unwrap();
        }
    }

    fn told(before: &Statistics, after: &Statistics) -> String {
        let (b, a) = (before, after);
        let mut counts = vec![
            ("exact", b.hits_by.exact, a.hits_by.exact),
            ("class", b.hits_by.class, a.hits_by.class),
            ("best fit", b.hits_by.best_fit, a.hits_by.best_fit),
            ("cold", b.misses_by.cold, a.misses_by.cold),
            ("busy", b.misses_by.busy, a.misses_by.busy),
            ("pending", b.misses_by.pending, a.misses_by.pending),
            ("too wasteful", b.misses_by.too_wasteful, a.misses_by.too_wasteful),
        ];
        let evicted = |stats: &Statistics, reason| stats.misses_by.evicted_by(reason);
        counts.extend(DestroyReason::ALL.map(|reason| (reason.key(), evicted(b, reason), evicted(a, reason))));
        let raised = counts.into_iter().filter(|(_, before, after)| after > before).map(|(name, ..)| name);
        raised.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn hits_tell_how_they_were_found() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        bench.used(1_024, Serial(0));
        assert_eq!((bench.cause(1_023), bench.cause(1_023)), ("exact".into(), "busy".into()));
        let mut bench = Bench::new(PoolMode::CLASSES);
        bench.used(1_024, Serial(0));
        bench.used(900, Serial(0));
        assert_eq!(bench.0.statistics().hits_by, HitCauses { class: 1, ..HitCauses::default() });
        assert_eq!(bench.cause(520), "best fit", "a larger one of the doubling");
        assert_eq!(bench.cause(512), "cold", "none of the next doubling");
    }

    #[test]
    fn misses_tell_what_was_missing() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        assert_eq!((bench.cause(64), bench.cause(64)), ("cold".into(), "busy".into()));
        bench.used(64, Serial(3));
        assert_eq!(bench.cause(64), "pending");
        let mut bench = Bench::new(PoolMode::BestFit { max_waste_percent: 20 });
        bench.used(1_000, Serial(0));
        assert_eq!((bench.cause(796), bench.cause(800)), ("too wasteful".into(), "best fit".into()));
    }

    #[test]
    fn an_eviction_is_blamed_once_for_each_that_went() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        let two = [(); 2].map(|()| bench.acquire(64, NextUse::CountAsFreed).0);
        two.into_iter().for_each(|handle| bench.0.release(handle, Serial(0), Micros::ZERO).unwrap());
        assert_eq!(bench.0.cleanup_old_buffers(Micros::ZERO, Micros::ZERO).len(), 2);
        assert_eq!([(); 3].map(|()| bench.cause(64)), ["age", "age", "busy"]);
        assert_eq!(bench.0.device_lost().len(), 3);
        assert_eq!(bench.cause(64), "device_loss");
        bench.used(128, Serial(0));
        assert_eq!(bench.0.relieve(Pressure::Critical).len(), 1);
        assert_eq!(bench.cause(128), "pressure");
    }

    #[test]
    fn what_was_not_created_is_blamed_on_the_same_when_it_is_asked_for_again() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        bench.used(64, Serial(0));
        let _ = bench.0.trim_all_idle();
        let spec = BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into();
        let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
        let before = bench.0.statistics();
        let acquired = bench.0.acquire(&spec, Contents::Undefined, owner, Micros::ZERO).unwrap();
        assert_eq!(bench.0.statistics().misses_by.evicted_by(DestroyReason::OutOfMemory), 1);
        bench.0.fail(acquired.handle().resource()).map(|gone| gone.size).unwrap();
        assert_eq!(bench.0.statistics(), super::super::Statistics { creations_failed: 1, ..before });
        assert_eq!((bench.0.recent_misses().count(), bench.0.audit()), (1, Ok(())));
        assert_eq!([(); 2].map(|()| bench.cause(64)), ["out_of_memory", "busy"]);
    }

    #[test]
    fn a_creation_that_failed_between_release_and_reuse_shortens_no_distance() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        let spec = BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into();
        let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
        let failing = bench.0.acquire(&spec, Contents::Undefined, owner, Micros::ZERO).unwrap();
        bench.used(128, Serial(0));
        let _ = bench.0.fail(failing.handle().resource()).unwrap();
        assert_eq!(bench.acquire(128, NextUse::CountAsFreed).1, "exact");
        assert_eq!((bench.0.statistics().reuse_distance.total(), bench.0.audit()), (1, Ok(())));
    }

    #[test]
    fn an_outgrown_one_makes_way_and_is_blamed() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        bench.used(1_280, Serial(0));
        let spec = BufferSpec::new(Bytes::new(2_048), BufferUsage::STORAGE).into();
        let reasons: Vec<_> = bench.0.make_room(&spec).into_iter().map(|gone| gone.reason).collect();
        assert_eq!(reasons, [DestroyReason::Outgrown]);
        assert_eq!(bench.cause(1_280), "outgrown");
    }

    #[test]
    fn classes_long_gone_are_forgotten() {
        let mut bench = Bench::new(PoolMode::Exact);
        for size in 1..=u64::from(DEPARTED_MAX) + 1 {
            bench.used(4 * size, Serial(0));
            let _ = bench.0.trim_all_idle();
        }
        let last = 4 * (u64::from(DEPARTED_MAX) + 1);
        assert_eq!((bench.cause(4), bench.cause(last)), ("cold".into(), "out_of_memory".into()));
    }

    #[test]
    fn a_pending_one_serves_as_soon_as_the_next_use_allows() {
        let mut bench = Bench::new(PoolMode::CLASSES);
        bench.used(64, Serial(3));
        assert_eq!(bench.acquire(64, NextUse::QueueWrite).1, "pending", "not submitted yet");
        bench.0.submit(Serial(3));
        assert_eq!(bench.acquire(64, NextUse::Map).1, "pending", "submitted, not complete");
        assert_eq!(bench.acquire(64, NextUse::QueueWrite).1, "exact");
        bench.used(128, Serial(4));
        assert_eq!(bench.acquire(128, NextUse::GpuWrite).1, "exact", "behind it in the same encoder");
        let mut baseline = Bench::new(PoolMode::Tfjs);
        baseline.used(128, Serial(4));
        assert_eq!(baseline.acquire(128, NextUse::GpuWrite).1, "pending");
    }

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
