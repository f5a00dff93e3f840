//! Things that live until a frame.

use super::step::Slot;
use std::collections::BTreeMap;

/// Slots by the frame they end in.
#[derive(Clone, Debug, Default)]
pub(super) struct Lifetimes {
    by_frame: BTreeMap<u64, Vec<Slot>>,
}

impl Lifetimes {
    /// `slot` ends in `frame`.
    pub(super) fn until(&mut self, frame: u64, slot: Slot) {
        self.by_frame.entry(frame).or_default().push(slot);
    }

    /// What ends in or before `frame`, in order.
    pub(super) fn ending(&mut self, frame: u64) -> Vec<Slot> {
        let later = self.by_frame.split_off(&(frame + 1));
        std::mem::replace(&mut self.by_frame, later).into_values().flatten().collect()
    }
}
