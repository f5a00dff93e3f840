//! The best packing on the instances of MiniMalloc, and on large made-up workloads.

use arenascope_formats::import;
use arenascope_lab::{Building, HeapLoad, Job, Row, RowSpec, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Operations of a step.
const STEP: u64 = 100_000;

fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let samples = std::env::var_os("ARENASCOPE_SAMPLES").map_or(beside, Into::into).join("minimalloc");
    if samples.is_dir() {
        return Some(samples);
    }
    eprintln!("skipped: no instances at {}", samples.display());
    None
}

fn heap(path: &Path) -> HeapLoad {
    let mut building = Building::default();
    import::read(std::fs::File::open(path).unwrap(), &mut building).unwrap();
    building.finish().unwrap().heaps.remove(0)
}

/// Searches for so many steps, whatever the machine's pace, or until it is low enough.
fn packed(heap: HeapLoad, settings: Settings, steps: u64, is_enough: impl Fn(u64) -> bool) -> Row {
    let mut job = Job::new(Arc::new(heap), RowSpec::Packing, settings);
    let mut left = steps;
    loop {
        let progress = job.step(STEP, &mut || Duration::ZERO);
        left = left.saturating_sub(1);
        if progress.is_finished || left == 0 || progress.best_bytes.is_some_and(&is_enough) {
            return job.finish();
        }
    }
}

/// No two blocks that live at one time share a byte: by brute force.
fn check(heap: &HeapLoad, addresses: &[u64]) {
    for (first, one) in heap.blocks.iter().enumerate() {
        for (second, other) in heap.blocks.iter().enumerate().skip(first + 1) {
            let apart = one.died <= other.born || other.died <= one.born;
            let (a, b) = (addresses[first], addresses[second]);
            assert!(apart || a + one.bytes <= b || b + other.bytes <= a, "{first} and {second}");
        }
    }
}

/// What is reached within a given number of steps, so that no slow machine decides. The
/// capacity, which is the bound, is the aim; `benches/README.md` says how far each is from it.
#[test]
fn the_instances_of_minimalloc_are_packed_as_near_as_ever() {
    let Some(samples) = samples() else { return };
    const CAPACITY: u64 = 1_048_576;
    const STEPS: u64 = 1_000;
    for (name, most_bytes) in [("A", 1_085_440), ("C", CAPACITY), ("D", 1_291_264), ("F", 1_102_848), ("H", 1_093_632)]
    {
        let heap = heap(&samples.join(format!("{name}.{CAPACITY}.csv")));
        let begun = Instant::now();
        let settings = Settings { budget_bytes: Some(CAPACITY), align_bytes: 1, ..Settings::default() };
        let row = packed(heap.clone(), settings, STEPS, |best| best <= CAPACITY);
        let packing = row.packing.unwrap();
        eprintln!("{name}: {} in {:?}, {} nodes", packing.height_bytes, begun.elapsed(), packing.nodes);
        check(&heap, &row.addresses);
        assert!(packing.height_bytes <= most_bytes, "{name}: {packing:?}");
    }
}

#[test]
fn the_small_example_is_optimal() {
    let Some(samples) = samples() else { return };
    let heap = heap(&samples.join("input.12.csv"));
    let row = packed(heap.clone(), Settings { align_bytes: 1, ..Settings::default() }, 10, |_| false);
    check(&heap, &row.addresses);
    assert_eq!((row.packing.unwrap().height_bytes, row.packing.unwrap().is_exhausted), (12, true));
}
