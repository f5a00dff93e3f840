//! Recordings that outlive the page: the run in progress, written as it grows, and
//! the files of earlier ones.

use crate::platform::clock::now_ms;
use crate::platform::shared::shared;
use crate::platform::storage::{File, Folder, StorageError};
use crate::recording::spill::{self, FellBehind, FileReader, Keeping, Opening, Outline, ReadError, Task};
use crate::recording::{EventLog, FileState, Reader, Recorder};
use crate::session::command::{Opened, RecordingEntry};
use crate::session::manifest::Manifest;
use gloo_timers::future::TimeoutFuture;
use std::collections::HashMap;
use thiserror::Error;

const FOLDER: &str = "recordings";
const ENDING: &str = ".asrec";
/// A file is read for so long before threads are listened to again.
const SLICE_MS: f64 = 30.0;

/// Why a run is no longer kept as a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum KeepError {
    /// The storage did not take it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Memory dropped events before they were written.
    #[error(transparent)]
    FellBehind(#[from] FellBehind),
}

/// All recordings of this origin.
pub(super) struct Archive<'l> {
    log: &'l EventLog,
    reader: Reader<'l>,
    keeping: Keeping,
    /// The file of the run that is kept, while something is written to it.
    file: Option<File>,
    /// Its name, open or not.
    name: Option<String>,
    /// What files said of their runs when they were of that size: a list asks for each, and
    /// again every few seconds.
    outlines: HashMap<(String, u64), Outline>,
}

impl<'l> Archive<'l> {
    pub(super) fn new(log: &'l EventLog) -> Self {
        Self {
            log,
            reader: Reader::new(log),
            keeping: Keeping::default(),
            file: None,
            name: None,
            outlines: HashMap::new(),
        }
    }

    /// Writes what has come of the run, where it is to be kept.
    ///
    /// # Errors
    /// The first time a run cannot be written further; what is written stays good, and the
    /// run goes on.
    pub(super) async fn follow(&mut self, is_wanted: bool) -> Result<(), KeepError> {
        if !is_wanted && self.keeping.run_start().is_none() {
            self.log.set_file(FileState::None);
            return Ok(());
        }
        self.reader.refresh();
        let result = self.follow_run(is_wanted).await;
        if result.is_err() {
            // Half a frame would be damage: the file ends with its last whole one.
            if let Some(file) = self.file.take() {
                file.cut(self.keeping.whole_bytes());
            }
            self.keeping.give_up(self.reader.run_start(), state_after(&result));
        }
        self.log.set_file(self.keeping.file(self.reader.run_start()));
        if self.keeping.run_start().is_none() {
            self.let_go();
        }
        result
    }

    async fn follow_run(&mut self, is_wanted: bool) -> Result<(), KeepError> {
        while let Some(task) = self.keeping.plan(&self.reader, is_wanted, now_ms())? {
            match (task, &self.file) {
                (Task::Create, _) => {
                    let name = new_name();
                    self.file = Some(Folder::open(FOLDER).await?.file(&name, true).await?);
                    self.name = Some(name);
                }
                (Task::Reopen, _) => {
                    let name = self.name.clone().unwrap_or_default();
                    self.file = Some(Folder::open(FOLDER).await?.file(&name, false).await?);
                }
                (Task::Write { at, bytes }, Some(file)) => file.write_end(at, &bytes)?,
                // Dropped, it is closed: others may use it.
                (Task::Close | Task::Write { .. }, _) => self.file = None,
            }
            self.keeping.done();
        }
        Ok(())
    }

    /// Holds no chunk any longer: what the log drops is to be gone.
    fn let_go(&mut self) {
        self.reader = Reader::new(self.log);
    }

    /// Every recording, by name.
    pub(super) async fn list(&mut self) -> Result<Vec<RecordingEntry>, StorageError> {
        let folder = Folder::open(FOLDER).await?;
        let (mut entries, mut outlines) = (Vec::new(), HashMap::new());
        for name in folder.files().await?.into_iter().filter(|name| is_recording(name)) {
            if let Some(file) = self.file.as_ref().filter(|file| file.name == name) {
                entries.push(entry(name, file.size().ok(), Outline::read(file).unwrap_or_default()));
                continue;
            }
            // One that another tab writes has no size that would hold.
            let bytes = folder.bytes_of(&name).await.ok();
            let key = (name.clone(), bytes.unwrap_or(0));
            let outline = match self.outlines.remove(&key) {
                Some(outline) => outline,
                // What cannot be read is told by opening it.
                None => match folder.file(&name, false).await {
                    Ok(file) => Outline::read(&file).unwrap_or_default(),
                    Err(_) => Outline::default(),
                },
            };
            outlines.insert(key, outline.clone());
            entries.push(entry(name, bytes, outline));
        }
        self.outlines = outlines;
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
        let outline = Outline::read(&file).unwrap_or_default();
        drop(file);
        self.let_go();
        match written {
            Ok(_) => Ok(entry(name, Some(bytes), outline)),
            Err(error) => {
                // Half a recording under a name of its own would mislead.
                let _ = folder.delete(&name).await;
                Err(error)
            }
        }
    }

    /// Reads a recording into the log, as its newest run. Nothing is changed where the
    /// file is missing or no recording. Threads are listened to in between; where they
    /// begin a run, that one is the newest, and the reading ends.
    pub(super) async fn open(&mut self, name: String, recorder: &mut Recorder<'_>) -> Result<Opened, String> {
        let words = |error: StorageError| error.to_string();
        if !is_recording(&name) {
            return Err(StorageError::Missing { name }.to_string());
        }
        let file = Folder::open(FOLDER).await.map_err(words)?.file(&name, false).await.map_err(words)?;
        let file = FileReader::begin(&file).map_err(|error| match error {
            ReadError::Source(error) => error.to_string(),
            ReadError::File(error) => format!("`{name}` is not a recording: {error}"),
        })?;
        // The run in progress is over, and its file whole.
        let _ = self.follow(false).await;
        let mut opening = Opening::new(file);
        let damage = loop {
            let begun = now_ms();
            let step = loop {
                match opening.step(recorder) {
                    Ok(true) if now_ms() - begun < SLICE_MS => {}
                    step => break step,
                }
            };
            match step {
                Ok(true) => {}
                Ok(false) => break None,
                Err(error) => break Some(error.to_string()),
            }
            TimeoutFuture::new(0).await;
            recorder.round(shared());
            if !recorder.is_opened() {
                let (at, bytes) = opening.progress();
                return Err(format!("`{name}` was read up to byte {at} of {bytes}: then the next run began"));
            }
        };
        self.keeping.pass_over(self.log.run_start());
        let manifest = self.log.manifest(self.log.run_start()).and_then(|text| Manifest::from_text(&text));
        Ok(Opened { name, events: opening.events(), damage, manifest })
    }

    /// Deletes a recording; nothing else.
    pub(super) async fn delete(&mut self, name: &str) -> Result<(), StorageError> {
        let folder = Folder::open(FOLDER).await?;
        if !is_recording(name) || !folder.files().await?.iter().any(|file| file == name) {
            return Err(StorageError::Missing { name: name.into() });
        }
        folder.delete(name).await
    }
}

/// What a file is that could not be written further.
fn state_after(result: &Result<(), KeepError>) -> FileState {
    match result {
        Err(KeepError::Storage(StorageError::Full { .. })) => FileState::StorageFull,
        _ => FileState::CutOff,
    }
}

fn entry(name: String, bytes: Option<u64>, outline: Outline) -> RecordingEntry {
    let Outline { manifest, events, length_us } = outline;
    let manifest = manifest.and_then(|text| Manifest::from_text(&text));
    RecordingEntry { name, bytes, events, length_us, manifest }
}

/// True for a name that this program gives. What else lies in the folder is not ours.
fn is_recording(name: &str) -> bool {
    name.len() > ENDING.len() && name.ends_with(ENDING)
}

/// Sorts by time, and is a name on every system.
fn new_name() -> String {
    let time = String::from(js_sys::Date::new_0().to_iso_string());
    format!("{}{ENDING}", time.replace([':', '.'], "-"))
}
