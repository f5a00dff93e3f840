//! The columns on the timeline's chart: those of its zoom, or, until they are all there, of the
//! zoom before.

use super::navigation::Timeline;
use crate::analysis::timeline::columns::{EventAxis, EventColumns, EventGrid};
use crate::analysis::timeline::fitted_tops::FittedTops;
use crate::analysis::timeline::tracks::{Track, seen};
use crate::recording::Metric;
use crate::telemetry::event::THREADS;

/// Columns computed in a frame at most: what is missing comes with the next ones.
const COLUMNS_PER_FRAME: u64 = 300;

/// What is shown, and what is coming.
pub(super) struct ShownColumns {
    pub(super) columns: EventColumns,
    pub(super) axis: EventAxis,
    /// Those of another zoom, until they are all there.
    coming: Option<EventColumns>,
    tops: [u64; THREADS],
    /// The tops of the metrics' scales.
    pub(super) scales: FittedTops,
}

impl ShownColumns {
    /// Of no recording yet.
    pub(super) fn new() -> Self {
        let (columns, scales) = (EventColumns::new(EventAxis::Time), FittedTops::default());
        Self { columns, axis: EventAxis::Time, coming: None, tops: [0; THREADS], scales }
    }

    /// Brings them up to the recording, within a bound. True where all of the grid are there.
    pub(super) fn bring_up(&mut self, timeline: Timeline, grid: EventGrid) -> bool {
        let axis = timeline.axis();
        let is_of_run = timeline.recording.read(|reader, _| self.columns.is_of_run(reader));
        if self.axis != axis || !is_of_run {
            (self.axis, self.columns, self.coming) = (axis, EventColumns::new(axis), None);
        }
        let (shown, coming) = (&mut self.columns, &mut self.coming);
        timeline.recording.read_all(|reader, series, index| {
            if shown.is_of(reader, grid) || shown.columns().next().is_none() {
                *coming = None;
                shown.update(reader, series, index, grid, COLUMNS_PER_FRAME);
                return shown.covers(reader, grid);
            }
            let columns = coming.get_or_insert_with(|| EventColumns::new(axis));
            columns.update(reader, series, index, grid, COLUMNS_PER_FRAME);
            let is_whole = columns.covers(reader, grid);
            if is_whole && let Some(columns) = coming.take() {
                *shown = columns;
            }
            is_whole
        })
    }

    /// The top of a row's scale. Those of threads depend on the zoom: they change where the
    /// busiest column outgrows them, or needs but a quarter.
    pub(super) fn top_of(&mut self, track: Track, highest: &[u64; Metric::ALL.len()]) -> u64 {
        match track {
            Track::Metric(metric) => self.scales.top(metric, highest[metric.index()]),
            Track::Thread(thread) => {
                let busiest = seen(&self.columns, track, 0, u64::MAX).map_or(0, |extremes| extremes.high);
                let top = &mut self.tops[usize::from(thread) % THREADS];
                if busiest > *top || busiest < *top / 4 {
                    *top = track.top(busiest);
                }
                *top
            }
        }
    }
}
