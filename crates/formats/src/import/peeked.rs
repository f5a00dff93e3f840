//! A file of which the first bytes were looked at.

use super::unpack::unpacked;
use crate::import::format::Format;
use std::io::{self, Read};

/// What of a file is looked at to say what it is.
pub const FIRST_BYTES: usize = 1 << 16;

/// A file, unpacked, of which the first [`FIRST_BYTES`] were looked at: reading it gives all
/// of it, those included.
///
/// ```
/// use arenascope_formats::import::{Format, Peeked};
/// use std::io::Read;
/// let mut peeked = Peeked::new("Alloc(8),\nFree(0),\n".as_bytes())?;
/// assert_eq!(peeked.format(), Some(Format::AllocText));
/// let mut text = String::new();
/// peeked.read_to_string(&mut text)?;
/// assert_eq!(text.len(), 19);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Peeked<'s> {
    first: Vec<u8>,
    /// How much of `first` was read.
    at: usize,
    /// Why there is no more behind `first`.
    failed: Option<io::Error>,
    rest: Box<dyn Read + 's>,
}

impl<'s> Peeked<'s> {
    /// Looks at the first bytes of `source`, packed by gzip or Zstandard or not.
    ///
    /// # Errors
    /// The source's, and of what is damaged where it is packed. What is packed and cut is no
    /// error before its last whole byte was read.
    pub fn new(source: impl Read + 's) -> io::Result<Self> {
        let mut rest = unpacked(source)?;
        let mut first = Vec::new();
        let failed = match rest.by_ref().take(FIRST_BYTES as u64).read_to_end(&mut first) {
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !first.is_empty() => Some(error),
            Err(error) => return Err(error),
        };
        Ok(Self { first, at: 0, failed, rest })
    }

    /// The first bytes.
    pub fn first(&self) -> &[u8] {
        &self.first
    }

    /// What it is, by its first bytes; `None` where it is nothing known.
    pub fn format(&self) -> Option<Format> {
        Format::of(&self.first)
    }
}

impl Read for Peeked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut left = &self.first[self.at..];
        if !left.is_empty() || buffer.is_empty() {
            let count = left.read(buffer)?;
            self.at += count;
            return Ok(count);
        }
        self.failed.take().map_or_else(|| self.rest.read(buffer), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn nothing_is_lost_by_looking() {
        for count in [0, 1, 20_000] {
            let text = "Alloc(8),\n".repeat(count);
            let mut read = String::new();
            Peeked::new(packed(&text).as_slice()).unwrap().read_to_string(&mut read).unwrap();
            assert!(read == text, "{count}");
        }
    }

    #[test]
    fn what_is_cut_is_read_up_to_there_and_then_said() {
        let text: String = (0..2000).map(|size| format!("Alloc({size}),\n")).collect();
        let packed = packed(&text);
        let mut peeked = Peeked::new(&packed[..packed.len() / 2]).unwrap();
        assert_eq!(peeked.format(), Some(Format::AllocText));
        let mut read = Vec::new();
        let error = peeked.read_to_end(&mut read).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(read.len() > 100 && text.as_bytes().starts_with(&read));
    }
}
