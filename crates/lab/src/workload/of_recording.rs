//! The workload of a recording that was decoded for a replay.

use super::build::Building;
use super::{HeapLoad, Workload};
use arenascope_replay::{Operation, Recording};

impl Workload {
    /// Of what [`arenascope_replay::Recording`] holds: one heap, whose times count
    /// operations. O(operations).
    pub fn of_recording(recording: &Recording) -> Self {
        let mut heap = Building::heap(HeapLoad { label: "Heap".into(), ..HeapLoad::default() });
        let mut blocks = vec![0; recording.slot_count()];
        for (time_us, operation) in recording.operations(0..recording.len()).enumerate() {
            match operation {
                Operation::Allocate { slot, size } => {
                    let block = super::Block { bytes: u64::from(size), ..super::Block::default() };
                    blocks[slot.index()] = heap.allocate(block, time_us as u64);
                }
                Operation::Free { slot } => heap.free(blocks[slot.index()], time_us as u64),
            }
        }
        Self {
            categories: vec!["Heap".into()],
            heaps: vec![heap.finish()],
            frees_unknown: recording.frees_unknown(),
            ..Self::default()
        }
    }
}
