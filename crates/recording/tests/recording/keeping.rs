//! A run as a file that grows with it, on a made-up storage.

use crate::program::{Mix, events};
use arenascope_recording::spill::{FellBehind, Keeping, SpillError, Task};
use arenascope_recording::{CHUNK, EventLog, FileState, Limits, Reader, Recorder, WhenFull};
use arenascope_telemetry::event::{Event, Op};

const MIX: Mix = Mix { alive: 200, resets: 0, runs: 0 };

/// Files, of which the last may be open.
#[derive(Default)]
struct Storage {
    files: Vec<Vec<u8>>,
    is_open: bool,
    /// Bytes that all files may have together.
    quota: Option<usize>,
}

impl Storage {
    /// Carries out a task; false where there is no room, with as much written as fits.
    fn carry_out(&mut self, task: Task) -> bool {
        match task {
            Task::Create => {
                assert!(!self.is_open);
                (self.is_open, _) = (true, self.files.push(Vec::new()));
            }
            Task::Reopen => {
                assert!(!self.is_open);
                self.is_open = true;
            }
            Task::Write { at, bytes } => {
                assert!(self.is_open);
                let used: usize = self.files.iter().map(Vec::len).sum();
                let file = self.files.last_mut().unwrap();
                assert!(at as usize <= file.len());
                let room = self.quota.map_or(usize::MAX, |quota| quota - (used - file.len()) - at as usize);
                file.truncate(at as usize);
                file.extend(&bytes[..bytes.len().min(room)]);
                return bytes.len() <= room;
            }
            Task::Close => self.is_open = false,
        }
        true
    }
}

/// A recorder whose runs are kept, round by round.
struct Bench<'l> {
    recorder: Recorder<'l>,
    reader: Reader<'l>,
    keeping: Keeping,
    storage: Storage,
    now_ms: f64,
    is_wanted: bool,
}

impl<'l> Bench<'l> {
    fn new(log: &'l EventLog) -> Self {
        let (recorder, reader) = (Recorder::new(log), Reader::new(log));
        let (keeping, storage) = (Keeping::default(), Storage::default());
        Self { recorder, reader, keeping, storage, now_ms: 0.0, is_wanted: true }
    }

    /// One round of the recorder, and what is to be written after it; false where the
    /// storage was full.
    fn round(&mut self, events: &[Event], ms: f64) -> Result<bool, FellBehind> {
        events.iter().for_each(|event| self.recorder.take(*event));
        self.recorder.publish();
        self.reader.refresh();
        self.now_ms += ms;
        while let Some(task) = self.keeping.plan(&self.reader, self.is_wanted, self.now_ms)? {
            if !self.storage.carry_out(task) {
                let whole = self.keeping.whole_bytes() as usize;
                self.storage.files.last_mut().unwrap().truncate(whole);
                self.storage.is_open = false;
                self.keeping.give_up(self.reader.run_start(), FileState::CutOff);
                return Ok(false);
            }
            self.keeping.done();
        }
        Ok(true)
    }

    fn rounds(&mut self, events: &[Event]) {
        events.chunks(900).for_each(|events| assert_eq!(self.round(events, 8.0), Ok(true)));
    }

    /// Nothing comes for as long as it takes to write everything and to close the file.
    fn pause(&mut self) {
        (0..2).for_each(|_| assert_eq!(self.round(&[], 1_001.0), Ok(true)));
        assert!(!self.storage.is_open);
    }

    /// What became of the newest run.
    fn file(&self) -> FileState {
        self.keeping.file(self.reader.run_start())
    }

    /// The events of a file, and what is wrong with it.
    fn opened(&self, file: usize) -> (Vec<Event>, Option<SpillError>) {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        let result = recorder.open(&self.storage.files[file]);
        let mut reader = Reader::new(&log);
        reader.refresh();
        (reader.events().map(|index| reader.event(index).unwrap()).collect(), result.err())
    }
}

#[test]
fn a_recording_that_drops_its_oldest_events_is_one_file_with_all_of_them() {
    let log = EventLog::new(Limits { bytes: 2_000_000, when_full: WhenFull::DropOldest });
    let mut bench = Bench::new(&log);
    let events = events(5, 14 * CHUNK as usize + 77, MIX);
    bench.rounds(&events);
    assert!(log.figures().dropped > 4 * CHUNK);
    assert_eq!((bench.storage.files.len(), bench.keeping.run_start()), (1, Some(0)));
    assert_eq!(bench.file(), FileState::Growing);
    bench.pause();
    assert_eq!(bench.file(), FileState::Whole);
    let (read, damage) = bench.opened(0);
    assert!(read == events && damage.is_none(), "{} of {}, {damage:?}", read.len(), events.len());
}

#[test]
fn a_run_that_says_nothing_has_a_whole_closed_file_and_may_go_on() {
    let log = EventLog::default();
    let mut bench = Bench::new(&log);
    let events = events(5, 3 * CHUNK as usize, MIX);
    bench.rounds(&events[..20_000]);
    // Cut here, as by a crash: good up to the last frame.
    let (read, damage) = bench.opened(0);
    assert!(matches!(damage, Some(SpillError::NoEnd { .. })), "{damage:?}");
    assert!(read[..] == events[..read.len()] && read.len() as u64 >= CHUNK);
    for from in [20_000, 25_000, 25_001] {
        assert!(bench.storage.is_open);
        bench.pause();
        let (read, damage) = bench.opened(0);
        assert!(read[..] == events[..from] && damage.is_none(), "{from}: {} {damage:?}", read.len());
        // Nothing more is done while nothing comes.
        assert_eq!(bench.keeping.plan(&bench.reader, true, 1e9), Ok(None));
        let to = [25_000, 25_001, events.len()].into_iter().find(|to| *to > from).unwrap();
        bench.rounds(&events[from..to]);
    }
    bench.pause();
    assert!(bench.opened(0) == (events, None) && bench.storage.files.len() == 1);
}

#[test]
fn the_next_run_has_the_next_file_and_what_is_not_wanted_has_none() {
    let log = EventLog::default();
    let mut bench = Bench::new(&log);
    let runs: Vec<_> =
        [700, CHUNK as usize + 5, 900].into_iter().zip(1..).map(|(count, seed)| events(seed, count, MIX)).collect();
    bench.rounds(&runs[0]);
    // The end of one run and the start of the next in one round.
    bench.rounds(&runs[1]);
    assert!(bench.opened(0) == (runs[0].clone(), None));
    bench.is_wanted = false;
    bench.rounds(&runs[2]);
    assert_eq!(bench.file(), FileState::None);
    assert!(!bench.storage.is_open && bench.storage.files.len() == 2);
    assert!(bench.opened(1) == (runs[1].clone(), None));
    // Wanted in the middle of a run: from what memory has of it.
    bench.is_wanted = true;
    bench.rounds(&[]);
    assert_eq!(bench.round(&[Event::note(1 << 30, Op::Submit)], 1_001.0), Ok(true));
    bench.pause();
    let (read, damage) = bench.opened(2);
    assert!(read.len() == 901 && damage.is_none(), "{} {damage:?}", read.len());
}

#[test]
fn a_full_storage_is_told_once_and_leaves_a_good_file() {
    let log = EventLog::default();
    let mut bench = Bench::new(&log);
    bench.storage.quota = Some(700_000);
    let events = events(5, 6 * CHUNK as usize, MIX);
    let told: Vec<bool> = events.chunks(900).map(|events| bench.round(events, 8.0).unwrap()).collect();
    assert_eq!(told.iter().filter(|is_written| !**is_written).count(), 1);
    let (read, damage) = bench.opened(0);
    assert!(matches!(damage, Some(SpillError::NoEnd { .. })), "{damage:?}");
    assert!(read.len() as u64 >= 2 * CHUNK && read[..] == events[..read.len()]);
    assert_eq!(bench.file(), FileState::CutOff);
    // The run goes on in memory, the next one is tried again.
    assert_eq!(log.figures().length, events.len() as u64);
    bench.storage = Storage::default();
    bench.rounds(&self::events(9, 100, MIX));
    assert_eq!(bench.storage.files.len(), 1);
}

#[test]
fn a_storage_that_is_too_slow_is_told_with_how_much_is_missing() {
    let log = EventLog::new(Limits { bytes: 1_000_000, when_full: WhenFull::DropOldest });
    let mut bench = Bench::new(&log);
    let events = events(5, 20 * CHUNK as usize, MIX);
    bench.rounds(&events[..900]);
    let result = bench.round(&events[900..], 8.0);
    assert_eq!(result, Err(FellBehind { missing: log.figures().first }));
    assert!(log.figures().first > CHUNK);
}
