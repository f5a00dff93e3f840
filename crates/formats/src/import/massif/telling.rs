//! Tells snapshots.

use super::snapshot::Snapshot;
use crate::import::moments::{Moments, Things};
use crate::import::tally::Tally;
use arenascope_trace::{CannotTell, CategoryId, Manifest, NoteKind, Sink, Site, Stopped};

/// Tells each snapshot as the difference to the one before.
#[derive(Debug)]
pub(super) struct Telling {
    us_per_unit: u64,
    last_us: u64,
    heap: CategoryId,
    extra: CategoryId,
    stacks: CategoryId,
    moments: Moments,
    snapshots: u64,
    detailed: u64,
    back: Tally,
    too_much: Tally,
}

impl Telling {
    pub(super) fn new(us_per_unit: u64, counts_pages: bool, manifest: &mut Manifest) -> Self {
        Self {
            us_per_unit,
            last_us: 0,
            heap: manifest.category(if counts_pages { "Mapped pages" } else { "Heap, useful" }),
            extra: manifest.category("Heap, extra"),
            stacks: manifest.category("Stacks"),
            moments: Moments::default(),
            snapshots: 0,
            detailed: 0,
            back: Tally::default(),
            too_much: Tally::default(),
        }
    }

    /// How many were told.
    pub(super) const fn snapshots(&self) -> u64 {
        self.snapshots
    }

    pub(super) fn tell(&mut self, snapshot: &Snapshot, sink: &mut dyn Sink) -> Result<(), Stopped> {
        let time_us = snapshot.time.saturating_mul(self.us_per_unit);
        if time_us < self.last_us {
            self.back.add(snapshot.line);
        }
        self.last_us = time_us;
        self.snapshots += 1;
        let things = self.things_of(snapshot);
        self.moments.change_to(time_us, things, sink)
    }

    fn things_of(&mut self, snapshot: &Snapshot) -> Things {
        let mut things = Things::new();
        let mut rest = snapshot.heap;
        if let Some(sites) = &snapshot.sites {
            let sum = sites.values().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
            match rest.checked_sub(sum) {
                Some(left) => {
                    rest = left;
                    self.detailed += 1;
                    things.extend(sites.iter().map(|(&site, &bytes)| ((self.heap, site), bytes)));
                }
                None => self.too_much.add(snapshot.line),
            }
        }
        for (category, bytes) in [(self.heap, rest), (self.extra, snapshot.extra), (self.stacks, snapshot.stacks)] {
            *things.entry((category, Site::NONE)).or_default() += bytes;
        }
        things
    }

    pub(super) fn note(&self, manifest: &mut Manifest) {
        if self.detailed == 0 {
            manifest.lacks(CannotTell::Stacks, "no snapshot is detailed");
        } else {
            let (of, all) = (self.detailed, self.snapshots);
            let text = format!("{of} of {all} snapshots say who asked for memory: between them it has no call stack");
            manifest.note(NoteKind::Remark, text);
        }
        self.back.note(manifest, NoteKind::Contradiction, "snapshots are earlier than the one before");
        let what = "snapshots have call stacks that add up to more than they say: these are left out";
        self.too_much.note(manifest, NoteKind::Contradiction, what);
    }
}
