//! Numbers with units as people type and paste them, from any locale: understood, or
//! refused with a reason, never misread.
//!
//! Groups of three digits may be set apart by commas, points, spaces (also no-break,
//! narrow and thin ones), apostrophes or underscores; the decimal mark is a point or a
//! comma. One comma or point before exactly three digits could be either: in a unit that
//! has no fractions (bytes, microseconds) it is grouping, in any other it is refused.

use thiserror::Error;

/// What is typed, and its units: the first is meant where none is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// B, KiB, MiB, GiB; KB and the like are taken for their powers of 1024.
    Bytes,
    /// As [`Self::Bytes`], but MiB are meant where no unit is typed.
    Mebibytes,
    /// µs, ms, s, min.
    Micros,
}

const KIB: f64 = 1024.0;
const MIB: f64 = KIB * KIB;
const BYTE_UNITS: [(&str, f64); 14] = [
    ("b", 1.0),
    ("byte", 1.0),
    ("bytes", 1.0),
    ("k", KIB),
    ("kb", KIB),
    ("kib", KIB),
    ("m", MIB),
    ("mb", MIB),
    ("mib", MIB),
    ("g", MIB * KIB),
    ("gb", MIB * KIB),
    ("gib", MIB * KIB),
    ("tb", MIB * MIB),
    ("tib", MIB * MIB),
];
/// Both signs for micro: U+00B5 and the Greek letter.
const TIME_UNITS: [(&str, f64); 9] = [
    ("us", 1.0),
    ("µs", 1.0),
    ("μs", 1.0),
    ("ms", 1e3),
    ("s", 1e6),
    ("sec", 1e6),
    ("second", 1e6),
    ("seconds", 1e6),
    ("min", 60e6),
];
/// Up to here every whole number is exact.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

impl Quantity {
    fn factor(self, unit: &str) -> Option<f64> {
        let units: &[(&str, f64)] = match self {
            Self::Bytes | Self::Mebibytes => &BYTE_UNITS,
            Self::Micros => &TIME_UNITS,
        };
        let unit = unit.to_lowercase();
        match (unit.as_str(), self) {
            ("", Self::Mebibytes) => Some(MIB),
            ("", _) => Some(1.0),
            (unit, _) => units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor),
        }
    }

    const fn units_text(self) -> &'static str {
        match self {
            Self::Bytes | Self::Mebibytes => "B, KiB, MiB, GiB, TiB",
            Self::Micros => "µs, ms, s, min",
        }
    }
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotAQuantity {
    /// There is no number in it.
    #[error("\"{text}\" is no number")]
    NoNumber {
        /// What was typed, clipped.
        text: String,
    },
    /// What follows the number is no unit of this quantity.
    #[error("\"{unit}\" is no unit: {known} are")]
    Unit {
        /// What follows the number, clipped.
        unit: String,
        /// The units there are.
        known: &'static str,
    },
    /// Digits that are set apart, but not in groups of three.
    #[error("\"{text}\" has groups of other than three digits: leave the marks out")]
    Groups {
        /// What was typed, clipped.
        text: String,
    },
    /// One comma or point before three digits, in a unit that has fractions.
    #[error("\"{text}\" could be {grouped} or {decimal}: type one of these")]
    Ambiguous {
        /// What was typed, clipped.
        text: String,
        /// It, where the mark groups digits.
        grouped: String,
        /// It, where the mark begins a fraction.
        decimal: String,
    },
    /// Beyond 2⁵³ of the smallest unit.
    #[error("\"{text}\" is too large")]
    TooLarge {
        /// What was typed, clipped.
        text: String,
    },
}

/// What a text means in the smallest unit (bytes, microseconds), rounded to a whole one.
///
/// # Errors
/// [`NotAQuantity`].
///
/// ```
/// use arenascope_analysis::numbers::typed::{Quantity, read};
/// assert_eq!(read("1,024", Quantity::Bytes), Ok(1024));
/// assert_eq!(read("1.5 MiB", Quantity::Bytes), Ok(1_572_864));
/// assert!(read("1,024 KiB", Quantity::Bytes).is_err(), "1024 KiB, or 1.024 KiB?");
/// ```
pub fn read(text: &str, quantity: Quantity) -> Result<u64, NotAQuantity> {
    let text = text.trim();
    let unit = unit_of(text);
    let digits = text[..text.len() - unit.len()].trim();
    if digits.is_empty() {
        return Err(NotAQuantity::NoNumber { text: clipped(text) });
    }
    let known = quantity.units_text();
    let factor = quantity.factor(unit).ok_or_else(|| NotAQuantity::Unit { unit: clipped(unit), known })?;
    let number = number(digits, factor == 1.0).map_err(|fault| fault.told(text, digits, unit))?;
    let value = number * factor;
    if value > EXACT_MAX {
        return Err(NotAQuantity::TooLarge { text: clipped(text) });
    }
    Ok(value.round() as u64)
}

/// What follows the digits and their marks, without the space between.
pub fn unit_of(text: &str) -> &str {
    text.trim().trim_start_matches(|letter: char| letter.is_ascii_digit() || is_mark(letter))
}

fn is_mark(letter: char) -> bool {
    is_group_mark(letter) || matches!(letter, ',' | '.')
}

/// Marks that are never decimal.
fn is_group_mark(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\'' | '’' | '_')
}

/// What is wrong with digits.
enum Fault {
    None,
    Groups,
    Ambiguous,
}

impl Fault {
    fn told(self, text: &str, digits: &str, unit: &str) -> NotAQuantity {
        match self {
            Self::None => NotAQuantity::NoNumber { text: clipped(text) },
            Self::Groups => NotAQuantity::Groups { text: clipped(text) },
            Self::Ambiguous => {
                let (whole, three) = digits.split_once([',', '.']).unwrap_or((digits, ""));
                NotAQuantity::Ambiguous {
                    text: clipped(text),
                    grouped: format!("{whole}{three} {unit}").trim().into(),
                    decimal: format!("{whole}.{three}0 {unit}").trim().into(),
                }
            }
        }
    }
}

/// The number that digits with marks mean. `is_whole`: the unit has no fractions.
fn number(digits: &str, is_whole: bool) -> Result<f64, Fault> {
    let Some((whole, fraction)) = divided(digits, is_whole)? else {
        return ungrouped(digits)?.parse().map_err(|_| Fault::None);
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::None);
    }
    let whole = if whole.is_empty() { "0".into() } else { ungrouped(whole)? };
    format!("{whole}.{fraction}").parse().map_err(|_| Fault::None)
}

/// The parts before and after the decimal mark; `None` where there is none.
fn divided(digits: &str, is_whole: bool) -> Result<Option<(&str, &str)>, Fault> {
    let count = |mark| digits.matches(mark).count();
    let (commas, points) = (count(','), count('.'));
    // The decimal mark is the last; the other kind groups.
    let mark = match (commas, points) {
        (0, 0) => return Ok(None),
        (1, 0) => ',',
        (0, 1) => '.',
        (_, 0) | (0, _) => return Ok(None),
        _ if digits.rfind(',') > digits.rfind('.') => ',',
        _ => '.',
    };
    if count(mark) > 1 {
        return Err(Fault::Groups);
    }
    let Some((whole, fraction)) = digits.split_once(mark) else { return Ok(None) };
    let could_group =
        commas + points == 1 && fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    match could_group {
        true if is_whole => Ok(None),
        true => Err(Fault::Ambiguous),
        false => Ok(Some((whole, fraction))),
    }
}

/// Digits without what sets groups of three apart. All marks are of one kind.
fn ungrouped(digits: &str) -> Result<String, Fault> {
    let mut marks = digits.chars().filter(|letter| is_mark(*letter));
    if let Some(first) = marks.next() {
        let same = |mark: char| mark == first || (mark.is_whitespace() && first.is_whitespace());
        if !marks.all(same) {
            return Err(Fault::Groups);
        }
        let mut groups = digits.split(is_mark);
        let head = groups.next().unwrap_or_default();
        if !(1..=3).contains(&head.len()) || !groups.all(|group| group.len() == 3) {
            return Err(Fault::Groups);
        }
    }
    let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
    if plain.is_empty() { Err(Fault::None) } else { Ok(plain) }
}

/// A text short enough to repeat in a message.
fn clipped(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(text: &str) -> Result<u64, NotAQuantity> {
        read(text, Quantity::Bytes)
    }

    #[test]
    fn grouping_of_any_locale_is_read() {
        for text in [
            "1048576",
            "1,048,576",
            "1.048.576",
            "1 048 576",
            "1\u{202f}048\u{202f}576",
            "1\u{a0}048\u{2009}576 B",
            "1'048'576",
            "1_048_576 bytes",
        ] {
            assert_eq!(bytes(text), Ok(1 << 20), "{text}");
        }
        assert_eq!(bytes("1,024"), Ok(1024));
        assert_eq!(bytes("1.024 B"), Ok(1024));
        assert_eq!(bytes("1,024.5 KiB"), Ok(1_049_088));
        assert_eq!(bytes("1.024,5 KiB"), Ok(1_049_088));
        assert_eq!(bytes("1,5k"), Ok(1536));
        assert_eq!(bytes("0,125 KiB"), Ok(128));
        assert_eq!(bytes(".5 KiB"), Ok(512));
        assert_eq!(bytes("2 MB"), Ok(2 << 20));
        assert_eq!(read("1,000", Quantity::Micros), Ok(1_000));
        assert_eq!(read("1.5 ms", Quantity::Micros), Ok(1_500));
        assert_eq!(read("30", Quantity::Mebibytes), Ok(30 << 20));
        assert_eq!(read("1 GiB", Quantity::Mebibytes), Ok(1 << 30));
    }

    #[test]
    fn what_could_be_two_numbers_is_refused_with_both() {
        let told = bytes("1,024 KiB").unwrap_err().to_string();
        assert_eq!(told, "\"1,024 KiB\" could be 1024 KiB or 1.0240 KiB: type one of these");
        assert!(matches!(read("1.024", Quantity::Mebibytes), Err(NotAQuantity::Ambiguous { .. })));
        assert_eq!((bytes("1024 KiB"), bytes("1.0240 KiB")), (Ok(1 << 20), Ok(1049)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "B",
            "-1",
            "1e6",
            "1,0245 B,",
            "12 34",
            "1,2,3",
            "1.2.3",
            "1,024.5,1",
            "1 024,024,1",
            ",",
            "1..2",
            "1'02",
        ] {
            assert!(bytes(text).is_err(), "{text}");
        }
        assert!(matches!(bytes("4 QiB"), Err(NotAQuantity::Unit { .. })));
        assert!(matches!(bytes("9999999 GiB"), Err(NotAQuantity::TooLarge { .. })));
        assert!(bytes(&"9".repeat(5_000)).unwrap_err().to_string().len() < 100);
    }

    proptest! {
        #[test]
        fn every_grouping_of_a_number_is_that_number(number in 0_u64..1 << 53, mark in prop::sample::select(vec![',', '.', ' ', '\u{202f}', '\'', '_'])) {
            let digits = number.to_string();
            let grouped: String = digits.char_indices().flat_map(|(at, digit)| {
                let sets_apart = at > 0 && (digits.len() - at) % 3 == 0;
                sets_apart.then_some(mark).into_iter().chain([digit])
            }).collect();
            prop_assert_eq!(bytes(&grouped), Ok(number));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9,. '_a-zµ\u{202f}-]{0,24}") {
            for quantity in [Quantity::Bytes, Quantity::Mebibytes, Quantity::Micros] {
                if let Err(refusal) = read(&text, quantity) {
                    prop_assert!(!refusal.to_string().is_empty());
                }
            }
        }
    }
}
