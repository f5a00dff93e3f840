//! The snapshot document of now.

use crate::session::Session;
use arenascope_arena::RangeState;
use arenascope_formats::snapshot::{
    AllocationEntry, ArenaEntry, BudgetEntry, BufferEntry, ConfigEntry, Document, PoolEntry, RangeEntry, SchemaEntry,
    TallyEntry,
};
use arenascope_pool::{ResourceInfo, ResourceSpec};
use arenascope_telemetry::capabilities::Capabilities;
use arenascope_telemetry::event::Op;
use arenascope_telemetry::tally::Tally;
use arenascope_units::Micros;
use arenascope_workload::tags;

impl Session<'_> {
    /// Everything there is to know at this moment, for export. O(ranges +
    /// resources). `created_at` is an RFC 3339 time.
    pub fn document(&self, capabilities: Capabilities, created_at: String) -> Document {
        Document {
            schema: SchemaEntry::default(),
            app_version: env!("CARGO_PKG_VERSION").into(),
            created_at,
            capabilities,
            config: self.config_entry(),
            metrics: self.metrics_with(&self.look()),
            arena: self.arena_entry(),
            pool: PoolEntry { buffers: self.run.gpu.pool.pool().buffers().map(buffer_entry).collect() },
            budget: BudgetEntry { table: self.budget_table(), ..BudgetEntry::from(&self.report().state) },
            report: self.report().to_string(),
            tally: self.tally_entry(),
        }
    }

    fn config_entry(&self) -> ConfigEntry {
        let config = self.config();
        ConfigEntry {
            scenario: config.scenario.key().into(),
            seed: config.seed,
            policy: config.policy.key().into(),
            pool_mode: config.pool_mode.to_string(),
            budget_mode: config.budget_mode.key().into(),
            arena_bytes: config.arena_bytes.get(),
            speed: config.speed,
            guards: config.guards,
            mutators: config.mutators,
        }
    }

    fn arena_entry(&self) -> ArenaEntry {
        let (mut allocations, mut free_ranges, mut cached_ranges) = (Vec::new(), Vec::new(), Vec::new());
        let now = self.run.time;
        let _ = self.arena.shared.with(|arena| {
            for range in arena.walk() {
                let (offset, size) = (range.offset.get(), range.size.get());
                match range.state {
                    RangeState::Free => free_ranges.push(RangeEntry { offset, size }),
                    RangeState::Cached | RangeState::Quarantined { .. } => {
                        cached_ranges.push(RangeEntry { offset, size });
                    }
                    RangeState::Used { id, requested, align, owner, born } => allocations.push(AllocationEntry {
                        id: id.to_bits(),
                        offset,
                        size,
                        requested: requested.get(),
                        align: align.get(),
                        category: owner.category,
                        tag: tags::name(owner.tag).into(),
                        age_us: age(now, born),
                    }),
                }
            }
        });
        ArenaEntry { allocations, free_ranges, cached_ranges }
    }

    /// What the recorder counted, as far as it has come.
    fn tally_entry(&self) -> TallyEntry {
        let mut words = Vec::new();
        let read = self.shared.tally.read(&mut words);
        let tally = read.and_then(|_| Tally::from_words(&words)).unwrap_or_default();
        TallyEntry {
            events_total: tally.events_total,
            events_malformed_total: tally.malformed_total,
            events_lost_total: tally.count(Op::Lost),
            allocations_total: tally.count(Op::ArenaAllocate),
            frees_total: tally.count(Op::ArenaFree),
            arena_bytes: tally.arena_bytes,
            pool_bytes: tally.pool_bytes,
        }
    }
}

fn age(now: Micros, born: Micros) -> u64 {
    now.since(born).get()
}

fn buffer_entry(info: ResourceInfo) -> BufferEntry {
    let (kind, description, usage) = match info.spec {
        ResourceSpec::Buffer(buffer) => ("buffer", "buffer".to_owned(), buffer.usage.to_string()),
        ResourceSpec::Texture(texture) => ("texture", texture.to_string(), texture.usage.to_string()),
    };
    BufferEntry {
        id: info.resource.number(),
        kind: kind.into(),
        description,
        usage,
        size: info.size.get(),
        requested: info.requested.get(),
        state: info.state.key().into(),
        category: info.owner.category,
        tag: tags::name(info.owner.tag).into(),
        last_used_us: info.last_used.get(),
    }
}
