//! What the arena refused and what its guards found, as JSON text on a
//! [`super::board::Board`]: the newest of each, ten times a second and only where
//! something came. The counts are in [`super::metrics`], sixty times a second.

use super::board::Board;
use arenascope_units::owner::MemoryCategory;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Rows of each kind that are kept.
pub const KEPT: usize = 64;

/// Everything on the board, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArenaTable {
    /// Allocations that the engine was refused; mutators' are only counted.
    pub failures: VecDeque<FailureRow>,
    /// Stray writes that the guards found, one row for each.
    pub guard_hits: VecDeque<GuardRow>,
}

/// An allocation that the arena refused the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    /// Counts from 1 in each run.
    pub number: u64,
    /// Engine time of the refusal, µs since the run's start.
    pub time_us: u64,
    /// Whose memory it would have been.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: Cow<'static, str>,
    /// Bytes that were asked for.
    pub size_bytes: u64,
    /// The alignment that was asked for, a power of two.
    pub align_bytes: u64,
    /// Why: `full`, `fragmented`, or another key of [`arenascope_arena::RefusalKind`].
    pub cause: Cow<'static, str>,
    /// The failure index, 0 for lack of memory, near 1 for fragmentation; `None` where
    /// memory was not what ran out.
    pub index: Option<f64>,
    /// All that was free; `None` likewise.
    pub free_bytes: Option<u64>,
    /// The largest free range; `None` likewise.
    pub largest_free_bytes: Option<u64>,
}

/// A write outside of any live payload, found by a canary or by the pattern of freed bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardRow {
    /// Counts from 1 in each run.
    pub number: u64,
    /// Engine time at which it was found, µs.
    pub time_us: u64,
    /// `underrun`, `overrun` or `after_free`.
    pub fault: Cow<'static, str>,
    /// The first corrupted byte, from the region's base.
    pub offset_bytes: u64,
    /// The byte that the guards had written there.
    pub expected: u8,
    /// The byte that was found instead.
    pub found: u8,
    /// Who holds the range, or held it last.
    pub category: MemoryCategory,
    /// The name of the holder's tag.
    pub tag: Cow<'static, str>,
    /// Where the payload starts, from the region's base.
    pub payload_offset_bytes: u64,
    /// How long it is.
    pub payload_bytes: u64,
    /// When it was allocated, µs.
    pub born_us: u64,
}

/// Adds to a bounded list: the oldest goes.
pub fn push<T>(rows: &mut VecDeque<T>, row: T) {
    if rows.len() == KEPT {
        rows.pop_front();
    }
    rows.push_back(row);
}

/// The newest table; empty before the first publication.
pub fn read(board: &Board) -> ArenaTable {
    board.read_text().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_row_goes() {
        let mut rows = VecDeque::new();
        (0..KEPT + 3).for_each(|row| push(&mut rows, row));
        assert_eq!((rows.len(), rows[0], rows[KEPT - 1]), (KEPT, 3, KEPT + 2));
    }

    /// Every field as long as it can be: the board must hold the fullest table.
    #[test]
    fn a_full_table_fits_its_board() {
        let (category, tag) = (MemoryCategory::GPU_TEXTURES, Cow::from("a tag of many letters, forty at the most"));
        let failure = FailureRow {
            number: u64::MAX >> 11,
            time_us: u64::MAX >> 11,
            category,
            tag: tag.clone(),
            size_bytes: 1 << 30,
            align_bytes: 1 << 16,
            cause: "align_not_power_of_two".into(),
            index: Some(0.123_456_789_012_345_67),
            free_bytes: Some(1 << 30),
            largest_free_bytes: Some(1 << 30),
        };
        let hit = GuardRow {
            number: u64::MAX >> 11,
            time_us: u64::MAX >> 11,
            fault: "after_free".into(),
            offset_bytes: 1 << 30,
            expected: 255,
            found: 255,
            category,
            tag,
            payload_offset_bytes: 1 << 30,
            payload_bytes: 1 << 30,
            born_us: u64::MAX >> 11,
        };
        let table = ArenaTable { failures: vec![failure; KEPT].into(), guard_hits: vec![hit; KEPT].into() };
        let board = &crate::Shared::new().arena_table;
        assert_eq!(read(board), ArenaTable::default());
        board.publish_text(&serde_json::to_string(&table).unwrap()).unwrap();
        assert_eq!(read(board), table);
    }
}
