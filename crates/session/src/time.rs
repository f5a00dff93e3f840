//! What time an event happened: a run's own time, stamped event by event.

use arenascope_units::Micros;

/// The coarsest step of a clock that stamps may fill in, µs: where isolated, browsers
/// tell time in steps of 5 µs (Chromium) to 20 µs (Firefox).
const STEP_US: u64 = 5;

/// Times of events, in µs since the run's start. They never go back; events in a row
/// get a microsecond each, as far as that stays within one step of the clock: a stamp
/// is never further from the truth than the clock is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamps {
    reading: Micros,
    newest: Option<Micros>,
}

impl Stamps {
    /// Takes in what the clock reads, since the run's start.
    pub(crate) fn note(&mut self, reading: Micros) {
        self.reading = reading;
    }

    /// The time of the event that happens now.
    pub(crate) fn next(&mut self) -> Micros {
        let reading = self.reading.get();
        let next = match self.newest {
            None => reading,
            Some(newest) => (newest.get() + 1).min(reading + STEP_US - 1).max(reading).max(newest.get()),
        };
        self.newest = Some(Micros::new(next));
        Micros::new(next)
    }

    /// As [`Self::next`], for who tells one time for many events.
    pub(crate) fn same(&mut self) -> Micros {
        let time = self.newest();
        self.newest = Some(time);
        time
    }

    /// No event to come is older.
    pub(crate) fn newest(&self) -> Micros {
        self.newest.unwrap_or_default().max(self.reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(readings: &[u64]) -> Vec<u64> {
        let mut stamps = Stamps::default();
        let stamp = |&reading: &u64| {
            stamps.note(Micros::new(reading));
            stamps.next().get()
        };
        readings.iter().map(stamp).collect()
    }

    #[test]
    fn events_of_one_reading_follow_each_other_within_a_step_of_the_clock() {
        assert_eq!(stamps(&[10, 10, 10, 10, 10, 10, 10]), [10, 11, 12, 13, 14, 14, 14]);
        assert_eq!(stamps(&[10, 10, 10, 15, 15, 40, 40]), [10, 11, 12, 15, 16, 40, 41]);
    }

    #[test]
    fn they_never_go_back() {
        assert_eq!(stamps(&[0, 0, 50, 20, 20]), [0, 1, 50, 50, 50]);
        let mut stamps = Stamps::default();
        stamps.note(Micros::new(7));
        assert_eq!((stamps.same(), stamps.same(), stamps.newest()), (Micros::new(7), Micros::new(7), Micros::new(7)));
        assert_eq!(stamps.next(), Micros::new(8));
    }
}
