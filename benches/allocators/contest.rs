//! Runs a case on everyone, in turns, and keeps the figures.

use crate::contestants::everyone;
use crate::heap::{Contestant, Lap, Shape};
use crate::workloads::Case;
use arenascope::units::Bytes;
use serde::Serialize;
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Effort {
    /// Turns of each contestant.
    pub(crate) rounds: usize,
    /// Operations of a turn, at least, unless the time is up.
    pub(crate) operations: u64,
    /// Time of a turn after which no lap is begun.
    pub(crate) turn: Duration,
    /// Time of all turns after which a contestant takes no further one.
    pub(crate) total: Duration,
}

impl Effort {
    /// For figures to be written down.
    pub(crate) const FULL: Self =
        Self { rounds: 9, operations: 1_000_000, turn: Duration::from_millis(100), total: Duration::from_secs(2) };

    /// To see that everything runs.
    pub(crate) const SMOKE: Self = Self { rounds: 1, operations: 1, turn: Duration::ZERO, total: Duration::ZERO };
}

/// One contestant in one case.
#[derive(Debug, Serialize)]
pub(crate) struct Score {
    pub(crate) contestant: &'static str,
    pub(crate) is_ours: bool,
    /// Nanoseconds per operation, one figure a round.
    pub(crate) rounds_ns: Vec<f64>,
    pub(crate) failures: u64,
    pub(crate) footprint_ratio: Option<f64>,
}

impl Score {
    /// The fastest round.
    pub(crate) fn minimum(&self) -> f64 {
        self.rounds_ns.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle round.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.rounds_ns.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Everyone in one case.
#[derive(Debug, Serialize)]
pub(crate) struct Contest {
    pub(crate) case: String,
    pub(crate) operations: usize,
    pub(crate) capacity_bytes: u64,
    pub(crate) peak_live_bytes: u64,
    pub(crate) scores: Vec<Score>,
}

impl Contest {
    /// The least figure among ours or among the peers.
    pub(crate) fn best(&self, is_ours: bool, figure: impl Fn(&Score) -> f64) -> Option<(&'static str, f64)> {
        let scores = self.scores.iter().filter(|score| score.is_ours == is_ours && score.failures == 0);
        scores.map(|score| (score.contestant, figure(score))).min_by(|left, right| left.1.total_cmp(&right.1))
    }
}

/// Times `case` on everyone, in turns: what disturbs the machine disturbs all.
/// With `looks`, the footprint is measured before.
pub(crate) fn contest(case: &Case, effort: Effort, looks: bool) -> Contest {
    let recording = &case.recording;
    let capacity = recording.arena_proposed();
    let mut all = everyone(capacity, recording.live_count_peak());
    let score = |contestant: &mut Box<dyn Contestant>| start(contestant.as_mut(), case, looks);
    let mut scores: Vec<Score> = all.iter_mut().map(score).collect();
    let mut spent = vec![Duration::ZERO; all.len()];
    for _ in 0..effort.rounds {
        for ((contestant, score), spent) in all.iter_mut().zip(&mut scores).zip(&mut spent) {
            if score.rounds_ns.is_empty() || *spent < effort.total {
                *spent += turn(contestant.as_mut(), case, effort, score);
            }
        }
    }
    Contest {
        case: case.name.clone(),
        operations: recording.len() - case.timed_from,
        capacity_bytes: capacity.get(),
        peak_live_bytes: recording.live_peak().get(),
        scores,
    }
}

/// Looks, fills and ages.
fn start(contestant: &mut dyn Contestant, case: &Case, looks: bool) -> Score {
    let shape = looks.then(|| contestant.look(&case.recording, false));
    contestant.clear(case.recording.slot_count());
    let aged = contestant.run(&case.recording, 0..case.timed_from);
    Score {
        contestant: contestant.name(),
        is_ours: contestant.is_ours(),
        rounds_ns: Vec::new(),
        failures: aged.failures,
        footprint_ratio: shape.map(|shape| shape.ratio()),
    }
}

/// Laps until the turn is over; the time they took.
fn turn(contestant: &mut dyn Contestant, case: &Case, effort: Effort, score: &mut Score) -> Duration {
    let timed = case.timed_from..case.recording.len();
    let (mut operations, mut took) = (0, Duration::ZERO);
    while operations == 0 || operations < effort.operations && took < effort.turn {
        // A heap that was aged stays so; any other starts empty.
        if case.timed_from == 0 {
            contestant.clear(case.recording.slot_count());
        }
        let lap: Lap = contestant.run(&case.recording, timed.clone());
        operations += timed.len().max(1) as u64;
        took += lap.took;
        score.failures += lap.failures;
    }
    score.rounds_ns.push(took.as_nanos() as f64 / operations as f64);
    took
}

/// How full one contestant was when it refused first.
#[derive(Debug, Serialize)]
pub(crate) struct Fullness {
    pub(crate) contestant: &'static str,
    pub(crate) is_ours: bool,
    /// Live bytes, as asked for, ÷ capacity, metadata included; one figure a case.
    pub(crate) utilisation: Vec<f64>,
}

/// Fills everyone with each of `cases` until it refuses.
pub(crate) fn fill(cases: &[Case], capacity: Bytes) -> Vec<Fullness> {
    // As many as the smallest sizes would make.
    let live = cases.iter().map(|case| case.recording.live_count_peak()).max().unwrap_or(0);
    let mut all = everyone(capacity, live);
    let part = |shape: Shape| shape.live_at_failure.unwrap_or(shape.live_peak) as f64 / capacity.get() as f64;
    let full = |contestant: &mut Box<dyn Contestant>| Fullness {
        contestant: contestant.name(),
        is_ours: contestant.is_ours(),
        utilisation: cases.iter().map(|case| part(contestant.look(&case.recording, true))).collect(),
    };
    all.iter_mut().map(full).collect()
}
