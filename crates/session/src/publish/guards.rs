//! Guards in a run: swept once a second, and every stray write that they find told on
//! the console.

use crate::ranges::name;
use crate::session::Session;
use arenascope_arena::GuardHit;
use arenascope_telemetry::notice::Level;

/// A sweep reads every canary and all of the quarantine: each tenth map is often
/// enough.
const MAPS_PER_SWEEP: u32 = 10;

impl Session<'_> {
    /// Whether this map's look is to sweep too.
    pub(super) fn is_sweep_due(&mut self) -> bool {
        let count = &mut self.publisher.maps_since_sweep;
        *count = (*count + 1) % MAPS_PER_SWEEP;
        self.config().guards && self.publisher.maps_since_sweep == 0
    }

    /// Says what guards found since the last look.
    pub(super) fn report_hits(&mut self, hits: &[GuardHit]) {
        for hit in hits {
            self.run.arena_log.add_hit(hit, self.run.time);
            self.say(Level::Error, worded(hit));
        }
    }
}

fn worded(hit: &GuardHit) -> String {
    format!("guards: {} wrote, or had written into it: {hit}", name(hit.owner))
}
