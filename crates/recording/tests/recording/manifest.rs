//! What a file says of its run: at its beginning what the run is, at its end how long.

use crate::program::{Mix, events};
use crate::spill::{reseal, written};
use arenascope_recording::spill::{self, FileReader, Outline, ReadError, SpillError};
use arenascope_recording::{CHUNK, EventLog, Reader, Recorder};
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::{Event, Op};
use arenascope_telemetry::run::RunNumber;

const TEXT: &str = r#"{"seed":7,"name":"Ünïcode"}"#;

/// Begins a run of that number, and says what it is where there is a text.
fn begin(shared: &Shared, ring: &mut arenascope_telemetry::ring::Producer, number: u64, text: Option<&str>) {
    let run = RunNumber::after(number);
    if let Some(text) = text {
        shared.manifest.publish(run, text).unwrap();
    }
    ring.begin_run(run, Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) });
}

fn manifest_of(log: &EventLog) -> Option<String> {
    let mut reader = Reader::new(log);
    reader.refresh();
    reader.manifest().map(|text| text.to_string())
}

/// The file of a run of ten submissions that says what it is.
fn file() -> Vec<u8> {
    let (shared, log) = (Shared::new(), EventLog::default());
    let mut recorder = Recorder::new(&log);
    let mut ring = shared.events.open().unwrap();
    begin(&shared, &mut ring, 0, Some(TEXT));
    (1..=10).for_each(|time_us| ring.push(Event::note(time_us * 100, Op::Submit)).unwrap());
    ring.flush(2_000);
    recorder.round(&shared);
    let mut reader = Reader::new(&log);
    reader.refresh();
    assert_eq!(manifest_of(&log).as_deref(), Some(TEXT));
    written(&reader).1
}

#[test]
fn what_a_run_is_goes_into_its_file_and_comes_back_with_it() {
    let file = file();
    let outline = Outline::read(file.as_slice()).unwrap();
    assert_eq!(outline, Outline { manifest: Some(TEXT.into()), events: Some(11), length_us: Some(1_000) });
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    // As the second run of a page, which the first says nothing of.
    recorder.take(Event::note(0, Op::RunStart));
    assert_eq!(recorder.open(&file), Ok(11));
    assert_eq!(manifest_of(&log).as_deref(), Some(TEXT));
    let mut reader = Reader::new(&log);
    reader.refresh();
    // Written once more, it says the same.
    assert_eq!(Outline::read(written(&reader).1.as_slice()), Ok(outline));
}

#[test]
fn nobody_takes_one_runs_manifest_for_anothers() {
    let (shared, log) = (Shared::new(), EventLog::default());
    let mut recorder = Recorder::new(&log);
    let mut ring = shared.events.open().unwrap();
    begin(&shared, &mut ring, 0, Some("\"first\""));
    ring.flush(10);
    recorder.round(&shared);
    assert_eq!(manifest_of(&log).as_deref(), Some("\"first\""));
    // The second says nothing of itself.
    begin(&shared, &mut ring, 1, None);
    ring.flush(20);
    recorder.round(&shared);
    assert_eq!(manifest_of(&log), None);
    // Two begin in one round: the newest is meant.
    begin(&shared, &mut ring, 2, Some("\"third\""));
    begin(&shared, &mut ring, 3, Some("\"fourth\""));
    ring.flush(30);
    recorder.round(&shared);
    assert_eq!(manifest_of(&log).as_deref(), Some("\"fourth\""));
    // A file without one hides it, and the next run has its own.
    let plain = std::fs::read("tests/recording/cases/one-constant-frame.asrec").unwrap();
    assert_eq!(recorder.open(&plain), Ok(CHUNK));
    assert_eq!(manifest_of(&log), None);
    begin(&shared, &mut ring, 4, Some("\"fifth\""));
    ring.flush(40);
    recorder.round(&shared);
    assert_eq!(manifest_of(&log).as_deref(), Some("\"fifth\""));
}

#[test]
fn a_file_that_is_cut_or_older_says_what_it_can() {
    let file = file();
    let cut = &file[..file.len() - 1];
    let unknown = Outline { manifest: Some(TEXT.into()), events: None, length_us: None };
    assert_eq!(Outline::read(cut), Ok(unknown));
    // Version 2: no manifest, and an end mark without a time.
    let manifest_bytes = 12 + TEXT.len();
    let mut older = spill::header().to_vec();
    older[8] = 2;
    older.extend(&file[16 + manifest_bytes..file.len() - 28]);
    older.extend(b"ASEN\0\0\0\0\x08\0\0\0\x0b\0\0\0\0\0\0\0");
    reseal(&mut older);
    assert_eq!(Outline::read(older.as_slice()), Ok(Outline { manifest: None, events: Some(11), length_us: None }));
    let log = EventLog::default();
    assert_eq!(Recorder::new(&log).open(&older), Ok(11));
}

#[test]
fn a_manifest_that_is_none_is_refused() {
    let file = file();
    let begun = |file: &[u8]| {
        FileReader::begin(file).map(|_| ()).map_err(|error| match error {
            ReadError::File(error) => error,
            ReadError::Source(never) => match never {},
        })
    };
    let mut not_text = file.clone();
    not_text[28] = 0xff;
    reseal(&mut not_text);
    assert_eq!(begun(&not_text), Err(SpillError::Malformed { at: 16 }));
    let end = 16 + 12 + TEXT.len();
    let mut twice = file[..end].to_vec();
    twice.extend(&file[16..]);
    assert_eq!(begun(&twice), Err(SpillError::NoFrame { at: end as u64 }));
    let mut alone = file[..end].to_vec();
    assert_eq!(begun(&alone), Err(SpillError::NoEvents));
    alone.truncate(end - 1);
    assert!(matches!(begun(&alone), Err(SpillError::Truncated { at: 16, missing: 1 })));
    let mut long = spill::header().to_vec();
    long.extend(b"ASMF\0\0\0\0");
    long.extend(65_537_u32.to_le_bytes());
    long.resize(long.len() + 65_537, b' ');
    reseal(&mut long);
    assert_eq!(begun(&long), Err(SpillError::Malformed { at: 16 }));
}

#[test]
fn a_text_that_no_reader_would_take_is_not_written() {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    events(3, 40, Mix { alive: 12, resets: 0, runs: 0 }).iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    let (events, file) = written(&reader);
    assert_eq!(
        Outline::read(file.as_slice()).map(|outline| (outline.manifest, outline.events)),
        Ok((None, Some(events)))
    );
}
