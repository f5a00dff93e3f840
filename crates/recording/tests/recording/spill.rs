//! Recordings as bytes: whole, cut short, damaged, hostile.

use crate::program::{Mix, events};
use arenascope_recording::spill::{self, SpillError};
use arenascope_recording::{AliveThing, CHUNK, Cursor, EventLog, Limits, Reader, Recorder, WhenFull};
use arenascope_telemetry::event::{Event, Op};
use arenascope_telemetry::rings::Rings;
use arenascope_units::owner::Heap;
use arenascope_workload::rng::Rng;
use proptest::prelude::*;

/// Bytes of the mark at the end of a file.
const END_BYTES: usize = 28;

/// A file of a recording of three chunks, and its events.
fn file() -> (Vec<u8>, Vec<Event>) {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    events(1, 2 * CHUNK as usize + 100, Mix { alive: 90, resets: 0, runs: 0 })
        .iter()
        .for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    let frames = (0..3).flat_map(|chunk| spill::frame(&reader, chunk * CHUNK).unwrap());
    let (_, file) = written(&reader);
    let unmarked: Vec<u8> = spill::header().into_iter().chain(frames).collect();
    assert!(file[..file.len() - END_BYTES] == unmarked);
    assert_eq!(spill::frame(&reader, 3 * CHUNK), None);
    (file, reader.events().map(|index| reader.event(index).unwrap()).collect())
}

fn read(file: &[u8]) -> (Result<u64, SpillError>, u64, Vec<Event>) {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    let result = recorder.open(file);
    let mut reader = Reader::new(&log);
    reader.refresh();
    (result, recorder.figures().length, reader.events().map(|index| reader.event(index).unwrap()).collect())
}

#[test]
fn a_recording_comes_back_event_by_event() {
    let (file, events) = file();
    let (result, _, read) = read(&file);
    assert_eq!(result, Ok(events.len() as u64));
    assert!(read == events);
    // 11 to 19 bytes an event.
    assert!(file.len() < 19 * events.len(), "{}", file.len());
}

#[test]
fn a_file_that_was_cut_is_good_up_to_there_and_says_so() {
    let (file, events) = file();
    for cut in [0, 5, 12, 16, 18, 30, 5_000, file.len() / 2, file.len() - END_BYTES - 1, file.len() - 1] {
        let (result, length, read) = read(&file[..cut]);
        assert!(result.is_err(), "{cut}");
        assert!(read[..] == events[..length as usize]);
        assert!(length % CHUNK == 0 || length == events.len() as u64);
    }
    assert!(matches!(read(&file[..file.len() - 1]).0, Err(SpillError::Truncated { missing: 1, .. })));
}

#[test]
fn a_file_that_was_cut_between_two_frames_is_known_as_cut() {
    let (file, all) = file();
    let mut borders = vec![16];
    while let Some(&at) = borders.last().filter(|at| **at < file.len()) {
        borders.push(at + frame_bytes(&file, at));
    }
    assert_eq!(borders.len(), 5);
    for (border, chunks) in borders[..4].iter().zip(0..) {
        let (result, length, _) = read(&file[..*border]);
        let events = (chunks * CHUNK).min(all.len() as u64);
        let expected = match chunks {
            0 => SpillError::NoEvents,
            _ => SpillError::NoEnd { at: *border as u64, events },
        };
        assert_eq!((result, length), (Err(expected), events));
        // Files of version 1 have no mark: nobody can know.
        let mut old = file[..*border].to_vec();
        old[8] = 1;
        assert_eq!(read(&old).0, if chunks == 0 { Err(SpillError::NoEvents) } else { Ok(events) });
    }
    let mut longer = file.clone();
    longer.extend(&file[16..]);
    assert_eq!(read(&longer).0, Err(SpillError::NoFrame { at: file.len() as u64 }));
    let mut skipped = file[..borders[2]].to_vec();
    skipped.extend(&file[borders[3]..]);
    let found = all.len() as u64;
    assert_eq!(read(&skipped).0, Err(SpillError::Gap { at: borders[2] as u64, expected: 2 * CHUNK, found }));
}

/// Bytes of the frame that begins at `at`.
pub(crate) fn frame_bytes(file: &[u8], at: usize) -> usize {
    12 + u32::from_le_bytes(file[at + 8..at + 12].try_into().unwrap()) as usize
}

/// Makes every checksum right.
pub(crate) fn reseal(file: &mut [u8]) {
    let mut at = 16;
    while at + 12 <= file.len() {
        let end = at + frame_bytes(file, at);
        let Some(covered) = file.get(at + 8..end) else { return };
        let sum = crc(covered);
        file[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
        at = end;
    }
}

/// CRC-32, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let byte = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    };
    !bytes.iter().fold(!0, byte)
}

/// The files of `cases/`, which are somebody's attempts.
#[test]
fn hostile_files_are_refused_by_name_and_leave_the_run_in_progress_alone() {
    let case = |name: &str| std::fs::read(format!("tests/recording/cases/{name}.asrec")).unwrap();
    let log = EventLog::default();
    let rings = Rings::with_capacity(1 << 10);
    let mut recorder = Recorder::new(&log);
    let mut ring = rings.open().unwrap();
    ring.push(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }).unwrap();
    let refused = [
        ("empty", SpillError::NotARecording),
        ("text", SpillError::NotARecording),
        ("magic-only", SpillError::Truncated { at: 0, missing: 8 }),
        ("header-only", SpillError::NoEvents),
        ("version-2", SpillError::NoEvents),
        ("cut-frame", SpillError::Truncated { at: 16, missing: 5 }),
        ("bad-checksum", SpillError::Checksum { at: 16 }),
        ("count-beyond-chunk", SpillError::Malformed { at: 16 }),
        ("kinds-beyond-count", SpillError::Malformed { at: 16 }),
        ("unknown-operation", SpillError::Malformed { at: 16 }),
    ];
    for ((name, error), time_us) in refused.into_iter().zip(1..) {
        assert_eq!(recorder.open(&case(name)), Err(error), "{name}");
        assert!(!recorder.is_opened() && !log.is_opened());
        ring.push(Event::note(time_us, Op::Submit)).unwrap();
        ring.flush(time_us);
        recorder.take_from(&rings);
        assert_eq!(recorder.figures().length, time_us + 1, "{name}");
    }
    assert!(matches!(recorder.open(&case("frame-too-long")), Err(SpillError::TooLong { at: 16, .. })));
    // Good up to the damage, and the newest run from here.
    assert_eq!(recorder.open(&case("one-constant-frame")), Ok(CHUNK));
    assert_eq!(recorder.open(&case("gap")), Err(SpillError::Gap { at: 112, expected: 10, found: 11 }));
    assert!(recorder.is_opened());
}

#[test]
fn numbers_that_no_event_has_room_for_are_refused() {
    let constant = std::fs::read("tests/recording/cases/one-constant-frame.asrec").unwrap();
    // Six columns of ten bytes each, behind head, counts and one kind.
    let columns = [(62, "time", 48), (82, "offset", 56), (92, "size", 48), (102, "distance", 32)];
    for (at, column, bits) in columns {
        for value in [1_u64 << bits, 1 << 60, u64::MAX] {
            let mut file = constant.clone();
            file[at..at + 8].copy_from_slice(&value.to_le_bytes());
            reseal(&mut file);
            let most = (1 << bits) - 1;
            assert_eq!(read(&file).0, Err(SpillError::TooWide { at: 16, column, value, most }));
        }
        let mut file = constant.clone();
        file[at..at + 8].copy_from_slice(&((1_u64 << bits) - 1).to_le_bytes());
        reseal(&mut file);
        assert!(read(&file).0.is_ok(), "{column}");
    }
}

/// 12 000 damaged files: flipped bits, overwritten, cut and repeated parts, most of them
/// with checksums that are right again.
#[test]
fn damaged_files_break_nothing() {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    events(3, 40, Mix { alive: 12, resets: 0, runs: 0 }).iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    let (_, file) = written(&reader);
    let mut rng = Rng::new(77);
    let (mut refused, mut partly, mut whole) = (0, 0, 0);
    for _ in 0..12_000 {
        let mut damaged = file.clone();
        for _ in 0..1 + rng.below(3) {
            let at = rng.below(damaged.len() as u32) as usize;
            match rng.below(6) {
                0 => damaged.truncate(at.max(1)),
                1 => damaged[at] = rng.below(256) as u8,
                2 => {
                    let part = damaged[at..(at + rng.below(60) as usize).min(damaged.len())].to_vec();
                    damaged.extend(part);
                }
                3 => {
                    let end = (at + 8).min(damaged.len());
                    damaged[at..end].fill([0, 0xff, 0x7f][rng.below(3) as usize]);
                }
                _ => damaged[at] ^= 1 << rng.below(8),
            }
        }
        if !rng.once_in(4) {
            reseal(&mut damaged);
        }
        let (result, length, read) = read(&damaged);
        assert_eq!(read.len() as u64, length);
        match result {
            Ok(_) => whole += 1,
            Err(_) if length == 0 => refused += 1,
            Err(_) => partly += 1,
        }
        let fits = |event: &Event| event.time_us < 1 << 48 && event.size_bytes < 1 << 48;
        assert!(read.iter().all(fits));
    }
    assert!(refused > 1_000 && partly > 100 && whole > 100, "{refused} {partly} {whole}");
}

#[test]
fn each_fault_has_its_name() {
    let (file, _) = file();
    let fault = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = file.clone();
        change(&mut changed);
        read(&changed).0.unwrap_err()
    };
    assert_eq!(fault(&|file| file[0] = b'X'), SpillError::NotARecording);
    assert_eq!(fault(&|file| file[8] = 9), SpillError::Version { found: 9 });
    assert_eq!(fault(&|file| file[16] = b'X'), SpillError::NoFrame { at: 16 });
    assert_eq!(
        fault(&|file| file[27] = 0x7f),
        SpillError::TooLong { at: 16, bytes: u32::from_le_bytes([file[24], file[25], file[26], 0x7f]).into() }
    );
    assert_eq!(fault(&|file| file[900] ^= 1), SpillError::Checksum { at: 16 });
    let first = 16 + frame_bytes(&file, 16);
    let second = first + frame_bytes(&file, first);
    let gap = SpillError::Gap { at: first as u64, expected: CHUNK, found: 2 * CHUNK };
    assert_eq!(fault(&|file| drop(file.drain(first..second))), gap);
    assert_eq!(gap.to_string(), format!("byte {first}: event 16384 had to come, the frame begins with 32768"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn noise_is_refused_and_breaks_nothing(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = spill::header().to_vec();
        prop_assert!(read(&noise).0.is_err());
        file.extend(b"ASCH");
        file.extend(noise);
        prop_assert!(read(&file).0.is_err());
    }
}

/// A file of the newest run, and the number of its events.
pub(crate) fn written(reader: &Reader<'_>) -> (u64, Vec<u8>) {
    let mut file = Vec::new();
    let mut put = |bytes: &[u8]| -> Result<(), ()> {
        file.extend(bytes);
        Ok(())
    };
    let events = spill::write(reader, &mut put).unwrap();
    (events, file)
}

fn events_of(reader: &Reader<'_>) -> Vec<Event> {
    reader.run().map(|index| reader.event(index).unwrap()).collect()
}

#[test]
fn a_run_is_written_without_the_one_before() {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    let mix = Mix { alive: 90, resets: 0, runs: 0 };
    let second = events(2, CHUNK as usize + 100, mix);
    events(1, 700, mix).iter().chain(&second).for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    let (events, file) = written(&reader);
    assert_eq!(events, second.len() as u64);
    assert!(self::read(&file).2 == events_of(&reader));
    assert_eq!((reader.sealed(0), reader.sealed(CHUNK)), (Some(CHUNK), None));
    assert_eq!(reader.sealed(CHUNK - 1), Some(CHUNK));
}

#[test]
fn a_run_without_its_beginning_is_written_with_what_was_alive() {
    let log = EventLog::new(Limits { bytes: 2_000_000, when_full: WhenFull::DropOldest });
    let mut recorder = Recorder::new(&log);
    events(5, 9 * CHUNK as usize, Mix { alive: 400, resets: 0, runs: 0 })
        .iter()
        .for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    assert!(reader.run().start > 0);
    let (events, file) = written(&reader);
    let other = EventLog::default();
    let mut reread = Recorder::new(&other);
    assert_eq!(reread.open(&file), Ok(events));
    let mut reader_too = Reader::new(&other);
    reader_too.refresh();
    let (mut cursor, mut cursor_too) = (Cursor::new(), Cursor::new());
    let kept = reader.events();
    let shift = kept.end - reader_too.events().end;
    for position in [kept.start, kept.start + 5_000, kept.end] {
        let state = cursor.seek(&reader, position).unwrap();
        let state_too = cursor_too.seek(&reader_too, position - shift).unwrap();
        assert_eq!(
            (&state.standing.bytes, state.standing.alive),
            (&state_too.standing.bytes, state_too.standing.alive)
        );
        assert!(!state_too.is_approximate(), "{:?}", state_too.standing.gaps);
        for heap in Heap::ALL {
            let of = |thing: &AliveThing| (thing.id, thing.offset_bytes, thing.size_bytes, thing.owner, thing.is_held);
            assert!(state.of(heap).iter().map(of).eq(state_too.of(heap).iter().map(of)), "{heap:?} at {position}");
        }
    }
}

#[test]
fn an_opened_file_is_the_newest_run_until_the_next_begins() {
    let (file, in_file) = file();
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let mut ring = rings.open().unwrap();
    let allocate = Event { id: 7, offset_bytes: 4096, size_bytes: 64, ..Event::note(5, Op::ArenaAllocate) };
    ring.push(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }).unwrap();
    ring.push(allocate).unwrap();
    ring.flush(5);
    recorder.take_from(&rings);
    assert_eq!(recorder.open(&file), Ok(in_file.len() as u64));
    ring.push(Event { op: Op::ArenaFree, time_us: 9, ..allocate }).unwrap();
    ring.flush(9);
    recorder.take_from(&rings);
    let mut reader = Reader::new(&log);
    reader.refresh();
    assert!(events_of(&reader) == in_file);
    assert!(!recorder.figures().has_gaps(), "{:?}", recorder.figures());
    ring.push(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }).unwrap();
    ring.push(allocate).unwrap();
    ring.flush(5);
    recorder.take_from(&rings);
    reader.refresh();
    assert_eq!(events_of(&reader).len(), 2);
    assert_eq!(recorder.standing().alive, [1, 0, 0]);
}
