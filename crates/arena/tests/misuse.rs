//! The matrix of misuse: every way to get it wrong, under every policy, through the
//! exclusive and the shared front, with guards and without. Each is a typed error,
//! moves exactly one counter, and changes nothing else.

use arenascope_arena::{
    AllocError, Allocation, AllocationId, Arena, Extent, FreeError, Guards, LayoutFault, Patience, PolicyKind, Range,
    RefusalKind, Region, Request, SharedArena, Statistics,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};

/// What both fronts can do.
trait Front: Sync {
    fn open(arena: Arena) -> Self;
    fn take(&mut self, request: &Request) -> Result<Allocation, AllocError>;
    fn give(&mut self, id: AllocationId) -> Result<Extent, FreeError>;
    /// As [`Self::give`], called by another thread.
    fn give_elsewhere(&mut self, id: AllocationId) -> Result<Extent, FreeError>;
    fn renew(&mut self);
    /// Every figure and every range; audited first.
    fn look(&self) -> (Statistics, Vec<Range>);
}

fn look(arena: &Arena) -> (Statistics, Vec<Range>) {
    assert_eq!(arena.audit(), Ok(()));
    (arena.statistics(), arena.walk().collect())
}

impl Front for Arena {
    fn open(arena: Arena) -> Self {
        arena
    }

    fn take(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        self.allocate(request)
    }

    fn give(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        self.deallocate(id)
    }

    fn give_elsewhere(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        std::thread::scope(|scope| scope.spawn(|| self.deallocate(id)).join().unwrap())
    }

    fn renew(&mut self) {
        self.reset();
    }

    fn look(&self) -> (Statistics, Vec<Range>) {
        look(self)
    }
}

impl Front for SharedArena {
    fn open(arena: Arena) -> Self {
        Self::with_patience(arena, Patience::spins(u32::MAX))
    }

    fn take(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        self.allocate(request)
    }

    fn give(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        self.deallocate(id)
    }

    fn give_elsewhere(&mut self, id: AllocationId) -> Result<Extent, FreeError> {
        std::thread::scope(|scope| scope.spawn(|| self.deallocate(id)).join().unwrap())
    }

    fn renew(&mut self) {
        self.reset().unwrap();
    }

    fn look(&self) -> (Statistics, Vec<Range>) {
        let (_, ranges) = self.with(|arena| look(arena)).unwrap();
        (self.statistics().unwrap(), ranges)
    }
}

fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(1));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::new(5) }
}

fn arena(policy: PolicyKind, guards: Option<Guards>) -> Arena {
    let mut arena = Arena::new(Region::reserve_pages(8).unwrap(), policy);
    arena.set_guards(guards);
    arena
}

/// Runs `case` on an arena of each policy and kind, through both fronts.
fn everywhere(case: fn(&mut dyn FnMut() -> Box<dyn Bench>)) {
    for policy in PolicyKind::ALL {
        for guards in [None, Some(Guards::default())] {
            case(&mut || Box::new(Case(<Arena as Front>::open(arena(policy, guards)))));
            case(&mut || Box::new(Case(<SharedArena as Front>::open(arena(policy, guards)))));
        }
    }
}

/// One arena under test.
struct Case<F>(F);

/// A [`Case`] of either front.
trait Bench {
    fn take(&mut self, size: u64) -> AllocationId;
    fn give(&mut self, id: AllocationId);
    fn renew(&mut self);
    /// Frees what must be refused as one of `kinds`; says which.
    fn refuse_free(&mut self, id: AllocationId, elsewhere: bool, kinds: &[RefusalKind]) -> RefusalKind;
    /// Asks for what must be refused as `kind`.
    fn refuse(&mut self, request: Request, kind: RefusalKind) -> AllocError;
}

impl<F: Front> Case<F> {
    /// Runs `call`, which is refused: one counter moves, and nothing else.
    fn check<E>(&mut self, call: impl FnOnce(&mut F) -> E) -> (E, RefusalKind)
    where
        for<'e> RefusalKind: From<&'e E>,
    {
        let (mut before, ranges) = self.0.look();
        let error = call(&mut self.0);
        let kind = RefusalKind::from(&error);
        let (after, ranges_after) = self.0.look();
        let moved: Vec<_> = after.refusals.iter().zip(before.refusals.iter()).filter(|(now, was)| now != was).collect();
        assert_eq!(moved.len(), 1, "{moved:?}");
        let ((counted, now), (_, was)) = moved[0];
        assert_eq!((counted, now), (kind, was + 1));
        let frees = before.free_failures_total + u64::from(kind.is_free());
        let allocations = before.allocation_failures_total + u64::from(kind.is_allocation());
        assert_eq!((after.free_failures_total, after.allocation_failures_total), (frees, allocations));
        assert_eq!(after.failures_total(), after.refusals.iter().map(|it| it.1).sum::<u64>());
        before.refusals = after.refusals;
        (before.free_failures_total, before.allocation_failures_total) = (frees, allocations);
        // The search is work, whatever came of it; the first failure is remembered.
        (before.steps_total, before.live_at_first_failure) = (after.steps_total, after.live_at_first_failure);
        assert_eq!((after, ranges_after), (before, ranges));
        (error, kind)
    }
}

impl<F: Front> Bench for Case<F> {
    fn take(&mut self, size: u64) -> AllocationId {
        self.0.take(&request(size, 16)).unwrap().id
    }

    fn give(&mut self, id: AllocationId) {
        self.0.give(id).unwrap();
    }

    fn renew(&mut self) {
        self.0.renew();
    }

    fn refuse_free(&mut self, id: AllocationId, elsewhere: bool, kinds: &[RefusalKind]) -> RefusalKind {
        let free = |front: &mut F| if elsewhere { front.give_elsewhere(id) } else { front.give(id) };
        let (error, kind) = self.check(|front| free(front).unwrap_err());
        assert!(kinds.contains(&kind), "{error}");
        kind
    }

    fn refuse(&mut self, request: Request, expected: RefusalKind) -> AllocError {
        let (error, kind) = self.check(|front| front.take(&request).unwrap_err());
        assert_eq!(kind, expected, "{error}");
        error
    }
}

use RefusalKind::{DoubleFree, OtherArena, StaleEpoch, StaleGeneration};

#[test]
fn a_double_free_at_once() {
    everywhere(|open| {
        let mut bench = open();
        let id = bench.take(100);
        bench.give(id);
        bench.refuse_free(id, false, &[DoubleFree]);
        bench.refuse_free(id, true, &[DoubleFree]);
    });
}

#[test]
fn a_double_free_after_a_while_and_between_others() {
    everywhere(|open| {
        let mut bench = open();
        let others: Vec<_> = (0..30).map(|nth| bench.take(16 + nth * 40)).collect();
        let id = others[10];
        bench.give(id);
        for (nth, &other) in others.iter().enumerate().filter(|&(nth, _)| nth != 10) {
            if nth % 3 == 0 {
                bench.give(other);
            }
            bench.refuse_free(id, nth % 2 == 0, &[DoubleFree]);
        }
    });
}

#[test]
fn a_double_free_between_allocations_never_frees_another() {
    everywhere(|open| {
        let mut bench = open();
        let mut ids = vec![bench.take(64)];
        for nth in 1..20 {
            let last = *ids.last().unwrap();
            bench.give(last);
            let next = bench.take(64 + nth % 2);
            // Whether the slot is in use again is the policy's to say.
            bench.refuse_free(last, false, &[DoubleFree, StaleGeneration]);
            ids.push(next);
        }
        let live = ids.pop().unwrap();
        for id in ids {
            bench.refuse_free(id, true, &[DoubleFree, StaleGeneration]);
        }
        bench.give(live);
    });
}

#[test]
fn a_free_after_the_reuse_of_the_slot_is_stale() {
    everywhere(|open| {
        let mut bench = open();
        let id = bench.take(2000);
        bench.give(id);
        // As long as something is in quarantine, its slot is not used again.
        let reuses = (0..4000).map(|_| {
            let next = bench.take(2000);
            bench.give(next);
            next
        });
        let last = reuses.last().unwrap();
        let live = bench.take(2000);
        assert_eq!(bench.refuse_free(id, false, &[StaleGeneration]), StaleGeneration);
        bench.refuse_free(id, true, &[StaleGeneration]);
        bench.refuse_free(last, false, &[DoubleFree, StaleGeneration]);
        bench.give(live);
    });
}

#[test]
fn a_handle_from_before_a_reset() {
    everywhere(|open| {
        let mut bench = open();
        let (live, freed) = (bench.take(100), bench.take(100));
        bench.give(freed);
        bench.renew();
        bench.refuse_free(live, false, &[StaleEpoch]);
        bench.refuse_free(freed, true, &[StaleEpoch]);
        let next = bench.take(100);
        bench.refuse_free(live, false, &[StaleEpoch]);
        bench.give(next);
    });
}

#[test]
fn a_handle_of_another_arena() {
    everywhere(|open| {
        let (mut bench, mut other) = (open(), open());
        let (own, foreign) = (bench.take(100), other.take(100));
        bench.refuse_free(foreign, false, &[OtherArena]);
        bench.refuse_free(foreign, true, &[OtherArena]);
        other.refuse_free(own, false, &[OtherArena]);
        bench.give(own);
        other.give(foreign);
        bench.refuse_free(foreign, false, &[OtherArena]);
    });
}

#[test]
fn layouts_that_make_no_sense() {
    use RefusalKind::{AlignNotPowerOfTwo, AlignTooLarge, SizeTooLarge, SizeZero};
    everywhere(|open| {
        let mut bench = open();
        bench.take(100);
        let cases = [
            (0, 16, SizeZero, LayoutFault::SizeZero),
            (u64::MAX, 16, SizeTooLarge, LayoutFault::SizeTooLarge),
            (u64::MAX - 2, 8, SizeTooLarge, LayoutFault::SizeTooLarge),
            ((1 << 30) + 1, 8, SizeTooLarge, LayoutFault::SizeTooLarge),
            (100, 0, AlignNotPowerOfTwo, LayoutFault::AlignNotPowerOfTwo),
            (100, 48, AlignNotPowerOfTwo, LayoutFault::AlignNotPowerOfTwo),
            (100, 1 << 17, AlignTooLarge, LayoutFault::AlignTooLarge),
            (100, 1 << 63, AlignTooLarge, LayoutFault::AlignTooLarge),
        ];
        for (size, align, kind, why) in cases {
            let expected = AllocError::InvalidLayout { size: Bytes::new(size), align: Bytes::new(align), why };
            assert_eq!(bench.refuse(request(size, align), kind), expected);
        }
    });
}

#[test]
fn out_of_memory_says_full_or_fragmented() {
    everywhere(|open| {
        let mut bench = open();
        bench.refuse(request(1 << 20, 16), RefusalKind::Full);
        bench.refuse(request(1 << 30, 64 << 10), RefusalKind::Full);
    });
    let mut arena = arena(PolicyKind::FirstFit, None);
    let ids: Vec<_> = (0..100).map(|_| arena.take(&request(4000, 16)).unwrap().id).collect();
    for id in ids.into_iter().step_by(2) {
        arena.give(id).unwrap();
    }
    let mut bench = Case(arena);
    let refused = bench.refuse(request(200_000, 16), RefusalKind::Fragmented);
    assert!(refused.failure_index().is_some_and(|index| index.get() > 0.9), "{refused}");
}

#[test]
fn out_of_nodes() {
    for policy in PolicyKind::ALL {
        // With guards the quarantine is empty here: nothing was freed.
        for guards in [None, Some(Guards::default())] {
            let mut arena = arena(policy, guards);
            let refused = (0..4000).find_map(|_| arena.take(&request(16, 16)).err());
            let Some(AllocError::OutOfNodes { needed, vacant, nodes }) = refused else {
                panic!("{policy}: {refused:?}")
            };
            assert!(needed > vacant && nodes == 170, "{policy}");
            Case(arena).refuse(request(16, 16), RefusalKind::OutOfNodes);
        }
    }
}

#[test]
fn a_contended_call_is_counted_apart() {
    for policy in PolicyKind::ALL {
        let shared = SharedArena::with_patience(arena(policy, None), Patience::NONE);
        let id = shared.allocate(&request(64, 16)).unwrap().id;
        let before = shared.statistics().unwrap();
        shared
            .with(|_| {
                for _ in 0..2 {
                    assert!(matches!(shared.allocate(&request(64, 16)), Err(AllocError::Contended(_))));
                }
                assert!(matches!(shared.deallocate(id), Err(FreeError::Contended(_))));
                assert!((0..3).all(|_| shared.reset().is_err()));
            })
            .unwrap();
        let after = shared.statistics().unwrap();
        let moved = after.refusals.iter().filter(|it| it.1 > 0).map(|it| (it.0.key(), it.1));
        let expected = [("contended_free", 1), ("contended_allocation", 2), ("contended_other", 3)];
        assert!(moved.eq(expected));
        assert_eq!((after.contended_total, after.failures_total()), (6, 3));
        assert_eq!((after.used, after.allocations_total), (before.used, before.allocations_total));
    }
}
