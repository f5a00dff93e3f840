//! The budget in the running engine: every mode under every scenario, limits
//! changed in mid-run, and what a what-if says of it.

use crate::platform::Platform;
use arenascope_budget::BudgetMode;
use arenascope_pool::DeviceLimits;
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::limits::LimitsError;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::{Shared, budget_table};
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;
use serde_json::json;
use std::sync::atomic::Ordering;

struct Engine<'s> {
    session: Session<'s>,
    platform: Platform,
    frame: u64,
}

impl<'s> Engine<'s> {
    fn start(shared: &'s Shared, scenario: ScenarioKind, budget_mode: BudgetMode) -> Self {
        let config = RunConfig { scenario, budget_mode, arena_bytes: Bytes::mib(16), ..RunConfig::default() };
        let mut session = Session::new(config.clone(), shared, Micros::ZERO).unwrap();
        let limits = DeviceLimits::default();
        session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
        session.start(config, Micros::ZERO).unwrap();
        Self { session, platform: Platform::new(NnMode::WebNn), frame: 0 }
    }

    fn frames(&mut self, count: u64) {
        for _ in 0..count {
            self.frame += 1;
            self.session.handle_tick(Micros::new(self.frame * 16_667));
            self.platform.run(&mut self.session);
            self.session.publish();
            self.check();
        }
    }

    /// Parents are the sums of their children, nothing is over its limit.
    fn check(&self) {
        let (budget, table) = (self.session.metrics().budget, self.session.budget_table());
        assert_eq!(budget.heaps.iter().map(|row| row.current_bytes).sum::<u64>(), budget.current_bytes);
        for row in &budget.categories {
            let tags = table.tags.iter().filter(|tag| tag.category == row.category);
            assert_eq!(tags.clone().map(|tag| tag.current_bytes).sum::<u64>(), row.current_bytes);
            assert_eq!(tags.map(|tag| tag.failures_total).sum::<u64>(), row.failures_total);
            assert!(row.current_bytes + row.reserved_bytes <= row.limit_bytes, "{row:?}");
        }
        assert!(budget.current_bytes <= budget.total_bytes);
        let device = budget.heaps[1].current_bytes;
        assert_eq!(device, self.platform.device_bytes());
        assert_eq!(budget.events_lost_total, 0);
    }
}

#[test]
fn every_scenario_keeps_the_tree_in_every_mode() {
    let shared = Shared::new();
    for scenario in ScenarioKind::ALL {
        for mode in BudgetMode::ALL {
            let mut engine = Engine::start(&shared, scenario, mode);
            engine.frames(60);
            assert_eq!(engine.session.metrics().budget.mode, mode.key());
            engine.session.reset(Micros::new(engine.frame * 16_667)).unwrap();
            engine.platform.run(&mut engine.session);
            assert_eq!(engine.session.metrics().budget.current_bytes, 0);
        }
    }
}

#[test]
fn a_what_if_tells_refusals_that_set_limits_then_brings_about() {
    let shared = Shared::new();
    let mut engine = Engine::start(&shared, ScenarioKind::GameLoop, BudgetMode::Lending);
    engine.frames(60);
    let metrics = engine.session.metrics();
    assert_eq!(metrics.budget.categories.iter().map(|row| row.failures_total).sum::<u64>(), 0);
    let same = engine.session.what_if(&json!({})).unwrap();
    assert_eq!((same.parting, same.refused_total, same.lost_total), (None, 0, 0));
    assert!(same.requests_total > 100);
    assert_eq!(same.peak_bytes, engine.session.report().state.total.peak.get());
    // Scratch has no room at all: what the frames ask for again is refused.
    let edits = json!({ "tags": { "frame/scratch": { "max_bytes": 0 } } });
    let answer = engine.session.what_if(&edits).unwrap();
    assert!(answer.newly_refused_total > 0 && answer.refusals.iter().all(|row| row.tag == "frame/scratch"));
    assert_eq!(engine.session.metrics().budget, metrics.budget, "a what-if changes nothing");
    engine.session.set_limits(&edits).unwrap();
    engine.frames(10);
    let scratch = engine.session.budget_table().tags.into_iter().find(|row| row.tag == "frame/scratch").unwrap();
    assert!(scratch.failures_total > 0 && scratch.limit_bytes == Some(0));
    let published = budget_table::read(&shared.budget_table);
    let refused = published.events.iter().filter(|row| row.kind == "refused");
    assert!(refused.clone().count() > 0 && refused.clone().all(|row| row.tag.as_deref() == Some("frame/scratch")));
}

#[test]
fn limits_that_make_no_sense_change_nothing() {
    let shared = Shared::new();
    let mut engine = Engine::start(&shared, ScenarioKind::GameLoop, BudgetMode::SingleTotal);
    engine.frames(5);
    let before = engine.session.metrics().budget;
    for edits in [
        json!({ "categories": { "ecs": { "max_bytes": 1u64 << 40 } } }),
        json!({ "categories": { "ecs": { "max_bytes": 4096, "min_bytes": 8192 } } }),
        json!({ "heaps": { "device": { "max_bytes": 4096 } } }),
    ] {
        let error = engine.session.set_limits(&edits).unwrap_err();
        assert!(matches!(error, LimitsError::Budget(_)), "{error}");
        assert_eq!(engine.session.what_if(&edits), Err(error));
        assert_eq!(engine.session.metrics().budget, before);
    }
}

#[test]
fn a_device_at_its_limit_drops_what_is_idle_first() {
    let shared = Shared::new();
    let mut engine = Engine::start(&shared, ScenarioKind::GpuThrash, BudgetMode::Shares);
    engine.frames(60);
    let (budget, pool) = (engine.session.metrics().budget, engine.session.metrics().pool);
    assert!(pool.idle_bytes > 0 && budget.categories[1].failures_total == 0);
    // Just what is there now: anything new needs what lies idle.
    let edits = json!({ "heaps": { "device": { "max_bytes": budget.heaps[1].current_bytes } } });
    engine.session.set_limits(&edits).unwrap();
    engine.frames(60);
    let metrics = engine.session.metrics();
    let pressure: Vec<_> =
        engine.session.budget_table().events.into_iter().filter(|row| row.kind == "pressure").collect();
    assert!(pressure.iter().any(|row| row.level == "critical" && row.heap.is_some()), "{pressure:?}");
    assert!(metrics.pool.evictions_total > pool.evictions_total);
}

#[test]
fn untracked_is_none_until_the_browser_reports() {
    let shared = Shared::new();
    let mut engine = Engine::start(&shared, ScenarioKind::Idle, BudgetMode::Shares);
    assert_eq!(engine.session.metrics().budget.untracked_bytes, None);
    assert!(engine.session.report().to_string().contains("Untracked: nothing reported by this browser yet"));
    let metrics = engine.session.metrics();
    let tracked = metrics.arena.capacity_bytes + metrics.own.profiler_bytes;
    engine.session.note_browser_memory(Some(Bytes::new(tracked + 77)));
    assert_eq!(engine.session.metrics().budget.untracked_bytes, Some(77));
    // The recording is memory that we know of too.
    shared.recording_bytes.store(5_000, Ordering::Relaxed);
    let recorded = engine.session.metrics();
    assert_eq!(recorded.own.profiler_bytes, metrics.own.profiler_bytes + 5_000);
    assert_eq!(recorded.budget.untracked_bytes, Some(77 - 5_000));
}
