//! The newest refusals and stray writes, on the page's board.

use crate::session::Session;

impl Session<'_> {
    /// Puts the lists on their board, where they have changed. O(rows).
    pub(crate) fn publish_arena_table(&mut self) {
        if !std::mem::take(&mut self.run.arena_log.changed) {
            return;
        }
        if let Ok(text) = serde_json::to_string(&self.run.arena_log.table) {
            // Room for the fullest table, as a test of it shows.
            let _ = self.shared.arena_table.publish_text(&text);
        }
    }
}
