//! The snapshot document against its published schema, and against the figures
//! it carries.

#[path = "../crates/session/tests/session/platform.rs"]
#[allow(dead_code)]
mod platform;

use crate::platform::Platform;
use arenascope_arena::PolicyKind;
use arenascope_pool::DeviceLimits;
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;
use serde_json::Value;

fn schema() -> jsonschema::Validator {
    let text = include_str!("../public/schema/arenascope-snapshot-1.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

/// A document of `scenario` after some frames.
fn document(scenario: ScenarioKind, policy: PolicyKind) -> Value {
    document_of(RunConfig { scenario, policy, arena_bytes: Bytes::mib(16), ..RunConfig::default() })
}

fn document_of(config: RunConfig) -> Value {
    let shared = Shared::new();
    let mut session = Session::new(config.clone(), &shared, Micros::ZERO).unwrap();
    let mut platform = Platform::new(NnMode::WebNn);
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
    session.start(config, Micros::ZERO).unwrap();
    for frame in 1..100 {
        session.handle_tick(Micros::new(frame * 16_667));
        platform.run(&mut session);
    }
    serde_json::to_value(session.document(Default::default(), "2026-01-01T00:00:00Z".into())).unwrap()
}

fn sum(rows: &Value, field: &str) -> u64 {
    rows.as_array().unwrap().iter().map(|row| row[field].as_u64().unwrap()).sum()
}

#[test]
fn documents_of_every_scenario_fit_the_schema_and_add_up() {
    let schema = schema();
    let scenarios = ScenarioKind::ALL.map(|scenario| (scenario, PolicyKind::FirstFit));
    let policies = PolicyKind::ALL.map(|policy| (ScenarioKind::FragmentationStorm, policy));
    for (scenario, policy) in scenarios.into_iter().chain(policies) {
        let document = document(scenario, policy);
        let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{scenario:?}, {policy}");
        check_sums(&document);
    }
}

fn check_sums(document: &Value) {
    let (arena, metrics) = (&document["arena"], &document["metrics"]["arena"]);
    assert_eq!(sum(&arena["allocations"], "size"), metrics["used_bytes"]);
    assert_eq!(sum(&arena["allocations"], "requested"), metrics["requested_bytes"]);
    assert_eq!(sum(&arena["free_ranges"], "size"), metrics["free_bytes"]);
    assert_eq!(sum(&arena["cached_ranges"], "size"), metrics["cached_bytes"]);
    assert_eq!(arena["allocations"].as_array().unwrap().len() as u64, metrics["allocation_count"]);
    let pool = &document["metrics"]["pool"];
    let states = ["in_use_bytes", "pending_bytes", "idle_bytes"].map(|state| pool[state].as_u64().unwrap());
    assert_eq!(sum(&document["pool"]["buffers"], "size"), states.iter().sum::<u64>());
    assert_eq!(sum(&document["metrics"]["budget"]["categories"], "current_bytes"), document["budget"]["current_bytes"]);
    assert_eq!(sum(&document["budget"]["tags"], "current_bytes"), document["budget"]["current_bytes"]);
    assert_eq!(sum(&document["metrics"]["budget"]["heaps"], "current_bytes"), document["budget"]["current_bytes"]);
    check_tiling(document);
}

/// Metadata first, then ranges without gap or overlap, to the last byte.
fn check_tiling(document: &Value) {
    let arena = &document["arena"];
    let mut ranges: Vec<(u64, u64)> = ["allocations", "free_ranges", "cached_ranges"]
        .into_iter()
        .flat_map(|kind| arena[kind].as_array().unwrap())
        .map(|range| (range["offset"].as_u64().unwrap(), range["size"].as_u64().unwrap()))
        .collect();
    ranges.sort_unstable();
    let metadata = document["metrics"]["arena"]["metadata_bytes"].as_u64().unwrap();
    let end = ranges.into_iter().fold(metadata, |end, (offset, size)| {
        assert_eq!(end, offset);
        offset + size
    });
    assert_eq!(end, document["metrics"]["arena"]["capacity_bytes"]);
}

#[test]
fn a_guarded_run_fits_the_schema_and_adds_up() {
    let config = RunConfig { arena_bytes: Bytes::mib(16), guards: true, ..RunConfig::default() };
    let document = document_of(config);
    let errors: Vec<String> = schema().iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    check_sums(&document);
    assert!(document["metrics"]["arena"]["cached_bytes"].as_u64() > Some(0));
    assert!(document["metrics"]["arena"]["waste_guards_bytes"].as_u64() > Some(0));
}

#[test]
fn the_schema_refuses_what_is_not_a_snapshot() {
    let schema = schema();
    let document = document(ScenarioKind::Leak, Default::default());
    for part in document.as_object().unwrap().keys() {
        let mut without = document.clone();
        without.as_object_mut().unwrap().remove(part);
        assert!(!schema.is_valid(&without), "valid without {part}");
    }
    let mut odd = document.clone();
    odd["arena"]["allocations"][0]["size"] = 17.into();
    assert!(!schema.is_valid(&odd));
    let mut next = document;
    next["schema"]["version"] = 2.into();
    assert!(!schema.is_valid(&next));
}

#[test]
fn a_document_survives_its_json() {
    let value = document(ScenarioKind::GameLoop, Default::default());
    let read: arenascope_formats::snapshot::Document = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), value);
}
