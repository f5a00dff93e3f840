//! The container of the first versions, which Mesa's RADV still writes: chunks one behind
//! the other, each with its size.

use super::bytes::{malformed, text_of, u32_at, u64_at};
use super::container::{Contents, Piece};
use crate::import::error::ImportError;

pub(super) const MAGIC: [u8; 4] = 0x494e_494d_u32.to_le_bytes();
const CHUNK_HEADER: usize = 16;
/// Process and thread, before the tokens of a stream.
const STREAM_HEADER: usize = 16;
const RMT_DATA: u8 = 3;
const SNAPSHOT: u8 = 6;
const ADAPTER: u8 = 7;

/// Finds the chunks; what is cut is kept as far as it goes.
pub(super) fn read(file: &[u8]) -> Result<Contents<'_>, ImportError> {
    let cut = || malformed(file.len() as u64, "a header of 56 bytes", "the end of the file");
    let field = |position: u64| u32_at(file, 4 * position).ok_or_else(cut);
    let mut contents = Contents { version: format!("{}.{}", field(1)?, field(2)?), ..Contents::default() };
    let [second, minute, hour, day, month, year] = [field(5)?, field(6)?, field(7)?, field(8)?, field(9)?, field(10)?];
    contents.begun_ms = milliseconds(year, month, day, [hour, minute, second]);
    let mut at = field(4)? as usize;
    let mut streams = 0;
    while let Some(header) = file.get(at..).and_then(|rest| rest.first_chunk::<CHUNK_HEADER>()) {
        let [minor, major] = [4, 6].map(|from| u32::from(u16::from_le_bytes([header[from], header[from + 1]])));
        let bytes = u32::from_le_bytes([header[8], header[9], header[10], header[11]]) as usize;
        if bytes < CHUNK_HEADER {
            return Err(malformed(
                at as u64 + 8,
                "the size of a chunk, with its header of 16 bytes",
                bytes.to_string(),
            ));
        }
        let end = at.saturating_add(bytes);
        if end > file.len() {
            contents.remarks.push(format!("the file ends at byte {}, in a chunk that goes on until {end}", file.len()));
        }
        let data = &file[at + CHUNK_HEADER..end.min(file.len())];
        match header[0] {
            RMT_DATA if data.len() >= STREAM_HEADER => {
                let piece = Piece { bytes: &data[STREAM_HEADER..], unpacked: None };
                contents.add(streams, 10 * major + minor, piece, at as u64)?;
                streams += 1;
            }
            ADAPTER => contents.adapter = text_of(&data[..data.len().min(128)]),
            SNAPSHOT => {
                let name = data.get(12..).and_then(text_of).unwrap_or_else(|| "Snapshot".into());
                contents.snapshots.extend(u64_at(data, 0).map(|ticks| (ticks, name)));
            }
            _ => {}
        }
        at = end;
    }
    contents.snapshots.sort();
    Ok(contents)
}

/// Of a `struct tm` in UTC: months from 0, years from 1900; RADV writes the year itself.
fn milliseconds(year: u32, month: u32, day: u32, time: [u32; 3]) -> Option<u64> {
    let year = if year < 1900 { 1900 + u64::from(year) } else { u64::from(year) };
    let is_date = (1970..3000).contains(&year) && month < 12 && (1..=31).contains(&day);
    let is_time = time[0] < 24 && time[1] < 60 && time[2] <= 60;
    if !is_date || !is_time {
        return None;
    }
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let months = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let days = years + months[..month as usize].iter().sum::<u64>() + u64::from(day) - 1;
    let [hours, minutes, seconds] = time.map(u64::from);
    Some((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_milliseconds_since_1970() {
        // date -u -d '2024-02-29 12:34:56' +%s
        assert_eq!(milliseconds(124, 1, 29, [12, 34, 56]), Some(1_709_210_096_000));
        assert_eq!(milliseconds(1970, 0, 1, [0, 0, 0]), Some(0));
        assert_eq!(milliseconds(0, 0, 0, [0, 0, 0]), None);
    }
}
