//! The event record, 32 bytes.

pub use super::op::{FailureReason, Op, Role};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};

/// Threads that are told apart: 4 bits of the record.
pub const THREADS: usize = 16;

/// Something that one thread did, or that happened to it, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Engine time since the run's start, µs (48 bits: 8 years).
    pub time_us: u64,
    /// The operation; it says what the other fields mean.
    pub op: Op,
    /// Which thread did it, below [`THREADS`]; its ring's number.
    pub thread: u8,
    /// More about it, by operation: see [`Op`]; 0 for most.
    pub detail: u8,
    /// Category and tag of the memory; [`NOBODY`] where it is about none.
    pub owner: Owner,
    /// The allocation, resource or submission it happened to.
    pub id: u64,
    /// Where in the arena (56 bits); 0 for others.
    pub offset_bytes: u64,
    /// How much (48 bits).
    pub size_bytes: u64,
}

/// The owner of events that concern nobody in particular.
pub const NOBODY: Owner = Owner::new(MemoryCategory::TEMPORARY, Tag(u16::MAX));

impl Event {
    /// An event about nobody and nothing in particular.
    pub const fn note(time_us: u64, op: Op) -> Self {
        Self { time_us, op, thread: 0, detail: 0, owner: NOBODY, id: 0, offset_bytes: 0, size_bytes: 0 }
    }

    /// That `count` events are missing here.
    pub const fn lost(time_us: u64, count: u64) -> Self {
        Self { size_bytes: count, ..Self::note(time_us, Op::Lost) }
    }

    /// The record: four words. Higher bits than there is room for are cut off.
    ///
    /// | word | from the highest bit |
    /// |---|---|
    /// | 0 | time 48, operation 8, thread 4, category 4 |
    /// | 1 | number 64 |
    /// | 2 | detail 8, offset 56 |
    /// | 3 | size 48, tag 16 |
    #[inline]
    pub const fn to_words(self) -> [u64; 4] {
        let thread = (self.thread as u64 & 0xf) << 4;
        [
            self.time_us << 16 | (self.op as u64) << 8 | thread | self.owner.category.index() as u64,
            self.id,
            (self.detail as u64) << 56 | self.offset_bytes & OFFSET_MASK,
            self.size_bytes << 16 | self.owner.tag.0 as u64,
        ]
    }

    /// From a record; `None` for an operation that does not exist.
    #[inline]
    pub fn from_words(words: [u64; 4]) -> Option<Self> {
        let [head, id, place, tail] = words;
        Some(Self {
            time_us: head >> 16,
            op: *Op::ALL.get((head >> 8 & 0xff) as usize)?,
            thread: (head >> 4 & 0xf) as u8,
            detail: (place >> 56) as u8,
            owner: Owner::new(MemoryCategory::from_low_bits(head), Tag((tail & 0xffff) as u16)),
            id,
            offset_bytes: place & OFFSET_MASK,
            size_bytes: tail >> 16,
        })
    }
}

const OFFSET_MASK: u64 = (1 << 56) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn event(op: Op, category: MemoryCategory, size_bytes: u64) -> Event {
        let owner = Owner::new(category, Tag(9));
        Event {
            time_us: (1 << 48) - 1,
            op,
            thread: 15,
            detail: 0xab,
            owner,
            id: u64::MAX,
            offset_bytes: 1 << 34,
            size_bytes,
        }
    }

    #[test]
    fn records_and_back() {
        for op in Op::ALL {
            for category in MemoryCategory::every() {
                let event = event(op, category, (1 << 48) - 1);
                assert_eq!(Event::from_words(event.to_words()), Some(event));
            }
        }
        assert_eq!(Event::from_words([0xff00, 0, 0, 0]), None);
    }
}
