//! A published histogram (0, 1, 2–3, 4–7, …) as bars: a base-2 axis with units,
//! a count axis of round steps, and each bar in words.

use crate::numbers::text::count;
use arenascope_units::{Micros, Ratio};

/// Bars shown at least: fewer would be as wide as posters.
const BARS_LEAST: usize = 12;

/// What the axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Acquires between a release and the next use.
    Acquires,
    /// Durations in microseconds.
    Micros,
}

impl Unit {
    /// One value of the axis: `512`, `4.1 ms`.
    fn text(self, value: u64) -> String {
        match self {
            Self::Acquires => count(value),
            Self::Micros => Micros::new(value).to_string(),
        }
    }

    /// Behind the numbers of a range; times carry their own.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Acquires => " acquires",
            Self::Micros => "",
        }
    }
}

/// How often a value of one doubling came.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its range: `4–7 acquires`.
    pub range: String,
    /// How many fell into it.
    pub count: u64,
    /// Of its height, 0 to 1.
    pub part: f64,
    /// Under the axis; `None` where there is no room for one at each bar.
    pub tick: Option<String>,
}

/// A histogram by doublings, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogBars {
    /// From the smallest values on.
    pub bars: Vec<Bar>,
    /// The count at the upper edge: round, and at least the largest bar's.
    pub top: u64,
    /// How many in all.
    pub total: u64,
    /// One sentence: how many, and where the middle lies.
    pub summary: String,
}

impl LogBars {
    /// The bars of a published histogram.
    pub fn new(counts: &[u64], unit: Unit) -> Self {
        let used = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        let shown = used.max(BARS_LEAST).min(counts.len());
        let (total, top) = (counts.iter().sum(), round_up(counts.iter().copied().max().unwrap_or(0)));
        let bar = |(index, count): (usize, &u64)| Bar {
            range: range_text(index, counts.len(), unit),
            count: *count,
            part: *count as f64 / top as f64,
            tick: (index % 3 == 0).then(|| unit.text(least(index))),
        };
        let bars = counts[..shown].iter().enumerate().map(bar).collect();
        Self { bars, top, total, summary: summary(counts, total, unit) }
    }

    /// A bar in words: `4–7 acquires: 123 (12.3 %)`.
    pub fn bar_text(&self, index: usize) -> Option<String> {
        let bar = self.bars.get(index)?;
        let part = if self.total == 0 { 0.0 } else { bar.count as f64 / self.total as f64 };
        Some(format!("{}: {} ({})", bar.range, count(bar.count), Ratio::new(part)))
    }
}

/// The smallest value of a bucket.
fn least(bucket: usize) -> u64 {
    if bucket == 0 { 0 } else { 1 << (bucket - 1).min(62) }
}

fn range_text(bucket: usize, buckets: usize, unit: Unit) -> String {
    let (from, suffix) = (least(bucket), unit.suffix());
    if bucket + 1 == buckets {
        return format!("{} and more{suffix}", unit.text(from));
    }
    let to = least(bucket + 1) - 1;
    if bucket == 1 && unit == Unit::Acquires {
        return "1 acquire".into();
    }
    if from >= to {
        format!("{}{suffix}", unit.text(from))
    } else {
        format!("{} to {}{suffix}", unit.text(from), unit.text(to))
    }
}

/// 1, 2 or 5 times a power of ten, at least `value`.
fn round_up(value: u64) -> u64 {
    let mut step = 1_u64;
    while step < value {
        let leading = step / 10_u64.pow(step.ilog10());
        step = if leading == 2 { step / 2 * 5 } else { step.saturating_mul(2) };
    }
    step
}

fn summary(counts: &[u64], total: u64, unit: Unit) -> String {
    if total == 0 {
        return "nothing counted yet".into();
    }
    let mut below = 0;
    let middle = counts.iter().position(|count| {
        below += count;
        below * 2 >= total
    });
    let middle = range_text(middle.unwrap_or(0), counts.len(), unit);
    format!("{} counted, median in {middle}", count(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(usize, u64)]) -> Vec<u64> {
        let mut counts = vec![0; 24];
        pairs.iter().for_each(|&(bucket, count)| counts[bucket] = count);
        counts
    }

    #[test]
    fn ranges_follow_the_published_buckets() {
        let bars = LogBars::new(&counts(&[(0, 1), (1, 2), (3, 30), (23, 1)]), Unit::Acquires);
        let ranges: Vec<&str> = [0, 1, 2, 3, 23].map(|bar| bars.bars[bar].range.as_str()).into();
        assert_eq!(
            ranges,
            ["0 acquires", "1 acquire", "2 to 3 acquires", "4 to 7 acquires", "4\u{a0}194\u{a0}304 and more acquires"]
        );
        assert_eq!((bars.top, bars.total, bars.bars[3].part), (50, 34, 0.6));
        assert_eq!(bars.bar_text(3).as_deref(), Some("4 to 7 acquires: 30 (88.2 %)"));
        assert_eq!(bars.summary, "34 counted, median in 4 to 7 acquires");
        assert_eq!(bars.bar_text(24), None);
    }

    #[test]
    fn an_empty_one_still_has_its_axis() {
        let bars = LogBars::new(&counts(&[]), Unit::Micros);
        assert_eq!((bars.bars.len(), bars.top, bars.total), (BARS_LEAST, 1, 0));
        assert_eq!((bars.bars[9].tick.as_deref(), bars.bars[10].tick.as_deref()), (Some("256 µs"), None));
        assert_eq!(bars.summary, "nothing counted yet");
        assert_eq!(LogBars::new(&[], Unit::Micros).bars, []);
    }

    #[test]
    fn count_axes_have_round_tops() {
        let tops: Vec<u64> = [0, 1, 2, 3, 5, 6, 11, 200, 201, 999_999].map(round_up).into();
        assert_eq!(tops, [1, 1, 2, 5, 5, 10, 20, 200, 500, 1_000_000]);
    }
}
