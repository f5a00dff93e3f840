use super::super::json::{check_cuts, check_mutations};
use super::*;
use arenascope_trace::{Action, CannotTell, Collected};

/// As captures with snapshots of allocations are written.
const PLACED: &str = r#"[{},
{"name": "thread_name", "ph": "M", "tid": 1, "ts": 99, "pid": "GPGMM", "args": {"name": "GPGMM_MainThread"}},
{"name": "ResourceAllocator", "ph": "N", "id": "0x1", "tid": 1, "ts": 10, "pid": "GPGMM"},
{"name": "ResourceAllocator.CreateResource", "ph": "i", "tid": 1, "ts": 11, "pid": "GPGMM", "args": {
  "allocationDescriptor": {"Flags": 0, "HeapType": 1}, "resourceDescriptor": {"Dimension": 1, "Width": 1000}}},
{"name": "Heap", "ph": "N", "id": "0x2", "tid": 1, "ts": 12, "pid": "GPGMM"},
{"name": "Heap", "ph": "O", "id": "0x2", "tid": 1, "ts": 13, "pid": "GPGMM", "args": {"snapshot": {
  "SizeInBytes": 4096, "IsResident": 1, "MemorySegmentGroup": 0, "SubAllocatedRefs": 1, "MemoryPool": {"id_ref": "0x9"}}}},
{"name": "ResourceAllocation", "ph": "N", "id": "0x3", "tid": 1, "ts": 14, "pid": "GPGMM"},
{"name": "ResourceAllocation", "ph": "O", "id": "0x3", "tid": 1, "ts": 15, "pid": "GPGMM", "args": {"snapshot": {
  "SizeInBytes": 1024, "HeapOffset": 2048, "OffsetFromResource": 0, "Method": 3, "ResourceHeap": {"id_ref": "0x2"}}}},
{"name": "ResourceAllocator.CreateResource", "ph": "i", "tid": 1, "ts": 16, "pid": "GPGMM", "args": {
  "allocationDescriptor": {"Flags": 0, "HeapType": 2}, "resourceDescriptor": {"Dimension": 3, "Width": 16}}},
{"name": "Heap", "ph": "N", "id": "0x4", "tid": 1, "ts": 17, "pid": "GPGMM"},
{"name": "Heap", "ph": "O", "id": "0x4", "tid": 1, "ts": 17, "pid": "GPGMM", "args": {"snapshot": {
  "Size": 8192, "MemorySegmentGroup": 1}}},
{"name": "ResourceAllocation", "ph": "N", "id": "0x5", "tid": 1, "ts": 18, "pid": "GPGMM"},
{"name": "ResourceAllocation", "ph": "O", "id": "0x5", "tid": 1, "ts": 18, "pid": "GPGMM", "args": {"snapshot": {
  "Size": 8192, "HeapOffset": 0, "Method": 1, "ResourceHeap": {"id_ref": "0x4"}}}},
{"name": "ResourceAllocation", "ph": "D", "id": "0x3", "tid": 1, "ts": 20, "pid": "GPGMM"},
{"name": "ResourceAllocation", "ph": "D", "id": "0x7", "tid": 2, "ts": 21, "pid": "GPGMM"},
{"name": "Heap", "ph": "D", "id": "0x2", "tid": 1, "ts": 22, "pid": "GPGMM"}
]"#;

fn told(bytes: &[u8]) -> Collected {
    assert!(looks_like(bytes));
    let mut told = Collected::default();
    read(&mut &*bytes, &mut told).unwrap();
    told
}

/// Each event in short.
fn script(told: &Collected) -> Vec<String> {
    let event = |event: &arenascope_trace::Event| match event.action {
        Action::Allocate { id, space, address, bytes, category } => {
            let category = &told.manifest.categories[usize::from(category.0)].label;
            format!("{} +{id} {bytes} at {}:{address} {category}", event.time_us, space.0)
        }
        Action::Free { id } => format!("{} -{id}", event.time_us),
        Action::Reserve { space, address, bytes } => format!("{} [{}:{address} {bytes}", event.time_us, space.0),
        Action::Release { space, address, bytes } => format!("{} ]{}:{address} {bytes}", event.time_us, space.0),
        action => panic!("{action:?}"),
    };
    told.events.iter().map(event).collect()
}

#[test]
fn allocations_lie_in_their_heaps() {
    let told = told(PLACED.as_bytes());
    let expected = [
        "2 [0:0 4096",
        "4 +0 1024 at 0:2048 Default buffers",
        "7 [1:0 8192",
        "8 +1 8192 at 1:0 Upload textures",
        "10 -0",
        "11 -9223372036854775815",
        "12 ]0:0 4096",
    ];
    assert_eq!(script(&told), expected);
    assert!(!told.manifest.cannot_tell.contains_key(&CannotTell::Addresses));
    assert_eq!(told.manifest.notes[0].text, "1 allocations are gone that nobody said were made");
}

#[test]
fn an_allocation_beyond_its_heap_is_noted() {
    let told = told(PLACED.replace("\"HeapOffset\": 2048", "\"HeapOffset\": 4000").as_bytes());
    assert!(told.manifest.notes.iter().any(|note| note.kind == NoteKind::Contradiction));
}

#[test]
fn sizes_are_those_that_the_same_thread_asked_for() {
    let ask = |thread: u32, bytes: u32| {
        let resource = format!("\"resourceDescriptor\":{{\"Dimension\":1,\"Width\":{bytes}}}");
        format!(
            "{{\"name\":\"ResourceAllocator.CreateResource\",\"ph\":\"i\",\"tid\":{thread},\"ts\":1,\"args\":{{{resource}}}}}"
        )
    };
    let made = |thread: u32, id: u32| {
        format!("{{\"name\":\"ResourceAllocation\",\"ph\":\"N\",\"tid\":{thread},\"id\":\"0x{id}\",\"ts\":1}}")
    };
    // The last has not asked again.
    let told = told(format!("[{},{},{},{},{}]", ask(1, 10), ask(2, 20), made(1, 1), made(2, 2), made(1, 3)).as_bytes());
    let sizes = told.events.iter().map(|event| match event.action {
        Action::Allocate { bytes, .. } => bytes,
        action => panic!("{action:?}"),
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [10, 20, 0]);
    assert!(told.manifest.notes.iter().any(|note| note.text.starts_with("1 allocations say no size")));
}

#[test]
fn sizes_of_the_sample_are_those_of_its_requests() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/gpgmm-webnn-mobilenetv2.json");
    let Ok(bytes) = std::fs::read(path) else { return };
    let told = told(&bytes);
    let (mut live, mut peak, mut reserved, mut reserved_peak, mut count) = (0, 0, 0, 0, 0);
    let mut sizes = std::collections::HashMap::new();
    for event in &told.events {
        match event.action {
            Action::Allocate { id, bytes, .. } => {
                (live, count) = (live + bytes, count + 1);
                assert!(sizes.insert(id, bytes).is_none());
            }
            Action::Free { id } => live -= sizes.remove(&id).unwrap(),
            Action::Reserve { bytes, .. } => reserved += bytes,
            Action::Release { bytes, .. } => reserved -= bytes,
            _ => panic!("{event:?}"),
        }
        (peak, reserved_peak) = (live.max(peak), reserved.max(reserved_peak));
    }
    // A walk in Python over the events in order of ts, the Width of the last
    // CreateResource of the thread taken for each ResourceAllocation.
    assert_eq!((count, peak, live), (9, 50_397_184, 0));
    assert_eq!((reserved_peak, reserved), (79_691_776, 0));
    assert!(told.manifest.cannot_tell.contains_key(&CannotTell::Addresses));
}

#[test]
fn a_cut_file_is_read_as_far_as_it_goes() {
    check_cuts(PLACED.as_bytes(), read);
}

#[test]
fn changed_files_are_errors_or_runs() {
    check_mutations(PLACED.as_bytes(), read);
}
