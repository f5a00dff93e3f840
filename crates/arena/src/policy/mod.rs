//! Placement policies: which free range serves a request.
//!
//! A policy indexes the free ranges of the node table and searches them; cutting
//! and joining (`split_coalesce`) is the same for all and
//! tells the policy of every change. Only a policy of blocks also divides free ranges,
//! before a cut. A policy's memory is the four words and the mark of each node, and a
//! fixed handful of fields.

mod bins;
mod buddy;
mod by_address;
mod by_size;
pub(crate) mod index;
pub(crate) mod kind;
mod lists;
mod seed_compat;
mod slab;
mod tree;

use self::bins::Bins;
use self::buddy::Buddy;
use self::by_address::AddressFit;
use self::by_size::SizeFit;
use self::kind::PolicyKind;
use self::lists::Lists;
use self::seed_compat::SeedCompat;
use self::slab::Slab;

/// The class of `size` granules with five bits of mantissa: sizes below 64 have one
/// each, and each doubling above has 32.
#[inline(always)]
pub(crate) const fn class_of_five_bits(size: u32) -> u32 {
    Lists::<5>::class(size)
}

/// The class of `size` granules with three bits of mantissa: each doubling has 8.
#[inline(always)]
pub(crate) const fn class_of_three_bits(size: u32) -> u32 {
    Lists::<3>::class(size)
}

/// The policy in use. An enum and not a `dyn`: each operation looks at it once and
/// then runs code that was compiled for that policy.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one per arena; a box would be one more load per operation")]
pub(crate) enum Placement {
    FirstFit(AddressFit<false>),
    BestFit(SizeFit<false>),
    NextFit(AddressFit<true>),
    WorstFit(SizeFit<true>),
    Tlsf(Lists<5>),
    Bins(Bins),
    Buddy(Buddy),
    Slab(Slab),
    SeedCompat(SeedCompat),
}

impl Placement {
    pub(crate) fn new(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::FirstFit => Self::FirstFit(AddressFit::default()),
            PolicyKind::BestFit => Self::BestFit(SizeFit::default()),
            PolicyKind::NextFit => Self::NextFit(AddressFit::default()),
            PolicyKind::WorstFit => Self::WorstFit(SizeFit::default()),
            PolicyKind::Tlsf => Self::Tlsf(Lists::default()),
            PolicyKind::Bins => Self::Bins(Bins::default()),
            PolicyKind::Buddy => Self::Buddy(Buddy::default()),
            PolicyKind::Slab => Self::Slab(Slab::default()),
            PolicyKind::SeedCompat => Self::SeedCompat(SeedCompat::default()),
        }
    }

    pub(crate) const fn kind(&self) -> PolicyKind {
        match self {
            Self::FirstFit(_) => PolicyKind::FirstFit,
            Self::BestFit(_) => PolicyKind::BestFit,
            Self::NextFit(_) => PolicyKind::NextFit,
            Self::WorstFit(_) => PolicyKind::WorstFit,
            Self::Tlsf(_) => PolicyKind::Tlsf,
            Self::Bins(_) => PolicyKind::Bins,
            Self::Buddy(_) => PolicyKind::Buddy,
            Self::Slab(_) => PolicyKind::Slab,
            Self::SeedCompat(_) => PolicyKind::SeedCompat,
        }
    }
}

/// Evaluates an expression with the policy in use, once for each that can be.
macro_rules! each {
    ($placement:expr, $policy:ident => $call:expr) => {
        match $placement {
            $crate::policy::Placement::FirstFit($policy) => $call,
            $crate::policy::Placement::BestFit($policy) => $call,
            $crate::policy::Placement::NextFit($policy) => $call,
            $crate::policy::Placement::WorstFit($policy) => $call,
            $crate::policy::Placement::Tlsf($policy) => $call,
            $crate::policy::Placement::Bins($policy) => $call,
            $crate::policy::Placement::Buddy($policy) => $call,
            $crate::policy::Placement::Slab($policy) => $call,
            $crate::policy::Placement::SeedCompat($policy) => $call,
        }
    };
}
pub(crate) use each;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_is_of_its_kind() {
        for kind in PolicyKind::ALL {
            assert_eq!(Placement::new(kind).kind(), kind);
        }
    }
}
