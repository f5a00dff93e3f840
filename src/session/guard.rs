//! Guards in a run: switched on with it, swept once a second, and every stray write
//! that they find told on the console.

use super::engine::Session;
use super::host::name;
use crate::arena::{Allocation, GuardHit, Guards};
use crate::telemetry::notice::Level;
use crate::units::Bytes;

/// A sweep reads every canary and all of the quarantine: each tenth map is often
/// enough.
const MAPS_PER_SWEEP: u32 = 10;

impl Session<'_> {
    /// Switches guards on or off, as the run wants them.
    pub(super) fn arm_guards(&self) {
        let guards = self.config.guards.then(Guards::default);
        // The arena is new: nobody else can hold it.
        let _ = self.arena.with(|arena| arena.set_guards(guards));
    }

    /// Sweeps when it is time, and says what was found since the last call.
    pub(super) fn report_guards(&mut self) {
        if !self.config.guards {
            return;
        }
        self.maps_since_sweep += 1;
        let is_due = self.maps_since_sweep >= MAPS_PER_SWEEP;
        let look = |arena: &mut crate::arena::Arena| {
            if is_due {
                arena.sweep_guards();
            }
            arena.take_guard_hits()
        };
        let Ok(hits) = self.arena.with(look) else { return };
        if is_due {
            self.maps_since_sweep = 0;
        }
        for hit in &hits {
            self.run.arena_log.add_hit(hit, self.run.time);
            self.say(Level::Error, worded(hit));
        }
    }

    /// Where the range of a new allocation starts: in front of its canary, if it has
    /// one. Map, snapshot and events speak of ranges.
    pub(super) fn range_start(&self, allocation: &Allocation) -> Bytes {
        if !self.config.guards {
            return allocation.offset;
        }
        let range = self.arena.with(|arena| arena.get(allocation.id)).ok().flatten();
        range.map_or(allocation.offset, |range| range.offset)
    }
}

fn worded(hit: &GuardHit) -> String {
    format!("guards: {} wrote, or had written into it: {hit}", name(hit.owner))
}
