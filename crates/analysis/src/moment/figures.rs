//! The figures of an earlier moment: those of [`Metrics`] that the recording tells,
//! exactly, and those that the engine's ticks tell, as of the last tick before.
//!
//! Between two ticks, what a tick told is not of the moment: [`Past::say`] says by how much
//! it is older. What is told by nobody stays unset and is a dash; of what is held back by
//! threads or a policy there is a bound.

use super::free_space::{FreeSpace, has_gaps_for_ranges};
use arenascope_recording::{EventSeries, Metric, Reader, Standing, State};
use arenascope_telemetry::event::Op;
use arenascope_telemetry::metrics::{ArenaMetrics, BudgetMetrics, CategoryMetrics, HeapMetrics, Metrics, PoolMetrics};
use arenascope_telemetry::samples::{Sample, SampleLog, Series};
use arenascope_units::Micros;
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::pressure::Pressure;

/// What tells a figure of an earlier moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Nothing: it is known of now alone.
    #[default]
    Never,
    /// The events up to the moment: it is exact.
    Events,
    /// All events of the run up to the moment, so none may have been dropped.
    Run,
    /// The engine, at the end of the last tick before the moment.
    Tick,
    /// The same, of what stays as it was told until the moment: a setting, or a high-water
    /// mark that the events since are counted into.
    Kept,
    /// The gaps between live ranges: bytes of free space, at most, where threads or the
    /// policy hold some back.
    Free,
    /// The same, of ratios and numbers, which have no such bound.
    FreeRanges,
}

#[cfg(test)]
impl Told {
    const ALL: [Self; 7] = [Self::Never, Self::Events, Self::Run, Self::Tick, Self::Kept, Self::Free, Self::FreeRanges];
}

/// Whether the engine's figures of a tick are of the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TickIs {
    /// There is no tick of that run before the moment.
    #[default]
    Unknown,
    /// Events came between the tick and the moment.
    Older {
        /// By how much, µs.
        by_us: u64,
    },
    /// No event came between the tick and the moment.
    OfTheMoment,
}

/// The figures of a moment, as far as anything tells them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Those that are told; the others are unset.
    pub metrics: Metrics,
    /// Whether the run's beginning is kept.
    has_run: bool,
    /// Whether these are the engine's own figures, all of them.
    is_whole: bool,
    tick: TickIs,
    /// Whether the gaps between live ranges are the free ranges.
    has_free_ranges: bool,
}

impl Past {
    /// Of the moment of `state`. `ticks` are the engine's, and `now` its newest
    /// figures, for what does not change in a run; `None` where the recording is not
    /// the engine's, but a file's. O(resources of the pools).
    pub fn of(
        reader: &Reader<'_>,
        series: &EventSeries,
        state: &State,
        engine: Option<(&SampleLog, &Metrics)>,
    ) -> Self {
        let standing = &state.standing;
        let is_newest = standing.run_start == reader.run_start();
        let engine = engine.filter(|_| is_newest);
        if let Some((_, now)) = engine.filter(|(_, now)| state.position == reader.position_at(now.time_us + 1)) {
            return Self { metrics: now.clone(), is_whole: true, ..Self::default() };
        }
        let has_run = reader.events().start <= standing.run_start;
        let run = has_run.then_some((reader, series));
        let mut metrics = Metrics {
            time_us: state.position.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0),
            arena: arena(standing, run, state.position),
            pool: pool(state.resources(), standing, GPU),
            budget: budget(standing),
            ..Metrics::default()
        };
        metrics.gpu.submits_total = standing.count(Op::Submit);
        metrics.gpu.device_losses_total = standing.count(Op::DeviceLoss);
        metrics.nn.dispatches_total = standing.count(Op::NnDispatch);
        let tensors: Vec<_> =
            state.of(Heap::Npu).iter().filter(|thing| is_tensor(reader, thing.event)).copied().collect();
        metrics.nn.tensors_live = tensors.len() as u64;
        metrics.nn.tensor_bytes = tensors.iter().map(|tensor| tensor.size_bytes).sum();
        metrics.nn.graphs_live = standing.alive[Heap::Npu.index()] - metrics.nn.tensors_live;
        metrics.nn.graph_bytes = standing.heap_bytes(Heap::Npu) - metrics.nn.tensor_bytes;
        metrics.nn.pool = pool(&tensors, standing, TENSORS);
        let ticks = engine.and_then(|(log, now)| Some((Tick::before(reader, state, log)?, now)));
        let mut past = Self { metrics, has_run, ..Self::default() };
        if let Some((tick, now)) = &ticks {
            past.tick = tick.age(past.metrics.time_us);
            if past.tick == TickIs::OfTheMoment {
                past.metrics.arena.failures_total = tick.bytes(Series::ArenaFailures);
            }
            tick.fill(&mut past.metrics, now);
            tick.raise_peaks(&mut past.metrics, reader, series, state);
        }
        past.has_free_ranges = past.tick == TickIs::OfTheMoment
            || ticks.as_ref().is_some_and(|(tick, now)| tick.has_plain_gaps(&now.arena));
        if past.tick != TickIs::OfTheMoment {
            fill_free_space(&mut past.metrics.arena, &FreeSpace::of(state));
        }
        past
    }

    /// Whether a figure that `told` tells is known, if only as a bound or of a tick before.
    pub const fn tells(&self, told: Told) -> bool {
        match told {
            _ if self.is_whole => true,
            Told::Never => false,
            Told::Events | Told::Free => true,
            Told::Run => self.has_run,
            Told::Tick | Told::Kept => !matches!(self.tick, TickIs::Unknown),
            Told::FreeRanges => self.has_free_ranges,
        }
    }

    /// Whether a figure that `told` tells is exactly that of the moment.
    pub const fn is_exact(&self, told: Told) -> bool {
        match told {
            _ if self.is_whole => true,
            Told::Tick => matches!(self.tick, TickIs::OfTheMoment),
            Told::Free => self.has_free_ranges,
            other => self.tells(other),
        }
    }

    /// A figure in words: a dash where it is not known, and what it is where it is not
    /// exactly that of the moment.
    pub fn say(&self, told: Told, text: String) -> String {
        match (told, self.tick) {
            _ if !self.tells(told) => "–".into(),
            _ if self.is_exact(told) => text,
            (Told::Tick, TickIs::Older { by_us }) => format!("{text} · {} before", Micros::new(by_us)),
            _ => format!("≤ {text}"),
        }
    }

    /// The figures as a row of samples, for charts to read: what is not exactly of the
    /// moment is no number there.
    pub fn row(&self) -> Sample {
        let metrics = &self.metrics;
        let (arena, pool) = (&metrics.arena, &metrics.pool);
        let known = |told: Told, figure: f64| if self.is_exact(told) { figure } else { f64::NAN };
        let bytes = |told: Told, bytes: u64| known(told, bytes as f64);
        let mut row = Sample([f64::NAN; Series::COUNT])
            .with(Series::TimeUs, metrics.time_us as f64)
            .with(Series::ArenaUsed, arena.used_bytes as f64)
            .with(Series::ArenaFree, bytes(Told::Free, arena.free_bytes))
            .with(Series::ArenaLargestFree, bytes(Told::Free, arena.largest_free_bytes))
            .with(Series::ExternalFragmentation, known(Told::FreeRanges, arena.external_fragmentation))
            .with(Series::FreeSpaceConcentration, known(Told::FreeRanges, arena.free_space_concentration))
            .with(Series::ArenaFailures, bytes(Told::Events, arena.failures_total))
            .with(Series::PoolHitRatio, known(Told::Events, pool.hit_ratio))
            .with(Series::PoolInUse, pool.in_use_bytes as f64)
            .with(Series::PoolPending, bytes(Told::Tick, pool.pending_bytes))
            .with(Series::PoolIdle, bytes(Told::Tick, pool.idle_bytes))
            .with(Series::BudgetTotal, bytes(Told::Kept, metrics.budget.total_bytes))
            .with(Series::ArenaCached, bytes(Told::Tick, arena.cached_bytes))
            .with(Series::WasteGranule, bytes(Told::Tick, arena.waste_granule_bytes))
            .with(Series::WastePolicy, bytes(Told::Tick, arena.waste_policy_bytes))
            .with(Series::WasteThreads, bytes(Told::Tick, arena.waste_threads_bytes))
            .with(Series::WasteGuards, bytes(Told::Tick, arena.waste_guards_bytes));
        for (category, series) in metrics.budget.categories.iter().zip(Series::BUDGET) {
            row = row.with(series, category.current_bytes as f64);
        }
        row
    }
}

/// What the gaps between live ranges tell of free space.
fn fill_free_space(arena: &mut ArenaMetrics, space: &FreeSpace) {
    arena.free_bytes = space.bytes();
    arena.largest_free_bytes = space.largest_bytes();
    arena.free_range_count = space.count();
    arena.external_fragmentation = space.external_fragmentation();
    arena.free_space_concentration = space.concentration();
    [arena.largest_fit_bytes, arena.largest_fit_256_bytes, arena.largest_fit_64k_bytes] = space.fits();
}

/// Whether an event was about a tensor, not about a graph's constants.
pub(super) fn is_tensor(reader: &Reader<'_>, event: u64) -> bool {
    reader.kind(event).is_some_and(|kind| !matches!(kind.op(), Op::NpuCharge | Op::NpuRelease))
}

fn arena(standing: &Standing, run: Option<(&Reader<'_>, &EventSeries)>, position: u64) -> ArenaMetrics {
    // Nothing is alive before a run's first event.
    let peak = run.and_then(|(reader, series)| {
        series.extremes(reader, Metric::ArenaBytes, standing.run_start..position).map(|extremes| extremes.high)
    });
    ArenaMetrics {
        capacity_bytes: standing.capacity_bytes,
        metadata_bytes: standing.payload_bytes,
        used_bytes: standing.heap_bytes(Heap::Arena),
        used_bytes_peak: peak.unwrap_or(0),
        allocation_count: standing.alive[Heap::Arena.index()],
        allocations_total: standing.count(Op::ArenaAllocate),
        frees_total: standing.count(Op::ArenaFree),
        failures_total: standing.count(Op::ArenaFailure),
        ..ArenaMetrics::default()
    }
}

/// The operations of a pool.
struct PoolOps {
    create: Op,
    reuse: Op,
    destroy: Op,
}

const GPU: PoolOps = PoolOps { create: Op::PoolCreate, reuse: Op::PoolReuse, destroy: Op::PoolDestroy };
const TENSORS: PoolOps = PoolOps { create: Op::TensorCreate, reuse: Op::TensorReuse, destroy: Op::TensorDestroy };

fn pool(alive: &[arenascope_recording::AliveThing], standing: &Standing, ops: PoolOps) -> PoolMetrics {
    let held = alive.iter().filter(|thing| thing.is_held);
    let (hits_total, created_total) = (standing.count(ops.reuse), standing.count(ops.create));
    PoolMetrics {
        hits_total,
        misses_total: created_total,
        hit_ratio: hits_total as f64 / (hits_total + created_total).max(1) as f64,
        in_use_count: held.clone().count() as u64,
        in_use_bytes: held.map(|thing| thing.size_bytes).sum(),
        created_total,
        destroyed_total: standing.count(ops.destroy),
        ..PoolMetrics::default()
    }
}

fn budget(standing: &Standing) -> BudgetMetrics {
    let bytes = |heap: Heap, category: MemoryCategory| standing.bytes[heap.index()][category.index()];
    let category = |category| CategoryMetrics {
        category,
        current_bytes: standing.category_bytes(category),
        arena_bytes: bytes(Heap::Arena, category),
        device_bytes: bytes(Heap::Device, category),
        npu_bytes: bytes(Heap::Npu, category),
        ..CategoryMetrics::default()
    };
    let heap = |heap| HeapMetrics {
        heap,
        current_bytes: standing.heap_bytes(heap),
        reserved_bytes: 0,
        peak_bytes: 0,
        limit_bytes: None,
        failures_total: 0,
        pressure: None,
    };
    BudgetMetrics {
        current_bytes: Heap::ALL.map(|heap| standing.heap_bytes(heap)).iter().sum(),
        pressure: Pressure::ALL.get(usize::from(standing.pressure)).copied(),
        heaps: Heap::ALL.map(heap).to_vec(),
        categories: MemoryCategory::ALL.map(category).to_vec(),
        ..BudgetMetrics::default()
    }
}

/// The figures at the end of a tick.
struct Tick<'l> {
    log: &'l SampleLog,
    row: u64,
}

impl<'l> Tick<'l> {
    /// The last one before the next event: whatever a tick in between says, nothing
    /// happened since the moment of `state`. Where more happened in the same tick, its
    /// end is still to come.
    fn before(reader: &Reader<'_>, state: &State, log: &'l SampleLog) -> Option<Self> {
        let next_us = reader.time_us(state.position);
        let end = next_us.map_or(log.rows().end, |next_us| log.row_at(next_us as f64));
        let row = end.checked_sub(1).filter(|row| log.rows().contains(row))?;
        Some(Self { log, row })
    }

    fn time_us(&self) -> u64 {
        self.bytes(Series::TimeUs)
    }

    /// Whether it is of the moment of the last event, at `moment_us`.
    fn age(&self, moment_us: u64) -> TickIs {
        match moment_us.saturating_sub(self.time_us()) {
            0 => TickIs::OfTheMoment,
            by_us => TickIs::Older { by_us },
        }
    }

    /// Whether nothing is held back from the gaps between live ranges: the policy joins
    /// what is free at once, and no cache held anything at this tick or the next.
    fn has_plain_gaps(&self, now: &ArenaMetrics) -> bool {
        let is_empty = |row| self.log.get(row, Series::ArenaCached).is_none_or(|bytes| bytes == 0.0);
        has_gaps_for_ranges(&now.policy) && is_empty(self.row) && is_empty(self.row + 1)
    }

    /// Counts what happened since the tick into its high-water marks.
    fn raise_peaks(&self, metrics: &mut Metrics, reader: &Reader<'_>, series: &EventSeries, state: &State) {
        let since = reader.position_at(self.time_us() + 1)..state.position;
        let highest = |metric| series.extremes(reader, metric, since.clone()).map_or(0, |extremes| extremes.high);
        for category in &mut metrics.budget.categories {
            let most = highest(Metric::of(category.category)).max(category.current_bytes);
            category.peak_bytes = category.peak_bytes.max(most);
        }
        let peak = &mut metrics.pool.allocated_bytes_peak;
        *peak = (*peak).max(highest(Metric::DeviceBytes));
    }

    fn value(&self, series: Series) -> f64 {
        self.log.get(self.row, series).unwrap_or(0.0)
    }

    fn bytes(&self, series: Series) -> u64 {
        self.value(series) as u64
    }

    fn fill(&self, metrics: &mut Metrics, now: &Metrics) {
        let arena = &mut metrics.arena;
        arena.policy.clone_from(&now.arena.policy);
        arena.free_bytes = self.bytes(Series::ArenaFree);
        arena.cached_bytes = self.bytes(Series::ArenaCached);
        arena.largest_free_bytes = self.bytes(Series::ArenaLargestFree);
        arena.external_fragmentation = self.value(Series::ExternalFragmentation);
        arena.free_space_concentration = self.value(Series::FreeSpaceConcentration);
        let waste = Series::WASTE.map(|series| self.bytes(series));
        [arena.waste_granule_bytes, arena.waste_policy_bytes, arena.waste_threads_bytes, arena.waste_guards_bytes] =
            waste;
        arena.footprint_bytes = self.bytes(Series::ArenaFootprint);
        arena.requested_bytes_peak = self.bytes(Series::ArenaRequestedPeak);
        let peak = arena.requested_bytes_peak;
        arena.footprint_ratio = if peak == 0 { 0.0 } else { arena.footprint_bytes as f64 / peak as f64 };
        arena.free_range_count = self.bytes(Series::ArenaFreeRanges);
        arena.requested_bytes = self.bytes(Series::ArenaUsed).saturating_sub(waste.iter().sum());
        let pool = &mut metrics.pool;
        (pool.pending_bytes, pool.pending_count) =
            (self.bytes(Series::PoolPending), self.bytes(Series::PoolPendingCount));
        (pool.idle_bytes, pool.idle_count) = (self.bytes(Series::PoolIdle), self.bytes(Series::PoolIdleCount));
        pool.requested_bytes = self.bytes(Series::PoolRequested);
        pool.waste_bytes = self.bytes(Series::PoolInUse).saturating_sub(pool.requested_bytes);
        pool.allocated_bytes_peak = self.bytes(Series::PoolPeak);
        pool.mode.clone_from(&now.pool.mode);
        metrics.gpu.mode.clone_from(&now.gpu.mode);
        metrics.nn.mode.clone_from(&now.nn.mode);
        metrics.budget.mode.clone_from(&now.budget.mode);
        metrics.budget.total_bytes = self.bytes(Series::BudgetTotal);
        for (at, category) in metrics.budget.categories.iter_mut().enumerate() {
            category.limit_bytes = self.bytes(Series::LIMITS[at]);
            category.peak_bytes = self.bytes(Series::PEAKS[at]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{Cursor, EventLog, Recorder};
    use arenascope_telemetry::event::Event;
    use arenascope_units::owner::Owner;

    fn event(time_us: u64, op: Op, id: u64, size_bytes: u64) -> Event {
        let owner = Owner::from(MemoryCategory::GPU_BUFFERS);
        Event { id, size_bytes, offset_bytes: 4_096 * id, owner, ..Event::note(time_us, op) }
    }

    fn events() -> Vec<Event> {
        vec![
            Event { size_bytes: 1 << 20, offset_bytes: 4_096, ..Event::note(0, Op::RunStart) },
            event(10, Op::ArenaAllocate, 1, 4_096),
            event(10, Op::ArenaAllocate, 2, 1_024),
            event(20, Op::ArenaFree, 1, 4_096),
            event(20, Op::PoolCreate, 7, 8_192),
            event(20, Op::PoolRelease, 7, 8_192),
            event(30, Op::PoolReuse, 7, 8_192),
            event(30, Op::TensorCreate, 9, 512),
            event(30, Op::NpuCharge, 11, 100),
        ]
    }

    /// The same, and one event after the last tick.
    fn and_later() -> Vec<Event> {
        let mut events = events();
        events.push(event(40, Op::Submit, 0, 0));
        events
    }

    /// Figures that are newer than every event.
    fn newest() -> Metrics {
        let mut now = Metrics { time_us: 50, ..Metrics::default() };
        now.arena.policy = "First fit".into();
        now
    }

    fn ticks() -> SampleLog {
        let log = SampleLog::new();
        for (time_us, free) in [(10.0, 500.0), (20.0, 600.0), (30.0, 700.0)] {
            let row = Sample::ZERO.with(Series::TimeUs, time_us).with(Series::ArenaFree, free);
            log.append(
                &row.with(Series::ArenaUsed, 90.0).with(Series::WasteGranule, 7.0).with(Series::BudgetTotal, 1e6),
            );
        }
        log
    }

    fn past_in(log: &EventLog, position: u64, engine: Option<(&SampleLog, &Metrics)>) -> Past {
        let (mut reader, mut series, mut cursor) = (Reader::new(log), EventSeries::new(), Cursor::new());
        reader.refresh();
        series.update(&reader);
        Past::of(&reader, &series, cursor.seek(&reader, position).unwrap(), engine)
    }

    fn recorded(events: &[Event]) -> EventLog {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        events.iter().for_each(|event| recorder.take(*event));
        recorder.publish();
        log
    }

    #[test]
    fn what_events_tell_is_exact_at_every_one_of_them() {
        let log = recorded(&events());
        let used: Vec<_> = (1..=9).map(|at| past_in(&log, at, None).metrics.arena.used_bytes).collect();
        assert_eq!(used, [0, 4_096, 5_120, 1_024, 1_024, 1_024, 1_024, 1_024, 1_024]);
        let end = past_in(&log, 9, None).metrics;
        let arena = &end.arena;
        assert_eq!((arena.capacity_bytes, arena.metadata_bytes, arena.used_bytes_peak), (1 << 20, 4_096, 5_120));
        assert_eq!((arena.allocation_count, arena.allocations_total, arena.frees_total), (1, 2, 1));
        assert_eq!((end.pool.hits_total, end.pool.misses_total, end.pool.hit_ratio), (1, 1, 0.5));
        assert_eq!((end.pool.in_use_count, end.pool.in_use_bytes), (1, 8_192));
        assert_eq!(
            (end.nn.tensors_live, end.nn.tensor_bytes, end.nn.graphs_live, end.nn.graph_bytes),
            (1, 512, 1, 100)
        );
        assert_eq!(past_in(&log, 6, None).metrics.pool.in_use_count, 0);
        let row = &end.budget.categories[MemoryCategory::GPU_BUFFERS.index()];
        assert_eq!((row.arena_bytes, row.device_bytes, row.npu_bytes, row.current_bytes), (1_024, 8_192, 612, 9_828));
        assert_eq!(end.budget.current_bytes, 9_828);
        assert_eq!(end.budget.heaps.iter().map(|heap| heap.current_bytes).collect::<Vec<_>>(), [1_024, 8_192, 612]);
    }

    #[test]
    fn a_tick_counts_once_all_of_it_has_happened() {
        let (log, ticks, now) = (recorded(&and_later()), ticks(), newest());
        let free = |at| {
            let past = past_in(&log, at, Some((&ticks, &now)));
            past.is_exact(Told::Tick).then_some(past.metrics.arena.free_bytes)
        };
        let expected = [None, None, Some(500), None, None, Some(600), None, None, Some(700)];
        assert_eq!((1..=9).map(free).collect::<Vec<_>>(), expected);
        let end = past_in(&log, 9, Some((&ticks, &now))).metrics;
        assert_eq!(
            (end.arena.requested_bytes, end.arena.waste_granule_bytes, end.budget.total_bytes),
            (83, 7, 1_000_000)
        );
    }

    #[test]
    fn what_nobody_tells_is_not_said() {
        let mut two = events();
        two.extend(events());
        two.push(event(40, Op::Submit, 0, 0));
        let (log, ticks, now) = (recorded(&two), ticks(), newest());
        let tells = |past: &Past| [Told::Never, Told::Events, Told::Run, Told::Tick].map(|told| past.tells(told));
        assert_eq!(tells(&past_in(&log, 9, Some((&ticks, &now)))), [false, true, true, false], "an earlier run");
        assert_eq!(tells(&past_in(&log, 18, Some((&ticks, &now)))), [false, true, true, true]);
        assert_eq!(tells(&past_in(&log, 18, None)), [false, true, true, false], "a file");
    }

    #[test]
    fn between_two_ticks_nothing_contradicts_what_was_alive() {
        let (log, ticks, now) = (recorded(&and_later()), ticks(), newest());
        // After the free of the third event's tick: 1 024 B are live, two gaps around them.
        let past = past_in(&log, 4, Some((&ticks, &now)));
        let arena = &past.metrics.arena;
        assert_eq!(arena.used_bytes + arena.free_bytes + arena.metadata_bytes, arena.capacity_bytes);
        assert_eq!((arena.free_range_count, arena.largest_free_bytes), (2, (1 << 20) - 9_216));
        assert_eq!(past.say(Told::Free, "x".into()), "x", "first fit keeps nothing back");
        assert_eq!(past.say(Told::FreeRanges, "x".into()), "x");
        assert_eq!(past.say(Told::Tick, "x".into()), "x · 10 µs before");
        assert_eq!(past.say(Told::Never, "x".into()), "–");
        let row = past.row().0;
        assert_eq!(row[Series::ExternalFragmentation as usize].to_bits(), arena.external_fragmentation.to_bits());
        assert!(row[Series::PoolIdle as usize].is_nan(), "of a tick before");
    }

    #[test]
    fn what_threads_or_the_policy_hold_back_is_a_bound() {
        let (log, ticks) = (recorded(&and_later()), ticks());
        let buddy = Metrics { arena: ArenaMetrics { policy: "Buddy blocks".into(), ..newest().arena }, ..newest() };
        let said = |engine| {
            let past = past_in(&log, 4, engine);
            [Told::Free, Told::FreeRanges].map(|told| past.say(told, "x".into()))
        };
        assert_eq!(said(Some((&ticks, &buddy))), ["≤ x", "–"]);
        assert_eq!(said(None), ["≤ x", "–"], "a file");
        let cached = SampleLog::new();
        cached.append(&Sample::ZERO.with(Series::TimeUs, 10.0).with(Series::ArenaCached, 64.0));
        let first_fit = newest();
        assert_eq!(said(Some((&cached, &first_fit))), ["≤ x", "–"], "a thread's cache");
    }

    #[test]
    fn a_peak_is_never_below_what_is_used() {
        let log = recorded(&and_later());
        let ticks = SampleLog::new();
        let peak = Series::PEAKS[MemoryCategory::GPU_BUFFERS.index()];
        ticks.append(&Sample::ZERO.with(Series::TimeUs, 5.0).with(peak, 100.0));
        let of = |at| {
            let past = past_in(&log, at, Some((&ticks, &newest())));
            let row = past.metrics.budget.categories[MemoryCategory::GPU_BUFFERS.index()].clone();
            (row.current_bytes, row.peak_bytes)
        };
        assert_eq!(of(2), (4_096, 4_096));
        // What came and went between two ticks counts as well.
        assert_eq!(of(4), (1_024, 5_120));
    }

    #[test]
    fn at_the_engines_newest_figures_all_of_them_are_known() {
        let (log, ticks) = (recorded(&and_later()), ticks());
        let mut now = Metrics { time_us: 20, ..newest() };
        now.arena.used_bytes = 77;
        let past = past_in(&log, 6, Some((&ticks, &now)));
        assert_eq!(past.metrics, now);
        assert!(Told::ALL.into_iter().all(|told| past.is_exact(told)));
        assert!(!past_in(&log, 5, Some((&ticks, &now))).tells(Told::Never));
    }
}
