//! What a budget costs: reserve, commit and drop through three levels, against
//! the six atomic additions that no such budget can do without (up and down at
//! each level). Prints a table; nothing is asserted.

use arenascope::budget::{Bounds, Budget, Limits};
use arenascope::owner::{Heap, MemoryCategory, Owner, Tag};
use arenascope::units::Bytes;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Few: a round longer than a slice of the scheduler would be interrupted each
/// time on a machine under load, and then no round is the fastest.
const CYCLES: u32 = 4_000;
const ROUNDS: usize = 500;
const OWNER: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(7));

/// A counter on its own cache lines, as each level has.
#[derive(Default)]
#[repr(align(128))]
struct Word(AtomicU64);

struct Contestant {
    name: &'static str,
    work: Box<dyn FnMut()>,
    best_ns: f64,
}

fn contestant(name: &'static str, mut cycle: impl FnMut() + 'static) -> Contestant {
    let work = Box::new(move || (0..CYCLES).for_each(|_| cycle()));
    Contestant { name, work, best_ns: f64::INFINITY }
}

/// `levels` additions up and as many down.
fn additions(levels: usize) -> impl FnMut() {
    let words: Vec<Word> = (0..levels).map(|_| Word::default()).collect();
    move || {
        for word in &words {
            black_box(word.0.fetch_add(black_box(64), Relaxed));
        }
        for word in &words {
            black_box(word.0.fetch_sub(black_box(64), Relaxed));
        }
    }
}

fn cycle(budget: Budget) -> impl FnMut() {
    move || {
        let size = black_box(Bytes::new(64));
        let Ok(reservation) = budget.try_reserve(OWNER, Heap::Device, size) else { unreachable!("an empty budget") };
        drop(black_box(reservation.commit(size)));
    }
}

fn main() {
    let limits = || Limits::of_total(Bytes::mib(256));
    let heaps = limits().with_heap(Heap::Device, Bounds::OPEN).expect("in order");
    let mut contestants = [
        contestant("six atomic additions", additions(3)),
        contestant("three levels: category, tag, total", cycle(Budget::with_limits(limits()))),
        contestant("eight atomic additions", additions(4)),
        contestant("four levels: and the heap", cycle(Budget::with_limits(heaps.clone()))),
        contestant("four levels, lending", {
            let lending = Limits::lending(Bytes::mib(256)).with_heap(Heap::Device, Bounds::OPEN).expect("in order");
            cycle(Budget::with_limits(lending))
        }),
        contestant("four levels, recorded for a what-if", cycle(Budget::recorded(heaps, 1 << 16))),
    ];
    // In turns, so that what disturbs the machine disturbs all; the fastest
    // round counts.
    for _ in 0..ROUNDS {
        for contestant in &mut contestants {
            let begun = Instant::now();
            (contestant.work)();
            let ns = begun.elapsed().as_secs_f64() * 1e9 / f64::from(CYCLES);
            contestant.best_ns = contestant.best_ns.min(ns);
        }
    }
    let [six, eight] = [contestants[0].best_ns, contestants[2].best_ns];
    println!("reserve + commit + drop, ns a cycle, the fastest of {ROUNDS} rounds of {CYCLES}");
    for Contestant { name, best_ns, .. } in &contestants {
        let (of_six, of_eight) = (best_ns / six, best_ns / eight);
        println!("{name:<40} {best_ns:>7.1} ns   {of_six:>5.2} × six   {of_eight:>5.2} × eight");
    }
}
