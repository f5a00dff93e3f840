//! A small convolution net: what looks at pictures.
//!
//! output = maxPool₂ₓ₂(relu(conv₃ₓ₃(input) + b₁)) · W + b₂. The picture is
//! square, channel after channel (`nchw`), with a border of zeros; the pooling
//! halves its edge.

use super::arithmetic::{dense, part, scaled};
use super::operator::Operator;
use super::tolerance;
use crate::rng::Rng;

pub(super) const OPERATORS: &[Operator] = &[
    Operator::Slice,
    Operator::Reshape,
    Operator::Conv2d,
    Operator::Relu,
    Operator::MaxPool2d,
    Operator::Gemm,
    Operator::Pad,
];

/// Rows and columns of each filter.
const FILTER: u32 = 3;

/// Extents of a convolution network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvolutionShape {
    /// Channels of the picture.
    pub channels: u32,
    /// Its edge in pixels; the pooling ignores the last row and column of an
    /// odd one.
    pub edge: u32,
    /// Filters, and so channels after the convolution.
    pub filters: u32,
    /// Outputs of a run.
    pub outputs: u32,
}

impl ConvolutionShape {
    /// A network for square pictures of `edge` pixels a side.
    pub const fn new(channels: u32, edge: u32, filters: u32, outputs: u32) -> Self {
        Self { channels, edge, filters, outputs }
    }

    /// Numbers in the filters, b₁, W, b₂, in that order.
    pub const fn parts(self) -> [usize; 4] {
        let filters = self.filters * self.products();
        let features = self.features() as usize;
        [filters as usize, self.filters as usize, features * self.outputs as usize, self.outputs as usize]
    }

    /// Numbers in the picture.
    pub const fn input_count(self) -> u32 {
        self.channels * self.edge * self.edge
    }

    /// Products in one sum of the convolution.
    pub const fn products(self) -> u32 {
        self.channels * FILTER * FILTER
    }

    /// The edge after the pooling.
    pub const fn pooled_edge(self) -> u32 {
        self.edge / 2
    }

    /// Numbers after the pooling.
    pub const fn features(self) -> u32 {
        self.filters * self.pooled_edge() * self.pooled_edge()
    }

    pub(super) fn weights(self, seed: u64) -> Vec<f32> {
        let mut rng = Rng::new(seed);
        let [filters, filter_bias, dense, dense_bias] = self.parts();
        let mut weights: Vec<f32> = scaled(&mut rng, filters + filter_bias, self.products()).collect();
        weights.extend(scaled(&mut rng, dense + dense_bias, self.features()));
        weights
    }

    pub(super) fn forward(self, weights: &[f32], input: &[f32]) -> Vec<f32> {
        let [filters, filter_bias, second, second_bias] = self.parts();
        let features = self.pool(weights, input);
        let rest = weights.get(filters + filter_bias..).unwrap_or_default();
        dense(&features, rest, part(weights, filters + filter_bias + second, second_bias))
    }

    /// Convolution, clamp and pooling: channel after channel.
    fn pool(self, weights: &[f32], input: &[f32]) -> Vec<f32> {
        let edge = self.pooled_edge();
        let places =
            (0..self.filters).flat_map(|filter| (0..edge * edge).map(move |at| (filter, at / edge, at % edge)));
        places
            .map(|(filter, row, column)| {
                let corners = [(0, 0), (0, 1), (1, 0), (1, 1)];
                let sums = corners
                    .map(|(down, right)| self.convolve(weights, input, filter, (2 * row + down, 2 * column + right)));
                // The clamp and the maximum may change places.
                sums.into_iter().fold(0.0, f32::max)
            })
            .collect()
    }

    /// One sum of the convolution, with its bias.
    fn convolve(self, weights: &[f32], input: &[f32], filter: u32, (row, column): (u32, u32)) -> f32 {
        let (edge, number) = (self.edge, |from: &[f32], at: u32| from.get(at as usize).copied().unwrap_or(0.0));
        let mut sum = number(weights, self.filters * self.products() + filter);
        for tap in 0..self.products() {
            let (channel, down, right) = (tap / (FILTER * FILTER), tap / FILTER % FILTER, tap % FILTER);
            // The border of zeros is one wide: it adds nothing.
            let (y, x) = (row + down, column + right);
            if (1..=edge).contains(&y) && (1..=edge).contains(&x) {
                let pixel = (channel * edge + y - 1) * edge + x - 1;
                sum += number(input, pixel) * number(weights, filter * self.products() + tap);
            }
        }
        sum
    }

    pub(super) fn tolerance(self) -> f32 {
        let sums = tolerance::products(self.products()) + tolerance::products(self.features());
        tolerance::difference(sums + 2 * tolerance::ADDITION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_small_enough_to_check_by_hand() {
        // One channel of 2 × 2, one filter that takes the pixel and its right
        // neighbour, twice the pooled number, minus one.
        let shape = ConvolutionShape::new(1, 2, 1, 1);
        let filter = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        let weights: Vec<f32> = filter.into_iter().chain([0.5, 2.0, -1.0]).collect();
        assert_eq!(weights.len(), shape.parts().iter().sum::<usize>());
        // Sums with the bias: 3.5, 2.5, 7.5, 4.5.
        assert_eq!(shape.forward(&weights, &[1.0, 2.0, 3.0, 4.0]), [14.0]);
        // All sums are negative: the clamp gives 0.
        assert_eq!(shape.forward(&weights, &[-1.0, -2.0, -3.0, -4.0]), [-1.0]);
    }

    #[test]
    fn outputs_stay_near_one() {
        let shape = ConvolutionShape::new(3, 16, 8, 10);
        let mut rng = Rng::new(9);
        let input: Vec<f32> = (0..shape.input_count()).map(|_| rng.signed_unit()).collect();
        let output = shape.forward(&shape.weights(9), &input);
        assert!(output.iter().all(|value| value.abs() < 4.0), "{output:?}");
        assert!(output.iter().any(|value| value.abs() > 0.01));
    }
}
