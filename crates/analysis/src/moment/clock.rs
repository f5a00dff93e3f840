//! The page's one clock: which moment everything shows, and how it goes together with the
//! windows of the charts, which follow the run or stand still.

/// Which moment every panel, map, table and legend shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The newest, as the run goes on.
    #[default]
    Live,
    /// The one at which the view was paused: a position in the recording.
    Paused(u64),
    /// One that was gone to: a position in the recording.
    At(u64),
}

impl Clock {
    /// The position in the recording whose state is shown; `None` where that is the newest.
    pub const fn position(self) -> Option<u64> {
        match self {
            Self::Live => None,
            Self::Paused(position) | Self::At(position) => Some(position),
        }
    }

    /// Whether the newest moment is shown.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live)
    }

    /// Whether the view was paused, not sent to a moment.
    pub const fn is_paused(self) -> bool {
        matches!(self, Self::Paused(_))
    }
}

/// What brings a window and the clock together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They agree already.
    Nothing,
    /// The window follows the run again.
    Follow,
    /// The window stands still where it is.
    StandStill,
    /// The clock stops at the newest moment.
    Pause,
    /// The clock goes on.
    GoLive,
}

/// Keeps a window and the clock together: a window follows the run exactly while the
/// clock is live. Whichever of the two changed brings the other along. A run that has
/// ended stands still by itself: its windows may be moved while the clock is live.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClockKeeper {
    clock: Clock,
    is_still: bool,
}

impl ClockKeeper {
    /// What to change, given the clock and whether the window stands still.
    pub const fn settle(&mut self, clock: Clock, is_still: bool, is_running: bool) -> Change {
        let was_live = self.clock.is_live();
        let change = match (clock.is_live(), is_still) {
            (true, true) if !was_live => Change::Follow,
            (true, true) if is_running => Change::Pause,
            (false, false) if clock.is_paused() && self.is_still && !was_live => Change::GoLive,
            (false, false) => Change::StandStill,
            _ => Change::Nothing,
        };
        self.clock = clock;
        self.is_still = match change {
            Change::Follow | Change::GoLive => false,
            Change::StandStill | Change::Pause => true,
            Change::Nothing => is_still,
        };
        change
    }

    /// A new run began, whose window follows: nothing of the last one is remembered.
    pub const fn begin_run(&mut self) {
        *self = Self { clock: Clock::Live, is_still: false };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page in small: applies every change, as the page does.
    struct Page {
        keeper: ClockKeeper,
        clock: Clock,
        is_still: bool,
        is_running: bool,
    }

    impl Page {
        fn running() -> Self {
            Self { keeper: ClockKeeper::default(), clock: Clock::Live, is_still: false, is_running: true }
        }

        fn frame(&mut self) -> Change {
            let change = self.keeper.settle(self.clock, self.is_still, self.is_running);
            match change {
                Change::Nothing => {}
                Change::Follow => self.is_still = false,
                Change::StandStill => self.is_still = true,
                Change::Pause => self.clock = Clock::Paused(7),
                Change::GoLive => self.clock = Clock::Live,
            }
            change
        }
    }

    #[test]
    fn back_to_live_takes_the_window_along() {
        let mut page = Page::running();
        // A jump: the clock and the window together, as `go_to` does.
        (page.clock, page.is_still) = (Clock::At(3), true);
        assert_eq!(page.frame(), Change::Nothing);
        page.clock = Clock::Live;
        assert_eq!(page.frame(), Change::Follow);
        assert_eq!((page.frame(), page.is_still), (Change::Nothing, false));
    }

    #[test]
    fn a_pause_stops_the_clock_and_the_window() {
        let mut page = Page::running();
        page.clock = Clock::Paused(5);
        assert_eq!((page.frame(), page.is_still), (Change::StandStill, true));
        page.clock = Clock::Live;
        assert_eq!((page.frame(), page.is_still), (Change::Follow, false));
    }

    #[test]
    fn a_window_that_is_moved_stops_the_clock_and_one_that_follows_again_starts_it() {
        let mut page = Page::running();
        page.is_still = true;
        assert_eq!((page.frame(), page.clock), (Change::Pause, Clock::Paused(7)));
        assert_eq!(page.frame(), Change::Nothing);
        page.is_still = false;
        assert_eq!((page.frame(), page.clock), (Change::GoLive, Clock::Live));
        assert_eq!(page.frame(), Change::Nothing);
    }

    #[test]
    fn a_moment_that_was_gone_to_stays_whatever_the_window_does() {
        let mut page = Page::running();
        (page.clock, page.is_still) = (Clock::At(3), true);
        page.frame();
        page.is_still = false;
        assert_eq!((page.frame(), page.clock, page.is_still), (Change::StandStill, Clock::At(3), true));
    }

    #[test]
    fn of_a_run_that_has_ended_the_window_moves_alone() {
        let mut page = Page { is_running: false, ..Page::running() };
        page.is_still = true;
        assert_eq!((page.frame(), page.clock), (Change::Nothing, Clock::Live));
        // The next run is followed.
        page.keeper.begin_run();
        (page.is_still, page.is_running) = (false, true);
        assert_eq!((page.frame(), page.clock), (Change::Nothing, Clock::Live));
    }
}
