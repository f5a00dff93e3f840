//! The lines of a text, one at a time, without copies where the buffer holds them whole.

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use std::io::{self, BufRead};

/// The longest line that is read: names of C++ templates are long, but not that long.
pub(super) const LINE_MAX: usize = 1 << 20;
/// Most bytes of a line that an error shows.
const SHOWN: usize = 24;

/// Reads lines that end in a line feed, or in a carriage return before it.
pub(super) struct Lines<'r> {
    input: &'r mut dyn BufRead,
    format: Format,
    number: u64,
    /// Bytes of the buffer that the line given last takes.
    taken: usize,
    /// The line given last, where the buffer did not hold it whole.
    joined: Vec<u8>,
    is_joined: bool,
    is_put_back: bool,
    is_cut: bool,
    has_ended: bool,
}

/// One line, without what ends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'l> {
    pub(super) bytes: &'l [u8],
    /// From 1.
    pub(super) number: u64,
    format: Format,
}

impl Line<'_> {
    /// That something else stands where `rest`, an end of this line, begins.
    #[cold]
    pub(super) fn malformed(&self, rest: &[u8], expected: impl Into<String>) -> ImportError {
        let column = self.bytes.len().saturating_sub(rest.len()) as u64 + 1;
        let found = match rest {
            [] => "the end of the line".into(),
            _ => format!("`{}`", rest[..rest.len().min(SHOWN)].escape_ascii()),
        };
        let place = Place::LineColumn(self.number, column);
        ImportError::Malformed { format: self.format, place, expected: expected.into(), found }
    }

    /// That there is more of something than can be shown.
    #[cold]
    pub(super) fn too_much(&self, what: &'static str, most: u64) -> ImportError {
        ImportError::TooMuch { format: self.format, place: Place::Line(self.number), what, most }
    }
}

impl<'r> Lines<'r> {
    pub(super) fn new(format: Format, input: &'r mut dyn BufRead) -> Self {
        let joined = Vec::new();
        Self {
            input,
            format,
            number: 0,
            taken: 0,
            joined,
            is_joined: false,
            is_put_back: false,
            is_cut: false,
            has_ended: false,
        }
    }

    /// The next line; `None` at the end. The last one counts where a line feed ends it: a
    /// line that is cut may be half a number, and [`Self::is_cut`] then.
    ///
    /// # Errors
    /// The source's, and a line longer than [`LINE_MAX`].
    pub(super) fn next_whole(&mut self) -> Result<Option<Line<'_>>, ImportError> {
        let line = self.next_any()?;
        // Asked twice for the borrow checker's sake: the second is a look at fields.
        if line.is_none() || self.is_cut {
            return Ok(None);
        }
        Ok(Some(self.last()?))
    }

    /// The next line, whatever ends it; `None` at the end.
    ///
    /// # Errors
    /// As [`Self::next_whole`].
    pub(super) fn next_any(&mut self) -> Result<Option<Line<'_>>, ImportError> {
        if !std::mem::take(&mut self.is_put_back) && !self.advance()? {
            return Ok(None);
        }
        self.last().map(Some)
    }

    /// Gives the line that was given last once more.
    pub(super) fn put_back(&mut self) {
        self.is_put_back = true;
    }

    /// The number of the line given last, from 1; 0 before the first.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Whether the text ends within a line, or what it is packed in ends too early.
    pub(super) const fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn last(&mut self) -> Result<Line<'_>, ImportError> {
        let (number, format) = (self.number, self.format);
        let bytes = if self.is_joined { &self.joined } else { &self.input.fill_buf()?[..self.taken] };
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        Ok(Line { bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes), number, format })
    }

    /// Comes to the next line; false at the end.
    fn advance(&mut self) -> Result<bool, ImportError> {
        self.input.consume(std::mem::take(&mut self.taken));
        self.is_joined = false;
        if self.has_ended {
            return Ok(false);
        }
        let Some(buffer) = filled(&mut *self.input, &mut self.is_cut)? else {
            self.has_ended = true;
            return Ok(false);
        };
        self.number += 1;
        match end_of_line(buffer) {
            Some(end) => self.taken = end,
            None => self.join()?,
        }
        Ok(true)
    }

    /// Puts a line together that the buffer does not hold whole.
    #[cold]
    fn join(&mut self) -> Result<(), ImportError> {
        self.joined.clear();
        self.is_joined = true;
        loop {
            let Some(buffer) = filled(&mut *self.input, &mut self.is_cut)? else {
                (self.has_ended, self.is_cut) = (true, true);
                return Ok(());
            };
            let end = end_of_line(buffer);
            let length = end.unwrap_or(buffer.len());
            if self.joined.len() + length > LINE_MAX {
                let (format, place) = (self.format, Place::Line(self.number));
                return Err(ImportError::TooMuch { format, place, what: "bytes in a line", most: LINE_MAX as u64 });
            }
            self.joined.extend_from_slice(&buffer[..length]);
            self.input.consume(length);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// What the source has next; `None` at its end. One that is packed and ends too early has
/// ended, and is cut.
fn filled<'b>(input: &'b mut dyn BufRead, is_cut: &mut bool) -> io::Result<Option<&'b [u8]>> {
    match input.fill_buf() {
        Ok([]) => Ok(None),
        Ok(buffer) => Ok(Some(buffer)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            *is_cut = true;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn end_of_line(buffer: &[u8]) -> Option<usize> {
    buffer.iter().position(|&byte| byte == b'\n').map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor, Read};

    fn shown(source: impl Read, capacity: usize) -> (Vec<String>, bool) {
        let mut input = BufReader::with_capacity(capacity, source);
        let mut lines = Lines::new(Format::Heaptrack, &mut input);
        let mut shown = Vec::new();
        while let Some(line) = lines.next_whole().unwrap() {
            shown.push(format!("{}: {}", line.number, line.bytes.escape_ascii()));
        }
        assert!(lines.next_whole().unwrap().is_none());
        (shown, lines.is_cut())
    }

    #[test]
    fn lines_are_the_same_however_the_buffer_cuts_them() {
        for capacity in 1..40 {
            let lines = ["1: abc", "2: ", "3: a\\rb", "4: a line"].map(String::from).to_vec();
            assert_eq!(shown(Cursor::new("abc\r\n\na\rb\na line\n"), capacity), (lines.clone(), false));
            assert_eq!(shown(Cursor::new("abc\n\na\rb\r\na line\nhal"), capacity), (lines, true));
            assert_eq!(shown(Cursor::new(""), capacity), (vec![], false));
        }
    }

    #[test]
    fn a_line_can_be_given_again() {
        for capacity in [1, 100] {
            let mut input = BufReader::with_capacity(capacity, Cursor::new("one\ntwo\n"));
            let mut lines = Lines::new(Format::Heaptrack, &mut input);
            for expected in ["one", "one", "one"] {
                let line = lines.next_whole().unwrap().unwrap();
                assert_eq!((line.bytes, line.number), (expected.as_bytes(), 1));
                lines.put_back();
            }
            lines.next_whole().unwrap();
            assert_eq!(lines.next_whole().unwrap().unwrap().bytes, b"two");
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut input = BufReader::new(io::repeat(b'x'));
        let error = Lines::new(Format::Heaptrack, &mut input).next_any().unwrap_err();
        assert_eq!(error.to_string(), "heaptrack: line 1: more than 1048576 bytes in a line");
    }

    struct Packed;

    impl Read for Packed {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    #[test]
    fn what_ends_too_early_is_cut() {
        assert_eq!(shown(Cursor::new("a\n").chain(Packed), 8), (vec!["1: a".into()], true));
        assert_eq!(shown(Cursor::new("a\nb").chain(Packed), 8), (vec!["1: a".into()], true));
    }
}
