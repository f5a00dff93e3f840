//! How a total is shared out among the categories.

use super::error::BudgetError;
use crate::owner::MemoryCategory;
use crate::units::Bytes;

const CATEGORIES: usize = MemoryCategory::ALL.len();

/// Per cent of the total for each category but the last, which gets the rest.
/// Source: section 10.1 of the design (25, 30, 20, 10, 10, 5).
const PERCENT: [u64; CATEGORIES - 1] = [25, 30, 20, 10, 10];

/// A total and the limit of each category. No limit exceeds the total; their
/// sum may, and then the total is what refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    total: Bytes,
    categories: [Bytes; CATEGORIES],
}

impl Limits {
    /// The default shares of `total`, rounded down to bytes; what rounding
    /// leaves goes to the last category, so that the limits sum to `total`.
    pub fn of_total(total: Bytes) -> Self {
        let mut categories = [Bytes::ZERO; CATEGORIES];
        let mut rest = total;
        for (limit, percent) in categories.iter_mut().zip(PERCENT) {
            *limit = share(total, percent);
            rest = rest.saturating_sub(*limit);
        }
        categories[CATEGORIES - 1] = rest;
        Self { total, categories }
    }

    /// Limits of the caller's choice, in the order of [`MemoryCategory::ALL`].
    ///
    /// # Errors
    ///
    /// [`BudgetError::LimitOverTotal`] for the first limit above `total`.
    pub fn new(total: Bytes, categories: [Bytes; CATEGORIES]) -> Result<Self, BudgetError> {
        for category in MemoryCategory::ALL {
            check(category, categories[category.index()], total)?;
        }
        Ok(Self { total, categories })
    }

    /// The most over all categories.
    pub const fn total(&self) -> Bytes {
        self.total
    }

    /// The most for one category.
    pub const fn category(&self, category: MemoryCategory) -> Bytes {
        self.categories[category.index()]
    }
}

/// Refuses a limit that the total makes unreachable.
pub(super) fn check(category: MemoryCategory, limit: Bytes, total: Bytes) -> Result<(), BudgetError> {
    if limit <= total { Ok(()) } else { Err(BudgetError::LimitOverTotal { category, limit, total }) }
}

/// ⌊total × percent ÷ 100⌋ for `percent` up to 100, without the product that
/// overflows: with total = 100q + r it is q × percent + ⌊r × percent ÷ 100⌋.
const fn share(total: Bytes, percent: u64) -> Bytes {
    let (hundreds, rest) = (total.get() / 100, total.get() % 100);
    Bytes::new(hundreds * percent + rest * percent / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(limits: &Limits) -> [u64; CATEGORIES] {
        MemoryCategory::ALL.map(|category| limits.category(category).get())
    }

    #[test]
    fn shares_are_the_designs_and_sum_to_the_total() {
        let cases: [(u64, [u64; CATEGORIES]); 5] = [
            (0, [0, 0, 0, 0, 0, 0]),
            (1, [0, 0, 0, 0, 0, 1]),
            (100, [25, 30, 20, 10, 10, 5]),
            (199, [49, 59, 39, 19, 19, 14]),
            (1 << 30, [268_435_456, 322_122_547, 214_748_364, 107_374_182, 107_374_182, 53_687_093]),
        ];
        for (total, expected) in cases {
            assert_eq!(all(&Limits::of_total(Bytes::new(total))), expected, "of {total}");
        }
    }

    #[test]
    fn shares_of_the_largest_total_do_not_overflow() {
        let shares = all(&Limits::of_total(Bytes::new(u64::MAX)));
        let exact = |percent: u128| (u128::from(u64::MAX) * percent / 100) as u64;
        assert_eq!(shares[..5], [exact(25), exact(30), exact(20), exact(10), exact(10)]);
        assert_eq!(shares.iter().map(|&share| u128::from(share)).sum::<u128>(), u128::from(u64::MAX));
    }

    #[test]
    fn chosen_limits_may_overlap_but_not_exceed_the_total() {
        let total = Bytes::new(100);
        assert!(Limits::new(total, [total; CATEGORIES]).is_ok());
        let mut limits = [Bytes::ZERO; CATEGORIES];
        limits[3] = Bytes::new(101);
        assert_eq!(
            Limits::new(total, limits),
            Err(BudgetError::LimitOverTotal { category: MemoryCategory::NpuModels, limit: Bytes::new(101), total })
        );
    }
}
