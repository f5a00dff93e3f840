//! Memory against speed: a point for each row, and which of them nobody beats in both.

use arenascope_lab::{Row, RowSpec};
use arenascope_units::Bytes;

/// Width of the drawing; what shows it scales it.
pub const WIDTH: f64 = 600.0;
/// Height of the drawing.
pub const HEIGHT: f64 = 220.0;
/// Kept free at each edge, for the points themselves.
const MARGIN: f64 = 14.0;

/// A row as a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Position among the rows.
    pub row: usize,
    /// From the left, the slower the farther.
    pub x: f64,
    /// From the top, the more memory the higher.
    pub y: f64,
    /// Whether no other is better in one and as good in the other.
    pub is_on_front: bool,
    /// What it is and needs.
    pub text: String,
}

/// The points and what the ends of the axes mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    /// All that have both figures.
    pub points: Vec<Point>,
    /// Nanoseconds at the left and the right edge.
    pub nanoseconds: (f64, f64),
    /// Bytes at the lower and the upper edge.
    pub bytes: (u64, u64),
}

/// Lays the points out, both axes from the least to the most. O(rows²).
pub fn front(rows: &[Row]) -> Front {
    let measured = |(at, row): (usize, &Row)| {
        let figures = row.figures.filter(|it| it.nanoseconds > 0.0 && it.failures.total() == 0)?;
        (row.spec != RowSpec::Packing).then_some((at, figures.nanoseconds, figures.peak_bytes))
    };
    let all: Vec<(usize, f64, u64)> = rows.iter().enumerate().filter_map(measured).collect();
    let Some(&(_, first_ns, first_bytes)) = all.first() else { return Front::default() };
    let nanoseconds = all.iter().fold((first_ns, first_ns), |(low, high), it| (low.min(it.1), high.max(it.1)));
    let bytes = all.iter().fold((first_bytes, first_bytes), |(low, high), it| (low.min(it.2), high.max(it.2)));
    let part = |value: f64, low: f64, high: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    let point = |&(row, ns, peak): &(usize, f64, u64)| Point {
        row,
        x: MARGIN + (WIDTH - 2.0 * MARGIN) * part(ns, nanoseconds.0, nanoseconds.1),
        y: HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * part(peak as f64, bytes.0 as f64, bytes.1 as f64),
        is_on_front: !all.iter().any(|other| beats(*other, (row, ns, peak))),
        text: format!("{}: {} at {ns:.0} ns an operation", rows[row].spec.label(), Bytes::new(peak)),
    };
    Front { points: all.iter().map(point).collect(), nanoseconds, bytes }
}

/// Whether one is as good in both and better in one.
fn beats(one: (usize, f64, u64), other: (usize, f64, u64)) -> bool {
    one.1 <= other.1 && one.2 <= other.2 && (one.1 < other.1 || one.2 < other.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_point_is_on_the_front_where_nobody_beats_it(points in prop::collection::vec((1_u8..9, 1_u8..9), 1..12)) {
            let all: Vec<_> = points.iter().enumerate().map(|(at, it)| (at, f64::from(it.0), u64::from(it.1))).collect();
            for &one in &all {
                let is_beaten = all.iter().any(|other| beats(*other, one));
                let is_worse = all.iter().any(|it| (it.1 < one.1 && it.2 <= one.2) || (it.1 <= one.1 && it.2 < one.2));
                prop_assert_eq!(is_beaten, is_worse);
            }
            // The fastest of the smallest is never beaten.
            let best = all.iter().min_by(|one, other| one.2.cmp(&other.2).then(one.1.total_cmp(&other.1))).unwrap();
            prop_assert!(!all.iter().any(|other| beats(*other, *best)));
        }
    }
}
