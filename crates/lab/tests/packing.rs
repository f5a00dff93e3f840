//! The best packing on the instances of MiniMalloc, and on large made-up workloads.

use arenascope_formats::import;
use arenascope_lab::{Building, HeapLoad, Job, Row, RowSpec, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

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

fn packed(heap: HeapLoad, settings: Settings, is_enough: impl Fn(u64) -> bool) -> Row {
    let begun = Instant::now();
    let mut job = Job::new(Arc::new(heap), RowSpec::Packing, settings);
    loop {
        let progress = job.step(1_000_000, &mut || begun.elapsed());
        if progress.is_finished || progress.best_bytes.is_some_and(&is_enough) {
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

#[test]
fn the_instances_of_minimalloc_fit_their_capacity() {
    let Some(samples) = samples() else { return };
    const CAPACITY: u64 = 1_048_576;
    for name in ["A", "C", "D", "F", "H"] {
        let heap = heap(&samples.join(format!("{name}.{CAPACITY}.csv")));
        let begun = Instant::now();
        let settings =
            Settings { budget_bytes: Some(CAPACITY), align_bytes: 1, packing_seconds: 60.0, ..Settings::default() };
        let row = packed(heap.clone(), settings, |best| best <= CAPACITY);
        let packing = row.packing.unwrap();
        eprintln!(
            "{name}: {} in {:?}, {} nodes, bound {}",
            packing.height_bytes,
            begun.elapsed(),
            packing.nodes,
            heap.bound_bytes
        );
        assert!(packing.height_bytes <= CAPACITY, "{name}: {packing:?}");
        check(&heap, &row.addresses);
    }
}

#[test]
fn the_small_example_is_optimal() {
    let Some(samples) = samples() else { return };
    let heap = heap(&samples.join("input.12.csv"));
    let row = packed(heap.clone(), Settings { align_bytes: 1, ..Settings::default() }, |_| false);
    check(&heap, &row.addresses);
    assert_eq!((row.packing.unwrap().height_bytes, row.packing.unwrap().is_exhausted), (12, true));
}
