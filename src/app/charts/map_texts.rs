//! What the arena map says: the read-out, the legend, the card of what is pinned, the
//! answer to what is asked.

use super::live_map::LiveMap;
use crate::analysis::map_blockers::ask;
use crate::analysis::map_colours::Entry;
use crate::analysis::map_layout::MapLayout;
use crate::analysis::map_pin::{Pin, Presence};
use crate::analysis::map_scene::Piece;
use crate::analysis::map_window::Crumb;
use crate::analysis::map_words::{address, past_words, reading, selection_words};
use crate::analysis::turns::Turn;
use crate::app::frame;
use crate::app::signals::put;
use crate::units::Bytes;
use leptos::prelude::*;

/// Texts that follow the run change at most this often, so that they can be read.
const TEXT_MS: f64 = 250.0;
const SUMMARY_MS: f64 = 1000.0;
/// Addresses beside the map lie at least so far apart, CSS pixels.
const MARK_PITCH_PX: f64 = 34.0;

/// The map's texts.
#[derive(Clone, Copy)]
pub(super) struct MapTexts {
    /// What is pointed at, or the scale.
    pub(super) reading: RwSignal<String>,
    /// What a key went to, for who does not see it.
    pub(super) spoken: RwSignal<String>,
    /// The whole map in a sentence.
    pub(super) summary: RwSignal<String>,
    /// There is nothing to show yet.
    pub(super) empty: RwSignal<bool>,
    /// Colours and what they stand for.
    pub(super) legend: RwSignal<Vec<Entry>>,
    /// The way from the whole arena to what is shown.
    pub(super) crumbs: RwSignal<Vec<Crumb>>,
    /// Addresses of rows, with their place from the top, CSS pixels.
    pub(super) marks: RwSignal<Vec<(u32, String)>>,
}

impl MapTexts {
    /// Of a map without data.
    pub(super) fn new() -> Self {
        Self {
            reading: RwSignal::default(),
            spoken: RwSignal::default(),
            summary: RwSignal::default(),
            empty: RwSignal::new(true),
            legend: RwSignal::default(),
            crumbs: RwSignal::default(),
            marks: RwSignal::default(),
        }
    }
}

/// When texts are due, and what they are of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TextClock {
    summary: Turn,
    texts: Turn,
    colours: Option<u32>,
    layout: Option<MapLayout>,
}

impl LiveMap {
    /// Brings all texts up to the frame.
    pub(super) fn say(&mut self, now: f64) {
        put(self.texts.empty, self.scene().pieces().is_empty());
        put(self.texts.reading, self.reading());
        if frame::takes_turn(&mut self.clock.summary, now, SUMMARY_MS) {
            put(self.texts.summary, self.scene().summary());
        }
        if self.style.is_large {
            put(self.look.past, self.past_words());
            self.say_where();
            self.say_what(now);
        }
    }

    /// Crumbs and row addresses, where the window or the size changed.
    fn say_where(&mut self) {
        let layout = self.layout();
        if self.clock.layout == layout {
            return;
        }
        self.clock.layout = layout;
        let (Some(layout), Some(whole)) = (layout, self.whole) else { return };
        put(self.texts.crumbs, self.window().crumbs(&whole));
        put(self.texts.marks, marks(&layout, self.ratio));
    }

    /// Legend, card and answer: at once where something was chosen, else at a readable
    /// pace.
    fn say_what(&mut self, now: f64) {
        let colours = Some(self.colours());
        let is_chosen = self.clock.colours != colours || self.is_asked_anew();
        if is_chosen || self.feed.is_past() {
            self.clock.texts.hurry();
        }
        if !frame::takes_turn(&mut self.clock.texts, now, TEXT_MS) {
            return;
        }
        self.clock.colours = colours;
        put(self.texts.legend, self.colouring().legend(self.scene()));
        self.say_pin();
        let answer = self.look.question.get_untracked().map(|question| ask(self.scene(), question));
        put(self.look.answer, answer.filter(|_| !self.scene().pieces().is_empty()));
    }

    /// Something was pinned or asked, and nothing said about it yet.
    fn is_asked_anew(&self) -> bool {
        let has = |pin: bool, card: bool| pin != card;
        has(self.look.pin.with_untracked(Option::is_some), self.look.card.with_untracked(Option::is_some))
            || has(self.look.question.with_untracked(Option::is_some), self.look.answer.with_untracked(Option::is_some))
    }

    fn say_pin(&mut self) {
        let Some(pin) = self.look.pin.get_untracked() else { return };
        let seen = pin.seen_in(self.scene());
        let pin = Pin { piece: self.with_birth(seen.unwrap_or(pin).piece) };
        put(self.look.pin, Some(pin));
        let now = self.scene().now;
        let presence = match seen {
            Some(_) => Presence::There,
            None if self.feed.is_past() => Presence::Unseen,
            None => Presence::Gone,
        };
        let card = self.feed.recording().read(|reader, _| pin.card(pin.life(reader).as_ref(), presence, now));
        put(self.look.card, Some(card));
    }

    /// What is pointed at, else where the keys are, else what is selected, else the
    /// scale.
    pub(super) fn reading(&self) -> String {
        let Some(layout) = self.layout() else { return String::new() };
        if let Some(at) = self.pointed.or(self.cursor) {
            let piece = self.scene().at(at).map(|piece| self.with_birth(*piece));
            return piece.map(|piece| reading(self.scene(), &layout, &piece, at)).unwrap_or_default();
        }
        let selected = self.store.selected.now.with_untracked(|selection| selection.addresses.clone());
        match selected.filter(|_| self.style.is_large) {
            Some(range) => selection_words(self.scene(), &range),
            None => format!("{} per row · {} per cell", layout.row_bytes(), layout.cell),
        }
    }

    /// A piece with what the recording knows of it.
    fn with_birth(&self, piece: Piece) -> Piece {
        self.feed.recording().read(|reader, _| piece.with_birth(reader))
    }

    fn past_words(&self) -> Option<String> {
        self.feed.is_past().then(|| past_words(self.scene()))
    }
}

/// Addresses of rows at a distance that can be read; rows in steps of a power of two.
fn marks(layout: &MapLayout, ratio: f64) -> Vec<(u32, String)> {
    let row_px = f64::from(layout.height_px) / f64::from(layout.rows.max(1)) / ratio;
    let step = ((MARK_PITCH_PX / row_px.max(0.1)).ceil() as usize).max(1).next_power_of_two();
    let top = |row: u32| (f64::from(layout.y_of(row)) / ratio).round() as u32;
    (0..layout.rows).step_by(step).map(|row| (top(row), address(Bytes::new(layout.row_start(row).get())))).collect()
}
