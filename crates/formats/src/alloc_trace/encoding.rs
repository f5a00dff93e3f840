//! What the first bytes of a file say about how to read the rest.

use core::fmt;

/// A form of files that is not the text itself.
///
/// ```
/// # use arenascope_formats::alloc_trace::Encoding;
/// assert_eq!(Encoding::of(b"\x1f\x8b\x08\x00"), Some(Encoding::Gzip));
/// assert_eq!(Encoding::of(b"Alloc(1),"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Compressed by gzip (RFC 1952).
    Gzip,
    /// Compressed by Zstandard (RFC 8878).
    Zstd,
    /// Compressed by xz.
    Xz,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed as an LZ4 frame.
    Lz4,
    /// An archive of files.
    Zip,
    /// A Python pickle of protocol 2 to 5.
    Pickle,
    /// A JSON document: a snapshot, or another tool's.
    Json,
    /// A program or a shared library.
    Elf,
}

impl Encoding {
    /// What a file that begins with `first` is; `None` where it may be the text. Looks at
    /// six bytes at most.
    ///
    /// ```
    /// # use arenascope_formats::alloc_trace::Encoding;
    /// assert_eq!(Encoding::of(&[0x28, 0xb5, 0x2f, 0xfd]), Some(Encoding::Zstd));
    /// ```
    pub fn of(first: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], Encoding); 8] = [
            (&[0x1f, 0x8b], Encoding::Gzip),
            (&[0x28, 0xb5, 0x2f, 0xfd], Encoding::Zstd),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Encoding::Xz),
            (b"BZh", Encoding::Bzip2),
            (&[0x04, 0x22, 0x4d, 0x18], Encoding::Lz4),
            (b"PK\x03\x04", Encoding::Zip),
            (b"{", Encoding::Json),
            (b"\x7fELF", Encoding::Elf),
        ];
        let is_pickle = matches!(first, [0x80, 2..=5, ..]);
        let known = MAGIC.iter().find(|(magic, _)| first.starts_with(magic)).map(|&(_, encoding)| encoding);
        known.or(is_pickle.then_some(Self::Pickle))
    }

    /// What to do with such a file.
    ///
    /// ```
    /// # use arenascope_formats::alloc_trace::Encoding;
    /// assert!(Encoding::Gzip.advice().contains("gzip -dc"));
    /// ```
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Gzip => "unpack it first (gzip -dc FILE | arenascope replay -)",
            Self::Zstd => "unpack it first (zstd -dc FILE | arenascope replay -)",
            Self::Xz => "unpack it first (xz -dc FILE | arenascope replay -)",
            Self::Bzip2 => "unpack it first (bzip2 -dc FILE | arenascope replay -)",
            Self::Lz4 => "unpack it first (lz4 -dc FILE | arenascope replay -)",
            Self::Zip => "unpack it first and name the recording in it",
            Self::Pickle | Self::Json | Self::Elf => "no recording of `Alloc(bytes),` and `Free(index),`",
        }
    }
}

impl fmt::Display for Encoding {
    /// With its article: `a zip archive`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "Zstandard",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Lz4 => "LZ4",
            Self::Zip => "a zip archive",
            Self::Pickle => "a Python pickle",
            Self::Json => "a JSON document",
            Self::Elf => "a program",
        })
    }
}

/// How the characters of a text are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Characters {
    /// One byte each: ASCII, or UTF-8.
    Bytes,
    /// Two bytes each, the lower one first.
    Utf16Little,
    /// Two bytes each, the higher one first.
    Utf16Big,
}

impl Characters {
    /// What the first bytes say, and how many of them are a byte order mark. UTF-16
    /// without a mark is known by the zero in its first character.
    pub(super) fn of(first: &[u8]) -> (Self, usize) {
        match first {
            [0xef, 0xbb, 0xbf, ..] => (Self::Bytes, 3),
            [0xff, 0xfe, ..] => (Self::Utf16Little, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Big, 2),
            [1..0x80, 0, ..] => (Self::Utf16Little, 0),
            [0, 1..0x80, ..] => (Self::Utf16Big, 0),
            _ => (Self::Bytes, 0),
        }
    }

    /// Writes `units`, whole ones, as bytes in place; the number of bytes. What is no
    /// ASCII becomes 0xff, which no operation holds.
    pub(super) fn narrow(self, bytes: &mut [u8]) -> usize {
        let unit = match self {
            Self::Bytes => return bytes.len(),
            Self::Utf16Little => u16::from_le_bytes,
            Self::Utf16Big => u16::from_be_bytes,
        };
        let units = bytes.len() / 2;
        for at in 0..units {
            let wide = unit([bytes[2 * at], bytes[2 * at + 1]]);
            bytes[at] = u8::try_from(wide).ok().filter(u8::is_ascii).unwrap_or(0xff);
        }
        units
    }
}
