//! The throughput measurement of the page: whoever asks for it, the card, the
//! palette or a script, there is one at a time, and the card shows it.

use super::link;
use super::store::Store;
use crate::platform::bench::{BenchError, BenchRunner, Progress};
use crate::telemetry::notice::Level;
use crate::throughput::{Bench, BenchRow};
use leptos::prelude::*;

/// What the card shows. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Throughput {
    runner: StoredValue<BenchRunner, LocalStorage>,
    /// How far the run in progress is; `None` where there is none.
    pub progress: RwSignal<Option<Progress>>,
    /// What was measured last, and under which conditions.
    pub measured: RwSignal<Option<(Bench, Vec<BenchRow>)>>,
    /// Why the last run has no rows; `None` where it has, or was cancelled.
    pub failure: RwSignal<Option<String>>,
}

impl Throughput {
    /// Nothing measured yet.
    pub fn new() -> Self {
        Self {
            runner: StoredValue::new_local(BenchRunner::default()),
            progress: RwSignal::new(None),
            measured: RwSignal::new(None),
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

/// Measures, and shows it.
///
/// # Errors
/// [`BenchError`]; with [`BenchError::Busy`] the run in progress goes on.
pub async fn measure(store: Store, bench: Bench) -> Result<Vec<BenchRow>, BenchError> {
    let throughput = store.throughput;
    if throughput.progress.with_untracked(Option::is_some) {
        return Err(BenchError::Busy);
    }
    throughput.progress.set(Some(Progress::default()));
    throughput.failure.set(None);
    let runner = throughput.runner.get_value();
    let outcome = runner.run(bench.clone(), move |progress| throughput.progress.set(Some(progress))).await;
    throughput.progress.set(None);
    match &outcome {
        Ok(rows) => throughput.measured.set(Some((bench, rows.clone()))),
        Err(BenchError::Cancelled) => {}
        Err(error) => throughput.failure.set(Some(error.to_string())),
    }
    tell(store, &outcome);
    outcome
}

/// A line of the console: the outcome in words.
fn tell(store: Store, outcome: &Result<Vec<BenchRow>, BenchError>) {
    let best = |rows: &[BenchRow]| rows.iter().find(|row| !row.is_reference() && row.failures == 0).cloned();
    match outcome {
        Ok(rows) => {
            let Some(best) = best(rows) else { return };
            let (nanos, ratio) = (best.ns_per_operation.minimum, best.ratio_to_talc);
            let text = format!(
                "throughput measured: {} is fastest, {nanos:.1} ns per operation, {ratio:.2} × talc",
                best.policy
            );
            link::note(store, Level::Info, text, None);
        }
        Err(BenchError::Cancelled) => link::note(store, Level::Info, "throughput measurement cancelled", None),
        Err(error) => link::note(store, Level::Error, error.to_string(), None),
    }
}

/// Begins a measurement, or stops the one in progress.
pub fn begin_or_cancel(store: Store) {
    if store.throughput.progress.with_untracked(Option::is_some) {
        store.throughput.cancel();
    } else {
        // The console and the card say how it ended.
        leptos::task::spawn_local(async move { drop(measure(store, Bench::default()).await) });
    }
}
