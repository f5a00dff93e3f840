//! Engine and mutators write events of one meaning: where nothing was lost, the recorder
//! has nothing to put right, to infer or to match in vain.

use crate::mutators::{EndOfScope, beside, config, now};
use crate::platform::Platform;
use arenascope_pool::DeviceLimits;
use arenascope_recording::{Cursor, EventLog, LogFigures, Reader, Recorder};
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::{Event, Op};
use arenascope_telemetry::metrics::Metrics;
use arenascope_units::Micros;
use arenascope_workload::scenario::ScenarioKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn assert_nothing_was_guessed(figures: &LogFigures, what: &str) {
    let LogFigures { corrected, inferred, unmatched, malformed, lost, .. } = *figures;
    assert_eq!([corrected, inferred, unmatched, malformed, lost], [0; 5], "{what}: {figures:?}");
}

/// Between two rounds of the recorder. They count how long a thread may be off its core; the
/// machine that runs tests may be busier than any that a page is looked at on.
const PACE: Duration = Duration::from_millis(20);

/// Lets the recorder work on a thread of its own while `body` runs; then it takes in what is
/// left.
fn recorded<R>(recorder: &mut Recorder<'_>, shared: &Shared, body: impl FnOnce() -> R) -> R {
    let has_ended = AtomicBool::new(false);
    let done = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !has_ended.load(Ordering::Acquire) {
                recorder.round(shared);
                std::thread::sleep(PACE);
            }
        });
        let end = EndOfScope(&has_ended);
        let done = body();
        drop(end);
        done
    });
    (0..200).for_each(|_| _ = recorder.round(shared));
    done
}

/// Runs scenarios beside mutators, one after the other, until each mutator has passed on
/// `passes` allocations, and holds what is recorded against what the arena says.
fn hold_against_the_arena(mutators: u32, guards: bool, passes: u64, scenarios: &[ScenarioKind]) {
    let (shared, log) = (Shared::new(), EventLog::default());
    let mut recorder = Recorder::new(&log);
    // However busy the machine is: a thread with a full ring waits for the recorder.
    shared.events.set_lossless(true);
    beside(mutators as usize, &shared, |bench| {
        for (seed, &scenario) in (1..).zip(scenarios) {
            let what = format!("{scenario:?}, seed {seed}, {mutators} mutators, guards {guards}");
            recorded(&mut recorder, &shared, || {
                bench.start(RunConfig { scenario, seed, guards, speed: 0.25, ..config(mutators) });
                let has_worked =
                    |metrics: &Metrics| metrics.arena.threads[1..].iter().all(|thread| thread.passed_total > passes);
                while !has_worked(&bench.tick()) {
                    std::thread::sleep(Duration::from_millis(8));
                }
                bench.recall();
                bench.tick();
                bench.session.stop(now(bench.begun));
                bench.tick();
            });
            assert_nothing_was_guessed(&recorder.figures(), &what);
            let (mut reader, mut cursor) = (Reader::new(&log), Cursor::new());
            reader.refresh();
            let state = cursor.seek(&reader, recorder.figures().length).unwrap();
            let mut recorded: Vec<_> =
                state.ranges().iter().map(|range| (range.offset_bytes, range.size_bytes, range.id)).collect();
            recorded.sort_unstable();
            let document = bench.session.document(Default::default(), "2026-01-01T00:00:00Z".into());
            let ranges = document.arena.allocations.iter();
            let walked: Vec<_> = ranges.map(|range| (range.offset, range.size, range.id)).collect();
            assert_eq!(recorded, walked, "{what}");
        }
    });
}

#[test]
fn beside_mutators() {
    let scenarios = [ScenarioKind::GameLoop, ScenarioKind::FragmentationStorm, ScenarioKind::LlmDecode];
    hold_against_the_arena(1, false, 200, &scenarios);
    hold_against_the_arena(4, false, 200, &scenarios);
}

/// Under guards every step takes the arena's lock, and a thread that waits for it may be
/// off its core for as long as others need to take and give back the very same bytes.
#[test]
fn beside_guarded_mutators() {
    let scenarios = [ScenarioKind::GameLoop, ScenarioKind::FragmentationStorm];
    hold_against_the_arena(1, true, 20, &scenarios);
    let scenarios = [ScenarioKind::GameLoop, ScenarioKind::Idle, ScenarioKind::FragmentationStorm, ScenarioKind::Idle];
    hold_against_the_arena(4, true, 100, &scenarios);
}

#[test]
fn in_run_after_run() {
    hold_against_the_arena(3, false, 60, &[ScenarioKind::Idle; 12]);
}

/// The events of a run of 90 frames, stamped by a clock or not.
fn events_of(scenario: ScenarioKind, has_clock: bool) -> Vec<Event> {
    let shared = Shared::new();
    let run = RunConfig { scenario, ..config(0) };
    let session = Session::new(run.clone(), &shared, Micros::ZERO).unwrap();
    let now = std::rc::Rc::new(core::cell::Cell::new(0_u64));
    let clock = std::rc::Rc::clone(&now);
    let mut session = match has_clock {
        false => session,
        true => session.with_clock(move || {
            clock.set(clock.get() + 1);
            Micros::new(clock.get())
        }),
    };
    let mut platform = Platform::new(NnMode::WebNn);
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
    shared.events.drain(|_| ());
    session.start(run, Micros::ZERO).unwrap();
    let mut events = Vec::new();
    for frame in 1..=90 {
        now.set(16_667 * frame);
        session.handle_tick(Micros::new(16_667 * frame));
        platform.run(&mut session);
        session.publish();
        shared.events.drain(|record| events.extend(Event::from_words(record)));
        // The sample of a tick comes after everything in it.
        let last = events.last().map_or(0, |event: &Event| event.time_us);
        assert!(session.metrics().time_us >= last, "{scenario:?}");
    }
    events
}

#[test]
fn events_of_a_tick_have_a_microsecond_each_and_are_those_of_the_seed() {
    for scenario in ScenarioKind::ALL {
        let (coarse, fine) = (events_of(scenario, false), events_of(scenario, true));
        let run: Vec<_> = fine.iter().skip_while(|event| event.op != Op::RunStart).collect();
        assert!(run.is_sorted_by(|before, after| before.time_us < after.time_us), "{scenario:?}");
        let timeless = |events: &[Event]| events.iter().map(|event| Event { time_us: 0, ..*event }).collect::<Vec<_>>();
        assert_eq!(timeless(&coarse), timeless(&fine), "{scenario:?}");
    }
}
