//! What the arena map says in a frame: the read-out, the legend, the card of what is pinned,
//! the answer to what is asked.

use super::live::LiveMap;
use crate::analysis::map::blockers::ask;
use crate::analysis::map::layout::MapLayout;
use crate::analysis::map::pin::{Pin, Presence};
use crate::analysis::map::pinning::{lines, pinning_owners};
use crate::analysis::map::scene::Piece;
use crate::analysis::map::text::{past_text, reading, selection_text};
use crate::analysis::run::names::Names;
use crate::app::frames::frame_loop::Frame;
use crate::app::stacks::called;
use crate::app::state::signals::put;
use leptos::prelude::*;

/// Addresses beside the map lie at least so far apart, CSS pixels.
const MARK_PITCH_PX: f64 = 34.0;

impl LiveMap {
    /// Brings all texts up to the frame.
    pub(super) fn say(&mut self, frame: &Frame) {
        put(self.texts.empty, self.scene().pieces().is_empty());
        put(self.texts.reading, self.reading());
        if self.clock.pace.takes_summary(frame) {
            put(self.texts.summary, self.scene().summary());
        }
        if self.style.is_large {
            put(self.look.past, self.past_text());
            self.say_where();
            self.say_what(frame);
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
        put(self.texts.crumbs, self.window().crumbs(&whole, &self.feed.names()));
        put(self.texts.marks, marks(&layout, self.ratio, &self.feed.names()));
    }

    /// Legend, card and answer: at once where something was chosen, else at a readable
    /// pace.
    fn say_what(&mut self, frame: &Frame) {
        let colours = Some(self.colours());
        let is_chosen = self.clock.colours != colours || self.is_asked_anew();
        if is_chosen || self.feed.is_past() {
            self.clock.pace.hurry_readings();
        }
        if !self.clock.pace.takes_readings(frame, false) {
            return;
        }
        self.clock.colours = colours;
        put(self.texts.legend, self.colouring().legend(self.scene(), &self.feed.names()));
        self.say_pin();
        put(self.look.pinning, lines(&pinning_owners(self.scene()), &self.feed.names()));
        let answer =
            self.look.question.get_untracked().map(|question| ask(self.scene(), question, &self.feed.ground()));
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
        let names = self.feed.names();
        let card = self.feed.recording().read(|reader, _| pin.card(pin.life(reader).as_ref(), presence, now, &names));
        put(self.look.card, Some(card));
    }

    /// What is pointed at, else where the keys are, else what is selected, else the
    /// scale.
    pub(super) fn reading(&self) -> String {
        let Some(layout) = self.layout() else { return String::new() };
        if let Some(at) = self.pointed.or(self.cursor) {
            let piece = self.scene().at(at).map(|piece| self.with_birth(*piece));
            return piece
                .map(|piece| reading(self.scene(), &layout, &piece, at, &self.feed.names()) + &self.site(&piece))
                .unwrap_or_default();
        }
        let selected = self.store.selected.now.with_untracked(|selection| selection.addresses.clone());
        match selected.filter(|_| self.style.is_large) {
            Some(range) => selection_text(self.scene(), &range, &self.feed.names()),
            None => format!("{} per row · {} per cell", layout.row_bytes(), layout.cell),
        }
    }

    /// Where in the program a piece was allocated, to stand behind what is read of it; empty
    /// where no call stack is known.
    fn site(&self, piece: &Piece) -> String {
        let event = piece.holder().and_then(|holder| holder.birth).map(|birth| birth.event);
        let site = event.and_then(|event| called::site_of(self.feed.recording(), event));
        site.map_or_else(String::new, |site| format!(" · called by {site}"))
    }

    /// A piece with what the recording knows of it.
    fn with_birth(&self, piece: Piece) -> Piece {
        self.feed.recording().read(|reader, _| piece.with_birth(reader))
    }

    fn past_text(&self) -> Option<String> {
        self.feed.is_past().then(|| past_text(self.scene()))
    }
}

/// Addresses of rows at a distance that can be read; rows in steps of a power of two.
fn marks(layout: &MapLayout, ratio: f64, names: &Names) -> Vec<(u32, String)> {
    let row_px = f64::from(layout.height_px) / f64::from(layout.rows.max(1)) / ratio;
    let step = ((MARK_PITCH_PX / row_px.max(0.1)).ceil() as usize).max(1).next_power_of_two();
    let top = |row: u32| (f64::from(layout.y_of(row)) / ratio).round() as u32;
    (0..layout.rows).step_by(step).map(|row| (top(row), names.address(layout.row_start(row).get()))).collect()
}
