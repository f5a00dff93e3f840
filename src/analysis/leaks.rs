//! Growth without release. An owner is suspected only where three things agree:
//!
//! 1. three points: of what it took between the first and the second, nearly all
//!    is held at the third (the three-snapshot technique of heap debuggers);
//! 2. its holdings never fall from one checkpoint to the next;
//! 3. they have grown by nearly all that it took: nothing balanced it.
//!
//! A cache that fills, a level that loads and a crowd that comes fail one of
//! them, given time: let a run go on for two periods of whatever it does.

use crate::owner::{Heap, Owner};
use crate::recording::Reader;
use crate::telemetry::event::{Op, Role};
use core::ops::Range;
use std::collections::BTreeMap;

/// The part of the run that is left out at its start: everything grows then.
const WARM_UP: u64 = 4;
/// Checkpoints over the rest.
const CHECKPOINTS: usize = 16;
/// Nearly all, per cent.
const NEARLY_ALL: u64 = 95;
/// Fewer holdings than this are no pattern.
const TAKEN_MIN: u64 = 4;
/// Examples given.
const EXAMPLES: usize = 3;

/// Somebody who takes and does not give back, and why one thinks so.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// Who.
    pub owner: Owner,
    /// Of which memory.
    pub heap: Heap,
    /// Taken between the first two points.
    pub taken: u64,
    /// Of them held at the third.
    pub held: u64,
    /// Growth from the first point to the third, bytes.
    pub growth_bytes: u64,
    /// Least-squares slope of its bytes over the checkpoints, per second.
    pub bytes_per_second: f64,
    /// Events with which the first of what is held was taken.
    pub examples: Vec<u64>,
}

/// What one owner did.
#[derive(Clone, Debug, Default)]
struct Account {
    taken_all: u64,
    given_back: u64,
    taken: u64,
    held: u64,
    examples: Vec<u64>,
    /// Holdings and bytes taken less given back, at each checkpoint.
    counts: [i64; CHECKPOINTS],
    bytes: [i64; CHECKPOINTS],
}

/// The suspects in a range of events of one run, most bytes first; none where the
/// range has no time in it. O(events).
pub fn suspects(reader: &Reader<'_>, range: Range<u64>) -> Vec<Suspect> {
    let Some(points) = Points::of(reader, range) else { return Vec::new() };
    let accounts = accounts(reader, &points);
    let mut suspects: Vec<Suspect> =
        accounts.into_iter().filter_map(|((heap, owner), account)| account.suspect(heap, owner, &points)).collect();
    suspects.sort_by_key(|suspect| core::cmp::Reverse(suspect.growth_bytes));
    suspects
}

/// Moments of the protocol.
struct Points {
    first: u64,
    second: u64,
    third: u64,
    /// The last event before each checkpoint, and its time.
    checkpoints: [u64; CHECKPOINTS],
    step_us: u64,
    /// Events that ended every range of the arena.
    resets: Vec<u64>,
}

impl Points {
    fn of(reader: &Reader<'_>, range: Range<u64>) -> Option<Self> {
        let last = range.end.checked_sub(1).filter(|last| range.contains(last))?;
        let (start_us, end_us) = (reader.time_us(range.start)?, reader.time_us(last)?);
        let warm_us = start_us + end_us.saturating_sub(start_us) / WARM_UP;
        let step_us = (end_us - warm_us) / CHECKPOINTS as u64;
        if step_us == 0 {
            return None;
        }
        let at = |time_us: u64| reader.position_at(time_us).clamp(range.start, range.end);
        let checkpoints = core::array::from_fn(|point| match point + 1 {
            CHECKPOINTS => range.end,
            point => at(warm_us + step_us * point as u64),
        });
        let resets = reader.scan(range.clone(), |kind| kind.op() == Op::ArenaReset).collect();
        // Half of the time for taking, half for giving back.
        let (first, second) = (at(warm_us), checkpoints[CHECKPOINTS / 2 - 1]);
        Some(Self { first, second, third: range.end, checkpoints, step_us, resets })
    }

    /// True where what an event took is held at the third point.
    fn is_held(&self, reader: &Reader<'_>, heap: Heap, index: u64) -> bool {
        let mut at = index;
        while let Some(next) = reader.next(at).filter(|next| *next < self.third) {
            if reader.kind(next).is_none_or(|kind| kind.op() != Op::ArenaResize) {
                return false;
            }
            at = next;
        }
        heap != Heap::Arena || self.resets.last().is_none_or(|reset| *reset < at)
    }

    /// The checkpoint by which an event counts.
    fn of_event(&self, index: u64) -> usize {
        self.checkpoints.partition_point(|checkpoint| *checkpoint <= index).min(CHECKPOINTS - 1)
    }
}

fn accounts(reader: &Reader<'_>, points: &Points) -> BTreeMap<(Heap, Owner), Account> {
    let mut accounts: BTreeMap<(Heap, Owner), Account> = BTreeMap::new();
    for index in reader.scan(points.first..points.third, |kind| kind.role() != Role::Notes) {
        let Some(event) = reader.event(index) else { continue };
        let (Role::Begins(heap) | Role::Changes(heap) | Role::Ends(heap)) = event.op.role() else { continue };
        let checkpoint = points.of_event(index);
        if takes(event.op) {
            let account = accounts.entry((heap, event.owner)).or_default();
            account.take(checkpoint, event.size_bytes);
            if index < points.second {
                account.taken += 1;
                if points.is_held(reader, heap, index) {
                    account.held += 1;
                    if account.examples.len() < EXAMPLES {
                        account.examples.push(index);
                    }
                }
            }
        } else if let Some((owner, size_bytes)) = gives_back(reader, index, event.op) {
            accounts.entry((heap, owner)).or_default().give_back(checkpoint, size_bytes);
        }
    }
    accounts
}

/// True where somebody gets something.
const fn takes(op: Op) -> bool {
    matches!(
        op,
        Op::ArenaAllocate | Op::NpuCharge | Op::PoolCreate | Op::PoolReuse | Op::TensorCreate | Op::TensorReuse
    )
}

/// Who gives something back with this event, and how much.
fn gives_back(reader: &Reader<'_>, index: u64, op: Op) -> Option<(Owner, u64)> {
    let before = reader.event(reader.previous(index)?)?;
    let is_back = match op {
        // What the pool destroys was released before, but for a lost device.
        Op::PoolDestroy => takes(before.op),
        Op::ArenaFree | Op::NpuRelease | Op::PoolRelease | Op::TensorRelease => true,
        _ => false,
    };
    is_back.then_some((before.owner, before.size_bytes))
}

impl Account {
    fn take(&mut self, checkpoint: usize, size_bytes: u64) {
        self.taken_all += 1;
        self.counts[checkpoint] += 1;
        self.bytes[checkpoint] += size_bytes as i64;
    }

    fn give_back(&mut self, checkpoint: usize, size_bytes: u64) {
        self.given_back += 1;
        self.counts[checkpoint] -= 1;
        self.bytes[checkpoint] -= size_bytes as i64;
    }

    fn suspect(self, heap: Heap, owner: Owner, points: &Points) -> Option<Suspect> {
        let nearly_all = |part: u64, whole: u64| part * 100 >= whole * NEARLY_ALL;
        let never_falls = self.counts.iter().all(|change| *change >= 0);
        let growth = self.bytes.iter().sum::<i64>();
        let is_suspect = self.taken >= TAKEN_MIN
            && nearly_all(self.held, self.taken)
            && nearly_all(self.taken_all.saturating_sub(self.given_back), self.taken_all)
            && never_falls
            && growth > 0;
        is_suspect.then(|| Suspect {
            owner,
            heap,
            taken: self.taken,
            held: self.held,
            growth_bytes: growth as u64,
            bytes_per_second: slope(&self.bytes) / (points.step_us as f64 / 1e6),
            examples: self.examples,
        })
    }
}

/// Least-squares slope of the running sum of `changes`, per step.
fn slope(changes: &[i64]) -> f64 {
    let count = changes.len() as f64;
    let mut sum = 0;
    let values: Vec<f64> = changes
        .iter()
        .map(|change| {
            sum += change;
            sum as f64
        })
        .collect();
    let (mean_at, mean) = ((count - 1.0) / 2.0, values.iter().sum::<f64>() / count);
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let distance = at as f64 - mean_at;
        above += distance * (value - mean);
        below += distance * distance;
    }
    if below == 0.0 { 0.0 } else { above / below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_its_step() {
        assert_eq!(slope(&[7; 16]), 7.0);
        assert_eq!(slope(&[5, 0, 0, 0]), 0.0);
        assert_eq!(slope(&[1]), 0.0);
    }
}
