//! Greedy packings in orders that are changed where the best one is too high.
//!
//! What reaches the top came too late: it is moved to the front, and with it some others by
//! chance. What is no better is taken back. Seeded, so that the same problem has the same
//! packings.

use super::greedy::Greedy;
use super::instance::Instance;

/// The seed of the sequence of chance.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
/// Others that are moved, at most.
const MOVED_MOST: u64 = 8;

/// Changes of the best greedy order.
pub(super) struct Improving {
    /// The order of the best packing.
    order: Vec<u32>,
    chance: u64,
    greedy: Greedy,
}

impl Improving {
    /// From an order, of whose packing these are the offsets.
    pub(super) fn new(instance: &Instance, order: Vec<u32>, offsets: &[u64]) -> Self {
        let mut chance = SEED;
        let greedy = Greedy::new(changed(instance, &order, offsets, &mut chance));
        Self { order, chance, greedy }
    }

    /// Some comparisons more; a packing lower than `best`, if one is found. `offsets` are of
    /// the best packing.
    pub(super) fn step(
        &mut self,
        instance: &Instance,
        best: u64,
        offsets: &[u64],
        comparisons: &mut u64,
    ) -> Option<(Vec<u64>, u64)> {
        if !self.greedy.step(instance, best, comparisons) {
            return None;
        }
        let (height, is_better) = (self.greedy.height(), self.greedy.is_whole() && self.greedy.height() < best);
        let greedy = core::mem::replace(&mut self.greedy, Greedy::new(Vec::new()));
        let (found, order) = greedy.into_parts();
        if !is_better {
            self.greedy = Greedy::new(changed(instance, &self.order, offsets, &mut self.chance));
            return None;
        }
        self.greedy = Greedy::new(changed(instance, &order, &found, &mut self.chance));
        self.order = order;
        Some((found, height))
    }
}

/// The order with what reaches the top in front, and a few others moved forwards.
fn changed(instance: &Instance, order: &[u32], offsets: &[u64], chance: &mut u64) -> Vec<u32> {
    let mut changed = order.to_vec();
    let height = instance.height(offsets);
    let mut front = 0;
    for at in 0..changed.len() {
        let number = changed[at] as usize;
        if offsets[number] + instance.buffers[number].size == height {
            changed[front..=at].rotate_right(1);
            front += 1;
        }
    }
    for _ in 0..next(chance) % MOVED_MOST {
        let from = (next(chance) % changed.len().max(1) as u64) as usize;
        let to = (next(chance) % (from as u64 + 1)) as usize;
        changed[to..=from].rotate_right(1);
    }
    changed
}

/// The next number of the sequence: xorshift64*, Vigna 2016.
const fn next(chance: &mut u64) -> u64 {
    *chance ^= *chance >> 12;
    *chance ^= *chance << 25;
    *chance ^= *chance >> 27;
    chance.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
}
