//! Where the rows of a timeline lie, in CSS pixels from the top: the style sheet
//! gives the same heights to the names beside them.

use crate::analysis::timeline::tracks::Track;

/// Height of the axis above the rows, CSS pixels.
pub(super) const RULER: f64 = 24.0;
/// Failures, changes of pressure, losses, markers.
pub(super) const MARKS: f64 = 18.0;
const METRIC: f64 = 30.0;
const THREAD: f64 = 22.0;
/// Between the rows' contents.
pub(super) const GAP: f64 = 4.0;

/// The middle of a row, by its place among all rows.
pub(super) fn name_line(tracks: &[Track], place: usize) -> f64 {
    rows(tracks).nth(place).map_or(RULER + MARKS, |(_, upper, lower)| f64::midpoint(upper, lower))
}

/// Height of a row.
pub(super) const fn height(track: Track) -> f64 {
    match track {
        Track::Metric(_) => METRIC,
        Track::Thread(_) => THREAD,
    }
}

/// Each row with its upper and its lower edge.
pub(super) fn rows(tracks: &[Track]) -> impl Iterator<Item = (Track, f64, f64)> {
    tracks.iter().scan(RULER + MARKS, |top, track| {
        let upper = *top;
        *top += height(*track);
        Some((*track, upper, *top))
    })
}
