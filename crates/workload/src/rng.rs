//! Chance, from a seed: the same numbers on every machine.
//!
//! PCG XSL 128/64 from `rand_pcg`, whose sequence is part of its interface. The
//! mapping to ranges is here, in integers only, because that of `rand` may
//! change between versions.

use rand_core::{RngCore, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A sequence of numbers that its seed determines.
#[derive(Clone, Debug)]
pub struct Rng(Pcg64Mcg);

impl Rng {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// Uniform in `0..bound`; 0 for an empty range.
    ///
    /// Multiply and shift (Lemire, "Fast random integer generation in an
    /// interval", 2019) without rejection: the bias is below `bound` ÷ 2³².
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Uniform in `least..=most`; `least` where the range is empty.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// Each doubling from 2^`least` to 2^`most` equally likely, uniform within
    /// it: how sizes of real allocations spread. `most` below 32.
    pub fn doubling(&mut self, least: u32, most: u32) -> u32 {
        let power = 1_u32 << self.between(least, most.saturating_sub(1));
        power + self.below(power)
    }

    /// Uniform in −1 … 1, a multiple of 2⁻²³, so that it is exact in an `f32`.
    pub fn signed_unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept() {
        let mut rng = Rng::new(1);
        for _ in 0..10_000 {
            assert!(rng.below(7) < 7);
            assert!((3..=5).contains(&rng.between(3, 5)));
            assert!((32..1024).contains(&rng.doubling(5, 10)));
            assert!((-1.0..1.0).contains(&rng.signed_unit()));
        }
        assert_eq!((rng.below(0), rng.between(9, 2)), (0, 9));
    }

    #[test]
    fn a_seed_is_a_sequence() {
        let take = |seed| (0..4).map(|_| 0).scan(Rng::new(seed), |rng, _| Some(rng.below(1000))).collect::<Vec<_>>();
        assert_eq!(take(42), take(42));
        assert_ne!(take(42), take(43));
    }
}
