//! The throughput measurement of the page: whoever asks for it, the card, the
//! palette or a script, there is one at a time, and the card shows it.

use super::link;
use super::store::Store;
use crate::analysis::table_throughput;
use crate::platform::bench::{Asked, BenchError, BenchRunner, Measured, Progress};
use crate::telemetry::notice::Level;
use crate::throughput::{Bench, BenchRow, RecordingCosts};
use leptos::prelude::*;

/// What the card shows. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Throughput {
    runner: StoredValue<BenchRunner, LocalStorage>,
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

/// Measures, and shows it.
///
/// # Errors
/// [`BenchError`]; with [`BenchError::Busy`] the run in progress goes on.
pub async fn measure(store: Store, bench: Bench) -> Result<Vec<BenchRow>, BenchError> {
    let rows = ask(store, Asked::Policies(bench.clone()), |measured| match measured {
        Measured::Policies(rows) => Some(rows),
        Measured::Recording(_) => None,
    });
    let rows = rows.await?;
    store.throughput.measured.set(Some((bench, rows.clone())));
    tell(store, &rows);
    Ok(rows)
}

/// Measures what recording costs, and shows it.
///
/// # Errors
/// As [`measure`].
pub async fn measure_recording(store: Store) -> Result<RecordingCosts, BenchError> {
    let costs = ask(store, Asked::Recording, |measured| match measured {
        Measured::Recording(costs) => Some(costs),
        Measured::Policies(_) => None,
    });
    let costs = costs.await?;
    store.throughput.recording.set(Some(costs));
    link::note(store, Level::Info, table_throughput::recorded(&costs), None);
    Ok(costs)
}

/// One measurement; its progress and its failure are shown.
async fn ask<T>(store: Store, asked: Asked, read: impl Fn(Measured) -> Option<T>) -> Result<T, BenchError> {
    let throughput = store.throughput;
    if throughput.progress.with_untracked(Option::is_some) {
        return Err(BenchError::Busy);
    }
    throughput.progress.set(Some(Progress::default()));
    throughput.failure.set(None);
    let runner = throughput.runner.get_value();
    let outcome = runner.run(asked, move |progress| throughput.progress.set(Some(progress))).await;
    throughput.progress.set(None);
    let another = || BenchError::Failed { reason: String::from("the worker measured something else") };
    let outcome = outcome.and_then(|measured| read(measured).ok_or_else(another));
    match &outcome {
        Ok(_) => {}
        Err(BenchError::Cancelled) => link::note(store, Level::Info, "throughput measurement cancelled", None),
        Err(error) => {
            throughput.failure.set(Some(error.to_string()));
            link::note(store, Level::Error, error.to_string(), None);
        }
    }
    outcome
}

/// A line of the console: the fastest in words.
fn tell(store: Store, rows: &[BenchRow]) {
    let Some(best) = rows.iter().find(|row| !row.is_reference() && row.failures == 0) else { return };
    let (nanos, ratio) = (best.ns_per_operation.minimum, best.ratio_to_talc);
    let text =
        format!("throughput measured: {} is fastest, {nanos:.1} ns per operation, {ratio:.2} × talc", best.policy);
    link::note(store, Level::Info, text, None);
}

/// Begins a measurement of the policies and then of recording, or stops the one in
/// progress.
pub fn begin_or_cancel(store: Store) {
    if store.throughput.progress.with_untracked(Option::is_some) {
        store.throughput.cancel();
    } else {
        // The console and the card say how it ended.
        leptos::task::spawn_local(async move {
            if measure(store, Bench::default()).await.is_ok() {
                let _ = measure_recording(store).await;
            }
        });
    }
}
