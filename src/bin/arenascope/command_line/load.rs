//! A recording of any known tool, or our own, taken into memory.

use super::failure::Failure;
use super::name::Name;
use super::progress::Progress;
use super::source;
use arenascope::formats::import::{self, Peeked};
use arenascope::owner::Tag;
use arenascope::recording::spill::{FileReader, MAGIC, Opening};
use arenascope::recording::{EventLog, Import, Limits, Reader, Recorder, Retold, WhenFull};
use arenascope::trace::Sink;
use std::io::{self, Read};
use std::path::Path;

/// As much as a log can hold: nothing is dropped, and what does not fit is counted.
const LIMITS: Limits = Limits { bytes: u64::MAX, when_full: WhenFull::Stop };

/// What a file is.
pub(crate) enum Kind {
    /// A recording of ours.
    Own,
    /// Another tool's.
    Other,
}

/// A file at its beginning, unpacked by nobody yet.
pub(crate) struct Opened {
    first: Vec<u8>,
    rest: Box<dyn Read>,
    name: Name,
    /// Drawn while it is read.
    progress: Progress,
}

impl Opened {
    /// The file at `path`, of which `-` is standard input.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let (source, size) = source::open(path)?;
        let progress = Progress::new("reading", size);
        let (mut rest, name) = (progress.counted(source), Name::of(path));
        let mut first = Vec::new();
        let read = rest.by_ref().take(MAGIC.len() as u64).read_to_end(&mut first);
        read.map_err(|error| Failure::Open(name.clone(), error))?;
        Ok(Self { first, rest: Box::new(rest), name, progress })
    }

    /// What it is, by its first bytes.
    pub(crate) fn kind(&self) -> Kind {
        if self.first == MAGIC { Kind::Own } else { Kind::Other }
    }

    /// Looks at what is in it, unpacked; the bar goes with the reading.
    pub(crate) fn peek(self) -> Result<(Peeked<'static>, Progress), Failure> {
        let Self { first, rest, name, progress } = self;
        let peeked = Peeked::new(io::Cursor::new(first).chain(rest)).map_err(|error| Failure::Open(name, error))?;
        Ok((peeked, progress))
    }

    /// Tells another tool's recording to a sink.
    pub(crate) fn tell(self, sink: &mut dyn Sink) -> Result<(), Failure> {
        let Self { first, rest, name, progress } = self;
        let told = import::read(first.chain(rest), sink);
        drop(progress);
        told.map(drop).map_err(|error| Failure::Import(name, error))
    }

    /// Takes it into a log; the warning that a damaged file of ours deserves.
    pub(crate) fn load(self, log: &EventLog) -> Result<Option<String>, Failure> {
        match self.kind() {
            Kind::Own => self.load_own(log),
            Kind::Other => {
                let mut sink = Import::new(log, |_| true);
                self.tell(&mut sink)?;
                sink.finish();
                Ok(None)
            }
        }
    }

    fn load_own(mut self, log: &EventLog) -> Result<Option<String>, Failure> {
        let mut bytes = core::mem::take(&mut self.first);
        self.rest.read_to_end(&mut bytes).map_err(|error| Failure::Open(self.name.clone(), error))?;
        let failed = |error: String| Failure::Recording(self.name.clone(), error);
        let file = FileReader::begin(bytes.as_slice()).map_err(|error| failed(error.to_string()))?;
        let mut recorder = Recorder::for_file(log, &file);
        let mut opening = Opening::new(file);
        loop {
            match opening.step(&mut recorder) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Ok(Some(error.to_string())),
            }
        }
    }
}

/// An empty log that keeps everything.
pub(crate) fn log() -> EventLog {
    EventLog::new(LIMITS)
}

/// The run of a log, told again.
pub(crate) fn retold<'r, 'l>(reader: &'r Reader<'l>) -> Retold<'r, 'l> {
    Retold::of(reader, |tag: Tag| arenascope::workload::tags::name(tag).into())
}
