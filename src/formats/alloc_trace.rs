//! Reads recordings of `malloc` and `free` as text, one operation per line:
//! `Alloc(552),` takes 552 bytes, `Free(1),` gives back what the second `Alloc`
//! of the file took. The form is that of the traces of `wee_alloc`.
//!
//! Blank lines, spaces around the parts, a missing comma and a carriage return
//! at the end are accepted. Everything else is an error that names the line.

use core::error::Error;
use core::fmt;
use std::io::{self, BufRead};

/// The longest line that is read: the longest operation takes 28 characters,
/// and a file without line ends must not fill the memory.
///
/// ```
/// # use arenascope::replay::*;
/// let long = format!("Alloc(1){}", " ".repeat(LINE_MAX));
/// assert!(TraceReader::new(long.as_bytes()).next().unwrap().is_err());
/// ```
pub const LINE_MAX: usize = 256;

/// One line of a recording.
///
/// ```
/// # use arenascope::replay::*;
/// let first = TraceReader::new("Alloc(552),\n".as_bytes()).next().transpose()?;
/// assert_eq!(first, Some(TraceOp::Alloc { size: 552 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceOp {
    /// Takes memory. The allocations of a file are numbered from 0.
    Alloc {
        /// Bytes asked for; 0 is a size like any other in recordings of `malloc`.
        size: u64,
    },
    /// Gives memory back.
    Free {
        /// The number of the allocation. Nothing says that it was ever made.
        index: u64,
    },
}

/// What should have stood where a line went wrong.
///
/// ```
/// # use arenascope::replay::Expected;
/// assert_eq!(Expected::Number.to_string(), "a decimal number");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `Alloc(` or `Free(`.
    Operation,
    /// A decimal number.
    Number,
    /// A number that fits 64 bits.
    SmallerNumber,
    /// `)`.
    Bracket,
    /// A comma, or the end of the line.
    LineEnd,
    /// A line of at most [`LINE_MAX`] bytes.
    ShorterLine,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation => f.pad("`Alloc(bytes),` or `Free(index),`"),
            Self::Number => f.pad("a decimal number"),
            Self::SmallerNumber => write!(f, "a number of at most {}", u64::MAX),
            Self::Bracket => f.pad("`)`"),
            Self::LineEnd => f.pad("a comma or the end of the line"),
            Self::ShorterLine => write!(f, "a line of at most {LINE_MAX} bytes"),
        }
    }
}

/// Why reading ended early. Lines and columns count from 1, columns in bytes.
///
/// ```
/// # use arenascope::replay::*;
/// let error = TraceReader::new("Alloc(1),\nFree(x),\n".as_bytes()).nth(1).unwrap().unwrap_err();
/// assert!(matches!(error, TraceError::Malformed { line: 2, column: 6, expected: Expected::Number, .. }));
/// ```
#[derive(Debug)]
pub enum TraceError {
    /// A line is no operation.
    Malformed {
        /// Which line.
        line: u64,
        /// The byte of the line at which it stops being one.
        column: usize,
        /// What should stand there.
        expected: Expected,
        /// What does: at most 24 bytes, printable.
        found: String,
    },
    /// The source failed.
    Read {
        /// The line that was being read.
        line: u64,
        /// What the source said.
        error: io::Error,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, column, expected, found } if found.is_empty() => {
                write!(f, "line {line}, column {column}: expected {expected}, found the end of the line")
            }
            Self::Malformed { line, column, expected, found } => {
                write!(f, "line {line}, column {column}: expected {expected}, found `{found}`")
            }
            Self::Read { line, error } => write!(f, "line {line}: {error}"),
        }
    }
}

impl Error for TraceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Malformed { .. } => None,
            Self::Read { error, .. } => Some(error),
        }
    }
}

/// The operations of a recording, in the order of the file. Holds one line at a
/// time, whatever the size of the file; ends after the first error.
///
/// ```
/// use arenascope::replay::{TraceOp, TraceReader};
///
/// let operations: Result<Vec<_>, _> = TraceReader::new("Alloc(552),\nFree(0),\n".as_bytes()).collect();
/// assert_eq!(operations?, [TraceOp::Alloc { size: 552 }, TraceOp::Free { index: 0 }]);
///
/// let error = TraceReader::new("Alloc(552),\nAlloc(x),".as_bytes()).last().unwrap().unwrap_err();
/// assert_eq!(error.to_string(), "line 2, column 7: expected a decimal number, found `x),`");
/// # Ok::<(), arenascope::replay::TraceError>(())
/// ```
#[derive(Debug)]
pub struct TraceReader<R> {
    source: R,
    line: u64,
    text: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> TraceReader<R> {
    /// Reads `source` from where it stands.
    ///
    /// ```
    /// # use arenascope::replay::TraceReader;
    /// assert!(TraceReader::new("".as_bytes()).next().is_none());
    /// ```
    pub fn new(source: R) -> Self {
        Self { source, line: 0, text: Vec::with_capacity(LINE_MAX), ended: false }
    }

    /// The number of the line that was read last, from 1; 0 before the first.
    ///
    /// ```
    /// # use arenascope::replay::TraceReader;
    /// let mut reader = TraceReader::new("Alloc(1),\nFree(0),\n".as_bytes());
    /// reader.next();
    /// assert_eq!(reader.line(), 1);
    /// ```
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The operation on the next line that is not blank; `None` at the end.
    fn read(&mut self) -> Result<Option<TraceOp>, TraceError> {
        while self.fill()? {
            let parsed = parse(&self.text).map_err(|fault| self.word(fault))?;
            if parsed.is_some() {
                return Ok(parsed);
            }
        }
        Ok(None)
    }

    /// Takes the next line, without its end; false where there is none.
    fn fill(&mut self) -> Result<bool, TraceError> {
        self.text.clear();
        self.line += 1;
        loop {
            let chunk = match self.source.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(TraceError::Read { line: self.line, error }),
            };
            if chunk.is_empty() {
                return Ok(!self.text.is_empty());
            }
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            if self.text.len() + part.len() > LINE_MAX {
                return Err(self.word(Fault { at: LINE_MAX, expected: Expected::ShorterLine }));
            }
            self.text.extend_from_slice(part);
            let taken = part.len() + usize::from(end.is_some());
            self.source.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn word(&self, fault: Fault) -> TraceError {
        const SHOWN: usize = 24;
        let rest = self.text.get(fault.at..).unwrap_or_default().trim_ascii();
        let found = rest[..rest.len().min(SHOWN)].escape_ascii().to_string();
        TraceError::Malformed { line: self.line, column: fault.at + 1, expected: fault.expected, found }
    }
}

impl<R: BufRead> Iterator for TraceReader<R> {
    type Item = Result<TraceOp, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.read().transpose();
        self.ended = !matches!(read, Some(Ok(_)));
        read
    }
}

/// Where a line stops being an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    at: usize,
    expected: Expected,
}

/// The operation on `line`; `None` where it is blank.
fn parse(line: &[u8]) -> Result<Option<TraceOp>, Fault> {
    let mut scanner = Scanner { line, at: 0 };
    scanner.skip_spaces();
    if scanner.is_at_end() {
        return Ok(None);
    }
    let is_alloc = scanner.take(b"Alloc");
    if !is_alloc {
        scanner.expect(b"Free", Expected::Operation)?;
    }
    scanner.skip_spaces();
    scanner.expect(b"(", Expected::Operation)?;
    let number = scanner.number()?;
    scanner.expect(b")", Expected::Bracket)?;
    scanner.skip_spaces();
    scanner.take(b",");
    scanner.skip_spaces();
    if !scanner.is_at_end() {
        return Err(scanner.fault(Expected::LineEnd));
    }
    Ok(Some(if is_alloc { TraceOp::Alloc { size: number } } else { TraceOp::Free { index: number } }))
}

/// A line, and how far it has been understood.
struct Scanner<'a> {
    line: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn is_at_end(&self) -> bool {
        self.at == self.line.len()
    }

    fn fault(&self, expected: Expected) -> Fault {
        Fault { at: self.at, expected }
    }

    fn skip_spaces(&mut self) {
        self.at += self.line[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    fn take(&mut self, word: &[u8]) -> bool {
        let found = self.line[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn expect(&mut self, word: &[u8], expected: Expected) -> Result<(), Fault> {
        if self.take(word) { Ok(()) } else { Err(self.fault(expected)) }
    }

    /// A decimal number with spaces around it.
    fn number(&mut self) -> Result<u64, Fault> {
        self.skip_spaces();
        let start = self.at;
        let mut number = 0_u64;
        while let Some(digit) = self.line.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            let longer = number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
            number = longer.ok_or(Fault { at: start, expected: Expected::SmallerNumber })?;
            self.at += 1;
        }
        if self.at == start {
            return Err(self.fault(Expected::Number));
        }
        self.skip_spaces();
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    /// The operations of `text`, one a line, and the error that ends them.
    fn shown(source: impl BufRead) -> String {
        let line = |item: Result<TraceOp, TraceError>| match item {
            Ok(TraceOp::Alloc { size }) => format!("alloc {size}\n"),
            Ok(TraceOp::Free { index }) => format!("free {index}\n"),
            Err(error) => format!("{error}\n"),
        };
        TraceReader::new(source).map(line).collect()
    }

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&shown(text.as_bytes()));
    }

    #[test]
    fn lines_as_tools_write_them() {
        check("", expect![[""]]);
        check(
            "Alloc(552),\nFree(0),\nAlloc(0)\r\n\n   \n\t Free ( 18446744073709551615 ) , \nAlloc(7)",
            expect![[r#"
                alloc 552
                free 0
                alloc 0
                free 18446744073709551615
                alloc 7
            "#]],
        );
    }

    #[test]
    fn what_is_no_operation_is_named_with_its_place() {
        let cases = [
            ("malloc(3)", "line 1, column 1: expected `Alloc(bytes),` or `Free(index),`, found `malloc(3)`"),
            ("\n\nAlloc", "line 3, column 6: expected `Alloc(bytes),` or `Free(index),`, found the end of the line"),
            ("Alloc()", "line 1, column 7: expected a decimal number, found `)`"),
            ("Free(-1),", "line 1, column 6: expected a decimal number, found `-1),`"),
            ("Free(1,", "line 1, column 7: expected `)`, found `,`"),
            ("Free(1),,", "line 1, column 9: expected a comma or the end of the line, found `,`"),
            ("Free(0x10),", "line 1, column 7: expected `)`, found `x10),`"),
            (
                "Free(99999999999999999999),",
                "line 1, column 6: expected a number of at most 18446744073709551615, found `99999999999999999999),`",
            ),
            (
                "Alloc(18446744073709551616),",
                "line 1, column 7: expected a number of at most 18446744073709551615, found `18446744073709551616),`",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(shown(text.as_bytes()), format!("{message}\n"), "{text:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_escaped_and_cut() {
        let text = [b"Alloc(1),\nFree(".as_slice(), &[0xff; 100]].concat();
        let message = format!("line 2, column 6: expected a decimal number, found `{}`\n", r"\xff".repeat(24));
        assert_eq!(shown(text.as_slice()), format!("alloc 1\n{message}"));
    }

    /// An endless line must end the reading, not fill the memory.
    #[test]
    fn a_line_without_end_is_refused() {
        let message = "line 1, column 257: expected a line of at most 256 bytes, found the end of the line\n";
        assert_eq!(shown(io::BufReader::new(io::repeat(b' '))), message);
    }

    #[test]
    fn nothing_follows_an_error() {
        check(
            "Free(\nAlloc(1),",
            expect![[r#"
            line 1, column 6: expected a decimal number, found the end of the line
        "#]],
        );
    }

    struct Broken;

    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }

    #[test]
    fn a_failing_source_is_reported_with_the_line_it_failed_in() {
        let source = io::BufReader::new(io::Read::chain("Alloc(5),\n".as_bytes(), Broken));
        assert_eq!(shown(source), "alloc 5\nline 2: the disk is gone\n");
    }

    proptest! {
        /// Whatever the bytes and however they arrive: no panic, and the same
        /// operations as in one piece.
        #[test]
        fn hostile_bytes_end_in_an_error_at_worst(bytes: Vec<u8>, noise in "(Alloc|Free|\\(|\\)|[0-9]{1,21}|,|\n| ){0,60}") {
            for text in [bytes.as_slice(), noise.as_bytes()] {
                let in_pieces = shown(io::BufReader::with_capacity(1, text));
                prop_assert_eq!(in_pieces, shown(text));
            }
        }

        #[test]
        fn what_is_written_is_read(operations in prop::collection::vec((any::<bool>(), any::<u64>()), 0..50)) {
            let word = |alloc| if alloc { "Alloc" } else { "Free" };
            let text: String = operations.iter().map(|&(alloc, number)| format!("{}({number}),\n", word(alloc))).collect();
            let lower: String = operations
                .iter()
                .map(|&(alloc, number)| format!("{} {number}\n", word(alloc).to_lowercase()))
                .collect();
            prop_assert_eq!(shown(text.as_bytes()), lower);
        }
    }
}
