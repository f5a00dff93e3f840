//! A recording as rows of figures, for the charts of a run that the engine does not know:
//! one that was opened from a file.
//!
//! Rows are of evenly spaced moments. What the recording does not tell is no number in
//! them; free space is what lay between live ranges, and what was given back to the pool
//! counts as idle.

use crate::moment::figures::Past;
use crate::pool::table::given_back_bytes;
use arenascope_recording::{Cursor, EventSeries, Reader};
use arenascope_telemetry::samples::{Sample, SampleLog, Series};
use core::ops::Range;
use std::rc::Rc;

/// Rows at most: more than a chart has columns.
const ROWS_MAX: u64 = 2_000;
/// Rows are no nearer to each other than this, µs, a frame of the engine: but in a run that is
/// so short that it has more events than frames.
const STEP_MIN_US: u64 = 16_667;
/// Where row numbers begin: no engine's log comes this far, so that what is cached of one
/// log is never taken for another's.
const FIRST_ROW: u64 = 1 << 48;
/// Between the first rows of two open runs: more than a run has events.
const ROWS_OF_RUN: u64 = 1 << 42;

/// Whether rows are of a recording, not of the engine.
pub fn is_recorded(log: &SampleLog) -> bool {
    log.rows().start >= FIRST_ROW
}

/// The rows of one run, made bit by bit.
pub struct RecordedSamples {
    log: Rc<SampleLog>,
    run: Range<u64>,
    end_us: u64,
    rows: u64,
    made: u64,
    cursor: Cursor,
}

impl RecordedSamples {
    /// Of the newest run of a recording; `place` is its place among the open runs.
    pub fn of(reader: &Reader<'_>, place: u64) -> Self {
        let run = reader.run();
        let end_us = run.end.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0);
        let rows = (end_us / STEP_MIN_US).max(end_us.min(run.end - run.start)).clamp(1, ROWS_MAX);
        let rows = if run.is_empty() { 0 } else { rows };
        // Of a file that is still read, the rows are others with each event that comes.
        let log = Rc::new(SampleLog::beginning_at(FIRST_ROW + place * ROWS_OF_RUN + run.end));
        Self { log, run, end_us, rows, made: 0, cursor: Cursor::new() }
    }

    /// Whether it is of the newest run.
    pub fn is_of(&self, reader: &Reader<'_>) -> bool {
        self.run == reader.run()
    }

    /// The rows so far.
    pub const fn log(&self) -> &Rc<SampleLog> {
        &self.log
    }

    /// Makes rows until all are there, or `is_over` says that it is enough for now.
    /// O(events between the rows + alive for each).
    pub fn advance(&mut self, reader: &Reader<'_>, series: &EventSeries, mut is_over: impl FnMut() -> bool) {
        while self.made < self.rows && !is_over() {
            self.made += 1;
            let time_us = self.end_us / self.rows * self.made + self.end_us % self.rows * self.made / self.rows;
            let position = reader.position_within(self.run.clone(), time_us + 1);
            let Some(state) = self.cursor.seek(reader, position) else { continue };
            self.log.append(&row(&Past::of(reader, series, state, None), time_us));
        }
    }
}

fn row(past: &Past, time_us: u64) -> Sample {
    let arena = &past.metrics.arena;
    past.row()
        .with(Series::TimeUs, time_us as f64)
        .with(Series::ArenaFree, arena.free_bytes as f64)
        .with(Series::ArenaLargestFree, arena.largest_free_bytes as f64)
        .with(Series::ExternalFragmentation, arena.external_fragmentation)
        .with(Series::FreeSpaceConcentration, arena.free_space_concentration)
        .with(Series::PoolPending, 0.0)
        .with(Series::PoolIdle, given_back_bytes(&past.metrics) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_units::owner::{MemoryCategory, Owner};

    /// A second in which 60 ranges of 64 B come, one each frame.
    fn recorded() -> EventLog {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event { size_bytes: 1 << 16, offset_bytes: 1_024, ..Event::note(0, Op::RunStart) });
        for id in 1..=60_u64 {
            let owner = Owner::from(MemoryCategory::ECS);
            let offset_bytes = 1_024 + 64 * id;
            recorder.take(Event {
                id,
                owner,
                size_bytes: 64,
                offset_bytes,
                ..Event::note(id * 20_000, Op::ArenaAllocate)
            });
        }
        recorder.publish();
        log
    }

    #[test]
    fn an_opened_run_has_rows_from_its_beginning_to_its_end() {
        let log = recorded();
        let (mut reader, mut series) = (Reader::new(&log), EventSeries::new());
        reader.refresh();
        series.update(&reader);
        let mut samples = RecordedSamples::of(&reader, 0);
        let mut calls = 0;
        let mut some = || {
            calls += 1;
            calls > 10
        };
        samples.advance(&reader, &series, &mut some);
        assert_eq!(samples.log().rows().count(), 10, "no more than the frame's share");
        samples.advance(&reader, &series, || false);
        let rows = samples.log().rows();
        assert_eq!((rows.start, rows.clone().count()), (FIRST_ROW + 61, 71));
        assert!(is_recorded(samples.log()) && !is_recorded(&SampleLog::new()));
        let other = RecordedSamples::of(&reader, 1);
        assert_ne!(other.log().rows().start, rows.start, "what is cached of one is not taken for the other");
        let get = |row, series| samples.log().get(row, series).unwrap();
        assert_eq!((get(rows.end - 1, Series::TimeUs), get(rows.end - 1, Series::ArenaUsed)), (1_200_000.0, 3_840.0));
        assert_eq!(get(rows.end - 1, Series::BudgetEcs), 3_840.0);
        assert_eq!(get(rows.end - 1, Series::ArenaFree), f64::from((1 << 16) - 1_024 - 3_840));
        assert!(get(rows.start, Series::ArenaUsed) < 128.0);
        assert!(get(rows.start, Series::WastePolicy).is_nan(), "nobody tells");
        assert!(samples.is_of(&reader));
    }

    #[test]
    fn a_run_shorter_than_a_frame_has_rows_all_the_same() {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        (0..100).for_each(|time_us| {
            recorder.take(Event::note(time_us, if time_us == 0 { Op::RunStart } else { Op::Mark }))
        });
        recorder.publish();
        let (mut reader, series) = (Reader::new(&log), EventSeries::new());
        reader.refresh();
        let mut samples = RecordedSamples::of(&reader, 0);
        samples.advance(&reader, &series, || false);
        assert_eq!(samples.log().rows().count(), 99);
    }
}
