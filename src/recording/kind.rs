//! What most events have in common with others: operation, owner, thread,
//! detail. A chunk of events has a few dozen kinds, so it keeps each once.

use crate::owner::{MemoryCategory, Owner, Tag};
use crate::telemetry::event::{Event, Op, Role};

/// Operation, category, thread, tag and detail, in one word.
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

    /// From a file; `None` where it means nothing.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        let kind = Self(bits);
        let is_known = MemoryCategory::from_index((bits & 0xf) as usize).is_some()
            && ((bits >> 8 & 0xff) as usize) < Op::ALL.len()
            && bits >> 40 == 0;
        is_known.then_some(kind)
    }

    /// In a file.
    pub(super) const fn to_bits(self) -> u64 {
        self.0
    }

    /// What happened.
    #[inline]
    pub const fn op(self) -> Op {
        Op::ALL[(self.0 >> 8 & 0xff) as usize]
    }

    /// Whose memory.
    #[inline]
    pub const fn owner(self) -> Owner {
        Owner::new(MemoryCategory::ALL[(self.0 & 0xf) as usize], Tag((self.0 >> 16) as u16))
    }

    /// Which thread.
    pub const fn thread(self) -> u8 {
        (self.0 >> 4 & 0xf) as u8
    }

    /// More about it.
    pub const fn detail(self) -> u8 {
        (self.0 >> 32) as u8
    }

    /// What it does to the thing it names.
    #[inline]
    pub const fn role(self) -> Role {
        self.op().role()
    }

    /// True for an end that nobody saw.
    pub const fn is_inferred(self) -> bool {
        self.detail() == INFERRED && matches!(self.role(), Role::Ends(_))
    }

    /// True for an end that was put right.
    pub const fn is_corrected(self) -> bool {
        self.detail() == CORRECTED && matches!(self.role(), Role::Ends(_))
    }

    /// The whole event.
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
        let owner = Owner::new(MemoryCategory::NpuTensors, Tag(0xbeef));
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
        for bits in [6, 200 << 8, 1 << 40] {
            assert_eq!(Kind::from_bits(bits), None);
        }
    }
}
