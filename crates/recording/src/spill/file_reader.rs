//! Reads a file frame by frame, so that no more than one frame of it is in memory.

use super::error::SpillError;
use super::format::{HEADER_BYTES, MAGIC, VERSION, VERSION_WITHOUT_END};
use super::frame::{End, Frame, HEAD_BYTES, Head};
use super::table_text::tables_of;
use crate::rows::Packed;
use crate::tables::Tables;
use std::sync::Arc;
use thiserror::Error;

/// Bytes that can be read at any place.
pub trait Source {
    /// Why bytes cannot be read: the error of the storage.
    type Error;

    /// How many there are.
    ///
    /// # Errors
    /// Where the source does not say.
    fn bytes(&self) -> Result<u64, Self::Error>;

    /// Fills `into` from `at` on, and says how many bytes there were; fewer only at the
    /// end.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<usize, Self::Error>;
}

impl Source for &[u8] {
    type Error = core::convert::Infallible;

    fn bytes(&self) -> Result<u64, Self::Error> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<usize, Self::Error> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// Why a file could not be read on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError<E> {
    /// The bytes could not be had.
    #[error("{0}")]
    Source(E),
    /// The bytes are not what they have to be.
    #[error("{0}")]
    File(SpillError),
}

impl<E> From<SpillError> for ReadError<E> {
    fn from(error: SpillError) -> Self {
        Self::File(error)
    }
}

/// A file that is a recording: its header and its first events are good.
pub struct FileReader<S> {
    source: S,
    bytes: u64,
    /// Where the next frame begins.
    at: u64,
    /// The event that must come next.
    expected: u64,
    /// Events read so far.
    events: u64,
    has_end_mark: bool,
    manifest: Option<String>,
    end: Option<End>,
    /// The events that were read to see that there are any.
    first: Option<Events>,
    /// Bytes of the tables, until the first events.
    table_bytes: Vec<u8>,
    tables: Option<Arc<Tables>>,
    body: Vec<u8>,
}

/// The events of a frame.
pub(in crate::spill) struct Events {
    pub(in crate::spill) packed: Packed,
    pub(in crate::spill) count: usize,
}

impl<S> FileReader<S> {
    /// Whether others recorded the run.
    pub(in crate::spill) const fn has_tables(&self) -> bool {
        self.tables.is_some()
    }
}

impl<S: Source> FileReader<S> {
    /// Looks at a file's header and at its first events: enough to know that something
    /// will come of it. O(one frame).
    ///
    /// # Errors
    /// [`ReadError`] where it is no recording, of another version, empty, or damaged in
    /// its first frame.
    pub fn begin(source: S) -> Result<Self, ReadError<S::Error>> {
        let bytes = source.bytes().map_err(ReadError::Source)?;
        let mut header = [0; HEADER_BYTES];
        let count = source.read_at(0, &mut header).map_err(ReadError::Source)?;
        let version = check_header(&header[..count])?;
        let (at, has_end_mark) = (HEADER_BYTES as u64, version > VERSION_WITHOUT_END);
        let mut reader = Self {
            source,
            bytes,
            at,
            expected: 0,
            events: 0,
            has_end_mark,
            manifest: None,
            end: None,
            first: None,
            table_bytes: Vec::new(),
            tables: None,
            body: Vec::new(),
        };
        reader.first = match reader.read_frame(true)? {
            Some(events) if events.count > 0 => Some(events),
            _ => return Err(SpillError::NoEvents.into()),
        };
        Ok(reader)
    }

    /// The next events; `None` at the end.
    pub(in crate::spill) fn next_events(&mut self) -> Result<Option<Events>, ReadError<S::Error>> {
        match self.first.take() {
            Some(events) => Ok(Some(events)),
            None => self.read_frame(false),
        }
    }

    /// What the run is, as JSON text; `None` in files before version 3, and where nobody
    /// knew.
    pub fn manifest(&self) -> Option<&str> {
        self.manifest.as_deref()
    }

    /// The number of its first event.
    pub(in crate::spill) const fn first(&self) -> u64 {
        self.expected - self.events
    }

    /// The bytes again.
    pub(in crate::spill) fn into_source(self) -> S {
        self.source
    }

    /// Where it is, of how many bytes.
    pub const fn progress(&self) -> (u64, u64) {
        (self.at, self.bytes)
    }

    /// What the events refer to, of a run that others recorded.
    pub fn tables(&self) -> Option<&Arc<Tables>> {
        self.tables.as_ref()
    }

    /// All of the tables were read: what follows refers to them.
    fn take_tables(&mut self, at: u64) -> Result<(), SpillError> {
        let bytes = core::mem::take(&mut self.table_bytes);
        if !bytes.is_empty() {
            self.tables = Some(Arc::new(tables_of(&bytes).ok_or(SpillError::Malformed { at })?));
        }
        Ok(())
    }

    fn read_frame(&mut self, is_first: bool) -> Result<Option<Events>, ReadError<S::Error>> {
        let at = self.at;
        if at >= self.bytes {
            let is_whole = self.end.is_some() || !self.has_end_mark;
            return match (is_whole, is_first) {
                (_, true) => Err(SpillError::NoEvents.into()),
                (true, _) => Ok(None),
                (false, _) => Err(SpillError::NoEnd { at, events: self.events }.into()),
            };
        }
        if self.end.is_some() {
            return Err(SpillError::NoFrame { at }.into());
        }
        match self.frame(at)? {
            Frame::Tables { bytes } if self.events == 0 => {
                self.table_bytes.extend(bytes);
                self.read_frame(is_first)
            }
            Frame::Tables { .. } => Err(SpillError::NoFrame { at }.into()),
            Frame::Events { first, packed, count } => {
                self.take_tables(at)?;
                if !is_first && first != self.expected {
                    return Err(SpillError::Gap { at, expected: self.expected, found: first }.into());
                }
                (self.expected, self.events) = (first + count as u64, self.events + count as u64);
                Ok(Some(Events { packed, count }))
            }
            // It stands before all events, or it is out of place.
            Frame::Manifest { text } if at == HEADER_BYTES as u64 => {
                self.manifest = Some(text);
                self.read_frame(is_first)
            }
            Frame::Manifest { .. } => Err(SpillError::NoFrame { at }.into()),
            Frame::End(_) if is_first => Err(SpillError::NoEvents.into()),
            Frame::End(End { next, .. }) if next != self.expected => {
                Err(SpillError::Gap { at, expected: self.expected, found: next }.into())
            }
            Frame::End(end) => {
                self.end = Some(end);
                self.read_frame(false)
            }
        }
    }

    fn frame(&mut self, at: u64) -> Result<Frame, ReadError<S::Error>> {
        let mut head = [0; HEAD_BYTES];
        let count = self.source.read_at(at, &mut head).map_err(ReadError::Source)?;
        let head = Head::read(&head[..count], at)?;
        let (begin, length) = (at + HEAD_BYTES as u64, head.body_bytes());
        if begin + length > self.bytes {
            return Err(SpillError::Truncated { at, missing: begin + length - self.bytes }.into());
        }
        self.body.resize(length as usize, 0);
        let count = self.source.read_at(begin, &mut self.body).map_err(ReadError::Source)? as u64;
        if count < length {
            return Err(SpillError::Truncated { at, missing: length - count }.into());
        }
        let frame = head.open(&self.body, at)?;
        self.at = begin + length;
        Ok(frame)
    }
}

/// The version of a file.
fn check_header(file: &[u8]) -> Result<u32, SpillError> {
    let Some((magic, rest)) = file.split_first_chunk::<8>() else { return Err(SpillError::NotARecording) };
    if *magic != MAGIC {
        return Err(SpillError::NotARecording);
    }
    match rest.first_chunk().map(|version| u32::from_le_bytes(*version)) {
        Some(found) if !(VERSION_WITHOUT_END..=VERSION).contains(&found) => Err(SpillError::Version { found }),
        Some(version) if file.len() >= HEADER_BYTES => Ok(version),
        _ => Err(SpillError::Truncated { at: 0, missing: (HEADER_BYTES - file.len()) as u64 }),
    }
}
