//! The marks that only go up: peaks, footprint, and how full the arena was when it
//! first refused.

use super::*;

impl Arena {
    /// The most granules ever used at once.
    pub(super) fn peak(&self) -> u32 {
        let tier = self.tier().map(TierTally::of).unwrap_or_default();
        self.totals.used_peak.max(self.space.tally.used.wrapping_add(tier.used_peak))
    }

    /// Notes the peaks of thread `number`, which is pinned and has the lock; what the other
    /// threads use is as they published it.
    pub(crate) fn fold_peak(&mut self, number: ThreadNumber) {
        let Some(tier) = &self.tier else { return };
        let seat = tier.seat(number);
        let (used, requested) = tier.used_by_others(number);
        let (own_used, own_requested) = seat.cache.get().take_peak();
        let (tally, totals) = (&self.space.tally, &mut self.totals);
        totals.used_peak = totals.used_peak.max(tally.used.wrapping_add(used).wrapping_add(own_used));
        let asked = tally.requested.wrapping_add(requested).wrapping_add(own_requested);
        totals.requested_peak = totals.requested_peak.max(asked);
    }

    /// Counts a refusal, and keeps how full the arena was at the first for lack of room.
    #[cold]
    pub(super) fn note_refused(&mut self, error: &AllocError) {
        self.totals.refusals.note(error);
        if matches!(error, AllocError::OutOfMemory { .. } | AllocError::OutOfNodes { .. }) {
            // Threads that share the arena pause while it refuses.
            let tier = self.tier().map(TierTally::of).unwrap_or_default();
            let live = Bytes::new(self.space.tally.requested.wrapping_add(tier.requested));
            self.totals.live_at_first_failure.get_or_insert(live);
        }
    }

    /// Raises the marks that only go up, after `node` was placed or has grown.
    #[inline]
    pub(crate) fn note_placed(&mut self, node: NodeIndex) {
        let (tally, totals) = (&self.space.tally, &mut self.totals);
        totals.used_peak = totals.used_peak.max(tally.used);
        totals.requested_peak = totals.requested_peak.max(tally.requested);
        self.note_end(node);
    }

    /// Raises the footprint, after `node` was placed, lent or has grown.
    #[inline]
    pub(crate) fn note_end(&mut self, node: NodeIndex) {
        let entry = &self.space.table[node];
        self.totals.used_end = self.totals.used_end.max(entry.start + entry.size);
    }

    pub(crate) fn note_resized(&mut self, id: AllocationId) {
        if let Some(Named::Node(node)) = id.named() {
            self.note_placed(node);
        }
    }
}
