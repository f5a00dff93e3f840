//! From which number the frees of a recording count its allocations.

use crate::alloc_trace::{TraceOp, TraceReader};

/// What the numbers that frees name tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbering {
    names_zero: bool,
    /// Frees of the number of the next allocation, counted from 0.
    names_next: u64,
    /// Frees of that number and of larger ones.
    names_unknown: u64,
}

impl Numbering {
    /// Of the operations that the bytes hold whole.
    pub(super) fn of(first: &[u8]) -> Self {
        let (mut numbering, mut count) = (Self::default(), 0);
        for operation in TraceReader::new(first).map_while(Result::ok) {
            match operation {
                TraceOp::Alloc { .. } => count += 1,
                TraceOp::Free { index } | TraceOp::Realloc { index, .. } => numbering.see(index, count),
            }
        }
        numbering
    }

    /// Takes in a number that is named after `count` allocations.
    #[inline]
    pub(super) fn see(&mut self, number: u64, count: u64) {
        self.names_zero |= number == 0;
        self.names_next += u64::from(number == count);
        self.names_unknown += u64::from(number >= count);
    }

    /// Whether they count from 1: none names 0, and each that would match nothing names
    /// the allocation after the newest.
    pub(super) const fn is_from_one(&self) -> bool {
        !self.names_zero && self.names_next > 0 && self.names_next == self.names_unknown
    }
}
