//! What must be known before the figures are believed, and what can be done about it.

use super::report::{ArenaChoice, Report};
use arenascope::arena::Region;
use arenascope::trace::{CannotTell, NoteKind};
use arenascope::units::{Bytes, Ratio};

/// From this part on, frees that match nothing make the figures those of another program.
const UNMATCHED_WARNED: f64 = 0.01;

impl Report<'_> {
    /// Sentences, the weightiest first; none where the figures are of all that the file
    /// says.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let first = [self.part(), self.numbering(), self.unmatched(), self.lost(), self.spaces()];
        let last = [self.oversized(), self.peak()];
        first.into_iter().flatten().chain(self.said()).chain(last.into_iter().flatten()).collect()
    }

    fn part(&self) -> Option<String> {
        let error = self.taken.stopped.as_ref()?;
        Some(format!("{error}; the figures are of the {} operations before it", self.recording().len()))
    }

    fn numbering(&self) -> Option<String> {
        self.is_numbering_in_doubt().then(|| {
            "no free names allocation 0, and each that matches none names the one after the newest: this file seems to \
             count from 1, and most frees then give back the wrong allocation; --first-index 1 reads it so"
                .to_string()
        })
    }

    pub(crate) fn is_numbering_in_doubt(&self) -> bool {
        self.first_index == 0 && self.recording().looks_numbered_from_one()
    }

    /// Where the numbering is in doubt, that is why.
    fn unmatched(&self) -> Option<String> {
        let share = self.recording().unmatched_share();
        (share >= Ratio::new(UNMATCHED_WARNED) && !self.is_numbering_in_doubt()).then(|| {
            format!(
                "{share} of the frees match no allocation and are left out: where the recording began late, the \
                 program had more live than is counted here"
            )
        })
    }

    fn lost(&self) -> Option<String> {
        let count = self.taken.events_lost;
        (count > 0).then(|| format!("{count} events are missing in the file, by its own word"))
    }

    fn spaces(&self) -> Option<String> {
        let count = self.taken.spaces_used;
        (count > 1).then(|| {
            format!("allocations of {count} address spaces are placed in one arena here, which is not what happened")
        })
    }

    /// What the source says against its own figures, or does not hold.
    fn said(&self) -> Vec<String> {
        let manifest = &self.taken.manifest;
        let noted = manifest.notes.iter().filter(|note| note.kind != NoteKind::Remark).map(|note| note.text.clone());
        let lacks =
            [CannotTell::All, CannotTell::Outside].into_iter().filter_map(|what| manifest.cannot_tell.get(&what));
        noted.chain(lacks.cloned()).collect()
    }

    fn oversized(&self) -> Option<String> {
        let count = self.recording().oversized();
        (count > 0).then(|| {
            let are = if count == 1 { "allocation is" } else { "allocations are" };
            format!("{count} {are} larger than the largest arena, {}: no policy serves them", Region::MAX)
        })
    }

    fn peak(&self) -> Option<String> {
        let needed = self.beyond_arena()?;
        let chosen = match self.arena {
            ArenaChoice::Asked(size) if size < Region::MAX => "this arena",
            _ => "the largest arena",
        };
        Some(format!(
            "at this alignment the peak takes {needed}, more than {chosen} has: what is refused is in no other figure"
        ))
    }

    /// What the peak takes, where that is more than the arena.
    fn beyond_arena(&self) -> Option<Bytes> {
        let needed = self.recording().aligned_peak(self.settings.align);
        (needed > self.settings.arena).then_some(needed)
    }

    /// What can be done where allocations were refused that another arena may serve.
    pub(crate) fn advice(&self) -> Option<String> {
        let refused = self.outcomes.iter().any(|outcome| outcome.failures.no_room() + outcome.failures.no_nodes > 0);
        refused.then(|| self.larger_arena())
    }

    fn larger_arena(&self) -> String {
        let arena = self.settings.arena;
        if arena >= Region::MAX {
            return format!("{} is the largest arena: there is none with more room or more nodes", Region::MAX);
        }
        let twice = Bytes::new(arena.get() * 2).max(self.recording().arena_for(self.settings.align)).min(Region::MAX);
        format!("a larger arena has more room and more nodes: --arena-mib {}", twice.get() >> 20)
    }
}
