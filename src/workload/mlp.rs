//! A multi-layer perceptron: the network that the scenarios run, and the CPU
//! reference that every result is checked against.
//!
//! output = relu(input · W₁ + b₁) · W₂ + b₂, all `f32`, row-major.

use super::rng::Rng;
use crate::units::Bytes;
use serde::{Deserialize, Serialize};

/// Largest difference to the reference that counts as equal: implementations
/// may sum in another order or fuse. Weights are scaled so that outputs stay
/// near 1, where an `f32` sum of 1024 terms errs by less than 1024 · 2⁻²⁴ · 2.
pub const TOLERANCE: f32 = 1e-3;

/// The network's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MlpShape {
    /// Inputs of a run.
    pub inputs: u32,
    /// Neurons of the hidden layer.
    pub hidden: u32,
    /// Outputs of a run.
    pub outputs: u32,
}

impl MlpShape {
    /// A shape.
    pub const fn new(inputs: u32, hidden: u32, outputs: u32) -> Self {
        Self { inputs, hidden, outputs }
    }

    /// Numbers in W₁, b₁, W₂, b₂, in that order.
    pub const fn parts(self) -> [usize; 4] {
        let (inputs, hidden, outputs) = (self.inputs as usize, self.hidden as usize, self.outputs as usize);
        [inputs * hidden, hidden, hidden * outputs, outputs]
    }

    /// Numbers in all weights and biases.
    pub fn weight_count(self) -> usize {
        self.parts().iter().sum()
    }

    /// Bytes of all weights and biases.
    pub fn weight_bytes(self) -> Bytes {
        Bytes::from(self.weight_count() * 4)
    }

    /// Bytes of one input.
    pub fn input_bytes(self) -> Bytes {
        Bytes::new(u64::from(self.inputs) * 4)
    }

    /// Bytes of one output.
    pub fn output_bytes(self) -> Bytes {
        Bytes::new(u64::from(self.outputs) * 4)
    }

    /// The weights of `seed`.
    pub fn weights(self, seed: u64) -> Vec<f32> {
        let mut rng = Rng::new(seed);
        let [first, first_bias, second, second_bias] = self.parts();
        let mut weights = Vec::with_capacity(self.weight_count());
        weights.extend((0..first + first_bias).map(|_| rng.signed_unit() / root(self.inputs)));
        weights.extend((0..second + second_bias).map(|_| rng.signed_unit() / root(self.hidden)));
        weights
    }

    /// The input of `seed`.
    pub fn input(self, seed: u64) -> Vec<f32> {
        let mut rng = Rng::new(seed);
        (0..self.inputs).map(|_| rng.signed_unit()).collect()
    }

    /// The reference: what the network answers. O(weights). Missing numbers
    /// count as zero, so that it never panics.
    pub fn forward(self, weights: &[f32], input: &[f32]) -> Vec<f32> {
        let [first, first_bias, second, _] = self.parts();
        let part = |from: usize| weights.get(from..).unwrap_or_default();
        let mut hidden = layer(input, weights, part(first), self.hidden);
        hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        layer(&hidden, part(first + first_bias), part(first + first_bias + second), self.outputs)
    }
}

/// Square root in `f64`: correctly rounded on every machine.
fn root(count: u32) -> f32 {
    f64::from(count).sqrt() as f32
}

fn layer(input: &[f32], weights: &[f32], bias: &[f32], outputs: u32) -> Vec<f32> {
    let width = outputs as usize;
    let mut sums: Vec<f32> = (0..width).map(|column| bias.get(column).copied().unwrap_or(0.0)).collect();
    for (value, row) in input.iter().zip(weights.chunks_exact(width.max(1))) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
    sums
}

/// Whether `result` is what `reference` says, within [`TOLERANCE`]. A result
/// that is not finite never is.
pub fn agrees(result: &[f32], reference: &[f32]) -> bool {
    result.len() == reference.len() && result.iter().zip(reference).all(|(a, b)| (a - b).abs() <= TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_small_enough_to_check_by_hand() {
        let shape = MlpShape::new(2, 2, 1);
        // W1 = [[1, -1], [2, 1]], b1 = [0.5, 0], W2 = [[3], [4]], b2 = [-1].
        let weights = [1.0, -1.0, 2.0, 1.0, 0.5, 0.0, 3.0, 4.0, -1.0];
        assert_eq!(weights.len(), shape.weight_count());
        // hidden = relu([1·1 + 1·2 + 0.5, −1 + 1]) = [3.5, 0]; output = 10.5 − 1.
        assert_eq!(shape.forward(&weights, &[1.0, 1.0]), [9.5]);
        // hidden = relu([−2 + 0.5, 2]) = [0, 2]... with input [−2, 0].
        assert_eq!(shape.forward(&weights, &[-2.0, 0.0]), [7.0]);
    }

    #[test]
    fn a_wrong_result_is_seen() {
        let shape = MlpShape::new(64, 128, 32);
        let right = shape.forward(&shape.weights(1), &shape.input(2));
        assert!(agrees(&right, &right));
        let mut wrong = right.clone();
        wrong[31] += 0.01;
        assert!(!agrees(&wrong, &right));
        wrong[31] = f32::NAN;
        assert!(!agrees(&wrong, &right));
        assert!(!agrees(&right[1..], &right));
        assert!(!agrees(&shape.forward(&shape.weights(3), &shape.input(2)), &right));
    }

    #[test]
    fn outputs_stay_near_one() {
        let shape = MlpShape::new(512, 1024, 64);
        let output = shape.forward(&shape.weights(9), &shape.input(9));
        assert!(output.iter().all(|value| value.abs() < 4.0), "{output:?}");
        assert!(output.iter().any(|value| value.abs() > 0.01));
    }
}
