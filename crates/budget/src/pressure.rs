//! When a level goes to another step of pressure, with hysteresis.
//!
//! A level rises into a step at 70, 85 or 95 % of its limit and falls out of it
//! five points lower, so that a load that swings around a mark does not report
//! each swing.

use arenascope_units::Bytes;
use arenascope_units::pressure::Pressure;

/// Points of hysteresis: a step ends this much below where it begins.
pub const HYSTERESIS_PERCENT: u64 = 5;

/// The step at `index` of [`Pressure::ALL`]; the worst for what lies beyond.
pub(super) const fn step_at(index: u64) -> Pressure {
    match index {
        0 => Pressure::Normal,
        1 => Pressure::Elevated,
        2 => Pressure::High,
        _ => Pressure::Critical,
    }
}

/// The fewest bytes of `limit` at which `step` begins.
pub(super) fn begins_at(step: Pressure, limit: Bytes) -> u64 {
    part(limit, step.percent())
}

/// The fewest bytes of `limit` at which `step` goes on once it has begun.
pub(super) fn lasts_from(step: Pressure, limit: Bytes) -> u64 {
    part(limit, step.percent().saturating_sub(HYSTERESIS_PERCENT))
}

/// The step after `step`, where `claimed` of `limit` are spoken for. A level that
/// may hold nothing is at rest.
pub(super) fn step_after(step: Pressure, claimed: Bytes, limit: Bytes) -> Pressure {
    if limit.is_zero() {
        return Pressure::Normal;
    }
    let reached = |next: &Pressure| {
        let mark = if *next <= step { lasts_from(*next, limit) } else { begins_at(*next, limit) };
        claimed.get() >= mark
    };
    Pressure::ALL.into_iter().rev().find(reached).unwrap_or_default()
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
            step = step_after(step, Bytes::new(claimed), limit);
            assert_eq!(step, expected, "at {claimed}");
        }
    }

    #[test]
    fn the_ends_of_the_number_line_are_steps_too() {
        assert_eq!(step_after(Pressure::Normal, Bytes::new(u64::MAX), Bytes::new(u64::MAX)), Pressure::Critical);
        assert_eq!(step_after(Pressure::Critical, Bytes::ZERO, Bytes::ZERO), Pressure::Normal);
        assert_eq!(step_after(Pressure::Normal, Bytes::ZERO, Bytes::new(1)), Pressure::Normal);
        assert_eq!(step_after(Pressure::Normal, Bytes::new(1), Bytes::new(1)), Pressure::Critical);
    }
}
