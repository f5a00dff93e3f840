//! Usage by category of a run that another tool recorded: up to sixteen categories, read of
//! the recording itself for each column of pixels, not of samples.

use crate::chart::axis_range::ByteAxis;
use crate::chart::columns::Grid;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure};
use crate::chart::ticks::byte_ticks;
use crate::run::names::Names;
use arenascope_recording::{AllExtremes, Metric};
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::Bytes;
use arenascope_units::owner::MemoryCategory;
use std::sync::Arc;

/// The smallest axis: small files are not drawn as flat lines.
const FLOOR: Bytes = Bytes::new(1 << 10);

/// The extremes of all metrics from each of some times to the next, µs: what was held before
/// is included.
pub type Sweep = Box<dyn Fn(&[u64]) -> Vec<Option<AllExtremes>>>;

/// The categories of a run, stacked, and over them how high all of it was.
pub struct RecordedUsagePlot {
    names: Arc<Names>,
    sweep: Sweep,
    /// By column: when, and what was seen in it.
    columns: Vec<(f64, AllExtremes)>,
    axis: ByteAxis,
    top: Bytes,
    rows: usize,
}

impl RecordedUsagePlot {
    /// Of a run with these names, of which nothing was read yet.
    pub fn new(names: Arc<Names>, sweep: Sweep) -> Self {
        let axis = ByteAxis::from(FLOOR);
        Self { names, sweep, columns: Vec::new(), axis, top: FLOOR, rows: 0 }
    }

    fn at(&self, time_us: f64) -> Option<AllExtremes> {
        let time_us = time_us.max(0.0) as u64 + 1;
        (self.sweep)(&[time_us, time_us]).into_iter().flatten().next()
    }

    /// The edge of the stack over each category at a moment, from the lowest.
    fn levels(&self, all: &AllExtremes) -> Vec<(MemoryCategory, f64)> {
        let mut sum = 0;
        let level = |category| {
            sum += all[Metric::of(category).index()].last;
            (category, sum as f64)
        };
        self.names.categories().map(level).collect()
    }
}

impl Plot for RecordedUsagePlot {
    fn keys(&self) -> Vec<Key> {
        let key = |category| Key {
            label: self.names.category(category).to_owned().into(),
            paint: Paint::Category(category),
            stroke: Stroke::Area,
        };
        self.names.categories().map(key).collect()
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        let end_us = log.rows().last().map_or(f64::NAN, |row| figure(log, row, Series::TimeUs));
        let (middles, borders) = borders(screen.grid, end_us);
        let swept = (self.sweep)(&borders);
        self.columns = middles.into_iter().zip(swept).filter_map(|(at, all)| Some((at, all?))).collect();
        let highest = self.columns.iter().map(|(_, all)| highest(all)).max().unwrap_or(0);
        (self.top, self.rows) = (self.axis.update(Bytes::new(highest), screen.now), screen.rows);
    }

    fn panes(&self) -> Vec<Pane> {
        let levels: Vec<_> = self.columns.iter().map(|(at, all)| (*at, self.levels(all))).collect();
        // From the top of the stack down, each over the one before.
        let area = |place: usize, category| Shape {
            paint: Paint::Category(category),
            stroke: Stroke::Area,
            points: levels.iter().filter_map(|(at, levels)| Some((*at, levels.get(place)?.1))).collect(),
        };
        let mut shapes: Vec<Shape> =
            self.names.categories().enumerate().map(|(place, category)| area(place, category)).collect();
        shapes.reverse();
        shapes.push(Shape {
            paint: Paint::Dim,
            stroke: Stroke::Line,
            points: self.columns.iter().map(|(at, all)| (*at, highest(all) as f64)).collect(),
        });
        let axis = Axis { top: self.top.get() as f64, ticks: byte_ticks(self.top, self.rows), limit: None };
        vec![Pane { share: 1.0, axis, shapes }]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        let all = self.at(figure(log, row, Series::TimeUs));
        let text = |category| {
            let bytes = all.as_ref().map(|all| Bytes::new(all[Metric::of(category).index()].last));
            bytes.map_or_else(|| "–".into(), |bytes| bytes.to_string())
        };
        self.names.categories().map(text).collect()
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        let levels = self.at(figure(log, row, Series::TimeUs)).map(|all| self.levels(&all)).unwrap_or_default();
        levels.into_iter().map(|(category, level)| (0, level, Paint::Category(category))).collect()
    }

    fn summary(&self) -> String {
        let Some((_, last)) = self.columns.last() else {
            return "Usage by category: no data in this window".into();
        };
        let highest = Bytes::new(self.columns.iter().map(|(_, all)| highest(all)).max().unwrap_or(0));
        let held = |category: &MemoryCategory| last[Metric::of(*category).index()].last;
        let now = Bytes::new(self.names.categories().map(|category| held(&category)).sum());
        let most = self.names.categories().max_by_key(held);
        let most = most.map(|most| format!("; most is {} with {}", self.names.category(most), Bytes::new(held(&most))));
        format!("Usage {now}, highest {highest} in this window{}", most.unwrap_or_default())
    }
}

/// The most that was live at once: exact where one heap alone holds something, no less than
/// it was where both do.
fn highest(all: &AllExtremes) -> u64 {
    [Metric::ArenaBytes, Metric::DeviceBytes].map(|metric| all[metric.index()].high).iter().sum()
}

/// The middles of the columns of a grid up to the end of the run, and the times between them.
fn borders(grid: Grid, end_us: f64) -> (Vec<f64>, Vec<u64>) {
    let start = |column: i64| column as f64 * grid.column_us;
    let first = grid.first.max(0);
    let columns: Vec<i64> = (first..grid.end()).take_while(|column| start(*column) <= end_us).collect();
    let middles = columns.iter().map(|column| (start(*column) + start(*column + 1)) / 2.0).collect();
    let after = columns.last().map_or(first, |last| last + 1);
    (middles, (first..=after).map(|column| start(column).ceil() as u64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::window::TimeSpan;
    use arenascope_recording::{EventLog, EventSeries, Reader, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_trace::Manifest;
    use arenascope_units::Micros;
    use arenascope_units::owner::Owner;

    /// Ten categories, each of which takes 1 KiB at its hundredth microsecond; the second one
    /// gives it back.
    fn plot() -> RecordedUsagePlot {
        let mut manifest = Manifest::of("test", "Test");
        (0..10).for_each(|number| {
            manifest.category(&format!("Part {number}"));
        });
        let log: &'static EventLog = Box::leak(Box::default());
        let mut recorder = Recorder::new(log);
        recorder.take(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) });
        for id in 1..=10_u64 {
            let owner = Owner::from(MemoryCategory::every()[id as usize - 1]);
            let event = Event {
                id,
                owner,
                size_bytes: 1_024,
                offset_bytes: 1_024 * id,
                ..Event::note(100 * id, Op::ArenaAllocate)
            };
            recorder.take(event);
        }
        let owner = Owner::from(MemoryCategory::every()[1]);
        recorder.take(Event {
            id: 2,
            owner,
            size_bytes: 1_024,
            offset_bytes: 2_048,
            ..Event::note(1_000, Op::ArenaFree)
        });
        recorder.publish();
        let mut reader = Reader::new(log);
        reader.refresh();
        let mut series = EventSeries::new();
        series.update(&reader);
        let sweep = move |times: &[u64]| {
            let positions: Vec<u64> = times.iter().map(|time_us| reader.position_at(*time_us)).collect();
            series.sweep(&reader, &positions)
        };
        RecordedUsagePlot::new(Arc::new(Names::of(&manifest, [].into())), Box::new(sweep))
    }

    fn row_at(time_us: f64) -> SampleLog {
        let log = SampleLog::new();
        log.append(&arenascope_telemetry::samples::Sample([f64::NAN; Series::COUNT]).with(Series::TimeUs, time_us));
        log
    }

    #[test]
    fn every_category_of_a_short_run_is_drawn_and_read() {
        let mut plot = plot();
        let log = row_at(1_000.0);
        let grid = Grid::over(TimeSpan { start_us: 0.0, end_us: 1_000.0 }, 100);
        plot.update(&log, Screen { grid, rows: 4, now: Micros::new(0) });
        let panes = plot.panes();
        assert_eq!((panes[0].shapes.len(), panes[0].axis.top), (11, 12.0 * 1_024.0));
        let end = |shape: usize| panes[0].shapes[shape].points.last().unwrap().1;
        assert_eq!((end(0), end(9), end(10)), (9_216.0, 1_024.0, 10_240.0), "the stack, its lowest, the highest");
        assert_eq!(plot.keys().len(), 10);
        let read = plot.read(&log, 0);
        assert_eq!((read[0].as_str(), read[1].as_str(), read[9].as_str()), ("1.0 KiB", "0 B", "1.0 KiB"));
        assert_eq!(plot.read(&row_at(250.0), 0)[1..3], ["1.0 KiB", "0 B"]);
        assert_eq!(plot.marks(&log, 0).last().map(|mark| mark.1), Some(9_216.0));
        assert_eq!(plot.summary(), "Usage 9.0 KiB, highest 10.0 KiB in this window; most is Part 9 with 1.0 KiB");
    }

    #[test]
    fn a_run_without_events_is_an_empty_chart() {
        let mut plot = RecordedUsagePlot::new(Arc::new(Names::engine()), Box::new(|_| Vec::new()));
        let grid = Grid::over(TimeSpan { start_us: 0.0, end_us: 1_000.0 }, 100);
        plot.update(&SampleLog::new(), Screen { grid, rows: 4, now: Micros::new(0) });
        assert_eq!(plot.summary(), "Usage by category: no data in this window");
        assert!(plot.panes()[0].shapes.iter().all(|shape| shape.points.is_empty()));
    }
}
