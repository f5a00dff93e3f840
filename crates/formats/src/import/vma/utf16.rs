//! UTF-16 as UTF-8: D3D12 Memory Allocator writes wide letters.

use std::io::{self, Read};

/// Bytes read at once.
const BYTES: usize = 1 << 14;

/// In which order the two bytes of a unit stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The low one first.
    Little,
    /// The high one first.
    Big,
}

impl Order {
    /// Of a JSON text that begins with these bytes; `None` where it is UTF-8.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        match *first {
            [0xff, 0xfe, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] => Some(Self::Big),
            [first, 0, ..] if first != 0 => Some(Self::Little),
            [0, second, ..] if second != 0 => Some(Self::Big),
            _ => None,
        }
    }

    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }
}

/// These bytes as text; what is half a letter becomes U+FFFD.
pub(super) fn decoded(bytes: &[u8], order: Order) -> String {
    let units = bytes.chunks_exact(2).map(|pair| order.unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Reads UTF-16, gives UTF-8.
pub(super) struct Utf16<R> {
    input: R,
    order: Order,
    /// What of a letter the last read cut off: up to three bytes.
    rest: Vec<u8>,
    text: String,
    given: usize,
}

impl<R: Read> Utf16<R> {
    pub(super) fn new(input: R, order: Order) -> Self {
        Self { input, order, rest: Vec::new(), text: String::new(), given: 0 }
    }

    /// Decodes some more; at the end there is no text.
    fn fill(&mut self) -> io::Result<()> {
        (self.given, self.text) = (0, String::new());
        while self.text.is_empty() {
            let read = (&mut self.input).take(BYTES as u64).read_to_end(&mut self.rest)?;
            if read == 0 {
                // Half a letter at the end is one that was cut, as the text then is.
                self.rest.clear();
                return Ok(());
            }
            let mut whole = self.rest.len() & !1;
            // The first half of a pair waits for the second.
            let last = self.rest[..whole].last_chunk().map(|&pair| self.order.unit(pair));
            if last.is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) {
                whole -= 2;
            }
            self.text = decoded(&self.rest[..whole], self.order);
            self.rest.drain(..whole);
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.fill()?;
        }
        let left = &self.text.as_bytes()[self.given..];
        let length = left.len().min(into.len());
        into[..length].copy_from_slice(&left[..length]);
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_through_whatever_the_reads() {
        let text = format!("\u{feff}{{\"é😀\": {}}}", "😀x".repeat(9_000));
        for order in [Order::Little, Order::Big] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if order == Order::Little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect();
            assert_eq!(Order::of(&bytes), Some(order));
            assert_eq!(Order::of(&bytes[2..]), Some(order));
            let mut decoded = String::new();
            Utf16::new(bytes.as_slice(), order).read_to_string(&mut decoded).unwrap();
            assert_eq!(decoded, text);
            let mut cut = String::new();
            Utf16::new(&bytes[..bytes.len() - 1], order).read_to_string(&mut cut).unwrap();
            assert_eq!(cut, text[..text.len() - 1]);
        }
    }
}
