//! Recordings that outlive the page: the run in progress, written as it grows, and
//! the files of earlier ones.

use crate::platform::clock::now_ms;
use crate::platform::storage::{File, Folder, StorageError};
use crate::recording::spill::{self, SpillError};
use crate::recording::{CHUNK, EventLog, Reader, Recorder};
use crate::session::command::{Opened, RecordingEntry};
use core::ops::Range;

const FOLDER: &str = "recordings";
const ENDING: &str = ".asrec";
/// Events wait no longer than this for their chunk to fill: so much a crash may
/// cost.
const PAUSE_MS: f64 = 1_000.0;

/// The run that is being written.
struct Growing {
    file: File,
    /// The first event of its run, which tells it from others.
    run_start: u64,
    /// The next event that the file does not have.
    next: u64,
    /// Where its frame goes: nothing before is written again, so a crash or a full
    /// storage takes nothing that is there.
    at: u64,
    written_ms: f64,
}

/// All recordings of this origin.
pub(super) struct Archive<'l> {
    log: &'l EventLog,
    reader: Reader<'l>,
    growing: Option<Growing>,
    /// The run that could not be written, or was not asked to be.
    passed_over: Option<u64>,
}

impl<'l> Archive<'l> {
    pub(super) fn new(log: &'l EventLog) -> Self {
        Self { log, reader: Reader::new(log), growing: None, passed_over: None }
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
        let result = self.follow_run(&run, is_wanted).await;
        if result.is_err() {
            (self.growing, self.passed_over) = (None, Some(run.start));
        }
        if self.growing.is_none() {
            self.let_go();
        }
        result
    }

    async fn follow_run(&mut self, run: &Range<u64>, is_wanted: bool) -> Result<(), StorageError> {
        let run_start = self.growing.as_ref().map(|growing| growing.run_start);
        if run_start.is_some_and(|run_start| run_start != run.start) {
            // The next run has begun: the one before is whole.
            self.write(run.start, true)?;
            self.growing = None;
        } else if run_start.is_some() && !is_wanted {
            self.write(run.end, true)?;
            self.growing = None;
        }
        if run.is_empty() || !is_wanted || self.passed_over == Some(run.start) {
            return Ok(());
        }
        if self.growing.is_none() {
            self.begin(run.start).await?;
        }
        self.write(run.end, false)
    }

    async fn begin(&mut self, run_start: u64) -> Result<(), StorageError> {
        let folder = Folder::open(FOLDER).await?;
        let file = folder.file(&new_name(), true).await?;
        file.write_end(0, &spill::header())?;
        let at = spill::HEADER_BYTES as u64;
        self.growing = Some(Growing { file, run_start, next: run_start, at, written_ms: 0.0 });
        Ok(())
    }

    /// Adds events before `end`: full chunks at once, the rest now and then, and
    /// where the run `is_over`.
    fn write(&mut self, end: u64, is_over: bool) -> Result<(), StorageError> {
        let Some(growing) = &mut self.growing else { return Ok(()) };
        if growing.next < self.reader.events().start {
            let reason = "memory had no more of it than the file: choose a larger recording_bytes";
            return Err(StorageError::Refused { reason: reason.into() });
        }
        let is_due = is_over || now_ms() - growing.written_ms >= PAUSE_MS;
        if is_due {
            growing.written_ms = now_ms();
        }
        while growing.next < end && (is_due || self.reader.sealed(growing.next).is_some()) {
            let Some(frame) = spill::frame_within(&self.reader, growing.next..end) else { break };
            growing.put(&frame)?;
            growing.next = end.min((growing.next / CHUNK + 1) * CHUNK);
            growing.at += frame.len() as u64;
        }
        Ok(())
    }

    /// Holds no chunk any longer: what the log drops is to be gone.
    fn let_go(&mut self) {
        self.reader = Reader::new(self.log);
    }

    /// Every recording, by name.
    pub(super) async fn list(&self) -> Result<Vec<RecordingEntry>, StorageError> {
        let folder = Folder::open(FOLDER).await?;
        let mut entries = Vec::new();
        for name in folder.names().await? {
            let growing = self.growing.as_ref().filter(|growing| growing.file.name == name);
            let bytes = match growing {
                Some(growing) => growing.file.size().ok(),
                // One that another tab writes has no size that would hold.
                None => folder.bytes_of(&name).await.ok(),
            };
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
        self.let_go();
        match written {
            Ok(events) => Ok(RecordingEntry { name, bytes: Some(bytes), events: Some(events) }),
            Err(error) => {
                // Half a recording under a name of its own would mislead.
                let _ = folder.delete(&name).await;
                Err(error)
            }
        }
    }

    /// Reads a recording into the log, as its newest run.
    pub(super) async fn open(&mut self, name: String, recorder: &mut Recorder<'_>) -> Result<Opened, String> {
        // The run in progress is over, and its file whole.
        let _ = self.follow(false).await;
        let folder = Folder::open(FOLDER).await.map_err(|error| error.to_string())?;
        let file = folder.file(&name, false).await.map_err(|error| error.to_string())?;
        let bytes = file.read().map_err(|error| error.to_string())?;
        let before = recorder.figures().length;
        let result = recorder.open(&bytes);
        let events = recorder.figures().length - before;
        self.passed_over = Some(self.log.run_start());
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
