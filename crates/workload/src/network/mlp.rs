//! A multi-layer perceptron.
//!
//! output = relu(input · W₁ + b₁) · W₂ + b₂.

use super::arithmetic::{dense, part, scaled};
use super::operator::Operator;
use super::tolerance;
use crate::rng::Rng;

pub(super) const OPERATORS: &[Operator] =
    &[Operator::Slice, Operator::Reshape, Operator::Matmul, Operator::Add, Operator::Relu, Operator::Pad];

/// Extents of a multi-layer perceptron with one hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MlpShape {
    /// Inputs of a run.
    pub inputs: u32,
    /// Neurons of the hidden layer.
    pub hidden: u32,
    /// Outputs of a run.
    pub outputs: u32,
}

impl MlpShape {
    /// A perceptron of so many inputs, hidden neurons and outputs.
    pub const fn new(inputs: u32, hidden: u32, outputs: u32) -> Self {
        Self { inputs, hidden, outputs }
    }

    /// Numbers in W₁, b₁, W₂, b₂, in that order.
    pub const fn parts(self) -> [usize; 4] {
        let (inputs, hidden, outputs) = (self.inputs as usize, self.hidden as usize, self.outputs as usize);
        [inputs * hidden, hidden, hidden * outputs, outputs]
    }

    pub(super) fn weights(self, seed: u64) -> Vec<f32> {
        let mut rng = Rng::new(seed);
        let [first, first_bias, second, second_bias] = self.parts();
        let mut weights: Vec<f32> = scaled(&mut rng, first + first_bias, self.inputs).collect();
        weights.extend(scaled(&mut rng, second + second_bias, self.hidden));
        weights
    }

    pub(super) fn forward(self, weights: &[f32], input: &[f32]) -> Vec<f32> {
        let [first, first_bias, second, second_bias] = self.parts();
        let from = |start: usize| weights.get(start..).unwrap_or_default();
        let mut hidden = dense(input, weights, part(weights, first, first_bias));
        hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        dense(&hidden, from(first + first_bias), part(weights, first + first_bias + second, second_bias))
    }

    pub(super) fn tolerance(self) -> f32 {
        let units = tolerance::products(self.inputs) + tolerance::products(self.hidden) + 2 * tolerance::ADDITION;
        tolerance::difference(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_small_enough_to_check_by_hand() {
        let shape = MlpShape::new(2, 2, 1);
        // W1 = [[1, -1], [2, 1]], b1 = [0.5, 0], W2 = [[3], [4]], b2 = [-1].
        let weights = [1.0, -1.0, 2.0, 1.0, 0.5, 0.0, 3.0, 4.0, -1.0];
        // hidden = relu([1·1 + 1·2 + 0.5, −1 + 1]) = [3.5, 0]; output = 10.5 − 1.
        assert_eq!(shape.forward(&weights, &[1.0, 1.0]), [9.5]);
        // hidden = relu([−2 + 0.5, 2]) = [0, 2]... with input [−2, 0].
        assert_eq!(shape.forward(&weights, &[-2.0, 0.0]), [7.0]);
    }

    #[test]
    fn outputs_stay_near_one() {
        let shape = MlpShape::new(512, 1024, 64);
        let mut rng = Rng::new(9);
        let input: Vec<f32> = (0..512).map(|_| rng.signed_unit()).collect();
        let output = shape.forward(&shape.weights(9), &input);
        assert!(output.iter().all(|value| value.abs() < 4.0), "{output:?}");
        assert!(output.iter().any(|value| value.abs() > 0.01));
    }
}
