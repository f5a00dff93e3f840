//! How far the reader looks for what it expects: a source that never ends must end the
//! reading.

/// The longest operation that is read, blanks within it included: the longest that
/// anything writes takes 50 characters.
///
/// ```
/// # use arenascope_formats::alloc_trace::*;
/// let long = format!("Alloc({}1)", " ".repeat(OPERATION_MAX));
/// assert!(TraceReader::new(long.as_bytes()).next().unwrap().is_err());
/// ```
pub const OPERATION_MAX: usize = 256;

/// Most bytes of blanks and comments, or of zeros, between two operations.
pub(super) const BLANK_MAX: u64 = 1 << 20;
