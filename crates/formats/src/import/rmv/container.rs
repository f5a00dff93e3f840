//! The container of today: `AMD_RDF`, of which the index of chunks stands at the end.

use super::bytes::{malformed, text_of, u32_at, u64_at};
use crate::import::error::{ImportError, Place};
use crate::import::format::Format;

pub(super) const MAGIC: &[u8] = b"AMD_RDF ";
/// The version of the container that is known.
const VERSION: u32 = 3;
const ENTRY_BYTES: u64 = 64;
const CHUNKS_MAX: u64 = 1 << 16;
/// Most streams of a trace.
const STREAMS_MAX: usize = 256;
/// Most bytes that packed chunks may be together.
const UNPACKED_MAX: u64 = 1 << 32;
/// A chunk that is packed by Zstandard.
const ZSTANDARD: u8 = 1;

/// What a file holds, whichever container it is.
#[derive(Debug, Default)]
pub(super) struct Contents<'f> {
    /// Streams of tokens.
    pub(super) streams: Vec<Pieces<'f>>,
    /// Moments that were named, ticks.
    pub(super) snapshots: Vec<(u64, String)>,
    /// The name of the GPU.
    pub(super) adapter: Option<String>,
    /// When it was written, ms since 1970.
    pub(super) begun_ms: Option<u64>,
    /// Of the container and of the tokens.
    pub(super) version: String,
    /// What its packed chunks are together, unpacked.
    pub(super) unpacked: u64,
    /// Worth knowing.
    pub(super) remarks: Vec<String>,
}

/// One stream: chunks one behind the other.
#[derive(Debug, Default)]
pub(super) struct Pieces<'f> {
    /// Its number.
    pub(super) number: u32,
    /// Ten times the major version of its tokens and the minor, as the reference compares.
    pub(super) version: u32,
    /// Its chunks.
    pub(super) pieces: Vec<Piece<'f>>,
}

/// A chunk of tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'f> {
    /// As it stands in the file.
    pub(super) bytes: &'f [u8],
    /// How much it is when unpacked, where it is packed by Zstandard.
    pub(super) unpacked: Option<u64>,
}

impl<'f> Contents<'f> {
    /// Adds a chunk to its stream.
    pub(super) fn add(&mut self, number: u32, version: u32, piece: Piece<'f>, at: u64) -> Result<(), ImportError> {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.number == number) {
            stream.pieces.push(piece);
            return Ok(());
        }
        if self.streams.len() == STREAMS_MAX {
            let most = STREAMS_MAX as u64;
            return Err(ImportError::TooMuch { format: Format::Rmv, place: Place::Byte(at), what: "streams", most });
        }
        self.streams.push(Pieces { number, version, pieces: vec![piece] });
        Ok(())
    }
}

/// Finds the chunks.
pub(super) fn read(file: &[u8]) -> Result<Contents<'_>, ImportError> {
    let cut = || malformed(file.len() as u64, "a header of 32 bytes", "the end of the file");
    let version = u32_at(file, 8).ok_or_else(cut)?;
    if version != VERSION {
        return Err(ImportError::Version { format: Format::Rmv, version: version.to_string(), known: "3" });
    }
    let (index, bytes) = (u64_at(file, 16).ok_or_else(cut)?, u64_at(file, 24).ok_or_else(cut)?);
    let entries = index_of(file, index, bytes)?;
    let mut contents = Contents { ..Contents::default() };
    for (position, entry) in (0..).zip(entries.chunks_exact(ENTRY_BYTES as usize)) {
        take(file, entry, index + position * ENTRY_BYTES, &mut contents)?;
    }
    contents.snapshots.sort();
    Ok(contents)
}

fn index_of(file: &[u8], at: u64, bytes: u64) -> Result<&[u8], ImportError> {
    if bytes / ENTRY_BYTES > CHUNKS_MAX {
        return Err(ImportError::TooMuch {
            format: Format::Rmv,
            place: Place::Byte(24),
            what: "chunks",
            most: CHUNKS_MAX,
        });
    }
    let found = || format!("the end of the file at byte {}", file.len());
    slice(file, at, bytes).ok_or_else(|| malformed(at, &format!("the index of chunks, {bytes} bytes"), found()))
}

fn take<'f>(file: &'f [u8], entry: &[u8], at: u64, contents: &mut Contents<'f>) -> Result<(), ImportError> {
    let field = |offset| u64_at(entry, offset).unwrap_or_default();
    let chunk = |offset, bytes| {
        let found = || format!("byte {offset} and {bytes} bytes, of {} bytes", file.len());
        slice(file, offset, bytes).ok_or_else(|| malformed(at, "where a chunk lies in the file", found()))
    };
    let (head, data) = (chunk(field(24), field(32))?, chunk(field(40), field(48))?);
    let is_packed = entry[16] == ZSTANDARD;
    let name = text_of(&entry[..16]).unwrap_or_default();
    match name.as_str() {
        "RmtData" => {
            let expected = "a header of a stream, 24 bytes";
            let number =
                u32_at(head, 16).ok_or_else(|| malformed(field(24), expected, format!("{} bytes", head.len())))?;
            let version =
                u32_at(head, 20).ok_or_else(|| malformed(field(24), expected, format!("{} bytes", head.len())))?;
            let (major, minor) = (version & 0xffff, version >> 16);
            contents.version = format!("RDF {VERSION}, tokens {major}.{minor}");
            let piece = Piece { bytes: data, unpacked: is_packed.then(|| field(56)) };
            contents.unpacked = contents.unpacked.saturating_add(piece.unpacked.unwrap_or_default());
            if contents.unpacked > UNPACKED_MAX {
                let (place, most) = (Place::Byte(at + 56), UNPACKED_MAX);
                return Err(ImportError::TooMuch { format: Format::Rmv, place, what: "unpacked bytes", most });
            }
            contents.add(number, 10 * major + minor, piece, at)?;
        }
        "AdapterInfo" if !is_packed => contents.adapter = text_of(&data[..data.len().min(128)]),
        "RmvSnapshotData" if !is_packed => {
            let name = text_of(&data[..data.len().min(128)]).unwrap_or_else(|| "Snapshot".into());
            contents.snapshots.extend(u64_at(data, 128).map(|ticks| (ticks, name)));
        }
        _ => {}
    }
    Ok(())
}

/// A part of the file; `None` where it is not all in it.
fn slice(file: &[u8], at: u64, bytes: u64) -> Option<&[u8]> {
    let (at, bytes) = (usize::try_from(at).ok()?, usize::try_from(bytes).ok()?);
    file.get(at..)?.get(..bytes)
}
