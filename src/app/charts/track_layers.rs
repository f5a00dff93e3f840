//! The timeline's layers, and what is on them. While a window follows its run, the rows are
//! moved and only their newest columns drawn: all of them are some thousand rectangles.

use super::stage::{Layer, Size, Stage, layered};
use super::tracks_paint::{Content, Overlay, ScaledTrack, TracksPainter};
use crate::analysis::event_columns::{EventAxis, EventColumns};
use crate::analysis::timeline_ticks::axis_ticks;
use crate::analysis::timeline_tracks::PixelScale;
use crate::app::palette::Palette;
use leptos::html;
use leptos::prelude::*;

/// Room on the right that the rows of a window that follows grow into, CSS pixels.
const ROOM: f64 = 256.0;
/// Room for one label of the axis, CSS pixels.
const TICK_ROOM: f64 = 110.0;

/// What the rows are drawn into: where it is the same, a window that follows only goes on.
#[derive(Clone, PartialEq)]
pub(super) struct Ground {
    pub(super) size: Size,
    pub(super) theme: u32,
    pub(super) axis: EventAxis,
    pub(super) run_start: u64,
    pub(super) doublings: u32,
    /// See [`Self::width_of`].
    pub(super) width: i64,
    /// The window follows its run.
    pub(super) follows: bool,
    /// Every column is there.
    pub(super) is_whole: bool,
    pub(super) tracks: Vec<ScaledTrack>,
}

impl Ground {
    /// The width of a window, in thousandths of the axis' unit: less is not to be seen.
    pub(super) fn width_of(scale: PixelScale) -> i64 {
        (scale.span.width_us() * 1e3).round() as i64
    }

    /// Whether more only comes on the right.
    pub(super) fn goes_on(&self) -> bool {
        self.follows && self.is_whole
    }
}

/// What is on the layer of the rows.
struct Drawn {
    ground: Ground,
    /// Half pixels of the window's start: less is not to be seen.
    start: i64,
    newest: u64,
    /// Pixels of the layer's left edge.
    origin_px: i64,
    /// The column that may have changed since.
    growing: u64,
}

/// The layers.
pub(super) struct TrackLayers {
    stage: Stage,
    rows: Layer,
    tops: Layer,
    over: Layer,
    drawn: Option<Drawn>,
    drawn_over: Option<(Size, u32, Overlay)>,
}

impl TrackLayers {
    /// Takes the canvases of rows, tops and overlay; `None` until they are in the page.
    pub(super) fn of(holder: NodeRef<html::Div>, canvases: [NodeRef<html::Canvas>; 3]) -> Option<Self> {
        let (stage, [rows, tops, over]) = layered(holder, canvases)?;
        Some(Self { stage, rows, tops, over, drawn: None, drawn_over: None })
    }

    /// Their size; `None` where nothing is to be seen.
    pub(super) fn size(&self) -> Option<Size> {
        self.stage.size()
    }

    /// What the rows were drawn into last.
    pub(super) fn ground(&self) -> Option<&Ground> {
        self.drawn.as_ref().map(|drawn| &drawn.ground)
    }

    /// Draws what changed of the rows up to the event `newest`. `scale` is that of the window.
    pub(super) fn draw_rows(
        &mut self,
        columns: &EventColumns,
        palette: &Palette,
        ground: Ground,
        scale: PixelScale,
        newest: u64,
    ) {
        let at = scale.span.start_us / scale.pixel();
        let (start, start_px) = ((at * 2.0).round() as i64, at.round() as i64);
        let is_drawn = |drawn: &Drawn| (drawn.start, drawn.newest) == (start, newest) && drawn.ground == ground;
        if self.drawn.as_ref().is_some_and(is_drawn) {
            return;
        }
        let size = ground.size;
        let room = if ground.follows { size.scaled(ROOM) } else { 0 };
        let has_room = |drawn: &&Drawn| (0..=i64::from(room)).contains(&(start_px - drawn.origin_px));
        let before = self.drawn.as_ref().filter(|drawn| ground.goes_on() && drawn.ground == ground).filter(has_room);
        let origin_px = before.map_or(start_px, |drawn| drawn.origin_px);
        let moved_px = start_px - origin_px;
        let scale = scale.with_room(moved_px, room);
        let width = f64::from(scale.width) / size.ratio;
        let ticks = axis_ticks(ground.axis, scale.span, (width / TICK_ROOM).max(1.0) as usize);
        let content = Content { columns, tracks: &ground.tracks, ticks: &ticks };
        let on = |layer| TracksPainter { layer, palette, size, scale };
        match before {
            Some(drawn) => on(&self.rows).draw_newest(&content, drawn.growing),
            None => {
                on(&self.rows).draw_rows(&content);
                on(&self.tops).draw_tops(&ground.tracks);
            }
        }
        self.rows.place(width, moved_px as f64 / size.ratio);
        self.drawn = Some(Drawn { ground, start, newest, origin_px, growing: columns.growing() });
    }

    /// Draws what lies over the rows, where it changed.
    pub(super) fn draw_over(&mut self, palette: &Palette, theme: u32, scale: PixelScale, overlay: Overlay) {
        let Some(size) = self.size() else { return };
        let key = (size, theme, overlay);
        if self.drawn_over.as_ref() != Some(&key) {
            TracksPainter { layer: &self.over, palette, size, scale }.draw_overlay(&key.2);
            self.drawn_over = Some(key);
        }
    }
}
