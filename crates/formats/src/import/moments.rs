//! Tells what was alive at some moments as things that change their sizes.

use arenascope_trace::{Action, CategoryId, Event, Sink, Site, SpaceId, Stopped};
use std::collections::BTreeMap;

/// What is alive at a moment: bytes of a category by a stack.
pub(super) type Things = BTreeMap<(CategoryId, Site), u64>;

/// Tells each moment as the difference to the one before.
#[derive(Debug, Default)]
pub(super) struct Moments {
    time_us: u64,
    things: Things,
}

impl Moments {
    /// Tells that `things` are alive from `time_us` on; from the moment before where that is
    /// later.
    ///
    /// What shrinks comes first, so that no sum between is more than the larger of the two.
    pub(super) fn change_to(&mut self, time_us: u64, mut things: Things, sink: &mut dyn Sink) -> Result<(), Stopped> {
        self.time_us = self.time_us.max(time_us);
        things.retain(|_, bytes| *bytes > 0);
        let time_us = self.time_us;
        let mut tell = |site, action| sink.event(Event { time_us, thread: 0, site, action });
        for (&key, &before) in &self.things {
            match things.get(&key) {
                None => tell(key.1, Action::Free { id: id(key) })?,
                Some(&bytes) if bytes < before => tell(key.1, Action::Resize { id: id(key), bytes })?,
                Some(_) => {}
            }
        }
        for (&key, &bytes) in &things {
            match self.things.get(&key) {
                None => {
                    let (category, site) = key;
                    tell(site, Action::Allocate { id: id(key), space: SpaceId(0), address: 0, bytes, category })?;
                }
                Some(&before) if before < bytes => tell(key.1, Action::Resize { id: id(key), bytes })?,
                Some(_) => {}
            }
        }
        self.things = things;
        Ok(())
    }
}

const fn id((category, site): (CategoryId, Site)) -> u64 {
    (category.0 as u64) << 32 | site.0 as u64
}
