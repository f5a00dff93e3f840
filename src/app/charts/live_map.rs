//! What the arena map does in a frame: follow the newest scene, draw the cells where it
//! changed, mark what is pointed at, pinned, asked for and selected.

use super::map_feed::MapFeed;
use super::map_gestures::Hand;
use super::map_paint::{MapPainter, draw_outline, draw_veil};
use super::map_texts::{MapTexts, TextClock};
use super::stage::{Layer, Stage};
use crate::analysis::map_blockers::Answer;
use crate::analysis::map_cells::{Cell, fill_cells};
use crate::analysis::map_colours::{ColourBy, Colouring};
use crate::analysis::map_layout::MapLayout;
use crate::analysis::map_scene::Scene;
use crate::analysis::map_window::MapWindow;
use crate::app::frame::Frame;
use crate::app::map_look::MapLook;
use crate::app::palette::Palette;
use crate::app::store::Store;
use crate::app::view::View;
use crate::units::Bytes;
use core::ops::Range;
use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// Which map it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapStyle {
    /// The least size of a cell, CSS pixels.
    pub(super) pitch_px: u32,
    /// Zoom, colours and cards; else the whole arena by category.
    pub(super) is_large: bool,
}

/// The elements that a map is drawn on.
#[derive(Clone, Copy)]
pub(super) struct MapElements {
    pub(super) holder: NodeRef<html::Div>,
    pub(super) base: NodeRef<html::Canvas>,
    pub(super) live: NodeRef<html::Canvas>,
    pub(super) strip: NodeRef<html::Canvas>,
}

struct Drawing {
    stage: Stage,
    base: Layer,
    live: Layer,
    painter: MapPainter,
    strip: Option<Strip>,
}

/// The whole arena in one row.
struct Strip {
    stage: Stage,
    layer: Layer,
    painter: MapPainter,
}

/// All that the cells show.
#[derive(Clone, Copy, PartialEq)]
struct CellsKey {
    scene: u32,
    layout: MapLayout,
    theme: u32,
    colours: u32,
}

/// All that the strip shows.
#[derive(Clone, PartialEq)]
struct StripKey {
    cells: CellsKey,
    shown: Range<u64>,
}

/// All that lies over the cells.
#[derive(Clone, PartialEq)]
struct OverKey {
    cells: CellsKey,
    pointed: Option<Bytes>,
    cursor: Option<Bytes>,
    pinned: Option<Range<u64>>,
    asked: Option<Range<u64>>,
    selected: Option<Range<u64>>,
}

/// The map between two frames.
pub(super) struct LiveMap {
    pub(super) store: Store,
    pub(super) look: MapLook,
    pub(super) texts: MapTexts,
    pub(super) feed: MapFeed,
    pub(super) style: MapStyle,
    view: View,
    drawing: Option<Drawing>,
    colouring: Colouring,
    /// The scene that tags were seen of.
    coloured: Option<u32>,
    /// Changes with what colours tell.
    colours: u32,
    cells: Vec<Cell>,
    /// Of the whole arena, as large as the map is.
    pub(super) whole: Option<MapLayout>,
    pub(super) ratio: f64,
    cells_key: Option<CellsKey>,
    strip_key: Option<StripKey>,
    over_key: Option<OverKey>,
    /// The address under the pointer.
    pub(super) pointed: Option<Bytes>,
    /// The cell that keys have gone to.
    pub(super) cursor: Option<Bytes>,
    pub(super) hand: Hand,
    pub(super) clock: TextClock,
}

impl LiveMap {
    /// A map that nothing was drawn of.
    pub(super) fn from_context(texts: MapTexts, style: MapStyle) -> Self {
        let view: View = expect_context();
        Self {
            store: Store::expect(),
            look: view.map,
            texts,
            feed: MapFeed::from_context(),
            style,
            view,
            drawing: None,
            colouring: Colouring::new(ColourBy::Category),
            coloured: None,
            colours: 0,
            cells: Vec::new(),
            whole: None,
            ratio: 1.0,
            cells_key: None,
            strip_key: None,
            over_key: None,
            pointed: None,
            cursor: None,
            hand: Hand::default(),
            clock: TextClock::default(),
        }
    }

    /// True once there are canvases.
    pub(super) fn is_set_up(&self) -> bool {
        self.drawing.is_some()
    }

    /// Takes the canvases, as soon as they are in the page.
    pub(super) fn set_up(&mut self, elements: MapElements) -> Option<()> {
        let stage = Stage::watch(elements.holder.get_untracked()?.as_ref())?;
        let layer = |canvas: NodeRef<html::Canvas>| Layer::of(canvas.get_untracked()?);
        let strip = |canvas: HtmlCanvasElement| {
            let stage = Stage::watch(canvas.as_ref())?;
            Some(Strip { stage, layer: Layer::of(canvas)?, painter: MapPainter::new()? })
        };
        let strip = elements.strip.get_untracked().and_then(strip);
        let (base, live) = (layer(elements.base)?, layer(elements.live)?);
        self.drawing = Some(Drawing { stage, base, live, painter: MapPainter::new()?, strip });
        Some(())
    }

    /// Draws what changed. Nothing where the map is not to be seen.
    pub(super) fn draw(&mut self, frame: &Frame) {
        let Some(size) = self.drawing.as_ref().and_then(|drawing| drawing.stage.size()) else { return };
        self.feed.follow(frame.now_ms, self.wants_births());
        self.leave_old_run();
        let ((width, height), pitch) = (size.px(), size.scaled(f64::from(self.style.pitch_px)));
        self.whole = MapLayout::fit(self.feed.scene().capacity(), width, height, pitch);
        self.ratio = size.ratio;
        self.take_request();
        if let Some(layout) = self.layout() {
            self.colour();
            let (theme, colours) = (self.view.theme_number.get_untracked(), self.colours);
            self.draw_layers(CellsKey { scene: self.feed.version(), layout, theme, colours });
        }
        self.say(frame.now_ms);
    }

    /// What was pinned in an earlier run means nothing in this one.
    fn leave_old_run(&mut self) {
        let start = self.feed.recording().log().run_start();
        if self.look.run_start.get_value() != start {
            self.look.run_start.set_value(start);
            self.look.unpin();
            self.cursor = None;
        }
    }

    /// Who allocated everything is asked of the recording only where colours tell it.
    fn wants_births(&self) -> bool {
        self.by() == ColourBy::Thread
    }

    fn by(&self) -> ColourBy {
        if self.style.is_large { self.look.by.get_untracked() } else { ColourBy::Category }
    }

    /// Brings the colours up to what is chosen, and to the scene.
    fn colour(&mut self) {
        let by = self.by();
        let is_same = self.store.selected.now.with_untracked(|selection| {
            (&selection.categories, &selection.tags)
                == (&self.colouring.selection.categories, &self.colouring.selection.tags)
        });
        if self.colouring.by != by || !is_same {
            self.colouring.by = by;
            self.colouring.selection = self.store.selected.now.get_untracked();
            self.colours = self.colours.wrapping_add(1);
            self.coloured = None;
        }
        if self.coloured.replace(self.feed.version()) != Some(self.feed.version()) {
            self.colouring.see(self.feed.scene());
        }
    }

    /// Changes with what colours tell.
    pub(super) const fn colours(&self) -> u32 {
        self.colours
    }

    pub(super) fn scene(&self) -> &Scene {
        self.feed.scene()
    }

    pub(super) const fn colouring(&self) -> &Colouring {
        &self.colouring
    }

    /// The part of the arena on screen.
    pub(super) fn window(&self) -> MapWindow {
        if self.style.is_large { self.look.window.get_untracked() } else { MapWindow::ALL }
    }

    /// What is where on screen.
    pub(super) fn layout(&self) -> Option<MapLayout> {
        self.whole.map(|whole| self.window().layout(&whole))
    }

    fn draw_layers(&mut self, key: CellsKey) {
        let palette = Palette::current(self.view);
        let Some(drawing) = &mut self.drawing else { return };
        if self.cells_key != Some(key) {
            self.cells_key = Some(key);
            fill_cells(self.feed.scene(), &key.layout, &self.colouring, &mut self.cells);
            // Fails only where the browser took a canvas away; the next change
            // draws again.
            let _ = drawing.painter.draw_cells(&drawing.base, &key.layout, &self.cells, &self.colouring, &palette);
        }
        self.draw_strip(key, &palette);
        self.draw_over(key, &palette);
    }

    /// The whole arena in one row, with what is on screen framed.
    fn draw_strip(&mut self, cells: CellsKey, palette: &Palette) {
        let key = StripKey { cells, shown: cells.layout.window() };
        let Some(Strip { stage, layer, painter }) = self.drawing.as_mut().and_then(|drawing| drawing.strip.as_mut())
        else {
            return;
        };
        let Some((width, height)) = stage.size().map(|size| size.px()) else { return };
        if self.strip_key.as_ref() == Some(&key) && layer.size() == (width, height) {
            return;
        }
        let Some(layout) = MapLayout::strip(cells.layout.capacity, width, height) else { return };
        fill_cells(self.feed.scene(), &layout, &self.colouring, &mut self.cells);
        let _ = painter.draw_cells(layer, &layout, &self.cells, &self.colouring, palette);
        let outside = [0..key.shown.start, key.shown.end..cells.layout.capacity.get()];
        outside.iter().for_each(|range| draw_veil(layer, &layout, range, palette.panel, 0.65));
        if outside.iter().any(|range| !range.is_empty()) {
            draw_outline(layer, &layout, &key.shown, palette.accent, (2.0 * self.ratio).round());
        }
        self.strip_key = Some(key);
    }

    fn draw_over(&mut self, cells: CellsKey, palette: &Palette) {
        let pinned = self.look.pin.with_untracked(|pin| pin.map(|pin| pin.piece.offset_bytes..pin.piece.end_bytes()));
        let asked = self.look.answer.with_untracked(|answer| answer.as_ref()?.range());
        let selected = self.store.selected.now.with_untracked(|selection| selection.addresses.clone());
        let (pointed, cursor) = (self.pointed, self.cursor);
        let key = OverKey { cells, pointed, cursor, pinned, asked, selected };
        if self.over_key.as_ref() == Some(&key) {
            return;
        }
        let (Some(drawing), layout) = (&self.drawing, cells.layout) else { return };
        drawing.live.clear((layout.width_px, layout.height_px));
        let line = |width: f64| (width * self.ratio).round().max(1.0);
        let outline =
            |range: &Range<u64>, colour, width| draw_outline(&drawing.live, &layout, range, colour, line(width));
        if let Some(range) = key.selected.as_ref().filter(|_| self.style.is_large) {
            draw_veil(&drawing.live, &layout, range, palette.accent, 0.25);
            outline(range, palette.accent, 1.0);
        }
        if let Some(range) = key.asked.as_ref().filter(|_| self.style.is_large) {
            let cells = self.look.answer.with_untracked(|answer| blocked_cells(&layout, answer.as_ref()));
            cells.iter().for_each(|cells| draw_veil(&drawing.live, &layout, cells, palette.bad, 0.45));
            outline(range, palette.bad, 2.0);
        }
        if let Some(range) = &key.pinned {
            outline(range, palette.text, 2.0);
        }
        if let Some(piece) = self.pointed.and_then(|at| self.scene().at(at)) {
            outline(&(piece.offset_bytes..piece.end_bytes()), palette.text, 1.0);
        }
        if let Some(cell) = self.cursor.map(|at| cell_of(&layout, at)) {
            outline(&cell, palette.accent, 2.0);
        }
        self.over_key = Some(key);
    }
}

/// The cells on screen with something in the way, each once, however many ranges share
/// it.
fn blocked_cells(layout: &MapLayout, answer: Option<&Answer>) -> Vec<Range<u64>> {
    let (window, mut cells) = (layout.window(), Vec::<Range<u64>>::new());
    for piece in answer.map(Answer::pieces).unwrap_or_default() {
        let (from, to) = (piece.offset_bytes.max(window.start), piece.end_bytes().min(window.end));
        if from >= to {
            continue;
        }
        let (first, last) = (cell_of(layout, Bytes::new(from)), cell_of(layout, Bytes::new(to - 1)));
        match cells.last_mut() {
            Some(before) if first.start <= before.end => before.end = before.end.max(last.end),
            _ => cells.push(first.start..last.end),
        }
    }
    cells
}

/// The addresses of the cell of an address.
pub(super) fn cell_of(layout: &MapLayout, at: Bytes) -> Range<u64> {
    let (cell, start) = (layout.cell.get(), layout.start.get());
    let first = start + at.get().saturating_sub(start) / cell * cell;
    first..(first + cell).min(layout.capacity.get())
}
