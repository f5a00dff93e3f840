//! What all charts over time are made of: grid and labels on the lowest of three layers,
//! what flows on the next, the cross-hair on the uppermost.

use super::gestures::Gestures;
use super::paint::{CanvasPainter, Geometry, SvgPainter};
use super::source::Source;
use crate::analysis::chart::columns::Grid;
use crate::analysis::chart::plot::{Axis, Pane};
use crate::analysis::chart::svg::Svg;
use crate::analysis::chart::ticks::{Tick, live_time_ticks, run_time_ticks};
use crate::analysis::chart::window::TimeSpan;
use crate::analysis::recordings::samples::is_recorded;
use crate::analysis::timeline::columns::EventAxis;
use crate::analysis::timeline::ticks::axis_ticks;
use crate::app::canvas::keyed::KeyedLayer;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::plotters_backend::TextWidths;
use crate::app::canvas::stage::Size;
use crate::app::chart::view::View;
use crate::app::theme::palette::{self, Palette};
use crate::telemetry::samples::SampleLog;
use leptos::prelude::GetUntracked;
use std::cell::RefCell;
use std::rc::Rc;

/// What all layers are drawn into: where it changes, all of them change at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ground {
    pub(crate) geometry: Geometry,
    theme: u32,
    column_us: f64,
}

/// Panes, one above the other: each one's share of the height, and its axis.
pub(crate) type Axes = Vec<(f64, Axis)>;

/// All that the lowest layer shows.
#[derive(Clone, PartialEq)]
struct AxesKey {
    ground: Ground,
    axes: Axes,
    /// The end of a window that stands still; one that follows always looks the same.
    end_us: Option<f64>,
    /// Of a file's run; else of the engine's.
    is_recorded: bool,
    /// The run tells when things happened.
    has_times: bool,
}

/// The layers of a chart over time. `F` is all that flows, `C` what the cross-hair is at.
pub(crate) struct TimeLayers<F, C> {
    axes: KeyedLayer<AxesKey>,
    flow: KeyedLayer<F>,
    cross_hair: KeyedLayer<(F, C)>,
    pub(crate) view: View,
    pub(crate) gestures: Gestures,
    widths: TextWidths,
    /// What is on screen now.
    pub(crate) span: TimeSpan,
    source: Source,
    is_recorded: bool,
}

impl<F: Copy + PartialEq, C: PartialEq> TimeLayers<F, C> {
    /// With nothing on them.
    pub(crate) fn new([axes, flow, cross_hair]: [Layer; 3], view: View, source: Source) -> Self {
        Self {
            axes: KeyedLayer::new(axes),
            flow: KeyedLayer::new(flow),
            cross_hair: KeyedLayer::new(cross_hair),
            view,
            gestures: Gestures::new(view, Rc::clone(&source)),
            source,
            is_recorded: false,
            widths: TextWidths::default(),
            span: TimeSpan { start_us: 0.0, end_us: 0.0 },
        }
    }

    /// Goes with the window and the pointer: what is drawn into, and its columns.
    pub(crate) fn follow(&mut self, size: Size, log: &SampleLog) -> (Ground, Grid) {
        let geometry = Geometry { size };
        self.is_recorded = is_recorded(log);
        self.view.settle(log);
        self.gestures.follow(geometry);
        let grid = Grid::over(self.view.span(log), geometry.columns());
        let theme = palette::number();
        (Ground { geometry, theme, column_us: grid.column_us }, grid)
    }

    /// What flows, as it was drawn last.
    pub(crate) const fn flow(&self) -> Option<&F> {
        self.flow.shown()
    }

    /// Draws what flows within a span of time, where it changed.
    pub(crate) fn draw_flow<R>(
        &mut self,
        key: F,
        ground: Ground,
        span: TimeSpan,
        draw: impl FnOnce(&CanvasPainter<'_>, &Layer) -> R,
    ) {
        let palette = Palette::current();
        let (widths, geometry) = (&self.widths, ground.geometry);
        self.span = span;
        self.flow.draw_if(key, |layer, _, _| draw(&CanvasPainter::on(layer, widths, &palette, geometry), layer));
    }

    /// Draws grid and labels, where they changed.
    pub(crate) fn draw_axes(&mut self, ground: Ground, axes: Axes) {
        let palette = Palette::current();
        let (widths, geometry, span) = (&self.widths, ground.geometry, self.span);
        let end_us = self.view.end_us.get_untracked().map(|_| span.end_us);
        let (is_recorded, has_times) = (self.is_recorded, self.source.has_times());
        self.axes.draw_if(AxesKey { ground, axes, end_us, is_recorded, has_times }, |layer, key, _| {
            CanvasPainter::on(layer, widths, &palette, geometry).draw_static(&key.axes, span, &time_ticks(key, span))
        });
    }

    /// Draws the cross-hair; takes it away where it is at nothing. On a layer of its own: a
    /// pointer moves it, not the series.
    pub(crate) fn draw_cross_hair<R>(
        &mut self,
        at: Option<C>,
        geometry: Geometry,
        draw: impl FnOnce(&CanvasPainter<'_>, &Layer, &Axes, TimeSpan) -> R,
    ) {
        let (Some(at), Some(flow), Some(AxesKey { axes, .. })) = (at, self.flow.shown(), self.axes.shown()) else {
            return self.cross_hair.empty(geometry.size.px());
        };
        let palette = Palette::current();
        let (widths, span) = (&self.widths, self.span);
        self.cross_hair.draw_if((*flow, at), |layer, _, _| {
            draw(&CanvasPainter::on(layer, widths, &palette, geometry), layer, axes, span)
        });
    }

    /// What is on the two lower layers, as a drawing; `None` where nothing is yet.
    pub(crate) fn drawing(&self, panes: &[Pane]) -> Option<(Svg, Geometry)> {
        let (key, palette, svg) = (self.axes.shown()?, Palette::current(), RefCell::default());
        let geometry = key.ground.geometry;
        let painter = SvgPainter::within(&svg, (self.axes.layer(), &self.widths), &palette, geometry);
        painter.draw_static(&key.axes, self.span, &time_ticks(key, self.span)).ok()?;
        painter.draw_live(panes, self.span).ok()?;
        drop(painter);
        Some((svg.into_inner(), geometry))
    }

    /// What measures texts.
    pub(crate) const fn widths(&self) -> (&TextWidths, &Layer) {
        (&self.widths, self.axes.layer())
    }

    /// Whether a moment is on screen.
    pub(crate) fn shows(&self, time_us: f64) -> bool {
        (self.span.start_us..=self.span.end_us).contains(&time_us)
    }
}

fn time_ticks(key: &AxesKey, span: TimeSpan) -> Vec<Tick> {
    let room = key.ground.geometry.time_labels();
    match key.end_us {
        _ if key.is_recorded => axis_ticks(EventAxis::Time, key.has_times, span, room),
        None => live_time_ticks(span.start_us, span.end_us, room),
        Some(_) => run_time_ticks(span.start_us, span.end_us, room),
    }
}
