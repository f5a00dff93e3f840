//! Random programs against two naive models, step by step.
//!
//! The models share no code with the arena. [`Tiles`] knows who owns each granule
//! and so what is free and where the lowest place is; [`Seed`] is the original
//! algorithm on plain vectors. After each step the arena must have answered and
//! placed as the model says, pass its audit, and hold every byte it was given.

use arenascope_arena::{
    AllocError, AllocationId, Arena, FreeError, PolicyKind, Range, RangeState, Region, Request, Statistics,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use proptest::prelude::*;

const GRANULE: u64 = 16;
/// 64 KiB pages of an arena: 21 nodes each, so that programs run out of memory and
/// out of nodes.
const PAGES: core::ops::RangeInclusive<u32> = 1..=4;

#[derive(Clone, Debug)]
enum Step {
    Allocate {
        size: u64,
        align: u64,
    },
    /// Frees the nth of the living, counted round.
    Free(usize),
    /// Frees the nth of the dead once more.
    FreeAgain(usize),
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![4 => 1_u64..400, 4 => 400_u64..8_000, 1 => 8_000_u64..120_000];
    let align = prop_oneof![4 => Just(0_u32), 4 => 1_u32..10, 1 => 10_u32..17];
    prop_oneof![
        50 => (size, align).prop_map(|(size, exponent)| Step::Allocate { size, align: 1 << exponent }),
        40 => any::<usize>().prop_map(Step::Free),
        5 => any::<usize>().prop_map(Step::FreeAgain),
        1 => Just(Step::Reset),
    ]
}

/// A range of granules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: u64,
    size: u64,
}

impl Span {
    fn end(self) -> u64 {
        self.start + self.size
    }

    /// Where `size` granules fit in at `align` granules.
    fn place(self, size: u64, align: u64) -> Option<u64> {
        let start = self.start.next_multiple_of(align);
        (start + size <= self.end()).then_some(start)
    }
}

/// What a policy promises, naively.
trait Model {
    fn empty(payload: Span) -> Self;
    /// Bytes that a request takes.
    fn needed(size: u64, align: u64) -> u64;
    /// The span of an allocation, or `None` for no room.
    fn allocate(&mut self, size: u64, align: u64) -> Option<Span>;
    fn free(&mut self, span: Span);
    /// Free ranges by address.
    fn free_spans(&self) -> Vec<Span>;
}

/// First fit over a map of granules.
#[derive(Clone)]
struct Tiles {
    first: u64,
    taken: Vec<bool>,
}

impl Tiles {
    fn mark(&mut self, span: Span, taken: bool) {
        let at = (span.start - self.first) as usize;
        self.taken[at..at + span.size as usize].fill(taken);
    }
}

impl Model for Tiles {
    fn empty(payload: Span) -> Self {
        Self { first: payload.start, taken: vec![false; payload.size as usize] }
    }

    fn needed(size: u64, _: u64) -> u64 {
        size.next_multiple_of(GRANULE)
    }

    fn allocate(&mut self, size: u64, align: u64) -> Option<Span> {
        let (size, align) = (size.div_ceil(GRANULE), align.div_ceil(GRANULE));
        let start = self.free_spans().into_iter().find_map(|span| span.place(size, align))?;
        self.mark(Span { start, size }, true);
        Some(Span { start, size })
    }

    fn free(&mut self, span: Span) {
        self.mark(span, false);
    }

    fn free_spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut start = self.first;
        for run in self.taken.chunk_by(|a, b| a == b) {
            let size = run.len() as u64;
            if !run[0] {
                spans.push(Span { start, size });
            }
            start += size;
        }
        spans
    }
}

/// The original algorithm: a bump pointer and a list, on plain vectors.
#[derive(Clone)]
struct Seed {
    bump: u64,
    end: u64,
    list: Vec<Span>,
}

impl Seed {
    /// The pad in front of `start` is free: part of the block that it touches,
    /// else a block at the list's end.
    fn push_pad(&mut self, from: u64, start: u64) {
        let pad = Span { start: from, size: start - from };
        match self.list.iter_mut().find(|block| block.end() == from) {
            Some(front) if pad.size > 0 => front.size += pad.size,
            _ if pad.size > 0 => self.list.push(pad),
            _ => (),
        }
    }
}

impl Model for Seed {
    fn empty(payload: Span) -> Self {
        Self { bump: payload.start, end: payload.end(), list: Vec::new() }
    }

    fn needed(size: u64, align: u64) -> u64 {
        size.next_multiple_of(align.max(GRANULE))
    }

    fn allocate(&mut self, size: u64, align: u64) -> Option<Span> {
        let size = Self::needed(size, align) / GRANULE;
        let align = align.div_ceil(GRANULE);
        if let Some(at) = self.list.iter().position(|block| block.place(size, align).is_some()) {
            let block = self.list.remove(at);
            let start = block.place(size, align)?;
            let rest = block.end() - start - size;
            let kept = if rest * GRANULE > 64 { 0 } else { rest };
            if kept < rest {
                self.list.push(Span { start: start + size, size: rest });
            }
            self.push_pad(block.start, start);
            return Some(Span { start, size: size + kept });
        }
        let wilderness = Span { start: self.bump, size: self.end - self.bump };
        let start = wilderness.place(size, align)?;
        self.push_pad(self.bump, start);
        self.bump = start + size;
        Some(Span { start, size })
    }

    fn free(&mut self, span: Span) {
        self.list.push(span);
        self.list.sort();
        self.list.dedup_by(|next, block| {
            let touch = block.end() == next.start;
            if touch {
                block.size += next.size;
            }
            touch
        });
    }

    fn free_spans(&self) -> Vec<Span> {
        let mut spans = self.list.clone();
        spans.sort();
        if self.bump < self.end {
            spans.push(Span { start: self.bump, size: self.end - self.bump });
        }
        spans
    }
}

struct Living {
    id: AllocationId,
    span: Span,
    requested: u64,
    fill: u8,
}

/// The arena and its model, side by side.
struct Pair<M> {
    arena: Arena,
    model: M,
    living: Vec<Living>,
    dead: Vec<AllocationId>,
    failures: u64,
    used_peak: u64,
    serial: u64,
}

fn payload(arena: &Arena) -> Span {
    let payload = arena.sections().payload;
    Span { start: payload.offset.get() / GRANULE, size: payload.size.get() / GRANULE }
}

fn span_of(range: &Range) -> Span {
    Span { start: range.offset.get() / GRANULE, size: range.size.get() / GRANULE }
}

impl<M: Model + Clone> Pair<M> {
    fn new(policy: PolicyKind, pages: u32) -> Self {
        let arena = Arena::new(Region::reserve_pages(pages).unwrap(), policy);
        let model = M::empty(payload(&arena));
        Self { arena, model, living: Vec::new(), dead: Vec::new(), failures: 0, used_peak: 0, serial: 0 }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Allocate { size, align } => self.allocate(size, align),
            Step::Free(nth) if !self.living.is_empty() => self.free(nth % self.living.len()),
            Step::FreeAgain(nth) if !self.dead.is_empty() => self.free_again(nth % self.dead.len()),
            Step::Reset => self.reset(),
            _ => (),
        }
        self.compare();
    }

    fn ranges(&self, model: &M, living: usize) -> u64 {
        model.free_spans().len() as u64 + living as u64
    }

    fn allocate(&mut self, size: u64, align: u64) {
        self.serial += 1;
        let owner = Owner::new(MemoryCategory::ALL[self.serial as usize % 6], Tag(self.serial as u16));
        let (size, align) = (Bytes::new(size), Bytes::new(align));
        let before = self.ranges(&self.model, self.living.len());
        let answer = self.arena.allocate(&Request { size, align, owner, now: Micros::new(self.serial << 20) });
        let mut next = self.model.clone();
        let Some(span) = next.allocate(size.get(), align.get()) else {
            return self.refused_for_room(size, M::needed(size.get(), align.get()), answer.unwrap_err());
        };
        let after = self.ranges(&next, self.living.len() + 1);
        if let Err(refused) = answer {
            let nodes = self.arena.statistics().node_count;
            let (needed, vacant) = ((after - before) as u32, (nodes - before) as u32);
            assert!(needed > vacant, "{refused} although {vacant} nodes are vacant");
            assert_eq!(refused, AllocError::OutOfNodes { needed, vacant, nodes: nodes as u32 });
            self.failures += 1;
            return;
        }
        let taken = answer.unwrap();
        assert_eq!((taken.offset.get(), taken.usable.get()), (span.start * GRANULE, span.size * GRANULE));
        self.model = next;
        let fill = self.serial as u8;
        self.arena.payload_mut(taken.id).unwrap().fill(fill);
        self.living.push(Living { id: taken.id, span, requested: size.get(), fill });
        self.used_peak = self.used_peak.max(self.used());
    }

    fn used(&self) -> u64 {
        self.living.iter().map(|it| it.span.size * GRANULE).sum()
    }

    fn refused_for_room(&mut self, requested: Bytes, needed: u64, refused: AllocError) {
        let free = self.model.free_spans();
        let expected = AllocError::OutOfMemory {
            requested,
            needed: Bytes::new(needed),
            largest_free: Bytes::new(free.iter().map(|span| span.size * GRANULE).max().unwrap_or(0)),
            free: Bytes::new(free.iter().map(|span| span.size * GRANULE).sum()),
            free_ranges: free.len() as u64,
        };
        assert_eq!(refused, expected);
        self.failures += 1;
    }

    fn free(&mut self, nth: usize) {
        let Living { id, span, requested, fill } = self.living.swap_remove(nth);
        let bytes = self.arena.payload(id).unwrap();
        assert!(
            bytes.len() as u64 == requested && bytes.iter().all(|&byte| byte == fill),
            "somebody wrote into {id:?}"
        );
        let extent = self.arena.deallocate(id).unwrap();
        assert_eq!((extent.offset.get(), extent.size.get()), (span.start * GRANULE, span.size * GRANULE));
        self.model.free(span);
        self.dead.push(id);
    }

    fn free_again(&mut self, nth: usize) {
        let id = self.dead[nth];
        let refused = self.arena.deallocate(id).unwrap_err();
        let known = match refused {
            FreeError::StaleEpoch { .. } => id.epoch() != self.arena.epoch(),
            FreeError::DoubleFree { .. } | FreeError::StaleGeneration { .. } => id.epoch() == self.arena.epoch(),
            _ => false,
        };
        assert!(known, "{refused} for {id:?}");
        self.failures += 1;
    }

    fn reset(&mut self) {
        self.arena.reset();
        self.model = M::empty(payload(&self.arena));
        self.dead.extend(self.living.drain(..).map(|it| it.id));
    }

    fn compare(&self) {
        assert_eq!(self.arena.audit(), Ok(()));
        let (free, used): (Vec<_>, Vec<_>) = self.arena.walk().partition(|range| range.state == RangeState::Free);
        assert_eq!(free.iter().map(span_of).collect::<Vec<_>>(), self.model.free_spans());
        let mut living: Vec<_> = self.living.iter().map(|it| (it.span, it.id)).collect();
        living.sort_by_key(|it| it.0);
        let used: Vec<_> = used.iter().map(|range| (span_of(range), held_by(range))).collect();
        assert_eq!(used, living);
        self.compare_figures(&self.arena.statistics());
    }

    fn compare_figures(&self, it: &Statistics) {
        let requested: u64 = self.living.iter().map(|it| it.requested).sum();
        let free: u64 = self.model.free_spans().iter().map(|span| span.size * GRANULE).sum();
        assert_eq!((it.requested.get(), it.used.get(), it.free.get()), (requested, self.used(), free));
        assert_eq!(it.used_peak.get(), self.used_peak);
        assert_eq!(it.failures_total(), self.failures);
        assert!((0.0..=1.0).contains(&it.external_fragmentation().get()));
        assert!((0.0..=1.0).contains(&it.free_space_concentration().get()));
    }
}

fn held_by(range: &Range) -> AllocationId {
    match range.state {
        RangeState::Used { id, .. } => id,
        other => unreachable!("only used ranges come here, not {other:?}"),
    }
}

fn run<M: Model + Clone>(policy: PolicyKind, pages: u32, steps: &[Step]) {
    let mut pair = Pair::<M>::new(policy, pages);
    steps.iter().for_each(|step| pair.step(step));
    (0..pair.living.len()).for_each(|_| pair.step(&Step::Free(0)));
    assert_eq!(pair.arena.statistics().used, Bytes::ZERO);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn first_fit_takes_the_lowest_place(pages in PAGES, steps in prop::collection::vec(step(), 1..160)) {
        run::<Tiles>(PolicyKind::FirstFit, pages, &steps);
    }

    #[test]
    fn seed_compat_places_as_the_original(pages in PAGES, steps in prop::collection::vec(step(), 1..160)) {
        run::<Seed>(PolicyKind::SeedCompat, pages, &steps);
    }
}

/// The same program gives the same addresses and numbers, run after run: nothing
/// in the arena depends on addresses, time or chance.
#[test]
fn a_program_gives_the_same_result_each_time() {
    let run = |policy| {
        let mut arena = Arena::new(Region::reserve_pages(*PAGES.end()).unwrap(), policy);
        let owner = Owner::new(MemoryCategory::ECS, Tag(0));
        let mut living = Vec::new();
        let mut seen = Vec::new();
        for turn in 0_u64..500 {
            let size = Bytes::new(turn * 2_654_435_761 % 3_000 + 1);
            let request = Request { size, align: Bytes::new(1 << (turn % 9)), owner, now: Micros::new(turn) };
            if let Ok(taken) = arena.allocate(&request) {
                seen.push((taken.offset, taken.id.to_bits()));
                living.push(taken.id);
            }
            if turn % 3 != 0 && !living.is_empty() {
                let nth = turn as usize * 7 % living.len();
                arena.deallocate(living.swap_remove(nth)).unwrap();
            }
        }
        (seen, arena.statistics())
    };
    for policy in PolicyKind::ALL {
        assert_eq!(run(policy), run(policy));
    }
}
