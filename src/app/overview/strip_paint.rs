//! The overview strip's pixels: the run's usage through plotters, which only grows, on one
//! layer; the brush and the play head on another.

use crate::analysis::chart::colour::Colour;
use crate::analysis::chart::window::TimeSpan;
use crate::analysis::overview::strip::Strip;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::plotters_backend::{CanvasBackend, CanvasError, TextWidths};
use crate::app::canvas::stage::Size;
use crate::app::chart::axis::TickedAxis;
use crate::app::theme::palette::Palette;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle, Text};
use plotters::series::AreaSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};

/// Kept free for the labels, CSS pixels.
const HEAD: f64 = 13.0;
const LABEL: f64 = 10.0;
/// Room for one time label, CSS pixels.
const LABEL_ROOM: f64 = 110.0;
/// Width and height of a handle, CSS pixels.
const HANDLE: (f64, f64) = (8.0, 20.0);

type Result<T> = core::result::Result<T, DrawingAreaErrorKind<CanvasError>>;

/// The moments on the strip.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Scene {
    /// The window of the charts, which the brush shows.
    pub(super) window: TimeSpan,
    /// Time of the play head, µs.
    pub(super) play_us: f64,
    /// What there is of the run.
    pub(super) run: TimeSpan,
}

type Root<'a> = DrawingArea<CanvasBackend<'a>, Shift>;

/// What the strip is drawn with.
pub(super) struct StripPainter<'a> {
    pub(super) layer: &'a Layer,
    pub(super) widths: &'a TextWidths,
    pub(super) palette: &'a Palette,
    pub(super) size: Size,
    pub(super) strip: &'a Strip,
    /// Of a file's run: whether it tells when things happened.
    pub(super) recorded: Option<bool>,
}

impl StripPainter<'_> {
    /// Draws what stands still: usage and labels.
    pub(super) fn draw_run(&self) -> Result<()> {
        self.layer.clear(self.size.px());
        let root = self.root();
        self.draw_usage(&root, i64::MIN)?;
        self.draw_labels(&root)
    }

    /// Draws usage anew from a column on.
    pub(super) fn draw_newest(&self, column: i64) -> Result<()> {
        // As far as a line reaches beyond its place; twice, so that it is whole.
        let reach = self.size.scaled(1.0) as i32 + 1;
        let left = (self.place(self.strip.start_of(column)) - reach).max(0);
        let from = column.saturating_sub(2 * i64::from(reach));
        self.layer.renew((left, self.px(HEAD)), || self.draw_usage(&self.root(), from))
    }

    /// Draws what moves over it.
    pub(super) fn draw_over(&self, scene: &Scene) -> Result<()> {
        self.layer.clear(self.size.px());
        if scene.run.width_us() > 0.0 {
            let root = self.root();
            self.draw_brush(&root, scene.window)?;
            self.draw_play_head(&root, scene.play_us)?;
        }
        Ok(())
    }

    fn root(&self) -> Root<'_> {
        CanvasBackend::new(self.layer, self.widths, &self.palette.font_family, self.size.px()).into_drawing_area()
    }

    fn draw_usage(&self, root: &Root, from: i64) -> Result<()> {
        let span = self.strip.span();
        let (x, y) = (TickedAxis::plain(span.start_us..span.end_us), TickedAxis::plain(0.0..self.strip.top()));
        let mut chart = ChartBuilder::on(root).margin_top(self.px(HEAD)).build_cartesian_2d(x, y)?;
        let fill = rgb(self.palette.background.mix(self.palette.accent, 0.3)).filled();
        let area = AreaSeries::new(self.strip.line_from(from), 0.0, fill).border_style(self.line(self.palette.accent));
        chart.draw_series(area)?;
        Ok(())
    }

    fn draw_labels(&self, root: &Root) -> Result<()> {
        let colour = rgb(self.palette.dim);
        let font = ("sans-serif", LABEL * self.size.ratio).into_font();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(HPos::Left, VPos::Top));
        let room = (self.size.css.0 / LABEL_ROOM).max(1.0) as usize;
        let ticks = match self.recorded {
            Some(has_times) => self.strip.recorded_ticks(has_times, room),
            None => self.strip.ticks(room),
        };
        for tick in ticks {
            let at = (self.place(tick.at) + self.px(4.0), self.px(3.0));
            root.draw(&Text::new(tick.label, at, style.clone()))?;
        }
        Ok(())
    }

    /// The window: a veil, two edges with a handle each.
    fn draw_brush(&self, root: &Root, window: TimeSpan) -> Result<()> {
        let bottom = self.size.px().1 as i32;
        let (from, to) = (self.place(window.start_us), self.place(window.end_us));
        let accent = rgb(self.palette.accent);
        root.draw(&Rectangle::new([(from, 0), (to, bottom)], accent.mix(0.12).filled()))?;
        let (half, high) = (self.px(HANDLE.0 / 2.0), self.px(HANDLE.1));
        for at in [from, to] {
            root.draw(&PathElement::new(vec![(at, 0), (at, bottom)], self.line(self.palette.accent)))?;
            let corners = [(at - half, (bottom - high) / 2), (at + half, (bottom + high) / 2)];
            root.draw(&Rectangle::new(corners, accent.filled()))?;
        }
        Ok(())
    }

    fn draw_play_head(&self, root: &Root, play_us: f64) -> Result<()> {
        let (at, tip) = (self.place(play_us), self.px(5.0));
        let line = vec![(at, 0), (at, self.size.px().1 as i32)];
        root.draw(&PathElement::new(line, self.line(self.palette.bad)))?;
        let flag = vec![(at - tip, 0), (at + tip, 0), (at, tip)];
        root.draw(&Polygon::new(flag, rgb(self.palette.bad).filled()))
    }

    /// The pixel of a moment, on the strip.
    fn place(&self, time_us: f64) -> i32 {
        let span = self.strip.span();
        let share = (time_us - span.start_us) / span.width_us().max(1.0);
        let width = f64::from(self.size.px().0);
        (share * width).round().clamp(0.0, width - 1.0) as i32
    }

    fn px(&self, css: f64) -> i32 {
        self.size.scaled(css) as i32
    }

    fn line(&self, colour: Colour) -> ShapeStyle {
        rgb(colour).stroke_width(self.size.scaled(1.0).max(1))
    }
}

fn rgb(colour: Colour) -> RGBColor {
    RGBColor(colour.red, colour.green, colour.blue)
}
