//! A row as a run of its own, so that every panel shows it.

use super::asking::first_thread;
use super::settings;
use crate::app::engine::console;
use crate::app::runs::showing::show;
use crate::app::runs::state::{OpenRun, Progress};
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::lab::RowSpec;
use crate::platform::lab::HeapOf;
use crate::platform::runs::RUNS_MAX;
use crate::platform::writings::Writing;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// Opens what a row did as a run, and shows it.
pub(super) async fn open(store: Store, spec: RowSpec) -> Result<(), String> {
    let state = store.lab;
    let settings = settings::chosen(store)?;
    let heap = untrack(|| state.heap_number()).ok_or("the run is still being looked at")?;
    let (slot, _) = state.of.get_untracked().ok_or("there is no run")?;
    let from = store.runs.open.with_untracked(|open| {
        open.iter().find(|run| run.slot == slot).map_or_else(|| "Engine".to_owned(), |run| run.name.to_string())
    });
    let name = format!("{} · {from}", spec.label());
    let into = store.runs.vacant().ok_or_else(|| {
        format!("{name} was not opened: {} runs are open, which is the most; close one", RUNS_MAX - 1)
    })?;
    let going = Writing::begin().ok_or("too much is being worked out at once: wait until something is done")?;
    let run = OpenRun { slot: into, name: name.clone().into(), progress: Progress::Reading, regrouped: None };
    store.runs.open.update(|open| open.push(run));
    let told = first_thread().run(going, HeapOf::now(slot, heap), spec, settings, into).await;
    going.end();
    match told {
        Ok(events) => {
            store.runs.set_progress(into, Progress::Whole("Laboratory".into()));
            show(store, into);
            store.tab.set(Tab::Overview);
            console::note(store, Level::Info, format!("opened {name}: {events} events"), None);
            Ok(())
        }
        Err(error) => {
            store.runs.open.update(|open| open.retain(|run| run.slot != into));
            Err(format!("{name} was not opened: {error}"))
        }
    }
}
