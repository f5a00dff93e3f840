//! A figure that one side or both tell, with its unit.

use super::change::{Change, SAME};
use crate::numbers::text::{count, ratio, sign};
use arenascope_units::{Bytes, Micros};
use serde::{Deserialize, Serialize};

/// What a side says that does not tell a figure.
pub const NOT_TOLD: &str = "not told";
/// Parts of a ratio of 1.
const MILLION: f64 = 1e6;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// µs.
    Micros,
    /// Millionths: of a ratio.
    PartsPerMillion,
}

/// One figure of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// How much; `None` where the side does not tell.
    pub value: Option<u64>,
}

/// A figure before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// What it counts.
    pub unit: Unit,
    /// In the older document; `None` where it does not tell.
    pub before: Option<u64>,
    /// In the newer one.
    pub after: Option<u64>,
}

/// The figures that either side tells, in the order of the first. O(facts²), of which there
/// are some dozen.
pub fn figures(before: &[Fact], after: &[Fact]) -> Vec<Figure> {
    let value = |facts: &[Fact], label| facts.iter().find(|fact| fact.label == label).and_then(|fact| fact.value);
    let is_new = |fact: &&Fact| before.iter().all(|known| known.label != fact.label);
    let all = before.iter().chain(after.iter().filter(is_new));
    let figure = |fact: &Fact| Figure {
        label: fact.label.into(),
        unit: fact.unit,
        before: value(before, fact.label),
        after: value(after, fact.label),
    };
    all.map(figure).filter(|figure| figure.before.is_some() || figure.after.is_some()).collect()
}

impl Figure {
    /// Whether both sides tell it, and the same.
    pub fn is_same(&self) -> bool {
        self.before.is_some() && self.before == self.after
    }

    /// Before, in words.
    pub fn before_text(&self) -> String {
        self.text(self.before)
    }

    /// After, in words.
    pub fn after_text(&self) -> String {
        self.text(self.after)
    }

    /// The change with its sign and unit; `same` for none, a dash where a side does not tell.
    pub fn change_text(&self) -> String {
        let (Some(before), Some(after)) = (self.before, self.after) else { return "–".into() };
        let change = Change { before, after };
        let difference = change.difference();
        let size = u64::try_from(difference.unsigned_abs()).unwrap_or(u64::MAX);
        match self.unit {
            _ if difference == 0 => SAME.into(),
            Unit::Bytes => change.bytes_text(),
            Unit::Count => change.count_text(),
            Unit::Micros | Unit::PartsPerMillion => format!("{}{}", sign(difference), self.text(Some(size))),
        }
    }

    fn text(&self, value: Option<u64>) -> String {
        let Some(value) = value else { return NOT_TOLD.into() };
        match self.unit {
            Unit::Bytes => Bytes::new(value).to_string(),
            Unit::Count => count(value),
            Unit::Micros => Micros::new(value).to_string(),
            Unit::PartsPerMillion => ratio(value as f64 / MILLION),
        }
    }
}

/// A ratio as [`Unit::PartsPerMillion`].
pub(super) fn parts_per_million(ratio: f64) -> u64 {
    (ratio * MILLION).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_side_tells_is_said_to_be_so() {
        let fact = |label, unit, value| Fact { label, unit, value };
        let before = [fact("Used", Unit::Bytes, Some(1 << 20)), fact("Neither", Unit::Count, None)];
        let after = [fact("Used", Unit::Bytes, Some(3 << 20)), fact("Hit ratio", Unit::PartsPerMillion, Some(312_000))];
        let figures = figures(&before, &after);
        let said: Vec<_> =
            figures.iter().map(|figure| (figure.before_text(), figure.after_text(), figure.change_text())).collect();
        let expected = [("1.0 MiB", "3.0 MiB", "+2.0 MiB"), (NOT_TOLD, "0.312", "–")];
        assert_eq!(said, expected.map(|(before, after, change)| (before.into(), after.into(), change.into())));
        let ratio = Figure { before: Some(500_000), ..figures[1].clone() };
        assert_eq!(ratio.change_text(), "−0.188");
    }
}
