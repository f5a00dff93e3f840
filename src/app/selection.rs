//! What is looked at, as signals: one selection for all panels, with undo and
//! redo. What it means is in [`crate::analysis::selection`].

use crate::analysis::selection::{Selection, SelectionHistory};
use leptos::prelude::*;

/// The page's selection. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Selected {
    history: RwSignal<SelectionHistory>,
    /// All of it.
    pub now: Memo<Selection>,
    /// The position in the recording whose state is shown; `None` is live.
    pub moment: Memo<Option<u64>>,
}

impl Selected {
    /// Everything, live.
    pub fn new() -> Self {
        let history = RwSignal::new(SelectionHistory::default());
        let now = Memo::new(move |_| history.with(|history| history.now().clone()));
        let moment = Memo::new(move |_| history.with(|history| history.now().moment));
        Self { history, now, moment }
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
        self.select(|selection| selection.moment = Some(position));
    }

    /// Shows the newest state again.
    pub fn go_live(self) {
        self.select(|selection| selection.moment = None);
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
