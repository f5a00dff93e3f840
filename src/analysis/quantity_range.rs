//! Ranges of sizes and times, as people type them: `4 KiB – 1 MiB`, `> 64`,
//! `<= 1.5 ms`, `256`.

use core::ops::RangeInclusive;

/// What is typed, and its units: the first is meant where none is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// B, KiB, MiB, GiB.
    Bytes,
    /// µs, ms, s.
    Micros,
}

impl Quantity {
    const fn units(self) -> &'static [(&'static str, f64)] {
        const KIB: f64 = 1024.0;
        match self {
            Self::Bytes => &[
                ("", 1.0),
                ("b", 1.0),
                ("k", KIB),
                ("kb", KIB),
                ("kib", KIB),
                ("m", KIB * KIB),
                ("mb", KIB * KIB),
                ("mib", KIB * KIB),
                ("g", KIB * KIB * KIB),
                ("gb", KIB * KIB * KIB),
                ("gib", KIB * KIB * KIB),
            ],
            Self::Micros => &[("", 1.0), ("us", 1.0), ("µs", 1.0), ("μs", 1.0), ("ms", 1e3), ("s", 1e6), ("min", 60e6)],
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Bytes => "4 KiB – 1 MiB, > 64 or 256",
            Self::Micros => "1 ms – 2 s, < 100 µs or > 5 s",
        }
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
        Some(range) if range.is_empty() => Err(format!("\"{text}\" begins above its end")),
        Some(range) => Ok(Some(range)),
        None => Err(format!("\"{text}\" is no range: try {}", quantity.example())),
    }
}

/// A range as it would be typed: what [`parse`] reads as exactly this range.
pub fn text(range: &RangeInclusive<u64>, quantity: Quantity) -> String {
    let unit = match quantity {
        Quantity::Bytes => "B",
        Quantity::Micros => "µs",
    };
    match (*range.start(), *range.end()) {
        (from, u64::MAX) => format!(">= {from} {unit}"),
        (from, to) => format!("{from} – {to} {unit}"),
    }
}

fn range(text: &str, quantity: Quantity) -> Option<RangeInclusive<u64>> {
    let value = |text: &str| value(text, quantity);
    for sign in ["<=", "≤"] {
        if let Some(rest) = text.strip_prefix(sign) {
            return Some(0..=value(rest)?);
        }
    }
    for sign in [">=", "≥"] {
        if let Some(rest) = text.strip_prefix(sign) {
            return Some(value(rest)?..=u64::MAX);
        }
    }
    if let Some(rest) = text.strip_prefix('<') {
        return Some(0..=value(rest)?.checked_sub(1)?);
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Some(value(rest)? + 1..=u64::MAX);
    }
    match ["–", "..", " to ", "-"].into_iter().find_map(|sign| text.split_once(sign)) {
        // A unit at the end alone is meant for both: `1 – 4 KiB`.
        Some((from, to)) => {
            let (from, unit) = (from.trim(), unit_of(to));
            let has_unit = !unit_of(from).is_empty();
            let from = if has_unit { value(from)? } else { value(&format!("{from}{unit}"))? };
            Some(from..=value(to)?)
        }
        None => value(text).map(|value| value..=value),
    }
}

/// What follows the digits.
fn unit_of(text: &str) -> &str {
    text.trim().trim_start_matches(|letter: char| letter.is_ascii_digit() || ",. \u{a0}".contains(letter))
}

fn value(text: &str, quantity: Quantity) -> Option<u64> {
    let text = text.trim();
    let unit = unit_of(text);
    let digits: String = text[..text.len() - unit.len()]
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| if letter == ',' { '.' } else { letter })
        .collect();
    let unit = unit.to_lowercase();
    let (_, factor) = quantity.units().iter().find(|(name, _)| *name == unit)?;
    let value = digits.parse::<f64>().ok()? * factor;
    (0.0..9e15).contains(&value).then(|| value.round() as u64)
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
        assert!(parse("2 – 1", Quantity::Bytes).unwrap_err().contains("begins above its end"));
    }
}
