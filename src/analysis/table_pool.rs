//! The pool's table: rows as published, in an order that does not jump, with
//! their sums and names.

use crate::telemetry::pool_table::{PoolRow, WORDS_PER_ROW};

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolLine {
    /// As published.
    pub row: PoolRow,
    /// `64.0 KiB`, or `1024 × 512 rgba8unorm`.
    pub class: String,
    /// The usage flags by name.
    pub usage: String,
    /// Bytes held, in whatever state.
    pub held_bytes: u64,
    /// Part of the acquires that were hits; `None` before the first.
    pub hit_part: Option<f64>,
}

/// The lines of a published table: buffers before textures, then by size,
/// usage and format, so that a line stays where it is while its figures change.
pub fn lines(words: &[u64], name: impl Fn(&PoolRow) -> (String, String)) -> Vec<PoolLine> {
    let (rows, _) = words.as_chunks::<WORDS_PER_ROW>();
    let mut rows: Vec<PoolRow> = rows.iter().map(|words| PoolRow::from_words(*words)).collect();
    rows.sort_by_key(|row| (row.is_texture, row.class_bytes, row.usage_bits, row.format, row.extent));
    rows.into_iter().map(|row| line_of(row, &name)).collect()
}

fn line_of(row: PoolRow, name: impl Fn(&PoolRow) -> (String, String)) -> PoolLine {
    let (class, usage) = name(&row);
    let acquires = row.hits_total + row.misses_total;
    let held = row.in_use_count + row.pending_count + row.idle_count;
    PoolLine {
        class,
        usage,
        held_bytes: held.saturating_mul(row.class_bytes),
        hit_part: (acquires > 0).then(|| row.hits_total as f64 / acquires as f64),
        row,
    }
}

/// Bytes that those in use hold beyond what was asked for.
pub fn rounding_bytes(row: &PoolRow) -> u64 {
    row.in_use_count.saturating_mul(row.class_bytes).saturating_sub(row.requested_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(row: &PoolRow) -> (String, String) {
        (row.class_bytes.to_string(), row.usage_bits.to_string())
    }

    fn words(rows: &[PoolRow]) -> Vec<u64> {
        rows.iter().flat_map(|row| row.to_words()).collect()
    }

    #[test]
    fn lines_keep_their_place() {
        let row =
            |is_texture, class_bytes, usage_bits| PoolRow { is_texture, class_bytes, usage_bits, ..PoolRow::default() };
        let rows = [row(true, 64, 1), row(false, 256, 1), row(false, 64, 8), row(false, 64, 4)];
        let order = |rows: &[PoolRow]| lines(&words(rows), named).iter().map(|line| line.row).collect::<Vec<_>>();
        let expected = [rows[3], rows[2], rows[1], rows[0]];
        assert_eq!(order(&rows), expected);
        assert_eq!(order(&[rows[2], rows[0], rows[3], rows[1]]), expected);
    }

    #[test]
    fn a_line_sums_its_states() {
        let row = PoolRow {
            class_bytes: 64,
            in_use_count: 2,
            pending_count: 1,
            idle_count: 3,
            requested_bytes: 100,
            hits_total: 3,
            misses_total: 1,
            ..PoolRow::default()
        };
        let line = &lines(&words(&[row]), named)[0];
        assert_eq!((line.held_bytes, line.hit_part, rounding_bytes(&row)), (384, Some(0.75), 28));
        assert_eq!(lines(&words(&[PoolRow::default()]), named)[0].hit_part, None);
    }

    #[test]
    fn a_torn_row_is_left_out() {
        let mut words = words(&[PoolRow::default()]);
        words.extend([1, 2, 3]);
        assert_eq!(lines(&words, named).len(), 1);
    }
}
