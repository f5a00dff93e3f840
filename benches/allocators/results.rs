//! Runs a case on everyone and keeps the figures.

use crate::contestants::everyone;
use arenascope::throughput::{Case, Contest, Effort, Score, Seat, Shape};
use arenascope::units::Bytes;
use serde::Serialize;
use std::time::Instant;

/// Everyone in one case.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) case: String,
    pub(crate) operations: usize,
    pub(crate) capacity_bytes: u64,
    pub(crate) peak_live_bytes: u64,
    pub(crate) scores: Vec<Score>,
}

impl Figures {
    /// The least figure among ours or among the peers.
    pub(crate) fn best(&self, is_ours: bool, figure: impl Fn(&Score) -> f64) -> Option<(&'static str, f64)> {
        let scores = self.scores.iter().filter(|score| score.is_ours == is_ours && score.failures == 0);
        scores.map(|score| (score.contestant, figure(score))).min_by(|left, right| left.1.total_cmp(&right.1))
    }
}

/// Times `case` on everyone. With `looks`, the footprint is measured before.
pub(crate) fn contest(case: Case, effort: Effort, looks: bool) -> Figures {
    let capacity = case.recording.arena_proposed();
    let seats = everyone(capacity, case.recording.live_count_peak());
    let mut contest = Contest::new(case, seats, effort);
    if looks {
        contest = contest.with_looks();
    }
    let start = Instant::now();
    while contest.step(&mut || start.elapsed()).expect("memory for a heap") {}
    let case = contest.case();
    Figures {
        case: case.name.clone(),
        operations: case.recording.len() - case.timed_from,
        capacity_bytes: capacity.get(),
        peak_live_bytes: case.recording.live_peak().get(),
        scores: contest.scores().cloned().collect(),
    }
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
    let part = |shape: Shape| shape.live_at_failure.unwrap_or(shape.live_peak) as f64 / capacity.get() as f64;
    let full = |seat: Seat| {
        let mut contestant = seat.make().expect("memory for a heap");
        let utilisation = cases.iter().map(|case| part(contestant.look(&case.recording, true))).collect();
        Fullness { contestant: seat.name, is_ours: seat.is_ours, utilisation }
    };
    everyone(capacity, live).into_iter().map(full).collect()
}
