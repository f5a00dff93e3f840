//! The fields of a line.

use crate::import::error::ImportError;
use crate::import::lines::Line;

/// What of a line has not been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'l>(pub(super) &'l [u8]);

impl<'l> Fields<'l> {
    /// The next hexadecimal number, up to a blank or the end. `None`, and nothing read,
    /// where something else stands or it exceeds 64 bits.
    #[inline]
    pub(super) fn number(&mut self) -> Option<u64> {
        let text = self.0.strip_prefix(b" ").unwrap_or(self.0);
        let (mut number, mut length) = (0_u64, 0);
        while let Some(digit) = text.get(length).and_then(|&byte| digit(byte)) {
            number = number << 4 | u64::from(digit);
            length += 1;
        }
        let is_over = text.get(length).is_none_or(|&byte| byte == b' ');
        if length == 0 || !is_over || (length > 16 && text[..length - 16].iter().any(|&byte| byte != b'0')) {
            return None;
        }
        self.0 = &text[length..];
        Some(number)
    }

    /// The next number of `line`.
    ///
    /// # Errors
    /// That none stands there.
    #[inline]
    pub(super) fn expected(&mut self, line: &Line) -> Result<u64, ImportError> {
        self.number().ok_or_else(|| line.malformed(self.text(), "a hexadecimal number"))
    }

    /// The rest of the line as text.
    pub(super) fn text(self) -> &'l [u8] {
        self.0.strip_prefix(b" ").unwrap_or(self.0)
    }

    /// A text of as many bytes as the number before it says; `None` where that is not so.
    pub(super) fn sized_text(&mut self) -> Option<&'l [u8]> {
        let mut ahead = *self;
        let length = usize::try_from(ahead.number()?).ok()?;
        let rest = ahead.text();
        let text = rest.get(..length)?;
        self.0 = &rest[length..];
        Some(text)
    }

    pub(super) fn is_over(self) -> bool {
        self.0.trim_ascii().is_empty()
    }
}

#[inline]
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_hexadecimal_and_of_64_bits() {
        let mut fields = Fields(b" 1f 0 FFFFFFFFFFFFFFFF 000000000000000000001 x");
        let numbers = [(); 5].map(|()| fields.number());
        assert_eq!(numbers, [Some(31), Some(0), Some(u64::MAX), Some(1), None]);
        assert_eq!(fields.0, b" x");
        for text in ["", " ", "1g", "-1", "10000000000000000", "0x1", "1\t"] {
            assert_eq!(Fields(text.as_bytes()).number(), None, "{text:?}");
        }
    }

    #[test]
    fn texts_have_the_length_that_is_said() {
        let mut fields = Fields(b" 3 a b 12");
        assert_eq!((fields.sized_text(), fields.number()), (Some(&b"a b"[..]), Some(0x12)));
        assert_eq!(Fields(b" 0 ").sized_text(), Some(&b""[..]));
        assert_eq!(Fields(b" 4 abc").sized_text(), None);
        assert_eq!(Fields(b" ffffffffffffffff abc").sized_text(), None);
    }
}
