//! The pool's policies on the sequences of the benchmark: what the comparison
//! must show.

#[path = "../../benches/pool/drive.rs"]
mod drive;
#[path = "../../benches/pool/sequences.rs"]
mod sequences;

use arenascope::pool::{BufferSpec, BufferUsage, DestroyReason, PoolMode, Statistics};
use arenascope::units::Bytes;
use drive::Drive;
use sequences::{Ask, CYCLE, RUN, Sequence, TENSORS, all, llm_decode, static_model, steady};

/// A whole sequence; the pool's figures and the misses of each frame.
fn run(mode: PoolMode, mut sequence: Sequence) -> (Statistics, Vec<u64>) {
    let mut drive = Drive::new(mode);
    let misses = drive.run(&mut sequence);
    drive.pool.audit().expect("audit");
    (drive.statistics(), misses)
}

#[test]
fn a_growing_cache_costs_the_default_nothing_and_the_count_caps_a_staircase() {
    let tokens = 8_192;
    let (ours, misses) = run(PoolMode::CLASSES, llm_decode(tokens));
    let (_, stairs) = run(PoolMode::OrtBuckets, llm_decode(tokens));
    let per_token =
        |tokens: std::ops::Range<usize>| stairs[tokens.clone()].iter().sum::<u64>() as f64 / tokens.len() as f64;
    // Buckets of 4 KiB keep 200, of 8 KiB to 1 MiB 50, of 2 MiB 30 of the 64
    // that come back with each token.
    let steps = [10..16, 260..500, 2_100..4_000, 4_200..8_192].map(per_token);
    assert_eq!(steps, [0.0, 14.0, 14.0, 34.0]);
    let eighths: Vec<u64> = misses.chunks(tokens as usize / 8).map(|part| part.iter().sum()).collect();
    assert!(eighths[1..].iter().all(|part| *part <= eighths[0]), "{eighths:?}");
    let ratio = ours.misses as f64 / f64::from(tokens * TENSORS);
    assert!(ratio < 0.02, "{ratio}");
    // The present and the past ones of each class, and not one more.
    assert!(misses.iter().filter(|count| **count > 0).count() < 300, "a class is created in two frames or three");
}

#[test]
fn the_second_run_of_a_static_model_creates_nothing() {
    for mode in PoolMode::ALL {
        let (_, misses) = run(mode, static_model(2));
        let (first, second) = misses.split_at(RUN as usize);
        assert!(first.iter().sum::<u64>() > 0, "{mode}");
        assert_eq!(second.iter().sum::<u64>(), 0, "{mode}");
    }
}

#[test]
fn a_steady_load_reaches_a_plateau() {
    for mode in PoolMode::ALL.into_iter().filter(|mode| *mode != PoolMode::OrtBuckets) {
        let mut drive = Drive::new(mode);
        let mut sequence = steady(200 * CYCLE);
        let mut allocated = Vec::new();
        for frame in 0..sequence.frames {
            let asks = sequence.frame(frame);
            drive.frame(&asks, sequence.lag);
            allocated.push((drive.statistics().allocated(), drive.statistics().created.count));
        }
        let warm = (5 * CYCLE) as usize;
        // Surplus of the first cycles may still go; nothing may come.
        assert!(allocated[warm..].is_sorted_by(|a, b| a.0.bytes >= b.0.bytes), "{mode}");
        assert!(allocated[warm..].iter().all(|(_, created)| *created == allocated[warm].1), "{mode}");
    }
}

#[test]
fn the_default_never_holds_more_than_the_buckets() {
    for (index, sequence) in all(true).into_iter().enumerate() {
        let (name, buckets) = (sequence.name, all(true).swap_remove(index));
        let (ours, _) = run(PoolMode::CLASSES, sequence);
        let (theirs, _) = run(PoolMode::OrtBuckets, buckets);
        let (ours, theirs) = (ours.peaks.allocated, theirs.peaks.allocated);
        assert!(ours <= theirs, "{name}: {ours} against {theirs}");
    }
}

#[test]
fn the_baselines_are_what_they_are_modelled_on() {
    let (never, _) = run(PoolMode::Tfjs, llm_decode(512));
    assert_eq!(never.destroyed.total().count, 0);
    let (caps, _) = run(PoolMode::OrtBuckets, llm_decode(512));
    assert_eq!(caps.destroyed.total(), caps.destroyed.by(DestroyReason::Overflow));
    assert!(caps.overflow().count > 0);
}

/// What lay idle through the last W trims is what the busiest of the frames
/// between them did without, whatever the load.
#[test]
fn surplus_is_the_least_that_lay_idle() {
    let mut rng = arenascope::workload::rng::Rng::new(3);
    let mut drive = Drive::new(PoolMode::CLASSES);
    let window = drive.pool.config().surplus_frames as usize;
    let spec = BufferSpec::new(Bytes::new(64), BufferUsage::STORAGE).into();
    let (mut used, mut name) = (Vec::new(), 0);
    for frame in 0..1_000 {
        let count = if frame % 300 < 20 { 40 } else { rng.between(1, 20) };
        let names = name..name + count;
        name += count;
        let acquire = names.clone().map(|name| Ask::Acquire { name, spec });
        let asks: Vec<Ask> = acquire.chain(names.map(|name| Ask::Release { name })).collect();
        drive.frame(&asks, 0);
        used.push(u64::from(count));
        let busiest = used[used.len().saturating_sub(window - 1)..].iter().max().copied().unwrap_or(0);
        let idle = drive.statistics().idle.count;
        assert_eq!(drive.pool.surplus().count, idle - busiest, "frame {frame}");
    }
}
