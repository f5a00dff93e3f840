//! The span of time on all charts: how it follows the run, zooms and pans.

/// The narrowest window, µs.
pub const WIDTH_MIN_US: f64 = 5e6;
/// The window at the start, µs.
pub const WIDTH_DEFAULT_US: f64 = 30e6;

/// A pointer within this part of a following window from its right edge is at the newest.
pub(crate) const NEWEST_SHARE: f64 = 0.05;

/// A span of engine time, µs since the run's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeSpan {
    /// Its first moment, µs since the run's start.
    pub start_us: f64,
    /// Its last moment, µs since the run's start.
    pub end_us: f64,
}

impl TimeSpan {
    /// How long it is, µs; never negative.
    pub fn width_us(self) -> f64 {
        (self.end_us - self.start_us).max(0.0)
    }
}

/// What is looked at: a width, and an end that follows the run or stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeWindow {
    /// How long it is, µs.
    pub width_us: f64,
    /// The right edge, µs; `None` follows the newest row.
    pub end_us: Option<f64>,
}

impl TimeWindow {
    /// The span that is shown of a run.
    pub fn span(self, run: TimeSpan) -> TimeSpan {
        let end_us = self.end_us.unwrap_or(run.end_us);
        TimeSpan { start_us: end_us - self.width_us, end_us }
    }

    /// As wide as the narrowest at least, around the same middle.
    #[must_use]
    pub fn widened(self) -> Self {
        let missing = (WIDTH_MIN_US - self.width_us).max(0.0);
        Self { width_us: self.width_us + missing, end_us: self.end_us.map(|end_us| end_us + missing / 2.0) }
    }

    /// Wider (`factor` > 1) or narrower, so that the moment `at_us` stays where
    /// it is on screen. A window that follows keeps its right edge instead:
    /// zooming does not lose the present. Between 5 s and the whole run.
    #[must_use]
    pub fn zoomed(self, factor: f64, at_us: f64, run: TimeSpan) -> Self {
        let widest = run.width_us().max(WIDTH_DEFAULT_US);
        let width_us = (self.width_us * factor).clamp(WIDTH_MIN_US, widest);
        let end_us = self.end_us.map(|end_us| at_us + (end_us - at_us) * width_us / self.width_us);
        Self { width_us, end_us }.kept_inside(run)
    }

    /// As [`Self::zoomed`], with the moment `at_us` where it is on screen also in a window
    /// that follows: it stands still from then on, unless the moment is all but the newest
    /// or the newest comes back on screen.
    #[must_use]
    pub fn zoomed_at(self, factor: f64, at_us: f64, run: TimeSpan) -> Self {
        let end_us = self.end_us.unwrap_or(run.end_us);
        let is_at_newest = end_us - at_us <= self.width_us * NEWEST_SHARE;
        if self.end_us.is_none() && is_at_newest {
            return self.zoomed(factor, at_us, run);
        }
        let zoomed = Self { end_us: Some(end_us), ..self }.zoomed(factor, at_us, run);
        let follows = self.end_us.is_none() && zoomed.end_us.is_some_and(|end_us| end_us >= run.end_us);
        if follows { Self { end_us: None, ..zoomed } } else { zoomed }
    }

    /// Later by `by_us` (earlier where negative). Going left stops following;
    /// reaching the newest row starts it again.
    #[must_use]
    pub fn panned(self, by_us: f64, run: TimeSpan) -> Self {
        let end_us = self.end_us.unwrap_or(run.end_us) + by_us;
        if by_us >= 0.0 && end_us >= run.end_us {
            return Self { end_us: None, ..self };
        }
        Self { end_us: Some(end_us), ..self }.kept_inside(run)
    }

    /// A window right of the newest row is of an earlier run and follows again.
    #[must_use]
    pub fn settled(self, run: TimeSpan) -> Self {
        Self { end_us: self.end_us.filter(|end_us| *end_us <= run.end_us), ..self }
    }

    /// Stands still: where it does already, or at the newest row.
    #[must_use]
    pub fn stopped(self, run: TimeSpan) -> Self {
        Self { end_us: self.end_us.or(Some(run.end_us)), ..self }
    }

    /// Follows the newest row.
    #[must_use]
    pub const fn following(self) -> Self {
        Self { end_us: None, ..self }
    }

    /// Exactly that span, at least 5 s wide, ending where it ends.
    #[must_use]
    pub fn over(span: TimeSpan, run: TimeSpan) -> Self {
        let width_us = span.width_us().clamp(WIDTH_MIN_US, run.width_us().max(WIDTH_DEFAULT_US));
        let end_us = (span.end_us < run.end_us).then_some(span.end_us);
        Self { width_us, end_us }.kept_inside(run)
    }

    /// Nothing right of the newest row; nothing left of the start, unless the
    /// window is wider than the run.
    fn kept_inside(self, run: TimeSpan) -> Self {
        let earliest = (run.start_us + self.width_us).min(run.end_us);
        Self { end_us: self.end_us.map(|end_us| end_us.clamp(earliest, run.end_us)), ..self }
    }
}

impl Default for TimeWindow {
    fn default() -> Self {
        Self { width_us: WIDTH_DEFAULT_US, end_us: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: TimeSpan = TimeSpan { start_us: 0.0, end_us: 100e6 };
    const LIVE: TimeWindow = TimeWindow { width_us: 30e6, end_us: None };

    #[test]
    fn a_live_window_keeps_its_right_edge() {
        assert_eq!(LIVE.span(RUN), TimeSpan { start_us: 70e6, end_us: 100e6 });
        assert_eq!(LIVE.zoomed(0.5, 80e6, RUN), TimeWindow { width_us: 15e6, end_us: None });
    }

    #[test]
    fn zoom_keeps_the_moment_under_the_pointer() {
        let window = TimeWindow { width_us: 40e6, end_us: Some(80e6) };
        let zoomed = window.zoomed(0.5, 50e6, RUN);
        assert_eq!(zoomed.span(RUN), TimeSpan { start_us: 45e6, end_us: 65e6 });
    }

    #[test]
    fn a_wheel_zooms_at_the_pointer_also_while_the_run_is_followed() {
        let zoomed = LIVE.zoomed_at(0.5, 80e6, RUN);
        assert_eq!(zoomed, TimeWindow { width_us: 15e6, end_us: Some(90e6) });
        let place = |window: TimeWindow| (80e6 - window.span(RUN).start_us) / window.span(RUN).width_us();
        assert!((place(zoomed) - place(LIVE)).abs() < 1e-9);
        // At the newest, and where the newest comes back, it is followed.
        assert_eq!(LIVE.zoomed_at(0.5, 99e6, RUN), TimeWindow { width_us: 15e6, end_us: None });
        assert_eq!(LIVE.zoomed_at(2.0, 80e6, RUN), TimeWindow { width_us: 60e6, end_us: None });
        let still = TimeWindow { width_us: 40e6, end_us: Some(80e6) };
        assert_eq!(still.zoomed_at(0.5, 50e6, RUN), still.zoomed(0.5, 50e6, RUN));
    }

    #[test]
    fn a_narrow_window_is_widened_around_its_middle() {
        let narrow = TimeWindow { width_us: 100.0, end_us: Some(50e6) };
        assert_eq!(narrow.widened().span(RUN), TimeSpan { start_us: 50e6 - 50.0 - 2.5e6, end_us: 50e6 - 50.0 + 2.5e6 });
        assert_eq!(LIVE.widened(), LIVE);
    }

    #[test]
    fn zoom_has_ends() {
        assert_eq!(LIVE.zoomed(1e-9, 0.0, RUN).width_us, WIDTH_MIN_US);
        assert_eq!(LIVE.zoomed(1e9, 0.0, RUN).width_us, 100e6);
        let young = TimeSpan { start_us: 0.0, end_us: 2e6 };
        assert_eq!(LIVE.zoomed(1e9, 0.0, young).width_us, WIDTH_DEFAULT_US);
    }

    #[test]
    fn panning_left_stands_still_and_right_follows_again() {
        let left = LIVE.panned(-20e6, RUN);
        assert_eq!(left.end_us, Some(80e6));
        assert_eq!(left.panned(-1e9, RUN).span(RUN).start_us, 0.0);
        assert_eq!(left.panned(19e6, RUN).end_us, Some(99e6));
        assert_eq!(left.panned(21e6, RUN).end_us, None);
    }

    #[test]
    fn pausing_stops_at_the_newest_row() {
        assert_eq!(LIVE.stopped(RUN).end_us, Some(100e6));
        let still = TimeWindow { end_us: Some(50e6), ..LIVE };
        assert_eq!(still.stopped(RUN), still);
        assert_eq!(still.following(), LIVE);
    }

    #[test]
    fn a_new_run_is_followed() {
        let still = TimeWindow { end_us: Some(50e6), ..LIVE };
        let young = TimeSpan { start_us: 0.0, end_us: 0.0 };
        assert_eq!((still.settled(young), still.settled(RUN)), (LIVE, still));
    }

    #[test]
    fn a_brush_sets_the_span_and_follows_at_the_edge() {
        let span = TimeSpan { start_us: 10e6, end_us: 30e6 };
        assert_eq!(TimeWindow::over(span, RUN), TimeWindow { width_us: 20e6, end_us: Some(30e6) });
        assert_eq!(TimeWindow::over(TimeSpan { end_us: 100e6, ..span }, RUN).end_us, None);
        assert_eq!(TimeWindow::over(TimeSpan { start_us: 29e6, ..span }, RUN).width_us, WIDTH_MIN_US);
    }
}
