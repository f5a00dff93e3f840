use super::super::json::{check_cuts, check_mutations};
use super::*;
use arenascope_trace::{Action, Collected};

const SMALL: &str = r#"{"displayTimeUnit": "ms", "traceEvents": [
{"args": {"name": "Renderer"}, "cat": "__metadata", "name": "process_name", "ph": "M", "pid": 7, "tid": 0, "ts": 0},
{"name": "Heap", "ph": "C", "ts": 2000.5, "pid": 7, "tid": 1, "args": {"buffers": 1000, "textures": 500}},
{"name": "fps", "ph": "C", "ts": 1500, "pid": 7, "args": {"value": 60}},
{"name": "Frame", "ph": "i", "s": "t", "ts": 1000, "pid": 7, "tid": 1},
{"name": "Heap", "ph": "C", "ts": "1000", "pid": 7, "tid": 1, "args": {"buffers": "100", "textures": 0}},
{"name": "Other heap", "ph": "C", "ts": 3000, "pid": "gpu", "args": {"bytes": 64.0}},
{"name": "UpdateCounters", "ph": "I", "ts": 4000, "pid": 7, "args": {"data": {"nodes": 5, "jsHeapSizeUsed": 4096}}},
{"name": "slice", "ph": "X", "ts": 1, "dur": 5, "pid": 7, "tid": 1, "args": {"a": {"b": [1]}}},
{"name": "Heap", "ph": "C", "ts": 5000, "pid": 7, "tid": 1, "args": {"buffers": -5, "textures": 500}}
]}"#;

fn told(text: &str) -> Collected {
    assert!(looks_like(text.as_bytes()));
    let mut told = Collected::default();
    read(&mut text.as_bytes(), &mut told).unwrap();
    told
}

/// Each event in short.
fn script(told: &Collected) -> Vec<String> {
    let event = |event: &arenascope_trace::Event| match event.action {
        Action::Allocate { id, space, bytes, category, .. } => {
            let category = &told.manifest.categories[usize::from(category.0)].label;
            format!("{} +{id} {bytes} {category} @{}", event.time_us, told.manifest.spaces[usize::from(space.0)].label)
        }
        Action::Resize { id, bytes } => format!("{} ={id} {bytes}", event.time_us),
        Action::Mark { marker } => format!("{} {}", event.time_us, told.manifest.markers[marker as usize]),
        action => panic!("{action:?}"),
    };
    told.events.iter().map(event).collect()
}

#[test]
fn counters_of_memory_are_series_in_order_of_time() {
    let told = told(SMALL);
    let expected = [
        "0 Frame",
        "0 +0 100 Heap: buffers @Renderer",
        "0 +1 0 Heap: textures @Renderer",
        "1000 =0 1000",
        "1000 =1 500",
        "2000 +3 64 Other heap: bytes @Process gpu",
        "3000 +5 4096 UpdateCounters: jsHeapSizeUsed @Renderer",
        "4000 =0 0",
    ];
    assert_eq!(script(&told), expected);
    let notes: Vec<_> = told.manifest.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(notes.contains(&"2 series whose names say nothing of memory are left out"), "{notes:?}");
    assert!(notes.contains(&"1 values are below 0, and are taken for 0"), "{notes:?}");
}

#[test]
fn a_list_without_its_end_is_read() {
    let text = "[\n{\"ph\":\"C\",\"name\":\"Arena\",\"pid\":1,\"ts\":10,\"args\":{\"ECS\":4,\"GPU\":8}},\n";
    let told = told(text);
    assert_eq!(script(&told), ["0 +0 4 ECS @Process 1", "0 +1 8 GPU @Process 1"]);
    assert!(told.manifest.notes.iter().any(|note| note.kind == NoteKind::Missing));
    assert!(told.manifest.notes.iter().any(|note| note.text.contains("in whatever unit")));
}

#[test]
fn garbage_collections_say_what_the_heap_uses() {
    let text = r#"[
        {"ph":"B","name":"MinorGC","pid":1,"tid":2,"ts":10,"args":{"usedHeapSizeBefore":900,"type":"allocation failure"}},
        {"ph":"E","name":"MinorGC","pid":1,"tid":2,"ts":15,"args":{"usedHeapSizeAfter":300}},
        {"ph":"X","name":"MajorGC","pid":1,"tid":3,"ts":20,"dur":7,"args":{"usedHeapSizeAfter":1,"usedHeapSizeBefore":5}}]"#;
    let expected =
        ["0 +0 900 V8 heap of thread 2 @Process 1", "5 =0 300", "10 +1 5 V8 heap of thread 3 @Process 1", "17 =1 1"];
    assert_eq!(script(&told(text)), expected);
}

#[test]
fn a_trace_without_counters_says_so() {
    let mut told = Collected::default();
    let error = read(&mut r#"[{"ph":"X","ts":1}]"#.as_bytes(), &mut told).unwrap_err();
    assert!(error.to_string().contains("no counters"), "{error}");
}

#[test]
fn a_cut_file_is_read_as_far_as_it_goes() {
    check_cuts(SMALL.as_bytes(), read);
}

#[test]
fn changed_files_are_errors_or_runs() {
    check_mutations(SMALL.as_bytes(), read);
}
