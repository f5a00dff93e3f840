use super::super::json::{check_cuts, check_mutations};
use super::*;
use arenascope_trace::{Action, CannotTell, Collected, NoteKind};

const PROFILE: &str = r#"{"head": {
  "callFrame": {"functionName": "(root)", "scriptId": "0", "url": "", "lineNumber": -1, "columnNumber": -1},
  "selfSize": 0, "id": 1, "children": [
    {"children": [
      {"callFrame": {"functionName": "", "scriptId": "8", "url": "app.js", "lineNumber": 4, "columnNumber": 1},
        "selfSize": 64, "id": 3, "children": []}
    ], "callFrame": {"functionName": "load", "scriptId": "8", "url": "app.js", "lineNumber": 9, "columnNumber": 1},
      "selfSize": 1000, "id": 2}
  ]}, "samples": [{"size": 1000, "nodeId": 2, "ordinal": 1}, {"size": 64, "nodeId": 3, "ordinal": 2}]}"#;

const TIMELINE: &str = r#"{"snapshot": {"meta": {
  "node_fields": ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"],
  "node_types": [["hidden", "string", "object"], "string", "number", "number", "number", "number", "number"],
  "edge_fields": ["type", "name_or_index", "to_node"],
  "trace_function_info_fields": ["function_id", "name", "script_name", "script_id", "line", "column"],
  "trace_node_fields": ["id", "function_info_index", "count", "size", "children"],
  "sample_fields": ["timestamp_us", "last_assigned_id"]}, "node_count": 5, "edge_count": 0, "trace_function_count": 2},
"nodes": [2,3,7,24,0,5,0
,0,0,1,0,0,0,0
,1,4,3,100,0,0,0
,2,3,5,32,0,4,0
,2,3,99,8,0,77,0],
"edges": [],
"trace_function_infos": [0,0,9,0,0,0,11,1,2,8,5,3],
"trace_tree": [1,0,0,0,[4,1,3,200,[5,1,1,24,[]]]],
"samples": [1000,3,2000,5,3500,7],
"locations": [],
"strings": ["(root)", "load", "app.js", "Texture", "some text"]}"#;

fn told(text: &str) -> Collected {
    assert!(looks_like(text.as_bytes()));
    let mut told = Collected::default();
    read(&mut text.as_bytes(), &mut told).unwrap();
    told
}

/// Each event in short.
fn script(told: &Collected) -> Vec<String> {
    let event = |event: &arenascope_trace::Event| {
        let frame = |frame: &arenascope_trace::Frame| format!("{}:{}:{}", frame.function, frame.file, frame.line);
        let stack: Vec<_> = told.stacks.frames_of(event.site).map(frame).collect();
        let Action::Allocate { id, bytes, category, .. } = event.action else { panic!() };
        let category = &told.manifest.categories[usize::from(category.0)].label;
        format!("{} +{id} {bytes} {category} {}", event.time_us, stack.join("<"))
    };
    told.events.iter().map(event).collect()
}

#[test]
fn profiles_are_totals_by_stack() {
    let told = told(PROFILE);
    let expected =
        ["0 +1 1000 JavaScript heap load:app.js:10", "1 +2 64 JavaScript heap (anonymous):app.js:5<load:app.js:10"];
    assert_eq!(script(&told), expected);
    assert!(told.manifest.cannot_tell.contains_key(&CannotTell::Allocations) && told.manifest.notes.is_empty());
}

#[test]
fn samples_that_do_not_make_up_the_tree_are_noted() {
    let told = told(&PROFILE.replace("{\"size\": 64", "{\"size\": 4"));
    assert_eq!(told.manifest.notes[0].text, "its 2 samples are of 1004 bytes, its calls of 1064");
}

#[test]
fn deep_trees_are_read() {
    let depth = 50_000;
    let open = r#"{"callFrame": {"functionName": "f"}, "selfSize": 1, "children": ["#;
    let text = format!("{{\"head\": {}{}}}", open.repeat(depth), "]}".repeat(depth));
    let told = told(&text);
    assert_eq!(told.events.len(), depth);
    assert_eq!(told.stacks.frames_of(told.events[depth - 1].site).count(), depth);
}

#[test]
fn timelines_say_when_and_by_whom() {
    let told = told(TIMELINE);
    let expected = [
        "0 +0 100 string ",
        "1000 +1 32 object Texture::0<load:app.js:5",
        "2500 +2 24 object Texture::0<load:app.js:5<load:app.js:5",
        "2500 +3 8 object Texture::0",
    ];
    assert_eq!(script(&told), expected);
    let remark = "4 allocations of 224 bytes were recorded with their stacks; 2 objects of 56 bytes of them live";
    assert_eq!(told.manifest.notes[0].text, remark);
    assert!(!told.manifest.cannot_tell.contains_key(&CannotTell::Times));
}

#[test]
fn snapshots_are_of_one_moment() {
    let text = TIMELINE.replace("[1000,3,2000,5,3500,7]", "[]").replace("[1,0,0,0,[4,1,3,200,[5,1,1,24,[]]]]", "[]");
    let told = told(&text);
    assert_eq!(script(&told)[1], "1 +1 32 object Texture::0");
    for what in [CannotTell::History, CannotTell::Times, CannotTell::Stacks] {
        assert!(told.manifest.cannot_tell.contains_key(&what));
    }
}

#[test]
fn a_snapshot_of_unknown_fields_is_an_error() {
    let mut told = Collected::default();
    let error = read(&mut TIMELINE.replace("self_size", "size").as_bytes(), &mut told).unwrap_err();
    assert!(error.to_string().contains("expected node_fields with type, name, id and self_size"), "{error}");
}

#[test]
fn cut_files_are_read_as_far_as_they_go() {
    check_cuts(PROFILE.as_bytes(), read);
    check_cuts(TIMELINE.as_bytes(), read);
}

#[test]
fn changed_profiles_are_errors_or_runs() {
    check_mutations(PROFILE.as_bytes(), read);
}

#[test]
fn changed_timelines_are_errors_or_runs() {
    check_mutations(TIMELINE.as_bytes(), read);
}

/// What the script says it counted: a file, objects with a size, their bytes.
fn counted(line: &str) -> Option<(&str, usize, u64)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Files that node writes, against what the script counts in them.
#[test]
fn files_of_node_agree_with_its_own_count() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/v8_heap.js");
    let folder = std::env::temp_dir().join(format!("arenascope-v8-heap-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // Compiled code would leave out calls that are inlined.
    let Ok(output) = std::process::Command::new("node").arg("--no-opt").arg(script).arg(&folder).output() else {
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    for line in lines.lines() {
        let (name, count, bytes) = counted(line).unwrap();
        let file = std::fs::read(folder.join(name)).unwrap();
        let mut told = Collected::default();
        assert!(looks_like(&file), "{name}");
        read(&mut file.as_slice(), &mut told).unwrap();
        let sum: u64 = told
            .events
            .iter()
            .map(|event| match event.action {
                Action::Allocate { bytes, .. } => bytes,
                _ => panic!("{event:?}"),
            })
            .sum();
        assert_eq!((told.events.len(), sum), (count, bytes), "{name}");
        assert!(told.manifest.notes.iter().all(|note| note.kind == NoteKind::Remark), "{:?}", told.manifest.notes);
        // Of a timeline V8 keeps 64 calls of a stack.
        if name != "node.heapsnapshot" {
            let is_deep = |event: &arenascope_trace::Event| {
                let names: Vec<_> = told.stacks.frames_of(event.site).map(|frame| &*frame.function).collect();
                names.iter().filter(|name| **name == "deep").count() >= 60
            };
            assert!(told.events.iter().any(is_deep), "{name}: no stack of 60 calls");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
