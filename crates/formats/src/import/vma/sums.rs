//! Where the file contradicts itself.

use super::statistics::{Figures, Statistics};
use arenascope_trace::{Manifest, NoteKind};

/// Notes every contradiction, once for each kind.
pub(super) fn check(statistics: &Statistics, manifest: &mut Manifest) {
    let mut contradicts = |text: String| manifest.note(NoteKind::Contradiction, text);
    if statistics.unsized_count > 0 {
        let count = statistics.unsized_count;
        contradicts(format!("{count} allocations say no size that can be, and are left out"));
    }
    places(statistics, &mut contradicts);
    for heap in &statistics.heaps {
        let bounds = [("Size", heap.bytes), ("BudgetBytes", heap.budget_bytes)];
        let uses = [("UsageBytes", heap.usage_bytes), ("BlockBytes", heap.figures.map(|figures| figures.block_bytes))];
        for (bound, most) in bounds {
            for (used, bytes) in uses {
                if let (Some(most), Some(bytes)) = (most, bytes)
                    && bytes > most
                {
                    contradicts(format!("{}: {used} {bytes} is above {bound} {most}", heap.key));
                }
            }
        }
    }
    // Of a cut file the sums cannot be whole, nor of one without blocks.
    if !statistics.is_cut && !statistics.blocks.is_empty() {
        sums(statistics, &mut contradicts);
    }
}

/// Allocations that overlap, or lie beyond the end of their block.
fn places(statistics: &Statistics, contradicts: &mut impl FnMut(String)) {
    let mut by_place: Vec<_> = statistics.allocations.iter().filter(|allocation| allocation.bytes > 0).collect();
    by_place.sort_by_key(|allocation| (allocation.block, allocation.offset));
    let (mut overlaps, mut beyond) = (Found::default(), Found::default());
    let (mut block, mut end) = (u32::MAX, 0);
    for allocation in by_place {
        let place = || {
            let of = &statistics.blocks[allocation.block as usize];
            format!("{}, {}, offset {}", statistics.types[of.memory_type as usize].key, of.label, allocation.offset)
        };
        if allocation.block != block {
            (block, end) = (allocation.block, 0);
        }
        if allocation.offset < end {
            overlaps.note(place);
        }
        end = end.max(allocation.offset + allocation.bytes);
        if allocation.offset + allocation.bytes > statistics.blocks[block as usize].bytes {
            beyond.note(place);
        }
    }
    overlaps.tell("allocations overlap the one before", contradicts);
    beyond.tell("allocations go beyond the end of their block", contradicts);
}

/// How many, and where the first is.
#[derive(Default)]
struct Found {
    count: u64,
    first: String,
}

impl Found {
    fn note(&mut self, place: impl Fn() -> String) {
        if self.count == 0 {
            self.first = place();
        }
        self.count += 1;
    }

    fn tell(self, what: &str, contradicts: &mut impl FnMut(String)) {
        if self.count > 0 {
            contradicts(format!("{} {what}; the first: {}", self.count, self.first));
        }
    }
}

/// What the file sums up, against the sums of what it lists.
fn sums(statistics: &Statistics, contradicts: &mut impl FnMut(String)) {
    let mut blocks: Vec<Figures> = vec![Figures::default(); statistics.blocks.len()];
    for allocation in &statistics.allocations {
        let figures = &mut blocks[allocation.block as usize];
        figures.allocation_count += 1;
        figures.allocation_bytes = figures.allocation_bytes.saturating_add(allocation.bytes);
    }
    let (mut unequal, mut uncounted) = (Found::default(), Found::default());
    let (mut by_type, mut all) = (vec![Figures::default(); statistics.types.len()], Figures::default());
    for (block, figures) in statistics.blocks.iter().zip(&blocks) {
        let key = &statistics.types[block.memory_type as usize].key;
        let place = || format!("{key}, {}", block.label);
        let is_equal = |unused: u64| figures.allocation_bytes.saturating_add(unused) == block.bytes;
        if !block.unused_bytes.is_none_or(is_equal) {
            unequal.note(place);
        }
        if block.allocation_count.is_some_and(|count| count != figures.allocation_count) {
            uncounted.note(place);
        }
        for into in [&mut by_type[block.memory_type as usize], &mut all] {
            into.block_count += 1;
            into.block_bytes = into.block_bytes.saturating_add(block.bytes);
            into.allocation_count += figures.allocation_count;
            into.allocation_bytes = into.allocation_bytes.saturating_add(figures.allocation_bytes);
        }
    }
    unequal.tell("blocks whose allocations and UnusedBytes do not make up TotalBytes", contradicts);
    uncounted.tell("blocks list another number of allocations than they say", contradicts);
    if let Some(said) = statistics.total {
        compare("Total", said, all, contradicts);
    }
    for (of, summed) in statistics.types.iter().zip(by_type) {
        if let Some(said) = of.figures {
            compare(&of.key, said, summed, contradicts);
        }
    }
}

fn compare(what: &str, said: Figures, listed: Figures, contradicts: &mut impl FnMut(String)) {
    let pairs = [
        ("BlockCount", said.block_count, listed.block_count),
        ("BlockBytes", said.block_bytes, listed.block_bytes),
        ("AllocationCount", said.allocation_count, listed.allocation_count),
        ("AllocationBytes", said.allocation_bytes, listed.allocation_bytes),
    ];
    for (figure, said, listed) in pairs {
        if said != listed {
            contradicts(format!("{what} says {figure} {said}, and what is listed makes {listed}"));
        }
    }
}
