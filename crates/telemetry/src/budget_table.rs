//! What the budget has to say beyond its figures, as JSON text on a
//! [`super::board::Board`]: its tags, what happened last, and the pressure so
//! far. A few dozen rows, a few times a second; the figures of heaps and
//! categories are in [`super::metrics`], sixty times a second.

use super::board::Board;
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::pressure::Pressure;
use serde::{Deserialize, Serialize};

/// Everything on the board.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BudgetTable {
    /// Every tag that was ever asked for, by category and tag.
    pub tags: Vec<TagRow>,
    /// The newest events, oldest first.
    pub events: Vec<EventRow>,
    /// When the total went to another step of pressure, oldest first.
    pub pressure_history: Vec<PressureRow>,
}

/// The figures of one tag: a part of the engine within its category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagRow {
    /// The category that the tag belongs to.
    pub category: MemoryCategory,
    /// Its name; `"(others)"` for the node that tags without one of their own
    /// share.
    pub tag: String,
    /// Charged now, on all heaps.
    pub current_bytes: u64,
    /// Reserved, not yet charged.
    pub reserved_bytes: u64,
    /// Most ever spoken for at the moment of a charge.
    pub peak_bytes: u64,
    /// The most that may be charged; `None` for no limit of its own.
    pub limit_bytes: Option<u64>,
    /// Refused requests in this run.
    pub failures_total: u64,
    /// How close it is to its limit; `None` at an earlier moment, of which nobody told.
    pub pressure: Option<Pressure>,
}

/// One event. What a kind does not have is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Engine time of the event, µs since the run's start.
    pub time_us: u64,
    /// `refused`, `reclaimed` or `pressure`.
    pub kind: String,
    /// Who was refused, who gave way, or whose level changed; absent for the
    /// total and for heaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<MemoryCategory>,
    /// Whose request it was, or whose level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Where the bytes would have been, or which heap's level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap: Option<Heap>,
    /// Asked for, asked back, or spoken for.
    pub bytes: u64,
    /// Refused: missing. Reclaimed: given back. Pressure: the limit.
    pub of_bytes: u64,
    /// The level that refused, or the step of pressure now.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub level: String,
}

/// A change of the total's pressure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PressureRow {
    /// Engine time of the change, µs since the run's start.
    pub time_us: u64,
    /// The step from then on.
    pub pressure: Pressure,
    /// Spoken for at that moment.
    pub bytes: u64,
}

/// The newest table; empty before the first publication.
pub fn read(board: &Board) -> BudgetTable {
    board.read_text().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
