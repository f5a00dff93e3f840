//! One attention block with its cache of keys and values, as decoders have it:
//! a run takes a chunk of new tokens, appends their keys and values to the
//! cache, and lets the last token attend to everything cached.
//!
//! K′ = K ‖ x · Wₖ, V′ = V ‖ x · Wᵥ, and for the last row t of x:
//! output = softmax((t · W_q) · K′ᵀ ÷ √width) · V′ · Wₒ + t.
//!
//! Tensors cannot grow in place: K and V are inputs, K′ and V′ are outputs, and
//! every length is a graph of its own, as in runtimes with static shapes.

use super::arithmetic::{dense, root, scaled};
use super::operator::Operator;
use super::tolerance;
use crate::rng::Rng;

pub(super) const OPERATORS: &[Operator] = &[
    Operator::Slice,
    Operator::Reshape,
    Operator::Matmul,
    Operator::Concat,
    Operator::Gemm,
    Operator::Softmax,
    Operator::Add,
    Operator::Pad,
];

/// Factor on W_q and Wₖ: scores spread by about 1, so that tokens differ in
/// weight and a wrong one shows in the output.
const SHARPNESS: f32 = 3.0;

/// Extents of an attention block and of its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttentionShape {
    /// `f32` numbers of each token, key and value.
    pub width: u32,
    /// Tokens in the cache before the run.
    pub past: u32,
    /// Tokens that a run appends.
    pub chunk: u32,
}

impl AttentionShape {
    /// A block of `width`, with `past` tokens in its cache and `chunk` that a run appends.
    pub const fn new(width: u32, past: u32, chunk: u32) -> Self {
        Self { width, past, chunk }
    }

    /// Numbers in W_q, Wₖ, Wᵥ, Wₒ, in that order.
    pub const fn parts(self) -> [usize; 4] {
        [self.width as usize * self.width as usize; 4]
    }

    /// Numbers in the chunk, and, where there is a past, in K and in V.
    pub fn input_counts(self) -> Vec<u32> {
        let (chunk, past) = (self.chunk * self.width, self.past * self.width);
        if past == 0 { vec![chunk] } else { vec![chunk, past, past] }
    }

    /// Numbers in K′ and in V′.
    pub const fn grown_count(self) -> u32 {
        self.tokens() * self.width
    }

    /// Tokens in the cache after the run.
    pub const fn tokens(self) -> u32 {
        self.past + self.chunk
    }

    /// What scores are divided by, inverted.
    pub fn score_scale(self) -> f32 {
        1.0 / root(self.width.max(1))
    }

    pub(super) fn weights(self, seed: u64) -> Vec<f32> {
        let [query, key, value, output] = self.parts();
        let mut rng = Rng::new(seed);
        let mut weights: Vec<f32> =
            scaled(&mut rng, query + key, self.width).map(|weight| weight * SHARPNESS).collect();
        weights.extend(scaled(&mut rng, value + output, self.width));
        weights
    }

    /// Output, K′ and V′.
    pub(super) fn forward(self, weights: &[f32], [chunk, keys, values]: [&[f32]; 3]) -> Vec<Vec<f32>> {
        let (mut keys, mut values) = (keys.to_vec(), values.to_vec());
        self.append(weights, chunk, &mut keys, &mut values);
        vec![self.attend(weights, chunk, &keys, &values), keys, values]
    }

    /// The keys and values of a chunk, behind those of the past. O(chunk).
    pub fn append(self, weights: &[f32], chunk: &[f32], keys: &mut Vec<f32>, values: &mut Vec<f32>) {
        for (cache, index) in [(keys, 1), (values, 2)] {
            // A cache that is shorter than its shape says is one of zeros.
            cache.resize((self.past * self.width) as usize, 0.0);
            (0..self.chunk).for_each(|token| cache.extend(self.project(weights, index, self.row(chunk, token))));
        }
    }

    /// What the last token of a chunk makes of the grown cache. O(tokens).
    pub fn attend(self, weights: &[f32], chunk: &[f32], keys: &[f32], values: &[f32]) -> Vec<f32> {
        let last = self.row(chunk, self.chunk.saturating_sub(1));
        let query = self.project(weights, 0, last);
        let (width, scale) = (self.width.max(1) as usize, self.score_scale());
        let scores =
            keys.chunks_exact(width).map(|key| key.iter().zip(&query).map(|(a, b)| a * b).sum::<f32>() * scale);
        let blend = blend(&scores.collect::<Vec<f32>>(), values, width);
        let mut output = self.project(weights, 3, &blend);
        output.iter_mut().zip(last).for_each(|(sum, residual)| *sum += residual);
        output
    }

    /// `row` times the square matrix at `index`.
    fn project(self, weights: &[f32], index: usize, row: &[f32]) -> Vec<f32> {
        let matrix = weights.get(index * self.parts()[0]..).unwrap_or_default();
        dense(row, matrix, vec![0.0; self.width as usize])
    }

    fn row(self, chunk: &[f32], token: u32) -> &[f32] {
        let width = self.width as usize;
        chunk.get(token as usize * width..(token as usize + 1) * width).unwrap_or_default()
    }

    pub(super) fn tolerance(self) -> f32 {
        let projections = 3 * tolerance::products(self.width);
        let scores = tolerance::products(self.width) + tolerance::softmax(self.tokens());
        let blend = tolerance::products(self.tokens());
        tolerance::difference(projections + scores + blend + 2 * tolerance::ADDITION)
    }
}

/// softmax(scores) · values. The largest score is taken off first, so that no
/// exponential overflows.
fn blend(scores: &[f32], values: &[f32], width: usize) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f32 = weights.iter().sum();
    let mut sums = vec![0.0; width];
    for (weight, value) in weights.iter().zip(values.chunks_exact(width)) {
        sums.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight / total * value);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 × 2 matrices in the order of the parts.
    const IDENTITY: [f32; 4] = [1.0, 0.0, 0.0, 1.0];
    const DOUBLE: [f32; 4] = [2.0, 0.0, 0.0, 2.0];

    #[test]
    fn a_block_small_enough_to_check_by_hand() {
        let shape = AttentionShape::new(2, 1, 1);
        // Queries of zero: every token weighs the same.
        let weights = [[0.0; 4], IDENTITY, DOUBLE, IDENTITY].concat();
        let outputs = shape.forward(&weights, [&[1.0, 2.0], &[7.0, 8.0], &[4.0, 6.0]]);
        assert_eq!(outputs[1], [7.0, 8.0, 1.0, 2.0], "keys");
        assert_eq!(outputs[2], [4.0, 6.0, 2.0, 4.0], "values, doubled");
        // The mean of the values, plus the token itself.
        assert_eq!(outputs[0], [4.0, 7.0]);
    }

    #[test]
    fn a_token_attends_to_what_is_like_it() {
        let shape = AttentionShape::new(2, 2, 1);
        let weights = [IDENTITY, IDENTITY, IDENTITY, IDENTITY].concat();
        let keys = [100.0, 0.0, 0.0, 100.0];
        let output = &shape.forward(&weights, [&[9.0, 0.0], &keys, &[3.0, 0.0, 0.0, 5.0]])[0];
        assert_eq!(output, &[12.0, 0.0]);
    }

    #[test]
    fn a_cache_grown_in_steps_is_the_cache_grown_at_once() {
        let once = AttentionShape::new(4, 0, 6);
        let weights = once.weights(3);
        let mut rng = Rng::new(5);
        let tokens: Vec<f32> = (0..24).map(|_| rng.signed_unit()).collect();
        let whole = once.forward(&weights, [&tokens, &[], &[]]);
        let mut cache = [Vec::new(), Vec::new(), Vec::new()];
        for past in [0, 2, 4] {
            let chunk = &tokens[past * 4..(past + 2) * 4];
            let step = AttentionShape::new(4, past as u32, 2);
            cache = step.forward(&weights, [chunk, &cache[1], &cache[2]]).try_into().unwrap();
        }
        assert_eq!(cache.to_vec(), whole);
    }
}
