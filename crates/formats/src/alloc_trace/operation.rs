//! What a recording is made of.

/// One operation of a recording. Allocations are numbered in the order of the file.
///
/// ```
/// # use arenascope_formats::alloc_trace::*;
/// let first = TraceReader::new("Alloc(552),\n".as_bytes()).next().transpose()?;
/// assert_eq!(first, Some(TraceOp::Alloc { size: 552 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceOp {
    /// Takes memory: the allocation's number is how many were made before.
    Alloc {
        /// Bytes asked for; 0 is a size like any other in recordings of `malloc`.
        size: u64,
    },
    /// Changes the size of an allocation, which keeps its number.
    Realloc {
        /// The number of the allocation. Nothing says that it was ever made.
        index: u64,
        /// Bytes asked for now.
        size: u64,
    },
    /// Gives an allocation back.
    Free {
        /// The number of the allocation. Nothing says that it was ever made.
        index: u64,
    },
}
