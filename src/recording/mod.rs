//! What is made of the events: today a tally of them, counted apart from the
//! engine, so that the engine's own figures can be held against it.

use crate::telemetry::Shared;
use crate::telemetry::event::Tally;

/// Drains the events of a [`Shared`] and publishes what it counted.
#[derive(Debug, Default)]
pub struct Recorder {
    tally: Tally,
}

impl Recorder {
    /// Takes in everything that waits; publishes where there was anything.
    /// Returns the number of events. O(events).
    pub fn round(&mut self, shared: &Shared) -> u64 {
        let drained = shared.events.drain(|record| self.tally.take(record));
        if drained > 0 {
            // The board is made for exactly this many words.
            let _ = shared.tally.publish(&self.tally.to_words());
        }
        drained
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::{MemoryCategory, Owner, Tag};
    use crate::telemetry::event::{Event, Op};

    #[test]
    fn a_round_publishes_what_it_counted() {
        let shared = Shared::new();
        let mut recorder = Recorder::default();
        assert_eq!(recorder.round(&shared), 0);
        assert_eq!(shared.tally.number(), 0);
        let owner = Owner::new(MemoryCategory::Ecs, Tag(1));
        let event = Event { time_us: 1, op: Op::ArenaAllocate, owner, id: 1, offset_bytes: 0, size_bytes: 48 };
        shared.events.push(event.to_words());
        assert_eq!(recorder.round(&shared), 1);
        let mut words = Vec::new();
        shared.tally.read(&mut words);
        assert_eq!(Tally::from_words(&words).unwrap().arena_bytes[0], 48);
    }
}
