//! The tops of the rows' scales where they fit what is on screen: kept while the window
//! moves, and changed only where what is on screen outgrows them, or leaves more than half
//! of the room above it empty. A scale that followed every pixel could not be read.

use super::tracks::Track;
use arenascope_recording::Metric;

/// Of all metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FittedTops {
    run_start: u64,
    fits: bool,
    tops: [u64; Metric::ALL.len()],
}

impl FittedTops {
    /// Of this run, fitted or not: those of another are forgotten.
    pub fn begin(&mut self, run_start: u64, fits: bool) {
        if (self.run_start, self.fits) != (run_start, fits) {
            *self = Self { run_start, fits, ..Self::default() };
        }
    }

    /// The top of a metric's scale, for the highest value that it is to show: on screen, or
    /// of the run where scales are not fitted.
    pub fn top(&mut self, metric: Metric, highest: u64) -> u64 {
        let wanted = Track::Metric(metric).top(highest);
        let top = &mut self.tops[metric.index()];
        if !self.fits || highest > *top || wanted <= *top / 2 {
            *top = wanted;
        }
        *top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn tops(fits: bool, highest: &[u64]) -> Vec<u64> {
        let mut tops = FittedTops::default();
        tops.begin(7, fits);
        highest.iter().map(|mib| tops.top(Metric::ArenaBytes, mib * MIB) / MIB).collect()
    }

    #[test]
    fn a_fitted_scale_stands_still_until_it_is_too_small_or_twice_too_large() {
        assert_eq!(tops(true, &[60, 50, 40, 33, 32, 33, 60, 65]), [64, 64, 64, 64, 32, 48, 64, 96]);
        assert_eq!(tops(false, &[60, 50, 40]), [64, 64, 48], "the highest of a run never falls");
    }

    #[test]
    fn another_run_has_scales_of_its_own() {
        let mut tops = FittedTops::default();
        tops.begin(7, true);
        tops.top(Metric::DeviceBytes, 60 * MIB);
        tops.begin(7, true);
        assert_eq!(tops.top(Metric::DeviceBytes, 40 * MIB), 64 * MIB);
        tops.begin(9, true);
        assert_eq!(tops.top(Metric::DeviceBytes, 40 * MIB), 48 * MIB);
    }
}
