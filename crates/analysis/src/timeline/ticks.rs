//! Marks of the timeline's axis, from minutes down to single microseconds and
//! events, and how moments are written.

use super::columns::EventAxis;
use crate::chart::ticks::Tick;
use crate::chart::window::TimeSpan;
use crate::numbers::text::count;
use crate::run::names::Names;

/// The smallest of 1, 2, 5, 10, 20, … that cuts `width` into at most `room` parts.
fn step_of(width: f64, room: usize) -> u64 {
    let wanted = (width / room.max(1) as f64).max(1.0);
    let mut decade: u64 = 1;
    loop {
        for step in [1, 2, 5].map(|factor| decade * factor) {
            // Ends: beyond this, nothing of a run is.
            if step as f64 >= wanted || decade >= 1_000_000_000_000_000 {
                return step;
            }
        }
        decade *= 10;
    }
}

/// Marks of a span, at most `room` steps apart from one another.
/// `has_times`: whether the run tells when things happened; else its time counts operations.
pub fn axis_ticks(axis: EventAxis, has_times: bool, span: TimeSpan, room: usize) -> Vec<Tick> {
    let step = step_of(span.width_us(), room);
    let first = (span.start_us.max(0.0) / step as f64).ceil() as u64;
    let last = (span.end_us.max(0.0) / step as f64).floor() as u64;
    let tick = |number: u64| {
        let at = number * step;
        let label = match axis {
            EventAxis::Time if has_times => seconds(at, decimals_of(step)),
            EventAxis::Time | EventAxis::Number => count(at),
        };
        Tick { at: at as f64, label }
    };
    // A span may be narrower than its step.
    (first..=last).take(room.max(1) * 2 + 2).map(tick).collect()
}

/// Decimals of a second that tell multiples of a step apart.
fn decimals_of(step_us: u64) -> usize {
    (0..6).find(|decimals| step_us.is_multiple_of(10_u64.pow(6 - decimals))).unwrap_or(6) as usize
}

/// Time since the run's start with that many decimals: `12.345 s`.
fn seconds(time_us: u64, decimals: usize) -> String {
    let part = time_us % 1_000_000 / 10_u64.pow(6 - decimals.min(6) as u32);
    match decimals {
        0 => format!("{} s", time_us / 1_000_000),
        _ => format!("{}.{part:0decimals$} s", time_us / 1_000_000),
    }
}

/// A moment to the microsecond, as everything that names one writes it:
/// `12.345678 s`.
pub fn exact_moment(time_us: u64) -> String {
    seconds(time_us, 6)
}

/// The same in a run with these names: one that does not tell when things happened counts
/// its operations.
pub fn moment_at(time_us: u64, names: &Names) -> String {
    if names.has_times() { exact_moment(time_us) } else { format!("operation {}", count(time_us)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(axis: EventAxis, start_us: f64, end_us: f64, room: usize) -> String {
        let ticks = axis_ticks(axis, true, TimeSpan { start_us, end_us }, room);
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" · ")
    }

    #[test]
    fn steps_are_round_at_every_zoom() {
        assert_eq!(words(EventAxis::Time, 0.0, 30e6, 6), "0 s · 5 s · 10 s · 15 s · 20 s · 25 s · 30 s");
        assert_eq!(words(EventAxis::Time, -20e6, 10e6, 3), "0 s · 10 s");
        assert_eq!(
            words(EventAxis::Time, 12_345_670.0, 12_345_690.0, 4),
            "12.345670 s · 12.345675 s · 12.345680 s · 12.345685 s · 12.345690 s"
        );
        assert_eq!(words(EventAxis::Time, 1_499_000.0, 1_502_000.0, 3), "1.499 s · 1.500 s · 1.501 s · 1.502 s");
        assert_eq!(
            words(EventAxis::Number, 999_990.0, 1_000_015.0, 5),
            "999\u{a0}990 · 999\u{a0}995 · 1\u{a0}000\u{a0}000 · 1\u{a0}000\u{a0}005 · 1\u{a0}000\u{a0}010 · 1\u{a0}000\u{a0}015"
        );
    }

    #[test]
    fn a_moment_is_exact() {
        assert_eq!(exact_moment(12_345_678), "12.345678 s");
        assert_eq!(exact_moment(7), "0.000007 s");
    }

    #[test]
    fn odd_spans_have_few_marks() {
        for (start_us, end_us) in [(5.0, 5.0), (0.0, f64::MAX), (7.0, 3.0), (0.0, 0.4)] {
            assert!(axis_ticks(EventAxis::Time, true, TimeSpan { start_us, end_us }, 5).len() <= 12);
        }
    }
}
