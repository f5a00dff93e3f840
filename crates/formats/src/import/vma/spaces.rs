//! Where blocks lie: each in an address space of its own while there are few; else side by
//! side in one space for each memory type, as the file has offsets in blocks only.

use super::statistics::Statistics;
use arenascope_trace::{NoteKind, SPACES_MAX, Sink, Space, SpaceId};

/// The place of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) space: SpaceId,
    pub(super) address: u64,
}

/// The places of all blocks, each said as a range of its space.
pub(super) fn lay(statistics: &Statistics, sink: &mut dyn Sink) -> Vec<Place> {
    // A range holds what the file says lies in it, even beyond the block's end.
    let mut spans: Vec<u64> = statistics.blocks.iter().map(|block| block.bytes.max(1)).collect();
    for allocation in &statistics.allocations {
        let span = &mut spans[allocation.block as usize];
        *span = (*span).max(allocation.offset + allocation.bytes.max(1));
    }
    let places = if statistics.blocks.len() <= SPACES_MAX {
        one_space_each(statistics, sink)
    } else {
        one_space_a_type(statistics, &spans, sink)
    };
    for (place, &span) in places.iter().zip(&spans) {
        if sink.manifest().spaces[usize::from(place.space.0)].has_addresses {
            sink.extent(place.space, place.address, span);
        }
    }
    places
}

fn one_space_each(statistics: &Statistics, sink: &mut dyn Sink) -> Vec<Place> {
    let blocks = statistics.blocks.iter().map(|block| {
        let key = &statistics.types[block.memory_type as usize].key;
        let space = sink.manifest().add_space(Space {
            label: format!("{key}, {}", block.label),
            has_addresses: true,
            capacity_bytes: Some(block.bytes),
            granule_bytes: 1,
        });
        Place { space, address: 0 }
    });
    blocks.collect()
}

/// What one space of many blocks needs to know.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    block_count: u64,
    span_max: u64,
    space: SpaceId,
}

fn one_space_a_type(statistics: &Statistics, spans: &[u64], sink: &mut dyn Sink) -> Vec<Place> {
    // More types than spaces: the last ones share one.
    let row_of = |memory_type: u32| (memory_type as usize).min(SPACES_MAX - 1);
    let mut rows = vec![Row::default(); statistics.types.len().min(SPACES_MAX)];
    for (block, &span) in statistics.blocks.iter().zip(spans) {
        let row = &mut rows[row_of(block.memory_type)];
        row.block_count += 1;
        row.span_max = row.span_max.max(span);
    }
    for (row, of) in rows.iter_mut().zip(&statistics.types) {
        if row.block_count > 0 {
            row.space = sink.manifest().add_space(Space {
                label: if of.flags.is_empty() {
                    of.key.clone()
                } else {
                    format!("{} ({})", of.key, of.flags.join(", "))
                },
                has_addresses: stride(row).checked_mul(row.block_count).is_some(),
                capacity_bytes: of.heap.and_then(|heap| statistics.heaps[heap].bytes),
                granule_bytes: 1,
            });
        }
    }
    let mut laid = vec![0_u64; rows.len()];
    let place = |block: &super::statistics::Block| {
        let position = row_of(block.memory_type);
        let address = stride(&rows[position]).saturating_mul(laid[position]);
        laid[position] += 1;
        Place { space: rows[position].space, address }
    };
    let places = statistics.blocks.iter().map(place).collect();
    let used = rows.iter().zip(&statistics.types).filter(|(row, _)| row.block_count > 0);
    let strides = used.map(|(row, of)| format!("{} of {}", stride(row), of.key)).collect::<Vec<_>>().join(", ");
    let text = format!(
        "the file has offsets in {} blocks, more than there can be maps: blocks of a memory type lie in one, each at a \
         multiple of the least power of two that holds the largest: an address is block × stride + offset ({strides})",
        statistics.blocks.len(),
    );
    sink.manifest().note(NoteKind::Remark, text);
    places
}

/// From one block to the next.
fn stride(row: &Row) -> u64 {
    row.span_max.max(1).next_power_of_two()
}
