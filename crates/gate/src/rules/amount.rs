//! Amounts as people write them: `64 MiB`, `3 objects`, `10 %`.

use arenascope_units::{Bytes, Ratio};
use serde::Serialize;
use strum::IntoStaticStr;
use thiserror::Error;

/// What an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Quantity {
    /// Bytes.
    Bytes,
    /// Allocations, requests or events: whole things.
    Objects,
    /// A part of a whole, 1 for all of it.
    Share,
}

impl Quantity {
    /// A figure of this quantity for people: `64.0 KiB`, `3`, `12.5 %`.
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Bytes if value < 0.0 => format!("−{}", Bytes::new((-value) as u64)),
            Self::Bytes => Bytes::new(value as u64).to_string(),
            Self::Objects => format!("{value:.0}"),
            Self::Share => Ratio::new(value).to_string(),
        }
    }
}

/// An amount with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Bytes.
    Bytes(u64),
    /// Whole things; a number without a unit.
    Objects(u64),
    /// A part of a whole: 0.1 for `10 %`.
    Share(f64),
}

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// There is no number in front.
    #[error("`{0}` is no amount; write `64 MiB`, `3 objects` or `10 %`")]
    NoNumber(String),
    /// Such a unit there is not.
    #[error("`{unit}` is no unit; did you mean `{nearest}`? Units are B, KiB, MiB, GiB, TiB, objects and %")]
    NoUnit {
        /// The unit as it was written.
        unit: String,
        /// The likeliest that there is.
        nearest: &'static str,
    },
    /// A number without a unit.
    #[error("`{0}` has no unit; write `{0} MiB`, `{0} objects` or `{0} %`")]
    Bare(String),
    /// More than 2⁶³ or less than nothing.
    #[error("`{0}` is out of range")]
    OutOfRange(String),
}

const UNITS: [(&str, u32); 5] = [("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

impl Amount {
    /// Reads an amount. O(its text).
    ///
    /// # Errors
    /// What has no number, no unit, or one that there is not.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let trimmed = text.trim();
        let end = trimmed.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..end], trimmed[end..].trim());
        let value: f64 = number.parse().map_err(|_| AmountError::NoNumber(text.into()))?;
        match unit {
            "" if value == 0.0 => Ok(Self::Objects(0)),
            "" => Err(AmountError::Bare(text.into())),
            "%" => Ok(Self::Share(value / 100.0)),
            "object" | "objects" => whole(value, text).map(Self::Objects),
            unit => match UNITS.iter().find(|(name, _)| *name == unit) {
                Some((_, shift)) => whole(value * (1_u64 << shift) as f64, text).map(Self::Bytes),
                None => Err(AmountError::NoUnit { unit: unit.into(), nearest: nearest_unit(unit) }),
            },
        }
    }

    /// What it is of; `None` for nothing at all, which is nothing of anything.
    pub const fn quantity(self) -> Option<Quantity> {
        match self {
            Self::Objects(0) => None,
            Self::Bytes(_) => Some(Quantity::Bytes),
            Self::Objects(_) => Some(Quantity::Objects),
            Self::Share(_) => Some(Quantity::Share),
        }
    }

    /// The number without its unit: bytes, things, or parts of one.
    pub const fn value(self) -> f64 {
        match self {
            Self::Bytes(count) | Self::Objects(count) => count as f64,
            Self::Share(share) => share,
        }
    }
}

fn whole(value: f64, text: &str) -> Result<u64, AmountError> {
    let is_whole = value.fract() == 0.0 || value > 1024.0;
    (is_whole && value < (1_u64 << 63) as f64).then_some(value as u64).ok_or(AmountError::OutOfRange(text.into()))
}

/// `MB` means MiB to most who write it, `mb` too.
fn nearest_unit(unit: &str) -> &'static str {
    let first = unit.chars().next().map(|letter| letter.to_ascii_uppercase());
    match first {
        Some('K') => "KiB",
        Some('M') => "MiB",
        Some('G') => "GiB",
        Some('T') => "TiB",
        Some('O' | 'C' | 'A') => "objects",
        Some('P') => "%",
        _ => "B",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_with_their_units() {
        for (text, expected) in [
            ("64 MiB", Amount::Bytes(64 << 20)),
            ("1.5KiB", Amount::Bytes(1536)),
            ("512 B", Amount::Bytes(512)),
            ("0", Amount::Objects(0)),
            ("3 objects", Amount::Objects(3)),
            ("1 object", Amount::Objects(1)),
            ("12.5 %", Amount::Share(0.125)),
        ] {
            assert_eq!(Amount::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_says_what_would_be() {
        for (text, part) in [
            ("64 MB", "did you mean `MiB`"),
            ("64 kb", "did you mean `KiB`"),
            ("64", "has no unit"),
            ("much", "is no amount"),
            ("1.5 objects", "out of range"),
            ("-1 B", "is no amount"),
            ("99999999999 TiB", "out of range"),
        ] {
            let error = Amount::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_amount_or_an_error(text in ".{0,20}") {
            if let Ok(amount) = Amount::parse(&text) {
                prop_assert!(amount.value() >= 0.0);
            }
        }

        #[test]
        fn whole_bytes_keep_their_value(count in 0_u64..1 << 53) {
            let expected = Amount::Bytes(count);
            prop_assert_eq!(Amount::parse(&format!("{count} B")), Ok(expected));
        }
    }
}
