//! Guards: programs run as they do without them, and every stray byte is found and
//! blamed on the right owner.

use arenascope_arena::{
    Allocation, AllocationId, Arena, CANARY, FREED, FreeError, GuardFault, GuardHit, Guards, LEAD_MAX, PolicyKind,
    RangeState, RefusalKind, Region, Request, SharedArena,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn owner(tag: u16) -> Owner {
    Owner::new(MemoryCategory::ALL[usize::from(tag) % 6], Tag(tag))
}

fn request(size: u64, align: u64, tag: u16) -> Request {
    Request { size: Bytes::new(size), align: Bytes::new(align), owner: owner(tag), now: Micros::new(u64::from(tag)) }
}

fn arena(policy: PolicyKind, pages: u32, guards: Guards) -> Arena {
    let mut arena = Arena::new(Region::reserve_pages(pages).unwrap(), policy);
    arena.set_guards(Some(guards));
    arena
}

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators" (2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}

/// An allocation as its holder knows it.
#[derive(Clone, Copy)]
struct Living {
    id: AllocationId,
    offset: u64,
    size: u64,
    fill: u8,
}

/// A guarded arena and what its holders know.
struct Program {
    arena: Arena,
    living: Vec<Living>,
    dead: Vec<AllocationId>,
    dice: Dice,
    serial: u16,
}

impl Program {
    fn step(&mut self) {
        match self.dice.below(1000) {
            0 => {
                self.arena.reset();
                self.dead.extend(self.living.drain(..).map(|it| it.id));
            }
            1..5 => self.arena.set_guards(None),
            5..15 => self.arena.set_guards(Some(Guards {
                quarantine_frees: self.dice.below(40) as u32,
                quarantine_bytes: Bytes::new(self.dice.below(100_000)),
            })),
            15..20 => assert_eq!(self.arena.sweep_guards(), 0),
            20..420 if !self.living.is_empty() => self.free(),
            420..500 if !self.living.is_empty() => self.resize(),
            500..530 if !self.dead.is_empty() => self.free_again(),
            _ => self.allocate(),
        }
        assert_eq!(self.arena.audit(), Ok(()), "{}", self.arena.policy());
        self.compare();
    }

    fn nth(&mut self) -> usize {
        self.dice.below(self.living.len() as u64) as usize
    }

    fn allocate(&mut self) {
        self.serial += 1;
        let size = if self.dice.below(4) == 0 { 1 + self.dice.below(5_000) } else { 1 + self.dice.below(200) };
        let align = 1 << if self.dice.below(3) == 0 { self.dice.below(14) } else { 4 };
        let Ok(Allocation { id, offset, usable }) = self.arena.allocate(&request(size, align, self.serial)) else {
            // Whatever could be had from the quarantine was not enough.
            assert_eq!(self.arena.statistics().cached, Bytes::ZERO);
            return;
        };
        assert!(offset.get().is_multiple_of(align) && usable.get() >= size);
        let fill = self.serial as u8;
        let bytes = self.arena.payload_mut(id).unwrap();
        assert_eq!(bytes.len() as u64, size);
        bytes.fill(fill);
        self.living.push(Living { id, offset: offset.get(), size, fill });
    }

    fn is_whole(&self, it: &Living) -> bool {
        let bytes = self.arena.payload(it.id).unwrap();
        bytes.len() as u64 == it.size && bytes.iter().all(|&byte| byte == it.fill)
    }

    fn free(&mut self) {
        let nth = self.nth();
        let it = self.living.swap_remove(nth);
        assert!(self.is_whole(&it));
        let extent = self.arena.deallocate(it.id).unwrap();
        assert!(extent.offset.get() <= it.offset && it.offset + it.size <= extent.offset.get() + extent.size.get());
        self.dead.push(it.id);
    }

    fn free_again(&mut self) {
        let nth = self.dice.below(self.dead.len() as u64) as usize;
        let before = self.arena.statistics();
        let refused = self.arena.deallocate(self.dead[nth]).unwrap_err();
        let known = [RefusalKind::DoubleFree, RefusalKind::StaleGeneration, RefusalKind::StaleEpoch];
        assert!(known.contains(&RefusalKind::from(&refused)), "{refused}");
        assert_eq!((self.arena.statistics().used, self.arena.statistics().cached), (before.used, before.cached));
    }

    fn resize(&mut self) {
        let nth = self.nth();
        let size = 1 + self.dice.below(3_000);
        let mut it = self.living[nth];
        let Ok(resized) = self.arena.resize_in_place(it.id, Bytes::new(size)) else { return };
        assert_eq!((resized.id, resized.offset.get()), (it.id, it.offset));
        let bytes = self.arena.payload_mut(it.id).unwrap();
        let kept = it.size.min(size) as usize;
        assert!(bytes[..kept].iter().all(|&byte| byte == it.fill));
        bytes.fill(it.fill);
        it.size = size;
        self.living[nth] = it;
    }

    /// Every living payload lies in its own used range; the figures are sums.
    fn compare(&self) {
        let used: Vec<_> = self.arena.walk().filter(|it| matches!(it.state, RangeState::Used { .. })).collect();
        let mut living = self.living.clone();
        living.sort_by_key(|it| it.offset);
        assert_eq!(used.len(), living.len());
        for (range, it) in used.iter().zip(&living) {
            let RangeState::Used { id, requested, .. } = range.state else { unreachable!() };
            assert_eq!((id, requested.get()), (it.id, it.size));
            let end = range.offset.get() + range.size.get();
            assert!(range.offset.get() <= it.offset && it.offset + it.size <= end);
        }
        let statistics = self.arena.statistics();
        assert_eq!(statistics.requested.get(), living.iter().map(|it| it.size).sum::<u64>());
        let held = self.arena.walk().filter(|it| matches!(it.state, RangeState::Quarantined { .. }));
        assert_eq!(statistics.cached, held.map(|it| it.size).sum());
        assert_eq!(statistics.guard_hits_total, 0);
    }
}

#[test]
fn programs_run_as_without_guards() {
    for policy in PolicyKind::ALL {
        for seed in 1..=4 {
            let guards = Guards { quarantine_frees: 16, quarantine_bytes: Bytes::kib(16) };
            let arena = arena(policy, 2 + seed as u32 % 3, guards);
            let (living, dead, dice) = (Vec::new(), Vec::new(), Dice(seed * 0x9e37_79b9));
            let mut program = Program { arena, living, dead, dice, serial: 0 };
            (0..1_500).for_each(|_| program.step());
            while !program.living.is_empty() {
                program.free();
            }
            program.arena.set_guards(None);
            assert_eq!(
                (program.arena.statistics().used, program.arena.statistics().cached),
                (Bytes::ZERO, Bytes::ZERO)
            );
            assert_eq!(program.arena.take_guard_hits(), []);
            assert_eq!(program.arena.audit(), Ok(()));
        }
    }
}

/// Three neighbours; the one in the middle is the victim.
fn neighbours(policy: PolicyKind, size: u64, align: u64) -> (Arena, [Allocation; 3]) {
    let mut arena = arena(policy, 16, Guards::default());
    let taken =
        [request(40, 16, 1), request(size, align, 2), request(40, 16, 3)].map(|it| arena.allocate(&it).unwrap());
    taken.iter().for_each(|it| arena.payload_mut(it.id).unwrap().fill(0x11));
    (arena, taken)
}

/// The bytes set aside for an allocation.
fn bytes_of(arena: &Arena, id: AllocationId) -> core::ops::Range<u64> {
    let range = arena.get(id).unwrap();
    range.offset.get()..range.offset.get() + range.size.get()
}

#[track_caller]
fn assert_blamed(hits: &[GuardHit], fault: GuardFault, at: u64, expected: u8, victim: (Allocation, u64)) {
    let [hit] = hits else { panic!("{hits:?} for one byte at {at}") };
    let (taken, size) = victim;
    assert_eq!((hit.fault, hit.offset.get(), hit.expected, hit.found), (fault, at, expected, 0x5a));
    assert_eq!((hit.owner, hit.id, hit.born), (owner(2), taken.id, Micros::new(2)));
    assert_eq!((hit.payload.offset, hit.payload.size.get()), (taken.offset, size));
}

/// Sizes and alignments whose slack is all kinds of odd.
fn shapes() -> impl Iterator<Item = (u64, u64)> {
    [1, 15, 16, 17, 100].into_iter().flat_map(|size| [1, 16, 64, 256, 1024].map(|align| (size, align)))
}

#[test]
fn every_stray_byte_around_an_allocation_is_found_and_blamed() {
    for policy in PolicyKind::ALL {
        for (size, align) in shapes() {
            let (mut arena, [_, victim, _]) = neighbours(policy, size, align);
            let start = victim.offset.get();
            let bytes = bytes_of(&arena, victim.id);
            assert_eq!(bytes.start < start, align <= LEAD_MAX.get());
            assert!(start + size + 16 <= bytes.end, "a canary of a granule at least");
            for at in bytes.filter(|at| !(start..start + size).contains(at)) {
                assert!(arena.poke(Bytes::new(at), 0x5a));
                assert_eq!(arena.sweep_guards(), 1);
                let fault = if at < start { GuardFault::Underrun } else { GuardFault::Overrun };
                assert_blamed(&arena.take_guard_hits(), fault, at, CANARY, (victim, size));
                assert_eq!(arena.sweep_guards(), 0, "found once");
            }
            for at in start..start + size {
                arena.poke(Bytes::new(at), 0x5a);
            }
            assert_eq!(arena.sweep_guards(), 0, "its own bytes are the holder's");
        }
    }
}

#[test]
fn a_free_finds_what_no_sweep_has() {
    for policy in PolicyKind::ALL {
        for (size, align) in shapes() {
            let (mut arena, [_, victim, _]) = neighbours(policy, size, align);
            let at = victim.offset.get() + size;
            arena.poke(Bytes::new(at), 0x5a);
            arena.deallocate(victim.id).unwrap();
            assert_blamed(&arena.take_guard_hits(), GuardFault::Overrun, at, CANARY, (victim, size));
            assert_eq!(arena.statistics().guard_hits_total, 1);
        }
    }
}

#[test]
fn every_stray_byte_in_a_freed_range_is_found_and_blamed() {
    for policy in PolicyKind::ALL {
        for (size, align) in shapes() {
            let (mut arena, [_, victim, _]) = neighbours(policy, size, align);
            let bytes = bytes_of(&arena, victim.id);
            arena.deallocate(victim.id).unwrap();
            for at in bytes.clone() {
                arena.poke(Bytes::new(at), 0x5a);
                assert_eq!(arena.sweep_guards(), 1);
                assert_blamed(&arena.take_guard_hits(), GuardFault::AfterFree, at, FREED, (victim, size));
            }
            // And without a sweep, at the end of the quarantine.
            let last = bytes.end - 1;
            arena.poke(Bytes::new(last), 0x5a);
            arena.set_guards(None);
            assert_blamed(&arena.take_guard_hits(), GuardFault::AfterFree, last, FREED, (victim, size));
            assert_eq!(arena.statistics().cached, Bytes::ZERO);
        }
    }
}

#[test]
fn both_ends_are_two_hits_and_the_first_byte_of_each_is_named() {
    let (mut arena, [_, victim, _]) = neighbours(PolicyKind::FirstFit, 100, 16);
    let bytes = bytes_of(&arena, victim.id);
    for at in [bytes.start + 3, bytes.start + 9, victim.offset.get() + 101, bytes.end - 1] {
        arena.poke(Bytes::new(at), 0);
    }
    arena.deallocate(victim.id).unwrap();
    let found: Vec<_> = arena.take_guard_hits().iter().map(|hit| (hit.fault, hit.offset.get())).collect();
    let expected = [(GuardFault::Underrun, bytes.start + 3), (GuardFault::Overrun, victim.offset.get() + 101)];
    assert_eq!(found, expected);
    assert_eq!(arena.take_guard_hits(), []);
}

#[test]
fn the_quarantine_is_bounded_and_first_in_first_out() {
    let mut arena = arena(PolicyKind::FirstFit, 16, Guards { quarantine_frees: 3, quarantine_bytes: Bytes::kib(64) });
    let ids: Vec<_> = (0..6).map(|tag| arena.allocate(&request(100, 16, tag)).unwrap().id).collect();
    let held = |arena: &Arena| -> Vec<AllocationId> {
        let held = |state| if let RangeState::Quarantined { id, .. } = state { Some(id) } else { None };
        arena.walk().filter_map(|range| held(range.state)).collect()
    };
    for (nth, &id) in ids.iter().enumerate() {
        arena.deallocate(id).unwrap();
        assert_eq!(held(&arena), ids[nth.saturating_sub(2)..=nth]);
    }
    for id in &ids[3..] {
        assert_eq!(arena.deallocate(*id), Err(FreeError::DoubleFree { id: id.to_bits() }));
    }
    // More bytes than may be held do not stay at all.
    let large = arena.allocate(&request(100_000, 16, 9)).unwrap().id;
    arena.deallocate(large).unwrap();
    assert_eq!((held(&arena), arena.statistics().cached), (vec![], Bytes::ZERO));
    assert_eq!(arena.audit(), Ok(()));
}

#[test]
fn a_request_ends_the_quarantine_that_is_in_its_way() {
    for policy in PolicyKind::ALL {
        let mut arena = arena(policy, 16, Guards::default());
        let size = arena.largest_fit(Bytes::new(16)).get();
        for tag in 0..4 {
            let taken = arena.allocate(&request(size, 16, tag)).unwrap_or_else(|error| panic!("{policy}: {error}"));
            arena.deallocate(taken.id).unwrap();
            assert!(arena.statistics().cached.get() >= size);
        }
        assert_eq!(arena.statistics().allocation_failures_total, 0);
    }
}

#[test]
fn more_hits_than_are_kept_are_counted() {
    let mut arena = arena(PolicyKind::Tlsf, 16, Guards::default());
    let taken: Vec<_> = (0..100).map(|tag| arena.allocate(&request(30, 16, tag)).unwrap()).collect();
    for it in &taken {
        arena.poke(Bytes::new(it.offset.get() + 31), 0);
    }
    assert_eq!(arena.sweep_guards(), 100);
    let hits = arena.take_guard_hits();
    assert_eq!((hits.len(), arena.statistics().guard_hits_total), (64, 100));
    assert!(hits.iter().zip(0..).all(|(hit, tag)| hit.owner == owner(tag)), "the first ones");
}

#[test]
fn a_reset_looks_one_last_time() {
    let (mut arena, [_, victim, _]) = neighbours(PolicyKind::BestFit, 100, 16);
    arena.poke(Bytes::new(victim.offset.get() - 1), 0x5a);
    arena.reset();
    let at = victim.offset.get() - 1;
    assert_blamed(&arena.take_guard_hits(), GuardFault::Underrun, at, CANARY, (victim, 100));
    assert_eq!((arena.audit(), arena.sweep_guards()), (Ok(()), 0));
}

#[test]
fn guards_go_on_and_off_while_things_live() {
    for policy in PolicyKind::ALL {
        let mut arena = Arena::new(Region::reserve_pages(16).unwrap(), policy);
        let before = arena.allocate(&request(20, 16, 1)).unwrap();
        arena.poke(Bytes::new(before.offset.get() + 20), 7);
        assert_eq!((arena.guards(), arena.sweep_guards(), arena.take_guard_hits()), (None, 0, vec![]));
        arena.set_guards(Some(Guards::default()));
        let during = arena.allocate(&request(20, 16, 2)).unwrap();
        arena.set_guards(None);
        let after = arena.allocate(&request(20, 16, 3)).unwrap();
        for it in [before, during, after] {
            arena.poke(Bytes::new(it.offset.get() + 20), 7);
            arena.deallocate(it.id).unwrap();
        }
        // Only what was made under guard has canaries, and keeps them.
        let hits = arena.take_guard_hits();
        assert_eq!(hits.iter().map(|hit| hit.owner).collect::<Vec<_>>(), [owner(2)], "{policy}");
        assert_eq!((arena.statistics().used, arena.statistics().cached), (Bytes::ZERO, Bytes::ZERO));
        assert_eq!(arena.audit(), Ok(()));
    }
}

/// A thread that fills all its words touches no canary, whatever it asked for; its
/// cache is passed by, so that each allocation is guarded.
#[test]
fn words_of_a_thread_end_before_the_canaries() {
    let shared = Arc::new(SharedArena::new(arena(PolicyKind::FirstFit, 256, Guards::default())));
    let mut thread = shared.attach().unwrap();
    for size in 1..70 {
        let mut here = thread.pin().unwrap();
        let id = here.allocate(&request(size, 8, 1)).unwrap().id;
        here.words(id).unwrap().iter().for_each(|word| word.store(u32::MAX, Ordering::Relaxed));
        here.deallocate(id).unwrap();
    }
    drop(thread);
    let hits = shared.with(Arena::take_guard_hits).unwrap();
    assert!(hits.is_empty(), "{hits:?}");
    assert_eq!(shared.statistics().unwrap().guard_hits_total, 0);
    assert!(shared.statistics().unwrap().cached > Bytes::ZERO, "the quarantine holds what was freed");
}

/// Past the cache a thread is no less busy: what it allocates and frees is counted as its
/// own, not as that of whoever counts the rest.
#[test]
fn a_guarded_arena_knows_which_thread_did_what() {
    let shared = Arc::new(SharedArena::new(arena(PolicyKind::Bins, 64, Guards::default())));
    let (mut one, mut other) = (shared.attach().unwrap(), shared.attach().unwrap());
    let taken: Vec<_> =
        (1..=40).map(|size| one.pin().unwrap().allocate(&request(size * 50, 16, 1)).unwrap().id).collect();
    for (number, id) in taken[..20].iter().enumerate() {
        let whose = if number < 15 { &mut other } else { &mut one };
        whose.pin().unwrap().deallocate(*id).unwrap();
    }
    // A second free is none.
    assert!(one.pin().unwrap().deallocate(taken[0]).is_err());
    let done = |thread: &arenascope_arena::ThreadArena| (thread.figures().allocations, thread.figures().frees);
    assert_eq!((done(&one), done(&other)), ((40, 5), (0, 15)));
    assert_eq!(one.figures().cache_hits, 0);
    let all = shared.statistics().unwrap();
    assert_eq!((all.allocations_total, all.frees_total), (40, 20));
}
