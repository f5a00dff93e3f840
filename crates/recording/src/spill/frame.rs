//! One frame as bytes: a mark, a checksum, a length, and what it holds.

use super::error::SpillError;
use super::format::BODY_MAX;
use super::table_text;
use crate::chunk::CHUNK;
use crate::column::Column;
use crate::kind::Kind;
use crate::rows::{Packed, Row};
use crate::tables::Tables;

/// The mark before a frame of events.
const EVENTS: [u8; 4] = *b"ASCH";
/// Before what the run is.
const MANIFEST: [u8; 4] = *b"ASMF";
/// Before a part of the tables that events refer to.
const TABLES: [u8; 4] = *b"ASTB";
/// Before the number of the event that would come next: the run is whole.
const END: [u8; 4] = *b"ASEN";
/// Bytes of a frame before its body: mark, checksum, length.
pub(super) const HEAD_BYTES: usize = 12;
/// The longest manifest, bytes: a run's settings take less than one KiB.
const MANIFEST_MAX: usize = 64 << 10;
/// Bytes of the tables in a frame.
const TABLES_PART: usize = 256 << 10;

/// What a frame holds.
#[allow(clippy::large_enum_variant, reason = "one at a time, on the stack of who reads it; large on 64 bits alone")]
pub(super) enum Frame {
    /// Events, from this number.
    Events {
        first: u64,
        packed: Packed,
        count: usize,
    },
    /// What the run is, as JSON text.
    Manifest {
        text: String,
    },
    /// Nothing comes after event `next - 1`.
    /// The next bytes of the tables.
    Tables {
        bytes: Vec<u8>,
    },
    End(End),
}

/// What a whole run's file says at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The event that would come next.
    pub(super) next: u64,
    /// Time of the newest event, µs; `None` in files of version 2.
    pub(super) time_us: Option<u64>,
}

/// The frame of `rows`, of which the first is event `first`.
pub(super) fn of_rows(first: u64, rows: &[Row]) -> Vec<u8> {
    let packed = Packed::pack(rows);
    let mut body = first.to_le_bytes().to_vec();
    body.extend((rows.len() as u32).to_le_bytes());
    body.extend((packed.kinds.len() as u32).to_le_bytes());
    packed.kinds.iter().for_each(|kind| body.extend(kind.to_bits().to_le_bytes()));
    packed.columns().iter().for_each(|column| column.write(&mut body));
    sealed(EVENTS, &body)
}

/// The frame that says what the run is; none for a text that no reader would take.
pub(super) fn of_manifest(text: &str) -> Vec<u8> {
    if text.len() > MANIFEST_MAX { Vec::new() } else { sealed(MANIFEST, text.as_bytes()) }
}

/// The frames of the tables: parts of their bytes, in order.
pub(super) fn of_tables(tables: &Tables) -> Vec<Vec<u8>> {
    table_text::bytes_of(tables).chunks(TABLES_PART).map(|part| sealed(TABLES, part)).collect()
}

/// The frame that ends a file, before event `next`, whose newest is of `time_us`.
pub(super) fn of_end(next: u64, time_us: u64) -> Vec<u8> {
    sealed(END, &[next.to_le_bytes(), time_us.to_le_bytes()].concat())
}

fn sealed(mark: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_le_bytes();
    let sum = checksum(checksum(!0, &length), body) ^ !0;
    [&mark[..], &sum.to_le_bytes(), &length, body].concat()
}

/// The first bytes of a frame, as far as the file has them.
#[derive(Clone, Copy)]
pub(super) struct Head {
    mark: [u8; 4],
    sum: u32,
    length: [u8; 4],
}

impl Head {
    /// From the bytes at `at`, which are fewer than a head at the end of a file.
    pub(super) fn read(bytes: &[u8], at: u64) -> Result<Self, SpillError> {
        let is_frame =
            [EVENTS, MANIFEST, TABLES, END].iter().any(|mark| mark.starts_with(&bytes[..bytes.len().min(4)]));
        if !is_frame {
            return Err(SpillError::NoFrame { at });
        }
        let missing = (HEAD_BYTES - bytes.len().min(HEAD_BYTES)) as u64;
        let (Some((mark, rest)), true) = (bytes.split_first_chunk(), missing == 0) else {
            return Err(SpillError::Truncated { at, missing });
        };
        let [sum, length] = [0, 4].map(|from| [rest[from], rest[from + 1], rest[from + 2], rest[from + 3]]);
        let head = Self { mark: *mark, sum: u32::from_le_bytes(sum), length };
        match head.body_bytes() {
            bytes if bytes > BODY_MAX => Err(SpillError::TooLong { at, bytes }),
            _ => Ok(head),
        }
    }

    /// Bytes of the body.
    pub(super) fn body_bytes(self) -> u64 {
        u32::from_le_bytes(self.length).into()
    }

    /// What the frame that begins at `at` holds.
    pub(super) fn open(self, body: &[u8], at: u64) -> Result<Frame, SpillError> {
        if checksum(checksum(!0, &self.length), body) ^ !0 != self.sum {
            return Err(SpillError::Checksum { at });
        }
        match self.mark {
            END => return parse_end(body).map(Frame::End).ok_or(SpillError::Malformed { at }),
            TABLES => return Ok(Frame::Tables { bytes: body.into() }),
            MANIFEST => return parse_manifest(body).ok_or(SpillError::Malformed { at }),
            _ => {}
        }
        let (first, packed, count) = parse(body).ok_or(SpillError::Malformed { at })?;
        check_widths(&packed, count, at)?;
        Ok(Frame::Events { first, packed, count })
    }
}

fn parse_end(body: &[u8]) -> Option<End> {
    let (next, rest) = body.split_first_chunk()?;
    let time_us = match rest.len() {
        0 => None,
        _ => Some(u64::from_le_bytes(rest.try_into().ok()?)),
    };
    Some(End { next: u64::from_le_bytes(*next), time_us })
}

fn parse_manifest(body: &[u8]) -> Option<Frame> {
    let text = core::str::from_utf8(body).ok().filter(|text| text.len() <= MANIFEST_MAX)?;
    Some(Frame::Manifest { text: text.into() })
}

/// First event, events, their number.
fn parse(body: &[u8]) -> Option<(u64, Packed, usize)> {
    let (first, body) = body.split_first_chunk()?;
    let (count, body) = body.split_first_chunk()?;
    let (kinds, mut body) = body.split_first_chunk()?;
    let (first, count) = (u64::from_le_bytes(*first), u32::from_le_bytes(*count) as usize);
    let kinds = u32::from_le_bytes(*kinds) as usize;
    if count > CHUNK as usize || kinds > count || first.checked_add(count as u64).is_none() {
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
    (has_kinds && body.is_empty()).then_some((first, packed, count))
}

/// Every number must fit the record that it is of: time and size 48 bits, offset 56,
/// distance 32. A number of an event may be any.
fn check_widths(packed: &Packed, count: usize, at: u64) -> Result<(), SpillError> {
    let columns = [
        ("time", &packed.time, 48),
        ("offset", &packed.offset, 56),
        ("size", &packed.size, 48),
        ("distance", &packed.back, 32),
    ];
    for (column, numbers, bits) in columns {
        let most = (1 << bits) - 1;
        let value = (0..count).map(|place| numbers.get(place)).max().unwrap_or(0);
        if value > most {
            return Err(SpillError::TooWide { at, column, value, most });
        }
    }
    Ok(())
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
