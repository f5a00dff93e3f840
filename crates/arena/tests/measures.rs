//! Every measure against brute force: over walks of random programs, under every
//! policy.

use arenascope_arena::{
    AllocError, AllocationId, Arena, GRANULE, Guards, PolicyKind, RangeState, Region, Request, Statistics,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros, Ratio};

fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(1));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::ZERO }
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

/// An arena, and the marks that go up, kept by looking after every step.
struct Program {
    arena: Arena,
    living: Vec<AllocationId>,
    dice: Dice,
    requested_peak: u64,
    end: u64,
    live_at_first_failure: Option<u64>,
}

impl Program {
    fn new(policy: PolicyKind, pages: u32, seed: u64, guards: Option<Guards>) -> Self {
        let mut arena = Arena::new(Region::reserve_pages(pages).unwrap(), policy);
        arena.set_guards(guards);
        let (living, dice) = (Vec::new(), Dice(seed * 0x9e37_79b9));
        Self { arena, living, dice, requested_peak: 0, end: 0, live_at_first_failure: None }
    }

    fn step(&mut self) {
        let live = used(&self.arena).map(|it| it.requested).sum();
        match self.dice.below(100) {
            0..40 if !self.living.is_empty() => {
                let nth = self.dice.below(self.living.len() as u64) as usize;
                self.arena.deallocate(self.living.swap_remove(nth)).unwrap();
            }
            40..48 if !self.living.is_empty() => {
                let nth = self.dice.below(self.living.len() as u64) as usize;
                let _ = self.arena.resize_in_place(self.living[nth], Bytes::new(1 + self.dice.below(3_000)));
            }
            _ => {
                let bound = [200, 1_500, 30_000][self.dice.below(3) as usize];
                let request = request(1 + self.dice.below(bound), 1 << self.dice.below(13));
                match self.arena.allocate(&request) {
                    Ok(taken) => self.living.push(taken.id),
                    Err(AllocError::OutOfMemory { .. } | AllocError::OutOfNodes { .. }) => {
                        self.live_at_first_failure.get_or_insert(live);
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
        let (live, end) =
            used(&self.arena).fold((0, self.end), |(live, end), it| (live + it.requested, end.max(it.end)));
        (self.requested_peak, self.end) = (self.requested_peak.max(live), end);
    }
}

/// A used range, in bytes.
struct Used {
    size: u64,
    requested: u64,
    align: u64,
    end: u64,
}

fn used(arena: &Arena) -> impl Iterator<Item = Used> {
    arena.walk().filter_map(|range| match range.state {
        RangeState::Used { requested, align, .. } => {
            let (size, requested, align) = (range.size.get(), requested.get(), align.get());
            Some(Used { size, requested, align, end: range.offset.get() + size })
        }
        _ => None,
    })
}

fn free(arena: &Arena) -> Vec<u64> {
    arena.walk().filter(|range| range.state == RangeState::Free).map(|range| range.size.get()).collect()
}

fn every_program(check: impl Fn(&mut Program), guards: Option<Guards>) {
    for policy in PolicyKind::ALL {
        for seed in 1..=3 {
            let mut program = Program::new(policy, 2 + 4 * (seed as u32 - 1), seed, guards);
            for turn in 0..600 {
                program.step();
                if turn % 5 == 0 {
                    check(&mut program);
                }
            }
        }
    }
}

#[track_caller]
fn assert_near(one: Ratio, other: f64) {
    assert!((one.get() - other).abs() < 1e-12, "{} is not {other}", one.get());
}

#[test]
fn waste_by_cause_is_what_a_walk_finds() {
    every_program(
        |program| {
            let waste = program.arena.statistics().waste;
            let (granule, policy) = used(&program.arena).fold((0, 0), |(granule, policy), it| {
                let rounded = it.requested.next_multiple_of(GRANULE.get());
                (granule + rounded - it.requested, policy + it.size - rounded)
            });
            assert_eq!((waste.granule.get(), waste.policy.get(), waste.guards.get()), (granule, policy, 0));
            let exact = matches!(
                program.arena.policy(),
                PolicyKind::FirstFit
                    | PolicyKind::BestFit
                    | PolicyKind::NextFit
                    | PolicyKind::WorstFit
                    | PolicyKind::Tlsf
                    | PolicyKind::Bins
            );
            assert!(!exact || policy == 0, "{}", program.arena.policy());
        },
        None,
    );
}

#[test]
fn canaries_are_waste_of_their_own() {
    every_program(
        |program| {
            let statistics = program.arena.statistics();
            let lead = |align: u64| if align > 256 { 0 } else { align.max(16) };
            let canaries: u64 = used(&program.arena).map(|it| lead(it.align) + 16).sum();
            assert_eq!(statistics.waste.guards.get(), canaries);
            assert_eq!(statistics.waste.total(), statistics.used.checked_sub(statistics.requested).unwrap());
        },
        Some(Guards { quarantine_frees: 20, quarantine_bytes: Bytes::kib(20) }),
    );
}

#[test]
fn footprint_and_first_failure_are_what_each_step_showed() {
    let check = |program: &mut Program| {
        let it: Statistics = program.arena.statistics();
        let start = program.arena.sections().payload.offset.get();
        assert_eq!(it.requested_peak.get(), program.requested_peak);
        assert_eq!(it.footprint.get(), program.end.saturating_sub(start));
        assert_eq!(it.live_at_first_failure.map(Bytes::get), program.live_at_first_failure);
        if program.requested_peak > 0 {
            assert_near(it.footprint_ratio(), (program.end - start) as f64 / program.requested_peak as f64);
        }
        let utilisation = program.live_at_first_failure.map(|live| live as f64 / it.capacity.get() as f64);
        assert_eq!(it.utilisation_at_first_failure().map(Ratio::get), utilisation);
    };
    every_program(check, None);
    every_program(check, Some(Guards { quarantine_frees: 5, quarantine_bytes: Bytes::kib(20) }));
}

#[test]
fn unusable_free_space_is_the_formula_over_a_walk() {
    every_program(
        |program| {
            let (arena, ranges) = (&program.arena, free(&program.arena));
            let all: u64 = ranges.iter().sum();
            let formula = |size: u64| {
                let usable: u64 = ranges.iter().map(|range| range / size * size).sum();
                if all == 0 { 0.0 } else { (all - usable) as f64 / all as f64 }
            };
            let sizes = arena.free_sizes();
            assert_eq!(sizes.free().get(), all);
            let row: Vec<_> = sizes.sizes().zip(sizes.unusable()).collect();
            assert!(row.len() as u32 == arena.statistics().capacity.get().ilog2() - 3);
            for &(size, unusable) in &row {
                assert_near(unusable, formula(size.get()));
                assert_eq!(arena.unusable_free(size), unusable);
            }
            assert!(row.is_sorted_by(|one, other| one.1.get() <= other.1.get()));
            for size in [16, 48, 1_000, 4_112, 77_777] {
                assert_near(arena.unusable_free(Bytes::new(size)), formula(size.next_multiple_of(16)));
            }
        },
        None,
    );
}

#[test]
fn concentration_and_fragmentation_are_the_formulas_over_a_walk() {
    every_program(
        |program| {
            let (it, ranges) = (program.arena.statistics(), free(&program.arena));
            let (all, largest) = (ranges.iter().sum::<u64>() as f64, ranges.iter().max().copied().unwrap_or(0));
            let squares: u128 = ranges.iter().map(|&range| u128::from(range) * u128::from(range)).sum();
            assert_eq!((it.free_squares, it.largest_free.get()), (squares, largest));
            if all > 0.0 {
                assert_near(it.external_fragmentation(), 1.0 - largest as f64 / all);
                assert_near(it.free_space_concentration(), (1.0 - (squares as f64).sqrt() / all).max(0.0));
            }
        },
        None,
    );
}

/// The probe says what an allocation then shows: so much is served, a byte more not.
#[test]
fn the_largest_fit_is_served_and_a_byte_more_is_not() {
    let mut served = 0;
    for guards in [None, Some(Guards { quarantine_frees: 0, quarantine_bytes: Bytes::ZERO })] {
        for policy in PolicyKind::ALL {
            for seed in 1..=3 {
                let mut program = Program::new(policy, 5 + 8 * seed as u32, seed, guards);
                for turn in 0..300 {
                    program.step();
                    let align = [1, 16, 64, 512, 4096, 65_536][turn % 6];
                    served += u32::from(probe(&mut program.arena, align));
                }
            }
        }
    }
    assert!(served > 10_000, "{served} probes were served");
}

/// True where anything fits at `align`.
fn probe(arena: &mut Arena, align: u64) -> bool {
    let fit = arena.largest_fit(Bytes::new(align)).get();
    let policy = arena.policy();
    let more = arena.allocate(&request(fit + 1, align));
    assert!(matches!(more, Err(AllocError::OutOfMemory { .. })), "{policy}: {fit} at {align}: {more:?}");
    if fit == 0 {
        return false;
    }
    match arena.allocate(&request(fit, align)) {
        Ok(taken) => arena.deallocate(taken.id).is_ok(),
        Err(AllocError::OutOfNodes { .. }) => false,
        Err(refused) => panic!("{policy}: {fit} at {align}: {refused}"),
    }
}

#[test]
fn an_alignment_that_is_none_fits_nothing() {
    let arena = Arena::new(Region::reserve_pages(2).unwrap(), PolicyKind::FirstFit);
    for align in [0, 3, 1 << 17, u64::MAX] {
        assert_eq!(arena.largest_fit(Bytes::new(align)), Bytes::ZERO);
    }
    assert!(arena.largest_fit(GRANULE) > Bytes::kib(100));
}
