//! The figures of blocks that lie somewhere, wherever they come from.

use crate::model::fragmentation;
use crate::rows::figures::{Figures, Moment, Waste};
use crate::workload::HeapLoad;

/// Of blocks at those addresses, none of them refused, and how the footprint grows.
/// O(operations).
pub(super) fn figures(heap: &HeapLoad, addresses: &[u64], align_bytes: u64) -> (Option<Figures>, Vec<(u32, u64)>) {
    let (mut top, mut held, mut peak_at) = (0, Vec::new(), 0);
    for (index, op) in heap.ops.iter().enumerate().filter(|(_, op)| !op.is_free()) {
        let end = addresses[op.block()] + heap.blocks[op.block()].bytes;
        if end > top {
            (top, peak_at) = (end, index as u32);
            held.push((index as u32 + 1, end));
        }
    }
    let at = |operation| moment(heap, addresses, align_bytes, operation, top);
    let figures = Figures {
        operations: heap.ops.len() as u64,
        peak_bytes: top,
        overhead: top as f64 / heap.bound_bytes.max(1) as f64 - 1.0,
        at_peak: at(peak_at),
        at_bound: at(heap.bound_at),
        smallest_bytes: Some(top),
        ..Figures::default()
    };
    (Some(figures), held)
}

fn moment(heap: &HeapLoad, addresses: &[u64], align_bytes: u64, at: u32, held_bytes: u64) -> Moment {
    let lives = |block: &crate::workload::Block| block.born <= at && at < block.died;
    let mut living: Vec<(u64, u64)> = Vec::new();
    let (mut live_bytes, mut set_aside) = (0, 0);
    for (block, &address) in heap.blocks.iter().zip(addresses).filter(|(block, _)| lives(block)) {
        // The last one's padding lies beyond what is held.
        let rounded = block.bytes.next_multiple_of(align_bytes.max(1)).min(held_bytes - address);
        live_bytes += block.bytes;
        set_aside += rounded;
        living.push((address, address + rounded));
    }
    living.sort_unstable();
    let (mut last, mut largest) = (0, 0);
    for (from, until) in living {
        largest = largest.max(from - last);
        last = until;
    }
    largest = largest.max(held_bytes - last);
    let free = held_bytes - set_aside;
    Moment {
        at,
        held_bytes,
        live_bytes,
        waste: Waste { external_bytes: free, internal_bytes: set_aside - live_bytes, ..Waste::default() },
        fragmentation_within: fragmentation(largest, free),
        fragmentation_whole: fragmentation(largest, free),
    }
}
