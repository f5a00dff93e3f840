//! What a reader of a file tells.

use super::event::Event;
use super::manifest::Manifest;
use super::stacks::Stacks;
use thiserror::Error;

/// Nobody wants the rest: the reader returns at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the reading was ended")]
pub struct Stopped;

/// Takes in a run while it is read.
///
/// A reader first says what is known of the run in [`Self::manifest`] and calls
/// [`Self::begin`], then tells events in order of time. It may add categories, markers,
/// notes, frames and stacks at any time; address spaces before [`Self::begin`] wherever they
/// can be known by then, which is not so of what is still being recorded.
pub trait Sink {
    /// What the run is, as far as it is known.
    fn manifest(&mut self) -> &mut Manifest;

    /// Its call stacks so far.
    fn stacks(&mut self) -> &mut Stacks;

    /// Says that a range of a space will be used. Where a space has addresses, every
    /// event of it lies in a range that was said before, at best in order of address:
    /// what is between ranges is folded away on the map.
    fn extent(&mut self, space: super::SpaceId, address: u64, bytes: u64);

    /// Events follow.
    ///
    /// # Errors
    /// [`Stopped`].
    fn begin(&mut self) -> Result<(), Stopped>;

    /// Takes in the next event.
    ///
    /// # Errors
    /// [`Stopped`].
    fn event(&mut self, event: Event) -> Result<(), Stopped>;
}
