//! The event record, 32 bytes, and a tally of many.

use crate::owner::{MemoryCategory, Owner, Tag};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Op {
    /// The arena gave a range.
    ArenaAllocate,
    /// The arena took a range back.
    ArenaFree,
    /// The arena refused; why is in `id` and `offset_bytes`, see [`super::refusal`].
    ArenaFailure,
    /// The arena was reset: every range is gone.
    ArenaReset,
    /// The pool created a resource.
    PoolCreate,
    /// The pool reused one.
    PoolReuse,
    /// A resource was given back.
    PoolRelease,
    /// A resource was destroyed.
    PoolDestroy,
    /// The budget refused.
    BudgetRefusal,
    /// Work was submitted to the GPU.
    Submit,
    /// A neural network ran.
    NnDispatch,
    /// The pool of tensors created one.
    TensorCreate,
    /// It reused one.
    TensorReuse,
    /// A tensor was given back.
    TensorRelease,
    /// A tensor was destroyed.
    TensorDestroy,
}

impl Op {
    /// Every operation, in order.
    pub const ALL: [Self; 15] = [
        Self::ArenaAllocate,
        Self::ArenaFree,
        Self::ArenaFailure,
        Self::ArenaReset,
        Self::PoolCreate,
        Self::PoolReuse,
        Self::PoolRelease,
        Self::PoolDestroy,
        Self::BudgetRefusal,
        Self::Submit,
        Self::NnDispatch,
        Self::TensorCreate,
        Self::TensorReuse,
        Self::TensorRelease,
        Self::TensorDestroy,
    ];
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Engine time, µs (48 bits).
    pub time_us: u64,
    /// What happened.
    pub op: Op,
    /// Whose memory.
    pub owner: Owner,
    /// The allocation, resource or submission it happened to.
    pub id: u64,
    /// Where in the arena; 0 for others.
    pub offset_bytes: u64,
    /// How much (40 bits).
    pub size_bytes: u64,
}

impl Event {
    /// The record: four words.
    pub fn to_words(self) -> [u64; 4] {
        [
            self.time_us << 16 | (self.op as u64) << 8 | self.owner.category.index() as u64,
            self.id,
            self.offset_bytes,
            self.size_bytes << 16 | u64::from(self.owner.tag.0),
        ]
    }

    /// From a record; `None` for an operation or category that does not exist.
    pub fn from_words(words: [u64; 4]) -> Option<Self> {
        let [head, id, offset_bytes, tail] = words;
        let category = MemoryCategory::from_index((head & 0xff) as usize)?;
        Some(Self {
            time_us: head >> 16,
            op: *Op::ALL.get((head >> 8 & 0xff) as usize)?,
            owner: Owner::new(category, Tag((tail & 0xffff) as u16)),
            id,
            offset_bytes,
            size_bytes: tail >> 16,
        })
    }
}

/// What an observer of the events knows without asking the engine: the
/// independent count that the engine's own figures are held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events seen.
    pub events_total: u64,
    /// Records that made no sense.
    pub malformed_total: u64,
    /// Events by operation, in the order of [`Op::ALL`].
    pub by_op: [u64; Op::ALL.len()],
    /// Bytes live in the arena by category.
    pub arena_bytes: [u64; 6],
    /// Bytes of pooled resources that exist, by category.
    pub pool_bytes: [u64; 6],
    /// Bytes of tensors that exist, by category.
    pub tensor_bytes: [u64; 6],
}

impl Tally {
    /// Words of a tally on a board.
    pub const WORDS: usize = 2 + Op::ALL.len() + 18;

    /// Takes in one record.
    pub fn take(&mut self, words: [u64; 4]) {
        self.events_total += 1;
        match Event::from_words(words) {
            Some(event) => self.take_event(&event),
            None => self.malformed_total += 1,
        }
    }

    fn take_event(&mut self, event: &Event) {
        self.by_op[event.op as usize] += 1;
        let category = event.owner.category.index();
        match event.op {
            Op::ArenaAllocate => self.arena_bytes[category] += event.size_bytes,
            // Wrapping keeps a sum right where a loss left a gap in the middle.
            Op::ArenaFree => {
                self.arena_bytes[category] = self.arena_bytes[category].wrapping_sub(event.size_bytes);
            }
            Op::ArenaReset => self.arena_bytes = [0; 6],
            Op::PoolCreate => self.pool_bytes[category] += event.size_bytes,
            Op::PoolDestroy => {
                self.pool_bytes[category] = self.pool_bytes[category].wrapping_sub(event.size_bytes);
            }
            Op::TensorCreate => self.tensor_bytes[category] += event.size_bytes,
            Op::TensorDestroy => {
                self.tensor_bytes[category] = self.tensor_bytes[category].wrapping_sub(event.size_bytes);
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
        words.extend(self.tensor_bytes);
        words
    }

    /// From words; `None` where their number is wrong.
    pub fn from_words(words: &[u64]) -> Option<Self> {
        let (&[events_total, malformed_total], rest) = words.split_first_chunk()?;
        let (&by_op, rest) = rest.split_first_chunk()?;
        let (&arena_bytes, rest) = rest.split_first_chunk()?;
        let (&pool_bytes, rest) = rest.split_first_chunk()?;
        let tensor_bytes = rest.try_into().ok()?;
        Some(Self { events_total, malformed_total, by_op, arena_bytes, pool_bytes, tensor_bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(op: Op, category: MemoryCategory, size_bytes: u64) -> Event {
        Event { time_us: 77, op, owner: Owner::new(category, Tag(9)), id: u64::MAX, offset_bytes: 1 << 34, size_bytes }
    }

    #[test]
    fn records_and_back() {
        for op in Op::ALL {
            for category in MemoryCategory::ALL {
                let event = event(op, category, (1 << 40) - 1);
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
