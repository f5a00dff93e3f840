//! What most events have in common with others: operation, owner, thread,
//! detail. A chunk of events has a few dozen kinds, so it keeps each once.

use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};

/// Operation, category, thread, tag, detail and call stack, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u64);

/// The detail of an end that was not seen, but follows from what came after.
pub const INFERRED: u8 = 0xff;
/// The detail of an end whose size or category was put right, because an event
/// between is missing.
pub const CORRECTED: u8 = 0xfe;

impl Kind {
    /// The kind of a record, which [`Event::from_words`] accepts.
    #[inline]
    pub(super) const fn of_words(words: &[u64; 4]) -> Self {
        Self(words[0] & 0xffff | (words[3] & 0xffff) << 16 | (words[2] >> 56) << 32)
    }

    /// The same from a call stack, of which 24 bits are kept.
    #[inline]
    pub(super) const fn at_site(self, site: u32) -> Self {
        Self(self.0 & ((1 << 40) - 1) | (site as u64) << 40)
    }

    /// The call stack that it came from, a [`arenascope_trace::Site`]; 0 where nobody said.
    #[inline]
    pub const fn site(self) -> u32 {
        (self.0 >> 40) as u32
    }

    /// From a file; `None` where it means nothing.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        let kind = Self(bits);
        let is_known = ((bits >> 8 & 0xff) as usize) < Op::ALL.len();
        is_known.then_some(kind)
    }

    /// The word that stands for the kind in a file.
    pub(super) const fn to_bits(self) -> u64 {
        self.0
    }

    /// The operation.
    #[inline]
    pub const fn op(self) -> Op {
        Op::ALL[(self.0 >> 8 & 0xff) as usize]
    }

    /// Category and tag of the memory.
    #[inline]
    pub const fn owner(self) -> Owner {
        Owner::new(MemoryCategory::from_low_bits(self.0), Tag((self.0 >> 16) as u16))
    }

    /// The thread that said it, below 16: 0 is the engine.
    pub const fn thread(self) -> u8 {
        (self.0 >> 4 & 0xf) as u8
    }

    /// More about it, by operation: see [`Op`].
    pub const fn detail(self) -> u8 {
        (self.0 >> 32) as u8
    }

    /// What it does to the thing it names.
    #[inline]
    pub const fn role(self) -> Role {
        self.op().role()
    }

    /// True where the thing's size may be another after it.
    pub(super) const fn resizes(self) -> bool {
        matches!(self.op(), Op::ArenaResize | Op::Resize)
    }

    /// True for an end that nobody saw.
    pub const fn is_inferred(self) -> bool {
        self.detail() == INFERRED && matches!(self.role(), Role::Ends(_))
    }

    /// True for an end that was put right.
    pub const fn is_corrected(self) -> bool {
        self.detail() == CORRECTED && matches!(self.role(), Role::Ends(_))
    }

    /// The event of this kind with what is its own.
    pub(super) const fn event(self, time_us: u64, id: u64, offset_bytes: u64, size_bytes: u64) -> Event {
        let (op, thread, detail, owner) = (self.op(), self.thread(), self.detail(), self.owner());
        Event { time_us, op, thread, detail, owner, id, offset_bytes, size_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_the_event_without_its_numbers() {
        let owner = Owner::new(MemoryCategory::NPU_TENSORS, Tag(0xbeef));
        let event = Event {
            thread: 9,
            detail: 0xa5,
            owner,
            id: 1,
            offset_bytes: 2,
            size_bytes: 3,
            ..Event::note(4, Op::Complete)
        };
        let kind = Kind::of_words(&event.to_words());
        assert_eq!(kind.event(4, 1, 2, 3), event);
        assert_eq!(Kind::from_bits(kind.to_bits()), Some(kind));
        assert_eq!(kind.at_site(0xff_fffe).site(), 0xff_fffe);
        assert_eq!(Kind::from_bits(kind.at_site(7).to_bits()), Some(kind.at_site(7)));
        assert_eq!(Kind::from_bits(200 << 8), None);
    }

    #[test]
    fn a_kind_has_any_category_that_a_run_can_declare() {
        for category in MemoryCategory::every() {
            let event = Event { owner: category.into(), ..Event::note(4, Op::ArenaAllocate) };
            let kind = Kind::from_bits(Kind::of_words(&event.to_words()).to_bits());
            assert_eq!(kind.map(|kind| kind.owner().category), Some(category));
        }
    }
}
