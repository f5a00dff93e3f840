//! The arena's free space at an earlier moment, from what was alive then.
//!
//! A gap between live ranges is what a policy has as a free range where it joins free
//! neighbours at once and no thread or guard holds anything back. Elsewhere a gap is more
//! than that: the figures are then bounds from above.

use crate::arena::tables::{FreeClass, classes_of};
use arenascope_arena::{MAX_ALIGN, PolicyKind};
use arenascope_recording::State;
use arenascope_units::owner::Heap;

/// Alignments whose largest request is told, bytes: the granule, what WebGPU binds, a page
/// of wasm.
pub const ALIGNMENTS: [u64; 3] = [16, 256, MAX_ALIGN.get()];

/// What lay between the live ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreeSpace {
    /// The gaps' sizes, by address, bytes.
    gaps: Vec<u64>,
    /// The largest stretch of a gap that begins at each of [`ALIGNMENTS`], bytes.
    fits: [u64; ALIGNMENTS.len()],
}

impl FreeSpace {
    /// Of a state. O(ranges).
    pub fn of(state: &State) -> Self {
        let mut space = Self::default();
        let mut end = state.standing.payload_bytes;
        for range in state.of(Heap::Arena) {
            space.add(end, range.offset_bytes);
            end = end.max(range.offset_bytes + range.size_bytes);
        }
        space.add(end, state.standing.capacity_bytes);
        space
    }

    fn add(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        self.gaps.push(end - start);
        for (fit, align) in self.fits.iter_mut().zip(ALIGNMENTS) {
            *fit = (*fit).max(end.saturating_sub(start.next_multiple_of(align)));
        }
    }

    /// Bytes of all gaps.
    pub fn bytes(&self) -> u64 {
        self.gaps.iter().sum()
    }

    /// Number of gaps.
    pub const fn count(&self) -> u64 {
        self.gaps.len() as u64
    }

    /// The largest gap, bytes.
    pub fn largest_bytes(&self) -> u64 {
        self.gaps.iter().copied().max().unwrap_or(0)
    }

    /// The largest request that a gap holds, at each of [`ALIGNMENTS`], bytes.
    pub const fn fits(&self) -> [u64; ALIGNMENTS.len()] {
        self.fits
    }

    /// External fragmentation: 1 − largest ÷ all; 0 where there is no gap.
    pub fn external_fragmentation(&self) -> f64 {
        match self.bytes() {
            0 => 0.0,
            bytes => 1.0 - self.largest_bytes() as f64 / bytes as f64,
        }
    }

    /// Free space concentration: 1 − √Σf² ÷ Σf over gaps f; 0 where there is none.
    pub fn concentration(&self) -> f64 {
        let squares: f64 = self.gaps.iter().map(|gap| (*gap as f64).powi(2)).sum();
        match self.bytes() {
            0 => 0.0,
            bytes => 1.0 - squares.sqrt() / bytes as f64,
        }
    }

    /// The gaps by size, the smallest class first.
    pub fn classes(&self) -> Vec<FreeClass> {
        classes_of(self.gaps.iter().copied())
    }
}

/// Whether a policy's free ranges are the gaps: it joins free neighbours at once, and
/// serves any request that one of them holds. `policy` is its key or its label.
pub fn has_gaps_for_ranges(policy: &str) -> bool {
    let kind = PolicyKind::ALL.into_iter().find(|kind| kind.key() == policy || kind.label() == policy);
    matches!(kind, Some(PolicyKind::FirstFit | PolicyKind::BestFit | PolicyKind::NextFit | PolicyKind::WorstFit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_arena::{Arena, GRANULE, Region, Request};
    use arenascope_recording::{Cursor, EventLog, Reader, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_units::owner::MemoryCategory;
    use arenascope_units::{Bytes, Micros};

    /// An arena worked on by a plain sequence, with every event written down.
    fn worked(policy: PolicyKind) -> (Arena, EventLog) {
        let mut arena = Arena::new(Region::reserve_pages(32).unwrap(), policy);
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        let payload = arena.sections().payload;
        let offset_bytes = payload.offset.get();
        let size_bytes = offset_bytes + payload.size.get();
        recorder.take(Event { size_bytes, offset_bytes, ..Event::note(0, Op::RunStart) });
        let mut kept = Vec::new();
        let mut chance = 7_u64;
        for id in 1..600_u64 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (size, align) = (Bytes::new(16 + (chance >> 40) % 9_000), Bytes::new(16 << ((chance >> 33) % 4)));
            let request = Request { size, align, owner: MemoryCategory::ECS.into(), now: Micros::ZERO };
            if let Ok(taken) = arena.allocate(&request) {
                let event = Event {
                    id,
                    size_bytes: taken.usable.get(),
                    offset_bytes: taken.offset.get(),
                    ..Event::note(id, Op::ArenaAllocate)
                };
                recorder.take(event);
                kept.push((taken.id, event));
            }
            if id % 3 != 0 && !kept.is_empty() {
                let (taken, event) = kept.swap_remove((chance >> 20) as usize % kept.len());
                arena.deallocate(taken).unwrap();
                recorder.take(Event { op: Op::ArenaFree, time_us: id, ..event });
            }
        }
        recorder.publish();
        (arena, log)
    }

    fn at_end(log: &EventLog) -> FreeSpace {
        let mut reader = Reader::new(log);
        reader.refresh();
        FreeSpace::of(Cursor::new().seek(&reader, reader.events().end).unwrap())
    }

    #[test]
    fn the_gaps_are_what_the_arena_says_is_free() {
        for policy in PolicyKind::ALL.into_iter().filter(|policy| has_gaps_for_ranges(policy.key())) {
            let (arena, log) = worked(policy);
            let (space, statistics) = (at_end(&log), arena.statistics());
            assert!(statistics.free_range_count > 3, "{policy}: too plain a case");
            assert_eq!(space.bytes(), statistics.free.get(), "{policy}");
            assert_eq!(space.count(), statistics.free_range_count, "{policy}");
            assert_eq!(space.largest_bytes(), statistics.largest_free.get(), "{policy}");
            assert_eq!(space.fits(), ALIGNMENTS.map(|align| arena.largest_fit(Bytes::new(align)).get()), "{policy}");
            let [external, concentration] =
                [statistics.external_fragmentation(), statistics.free_space_concentration()].map(|it| it.get());
            assert!((space.external_fragmentation() - external).abs() < 1e-12, "{policy}");
            assert!((space.concentration() - concentration).abs() < 1e-9, "{policy}");
            assert_eq!(space.classes().iter().map(|class| class.bytes).sum::<u64>(), space.bytes());
        }
    }

    #[test]
    fn of_every_other_policy_they_are_a_bound() {
        for policy in PolicyKind::ALL.into_iter().filter(|policy| !has_gaps_for_ranges(policy.label())) {
            let (arena, log) = worked(policy);
            let (space, statistics) = (at_end(&log), arena.statistics());
            assert_eq!(space.bytes(), statistics.free.get() + statistics.cached.get(), "{policy}");
            let served = ALIGNMENTS.map(|align| arena.largest_fit(Bytes::new(align)).get());
            assert!(space.fits().iter().zip(served).all(|(bound, served)| *bound >= served), "{policy}");
            assert!(space.largest_bytes() >= statistics.largest_free.get(), "{policy}");
        }
    }

    #[test]
    fn nothing_is_free_before_a_run() {
        let space = FreeSpace::default();
        assert_eq!((space.bytes(), space.fits(), space.external_fragmentation()), (0, [0; 3], 0.0));
        assert!(GRANULE.get() == ALIGNMENTS[0]);
    }
}
