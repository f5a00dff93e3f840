//! The window of a timeline: zooms down to single microseconds or events, where
//! the charts over samples stop at seconds.

use super::columns::EventAxis;
use crate::chart::window::{NEWEST_SHARE, TimeSpan, TimeWindow};

/// The narrowest window: so many microseconds or events fill it.
pub const NARROWEST: f64 = 16.0;

/// The widest window of a young run: time as on the other charts, or a screenful
/// of events.
const fn widest_young(axis: EventAxis) -> f64 {
    match axis {
        EventAxis::Time => crate::chart::window::WIDTH_DEFAULT_US,
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

/// As [`zoomed`], with the place where it is on screen also in a window that follows: it
/// stands still from then on, unless the place is all but the newest or the newest comes
/// back on screen.
pub fn zoomed_at(window: TimeWindow, axis: EventAxis, factor: f64, at: f64, run: TimeSpan) -> TimeWindow {
    let end = window.end_us.unwrap_or(run.end_us);
    if window.end_us.is_none() && end - at <= window.width_us * NEWEST_SHARE {
        return zoomed(window, axis, factor, at, run);
    }
    let next = zoomed(TimeWindow { end_us: Some(end), ..window }, axis, factor, at, run);
    let follows = window.end_us.is_none() && next.end_us.is_some_and(|end| end >= run.end_us);
    if follows { TimeWindow { end_us: None, ..next } } else { next }
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

/// All of a run that grows no more, its last event at the right edge.
pub fn whole_still(run: TimeSpan) -> TimeWindow {
    TimeWindow { width_us: run.width_us().max(NARROWEST), end_us: Some(run.end_us) }
}

/// Wider (`factor` > 1) or narrower in a run that grows no more, with the place `at` where it
/// is on screen: never wider than the run.
pub fn zoomed_still(window: TimeWindow, factor: f64, at: f64, run: TimeSpan) -> TimeWindow {
    let width = (window.width_us * factor).clamp(NARROWEST, run.width_us().max(NARROWEST));
    let end = window.end_us.unwrap_or(run.end_us);
    let end = at + (end - at) * width / window.width_us.max(1e-9);
    kept_inside(TimeWindow { width_us: width, end_us: Some(end) }, run)
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
    fn a_wheel_zooms_at_the_pointer_also_while_the_run_is_followed() {
        let live = TimeWindow { end_us: None, ..STILL };
        assert_eq!(zoomed_at(live, EventAxis::Time, 0.5, 80e6, RUN), TimeWindow { width_us: 20e6, end_us: Some(90e6) });
        assert_eq!(zoomed_at(live, EventAxis::Time, 0.5, 99e6, RUN).end_us, None);
        assert_eq!(zoomed_at(live, EventAxis::Time, 2.0, 80e6, RUN).end_us, None);
        assert_eq!(zoomed_at(STILL, EventAxis::Time, 0.5, 50e6, RUN), zoomed(STILL, EventAxis::Time, 0.5, 50e6, RUN));
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

    #[test]
    fn a_run_that_grows_no_more_is_shown_as_a_whole_and_no_wider() {
        let run = TimeSpan { start_us: 0.0, end_us: 5e6 };
        let whole = whole_still(run);
        assert_eq!(spanned(whole, run), run);
        assert_eq!(zoomed_still(whole, 4.0, 1e6, run), whole);
        let near = zoomed_still(whole, 0.5, 1e6, run);
        assert_eq!(near.span(run), TimeSpan { start_us: 0.5e6, end_us: 3e6 });
        assert_eq!(zoomed_still(near, 2.0, 1e6, run), whole);
        let dot = TimeSpan { start_us: 0.0, end_us: 0.0 };
        assert_eq!(whole_still(dot).width_us, NARROWEST);
    }
}
