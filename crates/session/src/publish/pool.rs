//! The pool's figures, as published.

use arenascope_pool::{DestroyReason, FallbackCounts, FallbackStep, Pool, StagingStatistics, Statistics};
use arenascope_telemetry::metrics::{PoolDestroyed, PoolFallback, PoolHits, PoolMetrics, PoolMisses, StagingMetrics};

/// Every figure of the pool. O(surplus).
pub(super) fn pool_metrics(pool: &Pool, fallback: &FallbackCounts) -> PoolMetrics {
    let statistics = pool.statistics();
    PoolMetrics {
        mode: pool.config().mode.to_string(),
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
        waste_bytes: statistics.internal_waste().get(),
        surplus_bytes: pool.surplus().bytes.get(),
        allocated_bytes_peak: statistics.peaks.allocated.get(),
        refusals_total: statistics.refusals,
        misuses_total: statistics.refused_releases + statistics.refused_uses,
        hits_by: hits(&statistics),
        misses_by: misses(&statistics),
        destroyed_by: destroyed(&statistics),
        fallback: fallback_steps(fallback),
        reuse_distance_log2: statistics.reuse_distance.counts().to_vec(),
        creation_us_log2: statistics.creation_latency.counts().to_vec(),
    }
}

fn hits(statistics: &Statistics) -> PoolHits {
    let by = &statistics.hits_by;
    PoolHits { exact_total: by.exact, class_total: by.class, best_fit_total: by.best_fit }
}

fn misses(statistics: &Statistics) -> PoolMisses {
    let by = &statistics.misses_by;
    PoolMisses {
        cold_total: by.cold,
        busy_total: by.busy,
        pending_total: by.pending,
        too_wasteful_total: by.too_wasteful,
        evicted_total: by.evicted(),
    }
}

fn destroyed(statistics: &Statistics) -> PoolDestroyed {
    let by = |reason| statistics.destroyed.by(reason).count;
    PoolDestroyed {
        limit_total: by(DestroyReason::Limit),
        surplus_total: by(DestroyReason::Surplus),
        age_total: by(DestroyReason::Age),
        pressure_total: by(DestroyReason::Pressure),
        outgrown_total: by(DestroyReason::Outgrown),
        out_of_memory_total: by(DestroyReason::OutOfMemory),
        overflow_total: by(DestroyReason::Overflow),
        device_loss_total: by(DestroyReason::DeviceLoss),
        creation_failed_total: by(DestroyReason::CreationFailed),
    }
}

fn fallback_steps(fallback: &FallbackCounts) -> PoolFallback {
    PoolFallback {
        trim_class_total: fallback.helped(FallbackStep::TrimClass),
        trim_idle_total: fallback.helped(FallbackStep::TrimIdle),
        borrowers_total: fallback.helped(FallbackStep::Borrowers),
        refused_total: fallback.refused,
    }
}

/// The staging ring's figures.
pub(super) fn staging_metrics(statistics: &StagingStatistics) -> StagingMetrics {
    StagingMetrics {
        capacity_bytes: statistics.capacity.get(),
        in_flight_bytes: statistics.in_flight.get(),
        in_flight_bytes_peak: statistics.in_flight_peak.get(),
        uploads_total: statistics.pieces,
        wraps_total: statistics.wraps,
        overflows_total: statistics.overflows,
    }
}
