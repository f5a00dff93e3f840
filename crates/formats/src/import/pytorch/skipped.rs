//! What was left out, by reason: counted, with the first place.

use std::collections::BTreeMap;

/// Most reasons that are told apart.
const REASONS_MAX: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Skipped {
    by_reason: BTreeMap<&'static str, (u64, String)>,
}

impl Skipped {
    /// Counts one; `place` is asked for that of the first.
    pub(super) fn count(&mut self, reason: &'static str, place: impl FnOnce() -> String) {
        if let Some((count, _)) = self.by_reason.get_mut(reason) {
            *count += 1;
        } else if self.by_reason.len() < REASONS_MAX {
            self.by_reason.insert(reason, (1, place()));
        }
    }

    /// Each reason with how many and where the first was.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.by_reason.iter().map(|(reason, (count, first))| format!("{count} {reason}; first {first}"))
    }
}
