//! The figures of an earlier moment: those of [`Metrics`] that the recording tells,
//! exactly, and those that the engine's ticks tell, as of the last tick before.
//!
//! What neither tells stays unset, and [`Past::tells`] says so: the page shows a dash.

use crate::owner::{Heap, MemoryCategory};
use crate::recording::{EventSeries, Metric, Reader, Standing, State};
use crate::telemetry::event::Op;
use crate::telemetry::metrics::{ArenaMetrics, BudgetMetrics, CategoryMetrics, HeapMetrics, Metrics, PoolMetrics};
use crate::telemetry::samples::{SampleLog, Series};

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
}

/// The figures of a moment, as far as anything tells them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Those that are told; the others are unset.
    pub metrics: Metrics,
    /// Whether the run's beginning is kept.
    has_run: bool,
    /// Whether there is a tick of the same run before the moment.
    has_tick: bool,
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
        let tick = engine.filter(|_| is_newest).and_then(|(log, now)| Some((Tick::before(reader, state, log)?, now)));
        if let Some((tick, now)) = &tick {
            tick.fill(&mut metrics, now);
        }
        Self { metrics, has_run, has_tick: tick.is_some() }
    }

    /// Whether a figure that `told` tells is known.
    pub const fn tells(&self, told: Told) -> bool {
        match told {
            Told::Never => false,
            Told::Events => true,
            Told::Run => self.has_run,
            Told::Tick => self.has_tick,
        }
    }
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

fn pool(alive: &[crate::recording::AliveThing], standing: &Standing, ops: PoolOps) -> PoolMetrics {
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
        pressure: String::new(),
    };
    BudgetMetrics {
        current_bytes: Heap::ALL.map(|heap| standing.heap_bytes(heap)).iter().sum(),
        pressure: super::timeline_words::pressure_words(standing.pressure).into(),
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
        arena.failures_total = self.bytes(Series::ArenaFailures);
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
    use crate::owner::Owner;
    use crate::recording::{Cursor, EventLog, Recorder};
    use crate::telemetry::event::Event;
    use crate::telemetry::samples::Sample;

    fn event(time_us: u64, op: Op, id: u64, size_bytes: u64) -> Event {
        let owner = Owner::from(MemoryCategory::GpuBuffers);
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
        let row = &end.budget.categories[MemoryCategory::GpuBuffers.index()];
        assert_eq!((row.arena_bytes, row.device_bytes, row.npu_bytes, row.current_bytes), (1_024, 8_192, 612, 9_828));
        assert_eq!(end.budget.current_bytes, 9_828);
        assert_eq!(end.budget.heaps.iter().map(|heap| heap.current_bytes).collect::<Vec<_>>(), [1_024, 8_192, 612]);
    }

    #[test]
    fn a_tick_counts_once_all_of_it_has_happened() {
        let (log, ticks, now) = (recorded(&events()), ticks(), Metrics::default());
        let free = |at| {
            let past = past_in(&log, at, Some((&ticks, &now)));
            past.tells(Told::Tick).then_some(past.metrics.arena.free_bytes)
        };
        let expected = [None, None, Some(500), Some(500), Some(500), Some(600), Some(600), Some(600), Some(700)];
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
        let (log, ticks, now) = (recorded(&two), ticks(), Metrics::default());
        let tells = |past: &Past| [Told::Never, Told::Events, Told::Run, Told::Tick].map(|told| past.tells(told));
        assert_eq!(tells(&past_in(&log, 9, Some((&ticks, &now)))), [false, true, true, false], "an earlier run");
        assert_eq!(tells(&past_in(&log, 18, Some((&ticks, &now)))), [false, true, true, true]);
        assert_eq!(tells(&past_in(&log, 18, None)), [false, true, true, false], "a file");
    }
}
