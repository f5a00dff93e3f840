//! The rows of a timeline: which there are, and what each shows of the columns,
//! in whole pixels.

use super::columns::{EventColumn, EventColumns};
use super::landmarks::Landmark;
use crate::chart::axis_range::nice_top;
use crate::chart::plot::Paint;
use crate::chart::window::TimeSpan;
use crate::numbers::text::count;
use crate::run::names::Names;
use crate::run::threads::thread_name;
use arenascope_recording::{Extremes, Metric};
use arenascope_units::Bytes;
use arenascope_units::owner::MemoryCategory;

/// A row of the Timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// A metric over time.
    Metric(Metric),
    /// How busy a thread is: its events in each column. By ring.
    Thread(u8),
}

impl Track {
    /// The rows of a run with these names: each of its metrics, and the threads that said
    /// anything. `highest` are the highest values of the run: of one that another tool
    /// recorded, heaps and categories that never hold anything are left out.
    pub fn rows(names: &Names, highest: &[u64; Metric::ALL.len()], threads: impl IntoIterator<Item = u8>) -> Vec<Self> {
        let is_used = |metric: &Metric| names.is_engine() || highest[metric.index()] > 0;
        let metrics = names.metrics().filter(is_used).map(Self::Metric);
        metrics.chain(threads.into_iter().map(Self::Thread)).collect()
    }

    /// The name of the row for people, in a run with these names.
    pub fn label(self, names: &Names) -> String {
        match self {
            Self::Metric(metric) => names.metric(metric).into(),
            Self::Thread(thread) => thread_name(thread, names),
        }
    }

    /// What it counts, for the tooltip.
    pub const fn hint(self, names: &Names) -> &'static str {
        match self {
            Self::Metric(Metric::ArenaBytes) if !names.is_engine() => "Bytes of live allocations with an address",
            Self::Metric(Metric::ArenaRanges) if !names.is_engine() => "Live allocations with an address",
            Self::Metric(Metric::DeviceBytes) if !names.is_engine() => "Bytes of live allocations without an address",
            Self::Metric(Metric::Category(_)) if !names.is_engine() => "Bytes of this category, live",
            Self::Metric(Metric::ReservedBytes) => "Bytes of segments or blocks, whether anybody holds them or not",
            Self::Metric(Metric::ArenaBytes) => "Bytes set aside in the arena",
            Self::Metric(Metric::ArenaRanges) => "Live ranges of the arena",
            Self::Metric(Metric::DeviceBytes) => "Bytes of GPU buffers and textures that exist",
            Self::Metric(Metric::NpuBytes) => "Bytes of tensors and graphs on the neural-network device",
            Self::Metric(_) => "Bytes of this category, in the arena and on both devices",
            Self::Thread(_) => "Events of this thread in each column of pixels",
        }
    }

    /// Its colour: that of where the memory lives.
    pub const fn paint(self) -> Paint {
        match self {
            Self::Metric(Metric::ArenaBytes) => Paint::First,
            Self::Metric(Metric::ArenaRanges | Metric::ReservedBytes) => Paint::Dim,
            Self::Metric(Metric::DeviceBytes) => Paint::Category(MemoryCategory::GPU_BUFFERS),
            Self::Metric(Metric::NpuBytes) => Paint::Category(MemoryCategory::NPU_MODELS),
            Self::Metric(Metric::Category(category)) => Paint::Category(category),
            Self::Thread(thread) => Paint::Thread(thread),
        }
    }

    /// A value of it, with its unit.
    pub fn value(self, value: u64) -> String {
        match self {
            Self::Metric(Metric::ArenaRanges) | Self::Thread(_) => count(value),
            Self::Metric(_) => Bytes::new(value).to_string(),
        }
    }

    /// What a column shows of it; `None` where nothing is known.
    pub fn extremes(self, column: &EventColumn) -> Option<Extremes> {
        match self {
            Self::Metric(metric) => column.of(metric),
            Self::Thread(thread) => {
                let events = u64::from(column.counts.of_thread(usize::from(thread)));
                column.extremes.map(|_| Extremes { low: 0, high: events, last: events })
            }
        }
    }

    /// The top of its scale, for the highest value of the run: one that stands
    /// still while a window moves, so that heights can be compared.
    pub fn top(self, highest: u64) -> u64 {
        match self {
            Self::Metric(Metric::ArenaRanges) | Self::Thread(_) => nice_count(highest),
            Self::Metric(_) => nice_top(Bytes::new(highest)).get(),
        }
    }
}

/// The smallest of 4, 8, 16, 32, … that holds a count.
fn nice_count(highest: u64) -> u64 {
    highest.max(4).checked_next_power_of_two().unwrap_or(u64::MAX)
}

/// A run of equal pixels of a row: from the left, and how high, in pixels above
/// the row's foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The first pixel, from the row's left.
    pub x: i32,
    /// The pixel after its last.
    pub end: i32,
    /// Up to here it is always filled.
    pub low: i32,
    /// Up to here it was filled at some moment; above `low` by one at least.
    pub high: i32,
}

/// Where places of an axis lie on pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelScale {
    /// What is on screen, in the axis' unit.
    pub span: TimeSpan,
    /// Pixels that the axis is wide.
    pub width: u32,
}

impl PixelScale {
    /// The pixel of a place, not rounded.
    pub fn x(self, place: f64) -> f64 {
        (place - self.span.start_us) / self.span.width_us().max(1e-9) * f64::from(self.width)
    }

    /// The width of a pixel, in the axis' unit.
    pub fn pixel(self) -> f64 {
        self.span.width_us().max(1e-9) / f64::from(self.width.max(1))
    }

    /// The same, moved right by less than a pixel, so that it begins on one: two of them
    /// share their pixels.
    #[must_use]
    pub fn on_whole_pixels(self) -> Self {
        let (pixel, width_us) = (self.pixel(), self.span.width_us());
        let start_us = (self.span.start_us / pixel).ceil() * pixel;
        Self { span: TimeSpan { start_us, end_us: start_us + width_us }, ..self }
    }

    /// With the same pixels, but from so many to the left of it, and so many wider.
    #[must_use]
    pub fn with_room(self, left_px: i64, room_px: u32) -> Self {
        let (pixel, width) = (self.pixel(), self.width + room_px);
        let start_us = self.span.start_us - left_px as f64 * pixel;
        Self { span: TimeSpan { start_us, end_us: start_us + pixel * f64::from(width) }, width }
    }

    /// The place of a pixel.
    pub fn place(self, x: f64) -> f64 {
        self.span.start_us + x / f64::from(self.width.max(1)) * self.span.width_us()
    }
}

/// The pixels of one row: exact extremes of every column that touches them.
/// `height` is that of the value `top`; columns before `first` are left out. O(columns).
pub fn bars(columns: &EventColumns, first: u64, track: Track, scale: PixelScale, top: u64, height: u32) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    let mut pixel: Option<(i32, i32, Extremes)> = None;
    let doublings = columns.doublings();
    let right = scale.width as i32;
    for (number, column) in columns.columns_from(first) {
        let x = |number: u64| scale.x((number << doublings) as f64).floor().clamp(-1.0, f64::from(right) + 1.0) as i32;
        let (from, to) = (x(number), x(number + 1));
        let visible = (from >= 0 || to > 0) && from < right;
        let Some(extremes) = track.extremes(column).filter(|_| visible) else { continue };
        let (from, to) = (from.max(0), to.min(right));
        // A column that is narrower than a pixel still shows on the one it is on.
        let to = to.max(from + 1);
        pixel = Some(match pixel {
            Some((start, end, sum)) if from < end => (start, to.max(end), sum.then(extremes)),
            done => {
                push(&mut bars, done, top, height);
                (from, to, extremes)
            }
        });
    }
    push(&mut bars, pixel, top, height);
    bars
}

fn push(bars: &mut Vec<Bar>, pixel: Option<(i32, i32, Extremes)>, top: u64, height: u32) {
    let Some((x, end, extremes)) = pixel else { return };
    let scaled = |value: u64| (value as f64 / top.max(1) as f64 * f64::from(height)).min(f64::from(height));
    // What is not nothing is seen.
    let up = |value: u64| if value == 0 { 0 } else { (scaled(value).round() as i32).max(1) };
    let (low, high) = (up(extremes.low), up(extremes.high));
    let bar = Bar { x, end, low: low.min(high - 1).max(0), high };
    match bars.last_mut() {
        Some(last) if last.end == x && (last.low, last.high) == (bar.low, bar.high) => last.end = end,
        _ => bars.push(bar),
    }
}

/// Where failures, changes of pressure and losses lie: the pixel and what, in the
/// order of [`Landmark::MARKED`] at each pixel; columns before `first` are left out.
pub fn marks(columns: &EventColumns, first: u64, scale: PixelScale) -> Vec<(i32, Landmark)> {
    let mut marks: Vec<(i32, Landmark)> = Vec::new();
    for (number, column) in columns.columns_from(first) {
        let x = scale.x((number << columns.doublings()) as f64).floor();
        if !(0.0..f64::from(scale.width)).contains(&x) {
            continue;
        }
        for (landmark, events) in column.counts.marks() {
            let mark = (x as i32, landmark);
            if events > 0 && !marks.iter().rev().take(Landmark::MARKED.len()).any(|seen| *seen == mark) {
                marks.push(mark);
            }
        }
    }
    marks
}

/// Lowest and highest of a row over the columns of a span, and its events where
/// it counts them: what is written beside the row.
pub fn seen(columns: &EventColumns, track: Track, first: u64, end: u64) -> Option<Extremes> {
    let visible = columns.columns().filter(|(number, _)| (first..end).contains(number));
    visible.filter_map(|(_, column)| track.extremes(column)).reduce(Extremes::then)
}

#[cfg(test)]
mod tests {
    use super::super::columns::{EventAxis, EventGrid};
    use super::*;
    use crate::recordings::event_index::EventIndex;
    use arenascope_recording::{EventLog, EventSeries, Reader, Recorder};
    use arenascope_telemetry::event::{Event, FailureReason, Op};
    use arenascope_units::owner::Owner;

    const ARENA: Track = Track::Metric(Metric::ArenaBytes);

    /// `count` allocations of 16 bytes, each freed at once, a microsecond apart;
    /// the one in the middle has `spike` bytes, and is followed by a failure.
    fn columns(log: &EventLog, count: u64, spike: u64, pixels: u32) -> (EventColumns, EventGrid) {
        let mut recorder = Recorder::new(log);
        recorder.take(Event { size_bytes: 1 << 30, ..Event::note(0, Op::RunStart) });
        for id in 0..count {
            let size_bytes = if id == count / 2 { spike } else { 16 };
            let event = |op| Event { id, size_bytes, owner: Owner::from(MemoryCategory::ECS), ..Event::note(id, op) };
            recorder.take(event(Op::ArenaAllocate));
            recorder.take(event(Op::ArenaFree));
            if id == count / 2 {
                recorder.take(Event { detail: FailureReason::Full as u8, ..event(Op::ArenaFailure) });
            }
        }
        recorder.publish();
        let mut reader = Reader::new(log);
        reader.refresh();
        let (mut series, mut index, mut columns) =
            (EventSeries::new(), EventIndex::new(), EventColumns::new(EventAxis::Time));
        series.update(&reader);
        index.update(&reader, u64::MAX);
        let grid = EventGrid::over(0, count - 1, pixels);
        columns.update(&reader, &series, &index, grid, u64::MAX);
        (columns, grid)
    }

    fn scale(grid: EventGrid, width: u32) -> PixelScale {
        let span = TimeSpan { start_us: 0.0, end_us: (grid.end << grid.doublings) as f64 };
        PixelScale { span, width }
    }

    #[test]
    fn one_event_among_many_is_seen_at_full_zoom_out() {
        let log = EventLog::default();
        let (columns, grid) = columns(&log, 100_000, 1 << 20, 700);
        let bars = bars(&columns, 0, ARENA, scale(grid, 700), 1 << 20, 40);
        let high: Vec<_> = bars.iter().filter(|bar| bar.high == 40).collect();
        assert_eq!(high.len(), 1);
        assert_eq!((high[0].end - high[0].x, high[0].low), (1, 0));
        let middle = scale(grid, 700).x(50_000.0) as i32;
        assert!((high[0].x - middle).abs() <= 1, "{} and {middle}", high[0].x);
        let marks = marks(&columns, 0, scale(grid, 700));
        assert_eq!(marks, [(high[0].x, Landmark::FailedAllocation)]);
    }

    #[test]
    fn a_part_of_the_columns_is_drawn_as_all_of_them_are() {
        let log = EventLog::default();
        let (columns, grid) = columns(&log, 10_000, 1 << 20, 700);
        for width in [90, 500, 700, 1_111] {
            let scale = scale(grid, width);
            let from = columns.columns().count() as u64 / 2 - 10;
            let left = scale.x((from << grid.doublings) as f64).floor() as i32;
            let pixels = |bars: &[Bar]| -> Vec<(i32, i32, i32)> {
                let all = bars.iter().flat_map(|bar| (bar.x..bar.end).map(|x| (x, bar.low, bar.high)));
                all.filter(|(x, ..)| *x >= left).collect()
            };
            let [all, part] = [0, from - 8].map(|first| bars(&columns, first, ARENA, scale, 1 << 20, 40));
            assert!(pixels(&all).len() > 40 && pixels(&all) == pixels(&part), "{width}");
            let seen =
                |first| marks(&columns, first, scale).into_iter().filter(|(x, _)| *x >= left).collect::<Vec<_>>();
            assert_eq!((seen(0).len(), seen(0)), (1, seen(from - 8)), "{width}");
        }
    }

    #[test]
    fn bars_lie_side_by_side_and_equal_ones_are_one() {
        let log = EventLog::default();
        let (columns, grid) = columns(&log, 1_000, 1 << 20, 700);
        for width in [90, 700, 3_000] {
            let bars = bars(&columns, 0, ARENA, scale(grid, width), 1 << 20, 40);
            assert_eq!((bars[0].x, bars[bars.len() - 1].end <= width as i32), (0, true), "{width}");
            assert!(bars.windows(2).all(|pair| pair[0].end <= pair[1].x), "{width}");
            assert!(bars.len() <= 5, "{width}: {bars:?}");
            assert!(bars.iter().all(|bar| bar.low < bar.high), "{width}");
        }
    }

    #[test]
    fn windows_on_whole_pixels_share_them() {
        let window = |end_us: f64| PixelScale { span: TimeSpan { start_us: end_us - 30e6, end_us }, width: 997 };
        let first = window(31.007e6).on_whole_pixels();
        assert!((0.0..first.pixel()).contains(&(first.span.start_us - 1.007e6)));
        for passed_us in [0.0, 12e3, 30e3, 1e6, 5.4321e6] {
            let later = window(31.007e6 + passed_us).on_whole_pixels();
            let moved = (later.span.start_us - first.span.start_us) / first.pixel();
            assert!((moved - moved.round()).abs() < 1e-6, "{moved}");
            let roomy = later.with_room(moved.round() as i64, 256);
            assert!((roomy.span.start_us - first.span.start_us).abs() < 1e-3 && roomy.width == 997 + 256);
            let place = later.span.end_us - 1e6;
            assert!((roomy.x(place) - later.x(place) - moved).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_not_known_is_not_drawn() {
        let log = EventLog::default();
        let (columns, grid) = columns(&log, 10, 64, 10);
        let threads = bars(&columns, 0, Track::Thread(3), scale(grid, 10), 4, 40);
        assert!(threads.iter().all(|bar| bar.high == 0));
        let beyond = PixelScale { span: TimeSpan { start_us: 1e6, end_us: 2e6 }, width: 10 };
        assert_eq!(bars(&columns, 0, ARENA, beyond, 64, 40), []);
        assert_eq!(seen(&columns, ARENA, 0, 10).map(|range| (range.low, range.high)), Some((0, 64)));
        assert_eq!(seen(&columns, ARENA, 90, 100), None);
    }

    #[test]
    fn scales_hold_what_is_highest() {
        assert_eq!(ARENA.top(5 << 20), 6 << 20);
        assert_eq!(Track::Thread(0).top(5), 8);
        assert_eq!(Track::Metric(Metric::ArenaRanges).top(u64::MAX), u64::MAX);
    }

    #[test]
    fn rows_have_names_of_their_own() {
        let run = Names::engine();
        let names: std::collections::BTreeSet<_> =
            Track::rows(&run, &[0; Metric::ALL.len()], [0, 1]).into_iter().map(|track| track.label(&run)).collect();
        assert_eq!(names.len(), 4 + MemoryCategory::ALL.len() + 2);
    }

    #[test]
    fn a_file_has_rows_of_what_it_ever_held() {
        let mut manifest = arenascope_trace::Manifest::of("test", "Test");
        for label in ["Weights", "Never"] {
            manifest.category(label);
        }
        let run = Names::of(&manifest, [].into());
        let mut highest = [0; Metric::ALL.len()];
        for metric in [Metric::DeviceBytes, Metric::of(MemoryCategory::ECS)] {
            highest[metric.index()] = 9;
        }
        let labels: Vec<_> = Track::rows(&run, &highest, [0]).into_iter().map(|track| track.label(&run)).collect();
        assert_eq!(labels, ["Device", "Weights", "Thread 1"]);
    }
}
