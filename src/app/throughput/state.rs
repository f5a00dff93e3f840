//! What the page knows of the throughput measurement: the one in progress, and the last one's
//! figures.

use crate::platform::throughput::{BenchRunner, Progress};
use crate::throughput::{Bench, BenchRow, RecordingCosts};
use leptos::prelude::*;

/// What the card shows. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Throughput {
    pub(super) runner: StoredValue<BenchRunner, LocalStorage>,
    /// How far the run in progress is; `None` where there is none.
    pub progress: RwSignal<Option<Progress>>,
    /// What was measured last, and under which conditions.
    pub measured: RwSignal<Option<(Bench, Vec<BenchRow>)>>,
    /// What recording costs, as measured last.
    pub recording: RwSignal<Option<RecordingCosts>>,
    /// Why the last run has no figures; `None` where it has, or was cancelled.
    pub failure: RwSignal<Option<String>>,
}

impl Throughput {
    /// Nothing measured yet.
    pub fn new() -> Self {
        Self {
            runner: StoredValue::new_local(BenchRunner::default()),
            progress: RwSignal::new(None),
            measured: RwSignal::new(None),
            recording: RwSignal::new(None),
            failure: RwSignal::new(None),
        }
    }

    /// Stops the run in progress, if there is one.
    pub fn cancel(self) {
        self.runner.with_value(BenchRunner::cancel);
    }
}

impl Default for Throughput {
    fn default() -> Self {
        Self::new()
    }
}
