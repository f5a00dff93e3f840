//! Understands one operation at the beginning of some bytes.

use super::error::Expected;
use super::operation::TraceOp;

/// Where the bytes stop being an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) expected: Expected,
}

/// An operation, and the bytes that it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanned {
    pub(super) operation: TraceOp,
    pub(super) length: usize,
    /// Whether lines end within it.
    pub(super) spans_lines: bool,
}

/// The operation that `bytes` begin with, in any case.
pub(super) fn scan(bytes: &[u8]) -> Result<Scanned, Fault> {
    let mut scanner = Scanner { bytes, at: 0, spans_lines: false };
    let operation = scanner.operation()?;
    Ok(Scanned { operation, length: scanner.at, spans_lines: scanner.spans_lines })
}

#[derive(Clone, Copy)]
enum Word {
    Alloc,
    Realloc,
    Free,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    spans_lines: bool,
}

impl Scanner<'_> {
    fn operation(&mut self) -> Result<TraceOp, Fault> {
        let word = self.word()?;
        self.expect(b'(', Expected::Operation)?;
        let first = self.number()?;
        let operation = match word {
            Word::Alloc => TraceOp::Alloc { size: first },
            Word::Free => TraceOp::Free { index: first },
            Word::Realloc => {
                self.expect(b',', Expected::Comma)?;
                TraceOp::Realloc { index: first, size: self.number()? }
            }
        };
        self.closing_bracket()?;
        Ok(operation)
    }

    fn fault(&self, expected: Expected) -> Fault {
        Fault { at: self.at, expected }
    }

    /// A part of a word at the end of the bytes is no wrong word, but one that is cut.
    fn word(&mut self) -> Result<Word, Fault> {
        const WORDS: [(&[u8], Word); 3] = [(b"alloc", Word::Alloc), (b"free", Word::Free), (b"realloc", Word::Realloc)];
        let is_begun =
            |word: &[u8]| self.bytes.len() < word.len() && word[..self.bytes.len()].eq_ignore_ascii_case(self.bytes);
        for (text, word) in WORDS {
            if self.bytes.len() >= text.len() && self.bytes[..text.len()].eq_ignore_ascii_case(text) {
                self.at = text.len();
                return Ok(word);
            }
        }
        let is_cut = WORDS.iter().any(|(text, _)| is_begun(text));
        Err(Fault { at: if is_cut { self.bytes.len() } else { 0 }, expected: Expected::Operation })
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).filter(|byte| byte.is_ascii_whitespace()) {
            self.spans_lines |= matches!(byte, b'\n' | b'\r');
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8, expected: Expected) -> Result<(), Fault> {
        self.skip_blanks();
        if self.take(byte) { Ok(()) } else { Err(self.fault(expected)) }
    }

    /// A decimal number with blanks around it.
    fn number(&mut self) -> Result<u64, Fault> {
        self.skip_blanks();
        let start = self.at;
        let mut number = 0_u64;
        while let Some(digit) = self.bytes.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            let longer = number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
            number = longer.ok_or(Fault { at: start, expected: Expected::SmallerNumber })?;
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            _ if self.at == start => Err(self.fault(Expected::Number)),
            Some(b'_' | b'.' | b'\'') => Err(self.fault(Expected::PlainNumber)),
            Some(byte) if byte.is_ascii_alphabetic() || !byte.is_ascii() => Err(self.fault(Expected::PlainNumber)),
            _ => {
                self.skip_blanks();
                Ok(number)
            }
        }
    }

    /// `)`, with the comma before it that stands where each argument has a line.
    fn closing_bracket(&mut self) -> Result<(), Fault> {
        let before = self.at;
        if self.take(b',') {
            self.skip_blanks();
            if self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
                return Err(Fault { at: before, expected: Expected::PlainNumber });
            }
        }
        self.expect(b')', Expected::Bracket)
    }
}
