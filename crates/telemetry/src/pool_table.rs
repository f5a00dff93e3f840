//! The pool's table by size class and usage, as JSON text on a
//! [`super::board::Board`]: a few dozen rows, a few times a second.

use super::board::Board;
use serde::{Deserialize, Serialize};

/// One row: all buffers or textures of one class and usage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolRow {
    /// Extents and format of textures; `None` for buffers.
    pub texture: Option<String>,
    /// The WebGPU usages: `storage|copy_dst`.
    pub usage: String,
    /// Bytes of one resource of this class.
    pub class_bytes: u64,
    /// Held by the engine.
    pub in_use_count: u64,
    /// Released, still read by the GPU.
    pub pending_count: u64,
    /// Reusable now.
    pub idle_count: u64,
    /// Acquires served from this class since it last had no resource.
    pub hits_total: u64,
    /// Acquires that created one, likewise.
    pub misses_total: u64,
}

impl PoolRow {
    /// Bytes of the whole row.
    pub fn total_bytes(&self) -> u64 {
        self.class_bytes * (self.in_use_count + self.pending_count + self.idle_count)
    }
}

/// The newest rows; empty before the first publication.
pub fn read(board: &Board) -> Vec<PoolRow> {
    board.read_text().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_the_board() {
        let board = Board::with_words(256);
        assert_eq!(read(&board), []);
        let rows = vec![PoolRow { usage: "vertex".into(), class_bytes: 1 << 33, idle_count: 2, ..PoolRow::default() }];
        board.publish_text(&serde_json::to_string(&rows).unwrap()).unwrap();
        assert_eq!(read(&board), rows);
        assert_eq!(rows[0].total_bytes(), 1 << 34);
    }
}
