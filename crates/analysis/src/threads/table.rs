//! The threads at work on the arena, as a table.

use crate::numbers::text::{count, per_second};
use arenascope_telemetry::metrics::{ArenaMetrics, ThreadMetrics};
use arenascope_units::{Bytes, Ratio};

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreadLine {
    /// 0 for the engine: its colour.
    pub thread: usize,
    /// Who it is: `Engine`, `Mutator 3`.
    pub name: String,
    /// Allocations and frees per second, for people.
    pub pace: String,
    /// Part of the allocations that its cache served.
    pub hits: String,
    /// Frees of what others allocated.
    pub remote_frees: String,
    /// Waits for the lock.
    pub waits: String,
    /// Bytes that its cache holds, for people.
    pub cached: String,
    /// Everything else, for the tooltip.
    pub hint: String,
}

/// A line for each thread, and the sum of them all.
pub fn lines(arena: &ArenaMetrics) -> Vec<ThreadLine> {
    arena.threads.iter().enumerate().map(|(thread, row)| line(thread, row)).collect()
}

/// All threads together; `None` where there is only one or none.
pub fn total(arena: &ArenaMetrics) -> Option<ThreadLine> {
    if arena.threads.len() < 2 {
        return None;
    }
    let sum = |of: fn(&ThreadMetrics) -> u64| arena.threads.iter().map(of).sum();
    let (allocations, hits) = (sum(|row| row.allocations_total), sum(|row| row.cache_hits_total));
    let all = ThreadMetrics {
        name: String::from("all"),
        operations_total: sum(|row| row.operations_total),
        operations_per_second: arena.threads.iter().map(|row| row.operations_per_second).sum(),
        allocations_total: allocations,
        cache_hits_total: hits,
        cache_hit_ratio: if allocations == 0 { 0.0 } else { hits as f64 / allocations as f64 },
        cached_bytes: sum(|row| row.cached_bytes),
        remote_frees_total: sum(|row| row.remote_frees_total),
        locks_total: sum(|row| row.locks_total),
        lock_waits_total: sum(|row| row.lock_waits_total),
        pauses_total: sum(|row| row.pauses_total),
        passed_total: sum(|row| row.passed_total),
        refused_total: sum(|row| row.refused_total),
    };
    Some(line(0, &all))
}

fn line(thread: usize, row: &ThreadMetrics) -> ThreadLine {
    ThreadLine {
        thread,
        name: capitalised(&row.name),
        pace: per_second(row.operations_per_second),
        hits: Ratio::new(row.cache_hit_ratio).to_string(),
        remote_frees: short(row.remote_frees_total),
        waits: short(row.lock_waits_total),
        cached: Bytes::new(row.cached_bytes).to_string(),
        hint: format!(
            "{} operations; took the lock {} times, waited {} times; met {} pauses; freed {} allocations of other \
             threads; left {} to others; refused {} times",
            count(row.operations_total),
            count(row.locks_total),
            count(row.lock_waits_total),
            count(row.pauses_total),
            count(row.remote_frees_total),
            count(row.passed_total),
            count(row.refused_total),
        ),
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A count that keeps its width: in full up to five digits, then in thousands and
/// millions.
fn short(number: u64) -> String {
    match number {
        0..100_000 => count(number),
        100_000..10_000_000 => format!("{} k", count(number / 1_000)),
        _ => format!("{} M", count(number / 1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arena() -> ArenaMetrics {
        let thread = |name: &str, allocations, hits| ThreadMetrics {
            name: name.into(),
            operations_total: 2 * allocations,
            operations_per_second: 2.0 * allocations as f64,
            allocations_total: allocations,
            cache_hits_total: hits,
            cache_hit_ratio: hits as f64 / allocations as f64,
            cached_bytes: 1024,
            remote_frees_total: 3,
            ..ThreadMetrics::default()
        };
        ArenaMetrics { threads: vec![thread("engine", 50, 25), thread("mutator 1", 150, 150)], ..Default::default() }
    }

    #[test]
    fn a_line_for_each_thread_in_order() {
        let lines = lines(&arena());
        let named: Vec<_> = lines.iter().map(|line| (line.thread, line.name.as_str())).collect();
        assert_eq!(named, [(0, "Engine"), (1, "Mutator 1")]);
        assert_eq!((lines[1].hits.as_str(), lines[1].cached.as_str()), ("100.0 %", "1.0 KiB"));
    }

    #[test]
    fn all_together_are_sums() {
        let total = total(&arena()).unwrap();
        assert_eq!((total.pace.as_str(), total.hits.as_str()), ("400 /s", "87.5 %"));
        assert_eq!((total.remote_frees.as_str(), total.cached.as_str()), ("6", "2.0 KiB"));
        assert_eq!(super::total(&ArenaMetrics::default()), None);
    }

    #[test]
    fn counts_keep_their_width() {
        let texts = [99_999, 100_000, 9_999_999, 12_345_678].map(short);
        assert_eq!(texts, ["99\u{a0}999", "100 k", "9\u{a0}999 k", "12 M"]);
    }
}
