//! Which scenario frames are due: `speed` frames per 1/60 s of real time, and
//! never a burst to catch up with what a busy machine could not do.

use arenascope_units::Micros;

/// One frame at speed 1, µs.
const FRAME_US: f64 = 1e6 / 60.0;
/// The most frames of one tick: two ticks' worth at the highest speed.
const FRAMES_PER_TICK: u32 = 16;

/// The pace of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pacing {
    speed: f64,
    last: Micros,
    owed: f64,
}

impl Pacing {
    /// From `now` on at `speed`.
    pub(crate) fn new(now: Micros, speed: f64) -> Self {
        Self { speed, last: now, owed: 1.0 }
    }

    /// Changes the speed from `now` on.
    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.speed = speed;
    }

    /// Frames due at `now`. What exceeds the limit of a tick is forgotten: the
    /// run is slower than asked for, not jerky.
    pub(crate) fn due(&mut self, now: Micros) -> u32 {
        self.owed += now.since(self.last).get() as f64 / FRAME_US * self.speed;
        self.last = now;
        let due = self.owed.floor().min(f64::from(FRAMES_PER_TICK));
        self.owed = (self.owed - due).min(1.0);
        due as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_due_at_once_and_then_sixty_a_second() {
        let mut pacing = Pacing::new(Micros::ZERO, 1.0);
        assert_eq!(pacing.due(Micros::ZERO), 1);
        let frames: u32 = (1..=100).map(|tick| pacing.due(Micros::millis(tick * 10))).sum();
        assert!((59..=60).contains(&frames), "{frames}");
    }

    #[test]
    fn a_slow_tick_does_not_burst() {
        let mut pacing = Pacing::new(Micros::ZERO, 1.0);
        assert_eq!(pacing.due(Micros::seconds(10)), FRAMES_PER_TICK);
        assert!(pacing.due(Micros::seconds(10)) <= 1);
    }

    #[test]
    fn speed_is_a_factor() {
        let mut pacing = Pacing::new(Micros::ZERO, 4.0);
        let frames: u32 = (0..=60).map(|tick| pacing.due(Micros::new(tick * 16_667))).sum();
        assert!((239..=242).contains(&frames), "{frames}");
        pacing.set_speed(0.25);
        let frames: u32 = (61..=120).map(|tick| pacing.due(Micros::new(tick * 16_667))).sum();
        assert!((14..=16).contains(&frames), "{frames}");
    }
}
