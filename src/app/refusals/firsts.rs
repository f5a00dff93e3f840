//! Tells the first failed allocation of a run, the first refusal by the budget and the first
//! loss of the device, once each: a line of the console that leads to its moment and to the
//! panel that shows it.

use crate::analysis::timeline::landmarks::Landmark;
use crate::analysis::timeline::text::event_text;
use crate::app::engine::console;
use crate::app::frames::frame_loop;
use crate::app::recordings::reader::Recording;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// The figures are looked at this often.
const LOOK_MS: f64 = 250.0;
/// The recording is a few milliseconds behind the figures: so often one is looked for.
const TRIES: u8 = 8;

/// Reads a total of a run.
type Count = fn(&Metrics) -> u64;

/// Something that is told.
struct Told {
    landmark: Landmark,
    /// Which count tells that there was a first one.
    count: Count,
    /// How the line begins.
    words: &'static str,
    /// The panel that shows it.
    panel: Tab,
}

const TOLD: [Told; 3] = [
    Told {
        landmark: Landmark::FailedAllocation,
        count: |metrics| metrics.arena.failures_total,
        words: "first failed allocation of this run",
        panel: Tab::Arena,
    },
    Told {
        landmark: Landmark::BudgetRefusal,
        count: budget_refusals,
        words: "first refusal by the budget in this run",
        panel: Tab::Budget,
    },
    Told {
        landmark: Landmark::DeviceLoss,
        count: |metrics| metrics.gpu.device_losses_total,
        words: "first lost device of this run",
        panel: Tab::GpuPool,
    },
];

/// Refusals by the budget so far, all categories.
pub fn budget_refusals(metrics: &Metrics) -> u64 {
    metrics.budget.categories.iter().map(|category| category.failures_total).sum()
}

/// Looks for as long as the current owner lives.
pub fn follow(store: Store, recording: Recording) {
    // The run, and how often each is still looked for.
    let (mut run_start, mut tries) = (u64::MAX, [TRIES; TOLD.len()]);
    frame_loop::every(LOOK_MS, move |_| {
        let newest = recording.log().run_start();
        if core::mem::replace(&mut run_start, newest) != newest {
            tries = [TRIES; TOLD.len()];
        }
        if !store.running.get_untracked() {
            return;
        }
        for (told, tries) in TOLD.iter().zip(&mut tries) {
            // Only where there is one: the search passes over the whole run.
            if *tries > 0 && store.metrics.with_untracked(told.count) > 0 {
                *tries = if tell(store, recording, told) { 0 } else { *tries - 1 };
            }
        }
    });
}

/// False where the recording does not have it yet.
fn tell(store: Store, recording: Recording, told: &Told) -> bool {
    let found = recording.read(|reader, _| told.landmark.first(reader).and_then(|event| reader.event(event)));
    if let Some(event) = &found {
        let text = format!("{}: {}", told.words, event_text(event, &recording.names_now()));
        console::note_to(store, Level::Warning, text, Some(event.time_us), Some(told.panel));
    }
    found.is_some()
}
