//! Asks the laboratory's threads: for the panel, and for scripts. Rows are served side by
//! side, one for each thread.

use super::settings;
use super::state::{Drawn, LabState, Looked, Place, Served};
use crate::app::state::store::Store;
use crate::lab::{Row, RowSpec, Settings, UnknownRow};
use crate::platform::lab::{HeapOf, LabThread};
use crate::platform::runs::RunSlot;
use crate::platform::writings::Writing;
use leptos::prelude::*;
use serde::Serialize;
use std::sync::Arc;

/// Threads at most: the engine and the page have work of their own.
const THREADS_MAX: usize = 4;

thread_local! {
    static THREADS: Vec<LabThread> = {
        let cores = window().navigator().hardware_concurrency() as usize;
        (0..cores.saturating_sub(1).clamp(1, THREADS_MAX)).map(|_| LabThread::default()).collect()
    };
}

/// Why nothing more can be asked.
const TOO_MANY: &str = "as much is being written and worked out as can be at once: wait until something is done";

fn threads() -> Vec<LabThread> {
    THREADS.with(Vec::clone)
}

pub(super) fn first_thread() -> LabThread {
    threads().into_iter().next().unwrap_or_default()
}

/// Which run is shown, and which of all that were in its slot. Follows both.
pub(super) fn shown(store: Store) -> (RunSlot, u64) {
    store.run.track();
    let slot = store.runs.shown.get();
    (slot, slot.openings() + slot.log().run_start())
}

/// Looks at the run that is shown: what was known of another is forgotten.
pub(super) fn look(store: Store) {
    let state = store.lab;
    cancel(store);
    let of = untrack(|| shown(store));
    state.of.set(Some(of));
    state.heap.set(None);
    state.rows.set(Vec::new());
    state.drawn.set(Drawn::Nothing);
    let turn = next_turn(state);
    let Some(going) = Writing::begin() else {
        return state.looked.set(Looked::Failed(TOO_MANY.into()));
    };
    state.looked.set(Looked::Going(going));
    leptos::task::spawn_local(async move {
        let summary = first_thread().summary(going, HeapOf::now(of.0, 0)).await;
        going.end();
        if state.turn.get_value() == turn {
            state.looked.set(match summary {
                Ok(summary) => Looked::Done(Arc::new(summary)),
                Err(error) => Looked::Failed(error.to_string()),
            });
        }
    });
}

fn next_turn(state: LabState) -> u32 {
    state.turn.update_value(|turn| *turn = turn.wrapping_add(1));
    state.turn.get_value()
}

/// Ends all that goes on; what is done stays, and a packing that was found so far.
pub(super) fn cancel(store: Store) {
    let state = store.lab;
    state.going().into_iter().for_each(Writing::cancel);
    state.rows.update(|rows| rows.retain(|place| !matches!(place.served, Served::Waiting)));
}

/// Serves every row.
pub(super) fn serve_all(store: Store) -> Result<(), String> {
    let state = store.lab;
    let settings = settings::chosen(store)?;
    let heap = untrack(|| state.heap_number()).ok_or("the run is still being looked at")?;
    let Some((slot, _)) = state.of.get_untracked() else { return Err("there is no run".into()) };
    cancel(store);
    state.drawn.set(Drawn::Nothing);
    let turn = next_turn(state);
    state.rows.set(RowSpec::all().into_iter().map(|spec| Place { spec, served: Served::Waiting }).collect());
    let of = HeapOf::now(slot, heap);
    for thread in threads() {
        leptos::task::spawn_local(async move {
            while let Some(spec) = take_waiting(state, turn) {
                serve(state, turn, &thread, of, spec, settings).await;
            }
        });
    }
    Ok(())
}

/// The next row that nobody works on, marked so that no other thread takes it.
fn take_waiting(state: LabState, turn: u32) -> Option<(RowSpec, Writing)> {
    if state.turn.get_value() != turn {
        return None;
    }
    let going = Writing::begin();
    let taken = state.rows.try_update(|rows| {
        let place = rows.iter_mut().find(|place| matches!(place.served, Served::Waiting))?;
        place.served = going.map_or_else(|| Served::Failed(TOO_MANY.into()), Served::Going);
        Some(place.spec)
    });
    match (taken.flatten(), going) {
        (Some(spec), Some(going)) => Some((spec, going)),
        (_, going) => {
            going.into_iter().for_each(Writing::end);
            None
        }
    }
}

async fn serve(
    state: LabState,
    turn: u32,
    thread: &LabThread,
    of: HeapOf,
    (spec, going): (RowSpec, Writing),
    settings: Settings,
) {
    let answer = thread.row(going, of, spec, settings, false).await;
    going.end();
    if state.turn.get_value() != turn {
        return;
    }
    let served = match answer {
        Ok((row, _)) => Served::Done(Arc::new(row)),
        Err(error) => Served::Failed(error.to_string()),
    };
    state.rows.update(|rows| {
        if let Some(place) = rows.iter_mut().find(|place| place.spec == spec) {
            place.served = served;
        }
    });
}

/// Serves a row once more, and draws where its blocks lie.
pub(super) fn draw(store: Store, spec: RowSpec) -> Result<(), String> {
    let state = store.lab;
    let settings = Settings { searches_smallest: false, ..settings::chosen(store)? };
    let heap = untrack(|| state.heap_number()).ok_or("the run is still being looked at")?;
    let Some((slot, _)) = state.of.get_untracked() else { return Err("there is no run".into()) };
    if let Drawn::Going(_, going) = state.drawn.get_untracked() {
        going.cancel();
    }
    let going = Writing::begin().ok_or(TOO_MANY)?;
    state.drawn.set(Drawn::Going(spec, going));
    leptos::task::spawn_local(async move {
        let answer = first_thread().row(going, HeapOf::now(slot, heap), spec, settings, true).await;
        let is_newest =
            state.drawn.with_untracked(|drawn| matches!(drawn, Drawn::Going(_, newest) if *newest == going));
        going.end();
        if is_newest {
            state.drawn.set(match answer {
                Ok((_, Some(drawing))) => Drawn::Done(spec, Arc::new(drawing)),
                Ok((row, None)) => Drawn::Failed(spec, why_none(&row)),
                Err(error) => Drawn::Failed(spec, error.to_string()),
            });
        }
    });
    Ok(())
}

fn why_none(row: &Row) -> String {
    row.unavailable.as_ref().map_or_else(|| "it has no addresses".to_owned(), ToString::to_string)
}

/// Rows by their keys; all of them where none is named.
///
/// # Errors
/// [`UnknownRow`].
pub fn rows_of_keys(keys: &[String]) -> Result<Vec<RowSpec>, UnknownRow> {
    if keys.is_empty() {
        return Ok(RowSpec::all());
    }
    keys.iter().map(|key| RowSpec::from_key(key)).collect()
}

/// A laboratory as a script gets it.
#[derive(Serialize)]
pub struct ForScript {
    heap: crate::analysis::lab::summary::HeapSummary,
    settings: Settings,
    rows: Vec<Row>,
    said: Vec<String>,
}

/// Serves rows for a script, one after the other, on a thread that the panel shares. The heap
/// is that of the label, or the one that most was asked of.
///
/// # Errors
/// A run without events, a heap that is none, or that too much is going on.
pub async fn answer(
    slot: RunSlot,
    heap: Option<String>,
    specs: Vec<RowSpec>,
    settings: Settings,
) -> Result<ForScript, String> {
    let thread = first_thread();
    let going = Writing::begin().ok_or(TOO_MANY)?;
    let served = async {
        let summary = thread.summary(going, HeapOf::now(slot, 0)).await.map_err(|error| error.to_string())?;
        let number = match &heap {
            Some(label) => summary.heaps.iter().position(|it| it.label == *label),
            None => summary.largest(),
        };
        let number = number.ok_or_else(|| {
            let known: Vec<_> = summary.heaps.iter().map(|it| it.label.as_str()).collect();
            format!("there is no such heap; there are: {}", known.join(", "))
        })?;
        let mut rows = Vec::with_capacity(specs.len());
        for spec in specs {
            let row = thread.row(going, HeapOf::now(slot, number), spec, settings, false).await;
            rows.push(row.map_err(|error| error.to_string())?.0);
        }
        let heap = summary.heaps[number].clone();
        let said = crate::analysis::lab::headline::sentences(&heap, &rows);
        Ok(ForScript { heap, settings, rows, said })
    };
    let answer = served.await;
    going.end();
    answer
}
