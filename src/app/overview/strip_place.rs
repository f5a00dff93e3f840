//! Where moments lie on the overview strip.

use crate::analysis::chart::window::TimeSpan;
use crate::app::canvas::stage::Size;
use core::ops::Range;

/// The strip, as large as it is, and the time that it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StripPlace {
    pub(super) span: TimeSpan,
    pub(super) size: Size,
}

impl StripPlace {
    /// Whole device pixels from the left.
    pub(super) fn px_of(self, time_us: f64) -> f64 {
        let share = (time_us - self.span.start_us) / self.span.width_us().max(1.0);
        (share * f64::from(self.size.px().0)).round()
    }

    /// The same, in CSS pixels.
    pub(super) fn css_of(self, time_us: f64) -> f64 {
        self.px_of(time_us) / self.size.ratio
    }

    /// µs per CSS pixel.
    pub(super) fn us_per_px(self) -> f64 {
        self.span.width_us() / self.size.css.0.max(1.0)
    }

    /// Where a span of time lies, CSS pixels; `None` where none of it is on the strip.
    pub(super) fn range_of(self, chosen: &Range<u64>) -> Option<Range<f64>> {
        let at = |time_us: u64| self.css_of(time_us as f64).clamp(0.0, self.size.css.0);
        let is_seen = (chosen.start as f64) < self.span.end_us && chosen.end as f64 > self.span.start_us;
        is_seen.then(|| at(chosen.start)..at(chosen.end))
    }
}
