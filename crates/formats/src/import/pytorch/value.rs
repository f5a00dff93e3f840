//! What the machine's stack holds.

use super::words::TextId;
use arenascope_trace::{FrameId, Site};

/// A value, or the place in the heap of one that can change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// Above what [`Self::Int`] can be.
    Big(u64),
    Float(f64),
    Text(TextId),
    /// A list or a dictionary.
    Object(u32),
    /// A dictionary that was a frame.
    Frame(FrameId),
    /// A list that was a call stack.
    Stack(Site),
    /// Something of which the contents are not kept: bytes, tuples, numbers above 64 bits,
    /// dictionaries that became records.
    Opaque,
}

impl Value {
    /// Of a number in two's complement, little endian, of any length.
    pub(super) fn of_long(bytes: &[u8]) -> Self {
        let is_negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
        let fill = if is_negative { 0xff } else { 0 };
        let mut number = [fill; 16];
        for (position, &byte) in bytes.iter().enumerate() {
            match number.get_mut(position) {
                Some(digit) => *digit = byte,
                None if byte != fill => return Self::Opaque,
                None => {}
            }
        }
        Self::of_wide(i128::from_le_bytes(number))
    }

    /// Of a number that is hoped to have 64 bits.
    pub(super) fn of_wide(number: i128) -> Self {
        match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => Self::Int(number),
            (_, Ok(number)) => Self::Big(number),
            _ => Self::Opaque,
        }
    }

    /// As an address or a size: PyTorch writes an address of 64 bits as it is or, from C++,
    /// as a signed number.
    pub(super) fn address(self) -> Option<u64> {
        match self {
            Self::Int(number) => Some(number as u64),
            Self::Big(number) => Some(number),
            _ => None,
        }
    }

    /// As a size, which is never negative.
    pub(super) fn size(self) -> Option<u64> {
        match self {
            Self::Int(number) => u64::try_from(number).ok(),
            Self::Big(number) => Some(number),
            _ => None,
        }
    }

    /// As a signed number: a stream, a device, a time.
    pub(super) fn number(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            Self::Big(number) => Some(number as i64),
            Self::Float(number) => Some(number as i64),
            _ => None,
        }
    }
}
