//! A case on every contestant, in turns, one small step at a time: whoever runs
//! it can show progress, stop, or see to other things in between.

use super::heap::{Clock, Contestant, Seat};
use super::workloads::Case;
use arenascope_arena::ReserveError;
use core::time::Duration;
use serde::Serialize;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effort {
    /// Turns of each contestant.
    pub rounds: usize,
    /// Operations of a turn, at least, unless the time is up.
    pub operations: u64,
    /// Time of a turn after which no lap is begun.
    pub turn: Duration,
    /// Time of all turns after which a contestant takes no further one.
    pub total: Duration,
    /// Whether heaps are kept between turns. Otherwise each is made, filled and
    /// aged anew for its turn: that takes the memory of one heap, not of all.
    pub keeps_heaps: bool,
}

impl Effort {
    /// For figures to be written down.
    pub const FULL: Self = Self {
        rounds: 9,
        operations: 1_000_000,
        turn: Duration::from_millis(100),
        total: Duration::from_secs(2),
        keeps_heaps: true,
    };

    /// To see that everything runs.
    pub const SMOKE: Self =
        Self { rounds: 1, operations: 1, turn: Duration::ZERO, total: Duration::ZERO, keeps_heaps: true };
}

/// One contestant in one case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The contestant's name, for tables.
    pub contestant: &'static str,
    /// Whether it is a policy of this crate.
    pub is_ours: bool,
    /// Nanoseconds per operation, one figure a round.
    pub rounds_ns: Vec<f64>,
    /// Operations against the clock, in all rounds.
    pub operations: u64,
    /// Allocations refused, those of filling and ageing included.
    pub failures: u64,
    /// Highest byte ÷ peak of live bytes, where that was looked at.
    pub footprint_ratio: Option<f64>,
}

impl Score {
    fn of(seat: &Seat) -> Self {
        let (contestant, is_ours) = (seat.name, seat.is_ours);
        Self { contestant, is_ours, rounds_ns: Vec::new(), operations: 0, failures: 0, footprint_ratio: None }
    }

    /// The fastest round; infinity where there is none.
    pub fn minimum(&self) -> f64 {
        self.rounds_ns.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle round, the upper one of two; not a number where there is none.
    pub fn median(&self) -> f64 {
        let mut sorted = self.rounds_ns.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Operations of filling and ageing in one step.
const AGEING_STEP: usize = 8192;

/// One contestant at its turns.
struct Lane {
    seat: Seat,
    contestant: Option<Box<dyn Contestant>>,
    /// Operations of the case done before the timed part.
    aged: usize,
    score: Score,
    /// Time of all turns.
    spent: Duration,
    /// Of the turn in progress.
    operations: u64,
    took: Duration,
}

impl Lane {
    fn new(seat: Seat) -> Self {
        let score = Score::of(&seat);
        let (spent, took) = (Duration::ZERO, Duration::ZERO);
        Self { seat, contestant: None, aged: 0, score, spent, operations: 0, took }
    }

    fn wants_turn(&self, effort: Effort) -> bool {
        self.score.rounds_ns.is_empty() || self.spent < effort.total
    }

    /// One step of the turn; true where the turn is over.
    fn step(&mut self, case: &Case, effort: Effort, looks: bool, clock: &mut Clock<'_>) -> Result<bool, ReserveError> {
        let Some(contestant) = self.contestant.as_deref_mut() else {
            return self.sit_down(case, looks).map(|()| false);
        };
        if self.aged < case.timed_from {
            let end = case.timed_from.min(self.aged + AGEING_STEP);
            self.score.failures += contestant.run(&case.recording, self.aged..end, clock).failures;
            self.aged = end;
            return Ok(false);
        }
        self.lap(case, clock);
        let is_over = self.operations >= effort.operations || self.took >= effort.turn;
        if is_over {
            self.finish(effort);
        }
        Ok(is_over)
    }

    /// Makes the heap; looks, where that is asked for; empties it.
    fn sit_down(&mut self, case: &Case, looks: bool) -> Result<(), ReserveError> {
        let mut contestant = self.seat.make()?;
        if looks && self.score.footprint_ratio.is_none() {
            self.score.footprint_ratio = Some(contestant.look(&case.recording, false).ratio());
        }
        contestant.clear(case.recording.slot_count());
        (self.contestant, self.aged) = (Some(contestant), 0);
        Ok(())
    }

    fn lap(&mut self, case: &Case, clock: &mut Clock<'_>) {
        let Some(contestant) = self.contestant.as_deref_mut() else { return };
        // A heap that was aged stays so; any other starts empty.
        if case.timed_from == 0 {
            contestant.clear(case.recording.slot_count());
        }
        let timed = case.timed_from..case.recording.len();
        let lap = contestant.run(&case.recording, timed.clone(), clock);
        self.operations += timed.len().max(1) as u64;
        self.took += lap.took;
        self.score.failures += lap.failures;
    }

    /// Notes the turn's figure.
    fn finish(&mut self, effort: Effort) {
        self.score.rounds_ns.push(self.took.as_nanos() as f64 / self.operations as f64);
        self.score.operations += self.operations;
        self.spent += self.took;
        (self.operations, self.took) = (0, Duration::ZERO);
        if !effort.keeps_heaps {
            self.contestant = None;
        }
    }
}

/// A contest in progress. What disturbs the machine disturbs all: contestants
/// take turns, as many as there are rounds.
///
/// ```
/// use arenascope_arena::PolicyKind;
/// use arenascope_throughput::{Contest, Effort, pairs, policy_seat};
/// use std::time::Instant;
///
/// let case = pairs(100, 1_000, 500);
/// let capacity = case.recording.arena_proposed();
/// let seats = vec![policy_seat(PolicyKind::Tlsf, capacity), policy_seat(PolicyKind::Bins, capacity)];
/// let start = Instant::now();
/// let mut contest = Contest::new(case, seats, Effort::SMOKE);
/// while contest.step(&mut || start.elapsed())? {}
/// assert_eq!(contest.progress(), 1.0);
/// assert!(contest.scores().all(|score| score.minimum() > 0.0));
/// # Ok::<(), arenascope_arena::ReserveError>(())
/// ```
pub struct Contest {
    case: Case,
    effort: Effort,
    looks: bool,
    lanes: Vec<Lane>,
    round: usize,
    /// Whose turn it is.
    at: usize,
}

impl Contest {
    /// `case` for whoever takes the `seats`. Nothing is made or done yet.
    pub fn new(case: Case, seats: Vec<Seat>, effort: Effort) -> Self {
        let lanes = seats.into_iter().map(Lane::new).collect();
        Self { case, effort, looks: false, lanes, round: 0, at: 0 }
    }

    /// Measures footprints too, once, before the first turn.
    pub fn with_looks(mut self) -> Self {
        self.looks = true;
        self
    }

    /// Does a little: makes a heap, ages it by some thousand operations, or times
    /// one lap. False once all is done. Cost: one lap at most.
    ///
    /// # Errors
    /// [`ReserveError`] where there is no memory for a heap.
    pub fn step(&mut self, clock: &mut Clock<'_>) -> Result<bool, ReserveError> {
        if self.is_done() {
            return Ok(false);
        }
        let lane = &mut self.lanes[self.at];
        if !lane.wants_turn(self.effort) || lane.step(&self.case, self.effort, self.looks, clock)? {
            self.at += 1;
            if self.at == self.lanes.len() {
                (self.at, self.round) = (0, self.round + 1);
            }
        }
        Ok(!self.is_done())
    }

    fn is_done(&self) -> bool {
        self.lanes.is_empty() || self.round >= self.effort.rounds
    }

    /// The part of the turns that is over, 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.is_done() {
            return 1.0;
        }
        (self.round * self.lanes.len() + self.at) as f64 / (self.effort.rounds * self.lanes.len()) as f64
    }

    /// Who is at work; `None` once all is done.
    pub fn contestant(&self) -> Option<&'static str> {
        if self.is_done() { None } else { self.lanes.get(self.at).map(|lane| lane.seat.name) }
    }

    /// The recording that the contest is about.
    pub const fn case(&self) -> &Case {
        &self.case
    }

    /// The figures so far, in the order of the seats.
    pub fn scores(&self) -> impl Iterator<Item = &Score> {
        self.lanes.iter().map(|lane| &lane.score)
    }
}

#[cfg(test)]
mod tests {
    use super::super::heap::{Hands, Heap};
    use super::super::workloads::pairs;
    use super::*;
    use arenascope_units::Bytes;

    /// Refuses every `refuses`-th allocation and counts what is live in it.
    struct Fake {
        refuses: u64,
        asked: u64,
        live: u64,
    }

    impl Hands for Fake {
        type Handle = u64;

        fn allocate(&mut self, _: u32) -> Option<u64> {
            self.asked += 1;
            let granted = self.refuses == 0 || !self.asked.is_multiple_of(self.refuses);
            self.live += u64::from(granted);
            granted.then_some(self.asked)
        }

        fn free(&mut self, _: u64) {
            self.live = self.live.checked_sub(1).expect("freed what was not live");
        }
    }

    impl Heap for Fake {
        type Handle = u64;
        type Hands<'a> = &'a mut Self;

        fn hands(&mut self) -> &mut Self {
            self
        }

        fn clear(&mut self) {
            self.live = 0;
        }

        fn end(&self, handle: u64, size: u32) -> u64 {
            handle + u64::from(size)
        }
    }

    fn fake(name: &'static str, refuses: u64) -> Seat {
        Seat::new(name, true, move || Ok(Fake { refuses, asked: 0, live: 0 }))
    }

    /// A clock that goes on by `step_ns` a look.
    fn ticking(step_ns: u64) -> impl FnMut() -> Duration {
        let mut now = Duration::ZERO;
        move || {
            now += Duration::from_nanos(step_ns);
            now
        }
    }

    /// Runs to the end; the scores.
    fn run(mut contest: Contest, step_ns: u64) -> Vec<Score> {
        let mut clock = ticking(step_ns);
        while contest.step(&mut clock).unwrap() {}
        assert_eq!(contest.progress(), 1.0);
        contest.scores().cloned().collect()
    }

    const EFFORT: Effort = Effort { rounds: 3, turn: Duration::MAX, total: Duration::MAX, ..Effort::SMOKE };

    #[test]
    fn a_lap_is_the_time_between_two_looks_over_its_operations() {
        let scores = run(Contest::new(pairs(100, 0, 500), vec![fake("a", 0)], EFFORT), 4_000);
        // 500 pairs are 1000 operations: 4 ns each.
        assert_eq!(scores[0].rounds_ns, [4.0; 3]);
        assert_eq!((scores[0].operations, scores[0].failures), (3_000, 0));
        assert_eq!((scores[0].minimum(), scores[0].median()), (4.0, 4.0));
    }

    #[test]
    fn contestants_take_turns_and_progress_never_goes_back() {
        let seats = vec![fake("a", 0), fake("b", 0)];
        let mut contest = Contest::new(pairs(100, 20_000, 500), seats, EFFORT);
        let (mut order, mut last, mut clock) = (Vec::new(), 0.0, ticking(1));
        loop {
            order.extend(contest.contestant());
            let goes_on = contest.step(&mut clock).unwrap();
            assert!(contest.progress() >= last);
            last = contest.progress();
            if !goes_on {
                break;
            }
        }
        order.dedup();
        assert_eq!(order, ["a", "b", "a", "b", "a", "b"]);
        assert_eq!((last, contest.contestant()), (1.0, None));
        assert_eq!(contest.step(&mut clock), Ok(false));
    }

    #[test]
    fn a_turn_goes_on_until_it_has_its_operations_or_its_time() {
        let by_operations = Effort { operations: 2_500, ..EFFORT };
        let by_time = Effort { operations: u64::MAX, turn: Duration::from_nanos(5), ..EFFORT };
        for (effort, laps) in [(by_operations, 3), (by_time, 2)] {
            let scores = run(Contest::new(pairs(100, 0, 500), vec![fake("a", 0)], effort), 3);
            assert_eq!(scores[0].operations, 3 * laps * 1_000);
        }
    }

    #[test]
    fn who_has_used_its_time_takes_no_further_turn() {
        let effort = Effort { total: Duration::from_nanos(3), ..EFFORT };
        let scores = run(Contest::new(pairs(100, 0, 500), vec![fake("a", 0)], effort), 2);
        assert_eq!(scores[0].rounds_ns.len(), 2);
    }

    #[test]
    fn refusals_are_counted_and_never_freed() {
        for keeps_heaps in [true, false] {
            let effort = Effort { keeps_heaps, ..EFFORT };
            let scores = run(Contest::new(pairs(100, 0, 500), vec![fake("a", 10)], effort), 1);
            // 100 to fill, once or for each turn, and 500 in each of three laps.
            let asked = if keeps_heaps { 100 + 1_500 } else { 3 * 600 };
            assert_eq!(scores[0].failures, asked / 10);
        }
    }

    #[test]
    fn a_heap_without_memory_ends_the_contest_with_its_error() {
        let refused = ReserveError::OutOfMemory { requested: Bytes::mib(1) };
        let seat = Seat::new("none", true, move || Err::<Fake, _>(refused));
        let mut contest = Contest::new(pairs(10, 0, 10), vec![seat], EFFORT);
        assert_eq!(contest.step(&mut ticking(1)), Err(refused));
    }

    #[test]
    fn nobody_is_done_at_once() {
        assert_eq!(run(Contest::new(pairs(10, 0, 10), Vec::new(), EFFORT), 1), []);
    }
}
