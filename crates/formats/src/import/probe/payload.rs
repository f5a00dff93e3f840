//! The fields of a record, in order.

/// What is left of a payload. A field behind its end is 0, as the protocol has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payload<'b>(pub(super) &'b [u8]);

/// Bytes of the longest varint: of 53 bits, and some that are longer than they need be.
const VARINT_MAX: u32 = 10;

impl<'b> Payload<'b> {
    /// The next varint; `None` behind the end, or where none ends.
    pub(super) fn next(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for place in 0..VARINT_MAX {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(7 * place).unwrap_or(0);
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// The next varint; 0 behind the end, and of all that follows one that does not end.
    pub(super) fn number(&mut self) -> u64 {
        self.next().unwrap_or_else(|| {
            self.0 = &[];
            0
        })
    }

    /// The next eight bytes; 0 behind the end.
    pub(super) fn word(&mut self) -> u64 {
        match self.0.split_first_chunk() {
            Some((word, rest)) => {
                self.0 = rest;
                u64::from_le_bytes(*word)
            }
            None => {
                self.0 = &[];
                0
            }
        }
    }

    /// The next `length` bytes; `None` where there are fewer.
    pub(super) fn take(&mut self, length: u64) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn put(mut number: u64, bytes: &mut Vec<u8>) {
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(numbers in prop::collection::vec(any::<u64>(), 0..20)) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|&number| put(number, &mut bytes));
            let mut payload = Payload(&bytes);
            for number in numbers {
                prop_assert_eq!(payload.next(), Some(number));
            }
            prop_assert_eq!((payload.next(), payload.number(), payload.word()), (None, 0, 0));
        }
    }

    #[test]
    fn what_does_not_end_is_nothing() {
        let mut payload = Payload(&[0xff; 12]);
        assert_eq!((payload.number(), payload.0.len()), (0, 0));
        assert_eq!(Payload(&[1, 2, 3]).take(4), None);
        assert_eq!(Payload(&[1; 8]).word(), 0x0101_0101_0101_0101);
    }
}
