//! Editing the budget's limits from a script or the page, and asking what they
//! would do: plain data in, typed errors out.

use super::argument::{ArgumentError, integer, refuse, unknown};
use super::events::Said;
use super::session::Session;
use arenascope_budget::{Bounds, Budget, BudgetError, LimitChange, Limits, NodeId, Parting, RefusalRow, WhatIf};
use arenascope_telemetry::event::{NOBODY, Op};
use arenascope_telemetry::limit_change::{LimitBound, LimitChanged, LimitNode};
use arenascope_telemetry::notice::Level;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use arenascope_units::pressure::Pressure;
use arenascope_workload::tags;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Largest number that JavaScript holds exactly.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Why limits were not set, or not tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// An argument that cannot be read.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// Limits that make no sense.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// Nothing was written down yet, or another thread is writing.
    #[error("there is no history to run again; start a run first")]
    NoHistory,
}

/// The answer of a what-if, by the names of the scripting interface.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfEntry {
    /// Time of the first request that was run again, µs.
    pub begins_at_us: Option<u64>,
    /// Requests that were run again.
    pub requests_total: u64,
    /// Where the run itself would have begun to go differently: until then every
    /// figure is exact, from then on an estimate. `None` where it would not have.
    pub parting: Option<WhatIfParting>,
    /// Of these requests, those that would have been refused.
    pub refused_total: u64,
    /// Refusals that are certain, whatever else had gone differently.
    pub refused_at_least_total: u64,
    /// Of these granted in truth.
    pub newly_refused_at_least_total: u64,
    /// When the first refusal that is new has happened at the latest, µs; `None`
    /// where none is certain.
    pub refused_by_us: Option<u64>,
    /// Of these granted in truth.
    pub newly_refused_total: u64,
    /// Refused in truth and granted now.
    pub newly_granted_total: u64,
    /// The first refusals, in order.
    pub refusals: Vec<WhatIfRefusal>,
    /// What each category would have given back, and its peak.
    pub categories: Vec<WhatIfCategory>,
    /// The most that the total would have held at the moment of a charge.
    pub peak_bytes: u64,
    /// The worst pressure the total would have reached.
    pub pressure: Pressure,
    /// Requests that the history lacks: anything but 0 makes the answer a guess.
    pub lost_total: u64,
}

/// The first answer of the budget that would have been another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIfParting {
    /// When it was given, µs.
    pub time_us: u64,
    /// Which it is: `refused`, `granted`, `room` or `pressure`.
    pub cause: &'static str,
}

/// A request that would have been refused under the edited limits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfRefusal {
    /// When it was asked, µs.
    pub time_us: u64,
    /// What the memory was for.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: &'static str,
    /// The heap that the memory would have been on.
    pub heap: Heap,
    /// Bytes that were asked for.
    pub bytes: u64,
    /// Which level would have refused.
    pub level: &'static str,
    /// Whether it was refused in truth, too.
    pub refused_then: bool,
    /// Whether it is exact: not after the parting.
    pub is_certain: bool,
}

/// What a category would have held, and given back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfCategory {
    /// What the memory is for.
    pub category: MemoryCategory,
    /// What it would have given back because another asked.
    pub reclaimed_bytes: u64,
    /// The most that it would have held at the moment of a charge.
    pub peak_bytes: u64,
}

impl Session<'_> {
    /// Changes limits of the run in progress; what is absent keeps its value.
    /// Answers with all limits. See `docs/scripting.md` for the arguments.
    ///
    /// # Errors
    /// [`LimitsError`]; nothing changes then.
    pub fn set_limits(&mut self, edits: &Value) -> Result<Value, LimitsError> {
        let limits = edited("set_limits(…)", self.run.budget.tree.limits()?, edits)?;
        let former = self.run.budget.tree.set_limits(&limits)?;
        self.publisher.is_due = true;
        let changes = former.changes_to(&limits);
        changes.iter().for_each(|change| self.tell_change(change));
        self.say(Level::Info, changes_text(&changes));
        Ok(limits_value(&limits))
    }

    /// What the run so far would have been had its limits been edited so, all the
    /// time; without edits, what it was. Changes nothing.
    ///
    /// # Errors
    /// [`LimitsError`].
    pub fn what_if(&self, edits: &Value) -> Result<WhatIfEntry, LimitsError> {
        let history = self.run.budget.tree.history().ok_or(LimitsError::NoHistory)?;
        Ok(entry_of(Budget::what_if(&history, |limits| edited("what_if(…)", limits.clone(), edits))?))
    }
}

impl Session<'_> {
    /// Tells the recorder which bounds of a node are other ones now.
    fn tell_change(&mut self, change: &LimitChange) {
        let (node, owner) = match change.node {
            NodeId::Total => (LimitNode::Total, NOBODY),
            NodeId::Heap(heap) => (LimitNode::Heap(heap), NOBODY),
            NodeId::Category(category) => (LimitNode::Category, Owner::from(category)),
            NodeId::Tag(owner) => (LimitNode::Tag, owner),
        };
        let limit = |bytes: Bytes| (bytes != Bounds::OPEN.max).then_some(bytes.get());
        let values = |bounds: &Bounds| {
            [Some(bounds.min.get()), limit(bounds.high), limit(bounds.max), Some(u64::from(bounds.priority))]
        };
        // Of a wall that stays one, the maximum says it.
        let stays_wall = (change.from.high, change.to.high) == (change.from.max, change.to.max);
        for ((bound, from), to) in LimitBound::ALL.into_iter().zip(values(&change.from)).zip(values(&change.to)) {
            if from != to && !(stays_wall && bound == LimitBound::High) {
                let (detail, offset, size) = LimitChanged { node, bound, from, to }.to_words();
                let note = Said::note(Op::LimitChange);
                self.out.emit(Said { detail, owner, offset, size: Bytes::new(size), ..note });
            }
        }
    }
}

/// `limits` with the edits of a script.
fn edited(call: &str, limits: Limits, edits: &Value) -> Result<Limits, LimitsError> {
    let former = limits.total();
    let mut total = former;
    let mut categories = Vec::new();
    let (mut heaps, mut named) = (Vec::new(), Vec::new());
    for (name, value) in object(call, edits)? {
        match name.as_str() {
            "total_bytes" => total = Bytes::new(integer(name, value, 0, INTEGER_MAX, 1)?),
            "categories" => categories = entries(name, value, category_of)?,
            "heaps" => heaps = entries(name, value, heap_of)?,
            "tags" => named = entries(name, value, tags::owner_of)?,
            _ => return Err(unknown(name, "total_bytes, categories, heaps, tags").into()),
        }
    }
    // A smaller total and smaller shares come in one edit: the larger of both
    // totals holds while they change, and guarantees that shrink go first.
    let mut limits = limits.with_total(former.max(total))?;
    let mut bounded = Vec::new();
    for (category, value) in categories {
        // More than the total it never has.
        let bounds = bounds_of(limits.category(category), category.key(), value, total)?;
        bounded.push((category, bounds));
    }
    bounded.sort_by_key(|(category, bounds)| bounds.min > limits.category(*category).min);
    for (category, bounds) in bounded {
        limits = limits.with_category(category, bounds)?;
    }
    for (heap, value) in heaps {
        let bounds = limits.heap(heap).ok_or(BudgetError::HeapsUnlimited)?;
        limits = limits.with_heap(heap, bounds_of(bounds, heap.key(), value, Bounds::OPEN.max)?)?;
    }
    for (owner, value) in named {
        let bounds = bounds_of(limits.tag(owner), tags::name(owner.tag), value, Bounds::OPEN.max)?;
        limits = limits.with_tag(owner, bounds)?;
    }
    Ok(limits.with_total(total)?)
}

fn object<'v>(name: &str, value: &'v Value) -> Result<&'v Map<String, Value>, ArgumentError> {
    value.as_object().ok_or_else(|| refuse(name, value, "an object"))
}

/// The members of an object by what their names mean.
fn entries<'v, T>(
    group: &str,
    value: &'v Value,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Vec<(T, &'v Value)>, ArgumentError> {
    let named = |(name, value): (&String, &'v Value)| match meaning(name) {
        Some(known) => Ok((known, value)),
        None => Err(refuse(group, &name.as_str().into(), "names that the budget's report lists")),
    };
    object(group, value)?.iter().map(named).collect()
}

fn category_of(key: &str) -> Option<MemoryCategory> {
    MemoryCategory::ALL.into_iter().find(|category| category.key() == key)
}

fn heap_of(key: &str) -> Option<Heap> {
    Heap::ALL.into_iter().find(|heap| heap.key() == key)
}

/// `former` with the edits of `value`: what is absent stays, and `null`, for what
/// is no limit, is `most`. A wall stays a wall: where share and maximum are one,
/// moving the maximum alone moves both.
fn bounds_of(former: Bounds, node: &str, value: &Value, most: Bytes) -> Result<Bounds, ArgumentError> {
    let edits = object(node, value)?;
    let mut bounds = former;
    for (name, value) in edits {
        let argument = format!("{node}.{name}");
        let bytes = || integer(&argument, value, 0, INTEGER_MAX, 1).map(Bytes::new);
        // No limit is `null`: u64::MAX is no number of JavaScript's.
        let limit = || if value.is_null() { Ok(most) } else { bytes() };
        match name.as_str() {
            "min_bytes" => bounds.min = bytes()?,
            "high_bytes" => bounds.high = limit()?,
            "max_bytes" => bounds.max = limit()?,
            "priority" => bounds.priority = integer(&argument, value, 0, u64::from(u8::MAX), 1)? as u8,
            _ => return Err(unknown(&argument, "min_bytes, high_bytes, max_bytes, priority")),
        }
    }
    if former.high == former.max && !edits.contains_key("high_bytes") {
        bounds.high = bounds.max;
    }
    Ok(bounds)
}

/// Which limits were changed, from what to what.
fn changes_text(changes: &[LimitChange]) -> String {
    match changes {
        [] => "no limit of the budget was changed: all are what they were".into(),
        _ => format!("limits changed: {}", changes.iter().map(change_text).collect::<Vec<_>>().join("; ")),
    }
}

fn change_text(change: &LimitChange) -> String {
    let &LimitChange { node, from, to } = change;
    let node = match node {
        NodeId::Tag(owner) => format!("{} of {}", tags::name(owner.tag), owner.category),
        node => node.to_string(),
    };
    let bytes = |bytes: Bytes| if bytes == Bounds::OPEN.max { "no limit".into() } else { bytes.to_string() };
    let parts = [
        (from.min != to.min).then(|| format!("min {} → {}", from.min, to.min)),
        // Of a wall that stays one, the maximum says it.
        (from.high != to.high && (from.high, to.high) != (from.max, to.max))
            .then(|| format!("high {} → {}", bytes(from.high), bytes(to.high))),
        (from.max != to.max).then(|| format!("max {} → {}", bytes(from.max), bytes(to.max))),
        (from.priority != to.priority).then(|| format!("priority {} → {}", from.priority, to.priority)),
    ];
    format!("{node} {}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// All limits, in the form that [`edited`] reads.
fn limits_value(limits: &Limits) -> Value {
    let bytes = |bytes: Bytes| if bytes == Bounds::OPEN.max { Value::Null } else { bytes.get().into() };
    let value = |bounds: Bounds| {
        json!({
            "min_bytes": bounds.min.get(), "high_bytes": bytes(bounds.high), "max_bytes": bytes(bounds.max),
            "priority": bounds.priority,
        })
    };
    let categories = MemoryCategory::ALL.map(|category| (category.key().to_owned(), value(limits.category(category))));
    let heaps = Heap::ALL.into_iter().filter_map(|heap| Some((heap.key().to_owned(), value(limits.heap(heap)?))));
    let named = limits.tags().map(|(owner, bounds)| (tags::name(owner.tag).to_owned(), value(bounds)));
    json!({
        "total_bytes": limits.total().get(),
        "categories": Map::from_iter(categories),
        "heaps": Map::from_iter(heaps),
        "tags": Map::from_iter(named),
    })
}

fn entry_of(answer: WhatIf) -> WhatIfEntry {
    let category = |category: MemoryCategory| WhatIfCategory {
        category,
        reclaimed_bytes: answer.reclaimed[category.index()].get(),
        peak_bytes: answer.peaks[category.index()].get(),
    };
    WhatIfEntry {
        begins_at_us: answer.begins_at.map(|time| time.get()),
        requests_total: answer.requests,
        parting: answer
            .parting
            .map(|Parting { time, cause }| WhatIfParting { time_us: time.get(), cause: cause.key() }),
        refused_total: answer.refused,
        refused_at_least_total: answer.refused_at_least,
        newly_refused_at_least_total: answer.newly_refused_at_least,
        refused_by_us: answer.refused_by.map(|time| time.get()),
        newly_refused_total: answer.newly_refused,
        newly_granted_total: answer.newly_granted,
        refusals: answer.refusals.iter().map(refusal_of).collect(),
        categories: MemoryCategory::ALL.map(category).into(),
        peak_bytes: answer.peak.get(),
        pressure: answer.pressure,
        lost_total: answer.lost,
    }
}

fn refusal_of(row: &RefusalRow) -> WhatIfRefusal {
    WhatIfRefusal {
        time_us: row.time.get(),
        category: row.owner.category,
        tag: tags::name(row.owner.tag),
        heap: row.heap,
        bytes: row.wanted.get(),
        level: row.level.key(),
        refused_then: row.refused_then,
        is_certain: row.is_certain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_budget::BudgetMode;

    fn edited(limits: Limits, edits: &Value) -> Result<Limits, LimitsError> {
        super::edited("set_limits(…)", limits, edits)
    }

    fn limits() -> Limits {
        BudgetMode::Lending.limits(Bytes::new(1000))
    }

    #[test]
    fn what_is_absent_keeps_its_value_and_the_answer_can_be_sent_back() {
        let edits = json!({
            "total_bytes": 900,
            "categories": {
                "ecs": { "max_bytes": 900 }, "gpu_buffers": { "min_bytes": 0, "max_bytes": 800 },
                "gpu_textures": { "max_bytes": 900 }, "npu_models": { "max_bytes": 900 },
                "npu_tensors": { "max_bytes": 900 }, "temporary": { "max_bytes": 900, "priority": 9 },
            },
            "heaps": { "device": { "max_bytes": 500 } },
            "tags": { "nn/kv-cache": { "max_bytes": 40 } },
        });
        let after = edited(limits(), &edits).unwrap();
        let buffers = after.category(MemoryCategory::GPU_BUFFERS);
        assert_eq!((buffers.min, buffers.high, buffers.max), (Bytes::ZERO, Bytes::new(300), Bytes::new(800)));
        assert_eq!(after.heap(Heap::Device), Some(Bounds::wall(Bytes::new(500))));
        assert_eq!(edited(limits(), &limits_value(&after)), Ok(after));
    }

    #[test]
    fn null_is_no_limit_for_every_kind_of_node_and_absent_is_as_before() {
        let walls = || BudgetMode::Shares.limits(Bytes::new(1000));
        let edits = json!({
            "total_bytes": 1200,
            "categories": { "ecs": { "max_bytes": null }, "gpu_buffers": { "priority": 7 } },
            "heaps": { "device": { "max_bytes": null } },
            "tags": { "nn/kv-cache": { "max_bytes": null } },
        });
        let limits = edited(walls().with_heap(Heap::Device, Bounds::wall(Bytes::new(50))).unwrap(), &edits).unwrap();
        let ecs = limits.category(MemoryCategory::ECS);
        assert_eq!((ecs.high, ecs.max), (Bytes::new(1200), Bytes::new(1200)), "a category never has more than all");
        assert_eq!(
            limits.category(MemoryCategory::GPU_BUFFERS),
            Bounds { priority: 7, ..Bounds::wall(Bytes::new(300)) }
        );
        assert_eq!(limits.heap(Heap::Device), Some(Bounds::OPEN));
        let kept = json!({ "heaps": { "device": {} } });
        let limited = walls().with_heap(Heap::Device, Bounds::wall(Bytes::new(50))).unwrap();
        assert_eq!(edited(limited.clone(), &kept), Ok(limited));
        let minimum = json!({ "categories": { "ecs": { "min_bytes": null } } });
        let Err(LimitsError::Argument(error)) = edited(walls(), &minimum) else { panic!("no minimum is 0") };
        assert_eq!(error.argument, "ecs.min_bytes");
    }

    #[test]
    fn a_change_names_each_limit_with_its_old_and_new_value() {
        let before = BudgetMode::Shares.limits(Bytes::mib(256));
        let edits = json!({
            "categories": { "gpu_textures": { "max_bytes": 30 << 20 }, "ecs": { "min_bytes": 1 << 20, "high_bytes": 2 << 20, "priority": 9 } },
            "heaps": { "device": { "max_bytes": 64 << 20 } },
            "tags": { "nn/kv-cache": { "max_bytes": 4096 } },
        });
        let after = edited(before.clone(), &edits).unwrap();
        let expected = "limits changed: ECS min 0 B → 1.0 MiB, high 64.0 MiB → 2.0 MiB, priority 5 → 9; \
             GPU textures max 51.2 MiB → 30.0 MiB; the device heap max no limit → 64.0 MiB; \
             nn/kv-cache of NPU tensors max no limit → 4.0 KiB";
        assert_eq!(changes_text(&before.changes_to(&after)), expected);
        assert_eq!(changes_text(&[]), "no limit of the budget was changed: all are what they were");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let over = BudgetError::LimitOverTotal {
            category: MemoryCategory::ECS,
            limit: Bytes::new(1001),
            total: Bytes::new(1000),
        };
        let bounds = BudgetError::OutOfOrder {
            node: NodeId::Category(MemoryCategory::ECS),
            min: Bytes::new(400),
            high: Bytes::new(250),
            max: Bytes::new(1000),
        };
        let budget = [
            (json!({"categories": {"ecs": {"max_bytes": 1001}}}), over),
            (json!({"categories": {"ecs": {"min_bytes": 400}}}), bounds),
        ];
        for (edits, error) in budget {
            assert_eq!(edited(limits(), &edits), Err(LimitsError::Budget(error)), "{edits}");
        }
        let arguments = [
            (json!([]), "set_limits(…)"),
            (json!({"ecs": {}}), "ecs"),
            (json!({"categories": {"ecs": 5}}), "ecs"),
            (json!({"categories": {"cpu": {}}}), "categories"),
            (json!({"categories": {"ecs": {"max_bytes": -1}}}), "ecs.max_bytes"),
            (json!({"categories": {"ecs": {"most": 1}}}), "ecs.most"),
            (json!({"tags": {"nobody": {}}}), "tags"),
        ];
        for (edits, name) in arguments {
            let Err(LimitsError::Argument(error)) = edited(limits(), &edits) else { panic!("accepted {edits}") };
            assert_eq!(error.argument, name, "{edits}");
        }
    }
}
