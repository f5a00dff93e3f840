//! The networks that the scenarios run, as pure descriptions: sizes, seeded
//! weights and inputs, and the CPU reference that every result is held
//! against. All numbers are `f32`, row-major; all tensors are flat.

mod arithmetic;
mod attention;
mod convolution;
mod mlp;
mod operator;
pub mod passes;
mod tolerance;

pub use attention::AttentionShape;
pub use convolution::ConvolutionShape;
pub use mlp::MlpShape;
pub use operator::{Operator, OperatorRefusal};

use arenascope_units::Bytes;
use core::fmt;

/// One network: its kind and its size.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// A multi-layer perceptron: two dense layers.
    Mlp(MlpShape),
    /// A convolution, a pooling and a dense layer.
    Convolution(ConvolutionShape),
    /// One attention block with its cache of keys and values.
    Attention(AttentionShape),
}

impl fmt::Debug for Network {
    /// The shape alone: its type names the kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mlp(shape) => shape.fmt(f),
            Self::Convolution(shape) => shape.fmt(f),
            Self::Attention(shape) => shape.fmt(f),
        }
    }
}

impl From<MlpShape> for Network {
    fn from(shape: MlpShape) -> Self {
        Self::Mlp(shape)
    }
}

impl From<ConvolutionShape> for Network {
    fn from(shape: ConvolutionShape) -> Self {
        Self::Convolution(shape)
    }
}

impl From<AttentionShape> for Network {
    fn from(shape: AttentionShape) -> Self {
        Self::Attention(shape)
    }
}

impl Network {
    /// One of each kind: what whoever runs networks must be able to run.
    pub const KINDS: [Self; 3] = [
        Self::Mlp(MlpShape::new(1, 1, 1)),
        Self::Convolution(ConvolutionShape::new(1, 2, 1, 1)),
        Self::Attention(AttentionShape::new(1, 1, 1)),
    ];

    /// The kind's name for people.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Mlp(_) => "multi-layer perceptron",
            Self::Convolution(_) => "convolution net",
            Self::Attention(_) => "attention block",
        }
    }

    /// Numbers in each constant, in the order of [`Self::weights`].
    pub fn parts(self) -> [usize; 4] {
        match self {
            Self::Mlp(shape) => shape.parts(),
            Self::Convolution(shape) => shape.parts(),
            Self::Attention(shape) => shape.parts(),
        }
    }

    /// Numbers in all constants.
    pub fn weight_count(self) -> usize {
        self.parts().iter().sum()
    }

    /// Bytes of all constants.
    pub fn weight_bytes(self) -> Bytes {
        Bytes::from(self.weight_count() * 4)
    }

    /// Numbers in each input. The first is fed by every run; the others are the
    /// cache.
    pub fn inputs(self) -> Vec<u32> {
        match self {
            Self::Mlp(shape) => vec![shape.inputs],
            Self::Convolution(shape) => vec![shape.input_count()],
            Self::Attention(shape) => shape.input_counts(),
        }
    }

    /// Numbers in each output. The first is read back and checked; the others
    /// are the grown cache.
    pub fn outputs(self) -> Vec<u32> {
        match self {
            Self::Mlp(shape) => vec![shape.outputs],
            Self::Convolution(shape) => vec![shape.outputs],
            Self::Attention(shape) => vec![shape.width, shape.grown_count(), shape.grown_count()],
        }
    }

    /// The constants of `seed`.
    pub fn weights(self, seed: u64) -> Vec<f32> {
        match self {
            Self::Mlp(shape) => shape.weights(seed),
            Self::Convolution(shape) => shape.weights(seed),
            Self::Attention(shape) => shape.weights(seed),
        }
    }

    /// The first input of `seed`: uniform in −1 … 1.
    pub fn input(self, seed: u64) -> Vec<f32> {
        let mut rng = super::rng::Rng::new(seed);
        let count = self.inputs().first().copied().unwrap_or(0);
        (0..count).map(|_| rng.signed_unit()).collect()
    }

    /// The reference: every output of these inputs. Missing numbers count as
    /// zero, so that it never panics. O(weights), for a convolution × the
    /// pixels, for an attention block + the cache.
    pub fn forward(self, weights: &[f32], inputs: &[&[f32]]) -> Vec<Vec<f32>> {
        let input = |index: usize| inputs.get(index).copied().unwrap_or_default();
        match self {
            Self::Mlp(shape) => vec![shape.forward(weights, input(0))],
            Self::Convolution(shape) => vec![shape.forward(weights, input(0))],
            Self::Attention(shape) => shape.forward(weights, [input(0), input(1), input(2)]),
        }
    }

    /// The operators that its graph is made of.
    pub fn operators(self) -> &'static [Operator] {
        match self {
            Self::Mlp(_) => mlp::OPERATORS,
            Self::Convolution(_) => convolution::OPERATORS,
            Self::Attention(_) => attention::OPERATORS,
        }
    }

    /// Largest difference to the reference that counts as equal.
    pub fn tolerance(self) -> f32 {
        match self {
            Self::Mlp(shape) => shape.tolerance(),
            Self::Convolution(shape) => shape.tolerance(),
            Self::Attention(shape) => shape.tolerance(),
        }
    }

    /// Whether `result` is what `reference` says, within [`Self::tolerance`]. A
    /// result that is not finite never is.
    pub fn agrees(self, result: &[f32], reference: &[f32]) -> bool {
        let tolerance = self.tolerance();
        result.len() == reference.len() && result.iter().zip(reference).all(|(a, b)| (a - b).abs() <= tolerance)
    }
}

/// The first operator of `networks` that `takes` refuses; `takes` answers for
/// an operator and one of its operands.
pub fn first_refusal(networks: &[Network], takes: impl Fn(Operator, &str) -> bool) -> Option<OperatorRefusal> {
    let operators = networks.iter().flat_map(|network| network.operators().iter().copied());
    operators
        .flat_map(|operator| operator.operands().iter().map(move |&operand| OperatorRefusal { operator, operand }))
        .find(|asked| !takes(asked.operator, asked.operand))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind, of an odd size.
    const SMALL: [Network; 4] = [
        Network::Mlp(MlpShape::new(7, 5, 3)),
        Network::Convolution(ConvolutionShape::new(3, 6, 5, 4)),
        Network::Attention(AttentionShape::new(4, 0, 3)),
        Network::Attention(AttentionShape::new(4, 9, 3)),
    ];

    fn inputs(network: Network) -> Vec<Vec<f32>> {
        let numbers = |(seed, &count): (usize, &u32)| {
            let mut rng = crate::rng::Rng::new(seed as u64);
            (0..count).map(|_| rng.signed_unit()).collect()
        };
        network.inputs().iter().enumerate().map(numbers).collect()
    }

    fn forward(network: Network, weights: &[f32], inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
        network.forward(weights, &inputs.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn outputs_have_the_sizes_that_were_said() {
        for network in SMALL {
            let outputs = forward(network, &network.weights(1), &inputs(network));
            let sizes: Vec<u32> = outputs.iter().map(|output| output.len() as u32).collect();
            assert_eq!(sizes, network.outputs(), "{network:?}");
            assert_eq!(network.weights(1).len(), network.weight_count());
            assert_eq!(network.input(3).len() as u32, network.inputs()[0]);
        }
    }

    #[test]
    fn a_wrong_result_is_seen() {
        for network in SMALL {
            let right = &forward(network, &network.weights(1), &inputs(network))[0];
            assert!(network.agrees(right, right));
            for wrong_by in [2.0 * network.tolerance(), f32::NAN, f32::INFINITY] {
                let mut wrong = right.clone();
                *wrong.last_mut().unwrap() += wrong_by;
                assert!(!network.agrees(&wrong, right), "{network:?} takes {wrong_by}");
            }
            assert!(!network.agrees(&right[1..], right));
        }
    }

    #[test]
    fn every_constant_and_every_input_matters() {
        for network in SMALL {
            let (weights, fed) = (network.weights(1), inputs(network));
            let right = &forward(network, &weights, &fed)[0];
            let mut begin = 0;
            for count in network.parts().into_iter().filter(|&count| count > 0) {
                let mut other = weights.clone();
                other[begin..begin + count].iter_mut().for_each(|weight| *weight += 0.5);
                assert!(!network.agrees(&forward(network, &other, &fed)[0], right), "{network:?}: constant at {begin}");
                begin += count;
            }
            for index in 0..fed.len() {
                let mut other = fed.clone();
                other[index].iter_mut().for_each(|value| *value = 0.25 - *value);
                let result = &forward(network, &weights, &other)[0];
                assert!(!network.agrees(result, right), "{network:?}: input {index}");
            }
        }
    }

    #[test]
    fn missing_numbers_are_zeros() {
        for network in SMALL {
            let outputs = network.forward(&[], &[]);
            assert!(outputs[0].iter().all(|value| value.is_finite()), "{network:?}");
        }
    }
}
