//! Quantities with their unit in the type: bytes, microseconds, ratios.
//!
//! Arithmetic is checked: a sum that does not fit is a `None` for the caller to
//! word, never a wrapped number. Each type has exactly one `Display`, which is
//! how that quantity looks everywhere on the page, in reports and in errors.

pub mod owner;
pub mod pressure;

use core::fmt;
use serde::{Deserialize, Serialize};

/// A number of bytes. 64 bits on every machine, so that sums over a 256 MiB
/// budget cannot overflow on 32-bit wasm.
///
/// ```
/// use arenascope_units::Bytes;
/// let arena = Bytes::mib(256);
/// assert_eq!(arena.to_string(), "256.0 MiB");
/// assert_eq!(arena.checked_add(Bytes::new(u64::MAX)), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// No bytes.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert!(Bytes::ZERO.is_zero());
    /// ```
    pub const ZERO: Self = Self(0);

    /// `count` bytes.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::new(512).get(), 512);
    /// ```
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// `count` KiB (1024 bytes each). Saturates at `u64::MAX` bytes.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::kib(64), Bytes::new(65_536));
    /// ```
    pub const fn kib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// `count` MiB (1024 KiB each). Saturates at `u64::MAX` bytes.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::mib(1), Bytes::kib(1024));
    /// ```
    pub const fn mib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// The plain number.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::kib(2).get(), 2048);
    /// ```
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The plain number for indexing, or `None` where an address cannot hold it.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::kib(1).to_usize(), Some(1024));
    /// ```
    pub fn to_usize(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }

    /// True for no bytes.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert!(!Bytes::new(1).is_zero());
    /// ```
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` on overflow.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::new(1).checked_add(Bytes::new(2)), Some(Bytes::new(3)));
    /// assert_eq!(Bytes::new(u64::MAX).checked_add(Bytes::new(1)), None);
    /// ```
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or `None` where it would be negative.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// assert_eq!(Bytes::new(3).checked_sub(Bytes::new(1)), Some(Bytes::new(2)));
    /// assert_eq!(Bytes::new(1).checked_sub(Bytes::new(3)), None);
    /// ```
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The difference, or nothing where it would be negative. For figures such
    /// as "room left", where zero is the truth, not for accounting.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// let (limit, used) = (Bytes::mib(64), Bytes::mib(80));
    /// assert_eq!(limit.saturating_sub(used), Bytes::ZERO);
    /// ```
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self` as a part of `whole`; `None` where `whole` is zero.
    ///
    /// ```
    /// use arenascope_units::Bytes;
    /// let part = Bytes::mib(64).ratio_of(Bytes::mib(256));
    /// assert_eq!(part.map(|ratio| ratio.get()), Some(0.25));
    /// assert_eq!(Bytes::ZERO.ratio_of(Bytes::ZERO), None);
    /// ```
    pub fn ratio_of(self, whole: Self) -> Option<Ratio> {
        (whole.0 != 0).then(|| Ratio::new(self.0 as f64 / whole.0 as f64))
    }
}

impl From<u32> for Bytes {
    fn from(count: u32) -> Self {
        Self(u64::from(count))
    }
}

impl From<usize> for Bytes {
    fn from(count: usize) -> Self {
        // usize is at most 64 bits on every supported target.
        Self(count as u64)
    }
}

impl core::iter::Sum for Bytes {
    /// Saturates; the totals summed here are bounded by address spaces.
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |total, item| total.saturating_add(item.0)))
    }
}

impl fmt::Display for Bytes {
    /// Binary units, one decimal above 1 KiB: `512 B`, `64.0 KiB`, `21.4 MiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
        if self.0 < 1 << 10 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = 0;
        // 1023.95 would print as "1024.0 KiB".
        while value >= 1023.95 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        f.pad(&format!("{value:.1} {}", UNITS[unit]))
    }
}

/// A moment or a span in microseconds, on the clock of whoever passes it in:
/// nothing below the platform floor reads a clock.
///
/// ```
/// use arenascope_units::Micros;
/// assert_eq!(Micros::new(1_500).to_string(), "1.5 ms");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(u64);

impl Micros {
    /// The start of the clock, or no time at all.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::ZERO.get(), 0);
    /// ```
    pub const ZERO: Self = Self(0);

    /// `count` microseconds.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::new(850).to_string(), "850 µs");
    /// ```
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// `count` milliseconds. Saturates.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::millis(2).get(), 2_000);
    /// ```
    pub const fn millis(count: u64) -> Self {
        Self(count.saturating_mul(1_000))
    }

    /// `count` seconds. Saturates.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::seconds(2), Micros::millis(2_000));
    /// ```
    pub const fn seconds(count: u64) -> Self {
        Self(count.saturating_mul(1_000_000))
    }

    /// The plain number.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::new(7).get(), 7);
    /// ```
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`; zero where `earlier` is later.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::new(9).since(Micros::new(4)), Micros::new(5));
    /// assert_eq!(Micros::new(4).since(Micros::new(9)), Micros::ZERO);
    /// ```
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// This moment and `span` later. Saturates.
    ///
    /// ```
    /// use arenascope_units::Micros;
    /// assert_eq!(Micros::new(9).after(Micros::new(4)), Micros::new(13));
    /// ```
    pub const fn after(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for Micros {
    /// `850 µs`, `1.5 ms`, `12.3 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            0..1_000 => format!("{} µs", self.0),
            1_000..1_000_000 => format!("{:.1} ms", self.0 as f64 / 1e3),
            _ => format!("{:.1} s", self.0 as f64 / 1e6),
        };
        f.pad(&text)
    }
}

/// A part of a whole, 0 to 1 where the part is not larger than the whole.
/// Always finite.
///
/// ```
/// use arenascope_units::Ratio;
/// assert_eq!(Ratio::new(0.732).to_string(), "73.2 %");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio(f64);

impl Ratio {
    /// Nothing.
    ///
    /// ```
    /// use arenascope_units::Ratio;
    /// assert_eq!(Ratio::ZERO.get(), 0.0);
    /// ```
    pub const ZERO: Self = Self(0.0);

    /// A ratio; what is not finite becomes zero.
    ///
    /// ```
    /// use arenascope_units::Ratio;
    /// assert_eq!(Ratio::new(0.5).get(), 0.5);
    /// assert_eq!(Ratio::new(f64::NAN), Ratio::ZERO);
    /// ```
    pub fn new(value: f64) -> Self {
        Self(if value.is_finite() { value } else { 0.0 })
    }

    /// The plain number.
    ///
    /// ```
    /// use arenascope_units::Ratio;
    /// assert_eq!(Ratio::new(0.25).get(), 0.25);
    /// ```
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Ratio {
    /// As per cent with one decimal: `73.2 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} %", self.0 * 100.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_as_people_write_them() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (22_439_526, "21.4 MiB"),
            (1 << 30, "1.0 GiB"),
        ];
        for (count, text) in cases {
            assert_eq!(Bytes::new(count).to_string(), text);
        }
        assert_eq!(format!("{:>9}", Bytes::kib(1)), "  1.0 KiB");
    }

    #[test]
    fn sums_that_do_not_fit_are_none() {
        assert_eq!(Bytes::new(u64::MAX).checked_add(Bytes::new(1)), None);
        assert_eq!(Bytes::ZERO.checked_sub(Bytes::new(1)), None);
        assert_eq!(Bytes::ZERO.ratio_of(Bytes::ZERO), None);
    }

    #[test]
    fn times_and_ratios_read_as_people_write_them() {
        assert_eq!(Micros::new(850).to_string(), "850 µs");
        assert_eq!(Micros::new(1_500).to_string(), "1.5 ms");
        assert_eq!(Micros::seconds(12).to_string(), "12.0 s");
        assert_eq!(Ratio::new(0.7321).to_string(), "73.2 %");
        assert_eq!(Ratio::new(f64::NAN), Ratio::ZERO);
    }
}
