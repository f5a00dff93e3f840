//! Both pools one by one, in the words of [`arenascope_telemetry::pool_detail`].

use crate::session::Session;
use arenascope_pool::{Miss, MissCause, Pool, ResourceInfo, ResourceSpec};
use arenascope_telemetry::pool_detail::{MissRow, PoolDetail, PoolParameters, PoolSide, ResourceRow};
use arenascope_units::Bytes;
use arenascope_workload::tags;

impl Session<'_> {
    /// How the pools behave, what is alive in them, and what missed last.
    /// O(alive).
    pub fn pool_detail(&self) -> PoolDetail {
        PoolDetail { gpu: side_of(self.run.gpu.pool.pool()), tensors: side_of(self.run.nn.tensors.pool()) }
    }
}

fn side_of(pool: &Pool) -> PoolSide {
    PoolSide {
        parameters: parameters_of(pool),
        resources: pool.buffers().map(resource_row).collect(),
        misses: pool.recent_misses().map(miss_row).collect(),
    }
}

fn parameters_of(pool: &Pool) -> PoolParameters {
    let config = pool.config();
    PoolParameters {
        mode: config.mode.to_string(),
        trims: config.mode.trims(),
        byte_limit_bytes: Some(config.byte_limit).filter(|limit| limit.get() != u64::MAX).map(Bytes::get),
        idle_limit_bytes: config.idle_limit.get(),
        high_water_bytes: config.high_water.get(),
        low_water_bytes: config.low_water.get(),
        max_age_us: config.max_age.get(),
        max_idle_frames: config.max_idle_frames,
        surplus_frames: config.surplus_frames,
        max_destroys_per_frame: config.max_destroys_per_trim,
        max_resources: config.max_resources,
    }
}

/// Extents of a texture, and the usage.
fn texture_and_usage(spec: ResourceSpec) -> (Option<String>, String) {
    match spec {
        ResourceSpec::Buffer(buffer) => (None, buffer.usage.to_string()),
        ResourceSpec::Texture(texture) => (Some(texture.to_string()), texture.usage.to_string()),
    }
}

fn resource_row(info: ResourceInfo) -> ResourceRow {
    let (texture, usage) = texture_and_usage(info.spec);
    ResourceRow {
        id: info.resource.number(),
        texture,
        usage,
        state: info.state.key().into(),
        category: info.owner.category,
        tag: tags::name(info.owner.tag).into(),
        size_bytes: info.size.get(),
        requested_bytes: Some(info.requested.get()),
        last_used_us: info.last_used.get(),
    }
}

fn miss_row(miss: &Miss) -> MissRow {
    let (texture, usage) = texture_and_usage(miss.created);
    let destroyed_for = match miss.cause {
        MissCause::Evicted(reason) => Some(reason.key().to_owned()),
        _ => None,
    };
    MissRow {
        time_us: miss.time.get(),
        texture,
        usage,
        category: miss.owner.category,
        tag: tags::name(miss.owner.tag).into(),
        requested_bytes: miss.requested.get(),
        size_bytes: miss.size.get(),
        cause: miss.cause.key().into(),
        destroyed_for,
        held_count: miss.held,
        pending_count: miss.pending,
        smallest_idle_bytes: miss.smallest_idle.map(Bytes::get),
    }
}
