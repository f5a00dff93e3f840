//! Buffers that lie where others do while both are alive.

use super::rows::Row;
use arenascope_trace::{Manifest, NoteKind};
use std::collections::BTreeMap;

/// What lies where now.
#[derive(Debug, Default)]
pub(super) struct Overlaps {
    /// By offset and number, where each ends.
    alive: BTreeMap<(u64, u32), u64>,
    count: u64,
    /// The numbers of the first two, from 1.
    first: Option<(u32, u32)>,
}

impl Overlaps {
    /// One begins to live: looks at its neighbours.
    pub(super) fn begin(&mut self, row: &Row, number: u32) {
        let end = row.offset + row.bytes;
        let before = self.alive.range(..(row.offset, number)).next_back().filter(|(_, other)| **other > row.offset);
        let after = self
            .alive
            .range((row.offset, number)..)
            .next()
            .filter(|((offset, _), other)| *offset < end && *offset < **other);
        if let Some((&(_, other), _)) = before.or(after).filter(|_| row.bytes > 0) {
            self.count += 1;
            self.first = self.first.or(Some((other + 1, number + 1)));
        }
        self.alive.insert((row.offset, number), end);
    }

    /// It ends to live.
    pub(super) fn end(&mut self, row: &Row, number: u32) {
        self.alive.remove(&(row.offset, number));
    }

    pub(super) fn note(&self, manifest: &mut Manifest) {
        if let Some((one, other)) = self.first {
            let text = format!(
                "{} buffers lie where others do at the same time; the first are the buffers {one} and {other}",
                self.count
            );
            manifest.note(NoteKind::Contradiction, text);
        }
    }
}
