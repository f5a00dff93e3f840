//! What a file says of its run at its beginning and at its end: for a list of files.

use super::SpillError;
use super::file_reader::{FileReader, ReadError, Source};
use super::frame::{Frame, HEAD_BYTES, Head};

/// The end mark of this version, and of those before: the last bytes of a whole file.
const END_BYTES: [u64; 2] = [HEAD_BYTES as u64 + 16, HEAD_BYTES as u64 + 8];

/// A recording without its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// What the run is, as JSON text; `None` in files before version 3, and where nobody
    /// knew.
    pub manifest: Option<String>,
    /// Events in it; `None` where the file has no end mark: it is growing, was cut, or is
    /// of version 1.
    pub events: Option<u64>,
    /// Time of the newest event, µs; `None` as for `events`, and in files of version 2.
    pub length_us: Option<u64>,
}

impl Outline {
    /// Reads a file's first frame and its last bytes. O(one frame).
    ///
    /// # Errors
    /// As [`FileReader::begin`].
    pub fn read<S: Source>(source: S) -> Result<Self, ReadError<S::Error>> {
        let file = FileReader::begin(source)?;
        let (manifest, first) = (file.manifest().map(str::to_owned), file.first());
        let source = file.into_source();
        let bytes = source.bytes().map_err(ReadError::Source)?;
        for length in END_BYTES.into_iter().filter(|length| *length <= bytes) {
            let mut tail = vec![0; length as usize];
            source.read_at(bytes - length, &mut tail).map_err(ReadError::Source)?;
            if let Some((next, length_us)) = end_mark(&tail) {
                return Ok(Self { manifest, events: next.checked_sub(first), length_us });
            }
        }
        Ok(Self { manifest, ..Self::default() })
    }
}

/// The next event and the time of the newest, where these bytes are an end mark.
fn end_mark(tail: &[u8]) -> Option<(u64, Option<u64>)> {
    let open =
        || -> Result<Frame, SpillError> { Head::read(tail, 0)?.open(tail.get(HEAD_BYTES..).unwrap_or_default(), 0) };
    match open() {
        Ok(Frame::End(end)) => Some((end.next, end.time_us)),
        _ => None,
    }
}
