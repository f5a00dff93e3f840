//! The whole run in one strip: total usage, and how much time it spans.

use crate::chart::axis_range::nice_top;
use crate::chart::columns::{ColumnCache, Grid};
use crate::chart::plot::figure;
use crate::chart::ticks::{Tick, run_time_ticks};
use crate::chart::window::TimeSpan;
use crate::recordings::samples::is_recorded;
use crate::timeline::columns::EventAxis;
use crate::timeline::ticks::axis_ticks;
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::Bytes;

/// The shortest strip, µs: a young run does not stretch every second.
const SHORTEST_US: f64 = 30e6;

/// The end of a strip that holds a run of `length_us`: the next of 30, 40, 50,
/// 60, 80, 100, 120, 160 … s. Grows in steps of a quarter or a third, so that
/// the strip stands still between them and is always mostly full.
pub fn strip_length_us(length_us: f64) -> f64 {
    const FACTORS: [f64; 4] = [1.0, 4.0 / 3.0, 5.0 / 3.0, 2.0];
    let mut base = SHORTEST_US;
    // Ends: a run is shorter than 2⁵³ µs.
    while base * 2.0 < length_us && base < 1e16 {
        base *= 2.0;
    }
    let steps = FACTORS.map(|factor| (base * factor / 1e6).round() * 1e6);
    steps.into_iter().find(|step| *step >= length_us).unwrap_or(length_us)
}

/// Used memory over the whole run, in as many columns as there are pixels.
pub struct Strip {
    columns: ColumnCache<1>,
    span: TimeSpan,
}

impl Strip {
    /// A strip that has seen no sample yet.
    pub const fn new() -> Self {
        Self { columns: ColumnCache::new(total), span: TimeSpan { start_us: 0.0, end_us: SHORTEST_US } }
    }

    /// Takes what the engine published since the last call.
    pub fn update(&mut self, log: &SampleLog, pixels: u32) {
        let run = run_span(log);
        // A file grows no more: all of the strip is its run.
        let length_us = match is_recorded(log) {
            true => run.width_us().max(1.0),
            false => strip_length_us(run.width_us()),
        };
        let end_us = run.start_us + length_us;
        self.span = TimeSpan { start_us: run.start_us, end_us };
        let column_us = self.span.width_us() / f64::from(pixels.max(1));
        let first = (run.start_us / column_us).floor() as i64;
        // One more: where the run was cut at its start, the grid begins before it.
        self.columns.update(log, Grid { column_us, first, count: pixels + 1 });
    }

    /// The span of time of the whole strip.
    pub fn span(&self) -> TimeSpan {
        self.span
    }

    /// Total usage over time, exact extremes per pixel, from a column on.
    pub fn line_from(&self, column: i64) -> Vec<(f64, f64)> {
        self.columns.line_from(0, column)
    }

    /// The column that may still change; those before it stand.
    pub fn open_column(&self) -> i64 {
        self.columns.open()
    }

    /// When a column begins, µs.
    pub fn start_of(&self, column: i64) -> f64 {
        column as f64 * self.columns.column_us()
    }

    /// The value at the upper edge.
    pub fn top(&self) -> f64 {
        nice_top(Bytes::new(self.columns.high(0) as u64)).get() as f64
    }

    /// Labels of a file's run, as many as fit; `has_times`: whether it tells when things
    /// happened.
    pub fn recorded_ticks(&self, has_times: bool, room: usize) -> Vec<Tick> {
        axis_ticks(EventAxis::Time, has_times, self.span, room)
    }

    /// Time labels, as many as fit.
    pub fn ticks(&self, room: usize) -> Vec<Tick> {
        run_time_ticks(self.span.start_us, self.span.end_us, room)
    }
}

impl Default for Strip {
    fn default() -> Self {
        Self::new()
    }
}

/// The time that can still be read of the run: from its first row kept to its
/// newest. Zero before the first row.
pub fn run_span(log: &SampleLog) -> TimeSpan {
    let rows = log.rows();
    let time = |row: u64| log.get(row, Series::TimeUs);
    match rows.clone().last().and_then(time) {
        None => TimeSpan { start_us: 0.0, end_us: 0.0 },
        // Nothing was dropped: the run starts at its clock's zero.
        Some(end_us) if log.dropped() == 0 => TimeSpan { start_us: 0.0, end_us },
        // To a whole minute, so that the strip's start does not creep.
        Some(end_us) => {
            let start_us = time(rows.start).unwrap_or(0.0);
            TimeSpan { start_us: ((start_us / 60e6).ceil() * 60e6).min(end_us), end_us }
        }
    }
}

/// A file may have more categories than samples tell apart: its heaps are summed.
fn total(log: &SampleLog, row: u64) -> [f64; 1] {
    let series: &[Series] = match is_recorded(log) {
        true => &[Series::ArenaUsed, Series::PoolInUse, Series::PoolIdle],
        false => &Series::BUDGET,
    };
    [series.iter().map(|series| figure(log, row, *series)).sum()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::log_of;

    #[test]
    fn the_strip_grows_in_steps() {
        let cases =
            [(0.0, 30.0), (30.0, 30.0), (31.0, 40.0), (55.0, 60.0), (61.0, 80.0), (119.0, 120.0), (4000.0, 5120.0)];
        for (length, strip) in cases {
            assert_eq!(strip_length_us(length * 1e6), strip * 1e6, "{length} s");
        }
    }

    #[test]
    fn the_strip_is_never_less_than_three_quarters_full() {
        for seconds in 30..5000 {
            let length = f64::from(seconds) * 1e6;
            let strip = strip_length_us(length);
            assert!(strip >= length && length >= strip * 0.74, "{seconds} s in {strip}");
        }
    }

    #[test]
    fn all_of_the_run_is_on_it() {
        let log = log_of(100, |sample, at| sample.with(Series::BudgetEcs, at).with(Series::BudgetTemporary, 1.0));
        let mut strip = Strip::new();
        strip.update(&log, 120);
        assert_eq!(strip.span(), TimeSpan { start_us: 0.0, end_us: 100e6 });
        let line = strip.line_from(i64::MIN);
        assert_eq!(line.first().map(|point| point.1), Some(1.0));
        assert_eq!(line.last().map(|point| point.1), Some(100.0));
    }

    #[test]
    fn columns_before_the_open_one_stand() {
        let all = |rows| log_of(rows, |sample, at| sample.with(Series::BudgetEcs, at * at));
        let (mut strip, mut later) = (Strip::new(), Strip::new());
        strip.update(&all(20), 40);
        later.update(&all(25), 40);
        let open_us = strip.start_of(strip.open_column());
        let before = |strip: &Strip| {
            let line = strip.line_from(i64::MIN).into_iter();
            line.filter(|(time_us, _)| *time_us < open_us).collect::<Vec<_>>()
        };
        assert!(before(&strip).len() > 10);
        assert_eq!(before(&strip), before(&later));
        let newest = later.line_from(strip.open_column());
        assert!(newest[0].0 >= open_us && [before(&later), newest].concat() == later.line_from(i64::MIN));
    }

    #[test]
    fn an_empty_log_is_an_empty_strip() {
        let mut strip = Strip::new();
        strip.update(&SampleLog::new(), 100);
        assert_eq!(strip.line_from(i64::MIN), []);
        assert_eq!(run_span(&SampleLog::new()).width_us(), 0.0);
    }
}
