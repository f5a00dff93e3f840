//! What the timeline's chart does in a frame: bring its columns up to date within
//! a bound, draw the layers that changed, and set the texts at a readable pace.

use super::stage::Size;
use super::track_layers::{Ground, TrackLayers};
use super::tracks_paint::Overlay;
use crate::analysis::event_columns::{EventAxis, EventColumns, EventGrid};
use crate::analysis::timeline_tracks::{PixelScale, Track, seen};
use crate::analysis::timeline_words::summary;
use crate::analysis::turns::Turn;
use crate::app::frame::{self, Frame};
use crate::app::palette::Palette;
use crate::app::signals::put;
use crate::app::timeline::Timeline;
use crate::recording::{AllExtremes, Extremes, Metric};
use crate::telemetry::event::THREADS;
use leptos::html;
use leptos::prelude::*;

/// Columns computed in a frame at most: what is missing comes with the next ones,
/// while the zoom before stays on screen.
const COLUMNS_PER_FRAME: u64 = 300;
const TEXT_MS: f64 = 250.0;
const SUMMARY_MS: f64 = 1000.0;
/// While it only goes on, it draws every second frame.
const TURNS: u64 = 2;

/// The chart's texts.
#[derive(Clone, Copy)]
pub(super) struct TrackTexts {
    /// The rows of this run.
    pub(super) tracks: RwSignal<Vec<Track>>,
    /// One for each row: the value at the cross-hair, the moment, or now.
    pub(super) values: RwSignal<Vec<String>>,
    /// One for each row: lowest and highest under the cross-hair, or on screen.
    pub(super) ranges: RwSignal<Vec<String>>,
    /// There is nothing to draw.
    pub(super) empty: RwSignal<bool>,
    /// The chart in a sentence.
    pub(super) summary: RwSignal<String>,
}

impl TrackTexts {
    /// Of an empty recording.
    pub(super) fn new() -> Self {
        Self {
            tracks: RwSignal::new(Track::rows([])),
            values: RwSignal::default(),
            ranges: RwSignal::default(),
            empty: RwSignal::new(true),
            summary: RwSignal::default(),
        }
    }
}

/// The chart between two frames.
pub(super) struct LiveTracks {
    pub(super) timeline: Timeline,
    texts: TrackTexts,
    layers: Option<TrackLayers>,
    shown: EventColumns,
    shown_axis: EventAxis,
    /// Those of another zoom, until they are all there.
    coming: Option<EventColumns>,
    tops: [u64; THREADS],
    /// Where the pointer rests, CSS pixels.
    pub(super) hover_x: Option<f64>,
    /// What is on screen, by CSS pixels.
    pub(super) scale: Option<PixelScale>,
    read_at: Option<(u64, Option<u64>)>,
    texts_turn: Turn,
    summary_turn: Turn,
}

impl LiveTracks {
    /// A chart that nothing was drawn of.
    pub(super) fn new(timeline: Timeline, texts: TrackTexts) -> Self {
        Self {
            timeline,
            texts,
            layers: None,
            shown: EventColumns::new(EventAxis::Time),
            shown_axis: EventAxis::Time,
            coming: None,
            tops: [0; THREADS],
            hover_x: None,
            scale: None,
            read_at: None,
            texts_turn: Turn::new(),
            summary_turn: Turn::new(),
        }
    }

    /// True once there are canvases.
    pub(super) fn is_set_up(&self) -> bool {
        self.layers.is_some()
    }

    /// Takes the canvases, as soon as they are in the page.
    pub(super) fn set_up(&mut self, holder: NodeRef<html::Div>, canvases: [NodeRef<html::Canvas>; 3]) -> Option<()> {
        self.layers = Some(TrackLayers::of(holder, canvases)?);
        Some(())
    }

    /// Draws what changed. Nothing where the chart is not to be seen.
    pub(super) fn draw(&mut self, frame: &Frame) {
        let Some(size) = self.layers.as_ref().and_then(TrackLayers::size) else { return };
        self.timeline.settle();
        let follows = self.timeline.window().end_us.is_none();
        let scale = PixelScale { span: self.timeline.span(), width: size.px().0 };
        // What follows moves on by whole pixels, so that what is drawn need but be moved.
        let scale = if follows { scale.on_whole_pixels() } else { scale };
        let span = scale.span;
        self.scale = Some(PixelScale { span, width: size.css.0 as u32 });
        let grid = EventGrid::over(span.start_us.max(0.0) as u64, span.end_us.max(0.0) as u64, scale.width);
        let is_whole = self.bring_up(grid);
        if !(follows && is_whole && self.may_wait(size, scale, frame)) {
            let ground = self.ground(size, scale, follows, is_whole);
            let newest = self.timeline.recording.read(|reader, _| reader.run().end);
            self.draw_rows(ground, scale, newest);
        }
        self.follow_pointer();
        self.draw_overlay(scale);
        self.set_texts(grid, frame.now_ms);
    }

    /// Columns of this zoom, or, until those are there, of the zoom before. True
    /// where all are there.
    fn bring_up(&mut self, grid: EventGrid) -> bool {
        let axis = self.timeline.axis();
        if self.shown_axis != axis {
            (self.shown_axis, self.shown, self.coming) = (axis, EventColumns::new(axis), None);
        }
        let (shown, coming) = (&mut self.shown, &mut self.coming);
        self.timeline.recording.read_all(|reader, series, index| {
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

    /// True in a frame that is left out where only newer events came.
    fn may_wait(&self, size: Size, scale: PixelScale, frame: &Frame) -> bool {
        let theme = self.timeline.view.theme_number.get_untracked();
        let is_same = |ground: &Ground| {
            (ground.size, ground.theme, ground.axis) == (size, theme, self.shown_axis)
                && (ground.doublings, ground.width) == (self.shown.doublings(), Ground::width_of(scale))
                && ground.goes_on()
        };
        let ground = self.layers.as_ref().and_then(TrackLayers::ground);
        !frame.number.is_multiple_of(TURNS) && ground.is_some_and(is_same)
    }

    fn ground(&mut self, size: Size, scale: PixelScale, follows: bool, is_whole: bool) -> Ground {
        let (run_start, highest) = self.timeline.recording.read(|reader, series| {
            let run = reader.run();
            let all = series.sweep(reader, &[run.start, run.end]).into_iter().flatten().next();
            (reader.run_start(), all.map_or([0; Metric::ALL.len()], |all| all.map(|extremes| extremes.high)))
        });
        let tracks = self.texts.tracks.get_untracked();
        Ground {
            size,
            theme: self.timeline.view.theme_number.get_untracked(),
            axis: self.shown_axis,
            run_start,
            doublings: self.shown.doublings(),
            width: Ground::width_of(scale),
            follows,
            is_whole,
            tracks: tracks.into_iter().map(|track| (track, self.top_of(track, &highest))).collect(),
        }
    }

    fn draw_rows(&mut self, ground: Ground, scale: PixelScale, newest: u64) {
        let palette = Palette::current(self.timeline.view);
        // A window that stands still shows nothing newer, once all of it is there.
        let newest = if ground.is_whole && !ground.follows { 0 } else { newest };
        if let Some(layers) = &mut self.layers {
            layers.draw_rows(&self.shown, &palette, ground, scale, newest);
        }
    }

    /// The top of a row's scale. Those of threads depend on the zoom: they change
    /// where the busiest column outgrows them, or needs but a quarter.
    fn top_of(&mut self, track: Track, highest: &[u64; Metric::ALL.len()]) -> u64 {
        match track {
            Track::Metric(metric) => track.top(highest[metric as usize]),
            Track::Thread(thread) => {
                let busiest = seen(&self.shown, track, 0, u64::MAX).map_or(0, |extremes| extremes.high);
                let top = &mut self.tops[usize::from(thread) % THREADS];
                if busiest > *top || busiest < *top / 4 {
                    *top = track.top(busiest);
                }
                *top
            }
        }
    }

    /// On the page's time, the cross-hair is that of all charts.
    fn follow_pointer(&self) {
        if self.timeline.axis() == EventAxis::Time
            && let (Some(x), Some(scale)) = (self.hover_x, self.scale)
            && !self.timeline.view.pinned.get_untracked()
        {
            self.timeline.view.set_cursor(Some(scale.place(x).clamp(0.0, scale.span.end_us)));
        }
    }

    /// The place under the pointer here, or under the cross-hair of another chart.
    fn hovered(&self) -> Option<f64> {
        let here = self.hover_x.and_then(|x| Some(self.scale?.place(x)));
        let elsewhere = || {
            let is_moment = self.timeline.store.selected.moment.get_untracked().is_some();
            let is_time = self.timeline.axis() == EventAxis::Time;
            self.timeline.view.cursor_us.get_untracked().filter(|_| is_time && !is_moment)
        };
        here.or_else(elsewhere)
    }

    fn draw_overlay(&mut self, scale: PixelScale) {
        let place = |place: f64| scale.x(place).round().clamp(-1e6, 1e6) as i32;
        let of = |position: u64| self.timeline.place_of(position).map(place);
        let selection = self.timeline.store.selected.now.get_untracked();
        let chosen = selection.time_us.as_ref().map(|span| match self.timeline.axis() {
            EventAxis::Time => [span.start, span.end].map(|time_us| place(time_us as f64)),
            EventAxis::Number => {
                let at =
                    |time_us| self.timeline.recording.read_all(|reader, _, index| index.position_at(reader, time_us));
                [span.start, span.end].map(|time_us| of(at(time_us)).unwrap_or(0))
            }
        });
        let overlay = Overlay {
            hover: self.hovered().map(place),
            moment: selection.moment.and_then(of),
            chosen: chosen.map(|[from, to]| (from, to)),
            markers: selection.markers.iter().filter_map(|marker| of(marker.position)).collect(),
        };
        let palette = Palette::current(self.timeline.view);
        let theme = self.timeline.view.theme_number.get_untracked();
        if let Some(layers) = &mut self.layers {
            layers.draw_over(&palette, theme, scale, overlay);
        }
    }

    fn set_texts(&mut self, grid: EventGrid, now_ms: f64) {
        let hovered = self.hovered();
        let moment = self.timeline.store.selected.moment.get_untracked();
        let at = (moment.unwrap_or(u64::MAX), hovered.map(f64::to_bits));
        if self.read_at.replace(at) != Some(at) {
            self.texts_turn.hurry();
        }
        if frame::takes_turn(&mut self.texts_turn, now_ms, TEXT_MS) {
            self.set_values(hovered, grid);
        }
        if frame::takes_turn(&mut self.summary_turn, now_ms, SUMMARY_MS) {
            self.set_rows();
        }
    }

    fn set_values(&self, hovered: Option<f64>, grid: EventGrid) {
        let position = hovered.map_or_else(|| self.timeline.moment(), |place| self.timeline.position_at(place));
        let all = self
            .timeline
            .recording
            .read(|reader, series| series.sweep(reader, &[position, position]).into_iter().flatten().next());
        let doublings = self.shown.doublings();
        let column = hovered.map(|place| place.max(0.0) as u64 >> doublings);
        let (first, end) = match column {
            Some(column) => (column, column + 1),
            None => (grid.first << grid.doublings >> doublings, (grid.end << grid.doublings >> doublings) + 1),
        };
        let tracks = self.texts.tracks.get_untracked();
        // Columns may still be coming, or be of the zoom before: all of the window is
        // asked of the recording itself.
        let window = column.is_none().then(|| self.over_window()).flatten();
        let range = |track: &Track| match (track, &window) {
            (Track::Metric(metric), Some(window)) => Some(window[*metric as usize]),
            _ => seen(&self.shown, *track, first, end),
        };
        put(self.texts.values, tracks.iter().map(|track| value_text(*track, all, range(track))).collect());
        put(self.texts.ranges, tracks.iter().map(|track| range_text(*track, range(track))).collect());
    }

    /// Lowest and highest of every metric over the window.
    fn over_window(&self) -> Option<AllExtremes> {
        let span = self.timeline.span();
        let positions = [span.start_us, span.end_us].map(|place| self.timeline.position_at(place));
        self.timeline.recording.read(|reader, series| series.sweep(reader, &positions).into_iter().flatten().next())
    }

    /// Which rows there are, and what is said of them.
    fn set_rows(&self) {
        let (threads, events) = self.timeline.recording.read_all(|reader, _, index| {
            let run = reader.run();
            let events = run.end - run.start;
            let counts = index.is_complete(reader).then(|| index.counts(reader, run));
            let is_heard = |thread: &u8| counts.is_some_and(|counts| counts.of_thread(usize::from(*thread)) > 0);
            ((0..THREADS as u8).filter(is_heard).collect::<Vec<_>>(), events)
        });
        // A page that has just opened has recorded the start of a run, and no more.
        put(self.texts.empty, events <= 1);
        if events <= 1 || !threads.is_empty() {
            put(self.texts.tracks, Track::rows(threads));
        }
        put(self.texts.summary, summary(self.timeline.axis(), self.timeline.span(), events));
    }
}

fn value_text(track: Track, all: Option<AllExtremes>, range: Option<Extremes>) -> String {
    let value = match track {
        Track::Metric(metric) => all.map(|all| all[metric as usize].last),
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
