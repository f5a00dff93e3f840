//! JSON that is read piece by piece, as whoever reads it asks: nothing of it is kept but
//! the text or number at hand. Nesting is counted, never called, so that no depth of a file
//! can use up the stack; and a file that ends too early is told from one that is wrong.
//!
//! It takes what real writers leave behind: a comma before a closing bracket, control
//! characters and broken UTF-8 in texts, `NaN` and `Infinity`.

#[cfg(test)]
mod hostile;
mod number;
mod reader;
mod text;
mod window;

#[cfg(test)]
pub(in crate::import) use hostile::{check_cuts, check_mutations};
pub(in crate::import) use number::Number;
pub(in crate::import) use reader::{Json, Kind};

/// Whether these bytes hold that text.
pub(in crate::import) fn holds(first: &[u8], text: &str) -> bool {
    first.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What a JSON text begins with, past a mark of its encoding and blanks: `{`, `[` or
/// something else.
pub(in crate::import) fn opening(first: &[u8]) -> Option<u8> {
    first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start().first().copied()
}
