//! The part of the source that is being read: a buffer of fixed size, whatever the size
//! of the file and the length of its lines, and the place that it has come to.

use super::bounds::BLANK_MAX;
use super::encoding::{Characters, Encoding};
use super::error::{Expected, TraceError};
use std::io::{self, Read};

/// Bytes read at once.
const CAPACITY: usize = 1 << 16;

/// Bytes that were read and not yet understood.
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    bytes: Vec<u8>,
    start: usize,
    characters: Characters,
    /// The first byte of a character whose second has not come.
    half: Option<u8>,
    ended: bool,
    failure: Option<io::Error>,
    /// The line that `start` is on, from 1.
    line: u64,
    /// Where in the whole text the window and that line begin.
    offset: u64,
    line_offset: u64,
    after_return: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        let bytes = Vec::with_capacity(CAPACITY);
        Self {
            source,
            bytes,
            start: 0,
            characters: Characters::Bytes,
            half: None,
            ended: false,
            failure: None,
            line: 1,
            offset: 0,
            line_offset: 0,
            after_return: false,
        }
    }

    /// Looks at the first bytes, which say how the rest is to be read.
    pub(super) fn open(&mut self) -> Result<(), TraceError> {
        let first = self.ahead(6);
        if let Some(encoding) = Encoding::of(first) {
            return Err(TraceError::Encoded { encoding });
        }
        let (characters, mark) = Characters::of(first);
        self.bytes.drain(..mark);
        self.characters = characters;
        self.narrow(0);
        Ok(())
    }

    /// What has not been understood; at least `wanted` bytes unless the source has ended.
    pub(super) fn ahead(&mut self, wanted: usize) -> &[u8] {
        if self.bytes.len() - self.start < wanted && !self.ended {
            self.fill(wanted);
        }
        &self.bytes[self.start..]
    }

    /// What has been read and not understood, without reading more.
    #[inline]
    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Passes `count` bytes, of which the last, and no other but a carriage return before
    /// it, is a line feed.
    #[inline]
    pub(super) fn pass_line(&mut self, count: usize) {
        self.start += count;
        self.line += 1;
        self.line_offset = self.offset + self.start as u64;
        self.after_return = false;
    }

    #[cold]
    fn fill(&mut self, wanted: usize) {
        self.offset += self.start as u64;
        self.bytes.drain(..self.start);
        self.start = 0;
        while self.bytes.len() < wanted && !self.ended {
            self.read();
        }
    }

    /// Reads a buffer full. A failure ends the source; what came before it is good.
    fn read(&mut self) {
        let kept = self.bytes.len();
        self.bytes.extend(self.half.take());
        let wanted = CAPACITY - kept;
        match self.source.by_ref().take(wanted as u64).read_to_end(&mut self.bytes) {
            Ok(count) => self.ended = count < wanted,
            Err(error) => (self.ended, self.failure) = (true, Some(error)),
        }
        self.narrow(kept);
    }

    /// Makes one byte of each two from `kept` on. Half a character at the very end stays
    /// as it is, so that the end is seen to be wrong.
    fn narrow(&mut self, kept: usize) {
        if self.characters == Characters::Bytes {
            return;
        }
        let half = if (self.bytes.len() - kept) % 2 == 1 { self.bytes.pop() } else { None };
        let narrowed = self.characters.narrow(&mut self.bytes[kept..]);
        self.bytes.truncate(kept + narrowed);
        if self.ended {
            self.bytes.extend(half);
        } else {
            self.half = half;
        }
    }

    /// Why the source ended, if it failed; once.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// The line that was come to, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Passes `count` bytes without a line end.
    pub(super) fn pass(&mut self, count: usize) {
        self.start += count;
        self.after_return &= count == 0;
    }

    /// Passes `count` bytes, and counts the lines that end in them: at a line feed, a
    /// carriage return, or both.
    pub(super) fn pass_lines(&mut self, count: usize) {
        for at in self.start..self.start + count {
            let byte = self.bytes[at];
            let is_second_half = byte == b'\n' && self.after_return;
            if matches!(byte, b'\n' | b'\r') {
                self.line += u64::from(!is_second_half);
                self.line_offset = self.offset + at as u64 + 1;
            }
            self.after_return = byte == b'\r';
        }
        self.start += count;
    }

    /// The column of the byte `ahead` bytes ahead on this line, from 1.
    pub(super) const fn column(&self, ahead: usize) -> u64 {
        self.offset + self.start as u64 + ahead as u64 - self.line_offset + 1
    }

    /// The error that something else stands `at` bytes ahead, on a line after this one
    /// if lines end before it.
    pub(super) fn fault(&mut self, at: usize, expected: Expected) -> TraceError {
        const SHOWN: usize = 24;
        self.pass_lines(at);
        let rest = self.bytes[self.start..].trim_ascii_start();
        let (line, column) = (self.line, self.column(0));
        if rest.is_empty() && self.ended {
            return TraceError::Cut { line, column, expected };
        }
        let line_end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let rest = rest[..line_end.unwrap_or(rest.len())].trim_ascii_end();
        let found = rest[..rest.len().min(SHOWN)].escape_ascii().to_string();
        TraceError::Malformed { line, column, expected, found }
    }

    /// The error that zeros stand from here on; malformed where something follows them.
    pub(super) fn zero_tail(&mut self) -> TraceError {
        let (line, column) = (self.line, self.column(0));
        let mut bytes = 0;
        loop {
            let ahead = self.ahead(1);
            let zeros = ahead.iter().take_while(|&&byte| byte == 0).count();
            let is_all = zeros == ahead.len();
            if ahead.is_empty() {
                return TraceError::ZeroTail { line, column, bytes };
            }
            bytes += zeros as u64;
            self.pass(zeros);
            if !is_all || bytes > BLANK_MAX {
                let found = format!("{bytes} zero bytes");
                return TraceError::Malformed { line, column, expected: Expected::Operation, found };
            }
        }
    }
}
