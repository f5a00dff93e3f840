//! What the arena map does in a frame: follow the newest scene, draw the cells where it
//! changed, mark what is pointed at, pinned, asked for and selected.

use super::feed::MapFeed;
use super::hand::Hand;
use super::look::MapLook;
use super::marks::Marks;
use super::paint::{draw_cells, draw_outline, draw_veil};
use super::texts::{MapTexts, TextClock};
use crate::analysis::map::cells::{Cell, fill_cells};
use crate::analysis::map::colours::{ColourBy, Colouring};
use crate::analysis::map::layout::MapLayout;
use crate::analysis::map::scene::{Piece, Scene};
use crate::analysis::map::window::MapWindow;
use crate::app::canvas::keyed::KeyedLayer;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::LiveCanvas;
use crate::app::canvas::pixels::Pixels;
use crate::app::canvas::stage::{Size, Stage};
use crate::app::frames::frame_loop::Frame;
use crate::app::state::store::Store;
use crate::app::theme::palette::{self, Palette};
use crate::units::Bytes;
use leptos::html;
use leptos::prelude::*;

/// Which map it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapStyle {
    /// The least size of a cell, CSS pixels.
    pub(super) pitch_px: u32,
    /// Zoom, colours and cards; else the whole arena by category.
    pub(super) is_large: bool,
}

/// The whole arena in one row.
struct Strip {
    stage: Stage,
    layer: KeyedLayer<StripKey>,
    pixels: Pixels,
}

impl Strip {
    /// `None` where the map has none.
    fn of(canvas: NodeRef<html::Canvas>) -> Option<Self> {
        let canvas = canvas.get_untracked()?;
        let stage = Stage::watch(canvas.as_ref())?;
        Some(Self { stage, layer: KeyedLayer::new(Layer::of(canvas)?), pixels: Pixels::new()? })
    }
}

/// All that the cells show.
#[derive(Clone, Copy, PartialEq)]
struct CellsKey {
    scene: u32,
    layout: MapLayout,
    theme: u32,
    colours: u32,
}

/// All that the strip shows: it frames the addresses of `cells`.
#[derive(Clone, Copy, PartialEq)]
struct StripKey {
    cells: CellsKey,
    layout: MapLayout,
}

/// What a map shows and says: found by the component, before there is a canvas.
pub(super) struct MapContent {
    pub(super) store: Store,
    pub(super) look: MapLook,
    pub(super) texts: MapTexts,
    pub(super) feed: MapFeed,
    pub(super) style: MapStyle,
}

/// The map between two frames.
pub(super) struct LiveMap {
    pub(super) store: Store,
    pub(super) look: MapLook,
    pub(super) texts: MapTexts,
    pub(super) feed: MapFeed,
    pub(super) style: MapStyle,
    base: KeyedLayer<CellsKey>,
    over: KeyedLayer<(CellsKey, Marks)>,
    strip: Option<Strip>,
    pixels: Pixels,
    colouring: Colouring,
    /// The scene that tags were seen of.
    coloured: Option<u32>,
    /// Changes with what colours tell.
    colours: u32,
    cells: Vec<Cell>,
    /// Of the whole arena, as large as the map is.
    pub(super) whole: Option<MapLayout>,
    pub(super) ratio: f64,
    /// The address under the pointer.
    pub(super) pointed: Option<Bytes>,
    /// The cell that keys have gone to.
    pub(super) cursor: Option<Bytes>,
    pub(super) hand: Hand,
    pub(super) clock: TextClock,
}

impl LiveCanvas for LiveMap {
    fn draw(&mut self, size: Size, frame: &Frame) {
        self.feed.follow(frame.now_ms, self.wants_births());
        self.leave_old_run();
        let ((width, height), pitch) = (size.px(), size.scaled(f64::from(self.style.pitch_px)));
        self.whole = MapLayout::fit(self.feed.scene().capacity(), width, height, pitch);
        self.ratio = size.ratio;
        self.take_request();
        if let Some(layout) = self.layout() {
            self.colour();
            let (theme, colours) = (palette::number(), self.colours);
            self.draw_layers(CellsKey { scene: self.feed.version(), layout, theme, colours });
        }
        self.say(frame);
    }
}

impl LiveMap {
    /// A map that nothing was drawn of; `None` where the browser has no canvas left.
    pub(super) fn new(content: MapContent, [base, over]: [Layer; 2], strip: NodeRef<html::Canvas>) -> Option<Self> {
        let MapContent { store, look, texts, feed, style } = content;
        Some(Self {
            store,
            look,
            texts,
            feed,
            style,
            base: KeyedLayer::new(base),
            over: KeyedLayer::new(over),
            strip: Strip::of(strip),
            pixels: Pixels::new()?,
            colouring: Colouring::new(ColourBy::Category),
            coloured: None,
            colours: 0,
            cells: Vec::new(),
            whole: None,
            ratio: 1.0,
            pointed: None,
            cursor: None,
            hand: Hand::default(),
            clock: TextClock::default(),
        })
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
        let palette = Palette::current();
        let (scene, cells, colouring, pixels) = (self.feed.scene(), &mut self.cells, &self.colouring, &mut self.pixels);
        self.base.draw_if(key, |layer, key, _| {
            fill_cells(scene, &key.layout, colouring, cells);
            draw_cells(pixels, layer, &key.layout, cells, colouring, &palette)
        });
        self.draw_strip(key, &palette);
        self.draw_over(key, &palette);
    }

    /// The whole arena in one row, with what is on screen framed.
    fn draw_strip(&mut self, shown: CellsKey, palette: &Palette) {
        let Some(Strip { stage, layer, pixels }) = &mut self.strip else { return };
        let Some(px) = stage.size().map(|size| size.px()) else { return };
        let Some(layout) = MapLayout::strip(shown.layout.capacity, px.0, px.1) else { return };
        let (scene, cells, colouring, width) =
            (self.feed.scene(), &mut self.cells, &self.colouring, (2.0 * self.ratio).round());
        layer.draw_if(StripKey { cells: shown, layout }, |layer, key, _| {
            let (layout, window) = (&key.layout, key.cells.layout.window());
            fill_cells(scene, layout, colouring, cells);
            let drawn = draw_cells(pixels, layer, layout, cells, colouring, palette);
            let outside = [0..window.start, window.end..layout.capacity.get()];
            outside.iter().for_each(|range| draw_veil(layer, layout, range, palette.panel, 0.65));
            if outside.iter().any(|range| !range.is_empty()) {
                draw_outline(layer, layout, &window, palette.accent, width);
            }
            drawn
        });
    }

    fn draw_over(&mut self, cells: CellsKey, palette: &Palette) {
        let range_of = |piece: &Piece| piece.offset_bytes..piece.end_bytes();
        let marks = Marks {
            selected: self.store.selected.now.with_untracked(|selection| selection.addresses.clone()),
            asked: self.look.answer.with_untracked(|answer| answer.as_ref()?.range()),
            pinned: self.look.pin.with_untracked(|pin| pin.map(|pin| range_of(&pin.piece))),
            pointed: self.pointed.and_then(|at| self.scene().at(at)).map(range_of),
            cursor: self.cursor.map(|at| cells.layout.cell_at(at)),
        };
        let marks = if self.style.is_large { marks } else { Marks { selected: None, asked: None, ..marks } };
        let (answer, ratio) = (self.look.answer, self.ratio);
        self.over.draw_if((cells, marks), |layer, (CellsKey { layout, .. }, marks), _| {
            answer.with_untracked(|answer| marks.draw(layer, layout, palette, ratio, answer.as_ref()));
        });
    }
}
