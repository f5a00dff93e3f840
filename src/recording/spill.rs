//! Chunks as bytes, for recordings that outlive the page: a header, then one
//! frame for each chunk, in order, or for parts of it: where a run starts or ends,
//! and where it was not to wait for the chunk to fill.
//!
//! All numbers little-endian. A file that ends in the middle of a frame, as after
//! a crash, is good up to that frame.
//!
//! | file header | bytes | | frame | bytes |
//! |---|---|---|---|---|
//! | `ASREC` and three zeros | 8 | | `ASCH` | 4 |
//! | version | 4 | | checksum (CRC-32) of all that follows | 4 |
//! | reserved, 0 | 4 | | bytes that follow the next 4 | 4 |
//! | | | | first event | 8 |
//! | | | | events, kinds | 4, 4 |
//! | | | | each kind | 8 |
//! | | | | six columns: base 8, shift 1, width 1, numbers | |

use super::chunk::CHUNK;
use super::column::Column;
use super::kind::Kind;
use super::reader::Reader;
use super::recorder::Recorder;
use super::rows::{Packed, Row};
use super::standing::Standing;
use super::travel::Cursor;
use crate::owner::Heap;
use crate::telemetry::event::{Event, Op, Role};
use core::error::Error;
use core::fmt;
use core::ops::Range;

/// The first bytes of a file.
pub const MAGIC: [u8; 8] = *b"ASREC\0\0\0";
/// Raised with every change of the format.
pub const VERSION: u32 = 1;
/// Bytes of the file header.
pub const HEADER_BYTES: usize = 16;
const FRAME: [u8; 4] = *b"ASCH";
/// Bytes of a frame before its body: mark, checksum, length.
const FRAME_HEAD: usize = 12;
/// No frame is longer: 16 384 events of at most 8 bytes in each of six columns,
/// and as many kinds.
const BODY_MAX: usize = 16 + CHUNK as usize * 56 + 60;

/// Why bytes are not a recording. `at` counts bytes from the file's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpillError {
    /// The file does not begin as a recording does.
    NotARecording,
    /// A version that this program does not know.
    Version {
        /// The version of the file.
        found: u32,
    },
    /// The bytes end within a frame: what comes before it is good.
    Truncated {
        /// Where the frame begins.
        at: usize,
        /// Bytes that are missing, at least.
        missing: usize,
    },
    /// No frame begins here.
    NoFrame {
        /// Where.
        at: usize,
    },
    /// A frame is longer than any frame can be.
    TooLong {
        /// Where the frame begins.
        at: usize,
        /// The length it claims.
        bytes: usize,
    },
    /// A frame was damaged.
    Checksum {
        /// Where the frame begins.
        at: usize,
    },
    /// A frame is whole but makes no sense.
    Malformed {
        /// Where the frame begins.
        at: usize,
    },
    /// Frames are missing between two.
    Gap {
        /// Where the frame begins.
        at: usize,
        /// The event that had to come.
        expected: u64,
        /// The event that the frame begins with.
        found: u64,
    },
}

impl fmt::Display for SpillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotARecording => f.write_str("not a recording of Arenascope"),
            Self::Version { found } => write!(f, "version {found} of the format; this program reads {VERSION}"),
            Self::Truncated { at, missing } => {
                write!(f, "byte {at}: the frame ends early, at least {missing} bytes are missing")
            }
            Self::NoFrame { at } => write!(f, "byte {at}: no frame begins here"),
            Self::TooLong { at, bytes } => write!(f, "byte {at}: a frame of {bytes} bytes, {BODY_MAX} are possible"),
            Self::Checksum { at } => write!(f, "byte {at}: the frame is damaged"),
            Self::Malformed { at } => write!(f, "byte {at}: the frame makes no sense"),
            Self::Gap { at, expected, found } => {
                write!(f, "byte {at}: event {expected} had to come, the frame begins with {found}")
            }
        }
    }
}

impl Error for SpillError {}

/// What a file begins with.
pub fn header() -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// The frame of the chunk in which an event lies, with all that the reader sees
/// of it; `None` where the event is not kept. O(chunk). A full chunk's frame
/// does not change any more.
pub fn frame(reader: &Reader<'_>, index: u64) -> Option<Vec<u8>> {
    frame_within(reader, reader.chunk_of(index)?.head.first..reader.events().end)
}

/// As [`frame`], of the events of a range that lie in the chunk of its first.
pub fn frame_within(reader: &Reader<'_>, range: Range<u64>) -> Option<Vec<u8>> {
    let range = range.start..range.end.min(reader.events().end);
    let (chunk, places) = reader.pieces(range.clone()).next()?;
    let rows: Vec<Row> =
        places.map(|place| Row { words: chunk.event(place).to_words(), back: chunk.back(place) }).collect();
    Some(frame_of(range.start, &rows))
}

fn frame_of(first: u64, rows: &[Row]) -> Vec<u8> {
    let packed = Packed::pack(rows);
    let mut body = first.to_le_bytes().to_vec();
    body.extend((rows.len() as u32).to_le_bytes());
    body.extend((packed.kinds.len() as u32).to_le_bytes());
    packed.kinds.iter().for_each(|kind| body.extend(kind.to_bits().to_le_bytes()));
    packed.columns().iter().for_each(|column| column.write(&mut body));
    let length = (body.len() as u32).to_le_bytes();
    let sum = checksum(checksum(!0, &length), &body) ^ !0;
    [&FRAME[..], &sum.to_le_bytes(), &length, &body].concat()
}

/// Hands a file of the newest run to `write`, piece by piece; returns the number of
/// events. Where the run's beginning was dropped, the file begins with the start of
/// a run and the beginnings of everything that is alive there.
///
/// # Errors
/// The first of `write`'s.
pub fn write<E>(reader: &Reader<'_>, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<u64, E> {
    write(&header())?;
    let Range { start, end } = reader.run();
    let before = preamble(reader, start);
    let mut first = start - before.len() as u64;
    for events in before.chunks(CHUNK as usize) {
        let rows: Vec<Row> = events.iter().map(|event| Row { words: event.to_words(), back: 0 }).collect();
        write(&frame_of(first, &rows))?;
        first += rows.len() as u64;
    }
    while first < end {
        let Some(frame) = frame_within(reader, first..end) else { break };
        write(&frame)?;
        first = end.min((first / CHUNK + 1) * CHUNK);
    }
    Ok(before.len() as u64 + end - start)
}

/// What makes the state at a position, from nothing; no events where a run starts
/// there. They are at most as many as came before.
fn preamble(reader: &Reader<'_>, position: u64) -> Vec<Event> {
    let starts = reader.kind(position).is_none_or(|kind| kind.op() == Op::RunStart);
    let mut cursor = Cursor::new();
    let state = if starts { None } else { cursor.seek(reader, position) };
    let Some(state) = state else { return Vec::new() };
    let Standing { payload_bytes, capacity_bytes, .. } = state.standing;
    let start = Event { offset_bytes: payload_bytes, size_bytes: capacity_bytes, ..Event::note(0, Op::RunStart) };
    let mut alive: Vec<u64> = Heap::ALL.iter().flat_map(|heap| state.of(*heap)).map(|thing| thing.event).collect();
    alive.sort_unstable();
    let mut events = vec![start];
    for index in alive {
        let Some(event) = reader.event(index) else { continue };
        if let Role::Changes(heap) = event.op.role() {
            // Who pays for it is told by its beginning, where that is kept.
            let owner = reader.origin(index).and_then(|origin| reader.event(origin)).map_or(event.owner, |it| it.owner);
            events.push(Event { op: beginning(heap), owner, ..event });
        }
        events.push(event);
    }
    events
}

const fn beginning(heap: Heap) -> Op {
    match heap {
        Heap::Arena => Op::ArenaAllocate,
        Heap::Device => Op::PoolCreate,
        Heap::Npu => Op::TensorCreate,
    }
}

/// Takes in a file, frame by frame, as if its events had come from the rings:
/// links, key frames and figures are made anew. Returns the number of events.
///
/// # Errors
/// [`SpillError`], with what comes before it taken in: say so, and go on with
/// that or with nothing.
pub fn read(file: &[u8], recorder: &mut Recorder<'_>) -> Result<u64, SpillError> {
    check_header(file)?;
    let (mut at, mut next, mut taken) = (HEADER_BYTES, None, 0);
    while at < file.len() {
        let body = body(file, at)?;
        let (first, packed, count) = parse(body).ok_or(SpillError::Malformed { at })?;
        if let Some(expected) = next.filter(|next| *next != first) {
            return Err(SpillError::Gap { at, expected, found: first });
        }
        if next.is_none() && count > 0 && packed.kind(0).op() != Op::RunStart && !recorder.is_empty() {
            // What it holds is a run of its own.
            recorder.take(Event::note(0, Op::RunStart));
        }
        (0..count).for_each(|place| recorder.retake(packed.event(place)));
        recorder.publish();
        (next, taken) = (Some(first + count as u64), taken + count as u64);
        at += FRAME_HEAD + body.len();
    }
    Ok(taken)
}

fn check_header(file: &[u8]) -> Result<(), SpillError> {
    let Some((magic, rest)) = file.split_first_chunk::<8>() else { return Err(SpillError::NotARecording) };
    if *magic != MAGIC {
        return Err(SpillError::NotARecording);
    }
    match rest.first_chunk().map(|version| u32::from_le_bytes(*version)) {
        Some(VERSION) if file.len() >= HEADER_BYTES => Ok(()),
        Some(VERSION) | None => Err(SpillError::Truncated { at: 0, missing: HEADER_BYTES.saturating_sub(file.len()) }),
        Some(found) => Err(SpillError::Version { found }),
    }
}

/// The body of the frame that begins at `at`.
fn body(file: &[u8], at: usize) -> Result<&[u8], SpillError> {
    let frame = &file[at..];
    if !FRAME.starts_with(&frame[..frame.len().min(4)]) {
        return Err(SpillError::NoFrame { at });
    }
    let Some((head, rest)) = frame.split_first_chunk::<FRAME_HEAD>() else {
        return Err(SpillError::Truncated { at, missing: FRAME_HEAD - frame.len() });
    };
    let word = |from: usize| u32::from_le_bytes([head[from], head[from + 1], head[from + 2], head[from + 3]]);
    let (sum, bytes) = (word(4), word(8) as usize);
    if bytes > BODY_MAX {
        return Err(SpillError::TooLong { at, bytes });
    }
    let Some(body) = rest.get(..bytes) else {
        return Err(SpillError::Truncated { at, missing: bytes - rest.len() });
    };
    let is_whole = checksum(checksum(!0, &head[8..]), body) ^ !0 == sum;
    if is_whole { Ok(body) } else { Err(SpillError::Checksum { at }) }
}

/// First event, events, their number.
fn parse(body: &[u8]) -> Option<(u64, Packed, usize)> {
    let (first, body) = body.split_first_chunk()?;
    let (count, body) = body.split_first_chunk()?;
    let (kinds, mut body) = body.split_first_chunk()?;
    let (count, kinds) = (u32::from_le_bytes(*count) as usize, u32::from_le_bytes(*kinds) as usize);
    if count > CHUNK as usize || kinds > count {
        return None;
    }
    let mut packed = Packed::default();
    let mut list = Vec::with_capacity(kinds);
    for _ in 0..kinds {
        let (bits, rest) = body.split_first_chunk()?;
        list.push(Kind::from_bits(u64::from_le_bytes(*bits))?);
        body = rest;
    }
    packed.kinds = list.into();
    for column in packed.columns_mut() {
        (*column, body) = Column::read(body, count)?;
    }
    let has_kinds = (0..count).all(|place| packed.kind.get(place) < kinds as u64);
    (has_kinds && body.is_empty()).then_some((u64::from_le_bytes(*first), packed, count))
}

/// CRC-32 (ISO 3309), four bits at a time: small table, half a gigabyte a second
/// is not needed. Begin with all ones, invert at the end.
fn checksum(sum: u32, bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = table();
    bytes.iter().fold(sum, |sum, byte| {
        let sum = sum ^ u32::from(*byte);
        let sum = sum >> 4 ^ TABLE[(sum & 0xf) as usize];
        sum >> 4 ^ TABLE[(sum & 0xf) as usize]
    })
}

const fn table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut entry = 0;
    while entry < 16 {
        let mut sum = entry as u32;
        let mut bit = 0;
        while bit < 4 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[entry] = sum;
        entry += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_well_known_one() {
        assert_eq!(checksum(!0, b"123456789") ^ !0, 0xcbf4_3926);
    }
}
