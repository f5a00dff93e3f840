//! Every metric at any zoom: exact lowest, highest and last value after the
//! events of any range, from blocks of 256 events and a tree over them.

use super::reader::Reader;
use super::segment_tree::SegmentTree;
use super::standing::Metric;
use super::summary::{BLOCK, Extremes};
use super::walk::Walk;
use arenascope_telemetry::event::Op;
use core::ops::Range;

/// Of a block in which a metric was never more than 0.
const ZERO: Extremes = Extremes::of(0);

/// The trees of all metrics: a reader's own, kept between frames.
#[derive(Clone, Debug)]
pub struct EventSeries {
    /// `None` for a metric that has been 0 in every block so far: of a category that the
    /// run does not have.
    trees: [Option<SegmentTree<u64>>; Metric::ALL.len()],
    /// Where the next block begins that was not taken in.
    end: u64,
}

impl EventSeries {
    /// Over no events yet.
    pub const fn new() -> Self {
        Self::starting_at(0)
    }

    const fn starting_at(block: u64) -> Self {
        Self { trees: [const { None }; Metric::ALL.len()], end: block }
    }

    /// Takes in the blocks that have become whole, and forgets those that are no
    /// longer kept. O(new blocks): one for 256 events.
    pub fn update(&mut self, reader: &Reader<'_>) {
        let blocks = reader.blocks();
        if self.end < blocks.start {
            *self = Self::starting_at(blocks.start);
        }
        for (tree, metric) in self.trees.iter_mut().zip(Metric::ALL) {
            let is_zero = |block| reader.block(metric, block) == Some(ZERO);
            if tree.is_none() && (self.end..blocks.end).all(is_zero) {
                continue;
            }
            let tree = tree.get_or_insert_with(|| SegmentTree::starting_at(blocks.start));
            tree.forget_before(blocks.start);
            for block in tree.end()..blocks.end {
                tree.push(reader.block(metric, block));
            }
        }
        self.end = self.end.max(blocks.end);
    }

    /// Lowest, highest and last value of a metric after the events of `range`;
    /// `None` for no events, or some that are not kept. O(log events), with at
    /// most 512 events looked at.
    pub fn extremes(&self, reader: &Reader<'_>, metric: Metric, range: Range<u64>) -> Option<Extremes> {
        extremes(reader, Some(self), metric, range)
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
    /// O(log events) looks at the tree, by halving.
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
        let mut leaf = |block| reader.block(metric, block);
        match &self.trees[metric.index()] {
            Some(tree) => tree.extremes(blocks, &mut leaf),
            None => {
                let taken_in = (blocks.start < blocks.end.min(self.end)).then_some(ZERO);
                let later = (blocks.start.max(self.end)..blocks.end).filter_map(leaf);
                taken_in.into_iter().chain(later).reduce(Extremes::then)
            }
        }
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        self.trees.iter().flatten().map(SegmentTree::bytes).sum()
    }
}

impl Default for EventSeries {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader<'_> {
    /// The value of a metric at a position; `None` outside of what is kept. At
    /// most 256 events are looked at.
    pub fn metric(&self, metric: Metric, position: u64) -> Option<u64> {
        value(self, metric, position)
    }
}

fn value(reader: &Reader<'_>, metric: Metric, position: u64) -> Option<u64> {
    let events = reader.events();
    if position > events.start && position <= events.end {
        return extremes(reader, None, metric, position - 1..position).map(|extremes| extremes.last);
    }
    let chunk = reader.chunks().first().filter(|chunk| chunk.head.first == position)?;
    Some(chunk.head.standing.metric(metric))
}

pub(super) fn extremes(
    reader: &Reader<'_>,
    series: Option<&EventSeries>,
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
    let middle = match series {
        Some(series) => series.over_blocks(reader, metric, blocks),
        None => blocks.filter_map(|block| reader.block(metric, block)).reduce(Extremes::then),
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
