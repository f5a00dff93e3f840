//! A whole run in memory.

use super::event::{Event, SpaceId};
use super::extents::Extents;
use super::manifest::Manifest;
use super::sink::{Sink, Stopped};
use super::stacks::Stacks;

/// Everything that a reader told: for tests, exports and small files.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// What the run is.
    pub manifest: Manifest,
    /// Its call stacks.
    pub stacks: Stacks,
    /// The ranges that were said.
    pub extents: Extents,
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Whether events were said to follow.
    pub has_begun: bool,
}

impl Sink for Collected {
    fn manifest(&mut self) -> &mut Manifest {
        &mut self.manifest
    }

    fn stacks(&mut self) -> &mut Stacks {
        &mut self.stacks
    }

    fn extent(&mut self, space: SpaceId, address: u64, bytes: u64) {
        self.extents.add(space, address, bytes);
    }

    fn begin(&mut self) -> Result<(), Stopped> {
        self.has_begun = true;
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), Stopped> {
        self.events.push(event);
        Ok(())
    }
}
