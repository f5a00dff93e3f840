//! How close a level is to its limit, in four steps with hysteresis.
//!
//! A level rises into a step at 70, 85 or 95 % of its limit and falls out of it
//! five points lower, so that a load that swings around a mark does not report
//! each swing.

use crate::units::Bytes;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Points of hysteresis: a step ends this much below where it begins.
pub const HYSTERESIS_PERCENT: u64 = 5;

/// How close a level is to its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pressure {
    /// Below 70 %.
    #[default]
    Normal,
    /// From 70 % on: stop hoarding.
    Elevated,
    /// From 85 % on: give back what is not needed soon.
    High,
    /// From 95 % on: give back everything that is idle.
    Critical,
}

impl Pressure {
    /// Every step, from calm to worst.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Elevated, Self::High, Self::Critical];

    /// The name in files: `elevated`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Elevated => "elevated",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The step of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.key() == key)
    }

    /// Per cent of the limit at which it begins.
    pub const fn percent(self) -> u64 {
        match self {
            Self::Normal => 0,
            Self::Elevated => 70,
            Self::High => 85,
            Self::Critical => 95,
        }
    }

    /// The step at `index` of [`Self::ALL`]; the worst for what lies beyond.
    pub(super) const fn from_index(index: u64) -> Self {
        match index {
            0 => Self::Normal,
            1 => Self::Elevated,
            2 => Self::High,
            _ => Self::Critical,
        }
    }

    /// The fewest bytes of `limit` at which it begins.
    pub(super) fn begins_at(self, limit: Bytes) -> u64 {
        part(limit, self.percent())
    }

    /// The fewest bytes of `limit` at which it goes on once it has begun.
    pub(super) fn lasts_from(self, limit: Bytes) -> u64 {
        part(limit, self.percent().saturating_sub(HYSTERESIS_PERCENT))
    }

    /// The bytes of `limit` below which it ends.
    pub fn ends_below(self, limit: Bytes) -> Bytes {
        Bytes::new(self.lasts_from(limit))
    }

    /// The step after this one, where `claimed` of `limit` are spoken for. A
    /// level that may hold nothing is at rest.
    pub fn after(self, claimed: Bytes, limit: Bytes) -> Self {
        if limit.is_zero() {
            return Self::Normal;
        }
        let reached = |step: &Self| {
            let mark = if *step <= self { step.lasts_from(limit) } else { step.begins_at(limit) };
            claimed.get() >= mark
        };
        Self::ALL.into_iter().rev().find(reached).unwrap_or_default()
    }
}

impl fmt::Display for Pressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// ⌈limit × percent ÷ 100⌉, in 128 bits: the product may not fit 64. Fits
/// again because `percent` is at most 100.
fn part(limit: Bytes, percent: u64) -> u64 {
    (u128::from(limit.get()) * u128::from(percent)).div_ceil(100) as u64
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_at_their_marks_and_end_five_points_lower() {
        let limit = Bytes::new(1000);
        let script = [
            (699, Pressure::Normal),
            (700, Pressure::Elevated),
            (650, Pressure::Elevated),
            (649, Pressure::Normal),
            (950, Pressure::Critical),
            (900, Pressure::Critical),
            (899, Pressure::High),
            (800, Pressure::High),
            (799, Pressure::Elevated),
            (850, Pressure::High),
            (0, Pressure::Normal),
            (1000, Pressure::Critical),
        ];
        let mut step = Pressure::Normal;
        for (claimed, expected) in script {
            step = step.after(Bytes::new(claimed), limit);
            assert_eq!(step, expected, "at {claimed}");
        }
    }

    #[test]
    fn the_ends_of_the_number_line_are_steps_too() {
        assert_eq!(Pressure::Normal.after(Bytes::new(u64::MAX), Bytes::new(u64::MAX)), Pressure::Critical);
        assert_eq!(Pressure::Critical.after(Bytes::ZERO, Bytes::ZERO), Pressure::Normal);
        assert_eq!(Pressure::Normal.after(Bytes::ZERO, Bytes::new(1)), Pressure::Normal);
        assert_eq!(Pressure::Normal.after(Bytes::new(1), Bytes::new(1)), Pressure::Critical);
    }
}
