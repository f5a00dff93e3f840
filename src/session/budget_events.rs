//! What the budget reports, handed on: pressure to the pool, everything to the
//! page. The newest events are kept for it, bounded.

use super::engine::Session;
use crate::budget::{BudgetEvent, EventKind, Freed, NodeId, Pressure, ReclaimStep, Reclaimer};
use crate::owner::{Heap, Owner};
use crate::telemetry::budget_table::{EventRow, PressureRow};
use crate::units::Bytes;
use crate::workload::tags;
use std::collections::VecDeque;

/// Events, and changes of pressure, that the page can see.
const KEPT: usize = 64;

/// The newest events of a run.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    events: VecDeque<EventRow>,
    pressure: VecDeque<PressureRow>,
}

impl EventLog {
    pub(super) fn events(&self) -> Vec<EventRow> {
        self.events.iter().cloned().collect()
    }

    pub(super) fn pressure(&self) -> Vec<PressureRow> {
        self.pressure.iter().cloned().collect()
    }

    fn add(&mut self, event: &BudgetEvent) {
        if let EventKind::Pressure { node: NodeId::Total, to, claimed, .. } = event.kind {
            let row = PressureRow { time_us: event.time.get(), pressure: to.key().into(), bytes: claimed.get() };
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

/// The pool as what gives way: idle buffers and textures, least recently used
/// first, whosever they are; it tells whose they were.
pub(super) struct PoolReclaimer<'a, 's>(pub(super) &'a mut Session<'s>);

impl Reclaimer for PoolReclaimer<'_, '_> {
    fn reclaim(&mut self, step: &ReclaimStep) -> Freed {
        let evictions = self.0.run.pool.reclaim(step.bytes);
        let mut freed = Freed::default();
        for eviction in &evictions {
            if let Some(charge) = self.0.run.device_charges.get(&eviction.resource) {
                freed.add(charge.category(), charge.bytes());
            }
        }
        self.0.destroy(evictions);
        freed
    }
}

impl Session<'_> {
    /// Takes what the budget reported since the last frame. Pressure on the
    /// total or on the device reaches the pool: at high what is above where
    /// high ends goes, at critical everything idle. Reclaiming reports new
    /// events, which the next frame takes.
    pub(super) fn handle_budget_events(&mut self) {
        for event in self.run.budget.take_events() {
            self.run.budget_events.add(&event);
            if let EventKind::Pressure { node: NodeId::Total | NodeId::Heap(Heap::Device), from, to, claimed, limit } =
                event.kind
                && to > from
            {
                self.relieve(to, claimed, limit);
            }
        }
    }

    fn relieve(&mut self, pressure: Pressure, claimed: Bytes, limit: Bytes) {
        let evictions = match pressure {
            Pressure::Normal | Pressure::Elevated => return,
            Pressure::High => self.run.pool.reclaim(claimed.saturating_sub(Pressure::High.ends_below(limit))),
            Pressure::Critical => self.run.pool.trim_all_idle(),
        };
        self.destroy(evictions);
    }
}
