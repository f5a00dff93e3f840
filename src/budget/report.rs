//! The memory budget report: exact bytes for programs, a table for people.

use super::limits::Bounds;
use super::pressure::Pressure;
use super::state::{BudgetState, HeapState, NodeState};
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
    /// One row per heap, in the order of [`Heap::ALL`].
    pub heaps: Vec<HeapRow>,
    /// All categories together.
    pub total: ReportRow,
    /// What the browser counts and we do not.
    pub untracked: UntrackedRow,
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

/// One heap's figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeapRow {
    /// Which heap.
    pub heap: Heap,
    /// Charged now, over all categories.
    pub current_bytes: Bytes,
    /// Spoken for, not yet charged; `None` where heaps are only counted.
    pub reserved_bytes: Option<Bytes>,
    /// The most that may be charged and reserved; `None` for no limit.
    pub limit_bytes: Option<Bytes>,
    /// How close it is to its limit.
    pub pressure: Pressure,
}

/// What the browser counts and we do not. Only host memory: no browser reports
/// what lies on a GPU or in a neural-network context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UntrackedRow {
    /// What the browser reports for the page; `None` where it reports nothing.
    pub browser_bytes: Option<Bytes>,
    /// Of it known to us: the whole arena, and the profiler's own memory.
    pub tracked_bytes: Bytes,
}

impl UntrackedRow {
    /// Reported and not known; below zero where the browser counts less than we
    /// know of, for example because its report is older.
    pub fn untracked_bytes(&self) -> Option<i64> {
        let browser = i64::try_from(self.browser_bytes?.get()).ok()?;
        browser.checked_sub_unsigned(self.tracked_bytes.get())
    }

    fn text(&self) -> String {
        match self.untracked_bytes() {
            None => "Untracked: nothing reported by this browser yet".to_string(),
            Some(bytes) => {
                let sign = if bytes < 0 { "−" } else { "" };
                let browser = self.browser_bytes.unwrap_or_default();
                let untracked = Bytes::new(bytes.unsigned_abs());
                format!(
                    "Untracked: {sign}{untracked} ({browser} reported by the browser, {} of it tracked)",
                    self.tracked_bytes
                )
            }
        }
    }
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
    /// Most ever spoken for at the moment of a charge.
    pub peak_bytes: Bytes,
    /// Guaranteed.
    pub min_bytes: Bytes,
    /// Its own share.
    pub high_bytes: Bytes,
    /// The most that may be charged and reserved together.
    pub limit_bytes: Bytes,
    /// Held above its own share.
    pub borrowed_bytes: Bytes,
    /// Given back because another asked.
    pub reclaimed_bytes: Bytes,
    /// How close it is to its limit.
    pub pressure: Pressure,
    /// Refused requests.
    pub failures_total: u64,
    /// Charged ÷ limit; `None` where the limit is zero.
    pub usage: Option<Ratio>,
}

impl BudgetReport {
    /// The report on `state`.
    pub fn new(state: &BudgetState, untracked: UntrackedRow) -> Self {
        let row = |state: &super::CategoryState| CategoryRow { category: state.category, row: (&state.node).into() };
        Self {
            categories: state.categories.iter().map(row).collect(),
            heaps: state.heaps.iter().map(HeapRow::from).collect(),
            total: (&state.total).into(),
            untracked,
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
            min_bytes: node.min,
            high_bytes: node.high,
            limit_bytes: node.limit,
            borrowed_bytes: node.borrowed(),
            reclaimed_bytes: node.reclaimed,
            pressure: node.pressure,
            failures_total: node.failures,
            usage: node.usage(),
        }
    }
}

impl From<&HeapState> for HeapRow {
    fn from(state: &HeapState) -> Self {
        let node = state.node.unwrap_or_default();
        let limit = state.node.map(|node| node.limit).filter(|&limit| limit != Bounds::OPEN.max);
        Self {
            heap: state.heap,
            current_bytes: state.current,
            reserved_bytes: state.node.map(|node| node.reserved),
            limit_bytes: limit,
            pressure: node.pressure,
        }
    }
}

const COLUMNS: usize = 12;

const HEADINGS: [&str; COLUMNS] = [
    "Category", "Charged", "Limit", "Usage", "Arena", "Device", "NPU", "Reserved", "Peak", "Borrowed", "Pressure",
    "Failures",
];

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
            self.borrowed_bytes.to_string(),
            self.pressure.to_string(),
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
            notes: vec![self.untracked.text(), format!("Accounting errors: {}", self.accounting_errors)],
        };
        table.fmt(f)
    }
}

#[cfg(all(test, not(loom)))]
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
            ┌────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
            │                                                        Memory Budget Report                                                        │
            ├──────────────┬───────────┬───────────┬────────┬──────────┬──────────┬─────┬───────────┬───────────┬──────────┬──────────┬──────────┤
            │ Category     │   Charged │     Limit │  Usage │    Arena │   Device │ NPU │  Reserved │      Peak │ Borrowed │ Pressure │ Failures │
            ├──────────────┼───────────┼───────────┼────────┼──────────┼──────────┼─────┼───────────┼───────────┼──────────┼──────────┼──────────┤
            │ ECS          │  44.7 MiB │  64.0 MiB │ 69.8 % │ 44.7 MiB │      0 B │ 0 B │       0 B │  44.7 MiB │      0 B │   normal │        0 │
            │ GPU buffers  │  62.0 MiB │  76.0 MiB │ 81.6 % │  2.0 MiB │ 60.0 MiB │ 0 B │       0 B │  62.0 MiB │      0 B │ elevated │        0 │
            │ GPU textures │       0 B │  52.0 MiB │  0.0 % │      0 B │      0 B │ 0 B │       0 B │       0 B │      0 B │   normal │        0 │
            │ NPU models   │       0 B │  25.0 MiB │  0.0 % │      0 B │      0 B │ 0 B │ 512.0 KiB │       0 B │      0 B │   normal │        0 │
            │ NPU tensors  │       0 B │  25.0 MiB │  0.0 % │      0 B │      0 B │ 0 B │       0 B │  25.0 MiB │      0 B │   normal │        0 │
            │ Temporary    │       0 B │       0 B │      – │      0 B │      0 B │ 0 B │       0 B │       0 B │      0 B │   normal │        1 │
            ├──────────────┼───────────┼───────────┼────────┼──────────┼──────────┼─────┼───────────┼───────────┼──────────┼──────────┼──────────┤
            │ Total        │ 106.7 MiB │ 256.0 MiB │ 41.7 % │ 46.7 MiB │ 60.0 MiB │ 0 B │ 512.0 KiB │ 132.2 MiB │      0 B │   normal │        1 │
            ├──────────────┴───────────┴───────────┴────────┴──────────┴──────────┴─────┴───────────┴───────────┴──────────┴──────────┴──────────┤
            │ Untracked: nothing reported by this browser yet                                                                                    │
            │ Accounting errors: 0                                                                                                               │
            └────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn programs_get_exact_bytes() {
        let value = serde_json::to_value(report()).unwrap();
        let ecs = json!({
            "category": "ecs", "current_bytes": 46_871_347, "arena_bytes": 46_871_347, "device_bytes": 0, "npu_bytes": 0,
            "reserved_bytes": 0, "peak_bytes": 46_871_347, "limit_bytes": 67_108_864, "failures_total": 0,
            "min_bytes": 0, "high_bytes": 67_108_864, "borrowed_bytes": 0, "reclaimed_bytes": 0, "pressure": "normal",
            "usage": 46_871_347.0 / 67_108_864.0,
        });
        assert_eq!(value["categories"][0], ecs);
        assert_eq!(value["categories"][5]["usage"], json!(null));
        assert_eq!(value["total"]["failures_total"], 1);
        assert_eq!(value["total"]["reserved_bytes"], 524_288);
        assert_eq!(value["accounting_errors"], 0);
        let npu = json!({
            "heap": "npu", "current_bytes": 0, "reserved_bytes": null, "limit_bytes": null, "pressure": "normal",
        });
        assert_eq!(value["heaps"][2], npu);
    }

    #[test]
    fn untracked_is_what_the_browser_counts_and_we_do_not() {
        let mut row = UntrackedRow { browser_bytes: None, tracked_bytes: Bytes::mib(256) };
        assert_eq!(
            (row.untracked_bytes(), row.text()),
            (None, "Untracked: nothing reported by this browser yet".into())
        );
        row.browser_bytes = Some(Bytes::mib(300));
        assert_eq!(row.untracked_bytes(), Some(44 << 20));
        row.browser_bytes = Some(Bytes::mib(250));
        assert_eq!(row.text(), "Untracked: −6.0 MiB (250.0 MiB reported by the browser, 256.0 MiB of it tracked)");
    }
}
