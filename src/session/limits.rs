//! Editing the budget's limits from a script or the page, and asking what they
//! would do: plain data in, typed errors out.

use super::config::{ArgumentError, integer, refuse};
use super::engine::Session;
use crate::budget::{Bounds, Budget, BudgetError, Limits, RefusalRow, WhatIf};
use crate::owner::{Heap, MemoryCategory};
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use crate::workload::tags;
use core::fmt;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Largest number that JavaScript holds exactly.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Why limits were not set, or not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitsError {
    /// An argument that cannot be read.
    Argument(ArgumentError),
    /// Limits that make no sense.
    Budget(BudgetError),
    /// Nothing was written down yet, or another thread is writing.
    NoHistory,
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(error) => error.fmt(f),
            Self::Budget(error) => error.fmt(f),
            Self::NoHistory => f.write_str("there is no history to run again; start a run first"),
        }
    }
}

impl std::error::Error for LimitsError {}

impl From<ArgumentError> for LimitsError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<BudgetError> for LimitsError {
    fn from(error: BudgetError) -> Self {
        Self::Budget(error)
    }
}

/// The answer of a what-if, by the names of the scripting interface.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfEntry {
    /// Time of the first request that was run again, µs.
    pub begins_at_us: Option<u64>,
    /// Requests that were run again.
    pub requests_total: u64,
    /// Of them refused.
    pub refused_total: u64,
    /// Of these granted in truth.
    pub newly_refused_total: u64,
    /// Refused in truth and granted now.
    pub newly_granted_total: u64,
    /// The first refusals, in order.
    pub refusals: Vec<WhatIfRefusal>,
    /// What each category would have given back, and its peak.
    pub categories: Vec<WhatIfCategory>,
    /// The total's peak.
    pub peak_bytes: u64,
    /// The worst pressure the total would have reached.
    pub pressure: &'static str,
    /// Entries that the history lacks.
    pub lost_total: u64,
}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfRefusal {
    /// When it was asked, µs.
    pub time_us: u64,
    /// For what.
    pub category: MemoryCategory,
    /// By whom.
    pub tag: &'static str,
    /// Where.
    pub heap: Heap,
    /// How much.
    pub bytes: u64,
    /// Which level would have refused.
    pub level: &'static str,
    /// Whether it was refused in truth, too.
    pub refused_then: bool,
}

/// One category.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfCategory {
    /// Which.
    pub category: MemoryCategory,
    /// What it would have given back because another asked.
    pub reclaimed_bytes: u64,
    /// Its peak.
    pub peak_bytes: u64,
}

impl Session<'_> {
    /// Changes limits of the run in progress; what is absent keeps its value.
    /// Answers with all limits. See `docs/scripting.md` for the arguments.
    ///
    /// # Errors
    /// [`LimitsError`]; nothing changes then.
    pub fn set_limits(&mut self, edits: &Value) -> Result<Value, LimitsError> {
        let limits = edited(self.run.budget.limits()?, edits)?;
        self.run.budget.set_limits(&limits)?;
        self.unpublished = true;
        self.say(Level::Info, "the budget's limits were changed".into());
        Ok(limits_value(&limits))
    }

    /// What the run so far would have been under these limits. Changes nothing.
    ///
    /// # Errors
    /// [`LimitsError`].
    pub fn what_if(&self, edits: &Value) -> Result<WhatIfEntry, LimitsError> {
        let limits = edited(self.run.budget.limits()?, edits)?;
        let history = self.run.budget.history().ok_or(LimitsError::NoHistory)?;
        Ok(entry_of(Budget::what_if(&limits, &history)))
    }
}

/// `limits` with the edits of a script.
fn edited(limits: Limits, edits: &Value) -> Result<Limits, LimitsError> {
    let former = limits.total();
    let mut total = former;
    let mut categories = Vec::new();
    let (mut heaps, mut named) = (Vec::new(), Vec::new());
    for (name, value) in object("set_limits(…)", edits)? {
        match name.as_str() {
            "total_bytes" => total = Bytes::new(integer(name, value, 0, INTEGER_MAX, 1)?),
            "categories" => categories = entries(name, value, category_of)?,
            "heaps" => heaps = entries(name, value, heap_of)?,
            "tags" => named = entries(name, value, tags::owner_of)?,
            _ => return Err(refuse(name, &"unknown".into(), "total_bytes, categories, heaps, tags").into()),
        }
    }
    // A smaller total and smaller shares come in one edit: the larger of both
    // totals holds while they change, and guarantees that shrink go first.
    let mut limits = limits.with_total(former.max(total))?;
    let mut bounded = Vec::new();
    for (category, value) in categories {
        let bounds = bounds_of(limits.category(category), category.key(), value)?;
        bounded.push((category, bounds));
    }
    bounded.sort_by_key(|(category, bounds)| bounds.min > limits.category(*category).min);
    for (category, bounds) in bounded {
        limits = limits.with_category(category, bounds)?;
    }
    for (heap, value) in heaps {
        let bounds = limits.heap(heap).ok_or(BudgetError::HeapsUnlimited)?;
        limits = limits.with_heap(heap, bounds_of(bounds, heap.key(), value)?)?;
    }
    for (owner, value) in named {
        let bounds = bounds_of(limits.tag(owner), tags::name(owner.tag), value)?;
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

/// `former` with the edits of `value`. A wall stays a wall: where share and
/// maximum are one, moving the maximum alone moves both.
fn bounds_of(former: Bounds, node: &str, value: &Value) -> Result<Bounds, ArgumentError> {
    let edits = object(node, value)?;
    let mut bounds = former;
    for (name, value) in edits {
        let argument = format!("{node}.{name}");
        // No limit is `null`: u64::MAX is no number of JavaScript's.
        let bytes = || match value {
            Value::Null => Ok(Bounds::OPEN.max),
            _ => integer(&argument, value, 0, INTEGER_MAX, 1).map(Bytes::new),
        };
        match name.as_str() {
            "min_bytes" => bounds.min = bytes()?,
            "high_bytes" => bounds.high = bytes()?,
            "max_bytes" => bounds.max = bytes()?,
            "priority" => bounds.priority = integer(&argument, value, 0, u64::from(u8::MAX), 1)? as u8,
            _ => return Err(refuse(&argument, &"unknown".into(), "min_bytes, high_bytes, max_bytes, priority")),
        }
    }
    if former.high == former.max && !edits.contains_key("high_bytes") {
        bounds.high = bounds.max;
    }
    Ok(bounds)
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
        refused_total: answer.refused,
        newly_refused_total: answer.newly_refused,
        newly_granted_total: answer.newly_granted,
        refusals: answer.refusals.iter().map(refusal_of).collect(),
        categories: MemoryCategory::ALL.map(category).into(),
        peak_bytes: answer.peak.get(),
        pressure: answer.pressure.key(),
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{BudgetMode, NodeId};

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
        let edited = edited(limits(), &edits).unwrap();
        let buffers = edited.category(MemoryCategory::GpuBuffers);
        assert_eq!((buffers.min, buffers.high, buffers.max), (Bytes::ZERO, Bytes::new(300), Bytes::new(800)));
        assert_eq!(edited.heap(Heap::Device), Some(Bounds::wall(Bytes::new(500))));
        assert_eq!(super::edited(limits(), &limits_value(&edited)), Ok(edited));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let over = BudgetError::LimitOverTotal {
            category: MemoryCategory::Ecs,
            limit: Bytes::new(1001),
            total: Bytes::new(1000),
        };
        let bounds = BudgetError::OutOfOrder {
            node: NodeId::Category(MemoryCategory::Ecs),
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
