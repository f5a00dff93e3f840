//! What a chart says beside its series: one reading for each key of its legend, of the moment
//! that is pointed at or shown.

use super::plot_view::PlotTexts;
use super::source::TimeSource;
use crate::analysis::chart::plot::{Plot, nearest_row};
use crate::analysis::chart::ticks::moment;
use crate::app::state::signals::put;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::samples::{SampleLog, Series};
use leptos::prelude::*;

/// The chart's texts.
#[derive(Clone, Copy, Default)]
pub(crate) struct Texts {
    pub(crate) plot: PlotTexts,
    /// One for each key of the legend.
    pub(crate) readings: RwSignal<Vec<String>>,
    pub(crate) hints: RwSignal<Vec<String>>,
    /// What the readings are of, where that is not the newest.
    pub(crate) moment: RwSignal<String>,
}

impl Texts {
    /// Sets the readings: of the cross-hair at `cursor_us`, else of the moment that all panels
    /// show, else of the newest row.
    pub(super) fn set_readings(
        self,
        plot: &dyn Plot,
        source: &dyn TimeSource,
        log: &SampleLog,
        cursor_us: Option<f64>,
    ) {
        if let Some(at_moment) = moment_row(source, cursor_us) {
            return self.read(plot, &at_moment, Some(0), true, !log.rows().is_empty());
        }
        let cursor_row = cursor_us.and_then(|time_us| nearest_row(log, time_us));
        let told_row = || source.told_us().and_then(|told_us| nearest_row(log, told_us as f64));
        let row = cursor_row.or_else(told_row).or_else(|| log.rows().last());
        self.read(plot, log, row, cursor_row.is_some(), row.is_some());
    }

    fn read(self, plot: &dyn Plot, log: &SampleLog, row: Option<u64>, is_elsewhere: bool, has_data: bool) {
        put(self.plot.has_data, has_data);
        put(self.readings, row.map_or_else(Vec::new, |row| plot.read(log, row)));
        let at = row.filter(|_| is_elsewhere).and_then(|row| log.get(row, Series::TimeUs));
        put(self.moment, at.map_or_else(String::new, |time_us| format!("at {}", moment(time_us))));
    }

    /// Says what a key went to, for those who do not see it.
    pub(super) fn speak(self, plot: &dyn Plot) {
        let labels = plot.keys().into_iter().map(|key| key.label);
        let pairs = self.readings.with_untracked(|readings| {
            labels.zip(readings).map(|(label, reading)| format!("{label} {reading}")).collect::<Vec<_>>()
        });
        put(self.plot.spoken, format!("{}: {}", self.moment.get_untracked(), pairs.join(", ")));
    }

    /// Sets limits and peaks, which are no series: those of the moment that is shown, or the
    /// newest.
    pub(super) fn set_hints(self, plot: &dyn Plot, source: &dyn TimeSource) {
        if let Some(past) = source.past() {
            return put(self.hints, plot.hints(&past.metrics));
        }
        let text = source.shared().and_then(|shared| shared.metrics.read_text());
        if let Some(metrics) = text.and_then(|text| serde_json::from_str::<Metrics>(&text).ok()) {
            put(self.hints, plot.hints(&metrics));
        }
    }
}

/// The figures of the moment that all panels show, as one row: not those of the tick nearest
/// to it. `None` while that is the newest, or the pointer is elsewhere.
fn moment_row(source: &dyn TimeSource, cursor_us: Option<f64>) -> Option<SampleLog> {
    let past = source.past()?;
    if cursor_us.is_some_and(|cursor_us| cursor_us as u64 != past.metrics.time_us) {
        return None;
    }
    let log = SampleLog::new();
    log.append(&past.row());
    Some(log)
}
