//! How much came from one call stack, or from one part of the graph.

use core::ops::{Add, AddAssign};

/// An amount, and of how many allocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Bytes, or bytes × µs: see [`super::measure::Measure`].
    pub amount: u128,
    /// Allocations.
    pub count: u64,
}

impl Sums {
    /// True where nothing came.
    pub const fn is_zero(self) -> bool {
        self.amount == 0 && self.count == 0
    }
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { amount: self.amount + other.amount, count: self.count + other.count }
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl core::iter::Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}
