//! What is in the way of a request: the stretch of the arena that would have to
//! be emptied for it, at the least cost.

use crate::recording::{AliveThing, State};

/// The cheapest stretch for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blockers {
    /// Where the request would begin, aligned.
    pub offset_bytes: u64,
    /// Bytes of the ranges in the way; 0 where it fits as it is.
    pub cost_bytes: u64,
    /// The ranges in the way, by address.
    pub ranges: Vec<AliveThing>,
}

/// The stretch with the fewest bytes in use that would hold `size_bytes` at
/// `align_bytes`, a power of two, once its ranges were gone; of equals, the one
/// with fewest ranges, then the lowest. `None` where the arena is too small for
/// it, or no run had begun. O(ranges): two ends that only move up.
pub fn blockers(state: &State, size_bytes: u64, align_bytes: u64) -> Option<Blockers> {
    let (ranges, standing) = (state.ranges(), &state.standing);
    let align = align_bytes.checked_next_power_of_two()?.max(1);
    let mut best: Option<(u64, usize, core::ops::Range<usize>, u64)> = None;
    let (mut end, mut cost) = (0, 0_u64);
    for start in 0..=ranges.len() {
        // The stretch begins behind the range before `start`.
        let from = start
            .checked_sub(1)
            .map_or(standing.payload_bytes, |before| ranges[before].offset_bytes + ranges[before].size_bytes);
        let Some(offset) = from.checked_next_multiple_of(align) else { break };
        end = end.max(start);
        let until = |end: usize| ranges.get(end).map_or(standing.capacity_bytes, |range| range.offset_bytes);
        while end < ranges.len() && until(end).saturating_sub(offset) < size_bytes {
            cost += ranges[end].size_bytes;
            end += 1;
        }
        if until(end).saturating_sub(offset) < size_bytes || until(end) < offset {
            break;
        }
        if best.as_ref().is_none_or(|best| (cost, end - start) < (best.0, best.1)) {
            best = Some((cost, end - start, start..end, offset));
        }
        if start < end {
            cost -= ranges[start].size_bytes;
        }
    }
    let (cost_bytes, _, chosen, offset_bytes) = best?;
    Some(Blockers { offset_bytes, cost_bytes, ranges: ranges[chosen].to_vec() })
}
