//! Events counted, and bytes balanced, apart from the engine's own figures.

use super::event::Event;
use super::op::Op;
use super::run::Announcement;
use arenascope_units::owner::MemoryCategory;

/// Those of the engine: what is of others has no place in its figures.
const CATEGORIES: usize = MemoryCategory::ALL.len();

/// What an observer of the events knows without asking the engine: the
/// independent count that the engine's own figures are held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Events seen since the page was opened, those that a ring lost not among them.
    pub events_total: u64,
    /// Records that made no sense.
    pub malformed_total: u64,
    /// Events by operation, in the order of [`Op::ALL`]; under [`Op::Lost`], how
    /// many are missing.
    pub by_op: [u64; Op::ALL.len()],
    /// Bytes live in the arena by category. Resizes are not followed: their
    /// events tell the new size alone.
    pub arena_bytes: [u64; CATEGORIES],
    /// Bytes of pooled resources that exist, by category.
    pub pool_bytes: [u64; CATEGORIES],
    /// Bytes of tensors and graphs that exist, by category.
    pub npu_bytes: [u64; CATEGORIES],
}

impl Default for Tally {
    fn default() -> Self {
        let none = [0; 6];
        let by_op = [0; Op::ALL.len()];
        Self { events_total: 0, malformed_total: 0, by_op, arena_bytes: none, pool_bytes: none, npu_bytes: none }
    }
}

impl Tally {
    /// Words of a tally on a board.
    pub const WORDS: usize = 2 + Op::ALL.len() + 3 * CATEGORIES;

    /// Takes in one record; a ring's own marks are none of its events.
    pub fn take(&mut self, words: [u64; 4]) {
        if Announcement::from_words(&words).is_some() {
            return;
        }
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
            Op::ArenaAllocate => grow(&mut self.arena_bytes, category, event.size_bytes),
            Op::ArenaFree => shrink(&mut self.arena_bytes, category, event.size_bytes),
            Op::ArenaReset | Op::RunStart => self.arena_bytes = [0; CATEGORIES],
            Op::PoolCreate => grow(&mut self.pool_bytes, category, event.size_bytes),
            Op::PoolDestroy => shrink(&mut self.pool_bytes, category, event.size_bytes),
            Op::TensorCreate | Op::NpuCharge => grow(&mut self.npu_bytes, category, event.size_bytes),
            Op::TensorDestroy | Op::NpuRelease => shrink(&mut self.npu_bytes, category, event.size_bytes),
            _ => {}
        }
    }

    /// Events of one kind.
    pub fn count(&self, op: Op) -> u64 {
        self.by_op[op as usize]
    }

    /// The figures as words, in the order of the fields.
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

/// Adds bytes to the sum of a category. Wrapping keeps a sum right where a loss left a gap
/// in the middle.
fn grow(sums: &mut [u64; CATEGORIES], category: usize, bytes: u64) {
    if let Some(sum) = sums.get_mut(category) {
        *sum = sum.wrapping_add(bytes);
    }
}

/// Takes bytes from the sum of a category.
fn shrink(sums: &mut [u64; CATEGORIES], category: usize, bytes: u64) {
    grow(sums, category, bytes.wrapping_neg());
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};

    fn event(op: Op, category: MemoryCategory, size_bytes: u64) -> Event {
        Event { owner: Owner::new(category, Tag(9)), size_bytes, ..Event::note(9, op) }
    }

    #[test]
    fn what_is_of_no_category_of_the_engine_is_counted_alone() {
        let mut tally = Tally::default();
        for op in Op::ALL {
            let foreign = event(op, MemoryCategory::every()[15], 64);
            tally.take(foreign.to_words());
        }
        assert_eq!(tally.events_total, Op::ALL.len() as u64 - 1, "all but what is lost");
        assert_eq!([tally.arena_bytes, tally.pool_bytes, tally.npu_bytes], [[0; 6]; 3]);
    }

    #[test]
    fn a_tally_counts_and_balances() {
        let mut tally = Tally::default();
        tally.take(event(Op::ArenaAllocate, MemoryCategory::ECS, 64).to_words());
        tally.take(event(Op::ArenaAllocate, MemoryCategory::ECS, 32).to_words());
        tally.take(event(Op::ArenaFree, MemoryCategory::ECS, 64).to_words());
        tally.take([u64::MAX; 4]);
        assert_eq!(tally.arena_bytes[MemoryCategory::ECS.index()], 32);
        assert_eq!((tally.events_total, tally.malformed_total, tally.count(Op::ArenaAllocate)), (4, 1, 2));
        assert_eq!(Tally::from_words(&tally.to_words()), Some(tally));
    }
}
