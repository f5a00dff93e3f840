//! The arithmetic of the CPU reference, and the numbers that weights begin with.

use crate::rng::Rng;

/// Square root in `f64`: correctly rounded on every machine.
pub(super) fn root(count: u32) -> f32 {
    f64::from(count).sqrt() as f32
}

/// `count` numbers, uniform in ±1 ÷ √`terms`: a sum of `terms` products with
/// numbers near 1 stays near 1.
pub(super) fn scaled(rng: &mut Rng, count: usize, terms: u32) -> impl Iterator<Item = f32> {
    let scale = root(terms.max(1));
    (0..count).map(move |_| rng.signed_unit() / scale)
}

/// `input` · `weights`, one row, `outputs` columns, on top of `sums`.
pub(super) fn dense(input: &[f32], weights: &[f32], mut sums: Vec<f32>) -> Vec<f32> {
    for (value, row) in input.iter().zip(weights.chunks_exact(sums.len().max(1))) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
    sums
}

/// `count` numbers from `from` on; zeros where there are none.
pub(super) fn part(weights: &[f32], from: usize, count: usize) -> Vec<f32> {
    (from..from + count).map(|index| weights.get(index).copied().unwrap_or(0.0)).collect()
}
