//! A part of the file, and where in the file it is.

use crate::import::error::Place;
use std::io::{self, Read};

/// Bytes read at once.
const BYTES: usize = 1 << 16;

/// The part of a file that is being read.
pub(super) struct Window<'i> {
    input: &'i mut dyn Read,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    /// Bytes of the file before the buffer.
    passed: u64,
    /// Lines ended so far, and where the last of them did.
    lines: u64,
    line_begin: u64,
    is_over: bool,
    failure: Option<io::Error>,
}

impl<'i> Window<'i> {
    pub(super) fn new(input: &'i mut dyn Read) -> Self {
        let buffer = vec![0; BYTES].into_boxed_slice();
        Self { input, buffer, at: 0, end: 0, passed: 0, lines: 0, line_begin: 0, is_over: false, failure: None }
    }

    /// The next byte; `None` at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        if self.at < self.end { Some(self.buffer[self.at]) } else { self.refill() }
    }

    /// Passes the byte that was just looked at.
    #[inline]
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    /// What is there of what follows; empty only at the end.
    #[inline]
    pub(super) fn ahead(&mut self) -> &[u8] {
        if self.at >= self.end {
            self.refill();
        }
        &self.buffer[self.at..self.end]
    }

    /// Passes some of [`Self::ahead`].
    #[inline]
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Passes blanks; the byte behind them.
    #[inline]
    pub(super) fn peek_past_blanks(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b'\n' => {
                    self.bump();
                    self.lines += 1;
                    self.line_begin = self.byte();
                }
                b' ' | b'\t' | b'\r' => self.bump(),
                byte => return Some(byte),
            }
        }
    }

    #[cold]
    fn refill(&mut self) -> Option<u8> {
        while !self.is_over {
            self.passed += self.end as u64;
            (self.at, self.end) = (0, 0);
            match self.input.read(&mut self.buffer) {
                Ok(0) => self.is_over = true,
                Ok(read) => {
                    self.end = read;
                    return Some(self.buffer[0]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_over = true;
                    // A packed file that was cut ends here, as one that was not packed does.
                    self.failure = (error.kind() != io::ErrorKind::UnexpectedEof).then_some(error);
                }
            }
        }
        None
    }

    /// Why nothing more can be read, where it is not the end.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Bytes before what follows.
    pub(super) fn byte(&self) -> u64 {
        self.passed + self.at as u64
    }

    /// Line and column of what follows, from 1.
    pub(super) fn line_column(&self) -> Place {
        Place::LineColumn(self.lines + 1, self.byte() - self.line_begin + 1)
    }

    /// What follows, for an error.
    pub(super) fn found(&mut self) -> String {
        const SHOWN: usize = 20;
        match self.ahead() {
            [] => "the end of the file".into(),
            ahead => {
                let shown = String::from_utf8_lossy(&ahead[..ahead.len().min(SHOWN)]);
                format!("`{}`", shown.escape_debug())
            }
        }
    }
}
