//! A rate from a count that only grows, over about the last second.

use std::collections::VecDeque;

/// How far back the rate looks.
const SPAN_MS: f64 = 1000.0;
/// Below this a rate would be noise.
const SPAN_LEAST_MS: f64 = 200.0;

/// Observations of a count and when they were made.
#[derive(Clone, Debug, Default)]
pub struct RateMeter {
    seen: VecDeque<(f64, u64)>,
}

impl RateMeter {
    /// Takes in the count at `now_ms` and gives its rate per second, `None`
    /// until there is enough to tell. A count that shrank begins anew: it
    /// belongs to another run. O(observations of a second).
    pub fn per_second(&mut self, now_ms: f64, count: u64) -> Option<f64> {
        if self.seen.back().is_some_and(|&(_, last)| count < last) {
            self.seen.clear();
        }
        self.seen.push_back((now_ms, count));
        while self.seen.get(1).is_some_and(|&(at_ms, _)| now_ms - at_ms >= SPAN_MS) {
            self.seen.pop_front();
        }
        let &(from_ms, from) = self.seen.front()?;
        let span_ms = now_ms - from_ms;
        (span_ms >= SPAN_LEAST_MS).then(|| (count - from) as f64 * 1000.0 / span_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_count_has_a_steady_rate() {
        let mut meter = RateMeter::default();
        let rates: Vec<_> = (0..40).map(|step| meter.per_second(f64::from(step) * 100.0, step as u64 * 50)).collect();
        assert_eq!(rates[..2], [None, None]);
        assert!(rates[2..].iter().all(|rate| *rate == Some(500.0)), "{rates:?}");
    }

    #[test]
    fn the_past_is_forgotten() {
        let mut meter = RateMeter::default();
        let _: Vec<_> = (0..=10).map(|step| meter.per_second(f64::from(step) * 100.0, 1000 * step as u64)).collect();
        let still: Vec<_> = (11..=21).map(|step| meter.per_second(f64::from(step) * 100.0, 10_000)).collect();
        assert_eq!(still.last(), Some(&Some(0.0)));
    }

    #[test]
    fn a_new_run_begins_anew() {
        let mut meter = RateMeter::default();
        let _: Vec<_> = (0..5).map(|step| meter.per_second(f64::from(step) * 100.0, 1000)).collect();
        assert_eq!(meter.per_second(500.0, 3), None);
        assert_eq!(meter.per_second(700.0, 13), Some(50.0));
    }
}
