//! A snapshot as a side of a comparison: what was alive, and the figures of its moment.

use super::about::About;
use super::figure::{Fact, Unit};
use super::of_run::pool_facts;
use super::side::{ByKey, CategoryFacts, FailureKey, LimitFacts, ObjectKey, OwnerKey, Place, Side, Thing};
use crate::run::names::Names;
use crate::snapshots::run::{SnapshotRun, unix_ms};
use arenascope_formats::snapshot::{self, Document};
use arenascope_telemetry::metrics::Metrics;
use std::collections::{BTreeMap, HashMap};

/// What a snapshot does not tell, and why not.
const ONE_MOMENT: &str = "a snapshot is of one moment: it does not tell what was before";

impl Side {
    /// Of a snapshot of that name; `run` tells it from others. O(what is alive).
    pub fn of_snapshot(document: &Document, name: &str, run: u64) -> Self {
        let mut side = Self { run, about: about(document, name), ..Self::empty() };
        side.spaces = vec!["Arena".into()];
        side.line_bytes = document.metrics.arena.capacity_bytes;
        take_alive(&mut side, document);
        side.facts = facts(&side, &document.metrics);
        side.categories = categories(&side, &document.metrics);
        side.pool = pool(&document.metrics);
        side.limits = limits(document);
        side.failures = Ok(failures(&document.metrics));
        side
    }

    /// With nothing in it, and nothing told.
    pub(super) fn empty() -> Self {
        Self {
            about: About::default(),
            run: 0,
            facts: Vec::new(),
            categories: Vec::new(),
            owners: Vec::new(),
            spaces: Vec::new(),
            line_bytes: 0,
            things: Vec::new(),
            tables: Err("a snapshot has labels, and no call stacks".into()),
            pool: Vec::new(),
            objects: Vec::new(),
            limits: Vec::new(),
            lifetimes: Err(ONE_MOMENT.into()),
            findings: Err(ONE_MOMENT.into()),
            failures: Err(ONE_MOMENT.into()),
            landings: Default::default(),
        }
    }
}

fn about(document: &Document, name: &str) -> About {
    let run = SnapshotRun::of(document);
    About {
        name: name.into(),
        format: "Arenascope snapshot".into(),
        tool: Some(format!("Arenascope {}", document.app_version)),
        made_ms: unix_ms(&run.created_at),
        scenario: Some(run.scenario),
        seed: Some(run.seed),
        policy: Some(run.policy),
        capacity_bytes: Some(run.arena_bytes),
        is_snapshot: true,
        has_times: true,
        time_us: run.time_us,
        lost_events: document.tally.events_lost_total,
        contradictions: snapshot::contradictions(document).iter().map(ToString::to_string).collect(),
        ..About::default()
    }
}

fn take_alive(side: &mut Side, document: &Document) {
    let mut numbers: HashMap<OwnerKey, u32> = HashMap::new();
    let mut number_of = |owners: &mut Vec<OwnerKey>, category: &str, owner: &str| {
        let key = OwnerKey { category: category.into(), owner: owner.into() };
        let next = owners.len() as u32;
        let number = *numbers.entry(key.clone()).or_insert(next);
        if number == next {
            owners.push(key);
        }
        number
    };
    for it in &document.arena.allocations {
        let owner = number_of(&mut side.owners, it.category.label(), &it.tag);
        let place = Place { space: 0, address: it.offset, offset: it.offset };
        side.things.push(Thing { identity: it.id, owner, place: Some(place), bytes: it.size, site: 0 });
    }
    let mut objects: BTreeMap<ObjectKey, u64> = BTreeMap::new();
    for it in &document.pool.buffers {
        let owner = number_of(&mut side.owners, it.category.label(), &it.tag);
        side.things.push(Thing { identity: it.id, owner, place: None, bytes: it.size, site: 0 });
        let is_held = matches!(it.state.as_str(), "in_use" | "creating");
        let key = ObjectKey { owner: side.owners[owner as usize].clone(), is_held, size_bytes: it.size };
        *objects.entry(key).or_default() += 1;
    }
    side.objects =
        objects.into_iter().map(|(key, count)| (key.clone(), key.size_bytes.saturating_mul(count), count)).collect();
}

fn facts(side: &Side, metrics: &Metrics) -> Vec<Fact> {
    let (arena, (live_bytes, live_count)) = (&metrics.arena, side.live());
    let fact = |label, unit, value: u64| Fact { label, unit, value: Some(value) };
    let of_budget = metrics.budget.categories.iter().map(|it| it.failures_total);
    let failures = of_budget.fold(arena.failures_total, u64::saturating_add);
    vec![
        fact("Live", Unit::Bytes, live_bytes),
        fact("Live things", Unit::Count, live_count),
        fact("Refused requests", Unit::Count, failures),
        fact("Arena used", Unit::Bytes, arena.used_bytes),
        fact("Arena used, peak", Unit::Bytes, arena.used_bytes_peak),
        fact("Arena free", Unit::Bytes, arena.free_bytes),
        fact("Largest free range", Unit::Bytes, arena.largest_free_bytes),
        fact("Free ranges", Unit::Count, arena.free_range_count),
        fact(
            "External fragmentation",
            Unit::PartsPerMillion,
            super::figure::parts_per_million(arena.external_fragmentation),
        ),
        fact("Arena allocations", Unit::Count, arena.allocations_total),
        fact("Arena frees", Unit::Count, arena.frees_total),
        fact("Tensors", Unit::Bytes, metrics.nn.tensor_bytes),
        fact("Graphs", Unit::Bytes, metrics.nn.graph_bytes),
        fact("Uploaded", Unit::Bytes, metrics.gpu.uploaded_bytes_total),
    ]
}

fn categories(side: &Side, metrics: &Metrics) -> Vec<CategoryFacts> {
    let names = Names::engine();
    let of = |category| {
        let label = names.category(category);
        let things = side.things.iter().filter(|thing| side.owner(thing).category == label);
        let (bytes, count) =
            things.fold((0, 0), |(bytes, count), thing| (thing.bytes.saturating_add(bytes), count + 1));
        let row = metrics.budget.categories.iter().find(|row| row.category == category);
        CategoryFacts { label: label.into(), bytes, count, peak_bytes: row.map(|row| row.peak_bytes), peak_us: None }
    };
    names.categories().map(of).collect()
}

fn pool(metrics: &Metrics) -> Vec<Fact> {
    let (pool, tensors) = (&metrics.pool, &metrics.nn.pool);
    let given_back = pool.pending_bytes.saturating_add(pool.idle_bytes);
    pool_facts(
        [pool.hits_total, pool.created_total, pool.destroyed_total, pool.in_use_bytes, given_back],
        [tensors.hits_total, tensors.created_total],
    )
}

fn limits(document: &Document) -> Vec<LimitFacts> {
    let (names, budget) = (Names::engine(), &document.metrics.budget);
    let total = LimitFacts {
        label: "Total".into(),
        level: "total",
        bytes: document.budget.current_bytes,
        limit_bytes: Some(document.budget.total_bytes).filter(|bytes| *bytes > 0),
        refusals: Some(document.budget.failures_total),
    };
    let heaps = budget.heaps.iter().map(|row| LimitFacts {
        label: names.heap(row.heap).into(),
        level: "heap",
        bytes: row.current_bytes,
        limit_bytes: row.limit_bytes.filter(|bytes| *bytes > 0),
        refusals: Some(row.failures_total),
    });
    let categories = budget.categories.iter().map(|row| LimitFacts {
        label: names.category(row.category).into(),
        level: "category",
        bytes: row.current_bytes,
        limit_bytes: Some(row.limit_bytes).filter(|bytes| *bytes > 0),
        refusals: Some(row.failures_total),
    });
    core::iter::once(total).chain(heaps).chain(categories).collect()
}

/// By kind alone: a snapshot counts refusals, and does not say whose they were or of how many
/// bytes.
fn failures(metrics: &Metrics) -> ByKey<FailureKey> {
    let key = |cause: String| FailureKey { cause, owner: OwnerKey::default() };
    let refused = metrics.arena.refusals_total.iter().filter(|(_, count)| **count > 0);
    let arena = refused.map(|(kind, count)| (key(format!("arena: {}", kind.replace('_', " "))), 0, *count));
    let budget = metrics.budget.categories.iter().filter(|row| row.failures_total > 0);
    let budget = budget.map(|row| {
        let owner = OwnerKey { category: row.category.label().into(), owner: String::new() };
        (FailureKey { cause: "budget".into(), owner }, 0, row.failures_total)
    });
    arena.chain(budget).collect()
}
