//! Replays of recordings: figures against ones counted by hand and by brute
//! force, time against a made-up clock.

use arenascope_arena::{Arena, GRANULE, MAX_ALIGN, PolicyKind, RangeState, Region, Request, ReserveError};
use arenascope_replay::{Nanos, Operation, Outcome, Recorder, Recording, ReplayError, Settings, TraceReader, replay};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros, Ratio};
use arenascope_workload::rng::Rng;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SMALL: &str = include_str!("../../../tests/data/small.trace");

fn decode(text: &str) -> Recording {
    Recording::decode(TraceReader::new(text.as_bytes())).unwrap()
}

fn settings(arena: Bytes, repeats: u32) -> Settings {
    Settings { arena, repeats, ..Settings::default() }
}

/// Everything but the pace, which a clock that stands still makes zero.
fn figures(recording: &Recording, policy: PolicyKind, arena: Bytes) -> Outcome {
    replay(recording, policy, &settings(arena, 1), &mut || Duration::ZERO, &mut |_| {}).unwrap()
}

/// A seeded recording of about `count` operations, with up to `live` live.
fn random(seed: u64, count: u32, live: u32) -> Recording {
    let (mut rng, mut recorder, mut held) = (Rng::new(seed), Recorder::default(), Vec::new());
    let mut next = 0;
    for _ in 0..count {
        if held.len() as u32 >= live || rng.once_in(3) && !held.is_empty() {
            recorder.free(held.swap_remove(rng.below(held.len() as u32) as usize));
        } else {
            recorder.allocate(u64::from(rng.doubling(0, 12))).unwrap();
            held.push(next);
            next += 1;
        }
    }
    recorder.finish()
}

#[test]
fn the_small_recording_counts_as_by_hand() {
    let recording = decode(SMALL);
    // 1000 + 24 + 4096 − 24 + 16 − 1000 + 600 + 300 − 16 + 70000.
    assert_eq!(recording.live_peak(), Bytes::new(74_996));
    assert_eq!((recording.allocations(), recording.frees()), (8, 5));
    assert_eq!((recording.frees_unknown(), recording.frees_repeated()), (1, 1));
    let outcome = figures(&recording, PolicyKind::FirstFit, Bytes::mib(1));
    assert_eq!((outcome.operations, outcome.failures.total()), (13, 0));
    assert_eq!((outcome.frees_skipped, outcome.frees_refused, outcome.samples), (0, 0, 13));
    assert_eq!(outcome.live_peak, Bytes::new(74_996));
    // 1008 and 32 in front, of which 608, then 304 and nothing are live; 4096
    // behind, and 70000 behind that. The last 4096 go where the first were.
    assert_eq!(outcome.footprint, Bytes::new(1008 + 32 + 4096 + 70_000));
    assert_eq!(outcome.footprint_ratio(), Ratio::new(75_136.0 / 74_996.0));
}

/// The figures again, from walks over all ranges after every operation.
struct BruteForce {
    footprint: Bytes,
    live_peak: Bytes,
    fragmentation_mean: f64,
    fragmentation_at_peak: f64,
    footprint_fragmentation_at_peak: f64,
    waste_at_peak: f64,
    largest_free_at_end: Bytes,
}

/// 1 − largest ÷ sum.
fn fragmentation(sizes: &[u64]) -> f64 {
    let (largest, sum) = (sizes.iter().max().copied().unwrap_or(0), sizes.iter().sum::<u64>());
    if sum == 0 { 0.0 } else { 1.0 - largest as f64 / sum as f64 }
}

fn brute_force(recording: &Recording, policy: PolicyKind, arena: Bytes) -> BruteForce {
    let pages = arena.get() / Bytes::kib(64).get();
    let mut arena = Arena::new(Region::reserve_pages(pages as u32).unwrap(), policy);
    let owner = Owner::new(MemoryCategory::ECS, Tag(0));
    let mut held = vec![None; recording.slot_count()];
    let (mut end, mut live_peak, mut shares, mut within, mut waste) = (0, 0, Vec::new(), Vec::new(), Vec::new());
    for operation in recording.operations(0..recording.len()) {
        match operation {
            Operation::Allocate { slot, size } => {
                let request = Request { size: Bytes::from(size), align: GRANULE, owner, now: Micros::ZERO };
                held[slot.index()] = arena.allocate(&request).ok().map(|placed| placed.id);
            }
            Operation::Free { slot } => drop(held[slot.index()].take().map(|id| arena.deallocate(id).unwrap())),
        }
        let used = arena.walk().filter(|range| range.state != RangeState::Free);
        end = used.map(|range| range.offset.get() + range.size.get()).chain([end]).max().unwrap();
        live_peak = arena.statistics().requested.get().max(live_peak);
        let free: Vec<_> = arena.walk().filter(|range| range.state == RangeState::Free).collect();
        shares.push(fragmentation(&free.iter().map(|range| range.size.get()).collect::<Vec<_>>()));
        let below = free.iter().filter(|range| range.offset.get() < end);
        let cut = below.map(|range| (range.offset.get() + range.size.get()).min(end) - range.offset.get());
        within.push(fragmentation(&cut.collect::<Vec<_>>()));
        let set_aside = arena.walk().filter(|range| matches!(range.state, RangeState::Used { .. }));
        let set_aside: u64 = set_aside.map(|range| range.size.get()).sum();
        waste.push(if set_aside == 0 {
            0.0
        } else {
            1.0 - arena.statistics().requested.get() as f64 / set_aside as f64
        });
    }
    let peak = recording.live_peak_at();
    BruteForce {
        footprint: Bytes::new(end).saturating_sub(arena.sections().payload.offset),
        live_peak: Bytes::new(live_peak),
        fragmentation_mean: shares.iter().sum::<f64>() / shares.len() as f64,
        fragmentation_at_peak: shares[peak],
        footprint_fragmentation_at_peak: within[peak],
        waste_at_peak: waste[peak],
        largest_free_at_end: arena.statistics().largest_free,
    }
}

#[test]
fn figures_are_those_of_a_walk_after_every_operation() {
    for (seed, policy) in (0..4).flat_map(|seed| PolicyKind::ALL.map(|policy| (seed, policy))) {
        let recording = random(seed, 800, 60);
        // The smaller of the two runs full now and then.
        for arena in [Bytes::mib(1), Bytes::kib(64)] {
            let outcome = figures(&recording, policy, arena);
            let brute = brute_force(&recording, policy, arena);
            let close = |found: Ratio, wanted: f64| {
                assert!((found.get() - wanted).abs() < 1e-9, "{policy}, {seed}: {outcome:?}")
            };
            assert_eq!((outcome.footprint, outcome.live_peak), (brute.footprint, brute.live_peak), "{policy}, {seed}");
            close(outcome.fragmentation_mean, brute.fragmentation_mean);
            close(outcome.fragmentation_at_peak, brute.fragmentation_at_peak);
            close(outcome.footprint_fragmentation_at_peak, brute.footprint_fragmentation_at_peak);
            close(outcome.waste_at_peak, brute.waste_at_peak);
            assert_eq!(outcome.largest_free_at_end, brute.largest_free_at_end);
            assert_eq!(outcome.frees_refused, 0);
        }
    }
}

/// Every second of `count` blocks of `size` is freed, then one byte more than a hole.
fn checkerboard(count: u32, size: u64) -> Recording {
    let mut recorder = Recorder::default();
    (0..count).for_each(|_| recorder.allocate(size).unwrap());
    (0..count).step_by(2).for_each(|index| recorder.free(u64::from(index)));
    recorder.allocate(size + 1).unwrap();
    recorder.finish()
}

/// The end that nothing touched is one large free range: of the whole arena, space that
/// is full of holes looks whole.
#[test]
fn the_untouched_end_of_the_arena_hides_no_fragmentation_within_the_footprint() {
    let outcome = figures(&checkerboard(64, 4096), PolicyKind::FirstFit, Bytes::mib(16));
    assert!(outcome.fragmentation_mean < Ratio::new(0.01), "{outcome:?}");
    assert!(outcome.footprint_fragmentation_mean > Ratio::new(0.25), "{outcome:?}");
}

/// Half the memory is free and no hole is large enough; or all of it is taken.
#[test]
fn full_and_fragmented_are_told_apart() {
    let arena = Bytes::mib(1);
    let payload = Arena::new(Region::reserve_pages(16).unwrap(), PolicyKind::FirstFit).sections().payload.size.get();
    let holes = (payload / 8192) as u32;
    let outcome = figures(&checkerboard(holes, 8192), PolicyKind::FirstFit, arena);
    assert_eq!((outcome.failures.full, outcome.failures.fragmented), (0, 1), "{outcome:?}");
    let text = "Alloc(8192)".repeat(holes as usize) + "Alloc(8193)";
    let outcome = figures(&decode(&text), PolicyKind::FirstFit, arena);
    assert_eq!((outcome.failures.full, outcome.failures.fragmented), (1, 0), "{outcome:?}");
}

/// The arena that is chosen must have room whatever the alignment.
#[test]
fn the_chosen_arena_serves_every_alignment() {
    let recording = random(11, 3000, 200);
    for align in [1, 16, 256, 4096, MAX_ALIGN.get()].map(Bytes::new) {
        for policy in PolicyKind::ALL {
            let settings = Settings { arena: recording.arena_for(align), align, repeats: 1, ..Settings::default() };
            let outcome = replay(&recording, policy, &settings, &mut || Duration::ZERO, &mut |_| {}).unwrap();
            assert_eq!(outcome.failures.total(), 0, "{policy}, {align}: {outcome:?}");
        }
    }
}

/// Waste is what rounding costs: the least above a power of two costs buddy half.
#[test]
fn waste_is_what_nobody_asked_for() {
    let recording = decode(&"Alloc(4097)".repeat(20));
    let waste = |policy| figures(&recording, policy, Bytes::mib(1)).waste_at_peak;
    for (policy, set_aside) in [(PolicyKind::Buddy, 8192.0), (PolicyKind::FirstFit, 4112.0)] {
        let wanted = 1.0 - 4097.0 / set_aside;
        assert!((waste(policy).get() - wanted).abs() < 1e-9, "{policy}");
    }
}

#[test]
fn long_recordings_are_sampled_evenly() {
    let outcome = figures(&random(9, 10_000, 50), PolicyKind::FirstFit, Bytes::mib(1));
    assert_eq!(outcome.samples, 10_000 / 3);
}

#[test]
fn passes_are_timed_alone() {
    let recording = random(3, 1000, 40);
    // Each look at the clock takes one more microsecond than the one before.
    let (mut looks, mut time) = (0_u64, Duration::ZERO);
    let mut clock = || {
        looks += 1;
        time += Duration::from_micros(looks);
        time
    };
    let settings = settings(Bytes::mib(1), 3);
    let outcome = replay(&recording, PolicyKind::FirstFit, &settings, &mut clock, &mut |_| {}).unwrap();
    // Passes end with the second, fourth and sixth look.
    assert_eq!(outcome.pace.minimum, Nanos::each(Duration::from_micros(2), outcome.operations));
    assert_eq!(outcome.pace.median, Nanos::each(Duration::from_micros(4), outcome.operations));
    assert_eq!(looks, 6);
    assert_eq!(outcome, Outcome { pace: outcome.pace, ..figures(&recording, PolicyKind::FirstFit, Bytes::mib(1)) });
}

#[test]
fn progress_goes_up_to_the_end() {
    let recording = random(5, 200_000, 100);
    let mut heard = Vec::new();
    let mut note = |done| heard.push(done);
    replay(&recording, PolicyKind::FirstFit, &settings(Bytes::mib(4), 2), &mut || Duration::ZERO, &mut note).unwrap();
    assert!(heard.is_sorted());
    assert!(heard.len() >= 9, "{heard:?}");
    assert_eq!(heard.last(), Some(&(3 * recording.len() as u64)));
}

#[test]
fn refusals_are_counted_by_reason_and_their_frees_left_out() {
    let text = "Alloc(900000)\nAlloc(900000)\nFree(1)\nAlloc(5000000000)\nFree(0)\n";
    let outcome = figures(&decode(text), PolicyKind::FirstFit, Bytes::mib(1));
    assert_eq!((outcome.failures.full, outcome.failures.other, outcome.frees_skipped), (1, 1, 1));
    assert_eq!((outcome.operations, outcome.live_peak), (4, Bytes::new(900_000)));
    // 64 KiB have 21 nodes.
    let outcome = figures(&decode(&"Alloc(1)\n".repeat(30)), PolicyKind::FirstFit, Bytes::kib(64));
    assert_eq!(outcome.failures.no_nodes, 10);
}

#[test]
fn an_impossible_arena_is_refused_with_its_numbers() {
    let run =
        |arena| replay(&decode(SMALL), PolicyKind::FirstFit, &settings(arena, 1), &mut || Duration::ZERO, &mut |_| {});
    for arena in [Bytes::ZERO, Bytes::new(100), Bytes::mib(2048), Bytes::new(u64::MAX)] {
        let Err(ReplayError::Reserve(error)) = run(arena) else { panic!("{arena}") };
        assert!(matches!(error, ReserveError::OutOfRange { requested, .. } if requested == arena), "{error}");
    }
    let odd = Bytes::new(Bytes::mib(16).get() + 1);
    assert!(matches!(run(odd), Err(ReplayError::Reserve(ReserveError::NotWholePages { .. }))));
}

/// Folders of recordings by other projects that may lie beside this one.
fn samples() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("ARENASCOPE_SAMPLES").map_or(beside, PathBuf::from);
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut traces: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "trace")).collect();
    traces.sort();
    if traces.is_empty() {
        eprintln!("no recordings here: nothing to replay");
    }
    traces
}

#[test]
fn real_recordings_replay_without_a_failure() {
    for path in samples() {
        let text = std::fs::read(&path).unwrap();
        let recording = Recording::decode(TraceReader::new(text.as_slice())).unwrap();
        assert!(!recording.is_empty());
        for policy in PolicyKind::ALL {
            let outcome = figures(&recording, policy, recording.arena_proposed());
            let whole = (recording.allocations() + recording.frees(), recording.live_peak());
            assert_eq!(outcome.failures.total(), 0, "{policy}, {}", path.display());
            assert_eq!((outcome.operations, outcome.live_peak), whole, "{policy}, {}", path.display());
        }
    }
}
