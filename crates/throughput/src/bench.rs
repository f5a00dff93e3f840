//! The page's table: what may be asked for, how the time is shared out, and the
//! rows that come of it.

use super::contest::{Contest, Effort, Score};
use super::heap::{REFERENCE, Seat};
use super::ours::{policy_seat, threaded_seat};
use super::workloads::pairs;
use arenascope_arena::PolicyKind;
use arenascope_session::config::{ArgumentError, chosen, integer, policies, refuse};
use arenascope_units::Bytes;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Turns of each contestant.
const ROUNDS: usize = 9;
/// Timed pairs of free and allocate in a lap: 0.1 to 0.5 ms for most, so that a
/// clock of 5 µs is fine enough and a step stays short.
const PAIRS: u32 = 5_000;

/// What is to be measured: the argument of `arenascope.bench(…)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Which policies, beside the reference.
    pub policies: Vec<PolicyKind>,
    /// Allocations that are live at once.
    pub live: u32,
    /// Time against the clock, all contestants together, s.
    pub seconds: f64,
}

impl Default for Bench {
    /// Every policy, 1000 live allocations, 3 s.
    fn default() -> Self {
        Self { policies: PolicyKind::ALL.to_vec(), live: 1_000, seconds: 3.0 }
    }
}

impl Bench {
    /// Fewest live allocations that may be asked for.
    pub const LIVE_MIN: u32 = 100;
    /// Most live allocations: with more, the slowest policy would age its heap for
    /// longer than anyone waits.
    pub const LIVE_MAX: u32 = 10_000;
    /// Shortest time: eight milliseconds a turn.
    pub const SECONDS_MIN: f64 = 1.0;
    /// Longest time that may be asked for, s.
    pub const SECONDS_MAX: f64 = 60.0;

    /// Reads the argument of `arenascope.bench(…)`; what is absent has its default.
    ///
    /// # Errors
    /// The first argument that is unknown, of the wrong type or out of range.
    pub fn from_arguments(arguments: &Value) -> Result<Self, ArgumentError> {
        let object = match arguments {
            Value::Null => return Ok(Self::default()),
            Value::Object(object) => object,
            other => return Err(refuse("bench(…)", other, "an object")),
        };
        let mut bench = Self::default();
        for (name, value) in object {
            bench.set(name, value)?;
        }
        Ok(bench)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), ArgumentError> {
        match name {
            "policies" => self.policies = policies_named(value)?,
            "live" => {
                let live = integer(name, value, Self::LIVE_MIN.into(), Self::LIVE_MAX.into(), 1)?;
                self.live = u32::try_from(live).unwrap_or(Self::LIVE_MAX);
            }
            "seconds" => self.seconds = seconds(value)?,
            _ => {
                let allowed = String::from("policies, live, seconds");
                return Err(ArgumentError { argument: name.into(), got: "unknown".into(), allowed });
            }
        }
        Ok(())
    }

    /// The contest over an aged heap, in one thread: the reference first, then the
    /// policies. Heaps are made one at a time.
    pub fn contest(&self) -> Contest {
        // Aged until everything has been replaced twice on average.
        let case = pairs(self.live, 2 * self.live.max(5_000), PAIRS);
        let seats = self.seats(case.recording.arena_proposed());
        let effort = self.effort(seats.len());
        Contest::new(case, seats, effort)
    }

    fn seats(&self, capacity: Bytes) -> Vec<Seat> {
        let mut seats = Vec::new();
        #[cfg(feature = "reference")]
        seats.push(super::reference::reference_seat(capacity));
        seats.extend(self.policies.iter().map(|&policy| policy_seat(policy, capacity)));
        seats.extend(self.policies.iter().filter_map(|&policy| threaded_seat(policy, capacity)));
        seats
    }

    /// Each contestant gets its part of the time, in equal turns.
    fn effort(&self, contestants: usize) -> Effort {
        let total = Duration::from_secs_f64(self.seconds / contestants as f64);
        Effort { rounds: ROUNDS, operations: u64::MAX, turn: total / ROUNDS as u32, total, keeps_heaps: false }
    }
}

fn policies_named(value: &Value) -> Result<Vec<PolicyKind>, ArgumentError> {
    let choices = policies();
    let keys = || choices.iter().map(|choice| choice.key).collect::<Vec<_>>().join(", ");
    match value.as_array() {
        Some(names) if !names.is_empty() => {
            let named = |name| chosen("policies", name, PolicyKind::from_key, &choices);
            let mut named = names.iter().map(named).collect::<Result<Vec<_>, _>>()?;
            // Twice the same would be twice the same heap.
            let mut seen = Vec::new();
            named.retain(|policy| {
                !seen.contains(policy) && {
                    seen.push(*policy);
                    true
                }
            });
            Ok(named)
        }
        _ => Err(refuse("policies", value, &format!("a list of one or more of {}", keys()))),
    }
}

fn seconds(value: &Value) -> Result<f64, ArgumentError> {
    let range = Bench::SECONDS_MIN..=Bench::SECONDS_MAX;
    match value.as_f64() {
        Some(seconds) if range.contains(&seconds) => Ok(seconds),
        _ => {
            let allowed = format!("a number from {} to {}", Bench::SECONDS_MIN, Bench::SECONDS_MAX);
            Err(refuse("seconds", value, &allowed))
        }
    }
}

/// Nanoseconds per operation over the rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundTimes {
    /// The middle round, by time.
    pub median: f64,
    /// The fastest round: what the machine's other work disturbed least.
    pub minimum: f64,
}

/// One row of the table. Field names are the scripting interface's: keep them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchRow {
    /// The policy's key, with ` + threads` behind a thread's cache, or the reference's
    /// name.
    pub policy: String,
    /// What one operation, an allocation or a free, takes.
    pub ns_per_operation: RoundTimes,
    /// The fastest round ÷ the reference's fastest round; 1 for the reference.
    pub ratio_to_talc: f64,
    /// Operations against the clock.
    pub operations: u64,
    /// Allocations refused. A row with refusals has done less work than the others.
    pub failures: u64,
}

impl BenchRow {
    /// The rows of a contest that is done, the fastest first.
    pub fn all(contest: &Contest) -> Vec<Self> {
        let reference = contest.scores().find(|score| !score.is_ours).map_or(f64::NAN, Score::minimum);
        let mut rows: Vec<_> = contest.scores().map(|score| Self::of(score, reference)).collect();
        rows.sort_by(|left, right| left.ns_per_operation.minimum.total_cmp(&right.ns_per_operation.minimum));
        rows
    }

    fn of(score: &Score, reference_ns: f64) -> Self {
        let times = RoundTimes { median: score.median(), minimum: score.minimum() };
        Self {
            policy: score.contestant.into(),
            ns_per_operation: times,
            ratio_to_talc: times.minimum / reference_ns,
            operations: score.operations,
            failures: score.failures,
        }
    }

    /// True for the allocator that the others are measured by.
    pub fn is_reference(&self) -> bool {
        self.policy == REFERENCE
    }

    /// Operations per second at the pace of the fastest round.
    pub fn operations_per_second(&self) -> f64 {
        1e9 / self.ns_per_operation.minimum
    }
}

#[cfg(test)]
mod tests {
    use super::super::ours::THREADED;
    use super::*;
    use serde_json::json;
    use std::time::Instant;

    #[test]
    fn what_is_absent_has_its_default() {
        assert_eq!(Bench::from_arguments(&Value::Null), Ok(Bench::default()));
        assert_eq!(Bench::from_arguments(&json!({})), Ok(Bench::default()));
        let bench = Bench::from_arguments(&json!({"policies": ["slab", "tlsf", "slab"], "live": 100.0})).unwrap();
        assert_eq!((bench.policies, bench.live), (vec![PolicyKind::Slab, PolicyKind::Tlsf], 100));
        assert_eq!(bench.seconds, Bench::default().seconds);
    }

    #[test]
    fn what_cannot_be_used_is_named_with_what_can() {
        let cases = [
            (json!([1]), "bench(…)", "an object"),
            (json!({"policy": "tlsf"}), "policy", "policies, live, seconds"),
            (json!({"policies": "tlsf"}), "policies", "a list of one or more of first_fit"),
            (json!({"policies": []}), "policies", "a list of one or more"),
            (json!({"policies": ["talc"]}), "policies", "first_fit, "),
            (json!({"policies": [3]}), "policies", "first_fit, "),
            (json!({"live": 99}), "live", "an integer from 100 to 10000"),
            (json!({"live": 10_001}), "live", "an integer from 100 to 10000"),
            (json!({"live": 200.5}), "live", "an integer from 100 to 10000"),
            (json!({"seconds": 0.9}), "seconds", "a number from 1 to 60"),
            (json!({"seconds": 61}), "seconds", "a number from 1 to 60"),
            (json!({"seconds": "3"}), "seconds", "a number from 1 to 60"),
        ];
        for (arguments, name, allowed) in cases {
            let error = Bench::from_arguments(&arguments).unwrap_err();
            assert_eq!(error.argument, name, "{arguments}");
            assert!(error.to_string().contains(allowed), "{error}");
        }
    }

    #[test]
    fn the_time_is_shared_out_in_equal_turns() {
        let effort = Bench::default().effort(10);
        assert_eq!(effort.total, Duration::from_millis(300));
        assert_eq!(effort.turn, Duration::from_nanos(33_333_333));
    }

    #[test]
    fn the_table_holds_everyone_once_and_the_fastest_first() {
        let bench = Bench::default();
        let start = Instant::now();
        let quick = Effort { rounds: 1, turn: Duration::ZERO, ..bench.effort(10) };
        let case = pairs(bench.live, 100, 100);
        let seats = bench.seats(case.recording.arena_proposed());
        let mut contest = Contest::new(case, seats, quick);
        while contest.step(&mut || start.elapsed()).unwrap() {}
        let rows = BenchRow::all(&contest);
        let mut names: Vec<_> = rows.iter().map(|row| row.policy.as_str()).collect();
        assert!(rows.is_sorted_by_key(|row| row.ns_per_operation.minimum));
        names.sort_unstable();
        let mut expected: Vec<_> = PolicyKind::ALL.map(PolicyKind::key).into();
        expected.extend(THREADED.map(|(_, name)| name));
        expected.extend(cfg!(feature = "reference").then_some(REFERENCE));
        expected.sort_unstable();
        assert_eq!(names, expected);
        for row in rows {
            assert_eq!(row.is_reference(), row.policy == REFERENCE);
            assert!(!row.is_reference() || row.ratio_to_talc == 1.0);
            assert_eq!(row.operations, 200, "{}", row.policy);
            assert_eq!(row.failures, 0, "{}", row.policy);
        }
    }
}
