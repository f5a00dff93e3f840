//! What is looked at, as signals: one selection for all panels, with undo and
//! redo. What it means is in [`crate::analysis::selection::selected`].

use crate::analysis::moment::clock::Clock;
use crate::analysis::selection::selected::{Selection, SelectionHistory};
use leptos::prelude::*;

/// The page's selection. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Selected {
    history: RwSignal<SelectionHistory>,
    /// The whole selection, as of now.
    pub now: Memo<Selection>,
    /// The position in the recording whose state is shown; `None` is live.
    pub moment: Memo<Option<u64>>,
    /// The same, with whether the view was paused there or sent there.
    pub clock: Memo<Clock>,
}

impl Selected {
    /// Nothing selected, the newest moment shown.
    pub fn new() -> Self {
        let history = RwSignal::new(SelectionHistory::default());
        let now = Memo::new(move |_| history.with(|history| history.now().clone()));
        let moment = Memo::new(move |_| history.with(|history| history.now().moment));
        let clock = Memo::new(move |_| history.with(|history| history.now().clock()));
        Self { history, now, moment, clock }
    }

    /// Changes it: one step to undo, unless nothing changes.
    pub fn select(self, change: impl FnOnce(&mut Selection)) {
        let mut next = self.untracked();
        change(&mut next);
        self.history.update(|history| history.select(next));
    }

    /// As [`Self::select`], while something is dragged: until [`Self::settle`],
    /// all of it is one step.
    pub fn adjust(self, change: impl FnOnce(&mut Selection)) {
        let mut next = self.untracked();
        change(&mut next);
        self.history.update(|history| history.adjust(next));
    }

    /// The drag has ended.
    pub fn settle(self) {
        self.history.update(SelectionHistory::settle);
    }

    /// Shows the state at a position of the recording.
    pub fn set_moment(self, position: u64) {
        self.select(|selection| selection.set_clock(Clock::At(position)));
    }

    /// As [`Self::set_moment`], again and again as a recording grows: all of it is one step
    /// to undo, until [`Self::settle`].
    pub fn follow_to(self, position: u64) {
        self.adjust(|selection| selection.set_clock(Clock::At(position)));
    }

    /// Stops at a position of the recording: everything stands still there.
    pub fn pause_at(self, position: u64) {
        self.select(|selection| selection.set_clock(Clock::Paused(position)));
    }

    /// Shows the newest state again.
    pub fn go_live(self) {
        self.select(|selection| selection.set_clock(Clock::Live));
    }

    /// Goes back one step, if there is one.
    pub fn undo(self) {
        self.history.update(|history| {
            // Without a step, nothing changes.
            history.undo();
        });
    }

    /// Takes back the last undo, if there is one.
    pub fn redo(self) {
        self.history.update(|history| {
            // Without a step, nothing changes.
            history.redo();
        });
    }

    /// Whether there is a step to undo.
    pub fn can_undo(self) -> bool {
        self.history.with(SelectionHistory::can_undo)
    }

    /// Whether there is a step to redo.
    pub fn can_redo(self) -> bool {
        self.history.with(SelectionHistory::can_redo)
    }

    /// Everything, live, and no way back: a new run.
    pub fn clear(self) {
        self.history.update(SelectionHistory::clear);
    }

    fn untracked(self) -> Selection {
        self.history.with_untracked(|history| history.now().clone())
    }
}

impl Default for Selected {
    fn default() -> Self {
        Self::new()
    }
}
