//! Growth without release. An owner is suspected only where three things agree:
//!
//! 1. three points: of what it took between the first and the second, nearly all
//!    is held at the third (the three-snapshot technique of heap debuggers);
//! 2. its holdings never fall from one checkpoint to the next;
//! 3. they have grown by nearly all that it took: nothing balanced it.
//!
//! A cache that fills, a level that loads and a crowd that comes fail one of
//! them, given time: let a run go on for two periods of whatever it does. Those
//! who are not suspected are told too, with the reason.

use super::leak_marks::{Mark, Marks};
use crate::owner::{Heap, Owner};
use crate::recording::Reader;
use crate::telemetry::event::{Op, Role};
use core::ops::Range;
use std::collections::BTreeMap;

/// Checkpoints over the rest.
const CHECKPOINTS: usize = 16;
/// Nearly all, per cent.
const NEARLY_ALL: u64 = 95;
/// Fewer holdings than this are no pattern.
const TAKEN_MIN: u64 = 4;
/// Examples given.
const EXAMPLES: usize = 3;

/// What one owner did between the marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Who.
    pub owner: Owner,
    /// Of which memory.
    pub heap: Heap,
    /// Taken between the first two marks.
    pub taken: u64,
    /// Of them held at the third.
    pub held: u64,
    /// Taken between the first mark and the third.
    pub taken_all: u64,
    /// Given back between the first mark and the third.
    pub given_back: u64,
    /// Growth from the first mark to the third, bytes; negative where it shrank.
    pub growth_bytes: i64,
    /// Least-squares slope of its bytes over the checkpoints, per second.
    pub bytes_per_second: f64,
    /// Events with which the first of what is held was taken.
    pub examples: Vec<u64>,
    /// Why it is not suspected; `None` for a suspect.
    pub cleared_by: Option<Cleared>,
}

impl Finding {
    /// Whether it takes and does not give back.
    pub const fn is_suspect(&self) -> bool {
        self.cleared_by.is_none()
    }
}

/// Why somebody who takes is not suspected: the first reason that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleared {
    /// Took too little between the first two marks for a pattern.
    TooFew,
    /// Gave back what it took between the first two marks.
    GaveBack,
    /// Gave back as much as it took, if not the same.
    Balanced,
    /// Held less at one checkpoint than at the one before.
    Fell,
    /// Holds no more bytes than before.
    NoGrowth,
}

/// What one owner did, as it is counted.
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

/// A search between three marks, in slices.
#[derive(Clone, Debug)]
pub struct LeakSearch {
    marks: Marks,
    points: Points,
    accounts: BTreeMap<(Heap, Owner), Account>,
    next: u64,
}

impl LeakSearch {
    /// A search that has looked at nothing; `None` where there is no time between
    /// the marks.
    pub fn new(reader: &Reader<'_>, marks: Marks) -> Option<Self> {
        let points = Points::of(reader, &marks)?;
        Some(Self { next: points.first, marks, points, accounts: BTreeMap::new() })
    }

    /// Between which marks.
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Goes on, over at most `most` events. True when all are looked at.
    pub fn advance(&mut self, reader: &Reader<'_>, most: u64) -> bool {
        let end = self.points.third.min(self.next.saturating_add(most));
        for index in reader.scan(self.next..end, |kind| kind.role() != Role::Notes) {
            note(&mut self.accounts, &self.points, reader, index);
        }
        self.next = end;
        end == self.points.third
    }

    /// How far it is, from 0 to 1.
    pub fn progress(&self) -> f64 {
        (self.next - self.points.first) as f64 / (self.points.third - self.points.first).max(1) as f64
    }

    /// Events between the first mark and the third.
    pub const fn events(&self) -> u64 {
        self.points.third - self.points.first
    }

    /// Everybody who took or gave back: suspects first, then by growth. O(owners).
    pub fn findings(&self) -> Vec<Finding> {
        let of = |((heap, owner), account): (&(Heap, Owner), &Account)| account.finding(*heap, *owner, &self.points);
        let mut findings: Vec<Finding> = self.accounts.iter().map(of).collect();
        findings.sort_by_key(|finding| (!finding.is_suspect(), core::cmp::Reverse(finding.growth_bytes)));
        findings
    }
}

/// The suspects in a range of events of one run, most bytes first; none where the
/// range has no time in it. O(events).
pub fn suspects(reader: &Reader<'_>, range: Range<u64>) -> Vec<Finding> {
    let Some(mut search) = Marks::of_run(reader, range).and_then(|marks| LeakSearch::new(reader, marks)) else {
        return Vec::new();
    };
    search.advance(reader, u64::MAX);
    search.findings().into_iter().filter(Finding::is_suspect).collect()
}

/// Moments of the protocol.
#[derive(Clone, Debug)]
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
    fn of(reader: &Reader<'_>, marks: &Marks) -> Option<Self> {
        let [first, second, third] = marks.0;
        let step_us = third.time_us.checked_sub(first.time_us)? / CHECKPOINTS as u64;
        if step_us == 0 || !marks.is_in_order() {
            return None;
        }
        let at = |time_us: u64| reader.position_at(time_us).clamp(first.position, third.position);
        let checkpoints = core::array::from_fn(|point| match point + 1 {
            CHECKPOINTS => third.position,
            point => at(first.time_us + step_us * point as u64),
        });
        let range = first.position..third.position;
        let resets = reader.scan(range, |kind| kind.op() == Op::ArenaReset).collect();
        let [first, second, third] = [first, second, third].map(|mark: Mark| mark.position);
        Some(Self { first, second, third, checkpoints, step_us, resets })
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

fn note(accounts: &mut BTreeMap<(Heap, Owner), Account>, points: &Points, reader: &Reader<'_>, index: u64) {
    let Some(event) = reader.event(index) else { return };
    let (Role::Begins(heap) | Role::Changes(heap) | Role::Ends(heap)) = event.op.role() else { return };
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

    fn finding(&self, heap: Heap, owner: Owner, points: &Points) -> Finding {
        let Self { taken, held, taken_all, given_back, .. } = *self;
        Finding {
            owner,
            heap,
            taken,
            held,
            taken_all,
            given_back,
            growth_bytes: self.growth_bytes(),
            bytes_per_second: slope(&self.bytes) / (points.step_us as f64 / 1e6),
            examples: self.examples.clone(),
            cleared_by: self.cleared_by(),
        }
    }

    fn growth_bytes(&self) -> i64 {
        self.bytes.iter().sum()
    }

    fn cleared_by(&self) -> Option<Cleared> {
        let nearly_all = |part: u64, whole: u64| part * 100 >= whole * NEARLY_ALL;
        if self.taken < TAKEN_MIN {
            Some(Cleared::TooFew)
        } else if !nearly_all(self.held, self.taken) {
            Some(Cleared::GaveBack)
        } else if !nearly_all(self.taken_all.saturating_sub(self.given_back), self.taken_all) {
            Some(Cleared::Balanced)
        } else if self.counts.iter().any(|change| *change < 0) {
            Some(Cleared::Fell)
        } else if self.growth_bytes() <= 0 {
            Some(Cleared::NoGrowth)
        } else {
            None
        }
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
