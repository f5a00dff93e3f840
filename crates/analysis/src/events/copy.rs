//! Copies rows of the table of events, a slice each frame, and says so.

use super::line::{TSV_HEAD, tsv};
use super::view::EventView;
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_recording::Reader;
use core::ops::Range;

/// Rows copied at most: some 8 MB of text.
pub const COPIED_MAX: u64 = 100_000;
/// Rows between two looks at the clock.
const SLICE: u64 = 512;
/// Time of a frame that copying may take, ms.
const SLICE_MS: f64 = 3.0;

/// Rows on their way to the clipboard.
pub struct Copying {
    rows: Range<u64>,
    /// Rows that were asked for and are above the limit.
    left_out: u64,
    copied: u64,
    text: String,
}

impl Copying {
    /// Of some rows, as many as may be.
    pub fn of(rows: Range<u64>) -> Self {
        let end = rows.end.min(rows.start.saturating_add(COPIED_MAX));
        Self { left_out: rows.end.saturating_sub(end), rows: rows.start..end, copied: 0, text: TSV_HEAD.into() }
    }

    /// Goes on for a frame's share; true when all is there.
    pub fn advance(
        &mut self,
        view: &EventView,
        reader: &Reader<'_>,
        names: &Names,
        clock_ms: impl Fn() -> f64,
    ) -> bool {
        let begun = clock_ms();
        while !self.rows.is_empty() && clock_ms() - begun < SLICE_MS {
            let end = self.rows.end.min(self.rows.start + SLICE);
            for index in view.events(reader, self.rows.start..end) {
                if let Some(line) = tsv(reader, index, view.until(reader), names) {
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
    pub fn finish(self) -> (String, String) {
        let rows = if self.copied == 1 { "1 row".into() } else { format!("{} rows", count(self.copied)) };
        let words = match self.left_out {
            0 => format!("Copied {rows}"),
            more => format!("Copied the first {rows}; {} more are above the limit", count(more)),
        };
        (self.text, words)
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::EventOrder;
    use super::super::view::Asked;
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};

    fn copied(rows: Range<u64>) -> (Vec<String>, String) {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        (0..COPIED_MAX + 10).for_each(|id| recorder.take(Event { id, ..Event::note(id, Op::Submit) }));
        recorder.publish();
        reader.refresh();
        view.step(&reader, Some(Asked::default()), EventOrder::default(), None, 3.0, || 0.0);
        let mut copying = Copying::of(rows);
        while !copying.advance(&view, &reader, &Names::engine(), || 0.0) {}
        let (text, words) = copying.finish();
        (text.lines().map(str::to_owned).collect(), words.replace('\u{a0}', " "))
    }

    #[test]
    fn rows_are_copied_below_their_head() {
        let (lines, words) = copied(5..8);
        assert_eq!((lines.len(), lines[0].as_str(), words.as_str()), (4, TSV_HEAD, "Copied 3 rows"));
        assert!(lines[1].starts_with("5\t5\t0\tsubmit\t") && lines[3].starts_with("7\t"));
        assert_eq!(copied(9..10).1, "Copied 1 row");
    }

    #[test]
    fn what_is_above_the_limit_is_told() {
        let (lines, words) = copied(0..COPIED_MAX + 10);
        assert_eq!(lines.len() as u64, COPIED_MAX + 1);
        assert_eq!(words, "Copied the first 100 000 rows; 10 more are above the limit");
    }
}
