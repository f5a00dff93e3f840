//! Random programs: an arena, what lives in it, and the rules it is held against.

use crate::rules::{GRANULE, Rules, Span, Wish};
use arenascope_arena::{
    AllocError, Allocation, AllocationId, Arena, PolicyKind, RangeState, Region, Request, ResizeError,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators" (2016).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    /// Few sizes often, and now and then any.
    fn size(&mut self) -> u64 {
        match self.below(8) {
            0 => 1 + self.below(40_000),
            1 => 1 + self.below(4_000),
            2..4 => 1 + self.below(400),
            _ => [24, 64, 100, 256, 1000][self.below(5) as usize],
        }
    }

    fn align(&mut self) -> u64 {
        if self.below(4) == 0 { 1 << self.below(17) } else { 16 }
    }
}

/// `size` bytes at `align` for nobody in particular.
pub(crate) fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(1));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::ZERO }
}

/// An arena of so many 64 KiB pages.
pub(crate) fn arena(policy: PolicyKind, pages: u32) -> Arena {
    Arena::new(Region::reserve_pages(pages).unwrap(), policy)
}

/// An arena and the naive picture of it.
pub(crate) struct Program {
    arena: Arena,
    rules: Rules,
    living: Vec<(Span, AllocationId)>,
    dice: Dice,
}

impl Program {
    pub(crate) fn new(policy: PolicyKind, pages: u32, seed: u64) -> Self {
        let rules = Rules { policy, rover: 0 };
        Self { arena: arena(policy, pages), rules, living: Vec::new(), dice: Dice::new(seed) }
    }

    /// One random step, and every check.
    pub(crate) fn step(&mut self) {
        match self.dice.below(1000) {
            0 => self.reset(),
            1..440 if !self.living.is_empty() => self.free(),
            440..500 if !self.living.is_empty() => self.resize(),
            _ => self.allocate(),
        }
        assert_eq!(self.arena.audit(), Ok(()), "{}", self.rules.policy);
        self.compare();
    }

    fn reset(&mut self) {
        self.arena.reset();
        self.living.clear();
        self.rules.rover = 0;
    }

    fn free(&mut self) {
        let nth = self.dice.below(self.living.len() as u64) as usize;
        let (span, id) = self.living.swap_remove(nth);
        let extent = self.arena.deallocate(id).unwrap();
        assert_eq!((extent.offset.get(), extent.size.get()), (span.start * GRANULE, span.size * GRANULE));
        assert!(self.arena.deallocate(id).is_err());
    }

    /// A resize keeps the place, and fails only where nothing behind is free.
    fn resize(&mut self) {
        let nth = self.dice.below(self.living.len() as u64) as usize;
        let (span, id) = self.living[nth];
        let size = self.dice.size();
        let wanted = size.div_ceil(GRANULE);
        let before = self.free_spans();
        match self.arena.resize_in_place(id, Bytes::new(size)) {
            Ok(it) => {
                assert_eq!((it.id, it.offset.get()), (id, span.start * GRANULE));
                assert_eq!(self.arena.payload(id).unwrap().len() as u64, size);
                let now = it.usable.get() / GRANULE;
                assert!(if self.rules.keeps_apart() { now >= wanted } else { now == wanted }, "{now} for {wanted}");
                self.living[nth].0.size = now;
            }
            Err(ResizeError::NoRoom { available, .. }) => {
                let behind = self.joined(&before).into_iter().find(|free| free.start == span.end());
                let room = span.size + behind.map_or(0, |free| free.size);
                assert!(wanted > room || self.rules.keeps_apart(), "{wanted} of {room}");
                let enough = available.get() >= wanted * GRANULE && self.rules.is_exact();
                assert!(available.get() <= room * GRANULE && !enough);
            }
            Err(ResizeError::OutOfNodes { .. }) => assert!(wanted < span.size),
            Err(other) => panic!("{other}"),
        }
    }

    fn allocate(&mut self) {
        let (size, align) = (self.dice.size(), self.dice.align());
        let free = self.free_spans();
        let wish = self.rules.wish(size, align);
        match self.arena.allocate(&request(size, align)) {
            Ok(taken) => self.placed(&free, wish, align, taken),
            Err(AllocError::OutOfNodes { needed, vacant, nodes }) => {
                assert!(needed > vacant && needed <= nodes.ilog2() + 32, "{needed} of {vacant}");
                assert_eq!(u64::from(vacant), self.arena.statistics().vacant_node_count);
            }
            Err(AllocError::OutOfMemory { .. }) => {
                let left = self.rules.permitted(&self.joined(&free), wish);
                assert!(self.may_refuse(&left), "{} refused {wish:?} with {left:?} free", self.rules.policy);
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// Slabs keep free slots for their own sizes: each smaller than a span, 64 KiB.
    fn may_refuse(&self, left: &[Span]) -> bool {
        left.is_empty() || self.rules.policy == PolicyKind::Slab && left.iter().all(|span| span.size <= 4096)
    }

    fn placed(&mut self, free: &[Span], wish: Wish, align: u64, taken: Allocation) {
        let span = Span { start: taken.offset.get() / GRANULE, size: taken.usable.get() / GRANULE };
        assert!(taken.offset.get().is_multiple_of(align));
        assert!(if self.rules.is_exact() { span.size == wish.size } else { span.size >= wish.size });
        let mut permitted = self.rules.permitted(free, wish);
        if self.rules.keeps_apart() {
            // After what waited has been joined.
            permitted.extend(self.rules.permitted(&self.joined(free), wish));
        }
        let inside = |from: &Span| from.start <= span.start && span.end() <= from.end();
        let from = permitted.iter().find(|from| inside(from));
        assert!(from.is_some(), "{} took {span:?} for {wish:?}, {permitted:?} was due", self.rules.policy);
        if !self.rules.keeps_apart() {
            assert_eq!(from.unwrap().place(wish), Some(span.start), "the front of the range");
        }
        self.rules.rover = span.end();
        self.living.push((span, taken.id));
    }

    /// Free ranges with all free neighbours as one; of buddies, as they are.
    fn joined(&self, free: &[Span]) -> Vec<Span> {
        let mut joined: Vec<Span> = Vec::new();
        for &span in free {
            match joined.last_mut() {
                Some(last) if last.end() == span.start && self.rules.policy == PolicyKind::Bins => {
                    last.size += span.size;
                }
                _ => joined.push(span),
            }
        }
        joined
    }

    fn free_spans(&self) -> Vec<Span> {
        let free = self.arena.walk().filter(|range| range.state == RangeState::Free);
        free.map(|range| Span { start: range.offset.get() / GRANULE, size: range.size.get() / GRANULE }).collect()
    }

    /// Free and living ranges tile the payload; free neighbours are one.
    fn compare(&self) {
        let free = self.free_spans();
        let touch = free.windows(2).any(|pair| pair[0].end() == pair[1].start);
        assert!(!touch || self.rules.keeps_apart(), "free neighbours");
        self.compare_profile(&free);
        let payload = self.arena.sections().payload;
        let mut all: Vec<Span> = self.living.iter().map(|it| it.0).chain(free).collect();
        all.sort_unstable();
        let end = all.iter().fold(payload.offset.get() / GRANULE, |end, span| {
            assert_eq!(span.start, end, "a gap or an overlap");
            span.end()
        });
        assert_eq!(end, self.arena.statistics().capacity.get() / GRANULE);
    }

    fn compare_profile(&self, free: &[Span]) {
        let mut counted = [0; 32];
        free.iter().for_each(|span| counted[span.size.ilog2() as usize] += span.size * GRANULE);
        let profile = self.arena.free_profile();
        let kept = profile.classes().map(|(_, free)| free.get());
        assert!(kept.eq(counted), "the profile");
    }

    /// Frees everything: one free range is left, or the blocks of the start.
    pub(crate) fn end(&mut self) {
        for (_, id) in self.living.drain(..) {
            self.arena.deallocate(id).unwrap();
        }
        assert_eq!(self.arena.audit(), Ok(()));
        assert_eq!(self.arena.statistics().used, Bytes::ZERO);
    }
}
