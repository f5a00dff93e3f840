//! The operators of WebNN that the graphs are made of, and what a context must
//! take of them.

use strum::IntoStaticStr;
use thiserror::Error;

/// One operator, under WebNN's own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
pub enum Operator {
    /// Elementwise sum.
    Add,
    /// Joins along an axis.
    Concat,
    /// Two-dimensional convolution over channels.
    Conv2d,
    /// α · A · B + C.
    Gemm,
    /// Matrix product of two tensors.
    Matmul,
    /// Largest of each window.
    MaxPool2d,
    /// Appends zeros, so that a tensor is as long as the pool made it.
    Pad,
    /// Negative numbers become zero.
    Relu,
    /// Other extents for the same numbers.
    Reshape,
    /// A part of a tensor, by start and length along each axis.
    Slice,
    /// Exponentials that sum up to one.
    Softmax,
}

impl Operator {
    /// Its name in `MLGraphBuilder` and in `opSupportLimits()`.
    pub fn key(self) -> &'static str {
        self.into()
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("its {} takes no float32 as {operand} (opSupportLimits)", .operator.key())]
pub struct OperatorRefusal {
    /// The operator that the context lacks or takes in part.
    pub operator: Operator,
    /// Which of its operands does not take `float32`.
    pub operand: &'static str,
}

#[cfg(test)]
mod tests {
    use super::super::{Network, first_refusal};
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
        assert_eq!(refusal, OperatorRefusal { operator: Operator::Conv2d, operand: "bias" });
        assert_eq!(refusal.to_string(), "its conv2d takes no float32 as bias (opSupportLimits)");
        assert_eq!(
            first_refusal(&Network::KINDS[..1], |operator, _| operator != Operator::Conv2d),
            None,
            "not needed there"
        );
    }
}
