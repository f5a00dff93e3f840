//! What an export reads.

use super::collected::Collected;
use super::event::Event;
use super::manifest::Manifest;
use super::sink::Stopped;
use super::stacks::Stacks;

/// A whole run, to be read as often as is needed.
pub trait Run {
    /// What it is.
    fn manifest(&self) -> &Manifest;

    /// Its call stacks.
    fn stacks(&self) -> &Stacks;

    /// Tells every event, in order. O(events).
    ///
    /// # Errors
    /// What `take` says, at once.
    fn each(&self, take: &mut dyn FnMut(&Event) -> Result<(), Stopped>) -> Result<(), Stopped>;
}

impl Run for Collected {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn stacks(&self) -> &Stacks {
        &self.stacks
    }

    fn each(&self, take: &mut dyn FnMut(&Event) -> Result<(), Stopped>) -> Result<(), Stopped> {
        self.events.iter().try_for_each(take)
    }
}
