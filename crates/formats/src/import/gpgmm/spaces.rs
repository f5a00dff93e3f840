//! Where heaps lie: one space for each memory segment, in it one heap behind the other.

use super::kinds::BYTES_MAX;
use super::objects::Objects;
use arenascope_trace::{Sink, Space, SpaceId};

/// The place of a heap.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) space: SpaceId,
    pub(super) address: u64,
}

/// The spaces of a capture.
#[derive(Debug)]
pub(super) struct Spaces {
    /// By position of the heap.
    pub(super) heaps: Vec<Place>,
    /// By memory segment: local, not local.
    pub(super) segments: [SpaceId; 2],
    pub(super) has_addresses: bool,
}

/// The memory segment of a heap; local where it does not say.
pub(super) fn segment_of(segment: Option<u64>) -> usize {
    usize::from(segment == Some(1))
}

/// Adds the spaces and says their ranges. There are addresses where every allocation
/// says its heap and its place in it.
pub(super) fn lay(objects: &Objects, sink: &mut dyn Sink) -> Spaces {
    let mut spans: Vec<u64> = objects.heaps.iter().map(|heap| heap.bytes.unwrap_or(0).clamp(1, BYTES_MAX)).collect();
    let mut has_addresses = !objects.allocations.is_empty();
    for allocation in &objects.allocations {
        let place = allocation.heap.zip(allocation.heap_offset).filter(|&(_, offset)| offset <= BYTES_MAX);
        match place {
            Some((heap, offset)) => {
                // A range holds what is said to lie in it, even beyond the heap's end.
                let end = offset + allocation.bytes.unwrap_or(0).clamp(1, BYTES_MAX);
                spans[heap as usize] = spans[heap as usize].max(end);
            }
            None => has_addresses = false,
        }
    }
    let mut strides = [1_u64; 2];
    let mut counts = [0_u64; 2];
    for (heap, &span) in objects.heaps.iter().zip(&spans) {
        let segment = segment_of(heap.segment);
        strides[segment] = strides[segment].max(span.next_power_of_two());
        counts[segment] += 1;
    }
    has_addresses &= (0..2).all(|segment| strides[segment].checked_mul(counts[segment]).is_some());
    let segments = add(&counts, has_addresses, sink);
    let mut laid = [0_u64; 2];
    let place = |heap: &super::objects::Heap| {
        let segment = segment_of(heap.segment);
        let address = if has_addresses { laid[segment] * strides[segment] } else { 0 };
        laid[segment] += 1;
        Place { space: segments[segment], address }
    };
    let heaps: Vec<Place> = objects.heaps.iter().map(place).collect();
    if has_addresses {
        heaps.iter().zip(&spans).for_each(|(place, &span)| sink.extent(place.space, place.address, span));
    }
    Spaces { heaps, segments, has_addresses }
}

/// Adds a space for each segment with a heap; a capture without any has the local one.
fn add(counts: &[u64; 2], has_addresses: bool, sink: &mut dyn Sink) -> [SpaceId; 2] {
    let mut segments = [SpaceId::default(); 2];
    for (segment, label) in ["Local memory segment", "Non-local memory segment"].into_iter().enumerate() {
        if counts[segment] > 0 || counts == &[0, 0] && segment == 0 {
            let space = Space { label: label.into(), has_addresses, capacity_bytes: None, granule_bytes: 1 };
            segments[segment] = sink.manifest().add_space(space);
        }
    }
    match counts {
        [0, _] => segments[0] = segments[1],
        [_, 0] => segments[1] = segments[0],
        _ => {}
    }
    segments
}
