//! Replays of recordings: figures against ones counted by hand and by brute
//! force, time against a made-up clock.

use arenascope::arena::{Arena, GRANULE, PolicyKind, Region, Request, ReserveError};
use arenascope::formats::alloc_trace::TraceReader;
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::replay::{Nanos, Operation, Outcome, Recorder, Recording, ReplayError, Settings, replay};
use arenascope::units::{Bytes, Micros, Ratio};
use arenascope::workload::rng::Rng;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SMALL: &str = include_str!("data/small.trace");

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
fn brute_force(recording: &Recording, policy: PolicyKind, arena: Bytes) -> (Bytes, Bytes, f64, f64) {
    let pages = arena.get() / Bytes::kib(64).get();
    let mut arena = Arena::new(Region::reserve_pages(pages as u32).unwrap(), policy);
    let owner = Owner::new(MemoryCategory::Ecs, Tag(0));
    let mut held = vec![None; recording.slot_count()];
    let (mut end, mut live_peak, mut shares) = (0, 0, Vec::new());
    for operation in recording.operations(0..recording.len()) {
        match operation {
            Operation::Allocate { slot, size } => {
                let request = Request { size: Bytes::from(size), align: GRANULE, owner, now: Micros::ZERO };
                held[slot.index()] = arena.allocate(&request).ok().map(|placed| placed.id);
            }
            Operation::Free { slot } => drop(held[slot.index()].take().map(|id| arena.deallocate(id).unwrap())),
        }
        let used = arena.walk().filter(|range| range.state != arenascope::arena::RangeState::Free);
        end = used.map(|range| range.offset.get() + range.size.get()).chain([end]).max().unwrap();
        live_peak = arena.statistics().requested.get().max(live_peak);
        let free = arena.walk().filter(|range| range.state == arenascope::arena::RangeState::Free);
        let sizes: Vec<u64> = free.map(|range| range.size.get()).collect();
        let (largest, sum) = (sizes.iter().max().copied().unwrap_or(0), sizes.iter().sum::<u64>());
        shares.push(if sum == 0 { 0.0 } else { 1.0 - largest as f64 / sum as f64 });
    }
    let footprint = Bytes::new(end).saturating_sub(arena.sections().payload.offset);
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    (footprint, Bytes::new(live_peak), mean, shares[recording.live_peak_at()])
}

#[test]
fn figures_are_those_of_a_walk_after_every_operation() {
    for (seed, policy) in (0..4).flat_map(|seed| PolicyKind::ALL.map(|policy| (seed, policy))) {
        let recording = random(seed, 800, 60);
        // The smaller of the two runs full now and then.
        for arena in [Bytes::mib(1), Bytes::kib(64)] {
            let outcome = figures(&recording, policy, arena);
            let (footprint, live_peak, mean, at_peak) = brute_force(&recording, policy, arena);
            assert_eq!((outcome.footprint, outcome.live_peak), (footprint, live_peak), "{policy}, {seed}");
            assert!((outcome.fragmentation_mean.get() - mean).abs() < 1e-9, "{policy}, {seed}: {outcome:?}, {mean}");
            assert!((outcome.fragmentation_at_peak.get() - at_peak).abs() < 1e-9, "{policy}, {seed}");
            assert_eq!(outcome.frees_refused, 0);
        }
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
    assert_eq!((outcome.failures.no_room, outcome.failures.other, outcome.frees_skipped), (1, 1, 1));
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
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
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
