//! Growth without release: who is suspected, by what was counted between three marks,
//! and why everybody else is not.
//!
//! A suspect shows one of two patterns:
//!
//! 1. *steady*: of what it took between the first two marks, nearly all is held at the
//!    third (the three-snapshot technique of heap debuggers); its holdings never fell
//!    from one of sixteen checkpoints to the next; they grew by nearly all that it took;
//! 2. *under swings*: it grows and shrinks by generations, and keeps a part of each. Its
//!    lowest holdings rise from quarter to quarter, and of what it took in every eighth
//!    between the first two marks something is held at the third, of which nothing was
//!    given back lately.
//!
//! Both must still be going on after the second mark, and, in a whole run, have been there
//! when it was half as long ([`super::search`]). A cache that fills, a level that
//! loads and a crowd that comes fail one of them, given time: let a run go on for two
//! periods of whatever it does.

use super::marks::Holding;
use crate::recordings::flow::{Account, Flow};
use arenascope_units::owner::{Heap, Owner};

/// Pieces of time between the first mark and the third, eight on either side of the
/// second.
pub(super) const PIECES: usize = 16;
/// Pieces of time between the first mark and the second.
pub(super) const BIRTHS: usize = PIECES / 2;
/// Nearly all, per cent.
const NEARLY_ALL: u64 = 95;
/// Fewer holdings than this are no pattern.
const TAKEN_MIN: u64 = 4;
/// Things that a finding names as examples, at most.
pub(super) const EXAMPLES: usize = 3;

/// What one owner did between the marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Category and tag of the memory.
    pub owner: Owner,
    /// The heap that it is on.
    pub heap: Heap,
    /// What it held at the three marks.
    pub held_at: [Holding; 3],
    /// Taken between the first two marks.
    pub taken: u64,
    /// Of them held at the third.
    pub held: u64,
    /// Taken between the first mark and the third.
    pub taken_all: u64,
    /// Given back between the first mark and the third.
    pub given_back: u64,
    /// Growth from the first mark to the third, bytes; negative where it shrank. Under
    /// swings, of the lowest bytes, from the first quarter to the last.
    pub growth_bytes: i64,
    /// Least-squares slope of its bytes over the checkpoints, per second; under swings, of
    /// the lowest bytes between them.
    pub bytes_per_second: f64,
    /// Events with which the first of what is held was taken.
    pub examples: Vec<u64>,
    /// Whether it is suspected, and why or why not.
    pub verdict: Result<Pattern, Cleared>,
}

impl Finding {
    /// Whether it takes and does not give back.
    pub const fn is_suspect(&self) -> bool {
        self.verdict.is_ok()
    }
}

/// How a suspect grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// It keeps nearly all that it takes.
    Steady,
    /// It gives most back, and keeps a part of each generation.
    UnderSwings,
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
    /// Grew less after the second mark than half of what it had grown before.
    Slowed,
    /// Was no suspect yet when the run was half as long: it may still be warming up.
    TooNew,
}

/// What one account did, as it is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// In each piece of time.
    pub(super) flows: [Flow; PIECES],
    /// At the three marks.
    pub(super) held_at: [Holding; 3],
    /// Of what was taken between the first two marks, held in the middle between the
    /// second and the third.
    pub(super) settled: u64,
    /// And held at the third.
    pub(super) held: u64,
    /// The pieces of time in which something was taken that is held at the third mark:
    /// a bit each.
    pub(super) births: u16,
    /// The first events with which something was taken that is held at the third mark.
    pub(super) examples: Vec<u64>,
}

impl Record {
    pub(super) fn finding(&self, (heap, owner): Account, times_us: &[u64; PIECES + 1]) -> Finding {
        let (first, all) = (sum(&self.flows[..BIRTHS]), sum(&self.flows));
        let verdict = self.verdict(&first, &all);
        Finding {
            owner,
            heap,
            held_at: self.held_at,
            taken: first.came,
            held: self.held,
            taken_all: all.came,
            given_back: all.went,
            growth_bytes: match verdict {
                Ok(Pattern::UnderSwings) => self.lows()[3] - self.lows()[0],
                _ => all.net_bytes(),
            },
            bytes_per_second: slope(&self.points(times_us, verdict == Ok(Pattern::UnderSwings))),
            examples: self.examples.clone(),
            verdict,
        }
    }

    /// Seconds, and the bytes held at each checkpoint, or the lowest in the piece of time
    /// before it: what is kept under swings.
    fn points(&self, times_us: &[u64; PIECES + 1], of_lows: bool) -> Vec<(f64, f64)> {
        let mut held = self.held_at[0].bytes as f64;
        let point = |(flow, time_us): (&Flow, &u64)| {
            let low = held + flow.low_bytes as f64;
            held += flow.net_bytes() as f64;
            (*time_us as f64 / 1e6, if of_lows { low } else { held })
        };
        self.flows.iter().zip(&times_us[1..]).map(point).collect()
    }

    fn verdict(&self, first: &Flow, all: &Flow) -> Result<Pattern, Cleared> {
        let found = match self.is_steady(first, all) {
            Err(Cleared::TooFew) => Err(Cleared::TooFew),
            Err(_) if self.is_under_swings() => Ok(Pattern::UnderSwings),
            found => found,
        };
        found.and_then(|pattern| if self.goes_on(pattern, first, all) { Ok(pattern) } else { Err(Cleared::Slowed) })
    }

    fn is_steady(&self, first: &Flow, all: &Flow) -> Result<Pattern, Cleared> {
        if first.came < TAKEN_MIN {
            Err(Cleared::TooFew)
        } else if !nearly_all(self.held, first.came) {
            Err(Cleared::GaveBack)
        } else if !nearly_all(all.came.saturating_sub(all.went), all.came) {
            Err(Cleared::Balanced)
        } else if self.flows.iter().any(|flow| flow.net() < 0) {
            Err(Cleared::Fell)
        } else if all.net_bytes() <= 0 {
            Err(Cleared::NoGrowth)
        } else {
            Ok(Pattern::Steady)
        }
    }

    /// Whether it keeps a part of every generation.
    fn is_under_swings(&self) -> bool {
        let of_every_piece = self.births == (1 << BIRTHS) - 1;
        let is_settled = self.held >= TAKEN_MIN && nearly_all(self.held, self.settled);
        of_every_piece && is_settled && self.lows().is_sorted_by(|before, after| before < after)
    }

    /// The lowest bytes that it held in each quarter between the first mark and the third.
    fn lows(&self) -> [i64; 4] {
        let mut held = self.held_at[0].bytes as i64;
        let mut lows = [i64::MAX; 4];
        for (piece, flow) in self.flows.iter().enumerate() {
            let low = &mut lows[piece * 4 / PIECES];
            *low = (*low).min(held + flow.low_bytes);
            held += flow.net_bytes();
        }
        lows
    }

    /// Whether it grew after the second mark by at least half of what it had grown before:
    /// under swings, from quarter to quarter of its lowest bytes.
    fn goes_on(&self, pattern: Pattern, first: &Flow, all: &Flow) -> bool {
        let (before, after) = match pattern {
            Pattern::Steady => (first.net_bytes(), all.net_bytes() - first.net_bytes()),
            Pattern::UnderSwings => {
                let [one, two, three, four] = self.lows();
                (two - one, four - three)
            }
        };
        2 * after >= before
    }
}

const fn nearly_all(part: u64, whole: u64) -> bool {
    part * 100 >= whole * NEARLY_ALL
}

fn sum(flows: &[Flow]) -> Flow {
    flows.iter().fold(Flow::default(), Flow::then)
}

/// Least-squares slope of the second number over the first.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (mean_at, mean_value) = (mean(|point| point.0), mean(|point| point.1));
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in points {
        above += (at - mean_at) * (value - mean_value);
        below += (at - mean_at) * (at - mean_at);
    }
    if below == 0.0 { 0.0 } else { above / below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_its_step() {
        let line: Vec<(f64, f64)> = (0..16).map(|at| (f64::from(at) / 2.0, 7.0 * f64::from(at))).collect();
        assert_eq!(slope(&line), 14.0);
        assert_eq!(slope(&[(0.0, 5.0), (1.0, 5.0), (2.0, 5.0)]), 0.0);
        assert_eq!(slope(&[(1.0, 1.0)]), 0.0);
    }
}
