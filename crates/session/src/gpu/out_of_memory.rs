//! The out-of-memory fallback: what is tried, step by step, when the budget or the
//! device refuses a creation.

use crate::live::{HeldResource, Live};
use crate::ranges::name;
use crate::session::Session;
use arenascope_budget::{BudgetError, Charge};
use arenascope_pool::{FallbackStep, ResourceId, ResourceSpec};
use arenascope_telemetry::notice::Level;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};
use arenascope_workload::step::Slot;

impl Session<'_> {
    /// Pays for a resource that is to be created, trying one step of the fallback after
    /// another while the budget refuses: `size` bytes on the device, for `needed` that
    /// were asked for. The budget counts one refusal at most.
    ///
    /// # Errors
    /// The budget's refusal, where no step made room enough.
    pub(crate) fn pay_for(
        &mut self,
        spec: &ResourceSpec,
        (size, needed): (Bytes, Bytes),
        owner: Owner,
    ) -> Result<Charge, BudgetError> {
        let mut helped = None;
        for step in FallbackStep::ALL {
            if !self.run.budget.tree.lacks_room(owner, Heap::Device, size) {
                break;
            }
            if self.try_step(step, spec, size) {
                helped = Some(step);
            }
        }
        // The last step goes on here: borrowers give way.
        let reservation = self.reserve(owner, Heap::Device, size);
        let charge = reservation.and_then(|reservation| reservation.commit_needed(size, needed));
        match (&charge, helped) {
            (Ok(_), Some(step)) => self.run.gpu.fallback.note_help(step),
            (Ok(_), None) => {}
            (Err(_), _) => self.run.gpu.fallback.refused += 1,
        }
        charge
    }

    /// Tries one step; false where it had nothing to give.
    fn try_step(&mut self, step: FallbackStep, spec: &ResourceSpec, size: Bytes) -> bool {
        let Self { run, out, .. } = self;
        let pool = &mut run.gpu.pool;
        match step {
            FallbackStep::TrimClass => !pool.reclaim_like(spec, size, out).total().is_zero(),
            FallbackStep::TrimIdle => !pool.reclaim(size, out).total().is_zero(),
            // All that lies idle, in the pool and in the staging ring.
            FallbackStep::Borrowers => {
                let trimmed = pool.trim_all_idle(out);
                self.close_idle_ring() || trimmed > 0
            }
        }
    }

    /// The device could not create a resource, as it said some time after it was
    /// asked. Whoever holds it gets another one, after the next step that has
    /// anything to give; its contents are lost. Where none has, the slot is
    /// given up.
    pub(crate) fn creation_failed(&mut self, resource: ResourceId, reason: &str) {
        self.run.gpu.counters.errors += 1;
        let holder = self.holder(resource);
        // A report about what is gone already changes nothing else.
        let Some((spec, size)) = self.run.gpu.pool.fail(resource, &mut self.out) else { return };
        let Some(slot) = holder else {
            return self.say(Level::Error, format!("the device could not create {size}: {reason}; nobody held it"));
        };
        let Some(Live::Resource(held)) = self.run.live.remove(&slot) else { return };
        if !self.try_again(slot, &held, &spec, size) {
            self.run.gpu.fallback.refused += 1;
            let text = format!("the device could not create {size} for {}: {reason}; it is given up", name(held.owner));
            self.say(Level::Error, text);
        }
    }

    /// Goes on from the step where the holder's last try left off.
    fn try_again(&mut self, slot: Slot, held: &HeldResource, spec: &ResourceSpec, size: Bytes) -> bool {
        let mut step = held.next_step;
        while let Some(current) = step {
            step = current.next();
            if self.try_step(current, spec, size) {
                self.run.gpu.fallback.note_help(current);
                return self.acquire_from(slot, held.spec, held.owner, step).is_some();
            }
        }
        false
    }

    fn holder(&self, resource: ResourceId) -> Option<Slot> {
        let holds = |live: &Live| matches!(live, Live::Resource(held) if held.handle.resource() == resource);
        self.run.live.iter().find(|(_, live)| holds(live)).map(|(slot, _)| *slot)
    }
}
