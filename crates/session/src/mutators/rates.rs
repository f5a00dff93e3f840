//! Operations per second by thread, as the board's counts tell.

use arenascope_telemetry::samples::Series;

/// Rates are taken over this long at least: shorter ones would show the batches.
const RATE_US: u64 = 250_000;
pub(super) const THREADS: usize = Series::THREADS.len();

/// Operations per second by thread, and waits per second of all.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    since_us: u64,
    operations: [u64; THREADS],
    waits: u64,
    pub(crate) per_second: [f64; THREADS],
    pub(crate) waits_per_second: f64,
}

impl Rates {
    /// Takes the newest counts in, once they are old enough to make a rate.
    pub(super) fn update(&mut self, time_us: u64, operations: [u64; THREADS], waits: u64) {
        let width_us = time_us.saturating_sub(self.since_us);
        if width_us < RATE_US {
            return;
        }
        let seconds = width_us as f64 / 1e6;
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        self.per_second = core::array::from_fn(|thread| rate(operations[thread], self.operations[thread]));
        self.waits_per_second = rate(waits, self.waits);
        (self.since_us, self.operations, self.waits) = (time_us, operations, waits);
    }
}
