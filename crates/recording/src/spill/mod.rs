//! Chunks as bytes, for recordings that outlive the page: a header, then one
//! frame for each chunk, in order, or for parts of it: where a run starts or ends,
//! and where it was not to wait for the chunk to fill; and a mark at the end of a run
//! that is whole.
//!
//! All numbers little-endian. A file that ends in the middle of a frame, as after
//! a crash, is good up to that frame; one that ends before its end mark was cut. Files of
//! version 1 have no end mark; those before version 3 have no manifest, and no time in
//! their end mark; those before version 4 no tables, and no call stacks in their kinds.
//! Tables stand before the first events: frames with the mark `ASTB`, whose bodies are
//! parts of one list of bytes (`spill/table_text.rs`).
//!
//! | file header | bytes | | frame | bytes | | manifest | bytes | | end mark | bytes |
//! |---|---|---|---|---|---|---|---|---|---|---|
//! | `ASREC` and three zeros | 8 | | `ASCH` | 4 | | `ASMF` | 4 | | `ASEN` | 4 |
//! | version | 4 | | checksum (CRC-32) of all that follows | 4 | | checksum, as of a frame | 4 | | the same | 4 |
//! | reserved, 0 | 4 | | bytes that follow the next 4 | 4 | | bytes that follow, at most 65 536 | 4 | | 16 | 4 |
//! | | | | first event | 8 | | JSON text in UTF-8: what the run is | | | the event that would come next | 8 |
//! | | | | events, kinds | 4, 4 | | | | | time of the newest event, µs | 8 |
//! | | | | each kind | 8 | | | | | | |
//! | | | | six columns: base 8, shift 1, width 1, numbers | | | | | | | |
//!
//! - [`Outline`] is what a file says of its run, without its events;
//! - [`FileReader`] reads a file in parts, [`Opening`] into the recording;
//! - [`write()`] writes the newest run at once, [`Keeping`] as it grows.

mod error;
mod file_reader;
mod format;
mod frame;
mod keeping;
mod opening;
mod outline;
mod table_text;

pub use error::SpillError;
pub use file_reader::{FileReader, ReadError, Source};
pub use format::{HEADER_BYTES, MAGIC, VERSION, header};
pub use keeping::{FellBehind, Keeping, Task};
pub use opening::Opening;
pub use outline::Outline;

use super::chunk::CHUNK;
use super::reader::Reader;
use super::rows::Row;
use super::standing::Standing;
use super::travel::Cursor;
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_units::owner::Heap;
use core::ops::Range;

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
    let rows: Vec<Row> = places.map(|place| chunk.row(place)).collect();
    Some(frame::of_rows(range.start, &rows))
}

/// Hands a file of the newest run to `write`, piece by piece; returns the number of
/// events. Where the run's beginning was dropped, the file begins with the start of
/// a run and the beginnings of everything that is alive there.
///
/// # Errors
/// The first of `write`'s.
pub fn write<E>(reader: &Reader<'_>, write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<u64, E> {
    write_watched(reader, write, |_| Ok(()))
}

/// As [`write()`], which says before each frame of events how many of the run were handed out
/// so far: who ends it there has no whole file.
///
/// # Errors
/// The first of `write`'s, or of `so_far`'s.
pub fn write_watched<E>(
    reader: &Reader<'_>,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
    mut so_far: impl FnMut(u64) -> Result<(), E>,
) -> Result<u64, E> {
    write(&header())?;
    if let Some(manifest) = reader.manifest() {
        write(&frame::of_manifest(&manifest))?;
    }
    for frame in reader.log().tables().iter().flat_map(|tables| frame::of_tables(tables)) {
        write(&frame)?;
    }
    let Range { start, end } = reader.run();
    let before = preamble(reader, start);
    for frame in preamble_frames(start, &before) {
        write(&frame)?;
    }
    let mut first = start;
    while first < end {
        so_far(first - start)?;
        let Some(frame) = frame_within(reader, first..end) else { break };
        write(&frame)?;
        first = chunk_end(first).min(end);
    }
    let time_us = first.checked_sub(1).and_then(|newest| reader.event(newest)).map_or(0, |event| event.time_us);
    write(&frame::of_end(first, time_us))?;
    Ok(before.len() as u64 + end - start)
}

/// The end of the chunk in which an event lies.
const fn chunk_end(index: u64) -> u64 {
    (index / CHUNK + 1) * CHUNK
}

/// The frames of what makes the state at a position.
fn preamble_frames(position: u64, before: &[Event]) -> Vec<Vec<u8>> {
    let mut first = position.saturating_sub(before.len() as u64);
    let frames = before.chunks(CHUNK as usize).map(|events| {
        let rows: Vec<Row> = events.iter().map(|event| Row { words: event.to_words(), back: 0, site: 0 }).collect();
        let frame = frame::of_rows(first, &rows);
        first += rows.len() as u64;
        frame
    });
    frames.collect()
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
