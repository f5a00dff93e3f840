//! The pulse that brings the engine's figures into the store, and what is read of them in
//! between, straight from shared memory.

use crate::analysis::numbers::rate::RateMeter;
use crate::app::frames::frame_loop::{self, every};
use crate::app::state::signals::put;
use crate::app::state::store::{Phase, Store};
use crate::telemetry::arena_table::{self, ArenaTable};
use crate::telemetry::budget_table::{self, BudgetTable};
use crate::telemetry::metrics::Metrics;
use leptos::prelude::*;

/// Text and tables follow the figures at 4 Hz: readable, and cheap.
const PULSE_MS: f64 = 250.0;

/// Keeps the store fresh for as long as the current owner lives.
pub fn pulse(store: Store) {
    let mut seen = None;
    let mut rate = RateMeter::default();
    every(PULSE_MS, move |now_ms| {
        let Some(engine) = store.engine.0.get_untracked() else { return };
        let (shared, cost) = (engine.shared(), frame_loop::timings());
        shared.page.set(cost.frame_ms_p95, cost.script_ms_p95);
        let number = shared.metrics.number();
        if seen != Some(number) {
            seen = Some(number);
            refresh(store);
        }
        let log = engine.event_log();
        let per_second = rate.per_second(now_ms, log.events().end + log.figures().refused);
        put(store.events_per_second, per_second);
    });
}

/// Brings the newest figures into the store now.
pub fn refresh(store: Store) {
    if let Some(metrics) = newest_metrics(store) {
        // The last figures of an engine that stopped still say that it runs.
        let running = metrics.running && store.phase.with_untracked(|phase| *phase == Phase::Ready);
        put(store.running, running);
        store.metrics.set(metrics);
    }
}

/// The newest figures the engine published, straight from shared memory.
pub fn newest_metrics(store: Store) -> Option<Metrics> {
    let engine = store.engine.0.get_untracked()?;
    serde_json::from_str(&engine.shared().metrics.read_text()?).ok()
}

/// The budget's tags and newest events.
pub fn budget_table(store: Store) -> BudgetTable {
    let engine = store.engine.0.get_untracked();
    engine.map(|engine| budget_table::read(&engine.shared().budget_table)).unwrap_or_default()
}

/// The arena's newest refusals and stray writes.
pub fn arena_table(store: Store) -> ArenaTable {
    let engine = store.engine.0.get_untracked();
    engine.map(|engine| arena_table::read(&engine.shared().arena_table)).unwrap_or_default()
}
