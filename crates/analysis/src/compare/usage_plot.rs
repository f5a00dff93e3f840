//! The curves of both runs as lines of a drawing of fixed size, and its axes in words.

use super::align::Align;
use super::change::Change;
use super::comparison::UsageCurves;
use super::moment::Moment;
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

/// A piece of the axis in words: where it is, and the most live bytes of both there.
pub fn reading(usage: &UsageCurves, column: usize, has_times: bool) -> String {
    let most =
        |curve: &Option<Curve>| curve.as_ref().and_then(|curve| curve.columns.get(column)).map(|it| it.high_bytes);
    let (before, after) = (most(&usage.before), most(&usage.after));
    let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "has ended".into(), |bytes| Bytes::new(bytes).to_string());
    let change = before.zip(after).map(|(before, after)| format!(" ({})", Change { before, after }.bytes_text()));
    let place = place_text(usage, column, has_times);
    format!("{place}: before {}, after {}{}", bytes(before), bytes(after), change.unwrap_or_default())
}

fn place_text(usage: &UsageCurves, column: usize, has_times: bool) -> String {
    let at = place(usage, column);
    match usage.align {
        Align::Time if has_times => Micros::new(at).to_string(),
        Align::Time => format!("operation {}", count(at)),
        Align::Event => format!("event {}", count(at)),
        Align::Frame => format!("frame {}", count(at + 1)),
        Align::Marker => match marker(usage, column) {
            Some(text) => format!("after the marker {text}"),
            None => "before the first marker".into(),
        },
    }
}

/// Where a piece of the axis begins.
const fn place(usage: &UsageCurves, column: usize) -> u64 {
    (usage.end as u128 * column as u128 / COLUMNS as u128) as u64
}

/// The last marker that both have before a piece of the axis.
fn marker(usage: &UsageCurves, column: usize) -> Option<&str> {
    let passed = usize::try_from(place(usage, column)).unwrap_or(usize::MAX);
    usage.marks.get(passed.checked_sub(1)?).map(String::as_str)
}

/// The moment of both runs at a piece of the axis, to be compared next: of markers, the last
/// one before it.
pub fn moment_at(usage: &UsageCurves, column: usize) -> Moment {
    let at = place(usage, column);
    match usage.align {
        Align::Time => Moment::TimeUs(at),
        Align::Event => Moment::Event(at),
        Align::Frame => Moment::Frame(at + 1),
        Align::Marker => {
            let Some(text) = marker(usage, column) else { return Moment::Event(0) };
            let passed = usize::try_from(at).unwrap_or(usize::MAX);
            let nth = usage.marks.iter().take(passed).filter(|mark| mark.as_str() == text).count() as u64;
            Moment::Marker { text: text.into(), nth }
        }
    }
}

/// The piece that a key leads to from another; `None` for other keys.
pub fn moved(column: usize, key: &str) -> Option<usize> {
    Some(match key {
        "ArrowLeft" => column.saturating_sub(1),
        "ArrowRight" => (column + 1).min(COLUMNS - 1),
        "PageUp" => column.saturating_sub(COLUMNS / 20),
        "PageDown" => (column + COLUMNS / 20).min(COLUMNS - 1),
        "Home" => 0,
        "End" => COLUMNS - 1,
        _ => return None,
    })
}

/// The piece at a part of the width, from 0 to 1.
pub fn column_at(part: f64) -> usize {
    ((part * COLUMNS as f64) as usize).min(COLUMNS - 1)
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
    fn a_piece_is_read_and_is_a_moment() {
        let usage = curves(vec![Extent { low_bytes: 0, high_bytes: 1 << 20 }; 200]);
        let usage = UsageCurves { after: Some(Curve { columns: vec![Extent::default(); 300], moment: 1.0 }), ..usage };
        assert_eq!(reading(&usage, 100, true), "1.0 s: before 1.0 MiB, after 0 B (−1.0 MiB)");
        assert_eq!(reading(&usage, 250, false), "operation 2\u{a0}500\u{a0}000: before has ended, after 0 B");
        assert_eq!(moment_at(&usage, 100), Moment::TimeUs(1_000_000));
        let marks = ["a", "b", "a"].map(String::from).to_vec();
        let marked = UsageCurves { align: Align::Marker, end: 4, marks, ..usage };
        assert_eq!(moment_at(&marked, 10), Moment::Event(0));
        assert_eq!(moment_at(&marked, 350), Moment::Marker { text: "a".into(), nth: 2 });
        assert!(reading(&marked, 250, true).starts_with("after the marker b: "));
        assert_eq!((column_at(1.0), column_at(0.5), moved(0, "ArrowLeft"), moved(3, "x")), (399, 200, Some(0), None));
    }

    #[test]
    fn markers_stand_where_they_are_on_the_axis() {
        let usage = UsageCurves { align: Align::Marker, end: 3, marks: vec!["a".into(), "b".into()], ..curves(vec![]) };
        let ticks: Vec<String> = plot(&usage, true).ticks.iter().map(|(x, text)| format!("{x:.0} {text}")).collect();
        assert_eq!(ticks, ["333 a", "667 b"]);
    }
}
