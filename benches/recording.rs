//! What recording costs, and what reading it costs: `make bench FILTER=recording`.
//!
//! Prints plain lines. Without `--bench`, as under `cargo test --benches`, all of
//! it runs once, on few events.

use arenascope::analysis::event_columns::{EventAxis, EventColumns, EventGrid};
use arenascope::analysis::event_index::EventIndex;
use arenascope::arena::{AllocationId, Arena, PolicyKind, Region, Request};
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::recording::{Cursor, EventLog, EventSeries, Limits, Reader, Recorder};
use arenascope::telemetry::event::{Event, Op};
use arenascope::telemetry::ring::Producer;
use arenascope::telemetry::rings::Rings;
use arenascope::units::{Bytes, Micros};
use arenascope::workload::rng::Rng;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Operations between two looks at the clock; fewer than a ring holds.
const BATCH: u32 = 1 << 15;
const ARENA: Bytes = Bytes::mib(256);

fn main() {
    let is_full = std::env::args().any(|argument| argument == "--bench");
    let (rounds, events) = if is_full { (60, 5_000_000) } else { (1, 100_000) };
    for policy in [PolicyKind::Bins, PolicyKind::Tlsf] {
        ring_cost(policy, rounds);
    }
    let log = EventLog::new(Limits { bytes: 1 << 30, ..Limits::default() });
    ingest(&log, events);
    ingest_of_threads(events / 4);
    let mut reader = Reader::new(&log);
    reader.refresh();
    seeks(&reader, if is_full { 1_000 } else { 10 });
    columns(&reader);
}

/// An engine of one thread: random frees and allocations on an aged heap.
struct Engine {
    arena: Arena,
    rng: Rng,
    live: Vec<(AllocationId, Owner)>,
    time_us: u64,
    most: usize,
}

impl Engine {
    fn new(policy: PolicyKind, most: usize) -> Self {
        let region = Region::reserve(ARENA).expect("memory for an arena");
        Self { arena: Arena::new(region, policy), rng: Rng::new(42), live: Vec::new(), time_us: 0, most }
    }

    /// One operation, and its event where there is a ring.
    #[inline]
    fn step(&mut self, ring: &mut Option<Producer<'_>>) {
        self.time_us += u64::from(self.rng.once_in(16));
        if self.live.len() >= self.most || self.rng.once_in(3) && !self.live.is_empty() {
            let place = self.rng.below(self.live.len() as u32) as usize;
            let (id, owner) = self.live.swap_remove(place);
            let Ok(extent) = self.arena.deallocate(id) else { return };
            let (offset_bytes, size_bytes) = (extent.offset.get(), extent.size.get());
            self.tell(ring, Op::ArenaFree, owner, (id, offset_bytes, size_bytes));
            return;
        }
        let category = MemoryCategory::ALL[self.rng.below(6) as usize];
        let owner = Owner::new(category, Tag(self.rng.below(24) as u16));
        let size = Bytes::from(self.rng.doubling(4, 11));
        let request = Request { size, align: Bytes::new(16), owner, now: Micros::new(self.time_us) };
        let Ok(placed) = self.arena.allocate(&request) else { return };
        self.live.push((placed.id, owner));
        self.tell(ring, Op::ArenaAllocate, owner, (placed.id, placed.offset.get(), placed.usable.get()));
    }

    #[inline]
    fn tell(&self, ring: &mut Option<Producer<'_>>, op: Op, owner: Owner, what: (AllocationId, u64, u64)) {
        if let Some(ring) = ring {
            let (id, offset_bytes, size_bytes) = (what.0.to_bits(), what.1, what.2);
            let _ = ring.push(Event { owner, id, offset_bytes, size_bytes, ..Event::note(self.time_us, op) });
        }
    }

    fn batch(&mut self, ring: &mut Option<Producer<'_>>) -> Duration {
        let begun = Instant::now();
        for _ in 0..BATCH {
            self.step(ring);
        }
        if let Some(ring) = ring {
            ring.flush(self.time_us);
        }
        begun.elapsed()
    }
}

/// The same operations with and without their events, in turns; drained in
/// between, outside of the timed part.
fn ring_cost(policy: PolicyKind, rounds: u32) {
    let rings = Rings::with_capacity(1 << 16);
    let (mut without, mut with) = (Engine::new(policy, 10_000), Engine::new(policy, 10_000));
    let mut ring = rings.open();
    let (mut off, mut on) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        off = off.min(without.batch(&mut None));
        on = on.min(with.batch(&mut ring));
        rings.drain(|words| _ = black_box(words));
    }
    let each = |time: Duration| time.as_nanos() as f64 / f64::from(BATCH);
    println!(
        "ring, {policy}: {:.1} ns per operation without, {:.1} ns with: {:.2} x (bar 1.5); lost {}",
        each(off),
        each(on),
        each(on) / each(off),
        rings.lost(),
    );
}

fn ingest(log: &EventLog, events: u64) {
    let rings = Rings::with_capacity(1 << 16);
    let (mut engine, mut recorder) = (Engine::new(PolicyKind::Bins, 20_000), Recorder::new(log));
    let (mut ring, mut took) = (rings.open(), Duration::ZERO);
    recorder.take(Event { size_bytes: ARENA.get(), ..Event::note(0, Op::RunStart) });
    while recorder.figures().length < events {
        engine.batch(&mut ring);
        let begun = Instant::now();
        recorder.take_from(&rings);
        took += begun.elapsed();
    }
    let figures = recorder.figures();
    println!(
        "ingest: {} events, {:.1} M events/s in one thread (bar 5); {:.1} bytes per event (bar 24); gaps {}",
        figures.length,
        figures.length as f64 / took.as_secs_f64() / 1e6,
        figures.bytes as f64 / figures.length as f64,
        figures.has_gaps(),
    );
}

/// The same events, said by four threads in turns of a microsecond each.
fn ingest_of_threads(events: u64) {
    let (one, four, log) = (Rings::with_capacity(1 << 16), Rings::with_capacity(1 << 16), EventLog::default());
    let (mut engine, mut recorder) = (Engine::new(PolicyKind::Bins, 20_000), Recorder::new(&log));
    let mut said: Vec<Producer<'_>> = (0..4).filter_map(|_| four.open()).collect();
    let (mut ring, mut took) = (one.open(), Duration::ZERO);
    recorder.take(Event { size_bytes: ARENA.get(), ..Event::note(0, Op::RunStart) });
    while recorder.figures().length < events {
        engine.batch(&mut ring);
        one.drain(|words| {
            let Some(event) = Event::from_words(words) else { return };
            let _ = said[event.time_us as usize % 4].push(event);
        });
        said.iter_mut().for_each(|ring| ring.flush(engine.time_us));
        let begun = Instant::now();
        recorder.take_from(&four);
        took += begun.elapsed();
    }
    let figures = recorder.figures();
    let rate = figures.length as f64 / took.as_secs_f64() / 1e6;
    println!("        of four threads: {} events, {rate:.1} M events/s; gaps {}", figures.length, figures.has_gaps());
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
    let hovers = (0..count).map(|_| {
        let offset = u64::from(rng.below(ARENA.get() as u32));
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
    let mut frame = |width_us: u64, pan: u64| {
        let start = (end_us - width_us.min(end_us)) / 2 + pan;
        timed(|| columns.update(reader, &series, &index, EventGrid::over(start, start + width_us, 1_200), u64::MAX))
    };
    let widths = || (0..400).map(|step| (end_us as f64 * 0.97_f64.powi(step)) as u64 + 1);
    let mut rng = Rng::new(11);
    let anywhere = (0..400).map(|_| {
        let width = (end_us >> rng.below(14)).max(1);
        frame(width, u64::from(rng.below((end_us / 2) as u32 + 1)))
    });
    told("columns, another window each frame", anywhere.collect());
    told("columns, zoom from all to one event", widths().map(|width| frame(width, 0)).collect());
    let width = end_us / 50;
    told("columns, pan by a hundredth", (0..400).map(|step| frame(width, step * width / 100)).collect());
}
