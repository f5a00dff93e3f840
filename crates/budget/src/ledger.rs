//! What all handles to one budget share: its counters, and the record of what they decided.

use super::error::Level;
use super::history::{RequestId, Step};
use super::recorder::Recorder;
use super::tree::{Place, Tree};
use arenascope_units::Bytes;

/// The counters of a budget and, where one is kept, its history.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) tree: Tree,
    pub(super) recorder: Option<Recorder>,
}

impl Ledger {
    /// Writes a request down; its number, 0 where nothing is written.
    #[inline]
    pub(super) fn record_request(
        &self,
        place: &Place,
        bytes: Bytes,
        reclaims: bool,
        refused_at: Option<Level>,
    ) -> RequestId {
        match &self.recorder {
            Some(recorder) => recorder.reserve(place, bytes, self.tree.journal.now(), reclaims, refused_at),
            None => 0,
        }
    }

    #[inline]
    pub(super) fn record(&self, step: impl FnOnce() -> Step) {
        if let Some(recorder) = &self.recorder {
            recorder.push(self.tree.journal.now(), step());
        }
    }
}
