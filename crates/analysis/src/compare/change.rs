//! A number before and after.

use crate::numbers::text::{count, sign, signed_count};
use arenascope_units::Bytes;
use serde::{Deserialize, Serialize};

/// What is said where both are equal.
pub const SAME: &str = "same";

/// Of which of the two documents something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The older one.
    Before,
    /// The newer one.
    After,
}

/// A number before and after. In JSON also their difference, as `change`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Change {
    /// In the older document.
    pub before: u64,
    /// In the newer one.
    pub after: u64,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    before: u64,
    after: u64,
    change: i64,
}

impl From<Wire> for Change {
    fn from(Wire { before, after, .. }: Wire) -> Self {
        Self { before, after }
    }
}

impl From<Change> for Wire {
    fn from(change: Change) -> Self {
        let Change { before, after } = change;
        let difference = change.difference().clamp(i64::MIN.into(), i64::MAX.into());
        Self { before, after, change: difference as i64 }
    }
}

impl Change {
    /// After less before.
    pub const fn difference(self) -> i128 {
        self.after as i128 - self.before as i128
    }

    /// Whether nothing changed.
    pub const fn is_same(self) -> bool {
        self.before == self.after
    }

    /// With the two documents in the other order.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self { before: self.after, after: self.before }
    }

    /// The sum of two, each side for itself; saturating.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { before: self.before.saturating_add(other.before), after: self.after.saturating_add(other.after) }
    }

    /// Adds to one side; saturating.
    pub const fn add(&mut self, when: When, number: u64) {
        let side = match when {
            When::Before => &mut self.before,
            When::After => &mut self.after,
        };
        *side = side.saturating_add(number);
    }

    /// The larger of both.
    pub fn most(self) -> u64 {
        self.before.max(self.after)
    }

    /// The difference in bytes with its sign, `+1.5 MiB`; `same` where there is none.
    pub fn bytes_text(self) -> String {
        let difference = self.difference();
        let size = Bytes::new(u64::try_from(difference.unsigned_abs()).unwrap_or(u64::MAX));
        if difference == 0 { SAME.into() } else { format!("{}{size}", sign(difference)) }
    }

    /// The difference as a number with its sign, `+1 024`; `same` where there is none.
    pub fn count_text(self) -> String {
        let difference = self.difference();
        if difference == 0 { SAME.into() } else { signed_count(difference) }
    }

    /// Both, in bytes: `1.0 MiB → 2.5 MiB`.
    pub fn both_bytes(self) -> String {
        format!("{} → {}", Bytes::new(self.before), Bytes::new(self.after))
    }

    /// Both, as numbers: `1 000 → 2 024`.
    pub fn both_counts(self) -> String {
        format!("{} → {}", count(self.before), count(self.after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_sign_and_a_unit_and_none_is_said() {
        let change = |before, after| Change { before, after };
        assert_eq!(change(1 << 20, 3 << 20).bytes_text(), "+2.0 MiB");
        assert_eq!(change(2_024, 1_000).count_text(), "−1\u{a0}024");
        assert_eq!((change(5, 5).bytes_text().as_str(), change(5, 5).count_text().as_str()), (SAME, SAME));
        assert_eq!(change(0, u64::MAX).difference(), i128::from(u64::MAX));
    }

    #[test]
    fn json_says_the_difference_too() {
        let change = Change { before: 10, after: 4 };
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(text, r#"{"before":10,"after":4,"change":-6}"#);
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change);
    }
}
