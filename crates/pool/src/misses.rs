//! Misses one by one, as many as are remembered.

use super::cause::MissCause;
use super::spec::ResourceSpec;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use std::collections::VecDeque;

/// Misses that a pool remembers one by one; [`super::MissCauses`] count all.
pub const MISSES_KEPT: usize = 64;

/// An acquire that had to create, and how its class stood at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Time of the acquire, on the caller's clock.
    pub time: Micros,
    /// Category and tag that asked.
    pub owner: Owner,
    /// What was created, rounded to its class.
    pub created: ResourceSpec,
    /// Its bytes on the device.
    pub size: Bytes,
    /// What was asked for.
    pub requested: Bytes,
    /// Why no existing resource served.
    pub cause: MissCause,
    /// Of the class, held at that moment.
    pub held: u64,
    /// Of the class, released but not yet reusable.
    pub pending: u64,
    /// The smallest idle buffer that was large enough and would have wasted too
    /// much; only where that is the cause.
    pub smallest_idle: Option<Bytes>,
}

/// A bounded queue; the oldest makes room.
#[derive(Debug, Default)]
pub(super) struct RecentMisses(VecDeque<Miss>);

impl RecentMisses {
    /// All of them, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Miss> {
        self.0.iter()
    }

    pub(super) fn note(&mut self, miss: Miss) {
        if self.0.len() == MISSES_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(miss);
    }

    /// Forgets the newest that is such a miss, if it is still there.
    pub(super) fn undo(&mut self, is_it: impl Fn(&Miss) -> bool) {
        if let Some(index) = self.0.iter().rposition(is_it) {
            self.0.remove(index);
        }
    }
}
