//! Traces of the Radeon Memory Visualizer: a real one, small ones in both containers, and
//! many that are damaged.

use arenascope_formats::import::{Format, ImportError, read};
use arenascope_trace::{Action, Collected, NoteKind};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/amd-sample.rmv");

/// A number in as few bytes as its field has, the lowest first.
fn le(value: u64, bytes: usize) -> Vec<u8> {
    value.to_le_bytes()[..bytes].to_vec()
}

fn timestamp(ticks: u64, frequency: u64) -> Vec<u8> {
    [le((ticks / 32) << 4, 8), le(frequency, 4)].concat()
}

fn later(units: u64) -> Vec<u8> {
    [vec![14 | 3 << 4], le(units, 3)].concat()
}

fn allocate(since: u8, address: u64, pages: u64) -> Vec<u8> {
    [vec![12 | since << 4], le(pages - 1, 3), le(address << 2, 8)].concat()
}

fn free(since: u8, address: u64) -> Vec<u8> {
    [vec![11 | since << 4], le(address, 6)].concat()
}

/// With a payload of zeros.
fn create(since: u8, resource: u64, kind: u8, payload: usize) -> Vec<u8> {
    [vec![13 | since << 4], le(resource, 4), vec![0, kind], vec![0; payload]].concat()
}

fn bind(since: u8, resource: u64, address: u64, bytes: u64, is_system: bool) -> Vec<u8> {
    let size = bytes | u64::from(is_system) << 44;
    [vec![7 | since << 4], le(address, 6), le(size, 6), le(resource, 4)].concat()
}

fn destroy(since: u8, resource: u64) -> Vec<u8> {
    [vec![15 | since << 4], le(resource, 4)].concat()
}

fn name(resource: u64, name: &str) -> Vec<u8> {
    let payload = [name.as_bytes(), &[0], &le(resource, 4)].concat();
    [le(4 | (payload.len() as u64) << 12, 4), payload].concat()
}

fn present() -> Vec<u8> {
    vec![5, 3]
}

/// A stream of tokens, in one chunk or more.
type Pieces = Vec<Vec<u8>>;

fn rdf(streams: &[Pieces]) -> Vec<u8> {
    rdf_of(streams, false)
}

/// With the chunks of streams packed by Zstandard, or as they are.
fn rdf_of(streams: &[Pieces], is_packed: bool) -> Vec<u8> {
    let mut file = [b"AMD_RDF ".to_vec(), le(3, 8), vec![0; 16]].concat();
    let mut index = Vec::new();
    let mut chunk = |name: &str, head: Vec<u8>, data: Vec<u8>, unpacked: usize, file: &mut Vec<u8>| {
        let mut entry = name.as_bytes().to_vec();
        entry.resize(16, 0);
        let at = file.len() as u64;
        let place = [at, head.len() as u64, at + head.len() as u64, data.len() as u64, unpacked as u64];
        entry.extend(le(1 << 32 | u64::from(unpacked != 0), 8));
        entry.extend(place.iter().flat_map(|value| le(*value, 8)));
        index.extend(entry);
        file.extend([head, data].concat());
    };
    chunk("AdapterInfo", vec![], [b"AMD Radeon".to_vec(), vec![0; 162]].concat(), 0, &mut file);
    for (number, pieces) in (0..).zip(streams) {
        for piece in pieces {
            let head = [le(42, 4), le(7, 4), le(piece.len() as u64, 8), le(number, 4), le(1, 2), le(8, 2)].concat();
            match is_packed {
                true => {
                    chunk("RmtData", head, compress_to_vec(&**piece, CompressionLevel::Fastest), piece.len(), &mut file)
                }
                false => chunk("RmtData", head, piece.clone(), 0, &mut file),
            }
        }
    }
    let mut snapshot = b"Snapshot 0".to_vec();
    snapshot.resize(128, 0);
    chunk("RmvSnapshotData", vec![], [snapshot, le(10_000 + 320, 8), le(0, 8)].concat(), 0, &mut file);
    let at = file.len() as u64;
    file[16..32].copy_from_slice(&[le(at, 8), le(index.len() as u64, 8)].concat());
    file.extend(index);
    file
}

fn legacy(streams: &[Pieces]) -> Vec<u8> {
    let header = [0x494e_494d, 1, 0, 0, 56, 56, 34, 12, 29, 1, 124, 4, 59, 0];
    let mut file: Vec<u8> = header.iter().flat_map(|value| le(*value, 4)).collect();
    for piece in streams.iter().flatten() {
        file.extend(
            [vec![3, 0, 0, 0], le(8, 2), le(1, 2), le(piece.len() as u64 + 32, 4), le(0, 4), le(42, 8), le(7, 8)]
                .concat(),
        );
        file.extend(piece);
    }
    file
}

fn tokens() -> Vec<u8> {
    [
        timestamp(10_000, 10_000_000),
        allocate(1, 0x10_0000, 16),
        create(0, 1, 11, 10),
        bind(0, 1, 0x10_0000, 0x1_0000, false),
        create(2, 2, 0, 39),
        bind(0, 2, 0x10_0000, 0x8000, false),
        create(0, 3, 1, 11),
        bind(0, 3, 0x10_8000, 0x100, false),
        name(3, "vertices"),
        present(),
        later(1000),
        create(0, 4, 14, 3),
        bind(0, 4, 0, 64, false),
        bind(0, 4, 0x7000, 64, true),
        destroy(0, 2),
        free(15, 0x10_0000),
        destroy(0, 3),
        destroy(0, 99),
        free(0, 0x999),
        bind(0, 98, 0x10_0000, 16, false),
    ]
    .concat()
}

fn shown(file: &[u8]) -> String {
    let mut run = Collected::default();
    let result = read(file, &mut run);
    let mut text = String::new();
    for event in &run.events {
        let category = |category: arenascope_trace::CategoryId| &run.manifest.categories[usize::from(category.0)].label;
        let what = match event.action {
            Action::Allocate { id, space, address, bytes, category: of } => {
                format!("allocate {id} at {}:{address:#x} {bytes} {}", space.0, category(of))
            }
            Action::Free { id } => format!("free {id}"),
            Action::Reserve { address, bytes, .. } => format!("reserve {address:#x} {bytes}"),
            Action::Release { address, bytes, .. } => format!("release {address:#x} {bytes}"),
            Action::Mark { marker } => format!("mark {}", run.manifest.markers[marker as usize]),
            other => format!("{other:?}"),
        };
        let by = run.stacks.frames_of(event.site).map(|frame| format!(" {}", frame.function)).collect::<String>();
        writeln!(text, "{} {} {what}{by}", event.time_us, event.thread).unwrap();
    }
    for note in &run.manifest.notes {
        writeln!(text, "{:?}: {}", note.kind, note.text).unwrap();
    }
    if let Err(error) = result {
        writeln!(text, "{error}").unwrap();
    }
    text
}

fn check(file: &[u8], expected: Expect) {
    expected.assert_eq(&shown(file));
}

#[test]
fn tokens_are_events_in_the_order_of_time() {
    check(
        &rdf(&[vec![tokens()]]),
        expect![[r#"
        3 0 reserve 0x100000 65536
        9 0 allocate 1 at 0:0x100000 32768 Image
        9 0 allocate 2 at 0:0x108000 256 Buffer vertices
        9 0 mark Present
        33 0 mark Snapshot 0
        3209 0 allocate 3 at 1:0x7000 64 Descriptor pool
        3209 0 free 1
        3257 0 free 2
        3257 0 release 0x100000 65536
        3257 0 allocate 4 at 0:0x100000 16 Unknown
        Contradiction: 1 ends of resources that are not known, the first 3257 µs after the start
        Contradiction: 1 frees of addresses that were not allocated, the first 3257 µs after the start
        Contradiction: 1 memory for resources that are not known, the first 3257 µs after the start
        Contradiction: 1 resources outside of what is allocated, the first 3257 µs after the start
        Remark: 1 heaps are not counted: they are what other resources lie in
        Remark: 1 resources were bound to no address, and are not counted
    "#]],
    );
}

#[test]
fn the_first_container_holds_the_same() {
    let of = |file: Vec<u8>| {
        let text = shown(&file);
        text.lines().filter(|line| !line.contains("mark Snapshot")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(of(legacy(&[vec![tokens()]])), of(rdf(&[vec![tokens()]])));
    let mut run = Collected::default();
    assert_eq!(read(&*legacy(&[vec![tokens()]]), &mut run).unwrap(), Format::Rmv);
    assert_eq!(
        (run.manifest.source.begun_ms, run.manifest.source.version.as_deref()),
        (Some(1_709_210_096_000), Some("1.0"))
    );
}

#[test]
fn a_stream_is_one_however_it_is_cut_into_chunks() {
    let whole = shown(&rdf(&[vec![tokens()]]));
    for at in 1..tokens().len() {
        let tokens = tokens();
        let (one, other) = tokens.split_at(at);
        assert_eq!(shown(&rdf(&[vec![one.to_vec(), other.to_vec()]])), whole, "cut at {at}");
    }
    let (one, other) = (tokens()[..50].to_vec(), tokens()[50..].to_vec());
    assert_eq!(shown(&rdf_of(&[vec![one, other]], true)), whole);
    // Two streams of the same clock.
    let kernel = [timestamp(10_000, 10_000_000), later(500), vec![3; 18]].concat();
    let events = |text: &str| text.lines().filter(|line| !line.contains(" are left out")).collect::<String>();
    assert_eq!(events(&shown(&rdf(&[vec![tokens()], vec![kernel]]))), events(&whole));
}

#[test]
fn what_is_cut_is_read_as_far_as_it_goes() {
    let tokens = tokens();
    for length in 40..tokens.len() {
        let mut run = Collected::default();
        read(&*rdf(&[vec![tokens[..length].to_vec()]]), &mut run).unwrap();
        let is_whole = run.manifest.notes.iter().all(|note| note.kind != NoteKind::Missing);
        assert!(is_whole || run.manifest.notes[0].text.contains("cut at its byte"), "{length}");
    }
    let unknown = [tokens, vec![2, 0, 0]].concat();
    assert!(shown(&rdf(&[vec![unknown]])).contains("a token of kind 2 is not known"));
}

#[test]
fn what_is_no_trace_says_where() {
    let file = rdf(&[vec![tokens()]]);
    let index = file.len() - 3 * 64;
    assert_eq!(
        shown(&file[..file.len() - 1]),
        format!(
            "Radeon Memory Visualizer trace: byte {index}: expected the index of chunks, 192 bytes, found the end of the file at byte {}\n",
            file.len() - 1
        )
    );
    assert!(matches!(read(&*rdf(&[]), &mut Collected::default()), Err(ImportError::Empty { .. })));
    assert!(matches!(read(&*rdf(&[vec![present()]]), &mut Collected::default()), Err(ImportError::Empty { .. })));
    let mut other = file.clone();
    other[8] = 9;
    assert!(matches!(read(&*other, &mut Collected::default()), Err(ImportError::Version { .. })));
}

/// Counted by a script of its own over the bits of the tokens: 468 of 468 frees and 936 of
/// 936 ends match, every resource lies in what is allocated, and both streams end with a
/// whole token.
#[test]
fn the_sample_holds_what_another_count_says() {
    let Ok(file) = std::fs::read(SAMPLE) else { return };
    let mut run = Collected::default();
    assert_eq!(read(&*file, &mut run).unwrap(), Format::Rmv);
    let (mut sizes, mut live, mut peak, mut reserved, mut reserved_peak) = (HashMap::new(), 0, 0, 0, 0);
    let (mut counts, mut by_category) = ([0; 4], BTreeMap::<&str, u64>::new());
    for event in &run.events {
        match event.action {
            Action::Allocate { id, bytes, category, address, space } => {
                assert!(run.extents.offset_of(space, address).is_some());
                let label = &*run.manifest.categories[usize::from(category.0)].label;
                assert!(sizes.insert(id, (bytes, label)).is_none());
                *by_category.entry(label).or_default() += bytes;
                (live, counts[0]) = (live + bytes, counts[0] + 1);
            }
            Action::Free { id } => {
                let (bytes, label) = sizes.remove(&id).unwrap();
                *by_category.get_mut(label).unwrap() -= bytes;
                (live, counts[1]) = (live - bytes, counts[1] + 1);
            }
            Action::Reserve { bytes, .. } => (reserved, counts[2]) = (reserved + bytes, counts[2] + 1),
            Action::Release { bytes, .. } => (reserved, counts[3]) = (reserved - bytes, counts[3] + 1),
            _ => {}
        }
        (peak, reserved_peak) = (peak.max(live), reserved_peak.max(reserved));
    }
    assert_eq!((peak, live), (3_964_877_912, 2_955_000));
    assert_eq!((reserved_peak, reserved), (4_034_342_912, 5_189_632));
    assert_eq!(counts, [720, 468, 489, 468]);
    let expected = [
        ("Buffer", 0),
        ("Command allocator", 2_621_440),
        ("GPU event", 16),
        ("Image", 0),
        ("Internal", 36_896),
        ("Pipeline", 296_640),
        ("Timestamp", 8),
    ];
    assert_eq!(by_category, expected.into());
    assert_eq!(run.manifest.source.subject.as_deref(), Some("AMD Radeon RX 6600"));
    assert!(run.manifest.notes.iter().all(|note| note.kind == NoteKind::Remark), "{:?}", run.manifest.notes);
    assert!(run.events.is_sorted_by_key(|event| event.time_us));
    assert_eq!(run.events.last().unwrap().time_us / 1_000_000, 33);
    assert_eq!(run.stacks.frames().iter().filter(|frame| &*frame.function == "vertexBuffer[0]").count(), 1);
}

/// A change to a file.
#[derive(Clone, Debug)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Double(prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        4 => (place(), 1_u8..).prop_map(|(at, bits)| Change::Flip(at, bits)),
        1 => place().prop_map(Change::Cut),
        1 => (place(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (place(), place()).prop_map(|(from, until)| Change::Double(from, until)),
    ]
}

fn changed(mut file: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if file.is_empty() {
            break;
        }
        match change {
            Change::Flip(at, bits) => {
                let at = at.index(file.len());
                file[at] ^= bits;
            }
            Change::Cut(at) => file.truncate(at.index(file.len())),
            Change::Insert(at, bytes) => {
                let at = at.index(file.len());
                file.splice(at..at, bytes.iter().copied());
            }
            Change::Double(from, until) => {
                let (one, other) = (from.index(file.len()), until.index(file.len()));
                let part = file[one.min(other)..one.max(other)].to_vec();
                file.extend(part);
            }
        }
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn damaged_traces_end_without_a_panic(changes in prop::collection::vec(change(), 1..8), is_legacy in any::<bool>(), in_tokens in any::<bool>()) {
        let tokens = if in_tokens { changed(tokens(), &changes) } else { tokens() };
        let streams = [vec![tokens.clone()], vec![tokens]];
        let file = if is_legacy { legacy(&streams) } else { rdf(&streams) };
        let file = if in_tokens { file } else { changed(file, &changes) };
        let mut run = Collected::default();
        let _ = read(&*file, &mut run);
        prop_assert!(run.events.is_sorted_by_key(|event| event.time_us));
        prop_assert!(run.events.len() <= 4 * file.len());
    }
}

/// Ten thousand, or as many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000)
}
