//! Shows another of the open runs, and closes one.

use super::state::{OpenRun, Progress, ShownRun};
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;

/// Shows a run on all panels; nothing where it is shown already, or not open.
pub fn show(store: Store, slot: RunSlot) {
    let runs = store.runs;
    let before = runs.shown.get_untracked();
    if before == slot {
        return;
    }
    let file = runs.open.with_untracked(|open| open.iter().find(|run| run.slot == slot).cloned());
    if slot != RunSlot::ENGINE && file.is_none() {
        return;
    }
    if before == RunSlot::ENGINE {
        runs.engines.set_value(Some(store.run.get_untracked()));
    }
    runs.shown.set(slot);
    match file {
        Some(OpenRun { name, .. }) => {
            store.opened.set(Some(name.to_string()));
            let number = store.run.with_untracked(|run| run.number).max(1);
            store.run.set(ShownRun { number, name });
        }
        None => {
            store.opened.set(None);
            if let Some(run) = runs.engines.with_value(Clone::clone) {
                store.run.set(run);
            }
        }
    }
}

/// Shows the run before or after the one that is shown, in the order of the row.
pub fn show_next(store: Store, by: isize) {
    let shown = store.runs.shown.get_untracked();
    let slots = store.runs.open.with_untracked(|open| {
        core::iter::once(RunSlot::ENGINE).chain(open.iter().map(|run| run.slot)).collect::<Vec<_>>()
    });
    let at = slots.iter().position(|slot| *slot == shown).unwrap_or(0) as isize;
    show(store, slots[(at + by).rem_euclid(slots.len() as isize) as usize]);
}

/// Closes a run of a file: what is kept of it leaves the memory. One whose file is being
/// read goes as soon as its reader hears of it.
pub fn close(store: Store, slot: RunSlot) {
    let run = store.runs.open.with_untracked(|open| open.iter().find(|run| run.slot == slot).cloned());
    let Some(run) = run else { return };
    if store.runs.shown.get_untracked() == slot {
        show(store, RunSlot::ENGINE);
    }
    if run.progress == Progress::Reading {
        return slot.cancel();
    }
    // Whoever records lets go of the slot first.
    if run.progress == Progress::Attached {
        return;
    }
    store.runs.open.update(|open| open.retain(|run| run.slot != slot));
    slot.close();
    run.original().close();
}
