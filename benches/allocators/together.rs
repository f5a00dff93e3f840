//! Several threads on one heap: each frees at random and allocates in its place, sizes
//! mixed, all at the same time.

use arenascope::arena::{AllocationId, Arena, GRANULE, Pinned, PolicyKind, Region, Request, SharedArena};
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::throughput::{Hands, Pool};
use arenascope::units::{Bytes, Micros};
use arenascope::workload::rng::Rng;
use serde::Serialize;
use std::alloc::Layout;
use std::ptr::NonNull;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Instant;
use talc::base::Talc;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

/// Threads at once, from one row to the next.
pub(crate) const THREADS: [usize; 3] = [1, 2, 4];

/// Live allocations of each thread.
const LIVE: u32 = 1_000;

/// An allocator that threads share.
trait Shared: Sync {
    fn name(&self) -> &'static str;

    fn is_ours(&self) -> bool;

    /// The work of one thread: fills `live` places, replaces them in turn, empties them.
    fn work(&self, plan: &[(u32, u32)], live: usize);
}

/// An arena whose threads attach and pin.
struct Attached {
    name: &'static str,
    shared: Arc<SharedArena>,
}

impl Shared for Attached {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_ours(&self) -> bool {
        true
    }

    fn work(&self, plan: &[(u32, u32)], live: usize) {
        let mut thread = self.shared.attach().expect("a free seat");
        let pinned = thread.pin().expect("nobody pauses");
        replace(&mut Working { pinned }, plan, live);
    }
}

/// A thread at work.
struct Working<'a> {
    pinned: Pinned<'a>,
}

impl Hands for Working<'_> {
    type Handle = AllocationId;

    fn allocate(&mut self, size: u32) -> Option<AllocationId> {
        let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(0));
        let request = Request { size: Bytes::from(size), align: GRANULE, owner, now: Micros::ZERO };
        Some(self.pinned.allocate(&request).ok()?.id)
    }

    fn free(&mut self, handle: AllocationId) {
        let _ = self.pinned.deallocate(handle);
    }
}

/// The peer: talc behind the standard library's lock, taken for each operation. Fields
/// drop in order: the heap before its memory.
struct Locked {
    talc: Mutex<Talc<Manual, DefaultBinning>>,
    _pool: Pool,
}

// SAFETY: talc's pointers go into the pool, which moves and is shared with it; only who
// holds the lock follows them.
unsafe impl Sync for Locked {}

impl Locked {
    fn new(capacity: Bytes) -> Self {
        let pool = Pool::new(capacity).expect("memory for a pool");
        let mut talc = Talc::new(Manual);
        // SAFETY: the pool is ours alone and outlives the heap.
        unsafe { talc.claim(pool.base().as_ptr(), pool.size()) }.expect("talc takes the pool");
        Self { talc: Mutex::new(talc), _pool: pool }
    }
}

fn layout(size: u32) -> Layout {
    Layout::from_size_align(size as usize, GRANULE.get() as usize).expect("a size that can be")
}

impl Hands for &Locked {
    type Handle = (NonNull<u8>, u32);

    fn allocate(&mut self, size: u32) -> Option<Self::Handle> {
        let mut talc = self.talc.lock().expect("no panic inside");
        // SAFETY: no plan holds a size of zero.
        Some((unsafe { talc.allocate(layout(size)) }?, size))
    }

    fn free(&mut self, (pointer, size): Self::Handle) {
        let mut talc = self.talc.lock().expect("no panic inside");
        // SAFETY: allocated with this layout; `replace` frees each handle once.
        unsafe { talc.deallocate(pointer.as_ptr(), layout(size)) }
    }
}

impl Shared for Locked {
    fn name(&self) -> &'static str {
        "talc in a mutex"
    }

    fn is_ours(&self) -> bool {
        false
    }

    fn work(&self, plan: &[(u32, u32)], live: usize) {
        replace(&mut &*self, plan, live);
    }
}

fn replace<H: Hands>(hands: &mut H, plan: &[(u32, u32)], live: usize) {
    let mut held: Vec<Option<H::Handle>> = plan[..live].iter().map(|&(size, _)| hands.allocate(size)).collect();
    for &(size, place) in &plan[live..] {
        let held = &mut held[place as usize];
        if let Some(handle) = held.take() {
            hands.free(handle);
        }
        *held = hands.allocate(size);
    }
    held.into_iter().flatten().for_each(|handle| hands.free(handle));
}

/// Everyone, over `capacity` bytes each.
fn everyone(capacity: Bytes) -> Vec<Box<dyn Shared>> {
    let ours = [(PolicyKind::Bins, "bins + threads"), (PolicyKind::Tlsf, "tlsf + threads")];
    let mut all: Vec<Box<dyn Shared>> = Vec::new();
    for (policy, name) in ours {
        let arena = Arena::new(Region::reserve(capacity).expect("memory for an arena"), policy);
        let shared = Arc::new(SharedArena::new(arena));
        all.push(Box::new(Attached { name, shared }));
    }
    all.push(Box::new(Locked::new(capacity)));
    all
}

/// One contestant with every number of threads.
#[derive(Debug, Serialize)]
pub(crate) struct Together {
    pub(crate) contestant: &'static str,
    pub(crate) is_ours: bool,
    /// Operations per second of all threads together, in millions, the best round;
    /// one figure for each of 1, 2 and 4 threads.
    pub(crate) mops: Vec<f64>,
}

impl Together {
    /// Two threads together ÷ one.
    pub(crate) fn gain(&self) -> f64 {
        self.mops[1] / self.mops[0]
    }
}

/// Everyone with 1, 2 and 4 threads, in turns: `rounds` of so many pairs each.
pub(crate) fn together(rounds: usize, pairs: u32) -> Vec<Together> {
    let all = everyone(Bytes::mib(64));
    let row = |heap: &dyn Shared| Together {
        contestant: heap.name(),
        is_ours: heap.is_ours(),
        mops: vec![0.0; THREADS.len()],
    };
    let mut rows: Vec<Together> = all.iter().map(|heap| row(heap.as_ref())).collect();
    for _ in 0..rounds {
        for (heap, row) in all.iter().zip(&mut rows) {
            for (best, threads) in row.mops.iter_mut().zip(THREADS) {
                *best = best.max(round(heap.as_ref(), threads, pairs));
            }
        }
    }
    rows
}

/// Millions of operations per second of `threads` threads together: from the moment
/// that the first begins to that at which the last ends, by their own clocks. (The
/// thread that starts them may be scheduled only after they have finished.)
fn round(heap: &dyn Shared, threads: usize, pairs: u32) -> f64 {
    let barrier = &Barrier::new(threads);
    let run = |thread: usize| {
        let sizes = sizes(thread as u64, pairs);
        barrier.wait();
        let begun = Instant::now();
        heap.work(&sizes, LIVE as usize);
        (begun, Instant::now())
    };
    let run = &run;
    let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        all.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let begun = spans.iter().map(|span| span.0).min();
    let ended = spans.iter().map(|span| span.1).max();
    let took = begun.zip(ended).map_or(0.0, |(begun, ended)| (ended - begun).as_secs_f64());
    let operations = threads as f64 * (2.0 * f64::from(pairs) + 2.0 * f64::from(LIVE));
    operations / took / 1e6
}

/// What to ask for, and in whose place: 16 B to 1 KiB, one in 16 up to 16 KiB.
fn sizes(seed: u64, pairs: u32) -> Vec<(u32, u32)> {
    let mut rng = Rng::new(seed + 1);
    let size = |rng: &mut Rng| if rng.once_in(16) { rng.doubling(10, 14) } else { rng.doubling(4, 10) };
    (0..LIVE + pairs).map(|_| (size(&mut rng), rng.below(LIVE))).collect()
}
