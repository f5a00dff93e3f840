//! What is in the way of a request: the stretch of the arena that would have to
//! be emptied for it, at the least cost.

use super::scene::Piece;
use arenascope_recording::AliveThing;
use core::ops::Range;

/// Something that takes a range of the arena.
pub trait Placed {
    /// Where it begins, bytes from the arena's base.
    fn offset_bytes(&self) -> u64;
    /// How much it takes.
    fn size_bytes(&self) -> u64;
}

impl Placed for AliveThing {
    fn offset_bytes(&self) -> u64 {
        self.offset_bytes
    }

    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Placed for Piece {
    fn offset_bytes(&self) -> u64 {
        self.offset_bytes
    }

    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

/// The cheapest stretch for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blockers<P> {
    /// Where the request would begin, aligned.
    pub offset_bytes: u64,
    /// Bytes of the ranges in the way; 0 where it fits as it is.
    pub cost_bytes: u64,
    /// The ranges in the way, by address.
    pub ranges: Vec<P>,
}

/// The stretch of `space` with the fewest bytes in use that would hold `size_bytes` at
/// `align_bytes`, a power of two, once its ranges were gone; of equals, the one
/// with fewest ranges, then the lowest. `ranges` are in the order of addresses, and
/// within `space`. `None` where that is too small for it. O(ranges): two ends that
/// only move up.
pub fn blockers<P: Placed + Clone>(
    ranges: &[P],
    space: Range<u64>,
    size_bytes: u64,
    align_bytes: u64,
) -> Option<Blockers<P>> {
    let align = align_bytes.checked_next_power_of_two()?.max(1);
    let mut best: Option<(u64, usize, Range<usize>, u64)> = None;
    let (mut end, mut cost) = (0, 0_u64);
    for start in 0..=ranges.len() {
        // The stretch begins behind the range before `start`.
        let before = start.checked_sub(1).map(|before| &ranges[before]);
        let from = before.map_or(space.start, |before| before.offset_bytes() + before.size_bytes());
        let Some(offset) = from.checked_next_multiple_of(align) else { break };
        end = end.max(start);
        let until = |end: usize| ranges.get(end).map_or(space.end, Placed::offset_bytes);
        while end < ranges.len() && until(end).saturating_sub(offset) < size_bytes {
            cost += ranges[end].size_bytes();
            end += 1;
        }
        if until(end).saturating_sub(offset) < size_bytes || until(end) < offset {
            break;
        }
        if best.as_ref().is_none_or(|best| (cost, end - start) < (best.0, best.1)) {
            best = Some((cost, end - start, start..end, offset));
        }
        if start < end {
            cost -= ranges[start].size_bytes();
        }
    }
    let (cost_bytes, _, chosen, offset_bytes) = best?;
    Some(Blockers { offset_bytes, cost_bytes, ranges: ranges[chosen].to_vec() })
}
