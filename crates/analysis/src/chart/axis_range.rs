//! The top of a byte axis: steps up at once, steps down only after the data has
//! stayed below half of it for a while. An axis that follows every peak cannot
//! be read.

use arenascope_units::{Bytes, Micros};

/// The smallest axis: below this a chart shows noise as mountains.
const FLOOR: u64 = 1 << 20;
/// How long the data must stay below half before the axis steps down.
const PATIENCE: Micros = Micros::seconds(4);

/// The smallest of `floor` times 1, 1.5, 2, 3, 4, 6, … that holds `peak`.
fn nice_top_from(floor: u64, peak: Bytes) -> Bytes {
    let mut top = floor;
    while top < peak.get() {
        let with_half = top + top / 2;
        if with_half >= peak.get() {
            return Bytes::new(with_half);
        }
        match top.checked_mul(2) {
            Some(double) => top = double,
            None => return Bytes::new(u64::MAX),
        }
    }
    Bytes::new(top)
}

/// The smallest of 1, 1.5, 2, 3, 4, 6, … MiB that holds `peak`: steps of which a
/// quarter or a third is a round number of binary units.
pub fn nice_top(peak: Bytes) -> Bytes {
    nice_top_from(FLOOR, peak)
}

/// A byte axis with hysteresis.
#[derive(Clone, Debug)]
pub struct ByteAxis {
    floor: u64,
    top: Bytes,
    low_since: Option<Micros>,
}

impl ByteAxis {
    /// An axis at its smallest: as before anything was seen.
    pub const fn new() -> Self {
        Self::from(Bytes::new(FLOOR))
    }

    /// An axis that is never smaller than `floor`, which is not zero.
    pub const fn from(floor: Bytes) -> Self {
        Self { floor: floor.get(), top: floor, low_since: None }
    }

    /// Takes the highest value now visible at `now` (on any clock that does not
    /// run backwards) and returns the axis' top.
    pub fn update(&mut self, peak: Bytes, now: Micros) -> Bytes {
        let wanted = nice_top_from(self.floor, peak);
        if wanted > self.top {
            self.top = wanted;
        }
        if peak.get() >= self.top.get() / 2 || wanted == self.top {
            self.low_since = None;
            return self.top;
        }
        let since = *self.low_since.get_or_insert(now);
        if now.since(since) >= PATIENCE {
            self.top = wanted;
            self.low_since = None;
        }
        self.top
    }
}

impl Default for ByteAxis {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_are_round_and_hold_the_peak() {
        let cases = [(0, 1), (1, 1), (2, 2), (3, 3), (5, 6), (7, 8), (9, 12), (13, 16), (200, 256), (257, 384)];
        for (peak, top) in cases {
            assert_eq!(nice_top(Bytes::mib(peak)), Bytes::mib(top), "{peak} MiB");
        }
        assert!(nice_top(Bytes::new(u64::MAX)).get() == u64::MAX);
    }

    #[test]
    fn steps_up_at_once_and_down_late() {
        let mut axis = ByteAxis::new();
        assert_eq!(axis.update(Bytes::mib(200), Micros::ZERO), Bytes::mib(256));
        assert_eq!(axis.update(Bytes::mib(20), Micros::seconds(1)), Bytes::mib(256));
        assert_eq!(axis.update(Bytes::mib(20), Micros::seconds(4)), Bytes::mib(256));
        assert_eq!(axis.update(Bytes::mib(20), Micros::seconds(5)), Bytes::mib(24));
    }

    #[test]
    fn a_return_above_half_starts_the_wait_again() {
        let mut axis = ByteAxis::new();
        axis.update(Bytes::mib(200), Micros::ZERO);
        axis.update(Bytes::mib(20), Micros::seconds(1));
        axis.update(Bytes::mib(130), Micros::seconds(3));
        assert_eq!(axis.update(Bytes::mib(20), Micros::seconds(6)), Bytes::mib(256));
        assert_eq!(axis.update(Bytes::mib(20), Micros::seconds(10)), Bytes::mib(24));
    }
}
