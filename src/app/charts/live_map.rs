//! What the arena map does in a frame: read the newest walk at a bounded pace,
//! draw the cells where it changed, outline what is pointed at.

use super::map_paint::{MapPainter, draw_outline};
use super::source::Source;
use super::stage::{Layer, Stage};
use crate::analysis::map_cells::{ArenaWalk, Cell};
use crate::analysis::map_layout::MapLayout;
use crate::analysis::map_words::range_words;
use crate::analysis::strip::run_span;
use crate::app::frame::Frame;
use crate::app::palette::Palette;
use crate::app::view::View;
use crate::platform::clock::now_ms;
use crate::telemetry::Shared;
use crate::telemetry::map::MapRange;
use crate::units::{Bytes, Micros};
use leptos::html;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// Walks are read at most this often.
const READ_MS: f64 = 100.0;
/// A walk that takes long is read more rarely: at most this part of the time
/// goes into it.
const READ_SHARE: f64 = 0.03;
const SUMMARY_MS: f64 = 1000.0;

/// The map's texts.
#[derive(Clone, Copy)]
pub(super) struct MapTexts {
    /// What is pointed at, or the scale.
    pub(super) reading: RwSignal<String>,
    /// What a key went to, for who does not see it.
    pub(super) spoken: RwSignal<String>,
    /// The whole map in a sentence.
    pub(super) summary: RwSignal<String>,
    /// There is no walk yet.
    pub(super) empty: RwSignal<bool>,
}

impl MapTexts {
    /// Of a map without data.
    pub(super) fn new() -> Self {
        Self {
            reading: RwSignal::default(),
            spoken: RwSignal::default(),
            summary: RwSignal::default(),
            empty: RwSignal::new(true),
        }
    }
}

struct Drawing {
    stage: Stage,
    base: Layer,
    live: Layer,
    painter: MapPainter,
}

/// All that the cells show.
#[derive(Clone, Copy, PartialEq)]
struct CellsKey {
    walk: u32,
    layout: MapLayout,
    theme: u32,
}

/// All that the outlines show.
#[derive(Clone, Copy, PartialEq)]
struct OutlineKey {
    cells: CellsKey,
    pointed: Option<Bytes>,
    picked: Option<u64>,
}

/// The map between two frames.
pub(super) struct LiveMap {
    view: View,
    source: Source,
    texts: MapTexts,
    pitch_px: u32,
    drawing: Option<Drawing>,
    words: Vec<u64>,
    walk: ArenaWalk,
    walk_number: u32,
    /// When it was read, engine time: ages are of that moment.
    walk_time: Micros,
    next_read_ms: f64,
    next_summary_ms: f64,
    cells: Vec<Cell>,
    layout: Option<MapLayout>,
    ratio: f64,
    cells_key: Option<CellsKey>,
    outline_key: Option<OutlineKey>,
    pointed: Option<Bytes>,
}

impl LiveMap {
    /// A map that nothing was drawn of.
    pub(super) fn new(view: View, source: Source, texts: MapTexts, pitch_px: u32) -> Self {
        Self {
            view,
            source,
            texts,
            pitch_px,
            drawing: None,
            words: Vec::new(),
            walk: ArenaWalk::default(),
            walk_number: 0,
            walk_time: Micros::ZERO,
            next_read_ms: 0.0,
            next_summary_ms: 0.0,
            cells: Vec::new(),
            layout: None,
            ratio: 1.0,
            cells_key: None,
            outline_key: None,
            pointed: None,
        }
    }

    /// True once there are canvases.
    pub(super) fn is_set_up(&self) -> bool {
        self.drawing.is_some()
    }

    /// Takes the canvases, as soon as they are in the page.
    pub(super) fn set_up(
        &mut self,
        holder: NodeRef<html::Div>,
        base: NodeRef<html::Canvas>,
        live: NodeRef<html::Canvas>,
    ) -> Option<()> {
        let stage = Stage::watch(holder.get_untracked()?.as_ref())?;
        let (base, live) = (Layer::of(base.get_untracked()?)?, Layer::of(live.get_untracked()?)?);
        self.drawing = Some(Drawing { stage, base, live, painter: MapPainter::new()? });
        Some(())
    }

    /// Draws what changed. Nothing where the map is not to be seen.
    pub(super) fn draw(&mut self, frame: &Frame) {
        let Some(size) = self.drawing.as_ref().and_then(|drawing| drawing.stage.size()) else { return };
        let Some(shared) = self.source.shared() else { return };
        self.read(shared, frame.now_ms);
        let ((width, height), pitch) = (size.px(), size.scaled(f64::from(self.pitch_px)));
        self.layout = MapLayout::fit(self.walk.capacity(), width, height, pitch);
        self.ratio = size.ratio;
        if let Some(layout) = self.layout {
            let theme = self.view.theme_number.get_untracked();
            self.draw_layers(CellsKey { walk: self.walk_number, layout, theme });
        }
        self.set_texts(frame.now_ms);
    }

    /// The newest walk. Not while the view stands still, unless there is none.
    fn read(&mut self, shared: &Shared, now: f64) {
        let number = shared.map.number();
        let frozen = self.view.paused.get_untracked() && !self.walk.ranges().is_empty();
        if frozen || now < self.next_read_ms || number == self.walk_number {
            return;
        }
        let begun = now_ms();
        if let Some(number) = shared.map.read(&mut self.words) {
            self.walk = ArenaWalk::from_words(&self.words);
            self.walk_number = number;
            self.walk_time = Micros::new(run_span(&shared.samples).end_us as u64);
        }
        self.next_read_ms = now + READ_MS.max((now_ms() - begun) / READ_SHARE);
    }

    fn draw_layers(&mut self, cells_key: CellsKey) {
        let Some(drawing) = &mut self.drawing else { return };
        let (layout, palette) = (cells_key.layout, Palette::current(self.view));
        if self.cells_key != Some(cells_key) {
            self.cells_key = Some(cells_key);
            self.walk.fill_cells(&layout, &mut self.cells);
            // Fails only where the browser took a canvas away; the next change
            // draws again.
            let _ = drawing.painter.draw_cells(&drawing.base, &layout, &self.cells, &palette);
        }
        let picked = self.view.picked_offset.get_untracked();
        let key = OutlineKey { cells: cells_key, pointed: self.pointed, picked };
        if self.outline_key == Some(key) {
            return;
        }
        self.outline_key = Some(key);
        drawing.live.clear((layout.width_px, layout.height_px));
        let outline = |offset: Bytes, colour, width: f64| {
            if let Some(range) = self.walk.index_at(offset).map(|index| self.walk.ranges()[index]) {
                let range = (Bytes::new(range.offset_bytes), Bytes::new(range.size_bytes));
                draw_outline(&drawing.live, &layout, range, colour, (width * self.ratio).round().max(1.0));
            }
        };
        if let Some(offset) = picked {
            outline(Bytes::new(offset), palette.text, 2.0);
        }
        if let Some(offset) = self.pointed {
            outline(offset, palette.text, 1.0);
        }
    }

    fn set_texts(&mut self, now: f64) {
        put(self.texts.empty, self.walk.ranges().is_empty());
        put(self.texts.reading, self.reading());
        if now >= self.next_summary_ms {
            self.next_summary_ms = now + SUMMARY_MS;
            put(self.texts.summary, self.walk.summary());
        }
    }

    fn reading(&self) -> String {
        match (self.range_read(), self.layout) {
            (Some(range), _) => range_words(&range, self.walk_time),
            (None, Some(layout)) => format!("{} per row · {} per cell", layout.row_bytes(), layout.cell),
            (None, None) => String::new(),
        }
    }

    /// What is pointed at, else what is picked.
    fn range_read(&self) -> Option<MapRange> {
        let picked = self.view.picked_offset.get_untracked().map(Bytes::new);
        let index = self.walk.index_at(self.pointed.or(picked)?)?;
        Some(self.walk.ranges()[index])
    }

    /// The pointer is there, CSS pixels.
    pub(super) fn point(&mut self, x: f64, y: f64) {
        self.pointed = self.layout.and_then(|layout| layout.offset_at(x * self.ratio, y * self.ratio));
    }

    /// The pointer is gone.
    pub(super) fn leave(&mut self) {
        self.pointed = None;
    }

    /// Keeps outlined what is pointed at; lets go of it the second time.
    pub(super) fn pick(&mut self) {
        let pointed = self.pointed.and_then(|offset| self.walk.index_at(offset));
        let offset = pointed.map(|index| self.walk.ranges()[index].offset_bytes);
        let again = offset == self.view.picked_offset.get_untracked();
        self.view.picked_offset.set(offset.filter(|_| !again));
    }

    /// Moves by ranges and rows.
    pub(super) fn key(&mut self, event: &KeyboardEvent) {
        let row = self.layout.map_or(Bytes::ZERO, |layout| layout.row_bytes());
        let offset = self.pointed.unwrap_or(Bytes::ZERO);
        let index = self.walk.index_at(offset).unwrap_or(0);
        match event.key().as_str() {
            "ArrowLeft" => self.go_to_range(index.saturating_sub(1)),
            "ArrowRight" => self.go_to_range(index + 1),
            "ArrowUp" => self.go_to(offset.saturating_sub(row)),
            "ArrowDown" => self.go_to(offset.checked_add(row).unwrap_or(offset)),
            "Home" => self.go_to_range(0),
            "End" => self.go_to_range(self.walk.ranges().len().saturating_sub(1)),
            "Enter" => self.pick(),
            "Escape" => self.let_go(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
        put(self.texts.spoken, self.reading());
    }

    fn let_go(&mut self) {
        self.pointed = None;
        self.view.picked_offset.set(None);
    }

    fn go_to_range(&mut self, index: usize) {
        if let Some(range) = self.walk.ranges().get(index) {
            self.pointed = Some(Bytes::new(range.offset_bytes));
        }
    }

    fn go_to(&mut self, offset: Bytes) {
        if offset < self.walk.capacity() {
            self.pointed = Some(offset);
        }
    }
}

/// Sets a text where it changed.
fn put<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}
