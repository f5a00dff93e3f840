//! A policy over spans places exactly as the real arena does: event by event.

use arenascope_arena::{Arena, GRANULE, PolicyKind, Region, Request};
use arenascope_lab::{Block, HeapLoad, Job, Layout, Op, Row, RowSpec, Settings, Workload};
use arenascope_replay::{Recording, TraceReader};
use arenascope_units::owner::MemoryCategory;
use arenascope_units::{Bytes, Micros};
use core::time::Duration;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// Where a real arena puts each block.
fn real(heap: &HeapLoad, policy: PolicyKind, pages: u32) -> Vec<u64> {
    let mut arena = Arena::new(Region::reserve_pages(pages).unwrap(), policy);
    let mut held = vec![None; heap.blocks.len()];
    let mut addresses = vec![Row::NOWHERE; heap.blocks.len()];
    for op in &heap.ops {
        let block = &heap.blocks[op.block()];
        if op.is_free() {
            if let Some(id) = held[op.block()].take() {
                arena.deallocate(id).unwrap();
            }
            continue;
        }
        let align = Bytes::new(block.align_bytes()).max(GRANULE);
        let owner = MemoryCategory::ECS.into();
        let request = Request { size: Bytes::new(block.bytes), align, owner, now: Micros::ZERO };
        if let Ok(placed) = arena.allocate(&request) {
            held[op.block()] = Some(placed.id);
            addresses[op.block()] = placed.offset.get();
        }
    }
    addresses
}

/// Where the laboratory puts it.
fn spanned(heap: &Arc<HeapLoad>, policy: PolicyKind, pages: u32) -> Row {
    let settings = Settings {
        budget_bytes: Some(u64::from(pages) << 16),
        layout: Layout::Arena,
        searches_smallest: false,
        ..Settings::default()
    };
    let mut job = Job::new(Arc::clone(heap), RowSpec::Policy { policy, thread_cache: false }, settings);
    while !job.step(1000, &mut || Duration::ZERO).is_finished {}
    job.finish()
}

fn check(heap: HeapLoad, pages: u32) {
    let heap = Arc::new(heap);
    for policy in PolicyKind::ALL {
        let row = spanned(&heap, policy, pages);
        let expected = real(&heap, policy, pages);
        let refused = expected.iter().filter(|address| **address == Row::NOWHERE).count() as u64;
        assert_eq!(row.addresses, expected, "{policy:?}");
        assert_eq!(row.figures.unwrap().failures.total(), refused, "{policy:?}");
    }
}

/// A life: bytes, alignment's exponent, and after how many more operations it ends.
fn lives() -> impl Strategy<Value = Vec<(u64, u8, u32)>> {
    let size = prop_oneof![1..200_u64, 200..5_000_u64, 5_000..100_000_u64];
    let align = prop_oneof![4 => Just(4_u8), 1 => 5..13_u8];
    prop::collection::vec((size, align, 1..400_u32), 1..600)
}

fn heap_of(lives: &[(u64, u8, u32)]) -> HeapLoad {
    let mut heap = HeapLoad::default();
    let mut ends: Vec<(u32, u32)> = Vec::new();
    for (number, &(bytes, align_log2, life)) in lives.iter().enumerate() {
        let now = number as u32;
        ends.sort_unstable();
        while ends.first().is_some_and(|&(end, _)| end <= now) {
            let (_, block) = ends.remove(0);
            heap.blocks[block as usize].died = heap.ops.len() as u32;
            heap.ops.push(Op::free(block));
        }
        let born = heap.ops.len() as u32;
        heap.blocks.push(Block { bytes, align_log2, born, died: Block::NEVER, ..Block::default() });
        heap.ops.push(Op::allocate(now));
        ends.push((now + life, now));
    }
    heap.times_us = (0..heap.ops.len() as u64).collect();
    heap
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_recordings_lie_where_the_real_arena_puts_them(lives in lives(), pages in 2_u32..80) {
        check(heap_of(&lives), pages);
    }
}

#[test]
fn real_recordings_lie_where_the_real_arena_puts_them() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let samples = std::env::var_os("ARENASCOPE_SAMPLES").map_or(samples, Into::into);
    let Ok(entries) = samples.read_dir() else {
        eprintln!("skipped: no recordings at {}", samples.display());
        return;
    };
    let mut seen = 0;
    for path in
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "trace"))
    {
        let recording = Recording::decode(TraceReader::new(std::fs::File::open(&path).unwrap())).unwrap();
        let pages = recording.arena_proposed().get() >> 16;
        let heap = Workload::of_recording(&recording).heaps.remove(0);
        check(heap, pages as u32);
        seen += 1;
    }
    assert!(seen > 0, "no recordings in {}", samples.display());
}
