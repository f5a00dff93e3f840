//! As the global allocator of a program with threads that hand memory to each other: what it
//! tells is what happened, in an order that can have been.

use arenascope_alloc::{Kind, Operation, Profiled, arenascope_ring_ptr};
use std::alloc::System;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::mpsc::sync_channel;
use std::thread;

#[global_allocator]
static ALLOCATOR: Profiled<System> = Profiled::new(System);

/// Live ranges by address.
type Live = BTreeMap<u64, u64>;

/// Does an operation on a model: no range over another, no free of what is not there; those
/// of what was before `first` are.
fn apply(live: &mut Live, operation: Operation) {
    let Operation { kind, address, bytes, .. } = operation;
    if kind == Kind::Free {
        live.remove(&address);
        return;
    }
    assert_ne!(address, 0);
    let before = live.range(..address + bytes.max(1)).next_back();
    assert!(before.is_none_or(|(&start, &length)| start + length.max(1) <= address), "{operation:?} over {before:?}");
    live.insert(address, bytes);
}

/// Moves everything that waits to `taken`, which has room for it: nothing is allocated here.
fn drain(taken: &mut Vec<Operation>) {
    while taken.len() < taken.capacity()
        && let Some(operation) = ALLOCATOR.take()
    {
        taken.push(operation);
    }
}

fn churn(seed: usize, give: &std::sync::mpsc::SyncSender<Vec<u8>>, take: &std::sync::mpsc::Receiver<Vec<u8>>) {
    for round in 0..2_000 {
        let mut memory = Vec::with_capacity(16 + (seed * 7 + round * 31) % 400);
        memory.resize(10, seed as u8);
        // It grows, and may move.
        memory.reserve(round % 1000);
        if let Err(returned) = give.try_send(black_box(memory)) {
            drop(returned);
        }
        drop(take.try_recv());
    }
}

#[test]
fn nobodys_memory_is_told_to_be_somebody_elses() {
    let mut taken = Vec::with_capacity(1 << 19);
    let (to_one, of_one) = sync_channel(8);
    let (to_other, of_other) = sync_channel(8);
    drain(&mut taken);
    assert!(!arenascope_ring_ptr().is_null());
    thread::scope(|scope| {
        let threads =
            [scope.spawn(move || churn(1, &to_one, &of_other)), scope.spawn(move || churn(2, &to_other, &of_one))];
        while !threads.iter().all(|thread| thread.is_finished()) {
            drain(&mut taken);
        }
    });
    let probe = black_box(vec![5_u16; 77_777]);
    let address = probe.as_ptr() as u64;
    drain(&mut taken);
    drop(probe);
    drain(&mut taken);
    assert_eq!(ALLOCATOR.lost(), 0);
    let mut live = Live::new();
    let mut was_there = false;
    for &operation in &taken {
        apply(&mut live, operation);
        was_there |= live.get(&address) == Some(&155_554);
    }
    assert!(was_there && !live.contains_key(&address));
    let allocations = taken.iter().filter(|operation| operation.kind == Kind::Allocate).count();
    assert!(allocations > 6_000, "{allocations}");
    assert!(live.values().filter(|bytes| **bytes >= 16).count() < 200, "what ended was told");
}
