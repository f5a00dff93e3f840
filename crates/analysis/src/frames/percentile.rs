//! The 95th percentile of the last 240 values: what the page says of its own
//! frames.

/// Values kept: four seconds of 60 Hz frames.
pub const KEPT: usize = 240;

/// The last [`KEPT`] values, oldest overwritten first.
#[derive(Clone, Debug)]
pub struct Recent {
    values: [f64; KEPT],
    /// Values pushed since it was made.
    pushed: usize,
}

impl Recent {
    /// A store without values.
    pub const fn new() -> Self {
        Self { values: [0.0; KEPT], pushed: 0 }
    }

    /// Adds a value. O(1).
    pub fn push(&mut self, value: f64) {
        self.values[self.pushed % KEPT] = value;
        self.pushed = self.pushed.wrapping_add(1);
    }

    /// The smallest value that at least 95 % of the kept ones do not exceed
    /// (nearest rank); 0 where there are none. O(kept).
    pub fn p95(&self) -> f64 {
        let mut kept = self.values;
        let kept = &mut kept[..self.pushed.min(KEPT)];
        if kept.is_empty() {
            return 0.0;
        }
        let rank = (kept.len() * 95).div_ceil(100);
        *kept.select_nth_unstable_by(rank - 1, f64::total_cmp).1
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> f64 {
        let mut recent = Recent::new();
        values.into_iter().for_each(|value| recent.push(value));
        recent.p95()
    }

    #[test]
    fn nearest_rank() {
        assert_eq!(of([]), 0.0);
        assert_eq!(of([7.0]), 7.0);
        assert_eq!(of((1..=10).map(f64::from)), 10.0);
        assert_eq!(of((1..=20).map(f64::from)), 19.0);
        assert_eq!(of((1..=100).rev().map(f64::from)), 95.0);
    }

    #[test]
    fn old_values_are_forgotten() {
        let slow_start = core::iter::repeat_n(1000.0, 50).chain(core::iter::repeat_n(1.0, KEPT));
        assert_eq!(of(slow_start), 1.0);
    }
}
