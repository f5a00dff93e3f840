//! Recordings that outlive the page: the run in progress, written as it grows, and
//! the files of earlier ones.

use crate::platform::clock::now_ms;
use crate::platform::storage::{File, Folder, StorageError};
use crate::recording::spill::{self, SpillError};
use crate::recording::{EventLog, Reader, Recorder};
use crate::session::command::{Opened, RecordingEntry};

const FOLDER: &str = "recordings";
const ENDING: &str = ".asrec";
/// What has not filled a chunk yet is written this often: so much a crash may cost.
const TAIL_MS: f64 = 1_000.0;

/// The run that is being written.
struct Growing {
    file: File,
    /// The first event of its run, which tells it from others.
    run_start: u64,
    /// The next event of which the file knows nothing for good.
    next: u64,
    /// Where that one's frame goes.
    at: u64,
    tail_ms: f64,
    /// Events that the last tail held.
    tail_end: u64,
}

/// All recordings of this origin.
pub(super) struct Archive<'l> {
    reader: Reader<'l>,
    growing: Option<Growing>,
    /// The run that could not be written, or was not asked to be.
    passed_over: Option<u64>,
}

impl<'l> Archive<'l> {
    pub(super) fn new(log: &'l EventLog) -> Self {
        Self { reader: Reader::new(log), growing: None, passed_over: None }
    }

    /// Writes what has come of the run, where it is to be kept.
    ///
    /// # Errors
    /// The first time a run cannot be written further; what is written stays good.
    pub(super) async fn follow(&mut self, is_wanted: bool) -> Result<(), StorageError> {
        if !is_wanted && self.growing.is_none() {
            return Ok(());
        }
        self.reader.refresh();
        let run = self.reader.run();
        if self.growing.as_ref().is_some_and(|growing| growing.run_start != run.start || !is_wanted) {
            self.growing = None;
        }
        if run.is_empty() || !is_wanted || self.passed_over == Some(run.start) {
            return Ok(());
        }
        let result = match self.growing {
            Some(_) => self.write(),
            None => self.begin(run.start).await,
        };
        if result.is_err() {
            (self.growing, self.passed_over) = (None, Some(run.start));
        }
        result
    }

    async fn begin(&mut self, run_start: u64) -> Result<(), StorageError> {
        let folder = Folder::open(FOLDER).await?;
        let file = folder.file(&new_name(), true).await?;
        file.write_end(0, &spill::header())?;
        let at = spill::HEADER_BYTES as u64;
        self.growing = Some(Growing { file, run_start, next: run_start, at, tail_ms: 0.0, tail_end: 0 });
        self.write()
    }

    /// Full chunks for good, and now and then what there is of the last one.
    fn write(&mut self) -> Result<(), StorageError> {
        let (Some(growing), events) = (&mut self.growing, self.reader.events()) else { return Ok(()) };
        if growing.next < events.start {
            // More was dropped from memory than could be written.
            return Err(StorageError::Refused { reason: "the recording was ahead of the file".into() });
        }
        while let Some(end) = self.reader.sealed(growing.next) {
            let Some(frame) = spill::frame_from(&self.reader, growing.next) else { break };
            growing.put(&frame)?;
            (growing.next, growing.at) = (end, growing.at + frame.len() as u64);
        }
        if events.end > growing.tail_end.max(growing.next) && now_ms() - growing.tail_ms >= TAIL_MS {
            if let Some(frame) = spill::frame_from(&self.reader, growing.next) {
                growing.put(&frame)?;
            }
            (growing.tail_ms, growing.tail_end) = (now_ms(), events.end);
        }
        Ok(())
    }

    /// Every recording, by name.
    pub(super) async fn list(&self) -> Result<Vec<RecordingEntry>, StorageError> {
        let folder = Folder::open(FOLDER).await?;
        let mut entries = Vec::new();
        for name in folder.names().await? {
            let bytes = folder.bytes_of(&name).await?;
            entries.push(RecordingEntry { name, bytes, events: None });
        }
        Ok(entries)
    }

    /// Writes what memory holds of the newest run into a file of its own.
    pub(super) async fn save(&mut self) -> Result<RecordingEntry, StorageError> {
        self.reader.refresh();
        let folder = Folder::open(FOLDER).await?;
        let name = new_name();
        let file = folder.file(&name, true).await?;
        let mut bytes = 0;
        let written = spill::write(&self.reader, |frame| {
            file.write_end(bytes, frame)?;
            bytes += frame.len() as u64;
            Ok(())
        });
        drop(file);
        match written {
            Ok(events) => Ok(RecordingEntry { name, bytes, events: Some(events) }),
            Err(error) => {
                // Half a recording under a name of its own would mislead.
                let _ = folder.delete(&name).await;
                Err(error)
            }
        }
    }

    /// Reads a recording into the log, as its newest run.
    pub(super) async fn open(&mut self, name: String, recorder: &mut Recorder<'_>) -> Result<Opened, String> {
        // The run in progress is over.
        self.growing = None;
        let folder = Folder::open(FOLDER).await.map_err(|error| error.to_string())?;
        let file = folder.file(&name, false).await.map_err(|error| error.to_string())?;
        let bytes = file.read().map_err(|error| error.to_string())?;
        let before = recorder.figures().length;
        let result = recorder.open(&bytes);
        let events = recorder.figures().length - before;
        self.reader.refresh();
        self.passed_over = Some(self.reader.run().start);
        match result {
            Err(error) if events == 0 => Err(format!("`{name}` is not a recording: {error}")),
            result => Ok(Opened { name, events, damage: result.err().map(|error: SpillError| error.to_string()) }),
        }
    }

    /// Deletes a recording.
    pub(super) async fn delete(&mut self, name: &str) -> Result<(), StorageError> {
        Folder::open(FOLDER).await?.delete(name).await
    }
}

impl Growing {
    fn put(&self, frame: &[u8]) -> Result<(), StorageError> {
        let written = self.file.write_end(self.at, frame);
        if written.is_err() {
            self.file.cut(self.at);
        }
        written
    }
}

/// Sorts by time, and is a name on every system.
fn new_name() -> String {
    let time = String::from(js_sys::Date::new_0().to_iso_string());
    format!("{}{ENDING}", time.replace([':', '.'], "-"))
}
