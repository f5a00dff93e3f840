//! Used bytes that nobody asked for, by cause, stacked; below, what caches hold.

use crate::chart::axis_range::ByteAxis;
use crate::chart::columns::ColumnCache;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure};
use crate::chart::ticks::byte_ticks;
use arenascope_telemetry::metrics::Metrics;
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::Bytes;

const CAUSES: usize = Series::WASTE.len();
const TOTAL: usize = CAUSES - 1;
const CACHED: usize = CAUSES;
/// The part of the height that is for the caches.
const CACHED_SHARE: f64 = 0.36;
/// Waste is small beside usage: axes begin here.
const FLOOR: Bytes = Bytes::kib(4);

/// The causes for the legend, in the order of [`Series::WASTE`].
const LABELS: [&str; CAUSES] = ["granule", "policy", "threads' slots", "canaries"];
/// Their colours: those of threads are the ones that are made to be told apart.
const PAINTS: [Paint; CAUSES] = [Paint::Thread(0), Paint::Thread(1), Paint::Thread(2), Paint::Thread(4)];

/// Internal waste by cause, and cached bytes.
pub struct WastePlot {
    columns: ColumnCache<{ CAUSES + 1 }>,
    axes: [ByteAxis; 2],
    tops: [Bytes; 2],
    rows: usize,
}

impl WastePlot {
    /// A plot that has seen no sample yet: its axes are the smallest.
    pub const fn new() -> Self {
        let axes = [ByteAxis::from(FLOOR), ByteAxis::from(FLOOR)];
        Self { columns: ColumnCache::new(figures), axes, tops: [Bytes::ZERO; 2], rows: 0 }
    }

    fn axis(&self, pane: usize, share: f64) -> Axis {
        let top = self.tops[pane];
        let room = (self.rows as f64 * share) as usize;
        Axis { top: top.get() as f64, ticks: byte_ticks(top, room), limit: None }
    }
}

impl Default for WastePlot {
    fn default() -> Self {
        Self::new()
    }
}

impl Plot for WastePlot {
    fn keys(&self) -> Vec<Key> {
        let cause = |index: usize| Key { label: LABELS[index].into(), paint: PAINTS[index], stroke: Stroke::Area };
        let cached = Key { label: "cached".into(), paint: Paint::First, stroke: Stroke::Line };
        (0..CAUSES).map(cause).chain([cached]).collect()
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        self.columns.update(log, screen.grid);
        for (pane, figure) in [TOTAL, CACHED].into_iter().enumerate() {
            self.tops[pane] = self.axes[pane].update(Bytes::new(self.columns.high(figure) as u64), screen.now);
        }
        self.rows = screen.rows;
    }

    fn panes(&self) -> Vec<Pane> {
        // From the top of the stack down, each over the one before.
        let area =
            |cause: usize| Shape { paint: PAINTS[cause], stroke: Stroke::Area, points: self.columns.line(cause) };
        let cached = Shape { paint: Paint::First, stroke: Stroke::Line, points: self.columns.line(CACHED) };
        let share = 1.0 - CACHED_SHARE;
        vec![
            Pane { share, axis: self.axis(0, share), shapes: (0..CAUSES).rev().map(area).collect() },
            Pane { share: CACHED_SHARE, axis: self.axis(1, CACHED_SHARE), shapes: vec![cached] },
        ]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        let series = Series::WASTE.into_iter().chain([Series::ArenaCached]);
        series.map(|series| bytes_text(figure(log, row, series))).collect()
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        let values = figures(log, row);
        let causes = (0..CAUSES).map(|cause| (0, values[cause], PAINTS[cause]));
        causes.chain([(1, values[CACHED], Paint::First)]).collect()
    }

    fn hints(&self, _metrics: &Metrics) -> Vec<String> {
        [
            "Rounding up to the granule of 16 B",
            "What the policy sets aside beyond that: size classes, powers of two",
            "What threads' caches give out beyond what is asked: the granule, and larger slots",
            "Canaries of guards, around each allocation",
            "In threads' caches and the guards' quarantine: neither used nor in a free range",
        ]
        .map(Into::into)
        .to_vec()
    }

    fn summary(&self) -> String {
        let Some(total) = self.columns.last(TOTAL) else {
            return "Internal waste: no data in this window".into();
        };
        let [total, highest] = [total, self.columns.high(TOTAL)].map(|bytes| Bytes::new(bytes as u64));
        let cached = Bytes::new(self.columns.last(CACHED).unwrap_or(0.0) as u64);
        format!("Internal waste {total}, highest {highest} in this window; {cached} cached")
    }
}

/// The edges of the stack, and the cached bytes.
fn figures(log: &SampleLog, row: u64) -> [f64; CAUSES + 1] {
    let mut values = [0.0; CAUSES + 1];
    let mut sum = 0.0;
    for (value, series) in values.iter_mut().zip(Series::WASTE) {
        sum += figure(log, row, series);
        *value = sum;
    }
    values[CACHED] = figure(log, row, Series::ArenaCached);
    values
}

/// A dash where there is no row.
fn bytes_text(value: f64) -> String {
    if value.is_nan() { "–".into() } else { Bytes::new(value as u64).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::{log_of, screen_of};
    use arenascope_telemetry::samples::Sample;

    fn row(sample: Sample, at: f64) -> Sample {
        let sample = sample.with(Series::WasteGranule, 1000.0).with(Series::WastePolicy, 2000.0 * at);
        sample.with(Series::WasteGuards, 500.0).with(Series::ArenaCached, 64_000.0)
    }

    #[test]
    fn causes_are_stacked_and_caches_apart() {
        let log = log_of(5, row);
        let mut plot = WastePlot::new();
        plot.update(&log, screen_of(5));
        let panes = plot.panes();
        let tops: Vec<f64> = panes[0].shapes.iter().map(|shape| shape.points[4].1).collect();
        assert_eq!(tops, [9500.0, 9000.0, 9000.0, 1000.0]);
        assert_eq!(panes[1].shapes[0].points[4].1, 64_000.0);
        assert_eq!((panes[0].axis.top, panes[1].axis.top), (12.0 * 1024.0, 64.0 * 1024.0));
    }

    #[test]
    fn a_row_reads_its_own_values_not_the_sums() {
        let (log, plot) = (log_of(5, row), WastePlot::new());
        assert_eq!(plot.read(&log, 3), ["1000 B", "5.9 KiB", "0 B", "500 B", "62.5 KiB"]);
        assert_eq!((plot.read(&log, 9)[0].as_str(), plot.keys().len()), ("–", plot.read(&log, 0).len()));
    }

    #[test]
    fn words_for_who_does_not_see_it() {
        let mut plot = WastePlot::new();
        assert_eq!(plot.summary(), "Internal waste: no data in this window");
        plot.update(&log_of(3, row), screen_of(3));
        assert_eq!(plot.summary(), "Internal waste 5.4 KiB, highest 5.4 KiB in this window; 62.5 KiB cached");
    }
}
