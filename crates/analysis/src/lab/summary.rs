//! What was asked of each heap of a run, as far as the panel says it.

use crate::numbers::text::count;
use arenascope_lab::{HeapLoad, Workload};
use arenascope_units::{Bytes, Micros};
use serde::{Deserialize, Serialize};

/// A run, as the laboratory sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its heaps: each address space in which something was allocated.
    pub heaps: Vec<HeapSummary>,
    /// Events that the recording says are missing.
    pub events_lost: u64,
    /// Frees of what nobody was seen to allocate.
    pub frees_unknown: u64,
}

/// A heap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapSummary {
    /// The address space's name.
    pub label: String,
    /// Which of the run's address spaces it is.
    pub space: u8,
    /// Allocations.
    pub blocks: u64,
    /// Allocations and frees.
    pub operations: u64,
    /// The peak of live bytes.
    pub bound_bytes: u64,
    /// When that was reached first, µs since the run's start.
    pub bound_us: u64,
    /// Most bytes that the recording itself kept reserved, where it says.
    pub reserved_bytes: Option<u64>,
}

impl RunSummary {
    /// Of a workload. O(heaps).
    pub fn of(workload: &Workload) -> Self {
        Self {
            heaps: workload.heaps.iter().map(HeapSummary::of).collect(),
            events_lost: workload.events_lost,
            frees_unknown: workload.frees_unknown,
        }
    }

    /// What is missing from the run, and so from every figure of it; empty where nothing is.
    pub fn missing(&self) -> String {
        let lost = (self.events_lost > 0).then(|| format!("{} events were lost", count(self.events_lost)));
        let unknown = (self.frees_unknown > 0)
            .then(|| format!("{} frees are of what nobody was seen to allocate", count(self.frees_unknown)));
        let parts: Vec<_> = lost.into_iter().chain(unknown).collect();
        if parts.is_empty() { String::new() } else { format!("{}: the figures are of what is left.", parts.join(", ")) }
    }

    /// The heap that most was asked of.
    pub fn largest(&self) -> Option<usize> {
        (0..self.heaps.len()).max_by_key(|&at| self.heaps[at].bound_bytes)
    }
}

impl HeapSummary {
    fn of(heap: &HeapLoad) -> Self {
        Self {
            label: heap.label.clone(),
            space: heap.space,
            blocks: heap.blocks.len() as u64,
            operations: heap.ops.len() as u64,
            bound_bytes: heap.bound_bytes,
            bound_us: heap.times_us.get(heap.bound_at as usize).copied().unwrap_or(0),
            reserved_bytes: heap.reserved.iter().map(|&(_, bytes)| bytes).max(),
        }
    }

    /// Names and values for people.
    pub fn figures(&self) -> Vec<(&'static str, String)> {
        let mut figures = vec![
            ("Least that anybody could do", Bytes::new(self.bound_bytes).to_string()),
            ("Reached first at", Micros::new(self.bound_us).to_string()),
            ("Allocations", count(self.blocks)),
            ("Operations", count(self.operations)),
        ];
        if let Some(reserved) = self.reserved_bytes {
            figures.insert(1, ("Reserved by the recording, at most", Bytes::new(reserved).to_string()));
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_replay::Recorder;

    #[test]
    fn a_heap_in_figures() {
        let mut recorder = Recorder::default();
        recorder.allocate(1 << 20).unwrap();
        recorder.allocate(1 << 20).unwrap();
        recorder.free(0);
        let run = RunSummary::of(&Workload::of_recording(&recorder.finish()));
        let heap = &run.heaps[run.largest().unwrap()];
        assert_eq!((heap.blocks, heap.operations, heap.bound_bytes, heap.bound_us), (2, 3, 2 << 20, 1));
        assert_eq!(heap.figures()[0], ("Least that anybody could do", "2.0 MiB".to_owned()));
        assert_eq!(run.missing(), "");
        let lossy = RunSummary { events_lost: 3, frees_unknown: 1, ..run };
        assert!(lossy.missing().starts_with("3 events were lost, 1 frees are of what"), "{}", lossy.missing());
    }
}
