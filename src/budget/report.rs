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
