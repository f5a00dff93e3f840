//! What the session tells: metrics, a sample a tick, the map and the pool's
//! table now and then. Each figure is read from its owner, here and nowhere
//! else.

use super::look::ArenaLook;
use super::pool::{pool_metrics, staging_metrics};
use crate::session::Session;
use arenascope_arena::{Arena, Patience, Range, RangeState, Statistics};
use arenascope_budget::{Bounds, BudgetReport, BudgetState, CategoryState, HeapState, TagState, Untracked};
use arenascope_pool::{self as pool, FallbackCounts, ResourceSpec};
use arenascope_telemetry::budget_table::{BudgetTable, TagRow};
use arenascope_telemetry::heat::HeatRow;
use arenascope_telemetry::map::{MapRange, MapState};
use arenascope_telemetry::metrics::{
    ArenaMetrics, BudgetMetrics, CategoryMetrics, GpuMetrics, HeapMetrics, Metrics, NnMetrics, OwnMetrics,
};
use arenascope_telemetry::pool_table::PoolRow;
use arenascope_telemetry::samples::{Sample, Series};
use arenascope_units::owner::Heap;
use arenascope_units::{Bytes, Ratio};
use arenascope_workload::tags;

/// The map and the pool's table are published this often at most.
const MAP_EVERY_US: u64 = 100_000;

impl Session<'_> {
    /// Publishes the newest figures and hands the events over; call once after each
    /// tick's requests. A
    /// sample is added only while running. Cost: O(1) and the JSON of the
    /// metrics; ten times a second O(ranges).
    pub fn publish(&mut self) {
        self.publisher.is_due = false;
        if self.run.running {
            // What this tick did comes before what its figures say.
            self.run.time = self.out.events.stamp();
        }
        self.update_rates();
        self.out.events.flush();
        self.publish_map_if_due();
        let metrics = self.metrics();
        if self.run.running {
            let sample = self.sample(&metrics);
            self.shared.samples.append(&sample);
        }
        if let Ok(text) = serde_json::to_string(&metrics) {
            // 16 KiB are room for ten times the text; a longer one keeps the old.
            let _ = self.shared.metrics.publish_text(&text);
        }
    }

    fn publish_map_if_due(&mut self) {
        let (time_us, last_us) = (self.run.time.get(), self.publisher.last_map_us);
        if !self.run.running || last_us.is_none_or(|last_us| time_us - last_us >= MAP_EVERY_US) {
            self.publish_map_now();
        }
    }

    /// What takes O(ranges): ten times a second, and always where nothing runs.
    pub(crate) fn publish_map_now(&mut self) {
        let time_us = self.run.time.get();
        self.publisher.last_map_us = Some(time_us);
        self.look_for_map();
        if self.run.running {
            let unusable = self.publisher.newest_look.free_sizes.unusable().map(Ratio::get);
            self.shared.heat.append(&HeatRow::new(time_us, unusable));
        }
        self.publish_pool_table();
        self.publish_arena_table();
        if let Ok(text) = serde_json::to_string(&self.budget_table()) {
            // Room for every tag and event there can be.
            let _ = self.shared.budget_table.publish_text(&text);
        }
    }

    /// Walks the arena once, in one pause of all threads: the map, what guards found,
    /// and what else only a walk can tell. Where the threads do not come to rest in time,
    /// all of it stays as it was.
    fn look_for_map(&mut self) {
        let sweeps = self.is_sweep_due();
        let Ok(mut paused) = self.arena.shared.pause(Patience::WORKER) else { return };
        let arena = paused.arena();
        if sweeps {
            arena.sweep_guards();
        }
        let (look, hits, words) = (ArenaLook::of(arena), arena.take_guard_hits(), map_words(arena));
        drop(paused);
        self.publisher.newest_look = look;
        self.report_hits(&hits);
        // Room for more ranges than any arena has nodes.
        let _ = self.shared.map.publish(&words);
    }

    /// What can only be known from a walk. O(ranges).
    pub(crate) fn look(&self) -> ArenaLook {
        let paused = self.arena.shared.pause(Patience::WORKER);
        paused.map_or(self.publisher.newest_look, |mut paused| ArenaLook::of(paused.arena()))
    }

    /// All figures of now; what takes a walk as of the newest map.
    pub fn metrics(&self) -> Metrics {
        self.metrics_with(&self.publisher.newest_look)
    }

    pub(crate) fn metrics_with(&self, look: &ArenaLook) -> Metrics {
        let (gpu, nn) = (self.run.gpu.counters, self.run.nn.counters);
        let (graphs_live, graph_bytes) = self.graphs();
        let tensors = self.run.nn.tensors.pool().statistics().allocated();
        let (statistics, budget) = self.agreeing_figures();
        Metrics {
            time_us: self.run.time.get(),
            frame: self.run.workload.frame(),
            running: self.run.running,
            arena: ArenaMetrics {
                overlaps_total: self.overlaps(),
                threads: self.thread_rows(),
                ..arena_metrics(self.config().policy.key(), &statistics, look)
            },
            pool: pool_metrics(self.run.gpu.pool.pool(), &self.run.gpu.fallback),
            budget: self.budget_metrics(&budget),
            gpu: GpuMetrics {
                mode: self.devices.gpu.key().into(),
                submits_total: gpu.submits,
                dispatches_total: gpu.dispatches,
                uploaded_bytes_total: gpu.uploaded_bytes,
                errors_total: gpu.errors,
                device_losses_total: gpu.device_losses,
                staging: staging_metrics(&self.run.gpu.staging.statistics()),
            },
            nn: NnMetrics {
                mode: self.devices.nn.key().into(),
                dispatches_total: nn.dispatches,
                tensors_live: tensors.count,
                tensor_bytes: tensors.bytes.get(),
                mismatches_total: nn.mismatches,
                graphs_live,
                graph_bytes: graph_bytes.get(),
                graphs_built_total: nn.graphs_built,
                failures_total: nn.failures,
                context_losses_total: nn.context_losses,
                // Tensors have no fallback: a refused one is an error at once.
                pool: pool_metrics(self.run.nn.tensors.pool(), &FallbackCounts::default()),
            },
            own: OwnMetrics {
                frame_ms_p95: self.shared.page.frame_ms_p95(),
                script_ms_p95: self.shared.page.script_ms_p95(),
                events_total: self.events_offered() - self.publisher.events_before.0,
                events_lost_total: self.shared.events.lost() - self.publisher.events_before.1,
                profiler_bytes: self.profiler_bytes(),
            },
        }
    }

    /// Arena and budget at one moment, while no thread is inside an operation: the
    /// arena's used bytes are the sum of the categories then. Where the threads do
    /// not come to rest in time, the figures that were taken last.
    pub(crate) fn agreeing_figures(&self) -> (Statistics, BudgetState) {
        let budget = &self.run.budget.tree;
        if let Ok(figures) = self.arena.shared.statistics_beside(|| budget.snapshot()) {
            self.publisher.agreeing.set(Some(figures));
        }
        self.publisher.agreeing.get().unwrap_or_else(|| (Statistics::default(), budget.snapshot()))
    }

    fn budget_metrics(&self, state: &BudgetState) -> BudgetMetrics {
        let untracked = self.untracked();
        let (events_total, events_lost_total) = self.run.budget.tree.event_counts();
        BudgetMetrics {
            total_bytes: state.total.limit.get(),
            current_bytes: state.total.current.get(),
            mode: self.config().budget_mode.key().into(),
            pressure: Some(state.total.pressure),
            events_total,
            events_lost_total,
            browser_bytes: untracked.browser_bytes.map(Bytes::get),
            untracked_bytes: untracked.untracked_bytes(),
            heaps: state.heaps.iter().map(heap_metrics).collect(),
            categories: state.categories.iter().map(category_metrics).collect(),
        }
    }

    /// The budget at this moment, with what only the browser can tell.
    pub fn report(&self) -> BudgetReport {
        BudgetReport { state: self.run.budget.tree.snapshot(), untracked: self.untracked() }
    }

    /// What the browser said last, beside what of it we know: the whole arena
    /// and the profiler's own memory.
    fn untracked(&self) -> Untracked {
        let tracked = self.config().arena_bytes.get() + self.profiler_bytes();
        Untracked { browser_bytes: self.publisher.browser_memory, tracked_bytes: Bytes::new(tracked) }
    }

    /// Takes in what the browser says the page holds.
    pub fn note_browser_memory(&mut self, bytes: Option<Bytes>) {
        self.publisher.browser_memory = bytes;
        self.publisher.is_due = true;
    }

    fn profiler_bytes(&self) -> u64 {
        self.shared.bytes() + self.reference_bytes() + self.run.budget.tree.history_bytes().get()
    }

    /// The budget's tags and what happened to it last.
    pub fn budget_table(&self) -> BudgetTable {
        BudgetTable {
            tags: self.run.budget.tree.tags().iter().map(tag_row).collect(),
            events: self.run.budget.log.events(),
            pressure_history: self.run.budget.log.pressure(),
        }
    }

    fn sample(&mut self, metrics: &Metrics) -> Sample {
        let (arena, pool, budget) = (&metrics.arena, &metrics.pool, &metrics.budget);
        let (hits, misses) =
            (pool.hits_total - self.publisher.hits_sampled.0, pool.misses_total - self.publisher.hits_sampled.1);
        self.publisher.hits_sampled = (pool.hits_total, pool.misses_total);
        let budget_failures: u64 = budget.categories.iter().map(|row| row.failures_total).sum();
        let figures = [
            (Series::TimeUs, metrics.time_us),
            (Series::ArenaUsed, arena.used_bytes),
            (Series::ArenaFree, arena.free_bytes),
            (Series::ArenaLargestFree, arena.largest_free_bytes),
            (Series::ArenaFailures, arena.failures_total),
            (Series::ArenaAllocations, arena.allocations_total),
            (Series::ArenaCached, arena.cached_bytes),
            (Series::WasteGranule, arena.waste_granule_bytes),
            (Series::WastePolicy, arena.waste_policy_bytes),
            (Series::WasteThreads, arena.waste_threads_bytes),
            (Series::WasteGuards, arena.waste_guards_bytes),
            (Series::ArenaFootprint, arena.footprint_bytes),
            (Series::ArenaRequestedPeak, arena.requested_bytes_peak),
            (Series::ArenaFreeRanges, arena.free_range_count),
            (Series::PoolRequested, pool.requested_bytes),
            (Series::PoolPendingCount, pool.pending_count),
            (Series::PoolIdleCount, pool.idle_count),
            (Series::PoolPeak, pool.allocated_bytes_peak),
            (Series::PoolInUse, pool.in_use_bytes),
            (Series::PoolPending, pool.pending_bytes),
            (Series::PoolIdle, pool.idle_bytes),
            (Series::BudgetTotal, budget.total_bytes),
            (Series::BudgetFailures, budget_failures),
        ];
        let mut sample = self
            .sample_threads(Sample::ZERO)
            .with(Series::ExternalFragmentation, arena.external_fragmentation)
            .with(Series::FreeSpaceConcentration, arena.free_space_concentration)
            .with(Series::PoolHitRatio, pool.hit_ratio)
            // 0 ÷ 0 is NaN: a tick without acquires has no ratio.
            .with(Series::PoolHitRatioTick, hits as f64 / (hits + misses) as f64);
        for (series, figure) in figures {
            sample = sample.with(series, figure as f64);
        }
        for (at, row) in budget.categories.iter().enumerate() {
            let rows = [
                (Series::BUDGET, row.current_bytes),
                (Series::LIMITS, row.limit_bytes),
                (Series::PEAKS, row.peak_bytes),
            ];
            for (series, figure) in rows {
                sample = sample.with(series[at], figure as f64);
            }
        }
        sample
    }

    fn publish_pool_table(&self) {
        let rows: Vec<PoolRow> = self.run.gpu.pool.pool().rows().into_iter().map(pool_row).collect();
        if let Ok(text) = serde_json::to_string(&rows) {
            let _ = self.shared.pool_table.publish_text(&text);
        }
    }
}

/// The map of now: metadata, then every range. O(ranges).
fn map_words(arena: &Arena) -> Vec<u64> {
    let metadata = arena.sections().payload.offset.get();
    let head = MapRange { offset_bytes: 0, size_bytes: metadata, state: MapState::Metadata };
    std::iter::once(head).chain(arena.walk().map(map_range)).flat_map(MapRange::to_words).collect()
}

fn map_range(range: Range) -> MapRange {
    let state = match range.state {
        RangeState::Free => MapState::Free,
        RangeState::Cached | RangeState::Quarantined { .. } => MapState::Cached,
        RangeState::Used { owner, born, .. } => MapState::Used { owner, born_us: born.get() },
    };
    MapRange { offset_bytes: range.offset.get(), size_bytes: range.size.get(), state }
}

fn pool_row(row: pool::Row) -> PoolRow {
    let (texture, usage) = match row.spec {
        ResourceSpec::Buffer(buffer) => (None, buffer.usage.to_string()),
        ResourceSpec::Texture(texture) => (Some(texture.to_string()), texture.usage.to_string()),
    };
    PoolRow {
        texture,
        usage,
        class_bytes: row.size.get(),
        in_use_count: row.in_use.count,
        pending_count: row.pending.count,
        idle_count: row.idle.count,
        hits_total: row.hits,
        misses_total: row.misses,
    }
}

fn arena_metrics(policy: &str, statistics: &Statistics, look: &ArenaLook) -> ArenaMetrics {
    ArenaMetrics {
        policy: policy.into(),
        capacity_bytes: statistics.capacity.get(),
        used_bytes: statistics.used.get(),
        requested_bytes: statistics.requested.get(),
        free_bytes: statistics.free.get(),
        cached_bytes: statistics.cached.get(),
        metadata_bytes: statistics.metadata.get(),
        largest_free_bytes: statistics.largest_free.get(),
        free_range_count: statistics.free_range_count,
        allocation_count: statistics.allocation_count,
        external_fragmentation: statistics.external_fragmentation().get(),
        free_space_concentration: statistics.free_space_concentration().get(),
        used_bytes_peak: statistics.used_peak.get(),
        allocations_total: statistics.allocations_total,
        frees_total: statistics.frees_total,
        failures_total: statistics.failures_total(),
        refusals_total: statistics.refusals.iter().map(|(kind, count)| (kind.key().into(), count)).collect(),
        requested_bytes_peak: statistics.requested_peak.get(),
        footprint_bytes: statistics.footprint.get(),
        footprint_ratio: statistics.footprint_ratio().get(),
        utilisation_at_first_failure: statistics.utilisation_at_first_failure().map(Ratio::get),
        waste_granule_bytes: statistics.waste.granule.get(),
        waste_policy_bytes: statistics.waste.policy.get(),
        waste_guards_bytes: statistics.waste.guards.get(),
        waste_threads_bytes: statistics.waste.threads.get(),
        largest_fit_bytes: look.largest_fit.get(),
        largest_fit_256_bytes: look.largest_fit_256.get(),
        largest_fit_64k_bytes: look.largest_fit_64k.get(),
        guard_hits_total: statistics.guard_hits_total,
        ..ArenaMetrics::default()
    }
}

fn category_metrics(row: &CategoryState) -> CategoryMetrics {
    let node = &row.node;
    CategoryMetrics {
        category: row.category,
        current_bytes: node.current.get(),
        arena_bytes: node.on(Heap::Arena).get(),
        device_bytes: node.on(Heap::Device).get(),
        npu_bytes: node.on(Heap::Npu).get(),
        reserved_bytes: node.reserved.get(),
        peak_bytes: node.peak.get(),
        limit_bytes: node.limit.get(),
        failures_total: node.failures,
        min_bytes: node.min.get(),
        high_bytes: node.high.get(),
        borrowed_bytes: node.borrowed().get(),
        priority: node.priority,
        pressure: Some(node.pressure),
        high_events_total: node.high_events,
        reclaimed_bytes_total: node.reclaimed.get(),
        tags_overflow_total: row.tags_overflow,
    }
}

fn heap_metrics(row: &HeapState) -> HeapMetrics {
    let node = row.node.unwrap_or_default();
    HeapMetrics {
        heap: row.heap,
        current_bytes: row.current.get(),
        reserved_bytes: node.reserved.get(),
        peak_bytes: node.peak.get(),
        limit_bytes: row.node.and_then(|node| limit(node.limit)),
        failures_total: node.failures,
        pressure: Some(node.pressure),
    }
}

fn tag_row(row: &TagState) -> TagRow {
    let TagState { category, tag, node } = *row;
    TagRow {
        category,
        tag: tag.map_or("(others)", tags::name).into(),
        current_bytes: node.current.get(),
        reserved_bytes: node.reserved.get(),
        peak_bytes: node.peak.get(),
        limit_bytes: limit(node.limit),
        failures_total: node.failures,
        pressure: Some(node.pressure),
    }
}

/// A limit as a figure; none where a node is open.
fn limit(limit: Bytes) -> Option<u64> {
    (limit != Bounds::OPEN.max).then_some(limit.get())
}
