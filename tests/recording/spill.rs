//! Recordings as bytes: whole, cut short, damaged, hostile.

use crate::program::{Mix, events};
use arenascope::owner::Heap;
use arenascope::recording::spill::{self, SpillError};
use arenascope::recording::{AliveThing, CHUNK, Cursor, EventLog, Limits, Reader, Recorder, WhenFull};
use arenascope::telemetry::event::{Event, Op};
use arenascope::telemetry::rings::Rings;
use proptest::prelude::*;

/// A file of a recording of three chunks, and its events.
fn file() -> (Vec<u8>, Vec<arenascope::telemetry::event::Event>) {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    events(1, 2 * CHUNK as usize + 100, Mix { alive: 90, resets: 0, runs: 0 })
        .iter()
        .for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    let frames = (0..3).flat_map(|chunk| spill::frame(&reader, chunk * CHUNK).unwrap());
    let file = spill::header().into_iter().chain(frames).collect();
    assert_eq!(spill::frame(&reader, 3 * CHUNK), None);
    (file, reader.events().map(|index| reader.event(index).unwrap()).collect())
}

fn read(file: &[u8]) -> (Result<u64, SpillError>, u64, Vec<arenascope::telemetry::event::Event>) {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    let result = spill::read(file, &mut recorder);
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
fn a_file_that_was_cut_is_good_up_to_there() {
    let (file, events) = file();
    for cut in [0, 5, 12, 16, 18, 30, 5_000, file.len() / 2, file.len() - 1] {
        let (result, length, read) = read(&file[..cut]);
        assert_eq!(result.is_ok(), cut == 16, "{cut}: {result:?}");
        assert!(read[..] == events[..length as usize]);
        assert_eq!(length % CHUNK, 0);
    }
    assert!(matches!(read(&file[..file.len() - 1]).0, Err(SpillError::Truncated { missing: 1, .. })));
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
    assert_eq!(fault(&|file| file[8] = 2), SpillError::Version { found: 2 });
    assert_eq!(fault(&|file| file[16] = b'X'), SpillError::NoFrame { at: 16 });
    assert_eq!(
        fault(&|file| file[27] = 0x7f),
        SpillError::TooLong { at: 16, bytes: u32::from_le_bytes([file[24], file[25], file[26], 0x7f]) as usize }
    );
    assert_eq!(fault(&|file| file[900] ^= 1), SpillError::Checksum { at: 16 });
    let length =
        |at: usize| 12 + u32::from_le_bytes([file[at + 8], file[at + 9], file[at + 10], file[at + 11]]) as usize;
    let (first, second) = (16 + length(16), 16 + length(16) + length(16 + length(16)));
    let gap = SpillError::Gap { at: first, expected: CHUNK, found: 2 * CHUNK };
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
fn written(reader: &Reader<'_>) -> (u64, Vec<u8>) {
    let mut file = Vec::new();
    let mut put = |bytes: &[u8]| -> Result<(), ()> {
        file.extend(bytes);
        Ok(())
    };
    let events = spill::write(reader, &mut put).unwrap();
    (events, file)
}

fn events_of(reader: &Reader<'_>) -> Vec<arenascope::telemetry::event::Event> {
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
