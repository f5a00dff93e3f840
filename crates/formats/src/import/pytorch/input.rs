//! The bytes of the file, from a buffer of fixed size.

use crate::import::error::ImportError;
use std::io::{self, BufRead};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 16;

/// Why the machine stands still before the pickle says so.
#[derive(Debug)]
pub(super) enum Halt {
    /// The file ends here.
    Cut,
    /// It is at fault, or the source is.
    Failed(ImportError),
}

impl<E: Into<ImportError>> From<E> for Halt {
    fn from(error: E) -> Self {
        match error.into() {
            // What was packed ends within a block: as if the file ended there.
            ImportError::Read(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Cut,
            error => Self::Failed(error),
        }
    }
}

pub(super) struct Input<'s> {
    source: &'s mut dyn BufRead,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    /// Bytes of the file before the buffer.
    before: u64,
}

impl<'s> Input<'s> {
    pub(super) fn new(source: &'s mut dyn BufRead) -> Self {
        Self { source, buffer: vec![0; BUFFER].into(), at: 0, end: 0, before: 0 }
    }

    /// Bytes of the file that were read.
    pub(super) fn offset(&self) -> u64 {
        self.before + self.at as u64
    }

    #[cold]
    fn fill(&mut self) -> Result<(), Halt> {
        self.before += self.end as u64;
        (self.at, self.end) = (0, 0);
        self.end = loop {
            match self.source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if self.end == 0 { Err(Halt::Cut) } else { Ok(()) }
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Halt> {
        if self.at == self.end {
            self.fill()?;
        }
        self.at += 1;
        Ok(self.buffer[self.at - 1])
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Halt> {
        if let Some(bytes) = self.buffer[self.at..self.end].first_chunk() {
            self.at += N;
            return Ok(*bytes);
        }
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    /// Passes `length` bytes; the first `most` of them go into `kept`.
    pub(super) fn take(&mut self, mut length: u64, most: usize, kept: &mut Vec<u8>) -> Result<(), Halt> {
        kept.clear();
        while length > 0 {
            if self.at == self.end {
                self.fill()?;
            }
            let there = length.min((self.end - self.at) as u64) as usize;
            let wanted = there.min(most - kept.len());
            kept.extend_from_slice(&self.buffer[self.at..self.at + wanted]);
            self.at += there;
            length -= there as u64;
        }
        Ok(())
    }

    /// The bytes up to the end of the line, at most `most`; `false` where there are more.
    pub(super) fn line(&mut self, most: usize, kept: &mut Vec<u8>) -> Result<bool, Halt> {
        kept.clear();
        loop {
            match self.byte()? {
                b'\n' => return Ok(true),
                _ if kept.len() == most => return Ok(false),
                byte => kept.push(byte),
            }
        }
    }
}
