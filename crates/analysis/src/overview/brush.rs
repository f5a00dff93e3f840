//! The window as a brush on the overview strip: which part of it is under the
//! pointer, and what a drag makes of it.

use crate::chart::window::{TimeSpan, TimeWindow};
use crate::timeline::window::over;

/// What a drag takes hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// The window's left edge.
    Start,
    /// The window's right edge.
    End,
    /// The window between its edges: a drag moves it.
    Window,
    /// The strip beside it: the window jumps there first.
    Beside,
}

/// The grip at a place, all in pixels from the left. Edges reach `reach` to both
/// sides; where a narrow window lies between, the nearer edge wins.
pub fn grip_at(x: f64, (start, end): (f64, f64), reach: f64) -> Grip {
    let (to_start, to_end) = ((x - start).abs(), (x - end).abs());
    if to_end <= reach && to_end <= to_start {
        Grip::End
    } else if to_start <= reach {
        Grip::Start
    } else if (start..=end).contains(&x) {
        Grip::Window
    } else {
        Grip::Beside
    }
}

/// The window after a drag by `by_us` from where it was when it was gripped.
pub fn dragged(from: TimeSpan, grip: Grip, by_us: f64, run: TimeSpan) -> TimeWindow {
    let TimeSpan { start_us, end_us } = from;
    match grip {
        // The edge that is not held stays, also where the window is narrowest.
        Grip::Start => TimeWindow::over(TimeSpan { start_us: start_us + by_us, end_us }, run),
        Grip::End => {
            let end_us = (end_us + by_us).max(start_us + crate::chart::window::WIDTH_MIN_US).min(run.end_us);
            TimeWindow::over(TimeSpan { start_us, end_us }, run)
        }
        Grip::Window | Grip::Beside => {
            let width_us = from.width_us();
            TimeWindow { width_us, end_us: Some(end_us) }.panned(by_us, run)
        }
    }
}

/// The same in a run that grows no more, which may be shorter than the narrowest window of the
/// engine's.
pub fn dragged_still(from: TimeSpan, grip: Grip, by_us: f64, run: TimeSpan) -> TimeWindow {
    let TimeSpan { start_us, end_us } = from;
    match grip {
        Grip::Start => over(TimeSpan { start_us: (start_us + by_us).clamp(run.start_us, end_us), end_us }, run),
        Grip::End => over(TimeSpan { start_us, end_us: (end_us + by_us).clamp(start_us, run.end_us) }, run),
        Grip::Window | Grip::Beside => over(TimeSpan { start_us: start_us + by_us, end_us: end_us + by_us }, run),
    }
}

/// The window of the same width around a moment.
pub fn centred(from: TimeSpan, at_us: f64, run: TimeSpan) -> TimeWindow {
    let by_us = at_us - (from.start_us + from.end_us) / 2.0;
    dragged(from, Grip::Beside, by_us, run)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: TimeSpan = TimeSpan { start_us: 0.0, end_us: 100e6 };
    const FROM: TimeSpan = TimeSpan { start_us: 40e6, end_us: 60e6 };

    #[test]
    fn the_nearer_edge_is_gripped() {
        let grip = |x| grip_at(x, (100.0, 106.0), 6.0);
        assert_eq!(
            [grip(95.0), grip(102.0), grip(104.0), grip(111.0)],
            [Grip::Start, Grip::Start, Grip::End, Grip::End]
        );
        assert_eq!([grip(93.0), grip(113.0)], [Grip::Beside, Grip::Beside]);
        assert_eq!(grip_at(150.0, (100.0, 200.0), 6.0), Grip::Window);
    }

    #[test]
    fn an_edge_moves_alone() {
        let span = |grip, by_us| dragged(FROM, grip, by_us, RUN).span(RUN);
        assert_eq!(span(Grip::Start, -10e6), TimeSpan { start_us: 30e6, end_us: 60e6 });
        assert_eq!(span(Grip::End, 10e6), TimeSpan { start_us: 40e6, end_us: 70e6 });
        assert_eq!(span(Grip::Start, 50e6), TimeSpan { start_us: 55e6, end_us: 60e6 });
        assert_eq!(span(Grip::End, -50e6), TimeSpan { start_us: 40e6, end_us: 45e6 });
    }

    #[test]
    fn the_right_end_of_the_run_follows() {
        assert_eq!(dragged(FROM, Grip::End, 1e9, RUN), TimeWindow { width_us: 60e6, end_us: None });
        assert_eq!(dragged(FROM, Grip::Window, 1e9, RUN), TimeWindow { width_us: 20e6, end_us: None });
        assert_eq!(dragged(FROM, Grip::Window, -5e6, RUN).end_us, Some(55e6));
    }

    #[test]
    fn a_click_beside_centres_the_window() {
        assert_eq!(centred(FROM, 20e6, RUN).span(RUN), TimeSpan { start_us: 10e6, end_us: 30e6 });
        assert_eq!(centred(FROM, 0.0, RUN).span(RUN), TimeSpan { start_us: 0.0, end_us: 20e6 });
    }

    #[test]
    fn a_short_file_is_brushed_like_a_long_one() {
        let run = TimeSpan { start_us: 0.0, end_us: 1_000.0 };
        let from = TimeSpan { start_us: 200.0, end_us: 600.0 };
        let span = |grip, by_us| dragged_still(from, grip, by_us, run).span(run);
        assert_eq!(span(Grip::Start, 100.0), TimeSpan { start_us: 300.0, end_us: 600.0 });
        assert_eq!(span(Grip::End, 900.0), TimeSpan { start_us: 200.0, end_us: 1_000.0 });
        assert_eq!(span(Grip::Window, -900.0), TimeSpan { start_us: 0.0, end_us: 400.0 });
    }
}
