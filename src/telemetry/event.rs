//! The event record, 32 bytes, and a tally of many.

pub use super::op::{Failure, Op, Role};
use crate::owner::{MemoryCategory, Owner, Tag};

/// Threads that are told apart: 4 bits of the record.
pub const THREADS: usize = 16;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Engine time since the run's start, µs (48 bits: 8 years).
    pub time_us: u64,
    /// What happened.
    pub op: Op,
    /// Which thread did it, below [`THREADS`]; its ring's number.
    pub thread: u8,
    /// More about it, by operation: see [`Op`]; 0 for most.
    pub detail: u8,
    /// Whose memory.
    pub owner: Owner,
    /// The allocation, resource or submission it happened to.
    pub id: u64,
    /// Where in the arena (56 bits); 0 for others.
    pub offset_bytes: u64,
    /// How much (48 bits).
    pub size_bytes: u64,
}

/// The owner of events that concern nobody in particular.
pub const NOBODY: Owner = Owner::new(MemoryCategory::Temporary, Tag(u16::MAX));

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

    /// From a record; `None` for an operation or category that does not exist.
    #[inline]
    pub fn from_words(words: [u64; 4]) -> Option<Self> {
        let [head, id, place, tail] = words;
        let category = MemoryCategory::from_index((head & 0xf) as usize)?;
        Some(Self {
            time_us: head >> 16,
            op: *Op::ALL.get((head >> 8 & 0xff) as usize)?,
            thread: (head >> 4 & 0xf) as u8,
            detail: (place >> 56) as u8,
            owner: Owner::new(category, Tag((tail & 0xffff) as u16)),
            id,
            offset_bytes: place & OFFSET_MASK,
            size_bytes: tail >> 16,
        })
    }
}

const OFFSET_MASK: u64 = (1 << 56) - 1;

/// What an observer of the events knows without asking the engine: the
/// independent count that the engine's own figures are held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events seen.
    pub events_total: u64,
    /// Records that made no sense.
    pub malformed_total: u64,
    /// Events by operation, in the order of [`Op::ALL`]; under [`Op::Lost`], how
    /// many are missing.
    pub by_op: [u64; Op::ALL.len()],
    /// Bytes live in the arena by category. Resizes are not followed: their
    /// events tell the new size alone.
    pub arena_bytes: [u64; 6],
    /// Bytes of pooled resources that exist, by category.
    pub pool_bytes: [u64; 6],
    /// Bytes of tensors and graphs that exist, by category.
    pub npu_bytes: [u64; 6],
}

impl Tally {
    /// Words of a tally on a board.
    pub const WORDS: usize = 2 + Op::ALL.len() + 18;

    /// Takes in one record.
    pub fn take(&mut self, words: [u64; 4]) {
        match Event::from_words(words) {
            // Says what is missing; was nothing that happened.
            Some(Event { op: Op::Lost, size_bytes, .. }) => self.by_op[Op::Lost.index()] += size_bytes,
            Some(event) => self.take_event(&event),
            None => {
                self.events_total += 1;
                self.malformed_total += 1;
            }
        }
    }

    fn take_event(&mut self, event: &Event) {
        self.events_total += 1;
        self.by_op[event.op.index()] += 1;
        let category = event.owner.category.index();
        match event.op {
            Op::ArenaAllocate => self.arena_bytes[category] += event.size_bytes,
            // Wrapping keeps a sum right where a loss left a gap in the middle.
            Op::ArenaFree => {
                self.arena_bytes[category] = self.arena_bytes[category].wrapping_sub(event.size_bytes);
            }
            Op::ArenaReset | Op::RunStart => self.arena_bytes = [0; 6],
            Op::PoolCreate => self.pool_bytes[category] += event.size_bytes,
            Op::PoolDestroy => {
                self.pool_bytes[category] = self.pool_bytes[category].wrapping_sub(event.size_bytes);
            }
            Op::TensorCreate | Op::NpuCharge => self.npu_bytes[category] += event.size_bytes,
            Op::TensorDestroy | Op::NpuRelease => {
                self.npu_bytes[category] = self.npu_bytes[category].wrapping_sub(event.size_bytes);
            }
            _ => {}
        }
    }

    /// Events of one kind.
    pub fn count(&self, op: Op) -> u64 {
        self.by_op[op as usize]
    }

    /// In words.
    pub fn to_words(&self) -> Vec<u64> {
        let mut words = vec![self.events_total, self.malformed_total];
        words.extend(self.by_op);
        words.extend(self.arena_bytes);
        words.extend(self.pool_bytes);
        words.extend(self.npu_bytes);
        words
    }

    /// From words; `None` where their number is wrong.
    pub fn from_words(words: &[u64]) -> Option<Self> {
        let (&[events_total, malformed_total], rest) = words.split_first_chunk()?;
        let (&by_op, rest) = rest.split_first_chunk()?;
        let (&arena_bytes, rest) = rest.split_first_chunk()?;
        let (&pool_bytes, rest) = rest.split_first_chunk()?;
        let npu_bytes = rest.try_into().ok()?;
        Some(Self { events_total, malformed_total, by_op, arena_bytes, pool_bytes, npu_bytes })
    }
}

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
            for category in MemoryCategory::ALL {
                let event = event(op, category, (1 << 48) - 1);
                assert_eq!(Event::from_words(event.to_words()), Some(event));
            }
        }
        assert_eq!(Event::from_words([0xff00, 0, 0, 0]), None);
    }

    #[test]
    fn a_tally_counts_and_balances() {
        let mut tally = Tally::default();
        tally.take(event(Op::ArenaAllocate, MemoryCategory::Ecs, 64).to_words());
        tally.take(event(Op::ArenaAllocate, MemoryCategory::Ecs, 32).to_words());
        tally.take(event(Op::ArenaFree, MemoryCategory::Ecs, 64).to_words());
        tally.take([u64::MAX; 4]);
        assert_eq!(tally.arena_bytes[MemoryCategory::Ecs.index()], 32);
        assert_eq!((tally.events_total, tally.malformed_total, tally.count(Op::ArenaAllocate)), (4, 1, 2));
        assert_eq!(Tally::from_words(&tally.to_words()), Some(tally));
    }
}
