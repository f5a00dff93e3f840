//! Exact extremes of every metric over blocks of events, so that a chart reads
//! no event twice.

use super::column::Column;
use super::standing::{Effect, Metric};

/// Events of a block.
pub const BLOCK: u64 = 256;
/// Blocks of a chunk.
pub(super) const BLOCKS: u64 = 64;

/// Lowest, highest and last of some values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extremes<T = u64> {
    /// The lowest of them.
    pub low: T,
    /// The highest of them.
    pub high: T,
    /// The one that came last.
    pub last: T,
}

impl<T: Copy + PartialOrd> Extremes<T> {
    /// The extremes of one value.
    #[inline]
    pub const fn of(value: T) -> Self {
        Self { low: value, high: value, last: value }
    }

    /// Of these values and then `later` ones.
    #[inline]
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            low: if later.low < self.low { later.low } else { self.low },
            high: if later.high > self.high { later.high } else { self.high },
            last: later.last,
        }
    }
}

/// The extremes of every metric over one block.
pub(super) type Block = [Extremes; Metric::ALL.len()];

/// The extremes of a chunk's blocks, packed; about half a byte per event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    /// For each metric: low, high and last of each block.
    columns: [Column; Metric::ALL.len()],
}

impl Blocks {
    pub(super) fn pack(blocks: &[Block]) -> Self {
        let column = |metric: usize| {
            let parts = blocks.iter().map(|block| block[metric]);
            Column::pack(&parts.flat_map(|part| [part.low, part.high, part.last]).collect::<Vec<_>>())
        };
        Self { columns: core::array::from_fn(column) }
    }

    #[inline]
    pub(super) fn get(&self, metric: Metric, block: usize) -> Extremes {
        let column = &self.columns[metric.index()];
        let at = |part: usize| column.get(3 * block + part);
        Extremes { low: at(0), high: at(1), last: at(2) }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.columns.iter().map(Column::heap_bytes).sum::<usize>()
    }
}

/// The block that grows, and every metric of now: an event changes three at most.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    block: Block,
    now: [u64; Metric::ALL.len()],
    events: u64,
}

impl Gathering {
    /// Takes in what the next event changes; the block, where that was its last.
    /// O(1), and O(metrics) once for a block.
    #[inline]
    pub(super) fn note(&mut self, effect: Effect) -> Option<Block> {
        for metric in effect.metrics().into_iter().flatten() {
            let now = &mut self.now[metric.index()];
            *now = now.wrapping_add(effect.on(metric));
            let (now, extremes) = (*now, &mut self.block[metric.index()]);
            extremes.low = extremes.low.min(now);
            extremes.high = extremes.high.max(now);
        }
        self.count()
    }

    /// Takes in an event that may have changed every metric, to these values; or none.
    pub(super) fn note_all(&mut self, metrics: Option<[u64; Metric::ALL.len()]>) -> Option<Block> {
        if let Some(metrics) = metrics {
            self.now = metrics;
            for (extremes, value) in self.block.iter_mut().zip(metrics) {
                *extremes = extremes.then(Extremes::of(value));
            }
        }
        self.count()
    }

    #[inline]
    fn count(&mut self) -> Option<Block> {
        self.events += 1;
        match self.events {
            // What was before the block's first event is none of its values.
            1 => self.block = self.now.map(Extremes::of),
            BLOCK => return Some(self.close()),
            _ => {}
        }
        None
    }

    fn close(&mut self) -> Block {
        self.events = 0;
        let mut block = self.block;
        block.iter_mut().zip(self.now).for_each(|(extremes, now)| extremes.last = now);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::CHUNK;
    use super::*;

    #[test]
    fn blocks_hold_what_was_seen() {
        let (mut gathering, mut blocks) = (Gathering::default(), Vec::new());
        for event in 0..CHUNK {
            let mut metrics = [7; Metric::ALL.len()];
            metrics[0] = 1_000_000 + (event * 37) % 1_001;
            blocks.extend(gathering.note_all(Some(metrics)));
        }
        let blocks = Blocks::pack(&blocks);
        for block in 0..BLOCKS {
            let values = (block * BLOCK..(block + 1) * BLOCK).map(|event| 1_000_000 + (event * 37) % 1_001);
            let expected = values.map(Extremes::of).reduce(Extremes::then).unwrap();
            assert_eq!(blocks.get(Metric::ArenaBytes, block as usize), expected);
            assert_eq!(blocks.get(Metric::NpuBytes, block as usize), Extremes::of(7));
        }
    }
}
