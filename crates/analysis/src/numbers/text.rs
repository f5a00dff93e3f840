//! Numbers as text for tables: one width, one unit per column.

/// Between groups of three digits: a space that does not break a line.
const GROUP: char = '\u{a0}';

/// A count with its digits in groups of three: `65 536`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(GROUP);
        }
        text.push(digit);
    }
    text
}

/// Bytes as MiB with one decimal, without the unit: for columns that name it.
pub fn mib(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}

/// A ratio with three decimals: `0.312`.
pub fn ratio(value: f64) -> String {
    format!("{value:.3}")
}

/// Milliseconds with one decimal: `0.9 ms`.
pub fn millis(value: f64) -> String {
    format!("{value:.1} ms")
}

/// A time of day: `12:04:31.208`.
pub fn clock_text(hours: u32, minutes: u32, seconds: u32, millis: u32) -> String {
    format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
}

/// A rate in three digits: `940 /s`, `12.4 k/s`, `1.82 M/s`.
pub fn per_second(rate: f64) -> String {
    match rate {
        r if r >= 1e6 => format!("{:.2} M/s", r / 1e6),
        r if r >= 1e3 => format!("{:.1} k/s", r / 1e3),
        r => format!("{r:.0} /s"),
    }
}

/// A change with its sign: `+1 024`, `−3`, `0`.
pub fn signed_count(change: i128) -> String {
    let size = count(u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX));
    format!("{}{size}", sign(change))
}

/// The sign of a change; none for no change. A true minus, as wide as a plus.
pub fn sign(change: i128) -> &'static str {
    match change {
        0 => "",
        1.. => "+",
        _ => "−",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (65_536, "65 536"), (1_234_567, "1 234 567")] {
            assert_eq!(count(number), text.replace(' ', "\u{a0}"));
        }
    }

    #[test]
    fn figures_keep_their_form() {
        assert_eq!(mib(47_081_062), "44.9");
        assert_eq!(ratio(0.31249), "0.312");
        assert_eq!(clock_text(7, 4, 1, 8), "07:04:01.008");
        assert_eq!([940.0, 12_400.0, 1_820_000.0].map(per_second), ["940 /s", "12.4 k/s", "1.82 M/s"]);
        assert_eq!([-3, 0, 1024].map(signed_count), ["−3", "0", "+1\u{a0}024"]);
    }
}
