//! What recording costs, and what reading it costs: `make bench FILTER=recording`.
//!
//! Prints plain lines. Without `--bench`, as under `cargo test --benches`, all of
//! it runs once, on few events.

use arenascope::analysis::recordings::event_index::EventIndex;
use arenascope::analysis::timeline::columns::{EventAxis, EventColumns, EventGrid};
use arenascope::recording::{Cursor, EventLog, EventSeries, Limits, Reader};
use arenascope::throughput::{RecordingCosts, RecordingEffort, TakingCost, TellingCost, at_once, recording_costs};
use arenascope::workload::rng::Rng;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    let is_full = std::env::args().any(|argument| argument == "--bench");
    let effort = if is_full { RecordingEffort::FULL } else { RecordingEffort::SMOKE };
    let log = EventLog::new(Limits { bytes: 1 << 30, ..Limits::default() });
    let start = Instant::now();
    let mut clock = || start.elapsed();
    let costs = at_once(recording_costs(&log, effort, &mut clock, async |_| true));
    let costs = costs.expect("memory for an arena").expect("nobody stops it");
    told_costs(&costs);
    let mut reader = Reader::new(&log);
    reader.refresh();
    seeks(&reader, if is_full { 1_000 } else { 10 });
    columns(&reader);
}

fn told_costs(costs: &RecordingCosts) {
    for (name, cost, bar) in [("bins", costs.bare, " (bar 1.5)"), ("bins + threads", costs.threaded, "")] {
        let TellingCost { ns_without, ns_with, ratio, lost } = cost;
        println!(
            "ring, {name}: {ns_without:.1} ns per operation, {ns_with:.1} with it: {ratio:.2} x{bar}; lost {lost}"
        );
    }
    for (name, cost, bar) in [("one thread", costs.one_thread, " (bar 5)"), ("four threads", costs.four_threads, "")] {
        let TakingCost { events, per_second, bytes_per_event, has_gaps } = cost;
        println!(
            "ingest of {name}: {events} events, {:.1} M events/s{bar}; {bytes_per_event:.1} bytes per event (bar 24); \
             gaps {has_gaps}",
            per_second / 1e6
        );
    }
}

/// The slowest but 5 %, and the slowest.
fn told(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    println!("{name}: median {:.3} ms, p95 {:.3} ms, worst {:.3} ms", at(50), at(95), at(100));
}

fn timed<T>(mut work: impl FnMut() -> T) -> Duration {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed()
}

fn seeks(reader: &Reader<'_>, count: usize) {
    let (mut cursor, mut rng, end) = (Cursor::new(), Rng::new(7), reader.events().end);
    let anywhere = (0..count).map(|_| {
        let position = u64::from(rng.below(end as u32));
        timed(|| cursor.seek(reader, position).map(|state| state.ranges().len()))
    });
    told("seek, anywhere", anywhere.collect());
    println!("       {} ranges alive", cursor.state().ranges().len());
    // A drag over everything in 600 frames, and one over a thousandth.
    for (name, width) in [("scrub, everything", end), ("scrub, a thousandth", end / 1_000)] {
        let positions = (0..count as u64).map(|frame| end / 2 - width / 2 + width * frame / count as u64);
        told(name, positions.map(|position| timed(|| cursor.seek(reader, position).map(|_| ()))).collect());
    }
    let state = cursor.state();
    let arena_bytes = state.ranges().iter().map(|range| range.offset_bytes + range.size_bytes).max().unwrap_or(1);
    let hovers = (0..count).map(|_| {
        let offset = u64::from(rng.below(arena_bytes as u32));
        timed(|| state.range_at(offset).map(|range| range.event))
    });
    told("hover: who owns this byte", hovers.collect());
}

/// Zooms from everything to one event and back, panning on the way: 1 200 pixels.
fn columns(reader: &Reader<'_>) {
    let mut series = EventSeries::new();
    println!("series: forest of all blocks built in {:.1} ms", timed(|| series.update(reader)).as_secs_f64() * 1e3);
    let end_us = reader.time_us(reader.events().end - 1).unwrap_or(0);
    let mut index = EventIndex::new();
    println!("index of all blocks built in {:.1} ms", timed(|| index.update(reader, u64::MAX)).as_secs_f64() * 1e3);
    let mut columns = EventColumns::new(EventAxis::Time);
    let mut frame = |width_us: u64, pan: u64, most: u64| {
        let start = (end_us - width_us.min(end_us)) / 2 + pan;
        timed(|| columns.update(reader, &series, &index, EventGrid::over(start, start + width_us, 1_200), most))
    };
    let widths = || (0..400).map(|step| (end_us as f64 * 0.97_f64.powi(step)) as u64 + 1);
    let mut rng = Rng::new(11);
    let anywhere = (0..400).map(|_| {
        let width = (end_us >> rng.below(14)).max(1);
        frame(width, u64::from(rng.below((end_us / 2) as u32 + 1)), u64::MAX)
    });
    told("columns, another window each frame", anywhere.collect());
    told("columns, zoom from all to one event", widths().map(|width| frame(width, 0, u64::MAX)).collect());
    // As the page does: what is missing comes with the next frames.
    told("columns, the same with at most 300 a frame", widths().map(|width| frame(width, 0, 300)).collect());
    let width = end_us / 50;
    told("columns, pan by a hundredth", (0..400).map(|step| frame(width, step * width / 100, u64::MAX)).collect());
}
