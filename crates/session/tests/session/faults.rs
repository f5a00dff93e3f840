//! Faults of the device at every step: whatever fails, and whenever, the
//! accounts stay exact and nothing is left behind.

use crate::bench::{Bench, FRAME, config};
use crate::platform::Fault;
use arenascope_pool::PoolMode;
use arenascope_session::config::RunConfig;
use arenascope_session::request::NnMode;
use arenascope_telemetry::Shared;
use arenascope_telemetry::metrics::Metrics;
use arenascope_units::Micros;
use arenascope_workload::scenario::ScenarioKind;
use serde_json::json;

/// Frames in which a fault may happen, by default and with ARENASCOPE_LONG=1, and
/// frames to recover in.
const FRAMES: u64 = 12;
const FRAMES_LONG: u64 = 48;
const AFTER: u64 = 8;

/// Every request of those frames with ARENASCOPE_LONG=1, else one in so many, others
/// for each fault.
const STRIDE: usize = 5;

#[test]
fn every_fault_at_every_step_leaves_exact_accounts() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    let long = std::env::var_os("ARENASCOPE_LONG").is_some();
    let (within, stride) = if long { (FRAMES_LONG, 1) } else { (FRAMES, STRIDE) };
    for scenario in ScenarioKind::ALL {
        let requests = run(&mut bench, scenario, within, None);
        for (offset, fault) in Fault::ALL.into_iter().enumerate() {
            for request in (0..requests).skip(offset * stride / Fault::ALL.len()).step_by(stride) {
                run(&mut bench, scenario, within, Some((request, fault)));
            }
        }
    }
}

/// A short run with a fault; the number of requests there were.
fn run(bench: &mut Bench, scenario: ScenarioKind, within: u64, fault: Option<(u64, Fault)>) -> u64 {
    bench.start(RunConfig { pool_mode: PoolMode::CLASSES, ..config(scenario) });
    let (at, what) = fault.unwrap_or((u64::MAX, Fault::Creation));
    bench.platform.inject(at, what);
    frames(bench, within);
    let requests = bench.platform.requests();
    frames(bench, AFTER);
    let metrics = bench.metrics();
    assert!(metrics.frame > within, "{scenario:?} stands still after {fault:?}: {}", metrics.frame);
    let lost = u64::from(matches!(fault, Some((_, Fault::DeviceLoss))));
    assert_eq!(metrics.gpu.device_losses_total, lost, "{scenario:?}");
    check_nothing_is_left(bench);
    requests
}

fn frames(bench: &mut Bench, count: u64) {
    for _ in 0..count {
        bench.now += FRAME;
        bench.session.handle_tick(Micros::new(bench.now));
        bench.settle();
        bench.check_accounts();
    }
}

fn check_nothing_is_left(bench: &mut Bench) {
    bench.session.reset(Micros::new(bench.now)).expect("the memory is there");
    bench.settle();
    bench.check_accounts();
    let metrics = bench.metrics();
    assert_eq!((metrics.arena.used_bytes, metrics.budget.current_bytes), (0, 0));
    assert_eq!((bench.platform.resource_count(), bench.platform.network_count()), (0, 0));
}

/// A device that goes again and again, between frames and in the middle of what was
/// asked of it: what pays for a thing ends with it.
#[test]
fn fifty_lost_devices_leave_no_charge_behind() {
    let shared = Shared::new();
    for nn in [NnMode::WebNn, NnMode::WebGpuEmulated] {
        let mut bench = Bench::new(&shared, nn);
        for scenario in [ScenarioKind::LevelStreaming, ScenarioKind::LlmDecode] {
            bench.start(config(scenario));
            let mut losses = 0;
            for round in 1..=50 {
                bench.platform.inject(round * 7 % 23, Fault::DeviceLoss);
                frames(&mut bench, 3);
                if bench.metrics().gpu.device_losses_total == losses {
                    bench.platform.lose_device(&mut bench.session);
                    frames(&mut bench, 2);
                }
                // What is injected may come in a later round, beside that one's own.
                let total = bench.metrics().gpu.device_losses_total;
                assert!(total > losses, "round {round}: {total}");
                losses = total;
            }
            check_nothing_is_left(&mut bench);
        }
    }
}

/// The ring of 512 KiB takes what it can; what it cannot takes a range each.
#[test]
fn uploads_pass_through_the_ring() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GpuThrash));
    frames(&mut bench, 40);
    let (gpu, arena) = (bench.metrics().gpu, bench.metrics().arena);
    assert_eq!(gpu.staging.capacity_bytes, 512 << 10);
    assert!(gpu.staging.uploads_total > 100 && gpu.staging.in_flight_bytes_peak > 0, "{:?}", gpu.staging);
    assert_eq!(arena.allocations_total, 1 + gpu.staging.overflows_total, "the ring, and what went beside it");
    bench.platform.hold_completions(true);
    frames(&mut bench, 5);
    assert!(bench.metrics().gpu.staging.in_flight_bytes > 0);
    bench.platform.hold_completions(false);
    bench.session.stop(Micros::new(bench.now));
    bench.settle();
    assert_eq!(bench.metrics().gpu.staging.in_flight_bytes, 0);
}

/// Where the device's limit leaves no room, the last step of the fallback gives the ring's memory back
/// while it is idle; the next upload takes it anew, and its totals go on.
#[test]
fn the_ring_s_totals_outlive_its_memory() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GpuThrash));
    frames(&mut bench, 20);
    let before = bench.metrics().gpu.staging;
    let nothing = json!({ "heaps": { "device": { "max_bytes": 0 } } });
    bench.session.set_limits(&nothing).expect("a limit of nothing is a limit");
    frames(&mut bench, 10);
    let Metrics { arena, gpu, .. } = bench.metrics();
    let rings = arena.allocations_total - gpu.staging.overflows_total;
    assert!(rings > 1, "the memory was never given back: {arena:?}");
    assert!(gpu.staging.uploads_total > before.uploads_total, "{:?} after {before:?}", gpu.staging);
}

/// Uploads that come while the ring has no memory went beside it as well.
#[test]
fn uploads_beside_a_ring_without_memory_are_counted() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GpuThrash));
    let no_room = json!({ "heaps": { "arena": { "max_bytes": 0 } } });
    bench.session.set_limits(&no_room).expect("a limit of nothing is a limit");
    frames(&mut bench, 10);
    let Metrics { gpu, .. } = bench.metrics();
    assert_eq!((gpu.staging.capacity_bytes, gpu.staging.uploads_total), (0, 0));
    assert!(gpu.staging.overflows_total > 10, "{:?}", gpu.staging);
}

/// Where a late tick brings many frames at once, the ring overflows, and nothing else
/// of what is placed changes.
#[test]
fn what_a_seed_asks_for_does_not_hang_on_the_machine() {
    let placed = |late: u64| {
        let shared = Shared::new();
        let mut bench = Bench::new(&shared, NnMode::WebNn);
        bench.start(config(ScenarioKind::GameLoop));
        frames(&mut bench, 2);
        bench.now += late * FRAME;
        while bench.metrics().frame < 24 {
            frames(&mut bench, 1);
        }
        let Metrics { arena, gpu, .. } = bench.metrics();
        let beside = gpu.staging.overflows_total;
        (arena.allocations_total + arena.failures_total - beside, beside)
    };
    let (prompt, late) = (placed(0), placed(12));
    assert_eq!(prompt.0, late.0);
    assert!(late.1 > prompt.1, "{late:?} and {prompt:?}: the ring was never full");
}

#[test]
fn a_refused_creation_climbs_and_says_what_helped() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GpuThrash));
    frames(&mut bench, 30);
    let before = bench.metrics().pool;
    bench.platform.fail_creations_every(2);
    frames(&mut bench, 60);
    let after = bench.metrics().pool;
    let helped = |fallback: &arenascope_telemetry::metrics::PoolFallback| {
        fallback.trim_class_total + fallback.trim_idle_total + fallback.borrowers_total
    };
    assert_eq!(helped(&before.fallback), 0);
    assert!(helped(&after.fallback) > 0, "{:?}", after.fallback);
    assert!(after.destroyed_by.creation_failed_total > 0);
    assert!(after.creation_us_log2.iter().sum::<u64>() > 0);
}
