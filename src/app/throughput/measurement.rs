//! The throughput measurement of the page: whoever asks for it, the card, the
//! palette or a script, there is one at a time, and the card shows it.

use crate::analysis::throughput::table;
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::platform::throughput::{Asked, BenchError, Measured, Progress};
use crate::telemetry::notice::Level;
use crate::throughput::{Bench, BenchRow, RecordingCosts};
use leptos::prelude::*;

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
    console::note(store, Level::Info, table::recorded(&costs), None);
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
        Err(BenchError::Cancelled) => console::note(store, Level::Info, "throughput measurement cancelled", None),
        Err(error) => {
            throughput.failure.set(Some(error.to_string()));
            console::note(store, Level::Error, error.to_string(), None);
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
    console::note(store, Level::Info, text, None);
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
