//! What the session tells: metrics, a sample a tick, the map and the pool's
//! table now and then. Each figure is read from its owner, here and nowhere
//! else.

use super::engine::Session;
use crate::arena::{Range, RangeState, Statistics};
use crate::budget::{BudgetReport, BudgetState};
use crate::owner::Heap;
use crate::pool::{self, ResourceSpec};
use crate::telemetry::map::{MapRange, MapState};
use crate::telemetry::metrics::{
    ArenaMetrics, BudgetMetrics, CategoryMetrics, GpuMetrics, Metrics, NnMetrics, OwnMetrics, PoolMetrics,
};
use crate::telemetry::pool_table::PoolRow;
use crate::telemetry::samples::{Sample, Series};

/// The map and the pool's table are published this often at most.
const MAP_EVERY_US: u64 = 100_000;

impl Session<'_> {
    /// Publishes the newest figures and hands the events over; call once after each
    /// tick's requests. A
    /// sample is added only while running. Cost: O(1) and the JSON of the
    /// metrics; ten times a second O(ranges).
    pub fn publish(&mut self) {
        self.unpublished = false;
        self.update_rates();
        self.flush_events();
        let metrics = self.metrics();
        if self.run.running {
            let sample = self.sample(&metrics);
            self.shared.samples.append(&sample);
        }
        if let Ok(text) = serde_json::to_string(&metrics) {
            // 16 KiB are room for ten times the text; a longer one keeps the old.
            let _ = self.shared.metrics.publish_text(&text);
        }
        let time_us = self.run.time.get();
        if !self.run.running || self.last_map_us.is_none_or(|last| time_us - last >= MAP_EVERY_US) {
            self.last_map_us = Some(time_us);
            self.publish_map();
            self.publish_pool_table();
        }
    }

    /// All figures of now.
    pub fn metrics(&self) -> Metrics {
        let counters = self.run.counters;
        let (tensors_live, tensor_bytes) = self.tensors();
        let (statistics, budget) = self.books();
        Metrics {
            time_us: self.run.time.get(),
            frame: self.run.workload.frame(),
            running: self.run.running,
            arena: ArenaMetrics {
                overlaps_total: self.overlaps(),
                threads: self.thread_rows(),
                ..arena_metrics(self.config.policy.key(), &statistics)
            },
            pool: pool_metrics(&self.run.pool),
            budget: budget_metrics(&budget),
            gpu: GpuMetrics {
                mode: self.gpu.key().into(),
                submits_total: counters.submits,
                dispatches_total: counters.dispatches,
                uploaded_bytes_total: counters.uploaded_bytes,
                errors_total: counters.gpu_errors,
                device_losses_total: counters.device_losses,
            },
            nn: NnMetrics {
                mode: self.nn.key().into(),
                dispatches_total: counters.nn_dispatches,
                tensors_live,
                tensor_bytes,
                mismatches_total: counters.nn_mismatches,
            },
            own: OwnMetrics {
                frame_ms_p95: self.shared.page.frame_ms_p95(),
                script_ms_p95: self.shared.page.script_ms_p95(),
                events_total: self.events_offered() - self.run.events_before,
                events_lost_total: self.shared.events.lost() - self.run.events_lost_before,
                profiler_bytes: self.shared.bytes() + self.reference_bytes(),
            },
        }
    }

    /// Arena and budget at one moment, while no thread is inside an operation: the
    /// arena's used bytes are the sum of the categories then. Where the threads do
    /// not come to rest in time, the books as they were.
    pub(super) fn books(&self) -> (Statistics, BudgetState) {
        let budget = &self.run.budget;
        if let Ok(books) = self.arena.statistics_beside(|| budget.snapshot()) {
            self.run.books.set(Some(books));
        }
        self.run.books.get().unwrap_or_else(|| (Statistics::default(), budget.snapshot()))
    }

    /// The budget report.
    pub fn report(&self) -> BudgetReport {
        self.run.budget.report()
    }

    fn sample(&mut self, metrics: &Metrics) -> Sample {
        let (arena, pool, budget) = (&metrics.arena, &metrics.pool, &metrics.budget);
        let (hits, misses) = (pool.hits_total - self.run.hits_sampled.0, pool.misses_total - self.run.hits_sampled.1);
        self.run.hits_sampled = (pool.hits_total, pool.misses_total);
        let budget_failures: u64 = budget.categories.iter().map(|row| row.failures_total).sum();
        let figures = [
            (Series::TimeUs, metrics.time_us),
            (Series::ArenaUsed, arena.used_bytes),
            (Series::ArenaFree, arena.free_bytes),
            (Series::ArenaLargestFree, arena.largest_free_bytes),
            (Series::ArenaFailures, arena.failures_total),
            (Series::ArenaAllocations, arena.allocations_total),
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
        for (series, row) in Series::BUDGET.into_iter().zip(&budget.categories) {
            sample = sample.with(series, row.current_bytes as f64);
        }
        sample
    }

    fn publish_map(&self) {
        let words = self.arena.with(|arena| {
            let metadata = arena.sections().payload.offset.get();
            let head = MapRange { offset_bytes: 0, size_bytes: metadata, state: MapState::Metadata };
            std::iter::once(head).chain(arena.walk().map(map_range)).flat_map(MapRange::to_words).collect::<Vec<_>>()
        });
        if let Ok(words) = words {
            // Room for more ranges than any arena has nodes.
            let _ = self.shared.map.publish(&words);
        }
    }

    fn publish_pool_table(&self) {
        let rows: Vec<PoolRow> = self.run.pool.rows().into_iter().map(pool_row).collect();
        if let Ok(text) = serde_json::to_string(&rows) {
            let _ = self.shared.pool_table.publish_text(&text);
        }
    }
}

fn map_range(range: Range) -> MapRange {
    let state = match range.state {
        RangeState::Free => MapState::Free,
        RangeState::Cached => MapState::Cached,
        RangeState::Used { owner, born, .. } => MapState::Used { owner, born_us: born.get() },
    };
    MapRange { offset_bytes: range.offset.get(), size_bytes: range.size.get(), state }
}

fn pool_row(row: pool::Row) -> PoolRow {
    let (texture, usage) = match row.spec {
        ResourceSpec::Buffer(buffer) => (None, buffer.usage.label()),
        ResourceSpec::Texture(texture) => (Some(texture.to_string()), texture.usage.label()),
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

fn arena_metrics(policy: &str, statistics: &Statistics) -> ArenaMetrics {
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
        ..ArenaMetrics::default()
    }
}

fn pool_metrics(pool: &pool::Pool) -> PoolMetrics {
    let statistics = pool.statistics();
    PoolMetrics {
        mode: pool.config().mode.key().into(),
        hits_total: statistics.hits,
        misses_total: statistics.misses,
        hit_ratio: statistics.hit_ratio().map_or(0.0, |ratio| ratio.get()),
        in_use_bytes: statistics.in_use.bytes.get(),
        pending_bytes: statistics.pending.bytes.get(),
        idle_bytes: statistics.idle.bytes.get(),
        requested_bytes: statistics.requested.get(),
        limit_bytes: pool.config().idle_limit.get(),
        in_use_count: statistics.in_use.count,
        pending_count: statistics.pending.count,
        idle_count: statistics.idle.count,
        created_total: statistics.created.count,
        destroyed_total: statistics.destroyed.total().count,
        evictions_total: statistics.destroyed.evictions().count,
    }
}

fn budget_metrics(state: &BudgetState) -> BudgetMetrics {
    let row = |category: &crate::budget::CategoryState| CategoryMetrics {
        category: category.category,
        current_bytes: category.node.current.get(),
        arena_bytes: category.node.on(Heap::Arena).get(),
        device_bytes: category.node.on(Heap::Device).get(),
        npu_bytes: category.node.on(Heap::Npu).get(),
        reserved_bytes: category.node.reserved.get(),
        peak_bytes: category.node.peak.get(),
        limit_bytes: category.node.limit.get(),
        failures_total: category.node.failures,
    };
    BudgetMetrics {
        total_bytes: state.total.limit.get(),
        current_bytes: state.total.current.get(),
        categories: state.categories.iter().map(row).collect(),
    }
}
