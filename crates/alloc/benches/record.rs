//! What recording an operation costs: allocations and frees of an allocator that does
//! nothing, bare and recorded, by one thread and by two, into a ring that is drained between
//! rounds, and into one that is full. Prints a table; the bar is 15 ns and 32 B.

#![expect(unsafe_code, reason = "an allocator that does nothing, to measure what stands before it")]

use arenascope_alloc::Profiled;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::thread;
use std::time::Instant;

/// Operations of a round; they fit into the ring.
const OPERATIONS: usize = 1 << 15;
const ROUNDS: usize = 400;

/// Always the same memory, which nobody touches.
struct Nothing;

// SAFETY: nobody reads or writes what it hands out: the benchmark counts calls.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        black_box(std::ptr::without_provenance_mut(64))
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        black_box(memory);
    }
}

static RECORDED: Profiled<Nothing> = Profiled::new(Nothing);
static FULL: Profiled<Nothing, 64> = Profiled::new(Nothing);
static SYSTEM: Profiled<System> = Profiled::new(System);

fn cycle(allocator: &impl GlobalAlloc) {
    let layout = Layout::new::<[u64; 8]>();
    // SAFETY: the layout has a size, and what is given back was got by the same layout.
    unsafe {
        let memory = black_box(allocator.alloc(black_box(layout)));
        allocator.dealloc(memory, layout);
    }
}

/// Nanoseconds an operation: of the fastest round, and of the median one.
fn measure(allocator: &(impl GlobalAlloc + Sync), threads: usize, between: impl Fn()) -> [f64; 2] {
    let each = OPERATIONS / 2 / threads;
    let round = || {
        let begun = Instant::now();
        if threads == 1 {
            (0..each).for_each(|_| cycle(allocator));
        } else {
            thread::scope(|scope| {
                (0..threads).for_each(|_| drop(scope.spawn(|| (0..each).for_each(|_| cycle(allocator)))));
            });
        }
        let took = begun.elapsed().as_nanos() as f64 / OPERATIONS as f64;
        between();
        took
    };
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_by(f64::total_cmp);
    [rounds[0], rounds[ROUNDS / 2]]
}

fn main() {
    let drain = || while RECORDED.take().is_some() {};
    let drain_system = || while SYSTEM.take().is_some() {};
    let rows = [
        ("bare, doing nothing", measure(&Nothing, 1, || {})),
        ("recorded, doing nothing", measure(&RECORDED, 1, drain)),
        ("recorded, two threads at once", measure(&RECORDED, 2, drain)),
        ("into a full ring: counted", measure(&FULL, 1, || {})),
        ("System, bare", measure(&System, 1, || {})),
        ("System, recorded", measure(&SYSTEM, 1, drain_system)),
    ];
    println!("{:<32} {:>12} {:>12}", "operation", "fastest", "median");
    for (name, [fastest, median]) in rows {
        println!("{name:<32} {fastest:>9.2} ns {median:>9.2} ns");
    }
    let cost = rows[1].1[1] - rows[0].1[1];
    let verdict = if cost <= 15.0 { "within" } else { "above" };
    println!("recording takes {cost:.2} ns an operation of 32 B: {verdict} the bar of 15 ns");
    assert_eq!(RECORDED.lost() + SYSTEM.lost(), 0, "a round fits into the ring");
}
