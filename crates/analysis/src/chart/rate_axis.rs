//! The axis of a rate per second: tops of 1, 2 and 5 times a power of ten, marks
//! with one unit, and no step down before the data has stayed low for a while.

use super::ticks::Tick;
use arenascope_units::Micros;

/// The smallest top, per second.
const FLOOR: f64 = 10.0;
/// How long the data must stay below half before the axis steps down.
const PATIENCE: Micros = Micros::seconds(4);

/// The smallest of 10, 20, 50, 100, … that holds `peak`.
pub fn nice_rate(peak: f64) -> f64 {
    let mut ten = FLOOR;
    while ten.is_finite() {
        if let Some(top) = [1.0, 2.0, 5.0].map(|step| ten * step).into_iter().find(|top| *top >= peak) {
            return top;
        }
        ten *= 10.0;
    }
    FLOOR
}

/// A rate's axis with hysteresis.
#[derive(Clone, Debug)]
pub struct RateAxis {
    top: f64,
    low_since: Option<Micros>,
}

impl RateAxis {
    /// An axis at its smallest: as before anything was seen.
    pub const fn new() -> Self {
        Self { top: FLOOR, low_since: None }
    }

    /// Takes the highest rate now visible at `now` (on any clock that does not run
    /// backwards) and returns the axis' top.
    pub fn update(&mut self, peak: f64, now: Micros) -> f64 {
        let wanted = nice_rate(peak);
        if wanted > self.top {
            self.top = wanted;
        }
        if peak >= self.top / 2.0 || wanted == self.top {
            self.low_since = None;
            return self.top;
        }
        let since = *self.low_since.get_or_insert(now);
        if now.since(since) >= PATIENCE {
            (self.top, self.low_since) = (wanted, None);
        }
        self.top
    }
}

impl Default for RateAxis {
    fn default() -> Self {
        Self::new()
    }
}

/// Marks from 0 to `top`, a fifth, a half or all of it apart, as `room` allows. The
/// highest carries the unit: 0, 100, 200 k/s.
pub fn rate_ticks(top: f64, room: usize) -> Vec<Tick> {
    let steps: u32 = match room {
        0..2 => 1,
        2..5 => 2,
        _ => 5,
    };
    let (unit, name) = match top {
        top if top >= 1e6 => (1e6, "M/s"),
        top if top >= 1e3 => (1e3, "k/s"),
        _ => (1.0, "/s"),
    };
    let tick = |step: u32| {
        let at = top * f64::from(step) / f64::from(steps);
        let number = format!("{}", (at / unit * 100.0).round() / 100.0);
        Tick { at, label: if step == steps { format!("{number} {name}") } else { number } }
    };
    (0..=steps).map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_are_round_and_hold_the_peak() {
        let cases = [(0.0, 10.0), (10.0, 10.0), (11.0, 20.0), (49.0, 50.0), (51.0, 100.0), (1.4e6, 2e6)];
        for (peak, top) in cases {
            assert_eq!(nice_rate(peak), top, "{peak}");
        }
        assert_eq!(nice_rate(f64::NAN), FLOOR);
    }

    #[test]
    fn steps_up_at_once_and_down_late() {
        let mut axis = RateAxis::new();
        assert_eq!(axis.update(900.0, Micros::ZERO), 1000.0);
        assert_eq!(axis.update(90.0, Micros::seconds(1)), 1000.0);
        assert_eq!(axis.update(90.0, Micros::seconds(5)), 100.0);
    }

    #[test]
    fn the_highest_mark_carries_the_unit() {
        let texts = |top, room| rate_ticks(top, room).into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(texts(200_000.0, 3), ["0", "100", "200 k/s"]);
        assert_eq!(texts(5e6, 1), ["0", "5 M/s"]);
        assert_eq!(texts(500.0, 9), ["0", "100", "200", "300", "400", "500 /s"]);
        assert_eq!(rate_ticks(1e3, 2)[1].at, 500.0);
    }
}
