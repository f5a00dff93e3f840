//! The timeline's layers, and what is on them. While a window follows its run, the rows are
//! moved and only their newest columns drawn: all of them are some thousand rectangles.

use super::tracks_paint::{Content, Overlay, ScaledTrack, TracksPainter};
use crate::analysis::timeline::columns::{EventAxis, EventColumns};
use crate::analysis::timeline::ticks::axis_ticks;
use crate::analysis::timeline::tracks::PixelScale;
use crate::app::canvas::keyed::KeyedLayer;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::stage::Size;
use crate::app::theme::palette::Palette;

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
    /// The run tells when things happened.
    pub(super) has_times: bool,
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

/// All that the layer of the rows shows.
#[derive(Clone, PartialEq)]
struct RowsKey {
    ground: Ground,
    /// Half pixels of the window's start: less is not to be seen.
    start: i64,
    newest: u64,
}

/// The layers.
pub(super) struct TrackLayers {
    rows: KeyedLayer<RowsKey>,
    /// Pixels of the rows' left edge.
    origin_px: i64,
    /// The column of the rows that may have changed since.
    growing: u64,
    tops: KeyedLayer<Ground>,
    over: KeyedLayer<(Size, u32, Overlay)>,
}

impl TrackLayers {
    /// With nothing on rows, tops and overlay.
    pub(super) fn new([rows, tops, over]: [Layer; 3]) -> Self {
        let (rows, tops, over) = (KeyedLayer::new(rows), KeyedLayer::new(tops), KeyedLayer::new(over));
        Self { rows, origin_px: 0, growing: 0, tops, over }
    }

    /// What the rows were drawn into last.
    pub(super) fn ground(&self) -> Option<&Ground> {
        self.rows.shown().map(|drawn| &drawn.ground)
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
        let (at, size) = (scale.span.start_us / scale.pixel(), ground.size);
        let (start, start_px) = ((at * 2.0).round() as i64, at.round() as i64);
        let (origin_px, growing, tops) = (&mut self.origin_px, &mut self.growing, &mut self.tops);
        self.rows.draw_if(RowsKey { ground, start, newest }, |layer, RowsKey { ground, .. }, before| {
            let room = if ground.follows { size.scaled(ROOM) } else { 0 };
            let has_room = (0..=i64::from(room)).contains(&(start_px - *origin_px));
            let goes_on = has_room && ground.goes_on() && before.is_some_and(|before| before.ground == *ground);
            if !goes_on {
                *origin_px = start_px;
            }
            let moved_px = start_px - *origin_px;
            let scale = scale.with_room(moved_px, room);
            let width = f64::from(scale.width) / size.ratio;
            let ticks = axis_ticks(ground.axis, ground.has_times, scale.span, (width / TICK_ROOM).max(1.0) as usize);
            let content = Content { columns, tracks: &ground.tracks, ticks: &ticks };
            let painter = TracksPainter { layer, palette, size, scale };
            if goes_on {
                painter.draw_newest(&content, *growing);
            } else {
                painter.draw_rows(&content);
                tops.draw_if(ground.clone(), |layer, ground, _| {
                    TracksPainter { layer, palette, size, scale }.draw_tops(&ground.tracks);
                });
            }
            layer.place(width, moved_px as f64 / size.ratio);
            *growing = columns.growing();
        });
    }

    /// Draws what lies over the rows, where it changed.
    pub(super) fn draw_over(&mut self, palette: &Palette, theme: u32, size: Size, scale: PixelScale, overlay: Overlay) {
        self.over.draw_if((size, theme, overlay), |layer, (_, _, overlay), _| {
            TracksPainter { layer, palette, size, scale }.draw_overlay(overlay);
        });
    }
}
