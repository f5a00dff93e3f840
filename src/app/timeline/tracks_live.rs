//! What the timeline's chart does in a frame: bring its columns up to date within a bound,
//! draw the layers that changed, and set the texts.

use super::hand::Hand;
use super::layers::{Ground, TrackLayers};
use super::names;
use super::navigation::Timeline;
use super::rows::name_line;
use super::shown_columns::ShownColumns;
use super::track_texts::{self, TrackTexts};
use super::tracks_paint::Overlay;
use crate::analysis::timeline::columns::{EventAxis, EventGrid};
use crate::analysis::timeline::tracks::PixelScale;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::LiveCanvas;
use crate::app::canvas::pace::{FrameTurn, TextPace};
use crate::app::canvas::stage::Size;
use crate::app::frames::frame_loop::Frame;
use crate::app::theme::palette::{self, Palette};
use leptos::prelude::*;

/// The frames in which it draws while it only goes on.
const TURN: FrameTurn = FrameTurn::Even;

/// The chart between two frames.
pub(super) struct LiveTracks {
    pub(super) timeline: Timeline,
    texts: TrackTexts,
    layers: TrackLayers,
    shown: ShownColumns,
    /// Where the pointer rests, CSS pixels.
    pub(super) hover_x: Option<f64>,
    /// What is on screen, by CSS pixels.
    pub(super) scale: Option<PixelScale>,
    pub(super) hand: Hand,
    read_at: Option<(u64, Option<u64>)>,
    pace: TextPace,
}

impl LiveCanvas for LiveTracks {
    fn draw(&mut self, size: Size, frame: &Frame) {
        self.timeline.settle();
        let follows = self.timeline.window().end_us.is_none();
        let scale = PixelScale { span: self.timeline.span(), width: size.px().0 };
        // What follows moves on by whole pixels, so that what is drawn need but be moved.
        let scale = if follows { scale.on_whole_pixels() } else { scale };
        let span = scale.span;
        self.scale = Some(PixelScale { span, width: size.css.0 as u32 });
        let grid = EventGrid::over(span.start_us.max(0.0) as u64, span.end_us.max(0.0) as u64, scale.width);
        let is_whole = self.shown.bring_up(self.timeline, grid);
        if !(follows && is_whole && self.may_wait(size, scale, frame)) {
            let ground = self.ground(size, scale, follows, is_whole);
            self.draw_rows(ground, scale);
        }
        self.follow_pointer();
        self.draw_overlay(size, scale);
        self.set_texts(grid, frame);
    }
}

impl LiveTracks {
    /// A chart that nothing was drawn of.
    pub(super) fn new(layers: [Layer; 3], timeline: Timeline, texts: TrackTexts) -> Self {
        Self {
            timeline,
            texts,
            layers: TrackLayers::new(layers),
            shown: ShownColumns::new(),
            hover_x: None,
            scale: None,
            hand: Hand::default(),
            read_at: None,
            pace: TextPace::default(),
        }
    }

    /// True in a frame that is left out where only newer events came.
    fn may_wait(&self, size: Size, scale: PixelScale, frame: &Frame) -> bool {
        let theme = palette::number();
        let is_same = |ground: &Ground| {
            (ground.size, ground.theme, ground.axis) == (size, theme, self.shown.axis)
                && (ground.doublings, ground.width) == (self.shown.columns.doublings(), Ground::width_of(scale))
                && ground.goes_on()
        };
        !TURN.has(frame) && self.layers.ground().is_some_and(is_same)
    }

    fn ground(&mut self, size: Size, scale: PixelScale, follows: bool, is_whole: bool) -> Ground {
        let run_start = self.timeline.recording.read(|reader, _| reader.run_start());
        let highest = self.timeline.recording.highest();
        let fits = self.timeline.store.timeline.fits.get_untracked();
        let window = if fits { track_texts::over_window(self.timeline) } else { None };
        let highest = window.map_or(highest, |all| all.map(|extremes| extremes.high));
        self.shown.scales.begin(run_start, fits);
        let tracks = self.texts.tracks.get_untracked();
        Ground {
            size,
            theme: palette::number(),
            axis: self.shown.axis,
            has_times: self.timeline.recording.names_now().has_times(),
            run_start,
            doublings: self.shown.columns.doublings(),
            width: Ground::width_of(scale),
            follows,
            is_whole,
            tracks: tracks.into_iter().map(|track| (track, self.shown.top_of(track, &highest))).collect(),
        }
    }

    fn draw_rows(&mut self, ground: Ground, scale: PixelScale) {
        let palette = Palette::current();
        let newest = self.timeline.recording.read(|reader, _| reader.run().end);
        // A window that stands still shows nothing newer, once all of it is there.
        let newest = if ground.is_whole && !ground.follows { 0 } else { newest };
        self.layers.draw_rows(&self.shown.columns, &palette, ground, scale, newest);
    }

    /// On the page's time, the cross-hair is that of all charts.
    fn follow_pointer(&self) {
        if self.timeline.axis() == EventAxis::Time
            && let (Some(x), Some(scale)) = (self.hover_x, self.scale)
        {
            self.timeline.view.point(Some(scale.place(x).clamp(0.0, scale.span.end_us)));
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

    fn draw_overlay(&mut self, size: Size, scale: PixelScale) {
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
        let tracks = self.texts.tracks.get_untracked();
        let overlay = Overlay {
            names: names::on_screen(self.timeline, &tracks, scale, size.ratio)
                .into_iter()
                .map(|name| (name_line(&tracks, name.track), name))
                .collect(),
            hover: self.hovered().map(place),
            moment: selection.moment.and_then(of),
            chosen: chosen.map(|[from, to]| (from, to)),
            markers: selection.markers.iter().filter_map(|marker| of(marker.position)).collect(),
        };
        let palette = Palette::current();
        let theme = palette::number();
        self.layers.draw_over(&palette, theme, size, scale, overlay);
    }

    fn set_texts(&mut self, grid: EventGrid, frame: &Frame) {
        let hovered = self.hovered();
        let moment = self.timeline.store.selected.moment.get_untracked();
        let at = (moment.unwrap_or(u64::MAX), hovered.map(f64::to_bits));
        if self.read_at.replace(at) != Some(at) {
            self.pace.hurry_readings();
        }
        if self.pace.takes_readings(frame, false) {
            self.texts.set_values(self.timeline, &self.shown.columns, hovered, grid);
        }
        if self.pace.takes_summary(frame) {
            self.texts.set_rows(self.timeline);
        }
    }
}
