//! The newest misses, for whoever asks why one missed: the counts of [`super::MissCauses`]
//! say how often, these say which.

use super::cause::MissCause;
use super::class_key::ClassKey;
use super::entry::Entry;
use super::lifecycle::Pool;
use super::misses::Miss;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};

impl Pool {
    /// The newest [`MISSES_KEPT`] misses, oldest first. O(1) each.
    pub fn recent_misses(&self) -> impl Iterator<Item = &Miss> {
        self.recent.all()
    }

    /// What was to be created was not: the acquire was no miss.
    pub(super) fn undo_recent(&mut self, entry: &Entry) {
        let created = self.index.class(entry.class).key.created();
        let (time, owner, requested) = (entry.last_used, entry.owner, entry.requested);
        self.recent
            .undo(|miss| (miss.time, miss.owner, miss.requested, miss.created) == (time, owner, requested, created));
    }

    /// Writes down a miss of `class`, before the new one is part of it. O(log classes).
    pub(super) fn note_recent(&mut self, class: u32, cause: MissCause, requested: Bytes, owner: Owner, time: Micros) {
        let known = self.index.class(class);
        let ClassKey { kind, size } = known.key;
        let is_too_large = cause == MissCause::TooWasteful;
        let idle = is_too_large.then(|| self.index.smallest_idle_class(kind, size, Bytes::new(u64::MAX))).flatten();
        let miss = Miss {
            time,
            owner,
            created: known.key.created(),
            size,
            requested,
            cause,
            held: known.in_use + known.creating,
            pending: known.pending.count.into(),
            smallest_idle: idle.map(|class| self.index.class(class).key.size),
        };
        self.recent.note(miss);
    }
}

#[cfg(test)]
mod tests {
    use super::super::misses::MISSES_KEPT;
    use super::super::{Acquired, BufferSpec, BufferUsage, Contents, PoolConfig, PoolMode, Serial};
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    const OWNER: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, arenascope_units::owner::Tag(3));

    fn acquire(pool: &mut Pool, size: u64, at: u64) -> Acquired {
        let spec = BufferSpec::new(Bytes::new(size), BufferUsage::STORAGE).into();
        let acquired = pool.acquire(&spec, Contents::Undefined, OWNER, Micros::new(at)).unwrap();
        if let Acquired::Fresh { handle, .. } = acquired {
            pool.confirm(handle.resource()).unwrap();
        }
        acquired
    }

    fn pool(mode: PoolMode) -> Pool {
        Pool::new(PoolConfig { mode, ..PoolConfig::default() })
    }

    #[test]
    fn a_miss_tells_how_its_class_stood() {
        let mut pool = pool(PoolMode::Pow2);
        acquire(&mut pool, 1000, 1);
        acquire(&mut pool, 1000, 2);
        let first = acquire(&mut pool, 900, 3).handle();
        pool.release(first, Serial(1), Micros::new(4)).unwrap();
        acquire(&mut pool, 1024, 5);
        let told: Vec<_> = pool.recent_misses().map(|m| (m.time.get(), m.cause, m.held, m.pending)).collect();
        let expected = [
            (1, MissCause::Cold, 0, 0),
            (2, MissCause::Busy, 1, 0),
            (3, MissCause::Busy, 2, 0),
            (5, MissCause::Pending, 2, 1),
        ];
        assert_eq!(told, expected);
        let miss = pool.recent_misses().nth(2).unwrap();
        assert_eq!((miss.requested, miss.size, miss.owner), (Bytes::new(900), Bytes::new(1024), OWNER));
    }

    #[test]
    fn a_miss_for_waste_names_what_lay_idle() {
        let mut pool = pool(PoolMode::BEST_FIT);
        (0..3).for_each(|at| {
            acquire(&mut pool, 64, at);
        });
        let large = acquire(&mut pool, 4096, 1).handle();
        pool.release(large, Serial(0), Micros::new(2)).unwrap();
        pool.complete(Serial(0));
        acquire(&mut pool, 1024, 3);
        let miss = pool.recent_misses().last().unwrap();
        assert_eq!((miss.cause, miss.smallest_idle), (MissCause::TooWasteful, Some(Bytes::new(4096))));
    }

    #[test]
    fn only_the_newest_are_kept_and_hits_are_none() {
        let mut pool = pool(PoolMode::Exact);
        let count = MISSES_KEPT as u64 + 10;
        for at in 0..count {
            acquire(&mut pool, 64, at);
        }
        let times: Vec<u64> = pool.recent_misses().map(|miss| miss.time.get()).collect();
        assert_eq!(times, (10..count).collect::<Vec<_>>());
        assert_eq!(pool.statistics().misses, count);
    }
}
