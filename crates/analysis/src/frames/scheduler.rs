//! What is done now and then takes turns: one thing in a frame, so that no frame
//! does all of them. What has waited too long goes all the same.

/// What has waited for longer than this goes with others, ms.
const PATIENCE_MS: f64 = 100.0;

/// When something is due next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    due_ms: f64,
}

impl Turn {
    /// Due at once, and with others.
    pub const fn new() -> Self {
        Self { due_ms: f64::NEG_INFINITY }
    }

    /// Due from now on, in turn with others.
    pub const fn call(&mut self, now_ms: f64) {
        self.due_ms = self.due_ms.min(now_ms);
    }

    /// Due in the frame that asks next, and with others.
    pub const fn hurry(&mut self) {
        *self = Self::new();
    }
}

impl Default for Turn {
    fn default() -> Self {
        Self::new()
    }
}

/// Who has had a turn in the frame in progress.
///
/// ```
/// use arenascope_analysis::frames::scheduler::{Turn, Turns};
///
/// let (mut turns, mut texts, mut table) = (Turns::new(), Turn::new(), Turn::new());
/// // What was never done is done at once.
/// assert!(turns.has_room());
/// assert!(turns.take(&mut texts, 0.0, 100.0) && turns.take(&mut table, 0.0, 100.0));
/// assert!(!turns.has_room());
/// // Then one waits for the other.
/// turns.begin_frame();
/// assert!(turns.take(&mut texts, 100.0, 100.0) && !turns.take(&mut table, 100.0, 100.0));
/// turns.begin_frame();
/// assert!(turns.take(&mut table, 116.0, 100.0));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Turns {
    is_taken: bool,
}

impl Turns {
    /// Nobody has had one.
    pub const fn new() -> Self {
        Self { is_taken: false }
    }

    /// Everybody may ask again.
    pub const fn begin_frame(&mut self) {
        self.is_taken = false;
    }

    /// True where nobody has had a turn in this frame yet: there is room for long work.
    pub const fn has_room(&self) -> bool {
        !self.is_taken
    }

    /// True where it is due and may go now; it is due again after `interval_ms`.
    pub fn take(&mut self, turn: &mut Turn, now_ms: f64, interval_ms: f64) -> bool {
        let late_ms = now_ms - turn.due_ms;
        if late_ms < 0.0 || self.is_taken && late_ms < PATIENCE_MS {
            return false;
        }
        self.is_taken = true;
        turn.due_ms = now_ms + interval_ms;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_MS: f64 = 1000.0 / 60.0;

    /// How often each went, and the most that went in one frame, over ten seconds.
    fn ten_seconds(intervals_ms: &[f64]) -> (Vec<u32>, usize) {
        let mut turns = Turns::new();
        let mut all: Vec<Turn> = intervals_ms.iter().map(|_| Turn::new()).collect();
        let (mut counts, mut most) = (vec![0; all.len()], 0);
        for frame in 0..600 {
            turns.begin_frame();
            let now_ms = f64::from(frame) * FRAME_MS;
            let mut went = 0;
            for ((turn, interval_ms), count) in all.iter_mut().zip(intervals_ms).zip(&mut counts) {
                if turns.take(turn, now_ms, *interval_ms) {
                    (went, *count) = (went + 1, *count + 1);
                }
            }
            // The first frame does everything.
            most = if frame == 0 { 0 } else { most.max(went) };
        }
        (counts, most)
    }

    #[test]
    fn where_there_is_room_only_one_goes_in_a_frame() {
        let (counts, most) = ten_seconds(&[125.0, 250.0, 250.0, 250.0, 500.0, 1000.0, 1000.0]);
        assert_eq!(most, 1);
        assert!(counts[0] >= 65 && counts[1..4].iter().all(|count| *count >= 34), "{counts:?}");
        assert!(counts[5..].iter().all(|count| *count >= 9), "{counts:?}");
    }

    #[test]
    fn where_there_is_none_nobody_starves() {
        let (counts, _) = ten_seconds(&[50.0; 12]);
        // Never later than the patience and the frame that ends it.
        assert!(counts.iter().all(|count| *count >= 55), "{counts:?}");
    }

    #[test]
    fn a_hurry_waits_for_nobody() {
        let (mut turns, mut one, mut other) = (Turns::new(), Turn::new(), Turn::new());
        assert!(turns.take(&mut one, 0.0, 1000.0) && turns.take(&mut other, 0.0, 1000.0));
        turns.begin_frame();
        one.hurry();
        other.hurry();
        assert!(turns.take(&mut one, 16.0, 1000.0) && turns.take(&mut other, 16.0, 1000.0));
    }

    #[test]
    fn who_is_called_goes_in_turn_before_its_time() {
        let (mut turns, mut called, mut other) = (Turns::new(), Turn::new(), Turn::new());
        assert!(turns.take(&mut called, 0.0, 250.0) && turns.take(&mut other, 0.0, 50.0));
        turns.begin_frame();
        called.call(50.0);
        assert!(turns.take(&mut other, 50.0, 50.0) && !turns.take(&mut called, 50.0, 250.0));
        turns.begin_frame();
        assert!(turns.take(&mut called, 66.0, 250.0));
        turns.begin_frame();
        assert!(!turns.take(&mut called, 100.0, 250.0));
    }
}
