//! The names of the events on screen, where the window is so narrow that there is room.

use super::navigation::Timeline;
use crate::analysis::timeline::names::{Name, names};
use crate::analysis::timeline::tracks::{PixelScale, Track};

/// Those of the window of `scale`, in pixels of it; `ratio` is pixels per CSS pixel.
pub(super) fn on_screen(timeline: Timeline, tracks: &[Track], scale: PixelScale, ratio: f64) -> Vec<Name> {
    let axis = timeline.axis();
    let [start, end] = [scale.span.start_us, scale.span.end_us].map(|place| timeline.position_at(place));
    let run = timeline.recording.names_now();
    timeline.recording.read(|reader, _| {
        let place = |event| axis.place(reader, event).map(|place| place as f64);
        // A position is after its event.
        names((reader, &run), start.saturating_sub(1)..end, tracks, scale, ratio, place)
    })
}
