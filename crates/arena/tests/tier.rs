//! Random programs through an attached thread, every policy behind it: the answers
//! and the bytes against a naive model, the arena's own audit after every step.

use arenascope_arena::{
    AllocError, AllocationId, Arena, FreeError, LayoutFault, PolicyKind, RangeState, RefusalKind, Region, Request,
    SharedArena, ThreadArena,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use proptest::prelude::*;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Step {
    Allocate {
        size: u64,
        align: u64,
    },
    Free(usize),
    FreeAgain(usize),
    Resize(usize, u64),
    /// Frees through the arena itself, as another thread would.
    FreeRemotely(usize),
    /// Goes away and comes back.
    Reattach,
    Reset,
}

/// Small sizes above all, which the thread's cache serves by itself.
fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![12 => 1_u64..200, 6 => 200_u64..1_100, 3 => 1_100_u64..9_000, 1 => 9_000_u64..150_000];
    let align = prop_oneof![8 => Just(4_u32), 4 => 0_u32..10, 1 => 10_u32..17];
    prop_oneof![
        80 => (size, align).prop_map(|(size, exponent)| Step::Allocate { size, align: 1 << exponent }),
        60 => any::<usize>().prop_map(Step::Free),
        8 => any::<usize>().prop_map(Step::FreeRemotely),
        6 => any::<usize>().prop_map(Step::FreeAgain),
        6 => (any::<usize>(), 1_u64..3_000).prop_map(|(nth, size)| Step::Resize(nth, size)),
        1 => Just(Step::Reattach),
        1 => Just(Step::Reset),
    ]
}

struct Living {
    id: AllocationId,
    offset: u64,
    usable: u64,
    request: Request,
    fill: u8,
}

struct Bench {
    shared: Arc<SharedArena>,
    thread: Option<ThreadArena>,
    living: Vec<Living>,
    dead: Vec<AllocationId>,
    allocations: u64,
    frees: u64,
    dropped: u64,
    failures: u64,
    used_peak: u64,
    serial: u64,
}

impl Bench {
    fn new(policy: PolicyKind, pages: u32) -> Self {
        let shared = Arc::new(SharedArena::new(Arena::new(Region::reserve_pages(pages).unwrap(), policy)));
        let thread = Some(shared.attach().unwrap());
        let (allocations, frees, dropped, failures, used_peak, serial) = (0, 0, 0, 0, 0, 0);
        let (living, dead) = (Vec::new(), Vec::new());
        Self { shared, thread, living, dead, allocations, frees, dropped, failures, used_peak, serial }
    }

    fn step(&mut self, step: &Step) {
        let nth = |nth: usize, count: usize| nth % count.max(1);
        match *step {
            Step::Allocate { size, align } => self.allocate(size, align),
            Step::Free(it) if !self.living.is_empty() => self.free(nth(it, self.living.len()), false),
            Step::FreeRemotely(it) if !self.living.is_empty() => self.free(nth(it, self.living.len()), true),
            Step::FreeAgain(it) if !self.dead.is_empty() => self.free_again(nth(it, self.dead.len())),
            Step::Resize(it, size) if !self.living.is_empty() => self.resize(nth(it, self.living.len()), size),
            Step::Reattach => {
                self.thread = None;
                self.thread = Some(self.shared.attach().unwrap());
            }
            Step::Reset => {
                self.shared.reset().unwrap();
                self.dropped += self.living.len() as u64;
                self.dead.extend(self.living.drain(..).map(|it| it.id));
            }
            _ => (),
        }
        self.compare();
    }

    fn used(&self) -> u64 {
        self.living.iter().map(|it| it.usable).sum()
    }

    fn allocate(&mut self, size: u64, align: u64) {
        self.serial += 1;
        let owner = Owner::new(MemoryCategory::ALL[self.serial as usize % 6], Tag(self.serial as u16));
        let now = Micros::new(self.serial << 30);
        let request = Request { size: Bytes::new(size), align: Bytes::new(align), owner, now };
        let answer = self.thread.as_mut().unwrap().pin().unwrap().allocate(&request);
        let taken = match answer {
            Ok(taken) => taken,
            Err(refused) => return self.refused(&request, refused),
        };
        let (offset, usable) = (taken.offset.get(), taken.usable.get());
        assert!(usable >= size && offset.is_multiple_of(align));
        let clash = self.living.iter().find(|it| offset < it.offset + it.usable && it.offset < offset + usable);
        assert!(clash.is_none(), "overlap at {offset}");
        let fill = self.serial as u8;
        self.shared.with(|arena| arena.payload_mut(taken.id).unwrap().fill(fill)).unwrap();
        self.living.push(Living { id: taken.id, offset, usable, request, fill });
        self.allocations += 1;
        self.used_peak = self.used_peak.max(self.used());
    }

    /// Refused only if the placement tier, with no cache beside it, refuses too.
    fn refused(&mut self, request: &Request, refused: AllocError) {
        assert!(matches!(refused, AllocError::OutOfMemory { .. } | AllocError::OutOfNodes { .. }), "{refused}");
        let again = self.shared.with(|arena| arena.allocate(request)).unwrap();
        assert_eq!(again.unwrap_err(), refused);
        self.failures += 2;
    }

    fn free(&mut self, nth: usize, remotely: bool) {
        let it = self.living.swap_remove(nth);
        let intact = |arena: &mut Arena| {
            let bytes = arena.payload(it.id).unwrap();
            bytes.len() as u64 == it.request.size.get() && bytes.iter().all(|&byte| byte == it.fill)
        };
        assert!(self.shared.with(intact).unwrap(), "somebody wrote into {:?}", it.id);
        let freed = if remotely {
            self.shared.deallocate(it.id)
        } else {
            self.thread.as_mut().unwrap().pin().unwrap().deallocate(it.id)
        };
        let extent = freed.unwrap();
        assert_eq!((extent.offset.get(), extent.size.get()), (it.offset, it.usable));
        self.frees += 1;
        self.dead.push(it.id);
    }

    fn free_again(&mut self, nth: usize) {
        let id = self.dead[nth];
        let epoch = self.shared.with(|arena| arena.epoch()).unwrap();
        for remotely in [false, true] {
            let refused = if remotely {
                self.shared.deallocate(id)
            } else {
                self.thread.as_mut().unwrap().pin().unwrap().deallocate(id)
            };
            let refused = refused.unwrap_err();
            let known = match refused {
                FreeError::StaleEpoch { .. } => id.epoch() != epoch,
                FreeError::DoubleFree { .. } | FreeError::StaleGeneration { .. } => id.epoch() == epoch,
                _ => false,
            };
            assert!(known, "{refused} for {id:?}");
            self.failures += 1;
        }
    }

    fn resize(&mut self, nth: usize, size: u64) {
        let it = &mut self.living[nth];
        let answer = self.thread.as_mut().unwrap().pin().unwrap().resize_in_place(it.id, Bytes::new(size));
        match answer {
            Ok(resized) => {
                it.request.size = Bytes::new(size);
                it.usable = resized.usable.get();
                let (id, fill) = (it.id, it.fill);
                self.shared.with(|arena| arena.payload_mut(id).unwrap().fill(fill)).unwrap();
                self.used_peak = self.used_peak.max(self.used());
            }
            Err(_) => self.failures += 1,
        }
    }

    fn compare(&mut self) {
        self.living.sort_by_key(|it| it.offset);
        let mut expected = self.living.iter();
        self.shared
            .with(|arena| {
                assert_eq!(arena.audit(), Ok(()));
                let mut at = arena.sections().payload.offset.get();
                for range in arena.walk() {
                    assert_eq!(range.offset.get(), at, "a gap or an overlap");
                    at += range.size.get();
                    if let RangeState::Used { id, requested, align, owner, born } = range.state {
                        let it = expected.next().unwrap();
                        assert_eq!((id, range.offset.get(), range.size.get()), (it.id, it.offset, it.usable));
                        let Request { size, align: asked, owner: whose, now } = it.request;
                        assert_eq!((requested, align, owner, born), (size, asked, whose, now));
                        assert_eq!(arena.get(id), Some(range));
                    }
                }
                assert_eq!(at, arena.statistics().capacity.get());
            })
            .unwrap();
        assert!(expected.next().is_none(), "a live allocation is not in the walk");
        self.compare_figures();
    }

    fn compare_figures(&self) {
        let it = self.shared.statistics().unwrap();
        let requested: u64 = self.living.iter().map(|it| it.request.size.get()).sum();
        assert_eq!((it.used.get(), it.requested.get()), (self.used(), requested));
        let parts = [it.used, it.free, it.cached, it.metadata];
        assert_eq!(parts.into_iter().sum::<Bytes>(), it.capacity);
        assert_eq!(it.allocation_count, self.living.len() as u64);
        assert_eq!((it.allocations_total, it.frees_total), (self.allocations, self.frees));
        assert_eq!((it.dropped_total, it.failures_total()), (self.dropped, self.failures));
        assert_eq!(it.used_peak.get(), self.used_peak);
    }
}

fn run(policy: PolicyKind, pages: u32, steps: &[Step]) {
    let mut bench = Bench::new(policy, pages);
    steps.iter().for_each(|step| bench.step(step));
    (0..bench.living.len()).for_each(|_| bench.step(&Step::Free(0)));
    bench.thread = None;
    bench.compare();
    // With nobody attached and nothing live, nothing is kept.
    let it = bench.shared.statistics().unwrap();
    assert_eq!((it.used, it.cached), (Bytes::ZERO, Bytes::ZERO));
}

/// Cases, over all policies.
fn cases() -> u32 {
    if std::env::var_os("ARENASCOPE_LONG").is_some() { 20_000 } else { 300 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_thread_keeps_every_promise(
        policy in prop::sample::select(&PolicyKind::ALL[..]),
        pages in 1_u32..9,
        steps in prop::collection::vec(step(), 1..400),
    ) {
        run(policy, pages, &steps);
    }
}

/// A free by another thread counts at once, though its owner has not seen it yet.
#[test]
fn a_posted_free_is_a_free_for_everybody() {
    let arena = Arena::new(Region::reserve_pages(8).unwrap(), PolicyKind::FirstFit);
    let shared = Arc::new(SharedArena::new(arena));
    let (mut owner, mut other) = (shared.attach().unwrap(), shared.attach().unwrap());
    for size in [64, 1_500, 5_000] {
        let whose = Owner::new(MemoryCategory::ECS, Tag(0));
        let request = Request { size: Bytes::new(size), align: Bytes::new(16), owner: whose, now: Micros::ZERO };
        let before = shared.statistics().unwrap();
        let id = owner.pin().unwrap().allocate(&request).unwrap().id;
        other.pin().unwrap().deallocate(id).unwrap();
        let again = FreeError::DoubleFree { id: id.to_bits() };
        assert_eq!(other.pin().unwrap().deallocate(id), Err(again));
        assert_eq!(owner.pin().unwrap().deallocate(id), Err(again));
        assert_eq!(shared.deallocate(id), Err(again));
        assert!(other.pin().unwrap().words(id).is_err());
        let after = shared.statistics().unwrap();
        assert_eq!(after.frees_total, before.frees_total + 1);
        assert_eq!(after.free_failures_total, before.free_failures_total + 3);
        assert_eq!((after.used, shared.with(|arena| arena.audit()).unwrap()), (Bytes::ZERO, Ok(())));
    }
}

/// What threads hold counts in the marks that only go up, as what the arena itself holds.
#[test]
fn peaks_footprint_and_first_failure_count_what_threads_hold() {
    let arena = Arena::new(Region::reserve_pages(16).unwrap(), PolicyKind::FirstFit);
    let payload = arena.sections().payload;
    let shared = Arc::new(SharedArena::new(arena));
    let (mut one, mut two) = (shared.attach().unwrap(), shared.attach().unwrap());
    let whose = Owner::new(MemoryCategory::ECS, Tag(0));
    let request = |size| Request { size: Bytes::new(size), align: Bytes::new(16), owner: whose, now: Micros::ZERO };
    let (mut ids, mut end) = (Vec::new(), 0);
    for thread in [&mut one, &mut two] {
        let mut here = thread.pin().unwrap();
        for size in [100; 300].into_iter().chain([3_000; 20]) {
            let taken = here.allocate(&request(size)).unwrap();
            end = end.max(taken.offset.get() + taken.usable.get());
            ids.push(taken.id);
        }
    }
    let full = shared.statistics().unwrap();
    let mut here = two.pin().unwrap();
    for id in ids {
        here.deallocate(id).unwrap();
    }
    drop(here);
    // Large ones pass the threads' lists by, and take the peaks over.
    let mut here = one.pin().unwrap();
    let large = here.allocate(&request(4_000)).unwrap();
    here.deallocate(large.id).unwrap();
    drop(here);
    let asked = 2 * (300 * 100 + 20 * 3_000);
    let now = shared.statistics().unwrap();
    assert_eq!((now.used, full.requested.get()), (Bytes::ZERO, asked));
    assert_eq!((full.requested_peak.get(), now.requested_peak.get()), (asked, asked));
    assert_eq!((full.used_peak, now.used_peak), (full.used, full.used));
    let footprint = end - payload.offset.get();
    assert!((footprint..footprint + (64 << 10)).contains(&full.footprint.get()), "{footprint}: {full:?}");

    let mut here = one.pin().unwrap();
    while here.allocate(&request(500)).is_ok() {}
    drop(here);
    let refused = shared.statistics().unwrap();
    assert_eq!(refused.live_at_first_failure, Some(refused.requested));
    assert!(refused.requested.get() > payload.size.get() / 2);
}

/// However much a thread frees, it keeps its part of a quarter of the payload at most,
/// and what it frees last serves the next of about its size without the lock.
#[test]
fn threads_keep_a_quarter_of_the_payload_together_and_serve_sizes_near_by_from_it() {
    let arena = Arena::new(Region::reserve_pages(256).unwrap(), PolicyKind::Tlsf);
    let quarter = arena.sections().payload.size.get() / 4;
    let shared = Arc::new(SharedArena::new(arena));
    let whose = Owner::new(MemoryCategory::ECS, Tag(0));
    let request = |size| Request { size: Bytes::new(size), align: Bytes::new(16), owner: whose, now: Micros::ZERO };
    let mut threads = Vec::new();
    for part in [quarter, quarter / 2] {
        threads.push(shared.attach().unwrap());
        let thread = threads.last_mut().unwrap();
        let mut here = thread.pin().unwrap();
        let ids: Vec<_> = (0..36).map(|_| here.allocate(&request(300 << 10)).unwrap().id).collect();
        for id in ids {
            here.deallocate(id).unwrap();
        }
        drop(here);
        // A page of slots and records beside the ranges.
        let kept = thread.figures().cached.get();
        assert!((part / 4..=part + (64 << 10)).contains(&kept), "{kept} of {part}");

        let before = thread.figures();
        let mut here = thread.pin().unwrap();
        let near = here.allocate(&request(290 << 10)).unwrap();
        assert!(near.usable.get() <= (290 << 10) * 3 / 2, "{near:?}");
        here.deallocate(near.id).unwrap();
        drop(here);
        let after = thread.figures();
        assert_eq!(after.cache_hits, before.cache_hits + 1);
        assert_eq!(after.lock_acquisitions, before.lock_acquisitions);
    }
    assert_eq!(shared.with(|arena| arena.audit()).unwrap(), Ok(()));
}

/// A cache that has ranges at such multiples of every offset refuses as an empty one does:
/// an offset says nothing of an address above 64 KiB.
#[test]
fn a_warm_cache_refuses_what_no_arena_aligns_to() {
    let arena = Arena::new(Region::reserve_pages(64).unwrap(), PolicyKind::FirstFit);
    let shared = Arc::new(SharedArena::new(arena));
    let mut thread = shared.attach().unwrap();
    let mut here = thread.pin().unwrap();
    let whose = Owner::new(MemoryCategory::ECS, Tag(0));
    let request =
        |size, align| Request { size: Bytes::new(size), align: Bytes::new(align), owner: whose, now: Micros::ZERO };
    let sizes = [64, 2_000, 60_000];
    for size in sizes {
        let ids: Vec<_> = (0..12).map(|_| here.allocate(&request(size, 64 << 10)).unwrap()).collect();
        assert!(ids.iter().any(|it| it.offset.get().is_multiple_of(256 << 10)), "one is aligned by chance");
        for taken in ids.into_iter().rev() {
            here.deallocate(taken.id).unwrap();
        }
        for exponent in 17..64 {
            let refused = here.allocate(&request(size, 1 << exponent)).unwrap_err();
            let why = LayoutFault::AlignTooLarge;
            let expected = AllocError::InvalidLayout { size: Bytes::new(size), align: Bytes::new(1 << exponent), why };
            assert_eq!(refused, expected);
        }
        assert!(here.allocate(&request(size, 64 << 10)).is_ok());
    }
    drop(here);
    let statistics = shared.statistics().unwrap();
    assert_eq!(statistics.refusals.count(RefusalKind::AlignTooLarge), 47 * sizes.len() as u64);
    assert_eq!(shared.with(|arena| arena.audit()).unwrap(), Ok(()));
}
