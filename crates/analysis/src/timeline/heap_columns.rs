//! The columns of the table of a moment: the heaps of the run.

use super::moment::BytesRow;
use crate::run::names::Names;
use arenascope_recording::Metric;
use arenascope_units::owner::Heap;

/// A column of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeapColumn {
    /// Its place in a row of bytes.
    pub place: usize,
    /// Its head.
    pub label: String,
    /// What it holds, for the tooltip.
    pub hint: String,
}

/// The place of the sum.
const ALL: usize = Heap::ALL.len();
const ENGINE: [(&str, &str); ALL + 1] = [
    ("Arena", "MiB set aside in the arena"),
    ("GPU", "MiB on the GPU device"),
    ("NPU", "MiB on the neural-network device"),
    ("All", "MiB on all three"),
];

/// Those of a run with these names. Of one that another tool recorded, heaps that never hold
/// anything are left out, and the sum where there is one heap alone; `highest` are the
/// highest values of the run.
pub fn heap_columns(names: &Names, highest: &[u64; Metric::ALL.len()]) -> Vec<HeapColumn> {
    if names.is_engine() {
        let column = |(place, (label, hint)): (usize, (&str, &str))| HeapColumn {
            place,
            label: label.into(),
            hint: hint.into(),
        };
        return ENGINE.into_iter().enumerate().map(column).collect();
    }
    let heaps = [(Heap::Arena, Metric::ArenaBytes), (Heap::Device, Metric::DeviceBytes)];
    let used = heaps.into_iter().filter(|(_, metric)| highest[metric.index()] > 0);
    let mut columns: Vec<HeapColumn> = used
        .map(|(heap, _)| {
            let label = names.heap(heap).to_owned();
            HeapColumn { place: heap.index(), hint: format!("MiB live in {label}"), label }
        })
        .collect();
    if columns.len() != 1 {
        columns.push(HeapColumn { place: ALL, label: "All".into(), hint: "MiB live".into() });
    }
    columns
}

/// The figure of a column.
pub fn figure(row: &BytesRow, column: &HeapColumn) -> u64 {
    row.get(column.place).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::{Manifest, Space};

    fn labels(names: &Names, used: &[Metric]) -> Vec<String> {
        let mut highest = [0; Metric::ALL.len()];
        used.iter().for_each(|metric| highest[metric.index()] = 1);
        heap_columns(names, &highest).into_iter().map(|column| column.label).collect()
    }

    #[test]
    fn a_run_has_columns_for_the_heaps_that_it_uses() {
        assert_eq!(labels(&Names::engine(), &[]), ["Arena", "GPU", "NPU", "All"]);
        let mut manifest = Manifest::of("test", "Test");
        manifest.category("Heap");
        manifest.add_space(Space { label: "CUDA device 0".into(), has_addresses: true, ..Space::default() });
        let file = Names::of(&manifest, [].into());
        assert_eq!(labels(&file, &[Metric::ArenaBytes]), ["CUDA device 0"]);
        assert_eq!(labels(&file, &[Metric::ArenaBytes, Metric::DeviceBytes]), ["CUDA device 0", "Device", "All"]);
        assert_eq!(labels(&file, &[]), ["All"]);
    }
}
