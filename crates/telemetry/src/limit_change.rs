//! What the event of a changed limit says: which bound of whose, from what to what. One
//! event for each bound.

use crate::event::{Event, Op};
use arenascope_units::owner::{Heap, Owner};

/// Stands for no limit, and for more bytes than a record has room for.
const NO_LIMIT: u64 = (1 << 48) - 1;

/// Whose limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitNode {
    /// The total.
    Total,
    /// That of the event's category.
    Category,
    /// That of the event's tag, within its category.
    Tag,
    /// A heap's.
    Heap(Heap),
}

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LimitBound {
    /// Guaranteed.
    Min,
    /// Its own share.
    High,
    /// The most.
    Max,
    /// Who gives way first; no bytes, but a rank.
    Priority,
}

impl LimitBound {
    /// Every one, in order.
    pub const ALL: [Self; 4] = [Self::Min, Self::High, Self::Max, Self::Priority];
}

/// One changed bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChanged {
    /// Whose.
    pub node: LimitNode,
    /// Which.
    pub bound: LimitBound,
    /// What it was, bytes; `None` for no limit.
    pub from: Option<u64>,
    /// What it is now.
    pub to: Option<u64>,
}

impl LimitChanged {
    /// The detail, the offset and the size of its event.
    pub fn to_words(self) -> (u8, u64, u64) {
        let node = match self.node {
            LimitNode::Total => 0,
            LimitNode::Category => 1,
            LimitNode::Tag => 2,
            LimitNode::Heap(heap) => 3 + heap.index() as u8,
        };
        let word = |bytes: Option<u64>| bytes.unwrap_or(NO_LIMIT).min(NO_LIMIT);
        (node << 2 | self.bound as u8, word(self.from), word(self.to))
    }

    /// What an event says; `None` where it is about something else.
    pub fn of(event: &Event) -> Option<Self> {
        if event.op != Op::LimitChange {
            return None;
        }
        let node = match event.detail >> 2 {
            0 => LimitNode::Total,
            1 => LimitNode::Category,
            2 => LimitNode::Tag,
            heap => LimitNode::Heap(*Heap::ALL.get(usize::from(heap) - 3)?),
        };
        let bytes = |word: u64| (word != NO_LIMIT).then_some(word);
        let bound = LimitBound::ALL[usize::from(event.detail & 3)];
        Some(Self { node, bound, from: bytes(event.offset_bytes), to: bytes(event.size_bytes) })
    }

    /// Its event, about memory of `owner`.
    pub fn event(self, time_us: u64, owner: Owner) -> Event {
        let (detail, offset_bytes, size_bytes) = self.to_words();
        Event { detail, owner, offset_bytes, size_bytes, ..Event::note(time_us, Op::LimitChange) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::{MemoryCategory, Tag};

    #[test]
    fn a_change_survives_its_record() {
        let nodes = [LimitNode::Total, LimitNode::Category, LimitNode::Tag];
        let owner = Owner::new(MemoryCategory::GPU_TEXTURES, Tag(7));
        for node in nodes.into_iter().chain(Heap::ALL.map(LimitNode::Heap)) {
            for (bound, to) in LimitBound::ALL.into_iter().zip([Some(0), None, Some(30 << 20), Some(255)]) {
                let change = LimitChanged { node, bound, from: Some(9 << 30), to };
                let event = Event::from_words(change.event(12, owner).to_words()).unwrap();
                assert_eq!((LimitChanged::of(&event), event.owner), (Some(change), owner));
            }
        }
        let unknown = Event { detail: 0xfc, ..Event::note(0, Op::LimitChange) };
        assert_eq!(LimitChanged::of(&unknown), None, "of a later version");
        assert_eq!(LimitChanged::of(&Event::note(0, Op::Submit)), None);
    }
}
