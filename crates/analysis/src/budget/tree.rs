//! The budget as one tree for the page: the total, by heap and by category, and
//! the tags of each category; and its events in words.

use arenascope_telemetry::budget_table::{BudgetTable, EventRow, TagRow};
use arenascope_telemetry::metrics::{BudgetMetrics, CategoryMetrics, HeapMetrics};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::pressure::Pressure;
use std::collections::BTreeSet;

/// One row. What a node does not have is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeRow {
    /// Names the node for as long as it exists: `categories/ecs/frame/scratch`.
    pub path: String,
    /// The row that holds it; empty for the total.
    pub parent: String,
    /// 1 for the total.
    pub depth: usize,
    /// The name for people.
    pub name: String,
    /// Whose colour it has.
    pub category: Option<MemoryCategory>,
    /// Whether there is anything below.
    pub has_children: bool,
    /// Bytes charged now.
    pub current: u64,
    /// Reserved, not yet charged.
    pub reserved: Option<u64>,
    /// Bytes that it is guaranteed: others cannot borrow them.
    pub min: Option<u64>,
    /// Bytes of its own share: what it holds above is borrowed.
    pub high: Option<u64>,
    /// The most it may hold.
    pub max: Option<u64>,
    /// Held above its own share.
    pub borrowed: Option<u64>,
    /// Most ever spoken for.
    pub peak: Option<u64>,
    /// Refused requests in this run.
    pub failures: Option<u64>,
    /// Given back because another asked.
    pub reclaimed: Option<u64>,
    /// The step of pressure; `None` where none is watched, or nobody told.
    pub pressure: Option<Pressure>,
}

impl TreeRow {
    fn child(parent: &Self, key: &str, name: &str) -> Self {
        Self {
            path: format!("{}/{key}", parent.path),
            parent: parent.path.clone(),
            depth: parent.depth + 1,
            name: name.into(),
            ..Self::default()
        }
    }
}

/// The paths that are open at first: heaps and categories, not what is in them.
pub fn open_at_first() -> BTreeSet<String> {
    ["total", "total/heaps", "total/categories"].map(str::to_owned).into()
}

/// Every row, parents before their children. O(tags).
pub fn rows(budget: &BudgetMetrics, table: &BudgetTable) -> Vec<TreeRow> {
    let total = total_row(budget);
    let group =
        |key, name| TreeRow { has_children: true, current: budget.current_bytes, ..TreeRow::child(&total, key, name) };
    let (heaps, categories) = (group("heaps", "By heap"), group("categories", "By category"));
    let mut rows = vec![total, heaps.clone()];
    for heap in &budget.heaps {
        rows.extend(heap_rows(&heaps, heap, budget));
    }
    rows.push(categories.clone());
    for category in &budget.categories {
        rows.extend(category_rows(&categories, category, table));
    }
    rows
}

fn total_row(budget: &BudgetMetrics) -> TreeRow {
    let sum = |of: fn(&CategoryMetrics) -> u64| Some(budget.categories.iter().map(of).sum());
    TreeRow {
        path: "total".into(),
        depth: 1,
        name: "Total".into(),
        has_children: true,
        current: budget.current_bytes,
        reserved: sum(|row| row.reserved_bytes),
        min: sum(|row| row.min_bytes),
        max: Some(budget.total_bytes),
        borrowed: sum(|row| row.borrowed_bytes),
        failures: sum(|row| row.failures_total),
        reclaimed: sum(|row| row.reclaimed_bytes_total),
        pressure: budget.pressure,
        ..TreeRow::default()
    }
}

fn heap_rows(parent: &TreeRow, heap: &HeapMetrics, budget: &BudgetMetrics) -> Vec<TreeRow> {
    let row = TreeRow {
        has_children: heap.current_bytes > 0,
        current: heap.current_bytes,
        reserved: Some(heap.reserved_bytes),
        max: heap.limit_bytes,
        peak: Some(heap.peak_bytes),
        failures: Some(heap.failures_total),
        pressure: heap.pressure,
        ..TreeRow::child(parent, heap.heap.key(), heap_label(heap.heap))
    };
    let part = |category: &CategoryMetrics| {
        let current = match heap.heap {
            Heap::Arena => category.arena_bytes,
            Heap::Device => category.device_bytes,
            Heap::Npu => category.npu_bytes,
        };
        let of = category.category;
        let part = TreeRow { category: Some(of), current, ..TreeRow::child(&row, of.key(), of.label()) };
        (current > 0).then_some(part)
    };
    let parts: Vec<TreeRow> = budget.categories.iter().filter_map(part).collect();
    std::iter::once(row).chain(parts).collect()
}

/// The name of a heap for people.
pub const fn heap_label(heap: Heap) -> &'static str {
    match heap {
        Heap::Arena => "Arena",
        Heap::Device => "GPU device",
        Heap::Npu => "NPU",
    }
}

fn category_rows(parent: &TreeRow, figures: &CategoryMetrics, table: &BudgetTable) -> Vec<TreeRow> {
    let of = figures.category;
    let tags: Vec<&TagRow> = table.tags.iter().filter(|tag| tag.category == of).collect();
    let row = TreeRow {
        category: Some(of),
        has_children: !tags.is_empty(),
        current: figures.current_bytes,
        reserved: Some(figures.reserved_bytes),
        min: Some(figures.min_bytes),
        high: Some(figures.high_bytes),
        max: Some(figures.limit_bytes),
        borrowed: Some(figures.borrowed_bytes),
        peak: Some(figures.peak_bytes),
        failures: Some(figures.failures_total),
        reclaimed: Some(figures.reclaimed_bytes_total),
        pressure: figures.pressure,
        ..TreeRow::child(parent, of.key(), of.label())
    };
    let tag = |tag: &&TagRow| TreeRow {
        category: Some(of),
        current: tag.current_bytes,
        reserved: Some(tag.reserved_bytes),
        max: tag.limit_bytes,
        peak: Some(tag.peak_bytes),
        failures: Some(tag.failures_total),
        pressure: tag.pressure,
        ..TreeRow::child(&row, &tag.tag.replace(' ', "_"), &tag.tag)
    };
    let tags: Vec<TreeRow> = tags.iter().map(tag).collect();
    std::iter::once(row).chain(tags).collect()
}

/// The rows of which every row above is open.
pub fn visible<'a>(rows: &'a [TreeRow], open: &BTreeSet<String>) -> Vec<&'a TreeRow> {
    let mut shown = BTreeSet::new();
    let mut visible = Vec::new();
    for row in rows {
        let is_shown = row.parent.is_empty() || (open.contains(&row.parent) && shown.contains(row.parent.as_str()));
        if is_shown {
            shown.insert(row.path.as_str());
            visible.push(row);
        }
    }
    visible
}

/// The bytes of an event: what was asked for, given back, or spoken for.
pub fn event_bytes(event: &EventRow) -> u64 {
    match (event.kind.as_str(), event.bytes) {
        // Nothing was asked back: what was given back made room for a reservation.
        ("reclaimed", 0) => event.of_bytes,
        (_, bytes) => bytes,
    }
}

/// An event in a sentence.
pub fn event_text(event: &EventRow) -> String {
    let (bytes, of) = (Bytes::new(event.bytes), Bytes::new(event.of_bytes));
    let category = event.category.map_or("the total", MemoryCategory::label);
    let tag = event.tag.as_deref().unwrap_or("somebody");
    match event.kind.as_str() {
        "refused" => {
            let heap = event.heap.map_or("", heap_label);
            format!(
                "{category} · {tag} asked for {bytes} on {heap}; {of} were missing at the limit of its {}",
                event.level
            )
        }
        "reclaimed" if event.bytes == 0 => format!("{category} gave {of} back in another's place, for {tag}"),
        "reclaimed" => format!("{category} gave {of} back of {bytes} that were asked, for {tag}"),
        "pressure" => {
            let node = match (event.heap, event.category, event.tag.as_deref()) {
                (Some(heap), ..) => heap_label(heap).to_owned(),
                (None, Some(category), Some(tag)) => format!("{} · {tag}", category.label()),
                (None, Some(category), None) => category.label().to_owned(),
                (None, None, _) => "Total".to_owned(),
            };
            format!("{node} is at {} pressure: {bytes} of {of}", event.level)
        }
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> BudgetMetrics {
        let category = |category, arena_bytes: u64, device_bytes: u64| CategoryMetrics {
            category,
            current_bytes: arena_bytes + device_bytes,
            arena_bytes,
            device_bytes,
            min_bytes: 5,
            limit_bytes: 100,
            ..CategoryMetrics::default()
        };
        let heap = |heap, current_bytes| HeapMetrics {
            heap,
            current_bytes,
            reserved_bytes: 0,
            peak_bytes: 0,
            limit_bytes: None,
            failures_total: 0,
            pressure: Some(Pressure::Normal),
        };
        BudgetMetrics {
            total_bytes: 200,
            current_bytes: 70,
            heaps: vec![heap(Heap::Arena, 30), heap(Heap::Device, 40), heap(Heap::Npu, 0)],
            categories: vec![category(MemoryCategory::ECS, 20, 0), category(MemoryCategory::GPU_BUFFERS, 10, 40)],
            ..BudgetMetrics::default()
        }
    }

    fn table() -> BudgetTable {
        let tag = |category, tag: &str| TagRow {
            category,
            tag: tag.into(),
            current_bytes: 10,
            reserved_bytes: 0,
            peak_bytes: 10,
            limit_bytes: None,
            failures_total: 0,
            pressure: Some(Pressure::Normal),
        };
        let tags = vec![tag(MemoryCategory::ECS, "ecs/world"), tag(MemoryCategory::ECS, "(others)")];
        BudgetTable { tags, ..BudgetTable::default() }
    }

    #[test]
    fn parents_come_before_their_children_and_sum_them() {
        let rows = rows(&budget(), &table());
        let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "total",
                "total/heaps",
                "total/heaps/arena",
                "total/heaps/arena/ecs",
                "total/heaps/arena/gpu_buffers",
                "total/heaps/device",
                "total/heaps/device/gpu_buffers",
                "total/heaps/npu",
                "total/categories",
                "total/categories/ecs",
                "total/categories/ecs/ecs/world",
                "total/categories/ecs/(others)",
                "total/categories/gpu_buffers",
            ]
        );
        assert_eq!((rows[0].current, rows[0].min, rows[0].max, rows[0].high), (70, Some(10), Some(200), None));
        let arena: u64 = rows.iter().filter(|row| row.parent == "total/heaps/arena").map(|row| row.current).sum();
        assert_eq!(arena, rows[2].current);
    }

    #[test]
    fn what_lies_under_a_closed_row_is_hidden() {
        let rows = rows(&budget(), &table());
        let shown = |open: &[&str]| {
            let open = open.iter().map(|path| (*path).to_owned()).collect();
            visible(&rows, &open).len()
        };
        assert_eq!((shown(&[]), shown(&["total"]), visible(&rows, &open_at_first()).len()), (1, 3, 8));
        assert_eq!(shown(&["total/categories", "total/categories/ecs"]), 1, "the total is closed");
        assert_eq!(shown(&["total", "total/categories", "total/categories/ecs"]), 7);
    }

    #[test]
    fn events_read_as_sentences() {
        let base = EventRow {
            category: Some(MemoryCategory::GPU_TEXTURES),
            tag: Some("sky".into()),
            heap: Some(Heap::Device),
            bytes: 4 << 20,
            of_bytes: 1 << 20,
            ..EventRow::default()
        };
        let refused = EventRow { kind: "refused".into(), level: "category".into(), ..base.clone() };
        let expected =
            "GPU textures · sky asked for 4.0 MiB on GPU device; 1.0 MiB were missing at the limit of its category";
        assert_eq!(event_text(&refused), expected);
        let reclaimed = EventRow { kind: "reclaimed".into(), heap: None, ..base.clone() };
        let unasked = EventRow { bytes: 0, ..reclaimed.clone() };
        assert_eq!([&reclaimed, &unasked].map(event_bytes), [4 << 20, 1 << 20], "never a row of nothing");
        assert_eq!(event_text(&reclaimed), "GPU textures gave 1.0 MiB back of 4.0 MiB that were asked, for sky");
        let pressure = EventRow { kind: "pressure".into(), level: "high".into(), ..base };
        assert_eq!(event_text(&pressure), "GPU device is at high pressure: 4.0 MiB of 1.0 MiB");
    }
}
