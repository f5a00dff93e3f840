//! The budget of a run, and what it reported: the newest events are kept for the page,
//! bounded.

use arenascope_budget::{Budget, BudgetEvent, EventKind, Limits, NodeId};
use arenascope_telemetry::budget_table::{EventRow, PressureRow};
use arenascope_units::owner::Owner;
use arenascope_workload::tags;
use std::collections::VecDeque;

/// Events, and changes of pressure, that the page can see.
const KEPT: usize = 64;
/// Decisions of the budget, and what became of them, that a what-if can run again:
/// half a minute of a busy scenario, in 4 MiB.
const HISTORY_ENTRIES: usize = 1 << 16;

/// The newest events of a run.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    events: VecDeque<EventRow>,
    pressure: VecDeque<PressureRow>,
}

impl EventLog {
    pub(crate) fn events(&self) -> Vec<EventRow> {
        self.events.iter().cloned().collect()
    }

    pub(crate) fn pressure(&self) -> Vec<PressureRow> {
        self.pressure.iter().cloned().collect()
    }

    pub(crate) fn add(&mut self, event: &BudgetEvent) {
        if let EventKind::Pressure { node: NodeId::Total, to, claimed, .. } = event.kind {
            let row = PressureRow { time_us: event.time.get(), pressure: to, bytes: claimed.get() };
            push(&mut self.pressure, row);
        }
        push(&mut self.events, row_of(event));
    }
}

fn push<T>(rows: &mut VecDeque<T>, row: T) {
    if rows.len() == KEPT {
        rows.pop_front();
    }
    rows.push_back(row);
}

fn row_of(event: &BudgetEvent) -> EventRow {
    let base = EventRow { time_us: event.time.get(), ..EventRow::default() };
    let tag = |owner: Owner| Some(tags::name(owner.tag).to_owned());
    match event.kind {
        EventKind::Refused { owner, heap, wanted, level, missing } => EventRow {
            kind: "refused".into(),
            category: Some(owner.category),
            tag: tag(owner),
            heap: Some(heap),
            bytes: wanted.get(),
            of_bytes: missing.get(),
            level: level.key().into(),
            ..base
        },
        EventKind::Reclaimed { from, asked, freed, by } => EventRow {
            kind: "reclaimed".into(),
            category: Some(from),
            tag: tag(by),
            bytes: asked.get(),
            of_bytes: freed.get(),
            ..base
        },
        EventKind::Pressure { node, to, claimed, limit, .. } => {
            let row = EventRow {
                kind: "pressure".into(),
                bytes: claimed.get(),
                of_bytes: limit.get(),
                level: to.key().into(),
                ..base
            };
            match node {
                NodeId::Total => row,
                NodeId::Heap(heap) => EventRow { heap: Some(heap), ..row },
                NodeId::Category(category) => EventRow { category: Some(category), ..row },
                NodeId::Tag(owner) => EventRow { category: Some(owner.category), tag: tag(owner), ..row },
            }
        }
    }
}

/// The budget of a run, and what it reported.
pub(crate) struct BudgetSide {
    pub(crate) tree: Budget,
    pub(crate) log: EventLog,
}

impl BudgetSide {
    /// Under these limits, with a history that a what-if can run again.
    pub(crate) fn new(limits: Limits) -> Self {
        let tree = Budget::recorded(limits, HISTORY_ENTRIES);
        Self { tree, log: EventLog::default() }
    }
}
