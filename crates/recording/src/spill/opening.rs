//! A file taken into the recording.

use super::super::log::EventLog;
use super::super::recorder::Recorder;
use super::error::SpillError;
use super::file_reader::{FileReader, ReadError, Source};
use arenascope_telemetry::event::{Event, Op};
use std::sync::Arc;

/// A file on its way into the recording, as its newest run: links, key frames and
/// figures are made anew.
pub struct Opening<S> {
    file: FileReader<S>,
    events: u64,
}

impl<S: Source> Opening<S> {
    /// Of a file that is good so far: nothing has happened yet.
    pub const fn new(file: FileReader<S>) -> Self {
        Self { file, events: 0 }
    }

    /// Takes in the next frame; false at the end of the file. O(frame).
    ///
    /// # Errors
    /// [`ReadError`], with what comes before it taken in: say so, and go on with that.
    pub fn step(&mut self, recorder: &mut Recorder<'_>) -> Result<bool, ReadError<S::Error>> {
        let Some(events) = self.file.next_events()? else { return Ok(false) };
        if self.events == 0 {
            recorder.begin_opened(self.file.manifest());
            if let Some(tables) = self.file.tables() {
                recorder.log().set_tables(Arc::clone(tables));
            }
            if events.packed.kind(0).op() != Op::RunStart && !recorder.is_empty() {
                // What it holds is a run of its own.
                recorder.take(Event::note(0, Op::RunStart));
            }
        }
        (0..events.count)
            .for_each(|place| recorder.retake(events.packed.event(place), events.packed.kind(place).site()));
        recorder.publish();
        self.events += events.count as u64;
        Ok(true)
    }

    /// Events of the file that were taken in so far.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Bytes read, of how many.
    pub const fn progress(&self) -> (u64, u64) {
        self.file.progress()
    }
}

impl<'l> Recorder<'l> {
    /// A recorder into an empty log for the run of a file: ours, or one that others
    /// recorded.
    pub fn for_file<S>(log: &'l EventLog, file: &FileReader<S>) -> Self {
        if file.has_tables() { Self::of_others(log) } else { Self::new(log) }
    }
}

impl Recorder<'_> {
    /// Reads a file's events as the newest run; returns how many they are. What threads
    /// say is left out until they begin another. For a file that is not in memory, see
    /// [`Opening`].
    ///
    /// # Errors
    /// [`SpillError`]. Where the file is no recording, or is damaged in its first frame,
    /// nothing has happened; otherwise what comes before the damage is there.
    pub fn open(&mut self, file: &[u8]) -> Result<u64, SpillError> {
        let failed = |error: ReadError<core::convert::Infallible>| match error {
            ReadError::File(error) => error,
            ReadError::Source(never) => match never {},
        };
        let mut opening = Opening::new(FileReader::begin(file).map_err(failed)?);
        while opening.step(self).map_err(failed)? {}
        Ok(opening.events())
    }
}
