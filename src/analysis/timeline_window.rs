//! The window of a timeline: zooms down to single microseconds or events, where
//! the charts over samples stop at seconds.

use super::event_columns::EventAxis;
use super::window::{TimeSpan, TimeWindow};

/// The narrowest window: so many microseconds or events fill it.
pub const NARROWEST: f64 = 16.0;

/// The widest window of a young run: time as on the other charts, or a screenful
/// of events.
const fn widest_young(axis: EventAxis) -> f64 {
    match axis {
        EventAxis::Time => super::window::WIDTH_DEFAULT_US,
        EventAxis::Number => 1_000.0,
    }
}

/// Wider (`factor` > 1) or narrower, with the place `at` where it is on screen;
/// a window that follows keeps its right edge.
pub fn zoomed(window: TimeWindow, axis: EventAxis, factor: f64, at: f64, run: TimeSpan) -> TimeWindow {
    let widest = run.width_us().max(widest_young(axis));
    let width = (window.width_us * factor).clamp(NARROWEST, widest);
    let end = window.end_us.map(|end| at + (end - at) * width / window.width_us.max(1e-9));
    kept_inside(TimeWindow { width_us: width, end_us: end }, run)
}

/// A window of the same width with `place` a third from its left: what is jumped
/// to, and more of what followed than of what led to it. One that shows the place
/// with room on both sides stays.
pub fn showing(window: TimeWindow, place: f64, run: TimeSpan) -> TimeWindow {
    let span = window.span(run);
    let room = span.width_us() / 20.0;
    if (span.start_us + room..=span.end_us - room).contains(&place) {
        // Standing still: what was jumped to must not scroll away.
        return TimeWindow { end_us: Some(span.end_us), ..window };
    }
    kept_inside(TimeWindow { end_us: Some(place + span.width_us() * 2.0 / 3.0), ..window }, run)
}

/// The window of exactly that span, at least as wide as the narrowest.
pub fn over(span: TimeSpan, run: TimeSpan) -> TimeWindow {
    let missing = (NARROWEST - span.width_us()).max(0.0);
    let end = span.end_us + missing / 2.0;
    kept_inside(TimeWindow { width_us: span.width_us() + missing, end_us: Some(end) }, run)
}

/// All of a run, following it.
pub fn whole(axis: EventAxis, run: TimeSpan) -> TimeWindow {
    TimeWindow { width_us: run.width_us().max(widest_young(axis) / 100.0), end_us: None }
}

/// A window that follows a run shorter than itself: as wide as the run needs, in
/// steps of 1, 2, 5, 10 …, so that it is mostly filled and mostly stands still.
pub fn young(window: TimeWindow, run: TimeSpan) -> TimeWindow {
    if window.end_us.is_some() || run.width_us() >= window.width_us {
        return window;
    }
    let mut decade = NARROWEST;
    // Ends: a run is shorter than the window.
    while decade * 10.0 < run.width_us() {
        decade *= 10.0;
    }
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| decade * factor);
    let width = steps.into_iter().find(|step| *step >= run.width_us()).unwrap_or(window.width_us);
    TimeWindow { width_us: width.min(window.width_us), ..window }
}

/// What a window shows. One wider than its run begins with the run: what is not
/// yet is on the right.
pub fn spanned(window: TimeWindow, run: TimeSpan) -> TimeSpan {
    let span = window.span(run);
    let missing = (run.start_us - span.start_us).max(0.0);
    TimeSpan { start_us: span.start_us + missing, end_us: span.end_us + missing }
}

fn kept_inside(window: TimeWindow, run: TimeSpan) -> TimeWindow {
    let earliest = (run.start_us + window.width_us).min(run.end_us);
    TimeWindow { end_us: window.end_us.map(|end| end.clamp(earliest, run.end_us)), ..window }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: TimeSpan = TimeSpan { start_us: 0.0, end_us: 100e6 };
    const STILL: TimeWindow = TimeWindow { width_us: 40e6, end_us: Some(80e6) };

    #[test]
    fn zoom_goes_down_to_single_events_and_keeps_its_place() {
        let mut window = STILL;
        for _ in 0..60 {
            window = zoomed(window, EventAxis::Number, 0.7, 50e6, RUN);
            let span = window.span(RUN);
            assert!(((50e6 - span.start_us) / span.width_us() - 0.25).abs() < 1e-6);
        }
        assert_eq!(window.width_us, NARROWEST);
        assert_eq!(zoomed(window, EventAxis::Time, 1e12, 50e6, RUN).width_us, 100e6);
        let live = TimeWindow { end_us: None, ..STILL };
        assert_eq!(zoomed(live, EventAxis::Time, 0.5, 1.0, RUN), TimeWindow { width_us: 20e6, end_us: None });
    }

    #[test]
    fn a_jump_moves_the_window_only_where_it_must() {
        assert_eq!(showing(STILL, 60e6, RUN), STILL);
        let moved = showing(STILL, 20e6, RUN).span(RUN);
        assert!((20e6 - moved.start_us - 40e6 / 3.0).abs() < 1.0);
        assert_eq!(showing(STILL, 1e6, RUN).span(RUN).start_us, 0.0);
        assert_eq!(showing(TimeWindow { end_us: None, ..STILL }, 90e6, RUN).end_us, Some(100e6));
    }

    #[test]
    fn a_young_run_fills_its_window() {
        let live = TimeWindow { width_us: 30e6, end_us: None };
        let run = |end_us| TimeSpan { start_us: 0.0, end_us };
        let span = |end_us| spanned(young(live, run(end_us)), run(end_us));
        assert_eq!(span(7.1e6), run(8e6));
        assert_eq!(span(20e6), run(30e6));
        assert_eq!(span(40e6), TimeSpan { start_us: 10e6, end_us: 40e6 });
        assert_eq!(span(0.0), run(NARROWEST));
        assert_eq!(young(STILL, run(1e6)), STILL);
    }

    #[test]
    fn a_span_is_shown_exactly_unless_too_narrow() {
        let span = TimeSpan { start_us: 1_000.0, end_us: 1_100.0 };
        assert_eq!(over(span, RUN).span(RUN), span);
        let moment = TimeSpan { start_us: 1_000.0, end_us: 1_000.0 };
        assert_eq!(over(moment, RUN).span(RUN), TimeSpan { start_us: 992.0, end_us: 1_008.0 });
        assert_eq!(whole(EventAxis::Time, RUN).span(RUN), RUN);
    }
}
