//! Limits being edited: what was typed, whether it can be, and the edits that
//! the engine takes. Nothing here changes a limit.

use crate::numbers::typed::{self, Quantity};
use arenascope_telemetry::metrics::{BudgetMetrics, CategoryMetrics};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const MIB: f64 = 1048576.0;

/// Which bound of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// What it is guaranteed: others cannot borrow it.
    Min,
    /// Its own share: what it holds above is borrowed.
    High,
    /// The most that it may hold.
    Max,
}

impl Bound {
    /// Every bound, from the lowest.
    pub const ALL: [Self; 3] = [Self::Min, Self::High, Self::Max];

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Min => "Minimum",
            Self::High => "Share",
            Self::Max => "Maximum",
        }
    }

    /// The name of the scripting interface.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Min => "min_bytes",
            Self::High => "high_bytes",
            Self::Max => "max_bytes",
        }
    }

    fn of(self, row: &CategoryMetrics) -> u64 {
        match self {
            Self::Min => row.min_bytes,
            Self::High => row.high_bytes,
            Self::Max => row.limit_bytes,
        }
    }
}

/// One field. Categories and heaps by their place in `ALL`, so that fields have
/// an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The most over all categories.
    Total,
    /// A bound of a category.
    Category(usize, Bound),
    /// The most on a heap; empty for no limit.
    Heap(usize),
}

impl Field {
    /// What it holds now; `None` for no limit.
    pub fn bytes(self, budget: &BudgetMetrics) -> Option<u64> {
        match self {
            Self::Total => Some(budget.total_bytes),
            Self::Category(index, bound) => budget.categories.get(index).map(|row| bound.of(row)),
            Self::Heap(index) => budget.heaps.get(index).and_then(|row| row.limit_bytes),
        }
    }

    /// The name for people.
    pub fn label(self) -> String {
        match self {
            Self::Total => "Total".into(),
            Self::Category(index, bound) => {
                let category = MemoryCategory::from_index(index).map_or("?", MemoryCategory::label);
                format!("{category}, {}", bound.label().to_lowercase())
            }
            Self::Heap(index) => format!("{}, maximum", Heap::ALL.get(index).map_or("?", |heap| heap.key())),
        }
    }
}

/// Bytes as an editable text, MiB: `25.6`; empty for no limit.
pub fn mib_text(bytes: Option<u64>) -> String {
    let Some(bytes) = bytes else { return String::new() };
    let text = format!("{:.2}", bytes as f64 / MIB);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What was typed over the limits that hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft(BTreeMap<Field, String>);

/// What became of a draft.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// As `set_limits` and `what_if` take it; `None` where nothing is changed or
    /// something cannot be.
    pub edits: Option<Value>,
    /// What is wrong, by field.
    pub errors: BTreeMap<Field, String>,
}

impl Draft {
    /// Takes in what was typed into a field; what equals the limit is no change.
    pub fn set(&mut self, budget: &BudgetMetrics, field: Field, text: &str) {
        if text.trim() == mib_text(field.bytes(budget)) {
            self.0.remove(&field);
        } else {
            self.0.insert(field, text.trim().to_owned());
        }
    }

    /// The text of a field: what was typed, or else the limit that holds.
    pub fn text(&self, budget: &BudgetMetrics, field: Field) -> String {
        self.0.get(&field).cloned().unwrap_or_else(|| mib_text(field.bytes(budget)))
    }

    /// Whether a field was changed.
    pub fn has(&self, field: Field) -> bool {
        self.0.contains_key(&field)
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of a field as edited; `None` for no limit, or where the text is
    /// no number. A wall stays a wall: where share and maximum are one, moving
    /// the maximum alone moves both.
    pub fn bytes(&self, budget: &BudgetMetrics, field: Field) -> Option<u64> {
        if let Field::Category(index, Bound::High) = field {
            let max = Field::Category(index, Bound::Max);
            if !self.has(field) && field.bytes(budget) == max.bytes(budget) {
                return self.bytes(budget, max);
            }
        }
        match self.0.get(&field) {
            Some(text) => parsed(field, text).ok().flatten(),
            None => field.bytes(budget),
        }
    }

    /// The edits, or what is wrong with which field. O(fields).
    pub fn checked(&self, budget: &BudgetMetrics) -> Checked {
        let mut errors = BTreeMap::new();
        for (field, text) in &self.0 {
            if let Err(reason) = parsed(*field, text) {
                errors.insert(*field, reason);
            }
        }
        for index in 0..budget.categories.len() {
            self.check_order(budget, index, &mut errors);
        }
        self.check_guarantees(budget, &mut errors);
        let edits = (errors.is_empty() && !self.0.is_empty()).then(|| self.edits(budget));
        Checked { edits, errors }
    }

    fn check_order(&self, budget: &BudgetMetrics, index: usize, errors: &mut BTreeMap<Field, String>) {
        let field = |bound| Field::Category(index, bound);
        let [min, high, max] = Bound::ALL.map(|bound| self.bytes(budget, field(bound)));
        let (Some(min), Some(high), Some(max)) = (min, high, max) else { return };
        let total = self.bytes(budget, Field::Total).unwrap_or(u64::MAX);
        let size = |bytes| Bytes::new(bytes).to_string();
        if max > total {
            let words = format!("{} is above the total of {}", size(max), size(total));
            errors.entry(field(Bound::Max)).or_insert(words);
        }
        if high > max {
            let words = format!("{} is above the maximum of {}", size(high), size(max));
            errors.entry(field(Bound::High)).or_insert(words);
        }
        if min > high {
            let words = format!("{} is above the share of {}", size(min), size(high));
            errors.entry(field(Bound::Min)).or_insert(words);
        }
    }

    fn check_guarantees(&self, budget: &BudgetMetrics, errors: &mut BTreeMap<Field, String>) {
        let minimums = (0..budget.categories.len()).map(|index| Field::Category(index, Bound::Min));
        let sum: u64 = minimums.clone().filter_map(|field| self.bytes(budget, field)).sum();
        let Some(total) = self.bytes(budget, Field::Total).filter(|total| sum > *total) else { return };
        let blamed = minimums.clone().find(|field| self.has(*field)).unwrap_or(Field::Total);
        let words = format!("the minimums add up to {}, above the total of {}", Bytes::new(sum), Bytes::new(total));
        errors.entry(blamed).or_insert(words);
    }

    fn edits(&self, budget: &BudgetMetrics) -> Value {
        self.value_of(|field| self.0.get(&field).map(|_| self.bytes(budget, field)))
    }

    /// The edits that take this draft back, from the limits that hold before it
    /// is applied.
    pub fn undo(&self, budget: &BudgetMetrics) -> Value {
        let touched = |index| Bound::ALL.into_iter().any(|bound| self.has(Field::Category(index, bound)));
        self.value_of(|field| {
            let is_wanted = match field {
                Field::Category(index, _) => touched(index),
                other => self.has(other),
            };
            is_wanted.then(|| field.bytes(budget))
        })
    }

    /// The fields that `read` names, in the form of the scripting interface.
    fn value_of(&self, read: impl Fn(Field) -> Option<Option<u64>>) -> Value {
        let mut edits = Map::new();
        if let Some(total) = read(Field::Total) {
            edits.insert("total_bytes".into(), json!(total));
        }
        let bounds = |index| {
            let bound = |bound: Bound| Some((bound.key().to_owned(), json!(read(Field::Category(index, bound))?)));
            Map::from_iter(Bound::ALL.into_iter().filter_map(bound))
        };
        let categories = MemoryCategory::ALL.map(|category| (category.key().to_owned(), bounds(category.index())));
        let categories = categories.into_iter().filter(|(_, bounds)| !bounds.is_empty());
        let categories: Map<String, Value> = categories.map(|(key, bounds)| (key, bounds.into())).collect();
        let heap = |heap: Heap| Some((heap.key().to_owned(), json!({ "max_bytes": read(Field::Heap(heap.index()))? })));
        let heaps: Map<String, Value> = Heap::ALL.into_iter().filter_map(heap).collect();
        for (key, group) in [("categories", categories), ("heaps", heaps)] {
            if !group.is_empty() {
                edits.insert(key.into(), group.into());
            }
        }
        edits.into()
    }
}

/// Bytes of what was typed; `None` for no limit.
fn parsed(field: Field, text: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return if matches!(field, Field::Heap(_)) { Ok(None) } else { Err("type a number of MiB".into()) };
    }
    typed::read(text, Quantity::Mebibytes).map(Some).map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: u64 = 1 << 20;
    const ECS: usize = 0;

    fn budget() -> BudgetMetrics {
        let row = |category: MemoryCategory| CategoryMetrics {
            category,
            min_bytes: 10 * M,
            high_bytes: 40 * M,
            limit_bytes: if category == MemoryCategory::TEMPORARY { 40 * M } else { 100 * M },
            ..CategoryMetrics::default()
        };
        BudgetMetrics {
            total_bytes: 100 * M,
            categories: MemoryCategory::ALL.map(row).into(),
            ..BudgetMetrics::default()
        }
    }

    fn draft(edits: &[(Field, &str)]) -> Draft {
        let mut draft = Draft::default();
        edits.iter().for_each(|(field, text)| draft.set(&budget(), *field, text));
        draft
    }

    #[test]
    fn only_what_was_changed_is_sent() {
        let (min, high) = (Field::Category(ECS, Bound::Min), Field::Category(ECS, Bound::High));
        let draft = draft(&[(min, "10"), (high, "25.5"), (Field::Heap(1), "64"), (Field::Total, "100")]);
        let expected = json!({
            "categories": { "ecs": { "high_bytes": 51 * M / 2 } }, "heaps": { "device": { "max_bytes": 64 * M } },
        });
        assert_eq!(draft.checked(&budget()).edits, Some(expected));
        let undo = json!({
            "categories": { "ecs": { "min_bytes": 10 * M, "high_bytes": 40 * M, "max_bytes": 100 * M } },
            "heaps": { "device": { "max_bytes": null } },
        });
        assert_eq!(draft.undo(&budget()), undo);
        assert_eq!(Draft::default().checked(&budget()), Checked::default());
    }

    #[test]
    fn a_wall_stays_a_wall() {
        let last = MemoryCategory::TEMPORARY.index();
        let draft = draft(&[(Field::Category(last, Bound::Max), "20")]);
        assert_eq!(draft.bytes(&budget(), Field::Category(last, Bound::High)), Some(20 * M));
        assert!(draft.checked(&budget()).errors.is_empty());
    }

    #[test]
    fn what_cannot_be_is_said_at_its_field() {
        let field = |bound| Field::Category(ECS, bound);
        let cases = [
            (field(Bound::Max), "ten", "\"ten\" is no number"),
            (field(Bound::Max), "", "type a number of MiB"),
            (field(Bound::Max), "-1", "\"-1\" is no number"),
            (field(Bound::Max), "101", "101.0 MiB is above the total of 100.0 MiB"),
            (field(Bound::High), "100.5", "100.5 MiB is above the maximum of 100.0 MiB"),
            (field(Bound::Min), "41", "41.0 MiB is above the share of 40.0 MiB"),
        ];
        for (field, text, words) in cases {
            let checked = draft(&[(field, text)]).checked(&budget());
            assert_eq!(checked.errors.get(&field).map(String::as_str), Some(words), "{field:?} {text}");
            assert_eq!(checked.edits, None);
        }
    }

    #[test]
    fn minimums_that_do_not_fit_together_blame_one_that_was_changed() {
        let changed = Field::Category(2, Bound::Min);
        let mut draft = draft(&[(changed, "40"), (Field::Category(ECS, Bound::Min), "30")]);
        draft.set(&budget(), Field::Category(1, Bound::High), "40");
        let errors = draft.checked(&budget()).errors;
        let words = "the minimums add up to 110.0 MiB, above the total of 100.0 MiB";
        assert_eq!(errors.into_iter().collect::<Vec<_>>(), [(Field::Category(ECS, Bound::Min), words.to_owned())]);
    }
}
