//! How often something odd was met, and where first.

use arenascope_trace::{Manifest, NoteKind};

/// Counts one kind of oddity, to be noted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    count: u64,
    first_line: u64,
}

impl Tally {
    /// One more, on a line.
    #[cold]
    pub(super) fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first_line = line;
        }
        self.count += 1;
    }

    /// Notes it where it was met: how often, `what`, and the line of the first.
    pub(super) fn note(&self, manifest: &mut Manifest, kind: NoteKind, what: &str) {
        if self.count > 0 {
            manifest.note(kind, format!("{} {what}; the first on line {}", self.count, self.first_line));
        }
    }
}
