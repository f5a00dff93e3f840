//! Statistics as Vulkan Memory Allocator writes them: what lies where at the end of a run.
//! Each space is a heap with one type of memory. What lies at no place of its own, such as
//! in a space without addresses, is written as a dedicated allocation, which has no offset.

use super::blocks::{Laid, Layout, Ranges, layouts};
use super::error::{ExportError, each};
use super::live::{Block, Live};
use arenascope_trace::{Manifest, Run};
use serde_json::{Map, Value, json};
use std::io::Write;

/// What suballocations may be called.
const TYPES: [&str; 5] = ["BUFFER", "IMAGE_UNKNOWN", "IMAGE_LINEAR", "IMAGE_OPTIMAL", "UNKNOWN"];

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let manifest = run.manifest();
    if !manifest.spaces.iter().any(|space| space.has_addresses) {
        let why = "the run does not say where memory lies, and the statistics are a map of blocks".into();
        return Err(ExportError::Cannot { why });
    }
    let (mut live, mut ranges) = (Live::default(), Ranges::default());
    each(run, |event| {
        live.apply(event).for_each(|change| ranges.apply(&change));
        Ok(())
    })?;
    let layouts = layouts(manifest, &ranges, live.into_blocks());
    let stats: Vec<_> = layouts.iter().map(Stats::of).collect();
    let mut total = Stats::default();
    stats.iter().for_each(|stats| total.add(stats));
    write!(out, "{{\"General\":{},\n\"Total\":{},\n", general(manifest), total.shown())?;
    write!(out, "\"MemoryInfo\":{},\n\"DefaultPools\":{{", heaps(manifest, &stats))?;
    for (number, layout) in layouts.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        write!(out, "{comma}\n\"Type {number}\":")?;
        pool(manifest, layout, out)?;
    }
    Ok(out.write_all(b"},\n\"CustomPools\":{}}\n")?)
}

fn general(manifest: &Manifest) -> Value {
    let source = &manifest.source;
    let count = manifest.spaces.len();
    json!({
        "API": "Vulkan", "apiVersion": "1.0.0",
        "GPU": source.host.as_deref().or(source.subject.as_deref()).unwrap_or(&source.label),
        "deviceType": 0, "maxMemoryAllocationCount": u32::MAX, "bufferImageGranularity": 1, "nonCoherentAtomSize": 1,
        "memoryHeapCount": count, "memoryTypeCount": count,
    })
}

/// Each space as a heap.
fn heaps(manifest: &Manifest, stats: &[Stats]) -> Value {
    let heap = |(number, (space, stats)): (usize, (&arenascope_trace::Space, &Stats))| {
        let size = space.capacity_bytes.unwrap_or(stats.block_bytes);
        let kind = json!({ "Flags": [], "Stats": stats.shown() });
        let heap = json!({
            "Flags": [], "Size": size, "Budget": { "BudgetBytes": size, "UsageBytes": stats.block_bytes },
            "Stats": stats.shown(), "MemoryPools": { format!("Type {number}"): kind },
        });
        (format!("Heap {number}"), heap)
    };
    Value::Object(manifest.spaces.iter().zip(stats).enumerate().map(heap).collect())
}

fn pool(manifest: &Manifest, layout: &Layout, out: &mut dyn Write) -> Result<(), ExportError> {
    let largest = layout.ranges.iter().map(|range| range.bytes).max().unwrap_or_default();
    write!(out, "{{\"PreferredBlockSize\":{largest},\"Blocks\":{{")?;
    for (number, range) in layout.ranges.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        write!(out, "{comma}\n\"{number}\":")?;
        block(manifest, range, out)?;
    }
    out.write_all(b"},\"DedicatedAllocations\":[")?;
    for (position, block) in layout.apart.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(out, "{comma}\n{}", Value::Object(allocation(manifest, block)))?;
    }
    Ok(out.write_all(b"]}")?)
}

fn block(manifest: &Manifest, range: &Laid, out: &mut dyn Write) -> Result<(), ExportError> {
    let gaps = range.gaps();
    let free = gaps.iter().fold(0_u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
    write!(out, "{{\"MapRefCount\":0,\"TotalBytes\":{},\"UnusedBytes\":{free},", range.bytes)?;
    write!(out, "\"Allocations\":{},\"UnusedRanges\":{},\"Suballocations\":[", range.blocks.len(), gaps.len())?;
    let taken = range.blocks.iter().map(|block| (block.address, block.bytes, Some(block)));
    let mut all: Vec<_> = taken.chain(gaps.iter().map(|(address, bytes)| (*address, *bytes, None))).collect();
    all.sort_unstable_by_key(|(address, ..)| *address);
    for (position, (address, bytes, block)) in all.into_iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        let hole = || Map::from_iter([("Type".into(), json!("FREE")), ("Size".into(), json!(bytes))]);
        let mut shown = block.map_or_else(hole, |block| allocation(manifest, block));
        shown.insert("Offset".into(), json!(address - range.address));
        write!(out, "{comma}\n{}", Value::Object(shown))?;
    }
    Ok(out.write_all(b"]}")?)
}

/// The type where the category is called as one, or else the category as the name.
fn allocation(manifest: &Manifest, block: &Block) -> Map<String, Value> {
    let category = manifest.categories.get(usize::from(block.category.0));
    let label = category.map_or("", |category| &category.label);
    let upper = label.to_uppercase().replace(' ', "_");
    let known = TYPES.into_iter().find(|name| *name == upper);
    let shown = [("Type", json!(known.unwrap_or("UNKNOWN"))), ("Size", json!(block.bytes)), ("Usage", json!(0))];
    let name = (known.is_none() && !label.is_empty()).then(|| ("Name", json!(label)));
    shown.into_iter().chain(name).map(|(key, value)| (key.to_string(), value)).collect()
}

/// What the statistics say of a heap, a type or all.
#[derive(Debug, Default)]
struct Stats {
    blocks: u64,
    block_bytes: u64,
    allocations: u64,
    allocation_bytes: u64,
    gaps: u64,
    allocation_sizes: Option<(u64, u64)>,
    gap_sizes: Option<(u64, u64)>,
}

impl Stats {
    /// A dedicated allocation is a block of its own.
    fn of(layout: &Layout) -> Self {
        let mut stats = Self::default();
        for range in &layout.ranges {
            stats.block(range.bytes);
            range.blocks.iter().for_each(|block| stats.allocation(block.bytes));
            range.gaps().iter().for_each(|(_, bytes)| stats.gap(*bytes));
        }
        for block in &layout.apart {
            stats.block(block.bytes);
            stats.allocation(block.bytes);
        }
        stats
    }

    fn block(&mut self, bytes: u64) {
        self.blocks += 1;
        self.block_bytes = self.block_bytes.saturating_add(bytes);
    }

    fn allocation(&mut self, bytes: u64) {
        self.allocations += 1;
        self.allocation_bytes = self.allocation_bytes.saturating_add(bytes);
        self.allocation_sizes = widest(self.allocation_sizes, Some((bytes, bytes)));
    }

    fn gap(&mut self, bytes: u64) {
        self.gaps += 1;
        self.gap_sizes = widest(self.gap_sizes, Some((bytes, bytes)));
    }

    fn add(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.block_bytes = self.block_bytes.saturating_add(other.block_bytes);
        self.allocations += other.allocations;
        self.allocation_bytes = self.allocation_bytes.saturating_add(other.allocation_bytes);
        self.gaps += other.gaps;
        self.allocation_sizes = widest(self.allocation_sizes, other.allocation_sizes);
        self.gap_sizes = widest(self.gap_sizes, other.gap_sizes);
    }

    /// As the allocator does, without the least and the most of fewer than two.
    fn shown(&self) -> Value {
        let mut shown = json!({
            "BlockCount": self.blocks, "BlockBytes": self.block_bytes, "AllocationCount": self.allocations,
            "AllocationBytes": self.allocation_bytes, "UnusedRangeCount": self.gaps,
        });
        let sizes = [
            ("AllocationSize", self.allocations, self.allocation_sizes),
            ("UnusedRangeSize", self.gaps, self.gap_sizes),
        ];
        for (name, count, sizes) in sizes {
            if let (2.., Some((least, most))) = (count, sizes) {
                shown[format!("{name}Min")] = json!(least);
                shown[format!("{name}Max")] = json!(most);
            }
        }
        shown
    }
}

/// The least and the most of both.
fn widest(one: Option<(u64, u64)>, other: Option<(u64, u64)>) -> Option<(u64, u64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        _ => one.or(other),
    }
}
