//! What recording costs: who records, by its events, and the recorder, by taking
//! them in. One definition for `make bench` and for the page.

use super::engine::{Engine, Through};
use super::heap::Clock;
use arenascope_arena::ReserveError;
use arenascope_recording::{EventLog, Recorder};
use arenascope_telemetry::event::{Event, Op};
use arenascope_telemetry::ring::Producer;
use arenascope_telemetry::rings::Rings;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// Operations between two looks at the clock; fewer than a ring holds.
const BATCH: u32 = 1 << 15;
/// Records that a ring holds.
const RING: usize = 1 << 16;
/// Threads whose rings are merged.
const THREADS: usize = 4;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingEffort {
    /// Batches with and without events, in turns.
    pub rounds: u32,
    /// Events to be taken in, of one thread; a quarter as many of four.
    pub events: u64,
    /// Allocations that are alive.
    pub live: u32,
}

impl RecordingEffort {
    /// For figures to be written down: some seconds.
    pub const FULL: Self = Self { rounds: 60, events: 5_000_000, live: 20_000 };
    /// For a page: about a second, and 25 MB for the events.
    pub const PAGE: Self = Self { rounds: 30, events: 1_000_000, live: 10_000 };
    /// To see that everything runs.
    pub const SMOKE: Self = Self { rounds: 1, events: 100_000, live: 1_000 };
}

/// What events cost who tells them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TellingCost {
    /// Nanoseconds of an operation, an allocation or a free, without its event: the
    /// fastest batch.
    pub ns_without: f64,
    /// The same with its event.
    pub ns_with: f64,
    /// `ns_with ÷ ns_without`.
    pub ratio: f64,
    /// Events that found the ring full.
    pub lost: u64,
}

/// What events cost who takes them in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakingCost {
    /// Events that the recorder took in.
    pub events: u64,
    /// Events per second of the recorder's time.
    pub per_second: f64,
    /// Bytes of memory for each, all included.
    pub bytes_per_event: f64,
    /// Whether any was lost, refused or made up.
    pub has_gaps: bool,
}

/// All of it. Field names are the scripting interface's: keep them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingCosts {
    /// Of one thread on the bare arena, under [`Through::BARE`]'s policy.
    pub bare: TellingCost,
    /// Of one thread behind its cache.
    pub threaded: TellingCost,
    /// The recorder, with one thread's ring.
    pub one_thread: TakingCost,
    /// The recorder, with the same events in four threads' rings, merged.
    pub four_threads: TakingCost,
}

/// Who is told how far it is, 0 to 1, between two pieces of work, each of some
/// milliseconds; and says whether to go on.
pub trait Pause: AsyncFnMut(f64) -> bool {}
impl<F: AsyncFnMut(f64) -> bool> Pause for F {}

/// A measurement: how much, by which clock, and who hears of it.
struct Bench<'c, 'k, P> {
    effort: RecordingEffort,
    clock: &'c mut Clock<'k>,
    pause: P,
}

/// Measures all of it; events of one thread go into `log`. `None` where `pause` said
/// to stop.
///
/// # Errors
/// [`ReserveError`] where there is no memory for an arena.
///
/// ```
/// use arenascope_recording::EventLog;
/// use arenascope_throughput::{RecordingEffort, at_once, recording_costs};
/// use std::time::Instant;
///
/// let (start, log) = (Instant::now(), EventLog::default());
/// let mut clock = || start.elapsed();
/// let costs = at_once(recording_costs(&log, RecordingEffort::SMOKE, &mut clock, async |_| true))?;
/// let costs = costs.expect("no pause said to stop");
/// assert!(!costs.one_thread.has_gaps);
/// # Ok::<(), arenascope_arena::ReserveError>(())
/// ```
pub async fn recording_costs(
    log: &EventLog,
    effort: RecordingEffort,
    clock: &mut Clock<'_>,
    pause: impl Pause,
) -> Result<Option<RecordingCosts>, ReserveError> {
    let mut bench = Bench { effort, clock, pause };
    let Some(bare) = bench.telling(Through::BARE, 0.0).await? else { return Ok(None) };
    let Some(threaded) = bench.telling(Through::THREAD, 0.25).await? else { return Ok(None) };
    let Some(one_thread) = bench.taking_of_one(log, 0.5).await? else { return Ok(None) };
    let Some(four_threads) = bench.taking_of_four(0.75).await? else { return Ok(None) };
    Ok(Some(RecordingCosts { bare, threaded, one_thread, four_threads }))
}

impl<P: Pause> Bench<'_, '_, P> {
    /// The same operations with and without their events, in turns; the ring is
    /// emptied in between, outside of the timed part.
    async fn telling(&mut self, through: Through, done: f64) -> Result<Option<TellingCost>, ReserveError> {
        let live = self.effort.live;
        let (mut without, mut with) = (Engine::new(through, live)?, Engine::new(through, live)?);
        let rings = Rings::with_capacity(RING);
        let mut ring = rings.open();
        let (mut off, mut on) = (Duration::MAX, Duration::MAX);
        for round in 0..self.effort.rounds {
            off = off.min(self.timed(|| without.batch(BATCH, &mut None)));
            on = on.min(self.timed(|| with.batch(BATCH, &mut ring)));
            rings.drain(|record| _ = core::hint::black_box(record));
            let part = f64::from(round + 1) / f64::from(self.effort.rounds);
            if !(self.pause)(done + 0.25 * part).await {
                return Ok(None);
            }
        }
        let nanos = |time: Duration| time.as_nanos() as f64 / f64::from(BATCH);
        let (ns_without, ns_with) = (nanos(off), nanos(on));
        Ok(Some(TellingCost { ns_without, ns_with, ratio: ns_with / ns_without, lost: rings.lost() }))
    }

    async fn taking_of_one(&mut self, log: &EventLog, done: f64) -> Result<Option<TakingCost>, ReserveError> {
        let rings = Rings::with_capacity(RING);
        let mut ring = rings.open();
        let mut say = |engine: &mut Engine| engine.batch(BATCH, &mut ring);
        self.taking(log, &rings, self.effort.events, done, &mut say).await
    }

    /// What one thread says, said by four in turns of a microsecond each.
    async fn taking_of_four(&mut self, done: f64) -> Result<Option<TakingCost>, ReserveError> {
        let (one, four) = (Rings::with_capacity(RING), Rings::with_capacity(RING));
        let (mut ring, log) = (one.open(), EventLog::default());
        let mut said: Vec<Producer<'_>> = (0..THREADS).filter_map(|_| four.open()).collect();
        let mut say = |engine: &mut Engine| {
            engine.batch(BATCH, &mut ring);
            one.drain(|record| {
                let Some(event) = Event::from_words(record) else { return };
                let _ = said[event.time_us as usize % THREADS].push(event);
            });
            said.iter_mut().for_each(|ring| ring.flush(engine.time_us()));
        };
        self.taking(&log, &four, self.effort.events / 4, done, &mut say).await
    }

    /// Takes in `events` from `rings`, which `say` fills; its time is not counted.
    async fn taking(
        &mut self,
        log: &EventLog,
        rings: &Rings,
        events: u64,
        done: f64,
        say: &mut dyn FnMut(&mut Engine),
    ) -> Result<Option<TakingCost>, ReserveError> {
        let mut engine = Engine::new(Through::BARE, self.effort.live)?;
        let mut recorder = Recorder::new(log);
        recorder.take(Event { size_bytes: engine.arena_bytes(), ..Event::note(0, Op::RunStart) });
        let mut took = Duration::ZERO;
        while recorder.figures().length < events {
            say(&mut engine);
            took += self.timed(|| _ = recorder.take_from(rings));
            let part = (recorder.figures().length as f64 / events as f64).min(1.0);
            if !(self.pause)(done + 0.25 * part).await {
                return Ok(None);
            }
        }
        let figures = recorder.figures();
        let events = figures.length;
        let (per_second, bytes) = (events as f64 / took.as_secs_f64(), figures.bytes as f64 / events as f64);
        Ok(Some(TakingCost { events, per_second, bytes_per_event: bytes, has_gaps: figures.has_gaps() }))
    }

    fn timed(&mut self, work: impl FnOnce()) -> Duration {
        let begun = (self.clock)();
        work();
        (self.clock)().saturating_sub(begun)
    }
}

/// Runs a future that never waits, as one whose pauses are answered at once.
///
/// # Panics
/// Where it waits.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    match core::pin::pin!(work).poll(&mut context) {
        core::task::Poll::Ready(outcome) => outcome,
        core::task::Poll::Pending => panic!("it waits for something"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_events_are_counted_and_none_is_lost() {
        let mut looks = 0_u32;
        let mut clock = || {
            looks += 1;
            Duration::from_micros(10 * u64::from(looks))
        };
        let (log, effort) = (EventLog::default(), RecordingEffort::SMOKE);
        let mut parts = Vec::new();
        let pause = async |part| {
            parts.push(part);
            true
        };
        let costs = at_once(recording_costs(&log, effort, &mut clock, pause)).unwrap().unwrap();
        assert!(parts.is_sorted() && parts.last() == Some(&1.0), "{parts:?}");
        for telling in [costs.bare, costs.threaded] {
            // The clock goes on by 10 µs from look to look.
            assert_eq!((telling.ns_with, telling.ratio, telling.lost), (1e4 / f64::from(BATCH), 1.0, 0));
        }
        for (taking, least) in [(costs.one_thread, effort.events), (costs.four_threads, effort.events / 4)] {
            assert!(taking.events >= least && !taking.has_gaps, "{taking:?}");
            // The run's start is put in beside the rings.
            let rounds = (taking.events - 1).div_ceil(BATCH.into());
            let expected = taking.events as f64 / (rounds as f64 * 1e-5);
            assert!((taking.per_second / expected - 1.0).abs() < 1e-9, "{taking:?}, {rounds} rounds");
        }
    }

    #[test]
    fn it_stops_where_it_is_told_to() {
        let (mut left, log) = (40, EventLog::default());
        let pause = async |_| {
            left -= 1;
            left > 0
        };
        let mut clock = || Duration::ZERO;
        let effort = RecordingEffort { rounds: 1, ..RecordingEffort::PAGE };
        assert_eq!(at_once(recording_costs(&log, effort, &mut clock, pause)), Ok(None));
        assert_eq!(left, 0);
    }
}
