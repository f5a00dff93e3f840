//! The heat map in words: what is read at a place of it, the whole in a sentence, and
//! the table behind it.

use super::heat_grid::row_at;
use crate::chart::plot::{Key, Paint, Stroke};
use crate::chart::ticks::{Tick, moment};
use crate::chart::window::TimeSpan;
use crate::chart::window_table::TableRow;
use arenascope_telemetry::heat::{HeatLog, HeatRow, SIZES};

/// The request sizes of the map's rows, smallest first.
pub const SIZE_LABELS: [&str; SIZES] = [
    "16 B", "32 B", "64 B", "128 B", "256 B", "512 B", "1 KiB", "2 KiB", "4 KiB", "8 KiB", "16 KiB", "32 KiB",
    "64 KiB", "128 KiB", "256 KiB", "512 KiB", "1 MiB", "2 MiB", "4 MiB", "8 MiB", "16 MiB", "32 MiB", "64 MiB",
    "128 MiB", "256 MiB", "512 MiB", "1 GiB",
];

/// The sizes that are read where nothing is pointed at: 4 KiB, 64 KiB, 1 MiB, 16 MiB.
const SAMPLED: [usize; 4] = [8, 12, 16, 20];

/// Marks of the size axis, one unit per size, each at the middle of its row; at most
/// `room` of them, in even steps.
pub fn size_ticks(sizes: usize, room: usize) -> Vec<Tick> {
    let step = [1, 2, 4, 6, 12].into_iter().find(|step| sizes.div_ceil(*step) <= room.max(1)).unwrap_or(SIZES);
    (0..sizes).step_by(step).map(|at| Tick { at: at as f64 + 0.5, label: SIZE_LABELS[at].into() }).collect()
}

/// The columns of the table behind the map.
pub fn keys() -> Vec<Key> {
    SIZE_LABELS.iter().map(|label| Key { label: (*label).into(), paint: Paint::Dim, stroke: Stroke::Area }).collect()
}

/// What is read at a moment and size: `at 12.3 s · 64 KiB: 34.2 % of the free bytes
/// unusable`.
pub fn reading(log: &HeatLog, time_us: f64, size: usize) -> String {
    let Some(row) = row_at(log, time_us) else { return format!("at {}: no value", moment(time_us)) };
    let at = moment(row.time_us as f64);
    match value(&row, size) {
        Some(value) => format!("at {at} · {}: {} of the free bytes unusable", SIZE_LABELS[size], percent(value)),
        None => format!("at {at} · {}: larger than the arena", SIZE_LABELS[size.min(SIZES - 1)]),
    }
}

/// The newest row at a few sizes.
pub fn newest(log: &HeatLog) -> String {
    let Some(row) = log.rows().last().and_then(|row| log.get(row)) else { return String::new() };
    let part = |size: usize| value(&row, size).map(|value| format!("{} {}", SIZE_LABELS[size], percent(value)));
    let parts: Vec<String> = SAMPLED.into_iter().filter_map(part).collect();
    format!("now · {}", parts.join(" · "))
}

/// The map in one sentence, for who does not see it.
pub fn summary(log: &HeatLog) -> String {
    let words = newest(log);
    if words.is_empty() {
        return "Unusable free space by request size: no data yet".into();
    }
    format!("Unusable free space over time by request size from 16 B up; {words}")
}

/// The last row of each second of the window, newest first, at most `most`.
pub fn table(log: &HeatLog, span: TimeSpan, most: usize) -> Vec<TableRow> {
    let mut lines = Vec::new();
    let rows = log.rows();
    let mut before = log.row_at(span.end_us.max(0.0) as u64 + 1).min(rows.end);
    while lines.len() < most {
        let Some(number) = before.checked_sub(1).filter(|row| rows.contains(row)) else { break };
        let Some(row) = log.get(number).filter(|row| row.time_us as f64 >= span.start_us) else { break };
        let values = (0..SIZES).map(|size| value(&row, size).map_or_else(|| "–".into(), percent)).collect();
        lines.push(TableRow { time: format!("{:.1} s", row.time_us as f64 / 1e6), values });
        // Always earlier than `number`, so this ends.
        before = log.row_at(row.time_us / 1_000_000 * 1_000_000).min(number);
    }
    lines
}

fn value(row: &HeatRow, size: usize) -> Option<f64> {
    row.values().nth(size).map(|(_, value)| value)
}

/// Five characters and the sign, so that it keeps its width: ` 34.2 %`.
fn percent(value: f64) -> String {
    format!("{:.1} %", value * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> HeatLog {
        let log = HeatLog::new();
        (0..50_u64).for_each(|row| {
            let value = |size: u32| f64::from(size) * 0.04 + row as f64 * 0.001;
            log.append(&HeatRow::new(row * 100_000, (0..21).map(value)));
        });
        log
    }

    #[test]
    fn labels_are_the_sizes() {
        let row = HeatRow::new(0, [0.0; SIZES].into_iter());
        for ((bytes, _), label) in row.values().zip(SIZE_LABELS) {
            let (number, unit) = label.split_once(' ').unwrap();
            let scale = match unit {
                "B" => 0,
                "KiB" => 10,
                "MiB" => 20,
                _ => 30,
            };
            assert_eq!(bytes, number.parse::<u64>().unwrap() << scale);
        }
    }

    #[test]
    fn a_place_is_read_exactly() {
        let log = log();
        assert_eq!(reading(&log, 1.25e6, 12), "at 1.2 s · 64 KiB: 49.2 % of the free bytes unusable");
        assert_eq!(reading(&log, 1.2e6, 22), "at 1.2 s · 64 MiB: larger than the arena");
        assert_eq!(reading(&log, 90e6, 12), "at 90 s: no value");
        assert_eq!(newest(&log), "now · 4 KiB 36.9 % · 64 KiB 52.9 % · 1 MiB 68.9 % · 16 MiB 84.9 %");
        assert_eq!(
            (newest(&HeatLog::new()), reading(&HeatLog::new(), 0.0, 0)),
            (String::new(), "at 0 s: no value".into())
        );
        assert!(summary(&HeatLog::new()).ends_with("no data yet"));
    }

    #[test]
    fn the_table_has_the_last_row_of_each_second() {
        let rows = table(&log(), TimeSpan { start_us: 1e6, end_us: 3.25e6 }, 9);
        let times: Vec<&str> = rows.iter().map(|row| row.time.as_str()).collect();
        assert_eq!(times, ["3.2 s", "2.9 s", "1.9 s"]);
        assert_eq!((rows[0].values[0].as_str(), rows[0].values[21].as_str()), ("3.2 %", "–"));
        assert_eq!(table(&HeatLog::new(), TimeSpan { start_us: 0.0, end_us: 1e9 }, 9), []);
    }

    #[test]
    fn marks_are_in_even_steps() {
        let labels = |room| size_ticks(21, room).into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels(6), ["16 B", "256 B", "4 KiB", "64 KiB", "1 MiB", "16 MiB"]);
        assert_eq!((labels(30).len(), labels(1).len(), size_ticks(0, 5).len()), (21, 1, 0));
        assert_eq!(size_ticks(21, 6)[1].at, 4.5);
    }
}
