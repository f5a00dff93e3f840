//! Passes over events for what they say about bytes, and nothing else: a fraction of
//! the cost of whole events.

use super::kind::Kind;
use super::reader::Reader;
use core::ops::Range;

/// What an event says about the bytes of its thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The event's number, from the first that was ever recorded.
    pub index: u64,
    /// Operation, owner, thread and detail.
    pub kind: Kind,
    /// The size it tells.
    pub size_bytes: u64,
    /// The size of its thing before, where the event resizes a range of the arena; of
    /// others only whether there is one matters. `None` where the thing was not known.
    pub before_bytes: Option<u64>,
}

impl Reader<'_> {
    /// Calls `look` with each event of a range that is kept, first to last. O(events),
    /// a few nanoseconds each.
    pub fn each(&self, range: Range<u64>, mut look: impl FnMut(Brief)) {
        let kept = self.events();
        let start = range.start.clamp(kept.start, kept.end);
        for (chunk, places) in self.pieces(start..range.end.clamp(start, kept.end)) {
            for place in places {
                let said = self.said(chunk, place);
                look(Brief { index: said.index, kind: said.kind, size_bytes: said.size, before_bytes: said.before });
            }
        }
    }
}
