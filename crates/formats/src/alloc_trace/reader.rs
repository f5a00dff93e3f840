//! Reads a recording, one operation at a time.

use super::bounds::{BLANK_MAX, OPERATION_MAX};
use super::error::{Expected, TraceError};
use super::operation::TraceOp;
use super::plain::plain;
use super::scanner::scan;
use super::window::Window;
use std::io::Read;

/// The operations of a recording, in the order of the file. Holds a buffer of fixed
/// size, whatever the size of the file; ends after the first error.
///
/// ```
/// use arenascope_formats::alloc_trace::{TraceOp, TraceReader};
///
/// let operations: Result<Vec<_>, _> = TraceReader::new("Alloc(552),\nFree(0),\n".as_bytes()).collect();
/// assert_eq!(operations?, [TraceOp::Alloc { size: 552 }, TraceOp::Free { index: 0 }]);
///
/// let error = TraceReader::new("Alloc(552),\nAlloc(x),".as_bytes()).last().unwrap().unwrap_err();
/// assert_eq!(error.to_string(), "line 2, column 7: expected a decimal number, found `x),`");
/// # Ok::<(), arenascope_formats::alloc_trace::TraceError>(())
/// ```
#[derive(Debug)]
pub struct TraceReader<R> {
    window: Window<R>,
    place: Place,
    /// The line of the operation that was read last.
    line: u64,
    takes_comma: bool,
}

/// Where in the file the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first byte.
    Begin,
    /// Before the first operation.
    Front,
    /// Behind the `[` of a printed list.
    List,
    /// Behind an operation that no `[` came before.
    Operations,
    /// Behind the `]` of a printed list: nothing may follow.
    ListEnd,
    /// At the end, or behind an error.
    Ended,
}

impl<R: Read> TraceReader<R> {
    /// Reads `source` from where it stands.
    ///
    /// ```
    /// # use arenascope_formats::alloc_trace::TraceReader;
    /// assert!(TraceReader::new("".as_bytes()).next().is_none());
    /// ```
    pub fn new(source: R) -> Self {
        Self { window: Window::new(source), place: Place::Begin, line: 0, takes_comma: false }
    }

    /// The line of the operation that was read last, from 1; 0 before the first.
    ///
    /// ```
    /// # use arenascope_formats::alloc_trace::TraceReader;
    /// let mut reader = TraceReader::new("Alloc(1),\nFree(0),\n".as_bytes());
    /// reader.next();
    /// assert_eq!(reader.line(), 1);
    /// ```
    pub const fn line(&self) -> u64 {
        self.line
    }

    fn read(&mut self) -> Result<Option<TraceOp>, TraceError> {
        if self.place == Place::Begin {
            self.window.open()?;
            self.place = Place::Front;
        }
        if !self.skip_to_operation()? {
            return Ok(None);
        }
        let ahead = self.window.ahead(OPERATION_MAX);
        let scanned = scan(&ahead[..ahead.len().min(OPERATION_MAX)]);
        let scanned = scanned.map_err(|fault| {
            let is_too_long = fault.at == OPERATION_MAX;
            let expected = if is_too_long { Expected::ShorterOperation } else { fault.expected };
            self.window.fault(if is_too_long { 0 } else { fault.at }, expected)
        })?;
        self.line = self.window.line();
        if scanned.spans_lines {
            self.window.pass_lines(scanned.length);
        } else {
            self.window.pass(scanned.length);
        }
        self.takes_comma = true;
        self.place = if self.place == Place::List { Place::List } else { Place::Operations };
        self.pass_end_of_line();
        Ok(Some(scanned.operation))
    }

    /// Passes the comma and the end of the line behind an operation, so that the next may
    /// have a line to itself.
    fn pass_end_of_line(&mut self) {
        let length = match self.window.held() {
            [b',', b'\n', ..] => 2,
            [b',', b'\r', b'\n', ..] => 3,
            _ => return,
        };
        self.window.pass_line(length);
        self.takes_comma = false;
    }

    /// Where the source has failed, that is why nothing or half an operation follows.
    fn with_failure(&mut self, read: Result<Option<TraceOp>, TraceError>) -> Result<Option<TraceOp>, TraceError> {
        let is_at_end = match &read {
            Ok(operation) => operation.is_none(),
            Err(error) => error.is_cut(),
        };
        match is_at_end.then(|| self.window.take_failure()).flatten() {
            Some(error) => Err(TraceError::Read { line: self.window.line(), error }),
            None => read,
        }
    }

    /// Passes what stands between operations; false at the end.
    fn skip_to_operation(&mut self) -> Result<bool, TraceError> {
        let mut skipped = 0;
        loop {
            let ahead = self.window.ahead(2);
            match *ahead {
                [] if self.place == Place::List => return Err(self.window.fault(0, Expected::ListEnd)),
                [] => return Ok(false),
                [0, ..] => return Err(self.window.zero_tail()),
                [byte, ..] if byte.is_ascii_whitespace() => {
                    let blanks = ahead.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    self.window.pass_lines(blanks);
                    skipped += blanks as u64;
                }
                [b'#', ..] | [b'/', b'/', ..] => skipped += self.skip_comment(BLANK_MAX - skipped),
                [b',', ..] if self.takes_comma => {
                    self.takes_comma = false;
                    self.window.pass(1);
                }
                [b'[', ..] if self.place == Place::Front => {
                    self.place = Place::List;
                    self.window.pass(1);
                }
                [b']', ..] if self.place == Place::List => {
                    self.place = Place::ListEnd;
                    self.takes_comma = true;
                    self.window.pass(1);
                }
                _ if self.place == Place::ListEnd => return Err(self.window.fault(0, Expected::End)),
                _ => return Ok(true),
            }
            if skipped > BLANK_MAX {
                return Err(self.window.fault(0, Expected::FewerBlanks));
            }
        }
    }

    /// Passes a comment up to the end of its line, or more than `most` bytes of it; how
    /// many.
    fn skip_comment(&mut self, most: u64) -> u64 {
        let mut skipped = 0;
        loop {
            let ahead = self.window.ahead(1);
            let length = ahead.iter().take_while(|&&byte| byte != b'\n' && byte != b'\r').count();
            let is_over = length < ahead.len() || ahead.is_empty();
            self.window.pass(length);
            skipped += length as u64;
            if is_over || skipped > most {
                return skipped;
            }
        }
    }
}

impl<R: Read> Iterator for TraceReader<R> {
    type Item = Result<TraceOp, TraceError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(operation) = self.read_line() {
            return Some(Ok(operation));
        }
        self.read_any()
    }
}

impl<R: Read> TraceReader<R> {
    /// Reads an operation that has a line to itself, as most have; `None`, and nothing
    /// read, where it is not so.
    #[inline]
    fn read_line(&mut self) -> Option<TraceOp> {
        if !matches!(self.place, Place::List | Place::Operations) {
            return None;
        }
        let (operation, length) = plain(self.window.held())?;
        self.line = self.window.line();
        self.window.pass_line(length);
        self.takes_comma = false;
        Some(operation)
    }

    fn read_any(&mut self) -> Option<Result<TraceOp, TraceError>> {
        if self.place == Place::Ended {
            return None;
        }
        let read = self.read();
        if !matches!(read, Ok(Some(_))) {
            self.place = Place::Ended;
        }
        self.with_failure(read).transpose()
    }
}
