//! The memory budget report: the figures of one moment, and as text a table for people.

use super::state::{BudgetState, NodeState};
use super::table::Table;
use arenascope_units::Bytes;
use arenascope_units::owner::Heap;
use core::fmt;

/// The budget at one moment. [`fmt::Display`] is the table of the console and of the
/// snapshot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetReport {
    /// The figures of the total, of each heap and of each category.
    pub state: BudgetState,
    /// What the browser counts and we do not.
    pub untracked: Untracked,
}

/// What the browser counts and we do not. Only host memory: no browser reports
/// what lies on a GPU or in a neural-network context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untracked {
    /// Bytes that the browser reports for the page; `None` where it reports nothing.
    pub browser_bytes: Option<Bytes>,
    /// Of it known to us: the whole arena, and the profiler's own memory.
    pub tracked_bytes: Bytes,
}

impl Untracked {
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

const COLUMNS: usize = 12;

const HEADINGS: [&str; COLUMNS] = [
    "Category", "Charged", "Limit", "Usage", "Arena", "Device", "NPU", "Reserved", "Peak", "Borrowed", "Pressure",
    "Failures",
];

/// One line of the table.
fn cells(name: &str, node: &NodeState) -> [String; COLUMNS] {
    [
        name.to_string(),
        node.current.to_string(),
        node.limit.to_string(),
        node.usage().map_or_else(|| "–".to_string(), |usage| usage.to_string()),
        node.on(Heap::Arena).to_string(),
        node.on(Heap::Device).to_string(),
        node.on(Heap::Npu).to_string(),
        node.reserved.to_string(),
        node.peak.to_string(),
        node.borrowed().to_string(),
        node.pressure.to_string(),
        node.failures.to_string(),
    ]
}

impl fmt::Display for BudgetReport {
    /// A closed box whose columns are as wide as their longest cell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, untracked } = self;
        let table = Table {
            title: "Memory Budget Report".to_string(),
            headings: HEADINGS.map(str::to_string),
            rows: state.categories.iter().map(|row| cells(row.category.label(), &row.node)).collect(),
            summary: cells("Total", &state.total),
            notes: vec![untracked.text(), format!("Accounting errors: {}", state.accounting_errors)],
        };
        table.fmt(f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::{Budget, Limits};
    use super::*;
    use arenascope_units::owner::MemoryCategory;
    use expect_test::expect;

    fn report() -> BudgetReport {
        let mib = Bytes::mib;
        let limits = [mib(64), mib(76), mib(52), mib(25), mib(25), Bytes::ZERO];
        let budget = Budget::with_limits(Limits::new(mib(256), limits).unwrap());
        let _ecs = budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(46_871_347)).unwrap();
        let _staging = budget.allocate(MemoryCategory::GPU_BUFFERS, Heap::Arena, mib(2)).unwrap();
        let _buffer = budget.allocate(MemoryCategory::GPU_BUFFERS, Heap::Device, mib(60)).unwrap();
        let _model = budget.try_reserve(MemoryCategory::NPU_MODELS, Heap::Npu, Bytes::kib(512)).unwrap();
        drop(budget.allocate(MemoryCategory::NPU_TENSORS, Heap::Npu, mib(25)));
        drop(budget.allocate(MemoryCategory::TEMPORARY, Heap::Arena, Bytes::new(1)));
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
    fn untracked_is_what_the_browser_counts_and_we_do_not() {
        let mut row = Untracked { browser_bytes: None, tracked_bytes: Bytes::mib(256) };
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
