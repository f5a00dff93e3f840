//! What the timeline's rows say: which there are, and their values at the cross-hair, at the
//! moment that is shown, or over the window.

use super::navigation::Timeline;
use crate::analysis::run::names::Names;
use crate::analysis::timeline::columns::{EventColumns, EventGrid};
use crate::analysis::timeline::text::summary;
use crate::analysis::timeline::tracks::{Track, seen};
use crate::app::state::signals::put;
use crate::recording::{AllExtremes, Extremes, Metric};
use crate::telemetry::event::THREADS;
use leptos::prelude::*;

/// A text for each row, by the row: which rows there are changes while a run grows.
pub(super) type RowTexts = Vec<(Track, String)>;

/// The chart's texts.
#[derive(Clone, Copy)]
pub(super) struct TrackTexts {
    /// The rows of this run.
    pub(super) tracks: RwSignal<Vec<Track>>,
    /// Of each row: the value at the cross-hair, the moment, or now.
    pub(super) values: RwSignal<RowTexts>,
    /// Of each row: lowest and highest under the cross-hair, or on screen.
    pub(super) ranges: RwSignal<RowTexts>,
    /// There is nothing to draw.
    pub(super) empty: RwSignal<bool>,
    /// The chart in a sentence.
    pub(super) summary: RwSignal<String>,
}

impl TrackTexts {
    /// Of an empty recording.
    pub(super) fn new() -> Self {
        Self {
            tracks: RwSignal::new(Track::rows(&Names::engine(), &[0; Metric::ALL.len()], [])),
            values: RwSignal::default(),
            ranges: RwSignal::default(),
            empty: RwSignal::new(true),
            summary: RwSignal::default(),
        }
    }

    /// Sets values and ranges. `hovered` is the place of the cross-hair on the axis.
    pub(super) fn set_values(self, timeline: Timeline, shown: &EventColumns, hovered: Option<f64>, grid: EventGrid) {
        let position = hovered.map_or_else(|| timeline.moment(), |place| timeline.position_at(place));
        let all = extremes_over(timeline, [position, position]);
        let doublings = shown.doublings();
        let column = hovered.map(|place| place.max(0.0) as u64 >> doublings);
        let (first, end) = match column {
            Some(column) => (column, column + 1),
            None => (grid.first << grid.doublings >> doublings, (grid.end << grid.doublings >> doublings) + 1),
        };
        let tracks = self.tracks.get_untracked();
        // Columns may still be coming, or be of the zoom before: all of the window is
        // asked of the recording itself.
        let window = column.is_none().then(|| over_window(timeline)).flatten();
        let range = |track: &Track| match (track, &window) {
            (Track::Metric(metric), Some(window)) => Some(window[metric.index()]),
            _ => seen(shown, *track, first, end),
        };
        put(self.values, tracks.iter().map(|track| (*track, value_text(*track, all, range(track)))).collect());
        put(self.ranges, tracks.iter().map(|track| (*track, range_text(*track, range(track)))).collect());
    }

    /// Sets which rows there are, and what is said of them.
    pub(super) fn set_rows(self, timeline: Timeline) {
        let (threads, events) = timeline.recording.read_all(|reader, _, index| {
            let run = reader.run();
            let events = run.end - run.start;
            let counts = index.is_complete(reader).then(|| index.counts(reader, run));
            let is_heard = |thread: &u8| counts.is_some_and(|counts| counts.of_thread(usize::from(*thread)) > 0);
            ((0..THREADS as u8).filter(is_heard).collect::<Vec<_>>(), events)
        });
        let names = timeline.recording.names_now();
        // A page that has just opened has recorded the start of a run, and no more.
        put(self.empty, events <= 1);
        if events <= 1 || !threads.is_empty() {
            put(self.tracks, Track::rows(&names, &timeline.recording.highest(), threads));
        }
        put(self.summary, summary(timeline.axis(), timeline.span(), events, &names));
    }
}

/// Lowest and highest of every metric over the window.
pub(super) fn over_window(timeline: Timeline) -> Option<AllExtremes> {
    let span = timeline.span();
    extremes_over(timeline, [span.start_us, span.end_us].map(|place| timeline.position_at(place)))
}

/// The same from one position of the recording to another.
fn extremes_over(timeline: Timeline, positions: [u64; 2]) -> Option<AllExtremes> {
    timeline.recording.read(|reader, series| series.sweep(reader, &positions).into_iter().flatten().next())
}

fn value_text(track: Track, all: Option<AllExtremes>, range: Option<Extremes>) -> String {
    let value = match track {
        Track::Metric(metric) => all.map(|all| all[metric.index()].last),
        Track::Thread(_) => range.map(|range| range.high),
    };
    value.map_or_else(|| "–".into(), |value| track.value(value))
}

fn range_text(track: Track, range: Option<Extremes>) -> String {
    match (track, range) {
        (Track::Metric(_), Some(range)) if range.low == range.high => track.value(range.low),
        (Track::Metric(_), Some(range)) => format!("{} – {}", track.value(range.low), track.value(range.high)),
        (Track::Thread(_), Some(_)) => "events per column".into(),
        (_, None) => String::new(),
    }
}
