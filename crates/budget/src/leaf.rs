//! The leaves of the tree: tags, as nodes that come to be with their first
//! charge. Their number is bounded; what finds none free shares one.

use super::error::{Counter, Underflow};
use super::limits::Bounds;
use super::node::{Node, lower};
use super::sync::AtomicU64;
use super::sync::Ordering::{AcqRel, Acquire, Relaxed};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Tag};
use core::array;

/// Tags with a node of their own, per category.
#[cfg(not(loom))]
pub const TAGS_PER_CATEGORY: usize = 32;
/// Few, so that a model has few words.
#[cfg(loom)]
pub const TAGS_PER_CATEGORY: usize = 1;

/// One tag: its level, and what is charged on each heap.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) node: Node,
    charged: [AtomicU64; Heap::ALL.len()],
    /// The tag plus one; 0 while nobody has this leaf.
    key: AtomicU64,
}

impl Leaf {
    fn new(watched: bool) -> Self {
        Self {
            node: Node::new(Bounds::OPEN, watched),
            charged: array::from_fn(|_| AtomicU64::new(0)),
            key: AtomicU64::new(0),
        }
    }

    /// Moves `size` claimed bytes from reserved to charged. Cannot overflow: the
    /// word stays below what is claimed.
    #[inline]
    pub(super) fn charge(&self, heap: Heap, size: Bytes) {
        self.charged[heap.index()].fetch_add(size.get(), Relaxed);
    }

    /// Moves `size` charged bytes back to reserved.
    #[inline]
    pub(super) fn uncharge(&self, heap: Heap, size: Bytes) -> Result<u64, Underflow> {
        lower(&self.charged[heap.index()], size, Counter::Heap(heap))
    }

    pub(super) fn by_heap(&self) -> [Bytes; Heap::ALL.len()] {
        self.charged.each_ref().map(|word| Bytes::new(word.load(Relaxed)))
    }

    fn tag(&self) -> Option<Tag> {
        // A key was made from a tag, so it fits one again.
        self.key.load(Acquire).checked_sub(1).map(|tag| Tag(tag as u16))
    }
}

/// Position of a leaf in its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u16);

impl Slot {
    /// The leaf that tags without one of their own share.
    pub(super) const SHARED: Self = Self(TAGS_PER_CATEGORY as u16);
}

/// All leaves of one category.
#[derive(Debug)]
pub(super) struct Leaves {
    own: [Leaf; TAGS_PER_CATEGORY],
    shared: Leaf,
    /// Requests that had to share.
    overflow: AtomicU64,
}

impl Leaves {
    pub(super) fn new(watched: bool) -> Self {
        Self { own: array::from_fn(|_| Leaf::new(watched)), shared: Leaf::new(watched), overflow: AtomicU64::new(0) }
    }

    #[inline]
    pub(super) fn leaf(&self, slot: Slot) -> &Leaf {
        self.own.get(usize::from(slot.0)).unwrap_or(&self.shared)
    }

    /// The leaf of `tag`, made if need be; the shared one, counted, where all
    /// are taken. One load where the tag's number finds its place free, which it
    /// does while a category has no more tags than places in a row.
    #[inline]
    pub(super) fn slot_of(&self, tag: Tag) -> Slot {
        match self.find(tag) {
            Some(slot) => slot,
            None => {
                self.overflow.fetch_add(1, Relaxed);
                Slot::SHARED
            }
        }
    }

    /// As [`Self::slot_of`]; `None` where all are taken.
    #[inline]
    pub(super) fn find(&self, tag: Tag) -> Option<Slot> {
        let (key, start) = (u64::from(tag.0) + 1, usize::from(tag.0) % TAGS_PER_CATEGORY);
        if self.own[start].key.load(Acquire) == key { Some(Slot(start as u16)) } else { self.probe(key, start) }
    }

    /// The place of `key`, from `start` on; takes the first that is free.
    #[cold]
    fn probe(&self, key: u64, start: usize) -> Option<Slot> {
        for index in (start..TAGS_PER_CATEGORY).chain(0..start) {
            let word = &self.own[index].key;
            let mut held = word.load(Acquire);
            if held == 0 {
                // Released, so that who finds the key finds the leaf's bounds.
                held = word.compare_exchange(0, key, AcqRel, Acquire).err().unwrap_or(key);
            }
            if held == key {
                return Some(Slot(index as u16));
            }
        }
        None
    }

    /// The leaf of `tag`, if it has one.
    pub(super) fn peek(&self, tag: Tag) -> Option<Slot> {
        self.own.iter().position(|leaf| leaf.tag() == Some(tag)).map(|index| Slot(index as u16))
    }

    /// Leaves that no tag has yet.
    pub(super) fn vacant(&self) -> usize {
        self.own.iter().filter(|leaf| leaf.tag().is_none()).count()
    }

    /// Requests that had to share a leaf.
    pub(super) fn overflow(&self) -> u64 {
        self.overflow.load(Relaxed)
    }

    /// Leaves that have a tag, in the order of tags; then the shared one, under
    /// no tag, if it was ever needed.
    pub(super) fn used(&self) -> Vec<(Option<Tag>, &Leaf)> {
        let mut used: Vec<_> = self.own.iter().filter_map(|leaf| Some((leaf.tag()?, leaf))).collect();
        used.sort_by_key(|(tag, _)| *tag);
        let shared = (self.overflow() > 0).then_some((None, &self.shared));
        used.into_iter().map(|(tag, leaf)| (Some(tag), leaf)).chain(shared).collect()
    }

    /// Bytes charged on each heap, over all leaves.
    pub(super) fn by_heap(&self) -> [Bytes; Heap::ALL.len()] {
        let mut sums = [Bytes::ZERO; Heap::ALL.len()];
        for leaf in self.own.iter().chain([&self.shared]) {
            for (sum, bytes) in sums.iter_mut().zip(leaf.by_heap()) {
                *sum = [*sum, bytes].into_iter().sum();
            }
        }
        sums
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_tag_keeps_its_leaf_and_the_last_ones_share() {
        let leaves = Leaves::new(false);
        // Two tags with the same place: the second goes to the next.
        let [first, second] = [Tag(5), Tag(5 + TAGS_PER_CATEGORY as u16)].map(|tag| leaves.slot_of(tag));
        assert_ne!(first, second);
        assert_eq!(leaves.slot_of(Tag(5)), first);
        for tag in 100..98 + TAGS_PER_CATEGORY as u16 {
            assert_ne!(leaves.slot_of(Tag(tag)), Slot::SHARED, "{tag}");
        }
        assert_eq!((leaves.slot_of(Tag(7000)), leaves.slot_of(Tag::NONE)), (Slot::SHARED, Slot::SHARED));
        assert_eq!(leaves.overflow(), 2);
        let used = leaves.used();
        assert_eq!((used.len(), used.last().unwrap().0), (TAGS_PER_CATEGORY + 1, None));
    }

    #[test]
    fn the_wrong_heap_is_an_underflow() {
        let leaf = Leaf::new(false);
        leaf.charge(Heap::Arena, Bytes::new(10));
        let wrong = Underflow { counter: Counter::Heap(Heap::Npu), held: Bytes::ZERO, released: Bytes::new(10) };
        assert_eq!(leaf.uncharge(Heap::Npu, Bytes::new(10)), Err(wrong));
        assert_eq!(leaf.by_heap(), [10, 0, 0].map(Bytes::new));
    }
}
