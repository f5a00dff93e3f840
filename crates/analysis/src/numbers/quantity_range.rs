//! Ranges of sizes and times, as people type them: `4 KiB – 1 MiB`, `> 64`,
//! `<= 1.5 ms`, `256`.

use super::typed::{self, NotAQuantity, unit_of};
use core::ops::RangeInclusive;

pub use super::typed::Quantity;

/// What may be typed, for a message.
const fn example(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Bytes | Quantity::Mebibytes => "4 KiB – 1 MiB, > 64 or 256",
        Quantity::Micros => "1 ms – 2 s, < 100 µs or > 5 s",
    }
}

/// The range that a text means; `None` for an empty text.
///
/// # Errors
/// What is wrong, with examples.
pub fn parse(text: &str, quantity: Quantity) -> Result<Option<RangeInclusive<u64>>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match range(text, quantity) {
        Ok(range) if range.is_empty() => Err(format!("\"{text}\" begins above its end")),
        Ok(range) => Ok(Some(range)),
        Err(NotAQuantity::NoNumber { .. }) => Err(format!("\"{text}\" is no range: try {}", example(quantity))),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// A range as it would be typed: what [`parse`] reads as exactly this range.
pub fn text(range: &RangeInclusive<u64>, quantity: Quantity) -> String {
    let unit = match quantity {
        Quantity::Bytes | Quantity::Mebibytes => "B",
        Quantity::Micros => "µs",
    };
    match (*range.start(), *range.end()) {
        (from, u64::MAX) => format!(">= {from} {unit}"),
        (from, to) => format!("{from} – {to} {unit}"),
    }
}

fn range(text: &str, quantity: Quantity) -> Result<RangeInclusive<u64>, NotAQuantity> {
    let value = |text: &str| typed::read(text, quantity);
    for sign in ["<=", "≤"] {
        if let Some(rest) = text.strip_prefix(sign) {
            return Ok(0..=value(rest)?);
        }
    }
    for sign in [">=", "≥"] {
        if let Some(rest) = text.strip_prefix(sign) {
            return Ok(value(rest)?..=u64::MAX);
        }
    }
    if let Some(rest) = text.strip_prefix('<') {
        let below = value(rest)?.checked_sub(1);
        return below.map(|most| 0..=most).ok_or_else(|| NotAQuantity::NoNumber { text: text.into() });
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Ok(value(rest)? + 1..=u64::MAX);
    }
    match ["–", "..", " to ", "-"].into_iter().find_map(|sign| text.split_once(sign)) {
        // A unit at the end alone is meant for both: `1 – 4 KiB`.
        Some((from, to)) => {
            let (from, unit) = (from.trim(), unit_of(to));
            let has_unit = !unit_of(from).is_empty();
            let from = if has_unit { value(from)? } else { value(&format!("{from}{unit}"))? };
            Ok(from..=value(to)?)
        }
        None => value(text).map(|value| value..=value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_people_type_them() {
        let all = u64::MAX;
        let cases = [
            ("256", 256..=256),
            ("4 KiB – 1 MiB", 4096..=1 << 20),
            ("4k-1m", 4096..=1 << 20),
            ("1 - 4 KiB", 1024..=4096),
            ("64..128", 64..=128),
            ("64 to 128 b", 64..=128),
            ("> 64", 65..=all),
            (">=1.5 KiB", 1536..=all),
            ("<64", 0..=63),
            ("≤ 1 024", 0..=1024),
            ("1,024", 1024..=1024),
            ("> 1,000 B", 1001..=all),
            ("1.024", 1024..=1024),
            ("> 1\u{202f}024", 1025..=all),
            ("1,000 – 2,000", 1000..=2000),
        ];
        for (text, range) in cases {
            assert_eq!(parse(text, Quantity::Bytes), Ok(Some(range)), "{text}");
        }
        assert_eq!(parse("1,5 ms – 2 s", Quantity::Micros), Ok(Some(1_500..=2_000_000)));
        assert_eq!(parse("< 100 µs", Quantity::Micros), Ok(Some(0..=99)));
        assert_eq!(parse("  ", Quantity::Micros), Ok(None));
    }

    #[test]
    fn a_range_is_written_as_it_is_read() {
        for range in [0..=0, 64..=127, 0..=u64::MAX, 4_096..=u64::MAX, 1 << 33..=(1 << 34) - 1] {
            for quantity in [Quantity::Bytes, Quantity::Micros] {
                let written = text(&range, quantity);
                assert_eq!(parse(&written, quantity), Ok(Some(range.clone())), "{written}");
            }
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["many", "4 QiB", "-", "1 – ", "< 0", "9e99", "2 – 1", "1 ms", "--", "> "] {
            assert!(parse(text, Quantity::Bytes).is_err(), "{text}");
        }
        let ambiguous = parse("> 1,024 KiB", Quantity::Bytes).unwrap_err();
        assert!(ambiguous.contains("1024 KiB or 1.0240 KiB"), "{ambiguous}");
        assert!(parse("2 – 1", Quantity::Bytes).unwrap_err().contains("begins above its end"));
    }
}
