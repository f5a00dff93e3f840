//! The pool's table: rows as published, in an order that does not jump, with
//! their sums.

use arenascope_telemetry::metrics::Metrics;
use arenascope_telemetry::pool_table::PoolRow;
use arenascope_units::owner::Heap;

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolLine {
    /// The figures of the class, as the engine published them.
    pub row: PoolRow,
    /// Bytes held, in whatever state.
    pub held_bytes: u64,
    /// Part of the acquires that were hits; `None` before the first.
    pub hit_part: Option<f64>,
}

/// The lines of a published table: buffers before textures, then by size,
/// extents and usage, so that a line stays where it is while its figures change.
pub fn lines(mut rows: Vec<PoolRow>) -> Vec<PoolLine> {
    let place = |row: &PoolRow| (row.texture.is_some(), row.class_bytes, row.texture.clone(), row.usage.clone());
    rows.sort_by_key(place);
    rows.into_iter().map(line_of).collect()
}

/// Bytes on the device that nobody holds, pending or idle.
pub fn given_back_bytes(metrics: &Metrics) -> u64 {
    let device = metrics.budget.heaps.iter().find(|heap| heap.heap == Heap::Device);
    device.map_or(0, |heap| heap.current_bytes).saturating_sub(metrics.pool.in_use_bytes)
}

fn line_of(row: PoolRow) -> PoolLine {
    let acquires = row.hits_total + row.misses_total;
    PoolLine {
        held_bytes: row.total_bytes(),
        hit_part: (acquires > 0).then(|| row.hits_total as f64 / acquires as f64),
        row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_place() {
        let row = |texture: Option<&str>, class_bytes, usage: &str| PoolRow {
            texture: texture.map(str::to_owned),
            class_bytes,
            usage: usage.into(),
            ..PoolRow::default()
        };
        let rows = [row(Some("4 × 4"), 64, "a"), row(None, 256, "a"), row(None, 64, "b"), row(None, 64, "a")];
        let order = |rows: Vec<PoolRow>| lines(rows).into_iter().map(|line| line.row).collect::<Vec<_>>();
        let [texture, large, second, first] = rows.clone();
        let expected = [first, second, large, texture];
        assert_eq!(order(rows.to_vec()), expected);
        assert_eq!(order(rows.into_iter().rev().collect()), expected);
    }

    #[test]
    fn a_line_sums_its_states() {
        let row = PoolRow {
            class_bytes: 64,
            in_use_count: 2,
            pending_count: 1,
            idle_count: 3,
            hits_total: 3,
            misses_total: 1,
            ..PoolRow::default()
        };
        let line = &lines(vec![row])[0];
        assert_eq!((line.held_bytes, line.hit_part), (384, Some(0.75)));
        assert_eq!(lines(vec![PoolRow::default()])[0].hit_part, None);
    }
}
