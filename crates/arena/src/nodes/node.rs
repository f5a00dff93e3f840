//! One node of the table: a range of the payload, free or used, or a vacant slot.
//!
//! Nodes lie in the region itself, so they hold no pointers and every bit pattern
//! of one is a valid value. Four words have two lives: while a range is free
//! they belong to the placement policy; while it is used they say who holds it.

use crate::layout::NodeIndex;
use crate::request::Request;
use arenascope_units::Micros;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum NodeState {
    /// No range: the slot is waiting for one.
    Vacant = 0,
    /// A free range, in the index of the policy.
    Free = 1,
    /// An allocation of the placement tier.
    Used = 2,
    /// A range that a thread keeps and gives out by itself.
    Lent = 3,
    /// A freed allocation that guards hold back; its words are still the holder's.
    Quarantined = 4,
}

/// What an allocation records about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
    /// Bytes as asked for.
    pub(crate) requested: u32,
    /// Alignment as asked for: its exponent of two.
    pub(crate) align_log2: u8,
    pub(crate) owner: Owner,
    pub(crate) born: Micros,
}

/// A slot of the table. Offsets and sizes are in granules from the region's base.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) size: u32,
    /// The range in front, by address.
    pub(crate) before: Option<NodeIndex>,
    /// The range behind, by address; in a vacant slot, the next vacant one.
    pub(crate) after: Option<NodeIndex>,
    /// Counts the allocations that this slot has held. Never set back while an
    /// arena lives, not even by a reset: a handle is good for one of them.
    pub(crate) generation: u32,
    state: u8,
    align_log2: u8,
    /// The policy's, free or used. A new node takes it from the range it is cut from.
    pub(crate) mark: u16,
    words: [u32; 4],
}

const _: () = assert!(size_of::<Node>() == 40);

/// The bit beside the alignment's exponent that says there are canaries.
const GUARDED: u8 = 0x80;

const REQUESTED: usize = 0;
const OWNER: usize = 1;
const BORN_LOW: usize = 2;
const BORN_HIGH: usize = 3;

impl Node {
    /// What the node stands for; `None` where the byte says nothing known.
    pub(crate) const fn state(&self) -> Option<NodeState> {
        match self.state {
            0 => Some(NodeState::Vacant),
            1 => Some(NodeState::Free),
            2 => Some(NodeState::Used),
            3 => Some(NodeState::Lent),
            4 => Some(NodeState::Quarantined),
            _ => None,
        }
    }

    /// True for a free range.
    pub(crate) const fn is_free(&self) -> bool {
        self.state == NodeState::Free as u8
    }

    /// True for an allocation.
    pub(crate) const fn is_used(&self) -> bool {
        self.state == NodeState::Used as u8
    }

    /// True for a range that a thread keeps.
    pub(crate) const fn is_lent(&self) -> bool {
        self.state == NodeState::Lent as u8
    }

    /// Makes the node of an allocation one that a thread keeps, under the record
    /// `name`; under none if it is a page.
    pub(crate) fn set_lent(&mut self, name: u32) {
        self.state = NodeState::Lent as u8;
        self.words[OWNER] = name;
    }

    /// The record of a range that a thread keeps; zero for a page.
    pub(crate) const fn lent_name(&self) -> u32 {
        self.words[OWNER]
    }

    /// True for a freed allocation that guards hold back.
    pub(crate) const fn is_quarantined(&self) -> bool {
        self.state == NodeState::Quarantined as u8
    }

    /// True for an allocation with canaries, live or in quarantine.
    pub(crate) const fn is_guarded(&self) -> bool {
        (self.is_used() || self.is_quarantined()) && self.align_log2 & GUARDED != 0
    }

    /// One past the last granule. 64 bits: a damaged node must not wrap.
    pub(crate) const fn end(&self) -> u64 {
        self.start as u64 + self.size as u64
    }

    /// Sets where the range starts and how long it is.
    pub(crate) fn set_extent(&mut self, start: u32, size: u32) {
        (self.start, self.size) = (start, size);
    }

    /// Makes the node a free range; its words are the policy's from now on,
    /// with whatever they held.
    pub(crate) fn set_free(&mut self) {
        self.state = NodeState::Free as u8;
    }

    /// Makes an allocation one that guards hold back.
    pub(crate) fn set_quarantined(&mut self) {
        self.state = NodeState::Quarantined as u8;
    }

    /// Makes an allocation one with canaries.
    pub(crate) fn set_guarded(&mut self) {
        self.align_log2 |= GUARDED;
    }

    /// Makes the slot vacant. The generation stays, so old handles stay refused.
    pub(crate) fn set_vacant(&mut self) {
        self.state = NodeState::Vacant as u8;
    }

    /// Makes the node an allocation, of the next generation.
    pub(crate) fn set_used(&mut self, request: &Request) {
        let born = request.now.get();
        let Owner { category, tag } = request.owner;
        self.state = NodeState::Used as u8;
        self.generation = self.generation.wrapping_add(1);
        self.align_log2 = request.align.get().trailing_zeros() as u8;
        self.words[REQUESTED] = request.size.get() as u32;
        self.words[OWNER] = (category.index() as u32) << 16 | u32::from(tag.0);
        self.words[BORN_LOW] = born as u32;
        self.words[BORN_HIGH] = (born >> 32) as u32;
    }

    /// Who holds the range, or held it before its quarantine; `None` where nobody does,
    /// or the record is damaged.
    pub(crate) fn holding(&self) -> Option<Holding> {
        let owner = self.words[OWNER];
        let category = MemoryCategory::from_index((owner >> 16) as usize)?;
        let born = u64::from(self.words[BORN_HIGH]) << 32 | u64::from(self.words[BORN_LOW]);
        (self.is_used() || self.is_quarantined()).then_some(Holding {
            requested: self.words[REQUESTED],
            align_log2: self.align_log2 & !GUARDED,
            owner: Owner::new(category, Tag(owner as u16)),
            born: Micros::new(born),
        })
    }

    /// Bytes that the holder of a used range asked for.
    pub(crate) const fn requested(&self) -> u32 {
        self.words[REQUESTED]
    }

    /// Sets the bytes that the holder of a used range asked for.
    pub(crate) fn set_requested(&mut self, requested: u32) {
        self.words[REQUESTED] = requested;
    }

    /// Alignment that the holder of a used range asked for, in bytes.
    pub(crate) const fn align(&self) -> u32 {
        // At most 64 KiB; a damaged node must not overflow.
        1 << (self.align_log2 & 31)
    }

    /// A word of the policy's four, as a number.
    pub(crate) const fn word(&self, word: usize) -> u32 {
        self.words[word]
    }

    /// Sets a word of the policy's four to a number.
    pub(crate) fn set_word(&mut self, word: usize, value: u32) {
        self.words[word] = value;
    }

    /// Sets the policy's four words: two links and two numbers.
    pub(crate) fn set_words(&mut self, first: Option<NodeIndex>, second: Option<NodeIndex>, third: u32, fourth: u32) {
        let link = |to: Option<NodeIndex>| to.map_or(0, |index| index.number().get());
        self.words = [link(first), link(second), third, fourth];
    }

    /// A word of the policy's four, as a link to another node.
    pub(crate) fn link(&self, word: usize) -> Option<NodeIndex> {
        NodeIndex::from_number(self.words[word])
    }

    /// Sets a word of the policy's four to a link to another node.
    pub(crate) fn set_link(&mut self, word: usize, to: Option<NodeIndex>) {
        self.words[word] = to.map_or(0, |index| index.number().get());
    }
}
