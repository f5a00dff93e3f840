use super::super::json::{check_cuts, check_mutations};
use super::*;
use arenascope_trace::{Action, CannotTell, Collected};

const SMALL: &str = r#"{
  "General": {"API": "Vulkan", "apiVersion": "1.3.203", "GPU": "A card"},
  "Total": {"BlockCount": 3, "BlockBytes": 5120, "AllocationCount": 4, "AllocationBytes": 1888},
  "MemoryInfo": {
    "Heap 0": {
      "Flags": ["DEVICE_LOCAL"], "Size": 65536,
      "Budget": {"BudgetBytes": 60000, "UsageBytes": 5120},
      "Stats": {"BlockCount": 3, "BlockBytes": 5120, "AllocationCount": 4, "AllocationBytes": 1888},
      "MemoryPools": {"Type 0": {"Flags": ["DEVICE_LOCAL"], "Stats": {
        "BlockCount": 3, "BlockBytes": 5120, "AllocationCount": 4, "AllocationBytes": 1888}}}
    }
  },
  "DefaultPools": {"Type 0": {
    "PreferredBlockSize": 268435456,
    "Blocks": {"0": {"MapRefCount": 0, "TotalBytes": 4096, "UnusedBytes": 3232, "Allocations": 2, "UnusedRanges": 1,
      "Suballocations": [
        {"Offset": 0, "Type": "BUFFER", "Size": 352, "Usage": 130, "Name": "Vertices é😀"},
        {"Offset": 352, "Type": "FREE", "Size": 672},
        {"Offset": 1024, "Type": "IMAGE_OPTIMAL", "Size": 512, "Usage": 32, "CustomData": "Depth"},
        {"Offset": 1536, "Type": "FREE", "Size": 2560}
      ]}},
    "DedicatedAllocations": [{"Type": "BUFFER", "Size": 512, "Usage": 1}]
  }},
  "CustomPools": {"Type 0": [{"Name": "Shadows", "Blocks": {"0": {"TotalBytes": 512, "UnusedBytes": 0, "Allocations": 1,
    "Suballocations": [{"Offset": 0, "Type": "IMAGE_LINEAR", "Size": 512, "Usage": 7}]}}, "DedicatedAllocations": []}]}
}"#;

fn told(bytes: &[u8]) -> Collected {
    assert!(looks_like(bytes));
    let mut told = Collected::default();
    read(&mut &*bytes, &mut told).unwrap();
    told
}

/// Count and bytes of what was allocated, and what was reserved.
fn sums(told: &Collected) -> (usize, u64, usize, u64) {
    let mut sums = (0, 0, 0, 0);
    for event in &told.events {
        match event.action {
            Action::Allocate { bytes, .. } => (sums.0, sums.1) = (sums.0 + 1, sums.1 + bytes),
            Action::Reserve { bytes, .. } => (sums.2, sums.3) = (sums.2 + 1, sums.3 + bytes),
            _ => panic!("{event:?}"),
        }
    }
    sums
}

fn contradictions(told: &Collected) -> Vec<&str> {
    let notes = told.manifest.notes.iter().filter(|note| note.kind == NoteKind::Contradiction);
    notes.map(|note| note.text.as_str()).collect()
}

#[test]
fn blocks_are_spaces_and_names_are_owners() {
    let told = told(SMALL.as_bytes());
    assert_eq!(sums(&told), (4, 1888, 3, 5120));
    assert_eq!(contradictions(&told), [""; 0]);
    let labels: Vec<_> = told.manifest.spaces.iter().map(|space| space.label.as_str()).collect();
    assert_eq!(labels, ["Type 0, block 0", "Type 0, dedicated 0", "Type 0, pool Shadows, block 0"]);
    let categories: Vec<_> = told.manifest.categories.iter().map(|category| category.label.as_str()).collect();
    let expected =
        ["BUFFER, vertex, index or indirect", "IMAGE_OPTIMAL, depth or stencil", "BUFFER, transfer", "IMAGE_LINEAR"];
    assert_eq!(categories, expected);
    let owners = told.events[3..].iter().map(|event| {
        told.stacks.frames_of(event.site).next().map(|frame| frame.function.to_string()).unwrap_or_default()
    });
    let owners: Vec<_> = owners.collect();
    assert_eq!(owners, ["Vertices é😀", "Depth", "", ""]);
    assert_eq!(told.manifest.source.subject.as_deref(), Some("Vulkan on A card"));
    assert!(told.manifest.cannot_tell.contains_key(&CannotTell::History));
}

#[test]
fn wide_letters_are_the_same_file() {
    let plain = told(SMALL.as_bytes());
    for has_mark in [true, false] {
        let text = if has_mark { format!("\u{feff}{SMALL}") } else { SMALL.into() };
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [text.as_bytes(), &little, &big] {
            let other = told(bytes);
            assert_eq!((&other.manifest, &other.events), (&plain.manifest, &plain.events));
        }
    }
}

#[test]
fn contradictions_are_noted_once_each() {
    let text = SMALL
        .replace("\"Offset\": 1024", "\"Offset\": 300")
        .replace("\"UsageBytes\": 5120", "\"UsageBytes\": 70000")
        .replace("\"TotalBytes\": 512", "\"TotalBytes\": 500");
    let told = told(text.as_bytes());
    let notes = contradictions(&told);
    for part in [
        "1 allocations overlap the one before; the first: Type 0, block 0, offset 300",
        "1 allocations go beyond the end of their block; the first: Type 0, pool Shadows, block 0, offset 0",
        "Heap 0: UsageBytes 70000 is above Size 65536",
        "Heap 0: UsageBytes 70000 is above BudgetBytes 60000",
        "1 blocks whose allocations and UnusedBytes do not make up TotalBytes; the first: Type 0, pool Shadows, block 0",
        "Total says BlockBytes 5120, and what is listed makes 5108",
    ] {
        assert!(notes.contains(&part), "{part}: {notes:?}");
    }
}

#[test]
fn sizes_that_cannot_be_are_left_out_and_counted() {
    let text = SMALL
        .replace("\"Size\": 352,", "\"Size\": 18446744073709551615,")
        .replace("\"Size\": 512, \"Usage\": 1", "\"Usage\": 1");
    let told = told(text.as_bytes());
    assert_eq!(sums(&told).0, 2);
    assert!(contradictions(&told)[0].starts_with("2 allocations say no size that can be"));
}

#[test]
fn without_the_detailed_map_there_are_sums() {
    let text = SMALL.split_once("\"DefaultPools\"").unwrap().0.trim_end().trim_end_matches(',').to_owned() + "}";
    let told = told(text.as_bytes());
    assert_eq!(sums(&told), (1, 1888, 1, 5120));
    assert!(told.manifest.cannot_tell.contains_key(&CannotTell::Allocations));
    assert_eq!(told.manifest.spaces[0].capacity_bytes, Some(65_536));
}

#[test]
fn d3d12_writes_the_same_schema() {
    let text = r#"{"General": {"API": "Direct3D 12", "GPU": "A card"},
        "MemoryInfo": {"L0": {"Budget": {"BudgetBytes": 100000, "UsageBytes": 70000}, "MemoryPools": {"DEFAULT": {"Stats": {
          "BlockCount": 1, "BlockBytes": 65536, "AllocationCount": 1, "AllocationBytes": 4096}}}}},
        "DefaultPools": {"DEFAULT": {"Blocks": {"0": {"TotalBytes": 65536, "Suballocations": [
          {"Offset": 0, "Type": "TEXTURE2D", "Size": 4096, "Usage": 2, "Name": "Depth"}]}}, "DedicatedAllocations": []}}}"#;
    let told = told(text.as_bytes());
    assert_eq!(sums(&told), (1, 4096, 1, 65_536));
    assert_eq!(told.manifest.categories[0].label, "TEXTURE, depth or stencil");
    assert_eq!(told.manifest.source.tool.as_deref(), Some("D3D12 Memory Allocator"));
}

#[test]
fn many_blocks_lie_side_by_side() {
    let block = |number: u32| {
        let half = r#""TotalBytes": 4000, "Suballocations": [{"Offset": 3000, "Type": "BUFFER", "Size": 1000}]"#;
        format!("\"{number}\": {{{half}}}")
    };
    let blocks = (0..100).map(block).collect::<Vec<_>>().join(",");
    let text =
        format!(r#"{{"General": {{"API": "Vulkan"}}, "DefaultPools": {{"Type 0": {{"Blocks": {{{blocks}}}}}}}}}"#);
    let told = told(text.as_bytes());
    assert_eq!((told.manifest.spaces.len(), sums(&told)), (1, (100, 100_000, 100, 400_000)));
    let Action::Allocate { address, .. } = told.events.last().unwrap().action else { panic!() };
    assert_eq!(address, 99 * 4096 + 3000);
}

#[test]
fn the_sample_agrees_with_its_own_sums() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/vma-stats.json");
    let Ok(bytes) = std::fs::read(path) else { return };
    let told = told(&bytes);
    // `json.load` in Python, then a walk over Suballocations (but FREE) and
    // DedicatedAllocations: 132 of 73 401 500 bytes in 69 blocks of 201 392 128.
    assert_eq!(sums(&told), (132, 73_401_500, 69, 201_392_128));
    assert_eq!(contradictions(&told), [""; 0]);
}

#[test]
fn a_cut_file_is_read_as_far_as_it_goes() {
    check_cuts(SMALL.as_bytes(), read);
}

#[test]
fn changed_files_are_errors_or_runs() {
    check_mutations(SMALL.as_bytes(), read);
}

#[test]
fn what_is_no_object_is_an_error_with_its_place() {
    let mut told = Collected::default();
    let error = read(&mut "\n [1]".as_bytes(), &mut told).unwrap_err();
    assert_eq!(error.to_string(), "VMA or D3D12MA statistics: line 2, column 2: expected an object, found `[1]`");
}
