//! What the heat map does in a frame: look whether anything changed, draw the layers that
//! did, and set the texts.

use super::heat_paint::{draw_heat, draw_pointed};
use crate::analysis::chart::columns::Grid;
use crate::analysis::chart::plot::Axis;
use crate::analysis::fragmentation::heat_grid::HeatGrid;
use crate::analysis::fragmentation::heat_text;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::LiveCanvas;
use crate::app::canvas::pace::TextPace;
use crate::app::canvas::pixels::Pixels;
use crate::app::canvas::stage::Size;
use crate::app::chart::gestures::Gestures;
use crate::app::chart::paint::{CrossHair, Geometry};
use crate::app::chart::plot_view::{OverTime, PlotTexts};
use crate::app::chart::source::Source;
use crate::app::chart::time_layers::{Ground, TimeLayers};
use crate::app::chart::view::View;
use crate::app::frames::frame_loop::Frame;
use crate::app::state::signals::put;
use crate::telemetry::Shared;
use leptos::prelude::*;
use std::rc::Rc;

/// The size that keys begin at: 64 KiB.
const SIZE_DEFAULT: usize = 12;

/// The map's texts.
#[derive(Clone, Copy, Default)]
pub(super) struct HeatTexts {
    pub(super) plot: PlotTexts,
    pub(super) reading: RwSignal<String>,
}

/// All that the image shows.
#[derive(Clone, Copy, PartialEq)]
struct FlowKey {
    ground: Ground,
    first: i64,
    run_start: u64,
    /// Rows of the heat log that were taken in so far.
    rows: u64,
}

/// What the cross-hair is at.
#[derive(Clone, Copy, PartialEq)]
struct Pointed {
    time_us: f64,
    size: usize,
}

/// The map between two frames.
pub(super) struct LiveHeat {
    layers: TimeLayers<FlowKey, Pointed>,
    pixels: Pixels,
    source: Source,
    texts: HeatTexts,
    pace: TextPace,
    map: HeatGrid,
    geometry: Option<Geometry>,
    /// The request size that is read.
    size: usize,
}

impl LiveHeat {
    /// A map that nothing was drawn of; `None` where the browser has no canvas left.
    pub(super) fn new(layers: [Layer; 3], view: View, source: Source, texts: HeatTexts) -> Option<Self> {
        Some(Self {
            layers: TimeLayers::new(layers, view, Rc::clone(&source)),
            pixels: Pixels::new()?,
            source,
            texts,
            pace: TextPace::default(),
            map: HeatGrid::default(),
            geometry: None,
            size: SIZE_DEFAULT,
        })
    }

    fn draw_layers(&mut self, shared: &Shared, ground: Ground, grid: Grid) {
        let rows = shared.heat.rows();
        let run_start = rows.start - shared.heat.dropped();
        let key = FlowKey { ground, first: grid.first, run_start, rows: rows.end };
        if self.layers.flow() == Some(&key) {
            return;
        }
        self.map.update(&shared.heat, grid);
        let (pixels, map) = (&mut self.pixels, &self.map);
        self.layers.draw_flow(key, ground, grid.span(), |painter, layer| {
            draw_heat(pixels, layer, painter.geometry, map, painter.palette)
        });
        let ticks = heat_text::size_ticks(map.sizes(), ground.geometry.rows());
        let axis = Axis { top: map.sizes().max(1) as f64, ticks, limit: None };
        self.layers.draw_axes(ground, vec![(1.0, axis)]);
    }

    /// The cross-hair, with a frame around the size that is read.
    fn draw_cross_hair(&mut self, geometry: Geometry) {
        let (size, sizes) = (self.size, self.map.sizes());
        let time_us = self.layers.view.cursor_us.get_untracked().filter(|time_us| self.layers.shows(*time_us));
        let at = time_us.map(|time_us| Pointed { time_us, size });
        self.layers.draw_cross_hair(at, geometry, |painter, layer, axes, span| {
            let Some(time_us) = time_us else { return };
            // Fails only where the browser took the canvas away.
            let _ = painter.draw_cross_hair(axes, span, &CrossHair { time_us, marks: Vec::new() });
            if size < sizes {
                let [x, _, width, _] = geometry.plot();
                let share = (time_us - span.start_us) / span.width_us().max(1.0);
                draw_pointed(layer, geometry, x + share * width, size, sizes, painter.palette.text);
            }
        });
    }

    fn set_texts(&mut self, shared: &Shared, frame: &Frame) {
        let cursor_us = self.layers.view.cursor_us.get_untracked();
        if self.pace.takes_readings(frame, cursor_us.is_some()) {
            let reading = match cursor_us {
                Some(time_us) => heat_text::reading(&shared.heat, time_us, self.size),
                None => heat_text::newest(&shared.heat),
            };
            put(self.texts.plot.has_data, !shared.heat.rows().is_empty());
            if core::mem::take(&mut self.layers.gestures.keyed) {
                put(self.texts.plot.spoken, reading.clone());
            }
            put(self.texts.reading, reading);
        }
        if self.pace.takes_summary(frame) {
            let table = |rows| heat_text::table(&shared.heat, self.layers.span, rows);
            self.texts.plot.summarise(heat_text::summary(&shared.heat), table);
        }
    }
}

impl LiveCanvas for LiveHeat {
    fn draw(&mut self, size: Size, frame: &Frame) {
        let Some(shared) = self.source.shared() else { return };
        let (ground, grid) = self.layers.follow(size, &shared.samples);
        self.geometry = Some(ground.geometry);
        self.draw_layers(shared, ground, grid);
        self.draw_cross_hair(ground.geometry);
        self.set_texts(shared, frame);
    }
}

impl OverTime for LiveHeat {
    fn gestures(&mut self) -> &mut Gestures {
        &mut self.layers.gestures
    }

    /// The size at that height is read.
    fn point(&mut self, y: f64) {
        let (Some(geometry), sizes) = (self.geometry, self.map.sizes()) else { return };
        let [_, top, _, height] = geometry.plot();
        let share = 1.0 - (y * geometry.size.ratio - top) / height.max(1.0);
        if sizes > 0 {
            self.size = ((share * sizes as f64).max(0.0) as usize).min(sizes - 1);
        }
    }

    /// Reads a larger or smaller size.
    fn key(&mut self, key: &str) -> bool {
        let last = self.map.sizes().saturating_sub(1);
        match key {
            "ArrowUp" => self.size = (self.size + 1).min(last),
            "ArrowDown" => self.size = self.size.saturating_sub(1),
            _ => return false,
        }
        true
    }
}
