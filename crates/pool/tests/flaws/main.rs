//! Defects of the original design's GPU buffer pool, G1 to G16: each test shows
//! the defect in the original where that can be run, and that ours lacks it.

mod original;

use arenascope_pool::*;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use original::{GpuBufferPool, GpuDevice};
use std::collections::BTreeMap;
use std::time::Duration;

const USAGE: u32 = 0x80;
const DONE: Serial = Serial(0);
const NOW: Micros = Micros::ZERO;

/// Our pool with an executor that does as it is told.
struct Ours {
    pool: Pool,
    alive: BTreeMap<ResourceId, Bytes>,
    created: u64,
}

impl Ours {
    fn new(config: PoolConfig) -> Self {
        Self { pool: Pool::new(config), alive: BTreeMap::new(), created: 0 }
    }

    fn try_acquire(&mut self, size: u64, contents: Contents) -> Result<Acquired, PoolError> {
        let spec = BufferSpec::new(Bytes::new(size), BufferUsage::STORAGE).into();
        let acquired = self.pool.acquire(&spec, contents, Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0)), NOW)?;
        if let Acquired::Fresh { handle, size, .. } = acquired {
            self.alive.insert(handle.resource(), size);
            self.created += 1;
            self.pool.confirm(handle.resource()).expect("is being created");
        }
        Ok(acquired)
    }

    fn acquire(&mut self, size: u64) -> BufferHandle {
        self.try_acquire(size, Contents::Undefined).expect("within limits").handle()
    }

    fn release(&mut self, handle: BufferHandle) {
        self.pool.release(handle, DONE, NOW).expect("is held");
    }

    fn destroy(&mut self, plan: Vec<Eviction>) -> usize {
        plan.iter().filter(|gone| self.alive.remove(&gone.resource) == Some(gone.size)).count()
    }
}

impl Default for Ours {
    fn default() -> Self {
        Self::new(PoolConfig::default())
    }
}

fn original(max_pool_size: usize) -> GpuBufferPool {
    GpuBufferPool::new(GpuDevice::default(), max_pool_size)
}

#[test]
fn g01_sizes_that_change_every_frame_do_hit() {
    let (mut theirs, mut ours) = (original(8), Ours::default());
    let mut exact = Ours::new(PoolConfig { mode: PoolMode::Exact, ..PoolConfig::default() });
    for size in (4_100..5_100).step_by(10) {
        let buffer = theirs.acquire(size as usize, USAGE);
        theirs.release(&buffer);
        for pool in [&mut ours, &mut exact] {
            let handle = pool.acquire(size);
            pool.release(handle);
        }
    }
    assert_eq!(*theirs.device.created.borrow(), 100, "the original never hits");
    assert_eq!(ours.created, 1);
    assert!(exact.created > 90, "the exact mode stays selectable");
}

#[test]
fn g02_the_cap_is_of_bytes_over_all_classes_and_no_cliff() {
    let (mut theirs, mut ours) = (original(4), Ours::default());
    for _frame in 0..10 {
        let buffers: Vec<_> = (0..8).map(|_| theirs.acquire(1024, USAGE)).collect();
        buffers.iter().for_each(|buffer| theirs.release(buffer));
        let handles: Vec<_> = (0..8).map(|_| ours.acquire(1024)).collect();
        handles.into_iter().for_each(|handle| ours.release(handle));
        let plan = ours.pool.trim(NOW);
        ours.destroy(plan);
    }
    assert_eq!(*theirs.device.created.borrow(), 4 + 10 * 4, "above its count the original creates every time");
    assert_eq!(ours.created, 8);

    let limit = Bytes::kib(64);
    let mut ours = Ours::new(PoolConfig::with_idle_limit(PoolMode::Exact, limit));
    let handles: Vec<_> = (1..=50).map(|size| ours.acquire(size * 1024)).collect();
    handles.into_iter().for_each(|handle| ours.release(handle));
    let plan = ours.pool.trim(NOW);
    ours.destroy(plan);
    assert!(ours.pool.statistics().idle.bytes <= limit, "fifty keys share one limit");
    assert_eq!(ours.alive.values().copied().sum::<Bytes>(), ours.pool.statistics().idle.bytes);
}

#[test]
fn g03_classes_of_which_nothing_lives_are_forgotten() {
    let (mut theirs, mut ours) = (original(4), Ours::default());
    for size in 1..=100 {
        let buffer = theirs.acquire(size * 4096, USAGE);
        theirs.release(&buffer);
        let handle = ours.acquire(size as u64 * 4096);
        ours.release(handle);
    }
    theirs.cleanup_old_buffers(Duration::ZERO);
    assert_eq!((theirs.pools.len(), theirs.known()), (100, 0), "the original keeps a hundred empty lists");
    assert!(ours.pool.rows().len() > 20);
    let plan = ours.pool.cleanup_old_buffers(NOW, Micros::ZERO);
    ours.destroy(plan);
    assert_eq!(ours.pool.rows(), []);
    assert_eq!(ours.pool.audit(), Ok(()));
}

/// The costs are by construction, a handle being the place; what a test can show
/// is that no search is needed to be right, in whatever order things come back.
#[test]
fn g04_a_handle_leads_to_its_buffer_among_thousands() {
    let mut ours = Ours::new(PoolConfig::with_idle_limit(PoolMode::CLASSES, Bytes::mib(1024)));
    let mut handles: Vec<_> = (0..5_000).map(|index| ours.acquire(256 + index % 2 * 4096)).collect();
    for turn in 0..handles.len() {
        let handle = handles.swap_remove(turn * 7_919 % handles.len());
        ours.release(handle);
        let again = ours.acquire(ours.alive[&handle.resource()].get());
        assert_eq!(again.resource(), handle.resource(), "the one used last comes first");
        handles.push(again);
    }
    assert_eq!(ours.created, 5_000);
    assert_eq!(ours.pool.audit(), Ok(()));
}

#[test]
fn g05_an_unknown_buffer_is_an_error_that_is_counted() {
    let (mut theirs, stranger) = (original(4), original(4).acquire(64, USAGE));
    theirs.release(&stranger); // Not a word.

    let (mut ours, mut others) = (Ours::default(), Ours::default());
    let (mine, stranger) = (ours.acquire(64), others.acquire(64));
    let before = ours.pool.statistics();
    let refused = ours.pool.release(stranger, DONE, NOW);
    assert_eq!(refused, Err(HandleError::Foreign { resource: stranger.resource() }));
    assert_eq!(ours.pool.statistics(), Statistics { refused_releases: 1, ..before });
    assert!(ours.pool.lookup(mine).is_ok());
}

#[test]
fn g06_no_buffer_is_unknown_to_the_pool() {
    let mut theirs = original(1);
    let buffers = [theirs.acquire(64, USAGE), theirs.acquire(64, USAGE)];
    buffers.iter().for_each(|buffer| theirs.release(buffer));
    assert_eq!((theirs.device.alive.borrow().len(), theirs.known()), (2, 1), "the second is nobody's");

    let mut ours = Ours::new(PoolConfig::with_idle_limit(PoolMode::CLASSES, Bytes::ZERO));
    let handles = [ours.acquire(64), ours.acquire(64)];
    assert_eq!(ours.pool.buffers().count(), 2);
    handles.into_iter().for_each(|handle| ours.release(handle));
    let plan = ours.pool.trim(NOW);
    assert_eq!(ours.destroy(plan), 2);
    assert!(ours.alive.is_empty() && ours.pool.buffers().next().is_none());
}

#[test]
fn g07_what_is_evicted_is_destroyed() {
    let mut theirs = original(4);
    let buffer = theirs.acquire(64, USAGE);
    theirs.release(&buffer);
    theirs.cleanup_old_buffers(Duration::ZERO);
    assert_eq!((theirs.known(), theirs.device.alive.borrow().len()), (0, 1), "forgotten, and still there");

    let mut ours = Ours::default();
    let handle = ours.acquire(64);
    ours.release(handle);
    let plan = ours.pool.cleanup_old_buffers(NOW, Micros::ZERO);
    let (spec, size) = (BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into(), Bytes::new(64));
    assert_eq!(plan, [Eviction { resource: handle.resource(), spec, size, reason: DestroyReason::Age }]);
    assert_eq!(ours.pool.statistics().destroyed.by(DestroyReason::Age).count, 1);
    assert_eq!(ours.destroy(plan), 1);
    assert!(ours.alive.is_empty());
}

#[test]
fn g08_use_after_release_is_seen() {
    let mut theirs = original(4);
    let first = theirs.acquire(64, USAGE);
    theirs.release(&first);
    let second = theirs.acquire(64, USAGE);
    *first.contents.borrow_mut() = 1;
    assert_eq!(*second.contents.borrow(), 1, "written by one that had given it back");

    let mut ours = Ours::default();
    let first = ours.acquire(64);
    ours.release(first);
    let second = ours.acquire(64);
    assert_eq!(first.resource(), second.resource());
    let released = HandleError::Released { resource: first.resource(), lease: 0, current: 1 };
    assert_eq!(ours.pool.lookup(first), Err(released));
    assert_eq!(ours.pool.release(first, DONE, NOW), Err(released));
    assert!(ours.pool.lookup(second).is_ok(), "the holder of now is not disturbed");
    let stats = ours.pool.statistics();
    assert_eq!((stats.refused_uses, stats.refused_releases), (1, 1));
}

#[test]
fn g09_what_the_gpu_still_reads_is_not_given_out() {
    let mut theirs = original(4);
    let reading = theirs.acquire(64, USAGE);
    theirs.release(&reading);
    assert_eq!(theirs.acquire(64, USAGE), reading, "given out while submission 7 reads it");

    let mut ours = Ours::default();
    let reading = ours.acquire(64);
    ours.pool.release(reading, Serial(7), NOW).expect("is held");
    assert_ne!(ours.acquire(64).resource(), reading.resource());
    ours.pool.complete(Serial(6));
    assert_ne!(ours.acquire(64).resource(), reading.resource());
    assert_eq!(ours.pool.trim_all_idle(), [], "nor destroyed");
    ours.pool.complete(Serial(7));
    assert_eq!(ours.acquire(64).resource(), reading.resource());
}

/// The original asks a clock that panics on the web. Ours asks none, so the same
/// arguments give the same answers, even where they make no sense.
#[test]
fn g10_time_is_an_argument() {
    let life = |start: u64| {
        let mut pool = Pool::new(PoolConfig::default());
        let spec = BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into();
        let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
        let at = |offset: u64| Micros::new(start.saturating_add(offset));
        let handle = pool.acquire(&spec, Contents::Undefined, owner, at(50)).expect("within limits").handle();
        pool.confirm(handle.resource()).expect("is being created");
        // Back in time.
        pool.release(handle, DONE, at(40)).expect("is held");
        let young = pool.cleanup_old_buffers(at(30), Micros::new(1)).len();
        (young, pool.cleanup_old_buffers(at(140), Micros::new(100)).len())
    };
    assert_eq!(life(0), (0, 1));
    assert_eq!(life(1 << 60), (0, 1));
    assert_eq!(life(u64::MAX), (0, 0));
}

#[test]
fn g11_trimming_knows_bytes_age_and_pressure() {
    let mut theirs = original(1_000);
    let buffers: Vec<_> = (0..1_000).map(|_| theirs.acquire(1 << 20, USAGE)).collect();
    buffers.iter().for_each(|buffer| theirs.release(buffer));
    theirs.cleanup_old_buffers(Duration::from_secs(3_600));
    assert_eq!(theirs.known(), 1_000, "a thousand MiB lie idle, for an hour");

    let mut ours = Ours::default();
    let config = *ours.pool.config();
    let handles: Vec<_> = (0..100).map(|_| ours.acquire(1 << 20)).collect();
    handles.into_iter().for_each(|handle| ours.release(handle));
    let plan = ours.pool.trim(NOW);
    assert!(plan.iter().all(|gone| gone.reason == DestroyReason::Limit) && !plan.is_empty());
    assert!(ours.pool.statistics().idle.bytes <= config.idle_limit);
    for frame in 2..config.max_idle_frames {
        let plan = ours.pool.trim(NOW);
        let (most, is_surplus) = (config.max_destroys_per_trim as usize, frame >= config.surplus_frames);
        assert!(plan.len() <= most && (plan.is_empty() || is_surplus), "{frame}");
        assert!(plan.iter().all(|gone| gone.reason == DestroyReason::Surplus));
    }
    assert_eq!(ours.pool.statistics().idle.bytes, config.low_water);
    let plan = ours.pool.trim(config.max_age);
    assert_eq!(plan.len(), config.max_destroys_per_trim as usize);
    assert!(plan.iter().all(|gone| gone.reason == DestroyReason::Age));
    let plan = ours.pool.reclaim(Bytes::mib(3));
    assert_eq!(plan.iter().map(|gone| gone.reason).collect::<Vec<_>>(), [DestroyReason::OutOfMemory; 3]);
    assert!(!ours.pool.trim_all_idle().is_empty());
    assert_eq!(ours.pool.statistics().idle, Amount::default());
}

#[test]
fn g12_out_of_memory_has_a_way_back() {
    let mut ours = Ours::default();
    let limit = ours.pool.config().limits.max_buffer_size;
    let requested = Bytes::new(limit.get() + 4);
    let refused = ours.try_acquire(requested.get(), Contents::Undefined);
    assert_eq!(refused, Err(PoolError::OverLimit { requested, limit }));
    assert_eq!(ours.created, 0, "the device was not asked");

    let idle = ours.acquire(4096);
    ours.release(idle);
    let before = ours.pool.statistics();
    let spec = BufferSpec::new(limit, BufferUsage::STORAGE).into();
    let owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
    let big = ours.pool.acquire(&spec, Contents::Undefined, owner, NOW).expect("within limits").handle();
    assert_eq!(ours.pool.fail(big.resource()).map(|gone| gone.size), Ok(limit));
    let after = ours.pool.statistics();
    assert_eq!(after, Statistics { creations_failed: 1, ..before }, "all else as it was");
    assert_eq!(ours.pool.recent_misses().count(), 1, "what nobody got is no miss");
    let plan = ours.pool.trim_all_idle();
    assert_eq!(ours.destroy(plan), 1);
    assert!(ours.try_acquire(limit.get(), Contents::Undefined).is_ok(), "trimmed, and tried once more");
    assert_eq!(ours.pool.audit(), Ok(()));
}

#[test]
fn g13_stale_contents_are_cleared_where_zeros_are_wanted() {
    let mut theirs = original(4);
    let first = theirs.acquire(64, USAGE);
    *first.contents.borrow_mut() = 42;
    theirs.release(&first);
    assert_eq!(*theirs.acquire(64, USAGE).contents.borrow(), 42, "what the last holder left");

    let mut ours = Ours::default();
    for (contents, clear) in
        [(Contents::Zeroed, None), (Contents::Zeroed, Some(true)), (Contents::Undefined, Some(false))]
    {
        let acquired = ours.try_acquire(64, contents).expect("within limits");
        let needs_clear = match acquired {
            Acquired::Fresh { .. } => None,
            Acquired::Reused { needs_clear, .. } => Some(needs_clear),
        };
        assert_eq!(needs_clear, clear, "{contents:?}");
        ours.release(acquired.handle());
    }
}

#[test]
fn g14_sizes_are_whole_words_and_exact() {
    let size = (1_u64 << 53) + 5;
    assert_ne!(size as f64 as u64, size, "what the original hands to the device");
    let limits = DeviceLimits { max_buffer_size: Bytes::new(u64::MAX), ..DeviceLimits::default() };
    let mut ours = Ours::new(PoolConfig { mode: PoolMode::Exact, limits, ..PoolConfig::default() });
    for (asked, created) in [(1, 4), (4, 4), (1_001, 1_004), (size, size + 3)] {
        let handle = ours.acquire(asked);
        assert_eq!(ours.alive[&handle.resource()], Bytes::new(created));
        assert_eq!(ours.pool.lookup(handle).map(|info| info.requested), Ok(Bytes::new(asked)));
    }
}

#[test]
fn g15_every_figure_is_there() {
    let mut ours = Ours::default();
    let kept = ours.acquire(1_100);
    let [pending, idle] = [ours.acquire(1_200), ours.acquire(64)];
    ours.pool.release(pending, Serial(1), NOW).expect("is held");
    ours.release(idle);
    ours.acquire(200);
    let stats = ours.pool.statistics();
    let amount = |count, bytes| Amount { count, bytes: Bytes::new(bytes) };
    assert_eq!((stats.in_use, stats.pending, stats.idle), (amount(2, 1_280 + 224), amount(1, 1_280), amount(1, 64)));
    assert_eq!((stats.requested, stats.internal_waste()), (Bytes::new(1_300), Bytes::new(204)));
    assert_eq!((stats.acquires, stats.hits, stats.misses), (4, 0, 4));
    ours.pool.release(kept, DONE, NOW).expect("is held");
    ours.acquire(1_030);
    let plan = ours.pool.trim_all_idle();
    ours.destroy(plan);
    let stats = ours.pool.statistics();
    assert_eq!(stats.hit_ratio().map(|ratio| ratio.get()), Some(0.2));
    assert_eq!(stats.destroyed.by(DestroyReason::OutOfMemory), amount(1, 64));
    assert_eq!(stats.destroyed.evictions(), stats.destroyed.total());
    assert_eq!(stats.peaks.allocated, Bytes::new(1_280 * 2 + 64 + 224));
    assert_eq!(stats.peaks.idle, Bytes::new(1_280 + 64));
    let rows: Vec<_> = ours.pool.rows().into_iter().map(|row| (row.size.get(), row.hits, row.misses)).collect();
    assert_eq!(rows, [(224, 0, 1), (1_280, 1, 2)]);
}

/// Has two candidates for a type that is `Sync`, so that naming it fails to
/// compile exactly where the pool could be shared.
trait AmbiguousIfSync<Marker> {
    fn is_owned_by_one_worker() {}
}
impl<T> AmbiguousIfSync<()> for T {}
impl<T: Sync> AmbiguousIfSync<u8> for T {}

/// GPU objects are not `Send`, so neither may two threads share what names
/// them; the figures alone travel.
#[test]
fn g16_a_pool_is_of_one_worker_and_only_its_figures_travel() {
    <Pool as AmbiguousIfSync<_>>::is_owned_by_one_worker();
    fn travels<T: Copy + Send + Sync + 'static>(figures: T) -> std::thread::JoinHandle<T> {
        std::thread::spawn(move || figures)
    }
    let mut ours = Ours::default();
    ours.acquire(64);
    let seen = travels(ours.pool.statistics()).join().expect("no panic");
    assert_eq!(seen, ours.pool.statistics());
}
