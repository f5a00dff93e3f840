//! Reads recordings of `malloc` and `free` as text: `Alloc(552),` takes 552 bytes,
//! `Free(1),` gives back what the second `Alloc` of the file took, `Realloc(1, 64),`
//! changes its size. The form is that of the traces of `wee_alloc`.
//!
//! Read as tools write it: any line ends or none, blanks, comments (`#` or `//` to the
//! end of the line), any case, a comma or none, the brackets of a printed list, a byte
//! order mark, UTF-16. A number is plain decimal digits: separators, fractions and other
//! bases are refused rather than misread. What cannot be read is an error that names the
//! line; what was read before it stays good.

mod bounds;
mod encoding;
mod error;
mod operation;
mod plain;
mod reader;
mod scanner;
mod window;

pub use bounds::OPERATION_MAX;
pub use encoding::Encoding;
pub use error::{Expected, TraceError};
pub use operation::TraceOp;
pub use reader::TraceReader;

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use std::io::{self, Read};

    /// The operations of `text`, one a line, and the error that ends them.
    fn shown(source: impl Read) -> String {
        let line = |item: Result<TraceOp, TraceError>| match item {
            Ok(TraceOp::Alloc { size }) => format!("alloc {size}\n"),
            Ok(TraceOp::Realloc { index, size }) => format!("realloc {index} {size}\n"),
            Ok(TraceOp::Free { index }) => format!("free {index}\n"),
            Err(error) => format!("{error}\n"),
        };
        TraceReader::new(source).map(line).collect()
    }

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&shown(text.as_bytes()));
    }

    /// A source that gives one byte at a time.
    struct ByByte<'a>(&'a [u8]);

    impl Read for ByByte<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
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
    fn the_same_operations_however_they_are_written() {
        let expected = "alloc 552\nrealloc 0 64\nfree 0\n";
        for text in [
            "Alloc(552),\nRealloc(0, 64),\nFree(0),\n",
            "\u{feff}Alloc(552),\nRealloc(0, 64),\nFree(0),\n",
            "\u{feff}",
            "Alloc(552),\rRealloc(0,64),\rFree(0),\r",
            "Alloc(552), Realloc(0, 64), Free(0), ",
            "alloc(552)\nREALLOC(0,64)\nfree(0)",
            "# \u{fc}ber alles\nAlloc(552), // the head\n//\nRealloc(0,64)\nFree(0) # gone",
            "[\n    Alloc(\n        552,\n    ),\n    Realloc(\n        0,\n        64,\n    ),\n    Free(\n        0,\n    ),\n]\n",
            "[Alloc(552), Realloc(0, 64), Free(0)]",
        ] {
            let expected = if text == "\u{feff}" { "" } else { expected };
            assert_eq!(shown(text.as_bytes()), expected, "{text:?}");
            assert_eq!(shown(ByByte(text.as_bytes())), expected, "{text:?}");
            for (to_bytes, name) in [(u16::to_le_bytes as fn(u16) -> [u8; 2], "little"), (u16::to_be_bytes, "big")] {
                let wide = utf16(text, to_bytes);
                assert_eq!(shown(wide.as_slice()), expected, "{text:?}, {name} endian");
                assert_eq!(shown(ByByte(&wide)), expected, "{text:?}, {name} endian");
            }
        }
    }

    /// What stands on a line of its own is read by a shorter way, which must not be seen.
    #[test]
    fn lines_of_their_own_are_read_as_all_others() {
        let text = "Alloc(1),\nFree(9999999999999999999),\r\nAlloc(18446744073709551615),\nAlloc(2),\rAlloc(3),\n,";
        let numbers = "alloc 1\nfree 9999999999999999999\nalloc 18446744073709551615\nalloc 2\nalloc 3\n";
        let operation = "expected `Alloc(bytes),` or `Free(index),`";
        let expected = format!("{numbers}line 6, column 1: {operation}, found `,`\n");
        assert_eq!(shown(text.as_bytes()), expected);
        assert_eq!(shown(ByByte(text.as_bytes())), expected);
        let mut reader = TraceReader::new("Alloc(1),\nAlloc(2),\r\nFree(1),\nFree(x)".as_bytes());
        let lines = [(); 3].map(|()| reader.next().map(|_| reader.line()));
        assert_eq!(lines, [Some(1), Some(2), Some(3)]);
        let error = reader.next().unwrap().unwrap_err();
        assert!(error.to_string().starts_with("line 4, column 6: expected a decimal number"), "{error}");
        let largest = shown("Alloc(1),\nAlloc(2),\nFree(18446744073709551616),\n".as_bytes());
        assert!(largest.contains("line 3, column 6: expected a number of at most 18446744073709551615"), "{largest}");
        let list = "[Alloc(1),\nAlloc(2),\nFree(1),\n]";
        assert_eq!(shown(list.as_bytes()), "alloc 1\nalloc 2\nfree 1\n");
        assert!(shown("[]\nAlloc(2),\n".as_bytes()).contains("nothing behind `]`"));
    }

    /// Millions of operations, at the reader's own pace:
    /// `cargo test --release -p arenascope-formats operations_speed -- --ignored --nocapture`.
    #[test]
    #[ignore = "measures"]
    fn operations_speed() {
        let lines = |at: u32| format!("Alloc({}),\nFree({at}),\n", at.wrapping_mul(2_654_435_761) >> 12);
        let text: String = (0..5_000_000).map(lines).collect();
        let begun = std::time::Instant::now();
        assert_eq!(TraceReader::new(text.as_bytes()).filter(Result::is_ok).count(), 10_000_000);
        println!("{:.0} MB/s", text.len() as f64 / 1e6 / begun.elapsed().as_secs_f64());
    }

    #[test]
    fn what_is_no_operation_is_named_with_its_place() {
        let operation = "expected `Alloc(bytes),` or `Free(index),`";
        let plain = "expected a decimal number of digits alone, as 1024";
        let largest = "expected a number of at most 18446744073709551615";
        let cases = [
            ("malloc(3)", format!("line 1, column 1: {operation}, found `malloc(3)`")),
            ("Alloc()", "line 1, column 7: expected a decimal number, found `)`".into()),
            ("Free(-1),", "line 1, column 6: expected a decimal number, found `-1),`".into()),
            ("Free(1,!", "line 1, column 8: expected `)`, found `!`".into()),
            ("Free 1", format!("line 1, column 6: {operation}, found `1`")),
            ("Free(0x10),", format!("line 1, column 7: {plain}, found `x10),`")),
            ("Alloc(64.0),", format!("line 1, column 9: {plain}, found `.0),`")),
            ("Alloc(1,024),", format!("line 1, column 8: {plain}, found `,024),`")),
            ("Alloc(1_024),", format!("line 1, column 8: {plain}, found `_024),`")),
            ("Alloc(1\u{202f}024),", format!("line 1, column 8: {plain}, found `\\xe2\\x80\\xaf024),`")),
            ("Alloc(4 KiB),", "line 1, column 9: expected `)`, found `KiB),`".into()),
            ("Realloc(1),", "line 1, column 10: expected a comma and the new size, found `),`".into()),
            ("\r\n\rRealloc(\r\n1; 2),", "line 4, column 2: expected a comma and the new size, found `; 2),`".into()),
            ("[]]", "line 1, column 3: expected nothing behind `]`, found `]`".into()),
            ("Free(18446744073709551616)", format!("line 1, column 6: {largest}, found `18446744073709551616)`")),
        ];
        for (text, message) in cases {
            assert_eq!(shown(text.as_bytes()), format!("{message}\n"), "{text:?}");
        }
        assert_eq!(shown("Free(1),,".as_bytes()), format!("free 1\nline 1, column 9: {operation}, found `,`\n"));
    }

    #[test]
    fn a_recording_that_is_cut_keeps_what_it_has() {
        let end = "found the end\n";
        for (text, place, expected) in [
            ("Alloc(8),\nFr", "line 2, column 3", "`Alloc(bytes),` or `Free(index),`"),
            ("Alloc(8),\r\nFree", "line 2, column 5", "`Alloc(bytes),` or `Free(index),`"),
            ("Alloc(8)\nFree(", "line 2, column 6", "a decimal number"),
            ("Alloc(8), Free(120285", "line 1, column 22", "`)`"),
            ("Alloc(8)\rRealloc(0, ", "line 2, column 12", "a decimal number"),
            ("[\nAlloc(8),\n", "line 3, column 1", "`]`"),
        ] {
            let message = format!("alloc 8\n{place}: the recording is cut here: expected {expected}, {end}");
            assert_eq!(shown(text.as_bytes()), message, "{text:?}");
            assert_eq!(shown(ByByte(text.as_bytes())), message, "{text:?}");
            assert!(TraceReader::new(text.as_bytes()).last().unwrap().unwrap_err().is_cut());
        }
        let zeros = format!("Alloc(8),\n{}", "\0".repeat(70_000));
        let message = "alloc 8\nline 2, column 1: the recording is cut here: the rest is 70000 zero bytes\n";
        assert_eq!(shown(zeros.as_bytes()), message);
        assert_eq!(
            shown("\0\0\0Alloc(8)".as_bytes()),
            "line 1, column 1: expected `Alloc(bytes),` or `Free(index),`, found `3 zero bytes`\n"
        );
    }

    #[test]
    fn files_that_are_no_text_are_named() {
        for (first, name) in [
            (&[0x1f, 0x8b, 8, 0][..], "gzip: unpack it first (gzip -dc FILE | arenascope replay -)"),
            (&[0x28, 0xb5, 0x2f, 0xfd], "Zstandard: unpack it first (zstd -dc FILE | arenascope replay -)"),
            (b"PK\x03\x04", "a zip archive: unpack it first and name the recording in it"),
            (b"\x80\x04K\x01.", "a Python pickle: no recording of `Alloc(bytes),` and `Free(index),`"),
            (b"{\"version\": 1}", "a JSON document: no recording of `Alloc(bytes),` and `Free(index),`"),
        ] {
            assert_eq!(shown(first), format!("this is {name}\n"));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_escaped_and_cut() {
        let text = [b"Alloc(1),\nFree(".as_slice(), &[0xff; 100]].concat();
        let message = format!("line 2, column 6: expected a decimal number, found `{}`\n", r"\xff".repeat(24));
        assert_eq!(shown(text.as_slice()), format!("alloc 1\n{message}"));
    }

    /// A source without end must end the reading, not fill the memory.
    #[test]
    fn blanks_and_comments_without_end_are_refused() {
        let message = "expected an operation within 1048576 bytes of blanks and comments, found";
        for (byte, line) in [(b' ', "line 1, column "), (b'\n', "line 1"), (b'#', "line 1, column ")] {
            let text = shown(io::repeat(byte));
            assert!(text.starts_with(line) && text.contains(message), "{text}");
        }
        let text = shown(io::repeat(0));
        assert!(text.starts_with("line 1, column 1: expected") && text.contains("zero bytes`"), "{text}");
        let long = format!("Alloc(1{}", " ".repeat(1000));
        assert_eq!(
            shown(long.as_bytes()),
            "line 1, column 1: expected an operation of at most 256 bytes, found `Alloc(1`\n"
        );
    }

    #[test]
    fn a_line_may_be_of_any_length() {
        let text = "Alloc(7), ".repeat(100_000);
        assert_eq!(TraceReader::new(text.as_bytes()).filter(Result::is_ok).count(), 100_000);
        let comment = format!("#{}\nFree(1)", "x".repeat(500_000));
        assert_eq!(shown(comment.as_bytes()), "free 1\n");
    }

    #[test]
    fn nothing_follows_an_error() {
        assert_eq!(TraceReader::new("Free(!\nAlloc(1),".as_bytes()).count(), 1);
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }

    #[test]
    fn a_failing_source_is_reported_with_the_line_it_failed_in() {
        for (text, line) in [("Alloc(5),\n", 2), ("Alloc(5),", 1), ("Alloc(5)\n\nFree(", 3)] {
            let source = text.as_bytes().chain(Broken);
            assert_eq!(shown(source), format!("alloc 5\nline {line}: the disk is gone\n"));
        }
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let mut reader = TraceReader::new("Alloc(1)\r\nAlloc(2)\rAlloc(3)\n\n\rAlloc(4) Alloc(5)\n".as_bytes());
        let mut lines = Vec::new();
        while let Some(Ok(_)) = reader.next() {
            lines.push(reader.line());
        }
        assert_eq!(lines, [1, 2, 3, 6, 6]);
    }

    /// Pieces of recordings, to be mutated.
    fn written() -> impl Strategy<Value = String> {
        "(\u{feff}|\\[|)((Alloc|Realloc|Free|alloc)(\\(|\\( )[0-9]{1,21}(, ?[0-9]{1,21})?\\),?(\n|\r\n|\r| |# a\n|// b\n|)){0,12}\\]?"
    }

    /// The line and column that an error names, where it names them.
    fn place_of(error: &TraceError) -> Option<(u64, u64)> {
        match *error {
            TraceError::Malformed { line, column, .. }
            | TraceError::Cut { line, column, .. }
            | TraceError::ZeroTail { line, column, .. } => Some((line, column)),
            TraceError::Encoded { .. } | TraceError::Read { .. } => None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// A recording with some bytes changed, taken out or put in, in one to three
        /// places: no panic, an end, the same however the bytes arrive; an error names a
        /// place within the text.
        #[test]
        fn mutated_recordings_end_in_an_error_at_worst(
            text in written(),
            mutations in prop::collection::vec((any::<prop::sample::Index>(), 0..3_usize, any::<u8>()), 0..4),
        ) {
            let mut bytes = text.into_bytes();
            for (index, kind, byte) in mutations {
                let at = index.index(bytes.len() + 1);
                match kind {
                    0 if at < bytes.len() => bytes[at] = byte,
                    1 => bytes.truncate(at),
                    _ => bytes.insert(at, byte),
                }
            }
            let whole = shown(bytes.as_slice());
            prop_assert_eq!(&whole, &shown(ByByte(&bytes)));
            let lines = 1 + bytes.iter().filter(|byte| b"\n\r".contains(byte)).count() as u64;
            for error in TraceReader::new(bytes.as_slice()).filter_map(Result::err) {
                if let Some((line, column)) = place_of(&error) {
                    prop_assert!((1..=lines).contains(&line), "{}", error);
                    prop_assert!((1..=bytes.len() as u64 + 1).contains(&column), "{}", error);
                }
            }
        }

        #[test]
        fn hostile_bytes_end_in_an_error_at_worst(bytes: Vec<u8>) {
            prop_assert_eq!(shown(ByByte(&bytes)), shown(bytes.as_slice()));
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
