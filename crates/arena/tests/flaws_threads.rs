//! What was wrong with the original design's allocator when several threads use
//! it, and with its lock: the rows of `arena_flaws.rs` that need threads, a panic
//! or a count of allocations.

mod original;

use arenascope_arena::{AllocError, Contended, FreeError, Patience, SharedArena};
use original::BumpAllocator;
use original::fixture::{every, first_fit, request};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// True where `call` is still running after the original's lock has been held
/// for a thousand turns: it waits for the lock. Never wrong, whoever runs when.
fn waits_for_the_lock(original: &BumpAllocator, call: impl Fn() + Sync) -> bool {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let guard = original.free_list();
        scope.spawn(|| {
            call();
            done.store(true, Ordering::SeqCst);
        });
        (0..1000).for_each(|_| std::thread::yield_now());
        let waited = !done.load(Ordering::SeqCst);
        drop(guard);
        waited
    })
}

/// Runs `job` while another thread holds the arena.
fn while_held<R: Send>(shared: &SharedArena, job: impl FnOnce() -> R + Send) -> R {
    shared.with(|_| std::thread::scope(|scope| scope.spawn(job).join().unwrap())).unwrap()
}

#[test]
fn a08_a_reset_happens_at_once_for_every_thread() {
    // Between the two statements of the original's reset:
    let original = BumpAllocator::new(1 << 20);
    let block = original.allocate(64, 8).unwrap();
    original.deallocate(block, 64);
    original.offset.store(0, Ordering::Release);
    assert_eq!((original.allocate(64, 8), original.allocate(64, 8)), (Some(0), Some(0)));

    for arena in every() {
        let shared = SharedArena::with_patience(arena, Patience::spins(u32::MAX));
        let allocate = || (0..60).map(|_| shared.allocate(&request(64, 16)).unwrap()).collect::<Vec<_>>();
        let mut taken: Vec<_> = std::thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(allocate));
            for _ in 0..20 {
                shared.reset().unwrap();
            }
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        taken.sort_by_key(|it| (it.id.epoch(), it.offset));
        for pair in taken.windows(2) {
            let apart = pair[0].offset.checked_add(pair[0].usable).unwrap() <= pair[1].offset;
            assert!(pair[0].id.epoch() != pair[1].id.epoch() || apart, "one epoch, the same bytes: {pair:?}");
        }
        assert_eq!(shared.into_arena().audit(), Ok(()));
    }
}

#[test]
fn a11_a_contended_call_ends_after_its_patience() {
    // The original calls itself for each exchange that it loses, without a bound;
    // that needs a preemption between two instructions, so it is not shown.
    let shared = SharedArena::with_patience(first_fit(), Patience::spins(500));
    let refused = while_held(&shared, || shared.allocate(&request(64, 16)));
    assert_eq!(refused, Err(AllocError::Contended(Contended { spins: 500 })));
    let statistics = shared.statistics().unwrap();
    assert_eq!((statistics.contended_total, statistics.allocation_failures_total), (1, 1));
}

#[test]
fn a12_no_call_waits_for_a_lock_that_it_does_not_need() {
    let original = BumpAllocator::new(1 << 20);
    let bump = || assert!(original.allocate(64, 8).is_some());
    assert!(waits_for_the_lock(&original, bump), "the list is empty, the bump pointer atomic: it waits all the same");

    // One lock and no atomic beside it; a held one is an answer, not a wait.
    let shared = SharedArena::with_patience(first_fit(), Patience::NONE);
    let refused = while_held(&shared, || shared.allocate(&request(64, 16)));
    assert_eq!(refused, Err(AllocError::Contended(Contended { spins: 0 })));
}

#[test]
fn a13_the_page_never_blocks() {
    let original = BumpAllocator::new(1 << 20);
    assert!(waits_for_the_lock(&original, || original.deallocate(0, 64)));
    assert!(waits_for_the_lock(&original, || original.reset()));

    let shared = SharedArena::new(first_fit());
    let id = shared.allocate(&request(64, 16)).unwrap().id;
    let looked = while_held(&shared, || shared.try_with(Patience::PAGE, |arena| arena.statistics()));
    assert!(matches!(looked, Err(Contended { spins: 1.. })));
    let shared = SharedArena::with_patience(shared.into_arena(), Patience::PAGE);
    assert!(matches!(while_held(&shared, || shared.deallocate(id)), Err(FreeError::Contended(_))));
    assert!(while_held(&shared, || shared.reset()).is_err());
    assert!(shared.deallocate(id).is_ok(), "the handle stayed good");
}

#[test]
fn a14_a_panic_does_not_end_the_arena() {
    let original = BumpAllocator::new(1 << 20);
    let held = catch_unwind(AssertUnwindSafe(|| {
        let _guard = original.free_list();
        panic!("on purpose");
    }));
    assert!(held.is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| original.allocate(64, 8))).is_err(), "poisoned for ever");

    let shared = SharedArena::new(first_fit());
    let held = catch_unwind(AssertUnwindSafe(|| shared.with(|_| panic!("on purpose"))));
    assert!(held.is_err());
    assert!(shared.allocate(&request(64, 16)).is_ok());
    assert_eq!(shared.into_arena().audit(), Ok(()));
}

/// The system's allocator, counting what the current thread asks of it.
struct Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "counts the allocations of a test; hands every call on as it is")]
// SAFETY: every call goes to `System` unchanged; the counter neither allocates
// nor unwinds (`try_with` answers an error while a thread ends).
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often `job` allocates on this thread.
fn allocations_of(job: impl FnOnce()) -> u64 {
    let before = CALLS.get();
    job();
    CALLS.get() - before
}

#[test]
fn a15_no_call_allocates() {
    let original = BumpAllocator::new(1 << 20);
    assert!(allocations_of(|| (0..100).for_each(|block| original.deallocate(block * 128, 64))) > 0);

    for arena in every() {
        let shared = SharedArena::new(arena);
        let script = || {
            let mut ids = [None; 100];
            for id in &mut ids {
                *id = Some(shared.allocate(&request(64, 256)).unwrap().id);
            }
            for &id in ids.iter().flatten().step_by(2) {
                shared.deallocate(id).unwrap();
            }
            shared.allocate(&request(1 << 30, 16)).unwrap_err();
            shared.with(|arena| (arena.audit().unwrap(), arena.walk().count())).unwrap();
            shared.reset().unwrap();
        };
        assert_eq!(allocations_of(script), 0);
    }
}

#[test]
fn a18_the_next_holder_sees_what_the_last_one_wrote() {
    // The original's bump path acquires nothing; on x86 that cannot be shown.
    let mut arena = first_fit();
    let all = arena.statistics().largest_free.get();
    let whole = arena.allocate(&request(all, 16)).unwrap().id;
    arena.payload_mut(whole).unwrap().fill(0);
    arena.reset();
    let shared = SharedArena::with_patience(arena, Patience::spins(u32::MAX));
    let relay = || {
        for _ in 0..50 {
            let Ok(taken) = shared.allocate(&request(all, 16)) else { continue };
            shared
                .with(|arena| {
                    let bytes = arena.payload_mut(taken.id).unwrap();
                    let (first, last) = (bytes[0], bytes[bytes.len() - 1]);
                    assert_eq!(first, last, "written whole by whoever held it before");
                    bytes.fill(first.wrapping_add(1));
                })
                .unwrap();
            shared.deallocate(taken.id).unwrap();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(relay);
        }
    });
    assert_eq!(shared.into_arena().audit(), Ok(()));
}
