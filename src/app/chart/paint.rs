//! Panes to pixels, or to a drawing, through plotters: the static layer with grid and labels, the
//! live layer with the series and the cross-hair.

use super::axis::TickedAxis;
use crate::analysis::chart::colour::Colour;
use crate::analysis::chart::plot::{Axis, Paint, Pane, Shape, Stroke};
use crate::analysis::chart::svg::Svg;
use crate::analysis::chart::ticks::Tick;
use crate::analysis::chart::window::TimeSpan;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::plotters_backend::{CanvasBackend, TextWidths};
use crate::app::canvas::stage::Size;
use crate::app::canvas::svg_backend::SvgBackend;
use crate::app::theme::palette::Palette;
use core::ops::Range;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement};
use plotters::series::{AreaSeries, DashedLineSeries, LineSeries};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TRANSPARENT, TextStyle};
use plotters_backend::DrawingBackend;
use std::cell::RefCell;

/// Room around the plot, CSS pixels.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 6.0;
const BOTTOM: f64 = 18.0;
/// Room between two panes, CSS pixels.
const GAP: f64 = 5.0;
/// Size of the axis labels.
const LABEL: f64 = 10.0;
/// Room for one value label, CSS pixels.
const ROW: f64 = 22.0;
/// Room for one time label, CSS pixels.
const COLUMN: f64 = 90.0;

type Drawn<T, B> = core::result::Result<T, DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;
type Area<B> = DrawingArea<B, Shift>;
type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<TickedAxis, TickedAxis>>;

/// Where the plot lies inside the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometry {
    pub(crate) size: Size,
}

impl Geometry {
    /// Width of the plot, device pixels: one column each.
    pub(crate) fn columns(self) -> u32 {
        let sides = self.size.scaled(LEFT) + self.size.scaled(RIGHT);
        self.size.px().0.saturating_sub(sides).max(1)
    }

    /// The plot itself: left, top, width and height, device pixels.
    pub(crate) fn plot(self) -> [f64; 4] {
        let [left, right, top, bottom] = [LEFT, RIGHT, TOP, BOTTOM].map(|css| self.size.scaled(css));
        let (width, height) = self.size.px();
        let inner = |whole: u32, sides: u32| whole.saturating_sub(sides).max(1);
        [left, top, inner(width, left + right), inner(height, top + bottom)].map(f64::from)
    }

    /// Value labels that fit.
    pub(crate) fn rows(self) -> usize {
        ((self.size.css.1 - TOP - BOTTOM) / ROW).max(1.0) as usize
    }

    /// Time labels that fit.
    pub(crate) fn time_labels(self) -> usize {
        ((self.size.css.0 - LEFT - RIGHT) / COLUMN).max(1.0) as usize
    }

    /// The moment at a place, CSS pixels from the canvas' left edge.
    pub(crate) fn time_at(self, x: f64, span: TimeSpan) -> f64 {
        span.start_us + (x - LEFT) * self.us_per_px(span)
    }

    /// Where a span of time lies within the plot, CSS pixels from the canvas' left edge;
    /// `None` where none of it is on screen.
    pub(crate) fn place_of(self, chosen: &Range<u64>, span: TimeSpan) -> Option<Range<f64>> {
        let edges = [LEFT, self.size.css.0 - RIGHT];
        let at = |time_us: u64| {
            let x = LEFT + (time_us as f64 - span.start_us) / self.us_per_px(span).max(1e-9);
            x.clamp(edges[0], edges[1].max(edges[0]))
        };
        let is_seen = (chosen.start as f64) < span.end_us && chosen.end as f64 > span.start_us;
        is_seen.then(|| at(chosen.start)..at(chosen.end))
    }

    /// µs per CSS pixel.
    pub(crate) fn us_per_px(self, span: TimeSpan) -> f64 {
        span.width_us() / (self.size.css.0 - LEFT - RIGHT).max(1.0)
    }
}

/// What all layers need, on a canvas or in a drawing.
pub(crate) struct Painter<'a, B: DrawingBackend> {
    root: Area<B>,
    pub(crate) palette: &'a Palette,
    pub(crate) geometry: Geometry,
}

/// On a canvas.
pub(crate) type CanvasPainter<'a> = Painter<'a, CanvasBackend<'a>>;

/// In a drawing.
pub(crate) type SvgPainter<'a> = Painter<'a, SvgBackend<'a>>;

impl<'a> CanvasPainter<'a> {
    /// On a layer, which is empty then.
    pub(crate) fn on(layer: &'a Layer, widths: &'a TextWidths, palette: &'a Palette, geometry: Geometry) -> Self {
        let px = geometry.size.px();
        layer.clear(px);
        let root = CanvasBackend::new(layer, widths, &palette.font_family, px).into_drawing_area();
        Self { root, palette, geometry }
    }
}

impl<'a> SvgPainter<'a> {
    /// In a drawing, whose texts are as wide as on the canvas `measure`.
    pub(crate) fn within(
        svg: &'a RefCell<Svg>,
        (measure, widths): (&'a Layer, &'a TextWidths),
        palette: &'a Palette,
        geometry: Geometry,
    ) -> Self {
        let backend = SvgBackend::new(svg, measure, widths, &palette.font_family, geometry.size.px());
        Self { root: backend.into_drawing_area(), palette, geometry }
    }
}

/// The moment under the pointer.
pub(crate) struct CrossHair {
    pub(crate) time_us: f64,
    pub(crate) marks: Vec<(usize, f64, Paint)>,
}

impl<'a, B: DrawingBackend> Painter<'_, B>
where
    B: 'a,
{
    /// Grid, labels and limits.
    pub(crate) fn draw_static(&self, axes: &[(f64, Axis)], span: TimeSpan, times: &[Tick]) -> Drawn<(), B> {
        let shares: Vec<f64> = axes.iter().map(|(share, _)| *share).collect();
        let areas = self.areas(&shares)?;
        for (index, ((_, axis), area)) in axes.iter().zip(&areas).enumerate() {
            let is_last = index + 1 == areas.len();
            let x = TickedAxis::new(span.start_us..span.end_us, if is_last { times.to_vec() } else { Vec::new() });
            let y = TickedAxis::new(0.0..axis.top, axis.ticks.clone());
            let mut chart = self.chart(area, is_last, x, y)?;
            self.draw_mesh(&mut chart)?;
            if let Some(limit) = axis.limit {
                let ends = [(span.start_us, limit), (span.end_us, limit)];
                let (dash, gap) = (self.geometry.size.scaled(4.0), self.geometry.size.scaled(3.0));
                chart.draw_series(DashedLineSeries::new(ends, dash, gap, self.stroke(self.palette.bad, 1.0)))?;
            }
        }
        Ok(())
    }

    /// Draws the series of all panes over the span.
    pub(crate) fn draw_live(&self, panes: &[Pane], span: TimeSpan) -> Drawn<(), B> {
        let shares: Vec<f64> = panes.iter().map(|pane| pane.share).collect();
        let areas = self.areas(&shares)?;
        for (index, (pane, area)) in panes.iter().zip(&areas).enumerate() {
            let x = TickedAxis::plain(span.start_us..span.end_us);
            let y = TickedAxis::plain(0.0..pane.axis.top);
            let mut chart = self.chart(area, index + 1 == areas.len(), x, y)?;
            for shape in &pane.shapes {
                self.draw_shape(&mut chart, shape, pane.axis.top)?;
            }
        }
        Ok(())
    }

    /// The cross-hair, with a ring on each value.
    pub(crate) fn draw_cross_hair(&self, axes: &[(f64, Axis)], span: TimeSpan, cross_hair: &CrossHair) -> Drawn<(), B> {
        let shares: Vec<f64> = axes.iter().map(|(share, _)| *share).collect();
        let areas = self.areas(&shares)?;
        for (index, ((_, axis), area)) in axes.iter().zip(&areas).enumerate() {
            let (x, y) = (TickedAxis::plain(span.start_us..span.end_us), TickedAxis::plain(0.0..axis.top));
            let mut chart = self.chart(area, index + 1 == areas.len(), x, y)?;
            self.draw_marks(&mut chart, cross_hair, index, axis.top)?;
        }
        Ok(())
    }

    /// One area per pane, one above the other; the last holds the time labels.
    fn areas(&self, shares: &[f64]) -> Drawn<Vec<Area<B>>, B> {
        let (_, height) = self.geometry.size.px();
        let mut rest = self.root.clone();
        let body = f64::from(height.saturating_sub(self.geometry.size.scaled(BOTTOM)));
        let mut areas = Vec::with_capacity(shares.len());
        for share in &shares[..shares.len().saturating_sub(1)] {
            let (upper, lower) = rest.split_vertically((body * share) as u32);
            areas.push(upper);
            rest = lower;
        }
        areas.push(rest);
        Ok(areas)
    }

    fn chart(&self, area: &Area<B>, is_last: bool, x: TickedAxis, y: TickedAxis) -> Drawn<Chart<'a, B>, B> {
        let size = self.geometry.size;
        let bottom = size.scaled(if is_last { BOTTOM } else { GAP });
        ChartBuilder::on(area)
            .margin_top(size.scaled(TOP))
            .margin_right(size.scaled(RIGHT))
            .set_label_area_size(LabelAreaPosition::Left, size.scaled(LEFT))
            .set_label_area_size(LabelAreaPosition::Bottom, bottom)
            .build_cartesian_2d(x, y)
    }

    fn draw_mesh(&self, chart: &mut Chart<'a, B>) -> Drawn<(), B> {
        let size = self.geometry.size;
        let font = ("sans-serif", LABEL * size.ratio).into_font();
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(self.stroke(self.palette.line, 1.0))
            .light_line_style(TRANSPARENT)
            .axis_style(TRANSPARENT)
            .set_all_tick_mark_size(size.scaled(3.0))
            .label_style(TextStyle::from(font).color(&rgb(self.palette.dim)))
            .draw()
    }

    fn draw_shape(&self, chart: &mut Chart<'a, B>, shape: &Shape, top: f64) -> Drawn<(), B> {
        let colour = self.palette.colour(shape.paint);
        let points = shape.points.iter().copied();
        match shape.stroke {
            Stroke::Area => {
                chart.draw_series(AreaSeries::new(points, 0.0, rgb(colour).filled()))?;
            }
            Stroke::Line => {
                let width = if shape.paint == Paint::Dim { 1.0 } else { 1.5 };
                chart.draw_series(LineSeries::new(points, self.stroke(colour, width)))?;
            }
            Stroke::Marker => {
                // Pale, so that many in a row do not hide the series.
                let style = self.stroke(self.palette.panel.mix(colour, 0.4), 1.0);
                chart.draw_series(points.clone().map(|(x, _)| PathElement::new(vec![(x, 0.0), (x, top)], style)))?;
                let radius = self.geometry.size.scaled(3.0);
                chart.draw_series(points.map(|point| Circle::new(point, radius, rgb(colour).filled())))?;
            }
        }
        Ok(())
    }

    fn draw_marks(&self, chart: &mut Chart<'a, B>, cross_hair: &CrossHair, pane: usize, top: f64) -> Drawn<(), B> {
        let at = cross_hair.time_us;
        let line = PathElement::new(vec![(at, 0.0), (at, top)], self.stroke(self.palette.dim, 1.0));
        chart.draw_series([line])?;
        let own = cross_hair.marks.iter().filter(|mark| mark.0 == pane && mark.1.is_finite());
        let (radius, ring) = (self.geometry.size.scaled(3.0), self.geometry.size.scaled(4.0));
        for (_, value, paint) in own {
            let point = (at, *value);
            chart.draw_series([Circle::new(point, ring, rgb(self.palette.panel).filled())])?;
            chart.draw_series([Circle::new(point, radius, rgb(self.palette.colour(*paint)).filled())])?;
        }
        Ok(())
    }

    fn stroke(&self, colour: Colour, css_width: f64) -> ShapeStyle {
        rgb(colour).stroke_width(self.geometry.size.scaled(css_width).max(1))
    }
}

fn rgb(colour: Colour) -> RGBColor {
    RGBColor(colour.red, colour.green, colour.blue)
}
