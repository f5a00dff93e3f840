//! What the probe tells of somebody else's page: a file, or live batches. The protocol is
//! `docs/probe-protocol.md`.
//!
//! ```text
//! bytes ─▶ batches ─▶ a stream for each realm ─▶ merged by time ─▶ realm ─▶ events
//!             └ survey: when realms began, which creations fail, which wasm memories tell
//! ```
//!
//! Spaces: the WebGPU devices, WebNN and host memory, all without addresses, and one with
//! addresses for each wasm memory whose allocator tells. Labels are the innermost frames of
//! stacks: whose a resource is.

mod batch;
mod class;
mod counts;
mod decoder;
mod ends;
mod habits;
mod heap;
mod inside;
mod living;
mod names;
mod payload;
mod realm;
mod record;
mod resource;
mod stream;
mod survey;
mod teller;
#[cfg(test)]
mod tests;
mod voice;
#[cfg(test)]
mod writing;

pub use class::Class;
pub use decoder::Decoder;
pub use ends::{last_of, realm_of};
pub use living::{Living, WORK_KINDS, Work};

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use arenascope_trace::{NoteKind, Sink};
use std::io::{self, BufRead};

/// Most bytes of a file, unpacked.
const FILE_MAX: u64 = 1 << 30;

pub(super) fn looks_like(first: &[u8]) -> bool {
    first.starts_with(batch::FILE_MAGIC)
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut decoder = Decoder::whole();
    let mut read = 0;
    let ended = loop {
        let piece = match input.fill_buf() {
            Ok([]) => break None,
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                break Some((NoteKind::Missing, format!("byte {read}: what packs the file ends too early")));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let length = piece.len();
        let fed = decoder.feed(piece, sink);
        read += length as u64;
        input.consume(length);
        if read > FILE_MAX {
            return Err(ImportError::TooMuch {
                format: Format::Probe,
                place: Place::Byte(FILE_MAX),
                what: "bytes",
                most: FILE_MAX,
            });
        }
        match fed {
            Ok(()) => {}
            Err(error) if decoder.batches() == 0 => return Err(error),
            Err(error) => break Some((NoteKind::Contradiction, format!("{error}; what comes before it is shown"))),
        }
    };
    if decoder.batches() == 0 {
        let why = "there is no whole batch in it".into();
        return Err(ImportError::Empty { format: Format::Probe, why });
    }
    let (rest, at) = decoder.rest();
    let cut = (rest > 0).then(|| {
        (NoteKind::Missing, format!("the file is cut in the batch at byte {at}: what comes before it is shown"))
    });
    decoder.finish(sink)?;
    if let Some((kind, text)) = ended.or(cut) {
        sink.manifest().note(kind, text);
    }
    Ok(())
}
