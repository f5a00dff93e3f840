//! What each node of the tree may hold, and how a total is shared out.

use super::error::{BudgetError, NodeId};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

const CATEGORIES: usize = MemoryCategory::ALL.len();

/// Per cent of the total for each category. Source: section 10.1 of the design.
const PERCENT: [u64; CATEGORIES] = [25, 30, 20, 10, 10, 5];

/// Who gives way first when others need room, in the order of
/// [`MemoryCategory::ALL`]: what can be had again before what cannot. Scratch
/// dies by itself; textures and weights can be loaded again, buffers mostly;
/// tensors and entities are the state of the program.
const PRIORITY: [u8; CATEGORIES] = [5, 3, 1, 2, 4, 0];

/// The ways to share out a total.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumCount,
    VariantArray,
    EnumString,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum BudgetMode {
    /// The original design's percentages as walls; heaps have limits, marks are
    /// watched.
    #[default]
    Shares,
    /// The same shares, but what one leaves idle others may borrow.
    Lending,
    /// The original design to the byte: percentages of one total, no heaps, no
    /// marks.
    SingleTotal,
}

impl BudgetMode {
    /// Every mode, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in files and in the scripting interface.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The mode of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        key.parse().ok()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Shares => "Fixed shares",
            Self::Lending => "Lending",
            Self::SingleTotal => "Single total",
        }
    }

    /// One sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Shares => "Each category has a fixed share of the total; heaps have limits of their own.",
            Self::Lending => "Half of each share is guaranteed; what is idle can be borrowed, and is reclaimed.",
            Self::SingleTotal => "The original design: percentages of one total, and nothing else.",
        }
    }

    /// The limits of this mode for `total` bytes. Heaps are open until somebody
    /// limits them.
    pub fn limits(self, total: Bytes) -> Limits {
        let heaps = Some([Bounds::OPEN; Heap::ALL.len()]);
        match self {
            Self::Shares => Limits { heaps, ..Limits::of_total(total) },
            Self::Lending => Limits { heaps, ..Limits::lending(total) },
            Self::SingleTotal => Limits::original(total),
        }
    }
}

/// What one node may hold: `min ≤ high ≤ max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Guaranteed: what others borrow leaves this much. Categories only.
    pub min: Bytes,
    /// Its own share. What it holds above is borrowed, and reclaimed first.
    pub high: Bytes,
    /// The most it may hold.
    pub max: Bytes,
    /// Of borrowers the lowest gives way first.
    pub priority: u8,
}

impl Bounds {
    /// No limit: a node with these bounds refuses nothing.
    pub const OPEN: Self = Self::wall(Bytes::new(u64::MAX));

    /// A fixed wall at `max`: nothing guaranteed, nothing borrowed.
    pub const fn wall(max: Bytes) -> Self {
        Self { min: Bytes::ZERO, high: max, max, priority: 0 }
    }

    fn check(self, node: NodeId) -> Result<Self, BudgetError> {
        let Self { min, high, max, .. } = self;
        if min <= high && high <= max { Ok(self) } else { Err(BudgetError::OutOfOrder { node, min, high, max }) }
    }

    /// As [`Self::check`], for nodes that cannot be guaranteed anything.
    fn check_without_minimum(self, node: NodeId) -> Result<Self, BudgetError> {
        if self.min.is_zero() { self.check(node) } else { Err(BudgetError::NoGuarantee { node, min: self.min }) }
    }
}

/// The bounds of every node. Whoever has one has one that makes sense: no
/// category's maximum exceeds the total, and the minimums fit into it together.
///
/// The maximums may add up to more than the total, and then the total is what
/// refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    total: Bytes,
    categories: [Bounds; CATEGORIES],
    heaps: Option<[Bounds; Heap::ALL.len()]>,
    tags: BTreeMap<Owner, Bounds>,
    watched: bool,
}

impl Limits {
    /// The default shares of `total` as fixed walls, rounded down to bytes; what
    /// rounding leaves goes to the last category, so that they sum to `total`.
    pub fn of_total(total: Bytes) -> Self {
        let mut limits = Self::original(total);
        let last = CATEGORIES - 1;
        let others: Bytes = limits.categories[..last].iter().map(|bounds| bounds.max).sum();
        limits.categories[last] = Bounds { priority: PRIORITY[last], ..Bounds::wall(total.saturating_sub(others)) };
        limits.watched = true;
        limits
    }

    /// The original design to the byte: every share rounded down, the last one
    /// too, and no watermarks.
    pub fn original(total: Bytes) -> Self {
        let shares = MemoryCategory::ALL.map(|category| share(total, PERCENT[category.index()]));
        Self { watched: false, ..Self::walls(total, shares) }
    }

    /// The default shares as what each category owns, half of each guaranteed,
    /// and the whole total within reach of all: idle shares are lent.
    pub fn lending(total: Bytes) -> Self {
        let mut limits = Self::of_total(total);
        for bounds in &mut limits.categories {
            let high = bounds.high;
            *bounds = Bounds { min: Bytes::new(high.get() / 2), high, max: total, priority: bounds.priority };
        }
        limits
    }

    /// Walls of the caller's choice, in the order of [`MemoryCategory::ALL`].
    ///
    /// # Errors
    ///
    /// [`BudgetError::LimitOverTotal`] for the first limit above `total`.
    pub fn new(total: Bytes, categories: [Bytes; CATEGORIES]) -> Result<Self, BudgetError> {
        Self::walls(total, categories).checked()
    }

    fn walls(total: Bytes, categories: [Bytes; CATEGORIES]) -> Self {
        let wall = |category: MemoryCategory| {
            let index = category.index();
            Bounds { priority: PRIORITY[index], ..Bounds::wall(categories[index]) }
        };
        let categories = MemoryCategory::ALL.map(wall);
        Self { total, categories, heaps: None, tags: BTreeMap::new(), watched: true }
    }

    /// Categories that may not hold anything yet, to be given bounds one by one.
    pub(super) fn open(total: Bytes, watched: bool) -> Self {
        Self { watched, ..Self::walls(total, [Bytes::ZERO; CATEGORIES]) }
    }

    /// Walls of which no mark is watched.
    #[cfg(all(test, loom))]
    pub(super) fn unwatched(total: Bytes, categories: [Bytes; CATEGORIES]) -> Self {
        Self { watched: false, ..Self::walls(total, categories) }
    }

    /// Another bound for `category`.
    ///
    /// # Errors
    ///
    /// [`BudgetError::OutOfOrder`], [`BudgetError::LimitOverTotal`], or
    /// [`BudgetError::GuaranteesOverTotal`] where the minimums together exceed
    /// the total.
    pub fn with_category(mut self, category: MemoryCategory, bounds: Bounds) -> Result<Self, BudgetError> {
        self.categories[category.index()] = bounds.check(NodeId::Category(category))?;
        self.checked()
    }

    /// Bounds for a heap. The first call makes every heap a level of its own
    /// that requests claim through; a running budget cannot be changed to that,
    /// so whoever wants to limit a heap later starts with [`Bounds::OPEN`].
    ///
    /// # Errors
    ///
    /// [`BudgetError::OutOfOrder`], or [`BudgetError::NoGuarantee`] for a minimum.
    pub fn with_heap(mut self, heap: Heap, bounds: Bounds) -> Result<Self, BudgetError> {
        let bounds = bounds.check_without_minimum(NodeId::Heap(heap))?;
        self.heaps.get_or_insert([Bounds::OPEN; Heap::ALL.len()])[heap.index()] = bounds;
        Ok(self)
    }

    /// Bounds for a tag.
    ///
    /// # Errors
    ///
    /// [`BudgetError::OutOfOrder`], or [`BudgetError::NoGuarantee`] for a minimum.
    pub fn with_tag(mut self, owner: Owner, bounds: Bounds) -> Result<Self, BudgetError> {
        self.tags.insert(owner, bounds.check_without_minimum(NodeId::Tag(owner))?);
        Ok(self)
    }

    /// Another total.
    ///
    /// # Errors
    ///
    /// [`BudgetError::LimitOverTotal`] where a category's maximum exceeds it, or
    /// [`BudgetError::GuaranteesOverTotal`].
    pub fn with_total(self, total: Bytes) -> Result<Self, BudgetError> {
        Self { total, ..self }.checked()
    }

    /// The most over all categories.
    pub const fn total(&self) -> Bytes {
        self.total
    }

    /// The bounds of one category.
    pub const fn category(&self, category: MemoryCategory) -> Bounds {
        self.categories[category.index()]
    }

    /// The bounds of one heap; `None` where heaps are counted and not limited.
    pub fn heap(&self, heap: Heap) -> Option<Bounds> {
        self.heaps.map(|heaps| heaps[heap.index()])
    }

    /// The bounds of a tag; no limit unless one was given.
    pub fn tag(&self, owner: Owner) -> Bounds {
        self.tags.get(&owner).copied().unwrap_or(Bounds::OPEN)
    }

    /// The tags with bounds of their own, in order.
    pub fn tags(&self) -> impl Iterator<Item = (Owner, Bounds)> {
        self.tags.iter().map(|(&owner, &bounds)| (owner, bounds))
    }

    /// Whether marks are watched and pressure is reported.
    pub const fn watched(&self) -> bool {
        self.watched
    }

    fn checked(self) -> Result<Self, BudgetError> {
        for category in MemoryCategory::ALL {
            check(category, self.category(category).max, self.total)?;
        }
        let sum = self.categories.iter().fold(0u128, |sum, bounds| sum + u128::from(bounds.min.get()));
        if sum > u128::from(self.total.get()) {
            let guaranteed = Bytes::new(u64::try_from(sum).unwrap_or(u64::MAX));
            return Err(BudgetError::GuaranteesOverTotal { guaranteed, total: self.total });
        }
        Ok(self)
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn all(limits: &Limits) -> [u64; CATEGORIES] {
        MemoryCategory::ALL.map(|category| limits.category(category).max.get())
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
            Err(BudgetError::LimitOverTotal { category: MemoryCategory::NPU_MODELS, limit: Bytes::new(101), total })
        );
    }

    #[test]
    fn the_original_rounds_every_share_down() {
        assert_eq!(all(&Limits::original(Bytes::new(199))), [49, 59, 39, 19, 19, 9]);
        assert_eq!(all(&Limits::original(Bytes::new(1))), [0; CATEGORIES]);
    }

    #[test]
    fn lending_guarantees_half_and_opens_the_total() {
        let limits = Limits::lending(Bytes::new(1000));
        let ecs = limits.category(MemoryCategory::ECS);
        assert_eq!((ecs.min, ecs.high, ecs.max), (Bytes::new(125), Bytes::new(250), Bytes::new(1000)));
        assert_eq!(limits.clone().checked(), Ok(limits));
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused_with_their_numbers() {
        let b = Bytes::new;
        let bounds = |min, high, max| Bounds { min: b(min), high: b(high), max: b(max), priority: 0 };
        let limits = || Limits::of_total(b(1000));
        let (ecs, node) = (MemoryCategory::ECS, NodeId::Category(MemoryCategory::ECS));
        assert_eq!(
            limits().with_category(ecs, bounds(3, 2, 9)),
            Err(BudgetError::OutOfOrder { node, min: b(3), high: b(2), max: b(9) })
        );
        assert_eq!(
            limits().with_category(ecs, bounds(0, 8, 7)),
            Err(BudgetError::OutOfOrder { node, min: b(0), high: b(8), max: b(7) })
        );
        assert_eq!(
            limits().with_category(ecs, bounds(0, 8, 1001)),
            Err(BudgetError::LimitOverTotal { category: ecs, limit: b(1001), total: b(1000) })
        );
        let half = limits().with_category(ecs, bounds(600, 600, 600)).unwrap();
        assert_eq!(
            half.with_category(MemoryCategory::TEMPORARY, bounds(401, 500, 500)),
            Err(BudgetError::GuaranteesOverTotal { guaranteed: b(1001), total: b(1000) })
        );
        assert_eq!(
            limits().with_heap(Heap::Npu, bounds(1, 2, 3)),
            Err(BudgetError::NoGuarantee { node: NodeId::Heap(Heap::Npu), min: b(1) })
        );
        assert!(
            matches!(limits().with_total(b(299)), Err(BudgetError::LimitOverTotal { limit, .. }) if limit == b(300))
        );
    }
}
