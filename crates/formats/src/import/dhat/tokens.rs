//! Bounds what a parser of JSON would put into memory at once.

use std::io::{self, BufRead, Read};

/// The longest text or number that is passed on.
pub(super) const TOKEN_MAX: usize = 1 << 20;

/// Passes bytes on, and fails where a text or number is longer than [`TOKEN_MAX`].
pub(super) struct Tokens<'r> {
    input: &'r mut dyn BufRead,
    is_text: bool,
    is_escaped: bool,
    /// Bytes of the text or number that is being passed.
    length: usize,
}

impl<'r> Tokens<'r> {
    pub(super) fn new(input: &'r mut dyn BufRead) -> Self {
        Self { input, is_text: false, is_escaped: false, length: 0 }
    }

    fn see(&mut self, bytes: &[u8]) -> io::Result<()> {
        for &byte in bytes {
            self.length += 1;
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = self.is_text,
                b'"' => (self.is_text, self.length) = (!self.is_text, 0),
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' | b'[' | b']' | b'{' | b'}' if !self.is_text => {
                    self.length = 0
                }
                _ => {}
            }
            if self.length > TOKEN_MAX {
                return Err(io::Error::other(format!("a text or number of more than {TOKEN_MAX} bytes")));
            }
        }
        Ok(())
    }
}

impl Read for Tokens<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.see(&buffer[..read])?;
        Ok(read)
    }
}
