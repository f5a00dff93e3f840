//! Extremes of all metrics over many ranges of events, side by side, in one pass:
//! what a chart of columns asks. Between two columns at most one block is looked
//! at event by event, for all metrics at once; what lies between is asked of the
//! trees.

use super::chunk::Chunk;
use super::reader::Reader;
use super::series::EventSeries;
use super::standing::{Effect, Metric};
use super::summary::{BLOCK, Extremes};
use arenascope_telemetry::event::{Op, Role};

/// The extremes of every metric ([`Metric::ALL`]).
pub type AllExtremes = [Extremes; Metric::ALL.len()];

impl EventSeries {
    /// For each two neighbours of `positions`, which ascend, what
    /// [`Self::steps`] says of every metric over the events between them; `None`
    /// where the recording does not reach. O(block + log events) for each.
    pub fn sweep(&self, reader: &Reader<'_>, positions: &[u64]) -> Vec<Option<AllExtremes>> {
        let kept = reader.events();
        let mut sweep: Option<Sweep<'_, '_>> = None;
        let pairs = positions.windows(2).map(|pair| (pair[0], pair[1]));
        let column = |(start, end): (u64, u64)| {
            if start < kept.start || end > kept.end {
                sweep = None;
                return None;
            }
            if sweep.as_ref().is_none_or(|sweep| sweep.at != start) {
                sweep = Sweep::at(self, reader, start);
            }
            sweep.as_mut()?.to(end)
        };
        pairs.map(column).collect()
    }
}

/// All metrics at a position that moves on.
struct Sweep<'s, 'l> {
    series: &'s EventSeries,
    reader: &'s Reader<'l>,
    at: u64,
    values: [u64; Metric::ALL.len()],
}

impl<'s, 'l> Sweep<'s, 'l> {
    fn at(series: &'s EventSeries, reader: &'s Reader<'l>, position: u64) -> Option<Self> {
        let values = |block: u64| {
            let first = block * BLOCK;
            match reader.chunk_of(first).or_else(|| reader.chunks().last()) {
                Some(chunk) if chunk.head.first == first => Some(chunk.head.standing.metrics()),
                _ => {
                    let mut last = [0; Metric::ALL.len()];
                    for metric in Metric::ALL {
                        last[metric.index()] = reader.block(metric, block.checked_sub(1)?)?.last;
                    }
                    Some(last)
                }
            }
        };
        let block = position / BLOCK;
        let mut sweep = Self { series, reader, at: block * BLOCK, values: values(block)? };
        sweep.to(position)?;
        Some(sweep)
    }

    /// Moves on: the extremes on the way, with the values it starts from.
    fn to(&mut self, end: u64) -> Option<AllExtremes> {
        let mut sum = self.values.map(Extremes::of);
        while self.at < end {
            let border = (self.at / BLOCK + 1) * BLOCK;
            if self.at.is_multiple_of(BLOCK) && border <= end.min(self.reader.blocks().end * BLOCK) {
                self.pass(end, &mut sum)?;
            } else {
                self.step(border.min(end), &mut sum)?;
            }
        }
        Some(sum)
    }

    /// Passes over every whole block before `end`.
    fn pass(&mut self, end: u64, sum: &mut AllExtremes) -> Option<()> {
        let blocks = self.at / BLOCK..(end / BLOCK).min(self.reader.blocks().end);
        for metric in Metric::ALL {
            let over = self.series.over_blocks(self.reader, metric, blocks.clone())?;
            sum[metric.index()] = sum[metric.index()].then(over);
            self.values[metric.index()] = over.last;
        }
        self.at = blocks.end * BLOCK;
        Some(())
    }

    /// Looks at every event before `end`, which is of the same block.
    fn step(&mut self, end: u64, sum: &mut AllExtremes) -> Option<()> {
        let reader = self.reader;
        let chunk = reader.chunk_of(self.at)?;
        for index in self.at..end {
            self.take(chunk, index, sum)?;
        }
        self.at = end;
        Some(())
    }

    fn take(&mut self, chunk: &Chunk, index: u64, sum: &mut AllExtremes) -> Option<()> {
        let place = (index - chunk.head.first) as usize;
        let kind = chunk.kind(place);
        if matches!(kind.op(), Op::ArenaReset | Op::RunStart) {
            // How much of a category lay in the arena is known at the chunk's head.
            self.values = self.reader.standing(index + 1)?.metrics();
            for (sum, value) in sum.iter_mut().zip(self.values) {
                *sum = sum.then(Extremes::of(value));
            }
        } else if !matches!(kind.role(), Role::Notes) || matches!(kind.op(), Op::Reserve | Op::Release) {
            let said = self.reader.said(chunk, place);
            if let Some(effect) = Effect::of(said.kind, said.size, said.before) {
                for metric in effect.metrics().into_iter().flatten() {
                    let value = &mut self.values[metric.index()];
                    *value = value.wrapping_add(effect.on(metric));
                    sum[metric.index()] = sum[metric.index()].then(Extremes::of(*value));
                }
            }
        }
        Some(())
    }
}
