//! Leaks over real runs: what comes and goes is what the states say, the leak is found,
//! and nobody else is accused, at no moment of any scenario, warm-up included.

#[path = "../../session/tests/session/platform.rs"]
#[allow(dead_code)]
mod platform;

use arenascope_analysis::leaks::growth::Finding;
use arenascope_analysis::leaks::marks::holdings;
use arenascope_analysis::leaks::watch::{LeakWatch, Progress};
use arenascope_analysis::recordings::flow::{Counted, Flow};
use arenascope_analysis::recordings::flow_index::FlowIndex;
use arenascope_pool::DeviceLimits;
use arenascope_recording::{Cursor, EventLog, Reader, Recorder};
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::mutators::Mutator;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;
use arenascope_workload::tags;
use platform::Platform;
use std::collections::BTreeSet;

const FRAME: u64 = 16_667;
/// Frames between two looks.
const LOOK: u64 = 30;

/// Runs frames of a scenario beside mutators that run in turn between them.
fn run(log: &EventLog, config: RunConfig, frames: u64, mut then: impl FnMut(u64)) {
    let shared = Shared::new();
    let mut recorder = Recorder::new(log);
    let mut session = Session::new(config.clone(), &shared, Micros::ZERO).unwrap();
    let mut platform = Platform::new(NnMode::WebNn);
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
    let board = session.mutators();
    let mut mutators: Vec<_> =
        (0..config.mutators).map(|_| Mutator::register(board.clone(), &shared).unwrap()).collect();
    session.start(config, Micros::ZERO).unwrap();
    for frame in 1..=frames {
        let now = frame * FRAME;
        session.handle_tick(Micros::new(now));
        platform.run(&mut session);
        session.publish();
        for mutator in &mut mutators {
            let mut time = now;
            mutator.turn(&mut || {
                time += 1_000;
                Micros::new(time)
            });
        }
        recorder.round(&shared);
        then(frame);
    }
}

fn config(scenario: ScenarioKind, mutators: u32) -> RunConfig {
    RunConfig { scenario, mutators, arena_bytes: Bytes::mib(16), ..RunConfig::default() }
}

/// Everybody who is accused at any look within so many seconds, and when the leak was
/// first and always after.
fn accused(scenario: ScenarioKind, mutators: u32, seconds: u64) -> BTreeSet<(&'static str, u64)> {
    let log = EventLog::default();
    let (mut reader, mut watch) = (Reader::new(&log), LeakWatch::default());
    let mut accused = BTreeSet::new();
    run(&log, config(scenario, mutators), 60 * seconds, |frame| {
        if frame % LOOK != 0 {
            return;
        }
        reader.refresh();
        watch.begin_of_run(&reader);
        if let Progress::Done(done) = watch.advance(&reader, || true) {
            let names = done.findings.iter().filter(|f| f.is_suspect()).map(|f: &Finding| tags::name(f.owner.tag));
            accused.extend(names.map(|name| (name, frame / LOOK)));
        }
    });
    accused
}

#[test]
fn nobody_but_the_leak_is_accused_at_any_moment() {
    for scenario in ScenarioKind::ALL {
        let accused = accused(scenario, 0, 12);
        if scenario == ScenarioKind::Leak {
            assert!(accused.iter().all(|(name, _)| *name == "leak/forgotten"), "{accused:?}");
            // From the fourth second on, at every look.
            assert!((8..=24).all(|look| accused.contains(&("leak/forgotten", look))), "{accused:?}");
        } else {
            assert!(accused.is_empty(), "{scenario:?}: {accused:?}");
        }
    }
}

#[test]
fn mutators_are_not_accused_while_they_warm_up() {
    assert_eq!(accused(ScenarioKind::GameLoop, 2, 12), BTreeSet::new());
}

#[test]
fn what_came_and_went_is_the_difference_of_the_states() {
    for scenario in ScenarioKind::ALL {
        let log = EventLog::default();
        run(&log, config(scenario, 1), 60, |_| ());
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut indices = [Counted::Existing, Counted::Held].map(FlowIndex::new);
        indices.iter_mut().for_each(|index| assert!(index.advance(&reader, 0, usize::MAX)));
        let [existing, held] = indices;
        let end = reader.events().end;
        let at = |position: u64| {
            let mut cursor = Cursor::new();
            let state = cursor.seek(&reader, position).unwrap();
            (state.standing.clone(), holdings(state))
        };
        for (from, to) in [(1, end), (end / 3, end / 2), (end / 2, end / 2 + 7), (1 << 14, end), (end / 5, end)] {
            if from >= to {
                continue;
            }
            let ((before, held_before), (after, held_after)) = (at(from), at(to));
            let flows = existing.between(&reader, from..to).by_account();
            for heap in Heap::ALL {
                for category in MemoryCategory::ALL {
                    let of = flows.iter().filter(|((of, owner), _)| (*of, owner.category) == (heap, category));
                    let net: i64 = of.map(|(_, flow): (_, &Flow)| flow.net_bytes()).sum();
                    let bytes =
                        |standing: &arenascope_recording::Standing| standing.bytes[heap.index()][category.index()];
                    let words = format!("{scenario:?} {heap:?} {category:?} {from}..{to}");
                    assert_eq!(net, bytes(&after) as i64 - bytes(&before) as i64, "{words}");
                }
            }
            let flows = held.between(&reader, from..to).by_account();
            let accounts: BTreeSet<_> = flows.keys().chain(held_before.keys()).chain(held_after.keys()).collect();
            for account in accounts {
                let bytes = |held: &std::collections::BTreeMap<_, arenascope_analysis::leaks::marks::Holding>| {
                    held.get(account).map_or(0, |holding| holding.bytes as i64)
                };
                let net = flows.get(account).map_or(0, Flow::net_bytes);
                assert_eq!(net, bytes(&held_after) - bytes(&held_before), "{scenario:?} {account:?} {from}..{to}");
            }
        }
    }
}
