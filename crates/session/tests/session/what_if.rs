//! What a what-if says, against the same run under those limits.

use crate::platform::Platform;
use arenascope_pool::DeviceLimits;
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::limits::{WhatIfEntry, WhatIfRefusal};
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;
use serde_json::{Value, json};

const FRAMES: u64 = 90;

struct Engine<'s> {
    session: Session<'s>,
    platform: Platform,
    frame: u64,
}

impl<'s> Engine<'s> {
    fn start(shared: &'s Shared, scenario: ScenarioKind, limits: &Value) -> Self {
        let config = RunConfig { scenario, arena_bytes: Bytes::mib(16), ..RunConfig::default() };
        let mut session = Session::new(config.clone(), shared, Micros::ZERO).unwrap();
        let device = DeviceLimits::default();
        session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits: device });
        session.start(config, Micros::ZERO).unwrap();
        session.set_limits(limits).unwrap();
        Self { session, platform: Platform::new(NnMode::WebNn), frame: 0 }
    }

    fn frames(mut self, count: u64) -> Self {
        for _ in 0..count {
            self.frame += 1;
            self.session.handle_tick(Micros::new(self.frame * 16_667));
            self.platform.run(&mut self.session);
        }
        self
    }

    fn failures(&self) -> u64 {
        self.session.report().state.total.failures
    }

    fn what_if(&self, edits: &Value) -> WhatIfEntry {
        self.session.what_if(edits).unwrap()
    }
}

/// One refusal as it happened, without what only a what-if says of it.
fn happened(row: &WhatIfRefusal) -> (u64, &'static str, &'static str, u64, &'static str) {
    (row.time_us, row.category.key(), row.tag, row.bytes, row.level)
}

/// Limits around what the run held: some refuse much, some a little, some nothing.
fn edits(run: &Engine<'_>) -> Vec<Value> {
    let state = run.session.report().state;
    let mut edits = vec![json!({ "total_bytes": (16 << 20) - 1 })];
    for row in state.categories.iter().filter(|row| row.node.peak > Bytes::ZERO) {
        let key = row.category.key();
        for percent in [0, 40, 85, 100] {
            let most = row.node.peak.get() * percent / 100;
            edits.push(json!({ "categories": { key: { "max_bytes": most } } }));
        }
    }
    for percent in [30, 70, 120] {
        let most = state.total.peak.get() * percent / 100;
        edits.push(json!({ "heaps": { "device": { "max_bytes": most } } }));
        edits.push(json!({ "heaps": { "arena": { "max_bytes": most } } }));
    }
    edits
}

#[derive(Default)]
struct Seen {
    exact: u64,
    parted: u64,
    certain: u64,
    /// Refusals after a parting: as they were, and as they were guessed.
    real: u64,
    guessed: u64,
}

/// Holds an answer against what really happens.
fn compare(answer: &WhatIfEntry, real: &Engine<'_>, what: &str, seen: &mut Seen) {
    let truth = real.what_if(&json!({}));
    assert_eq!(truth.parting, None, "{what}: nothing edited is what happened");
    assert_eq!((truth.refused_total, truth.refused_at_least_total), (real.failures(), real.failures()), "{what}");
    let (told, true_rows): (Vec<_>, Vec<_>) =
        (answer.refusals.iter().map(happened).collect(), truth.refusals.iter().map(happened).collect());
    let Some(parting) = answer.parting else {
        assert_eq!(told, true_rows, "{what}");
        assert_eq!((answer.refused_total, answer.peak_bytes), (truth.refused_total, truth.peak_bytes), "{what}");
        seen.exact += 1;
        return;
    };
    seen.parted += 1;
    seen.real += truth.refused_total;
    seen.guessed += answer.refused_total;
    let certain: Vec<_> = answer.refusals.iter().filter(|row| row.is_certain).map(happened).collect();
    assert!(true_rows.len() >= certain.len(), "{what}: {answer:?}");
    assert_eq!(true_rows[..certain.len()], certain, "{what}: exact until the parting");
    assert!(truth.refused_total >= answer.refused_at_least_total, "{what}: {} of {answer:?}", truth.refused_total);
    let known = answer.refusals.iter().take_while(|row| row.is_certain && row.refused_then).count();
    if let Some(by) = answer.refused_by_us {
        let (first, ..) = true_rows[known];
        assert!((parting.time_us..=by).contains(&first), "{what}: first at {first}, {answer:?}");
        assert!(parting.cause != "refused" || first == by, "{what}: {answer:?}");
        seen.certain += 1;
    }
}

#[test]
fn what_if_is_what_happens_or_says_how_far_it_knows() {
    let shared = Shared::new();
    let mut seen = Seen::default();
    for scenario in ScenarioKind::ALL {
        let run = Engine::start(&shared, scenario, &json!({})).frames(FRAMES);
        let same = run.what_if(&json!({}));
        assert_eq!((same.parting, same.refused_total, same.lost_total), (None, run.failures(), 0), "{scenario:?}");
        assert_eq!((same.newly_refused_total, same.newly_granted_total), (0, 0), "{scenario:?}");
        for edits in edits(&run) {
            let answer = run.what_if(&edits);
            let real = Engine::start(&shared, scenario, &edits).frames(FRAMES);
            compare(&answer, &real, &format!("{scenario:?} {edits}"), &mut seen);
        }
    }
    let Seen { exact, parted, certain, real, guessed } = seen;
    println!("{exact} exact, {parted} parted, {certain} of them for certain; refused {real}, guessed {guessed}");
    assert!(exact > 20 && parted > 20 && certain > 10, "{exact} exact, {parted} parted, {certain} certain");
}

/// The limit that was said to refuse nothing more, and refused ninety-one.
#[test]
fn fewer_textures_than_are_in_use_are_refused_and_said_to_be() {
    let shared = Shared::new();
    let run = Engine::start(&shared, ScenarioKind::LevelStreaming, &json!({})).frames(600);
    let limits = json!({ "categories": { "gpu_textures": { "max_bytes": (16u64 << 20) * 20 / 100 * 30 / 51 } } });
    let answer = run.what_if(&limits);
    let real = Engine::start(&shared, ScenarioKind::LevelStreaming, &limits).frames(600);
    let mut seen = Seen::default();
    compare(&answer, &real, "level-streaming", &mut seen);
    println!(
        "refused {}, at least {}, guessed {}",
        real.failures(),
        answer.refused_at_least_total,
        answer.refused_total
    );
    assert!(real.failures() > 0 && answer.refused_at_least_total > 0 && answer.newly_refused_total > 0);
}

#[test]
fn limits_that_were_changed_in_mid_run_are_part_of_what_happened() {
    let shared = Shared::new();
    let mut run = Engine::start(&shared, ScenarioKind::LevelStreaming, &json!({})).frames(40);
    let textures = json!({ "categories": { "gpu_textures": { "max_bytes": 1 << 20 } } });
    run.session.set_limits(&textures).unwrap();
    let mut run = run.frames(60);
    assert!(run.failures() > 0);
    let same = run.what_if(&json!({}));
    assert_eq!((same.parting, same.refused_total, same.newly_refused_total), (None, run.failures(), 0));
    let notices = run.session.take_notices();
    assert!(notices.iter().any(|notice| notice.text.contains("GPU textures max 3.2 MiB → 1.0 MiB")), "{notices:?}");
}
