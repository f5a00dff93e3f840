//! What the arena refused, in tables: each of the newest failed allocations, and all
//! refused calls by kind.

use crate::chart::ticks::moment;
use crate::numbers::text::{count, ratio};
use arenascope_arena::{FailureCause, RefusalKind};
use arenascope_telemetry::arena_table::{ArenaTable, FailureRow, GuardRow};
use arenascope_telemetry::metrics::ArenaMetrics;
use arenascope_units::Bytes;

/// One failed allocation as text.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureLine {
    /// Counts from 1 in each run.
    pub number: u64,
    /// When, µs of engine time.
    pub time_us: f64,
    /// When it was, for people: `12.3 s`.
    pub time: String,
    /// The name of the tag that asked.
    pub owner: String,
    /// The key of its category, for the colour.
    pub category: &'static str,
    /// Bytes that were asked for, for people.
    pub size: String,
    /// What was lacking: `fragmented`, `full` …
    pub cause: String,
    /// True where fragmentation is to blame.
    pub is_fragmented: bool,
    /// The failure index; a dash where memory was not what ran out.
    pub index: String,
    /// The largest free range; a dash likewise.
    pub largest_free: String,
    /// All in a sentence.
    pub hint: String,
}

/// The newest failed allocations, the newest first.
pub fn failures(table: &ArenaTable) -> Vec<FailureLine> {
    table.failures.iter().rev().map(failure_line).collect()
}

fn failure_line(row: &FailureRow) -> FailureLine {
    let or_dash = |bytes: Option<u64>| bytes.map_or_else(|| "–".into(), |bytes| Bytes::new(bytes).to_string());
    FailureLine {
        number: row.number,
        time_us: row.time_us as f64,
        time: moment(row.time_us as f64),
        owner: row.tag.to_string(),
        category: row.category.key(),
        size: Bytes::new(row.size_bytes).to_string(),
        cause: row.cause.replace('_', " "),
        is_fragmented: row.cause == FailureCause::Fragmented.key(),
        index: row.index.map_or_else(|| "–".into(), ratio),
        largest_free: or_dash(row.largest_free_bytes),
        hint: failure_text(row),
    }
}

fn failure_text(row: &FailureRow) -> String {
    let asked = format!("{} at alignment {}", Bytes::new(row.size_bytes), Bytes::new(row.align_bytes));
    let (Some(free), Some(largest)) = (row.free_bytes, row.largest_free_bytes) else {
        return format!("{asked} for {}: {}", row.tag, row.cause.replace('_', " "));
    };
    let [free, largest] = [free, largest].map(Bytes::new);
    format!("{asked} for {}: {} with {free} free, the largest range {largest}", row.tag, row.cause)
}

/// Refused calls of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalLine {
    /// The kind, for people.
    pub label: String,
    /// How often it was refused in this run.
    pub count: String,
    /// Nothing of this kind was refused.
    pub is_zero: bool,
}

/// Refused calls by kind: a title with its kinds, for frees, allocations and others.
pub fn refusals(arena: &ArenaMetrics) -> [(&'static str, Vec<RefusalLine>); 3] {
    let line = |kind: RefusalKind| {
        let number = arena.refusals_total.get(kind.key()).copied().unwrap_or(0);
        RefusalLine { label: kind.to_string(), count: count(number), is_zero: number == 0 }
    };
    let of =
        |is_of: fn(RefusalKind) -> bool| RefusalKind::ALL.into_iter().filter(|kind| is_of(*kind)).map(line).collect();
    [
        ("Allocations and resizes", of(RefusalKind::is_allocation)),
        ("Frees, and handles of resizes", of(RefusalKind::is_free)),
        ("Other calls", of(|kind| !kind.is_allocation() && !kind.is_free())),
    ]
}

/// Allocations that were refused in this run, by cause: `fragmented 3 · full 12`, the
/// causes that occurred, or that none did.
pub fn causes(arena: &ArenaMetrics) -> String {
    let number = |kind: RefusalKind| arena.refusals_total.get(kind.key()).copied().unwrap_or(0);
    let of = |(kind, word): (RefusalKind, &str)| {
        Some(number(kind)).filter(|number| *number > 0).map(|number| format!("{word} {}", count(number)))
    };
    let words = [
        (RefusalKind::Full, "full"),
        (RefusalKind::Fragmented, "fragmented"),
        (RefusalKind::OutOfNodes, "out of nodes"),
        (RefusalKind::ContendedAllocation, "contended"),
    ];
    let parts: Vec<String> = words.into_iter().filter_map(of).collect();
    if parts.is_empty() { "none in this run".into() } else { parts.join(" · ") }
}

/// One stray write as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardLine {
    /// Counts from 1 in each run.
    pub number: u64,
    /// Whose range: the tag.
    pub owner: String,
    /// The key of its category, for the colour.
    pub category: &'static str,
    /// What happened, with the bytes.
    pub what: String,
    /// The address of the first wrong byte.
    pub place: String,
    /// When it was found, and how old the range was.
    pub when: String,
}

/// The stray writes, the newest first.
pub fn guard_hits(table: &ArenaTable) -> Vec<GuardLine> {
    table.guard_hits.iter().rev().map(guard_line).collect()
}

fn guard_line(row: &GuardRow) -> GuardLine {
    let GuardRow { expected, found, offset_bytes, payload_offset_bytes, payload_bytes, .. } = *row;
    let fault = match row.fault.as_ref() {
        "underrun" => "Written in front of its start",
        "overrun" => "Written behind its end",
        _ => "Written after its free",
    };
    GuardLine {
        number: row.number,
        owner: row.tag.to_string(),
        category: row.category.key(),
        what: format!("{fault}: {found:#04x} instead of {expected:#04x} at offset {}", count(offset_bytes)),
        place: format!("{} at offset {}", Bytes::new(payload_bytes), count(payload_offset_bytes)),
        when: format!("found at {}, allocated at {}", moment(row.time_us as f64), moment(row.born_us as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    fn failure(number: u64, cause: &'static str, index: Option<f64>) -> FailureRow {
        FailureRow {
            number,
            time_us: 12_340_000,
            category: MemoryCategory::ECS,
            tag: "world/entities".into(),
            size_bytes: 3 << 20,
            align_bytes: 16,
            cause: cause.into(),
            index,
            free_bytes: index.map(|_| 9 << 20),
            largest_free_bytes: index.map(|_| 1 << 20),
        }
    }

    #[test]
    fn the_newest_failure_comes_first_with_its_numbers() {
        let failures_of = [failure(1, "out_of_nodes", None), failure(2, "fragmented", Some(0.91))];
        let table = ArenaTable { failures: failures_of.into(), ..ArenaTable::default() };
        let lines = failures(&table);
        let [newest, oldest] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((newest.number, newest.index.as_str(), newest.is_fragmented), (2, "0.910", true));
        assert_eq!(
            (newest.time.as_str(), newest.size.as_str(), newest.largest_free.as_str()),
            ("12.3 s", "3.0 MiB", "1.0 MiB")
        );
        let hint =
            "3.0 MiB at alignment 16 B for world/entities: fragmented with 9.0 MiB free, the largest range 1.0 MiB";
        assert_eq!(newest.hint, hint);
        assert_eq!((oldest.cause.as_str(), oldest.index.as_str(), oldest.is_fragmented), ("out of nodes", "–", false));
        assert!(oldest.hint.ends_with("for world/entities: out of nodes"));
    }

    #[test]
    fn every_kind_is_in_one_group_and_all_add_up() {
        let totals = (1..).zip(RefusalKind::ALL).map(|(number, kind)| (kind.key().into(), number));
        let arena = ArenaMetrics { refusals_total: totals.collect(), ..ArenaMetrics::default() };
        let groups = refusals(&arena);
        let numbers = groups.iter().flat_map(|(_, lines)| lines).map(|line| line.count.parse::<u64>().unwrap());
        assert_eq!(numbers.sum::<u64>(), (1..=RefusalKind::ALL.len() as u64).sum::<u64>());
        assert_eq!(groups.map(|(_, lines)| lines.len()), [9, 7, 1]);
        assert_eq!(causes(&arena), "full 12 · fragmented 13 · out of nodes 15 · contended 16");
        assert_eq!(causes(&ArenaMetrics::default()), "none in this run");
        assert!(refusals(&ArenaMetrics::default())[0].1.iter().all(|line| line.is_zero));
    }

    #[test]
    fn a_stray_write_names_byte_and_owner() {
        let row = GuardRow {
            number: 1,
            time_us: 2_000_000,
            fault: "overrun".into(),
            offset_bytes: 1_234_567,
            expected: 0xfd,
            found: 0x41,
            category: MemoryCategory::ECS,
            tag: "world/entities".into(),
            payload_offset_bytes: 1_234_000,
            payload_bytes: 567,
            born_us: 500_000,
        };
        let table = ArenaTable { guard_hits: [row].into(), ..ArenaTable::default() };
        let line = guard_hits(&table).remove(0);
        let plain = |text: &str| text.replace('\u{a0}', " ");
        assert_eq!(plain(&line.what), "Written behind its end: 0x41 instead of 0xfd at offset 1 234 567");
        assert_eq!(plain(&line.place), "567 B at offset 1 234 000");
        assert_eq!((line.when.as_str(), line.category), ("found at 2 s, allocated at 0.5 s", "ecs"));
    }
}
