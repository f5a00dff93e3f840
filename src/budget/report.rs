//! The memory budget report: exact bytes for programs, a table for people.

use super::state::{BudgetState, NodeState};
use super::table::Table;
use crate::owner::{Heap, MemoryCategory};
use crate::units::{Bytes, Ratio};
use core::fmt;
use serde::Serialize;

/// The budget at one moment. Serialises with exact bytes; [`fmt::Display`] is
/// the table of the console and of the snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetReport {
    /// One row per category, in the order of [`MemoryCategory::ALL`].
    pub categories: Vec<CategoryRow>,
    /// All categories together.
    pub total: ReportRow,
    /// Counters that would have gone below zero. Anything but 0 is a bug.
    pub accounting_errors: u64,
}

/// A row with the category it is about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CategoryRow {
    /// Which category.
    pub category: MemoryCategory,
    /// Its figures.
    #[serde(flatten)]
    pub row: ReportRow,
}

/// One level's figures. `current = arena + device + npu`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReportRow {
    /// Charged now, on all heaps.
    pub current_bytes: Bytes,
    /// Of it in the arena.
    pub arena_bytes: Bytes,
    /// Of it on the GPU device.
    pub device_bytes: Bytes,
    /// Of it in the neural-network context.
    pub npu_bytes: Bytes,
    /// Spoken for, not yet charged.
    pub reserved_bytes: Bytes,
    /// Most ever charged at once.
    pub peak_bytes: Bytes,
    /// The most that may be charged and reserved together.
    pub limit_bytes: Bytes,
    /// Refused requests.
    pub failures_total: u64,
    /// Charged ÷ limit; `None` where the limit is zero.
    pub usage: Option<Ratio>,
}

impl BudgetReport {
    /// The report on `state`.
    pub fn new(state: &BudgetState) -> Self {
        let row = |state: &super::CategoryState| CategoryRow { category: state.category, row: (&state.node).into() };
        Self {
            categories: state.categories.iter().map(row).collect(),
            total: (&state.total).into(),
            accounting_errors: state.accounting_errors,
        }
    }
}

impl From<&NodeState> for ReportRow {
    fn from(node: &NodeState) -> Self {
        Self {
            current_bytes: node.current,
            arena_bytes: node.on(Heap::Arena),
            device_bytes: node.on(Heap::Device),
            npu_bytes: node.on(Heap::Npu),
            reserved_bytes: node.reserved,
            peak_bytes: node.peak,
            limit_bytes: node.limit,
            failures_total: node.failures,
            usage: node.usage(),
        }
    }
}

const COLUMNS: usize = 10;

const HEADINGS: [&str; COLUMNS] =
    ["Category", "Charged", "Limit", "Usage", "Arena", "Device", "NPU", "Reserved", "Peak", "Failures"];

impl ReportRow {
    fn cells(&self, name: &str) -> [String; COLUMNS] {
        [
            name.to_string(),
            self.current_bytes.to_string(),
            self.limit_bytes.to_string(),
            self.usage.map_or_else(|| "–".to_string(), |usage| usage.to_string()),
            self.arena_bytes.to_string(),
            self.device_bytes.to_string(),
            self.npu_bytes.to_string(),
            self.reserved_bytes.to_string(),
            self.peak_bytes.to_string(),
            self.failures_total.to_string(),
        ]
    }
}

impl fmt::Display for BudgetReport {
    /// A closed box whose columns are as wide as their longest cell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Table {
            title: "Memory Budget Report".to_string(),
            headings: HEADINGS.map(str::to_string),
            rows: self.categories.iter().map(|line| line.row.cells(line.category.label())).collect(),
            summary: self.total.cells("Total"),
            note: format!("Accounting errors: {}", self.accounting_errors),
        };
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, Limits};
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn report() -> BudgetReport {
        let mib = Bytes::mib;
        let limits = [mib(64), mib(76), mib(52), mib(25), mib(25), Bytes::ZERO];
        let budget = Budget::with_limits(Limits::new(mib(256), limits).unwrap());
        let _ecs = budget.allocate(MemoryCategory::Ecs, Heap::Arena, Bytes::new(46_871_347)).unwrap();
        let _staging = budget.allocate(MemoryCategory::GpuBuffers, Heap::Arena, mib(2)).unwrap();
        let _buffer = budget.allocate(MemoryCategory::GpuBuffers, Heap::Device, mib(60)).unwrap();
        let _model = budget.try_reserve(MemoryCategory::NpuModels, Heap::Npu, Bytes::kib(512)).unwrap();
        drop(budget.allocate(MemoryCategory::NpuTensors, Heap::Npu, mib(25)));
        drop(budget.allocate(MemoryCategory::Temporary, Heap::Arena, Bytes::new(1)));
        budget.report()
    }

    #[test]
    fn people_get_a_closed_box_of_aligned_columns() {
        let text = report().to_string();
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|&width| width == widths[0]), "{widths:?}");
        expect![[r#"
            ┌──────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
            │                                             Memory Budget Report                                             │
            ├──────────────┬───────────┬───────────┬────────┬──────────┬──────────┬─────┬───────────┬───────────┬──────────┤
            │ Category     │   Charged │     Limit │  Usage │    Arena │   Device │ NPU │  Reserved │      Peak │ Failures │
            ├──────────────┼───────────┼───────────┼────────┼──────────┼──────────┼─────┼───────────┼───────────┼──────────┤
            │ ECS          │  44.7 MiB │  64.0 MiB │ 69.8 % │ 44.7 MiB │      0 B │ 0 B │       0 B │  44.7 MiB │        0 │
            │ GPU buffers  │  62.0 MiB │  76.0 MiB │ 81.6 % │  2.0 MiB │ 60.0 MiB │ 0 B │       0 B │  62.0 MiB │        0 │
            │ GPU textures │       0 B │  52.0 MiB │  0.0 % │      0 B │      0 B │ 0 B │       0 B │       0 B │        0 │
            │ NPU models   │       0 B │  25.0 MiB │  0.0 % │      0 B │      0 B │ 0 B │ 512.0 KiB │       0 B │        0 │
            │ NPU tensors  │       0 B │  25.0 MiB │  0.0 % │      0 B │      0 B │ 0 B │       0 B │  25.0 MiB │        0 │
            │ Temporary    │       0 B │       0 B │      – │      0 B │      0 B │ 0 B │       0 B │       0 B │        1 │
            ├──────────────┼───────────┼───────────┼────────┼──────────┼──────────┼─────┼───────────┼───────────┼──────────┤
            │ Total        │ 106.7 MiB │ 256.0 MiB │ 41.7 % │ 46.7 MiB │ 60.0 MiB │ 0 B │ 512.0 KiB │ 131.7 MiB │        1 │
            ├──────────────┴───────────┴───────────┴────────┴──────────┴──────────┴─────┴───────────┴───────────┴──────────┤
            │ Accounting errors: 0                                                                                         │
            └──────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn programs_get_exact_bytes() {
        let value = serde_json::to_value(report()).unwrap();
        let ecs = json!({
            "category": "ecs", "current_bytes": 46_871_347, "arena_bytes": 46_871_347, "device_bytes": 0, "npu_bytes": 0,
            "reserved_bytes": 0, "peak_bytes": 46_871_347, "limit_bytes": 67_108_864, "failures_total": 0,
            "usage": 46_871_347.0 / 67_108_864.0,
        });
        assert_eq!(value["categories"][0], ecs);
        assert_eq!(value["categories"][5]["usage"], json!(null));
        assert_eq!(value["total"]["failures_total"], 1);
        assert_eq!(value["total"]["reserved_bytes"], 524_288);
        assert_eq!(value["accounting_errors"], 0);
    }
}
