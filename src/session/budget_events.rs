//! What the budget reports, handed on: pressure to the pool, everything to the
//! page. The newest events are kept for it, bounded.

use super::engine::Session;
use crate::budget::{BudgetEvent, EventKind, Freed, NodeId, Pressure, ReclaimStep, Reclaimer};
use crate::owner::{Heap, Owner};
use crate::pool;
use crate::telemetry::budget_table::{EventRow, PressureRow};
use crate::telemetry::event::{NOBODY, Op};
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

/// The pressure that the pools heed, as the budget told it last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PoolPressure {
    total: pool::Pressure,
    device: pool::Pressure,
    npu: pool::Pressure,
}

impl PoolPressure {
    fn note(&mut self, event: &BudgetEvent) {
        let EventKind::Pressure { node, to, .. } = event.kind else { return };
        let to = heeded(to);
        match node {
            NodeId::Total => self.total = to,
            NodeId::Heap(Heap::Device) => self.device = to,
            NodeId::Heap(Heap::Npu) => self.npu = to,
            NodeId::Heap(Heap::Arena) | NodeId::Category(_) | NodeId::Tag(_) => {}
        }
    }
}

/// The budget's levels in the pool's words: neither folder names the other.
const fn heeded(pressure: Pressure) -> pool::Pressure {
    match pressure {
        Pressure::Normal => pool::Pressure::Normal,
        Pressure::Elevated => pool::Pressure::Elevated,
        Pressure::High => pool::Pressure::High,
        Pressure::Critical => pool::Pressure::Critical,
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
    /// Takes what the budget reported since the last frame, and lets the pools give
    /// way while the total or their heap is under pressure.
    pub(super) fn handle_budget_events(&mut self) {
        for event in self.run.budget.take_events() {
            self.run.budget_events.add(&event);
            self.run.pressure.note(&event);
            if let EventKind::Pressure { node: NodeId::Total, to, claimed, limit, .. } = event.kind {
                self.emit_with(Op::PressureChange, to as u8, NOBODY, 0, limit.get(), claimed);
            }
        }
        let PoolPressure { total, device, npu } = self.run.pressure;
        let evictions = self.run.pool.relieve(total.max(device));
        self.destroy(evictions);
        let evictions = self.run.tensors.relieve(total.max(npu));
        self.destroy_tensors(evictions);
    }
}
