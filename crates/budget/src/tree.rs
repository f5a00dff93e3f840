//! The levels and how a request walks through them: category, tag, heap where
//! heaps are limited, root. The category comes before its tag, which has no
//! limit but for those that were given one: who is over both hears of the first.

use super::error::{AccountingError, BudgetError, Level, NodeId, Underflow};
use super::event::{EventKind, Journal};
use super::leaf::{Leaf, Leaves, Slot, TAGS_PER_CATEGORY};
use super::limits::{Bounds, Limits};
use super::node::{Crossing, Node};
use super::reclaim::Freed;
use super::shortfall::Shortfall;
use super::state::{BudgetState, CategoryState, HeapState, NodeState, TagState};
use super::sync::AtomicU64;
use super::sync::Ordering::Relaxed;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner, Tag};
use arenascope_units::pressure::Pressure;

/// A level of the tree with its name in errors.
type Step<'a> = (Level, &'a Node);

/// Levels that a request passes at most.
const DEPTH: usize = 4;

/// Where bytes belong: a leaf of the tree, and a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) owner: Owner,
    pub(super) heap: Heap,
    slot: Slot,
}

/// The levels of one place, the root last. Two shapes of known length, so that
/// the loops over them unroll.
enum Path<'a> {
    Three([Step<'a>; 3]),
    Four([Step<'a>; DEPTH]),
}

impl<'a> Path<'a> {
    fn steps(&self) -> &[Step<'a>] {
        match self {
            Self::Three(steps) => steps,
            Self::Four(steps) => steps,
        }
    }
}

#[derive(Debug)]
struct Category {
    node: Node,
    leaves: Leaves,
}

/// The root, its categories with their tags, the heaps, and the count of what
/// should never happen.
#[derive(Debug)]
pub(super) struct Tree {
    root: Node,
    categories: [Category; MemoryCategory::ALL.len()],
    heaps: Option<[Node; Heap::ALL.len()]>,
    /// Sum of the categories' minimums.
    guaranteed: AtomicU64,
    accounting_errors: AtomicU64,
    pub(super) journal: Journal,
}

impl Tree {
    pub(super) fn new(limits: &Limits) -> Self {
        let watched = limits.watched();
        let category =
            |category| Category { node: Node::new(limits.category(category), watched), leaves: Leaves::new(watched) };
        let heap = |heap| limits.heap(heap).map(|bounds| Node::new(bounds, watched));
        let heaps = match Heap::ALL.map(heap) {
            [Some(arena), Some(device), Some(npu)] => Some([arena, device, npu]),
            _ => None,
        };
        let tree = Self {
            root: Node::new(Bounds::wall(limits.total()), watched),
            categories: MemoryCategory::ALL.map(category),
            heaps,
            guaranteed: AtomicU64::new(guaranteed(limits)),
            accounting_errors: AtomicU64::new(0),
            journal: Journal::new(),
        };
        tree.set_tags(limits);
        tree
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    #[inline]
    pub(super) fn category(&self, category: MemoryCategory) -> &Node {
        &self.categories[category.index()].node
    }

    #[inline]
    pub(super) fn leaf(&self, place: &Place) -> &Leaf {
        self.categories[place.owner.category.index()].leaves.leaf(place.slot)
    }

    /// Where bytes of `owner` on `heap` belong; makes the tag's node if need be.
    #[inline]
    pub(super) fn place(&self, owner: Owner, heap: Heap) -> Place {
        let slot = self.categories[owner.category.index()].leaves.slot_of(owner.tag);
        Place { owner, heap, slot }
    }

    /// As [`Self::place`], without making a node: a tag that has none has no
    /// limit either, like the node that tags share.
    pub(super) fn peek(&self, owner: Owner, heap: Heap) -> Place {
        let slot = self.categories[owner.category.index()].leaves.peek(owner.tag);
        Place { owner, heap, slot: slot.unwrap_or(Slot::SHARED) }
    }

    #[inline]
    fn path(&self, place: &Place) -> Path<'_> {
        let tag = (Level::Tag, &self.leaf(place).node);
        let category = (Level::Category, self.category(place.owner.category));
        let root = (Level::Total, &self.root);
        match &self.heaps {
            None => Path::Three([category, tag, root]),
            Some(heaps) => {
                let heap = (Level::Heap(place.heap), &heaps[place.heap.index()]);
                Path::Four([category, tag, heap, root])
            }
        }
    }

    /// Whether `size` more bytes would fit at every level now.
    pub(super) fn has_room(&self, place: &Place, size: Bytes) -> bool {
        let category = self.category(place.owner.category);
        let after = category.claimed().get().saturating_add(size.get());
        let set_aside = self.set_aside(place.owner.category, after);
        let fits = |&(level, node): &Step<'_>| node.has_room(size, if level == Level::Total { set_aside } else { 0 });
        self.path(place).steps().iter().all(fits)
    }

    /// The worse of a heap's own pressure and the total's, in the order of
    /// [`Heap::ALL`].
    pub(super) fn pressure(&self) -> [Pressure; Heap::ALL.len()] {
        let total = self.root.pressure();
        Heap::ALL.map(|heap| self.heaps.as_ref().map_or(total, |heaps| heaps[heap.index()].pressure().max(total)))
    }

    /// What the total owes to categories other than `category`, which would
    /// hold `after` bytes: their unused minimums. A request within its own
    /// minimum owes nothing: it takes what is its own.
    ///
    /// The words are read one after the other. While others claim, the sum can
    /// be some requests old, and a few bytes too many be lent; the lender's
    /// request then reclaims them. The total itself is never exceeded.
    #[inline]
    fn set_aside(&self, category: MemoryCategory, after: u64) -> u64 {
        if self.guaranteed.load(Relaxed) == 0 || after <= self.category(category).bounds().min.get() {
            return 0;
        }
        let others = MemoryCategory::ALL.into_iter().filter(|&other| other != category);
        others.fold(0, |sum, other| sum.saturating_add(self.category(other).unmet()))
    }

    /// Speaks for `size` bytes at every level, or at none. Counts no failure:
    /// the caller may reclaim and ask again.
    #[inline]
    pub(super) fn claim(&self, place: &Place, size: Bytes) -> Result<(), BudgetError> {
        match self.path(place) {
            Path::Three(steps) => self.claim_steps(&steps, place, size),
            Path::Four(steps) => self.claim_steps(&steps, place, size),
        }
    }

    #[inline]
    fn claim_steps<const N: usize>(
        &self,
        steps: &[Step<'_>; N],
        place: &Place,
        size: Bytes,
    ) -> Result<(), BudgetError> {
        let (mut set_aside, mut claimed) = (0, [0; N]);
        for (taken, &(level, node)) in steps.iter().enumerate() {
            // The root is last, the category first.
            let aside = if taken == N - 1 { set_aside } else { 0 };
            match node.claim(size, aside) {
                Ok(after) => claimed[taken] = after,
                Err(shortfall) => return Err(self.roll_back(&steps[..taken], level, place, shortfall)),
            }
            if taken == 0 {
                set_aside = self.set_aside(place.owner.category, claimed[0]);
            }
        }
        for (&(level, node), after) in steps.iter().zip(claimed) {
            self.report(level, place, node.note_zone(after));
        }
        Ok(())
    }

    /// Speaks for `size` bytes at every level, whatever the limits.
    pub(super) fn hold(&self, place: &Place, size: Bytes) {
        for &(level, node) in self.path(place).steps() {
            self.report(level, place, node.note_zone(node.hold(size)));
        }
    }

    /// Undoes the levels that were claimed and words the refusal.
    #[cold]
    fn roll_back(&self, taken: &[Step<'_>], level: Level, place: &Place, shortfall: Shortfall) -> BudgetError {
        // A rollback that underflows is counted; the refusal is what the
        // caller has to know.
        let _ = self.lower(place, taken, shortfall.wanted);
        BudgetError::refusal(level, place.owner.category, shortfall, self.current(level, place))
    }

    /// Gives back claimed bytes that are not charged.
    #[inline]
    pub(super) fn unclaim(&self, place: &Place, size: Bytes) -> Result<(), AccountingError> {
        match self.path(place) {
            Path::Three(steps) => self.lower(place, &steps, size),
            Path::Four(steps) => self.lower(place, &steps, size),
        }
    }

    /// Moves claimed bytes from reserved to charged.
    #[inline]
    pub(super) fn charge(&self, place: &Place, size: Bytes) {
        self.leaf(place).charge(place.heap, size);
        match self.path(place) {
            Path::Three(steps) => steps.iter().for_each(|(_, node)| node.note_peak()),
            Path::Four(steps) => steps.iter().for_each(|(_, node)| node.note_peak()),
        }
    }

    /// Moves charged bytes back to reserved.
    #[inline]
    pub(super) fn uncharge(&self, place: &Place, size: Bytes) -> Result<(), AccountingError> {
        self.leaf(place).uncharge(place.heap, size).map(drop).map_err(|error| self.wrong(Level::Tag, place, error))
    }

    /// Counts a refused request along its whole path, and tells of it.
    pub(super) fn note_refusal(&self, place: &Place, wanted: Bytes, error: &BudgetError) {
        self.path(place).steps().iter().for_each(|(_, node)| node.note_failure());
        if let Some((level, missing)) = error.shortage() {
            let Place { owner, heap, .. } = *place;
            self.journal.push(EventKind::Refused { owner, heap, wanted, level, missing });
        }
    }

    /// Counts what was given back for the request of `by`, and tells of it.
    pub(super) fn note_reclaimed(&self, asked_of: MemoryCategory, asked: Bytes, freed: &Freed, by: Owner) {
        self.root.note_reclaimed(freed.total());
        for from in MemoryCategory::ALL {
            let asked = if from == asked_of { asked } else { Bytes::ZERO };
            let freed = freed.of(from);
            if !(asked.is_zero() && freed.is_zero()) {
                self.category(from).note_reclaimed(freed);
                self.journal.push(EventKind::Reclaimed { from, asked, freed, by });
            }
        }
    }

    /// Replaces the bounds of every node.
    pub(super) fn set_limits(&self, limits: &Limits) -> Result<(), BudgetError> {
        self.check_nodes(limits)?;
        self.guaranteed.store(guaranteed(limits), Relaxed);
        self.tell(NodeId::Total, self.root.set_bounds(Bounds::wall(limits.total())));
        for category in MemoryCategory::ALL {
            let crossing = self.category(category).set_bounds(limits.category(category));
            self.tell(NodeId::Category(category), crossing);
        }
        for (heap, node) in Heap::ALL.into_iter().zip(self.heaps.iter().flatten()) {
            let crossing = node.set_bounds(limits.heap(heap).unwrap_or(Bounds::OPEN));
            self.tell(NodeId::Heap(heap), crossing);
        }
        self.set_tags(limits);
        Ok(())
    }

    /// That there is a node for everything that `limits` bounds.
    fn check_nodes(&self, limits: &Limits) -> Result<(), BudgetError> {
        if self.heaps.is_none() && Heap::ALL.iter().any(|&heap| limits.heap(heap).is_some()) {
            return Err(BudgetError::HeapsUnlimited);
        }
        for (category, Category { leaves, .. }) in MemoryCategory::ALL.into_iter().zip(&self.categories) {
            let fresh = |owner: &Owner| owner.category == category && leaves.peek(owner.tag).is_none();
            if limits.tags().filter(|(owner, _)| fresh(owner)).count() > leaves.vacant() {
                return Err(BudgetError::TooManyTags { category, most: TAGS_PER_CATEGORY as u64 });
            }
        }
        Ok(())
    }

    /// Bounds of every tag that has a node, or gets one because it is bounded.
    fn set_tags(&self, limits: &Limits) {
        for (owner, _) in limits.tags() {
            self.categories[owner.category.index()].leaves.find(owner.tag);
        }
        for (category, Category { leaves, .. }) in MemoryCategory::ALL.into_iter().zip(&self.categories) {
            for (tag, leaf) in leaves.used() {
                let owner = Owner::new(category, tag.unwrap_or(Tag::NONE));
                let bounds = if tag.is_some() { limits.tag(owner) } else { Bounds::OPEN };
                self.tell(NodeId::Tag(owner), leaf.node.set_bounds(bounds));
            }
        }
    }

    /// The bounds of every node, as they are now.
    pub(super) fn limits(&self) -> Result<Limits, BudgetError> {
        let mut limits = Limits::open(self.root.limit(), self.root.is_watched());
        for category in MemoryCategory::ALL {
            limits = limits.with_category(category, self.category(category).bounds())?;
        }
        for (heap, node) in Heap::ALL.into_iter().zip(self.heaps.iter().flatten()) {
            limits = limits.with_heap(heap, node.bounds())?;
        }
        for TagState { category, tag, node } in self.tags() {
            let NodeState { min, high, limit: max, priority, .. } = node;
            let bounds = Bounds { min, high, max, priority };
            if let Some(tag) = tag.filter(|_| bounds != Bounds::OPEN) {
                limits = limits.with_tag(Owner::new(category, tag), bounds)?;
            }
        }
        Ok(limits)
    }

    /// Every figure of total, heaps and categories.
    pub(super) fn state(&self) -> BudgetState {
        let categories = MemoryCategory::ALL.map(|category| self.category_state(category));
        let mut by_heap = [Bytes::ZERO; Heap::ALL.len()];
        for row in &categories {
            for (sum, bytes) in by_heap.iter_mut().zip(row.node.by_heap) {
                *sum = [*sum, bytes].into_iter().sum();
            }
        }
        BudgetState {
            total: NodeState::new(self.root.words(), by_heap),
            heaps: Heap::ALL.map(|heap| self.heap_state(heap, by_heap[heap.index()])),
            categories,
            accounting_errors: self.accounting_errors.load(Relaxed),
        }
    }

    fn heap_state(&self, heap: Heap, current: Bytes) -> HeapState {
        let mut by_heap = [Bytes::ZERO; Heap::ALL.len()];
        by_heap[heap.index()] = current;
        let node = self.heaps.as_ref().map(|heaps| NodeState::new(heaps[heap.index()].words(), by_heap));
        HeapState { heap, current, node }
    }

    pub(super) fn category_state(&self, category: MemoryCategory) -> CategoryState {
        let Category { node, leaves } = &self.categories[category.index()];
        CategoryState {
            category,
            node: NodeState::new(node.words(), leaves.by_heap()),
            tags_overflow: leaves.overflow(),
        }
    }

    /// Every tag that was ever charged or bounded, by category and tag.
    pub(super) fn tags(&self) -> Vec<TagState> {
        let of = |category: MemoryCategory| {
            let used = self.categories[category.index()].leaves.used().into_iter();
            used.map(move |(tag, leaf)| TagState {
                category,
                tag,
                node: NodeState::new(leaf.node.words(), leaf.by_heap()),
            })
        };
        MemoryCategory::ALL.into_iter().flat_map(of).collect()
    }

    /// What is charged at one level of a path; for the numbers of a refusal.
    fn current(&self, level: Level, place: &Place) -> Bytes {
        let leaves = |category: MemoryCategory| self.categories[category.index()].leaves.by_heap();
        match level {
            Level::Tag => self.leaf(place).by_heap().into_iter().sum(),
            Level::Category => leaves(place.owner.category).into_iter().sum(),
            Level::Heap(heap) => MemoryCategory::ALL.into_iter().map(|category| leaves(category)[heap.index()]).sum(),
            Level::Total => MemoryCategory::ALL.into_iter().flat_map(leaves).sum(),
        }
    }

    /// Lowers every level, the root first: who finds room in a category then
    /// finds it in the total too, and the total is never above the sum of its
    /// categories. Whatever one level says, the others are lowered: a wrong level
    /// must not make them wrong too. Counts each underflow, returns the last.
    #[inline]
    fn lower(&self, place: &Place, steps: &[Step<'_>], size: Bytes) -> Result<(), AccountingError> {
        let mut outcome = Ok(());
        for &(level, node) in steps.iter().rev() {
            match node.unclaim(size) {
                Ok(left) => self.report(level, place, node.note_zone(left)),
                Err(underflow) => outcome = Err(self.wrong(level, place, underflow)),
            }
        }
        outcome
    }

    fn wrong(&self, level: Level, place: &Place, underflow: Underflow) -> AccountingError {
        self.accounting_errors.fetch_add(1, Relaxed);
        AccountingError { level, category: place.owner.category, underflow }
    }

    #[inline]
    fn report(&self, level: Level, place: &Place, crossing: Option<Crossing>) {
        if crossing.is_some() {
            let node = match level {
                Level::Tag => NodeId::Tag(place.owner),
                Level::Category => NodeId::Category(place.owner.category),
                Level::Heap(heap) => NodeId::Heap(heap),
                Level::Total => NodeId::Total,
            };
            self.tell(node, crossing);
        }
    }

    fn tell(&self, node: NodeId, crossing: Option<Crossing>) {
        if let Some(Crossing { from, to, claimed, limit }) = crossing {
            self.journal.push(EventKind::Pressure { node, from, to, claimed, limit });
        }
    }
}

fn guaranteed(limits: &Limits) -> u64 {
    // Checked: the minimums fit into the total together.
    MemoryCategory::ALL.into_iter().map(|category| limits.category(category).min).sum::<Bytes>().get()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::error::Counter;
    use super::*;

    const CATEGORY: MemoryCategory = MemoryCategory::ECS;

    fn tree() -> (Tree, [Place; 2]) {
        let tree = Tree::new(&Limits::new(Bytes::new(100), [Bytes::new(60); 6]).unwrap());
        let places = [CATEGORY, MemoryCategory::TEMPORARY].map(|category| tree.place(category.into(), Heap::Arena));
        (tree, places)
    }

    #[test]
    fn the_root_refuses_and_the_levels_below_are_rolled_back() {
        let (tree, [ecs, temporary]) = tree();
        tree.claim(&temporary, Bytes::new(60)).unwrap();
        let refusal = tree.claim(&ecs, Bytes::new(41)).unwrap_err();
        assert!(matches!(refusal, BudgetError::OverLimit { level: Level::Total, category: CATEGORY, .. }));
        assert_eq!((tree.category(CATEGORY).claimed(), tree.leaf(&ecs).node.claimed()), (Bytes::ZERO, Bytes::ZERO));
        assert_eq!(tree.root().claimed(), Bytes::new(60));
        assert_eq!(tree.claim(&ecs, Bytes::new(40)), Ok(()));
    }

    #[test]
    fn an_underflow_is_typed_and_counted_at_each_level() {
        let (tree, [ecs, temporary]) = tree();
        tree.claim(&ecs, Bytes::new(10)).unwrap();
        // Another category keeps the root from underflowing with the first.
        tree.claim(&temporary, Bytes::new(10)).unwrap();
        let error = tree.unclaim(&ecs, Bytes::new(15)).unwrap_err();
        let underflow = Underflow { counter: Counter::Claimed, held: Bytes::new(10), released: Bytes::new(15) };
        assert_eq!(error, AccountingError { level: Level::Category, category: CATEGORY, underflow });
        assert_eq!(tree.state().accounting_errors, 2, "category and tag");
        tree.unclaim(&ecs, Bytes::new(50)).unwrap_err();
        assert_eq!(tree.state().accounting_errors, 5, "and the total");
    }
}
