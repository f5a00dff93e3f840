//! Pointer, wheel and keys on the arena map: they zoom, pan, pin and select.

use super::hand::Drag;
use super::live::LiveMap;
use super::look::MapRequest;
use super::pin::card_text;
use crate::analysis::map::layout::MapLayout;
use crate::analysis::map::pin::Pin;
use crate::analysis::map::window::MapWindow;
use crate::app::browser::files;
use crate::app::canvas::pointer::{CLICK_PX, capture, turned};
use crate::app::engine::console;
use crate::app::state::signals::put;
use crate::units::Bytes;
use core::ops::Range;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent, WheelEvent};

/// How the keys are told to who does not see the map.
pub(super) const KEYS_HELP: &str = "Arrows move by a cell, with Control to the range before and after, with Shift they \
     select addresses; plus and minus zoom, Home shows all, Page up and down pan; Enter pins a range, Z goes near it, C \
     copies its card; Escape lets go.";
/// The same of the small map.
pub(super) const SMALL_KEYS_HELP: &str = "Arrows move by a cell, with Control to the range before and after; Enter pins a \
     range; Escape lets go.";

/// A level of zoom, of the way a wheel turns; a notch of most mice is 100.
const LEVEL_PX: f64 = 50.0;
/// A pinch turns the wheel by this much less.
const PINCH: f64 = 10.0;

impl LiveMap {
    fn address_at(&self, x: f64, y: f64) -> Option<Bytes> {
        self.layout()?.offset_at(x * self.ratio, y * self.ratio)
    }

    /// Zooms at the pointer; with Shift or sideways, pans.
    pub(super) fn wheel(&mut self, event: &WheelEvent) {
        let Some(whole) = self.whole.filter(|_| self.style.is_large) else { return };
        let (dx, dy) = turned(event);
        let window = self.window();
        if window.is_all(&whole) && dy >= 0.0 {
            // Nothing further out: the page scrolls on.
            self.hand.turned = 0.0;
            return;
        }
        event.prevent_default();
        let sideways = if event.shift_key() && dx == 0.0 { dy } else { dx };
        if event.shift_key() || sideways.abs() > dy.abs() {
            let rows = (sideways.abs() / 20.0).ceil().copysign(sideways) as i64;
            return self.set_window(window.panned(&whole, rows * i64::from(whole.columns)));
        }
        self.hand.turned -= if event.ctrl_key() { dy * PINCH } else { dy };
        if self.hand.turned.abs() < LEVEL_PX {
            return;
        }
        let levels = (core::mem::take(&mut self.hand.turned) / (2.0 * LEVEL_PX)).round();
        let levels = if levels == 0.0 { (-dy).signum() } else { levels };
        let at = self.address_at(f64::from(event.offset_x()), f64::from(event.offset_y()));
        // Between the arena's end and the map's there is no address.
        let at = at.unwrap_or(whole.capacity.saturating_sub(Bytes::new(1)));
        self.set_window(window.zoomed(&whole, levels as i32, at));
    }

    /// A click, a pan or a selection begins.
    pub(super) fn down(&mut self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        capture(event);
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let selects = event.shift_key() && self.style.is_large;
        let selects_from = self.address_at(x, y).filter(|_| selects);
        self.hand.drag = Some(Drag { x, y, window: self.window(), selects_from, moved: false });
    }

    /// Points; or pans, or selects, with a drag.
    pub(super) fn moved(&mut self, event: &PointerEvent) {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        self.pointed = self.address_at(x, y);
        self.cursor = None;
        let Some(mut drag) = self.hand.drag.take() else { return };
        drag.moved |= (x - drag.x).abs() >= CLICK_PX || (y - drag.y).abs() >= CLICK_PX;
        if drag.moved {
            self.drag_to(&drag, x, y);
        }
        self.hand.drag = Some(drag);
    }

    fn drag_to(&self, drag: &Drag, x: f64, y: f64) {
        let (Some(whole), Some(layout)) = (self.whole, self.layout()) else { return };
        if let Some(from) = drag.selects_from {
            let to = self.pointed.unwrap_or_else(|| end_near(&layout, y * self.ratio));
            return self.select(hull(layout.cell_at(from), layout.cell_at(to)), true);
        }
        let across = (drag.x - x) * self.ratio * f64::from(whole.columns) / f64::from(whole.width_px);
        let down = (drag.y - y) * self.ratio * f64::from(whole.rows) / f64::from(whole.height_px);
        let cells = down.round() as i64 * i64::from(whole.columns) + across.round() as i64;
        self.set_window(drag.window.panned(&whole, cells));
    }

    /// A click pins; a drag has ended.
    pub(super) fn up(&mut self) {
        let Some(drag) = self.hand.drag.take() else { return };
        if drag.selects_from.is_some() {
            self.store.selected.settle();
        } else if !drag.moved {
            self.pick();
        }
    }

    /// The pointer is gone.
    pub(super) fn leave(&mut self) {
        self.pointed = None;
        self.hand.turned = 0.0;
    }

    /// The strip is pressed: what is on screen moves there, and goes along.
    pub(super) fn strip_down(&mut self, event: &PointerEvent) {
        capture(event);
        self.hand.is_on_strip = true;
        self.strip_moved(event);
    }

    /// Moves what is on screen to where the strip is pressed.
    pub(super) fn strip_moved(&mut self, event: &PointerEvent) {
        let Some(whole) = self.whole.filter(|_| self.hand.is_on_strip) else { return };
        let strip = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let width = strip.map_or(1.0, |strip| f64::from(strip.client_width()).max(1.0));
        let part = f64::from(event.offset_x()) / width;
        let at = Bytes::new((part.clamp(0.0, 1.0) * whole.capacity.get() as f64) as u64);
        self.set_window(self.window().centred(&whole, at));
    }

    /// The strip is let go.
    pub(super) const fn strip_up(&mut self) {
        self.hand.is_on_strip = false;
    }

    /// Pins what is pointed at; lets go of it the second time.
    fn pick(&mut self) {
        let piece = self.pointed.or(self.cursor).and_then(|at| self.scene().at(at).copied());
        let pin = piece.map(|piece| Pin { piece });
        let is_again = self.look.pin.get_untracked().is_some_and(|old| pin.is_some_and(|new| old.is(&new.piece)));
        self.look.unpin();
        self.look.pin.set(pin.filter(|_| !is_again));
    }

    /// Does what was asked for outside of the map.
    pub(super) fn take_request(&mut self) {
        let Some(whole) = self.whole.filter(|_| self.style.is_large) else { return };
        let Some(request) = self.look.request.get_untracked() else { return };
        self.look.request.set(None);
        match request {
            MapRequest::Zoom(levels) => self.zoom(&whole, levels),
            MapRequest::All => self.set_window(MapWindow::ALL),
            MapRequest::Frame(range) => self.set_window(MapWindow::framing(&whole, range)),
            MapRequest::Show(range) => self.set_window(MapWindow::showing(&whole, range)),
            MapRequest::Pin(at) => {
                let piece = self.scene().at(Bytes::new(at)).copied();
                self.look.unpin();
                self.look.pin.set(piece.map(|piece| Pin { piece }));
                self.show_pinned(&whole);
            }
        }
    }

    /// Zooms where the keys are, else in the middle.
    fn zoom(&self, whole: &MapLayout, levels: i32) {
        let layout = self.window().layout(whole);
        let middle = Bytes::new(layout.start.get() + layout.window_bytes() / 2);
        let at = self.cursor.filter(|at| layout.window().contains(&at.get())).unwrap_or(middle);
        self.set_window(self.window().zoomed(whole, levels, at));
    }

    fn show_pinned(&self, whole: &MapLayout) {
        if let Some(piece) = self.look.pin.get_untracked().map(|pin| pin.piece) {
            self.set_window(MapWindow::showing(whole, piece.offset_bytes..piece.end_bytes()));
        }
    }

    fn set_window(&self, window: MapWindow) {
        put(self.look.window, window);
    }

    /// Selects addresses for every panel; in one step with what follows, for a drag.
    fn select(&self, range: Range<u64>, is_drag: bool) {
        let change =
            |selection: &mut crate::analysis::selection::selected::Selection| selection.addresses = Some(range);
        if is_drag { self.store.selected.adjust(change) } else { self.store.selected.select(change) }
    }

    /// Acts on a key; what is there is said.
    pub(super) fn key(&mut self, event: &KeyboardEvent) {
        let Some(whole) = self.whole else { return };
        if event.alt_key() || event.meta_key() {
            return;
        }
        let is_done = self.key_moves(event, &whole)
            || self.key_acts(event)
            || self.style.is_large && !event.ctrl_key() && self.key_zooms(event, &whole);
        if is_done {
            event.prevent_default();
            event.stop_propagation();
            put(self.texts.spoken, self.reading());
        }
    }

    /// Moves the keyboard's cell by arrow, page and end keys.
    fn key_moves(&mut self, event: &KeyboardEvent, whole: &MapLayout) -> bool {
        let layout = self.window().layout(whole);
        let (cell, row) = (layout.cell.get(), layout.row_bytes().get());
        let from = self.cursor.or(self.pointed).unwrap_or(layout.start).get();
        let to = match (event.key().as_str(), event.ctrl_key()) {
            ("ArrowLeft", false) => from.saturating_sub(cell),
            ("ArrowRight", false) => from.saturating_add(cell),
            ("ArrowUp", false) => from.saturating_sub(row),
            ("ArrowDown", false) => from.saturating_add(row),
            ("ArrowLeft", true) => self.piece_start(Bytes::new(from), -1),
            ("ArrowRight", true) => self.piece_start(Bytes::new(from), 1),
            _ => return false,
        };
        // Below the first row or above the last there is nothing to go to.
        let to = Bytes::new(if to >= layout.capacity.get() { from } else { to });
        self.cursor = Some(to);
        self.pointed = None;
        self.set_window(self.window().revealing(whole, to));
        if event.shift_key() && self.style.is_large {
            let anchor = *self.hand.anchor.get_or_insert(Bytes::new(from));
            self.select(hull(layout.cell_at(anchor), layout.cell_at(to)), false);
        } else {
            self.hand.anchor = None;
        }
        true
    }

    /// Where the range before or after an address begins; before the middle of a range,
    /// that is its own beginning.
    fn piece_start(&self, at: Bytes, by: isize) -> u64 {
        let pieces = self.scene().pieces();
        let index = self.scene().first_behind(at);
        let is_inside = pieces.get(index).is_some_and(|piece| piece.offset_bytes < at.get());
        let index = if by < 0 && is_inside { index } else { index.saturating_add_signed(by) };
        pieces.get(index).map_or(at.get(), |piece| piece.offset_bytes)
    }

    fn key_acts(&mut self, event: &KeyboardEvent) -> bool {
        match event.key().as_str() {
            "Enter" => self.pick(),
            "Escape" => return self.let_go(),
            "c" | "C" if self.style.is_large && !event.ctrl_key() => return self.copy_card(),
            _ => return false,
        }
        true
    }

    fn key_zooms(&mut self, event: &KeyboardEvent, whole: &MapLayout) -> bool {
        let screenful = i64::from(whole.columns) * i64::from(whole.rows.saturating_sub(1).max(1));
        match event.key().as_str() {
            "+" | "=" => self.zoom(whole, 1),
            "-" | "_" => self.zoom(whole, -1),
            "Home" | "0" => self.set_window(MapWindow::ALL),
            "PageUp" => self.set_window(self.window().panned(whole, -screenful)),
            "PageDown" => self.set_window(self.window().panned(whole, screenful)),
            "z" | "Z" => self.show_pinned(whole),
            _ => return false,
        }
        true
    }

    fn copy_card(&self) -> bool {
        let text = card_text(self.look, self.feed.recording());
        let has_card = text.is_some();
        if let Some(text) = text {
            console::spawn(self.store, files::copy(text));
        }
        has_card
    }

    /// One thing after the other: the pin, the selected addresses, the cursor. False
    /// where there is none.
    fn let_go(&mut self) -> bool {
        let has_addresses = self.store.selected.now.with_untracked(|selection| selection.addresses.is_some());
        if self.look.pin.with_untracked(Option::is_some) {
            self.look.unpin();
        } else if has_addresses && self.style.is_large {
            self.store.selected.select(|selection| selection.addresses = None);
        } else if self.cursor.take().is_none() {
            return false;
        }
        true
    }
}

/// The first or the last address, whichever a place outside of them is nearer to.
fn end_near(layout: &MapLayout, y_px: f64) -> Bytes {
    let window = layout.window();
    Bytes::new(if y_px <= 0.0 { window.start } else { window.end.saturating_sub(1) })
}

fn hull(a: Range<u64>, b: Range<u64>) -> Range<u64> {
    a.start.min(b.start)..a.end.max(b.end)
}
