//! Recordings of other tools: what a file is, by its content, and its reader.
//!
//! Each format is a module with two functions: `looks_like`, asked of the first
//! [`FIRST_BYTES`] unpacked bytes, and `read`, which tells a [`Sink`] what the file holds.
//! A reader never trusts a length or a number: what the file says is bounded before memory
//! is taken for it, and an error names the place. A file that is cut is read as far as it
//! goes, and says so in the manifest's notes.

mod alloc_text;
mod chrome_heap;
mod chrome_trace;
mod comma;
mod dhat;
mod error;
mod firefox;
mod format;
mod gpgmm;
mod heaptrack;
mod json;
mod lines;
mod massif;
mod memray;
mod minimalloc;
mod moments;
mod peeked;
pub mod probe;
mod pytorch;
mod rmv;
mod tally;
#[cfg(test)]
mod told;
mod unpack;
mod valgrind;
mod vma;

pub use error::{ImportError, Place};
pub use format::Format;
pub use peeked::{FIRST_BYTES, Peeked};
pub use unpack::unpacked;

use arenascope_trace::Sink;
use std::io::{BufRead, BufReader, Read};

impl Format {
    /// The format of a file that begins with these unpacked bytes; `None` where it is none.
    pub fn of(first: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.looks_like(first))
    }

    fn looks_like(self, first: &[u8]) -> bool {
        match self {
            Self::Probe => probe::looks_like(first),
            Self::PytorchSnapshot => pytorch::looks_like(first),
            Self::Heaptrack => heaptrack::looks_like(first),
            Self::Dhat => dhat::looks_like(first),
            Self::Massif => massif::looks_like(first),
            Self::Vma => vma::looks_like(first),
            Self::Rmv => rmv::looks_like(first),
            Self::Gpgmm => gpgmm::looks_like(first),
            Self::FirefoxProfile => firefox::looks_like(first),
            Self::ChromeHeap => chrome_heap::looks_like(first),
            Self::Memray => memray::looks_like(first),
            Self::Minimalloc => minimalloc::looks_like(first),
            Self::ChromeTrace => chrome_trace::looks_like(first),
            Self::AllocText => alloc_text::looks_like(first),
        }
    }

    fn read(self, input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
        match self {
            Self::Probe => probe::read(input, sink),
            Self::PytorchSnapshot => pytorch::read(input, sink),
            Self::Heaptrack => heaptrack::read(input, sink),
            Self::Dhat => dhat::read(input, sink),
            Self::Massif => massif::read(input, sink),
            Self::Vma => vma::read(input, sink),
            Self::Rmv => rmv::read(input, sink),
            Self::Gpgmm => gpgmm::read(input, sink),
            Self::FirefoxProfile => firefox::read(input, sink),
            Self::ChromeHeap => chrome_heap::read(input, sink),
            Self::Memray => memray::read(input, sink),
            Self::Minimalloc => minimalloc::read(input, sink),
            Self::ChromeTrace => chrome_trace::read(input, sink),
            Self::AllocText => alloc_text::read(input, sink),
        }
    }
}

/// Reads a file of any known format, packed by gzip or Zstandard or not; returns what it
/// was.
///
/// # Errors
/// [`ImportError`]: what it looks like where it is nothing known, or where and why it could
/// not be read. What the sink was told before stays good.
pub fn read(source: impl Read, sink: &mut dyn Sink) -> Result<Format, ImportError> {
    read_peeked(Peeked::new(source)?, sink)
}

/// As [`read`], of a file that was looked at before.
///
/// # Errors
/// As [`read`].
pub fn read_peeked(peeked: Peeked<'_>, sink: &mut dyn Sink) -> Result<Format, ImportError> {
    let format = peeked.format().ok_or_else(|| ImportError::unknown(peeked.first()))?;
    let source = &mut sink.manifest().source;
    (source.format, source.label) = (format.key().into(), format.label().into());
    format.read(&mut BufReader::with_capacity(FIRST_BYTES, peeked), sink)?;
    Ok(format)
}
