use super::super::json::{check_cuts, check_mutations};
use super::*;
use arenascope_trace::{Action, CannotTell, Collected};

/// Tables of a thread, as versions before 56 have them.
const TABLES: &str = r#""stackTable": {"frame": [0, 1, 2], "prefix": [null, 0, 0], "length": 3},
  "frameTable": {"func": [0, 1, 2], "line": [null, 12, null], "length": 3},
  "funcTable": {"name": [0, 1, 2], "fileName": [null, 3, null], "lineNumber": [null, 10, 30], "length": 3},
  "stringArray": ["main", "load", "free_all", "load.js"]"#;

const NATIVE: &str = r#""nativeAllocations": {
  "time": [10.5, 11, 12.25, 13, 14], "weight": [1000, 24, -1000, -7, 500], "weightType": "bytes",
  "stack": [1, 0, 2, null, 1], "memoryAddress": [140000000000, 65536, 140000000000, 99, 140000000000],
  "threadId": [77, 78, 77, 77, 77], "length": 5}"#;

const META: &str = r#""meta": {"interval": 1, "startTime": 1700000000000.5, "product": "Firefox", "oscpu": "Linux x86_64",
  "preprocessedProfileVersion": "#;

/// Each thread with its own tables, and allocations that say their address.
fn own() -> String {
    let idle = r#"{"name": "Idle", "pid": 9, "stringArray": ["x"], "samples": {"time": [1]}}"#;
    let main = format!(r#"{{"name": "GeckoMain", "processName": "Parent", "pid": 5, {NATIVE}, {TABLES}}}"#);
    format!("{{{META}47}}, \"libs\": [], \"threads\": [{idle}, {main}]}}")
}

/// Tables that are shared, behind the threads.
fn shared() -> String {
    format!(
        "{{{META}62}}, \"threads\": [{{\"name\": \"GeckoMain\", \"pid\": \"5\", {NATIVE}}}], \"shared\": {{{TABLES}}}}}"
    )
}

fn counters() -> String {
    let memory = r#"{"name": "malloc", "category": "Memory", "pid": "5",
      "samples": {"timeDeltas": [5, 1, 1.5], "count": [1000, 50, -30], "length": 3}}"#;
    let power = r#"{"name": "Power", "category": "power", "pid": "5", "samples": {"time": [1], "count": [9]}}"#;
    let grouped = r#"{"name": "gpu", "category": "Memory", "pid": 6, "sampleGroups": [{"id": 0,
      "samples": {"time": [6.5, 7], "count": [-10, 4]}}]}"#;
    format!("{{{META}49}}, \"threads\": [], \"counters\": [{memory}, {power}, {grouped}]}}")
}

fn told(text: &str) -> Collected {
    assert!(looks_like(text.as_bytes()));
    let mut told = Collected::default();
    read(&mut text.as_bytes(), &mut told).unwrap();
    told
}

/// Each event in short.
fn script(told: &Collected) -> Vec<String> {
    let event = |event: &arenascope_trace::Event| {
        let stack: Vec<_> = told.stacks.frames_of(event.site).map(|frame| &*frame.function).collect();
        let action = match event.action {
            Action::Allocate { id, space, address, bytes, .. } => format!("+{id} {bytes} at {}:{address}", space.0),
            Action::Free { id } => format!("-{id}"),
            Action::Resize { id, bytes } => format!("={id} {bytes}"),
            action => panic!("{action:?}"),
        };
        format!("{} #{} {action} {}", event.time_us, event.thread, stack.join("<"))
    };
    told.events.iter().map(event).collect()
}

#[test]
fn addresses_match_allocations_with_what_frees_them() {
    let told = told(&own());
    let expected = [
        "0 #0 +0 1000 at 0:140000000000 load<main",
        "500 #1 +1 24 at 0:65536 main",
        "1750 #0 -0 free_all<main",
        "2500 #0 -9223372036854775907 ",
        "3500 #0 +2 500 at 0:140000000000 load<main",
    ];
    assert_eq!(script(&told), expected);
    let frame = told.stacks.frames_of(told.events[0].site).next().unwrap();
    assert_eq!((&*frame.file, frame.line), ("load.js", 12));
    assert_eq!(told.manifest.spaces[0].label, "Parent, process 5");
    assert_eq!(told.manifest.source.begun_ms, Some(1_700_000_000_011));
    assert_eq!(told.manifest.notes.len(), 1);
    assert_eq!(told.extents.ranges().len(), 2);
    assert_eq!(told.manifest.cannot_tell.keys().copied().collect::<Vec<_>>(), [CannotTell::All]);
}

#[test]
fn tables_are_the_same_wherever_they_stand() {
    let (own, shared) = (told(&own()), told(&shared()));
    assert_eq!(script(&own), script(&shared));
    assert_eq!(own.stacks.frames(), shared.stacks.frames());
    assert_eq!(shared.manifest.source.version.as_deref(), Some("62"));
}

#[test]
fn sources_have_files_in_newer_versions() {
    let text = shared().replace("\"fileName\": [null, 3, null]", "\"source\": [null, 0, null]");
    let text = text.replace("\"shared\": {", "\"shared\": {\"sources\": {\"filename\": [3], \"length\": 1}, ");
    let told = told(&text);
    assert_eq!(&*told.stacks.frames_of(told.events[0].site).next().unwrap().file, "load.js");
}

#[test]
fn without_addresses_nothing_is_matched() {
    let told = told(&own().replace("memoryAddress", "other"));
    assert_eq!(script(&told).len(), 3);
    assert!(told.manifest.cannot_tell.contains_key(&CannotTell::Frees));
    assert!(told.manifest.notes[0].text.starts_with("2 deallocations of 1007 bytes"), "{:?}", told.manifest.notes);
}

#[test]
fn counters_are_sums_of_their_changes() {
    let told = told(&counters());
    let expected =
        ["0 #0 +0 1000 at 0:0 ", "1000 #0 =0 1050 ", "1500 #0 +1 0 at 1:0 ", "2000 #0 =1 4 ", "2500 #0 =0 1020 "];
    assert_eq!(script(&told), expected);
    let categories: Vec<_> = told.manifest.categories.iter().map(|category| category.label.as_str()).collect();
    assert_eq!(categories, ["malloc", "gpu"]);
}

#[test]
fn stacks_in_a_ring_end() {
    let told = told(&own().replace("\"prefix\": [null, 0, 0]", "\"prefix\": [1, 0, 2]"));
    assert!(told.manifest.notes.iter().any(|note| note.text.contains("caller that is not before")));
}

#[test]
fn cut_files_are_read_as_far_as_they_go() {
    check_cuts(own().as_bytes(), read);
    check_cuts(shared().as_bytes(), read);
    check_cuts(counters().as_bytes(), read);
}

#[test]
fn changed_profiles_are_errors_or_runs() {
    check_mutations(own().as_bytes(), read);
}

#[test]
fn changed_counters_are_errors_or_runs() {
    check_mutations(counters().as_bytes(), read);
}
