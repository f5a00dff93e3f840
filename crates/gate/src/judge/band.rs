//! What noise does to a figure, learned from several earlier runs.
//!
//! The band is the one-sided 99 % prediction interval of the next run: with n earlier runs
//! of mean x̄ and standard deviation s, it ends t·s·√(1 + 1/n) from x̄, t the 0.99 quantile of
//! Student's distribution with n − 1 degrees of freedom (Hahn and Meeker, "Statistical
//! Intervals", 1991, section 4.7). It asks what the next run may be, not where the mean lies,
//! so it does not shrink to nothing with many runs, and t makes it wide where they are few. A
//! run that lies beyond it by chance alone is one in a hundred, where runs are alike and near
//! to normal. An outlier among the earlier runs widens it, and the report shows how wide it
//! is. Of fewer than [`RUNS_MIN`] runs there is none: one sample says nothing of noise, and
//! two say so little (t = 31.8) that any regression would pass.

use serde::Serialize;

/// The least earlier runs that make a band.
pub(crate) const RUNS_MIN: usize = 3;

/// The 0.99 quantiles of Student's distribution with 2, 3, … 30 degrees of freedom (NIST/SEMATECH
/// e-Handbook of Statistical Methods, 1.3.6.7.2). Beyond, the last stands, which is too wide by
/// 6 % at most.
#[expect(clippy::approx_constant, reason = "a quantile of the table that is near e")]
const T_99: [f64; 29] = [
    6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.718, 2.681, 2.650, 2.624, 2.602, 2.583, 2.567,
    2.552, 2.539, 2.528, 2.518, 2.508, 2.500, 2.492, 2.485, 2.479, 2.473, 2.467, 2.462, 2.457,
];

/// What the next run may be by chance, from its earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Mean of the earlier runs.
    pub mean: f64,
    /// How far the next run may lie from it by chance.
    pub half_width: f64,
    /// How many runs it was learned from.
    pub runs: usize,
}

impl Band {
    /// The band of some earlier values; `None` where they are too few. O(values).
    pub fn learned(values: &[f64]) -> Option<Self> {
        if values.len() < RUNS_MIN {
            return None;
        }
        let runs = values.len() as f64;
        let mean = mean(values);
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (runs - 1.0);
        let t = T_99[(values.len() - RUNS_MIN).min(T_99.len() - 1)];
        Some(Self { mean, half_width: t * variance.sqrt() * (1.0 + 1.0 / runs).sqrt(), runs: values.len() })
    }
}

/// The mean of some values; 0 of none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_run_or_two_make_no_band() {
        assert_eq!((Band::learned(&[5.0]), Band::learned(&[5.0, 6.0])), (None, None));
    }

    #[test]
    fn the_band_is_that_of_the_formula() {
        // x̄ = 102, s = 2, t(0.99, 2) = 6.965: 6.965 · 2 · √(4/3).
        let band = Band::learned(&[100.0, 102.0, 104.0]).unwrap();
        assert!((band.half_width - 16.085).abs() < 0.001 && band.mean == 102.0, "{band:?}");
        assert_eq!(Band::learned(&[7.0; 9]).unwrap().half_width, 0.0);
    }

    proptest! {
        /// Of normal values, the share beyond the band is about one in a hundred.
        #[test]
        fn few_runs_of_the_same_kind_lie_beyond(seed in 0_u64..20) {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut uniform = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            };
            // The sum of twelve is near to normal.
            let mut normal = || (0..12).map(|_| uniform()).sum::<f64>();
            let beyond = (0..4_000).filter(|_| {
                let runs: Vec<f64> = (0..5).map(|_| normal()).collect();
                let band = Band::learned(&runs).unwrap();
                normal() > band.mean + band.half_width
            });
            let share = beyond.count() as f64 / 4_000.0;
            prop_assert!((0.003..0.02).contains(&share), "{}", share);
        }
    }
}
