//! One arena, many threads: no two hold the same byte, and the sums come out.

use arenascope_arena::{AllocError, AllocationId, Arena, Patience, PolicyKind, Region, Request, SharedArena};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use std::sync::{Arc, mpsc};

const THREADS: u16 = 4;
const TURNS: u64 = 400;

fn shared(policy: PolicyKind) -> SharedArena {
    let arena = Arena::new(Region::reserve_pages(64).unwrap(), policy);
    SharedArena::with_patience(arena, Patience::spins(u32::MAX))
}

fn request(thread: u16, turn: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(thread));
    let size = (turn * 2_654_435_761 + u64::from(thread) * 97) % 2_000 + 1;
    Request { size: Bytes::new(size), align: Bytes::new(1 << (turn % 8)), owner, now: Micros::new(turn) }
}

/// Marks all bytes of an allocation as the thread's.
fn mark(shared: &SharedArena, id: AllocationId, thread: u16) {
    shared.with(|arena| arena.payload_mut(id).unwrap().fill(thread as u8)).unwrap();
}

/// Frees an allocation whose bytes must all still be the thread's.
fn give_back(shared: &SharedArena, id: AllocationId, thread: u16) {
    let own = shared.with(|arena| arena.payload(id).unwrap().iter().all(|&byte| byte == thread as u8));
    assert_eq!(own, Ok(true), "another thread wrote into {id:?}");
    shared.deallocate(id).unwrap();
}

#[test]
fn threads_do_not_get_each_others_bytes() {
    let churn = |shared: &SharedArena, thread| {
        let mut living = Vec::new();
        for turn in 0..TURNS {
            if let Ok(taken) = shared.allocate(&request(thread, turn)) {
                mark(shared, taken.id, thread);
                living.push(taken.id);
            }
            if living.len() > 8 {
                give_back(shared, living.swap_remove(turn as usize % 8), thread);
            }
        }
        living.into_iter().for_each(|id| give_back(shared, id, thread));
    };
    for policy in PolicyKind::ALL {
        let shared = shared(policy);
        std::thread::scope(|scope| {
            let shared = &shared;
            for thread in 0..THREADS {
                scope.spawn(move || churn(shared, thread));
            }
        });
        let arena = shared.into_arena();
        assert_eq!(arena.audit(), Ok(()));
        let it = arena.statistics();
        assert_eq!((it.used, it.allocations_total), (Bytes::ZERO, it.frees_total));
        assert_eq!(it.allocations_total + it.allocation_failures_total, u64::from(THREADS) * TURNS);
    }
}

#[test]
fn what_one_thread_takes_another_may_free() {
    let shared = shared(PolicyKind::FirstFit);
    let (sender, receiver) = mpsc::sync_channel(16);
    std::thread::scope(|scope| {
        let shared = &shared;
        for thread in 0..THREADS {
            let sender = sender.clone();
            scope.spawn(move || {
                for turn in 0..TURNS {
                    let taken = shared.allocate(&request(thread, turn)).unwrap();
                    mark(shared, taken.id, thread);
                    sender.send((taken.id, thread)).unwrap();
                }
            });
        }
        drop(sender);
        receiver.iter().for_each(|(id, thread)| give_back(shared, id, thread));
    });
    let arena = shared.into_arena();
    assert_eq!(arena.audit(), Ok(()));
    assert_eq!(arena.statistics().frees_total, u64::from(THREADS) * TURNS);
    assert_eq!(arena.statistics().used, Bytes::ZERO);
}

#[test]
fn frees_of_one_allocation_from_all_sides_succeed_once() {
    let shared = shared(PolicyKind::FirstFit);
    for turn in 0..TURNS / 4 {
        let id = shared.allocate(&request(0, turn)).unwrap().id;
        let free = || u64::from(shared.deallocate(id).is_ok());
        let freed: u64 = std::thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(free));
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(freed, 1);
    }
    let it = shared.statistics().unwrap();
    assert_eq!((it.frees_total, it.free_failures_total), (TURNS / 4, TURNS / 2));
    assert_eq!(shared.into_arena().audit(), Ok(()));
}

/// A thread whose patience ended outside, while another one paused it, works on only
/// after it has come inside again.
#[test]
fn who_gave_up_on_a_pause_is_paused_again() {
    let arena = Arena::new(Region::reserve_pages(64).unwrap(), PolicyKind::FirstFit);
    let shared = Arc::new(SharedArena::with_patience(arena, Patience::NONE));
    let mut thread = shared.attach().unwrap();
    let mut here = thread.pin().unwrap();
    // From here on its cache has room.
    here.allocate(&request(0, 0)).unwrap();
    let (paused, is_paused) = mpsc::sync_channel(0);
    let (go_on, may_go_on) = mpsc::sync_channel(0);
    std::thread::scope(|scope| {
        let shared = &shared;
        scope.spawn(move || {
            let pause = shared.pause(Patience::spins(u32::MAX)).unwrap();
            paused.send(()).unwrap();
            may_go_on.recv().unwrap();
            drop(pause);
        });
        loop {
            match here.allocate(&request(0, 0)) {
                Ok(taken) => _ = here.deallocate(taken.id),
                Err(AllocError::Contended(_)) => break,
                Err(error) => panic!("{error}"),
            }
        }
        is_paused.recv().unwrap();
        assert!(matches!(here.allocate(&request(0, 0)), Err(AllocError::Contended(_))));
        go_on.send(()).unwrap();
    });
    here.allocate(&request(0, 0)).unwrap();
    assert!(shared.pause(Patience::NONE).is_err(), "the thread is inside");
    drop(here);
    assert!(shared.pause(Patience::NONE).is_ok());
}
