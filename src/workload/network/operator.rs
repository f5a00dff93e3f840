//! The operators of WebNN that the graphs are made of, and what a context must
//! take of them.

use super::Network;
use core::fmt;

/// One operator, under WebNN's own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// Elementwise sum.
    Add,
    /// Joins along an axis.
    Concat,
    /// Two-dimensional convolution.
    Conv2d,
    /// α · A · B + C.
    Gemm,
    /// Matrix product.
    Matmul,
    /// Largest of each window.
    MaxPool2d,
    /// Appends zeros.
    Pad,
    /// Clamps at zero.
    Relu,
    /// Other extents for the same numbers.
    Reshape,
    /// A part.
    Slice,
    /// Exponentials that sum up to one.
    Softmax,
}

impl Operator {
    /// Its name in `MLGraphBuilder` and in `opSupportLimits()`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Concat => "concat",
            Self::Conv2d => "conv2d",
            Self::Gemm => "gemm",
            Self::Matmul => "matmul",
            Self::MaxPool2d => "maxPool2d",
            Self::Pad => "pad",
            Self::Relu => "relu",
            Self::Reshape => "reshape",
            Self::Slice => "slice",
            Self::Softmax => "softmax",
        }
    }

    /// Its operands in `opSupportLimits()`.
    pub const fn operands(self) -> &'static [&'static str] {
        match self {
            Self::Add | Self::Matmul => &["a", "b", "output"],
            Self::Gemm => &["a", "b", "c", "output"],
            Self::Concat => &["inputs", "output"],
            Self::Conv2d => &["input", "filter", "bias", "output"],
            Self::MaxPool2d | Self::Pad | Self::Relu | Self::Reshape | Self::Slice | Self::Softmax => {
                &["input", "output"]
            }
        }
    }
}

/// What a context does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The operator.
    pub operator: Operator,
    /// Which of its operands does not take `float32`.
    pub operand: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its {} takes no float32 as {} (opSupportLimits)", self.operator.key(), self.operand)
    }
}

impl std::error::Error for Refusal {}

/// The first operator of `networks` that `takes` refuses; `takes` answers for
/// an operator and one of its operands.
pub fn first_refusal(networks: &[Network], takes: impl Fn(Operator, &str) -> bool) -> Option<Refusal> {
    let operators = networks.iter().flat_map(|network| network.operators().iter().copied());
    operators
        .flat_map(|operator| operator.operands().iter().map(move |&operand| Refusal { operator, operand }))
        .find(|asked| !takes(asked.operator, asked.operand))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_that_takes_everything_is_not_refused() {
        assert_eq!(first_refusal(&Network::KINDS, |_, _| true), None);
    }

    #[test]
    fn a_missing_operand_is_named() {
        let refusal =
            first_refusal(&Network::KINDS, |operator, operand| (operator, operand) != (Operator::Conv2d, "bias"));
        let refusal = refusal.expect("a refusal");
        assert_eq!(refusal, Refusal { operator: Operator::Conv2d, operand: "bias" });
        assert_eq!(refusal.to_string(), "its conv2d takes no float32 as bias (opSupportLimits)");
        assert_eq!(
            first_refusal(&Network::KINDS[..1], |operator, _| operator != Operator::Conv2d),
            None,
            "not needed there"
        );
    }
}
