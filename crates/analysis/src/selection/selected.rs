//! What is being looked at, on all panels at once: a moment of the recording, a
//! span of time, a part of the arena, some categories and tags. And the way back:
//! every choice can be undone and redone.

use crate::moment::clock::Clock;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use core::ops::Range;
use std::collections::{BTreeSet, VecDeque};

/// Steps that can be undone; older ones are forgotten.
const STEPS_KEPT: usize = 200;

/// A moment that somebody wants to find again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marker {
    /// The position in the recording.
    pub position: u64,
    /// When that is, µs since the run's start.
    pub time_us: u64,
    /// What is written there; may be empty.
    pub note: String,
}

/// One choice. The default looks at everything, live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The position in the recording whose state is shown, see
    /// [`arenascope_recording::Reader`]; `None` follows the newest event.
    pub moment: Option<u64>,
    /// Whether that is where the view was paused, not a moment that was gone to.
    pub is_paused: bool,
    /// Time since the run's start, µs; `None` for all of it.
    pub time_us: Option<Range<u64>>,
    /// Bytes of the arena, from its base; `None` for all of it.
    pub addresses: Option<Range<u64>>,
    /// None chosen means every one.
    pub categories: BTreeSet<MemoryCategory>,
    /// None chosen means every one.
    pub tags: BTreeSet<Tag>,
    /// Marked moments, by position; one each.
    pub markers: Vec<Marker>,
    /// How many of the changes of limits that were made by hand hold: undo takes them back
    /// as it takes back a choice.
    pub limits: usize,
}

impl Selection {
    /// True where only some of what happened is asked for. The moment is no
    /// part of that: it says when, not what.
    pub fn is_narrowed(&self) -> bool {
        self.time_us.is_some() || self.addresses.is_some() || !self.categories.is_empty() || !self.tags.is_empty()
    }

    /// Which moment everything shows.
    pub const fn clock(&self) -> Clock {
        match self.moment {
            None => Clock::Live,
            Some(position) if self.is_paused => Clock::Paused(position),
            Some(position) => Clock::At(position),
        }
    }

    /// Shows the moment of a clock.
    pub const fn set_clock(&mut self, clock: Clock) {
        (self.moment, self.is_paused) = (clock.position(), clock.is_paused());
    }

    /// Whether memory of this owner is asked for.
    pub fn has_owner(&self, owner: Owner) -> bool {
        let has_category = self.categories.is_empty() || self.categories.contains(&owner.category);
        has_category && (self.tags.is_empty() || self.tags.contains(&owner.tag))
    }

    /// Whether this moment of the run is asked for, µs since its start.
    pub fn has_time(&self, time_us: u64) -> bool {
        self.time_us.as_ref().is_none_or(|span| span.contains(&time_us))
    }

    /// Whether any byte of `bytes` is asked for.
    pub fn touches(&self, bytes: &Range<u64>) -> bool {
        self.addresses.as_ref().is_none_or(|chosen| chosen.start < bytes.end && bytes.start < chosen.end)
    }

    /// Marks a moment, unless it is marked already.
    pub fn mark(&mut self, position: u64, time_us: u64) {
        if let Err(place) = self.markers.binary_search_by_key(&position, |marker| marker.position) {
            self.markers.insert(place, Marker { position, time_us, note: String::new() });
        }
    }

    /// Takes the mark of a moment away.
    pub fn unmark(&mut self, position: u64) {
        self.markers.retain(|marker| marker.position != position);
    }

    /// Writes something at the mark of a moment.
    pub fn note(&mut self, position: u64, note: &str) {
        if let Some(marker) = self.markers.iter_mut().find(|marker| marker.position == position) {
            note.clone_into(&mut marker.note);
        }
    }

    /// Chooses a category, or no longer.
    pub fn toggle_category(&mut self, category: MemoryCategory) {
        toggle(&mut self.categories, category);
    }

    /// Chooses a tag, or no longer.
    pub fn toggle_tag(&mut self, tag: Tag) {
        toggle(&mut self.tags, tag);
    }
}

fn toggle<T: Ord + Copy>(set: &mut BTreeSet<T>, item: T) {
    if !set.remove(&item) {
        set.insert(item);
    }
}

/// The selection, what it was before, and what was undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectionHistory {
    past: VecDeque<Selection>,
    now: Selection,
    /// What was undone, the newest last.
    undone: Vec<Selection>,
    /// The newest step still moves: see [`Self::adjust`].
    is_adjusting: bool,
}

impl SelectionHistory {
    /// What is looked at.
    pub const fn now(&self) -> &Selection {
        &self.now
    }

    /// Looks at something else: one step. What is the same is no step.
    pub fn select(&mut self, next: Selection) {
        self.settle();
        self.step(next);
    }

    /// As [`Self::select`], while something is dragged: until [`Self::settle`],
    /// all of it is one step.
    pub fn adjust(&mut self, next: Selection) {
        if self.is_adjusting {
            self.now = next;
        } else if self.step(next) {
            self.is_adjusting = true;
        }
    }

    /// The drag has ended. One that came back to where it began was no step.
    pub fn settle(&mut self) {
        if core::mem::take(&mut self.is_adjusting) && self.past.back() == Some(&self.now) {
            self.past.pop_back();
        }
    }

    /// Goes back one step; false where there is none.
    pub fn undo(&mut self) -> bool {
        self.settle();
        let Some(before) = self.past.pop_back() else { return false };
        self.undone.push(core::mem::replace(&mut self.now, before));
        true
    }

    /// Takes back the last [`Self::undo`]; false where there is none.
    pub fn redo(&mut self) -> bool {
        self.settle();
        let Some(after) = self.undone.pop() else { return false };
        self.past.push_back(core::mem::replace(&mut self.now, after));
        true
    }

    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Looks at everything, live, and forgets the way here: a new run, in which
    /// the old moments mean nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn step(&mut self, next: Selection) -> bool {
        if next == self.now {
            return false;
        }
        if self.past.len() == STEPS_KEPT {
            self.past.pop_front();
        }
        self.past.push_back(core::mem::replace(&mut self.now, next));
        self.undone.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(moment: u64) -> Selection {
        Selection { moment: Some(moment), ..Selection::default() }
    }

    fn moments(history: &mut SelectionHistory) -> Vec<Option<u64>> {
        let mut seen = vec![history.now().moment];
        while history.undo() {
            seen.push(history.now().moment);
        }
        seen
    }

    #[test]
    fn steps_are_undone_and_redone() {
        let mut history = SelectionHistory::default();
        [3, 3, 7].into_iter().for_each(|moment| history.select(at(moment)));
        assert!(history.undo());
        assert_eq!(history.now(), &at(3));
        assert!(history.redo() && !history.redo());
        assert_eq!(moments(&mut history), [Some(7), Some(3), None]);
        assert!(!history.can_undo() && history.can_redo());
    }

    #[test]
    fn a_new_step_forgets_what_was_undone() {
        let mut history = SelectionHistory::default();
        history.select(at(3));
        history.undo();
        history.select(at(9));
        assert!(!history.can_redo());
        assert_eq!(moments(&mut history), [Some(9), None]);
    }

    #[test]
    fn a_drag_is_one_step() {
        let mut history = SelectionHistory::default();
        history.select(at(1));
        (10..20).for_each(|moment| history.adjust(at(moment)));
        history.settle();
        (30..40).for_each(|moment| history.adjust(at(moment)));
        assert_eq!(moments(&mut history), [Some(39), Some(19), Some(1), None]);
    }

    #[test]
    fn a_drag_that_comes_back_is_no_step() {
        let mut history = SelectionHistory::default();
        history.select(at(1));
        [5, 9, 1].into_iter().for_each(|moment| history.adjust(at(moment)));
        history.settle();
        assert_eq!(moments(&mut history), [Some(1), None]);
    }

    #[test]
    fn old_steps_are_forgotten() {
        let mut history = SelectionHistory::default();
        (0..1_000).for_each(|moment| history.select(at(moment)));
        assert_eq!(moments(&mut history).len(), STEPS_KEPT + 1);
    }

    #[test]
    fn nothing_chosen_is_everything() {
        let owner = Owner::new(MemoryCategory::ECS, Tag(4));
        let mut selection = Selection::default();
        assert!(selection.has_owner(owner) && selection.has_time(9) && selection.touches(&(0..1)));
        assert!(!selection.is_narrowed() && !at(4).is_narrowed());
        selection.toggle_category(MemoryCategory::GPU_BUFFERS);
        assert!(!selection.has_owner(owner) && selection.is_narrowed());
        selection.toggle_category(MemoryCategory::ECS);
        selection.toggle_tag(Tag(4));
        assert!(selection.has_owner(owner));
        selection.toggle_tag(Tag(4));
        selection.toggle_tag(Tag(5));
        assert!(!selection.has_owner(owner));
    }

    #[test]
    fn markers_stay_in_order_and_one_each() {
        let mut selection = Selection::default();
        [9, 3, 5, 3].into_iter().for_each(|position| selection.mark(position, 10 * position));
        selection.note(5, "peak");
        selection.note(6, "nowhere");
        selection.unmark(9);
        let seen: Vec<_> = selection.markers.iter().map(|marker| (marker.position, &*marker.note)).collect();
        assert_eq!(seen, [(3, ""), (5, "peak")]);
        assert!(!selection.is_narrowed());
    }

    #[test]
    fn ranges_end_before_their_end() {
        let selection = Selection { time_us: Some(10..20), addresses: Some(64..128), ..Selection::default() };
        assert!(selection.has_time(10) && !selection.has_time(20));
        assert!(selection.touches(&(127..200)) && !selection.touches(&(128..200)) && !selection.touches(&(0..64)));
    }
}
