//! The leak of a real run is found in its recording, and nobody else is accused.

#[path = "../crates/session/tests/session/platform.rs"]
#[allow(dead_code)]
mod platform;

use arenascope::analysis::leaks::search::suspects;
use arenascope::pool::DeviceLimits;
use arenascope::recording::{EventLog, Reader, Recorder};
use arenascope::session::Session;
use arenascope::session::config::RunConfig;
use arenascope::session::request::{GpuMode, NnMode, Report};
use arenascope::telemetry::Shared;
use arenascope::units::{Bytes, Micros};
use arenascope::workload::scenario::ScenarioKind;
use arenascope::workload::tags;
use platform::Platform;

const FRAME: u64 = 16_667;

/// Records a thousand frames of a scenario.
fn record(log: &EventLog, config: RunConfig) {
    let shared = Shared::new();
    let mut recorder = Recorder::new(log);
    let mut session = Session::new(config.clone(), &shared, Micros::ZERO).unwrap();
    let mut platform = Platform::new(NnMode::WebNn);
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
    session.start(config, Micros::ZERO).unwrap();
    for frame in 1..=1_000 {
        session.handle_tick(Micros::new(frame * FRAME));
        if frame == 50 {
            platform.lose_device(&mut session);
        }
        platform.run(&mut session);
        session.publish();
        recorder.round(&shared);
    }
}

#[test]
fn the_leak_is_found_and_nobody_else_is_accused() {
    for seed in 0..20 {
        // The leak's scenario is the game loop's, and a leak.
        let scenarios = [ScenarioKind::Leak, ScenarioKind::GameLoop];
        for &scenario in &scenarios[..if seed % 10 == 0 { 2 } else { 1 }] {
            let log = EventLog::default();
            record(&log, RunConfig { seed, scenario, arena_bytes: Bytes::mib(16), ..RunConfig::default() });
            let mut reader = Reader::new(&log);
            reader.refresh();
            let found = suspects(&reader, reader.run());
            let owners: Vec<_> = found.iter().map(|suspect| tags::name(suspect.owner.tag)).collect();
            let expected: &[&str] = if scenario == ScenarioKind::Leak { &["leak/forgotten"] } else { &[] };
            assert_eq!(owners, expected, "{scenario:?}, seed {seed}");
            for suspect in found {
                assert_eq!(suspect.held, suspect.taken);
                // 256 bytes in every eighth frame of 1/60 s.
                assert!((1_700.0..2_100.0).contains(&suspect.bytes_per_second), "{suspect:?}");
                assert_eq!(suspect.examples.len(), 3);
            }
        }
    }
}
