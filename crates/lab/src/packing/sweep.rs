//! Packing by a sweep over time, forwards or backwards, as a policy places: O(n log n).

use super::instance::Instance;
use arenascope_arena::{GRANULE, PolicyKind, ReserveError, Span, SpanBlock, SpanSize};
use arenascope_units::Bytes;

/// How a sweep goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sweep {
    pub(super) policy: PolicyKind,
    /// From the end to the start: as good a packing, of other accidents.
    pub(super) is_backwards: bool,
}

impl Sweep {
    pub(super) const ALL: [Self; 4] = [
        Self { policy: PolicyKind::BestFit, is_backwards: false },
        Self { policy: PolicyKind::BestFit, is_backwards: true },
        Self { policy: PolicyKind::FirstFit, is_backwards: false },
        Self { policy: PolicyKind::FirstFit, is_backwards: true },
    ];
}

/// A sweep in the making.
pub(super) struct Sweeping {
    span: Span,
    /// Time, whether a life begins, whose.
    points: Vec<(u32, bool, u32)>,
    at: usize,
    blocks: Vec<Option<SpanBlock>>,
    offsets: Vec<u64>,
    height: u64,
}

impl Sweeping {
    /// Of packings lower than twice `best`, which all that matter are.
    pub(super) fn new(instance: &Instance, sweep: Sweep, best: u64) -> Result<Self, ReserveError> {
        let count = instance.buffers.len();
        let largest = instance.buffers.iter().map(|buffer| buffer.size).max().unwrap_or(0);
        // A unit of the instance is a granule of the span, as long as it counts so far.
        let scaled = |units: u64| Bytes::new(units.saturating_mul(GRANULE.get()));
        let nodes = (2 * count as u64 + 64).min(1 << 24) as u32;
        let size = SpanSize { capacity: scaled(best.saturating_mul(2)), largest: scaled(largest), nodes };
        let span = Span::bare(size, sweep.policy)?;
        Ok(Self {
            span,
            points: points(instance, sweep.is_backwards),
            at: 0,
            blocks: vec![None; count],
            offsets: vec![0; count],
            height: 0,
        })
    }

    /// Some operations more, as long as it stays below `limit`; whether it is at its end.
    pub(super) fn step(&mut self, instance: &Instance, limit: u64, operations: &mut u64) -> bool {
        while *operations > 0 && self.at < self.points.len() && self.height < limit {
            let (_, begins, number) = self.points[self.at];
            *operations -= 1;
            self.at += 1;
            if begins {
                self.place(number, instance.buffers[number as usize].size);
            } else if let Some(block) = self.blocks[number as usize].take() {
                self.span.free(block);
            }
        }
        self.at == self.points.len() || self.height >= limit
    }

    fn place(&mut self, number: u32, size: u64) {
        match self.span.allocate(Bytes::new(size * GRANULE.get()), GRANULE) {
            Ok(placed) => {
                let offset = placed.offset.get() / GRANULE.get();
                self.blocks[number as usize] = Some(placed.block);
                self.offsets[number as usize] = offset;
                self.height = self.height.max(offset + size);
            }
            // Of no use any more.
            Err(_) => self.height = u64::MAX,
        }
    }

    pub(super) const fn height(&self) -> u64 {
        self.height
    }

    pub(super) fn into_offsets(self) -> Vec<u64> {
        self.offsets
    }
}

fn points(instance: &Instance, is_backwards: bool) -> Vec<(u32, bool, u32)> {
    let mut points = Vec::with_capacity(2 * instance.buffers.len());
    for (number, buffer) in instance.buffers.iter().enumerate() {
        let (start, end) =
            if is_backwards { (u32::MAX - buffer.end, u32::MAX - buffer.start) } else { (buffer.start, buffer.end) };
        points.push((start, true, number as u32));
        points.push((end, false, number as u32));
    }
    points.sort_unstable();
    points
}

#[cfg(test)]
mod tests {
    use super::super::instance::{check, made::instances};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_two_meet_in_any_sweep(instance in instances(60)) {
            let all: u64 = instance.buffers.iter().map(|buffer| buffer.size).sum();
            for sweep in Sweep::ALL {
                let mut sweeping = Sweeping::new(&instance, sweep, all).unwrap();
                while !sweeping.step(&instance, u64::MAX, &mut 7) {}
                let height = sweeping.height();
                let offsets = sweeping.into_offsets();
                check(&instance, &offsets);
                prop_assert_eq!(height, instance.height(&offsets));
            }
        }
    }
}
