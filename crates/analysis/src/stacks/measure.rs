//! What the graph of call stacks weighs by, and amounts of it in words.

use super::sums::Sums;
use crate::numbers::text::count;
use arenascope_units::{Bytes, Ratio};
use strum::{EnumCount, VariantArray};

/// What the width of a frame stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumCount, VariantArray)]
pub enum Measure {
    /// Bytes alive at the moment that is shown.
    #[default]
    LiveBytes,
    /// Things alive at that moment.
    LiveCount,
    /// Bytes allocated in the selected time.
    AllocatedBytes,
    /// Allocations in the selected time.
    Allocations,
    /// Bytes times how long they lived, of what was allocated in the selected time.
    ByteSeconds,
}

/// What events are counted for: two measures may share one count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// What is alive at a moment.
    Live,
    /// What was allocated in a span of time.
    Allocated,
    /// How long what was allocated in a span of time lived.
    Lived,
}

/// What amounts are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Allocations.
    Allocations,
    /// Bytes × µs.
    ByteMicros,
    /// Bytes × operations, of a run whose file has no times.
    ByteOperations,
}

impl Measure {
    /// Every measure, in the order of the menu.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LiveBytes => "Live bytes",
            Self::LiveCount => "Live allocations",
            Self::AllocatedBytes => "Allocated bytes",
            Self::Allocations => "Allocations",
            Self::ByteSeconds => "Bytes × lifetime",
        }
    }

    /// One sentence for a tooltip.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::LiveBytes => "Bytes alive at the moment that is shown, by the stack that allocated them",
            Self::LiveCount => "How many allocations are alive at the moment that is shown",
            Self::AllocatedBytes => "Bytes allocated in the selected time, or in the whole run; freed or not",
            Self::Allocations => "How many allocations there were in the selected time, or in the whole run",
            Self::ByteSeconds => {
                "Bytes times how long they lived, of what was allocated in the selected time or in the whole run; \
                 what lives on counts up to the moment that is shown"
            }
        }
    }

    /// What events are counted for it.
    pub const fn counted(self) -> Counted {
        match self {
            Self::LiveBytes | Self::LiveCount => Counted::Live,
            Self::AllocatedBytes | Self::Allocations => Counted::Allocated,
            Self::ByteSeconds => Counted::Lived,
        }
    }

    /// What its amounts are of.
    pub const fn unit(self, has_times: bool) -> Unit {
        match self {
            Self::LiveBytes | Self::AllocatedBytes => Unit::Bytes,
            Self::LiveCount | Self::Allocations => Unit::Allocations,
            Self::ByteSeconds if has_times => Unit::ByteMicros,
            Self::ByteSeconds => Unit::ByteOperations,
        }
    }

    /// The weight of sums: what a width is in proportion to.
    pub const fn weight(self, sums: Sums) -> u128 {
        match self {
            Self::LiveBytes | Self::AllocatedBytes | Self::ByteSeconds => sums.amount,
            Self::LiveCount | Self::Allocations => sums.count as u128,
        }
    }
}

const MICROS_PER_SECOND: u128 = 1_000_000;

impl Unit {
    /// An amount to read: `21.4 MiB`, `12 345`, `3.2 MiB·s`.
    pub fn text(self, amount: u128) -> String {
        match self {
            Self::Bytes => bytes(amount),
            Self::Allocations => count(capped(amount)),
            Self::ByteMicros => format!("{}·s", bytes(amount / MICROS_PER_SECOND)),
            Self::ByteOperations => format!("{} × operations", bytes(amount)),
        }
    }

    /// The same amount, exactly: `22 439 526 bytes`.
    pub fn exact(self, amount: u128) -> String {
        match self {
            Self::Bytes if amount == 1 => "1 byte".into(),
            Self::Bytes => format!("{} bytes", count(capped(amount))),
            Self::Allocations if amount == 1 => "1 allocation".into(),
            Self::Allocations => format!("{} allocations", count(capped(amount))),
            Self::ByteMicros => {
                let (seconds, micros) = (amount / MICROS_PER_SECOND, amount % MICROS_PER_SECOND);
                format!("{}.{micros:06} byte-seconds", count(capped(seconds)))
            }
            Self::ByteOperations => format!("{} bytes × operations", count(capped(amount))),
        }
    }
}

fn bytes(amount: u128) -> String {
    Bytes::new(capped(amount)).to_string()
}

fn capped(amount: u128) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}

/// A part of a total as a ratio; 0 of nothing.
pub fn share(part: u128, total: u128) -> Ratio {
    Ratio::new(if total == 0 { 0.0 } else { part as f64 / total as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_units() {
        let plain = |text: String| text.replace(['\u{a0}', '\u{202f}'], " ");
        assert_eq!(Unit::Bytes.text(22_439_526), "21.4 MiB");
        assert_eq!(plain(Unit::Bytes.exact(22_439_526)), "22 439 526 bytes");
        assert_eq!(plain(Unit::Allocations.text(12_345)), "12 345");
        assert_eq!([1, 2].map(|amount| Unit::Allocations.exact(amount)), ["1 allocation", "2 allocations"]);
        assert_eq!(Unit::ByteMicros.text(3 << 20 << 20), "3.1 MiB·s");
        assert_eq!(plain(Unit::ByteMicros.exact(1_234_000_042)), "1 234.000042 byte-seconds");
        assert_eq!(Unit::ByteOperations.text(2_048), "2.0 KiB × operations");
    }

    #[test]
    fn nothing_is_no_part_of_nothing() {
        assert_eq!((share(0, 0).get(), share(1, 4).get()), (0.0, 0.25));
    }
}
