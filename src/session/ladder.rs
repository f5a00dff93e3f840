//! Out of memory: what is tried, rung by rung, when the budget or the device
//! refuses a creation.

use super::engine::Session;
use super::host::name;
use super::live::{HeldResource, Live};
use crate::budget::{BudgetError, Charge};
use crate::owner::{Heap, Owner};
use crate::pool::{Eviction, ResourceId, ResourceSpec, Rung};
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use crate::workload::step::Slot;

impl Session<'_> {
    /// Pays for a resource that is to be created, climbing while the budget
    /// refuses. The budget counts one refusal at most.
    ///
    /// # Errors
    /// The budget's refusal, where no rung made room enough.
    pub(super) fn pay_for(&mut self, spec: &ResourceSpec, size: Bytes, owner: Owner) -> Result<Charge, BudgetError> {
        let mut helped = None;
        for rung in Rung::ALL {
            if self.run.budget.has_room(owner, Heap::Device, size) {
                break;
            }
            if self.climb(rung, spec, size) {
                helped = Some(rung);
            }
        }
        // The last rung goes on here: borrowers give way.
        let charge = self.reserve(owner, Heap::Device, size).and_then(|reservation| reservation.commit(size));
        match (&charge, helped) {
            (Ok(_), Some(rung)) => self.run.ladder.note_help(rung),
            (Ok(_), None) => {}
            (Err(_), _) => self.run.ladder.refused += 1,
        }
        charge
    }

    /// Tries one rung; false where it had nothing to give.
    fn climb(&mut self, rung: Rung, spec: &ResourceSpec, size: Bytes) -> bool {
        let evictions: Vec<Eviction> = match rung {
            Rung::TrimClass => self.run.pool.reclaim_like(spec, size),
            Rung::TrimIdle => self.run.pool.reclaim(size),
            // All that lies idle, in the pool and in the staging ring.
            Rung::Borrowers => self.run.pool.trim_all_idle(),
        };
        let closed = rung == Rung::Borrowers && self.close_idle_ring();
        let gave = closed || !evictions.is_empty();
        self.destroy(evictions);
        gave
    }

    /// The device could not create a resource, as it said some time after it was
    /// asked. Whoever holds it gets another one, after the next rung that has
    /// anything to give; its contents are lost. Where none has, the slot is
    /// given up.
    pub(super) fn creation_failed(&mut self, resource: ResourceId, reason: &str) {
        self.run.counters.gpu_errors += 1;
        let holder = self.holder(resource);
        // A report about what is gone already changes nothing else.
        let Ok(undone) = self.run.pool.fail(resource) else { return };
        let (spec, size) = (undone.spec, undone.size);
        self.destroy(vec![undone]);
        let Some(slot) = holder else {
            return self.say(Level::Error, format!("the device could not create {size}: {reason}; nobody held it"));
        };
        let Some(Live::Resource(held)) = self.run.live.remove(&slot) else { return };
        if !self.try_again(slot, &held, &spec, size) {
            self.run.ladder.refused += 1;
            let text = format!("the device could not create {size} for {}: {reason}; it is given up", name(held.owner));
            self.say(Level::Error, text);
        }
    }

    /// Climbs from the rung where the holder's last try left off.
    fn try_again(&mut self, slot: Slot, held: &HeldResource, spec: &ResourceSpec, size: Bytes) -> bool {
        let mut rung = held.next_rung;
        while let Some(current) = rung {
            rung = current.next();
            if self.climb(current, spec, size) {
                self.run.ladder.note_help(current);
                return self.acquire_from(slot, held.spec, held.owner, rung).is_some();
            }
        }
        false
    }

    fn holder(&self, resource: ResourceId) -> Option<Slot> {
        let holds = |live: &Live| matches!(live, Live::Resource(held) if held.handle.resource() == resource);
        self.run.live.iter().find(|(_, live)| holds(live)).map(|(slot, _)| *slot)
    }
}
