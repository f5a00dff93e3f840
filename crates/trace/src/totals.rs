//! The totals of a run while it is read: what is live, its peak, by category. One entry for
//! each allocation that lives, and nothing else that grows with the file.

use super::event::{Action, CategoryId, Event, SpaceId};
use super::manifest::{CATEGORIES_MAX, Manifest};
use super::sink::{Sink, Stopped};
use super::stacks::Stacks;
use std::collections::HashMap;

/// Bytes and allocations that are live, and the most there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Live bytes after the last event.
    pub bytes: u64,
    /// Live allocations after the last event.
    pub count: u64,
    /// The most bytes that were live at once.
    pub peak_bytes: u64,
    /// When that was first so, µs since the run's start.
    pub peak_us: u64,
}

impl Held {
    fn add(&mut self, bytes: u64, count: u64, time_us: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.count += count;
        if self.bytes > self.peak_bytes {
            (self.peak_bytes, self.peak_us) = (self.bytes, time_us);
        }
    }

    const fn take(&mut self, bytes: u64, count: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.count = self.count.saturating_sub(count);
    }
}

/// The totals of a run: a [`Sink`].
#[derive(Clone, Debug, Default)]
pub struct Totals {
    manifest: Manifest,
    stacks: Stacks,
    live: HashMap<u64, (u64, CategoryId)>,
    /// All of it.
    pub all: Held,
    /// By category, in the manifest's order.
    pub categories: [Held; CATEGORIES_MAX],
    /// Memory that is reserved: segments, blocks. Only where the file says it.
    pub reserved: Held,
    /// Events of any kind.
    pub events: u64,
    /// Allocations so far, resizes not among them.
    pub allocations: u64,
    /// Their bytes.
    pub allocated_bytes: u64,
    /// Frees of what was allocated.
    pub frees: u64,
    /// Frees and resizes of what nobody allocated.
    pub unmatched: u64,
    /// Requests that were refused.
    pub failures: u64,
    /// Time of the last event, µs.
    pub length_us: u64,
}

impl Totals {
    /// What the run is.
    pub const fn manifest_ref(&self) -> &Manifest {
        &self.manifest
    }

    /// Different call stacks that were met.
    pub fn sites(&self) -> usize {
        self.stacks.len() - 1
    }

    fn add(&mut self, category: CategoryId, bytes: u64, count: u64, time_us: u64) {
        self.all.add(bytes, count, time_us);
        if let Some(held) = self.categories.get_mut(usize::from(category.0)) {
            held.add(bytes, count, time_us);
        }
    }

    fn take(&mut self, category: CategoryId, bytes: u64, count: u64) {
        self.all.take(bytes, count);
        if let Some(held) = self.categories.get_mut(usize::from(category.0)) {
            held.take(bytes, count);
        }
    }

    fn allocate(&mut self, id: u64, bytes: u64, category: CategoryId, time_us: u64) {
        self.allocations += 1;
        self.allocated_bytes = self.allocated_bytes.saturating_add(bytes);
        // Of one number twice, the first ended unseen.
        if let Some((before, of)) = self.live.insert(id, (bytes, category)) {
            self.take(of, before, 1);
        }
        self.add(category, bytes, 1, time_us);
    }

    fn free(&mut self, id: u64) {
        match self.live.remove(&id) {
            Some((bytes, category)) => {
                self.frees += 1;
                self.take(category, bytes, 1);
            }
            None => self.unmatched += 1,
        }
    }

    fn resize(&mut self, id: u64, bytes: u64, time_us: u64) {
        match self.live.get_mut(&id) {
            Some((before, category)) => {
                let (before, category) = (core::mem::replace(before, bytes), *category);
                self.take(category, before, 0);
                self.add(category, bytes, 0, time_us);
            }
            None => self.unmatched += 1,
        }
    }
}

impl Sink for Totals {
    fn manifest(&mut self) -> &mut Manifest {
        &mut self.manifest
    }

    fn stacks(&mut self) -> &mut Stacks {
        &mut self.stacks
    }

    fn extent(&mut self, _: SpaceId, _: u64, _: u64) {}

    fn begin(&mut self) -> Result<(), Stopped> {
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), Stopped> {
        self.events += 1;
        self.length_us = event.time_us;
        match event.action {
            Action::Allocate { id, bytes, category, .. } => self.allocate(id, bytes, category, event.time_us),
            Action::Free { id } => self.free(id),
            Action::Resize { id, bytes } => self.resize(id, bytes, event.time_us),
            Action::Reserve { bytes, .. } => self.reserved.add(bytes, 1, event.time_us),
            Action::Release { bytes, .. } => self.reserved.take(bytes, 1),
            Action::Fail { .. } => self.failures += 1,
            Action::FreeRequested { .. } | Action::Mark { .. } | Action::Lost { .. } => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::Site;
    use proptest::prelude::*;

    proptest! {
        /// Against a model that looks at all that lives after each event.
        #[test]
        fn totals_are_those_of_a_naive_count(steps in prop::collection::vec((0_u64..12, 0_u8..3, 0_u64..100), 0..200)) {
            let (mut totals, mut live, mut peak) = (Totals::default(), std::collections::BTreeMap::new(), 0);
            for (time_us, &(id, kind, bytes)) in (0..).zip(&steps) {
                let category = CategoryId((id % 3) as u8);
                let action = match kind {
                    0 => Action::Allocate { id, space: SpaceId(0), address: 0, bytes, category },
                    1 => Action::Free { id },
                    _ => Action::Resize { id, bytes },
                };
                match kind {
                    0 => drop(live.insert(id, bytes)),
                    1 => drop(live.remove(&id)),
                    _ => live.get_mut(&id).into_iter().for_each(|size| *size = bytes),
                }
                totals.event(Event { time_us, thread: 0, site: Site::NONE, action }).unwrap();
                let sum: u64 = live.values().sum();
                peak = peak.max(sum);
                prop_assert_eq!((totals.all.bytes, totals.all.count, totals.all.peak_bytes), (sum, live.len() as u64, peak));
                prop_assert_eq!(totals.categories.iter().map(|held| held.bytes).sum::<u64>(), sum);
            }
        }
    }
}
