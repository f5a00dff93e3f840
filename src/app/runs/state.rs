//! Which runs are open, and which is shown.

use crate::platform::runs::RunSlot;
use crate::recording::EventLog;
use leptos::prelude::*;
use std::sync::Arc;

/// The run that the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownRun {
    /// Counts from 1; 0 before the first.
    pub number: u32,
    /// `Game loop, seed 7, First fit`, or the name of an opened file that does not say it.
    pub name: Arc<str>,
}

/// How far a run of a file is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Its file is being read; what is read so far can be looked at.
    Reading,
    /// It is recorded as it happens, in another page.
    Attached,
    /// All of it is there: the name of its format.
    Whole(Arc<str>),
}

/// That a run has categories by rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Regrouped {
    /// Where it is as the file gave it.
    pub original: RunSlot,
    /// The rules, as they were typed.
    pub rules: Arc<str>,
}

/// A run of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpenRun {
    /// Where its events are.
    pub slot: RunSlot,
    /// The file's name.
    pub name: Arc<str>,
    /// How far it is.
    pub progress: Progress,
    /// Where its categories are by rules.
    pub regrouped: Option<Regrouped>,
}

impl OpenRun {
    /// Where the run is as the file gave it.
    pub fn original(&self) -> RunSlot {
        self.regrouped.as_ref().map_or(self.slot, |regrouped| regrouped.original)
    }

    /// Whether it is in that slot, or was told again from it.
    pub(super) fn holds(&self, slot: RunSlot) -> bool {
        self.slot == slot || self.original() == slot
    }
}

/// The open runs. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Runs {
    /// The one that panels show.
    pub shown: RwSignal<RunSlot>,
    /// Those of files, in the order in which they were opened.
    pub open: RwSignal<Vec<OpenRun>>,
    /// Addresses of files that the page's own address asks for.
    pub linked: RwSignal<Vec<String>>,
    /// The slot into which a run is told again, while that goes on.
    pub filling: RwSignal<Option<RunSlot>>,
    /// Slots that a thread left behind when it stopped: never used again.
    pub(in crate::app) spoilt: StoredValue<Vec<RunSlot>>,
    /// What the toolbar calls the engine's run, while another is shown.
    pub(super) engines: StoredValue<Option<ShownRun>>,
}

impl Runs {
    /// None but the engine's, which is shown.
    pub fn new() -> Self {
        Self {
            shown: RwSignal::new(RunSlot::ENGINE),
            open: RwSignal::new(Vec::new()),
            linked: RwSignal::new(Vec::new()),
            filling: RwSignal::new(None),
            spoilt: StoredValue::new(Vec::new()),
            engines: StoredValue::new(None),
        }
    }

    /// The run of a file that is shown; `None` while it is the engine's. Follows both.
    pub fn shown_file(self) -> Option<OpenRun> {
        let shown = self.shown.get();
        self.open.with(|open| open.iter().find(|run| run.slot == shown).cloned())
    }

    /// Whether the run that is shown is a file's, without following it.
    pub fn is_file(self) -> bool {
        self.shown.get_untracked() != RunSlot::ENGINE
    }

    /// Whether the run that is shown grows, as its file is being read or its page goes on,
    /// without following it. The engine's run does not count.
    pub fn is_growing(self) -> bool {
        let shown = self.shown.get_untracked();
        let is_it = |run: &OpenRun| run.slot == shown && !matches!(run.progress, Progress::Whole(_));
        self.open.with_untracked(|open| open.iter().any(is_it))
    }

    /// The recording of the run that is shown, without following it.
    pub fn shown_log(self) -> &'static EventLog {
        self.shown.get_untracked().log()
    }

    /// As [`Self::shown_file`], without following it.
    pub fn shown_file_untracked(self) -> Option<OpenRun> {
        untrack(|| self.shown_file())
    }

    /// A slot for one run more; `None` where all are taken.
    pub(in crate::app) fn vacant(self) -> Option<RunSlot> {
        let is_spoilt = |slot: &RunSlot| self.spoilt.with_value(|spoilt| spoilt.contains(slot));
        let is_open = |slot: &RunSlot| self.open.with_untracked(|open| open.iter().any(|run| run.holds(*slot)));
        let filling = self.filling.get_untracked();
        RunSlot::opened().find(|slot| !is_spoilt(slot) && !is_open(slot) && filling != Some(*slot))
    }

    pub(in crate::app) fn set_progress(self, slot: RunSlot, progress: Progress) {
        self.open.update(|open| {
            if let Some(run) = open.iter_mut().find(|run| run.slot == slot) {
                run.progress = progress;
            }
        });
    }
}

impl Default for Runs {
    fn default() -> Self {
        Self::new()
    }
}
