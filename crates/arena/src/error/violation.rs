//! What an audit finds wrong.

use arenascope_units::Bytes;
use thiserror::Error;

/// What does not hold.
///
/// ```
/// # use arenascope_arena::Violation;
/// # use arenascope_units::Bytes;
/// let found = Violation::FreeNeighbours { offset: Bytes::new(96) };
/// assert_eq!(found.to_string(), "two free ranges meet at 96");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// The header is not that of this arena.
    #[error("the header is not of this arena")]
    Header,
    /// A range's state, holder, size or alignment cannot be.
    #[error("the range at {} cannot be", .offset.get())]
    Range {
        /// Where the range starts.
        offset: Bytes,
    },
    /// A range does not start where the one in front ends, or their links differ.
    #[error("a range at {} where {} was due, or with other links", .offset.get(), .expected.get())]
    Link {
        /// Where the range starts.
        offset: Bytes,
        /// Where the one in front ends.
        expected: Bytes,
    },
    /// Two free neighbours that should be one.
    #[error("two free ranges meet at {}", .offset.get())]
    FreeNeighbours {
        /// Where the second one starts.
        offset: Bytes,
    },
    /// The ranges do not end where the payload ends.
    #[error("the ranges end at {} of {}", .end.get(), .capacity.get())]
    End {
        /// Where the last range ends.
        end: Bytes,
        /// Bytes of the region, where it should end.
        capacity: Bytes,
    },
    /// Slots that are neither in the chain nor vacant, or are both.
    #[error("{chained} ranges and {vacant} vacant slots, of {touched} handed out")]
    Slots {
        /// Ranges in the chain.
        chained: u32,
        /// Slots in the chain of vacant ones.
        vacant: u32,
        /// Slots that have been handed out.
        touched: u32,
    },
    /// The index holds another number of ranges than are free.
    #[error("{indexed} of {free_ranges} free ranges indexed")]
    IndexCount {
        /// Ranges that the index holds.
        indexed: u64,
        /// Free ranges in the chain.
        free_ranges: u64,
    },
    /// The index holds something that is no free range, or ends wrongly.
    #[error("the index holds what is not free")]
    IndexNotFree,
    /// The index is out of order.
    #[error("the index is out of order at {}", .offset.get())]
    IndexOrder {
        /// Where the range starts, from the region's base.
        offset: Bytes,
    },
    /// Links or sums inside the index disagree.
    #[error("the index is damaged at {}", .offset.get())]
    IndexShape {
        /// Where the range starts, from the region's base.
        offset: Bytes,
    },
    /// A kept figure differs from the recount.
    #[error("{name} is kept as {kept}, counted as {counted}")]
    Figure {
        /// The figure, by its name.
        name: &'static str,
        /// As the arena keeps it.
        kept: u128,
        /// As the ranges add up.
        counted: u128,
    },
}

pub(crate) fn figure(name: &'static str, kept: impl Into<u128>, counted: impl Into<u128>) -> Result<(), Violation> {
    let (kept, counted) = (kept.into(), counted.into());
    if kept == counted { Ok(()) } else { Err(Violation::Figure { name, kept, counted }) }
}
