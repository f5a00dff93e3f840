//! Every metric at any zoom: exact lowest, highest and last value after the
//! events of any range, from blocks of 256 events and a forest over them.

use super::forest::Forest;
use super::reader::Reader;
use super::standing::Metric;
use super::summary::{BLOCK, Extremes};
use super::walk::Walk;
use crate::telemetry::event::Op;
use core::ops::Range;

/// The forests of all metrics: a reader's own, kept between frames.
#[derive(Clone, Debug)]
pub struct EventSeries {
    forests: [Forest<u64>; Metric::ALL.len()],
}

impl EventSeries {
    /// Over no events yet.
    pub const fn new() -> Self {
        Self { forests: [const { Forest::starting_at(0) }; Metric::ALL.len()] }
    }

    /// Takes in the blocks that have become whole, and forgets those that are no
    /// longer kept. O(new blocks): one for 256 events.
    pub fn update(&mut self, reader: &Reader<'_>) {
        let blocks = reader.blocks();
        if self.forests[0].end() < blocks.start {
            self.forests = core::array::from_fn(|_| Forest::starting_at(blocks.start));
        }
        for (forest, metric) in self.forests.iter_mut().zip(Metric::ALL) {
            forest.forget_before(blocks.start);
            for block in forest.end()..blocks.end {
                forest.push(reader.block(metric, block));
            }
        }
    }

    /// Lowest, highest and last value of a metric after the events of `range`;
    /// `None` for no events, or some that are not kept. O(log events), with at
    /// most 512 events looked at.
    pub fn extremes(&self, reader: &Reader<'_>, metric: Metric, range: Range<u64>) -> Option<Extremes> {
        extremes(reader, Some(&self.forests[metric as usize]), metric, range)
    }

    /// As [`Self::extremes`], and the value before the range as well, but for a run
    /// that starts with it: what a step chart shows of that stretch of time, events
    /// or none.
    pub fn steps(&self, reader: &Reader<'_>, metric: Metric, range: Range<u64>) -> Option<Extremes> {
        let before = held(reader, metric, range.start).map(Extremes::of);
        match (before, self.extremes(reader, metric, range)) {
            (Some(before), Some(during)) => Some(before.then(during)),
            (before, during) => during.or(before),
        }
    }

    /// The event in `range` after which a metric is highest for the first time.
    /// O(log events) looks at the forest, by halving.
    pub fn peak(&self, reader: &Reader<'_>, metric: Metric, range: Range<u64>) -> Option<u64> {
        let high = self.extremes(reader, metric, range.clone())?.high;
        let Range { start: mut low, mut end } = range;
        while end - low > 1 {
            let middle = low + (end - low) / 2;
            match self.extremes(reader, metric, low..middle) {
                Some(left) if left.high == high => end = middle,
                _ => low = middle,
            }
        }
        Some(low)
    }

    /// The extremes of a metric over whole blocks. O(log blocks).
    pub(super) fn over_blocks(&self, reader: &Reader<'_>, metric: Metric, blocks: Range<u64>) -> Option<Extremes> {
        self.forests[metric as usize].extremes(blocks, &mut |block| reader.block(metric, block))
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        self.forests.iter().map(Forest::bytes).sum()
    }
}

impl Default for EventSeries {
    fn default() -> Self {
        Self::new()
    }
}

/// The value of a metric at a position. At most 256 events are looked at.
pub(super) fn value(reader: &Reader<'_>, metric: Metric, position: u64) -> Option<u64> {
    let events = reader.events();
    if position > events.start && position <= events.end {
        return extremes(reader, None, metric, position - 1..position).map(|extremes| extremes.last);
    }
    let chunk = reader.chunks().first().filter(|chunk| chunk.head.first == position)?;
    Some(chunk.head.standing.metric(metric))
}

pub(super) fn extremes(
    reader: &Reader<'_>,
    forest: Option<&Forest<u64>>,
    metric: Metric,
    range: Range<u64>,
) -> Option<Extremes> {
    let kept = reader.events();
    if range.is_empty() || range.start < kept.start || range.end > kept.end {
        return None;
    }
    // Blocks that lie in the range as a whole.
    let blocks = range.start.div_ceil(BLOCK)..range.end / BLOCK;
    if blocks.is_empty() {
        return look(reader, metric, range);
    }
    let left = look(reader, metric, range.start..blocks.start * BLOCK);
    let right = look(reader, metric, blocks.end * BLOCK..range.end);
    let mut leaf = |block| reader.block(metric, block);
    let middle = match forest {
        Some(forest) => forest.extremes(blocks, &mut leaf),
        None => blocks.filter_map(leaf).reduce(Extremes::then),
    };
    [left, middle, right].into_iter().flatten().reduce(Extremes::then)
}

/// Looks at every event of a range that spans at most two blocks.
fn look(reader: &Reader<'_>, metric: Metric, range: Range<u64>) -> Option<Extremes> {
    if range.is_empty() {
        return None;
    }
    let border = (range.start / BLOCK + 1) * BLOCK;
    if border < range.end {
        let left = look(reader, metric, range.start..border);
        let right = look(reader, metric, border..range.end);
        return [left, right].into_iter().flatten().reduce(Extremes::then);
    }
    let first = range.start / BLOCK * BLOCK;
    let chunk = reader.chunk_of(range.start)?;
    let value = match first == chunk.head.first {
        true => chunk.head.standing.metric(metric),
        false => reader.block(metric, first / BLOCK - 1)?.last,
    };
    Some(Walk::new(reader, metric, first, value).look(range))
}

/// The value with which a stretch begins: that of the event before, or of a run
/// that starts here.
pub(super) fn held(reader: &Reader<'_>, metric: Metric, position: u64) -> Option<u64> {
    let starts = reader.kind(position).is_some_and(|kind| kind.op() == Op::RunStart);
    value(reader, metric, position + u64::from(starts))
}
