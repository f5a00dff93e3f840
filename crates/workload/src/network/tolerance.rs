//! How far two correct implementations may lie apart.
//!
//! Per operator: the units in the last place that the conformance tests of
//! WebNN allow (web-platform-tests, `webnn/resources/utils.js`, precision
//! metrics of `float32`): twice the number of products for `matmul`, `gemm`
//! and `conv2d`, three per row element and three more for `softmax`, one for
//! an addition, none for `relu`, poolings and what only moves numbers. A
//! network may differ by the sum over its operators, at the magnitude that its
//! outputs have.
//!
//! Those bounds are of the worst case and grow with the number of terms n; over
//! thousands they would hide a wrong cache. Rounding errors partly cancel: with
//! near certainty they stay below λ·√n·u (Higham and Mary, "A new approach to
//! probabilistic rounding error analysis", SIAM J. Sci. Comput. 41, 2019). The
//! smaller one holds, with λ = 32 in units u of half a last place.

/// λ in whole last places.
const LAMBDA: u32 = 16;
/// Outputs stay below this: weights are scaled so that sums stay near 1.
const MAGNITUDE: f32 = 4.0;

/// Units in the last place that a sum of `count` products may differ by.
pub(super) fn products(count: u32) -> u32 {
    (2 * count).min(LAMBDA * count.isqrt())
}

/// The same for a softmax over `terms` numbers.
pub(super) fn softmax(terms: u32) -> u32 {
    (3 * terms).min(LAMBDA * terms.isqrt()) + 3
}

/// An addition of two.
pub(super) const ADDITION: u32 = 1;

/// The units of all operators as a difference. `f32::EPSILON` is one unit in
/// the last place at 1.
pub(super) fn difference(units: u32) -> f32 {
    units as f32 * f32::EPSILON * MAGNITUDE
}
