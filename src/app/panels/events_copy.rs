//! Copies rows of the table of events, a slice each frame, and says so.

use super::events_live::Live;
use crate::analysis::event_line::{TSV_HEAD, tsv};
use crate::analysis::table_numbers::count;
use crate::platform::clock::now_ms;
use crate::recording::Reader;
use core::ops::Range;

/// Rows copied at most: some 8 MB of text.
pub(super) const COPIED_MAX: u64 = 100_000;
/// Rows between two looks at the clock.
const SLICE: u64 = 512;
/// A frame's share.
const SLICE_MS: f64 = 3.0;

/// Rows on their way to the clipboard.
pub(super) struct Copying {
    rows: Range<u64>,
    /// Rows that were asked for and are above the limit.
    left_out: u64,
    copied: u64,
    text: String,
}

impl Copying {
    /// Of some rows, as many as may be.
    pub(super) fn of(rows: Range<u64>) -> Self {
        let end = rows.end.min(rows.start.saturating_add(COPIED_MAX));
        Self { left_out: rows.end.saturating_sub(end), rows: rows.start..end, copied: 0, text: TSV_HEAD.into() }
    }

    /// Goes on for a frame's share; true when all is there.
    pub(super) fn advance(&mut self, live: &Live, reader: &Reader<'_>) -> bool {
        let begun = now_ms();
        while !self.rows.is_empty() && now_ms() - begun < SLICE_MS {
            let end = self.rows.end.min(self.rows.start + SLICE);
            for index in live.events(reader, self.rows.start..end) {
                if let Some(line) = tsv(reader, index, live.until(reader)) {
                    self.text.push('\n');
                    self.text.push_str(&line);
                    self.copied += 1;
                }
            }
            self.rows.start = end;
        }
        self.rows.is_empty()
    }

    /// The text, and what to say when it is on the clipboard.
    pub(super) fn finish(self) -> (String, String) {
        let rows = if self.copied == 1 { "1 row".into() } else { format!("{} rows", count(self.copied)) };
        let words = match self.left_out {
            0 => format!("Copied {rows}"),
            more => format!("Copied the first {rows}; {} more are above the limit", count(more)),
        };
        (self.text, words)
    }
}
