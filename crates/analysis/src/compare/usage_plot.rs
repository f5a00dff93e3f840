//! The curves of both runs as lines of a drawing of fixed size, and its axes in words.

use super::align::Align;
use super::comparison::UsageCurves;
use super::usage::{COLUMNS, Curve, Extent};
use crate::numbers::text::count;
use arenascope_units::{Bytes, Micros};

/// Width of the drawing; what shows it scales it.
pub const WIDTH: f64 = 1_000.0;
/// Height of the drawing.
pub const HEIGHT: f64 = 180.0;
/// Steps of the axis of bytes.
const STEPS: u64 = 4;

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsagePlot {
    /// The line of the older run, as a path of SVG: its extremes are its edges. Empty of none.
    pub before: String,
    /// That of the newer one.
    pub after: String,
    /// Where the moments that are compared are, in the drawing's width.
    pub moments: [Option<f64>; 2],
    /// Lines across: height in the drawing, and its bytes.
    pub levels: Vec<(f64, String)>,
    /// Below: where in the drawing, and text.
    pub ticks: Vec<(f64, String)>,
}

/// Lays the curves out. O(columns).
pub fn plot(usage: &UsageCurves, has_times: bool) -> UsagePlot {
    let curves = [&usage.before, &usage.after];
    let high = curves.into_iter().flatten().flat_map(|curve| &curve.columns).map(|extent| extent.high_bytes).max();
    let top = top_of(high.unwrap_or(0));
    let path = |curve: &Option<Curve>| curve.as_ref().map_or_else(String::new, |curve| path(&curve.columns, top));
    let level = |step: u64| (HEIGHT - HEIGHT * step as f64 / STEPS as f64, Bytes::new(top / STEPS * step).to_string());
    UsagePlot {
        before: path(&usage.before),
        after: path(&usage.after),
        moments: curves.map(|curve| curve.as_ref().map(|curve| curve.moment * WIDTH)),
        levels: (0..=STEPS).map(level).collect(),
        ticks: ticks(usage, has_times),
    }
}

/// A round number of bytes that holds the highest: in steps of quarters of a power of two.
fn top_of(high: u64) -> u64 {
    let quarter = (high.max(STEPS).next_power_of_two() / 8).max(1);
    high.max(1).div_ceil(quarter * STEPS).max(1) * quarter * STEPS
}

/// An area between the lowest and the highest of each column: a line where they are the same.
fn path(columns: &[Extent], top: u64) -> String {
    let x = |column: usize| WIDTH * column as f64 / COLUMNS as f64;
    let y = |bytes: u64| HEIGHT - HEIGHT * bytes as f64 / top as f64;
    let point = |column: usize, bytes: u64| format!("{:.1},{:.1}", x(column), y(bytes));
    let mut points = Vec::with_capacity(4 * columns.len());
    for (column, extent) in columns.iter().enumerate() {
        points.push(point(column, extent.high_bytes));
        points.push(point(column + 1, extent.high_bytes));
    }
    for (column, extent) in columns.iter().enumerate().rev() {
        points.push(point(column + 1, extent.low_bytes));
        points.push(point(column, extent.low_bytes));
    }
    if points.is_empty() { String::new() } else { format!("M{}Z", points.join("L")) }
}

fn ticks(usage: &UsageCurves, has_times: bool) -> Vec<(f64, String)> {
    if usage.align == Align::Marker {
        let place = |at: usize| WIDTH * (at + 1) as f64 / usage.end as f64;
        // As many as have room.
        let every = usage.marks.len().div_ceil(8).max(1);
        let marks = usage.marks.iter().enumerate().step_by(every);
        return marks.map(|(at, text)| (place(at), text.clone())).collect();
    }
    let text = |number: u64| match usage.align {
        Align::Time if has_times => Micros::new(number).to_string(),
        _ => count(number),
    };
    (0..=STEPS).map(|step| (WIDTH * step as f64 / STEPS as f64, text(usage.end * step / STEPS))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(columns: Vec<Extent>) -> UsageCurves {
        let before = Some(Curve { columns, moment: 0.5 });
        UsageCurves { align: Align::Time, end: 4_000_000, marks: Vec::new(), before, after: None }
    }

    #[test]
    fn the_highest_fits_and_levels_are_round() {
        for high in [0, 1, 5, 1_000, (1 << 20) + 1, 7 << 30] {
            let top = top_of(high);
            assert!(top >= high && top < 2 * high.max(8), "{high}: {top}");
        }
        let plot = plot(&curves(vec![Extent { low_bytes: 0, high_bytes: 1 << 20 }]), true);
        let levels: Vec<&str> = plot.levels.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(levels, ["0 B", "256.0 KiB", "512.0 KiB", "768.0 KiB", "1.0 MiB"]);
        assert_eq!(plot.before, "M0.0,0.0L2.5,0.0L2.5,180.0L0.0,180.0Z");
        assert_eq!((plot.after.as_str(), plot.moments), ("", [Some(500.0), None]));
        assert_eq!(plot.ticks.last().unwrap().0, WIDTH);
    }

    #[test]
    fn markers_stand_where_they_are_on_the_axis() {
        let usage = UsageCurves { align: Align::Marker, end: 3, marks: vec!["a".into(), "b".into()], ..curves(vec![]) };
        let ticks: Vec<String> = plot(&usage, true).ticks.iter().map(|(x, text)| format!("{x:.0} {text}")).collect();
        assert_eq!(ticks, ["333 a", "667 b"]);
    }
}
