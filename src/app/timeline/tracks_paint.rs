//! The timeline's pixels: rows of exact extremes on one layer, what their tops are on
//! another, the moment, markers and cross-hair on a third. Rectangles on whole pixels, few
//! canvas calls; of a run that goes on, only its newest columns.

use super::rows::{GAP, MARKS, RULER, rows};
use crate::analysis::chart::colour::Colour;
use crate::analysis::chart::ticks::Tick;
use crate::analysis::timeline::columns::EventColumns;
use crate::analysis::timeline::landmarks::Landmark;
use crate::analysis::timeline::names::Name;
use crate::analysis::timeline::tracks::{Bar, PixelScale, Track, bars, marks};
use crate::app::canvas::layer::Layer;
use crate::app::canvas::stage::Size;
use crate::app::theme::palette::Palette;
use web_sys::CanvasRenderingContext2d;

/// Size of labels, CSS pixels.
const LABEL: f64 = 10.0;
/// How much of a row the ground of a text on it hides.
const TOP_GROUND: f64 = 0.8;
/// How strongly the always-filled part of a row is coloured.
const FILL: f64 = 0.28;

/// Columns drawn again before the first that changed: more than share a pixel with it.
const COLUMNS_AGAIN: u64 = 8;
/// As far as something reaches beyond its pixel, CSS pixels: a mark, and a label.
const MARK_REACH: f64 = 2.0;
const LABEL_REACH: f64 = 120.0;

/// What the rows are drawn with.
pub(super) struct TracksPainter<'a> {
    pub(super) layer: &'a Layer,
    pub(super) palette: &'a Palette,
    pub(super) size: Size,
    /// Of device pixels, all that the layer holds.
    pub(super) scale: PixelScale,
}

/// What the rows show.
pub(super) struct Content<'a> {
    pub(super) columns: &'a EventColumns,
    pub(super) tracks: &'a [ScaledTrack],
    pub(super) ticks: &'a [Tick],
}

/// A row and the top of its scale.
pub(super) type ScaledTrack = (Track, u64);

/// What lies over the rows, by pixels.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Overlay {
    /// The cross-hair.
    pub(super) hover: Option<i32>,
    /// The moment that is shown.
    pub(super) moment: Option<i32>,
    /// The chosen span of time.
    pub(super) chosen: Option<(i32, i32)>,
    /// Marked moments.
    pub(super) markers: Vec<i32>,
    /// What is written beside events, where there is room.
    /// Each with the middle of its row, CSS pixels.
    pub(super) names: Vec<(f64, Name)>,
}

impl TracksPainter<'_> {
    /// Draws axis, marks and rows.
    pub(super) fn draw_rows(&self, content: &Content<'_>) {
        self.layer.clear((self.scale.width, self.size.px().1));
        self.draw_from(content, 0, 0);
    }

    /// Draws them anew from a column on.
    pub(super) fn draw_newest(&self, content: &Content<'_>, column: u64) {
        let x = self.scale.x((column << content.columns.doublings()) as f64);
        let left = (x.floor() as i32 - self.px(MARK_REACH) - 1).max(0);
        let first = column.saturating_sub(COLUMNS_AGAIN);
        self.layer.renew((left, 0), || self.draw_from(content, first, left - self.px(LABEL_REACH)));
    }

    fn draw_from(&self, content: &Content<'_>, first: u64, left: i32) {
        let Content { columns, tracks, ticks } = content;
        let ticks: Vec<&Tick> = ticks.iter().filter(|tick| self.scale.x(tick.at) >= f64::from(left)).collect();
        self.draw_grid(&ticks, tracks);
        self.draw_marks(&marks(columns, first, self.scale));
        let places: Vec<Track> = tracks.iter().map(|(track, _)| *track).collect();
        for ((track, upper, lower), (_, top)) in rows(&places).zip(*tracks) {
            let foot = self.px(lower) - 1;
            let height = foot - self.px(upper + GAP);
            let bars = bars(columns, first, track, self.scale, *top, height.max(1) as u32);
            self.draw_bars(&bars, foot, self.palette.colour(track.paint()));
        }
        self.draw_labels(&ticks);
    }

    fn draw_grid(&self, ticks: &[&Tick], tracks: &[ScaledTrack]) {
        let (width, height) = (self.scale.width, self.size.px().1);
        self.begin(self.palette.line);
        let places: Vec<Track> = tracks.iter().map(|(track, _)| *track).collect();
        let feet = rows(&places).map(|(_, _, lower)| lower);
        for lower in [RULER, RULER + MARKS].into_iter().chain(feet) {
            self.rect(0, self.px(lower) - 1, width as i32, 1);
        }
        self.context().fill();
        self.begin(self.palette.panel.mix(self.palette.line, 0.55));
        let top = self.px(RULER);
        for tick in ticks {
            self.rect(self.scale.x(tick.at).round() as i32, top, 1, height as i32 - top);
        }
        self.context().fill();
    }

    fn draw_bars(&self, bars: &[Bar], foot: i32, colour: Colour) {
        self.begin(self.palette.panel.mix(colour, FILL));
        for bar in bars.iter().filter(|bar| bar.low > 0) {
            self.rect(bar.x, foot - bar.low, bar.end - bar.x, bar.low);
        }
        self.context().fill();
        self.begin(colour);
        for bar in bars.iter().filter(|bar| bar.high > 0) {
            self.rect(bar.x, foot - bar.high, bar.end - bar.x, bar.high - bar.low);
        }
        self.context().fill();
    }

    /// One path for each kind, in which neighbours are one rectangle: in a storm each
    /// pixel has a mark. The tall ones first, so that no short one is hidden.
    fn draw_marks(&self, marks: &[(i32, Landmark)]) {
        let wide = self.px(1.5).max(1);
        for landmark in Landmark::MARKED {
            let (colour, high) = self.mark_of(landmark);
            let top = self.px(RULER + MARKS - GAP) - high;
            self.begin(colour);
            let mut places = marks.iter().filter(|(_, of)| *of == landmark).map(|(at, _)| *at).peekable();
            while let Some(from) = places.next() {
                let mut end = from + wide;
                while let Some(at) = places.next_if(|at| *at <= end) {
                    end = at + wide;
                }
                self.rect(from, top, end - from, high);
            }
            self.context().fill();
        }
    }

    /// A failed allocation is a red bar over the whole row; refusals by the budget and changes are shorter, so that each
    /// can be told apart without its colour.
    fn mark_of(&self, landmark: Landmark) -> (Colour, i32) {
        let (colour, share) = match landmark {
            Landmark::FailedAllocation => (self.palette.bad, 1.0),
            Landmark::BudgetRefusal => (self.palette.bad, 0.6),
            Landmark::Loss => (self.palette.text, 0.75),
            Landmark::DeviceLoss => (self.palette.accent, 0.75),
            Landmark::LimitChange => (self.palette.accent, 0.35),
            Landmark::Pressure | Landmark::Run => (self.palette.warn, 0.5),
        };
        (colour, (f64::from(self.px(MARKS - 2.0 * GAP)) * share) as i32)
    }

    fn draw_labels(&self, ticks: &[&Tick]) {
        self.begin_words();
        for tick in ticks {
            let x = self.scale.x(tick.at) + f64::from(self.px(4.0));
            // Refused only for sizes that no canvas has.
            let _ = self.context().fill_text(&tick.label, x, f64::from(self.px(RULER / 2.0)));
        }
    }

    /// Draws what the tops of the rows' scales are, on a ground of their own: rows do not
    /// strike them through.
    pub(super) fn draw_tops(&self, tracks: &[ScaledTrack]) {
        self.layer.clear(self.size.px());
        let places: Vec<Track> = tracks.iter().map(|(track, _)| *track).collect();
        for ((track, upper, _), (_, top)) in rows(&places).zip(tracks) {
            let text = track.value(*top);
            self.begin_words();
            let wide = self.context().measure_text(&text).map_or(0.0, |measure| measure.width()).ceil() as i32;
            let (x, y) = (self.px(4.0), self.px(upper + GAP));
            self.draw_ground(x, y, wide);
            self.begin_words();
            // Refused only for sizes that no canvas has.
            let _ = self.context().fill_text(&text, f64::from(x), f64::from(self.px(upper + GAP + LABEL / 2.0)));
        }
    }

    fn begin_words(&self) {
        self.layer.set_fill(self.palette.dim, 1.0);
        self.layer.set_font(LABEL * self.size.ratio, &self.palette.font_family);
        self.layer.set_anchor("left", "middle");
    }

    /// Draws what lies over the rows.
    pub(super) fn draw_overlay(&self, overlay: &Overlay) {
        self.layer.clear(self.size.px());
        let (width, height) = self.size.px();
        let (height, ruler) = (height as i32, self.px(RULER));
        if let Some((from, to)) = overlay.chosen {
            let (from, to) = (from.clamp(0, width as i32), to.clamp(0, width as i32));
            self.context().set_global_alpha(0.14);
            self.begin(self.palette.accent);
            self.rect(from, 0, to - from, height);
            self.context().fill();
            self.context().set_global_alpha(1.0);
            self.begin(self.palette.accent);
            [from, to - 1].into_iter().for_each(|x| self.rect(x, 0, 1, height));
            self.context().fill();
        }
        self.draw_names(&overlay.names);
        self.begin(self.palette.good);
        for x in &overlay.markers {
            self.rect(*x, ruler, 1, height - ruler);
            self.rect(*x, self.px(RULER + GAP), self.px(7.0), self.px(6.0));
        }
        self.context().fill();
        if let Some(x) = overlay.hover {
            self.begin(self.palette.dim);
            self.rect(x, ruler, 1, height - ruler);
            self.context().fill();
        }
        if let Some(x) = overlay.moment {
            self.begin(self.palette.bad);
            let half = self.px(5.0);
            self.rect(x, 0, self.px(1.5).max(1), height);
            self.context().move_to(f64::from(x - half), 0.0);
            self.context().line_to(f64::from(x + half), 0.0);
            self.context().line_to(f64::from(x), f64::from(2 * half));
            self.context().fill();
        }
    }

    /// Draws names where their events begin, cut where the next one does.
    fn draw_names(&self, names: &[(f64, Name)]) {
        for (middle, name) in names {
            self.begin_words();
            let text = self.cut_to(&name.text, name.room);
            let wide = self.context().measure_text(&text).map_or(0.0, |measure| measure.width()).ceil() as i32;
            let (x, y) = (name.x as i32, self.px(*middle));
            self.draw_ground(x, y - self.px(LABEL / 2.0), wide);
            self.layer.set_fill(self.palette.text, 1.0);
            // Refused only for sizes that no canvas has.
            let _ = self.context().fill_text(&text, name.x, f64::from(y));
        }
    }

    /// What a text stands on, so that rows do not strike it through.
    fn draw_ground(&self, x: i32, y: i32, wide: i32) {
        self.context().set_global_alpha(TOP_GROUND);
        self.begin(self.palette.panel);
        self.rect(x - self.px(2.0), y, wide + self.px(4.0), self.px(LABEL) + 1);
        self.context().fill();
        self.context().set_global_alpha(1.0);
    }

    /// As much of a text as has room, with a sign where something is left out.
    fn cut_to(&self, text: &str, room: f64) -> String {
        let fits = |text: &str| self.context().measure_text(text).is_ok_and(|measure| measure.width() <= room);
        if fits(text) {
            return text.into();
        }
        let letters: Vec<char> = text.chars().collect();
        let cut = |length: usize| letters[..length].iter().chain(&['…']).collect::<String>();
        (1..letters.len()).rev().map(cut).find(|text| fits(text)).unwrap_or_default()
    }

    fn begin(&self, colour: Colour) {
        self.layer.set_fill(colour, 1.0);
        self.context().begin_path();
    }

    fn rect(&self, x: i32, y: i32, width: i32, height: i32) {
        self.context().rect(f64::from(x), f64::from(y), f64::from(width), f64::from(height));
    }

    fn context(&self) -> &CanvasRenderingContext2d {
        &self.layer.context
    }

    fn px(&self, css: f64) -> i32 {
        self.size.scaled(css) as i32
    }
}
