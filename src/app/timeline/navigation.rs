//! The timeline's window, and the ways to move it and the moment: what keys,
//! pointer, buttons and the palette have in common. Time is the page's own
//! window; counted by events, the timeline has one of its own.

use crate::analysis::chart::window::{TimeSpan, TimeWindow};
use crate::analysis::moment::clock::Change;
use crate::analysis::overview::strip::run_span;
use crate::analysis::timeline::columns::EventAxis;
use crate::analysis::timeline::landmarks::{Landmark, Way};
use crate::analysis::timeline::window::{
    over, showing, spanned, whole, whole_still, young, zoomed, zoomed_at, zoomed_still,
};
use crate::app::chart::view::View;
use crate::app::engine::console;
use crate::app::moment::clock;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::recording::Reader;
use crate::telemetry::Shared;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// The nearest position of the newest run that can be shown: at the earliest, after
/// the event that began it.
fn clamped(reader: &Reader<'_>, position: u64) -> u64 {
    let run = reader.run();
    let first = run.start.max(reader.run_start() + 1).min(run.end);
    position.clamp(first, run.end)
}

/// The timeline of the page. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Timeline {
    /// The page's state.
    pub store: Store,
    /// The page's window.
    pub view: View,
    /// Every event.
    pub recording: Recording,
    shared: &'static Shared,
}

impl Timeline {
    /// From the contexts of the stage.
    ///
    /// # Panics
    /// Outside of it.
    pub fn expect() -> Self {
        let crate::app::state::store::SharedMemory(shared) = expect_context();
        Self { store: Store::expect(), view: expect_context(), recording: Recording::expect(), shared }
    }

    /// What it is drawn against, without subscribing.
    pub fn axis(self) -> EventAxis {
        self.store.timeline.axis.get_untracked()
    }

    /// The newest run, in the axis' unit.
    pub fn run(self) -> TimeSpan {
        self.run_on(self.axis())
    }

    fn run_on(self, axis: EventAxis) -> TimeSpan {
        let newest = self.recording.read(|reader, _| axis.newest(reader)) as f64;
        match axis {
            EventAxis::Time if self.store.runs.is_file() => TimeSpan { start_us: 0.0, end_us: newest },
            EventAxis::Time => {
                let samples = run_span(&self.shared.samples);
                TimeSpan { start_us: 0.0, end_us: samples.end_us.max(newest) }
            }
            EventAxis::Number => TimeSpan { start_us: 0.0, end_us: newest + 1.0 },
        }
    }

    /// The window, in the axis' unit; while it follows a run that does not fill
    /// it, as wide as that needs.
    pub fn window(self) -> TimeWindow {
        let window = match self.axis() {
            EventAxis::Time => self.view.window(),
            EventAxis::Number => self.store.timeline.numbers.get_untracked(),
        };
        young(window, self.run())
    }

    /// What is on screen, in the axis' unit.
    pub fn span(self) -> TimeSpan {
        spanned(self.window(), self.run())
    }

    /// Shows a window. While a run goes on, one that stands still stops the clock.
    pub fn set_window(self, window: TimeWindow) {
        match self.axis() {
            EventAxis::Time => self.view.set_window(window),
            EventAxis::Number => self.store.timeline.numbers.set(window),
        }
    }

    /// Keeps the window over events' numbers and the clock together, as
    /// [`crate::app::moment::clock`] does for the one over time. Called once a frame.
    pub fn settle(self) {
        if self.axis() != EventAxis::Number {
            return;
        }
        let (window, run) = (self.window().settled(self.run()), self.run());
        let selected = self.store.selected;
        let (now, is_running) = (selected.clock.get_untracked(), self.store.running.get_untracked());
        let keeper = self.store.timeline.keeper;
        let change = keeper.try_update_value(|keeper| keeper.settle(now, window.end_us.is_some(), is_running));
        match change.unwrap_or(Change::Nothing) {
            Change::Nothing => {}
            Change::Follow => return self.set_window(window.following()),
            Change::StandStill => return self.set_window(window.stopped(run)),
            Change::Pause => clock::pause(self.store),
            Change::GoLive => selected.go_live(),
        }
        if window.end_us != self.window().end_us {
            self.set_window(window);
        }
    }

    /// Draws against the other axis, with the same events on screen.
    pub fn set_axis(self, axis: EventAxis) {
        let from = self.axis();
        if from == axis {
            return;
        }
        let (span, is_still) = (self.span(), self.window().end_us.is_some());
        let turned = [span.start_us, span.end_us].map(|place| {
            let position = self.position_at(place);
            self.place_on(axis, position).unwrap_or(0.0)
        });
        self.store.timeline.axis.set(axis);
        let run = self.run();
        let window = over(TimeSpan { start_us: turned[0], end_us: turned[1] }, run);
        self.set_window(TimeWindow { end_us: window.end_us.filter(|_| is_still), ..window });
    }

    /// The position whose state is that of a place: after every event before it
    /// and at it.
    pub fn position_at(self, place: f64) -> u64 {
        let (axis, place) = (self.axis(), place.max(0.0));
        self.recording.read_all(|reader, _, index| {
            let position = match axis {
                EventAxis::Time => axis.position(reader, index, place as u64 + 1),
                EventAxis::Number => axis.position(reader, index, place.round() as u64),
            };
            clamped(reader, position)
        })
    }

    /// Where the moment of a position is drawn; `None` where it is not of the
    /// newest run.
    pub fn place_of(self, position: u64) -> Option<f64> {
        self.place_on(self.axis(), position)
    }

    fn place_on(self, axis: EventAxis, position: u64) -> Option<f64> {
        self.recording.read(|reader, _| {
            let passed = position.checked_sub(reader.run_start())?;
            match axis {
                EventAxis::Number => Some(passed as f64),
                EventAxis::Time if passed == 0 => Some(0.0),
                EventAxis::Time => reader.time_us(position - 1).map(|time_us| time_us as f64),
            }
        })
    }

    /// Shows the moment of a position, in a window that shows it too.
    pub fn go_to(self, position: u64) {
        self.store.selected.set_moment(position);
        if let Some(place) = self.place_of(position) {
            self.set_window(showing(self.window(), place, self.run()));
        }
    }

    /// The moment, or the newest.
    pub fn moment(self) -> u64 {
        self.store.selected.moment.get_untracked().unwrap_or_else(|| self.recording.read(|reader, _| reader.run().end))
    }

    /// Goes on or back by so many events.
    pub fn step(self, way: Way, events: u64) {
        let moment = self.moment();
        let next = match way {
            Way::Back => moment.saturating_sub(events),
            Way::On => moment.saturating_add(events),
        };
        self.go_to(self.recording.read(|reader, _| clamped(reader, next)));
    }

    /// Goes to the moment just after the next such event of the run. Where there is
    /// none, the console says so.
    pub fn jump(self, landmark: Landmark, way: Way) {
        let moment = self.moment();
        let found = self.recording.read(|reader, _| landmark.beside(reader, moment, way));
        self.go_after(found, landmark.label());
    }

    /// Goes to the moment just after the first such event at or after a time of the run.
    pub fn go_to_next(self, landmark: Landmark, time_us: u64) {
        let found = self.recording.read(|reader, _| landmark.next(reader, reader.position_at(time_us)));
        self.go_after(found, landmark.label());
    }

    /// Goes to the moment just after the first such event of the run. Where there is none,
    /// the console says so.
    pub fn jump_to_first(self, landmark: Landmark) {
        match self.recording.read(|reader, _| landmark.first(reader)) {
            Some(event) => self.go_to(event + 1),
            None => console::note(self.store, Level::Info, format!("no {} in this run", landmark.label()), None),
        }
    }

    /// Goes to where the chosen metric is highest on screen.
    pub fn jump_to_peak(self) {
        let (span, metric) = (self.span(), self.store.timeline.metric.get_untracked());
        let (start, end) = (self.position_at(span.start_us), self.position_at(span.end_us));
        let peak = self.recording.read(|reader, series| series.peak(reader, metric, start..end));
        self.go_after(peak, "event on screen");
    }

    fn go_after(self, event: Option<u64>, what: &str) {
        match event {
            Some(event) => self.go_to(event + 1),
            None => console::note(self.store, Level::Info, format!("no further {what} in this direction"), None),
        }
    }

    /// Wider or narrower around a place; around the moment, where it is on screen,
    /// or the middle.
    pub fn zoom(self, factor: f64, at: Option<f64>) {
        let (span, run) = (self.span(), self.run());
        let moment = self.store.selected.moment.get_untracked().and_then(|moment| self.place_of(moment));
        let seen = moment.filter(|place| (span.start_us..=span.end_us).contains(place));
        let at = at.or(seen).unwrap_or(f64::midpoint(span.start_us, span.end_us));
        self.set_window(match self.store.runs.is_file() {
            true => zoomed_still(self.window(), factor, at, run),
            false => zoomed(self.window(), self.axis(), factor, at, run),
        });
    }

    /// Wider or narrower, with a place under the pointer where it is on screen.
    pub fn zoom_at(self, factor: f64, at: f64) {
        self.set_window(match self.store.runs.is_file() {
            true => zoomed_still(self.window(), factor, at, self.run()),
            false => zoomed_at(self.window(), self.axis(), factor, at, self.run()),
        });
    }

    /// Later, or earlier, by a part of the window.
    pub fn pan(self, share: f64) {
        let window = self.window();
        self.set_window(window.panned(window.width_us * share, self.run()));
    }

    /// The beginning of the run, or of what is kept of it, in a window of the same width.
    pub fn show_start(self) {
        self.set_window(self.window().panned(-self.run().end_us.max(1.0), self.run()));
    }

    /// The newest event, in a window of the same width that follows it.
    pub fn show_end(self) {
        self.set_window(TimeWindow { end_us: None, ..self.window() });
    }

    /// Shows all of the run; of a file, exactly that.
    pub fn show_all(self) {
        self.set_window(match self.store.runs.is_file() {
            true => whole_still(self.run()),
            false => whole(self.axis(), self.run()),
        });
    }
}
