//! A plotters coordinate whose marks are those that `analysis` chose.

use crate::analysis::chart::ticks::Tick;
use plotters::coord::ranged1d::{KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// A linear axis with given marks.
#[derive(Clone)]
pub(crate) struct TickedAxis {
    range: Range<f64>,
    ticks: Vec<Tick>,
}

impl TickedAxis {
    /// From `range.start` to `range.end`, marked at `ticks`.
    pub(crate) fn new(range: Range<f64>, ticks: Vec<Tick>) -> Self {
        Self { range, ticks }
    }

    /// An axis without tick marks.
    pub(crate) fn plain(range: Range<f64>) -> Self {
        Self { range, ticks: Vec::new() }
    }
}

impl Ranged for TickedAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let width = self.range.end - self.range.start;
        let share = if width > 0.0 { (value - self.range.start) / width } else { 0.0 };
        // Down, so that the middle of column k lies on pixel k.
        from + (share * f64::from(to - from)).floor() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.iter().map(|tick| tick.at).collect(),
            KeyPointWeight::Any => Vec::new(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for TickedAxis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|tick| tick.at == *value).map(|tick| tick.label.clone()).unwrap_or_default()
    }
}
