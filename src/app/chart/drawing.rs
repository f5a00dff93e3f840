//! A chart over time as a drawing: its title, its legend with what it reads, and the chart.

use crate::analysis::chart::plot::Key;
use crate::analysis::chart::svg::{Anchor, Ink, Pen, Svg};
use crate::app::canvas::layer::Layer;
use crate::app::canvas::plotters_backend::TextWidths;
use crate::app::canvas::stage::Size;
use crate::app::theme::palette::Palette;

/// Size of the title and of the legend, CSS pixels.
const TITLE: f64 = 14.0;
const LEGEND: f64 = 11.0;
/// Height of a row of the legend, and the room between its entries, CSS pixels.
const ROW: f64 = 16.0;
const GAP: f64 = 14.0;
const SWATCH: f64 = 9.0;

const TEXT: Anchor = Anchor { across: "start", down: 0 };

/// What stands around the chart, and where.
pub(super) struct Sheet<'a> {
    pub(super) title: &'a str,
    /// The chart in a sentence.
    pub(super) told: &'a str,
    /// Entries of the legend, and what each reads.
    pub(super) keys: Vec<(Key, String)>,
    pub(super) size: Size,
    pub(super) palette: &'a Palette,
    /// Measures texts.
    pub(super) widths: (&'a TextWidths, &'a Layer),
}

impl Sheet<'_> {
    /// The document around a chart.
    pub(super) fn around(&self, chart: &Svg) -> String {
        let mut svg = Svg::default();
        let px = |css: f64| css * self.size.ratio;
        let text = Ink { colour: self.palette.text, alpha: 1.0 };
        svg.text(self.title, (px(GAP), px(TITLE + 6.0)), px(TITLE), TEXT, text);
        let top = self.draw_legend(&mut svg, px(TITLE + 12.0));
        svg.put(chart, (0.0, top));
        let (width, height) = self.size.px();
        let (width, height) = (f64::from(width), f64::from(height) + top);
        let on_screen = (width / self.size.ratio, height / self.size.ratio);
        svg.document((width, height), on_screen, self.palette.panel, self.title, self.told)
    }

    /// Draws the legend in as many rows as it needs from `top` on; where it ends.
    fn draw_legend(&self, svg: &mut Svg, top: f64) -> f64 {
        let px = |css: f64| css * self.size.ratio;
        let (left, right) = (px(GAP), f64::from(self.size.px().0));
        let (mut x, mut y) = (left, top);
        for (key, reading) in &self.keys {
            let words = format!("{} {reading}", key.label);
            let size = px(LEGEND);
            let known = self.widths.0.of(self.widths.1, (size, &self.palette.font_family), &words);
            let width = px(SWATCH + 5.0) + known.map_or(0.0, f64::from);
            if x > left && x + width > right {
                (x, y) = (left, y + px(ROW));
            }
            let colour = self.palette.colour(key.paint);
            svg.rect([x, y + px(3.0), px(SWATCH), px(SWATCH)], Pen::Fill(Ink { colour, alpha: 1.0 }));
            let dim = Ink { colour: self.palette.dim, alpha: 1.0 };
            svg.text(&words, (x + px(SWATCH + 5.0), y + px(11.0)), size, TEXT, dim);
            x += width + px(GAP);
        }
        y + px(if self.keys.is_empty() { 0.0 } else { ROW + 4.0 })
    }
}
