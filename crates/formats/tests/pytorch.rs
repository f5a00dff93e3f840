//! Snapshots of PyTorch: files that Python's pickle wrote, from an allocator that was
//! simulated and whose totals were counted there (`pytorch_pickle.py`).

mod pytorch_runs;

use arenascope_formats::import::{self, Format, ImportError};
use arenascope_trace::{Action, CannotTell, Collected, NoteKind, SpaceId};
use proptest::prelude::*;
use pytorch_runs::{Replayed, generated, read, replayed};

/// Each kind of file: arguments of the script.
const KINDS: [&str; 12] = [
    "--protocol 2",
    "--protocol 3 --window 500",
    "--protocol 4 --window 500 --lists",
    "--protocol 5 --window 1",
    "--protocol 4 --devices 3 --streams 3 --window 800",
    "--protocol 2 --devices 2 --streams 2 --lists --window 700 --python",
    "--protocol 5 --expandable --devices 2 --capacity 200 --events 9000 --window 2000",
    "--protocol 4 --old --window 300 --frames 0",
    "--protocol 2 --old --devices 2 --window 600",
    "--protocol 4 --newest --streams 2 --window 1500",
    "--protocol 4 --capacity 60 --events 6000 --window 2500 --seed 9",
    "--protocol 4 --window 0",
];

#[test]
fn what_is_told_is_what_the_allocator_did() {
    for kind in KINDS {
        let Some((bytes, totals)) = generated(kind) else { return };
        assert_eq!(Format::of(&bytes[..bytes.len().min(import::FIRST_BYTES)]), Some(Format::PytorchSnapshot));
        let run = read(&bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let contradictions = run.manifest.notes.iter().filter(|note| note.kind != NoteKind::Remark);
        assert_eq!(contradictions.collect::<Vec<_>>(), Vec::<&arenascope_trace::Note>::new(), "{kind}");
        let spaces = replayed(&run);
        for (space, totals) in totals.as_array().unwrap().iter().enumerate() {
            let seen = &spaces[space];
            let at = format!("{kind}, device {space}");
            let told = |name: &str| totals[name].as_u64().unwrap();
            let counted = |action: &str| totals["counts"][action].as_u64().unwrap_or(0);
            assert_eq!(seen.peak, told("peak"), "{at}: peak");
            assert_eq!(seen.live_bytes, told("live_bytes"), "{at}: alive at the end");
            assert_eq!(seen.live.len() as u64, told("live"), "{at}: how many are alive at the end");
            assert_eq!(seen.pending, told("pending"), "{at}: how many wait for a stream at the end");
            assert_eq!(seen.held_bytes(), told("reserved"), "{at}: reserved at the end");
            let blocks: Vec<Vec<u64>> = serde_json::from_value(totals["blocks"].clone()).unwrap();
            let live: Vec<Vec<u64>> = seen.live.iter().map(|(&address, &bytes)| vec![address, bytes]).collect();
            assert_eq!(live, blocks, "{at}: `segments[].blocks`");
            assert_eq!(seen.allocations, told("starts") + counted("alloc"), "{at}: alloc, and what was before");
            assert_eq!(seen.frees, counted("free_completed"), "{at}: free_completed");
            let reserves = counted("segment_alloc") + counted("segment_map");
            assert!(seen.reserves >= reserves, "{at}: segment_alloc");
            assert_eq!(seen.releases, counted("segment_free") + counted("segment_unmap"), "{at}: segment_free");
            assert_eq!(seen.failures, counted("oom"), "{at}: oom");
            // A request whose completion comes next is one event with it. Without any
            // request nobody can say what waited at the start.
            if counted("free_requested") > 0 {
                let requests = counted("free_requested") - told("at_once") + told("pending_first");
                assert_eq!(seen.requests, requests, "{at}: free_requested");
            }
        }
    }
}

#[test]
fn what_a_file_cannot_tell_is_said() {
    let cannot = |kind: &str| {
        let (bytes, _) = generated(kind)?;
        Some(read(&bytes).unwrap().manifest.cannot_tell.into_keys().collect::<Vec<_>>())
    };
    let Some(whole) = cannot("--protocol 4") else { return };
    assert_eq!(whole, []);
    assert_eq!(cannot("--window 500").unwrap(), [CannotTell::Outside]);
    assert_eq!(
        cannot("--window 500 --old --frames 0").unwrap(),
        [CannotTell::Times, CannotTell::Outside, CannotTell::Stacks]
    );
    assert_eq!(cannot("--window 0").unwrap(), [CannotTell::Times, CannotTell::History]);
}

#[test]
fn stacks_streams_times_and_marks_are_as_in_the_file() {
    let Some((bytes, _)) = generated("--protocol 4 --newest --streams 2 --devices 2") else { return };
    let run = read(&bytes).unwrap();
    assert_eq!(run.manifest.source.begun_ms, Some(1_729_931_410_850));
    let labels: Vec<_> = run.manifest.spaces.iter().map(|space| &*space.label).collect();
    assert_eq!(labels, ["CUDA device 0", "CUDA device 1", "Pinned host memory"]);
    assert!(run.manifest.spaces.iter().all(|space| space.granule_bytes == 512 && space.has_addresses));
    let mut categories: Vec<_> = run.manifest.categories.iter().map(|category| &*category.label).collect();
    categories.sort_unstable();
    let streams =
        ["large pool, stream 0", "large pool, stream 1", "pinned", "small pool, stream 0", "small pool, stream 1"];
    assert_eq!(categories, streams);
    let marks: Vec<_> = run.manifest.markers.iter().map(|marker| &**marker).collect();
    for mark in ["snapshot", "annotate: epoch 1", "step: START", "step: END"] {
        assert!(marks.contains(&mark), "{marks:?}");
    }
    // The file lists frames innermost first.
    let is_first = |action: Action| matches!(action, Action::Allocate { space: SpaceId(0), .. });
    let site = run.events.iter().find(|event| is_first(event.action)).unwrap().site;
    let frames: Vec<_> = run.stacks.frames_of(site).collect();
    assert_eq!(frames.len(), 8);
    assert_eq!((&*frames[7].function, &*frames[6].function), ("train", "main"));
    assert!(run.stacks.frames().iter().any(|frame| &*frame.function == "größe"));
    assert!(run.events.is_sorted_by_key(|event| event.time_us));
}

#[test]
fn sample_of_one_event() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/pytorch-one-event.pickle");
    let Ok(bytes) = std::fs::read(path) else { return };
    let run = read(&bytes).unwrap();
    let [space] = &replayed(&run)[..] else { panic!("one device") };
    // Counted by Python: segments, sum of total_size, sum of the active blocks' sizes, and
    // one more for the block of 8 bytes that the trace frees.
    assert_eq!((space.reserves, space.held_bytes()), (259, 17_133_731_840));
    assert_eq!((space.live.len(), space.live_bytes), (839, 16_397_578_240));
    assert_eq!((space.allocations, space.frees, space.peak), (840, 1, 16_397_578_240 + 512));
    assert_eq!(run.manifest.source.begun_ms, Some(1_729_931_410_850));
}

#[test]
fn a_list_of_segments_is_a_snapshot_too() {
    let Some((bytes, totals)) = generated("--protocol 4 --old --window 0") else { return };
    let run = read(&bytes).unwrap();
    let [space] = &replayed(&run)[..] else { panic!("one device") };
    assert_eq!(space.live_bytes, totals[0]["live_bytes"].as_u64().unwrap());
    assert!(run.manifest.cannot_tell.contains_key(&CannotTell::History));
}

/// Ends a pickle anywhere: what is complete before is told, or it is said that nothing is.
#[test]
fn a_file_that_is_cut_is_read_as_far_as_it_goes() {
    let bytes = include_bytes!("data/pytorch-small.pickle");
    let mut most = 0;
    for length in (0..bytes.len()).step_by(7) {
        let mut run = Collected::default();
        match arenascope_formats::import::read(&bytes[..length], &mut run) {
            Ok(_) => {
                assert!(run.manifest.notes.iter().any(|note| note.kind == NoteKind::Missing));
                assert!(run.has_begun);
                most = most.max(run.events.len());
            }
            Err(ImportError::Empty { .. } | ImportError::Unknown { .. }) => assert!(run.events.is_empty()),
            Err(error) => panic!("cut at {length}: {error}"),
        }
    }
    assert!(most > 100, "{most}");
}

#[test]
fn the_end_of_a_trace_that_is_cut_is_not_taken_for_its_state() {
    let Some((bytes, totals)) = generated("--protocol 4 --window 400") else { return };
    // Past the segments, and within the trace.
    let run = read(&bytes[..bytes.len() - 6000]).unwrap();
    let [space] = &replayed(&run)[..] else { panic!("one device") };
    // Of what lived all the time nothing is known, of what was freed later neither.
    assert!(space.live.len() < totals[0]["live"].as_u64().unwrap() as usize);
    assert!(space.frees > 100);
    assert!(run.manifest.notes.iter().all(|note| note.kind != NoteKind::Contradiction), "{:?}", run.manifest.notes);
}

#[test]
fn what_runs_code_is_refused_with_its_place() {
    let head = b"\x80\x04}\x94(\x8c\x08segments\x94".as_slice();
    for (opcode, rest) in [
        (b'c', b"os\nsystem\n".as_slice()),
        (0x93, b""),
        (b'R', b""),
        (b'b', b""),
        (b'i', b"os\nsystem\n"),
        (b'o', b""),
        (0x81, b""),
        (0x92, b""),
        (b'P', b"1\n"),
        (b'Q', b""),
        (0x82, b"\x01"),
        (0x83, b"\x01\x00"),
        (0x84, b"\x01\x00\x00\x00"),
        (0x8f, b""),
        (0x97, b""),
    ] {
        let bytes = [head, &[opcode], rest, b"u."].concat();
        let error = read(&bytes).unwrap_err();
        assert!(matches!(error, ImportError::Refused { .. }), "{opcode:#x}: {error}");
        assert!(error.to_string().contains(&format!("byte {}", head.len())), "{error}");
    }
    let error = read(b"\x80\x04}(\x8c\x08segments\x0e").unwrap_err();
    assert_eq!(error.to_string(), "PyTorch CUDA snapshot: byte 14: expected an opcode of a pickle, found byte 0x0e");
}

/// Of a few bytes that ask for much.
#[test]
fn lengths_and_counts_are_not_believed() {
    let head = b"\x80\x05}(\x8c\x08segments".as_slice();
    let deep = [head, &b"](".repeat(100_000)].concat();
    assert!(matches!(read(&deep), Err(ImportError::TooMuch { .. })));
    let long_text = [head, b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc"].concat();
    assert!(matches!(read(&long_text), Err(ImportError::Empty { .. })));
    let far_number = [head, b"r\xff\xff\xff\xff"].concat();
    assert!(matches!(read(&far_number), Err(ImportError::TooMuch { .. })));
    let stack = [head, &b"N".repeat(5_000_000)].concat();
    assert!(matches!(read(&stack), Err(ImportError::TooMuch { .. })));
    let itself = b"\x80\x04]\x94(h\x00h\x00eq\x01\x8c\x08segments0.";
    assert!(read(itself).is_err());
}

/// PyTorch's own pickler, in C++, writes a list of any length in one piece.
#[test]
fn a_list_in_one_piece_is_taken_in_as_it_comes() {
    let mut bytes = b"\x80\x02}(X\x08\0\0\0segmentsq\x00]X\x0d\0\0\0device_tracesq\x01](](".to_vec();
    for number in 0..5000_u64 {
        bytes.extend(b"}(X\x06\0\0\0actionX\x05\0\0\0allocX\x04\0\0\0addr\x8a\x08");
        bytes.extend((0x7f00_0000_0000 + number * 512).to_le_bytes());
        bytes.extend(b"X\x04\0\0\0sizeK\x08X\x07\0\0\0time_us\x8a\x08");
        bytes.extend((1_700_000_000_000_000 + number).to_le_bytes());
        bytes.extend(b"u");
    }
    let (whole, tuple) = ([&bytes[..], b"eeu."].concat(), [&bytes[..], b"teu."].concat());
    let run = read(&whole).unwrap();
    assert_eq!(run.events.len(), 5000);
    assert_eq!(run.events[4999].time_us, 4999);
    let error = read(&tuple).unwrap_err();
    assert!(error.to_string().contains("expected APPENDS"), "{error}");
}

/// Opcodes that no pickler uses for a snapshot, and that are data nevertheless.
#[test]
fn all_that_is_data_is_read() {
    let bytes = b"\x80\x02(Vsegments\n((S'device'\nI2\nS'address'\nL139637976727552L\nS'total_size'\n\x8b\x04\0\0\0\0\0\x20\0\
        U\x09is_expandI01\nU\x05ratioF0.5\nU\x05blobsC\x02abU\x06blocks(\
        (U\x04sizeJ\0\0\x10\0U\x05stateU\x10active_allocatedd\
        (U\x04sizeJ\0\0\x10\0U\x05stateU\x08inactivedlp7\nU\x05tupleK\x01\x85U\x04tuplK\x01K\x02\x86U\x03dup(K\x01K\x02t20\
        U\x05againg7\ndld(0(1.";
    let run = read(bytes).unwrap();
    assert_eq!(run.manifest.spaces[0].label, "CUDA device 2");
    let [space] = &replayed(&run)[..] else { panic!("one device") };
    assert_eq!(space.live.iter().collect::<Vec<_>>(), [(&139_637_976_727_552, &(1 << 20))]);
    assert_eq!(space.held_bytes(), 2 << 20);
}

/// A trace that frees twice, and what is not there, and allocates where something lives.
#[test]
fn contradictions_are_counted_and_noted_once() {
    let entry = |action: &str, addr: u32| {
        let mut bytes = b"}(\x8c\x06action\x8c".to_vec();
        bytes.push(action.len() as u8);
        bytes.extend(action.as_bytes());
        bytes.extend(b"\x8c\x04addrJ");
        bytes.extend(addr.to_le_bytes());
        bytes.extend(b"\x8c\x04sizeM\x00\x02u");
        bytes
    };
    let mut bytes = b"\x80\x04}(\x8c\x08segments]\x8c\x0ddevice_traces](](".to_vec();
    for (action, addr) in
        [("alloc", 512), ("alloc", 512), ("alloc", 512), ("free_completed", 512), ("free_completed", 512), ("frob", 0)]
    {
        bytes.extend(entry(action, addr));
    }
    bytes.extend(b"eeu.");
    let run = read(&bytes).unwrap();
    let notes: Vec<_> = run.manifest.notes.iter().map(|note| (note.kind, &*note.text)).collect();
    let expected = [
        "2 allocations are neither freed nor in a segment at the end; first at 0x200 of CUDA device 0",
        "1 frees are of what was freed before, or of what lives on; first at 0x200 of CUDA device 0",
    ];
    assert_eq!(notes, expected.map(|text| (NoteKind::Contradiction, text)));
    assert_eq!(run.events.len(), 6);
    assert_eq!(run.manifest.markers, ["frob"]);
    assert_eq!(run.manifest.spaces[0].granule_bytes, 512);
}

#[test]
fn another_pickle_is_no_snapshot() {
    assert_eq!(Format::of(b"\x80\x04]\x94(K\x01K\x02e."), None);
    assert_eq!(Format::of(b"segments"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000.max(ProptestConfig::default().cases), ..ProptestConfig::default() })]

    /// Whatever the bytes: it ends, without a panic, and what is told is in order.
    #[test]
    fn a_damaged_file_is_told_or_refused(
        changes in prop::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<u8>(), 1_usize..200), 1..6),
    ) {
        let mut bytes = include_bytes!("data/pytorch-small.pickle").to_vec();
        for (kind, at, byte, length) in changes {
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => _ = bytes.drain(at..end),
                2 => bytes.insert(at, byte),
                _ => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
        let mut run = Collected::default();
        if import::read(&bytes[..], &mut run).is_ok() {
            prop_assert!(run.has_begun);
            prop_assert!(run.events.is_sorted_by_key(|event| event.time_us));
            let spaces = run.manifest.spaces.len();
            for event in &run.events {
                if let Action::Allocate { space, address, bytes, category, .. } = event.action {
                    prop_assert!(usize::from(space.0) < spaces);
                    prop_assert!(usize::from(category.0) < run.manifest.categories.len());
                    let end = address.saturating_add(bytes);
                    prop_assert!(address == end || run.extents.offset_of(space, address).is_some());
                }
            }
        }
    }
}

#[test]
fn the_small_file_is_as_its_script_counted() {
    // pytorch_pickle.py tests/data/pytorch-small.pickle --protocol 4 --newest --streams 2
    // --devices 2 --events 220 --window 90 --frames 3
    let run = read(include_bytes!("data/pytorch-small.pickle")).unwrap();
    let spaces = replayed(&run);
    let figures = |space: &Replayed| (space.peak, space.live_bytes, space.live.len(), space.allocations);
    assert_eq!(spaces.len(), 3);
    assert_eq!([figures(&spaces[0]), figures(&spaces[1])], [(22680576, 11367936, 7, 33), (14331904, 14320128, 13, 40)]);
    assert_eq!(run.manifest.spaces[usize::from(SpaceId(2).0)].label, "Pinned host memory");
}
